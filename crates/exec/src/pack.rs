//! Values into packed fields: constants of statements and results of expressions.
//!
//! A thin face of `understudy_values::cast`: what storing a value does is decided there.

use understudy_values::ValueError;
use understudy_values::cast::{self, CastContext};
use understudy_values::charset::{self, Charset, Collation, Server};
use understudy_values::decimal::Decimal;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime, Time};
use understudy_values::types::{BlobSize, CollationId, ColumnType};
use understudy_values::value::Value;

/// How strictly a value is stored.
#[derive(Clone, Debug)]
pub(crate) struct PackMode {
    /// Anything that does not fit is an error; else it is adjusted as MySQL does without strict mode.
    pub strict: bool,
    /// Zone of TIMESTAMP values.
    pub zone: TimeZone,
}

/// Rules for values that no source wrote: those of the newest MySQL.
const SERVER: Server = Server::MySql8;

impl PackMode {
    /// Strict, UTC.
    pub fn strict() -> PackMode {
        PackMode {
            strict: true,
            zone: TimeZone::UTC,
        }
    }

    /// The same for the values crate. A TIME turned into a date is not among what is packed here.
    pub fn cast_context(&self) -> CastContext {
        CastContext {
            strict: self.strict,
            time_zone: self.zone.clone(),
            today: Date::default(),
            server: SERVER,
        }
    }
}

/// Packs a value of type `from` into a field of `to`.
pub(crate) fn pack_value(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let converted = cast::convert(value, from, to, &mode.cast_context())?;
    to.encode(&converted.value)
}

/// Packs `text`, which is in the character set of `collation`, into a field of `ty`.
pub(crate) fn pack_text(
    ty: &ColumnType,
    text: &[u8],
    collation: CollationId,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    if collation == CollationId::BINARY {
        let from = ColumnType::Blob {
            size: BlobSize::Long,
        };
        return pack_value(&Value::Bytes(text.to_vec()), &from, ty, mode);
    }
    let from = ColumnType::Text {
        size: BlobSize::Long,
        collation,
    };
    pack_value(&Value::Text(text.to_vec()), &from, ty, mode)
}

/// Packs an exact number.
pub(crate) fn pack_decimal(
    ty: &ColumnType,
    value: Decimal,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let scale = value.scale().min(30);
    let from = ColumnType::Decimal {
        precision: 65,
        scale,
        unsigned: false,
        zerofill: false,
    };
    pack_value(&Value::Decimal(value), &from, ty, mode)
}

/// Packs an integer of 64 bits.
pub(crate) fn pack_integer(
    ty: &ColumnType,
    value: i128,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let from = |unsigned| ColumnType::Int {
        size: understudy_values::types::IntSize::Big,
        unsigned,
        zerofill: false,
        width: Some(20),
    };
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(n), _) => pack_value(&Value::Int(n), &from(false), ty, mode),
        (Err(_), Ok(n)) => pack_value(&Value::UInt(n), &from(true), ty, mode),
        (Err(_), Err(_)) => pack_decimal(ty, Decimal::from_i128(value), mode),
    }
}

/// Packs a double.
pub(crate) fn pack_double(
    ty: &ColumnType,
    value: f64,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let from = ColumnType::Double {
        digits: None,
        unsigned: false,
        zerofill: false,
    };
    pack_value(&Value::Double(value), &from, ty, mode)
}

/// Packs a time.
pub(crate) fn pack_time(
    ty: &ColumnType,
    value: Time,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let from = ColumnType::Time { fsp: 6, old: false };
    pack_value(&Value::Time(value), &from, ty, mode)
}

/// Packs a date and time.
pub(crate) fn pack_datetime(
    ty: &ColumnType,
    value: DateTime,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    let from = ColumnType::DateTime { fsp: 6, old: false };
    pack_value(&Value::DateTime(value), &from, ty, mode)
}

/// Packs a date.
pub(crate) fn pack_date(
    ty: &ColumnType,
    value: Date,
    mode: &PackMode,
) -> Result<Vec<u8>, ValueError> {
    pack_value(&Value::Date(value), &ColumnType::Date, ty, mode)
}

/// Big-endian bytes into a BIT field.
pub(crate) fn pack_bits(bytes: &[u8], bits: u8, mode: &PackMode) -> Result<Vec<u8>, ValueError> {
    let ty = ColumnType::Bit { bits };
    let most = if bits >= 64 {
        u64::MAX
    } else {
        (1 << bits) - 1
    };
    let value = match crate::literal::bytes_number(bytes) {
        Some(number) if number <= most => number,
        Some(_) | None if mode.strict => return Err(ValueError::TooLong),
        Some(_) | None => most,
    };
    ty.encode(&Value::Bit(value))
}

/// UTF-8 of text in the character set of `collation`.
pub(crate) fn to_utf8(text: &[u8], collation: CollationId) -> Result<String, ValueError> {
    let utf8 = convert(text, collation, CollationId::UTF8MB4_GENERAL_CI)?;
    Ok(String::from_utf8_lossy(&utf8).into_owned())
}

/// Text of one character set in another.
pub(crate) fn convert(
    text: &[u8],
    from: CollationId,
    to: CollationId,
) -> Result<Vec<u8>, ValueError> {
    let from: &'static Charset = Collation::by_id(from)?.charset();
    let to: &'static Charset = Collation::by_id(to)?.charset();
    let plain = text.is_ascii() && from.mbminlen == 1 && to.mbminlen == 1;
    if plain || from.name == to.name {
        return Ok(text.to_vec());
    }
    let mut out = Vec::new();
    charset::convert(from, to, text, &mut out)?;
    Ok(out)
}

/// A double as an exact decimal, by its shortest text.
pub(crate) fn decimal_of_double(value: f64) -> Result<Decimal, ValueError> {
    if !value.is_finite() || value.abs() > 1e65 {
        return Ok(Decimal::max(65, 0, value < 0.0));
    }
    let text = format!("{value}");
    Ok(Decimal::parse(text.as_bytes())?.map_or(Decimal::ZERO, |(d, _)| d))
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

/// A date with midnight.
pub(crate) fn midnight(date: Date) -> DateTime {
    DateTime {
        date,
        ..DateTime::default()
    }
}
