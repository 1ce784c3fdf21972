//! Dates and times from text and numbers, by the rules of SQL literals.
//!
//! Any punctuation separates parts (`2024.1.2 3+4+5`), or there is none (`20240102030405`, `240102`); years
//! of two digits are 1970 to 2069; a `T` or spaces stand between date and time; digits past microseconds
//! round. Parts may be zero, but a day past the end of its month is no date. Times are `[D ][H]H:MM[:SS]`
//! or `HHMMSS`.

use super::{Date, DateTime, MAX_TIME_MICROS, Time};

/// What a text said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The value.
    pub value: T,
    /// A time of day was given.
    pub has_time: bool,
    /// Something after the value was not understood.
    pub garbage: bool,
    /// `+05:30` after a date and time, in seconds (MySQL 8.0.19).
    pub offset: Option<i32>,
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Reads up to `most` digits; the number and how many there were.
    fn digits(&mut self, most: usize) -> (u64, usize) {
        let (mut value, mut count) = (0u64, 0);
        while count < most {
            match self.peek() {
                Some(byte @ b'0'..=b'9') => value = value * 10 + u64::from(byte - b'0'),
                Some(_) | None => break,
            }
            self.at += 1;
            count += 1;
        }
        (value, count)
    }

    /// Digits ahead.
    fn run(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// `.ffffff`: microseconds, and whether the seventh digit rounds up.
    fn fraction(&mut self) -> (u32, bool) {
        if self.peek() != Some(b'.') {
            return (0, false);
        }
        self.at += 1;
        let (value, count) = self.digits(6);
        let micros = value as u32 * 10u32.pow(6 - count as u32);
        let up = matches!(self.peek(), Some(b'5'..=b'9'));
        let rest = self.run();
        self.at += rest;
        (micros, up)
    }

    /// Is `+05:30` all that follows?
    fn is_offset(&self) -> bool {
        matches!(
            self.text.get(self.at..),
            Some([b'+' | b'-', _, _, b':', _, _])
        )
    }

    fn rest_is_garbage(&mut self) -> bool {
        self.skip_spaces();
        self.at < self.text.len()
    }
}

fn full_year(year: u64, digits: usize) -> u16 {
    match (digits, year) {
        (1..=2, 0..=69) => 2000 + year as u16,
        (1..=2, _) => 1900 + year as u16,
        _ => year as u16,
    }
}

fn is_valid(value: &DateTime) -> bool {
    let date = value.date;
    let month_length = Date::days_in_month(date.year, date.month);
    date.month <= 12
        && date.day <= month_length
        && value.hour <= 23
        && value.minute <= 59
        && value.second <= 59
}

/// Reads a date, with a time of day or without; `None` if the text is none.
pub fn datetime(text: &[u8]) -> Option<Parsed<DateTime>> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_spaces();
    let run = cursor.run();
    let after = text.get(cursor.at + run).copied();
    let compact = run >= 5 && matches!(after, None | Some(b'.' | b' ' | b'T'));
    let (parts, count) = if compact {
        compact_parts(&mut cursor, run)
    } else {
        separated_parts(&mut cursor)?
    };
    if count < 3 {
        return None;
    }
    let [year, month, day, hour, minute, second] = parts;
    let (micros, up) = if count == 6 {
        cursor.fraction()
    } else {
        (0, false)
    };
    let narrow = |part: u64| u8::try_from(part).unwrap_or(u8::MAX);
    let value = DateTime {
        date: Date {
            year: u16::try_from(year).ok()?,
            month: narrow(month),
            day: narrow(day),
        },
        hour: narrow(hour),
        minute: narrow(minute),
        second: narrow(second),
        micros,
    };
    if !is_valid(&value) {
        return None;
    }
    let offset = if count > 3 { offset(&mut cursor) } else { None };
    let value = if up { round_up(value)? } else { value };
    Some(Parsed {
        value,
        has_time: count > 3,
        garbage: cursor.rest_is_garbage(),
        offset,
    })
}

/// One microsecond later.
fn round_up(value: DateTime) -> Option<DateTime> {
    add_micros(value, 1)
}

/// A later moment; `None` past the year 9999 and where the date has zero parts.
pub(crate) fn add_micros(value: DateTime, micros: i64) -> Option<DateTime> {
    if value.date.month == 0 || value.date.day == 0 {
        return None;
    }
    let later = value.to_epoch_micros() + micros;
    // 9999-12-31 23:59:59.999999
    if later > 253_402_300_799_999_999 {
        return None;
    }
    Some(DateTime::from_epoch_micros(later))
}

