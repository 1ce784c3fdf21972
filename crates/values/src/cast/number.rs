//! Conversion to integers, DECIMAL, FLOAT, DOUBLE, BIT and YEAR.

use super::temporal::{round_datetime, round_time};
use super::{CastContext, Converted};
use crate::charset::{Collation, Server};
use crate::decimal::Decimal;
use crate::error::ValueError;
use crate::json::dom::Json;
use crate::temporal::{Date, DateTime, Time};
use crate::types::{ColumnType, IntSize};
use crate::value::{Value, int_range};
use crate::wire_type::WireType;

/// A value as a number, or as the text that is to be read as one.
pub(super) enum Number {
    Int(i128),
    Decimal(Decimal),
    Double(f64),
    /// UTF-8, or bytes.
    Text(Vec<u8>),
}

/// The number that a value stands for.
pub(super) fn number_of(
    value: &Value,
    from: &ColumnType,
    context: &CastContext,
) -> Result<Number, ValueError> {
    Ok(match value {
        Value::Null => Number::Int(0),
        Value::Int(value) => Number::Int((*value).into()),
        Value::UInt(value) | Value::Bit(value) => Number::Int((*value).into()),
        Value::Year(value) => Number::Int((*value).into()),
        Value::Decimal(value) => Number::Decimal(*value),
        Value::Float(value) => Number::Double((*value).into()),
        Value::Double(value) => Number::Double(*value),
        Value::Date(value) => Number::Int(date_number(*value)),
        Value::DateTime(value) => with_micros(datetime_number(*value), value.micros, false),
        Value::Timestamp(value) => {
            let local = context.time_zone.to_local(*value);
            with_micros(datetime_number(local), local.micros, false)
        }
        Value::Time(value) => with_micros(time_number(*value), value.micros, value.negative),
        Value::Text(bytes) => Number::Text(to_utf8(bytes, from)?),
        Value::Bytes(bytes) => Number::Text(bytes.clone()),
        Value::Enum(index) => Number::Int((*index).into()),
        Value::Set(bits) => Number::Int((*bits).into()),
        Value::Json(_) | Value::Uuid(_) | Value::Inet4(_) | Value::Inet6(_) => {
            Number::Text(super::text::utf8_text(value, from, context)?)
        }
    })
}

/// Text of a column in UTF-8.
pub(super) fn to_utf8(bytes: &[u8], from: &ColumnType) -> Result<Vec<u8>, ValueError> {
    let collation = match from {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => Collation::by_id(*collation)?,
        _ => return Ok(bytes.to_vec()),
    };
    let mut out = Vec::new();
    let utf8mb4 = Collation::by_id(crate::types::CollationId::UTF8MB4_GENERAL_CI)?.charset();
    crate::charset::convert(collation.charset(), utf8mb4, bytes, &mut out)?;
    Ok(out)
}

fn date_number(date: Date) -> i128 {
    i128::from(date.year) * 10_000 + i128::from(date.month) * 100 + i128::from(date.day)
}

fn datetime_number(value: DateTime) -> i128 {
    let time =
        i128::from(value.hour) * 10_000 + i128::from(value.minute) * 100 + i128::from(value.second);
    date_number(value.date) * 1_000_000 + time
}

fn time_number(value: Time) -> i128 {
    let all =
        i128::from(value.hour) * 10_000 + i128::from(value.minute) * 100 + i128::from(value.second);
    if value.negative { -all } else { all }
}

fn with_micros(whole: i128, micros: u32, negative: bool) -> Number {
    if micros == 0 {
        return Number::Int(whole);
    }
    let sign = if negative { "-" } else { "" };
    let text = format!("{sign}{}.{micros:06}", whole.unsigned_abs());
    match Decimal::parse(text.as_bytes()) {
        Ok(Some((decimal, _))) => Number::Decimal(decimal),
        Ok(None) | Err(_) => Number::Int(whole),
    }
}

