//! Scalar functions: one entry a function in [`REGISTRY`] with its name, arity, result type and evaluation.
//!
//! Functions of the session (`NOW()`, `USER()`, ...) are constants made by [`super::bind`].

use std::cmp::Ordering;

use understudy_base::error::MysqlError;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::temporal::{Date, DateTime, Time, Timestamp};
use understudy_values::types::{BlobSize, CollationId, ColumnType};

use super::gtids;
use super::node::scaled_decimal;
use super::types::{self, integer, text_type};
use crate::datum::{self, Coercibility, Datum, compare};
use crate::{charsets, errors, pack};

type Evaluate = fn(&[Datum], &TimeZone) -> Result<Datum, MysqlError>;
type TypeRule = fn(&[ColumnType]) -> ColumnType;

/// A scalar function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    pub name: &'static str,
    min: usize,
    max: usize,
    pub result: TypeRule,
    evaluate: Evaluate,
}

const MANY: usize = usize::MAX;

macro_rules! functions {
    ($($name:literal $min:expr, $max:expr, $rule:expr, $eval:expr;)*) => {
        &[$(Function { name: $name, min: $min, max: $max, result: $rule, evaluate: $eval }),*]
    };
}

/// All functions, by lower-case name.
pub(crate) const REGISTRY: &[Function] = functions! {
    "concat" 1, MANY, |a| text_type(a), concat;
    "concat_ws" 2, MANY, |a| text_type(a), concat_ws;
    "lower" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.to_lowercase());
    "lcase" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.to_lowercase());
    "upper" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.to_uppercase());
    "ucase" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.to_uppercase());
    "ltrim" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.trim_start_matches(' ').to_owned());
    "rtrim" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.trim_end_matches(' ').to_owned());
    "reverse" 1, 1, |a| text_type(a), |a, _| map_text(a, |t| t.chars().rev().collect());
    "length" 1, 1, |_| integer(10), |a, _| null_or(a, |a| Ok(count(a[0].to_text().0.len())));
    "octet_length" 1, 1, |_| integer(10), |a, _| null_or(a, |a| Ok(count(a[0].to_text().0.len())));
    "char_length" 1, 1, |_| integer(10), char_length;
    "character_length" 1, 1, |_| integer(10), char_length;
    "left" 2, 2, |a| text_type(&a[..1]), |a, _| null_or(a, |a| substring(&a[0], 1, Some(a[1].to_i128())));
    "right" 2, 2, |a| text_type(&a[..1]), right;
    "substring" 2, 3, |a| text_type(&a[..1]), substr;
    "substr" 2, 3, |a| text_type(&a[..1]), substr;
    "mid" 2, 3, |a| text_type(&a[..1]), substr;
    "substring_index" 3, 3, |a| text_type(&a[..1]), substring_index;
    "replace" 3, 3, |a| text_type(a), replace;
    "repeat" 2, 2, |_| types::long_text(), repeat;
    "instr" 2, 2, |_| integer(11), |a, _| null_or(a, |a| locate(&a[1], &a[0]));
    "locate" 2, 2, |_| integer(11), |a, _| null_or(a, |a| locate(&a[0], &a[1]));
    "hex" 1, 1, |_| types::long_text(), hex;
    "unhex" 1, 1, |_| ColumnType::Blob { size: BlobSize::Long }, unhex;
    "ascii" 1, 1, |_| integer(3), |a, _| null_or(a, |a| Ok(count(usize::from(a[0].to_text().0.first().copied().unwrap_or(0)))));
    "ifnull" 2, 2, |a| types::common(a), |a, _| Ok(if a[0].is_null() { a[1].clone() } else { a[0].clone() });
    "coalesce" 1, MANY, |a| types::common(a), |a, _| Ok(a.iter().find(|d| !d.is_null()).cloned().unwrap_or(Datum::Null));
    "nullif" 2, 2, |a| a[0].clone(), |a, _| Ok(if compare(&a[0], &a[1])? == Some(Ordering::Equal) { Datum::Null } else { a[0].clone() });
    "if" 3, 3, |a| types::common(&a[1..]), |a, _| Ok(if a[0].truth() == Some(true) { a[1].clone() } else { a[2].clone() });
    "isnull" 1, 1, |_| integer(1), |a, _| Ok(Datum::bool(a[0].is_null()));
    "greatest" 2, MANY, |a| types::common(a), |a, _| extreme(a, Ordering::Greater);
    "least" 2, MANY, |a| types::common(a), |a, _| extreme(a, Ordering::Less);
    "abs" 1, 1, |a| types::numeric(&a[0]), abs;
    "sign" 1, 1, |_| integer(2), |a, _| null_or(a, |a| Ok(Datum::Int(match a[0].to_f64() { x if x > 0.0 => 1, x if x < 0.0 => -1, _ => 0 })));
    "mod" 2, 2, |a| types::arithmetic(understudy_sql::ast::BinaryOp::Mod, &a[0], &a[1]), modulo;
    "floor" 1, 1, |_| integer(20), |a, _| round_to_integer(a, f64::floor);
    "ceil" 1, 1, |_| integer(20), |a, _| round_to_integer(a, f64::ceil);
    "ceiling" 1, 1, |_| integer(20), |a, _| round_to_integer(a, f64::ceil);
    "round" 1, 2, |a| types::numeric(&a[0]), round;
    "crc32" 1, 1, |_| types::unsigned(10), crc32;
    "date" 1, 1, |_| ColumnType::Date, |a, _| null_or(a, |a| Ok(a[0].to_datetime().map_or(Datum::Null, |v| Datum::Date(v.date))));
    "year" 1, 1, |_| ColumnType::Year { width: 4 }, |a, _| date_part(a, |v| i64::from(v.date.year));
    "month" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.date.month));
    "day" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.date.day));
    "dayofmonth" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.date.day));
    "hour" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.hour));
    "minute" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.minute));
    "second" 1, 1, |_| integer(2), |a, _| date_part(a, |v| i64::from(v.second));
    "microsecond" 1, 1, |_| integer(6), |a, _| date_part(a, |v| i64::from(v.micros));
    "to_days" 1, 1, |_| integer(6), |a, _| date_part(a, |v| v.date.to_epoch_days() + 719_528);
    "to_seconds" 1, 1, |_| integer(20), |a, _| date_part(a, |v| (v.date.to_epoch_days() + 719_528) * 86_400 + i64::from(v.hour) * 3600 + i64::from(v.minute) * 60 + i64::from(v.second));
    "unix_timestamp" 1, 1, |_| integer(11), unix_timestamp;
    "from_unixtime" 1, 1, |_| ColumnType::DateTime { fsp: 0, old: false }, from_unixtime;
    "datediff" 2, 2, |_| integer(7), datediff;
    "gtid_subset" 2, 2, |_| integer(1), |a, _| null_or(a, |a| gtids::subset(&a[0], &a[1]));
    "gtid_subtract" 2, 2, |_| types::long_text(), |a, _| null_or(a, |a| gtids::subtract(&a[0], &a[1]));
};

