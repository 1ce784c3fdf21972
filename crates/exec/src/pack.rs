//! From text or a number to a column's packed field: what storing a constant does.
//!
//! Serves DEFAULT clauses, conversions of ALTER TABLE and constants compared with keys. Errors are the
//! values crate's, without column and row: callers add them.

use understudy_values::ValueError;
use understudy_values::charset::{self, Charset, Collation};
use understudy_values::decimal::Decimal;
use understudy_values::json;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime, MAX_TIME_MICROS, Time};
use understudy_values::types::{CollationId, ColumnType, IntSize};
use understudy_values::wire_type::WireColumn;

use crate::temporal;

/// How strictly a value is stored.
#[derive(Clone, Debug)]
pub(crate) struct PackMode {
    /// Anything that does not fit is an error; else it is adjusted as MySQL does without strict mode.
    pub strict: bool,
    /// Zone of TIMESTAMP values.
    pub zone: TimeZone,
}

impl PackMode {
    /// Strict, UTC.
    pub fn strict() -> PackMode {
        PackMode {
            strict: true,
            zone: TimeZone::UTC,
        }
    }
}

/// Packs `text`, which is in the character set of `collation`, into a field of `ty`.
pub(crate) fn pack_text(
    ty: &ColumnType,
    text: &[u8],
    collation: CollationId,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    match ty {
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Year { .. } => {
            let utf8 = to_utf8(text, collation)?;
            pack_numeric_text(ty, &utf8, mode)
        }
        ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. } => {
            let utf8 = to_utf8(text, collation)?;
            pack_temporal_text(ty, &utf8, mode)
        }
        ColumnType::Char {
            length,
            collation: to,
        } => {
            let mut own = convert(text, collation, *to)?;
            trim_spaces(&mut own, *to);
            let own = fit_characters(own, *to, *length, mode)?;
            Ok(with_length(ty, &own))
        }
        ColumnType::VarChar {
            length,
            collation: to,
        } => {
            let own = fit_characters(convert(text, collation, *to)?, *to, *length, mode)?;
            Ok(with_length(ty, &own))
        }
        ColumnType::Text { collation: to, .. } => {
            let own = convert(text, collation, *to)?;
            Ok(with_length(ty, &own))
        }
        ColumnType::Binary { length } => {
            let mut own = fit_bytes(text.to_vec(), *length, mode)?;
            while own.last() == Some(&0) {
                own.pop();
            }
            Ok(with_length(ty, &own))
        }
        ColumnType::VarBinary { length } => {
            let own = fit_bytes(text.to_vec(), *length, mode)?;
            Ok(with_length(ty, &own))
        }
        ColumnType::Blob { .. } | ColumnType::Geometry { .. } | ColumnType::Vector { .. } => {
            Ok(with_length(ty, text))
        }
        ColumnType::Enum { members, .. } => {
            let utf8 = to_utf8(text, collation)?;
            pack_enum(ty, members, &utf8, mode)
        }
        ColumnType::Set { members, .. } => {
            let utf8 = to_utf8(text, collation)?;
            pack_set(ty, members, &utf8, mode)
        }
        ColumnType::Json => {
            let utf8 = to_utf8(text, collation)?;
            let mut document = Vec::new();
            json::parse::parse(utf8.as_bytes())?.encode(&mut document)?;
            Ok(with_length(ty, &document))
        }
        ColumnType::Uuid => {
            let utf8 = to_utf8(text, collation)?;
            pack_uuid(&utf8)
        }
        ColumnType::Inet4 => {
            let utf8 = to_utf8(text, collation)?;
            let address: std::net::Ipv4Addr =
                utf8.trim().parse().map_err(|_| incorrect("inet4", &utf8))?;
            Ok(with_length(ty, &address.octets()))
        }
        ColumnType::Inet6 => {
            let utf8 = to_utf8(text, collation)?;
            let address: std::net::Ipv6Addr =
                utf8.trim().parse().map_err(|_| incorrect("inet6", &utf8))?;
            Ok(with_length(ty, &address.octets()))
        }
    }
}