fn compact_parts(cursor: &mut Cursor<'_>, run: usize) -> ([u64; 6], usize) {
    let year_digits = if run == 8 || run >= 14 { 4 } else { 2 };
    let mut parts = [0; 6];
    let mut count = 0;
    for (index, part) in parts.iter_mut().enumerate() {
        if index == 3 && matches!(cursor.peek(), Some(b'T' | b' ' | b'.')) {
            cursor.at += 1;
            cursor.skip_spaces();
        }
        let (value, digits) = cursor.digits(if index == 0 { year_digits } else { 2 });
        if digits == 0 {
            break;
        }
        *part = if index == 0 {
            full_year(value, digits).into()
        } else {
            value
        };
        count = index + 1;
        if index >= 3 && cursor.peek() == Some(b':') {
            cursor.at += 1;
        }
    }
    (parts, count)
}

fn separated_parts(cursor: &mut Cursor<'_>) -> Option<([u64; 6], usize)> {
    let mut parts = [0; 6];
    let mut count = 0;
    for (index, part) in parts.iter_mut().enumerate() {
        let (value, digits) = cursor.digits(if index == 0 { 4 } else { 2 });
        if digits == 0 {
            break;
        }
        *part = if index == 0 {
            full_year(value, digits).into()
        } else {
            value
        };
        count = index + 1;
        if cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            // Too many digits for this part.
            return None;
        }
        let before = cursor.at;
        match (index, cursor.peek()) {
            (2, Some(b'T' | b' ')) => {
                cursor.at += 1;
                cursor.skip_spaces();
            }
            (5, _) | (_, None) => break,
            (3 | 4, Some(b'+' | b'-')) if cursor.is_offset() => break,
            (_, Some(byte)) if byte.is_ascii_punctuation() => {
                while cursor
                    .peek()
                    .is_some_and(|byte| byte.is_ascii_punctuation())
                {
                    cursor.at += 1;
                }
            }
            (_, Some(_)) => break,
        }
        if cursor.run() == 0 {
            cursor.at = before;
            break;
        }
    }
    Some((parts, count))
}

fn offset(cursor: &mut Cursor<'_>) -> Option<i32> {
    let rest = cursor.text.get(cursor.at..)?;
    let [sign @ (b'+' | b'-'), a, b, b':', c, d] = *rest else {
        return None;
    };
    let digits = [a, b, c, d];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |a: u8, b: u8| i32::from(a - b'0') * 10 + i32::from(b - b'0');
    let seconds = two(a, b) * 3600 + two(c, d) * 60;
    if seconds > 14 * 3600 || two(c, d) > 59 {
        return None;
    }
    cursor.at += 6;
    Some(if sign == b'-' { -seconds } else { seconds })
}

/// Reads a time; `None` if the text is none. Times past ±838:59:59 are that, and the flag tells.
pub fn time(text: &[u8]) -> Option<(Parsed<Time>, bool)> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_spaces();
    if text.len() - cursor.at >= 12
        && let Some(parsed) = datetime(text).filter(|parsed| parsed.has_time)
    {
        let DateTime {
            hour,
            minute,
            second,
            micros,
            ..
        } = parsed.value;
        let value = Time {
            negative: false,
            hour: hour.into(),
            minute,
            second,
            micros,
        };
        let parsed = Parsed {
            value,
            has_time: true,
            garbage: parsed.garbage,
            offset: None,
        };
        return Some((parsed, false));
    }
    let negative = cursor.peek() == Some(b'-');
    cursor.at += usize::from(matches!(cursor.peek(), Some(b'-' | b'+')));
    let (hours, minutes, seconds) = time_parts(&mut cursor)?;
    let (micros, up) = cursor.fraction();
    let garbage = cursor.rest_is_garbage();
    let all = (hours * 3600 + minutes * 60 + seconds) as i64 * 1_000_000
        + i64::from(micros)
        + i64::from(up);
    let out_of_range = all > MAX_TIME_MICROS;
    let all = all.min(MAX_TIME_MICROS);
    let value = Time::from_micros(if negative { -all } else { all });
    let parsed = Parsed {
        value,
        has_time: true,
        garbage,
        offset: None,
    };
    Some((parsed, out_of_range))
}

/// Hours, minutes and seconds in any of the forms.
fn time_parts(cursor: &mut Cursor<'_>) -> Option<(u64, u64, u64)> {
    let (first, digits) = cursor.digits(12);
    if digits == 0 {
        return None;
    }
    let mut days = 0;
    let mut hours = first;
    let mut with_days = false;
    if cursor.peek() == Some(b' ') {
        let before = cursor.at;
        cursor.skip_spaces();
        let (value, digits) = cursor.digits(12);
        if digits > 0 {
            (days, hours, with_days) = (first, value, true);
        } else {
            cursor.at = before;
        }
    }
    if cursor.peek() == Some(b':')
        && cursor
            .text
            .get(cursor.at + 1)
            .is_some_and(u8::is_ascii_digit)
    {
        cursor.at += 1;
        let (minutes, _) = cursor.digits(9);
        let mut seconds = 0;
        if cursor.peek() == Some(b':') {
            cursor.at += 1;
            seconds = cursor.digits(9).0;
        }
        if minutes > 59 || seconds > 59 {
            return None;
        }
        let hours = days.saturating_mul(24).saturating_add(hours);
        return Some((hours.min(1_000_000), minutes, seconds));
    }
    if with_days {
        let hours = days.saturating_mul(24).saturating_add(hours);
        return Some((hours.min(1_000_000), 0, 0));
    }
    let (hours, minutes, seconds) = (first / 10_000, first / 100 % 100, first % 100);
    (minutes <= 59 && seconds <= 59).then_some((hours.min(1_000_000), minutes, seconds))
}