impl Function {
    /// The function of that name, any case; 1582 for a wrong number of arguments.
    pub fn find(name: &str, arguments: usize) -> Option<Result<Function, MysqlError>> {
        let lower = name.to_ascii_lowercase();
        let found = REGISTRY.iter().find(|f| f.name == lower)?;
        if (found.min..=found.max).contains(&arguments) {
            return Some(Ok(*found));
        }
        Some(Err(MysqlError::new(
            1582,
            format!("Incorrect parameter count in the call to native function '{name}'"),
        )))
    }

    pub fn call(&self, arguments: &[Datum], zone: &TimeZone) -> Result<Datum, MysqlError> {
        (self.evaluate)(arguments, zone)
    }
}

fn count(n: usize) -> Datum {
    Datum::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// NULL when an argument is NULL, else what `work` makes of them.
fn null_or(
    a: &[Datum],
    work: impl FnOnce(&[Datum]) -> Result<Datum, MysqlError>,
) -> Result<Datum, MysqlError> {
    if a.iter().any(Datum::is_null) {
        return Ok(Datum::Null);
    }
    work(a)
}

fn value_error(e: understudy_values::ValueError) -> MysqlError {
    errors::value(&e)
}

/// Text with a result's collation: that of the first text argument.
fn text_like(source: &[Datum], utf8: &str) -> Result<Datum, MysqlError> {
    let (mut collation, mut coercibility) =
        (CollationId::UTF8MB4_GENERAL_CI, Coercibility::Literal);
    for d in source {
        let (c, k) = datum::collation_of(d);
        if matches!(d, Datum::Text(..) | Datum::Member(..)) && k < coercibility {
            (collation, coercibility) = (c, k);
        }
    }
    let text = pack::convert(utf8.as_bytes(), CollationId::UTF8MB4_GENERAL_CI, collation)
        .map_err(value_error)?;
    Ok(Datum::Text(text, collation, coercibility))
}

fn map_text(a: &[Datum], work: impl Fn(&str) -> String) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        if datum::collation_of(&a[0]).0 == CollationId::BINARY {
            return Ok(a[0].clone());
        }
        text_like(a, &work(&a[0].to_utf8()?))
    })
}

