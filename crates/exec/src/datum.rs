//! A value while an expression is evaluated.

use std::cmp::Ordering;

use understudy_base::error::MysqlError;
use understudy_values::ValueError;
use understudy_values::charset::Collation;
use understudy_values::collation;
use understudy_values::decimal::Decimal;
use understudy_values::float;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime, Time};
use understudy_values::text::{self, TextContext, write_text};
use understudy_values::types::{CollationId, ColumnType};
use understudy_values::value::Value;

use crate::pack::{self, PackMode};
use crate::{charsets, errors, temporal};

/// How strongly a text's collation counts against another's: lower wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coercibility {
    /// `COLLATE` was written.
    Explicit,
    /// A column.
    Column,
    /// `USER()` and other system constants.
    System,
    /// A literal, a number as text.
    Literal,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Datum {
    /// NULL
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A double.
    Double(f64),
    /// Text or bytes in the character set of the collation.
    Text(Vec<u8>, CollationId, Coercibility),
    /// A member of an ENUM or members of a SET: the text and the number.
    Member(Vec<u8>, CollationId, u64),
    /// A date.
    Date(Date),
    /// A time with its fractional digits.
    Time(Time, u8),
    /// A date and time with its fractional digits.
    DateTime(DateTime, u8),
    /// A JSON document in binary form.
    Json(Vec<u8>),
}

impl Datum {
    /// Text in UTF-8 as a system constant.
    pub fn text(text: impl Into<String>) -> Datum {
        Datum::Text(
            text.into().into_bytes(),
            CollationId::UTF8MB4_GENERAL_CI,
            Coercibility::System,
        )
    }

    /// A truth value.
    pub fn bool(value: bool) -> Datum {
        Datum::Int(i64::from(value))
    }

    /// NULL?
    pub fn is_null(&self) -> bool {
        matches!(self, Datum::Null)
    }