pub(super) fn convert(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let number = match (value, to) {
        // Only these two look into a document; all others read its text.
        (Value::Json(document), ColumnType::Decimal { .. } | ColumnType::Bit { .. }) => {
            number_in_json(document)?
        }
        // A fraction carries into the date and time before the digits are taken as a number.
        (Value::DateTime(value), ColumnType::Int { .. } | ColumnType::Bit { .. }) => {
            Number::Int(datetime_number(round_datetime(*value, 0, context).0))
        }
        (Value::Timestamp(value), ColumnType::Int { .. } | ColumnType::Bit { .. }) => {
            let local = context.time_zone.to_local(*value);
            Number::Int(datetime_number(round_datetime(local, 0, context).0))
        }
        (Value::Time(value), ColumnType::Int { .. } | ColumnType::Bit { .. }) => {
            Number::Int(time_number(round_time(*value, 0, context).0))
        }
        (Value::Inet4(_) | Value::Inet6(_) | Value::Uuid(_), ColumnType::Bit { .. }) => {
            return Err(ValueError::NoConversion {
                from: from.kind(),
                to: to.kind(),
            });
        }
        // The bits are a signed integer there.
        (Value::Bit(bits), ColumnType::Float { .. } | ColumnType::Double { .. })
            if context.server.is_mariadb() =>
        {
            Number::Int((*bits as i64).into())
        }
        (_, ColumnType::Year { .. }) if context.server.is_mariadb() => {
            year_number(value, from, context)?
        }
        _ => number_of(value, from, context)?,
    };
    match to {
        ColumnType::Int { size, unsigned, .. } => {
            let (low, high) = int_range(*size, *unsigned);
            let (number, warning) = match number {
                Number::Text(text) if context.server.is_mariadb() && !is_address(value) => {
                    prefix_to_int(&text, low, high)
                }
                Number::Text(text) => text_to_int(text, low, high, context),
                // MariaDB brings an exact number to an unsigned column without the signed integer between.
                Number::Decimal(value) if context.server.is_mariadb() && *unsigned => {
                    clamp(decimal_to_int(value), low, high)
                }
                number => to_int(number, low, high),
            };
            context.checked(integer(number, *unsigned), warning)
        }
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
            ..
        } => to_decimal(number, *precision, *scale, *unsigned, context),
        ColumnType::Float {
            digits, unsigned, ..
        } => {
            if let (Value::Float(_), ColumnType::Float { unsigned: was, .. }) = (value, from)
                && was == unsigned
            {
                return Converted::exact(value.clone());
            }
            let (number, warning) = to_double(number, *digits, *unsigned, f32::MAX.into());
            context.checked(Value::Float(number as f32), warning)
        }
        ColumnType::Double {
            digits, unsigned, ..
        } => {
            // Servers copy the bytes between two DOUBLEs, whatever their digits are.
            if let (Value::Double(_), ColumnType::Double { unsigned: was, .. }) = (value, from)
                && was == unsigned
            {
                return Converted::exact(value.clone());
            }
            let (number, warning) = to_double(number, *digits, *unsigned, f64::MAX);
            context.checked(Value::Double(number), warning)
        }
        ColumnType::Bit { bits } => to_bit(number, *bits, from, context),
        ColumnType::Year { .. } => to_year(number, context),
        other => Err(ValueError::NoConversion {
            from: from.kind(),
            to: other.kind(),
        }),
    }
}

fn is_address(value: &Value) -> bool {
    matches!(value, Value::Inet4(_) | Value::Inet6(_) | Value::Uuid(_))
}

fn integer(number: i128, unsigned: bool) -> Value {
    if unsigned {
        Value::UInt(number as u64)
    } else {
        Value::Int(number as i64)
    }
}

/// A text that is stored into an integer column; a column's text goes by [`convert`].
pub(super) fn store_text(
    text: &[u8],
    size: IntSize,
    unsigned: bool,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let (low, high) = int_range(size, unsigned);
    let (number, warning) = text_to_int(text.to_vec(), low, high, context);
    context.checked(integer(number, unsigned), warning)
}

/// MariaDB takes the year of a date, and cuts numbers where MySQL rounds.
fn year_number(
    value: &Value,
    from: &ColumnType,
    context: &CastContext,
) -> Result<Number, ValueError> {
    Ok(match value {
        Value::Date(date) => Number::Int(date.year.into()),
        Value::DateTime(value) => Number::Int(value.date.year.into()),
        Value::Timestamp(value) => Number::Int(context.time_zone.to_local(*value).date.year.into()),
        Value::Float(value) => Number::Double(value.trunc().into()),
        Value::Double(value) => Number::Double(value.trunc()),
        _ => number_of(value, from, context)?,
    })
}

fn number_in_json(document: &[u8]) -> Result<Number, ValueError> {
    Ok(match Json::decode(document)? {
        Json::Int(value) => Number::Int(value.into()),
        Json::UInt(value) => Number::Int(value.into()),
        Json::Double(value) => Number::Double(value),
        Json::Bool(value) => Number::Int(value.into()),
        Json::String(text) => match Decimal::parse(&text) {
            Ok(Some((value, used))) if used == text.len() => Number::Decimal(value),
            Ok(_) | Err(_) => Number::Text(text),
        },
        Json::Opaque(kind, bytes) if kind == WireType::NEWDECIMAL => {
            Number::Decimal(crate::json::decimal(&bytes)?)
        }
        Json::Null | Json::Opaque(..) | Json::Array(_) | Json::Object(_) => {
            let mut text = Vec::new();
            crate::json::write_text(document, &mut text)?;
            Number::Text(text)
        }
    })
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Text as messages show it.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().take(64).collect()
}