fn concat(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| join(a, a, ""))
}

fn concat_ws(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    if a[0].is_null() {
        return Ok(Datum::Null);
    }
    let rest: Vec<Datum> = a.iter().skip(1).filter(|d| !d.is_null()).cloned().collect();
    join(a, &rest, &a[0].to_utf8()?)
}

fn join(all: &[Datum], parts: &[Datum], separator: &str) -> Result<Datum, MysqlError> {
    let binary = all
        .iter()
        .any(|d| datum::collation_of(d).0 == CollationId::BINARY);
    if binary {
        let bytes: Vec<Vec<u8>> = parts.iter().map(|d| d.to_text().0).collect();
        return Ok(Datum::Text(
            bytes.join(separator.as_bytes()),
            CollationId::BINARY,
            Coercibility::Column,
        ));
    }
    let texts = parts
        .iter()
        .map(Datum::to_utf8)
        .collect::<Result<Vec<_>, _>>()?;
    text_like(all, &texts.join(separator))
}

fn char_length(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let (text, collation) = a[0].to_text();
        if collation == CollationId::BINARY {
            return Ok(count(text.len()));
        }
        Ok(count(a[0].to_utf8()?.chars().count()))
    })
}

fn substr(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let length = a.get(2).map(Datum::to_i128);
        substring(&a[0], a[1].to_i128(), length)
    })
}

fn substring(text: &Datum, from: i128, length: Option<i128>) -> Result<Datum, MysqlError> {
    let chars: Vec<char> = text.to_utf8()?.chars().collect();
    let total = i128::try_from(chars.len()).unwrap_or(i128::MAX);
    let start = match from {
        0 => return text_like(std::slice::from_ref(text), ""),
        f if f > 0 => f - 1,
        f => total + f,
    };
    let taken = length.unwrap_or(total).max(0);
    if start < 0 || start >= total {
        return text_like(std::slice::from_ref(text), "");
    }
    let skip = usize::try_from(start).unwrap_or(usize::MAX);
    let take = usize::try_from(taken).unwrap_or(usize::MAX);
    let out: String = chars.into_iter().skip(skip).take(take).collect();
    text_like(std::slice::from_ref(text), &out)
}

fn right(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let chars: Vec<char> = a[0].to_utf8()?.chars().collect();
        let keep = usize::try_from(a[1].to_i128().max(0)).unwrap_or(usize::MAX);
        let out: String = chars
            .iter()
            .skip(chars.len().saturating_sub(keep))
            .collect();
        text_like(&a[..1], &out)
    })
}

fn replace(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let (text, from, to) = (a[0].to_utf8()?, a[1].to_utf8()?, a[2].to_utf8()?);
        let out = if from.is_empty() {
            text
        } else {
            text.replace(&from, &to)
        };
        text_like(a, &out)
    })
}