    /// Reads a packed field.
    pub(crate) fn from_field(
        ty: &ColumnType,
        field: Option<&[u8]>,
        zone: &TimeZone,
    ) -> Result<Datum, ValueError> {
        let Some(field) = field else {
            return Ok(Datum::Null);
        };
        Ok(match ty {
            ColumnType::Int { size, unsigned, .. } => {
                from_i128(text::read_int(field, *size, *unsigned)?, *unsigned)
            }
            ColumnType::Decimal {
                precision, scale, ..
            } => Datum::Decimal(Decimal::unpack(field, *precision, *scale)?),
            ColumnType::Float { .. } => {
                let bytes = field.get(..4).and_then(|b| b.try_into().ok());
                let bytes: [u8; 4] = bytes.ok_or(ValueError::Malformed { what: "FLOAT" })?;
                Datum::Double(f32::from_le_bytes(bytes).into())
            }
            ColumnType::Double { .. } => {
                let bytes = field.get(..8).and_then(|b| b.try_into().ok());
                let bytes: [u8; 8] = bytes.ok_or(ValueError::Malformed { what: "DOUBLE" })?;
                Datum::Double(f64::from_le_bytes(bytes))
            }
            ColumnType::Bit { bits } => Datum::UInt(text::read_bit(field, *bits)?),
            ColumnType::Year { .. } => Datum::Int(text::read_year(field)?.into()),
            ColumnType::Date => Datum::Date(Date::unpack(field)?),
            ColumnType::Time { fsp, old } => Datum::Time(text::read_time(field, *fsp, *old)?, *fsp),
            ColumnType::DateTime { fsp, old } => {
                Datum::DateTime(text::read_datetime(field, *fsp, *old)?, *fsp)
            }
            ColumnType::Timestamp { fsp, old } => Datum::DateTime(
                zone.to_local(text::read_timestamp(field, *fsp, *old)?),
                *fsp,
            ),
            ColumnType::Enum { collation, .. } | ColumnType::Set { collation, .. } => {
                let number = text::read_members(ty, field)?;
                Datum::Member(raw(ty, field)?, *collation, number)
            }
            ColumnType::Json => match ty.decode(field)? {
                Value::Json(document) => Datum::Json(document),
                _ => return Err(ValueError::Malformed { what: "JSON" }),
            },
            ColumnType::Char { collation, .. }
            | ColumnType::VarChar { collation, .. }
            | ColumnType::Text { collation, .. } => {
                Datum::Text(raw(ty, field)?, *collation, Coercibility::Column)
            }
            ColumnType::Binary { .. }
            | ColumnType::VarBinary { .. }
            | ColumnType::Blob { .. }
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. } => {
                Datum::Text(raw(ty, field)?, CollationId::BINARY, Coercibility::Column)
            }
            ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => Datum::Text(
                raw(ty, field)?,
                CollationId::UTF8MB4_GENERAL_CI,
                Coercibility::Column,
            ),
        })
    }

    /// Packs the value into a field of `ty`; `None` is NULL.
    pub(crate) fn to_field(
        &self,
        ty: &ColumnType,
        mode: &PackMode,
    ) -> Result<Option<Vec<u8>>, ValueError> {
        let field = match self {
            Datum::Null => return Ok(None),
            Datum::Int(n) => pack::pack_integer(ty, (*n).into(), mode)?,
            Datum::UInt(n) => pack::pack_integer(ty, (*n).into(), mode)?,
            Datum::Decimal(d) => pack::pack_decimal(ty, *d, mode)?,
            Datum::Double(d) => {
                if charsets::column_collation(ty).is_some() {
                    let text = self.to_text().0;
                    pack::pack_text(ty, &text, CollationId::UTF8MB4_GENERAL_CI, mode)?
                } else {
                    pack::pack_double(ty, *d, mode)?
                }
            }
            Datum::Text(text, collation, _) | Datum::Member(text, collation, _) => {
                pack::pack_text(ty, text, *collation, mode)?
            }
            Datum::Date(date) => pack::pack_date(ty, *date, mode)?,
            Datum::DateTime(value, _) => pack::pack_datetime(ty, *value, mode)?,
            Datum::Time(value, _) if matches!(ty, ColumnType::Time { .. }) => {
                pack::pack_time(ty, *value, mode)?
            }
            Datum::Time(..) => {
                let (text, collation) = self.to_text();
                pack::pack_text(ty, &text, collation, mode)?
            }
            Datum::Json(document) if matches!(ty, ColumnType::Json) => {
                ty.encode(&Value::Json(document.clone()))?
            }
            Datum::Json(_) => {
                let (text, collation) = self.to_text();
                pack::pack_text(ty, &text, collation, mode)?
            }
        };
        Ok(Some(field))
    }

    /// The value as text, with the collation of the text's character set.
    pub fn to_text(&self) -> (Vec<u8>, CollationId) {
        let mut out = Vec::new();
        match self {
            Datum::Null => {}
            Datum::Int(n) => text::push_int((*n).into(), &mut out),
            Datum::UInt(n) => text::push_int((*n).into(), &mut out),
            Datum::Decimal(d) => d.write(&mut out),
            Datum::Double(d) => float::write_double(*d, &mut out),
            Datum::Text(text, collation, _) | Datum::Member(text, collation, _) => {
                return (text.clone(), *collation);
            }
            Datum::Date(date) => date.write(&mut out),
            Datum::Time(time, fsp) => time.write(*fsp, &mut out),
            Datum::DateTime(value, fsp) => value.write(*fsp, &mut out),
            Datum::Json(document) => {
                // A document that was stored has been checked; a damaged one prints what could be read.
                let _ = understudy_values::json::write_text(document, &mut out);
            }
        }
        (out, CollationId::UTF8MB4_GENERAL_CI)
    }

    /// The text in UTF-8.
    pub fn to_utf8(&self) -> Result<String, MysqlError> {
        let (text, collation) = self.to_text();
        pack::to_utf8(&text, collation).map_err(|e| errors::value(&e))
    }

    /// As a double; text by the number it begins with.
    pub fn to_f64(&self) -> f64 {
        match self {
            Datum::Null => 0.0,
            Datum::Int(n) => lossy_f64((*n).into()),
            Datum::UInt(n) => lossy_f64((*n).into()),
            Datum::Decimal(d) => d.to_f64(),
            Datum::Double(d) => *d,
            Datum::Member(_, _, number) => lossy_f64((*number).into()),
            Datum::Text(text, ..) => {
                pack::parse_double(String::from_utf8_lossy(text).trim_start()).0
            }
            Datum::Date(_) | Datum::Time(..) | Datum::DateTime(..) => self.to_decimal().to_f64(),
            Datum::Json(_) => {
                let (text, _) = self.to_text();
                pack::parse_double(&String::from_utf8_lossy(&text)).0
            }
        }
    }

    /// As an exact decimal; temporal values as `YYYYMMDDhhmmss`.
    pub fn to_decimal(&self) -> Decimal {
        match self {
            Datum::Null => Decimal::ZERO,
            Datum::Int(n) => Decimal::from_i128((*n).into()),
            Datum::UInt(n) => Decimal::from_i128((*n).into()),
            Datum::Member(_, _, n) => Decimal::from_i128((*n).into()),
            Datum::Decimal(d) => *d,
            Datum::Double(d) => pack::decimal_of_double(*d).unwrap_or(Decimal::ZERO),
            Datum::Text(..) | Datum::Json(_) => {
                pack::decimal_of_double(self.to_f64()).unwrap_or(Decimal::ZERO)
            }
            Datum::Date(_) | Datum::Time(..) | Datum::DateTime(..) => {
                let (text, _) = self.to_text();
                let negative = matches!(self, Datum::Time(..)) && text.first() == Some(&b'-');
                let digits: Vec<u8> = text
                    .into_iter()
                    .filter(|b| b.is_ascii_digit() || *b == b'.')
                    .collect();
                let number = Decimal::parse(&digits).ok().flatten();
                let number = number.map_or(Decimal::ZERO, |(d, _)| d);
                if negative { number.negate() } else { number }
            }
        }
    }

    /// As an integer, rounded.
    pub fn to_i128(&self) -> i128 {
        match self {
            Datum::Int(n) => (*n).into(),
            Datum::UInt(n) | Datum::Member(_, _, n) => (*n).into(),
            Datum::Null
            | Datum::Decimal(_)
            | Datum::Double(_)
            | Datum::Text(..)
            | Datum::Date(_)
            | Datum::Time(..)
            | Datum::DateTime(..)
            | Datum::Json(_) => self.to_decimal().round(0).0.to_i128().unwrap_or(i128::MAX),
        }
    }

    /// The truth value; `None` for NULL.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Datum::Null => None,
            Datum::Int(n) => Some(*n != 0),
            Datum::UInt(n) | Datum::Member(_, _, n) => Some(*n != 0),
            Datum::Decimal(d) => Some(!d.is_zero()),
            Datum::Double(d) => Some(*d != 0.0),
            Datum::Text(..) | Datum::Json(_) => Some(self.to_f64() != 0.0),
            Datum::Date(_) | Datum::Time(..) | Datum::DateTime(..) => {
                Some(!self.to_decimal().is_zero())
            }
        }
    }

    /// As a date and time, when it is one or reads as one.
    pub fn to_datetime(&self) -> Option<DateTime> {
        match self {
            Datum::Date(date) => Some(pack::midnight(*date)),
            Datum::DateTime(value, _) => Some(*value),
            Datum::Text(..)
            | Datum::Member(..)
            | Datum::Int(_)
            | Datum::UInt(_)
            | Datum::Decimal(_) => temporal::parse_datetime(&self.to_utf8().ok()?),
            Datum::Null | Datum::Double(_) | Datum::Time(..) | Datum::Json(_) => None,
        }
    }

    fn is_temporal(&self) -> bool {
        matches!(self, Datum::Date(_) | Datum::Time(..) | Datum::DateTime(..))
    }

    fn is_text(&self) -> bool {
        matches!(self, Datum::Text(..) | Datum::Member(..))
    }
}

