//! Administrative results: small tables of text, sent in the text or the binary protocol.

use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Layout, layout};
use understudy_values::charset::{Charset, Collation, convert};
use understudy_values::types::CollationId;
use understudy_values::wire_type::WireType;
use understudy_wire::binary::{BinaryDateTime, BinaryValue};
use understudy_wire::capabilities::{Capabilities, StatusFlags};
use understudy_wire::column::{ColumnDefinition, ColumnFlags};
use understudy_wire::response::OkPacket;
use understudy_wire::resultset::{
    encode_binary_row, encode_column_count, encode_columns_end, encode_rows_end, put_text_value,
};

use crate::output::{Failure, Output};

/// Where text has no digits after the point.
const NOT_FIXED: u8 = 31;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of at most so many characters.
    Text(u32),
    /// A long text.
    LongText,
    /// Bytes.
    Binary(u32),
    /// An INT of so many digits.
    Int {
        /// Display width.
        width: u32,
        /// UNSIGNED
        unsigned: bool,
    },
    /// A BIGINT of so many digits.
    BigInt {
        /// Display width.
        width: u32,
        /// UNSIGNED
        unsigned: bool,
    },
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: Kind,
    /// NULL is possible.
    pub nullable: bool,
    /// What the client is told of it instead of what follows from the kind.
    pub layout: Option<&'static Layout>,
}

impl Column {
    /// A column that is never NULL.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Column {
            name: name.into(),
            kind,
            nullable: false,
            layout: None,
        }
    }

    /// The same, nullable.
    pub fn nullable(name: impl Into<String>, kind: Kind) -> Self {
        Column {
            nullable: true,
            ..Column::new(name, kind)
        }
    }

    fn definition(&self, results: Option<CollationId>) -> ColumnDefinition {
        let text = results.unwrap_or(CollationId::UTF8MB4_0900_AI_CI);
        let widest = u32::try_from(understudy_values::charset::mbmaxlen(text)).unwrap_or(4);
        let binary = CollationId::BINARY;
        let number = ColumnFlags::BINARY | ColumnFlags::NUM;
        let sign = |unsigned: bool| {
            if unsigned {
                number | ColumnFlags::UNSIGNED
            } else {
                number
            }
        };
        let plain = ColumnFlags::default();
        let (column_type, collation, length, mut flags, decimals) = match self.kind {
            Kind::Text(characters) => {
                let length = characters.saturating_mul(widest);
                (WireType::VAR_STRING, text, length, plain, NOT_FIXED)
            }
            Kind::LongText => {
                let flags = ColumnFlags::BLOB | ColumnFlags::BINARY;
                (WireType::BLOB, text, 262_140, flags, 0)
            }
            Kind::Binary(length) => {
                let flags = ColumnFlags::BINARY;
                (WireType::VAR_STRING, binary, length, flags, NOT_FIXED)
            }
            Kind::Int { width, unsigned } => (WireType::LONG, binary, width, sign(unsigned), 0),
            Kind::BigInt { width, unsigned } => {
                (WireType::LONGLONG, binary, width, sign(unsigned), 0)
            }
        };
        if !self.nullable {
            flags = flags | ColumnFlags::NOT_NULL;
        }
        if let Some(layout) = self.layout {
            return self.recorded(layout, results);
        }
        ColumnDefinition {
            schema: Vec::new(),
            table: Vec::new(),
            org_table: Vec::new(),
            name: self.name.as_bytes().to_vec(),
            org_name: Vec::new(),
            extended: Vec::new(),
            collation: collation.0,
            length,
            column_type,
            flags,
            decimals,
            default: None,
        }
    }

    /// As a real server says it; the heading is our own.
    fn recorded(&self, layout: &Layout, results: Option<CollationId>) -> ColumnDefinition {
        let (collation, length) = layout.collation_and_length(results);
        let bytes = |text: &str| text.as_bytes().to_vec();
        ColumnDefinition {
            schema: bytes(layout.schema),
            table: bytes(layout.table),
            org_table: bytes(layout.org_table),
            name: bytes(&self.name),
            org_name: bytes(layout.org_name),
            extended: Vec::new(),
            collation: collation.0,
            length,
            column_type: WireType(layout.type_code),
            flags: ColumnFlags(layout.flags),
            decimals: layout.decimals,
            default: None,
        }
    }
}

/// A row: UTF-8 text, `None` is NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// A small result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}

impl Table {
    /// A result without rows yet.
    pub fn new(columns: Vec<Column>) -> Self {
        Table {
            columns,
            rows: Vec::new(),
        }
    }

    /// A result of a SHOW statement under its recorded columns, without rows yet; `key` is as
    /// [`layout`](understudy_exec::information_schema::layout) has it.
    pub fn recorded(key: &str) -> Self {
        let columns = layout(key).unwrap_or_default().iter();
        let kind = |column: &Layout| match (column.type_code, column.text) {
            (1..=3 | 8 | 9, _) => Kind::BigInt {
                width: column.length,
                unsigned: true,
            },
            (_, _) => Kind::Text(column.length),
        };
        let columns = columns.map(|column| Column {
            name: column.name.to_owned(),
            kind: kind(column),
            nullable: true,
            layout: Some(column),
        });
        Table::new(columns.collect())
    }