fn repeat(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let text = a[0].to_utf8()?;
        let times = usize::try_from(a[1].to_i128().max(0)).unwrap_or(usize::MAX);
        // max_allowed_packet bounds the result: NULL beyond.
        if text.len().checked_mul(times).is_none_or(|n| n > 64 << 20) {
            return Ok(Datum::Null);
        }
        text_like(&a[..1], &text.repeat(times))
    })
}

/// What stands before the n-th delimiter, or behind the n-th from the end; all of it when there are fewer.
fn substring_index(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let (text, delimiter) = (a[0].to_utf8()?, a[1].to_utf8()?);
        let count = a[2].to_i128();
        let number = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        let Some(before) = number.checked_sub(1).filter(|_| !delimiter.is_empty()) else {
            return text_like(&a[..1], "");
        };
        let (text, delimiter): (&str, &str) = (text.as_ref(), delimiter.as_ref());
        let part = if count > 0 {
            let end = text.match_indices(delimiter).nth(before);
            end.and_then(|(at, _)| text.get(..at))
        } else {
            // Counted from the front, as overlaps show.
            let all: Vec<usize> = text.match_indices(delimiter).map(|(at, _)| at).collect();
            let start = all.len().checked_sub(number).and_then(|at| all.get(at));
            start.and_then(|at| text.get(at + delimiter.len()..))
        };
        text_like(&a[..1], part.unwrap_or(text))
    })
}

fn locate(needle: &Datum, haystack: &Datum) -> Result<Datum, MysqlError> {
    let (needle, haystack) = (
        needle.to_utf8()?.to_lowercase(),
        haystack.to_utf8()?.to_lowercase(),
    );
    Ok(match haystack.find(&needle) {
        Some(at) => count(haystack.get(..at).unwrap_or_default().chars().count() + 1),
        None => Datum::Int(0),
    })
}

fn hex(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let text = match &a[0] {
            Datum::Text(..)
            | Datum::Member(..)
            | Datum::Date(_)
            | Datum::Time(..)
            | Datum::DateTime(..)
            | Datum::Json(_) => a[0]
                .to_text()
                .0
                .iter()
                .map(|b| format!("{b:02X}"))
                .collect(),
            number => format!("{:X}", super::node::to_bits(number)),
        };
        Ok(Datum::text(text))
    })
}

fn unhex(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let text = a[0].to_utf8()?;
        let padded = if text.len().is_multiple_of(2) {
            text
        } else {
            format!("0{text}")
        };
        Ok(charsets::unhex(&padded).map_or(Datum::Null, |bytes| {
            Datum::Text(bytes, CollationId::BINARY, Coercibility::Literal)
        }))
    })
}

fn extreme(a: &[Datum], wanted: Ordering) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let mut best = a[0].clone();
        for other in &a[1..] {
            if compare(other, &best)? == Some(wanted) {
                best = other.clone();
            }
        }
        Ok(best)
    })
}

fn abs(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        Ok(match &a[0] {
            Datum::Int(n) => match n.checked_abs() {
                Some(n) => Datum::Int(n),
                None => {
                    return Err(MysqlError::new(
                        1690,
                        format!("BIGINT value is out of range in 'abs({n})'"),
                    ));
                }
            },
            Datum::UInt(n) => Datum::UInt(*n),
            Datum::Decimal(d) if d.is_negative() => Datum::Decimal(d.negate()),
            Datum::Decimal(d) => Datum::Decimal(*d),
            other => Datum::Double(other.to_f64().abs()),
        })
    })
}

fn modulo(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let divisor = a[1].to_f64();
        if divisor == 0.0 {
            return Ok(Datum::Null);
        }
        let whole = |d: &Datum| matches!(d, Datum::Int(_) | Datum::UInt(_));
        if whole(&a[0]) && whole(&a[1]) {
            return Ok(datum::from_i128(a[0].to_i128() % a[1].to_i128(), false));
        }
        Ok(Datum::Double(a[0].to_f64() % divisor))
    })
}

