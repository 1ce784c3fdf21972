//! Conversion to DATE, TIME, DATETIME and TIMESTAMP.

use super::number::{Number, number_of, shown, to_utf8};
use super::text::{charset_of, utf8_text};
use super::{CastContext, Converted};
use crate::charset::Server;
use crate::error::ValueError;
use crate::temporal::parse::{self, add_micros};
use crate::temporal::{DateTime, MAX_TIME_MICROS, Time};
use crate::types::ColumnType;
use crate::value::Value;

/// A date and time, or a time, with what was lost in reading it.
enum Moment {
    DateTime(DateTime, Option<ValueError>),
    Time(Time, Option<ValueError>),
}

pub(super) fn convert(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let wants_time = matches!(to, ColumnType::Time { .. });
    if !context.server.is_mariadb() && unknown_text(value, from, wants_time)? {
        return Err(ValueError::NoConversion {
            from: from.kind(),
            to: to.kind(),
        });
    }
    let moment = match value {
        Value::Bit(bits) if wants_time && i64::try_from(*bits).is_err() => Moment::Time(
            Time::from_micros(MAX_TIME_MICROS),
            Some(ValueError::OutOfRange),
        ),
        Value::Date(date) => Moment::DateTime(
            DateTime {
                date: *date,
                ..DateTime::default()
            },
            None,
        ),
        Value::DateTime(value) => Moment::DateTime(*value, None),
        Value::Timestamp(value) => Moment::DateTime(context.time_zone.to_local(*value), None),
        Value::Time(value) => Moment::Time(*value, None),
        Value::Enum(_) | Value::Set(_) | Value::Float(_) | Value::Double(_) => {
            read_text(&utf8_text(value, from, context)?, wants_time, to, context)?
        }
        // Numbers become dates by their text.
        Value::Int(_) | Value::UInt(_) | Value::Year(_) | Value::Decimal(_)
            if !wants_time && !context.server.is_mariadb() =>
        {
            read_text(&utf8_text(value, from, context)?, wants_time, to, context)?
        }
        _ => match number_of(value, from, context)? {
            Number::Text(text) => read_text(&text, wants_time, to, context)?,
            Number::Int(number) if context.server.is_mariadb() => {
                read_number_of_mariadb(number, 0, number < 0, wants_time, to)
            }
            Number::Int(number) => read_number(number, 0, number < 0, wants_time, to),
            Number::Decimal(number) => {
                let (rounded, _) = number.round(6);
                let whole = rounded.truncate(0).to_i128().unwrap_or(i128::MAX);
                let micros = micros_of(&rounded.to_string());
                let negative = rounded.is_negative();
                if context.server.is_mariadb() {
                    read_number_of_mariadb(whole, micros, negative, wants_time, to)
                } else {
                    read_number(whole, micros, negative, wants_time, to)
                }
            }
            Number::Double(number) => {
                let micros = micros_of(&format!("{number:.6}"));
                read_number(number.trunc() as i128, micros, number < 0.0, wants_time, to)
            }
        },
    };
    finish(moment, to, context)
}

/// Microseconds of a number's text.
fn micros_of(text: &str) -> u32 {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    format!("{fraction:0<6}")
        .get(..6)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn kind(to: &ColumnType) -> &'static str {
    match to {
        ColumnType::Date => "date",
        ColumnType::Time { .. } => "time",
        _ => "datetime",
    }
}

fn incorrect(to: &ColumnType, text: &[u8]) -> ValueError {
    ValueError::IncorrectTemporal {
        kind: kind(to),
        value: shown(text),
    }
}