/// A date from a number: `YYMMDD`, `YYYYMMDD`, `YYMMDDhhmmss` or `YYYYMMDDhhmmss`.
pub fn datetime_from_number(number: u64) -> Option<DateTime> {
    let with_time = number > 99_991_231;
    let (date, time) = if with_time {
        (number / 1_000_000, number % 1_000_000)
    } else {
        (number, 0)
    };
    let date = match date {
        0 if !with_time => return Some(DateTime::default()),
        101..=691_231 if !with_time || number <= 691_231_235_959 => date + 20_000_000,
        700_101..=991_231 => date + 19_000_000,
        10_000_101..=99_991_231 => date,
        _ => return None,
    };
    let value = DateTime {
        date: Date {
            year: (date / 10_000) as u16,
            month: (date / 100 % 100) as u8,
            day: (date % 100) as u8,
        },
        hour: (time / 10_000) as u8,
        minute: (time / 100 % 100) as u8,
        second: (time % 100) as u8,
        micros: 0,
    };
    is_valid(&value).then_some(value)
}

/// A time from a number: `HHMMSS`, or a date and time.
pub fn time_from_number(number: i64) -> Option<(Time, bool)> {
    let all = number.unsigned_abs();
    if all >= 10_000_000_000 {
        let value = datetime_from_number(all)?;
        let time = Time {
            negative: false,
            hour: value.hour.into(),
            minute: value.minute,
            second: value.second,
            micros: 0,
        };
        return Some((time, false));
    }
    let (minutes, seconds) = (all / 100 % 100, all % 100);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    if all > 8_385_959 {
        let most = if number < 0 {
            -MAX_TIME_MICROS
        } else {
            MAX_TIME_MICROS
        };
        return Some((Time::from_micros(most), true));
    }
    let micros = (all / 10_000 * 3600 + minutes * 60 + seconds) as i64 * 1_000_000;
    Some((
        Time::from_micros(if number < 0 { -micros } else { micros }),
        false,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        // Answers of MySQL 9.7 to CAST('...' AS DATETIME(6)).
        for (text, expected) in [
            ("2024-01-02", Some("2024-01-02 00:00:00.000000")),
            ("2024-1-2 3:4:5", Some("2024-01-02 03:04:05.000000")),
            ("2024.01.02 03+04+05", Some("2024-01-02 03:04:05.000000")),
            ("2024-01-02T03:04:05.5", Some("2024-01-02 03:04:05.500000")),
            (
                "2024-12-31 23:59:59.9999995",
                Some("2025-01-01 00:00:00.000000"),
            ),
            ("20240102", Some("2024-01-02 00:00:00.000000")),
            ("20240102030405", Some("2024-01-02 03:04:05.000000")),
            ("240102", Some("2024-01-02 00:00:00.000000")),
            ("700102030405", Some("1970-01-02 03:04:05.000000")),
            ("99-12-31", Some("1999-12-31 00:00:00.000000")),
            ("0000-00-00", Some("0000-00-00 00:00:00.000000")),
            ("2024-00-10", Some("2024-00-10 00:00:00.000000")),
            ("2024-02-30", None),
            ("2024-13-01", None),
            ("2024-01-02 24:00:00", None),
            ("abc", None),
            ("", None),
        ] {
            let parsed = datetime(text.as_bytes());
            let shown = parsed.map(|parsed| {
                let mut out = Vec::new();
                parsed.value.write(6, &mut out);
                String::from_utf8(out).unwrap()
            });
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn times() {
        // Answers of MySQL 9.7 to CAST('...' AS TIME(6)).
        for (text, expected) in [
            ("12:34:56", Some("12:34:56.000000")),
            ("-1 2:03:04.5", Some("-26:03:04.500000")),
            ("12:34", Some("12:34:00.000000")),
            ("123456", Some("12:34:56.000000")),
            ("56", Some("00:00:56.000000")),
            ("900:00:00", Some("838:59:59.000000")),
            ("2024-01-02 03:04:05", Some("03:04:05.000000")),
            ("12:60:00", None),
            ("abc", None),
        ] {
            let shown = time(text.as_bytes()).map(|(parsed, _)| {
                let mut out = Vec::new();
                parsed.value.write(6, &mut out);
                String::from_utf8(out).unwrap()
            });
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
