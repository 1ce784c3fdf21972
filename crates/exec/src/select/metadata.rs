//! Column definitions of results, as the real server sends them.

use understudy_sql::ast::Expr;
use understudy_storage::schema::{ColumnDef, DefaultValue, IndexKind, TableDef};
use understudy_values::types::{CollationId, ColumnType, IntSize};

use super::Item;
use super::from::From;
use super::session::SessionContext;
use crate::charsets;
use crate::datum::Datum;
use crate::eval::{Node, display_length, result_type};

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// Database of the table; empty for expressions.
    pub schema: String,
    /// Table or its alias.
    pub table: String,
    /// Table.
    pub org_table: String,
    /// Name or alias.
    pub name: String,
    /// Name in the table.
    pub org_name: String,
    /// Number of the character set (collation) that the client gets.
    pub collation: u16,
    /// Length in bytes.
    pub length: u32,
    /// Type code of the protocol.
    pub type_code: u8,
    /// Flags of the protocol.
    pub flags: u16,
    /// Decimals: digits after the point, 31 when they vary.
    pub decimals: u8,
    /// How the packed fields of the column are read.
    pub ty: ColumnType,
}

const NOT_NULL: u16 = 1;
const PRIMARY_KEY: u16 = 2;
const UNIQUE_KEY: u16 = 4;
const MULTIPLE_KEY: u16 = 8;
const BLOB: u16 = 16;
const UNSIGNED: u16 = 32;
const ZEROFILL: u16 = 64;
const BINARY: u16 = 128;
const ENUM: u16 = 256;
const AUTO_INCREMENT: u16 = 512;
const TIMESTAMP: u16 = 1024;
const SET: u16 = 2048;
const NO_DEFAULT: u16 = 4096;
const ON_UPDATE_NOW: u16 = 8192;
const PART_KEY: u16 = 16384;

/// A result column of a type alone: of an expression or a virtual table.
pub fn result_column(name: &str, ty: &ColumnType, results: Option<CollationId>) -> ResultColumn {
    let (collation, length) = charset_and_length(ty, results);
    ResultColumn {
        schema: String::new(),
        table: String::new(),
        org_table: String::new(),
        name: name.to_owned(),
        org_name: String::new(),
        collation: collation.0,
        length,
        type_code: type_code(ty),
        flags: type_flags(ty),
        decimals: decimals(ty),
        ty: ty.clone(),
    }
}

/// What a real server tells of an item without a look at its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// `@@name`
    Variable,
    /// A name of at most so many characters.
    Name(u32),
    /// `CONNECTION_ID()`
    Connection,
    /// `VERSION()`: as wide as it is, and never NULL.
    Version,
}

/// Characters of a system variable's text.
const VARIABLE_WIDTH: u32 = 21_845;
/// Characters of `user@host`.
const ACCOUNT_WIDTH: u32 = 288;
const NAME_WIDTH: u32 = 64;
const BIGINT_WIDTH: u32 = 21;
const LONGLONG: u8 = 8;
const VAR_STRING: u8 = 253;
const NULL: u8 = 6;

