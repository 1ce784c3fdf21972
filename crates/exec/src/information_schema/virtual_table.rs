//! A table made in memory.

use understudy_values::temporal::DateTime;
use understudy_values::types::{BlobSize, CollationId, ColumnType, IntSize};

use super::layout::{self, Layout};
use crate::literal;
use crate::pack::{self, PackMode};
use crate::system_tables::SystemTable;

/// `utf8mb3_general_ci`: what names and texts of `information_schema` are in.
const TEXT: CollationId = CollationId(33);
/// `utf8mb3_bin`: names of databases and tables.
const NAME: CollationId = CollationId(83);

/// Rows under named columns, each field packed by its column's type.
#[derive(Clone, Debug)]
pub struct VirtualTable {
    /// Name.
    pub name: &'static str,
    /// Column names and types.
    pub columns: Vec<(&'static str, ColumnType)>,
    /// Rows.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
    /// What the client is told of the columns; empty when it follows from the types.
    pub layout: &'static [Layout],
    /// The definition, of one that has a definition like any table's.
    pub definition: Option<&'static SystemTable>,
}

/// A value before it is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// NULL
    Null,
    /// Text in UTF-8.
    Text(String),
    /// A number.
    Number(u64),
    /// A moment, microseconds since the epoch; 0 is the zero date.
    Time(u64),
}

/// A moment as date and time in UTC.
fn utc_text(us: u64) -> String {
    let micros = i64::try_from(us).unwrap_or(i64::MAX / 2);
    let at = DateTime::from_epoch_micros(micros);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
        at.date.year, at.date.month, at.date.day, at.hour, at.minute, at.second, at.micros
    )
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Cell {
        Cell::Number(number.into())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

impl VirtualTable {
    /// A table of `information_schema` without rows.
    pub fn new(name: &'static str, columns: Vec<(&'static str, ColumnType)>) -> VirtualTable {
        VirtualTable::shown(name, columns)
    }

    /// The answer to a SHOW statement without rows; `key` is as [`layout::find`] has it.
    pub fn shown(key: &'static str, mut columns: Vec<(&'static str, ColumnType)>) -> VirtualTable {
        let found = layout::find(key).unwrap_or_default();
        let fits = found.len() == columns.len();
        let layout = if fits { found } else { &[] };
        for ((_, ty), layout) in columns.iter_mut().zip(layout) {
            if let (ColumnType::Int { .. }, Some(integer)) = (&ty, layout.integer()) {
                *ty = integer;
            }
        }
        VirtualTable {
            name: layout.first().map_or(key, |column| column.table),
            columns,
            rows: Vec::new(),
            layout,
            definition: None,
        }
    }

    /// A table that the server fills, without rows.
    pub fn system(definition: &'static SystemTable) -> VirtualTable {
        let columns = definition.table.columns.iter();
        VirtualTable {
            name: &definition.table.name,
            columns: columns.map(|c| (c.name.as_str(), c.ty.clone())).collect(),
            rows: Vec::new(),
            layout: &[],
            definition: Some(definition),
        }
    }

    /// A table of `information_schema`, or the answer to a SHOW statement, under its recorded columns.
    pub fn recorded(key: &'static str) -> VirtualTable {
        let layout = layout::find(key).unwrap_or_default();
        let columns = layout.iter().map(|c| (c.name, c.column_type())).collect();
        VirtualTable::shown(key, columns)
    }

    /// Where a column is; past the last for an unknown one.
    pub(super) fn position(&self, name: &str) -> usize {
        let found = self.columns.iter().position(|(column, _)| *column == name);
        found.unwrap_or(self.columns.len())
    }

    /// A column type for text of up to `length` characters.
    pub fn text(length: u32) -> ColumnType {
        ColumnType::VarChar {
            length,
            collation: TEXT,
        }
    }

    /// The type of database and table names: compared with case.
    pub fn name_type() -> ColumnType {
        ColumnType::VarChar {
            length: 64,
            collation: NAME,
        }
    }

    /// A type for long texts.
    pub fn long_text() -> ColumnType {
        ColumnType::Text {
            size: BlobSize::Long,
            collation: TEXT,
        }
    }

    /// `BIGINT UNSIGNED`
    pub fn number() -> ColumnType {
        ColumnType::Int {
            size: IntSize::Big,
            unsigned: true,
            zerofill: false,
            width: Some(21),
        }
    }

    /// Adds a row; a value that does not fit its column is cut, a missing one is NULL.
    pub fn push(&mut self, cells: Vec<Cell>) {
        let mode = PackMode {
            strict: false,
            ..PackMode::strict()
        };
        let utf8 = literal::utf8_collation();
        let row = self
            .columns
            .iter()
            .zip(cells.into_iter().chain(std::iter::repeat(Cell::Null)))
            .map(|((_, ty), cell)| {
                let text = match cell {
                    Cell::Null => return None,
                    Cell::Text(text) => text,
                    Cell::Number(number) => number.to_string(),
                    Cell::Time(0) => "0000-00-00 00:00:00".to_owned(),
                    Cell::Time(us) => utc_text(us),
                };
                pack::pack_text(ty, text.as_bytes(), utf8, &mode).ok()
            })
            .collect();
        self.rows.push(row);
    }
}