#[allow(clippy::cast_precision_loss)] // what a conversion to DOUBLE does
fn lossy_f64(n: i128) -> f64 {
    n as f64
}

/// An integer of the right kind.
pub(crate) fn from_i128(n: i128, unsigned: bool) -> Datum {
    if unsigned && let Ok(n) = u64::try_from(n) {
        return Datum::UInt(n);
    }
    match (i64::try_from(n), u64::try_from(n)) {
        (Ok(n), _) => Datum::Int(n),
        (Err(_), Ok(n)) => Datum::UInt(n),
        (Err(_), Err(_)) => Datum::Decimal(Decimal::from_i128(n)),
    }
}

fn raw(ty: &ColumnType, field: &[u8]) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    write_text(ty, field, &TextContext::raw(), &mut out)?;
    Ok(out)
}

/// Order of two values as MySQL compares them; `None` when one is NULL.
pub fn compare(a: &Datum, b: &Datum) -> Result<Option<Ordering>, MysqlError> {
    if a.is_null() || b.is_null() {
        return Ok(None);
    }
    if a.is_text() && b.is_text() {
        return compare_texts(a, b).map(Some);
    }
    if a.is_temporal() || b.is_temporal() {
        return compare_temporal(a, b).map(Some);
    }
    let exact = |d: &Datum| matches!(d, Datum::Int(_) | Datum::UInt(_) | Datum::Member(..));
    if exact(a) && exact(b) {
        return Ok(Some(a.to_i128().cmp(&b.to_i128())));
    }
    let decimal = |d: &Datum| exact(d) || matches!(d, Datum::Decimal(_));
    if decimal(a) && decimal(b) {
        return Ok(Some(compare_decimals(&a.to_decimal(), &b.to_decimal())));
    }
    if matches!(a, Datum::Json(_)) && matches!(b, Datum::Json(_)) {
        return Err(errors::unsupported("comparison of JSON documents"));
    }
    if matches!(a, Datum::Json(_)) && b.is_text() || a.is_text() && matches!(b, Datum::Json(_)) {
        let (x, _) = a.to_text();
        let (y, _) = b.to_text();
        return Ok(Some(x.cmp(&y)));
    }
    Ok(Some(
        a.to_f64()
            .partial_cmp(&b.to_f64())
            .unwrap_or(Ordering::Equal),
    ))
}