/// UTF-8 of text in the character set of `collation`.
pub(crate) fn to_utf8(text: &[u8], collation: CollationId) -> Result<String, ValueError> {
    if text.is_ascii() && charset_width(collation) == 1 {
        return Ok(String::from_utf8_lossy(text).into_owned());
    }
    let from = Collation::by_id(collation)?.charset();
    let utf8mb4 = utf8mb4()?;
    let mut out = Vec::new();
    charset::convert(from, utf8mb4, text, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Text of one character set in another.
pub(crate) fn convert(
    text: &[u8],
    from: CollationId,
    to: CollationId,
) -> Result<Vec<u8>, ValueError> {
    let from = Collation::by_id(from)?.charset();
    let to_set = Collation::by_id(to)?.charset();
    let plain = text.is_ascii() && from.mbminlen == 1 && to_set.mbminlen == 1;
    if plain || from.name == to_set.name {
        return Ok(text.to_vec());
    }
    let mut out = Vec::new();
    charset::convert(from, to_set, text, &mut out)?;
    Ok(out)
}

fn utf8mb4() -> Result<&'static Charset, ValueError> {
    Charset::by_name("utf8mb4").ok_or(ValueError::UnsupportedCharset("utf8mb4"))
}

fn charset_width(collation: CollationId) -> u8 {
    Collation::by_id(collation).map_or(1, |c| c.charset().mbminlen)
}

/// A field with the length bytes that its type has before the content.
pub(crate) fn with_length(ty: &ColumnType, content: &[u8]) -> Vec<u8> {
    let bytes = length_bytes(ty);
    let mut out = Vec::with_capacity(bytes + content.len());
    let length = u64::try_from(content.len())
        .unwrap_or(u64::MAX)
        .to_le_bytes();
    out.extend(length.iter().take(bytes));
    out.extend_from_slice(content);
    out
}

/// Width of the length before a field's content; 0 for types of fixed size.
pub(crate) fn length_bytes(ty: &ColumnType) -> usize {
    let wire: WireColumn = ty.wire();
    match ty {
        ColumnType::VarChar { .. } | ColumnType::VarBinary { .. } => {
            if wire.meta > 255 {
                2
            } else {
                1
            }
        }
        ColumnType::Char { collation, length } => {
            let bytes = length.saturating_mul(crate::charsets::mbmaxlen(*collation));
            if bytes > 255 { 2 } else { 1 }
        }
        ColumnType::Binary { .. } => 1,
        ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => 1,
        ColumnType::Text { size, .. } | ColumnType::Blob { size } => match size {
            understudy_values::types::BlobSize::Tiny => 1,
            understudy_values::types::BlobSize::Normal => 2,
            understudy_values::types::BlobSize::Medium => 3,
            understudy_values::types::BlobSize::Long => 4,
        },
        ColumnType::Json | ColumnType::Geometry { .. } => 4,
        ColumnType::Vector { mariadb, .. } => {
            if *mariadb {
                2
            } else {
                4
            }
        }
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
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. } => 0,
    }
}

fn incorrect(kind: &'static str, value: &str) -> ValueError {
    ValueError::Incorrect {
        kind,
        value: value.to_owned(),
    }
}

fn trim_spaces(text: &mut Vec<u8>, collation: CollationId) {
    let space: &[u8] = match charset_width(collation) {
        2 => b"\0 ",
        4 => b"\0\0\0 ",
        _ => b" ",
    };
    while text.ends_with(space) {
        text.truncate(text.len() - space.len());
    }
}

fn fit_characters(
    mut text: Vec<u8>,
    collation: CollationId,
    length: u32,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let limit = usize::try_from(length).unwrap_or(usize::MAX);
    if text.len() <= limit {
        return Ok(text);
    }
    let end = character_end(&text, collation, limit);
    if end < text.len() {
        let rest_blank = text
            .get(end..)
            .unwrap_or_default()
            .iter()
            .all(|b| *b == b' ');
        if mode.strict && !rest_blank {
            return Err(ValueError::TooLong);
        }
        text.truncate(end);
    }
    Ok(text)
}

