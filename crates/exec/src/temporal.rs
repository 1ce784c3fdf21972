//! Dates and times from text and numbers, as MySQL reads them.

use understudy_values::temporal::{Date, DateTime, Time};

/// Text of a date and time.
pub(crate) fn datetime_text(value: DateTime, fsp: u8) -> String {
    let mut out = Vec::new();
    value.write(fsp, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A date (and time) from text: delimited parts with any punctuation, or digits alone.
pub(crate) fn parse_datetime(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let delimited = text.contains(|c: char| !c.is_ascii_digit() && c != '.');
    let (groups, fraction) = if delimited {
        delimited_parts(text)?
    } else {
        digit_parts(text)?
    };
    let part = |i: usize| groups.get(i).map_or(Some(0), |g| g.parse::<u16>().ok());
    let mut year = part(0)?;
    if groups.first().is_some_and(|g| g.len() <= 2)
        && !groups.iter().all(|g| g.bytes().all(|b| b == b'0'))
    {
        year += if year < 70 { 2000 } else { 1900 };
    }
    let small = |i: usize| part(i).and_then(|n| u8::try_from(n).ok());
    let value = DateTime {
        date: Date {
            year,
            month: small(1)?,
            day: small(2)?,
        },
        hour: small(3)?,
        minute: small(4)?,
        second: small(5)?,
        micros: fraction,
    };
    (groups.len() >= 3 && is_valid(&value)).then_some(value)
}

fn is_valid(value: &DateTime) -> bool {
    let Date { year, month, day } = value.date;
    let last = if month == 0 {
        31
    } else if month <= 12 {
        Date::days_in_month(year, month)
    } else {
        return false;
    };
    day <= last && value.hour < 24 && value.minute < 60 && value.second < 60
}

fn delimited_parts(text: &str) -> Option<(Vec<String>, u32)> {
    let mut groups: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut fraction = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            current.push(c);
            continue;
        }
        let separator = c.is_ascii_punctuation() || c == ' ' || c == 'T';
        if !separator || current.is_empty() && c != ' ' {
            return None;
        }
        if !current.is_empty() {
            groups.push(std::mem::take(&mut current));
        }
        if c == '.' && groups.len() == 6 {
            fraction = Some(chars.by_ref().collect::<String>());
        }
    }
    if !current.is_empty() {
        groups.push(current);
    }
    if groups.len() > 6 || groups.iter().any(|g| g.len() > 4) {
        return None;
    }
    let micros = match fraction {
        Some(digits) => fraction_micros(&digits)?,
        None => 0,
    };
    Some((groups, micros))
}

fn digit_parts(text: &str) -> Option<(Vec<String>, u32)> {
    let (digits, fraction) = match text.split_once('.') {
        Some((digits, fraction)) => (digits, fraction_micros(fraction)?),
        None => (text, 0),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let widths: &[usize] = match digits.len() {
        6 => &[2, 2, 2],
        8 => &[4, 2, 2],
        12 => &[2, 2, 2, 2, 2, 2],
        14 => &[4, 2, 2, 2, 2, 2],
        1..=5 if digits.bytes().all(|b| b == b'0') => {
            return Some((vec!["0".into(), "0".into(), "0".into()], 0));
        }
        _ => return None,
    };
    let mut groups = Vec::new();
    let mut at = 0;
    for width in widths {
        groups.push(digits.get(at..at + width)?.to_owned());
        at += width;
    }
    Some((groups, fraction))
}

fn fraction_micros(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits
        .chars()
        .chain(std::iter::repeat('0'))
        .take(6)
        .collect();
    padded.parse().ok()
}

/// A time from text: `[-][D ]hh:mm:ss[.f]`, `hh:mm`, `hhmmss`, or a whole date and time.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let text = text.trim();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.matches('-').count() == 2 {
        let value = parse_datetime(rest)?;
        return Some(Time {
            negative: false,
            hour: value.hour.into(),
            minute: value.minute,
            second: value.second,
            micros: value.micros,
        });
    }
    let (days, rest) = match rest.split_once(' ') {
        Some((days, rest)) => (days.parse::<i64>().ok()?, rest.trim()),
        None => (0, rest),
    };
    let (whole, micros) = match rest.split_once('.') {
        Some((whole, fraction)) => (whole, fraction_micros(fraction)?),
        None => (rest, 0),
    };
    let seconds = if whole.contains(':') {
        let parts: Vec<i64> = whole
            .split(':')
            .map(|p| p.parse::<i64>().ok().filter(|n| *n >= 0))
            .collect::<Option<_>>()?;
        let at = |i: usize| parts.get(i).copied().unwrap_or(0);
        if parts.len() > 3 || at(1) > 59 || at(2) > 59 {
            return None;
        }
        at(0).checked_mul(3600)? + at(1) * 60 + at(2)
    } else {
        if !whole.bytes().all(|b| b.is_ascii_digit()) || whole.is_empty() {
            return None;
        }
        let number = whole.parse::<i64>().ok()?;
        let (minute, second) = (number / 100 % 100, number % 100);
        if minute > 59 || second > 59 {
            return None;
        }
        number / 10000 * 3600 + minute * 60 + second
    };
    let all = days
        .checked_mul(86400)?
        .checked_add(seconds)?
        .min(4_000_000)
        .checked_mul(1_000_000)?
        + i64::from(micros);
    Some(Time::from_micros(if negative { -all } else { all }))
}

/// MariaDB keeps a UUID with its time parts last first, except for versions that sort as they are.
pub(crate) fn uuid_to_stored(bytes: [u8; 16]) -> [u8; 16] {
    let version = bytes.get(6).copied().unwrap_or(0) >> 4;
    let variant = bytes.get(8).copied().unwrap_or(0);
    if version == 0 || version > 5 || variant & 0x80 == 0 {
        return bytes;
    }
    let [
        a0,
        a1,
        a2,
        a3,
        b0,
        b1,
        c0,
        c1,
        d0,
        d1,
        e0,
        e1,
        e2,
        e3,
        e4,
        e5,
    ] = bytes;
    [
        e0, e1, e2, e3, e4, e5, d0, d1, c0, c1, b0, b1, a0, a1, a2, a3,
    ]
}