fn clamp(value: i128, low: i128, high: i128) -> (i128, Option<ValueError>) {
    let clamped = value.clamp(low, high);
    (
        clamped,
        (clamped != value).then_some(ValueError::OutOfRange),
    )
}

/// An integer in a range, and what was lost.
fn to_int(number: Number, low: i128, high: i128) -> (i128, Option<ValueError>) {
    match number {
        Number::Int(value) => clamp(value, low, high),
        // These go through a signed 64-bit integer, whatever the target.
        Number::Decimal(value) => clamp(decimal_to_int(value), low, high.min(i64::MAX.into())),
        Number::Double(value) => {
            let rounded = value.round_ties_even();
            clamp(rounded as i128, low, high.min(i64::MAX.into()))
        }
        Number::Text(text) => {
            let parsed = Decimal::parse(&text);
            let (value, used) = match parsed {
                Err(_) => {
                    let negative = text.trim_ascii_start().starts_with(b"-");
                    return (
                        if negative { low } else { high },
                        Some(ValueError::OutOfRange),
                    );
                }
                Ok(None) => {
                    let warning = ValueError::Incorrect {
                        kind: "integer",
                        value: shown(&text),
                    };
                    return (0i128.clamp(low, high), Some(warning));
                }
                Ok(Some(parsed)) => parsed,
            };
            let (value, warning) = clamp(decimal_to_int(value), low, high);
            let garbage = !is_blank(text.get(used..).unwrap_or_default());
            (value, warning.or(garbage.then_some(ValueError::Truncated)))
        }
    }
}

fn decimal_to_int(value: Decimal) -> i128 {
    let (rounded, _) = value.round(0);
    rounded.to_i128().unwrap_or(if value.is_negative() {
        i128::MIN
    } else {
        i128::MAX
    })
}

fn to_decimal(
    number: Number,
    precision: u8,
    scale: u8,
    unsigned: bool,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let mut warning = None;
    let value = match number {
        Number::Int(value) => Decimal::from_i128(value),
        Number::Decimal(value) => value,
        Number::Double(value) => {
            let mut text = Vec::new();
            crate::float::write_double(value, &mut text);
            match Decimal::parse(&text) {
                Ok(Some((value, _))) => value,
                Ok(None) => Decimal::ZERO,
                Err(_) => {
                    warning = Some(ValueError::OutOfRange);
                    Decimal::max(precision, scale, value < 0.0)
                }
            }
        }
        Number::Text(text) => match Decimal::parse(&text) {
            Ok(Some((value, used))) => {
                if !is_blank(text.get(used..).unwrap_or_default()) {
                    warning = Some(ValueError::TruncatedNumber {
                        kind: "DECIMAL",
                        value: shown(&text),
                    });
                }
                value
            }
            Ok(None) => {
                warning = Some(ValueError::Incorrect {
                    kind: "decimal",
                    value: shown(&text),
                });
                Decimal::ZERO
            }
            Err(_) => {
                warning = Some(ValueError::OutOfRange);
                Decimal::max(precision, scale, text.trim_ascii_start().starts_with(b"-"))
            }
        },
    };
    // Digits past the scale are rounded with no more than a note.
    let (mut rounded, _) = value.round(scale);
    if unsigned && rounded.is_negative() {
        rounded = Decimal::ZERO.round(scale).0;
        warning = Some(ValueError::OutOfRange);
    }
    if rounded.int_digits() > usize::from(precision.saturating_sub(scale)) {
        rounded = Decimal::max(precision, scale, rounded.is_negative());
        warning = Some(ValueError::OutOfRange);
    }
    context.checked(Value::Decimal(rounded), warning)
}