fn compare_decimals(a: &Decimal, b: &Decimal) -> Ordering {
    // Packed with one precision and scale, decimals compare like their bytes.
    let pack = |d: &Decimal| {
        let mut out = Vec::new();
        d.round(30).0.pack(65, 30, &mut out).map(|()| out)
    };
    match (pack(a), pack(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_) | Err(_), _) => a
            .to_f64()
            .partial_cmp(&b.to_f64())
            .unwrap_or(Ordering::Equal),
    }
}

fn compare_temporal(a: &Datum, b: &Datum) -> Result<Ordering, MysqlError> {
    if let (Datum::Time(x, _), Datum::Time(y, _)) = (a, b) {
        return Ok(x.cmp(y));
    }
    let time_of = |d: &Datum| match d {
        Datum::Time(time, _) => Some(*time),
        Datum::Text(..) | Datum::Member(..) => {
            d.to_utf8().ok().and_then(|t| temporal::parse_time(&t))
        }
        _ => None,
    };
    let has_time = matches!(a, Datum::Time(..)) || matches!(b, Datum::Time(..));
    if has_time && let (Some(x), Some(y)) = (time_of(a), time_of(b)) {
        return Ok(x.cmp(&y));
    }
    if !has_time && let (Some(x), Some(y)) = (a.to_datetime(), b.to_datetime()) {
        return Ok(x.cmp(&y));
    }
    if a.is_text() || b.is_text() {
        // A text that is no date: 9.x refuses it.
        let text = if a.is_text() { a } else { b };
        let kind = if has_time { "TIME" } else { "DATETIME" };
        return Err(MysqlError::new(
            1525,
            format!("Incorrect {kind} value: '{}'", text.to_utf8()?),
        ));
    }
    Ok(compare_decimals(&a.to_decimal(), &b.to_decimal()))
}