/// Byte offset after `count` characters.
pub(crate) fn character_end(text: &[u8], collation: CollationId, count: usize) -> usize {
    let Ok(collation) = Collation::by_id(collation) else {
        return text.len().min(count);
    };
    let set = collation.charset();
    if set.mbmaxlen == set.mbminlen {
        return text
            .len()
            .min(count.saturating_mul(usize::from(set.mbminlen)));
    }
    if let Ok(utf8) = std::str::from_utf8(text) {
        return utf8
            .char_indices()
            .nth(count)
            .map_or(text.len(), |(i, _)| i);
    }
    text.len().min(count)
}

fn fit_bytes(mut bytes: Vec<u8>, length: u32, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let limit = usize::try_from(length).unwrap_or(usize::MAX);
    if bytes.len() > limit {
        if mode.strict {
            return Err(ValueError::TooLong);
        }
        bytes.truncate(limit);
    }
    Ok(bytes)
}

/// A number written as text; `None` parts of the text after it are judged by the caller.
fn pack_numeric_text(ty: &ColumnType, text: &str, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let kind = match ty {
        ColumnType::Decimal { .. } => "decimal",
        ColumnType::Float { .. } | ColumnType::Double { .. } => "double",
        _ => "integer",
    };
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if let ColumnType::Bit { bits } = ty {
        return pack_bits(text.as_bytes(), *bits, mode);
    }
    if matches!(ty, ColumnType::Float { .. } | ColumnType::Double { .. }) {
        let (value, used) = parse_double(trimmed);
        if mode.strict && (used == 0 || used < trimmed.len()) {
            return Err(if used == 0 {
                incorrect(kind, text)
            } else {
                ValueError::Truncated
            });
        }
        return pack_double(ty, value, mode);
    }
    let exponent = trimmed.bytes().any(|b| matches!(b, b'e' | b'E'));
    let parsed = if exponent {
        None
    } else {
        Decimal::parse(trimmed.as_bytes())?
    };
    let (decimal, used) = match parsed {
        Some(found) => found,
        None => {
            let (value, used) = parse_double(trimmed);
            (decimal_of_double(value)?, used)
        }
    };
    if mode.strict && (used == 0 || used < trimmed.len()) {
        return Err(if used == 0 {
            incorrect(kind, text)
        } else {
            ValueError::Truncated
        });
    }
    pack_decimal(ty, decimal, mode)
}

/// A double as an exact decimal, by its shortest text.
pub(crate) fn decimal_of_double(value: f64) -> Result<Decimal, ValueError> {
    if !value.is_finite() || value.abs() > 1e65 {
        return Ok(Decimal::max(65, 0, value < 0.0));
    }
    let text = format!("{value:.30}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    let short = format!("{value}");
    let chosen = if short.len() < text.len() {
        short
    } else {
        text.to_owned()
    };
    Ok(Decimal::parse(chosen.as_bytes())?.map_or(Decimal::ZERO, |(d, _)| d))
}

/// The number at the start of a text and how many bytes of it were one.
pub(crate) fn parse_double(text: &str) -> (f64, usize) {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut i = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let start = i;
    while digit(i) {
        i += 1;
    }
    let mut digits = i - start;
    if bytes.get(i) == Some(&b'.') {
        let point = i;
        i += 1;
        while digit(i) {
            i += 1;
        }
        digits += i - point - 1;
    }
    if digits == 0 {
        return (0.0, 0);
    }
    if matches!(bytes.get(i), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(i + 1), Some(b'+' | b'-')));
        let mut j = i + 1 + signed;
        if digit(j) {
            while digit(j) {
                j += 1;
            }
            i = j;
        }
    }
    let number = text.get(..i).and_then(|n| n.parse::<f64>().ok());
    (number.unwrap_or(0.0), i)
}

