//! DEFAULT clauses: their normal form for SHOW CREATE TABLE, and the field they stand for.

use std::borrow::Cow;
use understudy_base::error::MysqlError;
use understudy_sql::ast::DefaultSpec;
use understudy_storage::schema::{ColumnDef, DefaultValue, Flavour};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime, Timestamp, parse};
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::{CollationId, ColumnType};
use understudy_values::value::Value;

use super::context::StatementContext;
use super::{expression, implicit};
use crate::literal::{self, Constant};
use crate::pack::{self, PackMode};
use crate::{charsets, errors};

/// The normal form of a DEFAULT clause of `column`.
pub(crate) fn resolve(
    column: &ColumnDef,
    written: &DefaultSpec,
    ctx: &StatementContext,
) -> Result<DefaultValue, MysqlError> {
    if column.auto_increment {
        return Err(errors::invalid_default(&column.name));
    }
    match written {
        DefaultSpec::Now(fsp) => now(column, fsp.unwrap_or(0), ctx.flavour),
        DefaultSpec::Literal(expr) => match literal::constant(expr, ctx.client_collation)? {
            Some(constant) => from_constant(column, &constant, ctx),
            None => Err(errors::invalid_default(&column.name)),
        },
        DefaultSpec::Expr { expr, .. } => {
            if ctx.flavour.mariadb
                && let Some(constant) = literal::constant(expr, ctx.client_collation)?
            {
                return from_constant(column, &constant, ctx);
            }
            Ok(DefaultValue::Expression(expression::default(expr, ctx)?))
        }
    }
}

fn now(column: &ColumnDef, written: u32, flavour: Flavour) -> Result<DefaultValue, MysqlError> {
    match &column.ty {
        ColumnType::Timestamp { fsp, .. } | ColumnType::DateTime { fsp, .. } => {
            if flavour.mariadb || u32::from(*fsp) == written {
                Ok(DefaultValue::Now { fsp: *fsp })
            } else {
                Err(errors::invalid_default(&column.name))
            }
        }
        _ if flavour.mariadb => {
            let fsp = if written == 0 {
                String::new()
            } else {
                written.to_string()
            };
            Ok(DefaultValue::Expression(format!(
                "current_timestamp({fsp})"
            )))
        }
        _ => Err(errors::invalid_default(&column.name)),
    }
}

fn from_constant(
    column: &ColumnDef,
    constant: &Constant,
    ctx: &StatementContext,
) -> Result<DefaultValue, MysqlError> {
    let flavour = ctx.flavour;
    if *constant == Constant::Null {
        return if column.nullable {
            Ok(DefaultValue::Null)
        } else {
            Err(errors::invalid_default(&column.name))
        };
    }
    if !flavour.mariadb && has_no_literal_default(&column.ty) {
        let empty = matches!(constant, Constant::Text(text, _) if text.is_empty());
        if empty && !ctx.strict() {
            return Ok(DefaultValue::None);
        }
        let what = if flavour.version >= 80000 {
            "BLOB, TEXT, GEOMETRY or JSON"
        } else {
            "BLOB/TEXT"
        };
        return Err(MysqlError::new(
            1101,
            format!("{what} column '{}' can't have a default value", column.name),
        ));
    }
    let field = pack_constant(&column.ty, constant, ctx).map_err(|e| match e.errno {
        1235 => e,
        _ => errors::invalid_default(&column.name),
    })?;
    to_default(&column.ty, &field, ctx)
}

fn has_no_literal_default(ty: &ColumnType) -> bool {
    matches!(
        ty,
        ColumnType::Text { .. }
            | ColumnType::Blob { .. }
            | ColumnType::Json
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. }
    )
}

fn zone(ctx: &StatementContext) -> TimeZone {
    TimeZone::parse(&ctx.time_zone).unwrap_or(TimeZone::UTC)
}

