//! Conversion of values between column types: `DEFAULT` constants and `ALTER TABLE ... MODIFY`.
//!
//! What happens is what the server does when it stores a value of one column into another: numbers round,
//! text is parsed, too much is clamped or cut. What is an error in strict mode is a warning otherwise; some
//! losses (fractions of a DECIMAL, trailing spaces of a VARCHAR) are never more than a note.
//! Proven against `fixtures/casts`, recorded by `generated/casts.py`.

use crate::charset::Server;
use crate::error::ValueError;
use crate::temporal::Date;
use crate::temporal::zone::TimeZone;
use crate::types::{CollationId, ColumnType};
use crate::value::Value;

mod number;
mod temporal;
mod text;

/// What a conversion depends on besides the value.
#[derive(Clone, Debug)]
pub struct CastContext {
    /// STRICT_TRANS_TABLES or STRICT_ALL_TABLES.
    pub strict: bool,
    /// `@@time_zone`, for TIMESTAMP.
    pub time_zone: TimeZone,
    /// CURRENT_DATE, which a TIME turned into a date gets.
    pub today: Date,
    /// Whose rules: MariaDB 11.5 keeps a TIMESTAMP up to 2106, all others up to 2038.
    pub server: Server,
}

/// A converted value.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The value, of the target type.
    pub value: Value,
    /// What was lost, if that is worth a warning.
    pub warning: Option<ValueError>,
}

impl Converted {
    fn exact(value: Value) -> Result<Converted, ValueError> {
        Ok(Converted {
            value,
            warning: None,
        })
    }
}

impl CastContext {
    /// A value that lost something: an error in strict mode.
    fn lossy(&self, value: Value, warning: ValueError) -> Result<Converted, ValueError> {
        if self.strict {
            Err(warning)
        } else {
            Ok(Converted {
                value,
                warning: Some(warning),
            })
        }
    }

    /// A value that may have lost something.
    fn checked(&self, value: Value, warning: Option<ValueError>) -> Result<Converted, ValueError> {
        match warning {
            None => Converted::exact(value),
            Some(warning) => self.lossy(value, warning),
        }
    }
}

/// Converts a value of type `from` to type `to`.
pub fn convert(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    if *value == Value::Null {
        return Converted::exact(Value::Null);
    }
    if from == to {
        return Converted::exact(value.clone());
    }
    let no_conversion = || {
        Err(ValueError::NoConversion {
            from: from.kind(),
            to: to.kind(),
        })
    };
    match to {
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Year { .. } => number::convert(value, from, to, context),
        ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. } => temporal::convert(value, from, to, context),
        ColumnType::Char { .. }
        | ColumnType::VarChar { .. }
        | ColumnType::Text { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. } => text::convert(value, from, to, context),
        ColumnType::Enum { .. } | ColumnType::Set { .. } => {
            text::convert_to_members(value, from, to, context)
        }
        ColumnType::Json => text::convert_to_json(value, from, context),
        ColumnType::Geometry { .. } => match (from, value) {
            (ColumnType::Geometry { .. }, Value::Bytes(_)) => Converted::exact(value.clone()),
            (ColumnType::Blob { .. }, Value::Bytes(_)) if context.server == Server::MySql5 => {
                Converted::exact(value.clone())
            }
            // What is no geometry becomes an empty string that is none either.
            (_, value) if context.server == Server::MySql5 && !may_be_geometry(value) => {
                Converted::exact(Value::Bytes(Vec::new()))
            }
            _ => no_conversion(),
        },
        ColumnType::Vector { dimensions, .. } => match (from, value) {
            (ColumnType::Vector { .. }, Value::Bytes(bytes))
                if bytes.len() <= *dimensions as usize * 4 =>
            {
                Converted::exact(value.clone())
            }
            _ => no_conversion(),
        },
        ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => {
            text::convert_to_address(value, from, to, context)
        }
    }
}

/// Whether MySQL 5.6 takes bytes for a geometry: SRID 4, byte order 1, type 4 (1 to 7), and at least a point.
fn may_be_geometry(value: &Value) -> bool {
    let (Value::Bytes(bytes) | Value::Text(bytes)) = value else {
        return false;
    };
    let kind = bytes.get(5..9).map(crate::error::le);
    bytes.len() >= 25 && kind.is_some_and(|kind| (1..=7).contains(&kind))
}

/// Converts a constant as DDL has it (UTF-8 text, with or without quotes) to a type.
pub fn from_literal(
    text: &str,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    // A string is bytes to a BIT column, not a number.
    if let ColumnType::Bit { bits } = to {
        let bytes = text.as_bytes();
        let most = if *bits >= 64 {
            u64::MAX
        } else {
            (1 << bits) - 1
        };
        let number = crate::error::be(bytes);
        return if bytes.len() > 8 || number > most {
            context.lossy(Value::Bit(most), ValueError::TooLong)
        } else {
            Converted::exact(Value::Bit(number))
        };
    }
    if let ColumnType::Int { size, unsigned, .. } = to {
        return number::store_text(text.as_bytes(), *size, *unsigned, context);
    }
    let from = ColumnType::Text {
        size: crate::types::BlobSize::Long,
        collation: CollationId::UTF8MB4_GENERAL_CI,
    };
    convert(&Value::Text(text.as_bytes().to_vec()), &from, to, context)
}
