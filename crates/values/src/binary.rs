//! Values as the binary protocol of prepared statements sends them.

use crate::error::{ValueError, take};
use crate::temporal::{Date, DateTime, Time};
use crate::text::{self, TextContext, write_text};
use crate::types::{ColumnType, IntSize};

/// Appends a packed field that is not NULL in the form of a binary result row.
pub fn write_binary(
    ty: &ColumnType,
    field: &[u8],
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match ty {
        ColumnType::Int { size, unsigned, .. } => {
            let value = text::read_int(field, *size, *unsigned)?.to_le_bytes();
            // MEDIUMINT travels in four bytes.
            let length = if *size == IntSize::Medium {
                4
            } else {
                size.bytes()
            };
            out.extend(value.iter().take(length));
        }
        ColumnType::Float { .. } => out.extend_from_slice(take(field, 4, "FLOAT")?),
        ColumnType::Double { .. } => out.extend_from_slice(take(field, 8, "DOUBLE")?),
        ColumnType::Year { width } => {
            let year = text::read_year(field)?;
            let shown = if *width == 2 { year % 100 } else { year };
            out.extend_from_slice(&shown.to_le_bytes());
        }
        ColumnType::Date => write_date(Date::unpack(field)?, out),
        ColumnType::DateTime { fsp, old } => {
            write_datetime(text::read_datetime(field, *fsp, *old)?, out);
        }
        ColumnType::Timestamp { fsp, old } => {
            let stamp = text::read_timestamp(field, *fsp, *old)?;
            write_datetime(context.time_zone.to_local(stamp), out);
        }
        ColumnType::Time { fsp, old } => write_time(text::read_time(field, *fsp, *old)?, out),
        ColumnType::Decimal { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Char { .. }
        | ColumnType::VarChar { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => {
            let start = out.len();
            // Most are short: leave room for a length of one byte, and make more only where needed.
            out.push(0);
            write_text(ty, field, context, out)?;
            set_length(start, out);
        }
    }
    Ok(())
}

/// Writes the length of what follows `start + 1` into the byte left for it.
fn set_length(start: usize, out: &mut Vec<u8>) {
    let length = (out.len() - start - 1) as u64;
    let bytes = length.to_le_bytes();
    let (first, more) = match length {
        0..=250 => (length as u8, 0),
        251..=0xFFFF => (0xFC, 2),
        0x1_0000..=0xFF_FFFF => (0xFD, 3),
        _ => (0xFE, 8),
    };
    if let Some(slot) = out.get_mut(start) {
        *slot = first;
    }
    out.splice(start + 1..start + 1, bytes.into_iter().take(more));
}

/// Appends a DATE: length, then as many parts as are not zero.
pub fn write_date(date: Date, out: &mut Vec<u8>) {
    if date.is_zero() {
        out.push(0);
    } else {
        out.push(4);
        push_date(date, out);
    }
}

fn push_date(date: Date, out: &mut Vec<u8>) {
    out.extend_from_slice(&date.year.to_le_bytes());
    out.extend_from_slice(&[date.month, date.day]);
}

/// Appends a DATETIME or TIMESTAMP.
pub fn write_datetime(value: DateTime, out: &mut Vec<u8>) {
    let has_time = (value.hour, value.minute, value.second) != (0, 0, 0);
    let length = match (value.micros, has_time, value.date.is_zero()) {
        (1.., _, _) => 11,
        (0, true, _) => 7,
        (0, false, false) => 4,
        (0, false, true) => 0,
    };
    out.push(length);
    if length >= 4 {
        push_date(value.date, out);
    }
    if length >= 7 {
        out.extend_from_slice(&[value.hour, value.minute, value.second]);
    }
    if length == 11 {
        out.extend_from_slice(&value.micros.to_le_bytes());
    }
}

/// Appends a TIME: sign, days, hours, minutes, seconds, microseconds.
pub fn write_time(value: Time, out: &mut Vec<u8>) {
    let is_zero = (value.hour, value.minute, value.second) == (0, 0, 0);
    let length = match (value.micros, is_zero) {
        (1.., _) => 12,
        (0, false) => 8,
        (0, true) => 0,
    };
    out.push(length);
    if length > 0 {
        out.push(value.negative.into());
        out.extend_from_slice(&u32::from(value.hour / 24).to_le_bytes());
        out.extend_from_slice(&[(value.hour % 24) as u8, value.minute, value.second]);
    }
    if length == 12 {
        out.extend_from_slice(&value.micros.to_le_bytes());
    }
}
