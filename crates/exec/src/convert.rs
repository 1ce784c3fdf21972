//! Conversion of a stored field to another column type, as ALTER TABLE copies rows.
//!
//! Most pairs go by way of the value's text, as MySQL's own copy does; numbers, dates and members keep their
//! number where a text would lose it.

use understudy_base::error::MysqlError;
use understudy_storage::schema::ColumnDef;
use understudy_values::ValueError;
use understudy_values::decimal::Decimal;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime};
use understudy_values::text::{self, TextContext, write_text};
use understudy_values::types::{CollationId, ColumnType};

use crate::ddl::StatementContext;
use crate::pack::{self, PackMode};
use crate::{charsets, errors};

/// A conversion of one column.
#[derive(Debug)]
pub(crate) struct Conversion {
    from: ColumnType,
    to: ColumnType,
    column: String,
    nullable: bool,
    /// What NULL becomes in a column that is NOT NULL now.
    null_becomes: Option<Vec<u8>>,
    mode: PackMode,
}

impl Conversion {
    pub fn new(
        old: &ColumnDef,
        new: &ColumnDef,
        ctx: &StatementContext,
    ) -> Result<Conversion, MysqlError> {
        let zone = TimeZone::parse(&ctx.time_zone).unwrap_or(TimeZone::UTC);
        let mut bare = new.clone();
        bare.default = understudy_storage::schema::DefaultValue::None;
        bare.nullable = false;
        let null_becomes = if new.nullable {
            None
        } else {
            crate::ddl::default_field(&bare, &zone)?
        };
        Ok(Conversion {
            from: old.ty.clone(),
            to: new.ty.clone(),
            column: new.name.clone(),
            nullable: new.nullable,
            null_becomes,
            mode: PackMode {
                strict: ctx.strict(),
                zone,
            },
        })
    }

    /// The new field of one row.
    pub fn field(&self, old: Option<&[u8]>, row: u64) -> Result<Option<Vec<u8>>, MysqlError> {
        let Some(old) = old else {
            return if self.nullable {
                Ok(None)
            } else if self.mode.strict {
                Err(MysqlError::new(1138, "Invalid use of NULL value"))
            } else {
                Ok(self.null_becomes.clone())
            };
        };
        if self.from == self.to {
            return Ok(Some(old.to_vec()));
        }
        convert_field(&self.from, &self.to, old, &self.mode)
            .map(Some)
            .map_err(|e| errors::value_of_column(&e, &self.column, row))
    }
}

fn is_number(ty: &ColumnType) -> bool {
    matches!(
        ty,
        ColumnType::Int { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Float { .. }
            | ColumnType::Double { .. }
            | ColumnType::Year { .. }
            | ColumnType::Bit { .. }
    )
}

/// Converts one packed field.
pub(crate) fn convert_field(
    from: &ColumnType,
    to: &ColumnType,
    field: &[u8],
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    match (from, to) {
        (ColumnType::Float { .. } | ColumnType::Double { .. }, _) if is_number(to) => {
            pack::pack_double(to, read_double(from, field)?, mode)
        }
        (_, _) if is_number(to) && (is_number(from) || is_temporal(from)) => {
            pack::pack_decimal(to, read_number(from, field)?, mode)
        }
        (ColumnType::Enum { .. } | ColumnType::Set { .. }, _) if is_number(to) => {
            let number = text::read_members(from, field)?;
            pack::pack_decimal(to, Decimal::from_i128(number.into()), mode)
        }
        (ColumnType::Time { .. }, ColumnType::Time { fsp, old }) => {
            let _ = (fsp, old);
            pack::pack_time(to, read_time(from, field)?, mode)
        }
        (
            ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. },
            ColumnType::Date
            | ColumnType::DateTime { .. }
            | ColumnType::Timestamp { .. }
            | ColumnType::Time { .. },
        ) => pack::pack_datetime(to, read_datetime(from, field, &mode.zone)?, mode),
        (_, ColumnType::Binary { .. } | ColumnType::VarBinary { .. } | ColumnType::Blob { .. })
            if charsets::column_collation(from).is_some()
                && !matches!(from, ColumnType::Enum { .. } | ColumnType::Set { .. }) =>
        {
            pack::pack_text(to, &raw_text(from, field, mode)?, CollationId::BINARY, mode)
        }
        (_, _) => {
            let text = raw_text(from, field, mode)?;
            let collation = match from {
                ColumnType::Binary { .. }
                | ColumnType::VarBinary { .. }
                | ColumnType::Blob { .. } => {
                    charsets::column_collation(to).unwrap_or(CollationId::BINARY)
                }
                _ => charsets::column_collation(from).unwrap_or(CollationId::UTF8MB4_GENERAL_CI),
            };
            pack::pack_text(to, &text, collation, mode)
        }
    }
}

