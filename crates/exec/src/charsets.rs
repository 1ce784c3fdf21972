//! Character set and collation lookups as the flavour of a definition names them.

use understudy_base::error::MysqlError;
use understudy_storage::schema::Flavour;
use understudy_values::charset::{Charset, Collation, Server};
use understudy_values::types::{CollationId, ColumnType};

/// The server family of a flavour.
pub fn server(flavour: Flavour) -> Server {
    Server::of(flavour.mariadb, flavour.version)
}

/// Name of the character set of a collation (`utf8` or `utf8mb3` as the flavour spells it).
pub fn charset_name(collation: CollationId, flavour: Flavour) -> String {
    match Collation::by_id(collation) {
        Ok(found) => found.charset().name_for(server(flavour)).to_owned(),
        Err(_) => format!("unknown_{}", collation.0),
    }
}

/// Name of a collation as the flavour spells it.
pub fn collation_name(collation: CollationId, flavour: Flavour) -> String {
    match Collation::by_id(collation) {
        Ok(found) => found.name_for(server(flavour)),
        Err(_) => format!("unknown_{}", collation.0),
    }
}

/// Whether the collation is its character set's default in that flavour.
pub fn is_charset_default(collation: CollationId, flavour: Flavour) -> bool {
    Collation::by_id(collation).is_ok_and(|found| found.is_default(server(flavour)))
}

/// Longest character of the collation's character set, in bytes.
pub fn mbmaxlen(collation: CollationId) -> u32 {
    Collation::by_id(collation).map_or(1, |found| u32::from(found.charset().mbmaxlen))
}

/// Whether both collations are of one character set.
pub fn same_charset(a: CollationId, b: CollationId) -> bool {
    match (Collation::by_id(a), Collation::by_id(b)) {
        (Ok(a), Ok(b)) => a.charset().name == b.charset().name,
        (Ok(_) | Err(_), _) => false,
    }
}

/// The collation of a character-typed column.
pub fn column_collation(ty: &ColumnType) -> Option<CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(*collation),
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => None,
    }
}

/// Bytes of a hexadecimal text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok())
        .collect()
}

/// A character set named in a statement: 1115 if unknown.
pub(crate) fn charset_by_name(name: &str) -> Result<&'static Charset, MysqlError> {
    Charset::by_name(name)
        .ok_or_else(|| MysqlError::new(1115, format!("Unknown character set: '{name}'")))
}

/// The collation that a server of that flavour means by a number; the number itself if it knows none.
pub fn collation_by_number(number: u16, flavour: Flavour) -> CollationId {
    Collation::by_number(number, server(flavour)).map_or(CollationId(number), |c| CollationId(c.id))
}

/// A collation named in a statement: 1273 if unknown.
pub(crate) fn collation_by_name(
    name: &str,
    flavour: Flavour,
) -> Result<&'static Collation, MysqlError> {
    Collation::by_name(name, server(flavour))
        .ok_or_else(|| MysqlError::new(1273, format!("Unknown collation: '{name}'")))
}