/// A constant as a packed field, as strict mode stores it.
fn pack_constant(
    ty: &ColumnType,
    constant: &Constant,
    ctx: &StatementContext,
) -> Result<Vec<u8>, MysqlError> {
    let mode = PackMode {
        strict: true,
        zone: zone(ctx),
    };
    let numeric = matches!(
        ty,
        ColumnType::Int { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Float { .. }
            | ColumnType::Double { .. }
            | ColumnType::Year { .. }
    );
    let packed = match (ty, constant) {
        (ColumnType::Bit { bits }, Constant::Bytes(bytes)) => pack::pack_bits(bytes, *bits, &mode),
        (_, Constant::Bytes(bytes)) if numeric => {
            let number = literal::bytes_number(bytes).unwrap_or(u64::MAX);
            let text = number.to_string();
            pack::pack_text(ty, text.as_bytes(), CollationId::UTF8MB4_GENERAL_CI, &mode)
        }
        (_, Constant::Bytes(bytes)) => {
            let collation = charsets::column_collation(ty).unwrap_or(CollationId::BINARY);
            pack::pack_text(ty, bytes, collation, &mode)
        }
        (
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. },
            Constant::Number(text),
        ) => {
            let shown = number_text(text);
            pack::pack_text(ty, shown.as_bytes(), CollationId::UTF8MB4_GENERAL_CI, &mode)
        }
        (_, Constant::Number(text)) => pack_number(ty, text, &mode),
        (_, Constant::Text(text, collation)) => pack::pack_text(ty, text, *collation, &mode),
        (_, Constant::Null) => return Err(errors::invalid_default("")),
    };
    packed.map_err(|e| errors::value(&e))
}

fn pack_number(
    ty: &ColumnType,
    text: &str,
    mode: &PackMode,
) -> Result<Vec<u8>, understudy_values::ValueError> {
    if let Ok(number) = text.parse::<i128>() {
        // Zero is the zero date, which strictness alone does not forbid.
        match ty {
            ColumnType::Date if number == 0 => return ty.encode(&Value::Date(Date::default())),
            ColumnType::DateTime { .. } if number == 0 => {
                return ty.encode(&Value::DateTime(DateTime::default()));
            }
            ColumnType::Timestamp { .. } if number == 0 => {
                return ty.encode(&Value::Timestamp(Timestamp::default()));
            }
            _ => {}
        }
        return pack::pack_integer(ty, number, mode);
    }
    match literal::decimal(text) {
        Some(number) => pack::pack_decimal(ty, number, mode),
        None => pack::pack_double(ty, pack::parse_double(text).0, mode),
    }
}

/// A number in a text column is stored as it would be printed.
fn number_text(text: &str) -> String {
    if literal::decimal(text).is_some() {
        return text.to_owned();
    }
    let mut out = Vec::new();
    understudy_values::float::write_double(pack::parse_double(text).0, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A field as the default that SHOW CREATE TABLE prints.
fn to_default(
    ty: &ColumnType,
    field: &[u8],
    ctx: &StatementContext,
) -> Result<DefaultValue, MysqlError> {
    let flavour = ctx.flavour;
    // A TIMESTAMP's default is a moment: it is kept, as the field is, in UTC.
    let context = TextContext::raw();
    let mut text = Vec::new();
    write_text(ty, field, &context, &mut text).map_err(|e| errors::value(&e))?;
    Ok(match ty {
        ColumnType::Bit { .. } => {
            let digits: String = text.iter().map(|b| format!("{b:08b}")).collect();
            let digits = digits.trim_start_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            DefaultValue::BareLiteral(format!("b'{digits}'"))
        }
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Year { .. } => {
            let text = String::from_utf8_lossy(&text).into_owned();
            if flavour.mariadb {
                DefaultValue::BareLiteral(text)
            } else {
                DefaultValue::Literal(text)
            }
        }
        ColumnType::Binary { .. } | ColumnType::VarBinary { .. } | ColumnType::Blob { .. } => {
            binary_default(&text, flavour)
        }
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => {
            DefaultValue::Literal(pack::to_utf8(&text, *collation).map_err(|e| errors::value(&e))?)
        }
        ColumnType::Enum { collation, .. } | ColumnType::Set { collation, .. } => {
            DefaultValue::Literal(pack::to_utf8(&text, *collation).map_err(|e| errors::value(&e))?)
        }
        ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => DefaultValue::Literal(String::from_utf8_lossy(&text).into_owned()),
    })
}

/// A constant default as a session sees it: a TIMESTAMP's, which is kept in UTC, in the session's time zone.
pub(crate) fn literal_in_zone<'a>(ty: &ColumnType, text: &'a str, zone: &TimeZone) -> Cow<'a, str> {
    let ColumnType::Timestamp { fsp, .. } = ty else {
        return Cow::Borrowed(text);
    };
    let moment = parse::datetime(text.as_bytes())
        .and_then(|parsed| TimeZone::UTC.to_timestamp(parsed.value));
    match moment {
        Some(moment) => {
            let mut out = Vec::new();
            zone.to_local(moment).write(*fsp, &mut out);
            Cow::Owned(String::from_utf8_lossy(&out).into_owned())
        }
        None => Cow::Borrowed(text),
    }
}