fn to_double(
    number: Number,
    digits: Option<(u8, u8)>,
    unsigned: bool,
    most: f64,
) -> (f64, Option<ValueError>) {
    let mut warning = None;
    let mut value = match number {
        Number::Int(value) => value as f64,
        Number::Decimal(value) => value.to_f64(),
        Number::Double(value) => value,
        Number::Text(text) => {
            let (value, used) = parse_double(&text);
            if used == 0 || !is_blank(text.get(used..).unwrap_or_default()) {
                warning = Some(ValueError::Incorrect {
                    kind: if most > f32::MAX.into() {
                        "DOUBLE"
                    } else {
                        "FLOAT"
                    },
                    value: shown(&text),
                });
            }
            value
        }
    };
    if let Some((width, decimals)) = digits {
        let scale = 10f64.powi(decimals.into());
        let whole = value.floor();
        value = whole + ((value - whole) * scale).round_ties_even() / scale;
        let limit = 10f64.powi(i32::from(width) - i32::from(decimals)) - 1.0 / scale;
        if value.abs() > limit {
            value = limit.copysign(value);
            warning = Some(ValueError::OutOfRange);
        }
    }
    if value.abs() > most {
        value = most.copysign(value);
        warning = Some(ValueError::OutOfRange);
    }
    if unsigned && value < 0.0 {
        value = 0.0;
        warning = Some(ValueError::OutOfRange);
    }
    (value, warning)
}

/// The number at the start of a text and the bytes it takes.
pub fn parse_double(text: &[u8]) -> (f64, usize) {
    let used = match Decimal::parse(text) {
        Ok(Some((_, used))) => used,
        Ok(None) => return (0.0, 0),
        Err(_) => scan_number(text),
    };
    let number = text.get(..used).unwrap_or_default().trim_ascii_start();
    let value = std::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse().ok());
    (value.unwrap_or(0.0), used)
}

/// Length of a number too long for [`Decimal`].
fn scan_number(text: &[u8]) -> usize {
    let is_part =
        |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let blank = text
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    let rest = text.get(blank..).unwrap_or_default();
    let mut used = blank + rest.iter().take_while(|byte| is_part(byte)).count();
    while used > blank {
        let number = text
            .get(blank..used)
            .and_then(|text| std::str::from_utf8(text).ok());
        if number.is_some_and(|text| text.parse::<f64>().is_ok()) {
            break;
        }
        used -= 1;
    }
    used
}

/// A text as integer columns of all but MySQL 8 read it: rounded to a whole number, after the exponent. A second point ends
/// the number and takes the first one away: `10.0.0.1` is 100.
struct Rounded {
    negative: bool,
    /// `None`: more than 64 bits.
    magnitude: Option<u64>,
    /// Bytes of the text that belong to the number.
    used: usize,
}