/// The collation two texts are compared by: 1267 when none wins.
pub(crate) fn common_collation(
    a: (CollationId, Coercibility),
    b: (CollationId, Coercibility),
) -> Result<CollationId, MysqlError> {
    if a.0 == b.0 {
        return Ok(a.0);
    }
    if a.0 == CollationId::BINARY || b.0 == CollationId::BINARY {
        return Ok(CollationId::BINARY);
    }
    match a.1.cmp(&b.1) {
        Ordering::Less => return Ok(a.0),
        Ordering::Greater => return Ok(b.0),
        Ordering::Equal => {}
    }
    let set = |id| Collation::by_id(id).map(Collation::charset);
    if let (Ok(x), Ok(y)) = (set(a.0), set(b.0)) {
        let unicode = |name: &str| name.starts_with("utf") || name.starts_with("ucs");
        if x.name == y.name && a.1 == Coercibility::Column {
            return Ok(x.binary_collation());
        }
        if x.name == y.name {
            return Ok(a.0);
        }
        match (unicode(x.name), unicode(y.name)) {
            (true, false) => return Ok(a.0),
            (false, true) => return Ok(b.0),
            (true, true) if x.mbmaxlen != y.mbmaxlen => {
                return Ok(if x.mbmaxlen > y.mbmaxlen { a.0 } else { b.0 });
            }
            (true, true) | (false, false) => {}
        }
    }
    let word = |c| match c {
        Coercibility::Explicit => "EXPLICIT",
        Coercibility::Column => "IMPLICIT",
        Coercibility::System => "SYSCONST",
        Coercibility::Literal => "COERCIBLE",
    };
    let name = |id| Collation::by_id(id).map_or("unknown", |c| c.name);
    Err(MysqlError::new(
        1267,
        format!(
            "Illegal mix of collations ({},{}) and ({},{}) for operation '='",
            name(a.0),
            word(a.1),
            name(b.0),
            word(b.1)
        ),
    ))
}

pub(crate) fn collation_of(d: &Datum) -> (CollationId, Coercibility) {
    match d {
        Datum::Text(_, collation, coercibility) => (*collation, *coercibility),
        Datum::Member(_, collation, _) => (*collation, Coercibility::Column),
        _ => (CollationId::UTF8MB4_GENERAL_CI, Coercibility::Literal),
    }
}

fn compare_texts(a: &Datum, b: &Datum) -> Result<Ordering, MysqlError> {
    let (left, right) = (a.to_text(), b.to_text());
    let collation = common_collation(collation_of(a), collation_of(b))?;
    compare_bytes(left, right, collation).map_err(|e| errors::value(&e))
}

fn compare_bytes(
    left: (Vec<u8>, CollationId),
    right: (Vec<u8>, CollationId),
    collation: CollationId,
) -> Result<Ordering, ValueError> {
    let left = pack::convert(&left.0, left.1, collation)?;
    let right = pack::convert(&right.0, right.1, collation)?;
    if left == right {
        return Ok(Ordering::Equal);
    }
    let collation = Collation::by_id(collation)?;
    if collation.name == "binary" {
        return Ok(left.cmp(&right));
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    collation::push_key(collation, &left, &mut x)?;
    collation::push_key(collation, &right, &mut y)?;
    Ok(x.cmp(&y))
}