/// Packs an exact number into a numeric field.
pub(crate) fn pack_decimal(
    ty: &ColumnType,
    value: Decimal,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    match ty {
        ColumnType::Int { size, unsigned, .. } => {
            let (rounded, _) = value.round(0);
            pack_int(
                *size,
                *unsigned,
                rounded.to_i128(),
                value.is_negative(),
                mode,
            )
        }
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
            ..
        } => {
            let (rounded, _) = value.round(*scale);
            let fits = rounded.int_digits() <= usize::from(precision.saturating_sub(*scale));
            let negative = *unsigned && rounded.is_negative() && !rounded.is_zero();
            let stored = match (fits, negative) {
                (true, false) => rounded,
                (_, _) if mode.strict => return Err(ValueError::OutOfRange),
                (_, true) => Decimal::ZERO,
                (false, false) => Decimal::max(*precision, *scale, rounded.is_negative()),
            };
            let mut out = Vec::new();
            stored.pack(*precision, *scale, &mut out)?;
            Ok(out)
        }
        ColumnType::Float { .. } | ColumnType::Double { .. } => {
            pack_double(ty, value.to_f64(), mode)
        }
        ColumnType::Year { .. } => {
            let (rounded, _) = value.round(0);
            pack_year(rounded.to_i128().unwrap_or(-1), mode)
        }
        ColumnType::Bit { bits } => {
            let (rounded, _) = value.round(0);
            let number = rounded.to_i128().and_then(|n| u64::try_from(n).ok());
            let bytes = number.unwrap_or(u64::MAX).to_be_bytes();
            let first = bytes.iter().position(|b| *b != 0).unwrap_or(8);
            pack_bits(bytes.get(first..).unwrap_or_default(), *bits, mode)
        }
        _ => {
            let mut text = Vec::new();
            value.write(&mut text);
            pack_text(ty, &text, CollationId::UTF8MB4_GENERAL_CI, mode)
        }
    }
}

