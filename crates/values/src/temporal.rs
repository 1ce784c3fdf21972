//! Dates and times: the packed forms of row images, and time zones.
//!
//! Dates may have zero parts (`2024-00-00`), times run to ±838:59:59, a TIMESTAMP counts seconds from 1970
//! in UTC and 0 is the zero date. Since MySQL 5.6.4 the packed forms are big-endian with an offset, so that
//! bytes compare like the values; the older ones are little-endian decimal numbers, and MariaDB has its own
//! with `mysql56_temporal_format=OFF`.

use crate::error::{ValueError, be, le, take};

pub mod parse;
pub mod zone;

/// A date; parts may be zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 0 to 12.
    pub month: u8,
    /// 0 to 31.
    pub day: u8,
}

/// A time of day or a span, to the microsecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Time {
    /// Below zero; never set for zero.
    pub negative: bool,
    /// 0 to 838.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999999.
    pub micros: u32,
}

/// A date with a time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// Date.
    pub date: Date,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999999.
    pub micros: u32,
}

/// Seconds and microseconds since 1970-01-01 00:00:00 UTC; all zero is the zero date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds. MariaDB 11.5 uses all 32 bits, MySQL 31.
    pub seconds: u32,
    /// 0 to 999999.
    pub micros: u32,
}

/// Microseconds of the longest TIME, 838:59:59.
pub const MAX_TIME_MICROS: i64 = (838 * 3600 + 59 * 60 + 59) * 1_000_000;

impl Time {
    /// From signed microseconds, which must be in range.
    pub fn from_micros(micros: i64) -> Time {
        let all = micros.unsigned_abs();
        let seconds = all / 1_000_000;
        Time {
            negative: micros < 0,
            hour: (seconds / 3600) as u16,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            micros: (all % 1_000_000) as u32,
        }
    }

    /// Signed microseconds.
    pub fn to_micros(self) -> i64 {
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let all = seconds * 1_000_000 + i64::from(self.micros);
        if self.negative { -all } else { all }
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Time) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Time) -> std::cmp::Ordering {
        self.to_micros().cmp(&other.to_micros())
    }
}