fn read_text(
    text: &[u8],
    wants_time: bool,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Moment, ValueError> {
    if wants_time {
        let is_empty = text.iter().all(u8::is_ascii_whitespace);
        if !context.server.is_mariadb() && (is_empty || is_no_time(text)) {
            return Ok(Moment::Time(Time::default(), None));
        }
        if context.server.is_mariadb() && has_exponent(text) {
            return Ok(Moment::Time(Time::default(), Some(incorrect(to, text))));
        }
        return Ok(match parse::time(text) {
            None => Moment::Time(Time::default(), Some(incorrect(to, text))),
            Some((parsed, true)) => Moment::Time(parsed.value, Some(ValueError::OutOfRange)),
            Some((parsed, false)) => {
                let warning = parsed.garbage.then_some(ValueError::Truncated);
                Moment::Time(parsed.value, warning)
            }
        });
    }
    let Some(parsed) = parse::datetime(text) else {
        return Ok(Moment::DateTime(
            DateTime::default(),
            Some(incorrect(to, text)),
        ));
    };
    let mut value = parsed.value;
    if let Some(offset) = parsed.offset {
        let utc = add_micros(value, i64::from(-offset) * 1_000_000);
        let local = utc.and_then(|utc| {
            let seconds = utc.to_epoch_micros().div_euclid(1_000_000);
            add_micros(
                utc,
                i64::from(context.time_zone.offset_at(seconds)) * 1_000_000,
            )
        });
        value = local.ok_or_else(|| incorrect(to, text))?;
    }
    Ok(Moment::DateTime(
        value,
        parsed.garbage.then_some(ValueError::Truncated),
    ))
}

/// `1e3`, and a number past 32 bits that is no date, are taken for a time of zero.
fn is_no_time(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_long = digits == 11 || (digits == 10 && text > b"4294967295".as_slice());
    if digits == text.len() && is_long {
        return true;
    }
    has_exponent(text)
}

/// `1e3`
fn has_exponent(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(text.get(digits..), Some([b'e' | b'E', b'0'..=b'9', ..])) && digits > 0
}

/// What MySQL reads in its own way: wide characters outside ASCII, numbers with a fixed count of decimals.
fn unknown_text(value: &Value, from: &ColumnType, wants_time: bool) -> Result<bool, ValueError> {
    Ok(match (value, from) {
        (Value::Text(text), _) if wants_time => {
            let wide = charset_of(from)?.is_some_and(|charset| charset.mbminlen > 1);
            wide && !to_utf8(text, from)?.is_ascii()
        }
        (_, ColumnType::Float { digits, .. } | ColumnType::Double { digits, .. }) => {
            digits.is_some() && !wants_time
        }
        _ => false,
    })
}

/// Past seven digits a number is a date (and time), before that hours, minutes and seconds; a date alone has no
/// fraction.
fn read_number_of_mariadb(
    number: i128,
    micros: u32,
    negative: bool,
    wants_time: bool,
    to: &ColumnType,
) -> Moment {
    let text = number.to_string();
    let wrong = Some(incorrect(to, text.as_bytes()));
    let has_time = number > 99_991_231;
    let datetime = u64::try_from(number)
        .ok()
        .filter(|_| !negative)
        .and_then(parse::datetime_from_number)
        .map(|value| DateTime {
            micros: if has_time || number == 0 { micros } else { 0 },
            ..value
        });
    if !wants_time {
        return match datetime {
            Some(value) => Moment::DateTime(value, None),
            None => Moment::DateTime(DateTime::default(), wrong),
        };
    }
    if (10_000_000..=99_991_231_235_959).contains(&number) {
        return match datetime {
            Some(value) => Moment::Time(time_of(value), None),
            None => Moment::Time(Time::default(), wrong),
        };
    }
    let all = number.unsigned_abs();
    if all / 10_000 > 838 {
        let most = Time {
            negative,
            ..Time::from_micros(MAX_TIME_MICROS)
        };
        return Moment::Time(most, Some(ValueError::OutOfRange));
    }
    match i64::try_from(number).ok().and_then(parse::time_from_number) {
        None => Moment::Time(Time::default(), wrong),
        Some((time, over)) => Moment::Time(
            Time {
                micros,
                negative: time.negative || (negative && micros > 0),
                ..time
            },
            over.then_some(ValueError::OutOfRange),
        ),
    }
}

fn read_number(
    number: i128,
    micros: u32,
    negative: bool,
    wants_time: bool,
    to: &ColumnType,
) -> Moment {
    let text = number.to_string();
    if wants_time {
        let parsed = i64::try_from(number).ok().and_then(parse::time_from_number);
        return match parsed {
            None => Moment::Time(Time::default(), Some(incorrect(to, text.as_bytes()))),
            Some((time, true)) => Moment::Time(time, Some(ValueError::OutOfRange)),
            Some((time, false)) => Moment::Time(
                Time {
                    micros,
                    negative: time.negative || (negative && micros > 0),
                    ..time
                },
                None,
            ),
        };
    }
    match u64::try_from(number)
        .ok()
        .and_then(parse::datetime_from_number)
    {
        Some(value) => Moment::DateTime(DateTime { micros, ..value }, None),
        None => Moment::DateTime(DateTime::default(), Some(incorrect(to, text.as_bytes()))),
    }
}

/// Rounds to the target's digits and puts the value into its type.
fn finish(moment: Moment, to: &ColumnType, context: &CastContext) -> Result<Converted, ValueError> {
    match to {
        ColumnType::Date => {
            let (value, warning) = as_datetime(moment, context);
            // The time of day is dropped with no more than a note, after its fraction is rounded.
            let (value, _) = round_datetime(value, 0, context);
            context.checked(Value::Date(value.date), warning)
        }
        ColumnType::Time { fsp, .. } => {
            let (time, warning) = match moment {
                Moment::Time(time, warning) => (time, warning),
                Moment::DateTime(value, warning) => (time_of(value), warning),
            };
            let (mut time, over) = round_time(time, *fsp, context);
            if context.server.is_mariadb() && warning == Some(ValueError::OutOfRange) {
                // The largest TIME has all its digits.
                let unit = unit(*fsp) as u32;
                time.micros = 999_999 / unit * unit;
            }
            let warning = warning.or(over.then_some(ValueError::OutOfRange));
            context.checked(Value::Time(time), warning)
        }
        ColumnType::DateTime { fsp, .. } => {
            let (value, warning) = as_datetime(moment, context);
            let (value, over) = round_datetime(value, *fsp, context);
            let warning = warning.or(over.then_some(ValueError::OutOfRange));
            context.checked(Value::DateTime(value), warning)
        }
        ColumnType::Timestamp { fsp, .. } => {
            let (value, warning) = as_datetime(moment, context);
            let (value, _) = round_datetime(value, *fsp, context);
            let last = match context.server {
                Server::MariaDb11 => u32::MAX,
                Server::MySql5 | Server::MySql8 | Server::MariaDb10 => i32::MAX as u32,
            };
            let stamp = context.time_zone.to_timestamp(value);
            match stamp.filter(|stamp| stamp.seconds <= last) {
                Some(stamp) => context.checked(Value::Timestamp(stamp), warning),
                None => {
                    let mut text = Vec::new();
                    value.write(0, &mut text);
                    let warning = incorrect(to, &text);
                    context.lossy(Value::Timestamp(Default::default()), warning)
                }
            }
        }
        other => Err(ValueError::NoConversion {
            from: "date or time",
            to: other.kind(),
        }),
    }
}

fn time_of(value: DateTime) -> Time {
    Time {
        negative: false,
        hour: value.hour.into(),
        minute: value.minute,
        second: value.second,
        micros: value.micros,
    }
}

/// A time counts from today's midnight.
fn as_datetime(moment: Moment, context: &CastContext) -> (DateTime, Option<ValueError>) {
    match moment {
        Moment::DateTime(value, warning) => (value, warning),
        Moment::Time(time, warning) => {
            let midnight = DateTime {
                date: context.today,
                ..DateTime::default()
            };
            match add_micros(midnight, time.to_micros()) {
                Some(value) => (value, warning),
                None => (
                    DateTime::default(),
                    warning.or(Some(ValueError::OutOfRange)),
                ),
            }
        }
    }
}

fn unit(fsp: u8) -> i64 {
    10i64.pow(6 - u32::from(fsp.min(6)))
}

/// Brings a time to fewer digits: MySQL rounds halves away from zero, MariaDB cuts. The flag says that the
/// value passed the largest TIME.
pub(super) fn round_time(time: Time, fsp: u8, context: &CastContext) -> (Time, bool) {
    let (micros, unit) = (time.to_micros(), unit(fsp));
    let half = if context.server.is_mariadb() {
        0
    } else {
        unit / 2
    };
    let rounded = (micros.abs() + half) / unit * unit;
    let over = rounded > MAX_TIME_MICROS;
    let rounded = rounded.min(MAX_TIME_MICROS);
    let rounded = if micros < 0 { -rounded } else { rounded };
    (Time::from_micros(rounded), over)
}

/// Brings a date and time to fewer digits: MySQL rounds halves up, MariaDB cuts. The flag says that the
/// value passed the year 9999 (and was cut instead).
pub(super) fn round_datetime(value: DateTime, fsp: u8, context: &CastContext) -> (DateTime, bool) {
    let unit = unit(fsp) as u32;
    let rest = value.micros % unit;
    let cut = DateTime {
        micros: value.micros - rest,
        ..value
    };
    if rest * 2 < unit || rest == 0 || context.server.is_mariadb() {
        return (cut, false);
    }
    match add_micros(cut, unit.into()) {
        Some(rounded) => (rounded, false),
        None => (cut, true),
    }
}