fn round_to_integer(a: &[Datum], work: fn(f64) -> f64) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        Ok(match &a[0] {
            Datum::Int(_) | Datum::UInt(_) => a[0].clone(),
            Datum::Decimal(d) => {
                let truncated = d.truncate(0);
                let n = truncated.to_i128().unwrap_or(0);
                let exact = d.round(0).1 == truncated.round(0).1 && same(d, &truncated);
                let up = work(0.5) > 0.0;
                let n = match (exact, d.is_negative(), up) {
                    (true, _, _) | (false, true, true) | (false, false, false) => n,
                    (false, true, false) => n - 1,
                    (false, false, true) => n + 1,
                };
                datum::from_i128(n, false)
            }
            other => Datum::Double(work(other.to_f64())),
        })
    })
}

fn same(a: &understudy_values::decimal::Decimal, b: &understudy_values::decimal::Decimal) -> bool {
    matches!(
        compare(&Datum::Decimal(*a), &Datum::Decimal(*b)),
        Ok(Some(Ordering::Equal))
    )
}

fn round(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let digits = a.get(1).map_or(0, Datum::to_i128);
        if digits < 0 {
            let unit = 10i128.pow(u32::try_from(-digits).unwrap_or(30).min(30));
            let n = a[0].to_i128();
            let rounded = (n.abs() + unit / 2) / unit * unit * n.signum();
            return Ok(datum::from_i128(rounded, false));
        }
        let digits = u8::try_from(digits.min(30)).unwrap_or(30);
        Ok(match &a[0] {
            Datum::Int(_) | Datum::UInt(_) => a[0].clone(),
            Datum::Decimal(d) => Datum::Decimal(d.round(digits.min(d.scale())).0),
            other => {
                let unit = 10f64.powi(digits.into());
                Datum::Double((other.to_f64() * unit).round_ties_even() / unit)
            }
        })
    })
}

fn crc32(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let mut crc = u32::MAX;
        for byte in a[0].to_text().0 {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            }
        }
        Ok(Datum::UInt(u64::from(!crc)))
    })
}

fn date_part(a: &[Datum], part: impl Fn(DateTime) -> i64) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        if let Datum::Time(time, _) = &a[0] {
            let value = DateTime {
                date: Date::default(),
                hour: u8::try_from(time.hour).unwrap_or(u8::MAX),
                minute: time.minute,
                second: time.second,
                micros: time.micros,
            };
            return Ok(Datum::Int(part(value)));
        }
        Ok(a[0]
            .to_datetime()
            .map_or(Datum::Null, |v| Datum::Int(part(v))))
    })
}

fn unix_timestamp(a: &[Datum], zone: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let stamp = a[0].to_datetime().and_then(|v| zone.to_timestamp(v));
        let stamp: Timestamp = stamp.unwrap_or_default();
        if stamp.micros == 0 {
            return Ok(Datum::Int(stamp.seconds.into()));
        }
        let micros = i128::from(stamp.seconds) * 1_000_000 + i128::from(stamp.micros);
        Ok(Datum::Decimal(scaled_decimal(micros, 6)?))
    })
}

fn from_unixtime(a: &[Datum], zone: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        Ok(match u32::try_from(a[0].to_i128()) {
            Ok(seconds) => {
                let stamp = Timestamp { seconds, micros: 0 };
                let value = if seconds == 0 {
                    zone.to_local(Timestamp {
                        seconds: 1,
                        micros: 0,
                    })
                } else {
                    zone.to_local(stamp)
                };
                let second = if seconds == 0 { 0 } else { value.second };
                Datum::DateTime(DateTime { second, ..value }, 0)
            }
            Err(_) => Datum::Null,
        })
    })
}

fn datediff(a: &[Datum], _: &TimeZone) -> Result<Datum, MysqlError> {
    null_or(a, |a| {
        let days = a[0].to_datetime().zip(a[1].to_datetime());
        Ok(days.map_or(Datum::Null, |(x, y)| {
            Datum::Int(x.date.to_epoch_days() - y.date.to_epoch_days())
        }))
    })
}

/// A time of day of a date and time.
pub(super) fn time_of(value: DateTime) -> Time {
    Time {
        negative: false,
        hour: value.hour.into(),
        minute: value.minute,
        second: value.second,
        micros: value.micros,
    }
}