fn pack_int(
    size: IntSize,
    unsigned: bool,
    value: Option<i128>,
    negative: bool,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let bits = match size {
        IntSize::Tiny => 8,
        IntSize::Small => 16,
        IntSize::Medium => 24,
        IntSize::Int => 32,
        IntSize::Big => 64,
    };
    let (low, high) = if unsigned {
        (0i128, (1i128 << bits) - 1)
    } else {
        (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
    };
    let value = value.unwrap_or(if negative { i128::MIN } else { i128::MAX });
    if mode.strict && !(low..=high).contains(&value) {
        return Err(ValueError::OutOfRange);
    }
    let bytes = value.clamp(low, high).to_le_bytes();
    Ok(bytes.iter().copied().take(bits / 8).collect())
}

/// Packs a double into a FLOAT or DOUBLE field.
pub(crate) fn pack_double(
    ty: &ColumnType,
    value: f64,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let (digits, unsigned, single) = match ty {
        ColumnType::Float {
            digits, unsigned, ..
        } => (digits, unsigned, true),
        ColumnType::Double {
            digits, unsigned, ..
        } => (digits, unsigned, false),
        _ => return pack_decimal(ty, decimal_of_double(value)?, mode),
    };
    let mut stored = value;
    if let Some((width, decimals)) = digits {
        let scale = 10f64.powi(i32::from(*decimals));
        stored = (stored * scale).round_ties_even() / scale;
        let limit = 10f64.powi(i32::from(width.saturating_sub(*decimals))) - 1.0 / scale;
        if stored.abs() > limit {
            if mode.strict {
                return Err(ValueError::OutOfRange);
            }
            stored = limit.copysign(stored);
        }
    }
    let overflow = if single {
        stored.abs() > f64::from(f32::MAX)
    } else {
        !stored.is_finite()
    };
    if overflow || *unsigned && stored < 0.0 {
        if mode.strict {
            return Err(ValueError::OutOfRange);
        }
        stored = if *unsigned && stored < 0.0 {
            0.0
        } else if single {
            f64::from(f32::MAX).copysign(stored)
        } else {
            f64::MAX.copysign(stored)
        };
    }
    #[allow(clippy::cast_possible_truncation)] // rounding to single precision is what FLOAT means
    let narrow = stored as f32;
    Ok(if single {
        narrow.to_le_bytes().to_vec()
    } else {
        stored.to_le_bytes().to_vec()
    })
}

fn pack_year(value: i128, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let full = match value {
        1..=69 => value + 2000,
        70..=99 => value + 1900,
        other => other,
    };
    match full {
        0 => Ok(vec![0]),
        1901..=2155 => Ok(vec![u8::try_from(full - 1900).unwrap_or(0)]),
        _ if mode.strict => Err(ValueError::OutOfRange),
        _ => Ok(vec![0]),
    }
}

/// Big-endian bytes into a BIT field.
pub(crate) fn pack_bits(bytes: &[u8], bits: u8, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let width = usize::from(bits.div_ceil(8));
    let significant = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let value = bytes.get(significant..).unwrap_or_default();
    let top_bits = if bits.is_multiple_of(8) { 8 } else { bits % 8 };
    let top = value.first().copied().unwrap_or(0);
    let too_long = value.len() > width || value.len() == width && u32::from(top) >> top_bits != 0;
    if too_long {
        if mode.strict {
            return Err(ValueError::TooLong);
        }
        let mut full = vec![0xff; width];
        if let Some(first) = full.first_mut() {
            *first = u8::try_from((1u16 << top_bits) - 1).unwrap_or(0xff);
        }
        return Ok(full);
    }
    let mut out = vec![0; width - value.len()];
    out.extend_from_slice(value);
    Ok(out)
}

fn pack_enum(
    ty: &ColumnType,
    members: &[String],
    text: &str,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let wanted = text.trim_end_matches(' ');
    let found = members.iter().position(|m| m == wanted).or_else(|| {
        members
            .iter()
            .position(|m| m.to_lowercase() == wanted.to_lowercase())
    });
    let index = match found {
        Some(i) => i + 1,
        None => match wanted.parse::<usize>() {
            Ok(n) if n >= 1 && n <= members.len() => n,
            Ok(_) | Err(_) if mode.strict => return Err(ValueError::Truncated),
            Ok(_) | Err(_) => 0,
        },
    };
    Ok(member_bytes(ty, u64::try_from(index).unwrap_or(0)))
}

fn pack_set(
    ty: &ColumnType,
    members: &[String],
    text: &str,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let mut bits = 0u64;
    if !text.is_empty() {
        for wanted in text.split(',') {
            let wanted = wanted.trim_end_matches(' ').to_lowercase();
            match members.iter().position(|m| m.to_lowercase() == wanted) {
                Some(i) => {
                    bits |= 1u64
                        .checked_shl(u32::try_from(i).unwrap_or(64))
                        .unwrap_or(0)
                }
                None => match text.parse::<u64>() {
                    Ok(number) => bits = number,
                    Err(_) if mode.strict => return Err(ValueError::Truncated),
                    Err(_) => {}
                },
            }
        }
    }
    Ok(member_bytes(ty, bits))
}

/// An ENUM index or SET bits as a field.
pub(crate) fn member_bytes(ty: &ColumnType, value: u64) -> Vec<u8> {
    let width = match ty {
        ColumnType::Enum { members, .. } => {
            if members.len() > 255 {
                2
            } else {
                1
            }
        }
        ColumnType::Set { members, .. } => match members.len().div_ceil(8) {
            0 => 1,
            n @ 1..=4 => n,
            _ => 8,
        },
        _ => 8,
    };
    value.to_le_bytes().iter().copied().take(width).collect()
}

fn pack_uuid(text: &str) -> Result<Vec<u8>, ValueError> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let bytes = crate::charsets::unhex(&digits).unwrap_or_default();
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| incorrect("uuid", text))?;
    let mut out = vec![16];
    out.extend_from_slice(&temporal::uuid_to_stored(bytes));
    Ok(out)
}