/// A field's text in its column's own character set.
fn raw_text(ty: &ColumnType, field: &[u8], mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let context = TextContext {
        time_zone: mode.zone.clone(),
        results: None,
    };
    let mut out = Vec::new();
    write_text(ty, field, &context, &mut out)?;
    Ok(out)
}

fn is_temporal(ty: &ColumnType) -> bool {
    matches!(
        ty,
        ColumnType::Date
            | ColumnType::Time { .. }
            | ColumnType::DateTime { .. }
            | ColumnType::Timestamp { .. }
    )
}

fn read_double(ty: &ColumnType, field: &[u8]) -> Result<f64, ValueError> {
    let text = raw_text(ty, field, &PackMode::strict())?;
    match ty {
        ColumnType::Double { .. } => {
            let bytes: [u8; 8] = field
                .get(..8)
                .and_then(|b| b.try_into().ok())
                .ok_or(ValueError::Malformed { what: "DOUBLE" })?;
            Ok(f64::from_le_bytes(bytes))
        }
        ColumnType::Float { .. } => {
            let bytes: [u8; 4] = field
                .get(..4)
                .and_then(|b| b.try_into().ok())
                .ok_or(ValueError::Malformed { what: "FLOAT" })?;
            Ok(f32::from_le_bytes(bytes).into())
        }
        _ => Ok(pack::parse_double(&String::from_utf8_lossy(&text)).0),
    }
}

/// A number or temporal value as an exact number (`20240131`, `20240131101500.5`).
fn read_number(ty: &ColumnType, field: &[u8]) -> Result<Decimal, ValueError> {
    let mode = PackMode::strict();
    let number = match ty {
        ColumnType::Int { size, unsigned, .. } => {
            Decimal::from_i128(text::read_int(field, *size, *unsigned)?)
        }
        ColumnType::Decimal {
            precision, scale, ..
        } => Decimal::unpack(field, *precision, *scale)?,
        ColumnType::Bit { bits } => Decimal::from_i128(text::read_bit(field, *bits)?.into()),
        ColumnType::Year { .. } => Decimal::from_i128(text::read_year(field)?.into()),
        _ => {
            let text = raw_text(ty, field, &mode)?;
            let digits: Vec<u8> = text
                .into_iter()
                .filter(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
                .collect();
            let negative = matches!(ty, ColumnType::Time { .. }) && digits.first() == Some(&b'-');
            let plain: Vec<u8> = digits.into_iter().filter(|b| *b != b'-').collect();
            let number = Decimal::parse(&plain)?.map_or(Decimal::ZERO, |(d, _)| d);
            if negative { number.negate() } else { number }
        }
    };
    Ok(number)
}

fn read_time(
    ty: &ColumnType,
    field: &[u8],
) -> Result<understudy_values::temporal::Time, ValueError> {
    match ty {
        ColumnType::Time { fsp, old } => text::read_time(field, *fsp, *old),
        _ => Err(ValueError::Malformed { what: "TIME" }),
    }
}

fn read_datetime(ty: &ColumnType, field: &[u8], zone: &TimeZone) -> Result<DateTime, ValueError> {
    match ty {
        ColumnType::Date => Ok(pack::midnight(Date::unpack(field)?)),
        ColumnType::DateTime { fsp, old } => text::read_datetime(field, *fsp, *old),
        ColumnType::Timestamp { fsp, old } => {
            Ok(zone.to_local(text::read_timestamp(field, *fsp, *old)?))
        }
        _ => Err(ValueError::Malformed { what: "DATETIME" }),
    }
}

/// A whole number as a field of an integer column.
pub(crate) fn integer_field(ty: &ColumnType, value: u64) -> Result<Option<Vec<u8>>, MysqlError> {
    pack::pack_decimal(ty, Decimal::from_i128(value.into()), &PackMode::strict())
        .map(Some)
        .map_err(|e| errors::value(&e))
}