/// What is told of an expression, for those of which something is.
pub(super) fn told(expr: &Expr) -> Option<Told> {
    match expr {
        Expr::SystemVariable { .. } => Some(Told::Variable),
        Expr::Function(call) if call.db.is_none() && call.args.is_empty() => {
            match call.name.to_ascii_lowercase().as_str() {
                "user" | "current_user" | "session_user" | "system_user" => {
                    Some(Told::Name(ACCOUNT_WIDTH))
                }
                "database" | "schema" => Some(Told::Name(NAME_WIDTH)),
                "connection_id" => Some(Told::Connection),
                "version" => Some(Told::Version),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Told {
    fn apply(self, out: &mut ResultColumn, session: &SessionContext<'_>) {
        let text = out.type_code == VAR_STRING || out.type_code == NULL;
        let width = match self {
            Told::Variable if text => VARIABLE_WIDTH,
            Told::Variable if out.type_code == LONGLONG => {
                // What is not unsigned is on or off.
                let unsigned = out.flags & UNSIGNED != 0;
                out.length = if unsigned { BIGINT_WIDTH } else { 1 };
                return;
            }
            Told::Variable => return,
            Told::Name(width) => width,
            Told::Connection => {
                out.length = BIGINT_WIDTH;
                out.flags |= NOT_NULL;
                return;
            }
            Told::Version => {
                out.flags |= NOT_NULL;
                return;
            }
        };
        let shown = session
            .results_collation
            .unwrap_or(CollationId::UTF8MB4_GENERAL_CI);
        out.type_code = VAR_STRING;
        out.collation = shown.0;
        out.length = width.saturating_mul(charsets::mbmaxlen(shown));
        out.flags = 0;
        out.decimals = 31;
    }
}

pub(super) fn of_item(item: &Item, from: &From, session: &SessionContext<'_>) -> ResultColumn {
    let ty = result_type(&item.node);
    let mut out = result_column(&item.name, &ty, session.results_collation);
    if let Some(index) = item.column {
        if let Some(found) = from.column(index) {
            out.flags = found.flags;
            if ty == ColumnType::Json {
                // Of a column, unlike of a function's result.
                out.collation = CollationId::BINARY.0;
            }
            if let Some(layout) = found.layout {
                layout.apply(&mut out, session.results_collation);
            } else {
                out.schema.clone_from(&found.db);
                out.org_table.clone_from(&found.table);
            }
            out.table.clone_from(&found.alias);
            out.org_name.clone_from(&found.name);
        }
        return out;
    }
    if matches!(item.node, Node::Const(Datum::Null)) {
        out.type_code = NULL;
        out.length = 0;
    }
    let text = charsets::column_collation(&ty).is_some();
    if text {
        out.decimals = 31;
    } else {
        out.flags |= BINARY;
    }
    if let Some(told) = item.told {
        told.apply(&mut out, session);
    }
    out
}

/// Flags of a stored column.
pub fn column_flags(table: &TableDef, position: u16) -> u16 {
    let Some(column) = table.columns.get(usize::from(position)) else {
        return 0;
    };
    let mut flags = type_flags(&column.ty);
    if !column.nullable {
        flags |= NOT_NULL;
        let computed = column.auto_increment || column.generated.is_some();
        if column.default == DefaultValue::None && !computed {
            flags |= NO_DEFAULT;
        }
    }
    if column.auto_increment {
        flags |= AUTO_INCREMENT;
    }
    flags |= timestamp_flags(column);
    for index in &table.indexes {
        let at = index.parts.iter().position(|p| p.column == Some(position));
        let Some(at) = at else { continue };
        flags |= PART_KEY;
        match index.kind {
            IndexKind::Primary => flags |= PRIMARY_KEY,
            IndexKind::Unique if index.parts.len() == 1 => flags |= UNIQUE_KEY,
            IndexKind::Unique
            | IndexKind::Plain
            | IndexKind::Fulltext
            | IndexKind::Spatial
            | IndexKind::Vector
                if at == 0 =>
            {
                flags |= MULTIPLE_KEY;
            }
            IndexKind::Unique
            | IndexKind::Plain
            | IndexKind::Fulltext
            | IndexKind::Spatial
            | IndexKind::Vector => {}
        }
    }
    flags
}

fn timestamp_flags(column: &ColumnDef) -> u16 {
    let automatic =
        matches!(column.default, DefaultValue::Now { .. }) || column.on_update_now.is_some();
    let mut flags = 0;
    if matches!(column.ty, ColumnType::Timestamp { .. }) && automatic {
        flags |= TIMESTAMP;
    }
    if column.on_update_now.is_some() {
        flags |= ON_UPDATE_NOW;
    }
    flags
}

/// Flags that follow from the type.
fn type_flags(ty: &ColumnType) -> u16 {
    let sign = |unsigned: bool, zerofill: bool| {
        (if unsigned { UNSIGNED } else { 0 }) | (if zerofill { ZEROFILL } else { 0 })
    };
    let binary_collation = |c: CollationId| {
        let name = understudy_values::charset::Collation::by_id(c).map_or("", |c| c.name);
        if name.ends_with("_bin") || c == CollationId::BINARY {
            BINARY
        } else {
            0
        }
    };
    match ty {
        ColumnType::Int {
            unsigned, zerofill, ..
        }
        | ColumnType::Decimal {
            unsigned, zerofill, ..
        }
        | ColumnType::Float {
            unsigned, zerofill, ..
        }
        | ColumnType::Double {
            unsigned, zerofill, ..
        } => sign(*unsigned, *zerofill),
        ColumnType::Bit { .. } => UNSIGNED,
        ColumnType::Year { .. } => UNSIGNED | ZEROFILL,
        ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. } => BINARY,
        ColumnType::Char { collation, .. } | ColumnType::VarChar { collation, .. } => {
            binary_collation(*collation)
        }
        ColumnType::Text { collation, .. } => BLOB | binary_collation(*collation),
        ColumnType::Blob { .. } | ColumnType::Json | ColumnType::Geometry { .. } => BLOB | BINARY,
        ColumnType::Vector { mariadb, .. } => {
            if *mariadb {
                BINARY
            } else {
                BLOB | BINARY
            }
        }
        ColumnType::Enum { collation, .. } => ENUM | binary_collation(*collation),
        ColumnType::Set { collation, .. } => SET | binary_collation(*collation),
        ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => UNSIGNED | BINARY,
    }
}

/// Type codes of result columns.
pub(crate) fn type_code(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Int { size, .. } => match size {
            IntSize::Tiny => 1,
            IntSize::Small => 2,
            IntSize::Medium => 9,
            IntSize::Int => 3,
            IntSize::Big => 8,
        },
        ColumnType::Decimal { .. } => 246,
        ColumnType::Float { .. } => 4,
        ColumnType::Double { .. } => 5,
        ColumnType::Bit { .. } => 16,
        ColumnType::Date => 10,
        ColumnType::Time { .. } => 11,
        ColumnType::DateTime { .. } => 12,
        ColumnType::Timestamp { .. } => 7,
        ColumnType::Year { .. } => 13,
        ColumnType::VarChar { .. } | ColumnType::VarBinary { .. } => 253,
        ColumnType::Char { .. }
        | ColumnType::Binary { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => 254,
        ColumnType::Text { .. } | ColumnType::Blob { .. } => 252,
        ColumnType::Json => 245,
        ColumnType::Geometry { .. } => 255,
        ColumnType::Vector { mariadb, .. } => {
            if *mariadb {
                253
            } else {
                242
            }
        }
    }
}

fn decimals(ty: &ColumnType) -> u8 {
    match ty {
        ColumnType::Decimal { scale, .. } => *scale,
        ColumnType::Float { digits, .. } | ColumnType::Double { digits, .. } => {
            digits.map_or(31, |(_, d)| d)
        }
        ColumnType::Time { fsp, .. }
        | ColumnType::DateTime { fsp, .. }
        | ColumnType::Timestamp { fsp, .. } => *fsp,
        _ => 0,
    }
}

/// Character set number and length in bytes: text in the client's character set, JSON in utf8mb4.
fn charset_and_length(ty: &ColumnType, results: Option<CollationId>) -> (CollationId, u32) {
    let characters = display_length(ty);
    let Some(own) = charsets::column_collation(ty) else {
        return match ty {
            ColumnType::Json => (results.unwrap_or(CollationId::UTF8MB4_GENERAL_CI), u32::MAX),
            ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => (
                results.unwrap_or(CollationId::UTF8MB4_GENERAL_CI),
                characters,
            ),
            _ => (CollationId::BINARY, characters),
        };
    };
    let shown = match results {
        Some(results) if own != CollationId::BINARY => results,
        Some(_) | None => own,
    };
    let width = charsets::mbmaxlen(shown);
    let length = match ty {
        ColumnType::Text { size, .. } => {
            use understudy_values::types::BlobSize;
            let bytes: u32 = match size {
                BlobSize::Tiny => 255,
                BlobSize::Normal => 65535,
                BlobSize::Medium => 16_777_215,
                BlobSize::Long => u32::MAX,
            };
            bytes.saturating_mul(width)
        }
        _ => characters.saturating_mul(width),
    };
    (shown, length)
}