impl Date {
    /// Days since 1970-01-01 in the proleptic Gregorian calendar.
    pub fn to_epoch_days(self) -> i64 {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// From days since 1970-01-01; years outside 0 to 9999 wrap into nonsense and must be checked before.
    pub fn from_epoch_days(days: i64) -> Date {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Date {
            year: (year_of_era + era * 400 + i64::from(month <= 2)) as u16,
            month: month as u8,
            day: (of_year - (153 * shifted + 2) / 5 + 1) as u8,
        }
    }

    /// Days in a month; 31 for month 0.
    pub fn days_in_month(year: u16, month: u8) -> u8 {
        match month {
            4 | 6 | 9 | 11 => 30,
            2 if year.is_multiple_of(4)
                && (!year.is_multiple_of(100) || year.is_multiple_of(400)) =>
            {
                29
            }
            2 => 28,
            _ => 31,
        }
    }

    /// All parts zero?
    pub fn is_zero(self) -> bool {
        self == Date::default()
    }

    /// Unpacks a `DATE`.
    pub fn unpack(field: &[u8]) -> Result<Date, ValueError> {
        let packed = le(take(field, 3, "DATE")?);
        Ok(Date {
            year: (packed >> 9) as u16,
            month: (packed >> 5 & 15) as u8,
            day: (packed & 31) as u8,
        })
    }

    /// Packs a `DATE`.
    pub fn pack(self, out: &mut Vec<u8>) {
        let packed = u32::from(self.year) << 9 | u32::from(self.month) << 5 | u32::from(self.day);
        out.extend(packed.to_le_bytes().iter().take(3));
    }
}

/// 10 to the power of 6 minus the fractional digits.
fn unit(fsp: u8) -> u32 {
    10u32.pow(6 - u32::from(fsp.min(6)))
}

/// Bytes of the fraction after the whole in the 5.6 formats.
fn fraction_len(fsp: u8) -> usize {
    usize::from(fsp.div_ceil(2))
}

/// Microseconds of the fraction's bytes: pairs of digits.
fn fraction_micros(bytes: &[u8]) -> u32 {
    let scale = match bytes.len() {
        1 => 10_000,
        2 => 100,
        _ => 1,
    };
    be(bytes) as u32 * scale
}

/// Appends the fraction's bytes.
fn push_fraction(micros: u32, fsp: u8, out: &mut Vec<u8>) {
    let (value, size) = match fraction_len(fsp) {
        0 => return,
        1 => (micros / 10_000, 1),
        2 => (micros / 100, 2),
        _ => (micros, 3),
    };
    out.extend(value.to_be_bytes().iter().skip(4 - size));
}

fn push_be(value: u64, size: usize, out: &mut Vec<u8>) {
    out.extend(value.to_be_bytes().iter().skip(8 - size));
}

fn malformed<T>(what: &'static str) -> Result<T, ValueError> {
    Err(ValueError::Malformed { what })
}

impl Time {
    /// Unpacks a `TIME(fsp)`.
    ///
    /// The whole of six bytes (three without a fraction) is one number offset by half its range, so a
    /// negative fraction borrows from the seconds.
    pub fn unpack(field: &[u8], fsp: u8) -> Result<Time, ValueError> {
        let fraction = fraction_len(fsp);
        let bytes = take(field, 3 + fraction, "TIME")?;
        let half = 1i64 << (23 + 8 * fraction);
        let value = be(bytes) as i64 - half;
        let all = value.unsigned_abs();
        let whole = all >> (8 * fraction);
        let scale = match fraction {
            1 => 10_000,
            2 => 100,
            _ => 1,
        };
        let micros = (all & ((1 << (8 * fraction)) - 1)) as u32 * scale;
        Ok(Time {
            negative: value < 0,
            hour: (whole >> 12 & 0x3FF) as u16,
            minute: (whole >> 6 & 63) as u8,
            second: (whole & 63) as u8,
            micros,
        })
    }

    /// Packs a `TIME(fsp)`.
    pub fn pack(self, fsp: u8, out: &mut Vec<u8>) {
        let fraction = fraction_len(fsp);
        let whole =
            i64::from(self.hour) << 12 | i64::from(self.minute) << 6 | i64::from(self.second);
        let part = match fraction {
            0 => 0,
            1 => self.micros / 10_000,
            2 => self.micros / 100,
            _ => self.micros,
        };
        let all = whole << (8 * fraction) | i64::from(part);
        let value = if self.negative { -all } else { all } + (1i64 << (23 + 8 * fraction));
        push_be(value as u64, 3 + fraction, out);
    }

    /// Unpacks a `TIME` of the format before 5.6.4, or of MariaDB's own with a fraction.
    pub fn unpack_old(field: &[u8], fsp: u8) -> Result<Time, ValueError> {
        if fsp == 0 {
            let raw = le(take(field, 3, "TIME")?) as u32;
            let value = (raw << 8) as i32 >> 8;
            let all = value.unsigned_abs();
            return Ok(Time {
                negative: value < 0,
                hour: (all / 10_000) as u16,
                minute: (all / 100 % 100) as u8,
                second: (all % 100) as u8,
                micros: 0,
            });
        }
        let bytes = take(field, hires_len(&HIRES_TIME, fsp), "TIME")?;
        let offset = hires_time_offset(fsp);
        let micros = (be(bytes) as i64 - offset) * i64::from(unit(fsp));
        if micros.abs() > MAX_TIME_MICROS + 999_999 {
            return malformed("TIME: out of range");
        }
        Ok(Time::from_micros(micros))
    }