/// A default of a binary column: text where it is text, else hexadecimal.
pub(crate) fn binary_default(bytes: &[u8], flavour: Flavour) -> DefaultValue {
    let always_hex = flavour.mariadb && flavour.version >= 110000;
    match std::str::from_utf8(bytes) {
        Ok(text) if !always_hex => DefaultValue::Literal(text.to_owned()),
        Ok(_) | Err(_) => {
            let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
            DefaultValue::BareLiteral(format!("0x{hex}"))
        }
    }
}

/// The field that a column takes when a row does not name it and its default is a constant: what a minimal
/// row image of an INSERT leaves out. `None` is NULL. Error 1235 for defaults that need evaluation.
pub fn default_field(column: &ColumnDef, zone: &TimeZone) -> Result<Option<Vec<u8>>, MysqlError> {
    let mode = PackMode {
        strict: false,
        zone: match column.ty {
            ColumnType::Timestamp { .. } => TimeZone::UTC,
            _ => zone.clone(),
        },
    };
    let text = match &column.default {
        DefaultValue::Null => return Ok(None),
        DefaultValue::None if column.nullable => return Ok(None),
        DefaultValue::None => return implicit_field(&column.ty, &mode),
        DefaultValue::Literal(text) => text,
        DefaultValue::BareLiteral(text) => {
            if let Some(raw) = text.strip_prefix("0x").and_then(charsets::unhex) {
                return pack::pack_text(&column.ty, &raw, CollationId::BINARY, &mode)
                    .map(Some)
                    .map_err(|e| errors::value(&e));
            }
            if let ColumnType::Bit { bits } = column.ty {
                let digits = text.trim_start_matches("b'").trim_end_matches('\'');
                let bytes = understudy_sql::ast::Literal::bit_bytes(digits);
                return pack::pack_bits(&bytes, bits, &mode)
                    .map(Some)
                    .map_err(|e| errors::value(&e));
            }
            text
        }
        DefaultValue::Now { .. } | DefaultValue::Expression(_) => {
            return Err(errors::unsupported(format!(
                "the computed default of column '{}'",
                column.name
            )));
        }
    };
    pack::pack_text(
        &column.ty,
        text.as_bytes(),
        literal::utf8_collation(),
        &mode,
    )
    .map(Some)
    .map_err(|e| errors::value(&e))
}

fn implicit_field(ty: &ColumnType, mode: &PackMode) -> Result<Option<Vec<u8>>, MysqlError> {
    let packed = match implicit::default_value(ty) {
        DefaultValue::Literal(text) => {
            pack::pack_text(ty, text.as_bytes(), literal::utf8_collation(), mode)
        }
        DefaultValue::BareLiteral(_) => match ty {
            ColumnType::Bit { bits } => pack::pack_bits(&[], *bits, mode),
            _ => Ok(Vec::new()),
        },
        DefaultValue::None
        | DefaultValue::Null
        | DefaultValue::Now { .. }
        | DefaultValue::Expression(_) => match ty {
            ColumnType::Json => pack::pack_text(ty, b"null", literal::utf8_collation(), mode),
            ColumnType::Text { .. } => ty.encode(&Value::Text(Vec::new())),
            _ => ty.encode(&Value::Bytes(Vec::new())),
        },
    };
    packed.map(Some).map_err(|e| errors::value(&e))
}

/// The field that existing rows get in a column that ALTER TABLE adds.
pub fn insert_default(
    column: &ColumnDef,
    ctx: &StatementContext,
) -> Result<Option<Vec<u8>>, MysqlError> {
    let zone = zone(ctx);
    let DefaultValue::Now { fsp } = column.default else {
        return default_field(column, &zone);
    };
    let stamp = Timestamp {
        seconds: u32::try_from(ctx.timestamp_s).unwrap_or(u32::MAX),
        micros: ctx.timestamp_us,
    };
    let mut out = Vec::new();
    match &column.ty {
        ColumnType::Timestamp { .. } => stamp.pack(fsp, &mut out),
        _ => {
            let mut local = zone.to_local(stamp);
            let unit = 10u32.pow(6u32.saturating_sub(fsp.into()));
            local.micros = local.micros / unit * unit;
            local.pack(fsp, &mut out);
        }
    }
    Ok(Some(out))
}