fn rounded(text: &[u8]) -> Option<Rounded> {
    let byte = |at: usize| text.get(at).copied();
    let mut at = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let negative = byte(at) == Some(b'-');
    if matches!(byte(at), Some(b'-' | b'+')) {
        at += 1;
    }
    let (mut mantissa, mut digits, mut full, mut half) = (0u64, 0usize, false, false);
    // Powers of ten that the mantissa lacks (or has too many).
    let (mut shift, mut point) = (0i64, false);
    loop {
        match byte(at) {
            Some(digit @ b'0'..=b'9') => {
                let digit = digit - b'0';
                let next = mantissa
                    .checked_mul(10)
                    .and_then(|m| m.checked_add(digit.into()));
                match next.filter(|_| !full) {
                    Some(next) => {
                        mantissa = next;
                        shift -= i64::from(point);
                    }
                    None => {
                        half = if full { half } else { digit >= 5 };
                        full = true;
                        shift += i64::from(!point);
                    }
                }
                digits += 1;
            }
            Some(b'.') if !point => point = true,
            Some(b'.') => {
                shift = 0;
                break;
            }
            _ => break,
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    if matches!(byte(at), Some(b'e' | b'E')) {
        at += 1;
        let minus = byte(at) == Some(b'-');
        if matches!(byte(at), Some(b'-' | b'+')) {
            at += 1;
            byte(at)?;
        }
        let mut exponent = 0i64;
        while let Some(digit @ b'0'..=b'9') = byte(at) {
            exponent = (exponent * 10 + i64::from(digit - b'0')).min(1 << 20);
            at += 1;
        }
        shift += if minus { -exponent } else { exponent };
    }
    let power = |n: i64| u32::try_from(n).ok().and_then(|n| 10u64.checked_pow(n));
    let magnitude = match shift {
        0 => mantissa.checked_add(half.into()),
        1.. if mantissa == 0 => Some(0),
        1.. => power(shift).and_then(|power| mantissa.checked_mul(power)),
        _ => Some(power(-shift).map_or(0, |power| {
            mantissa / power + u64::from(mantissa % power >= power.div_ceil(2))
        })),
    };
    Some(Rounded {
        negative,
        magnitude,
        used: at,
    })
}

/// A text that is stored into an integer column.
fn text_to_int(
    text: Vec<u8>,
    low: i128,
    high: i128,
    context: &CastContext,
) -> (i128, Option<ValueError>) {
    if context.server == Server::MySql8 {
        return to_int(Number::Text(text), low, high);
    }
    let text = text.as_slice();
    let Some(number) = rounded(text) else {
        let warning = ValueError::Incorrect {
            kind: "integer",
            value: shown(text),
        };
        return (0i128.clamp(low, high), Some(warning));
    };
    let (value, warning) = match number.magnitude {
        // Too far below zero is the largest value of an unsigned column.
        None if number.negative && low < 0 => (low, Some(ValueError::OutOfRange)),
        None => (high, Some(ValueError::OutOfRange)),
        Some(magnitude) if number.negative => clamp(-i128::from(magnitude), low, high),
        Some(magnitude) => clamp(magnitude.into(), low, high),
    };
    let garbage = !is_blank(text.get(number.used..).unwrap_or_default());
    (value, warning.or(garbage.then_some(ValueError::Truncated)))
}

/// The digits at the start of a text as a signed 64-bit integer, and whether that is all there is.
fn integer_prefix(text: &[u8]) -> (i64, bool) {
    let trimmed = text.trim_ascii();
    let (negative, digits) = match trimmed {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let used = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = digits.iter().take(used).try_fold(0i64, |number, &byte| {
        let digit = i64::from(byte - b'0');
        number
            .checked_mul(10)?
            .checked_add(if negative { -digit } else { digit })
    });
    let exact = used > 0 && used == digits.len() && number.is_some();
    let most = if negative { i64::MIN } else { i64::MAX };
    (number.unwrap_or(most), exact)
}

fn no_integer(text: &[u8]) -> ValueError {
    ValueError::TruncatedNumber {
        kind: "INTEGER",
        value: shown(text),
    }
}

/// A text in an integer column of MariaDB: only the digits at the start count.
fn prefix_to_int(text: &[u8], low: i128, high: i128) -> (i128, Option<ValueError>) {
    let (number, exact) = integer_prefix(text);
    let (value, warning) = clamp(number.into(), low, high);
    (value, warning.or((!exact).then(|| no_integer(text))))
}

/// Only the digits at the start count, and anything else is lost.
fn text_to_bit(text: &[u8], most: u64) -> (u64, Option<ValueError>) {
    let (number, exact) = integer_prefix(text);
    let number = number as u64;
    if number > most {
        return (most, Some(ValueError::TooLong));
    }
    (number, (!exact).then(|| no_integer(text)))
}

fn to_bit(
    number: Number,
    bits: u8,
    from: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let most = if bits >= 64 {
        u64::MAX
    } else {
        (1 << bits) - 1
    };
    if let Number::Text(text) = &number {
        let (number, warning) = text_to_bit(text, most);
        // A TEXT or BLOB that is no number becomes 0 without a word, in MySQL 5.6 any text.
        let silent = match context.server {
            Server::MySql5 => true,
            Server::MySql8 => matches!(
                from,
                ColumnType::Text { .. } | ColumnType::Blob { .. } | ColumnType::Geometry { .. }
            ),
            Server::MariaDb10 | Server::MariaDb11 => false,
        };
        let warning = warning.filter(|warning| !silent || *warning == ValueError::TooLong);
        return context.checked(Value::Bit(number), warning);
    }
    if let Number::Decimal(value) = &number
        && context.server.is_mariadb()
    {
        let (number, lost) = clamp(decimal_to_int(*value), 0, u64::MAX.into());
        return if number as u64 > most {
            context.lossy(Value::Bit(most), ValueError::TooLong)
        } else {
            context.checked(Value::Bit(number as u64), lost)
        };
    }
    let (number, _) = to_int(number, i64::MIN.into(), u64::MAX.into());
    // Negative numbers are their two's complement.
    let number = number as u64;
    if number > most {
        return context.lossy(Value::Bit(most), ValueError::TooLong);
    }
    Converted::exact(Value::Bit(number))
}

fn to_year(number: Number, context: &CastContext) -> Result<Converted, ValueError> {
    let is_text = matches!(number, Number::Text(_));
    let (low, high) = (i64::MIN.into(), u64::MAX.into());
    let (number, mut warning) = match number {
        Number::Text(text) => text_to_int(text, low, high, context),
        number => to_int(number, low, high),
    };
    let is_number = !matches!(warning, Some(ValueError::Incorrect { .. }));
    let year = match number {
        0 if is_text && is_number => 2000,
        0 => 0,
        1..=69 => 2000 + number,
        70..=99 => 1900 + number,
        1901..=2155 => number,
        _ => {
            warning = Some(ValueError::OutOfRange);
            0
        }
    };
    context.checked(Value::Year(year as u16), warning)
}