    /// Packs as [`Time::unpack_old`] reads.
    pub fn pack_old(self, fsp: u8, out: &mut Vec<u8>) {
        if fsp == 0 {
            let all = i32::from(self.hour) * 10_000
                + i32::from(self.minute) * 100
                + i32::from(self.second);
            let value = if self.negative { -all } else { all };
            out.extend(value.to_le_bytes().iter().take(3));
        } else {
            let value = self.to_micros() / i64::from(unit(fsp)) + hires_time_offset(fsp);
            push_be(value as u64, hires_len(&HIRES_TIME, fsp), out);
        }
    }
}

/// What MariaDB adds to a TIME: 839 hours in units of the last digit.
fn hires_time_offset(fsp: u8) -> i64 {
    (MAX_TIME_MICROS + 1_000_000) / i64::from(unit(fsp))
}

/// Bytes of MariaDB's own DATETIME formats by fractional digits (`mysql56_temporal_format=OFF`).
const HIRES_DATETIME: [usize; 7] = [8, 6, 6, 7, 7, 7, 8];
/// The same of TIME.
const HIRES_TIME: [usize; 7] = [3, 4, 4, 5, 5, 5, 6];
/// The same of TIMESTAMP: seconds, then the fraction.
const HIRES_TIMESTAMP: [usize; 7] = [4, 5, 5, 6, 6, 7, 7];

fn hires_len(table: &[usize; 7], fsp: u8) -> usize {
    let [.., longest] = *table;
    table.get(usize::from(fsp)).copied().unwrap_or(longest)
}

/// Bytes of an old TIME, DATETIME and TIMESTAMP with that many fractional digits.
pub(crate) fn old_lens(fsp: u8) -> (usize, usize, usize) {
    (
        hires_len(&HIRES_TIME, fsp),
        hires_len(&HIRES_DATETIME, fsp),
        hires_len(&HIRES_TIMESTAMP, fsp),
    )
}

impl DateTime {
    /// Unpacks a `DATETIME(fsp)`.
    pub fn unpack(field: &[u8], fsp: u8) -> Result<DateTime, ValueError> {
        let bytes = take(field, 5 + fraction_len(fsp), "DATETIME")?;
        let (whole, fraction) = bytes.split_at(5);
        let value = be(whole);
        if value >> 39 == 0 {
            return malformed("DATETIME: negative");
        }
        let months = value >> 22 & 0x1_FFFF;
        Ok(DateTime {
            date: Date {
                year: (months / 13) as u16,
                month: (months % 13) as u8,
                day: (value >> 17 & 31) as u8,
            },
            hour: (value >> 12 & 31) as u8,
            minute: (value >> 6 & 63) as u8,
            second: (value & 63) as u8,
            micros: fraction_micros(fraction),
        })
    }

    /// Packs a `DATETIME(fsp)`.
    pub fn pack(self, fsp: u8, out: &mut Vec<u8>) {
        let months = u64::from(self.date.year) * 13 + u64::from(self.date.month);
        let value = 1 << 39
            | months << 22
            | u64::from(self.date.day) << 17
            | u64::from(self.hour) << 12
            | u64::from(self.minute) << 6
            | u64::from(self.second);
        push_be(value, 5, out);
        push_fraction(self.micros, fsp, out);
    }

    /// Unpacks a `DATETIME` of the format before 5.6.4, or of MariaDB's own with a fraction.
    pub fn unpack_old(field: &[u8], fsp: u8) -> Result<DateTime, ValueError> {
        let bytes = take(field, hires_len(&HIRES_DATETIME, fsp), "DATETIME")?;
        if fsp == 0 {
            let value = le(bytes);
            if value > 99_991_231_235_959 {
                return malformed("DATETIME: out of range");
            }
            let (date, time) = (value / 1_000_000, value % 1_000_000);
            return Ok(DateTime {
                date: Date {
                    year: (date / 10_000) as u16,
                    month: (date / 100 % 100) as u8,
                    day: (date % 100) as u8,
                },
                hour: (time / 10_000) as u8,
                minute: (time / 100 % 100) as u8,
                second: (time % 100) as u8,
                micros: 0,
            });
        }
        let mut value = be(bytes);
        let mut next = |base: u64| {
            let part = value % base;
            value /= base;
            part
        };
        let micros = next(1_000_000 / u64::from(unit(fsp))) as u32 * unit(fsp);
        let (second, minute, hour) = (next(60) as u8, next(60) as u8, next(24) as u8);
        let (day, month, year) = (next(32) as u8, next(13) as u8, next(10_000) as u16);
        Ok(DateTime {
            date: Date { year, month, day },
            hour,
            minute,
            second,
            micros,
        })
    }