fn pack_temporal_text(ty: &ColumnType, text: &str, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let kind = match ty {
        ColumnType::Date => "date",
        ColumnType::Time { .. } => "time",
        _ => "datetime",
    };
    let wrong = || ValueError::IncorrectTemporal {
        kind,
        value: text.to_owned(),
    };
    if let ColumnType::Time { .. } = ty {
        return match temporal::parse_time(text) {
            Some(time) => pack_time(ty, time, mode),
            None if mode.strict => Err(wrong()),
            None => pack_time(ty, Time::default(), mode),
        };
    }
    match temporal::parse_datetime(text) {
        Some(value) => pack_datetime(ty, value, mode),
        None if mode.strict => Err(wrong()),
        None => pack_datetime(ty, DateTime::default(), mode),
    }
}

/// Packs a time into a TIME field.
pub(crate) fn pack_time(
    ty: &ColumnType,
    value: Time,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let ColumnType::Time { fsp, old } = ty else {
        return Err(ValueError::Malformed { what: "TIME" });
    };
    let micros = round_micros(value.to_micros(), *fsp);
    if micros.abs() > MAX_TIME_MICROS && mode.strict {
        return Err(ValueError::OutOfRange);
    }
    let time = Time::from_micros(micros.clamp(-MAX_TIME_MICROS, MAX_TIME_MICROS));
    let mut out = Vec::new();
    if *old {
        time.pack_old(*fsp, &mut out);
    } else {
        time.pack(*fsp, &mut out);
    }
    Ok(out)
}

/// Packs a date and time into a DATE, DATETIME or TIMESTAMP field.
pub(crate) fn pack_datetime(
    ty: &ColumnType,
    value: DateTime,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    match ty {
        ColumnType::Date => value.date.pack(&mut out),
        ColumnType::DateTime { fsp, old } => {
            let value = rounded(value, *fsp);
            if *old {
                value.pack_old(*fsp, &mut out);
            } else {
                value.pack(*fsp, &mut out);
            }
        }
        ColumnType::Timestamp { fsp, old } => {
            let value = rounded(value, *fsp);
            let stamp = match mode.zone.to_timestamp(value) {
                Some(stamp) => stamp,
                None if mode.strict => {
                    return Err(ValueError::IncorrectTemporal {
                        kind: "datetime",
                        value: temporal::datetime_text(value, *fsp),
                    });
                }
                None => Default::default(),
            };
            if *old {
                stamp.pack_old(*fsp, &mut out);
            } else {
                stamp.pack(*fsp, &mut out);
            }
        }
        ColumnType::Time { .. } => {
            let time = Time {
                negative: false,
                hour: value.hour.into(),
                minute: value.minute,
                second: value.second,
                micros: value.micros,
            };
            return pack_time(ty, time, mode);
        }
        _ => {
            let text = temporal::datetime_text(value, if value.micros == 0 { 0 } else { 6 });
            return pack_text(ty, text.as_bytes(), CollationId::UTF8MB4_GENERAL_CI, mode);
        }
    }
    Ok(out)
}

fn round_micros(micros: i64, fsp: u8) -> i64 {
    let unit = 10i64.pow(6u32.saturating_sub(fsp.into()));
    let half = unit / 2;
    let adjusted = if micros < 0 {
        micros - half
    } else {
        micros + half
    };
    adjusted / unit * unit
}

/// Rounds to the column's fractional digits; a zero date stays what it is.
fn rounded(value: DateTime, fsp: u8) -> DateTime {
    if fsp >= 6 || value.date.month == 0 || value.date.day == 0 {
        return value;
    }
    DateTime::from_epoch_micros(round_micros(value.to_epoch_micros(), fsp))
}

/// A date with midnight.
pub(crate) fn midnight(date: Date) -> DateTime {
    DateTime {
        date,
        ..DateTime::default()
    }
}
