//! Session time zones: `SYSTEM`, offsets such as `+08:00`, and names from the zone data.

use super::{Date, DateTime, Timestamp};
use crate::error::ValueError;
use std::fmt;

/// A value of `@@time_zone`.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeZone {
    /// The zone the server runs in.
    System(jiff::tz::TimeZone),
    /// Seconds east of UTC.
    Offset(i32),
    /// A name of the zone database, as written.
    Named(String, jiff::tz::TimeZone),
}

impl Default for TimeZone {
    fn default() -> TimeZone {
        TimeZone::UTC
    }
}

impl TimeZone {
    /// UTC as an offset.
    pub const UTC: TimeZone = TimeZone::Offset(0);

    /// The machine's own zone.
    pub fn system() -> TimeZone {
        TimeZone::System(jiff::tz::TimeZone::system())
    }

    /// Reads a value for `SET time_zone`: offsets run from -13:59 to +14:00.
    pub fn parse(text: &str) -> Result<TimeZone, ValueError> {
        if text.eq_ignore_ascii_case("SYSTEM") {
            return Ok(TimeZone::system());
        }
        if let Some(seconds) = parse_offset(text) {
            return Ok(TimeZone::Offset(seconds));
        }
        let unknown = || ValueError::UnknownTimeZone(text.to_owned());
        if text.is_empty() || text.starts_with(['+', '-', ':']) {
            return Err(unknown());
        }
        match jiff::tz::TimeZone::get(text) {
            Ok(zone) => Ok(TimeZone::Named(text.to_owned(), zone)),
            Err(_) => Err(unknown()),
        }
    }

    /// Local date and time of a TIMESTAMP; zero is the zero date. A fraction of the first second is a moment
    /// (MariaDB stores such).
    pub fn to_local(&self, stamp: Timestamp) -> DateTime {
        if stamp == Timestamp::default() {
            return DateTime::default();
        }
        let seconds = i64::from(stamp.seconds);
        let local = seconds + i64::from(self.offset_at(seconds));
        DateTime::from_epoch_micros(local * 1_000_000 + i64::from(stamp.micros))
    }

    /// TIMESTAMP of a local date and time; `None` where it is out of range (or its parts are no date).
    ///
    /// A time that a change of the clocks skips is the moment of the change, one that occurs twice the
    /// first of both, as in MySQL.
    pub fn to_timestamp(&self, local: DateTime) -> Option<Timestamp> {
        if local == DateTime::default() {
            return Some(Timestamp::default());
        }
        let Date { year, month, day } = local.date;
        if month == 0 || day == 0 || day > Date::days_in_month(year, month) {
            return None;
        }
        let wall = local.to_epoch_micros().div_euclid(1_000_000);
        let seconds = match self {
            TimeZone::Offset(offset) => wall - i64::from(*offset),
            TimeZone::System(zone) | TimeZone::Named(_, zone) => resolve(zone, wall)?,
        };
        match u32::try_from(seconds) {
            Ok(0) | Err(_) => None,
            Ok(seconds) => Some(Timestamp {
                seconds,
                micros: local.micros,
            }),
        }
    }

    /// Seconds east of UTC at a moment.
    pub fn offset_at(&self, seconds: i64) -> i32 {
        match self {
            TimeZone::Offset(offset) => *offset,
            TimeZone::System(zone) | TimeZone::Named(_, zone) => offset_in(zone, seconds),
        }
    }
}

fn offset_in(zone: &jiff::tz::TimeZone, seconds: i64) -> i32 {
    jiff::Timestamp::from_second(seconds).map_or(0, |at| zone.to_offset(at).seconds())
}

/// Moment of a wall clock time: the earlier of two, the end of a gap.
fn resolve(zone: &jiff::tz::TimeZone, wall: i64) -> Option<i64> {
    let (before, after) = (
        i64::from(offset_in(zone, wall - 86_400)),
        i64::from(offset_in(zone, wall + 86_400)),
    );
    let fits = |offset: i64| i64::from(offset_in(zone, wall - offset)) == offset;
    if fits(before) {
        return Some(wall - before);
    }
    if fits(after) {
        return Some(wall - after);
    }
    // In a gap: the moment at which the clocks change.
    let start = jiff::Timestamp::from_second(wall - before - 86_400 * 2).ok()?;
    zone.following(start)
        .map(|transition| transition.timestamp().as_second())
        .find(|&at| i64::from(offset_in(zone, at)) + at > wall)
}

/// `[+-]H:MM` or `[+-]HH:MM` in seconds.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes() {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let (hours, minutes) = match rest {
        [h, b':', m, n] => (digit(h)?, digit(m)? * 10 + digit(n)?),
        [g, h, b':', m, n] => (digit(g)? * 10 + digit(h)?, digit(m)? * 10 + digit(n)?),
        _ => return None,
    };
    let seconds = sign * (hours * 3600 + minutes * 60);
    let range = -(14 * 3600 - 60)..=14 * 3600;
    (minutes < 60 && range.contains(&seconds)).then_some(seconds)
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeZone::System(_) => f.write_str("SYSTEM"),
            TimeZone::Offset(seconds) => {
                let sign = if *seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
            TimeZone::Named(name, _) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t08_offsets() {
        for (text, seconds) in [
            ("+00:00", Some(0)),
            ("-00:30", Some(-1800)),
            ("+08:00", Some(28_800)),
            ("+5:45", Some(20_700)),
            ("+14:00", Some(50_400)),
            ("-13:59", Some(-50_340)),
            ("+14:01", None),
            ("-14:00", None),
            ("+08:60", None),
            ("08:00", None),
            ("+0800", None),
        ] {
            let parsed = TimeZone::parse(text).ok();
            assert_eq!(parsed, seconds.map(TimeZone::Offset), "{text}");
        }
        assert_eq!(TimeZone::Offset(-1800).to_string(), "-00:30");
    }

    #[test]
    fn t08_named_zones_at_changes_of_the_clock() {
        // UNIX_TIMESTAMP of MySQL 9.7 with the same zone data.
        for (zone, local, seconds) in [
            ("Europe/Berlin", "2026-10-25 01:59:59", 1_792_886_399),
            ("Europe/Berlin", "2026-10-25 02:30:00", 1_792_888_200),
            ("Europe/Berlin", "2026-10-25 03:00:00", 1_792_893_600),
            ("Europe/Berlin", "2026-03-29 01:59:59", 1_774_745_999),
            ("Europe/Berlin", "2026-03-29 02:30:00", 1_774_746_000),
            ("Europe/Berlin", "2026-03-29 03:00:00", 1_774_746_000),
            ("Europe/Berlin", "1970-01-01 12:00:00", 39_600),
            ("America/New_York", "2026-11-01 01:30:00", 1_793_511_000),
            ("America/New_York", "2026-03-08 02:30:00", 1_772_953_200),
            ("Australia/Lord_Howe", "2026-04-05 01:45:00", 1_775_313_900),
            ("Australia/Lord_Howe", "2026-10-04 02:15:00", 1_791_041_400),
            ("Asia/Kolkata", "1980-06-01 00:00:00", 328_645_800),
        ] {
            let zone_of = TimeZone::parse(zone).unwrap();
            let parsed = crate::temporal::parse::datetime(local.as_bytes()).unwrap();
            let stamp = zone_of.to_timestamp(parsed.value).unwrap();
            assert_eq!(stamp.seconds, seconds, "{zone} {local}");
            let back = zone_of.to_timestamp(zone_of.to_local(stamp)).unwrap();
            assert_eq!(back.seconds, seconds, "{zone} {local} and back");
        }
    }
}