    /// Packs as [`DateTime::unpack_old`] reads.
    pub fn pack_old(self, fsp: u8, out: &mut Vec<u8>) {
        let date = self.date;
        let (year, month, day) = (
            u64::from(date.year),
            u64::from(date.month),
            u64::from(date.day),
        );
        let (hour, minute) = (u64::from(self.hour), u64::from(self.minute));
        let second = u64::from(self.second);
        if fsp == 0 {
            let value = ((year * 100 + month) * 100 + day) * 1_000_000
                + (hour * 100 + minute) * 100
                + second;
            out.extend_from_slice(&value.to_le_bytes());
        } else {
            let days = (year * 13 + month) * 32 + day;
            let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
            let value =
                seconds * (1_000_000 / u64::from(unit(fsp))) + u64::from(self.micros / unit(fsp));
            push_be(value, hires_len(&HIRES_DATETIME, fsp), out);
        }
    }

    /// Microseconds since 1970-01-01 00:00:00 as if there were no time zones.
    pub fn to_epoch_micros(self) -> i64 {
        let seconds = self.date.to_epoch_days() * 86_400
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second);
        seconds * 1_000_000 + i64::from(self.micros)
    }

    /// The inverse of [`DateTime::to_epoch_micros`].
    pub fn from_epoch_micros(micros: i64) -> DateTime {
        let (seconds, part) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        let of_day = seconds.rem_euclid(86_400);
        DateTime {
            date: Date::from_epoch_days(seconds.div_euclid(86_400)),
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            micros: part as u32,
        }
    }
}

impl Timestamp {
    /// Unpacks a `TIMESTAMP(fsp)`.
    pub fn unpack(field: &[u8], fsp: u8) -> Result<Timestamp, ValueError> {
        let bytes = take(field, 4 + fraction_len(fsp), "TIMESTAMP")?;
        let (whole, fraction) = bytes.split_at(4);
        Ok(Timestamp {
            seconds: be(whole) as u32,
            micros: fraction_micros(fraction),
        })
    }

    /// Packs a `TIMESTAMP(fsp)`.
    pub fn pack(self, fsp: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seconds.to_be_bytes());
        push_fraction(self.micros, fsp, out);
    }

    /// Unpacks a `TIMESTAMP` of the format before 5.6.4, or of MariaDB's own with a fraction.
    pub fn unpack_old(field: &[u8], fsp: u8) -> Result<Timestamp, ValueError> {
        let bytes = take(field, hires_len(&HIRES_TIMESTAMP, fsp), "TIMESTAMP")?;
        let (whole, fraction) = bytes.split_at(4);
        if fsp == 0 {
            return Ok(Timestamp {
                seconds: le(whole) as u32,
                micros: 0,
            });
        }
        Ok(Timestamp {
            seconds: be(whole) as u32,
            micros: be(fraction) as u32 * unit(fsp),
        })
    }

    /// Packs as [`Timestamp::unpack_old`] reads.
    pub fn pack_old(self, fsp: u8, out: &mut Vec<u8>) {
        if fsp == 0 {
            out.extend_from_slice(&self.seconds.to_le_bytes());
        } else {
            out.extend_from_slice(&self.seconds.to_be_bytes());
            let size = hires_len(&HIRES_TIMESTAMP, fsp) - 4;
            push_be(u64::from(self.micros / unit(fsp)), size, out);
        }
    }
}

fn push_two(value: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + value / 10 % 10, b'0' + value % 10]);
}

