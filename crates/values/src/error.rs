//! Errors of this crate.

use std::fmt;
use understudy_base::error::MysqlError;

/// What went wrong while reading, writing or converting a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueError {
    /// The bytes end before the value does.
    Short {
        /// What was being read.
        what: &'static str,
        /// Bytes needed from the value's start.
        needed: usize,
        /// Bytes there.
        available: usize,
    },
    /// The bytes cannot be a value of the type.
    Malformed {
        /// What was being read and why it is wrong.
        what: &'static str,
    },
    /// A type code of a table map that no supported server writes, or one that cannot be decoded.
    UnknownType {
        /// The code.
        code: u8,
    },
    /// A type's metadata that no server writes.
    BadMetadata {
        /// The type code.
        code: u8,
        /// The metadata, first byte low.
        meta: u16,
    },
    /// A collation number that is in no supported server.
    UnknownCollation(u16),
    /// A character set that cannot be converted here.
    UnsupportedCharset(&'static str),
    /// A collation whose order is not implemented.
    UnsupportedCollation(&'static str),
    /// A time zone name that is not known: 1298.
    UnknownTimeZone(String),
    /// The value does not fit the column: 1264.
    OutOfRange,
    /// Data would be cut or is no member of the ENUM or SET: 1265.
    Truncated,
    /// Text that is no number, date and so on: 1366.
    Incorrect {
        /// `integer`, `decimal`, `double`, `string`.
        kind: &'static str,
        /// The value as the message shows it.
        value: String,
    },
    /// Text longer than the column: 1406.
    TooLong,
    /// Text that is no date or time: 1292.
    IncorrectTemporal {
        /// `date`, `time`, `datetime`.
        kind: &'static str,
        /// The value as the message shows it.
        value: String,
    },
    /// Text that is no JSON document: 3140.
    InvalidJson {
        /// The parser's complaint.
        why: String,
        /// Position of it in bytes.
        position: usize,
    },
    /// Text of which only the start is a number: 1292.
    TruncatedNumber {
        /// `INTEGER`, `DECIMAL`.
        kind: &'static str,
        /// The value as the message shows it.
        value: String,
    },
    /// Bytes without a character set where JSON text is wanted: 3144.
    BinaryJson,
    /// NULL where the column forbids it: 1048.
    Null,
    /// A conversion between types that no server makes.
    NoConversion {
        /// Source type.
        from: &'static str,
        /// Target type.
        to: &'static str,
    },
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueError::Short {
                what,
                needed,
                available,
            } => write!(f, "{what}: {needed} bytes needed, {available} there"),
            ValueError::Malformed { what } => write!(f, "malformed {what}"),
            ValueError::UnknownType { code } => write!(f, "unknown column type {code}"),
            ValueError::BadMetadata { code, meta } => {
                write!(f, "column type {code} with unknown metadata {meta:#06x}")
            }
            ValueError::UnknownCollation(id) => write!(f, "unknown collation number {id}"),
            ValueError::UnsupportedCharset(name) => {
                write!(f, "character set {name} cannot be converted")
            }
            ValueError::UnsupportedCollation(name) => {
                write!(f, "the order of collation {name} is not implemented")
            }
            ValueError::UnknownTimeZone(name) => {
                write!(f, "Unknown or incorrect time zone: '{name}'")
            }
            ValueError::OutOfRange => f.write_str("Out of range value"),
            ValueError::Truncated => f.write_str("Data truncated"),
            ValueError::Incorrect { kind, value } => write!(f, "Incorrect {kind} value: '{value}'"),
            ValueError::TooLong => f.write_str("Data too long"),
            ValueError::IncorrectTemporal { kind, value } => {
                write!(f, "Incorrect {kind} value: '{value}'")
            }
            ValueError::InvalidJson { why, position } => {
                write!(f, "Invalid JSON text: \"{why}\" at position {position}")
            }
            ValueError::TruncatedNumber { kind, value } => {
                write!(f, "Truncated incorrect {kind} value: '{value}'")
            }
            ValueError::BinaryJson => {
                f.write_str("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
            }
            ValueError::Null => f.write_str("Column cannot be null"),
            ValueError::NoConversion { from, to } => write!(f, "no conversion from {from} to {to}"),
        }
    }
}

impl std::error::Error for ValueError {}

impl ValueError {
    /// The error or warning that a client sees for a column's value in a row (counted from 1).
    pub fn to_mysql(&self, column: &str, row: u64) -> MysqlError {
        let at = format!("for column '{column}' at row {row}");
        match self {
            ValueError::OutOfRange => MysqlError::new(1264, format!("{self} {at}")),
            ValueError::Truncated => MysqlError::new(1265, format!("{self} {at}")),
            ValueError::Incorrect { .. } => MysqlError::new(1366, format!("{self} {at}")),
            ValueError::TooLong => MysqlError::new(1406, format!("{self} {at}")),
            ValueError::IncorrectTemporal { .. } => MysqlError::new(1292, format!("{self} {at}")),
            ValueError::InvalidJson { .. } => {
                MysqlError::new(3140, format!("{self} in value for column '{column}'."))
            }
            ValueError::TruncatedNumber { .. } => MysqlError::new(1292, self.to_string()),
            ValueError::BinaryJson => MysqlError::new(3144, self.to_string()),
            ValueError::Null => MysqlError::new(1048, format!("Column '{column}' cannot be null")),
            ValueError::UnknownTimeZone(_) => MysqlError::new(1298, self.to_string()),
            ValueError::UnknownCollation(_) => MysqlError::new(1273, self.to_string()),
            ValueError::UnsupportedCharset(_)
            | ValueError::UnsupportedCollation(_)
            | ValueError::NoConversion { .. } => MysqlError::new(1235, self.to_string()),
            ValueError::Short { .. }
            | ValueError::Malformed { .. }
            | ValueError::UnknownType { .. }
            | ValueError::BadMetadata { .. } => MysqlError::new(1610, self.to_string()),
        }
    }
}

/// The first `needed` bytes of `bytes`, or [`ValueError::Short`].
#[inline]
pub(crate) fn take<'a>(
    bytes: &'a [u8],
    needed: usize,
    what: &'static str,
) -> Result<&'a [u8], ValueError> {
    bytes.get(..needed).ok_or(ValueError::Short {
        what,
        needed,
        available: bytes.len(),
    })
}

/// Splits off `needed` bytes, or [`ValueError::Short`].
#[inline]
pub(crate) fn split<'a>(
    bytes: &'a [u8],
    needed: usize,
    what: &'static str,
) -> Result<(&'a [u8], &'a [u8]), ValueError> {
    bytes.split_at_checked(needed).ok_or(ValueError::Short {
        what,
        needed,
        available: bytes.len(),
    })
}

/// Little-endian unsigned integer of up to 8 bytes.
#[inline]
pub(crate) fn le(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Big-endian unsigned integer of up to 8 bytes.
#[inline]
pub(crate) fn be(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}
