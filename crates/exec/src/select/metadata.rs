//! Column definitions of results, as the real server sends them.

use understudy_storage::schema::{ColumnDef, DefaultValue, IndexKind, TableDef};
use understudy_values::types::{CollationId, ColumnType, IntSize};

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

pub(super) fn of_item(
    name: &str,
    node: &Node,
    column: Option<usize>,
    from: &From,
    session: &SessionContext<'_>,
) -> ResultColumn {
    let ty = result_type(node);
    let mut out = result_column(name, &ty, session.results_collation);
    if let Some(index) = column {
        if let Some(found) = from.column(index) {
            out.schema.clone_from(&found.db);
            out.table.clone_from(&found.alias);
            out.org_table.clone_from(&found.table);
            out.org_name.clone_from(&found.name);
            out.flags = found.flags;
        }
        return out;
    }
    if matches!(node, Node::Const(Datum::Null)) {
        out.type_code = 6;
        out.length = 0;
    }
    let text = charsets::column_collation(&ty).is_some();
    if text {
        out.decimals = 31;
    } else {
        out.flags |= BINARY;
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