    /// The same under the recorded columns of a SHOW statement; unchanged where their number differs.
    /// A GTID set is as wide as the longest of the rows, as the real server has it, and so is a long definition.
    pub fn shown_as(mut self, key: &str) -> Self {
        let recorded = layout(key).unwrap_or_default();
        if recorded.len() != self.columns.len() {
            return self;
        }
        for (i, (column, layout)) in self.columns.iter_mut().zip(recorded).enumerate() {
            let cells = self.rows.iter().filter_map(|row| row.get(i)?.as_ref());
            let longest = cells.map(Vec::len).max().unwrap_or(0);
            let longest = u32::try_from(longest).unwrap_or(u32::MAX);
            let definition = layout.name == "Create Table" && longest > layout.length;
            if !definition && !layout.name.ends_with("_Gtid_Set") {
                column.layout = Some(layout);
                continue;
            }
            column.kind = Kind::Text(longest);
            column.nullable = false;
        }
        self
    }

    /// Adds a row of texts.
    pub fn push(&mut self, values: impl IntoIterator<Item = Option<String>>) {
        let row = values.into_iter().map(|v| v.map(String::into_bytes));
        self.rows.push(row.collect());
    }
}

/// In which form rows travel, and in which character set.
#[derive(Clone, Copy, Debug)]
pub struct RowForm {
    /// Binary protocol rather than text.
    pub binary: bool,
    /// Capabilities of the connection.
    pub capabilities: Capabilities,
    /// Collation of `character_set_results`; `None` for no conversion.
    pub results: Option<CollationId>,
    /// Status without regard to further results.
    pub status: StatusFlags,
    /// Warnings of the statement.
    pub warnings: u16,
}

impl RowForm {
    /// The packet after the last row.
    pub fn end(&self) -> Vec<u8> {
        let end = OkPacket {
            status: self.status,
            warnings: self.warnings,
            ..OkPacket::default()
        };
        encode_rows_end(&end, self.capabilities)
    }

    /// Sends the packets before the first row.
    pub fn start(
        &self,
        definitions: &[ColumnDefinition],
        output: &mut Output,
    ) -> Result<(), Failure> {
        output.packet(&encode_column_count(
            definitions.len() as u64,
            self.capabilities,
        ))?;
        for definition in definitions {
            output.packet(&definition.encode(self.capabilities))?;
        }
        if let Some(end) = encode_columns_end(self.status, self.capabilities) {
            output.packet(&end)?;
        }
        Ok(())
    }

    fn charset(&self) -> Option<&'static Charset> {
        let collation = Collation::by_id(self.results?).ok()?;
        let charset = collation.charset();
        (charset.name != "utf8mb4" && charset.name != "binary").then_some(charset)
    }
}

/// The definitions of a table's columns.
pub fn definitions(columns: &[Column], form: &RowForm) -> Vec<ColumnDefinition> {
    let definitions = columns.iter().map(|c| c.definition(form.results));
    definitions.collect()
}

/// Sends a whole result.
pub fn send(table: &Table, form: &RowForm, output: &mut Output) -> Result<(), Failure> {
    let definitions = definitions(&table.columns, form);
    form.start(&definitions, output)?;
    let utf8mb4 = Charset::by_name("utf8mb4");
    let target = form.charset().zip(utf8mb4);
    let mut packet = Vec::new();
    for row in &table.rows {
        packet.clear();
        let mut values = Vec::with_capacity(row.len());
        for (value, definition) in row.iter().zip(&definitions) {
            let text = definition.collation != CollationId::BINARY.0;
            values.push(match (value, target) {
                (Some(bytes), Some((to, from))) if text => {
                    let mut converted = Vec::new();
                    convert(from, to, bytes, &mut converted).map_err(conversion_failed)?;
                    Some(converted)
                }
                (value, _) => value.clone(),
            });
        }
        if form.binary {
            let values = values
                .into_iter()
                .zip(&definitions)
                .map(|(value, definition)| binary_value(value, definition))
                .collect::<Result<Vec<_>, _>>()?;
            packet = encode_binary_row(&values, &definitions);
        } else {
            for value in &values {
                put_text_value(value.as_deref(), &mut packet);
            }
        }
        output.row(&packet)?;
    }
    output.packet(&form.end())
}

fn conversion_failed(error: understudy_values::error::ValueError) -> Failure {
    Failure::Error(MysqlError::new(1267, error.to_string()))
}

/// `YYYY-MM-DD hh:mm:ss`
fn date_time(text: &str) -> Option<BinaryDateTime> {
    let mut parts = text.split(['-', ' ', ':']).map(str::parse::<u16>);
    let mut next = || parts.next()?.ok();
    let year = next()?;
    let mut small = || u8::try_from(next()?).ok();
    Some(BinaryDateTime {
        year,
        month: small()?,
        day: small()?,
        hour: small()?,
        minute: small()?,
        second: small()?,
        micros: 0,
    })
}

/// A text as a value of the binary protocol.
fn binary_value(
    value: Option<Vec<u8>>,
    definition: &ColumnDefinition,
) -> Result<BinaryValue, Failure> {
    let Some(bytes) = value else {
        return Ok(BinaryValue::Null);
    };
    let text = String::from_utf8_lossy(&bytes);
    let value = match definition.column_type {
        WireType::TINY
        | WireType::SHORT
        | WireType::INT24
        | WireType::LONG
        | WireType::LONGLONG => {
            if definition.flags.contains(ColumnFlags::UNSIGNED) {
                text.parse().ok().map(BinaryValue::UInt)
            } else {
                text.parse().ok().map(BinaryValue::Int)
            }
        }
        WireType::FLOAT => text.parse().ok().map(BinaryValue::Float),
        WireType::DATETIME => date_time(&text).map(BinaryValue::DateTime),
        WireType::DOUBLE => text.parse().ok().map(BinaryValue::Double),
        WireType(_) => Some(BinaryValue::Bytes(bytes.clone())),
    };
    value.ok_or_else(|| {
        let name = String::from_utf8_lossy(&definition.name);
        let message = format!("Incorrect value '{text}' for column '{name}'");
        Failure::Error(MysqlError::new(1366, message))
    })
}