/// Appends `.` and the first `fsp` digits of the microseconds.
pub fn write_fraction(micros: u32, fsp: u8, out: &mut Vec<u8>) {
    if fsp == 0 {
        return;
    }
    out.push(b'.');
    let mut base = 100_000;
    for _ in 0..fsp.min(6) {
        out.push(b'0' + (micros / base % 10) as u8);
        base /= 10;
    }
}

impl Date {
    /// Appends `YYYY-MM-DD`.
    pub fn write(self, out: &mut Vec<u8>) {
        push_two((self.year / 100) as u8, out);
        push_two((self.year % 100) as u8, out);
        out.push(b'-');
        push_two(self.month, out);
        out.push(b'-');
        push_two(self.day, out);
    }
}

impl Time {
    /// Appends `[-]HH:MM:SS` with the fraction.
    pub fn write(self, fsp: u8, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        if self.hour >= 100 {
            out.push(b'0' + (self.hour / 100 % 10) as u8);
        }
        push_two((self.hour % 100) as u8, out);
        out.push(b':');
        push_two(self.minute, out);
        out.push(b':');
        push_two(self.second, out);
        write_fraction(self.micros, fsp, out);
    }
}

impl DateTime {
    /// Appends `YYYY-MM-DD HH:MM:SS` with the fraction.
    pub fn write(self, fsp: u8, out: &mut Vec<u8>) {
        self.date.write(out);
        out.push(b' ');
        push_two(self.hour, out);
        out.push(b':');
        push_two(self.minute, out);
        out.push(b':');
        push_two(self.second, out);
        write_fraction(self.micros, fsp, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t07_negative_time2_spans_the_fraction() {
        // Images of MySQL 9.7: -00:00:00.000001 as TIME(6), -00:00:00.5 as TIME(1).
        for (fsp, bytes, micros) in [
            (6, &[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF][..], -1),
            (1, &[0x7F, 0xFF, 0xCE], -500_000),
            (0, &[0x7F, 0xFF, 0xFF], -1_000_000),
        ] {
            let bytes = [bytes, if fsp == 1 { &[][..] } else { &[] }].concat();
            let field = if fsp == 1 {
                vec![0x7F, 0xFF, 0xFF, 0xCE]
            } else {
                bytes
            };
            let time = Time::unpack(&field, fsp).unwrap();
            assert_eq!(time.to_micros(), micros);
            let mut out = Vec::new();
            time.pack(fsp, &mut out);
            assert_eq!(out, field);
        }
    }

    #[test]
    fn packed_round_trips() {
        for fsp in 0..=6u8 {
            let unit = i64::from(unit(fsp));
            for micros in [
                0,
                1,
                999_999,
                1_000_000,
                59_999_999,
                45_296_789_012,
                MAX_TIME_MICROS,
            ] {
                for micros in [micros / unit * unit, -(micros / unit * unit)] {
                    let time = Time::from_micros(micros);
                    let (mut new, mut old) = (Vec::new(), Vec::new());
                    time.pack(fsp, &mut new);
                    time.pack_old(fsp, &mut old);
                    assert_eq!(Time::unpack(&new, fsp).unwrap(), time, "{micros} {fsp}");
                    assert_eq!(Time::unpack_old(&old, fsp).unwrap(), time, "{micros} {fsp}");
                    for length in 0..new.len() {
                        assert!(Time::unpack(&new[..length], fsp).is_err());
                    }
                }
            }
        }
    }

    #[test]
    fn civil_days() {
        for (date, days) in [
            ((1970, 1, 1), 0),
            ((2000, 3, 1), 11_017),
            ((1, 1, 1), -719_162),
        ] {
            let date = Date {
                year: date.0,
                month: date.1,
                day: date.2,
            };
            assert_eq!(date.to_epoch_days(), days);
            assert_eq!(Date::from_epoch_days(days), date);
        }
        for days in (-719_162..2_932_896).step_by(97) {
            assert_eq!(Date::from_epoch_days(days).to_epoch_days(), days);
        }
    }
}
