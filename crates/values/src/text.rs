//! Values as the text protocol sends them.

use crate::charset::{self, Charset, Collation};
use crate::decimal::Decimal;
use crate::error::{ValueError, be, le, take};
use crate::float;
use crate::json;
use crate::key::content;
use crate::temporal::zone::TimeZone;
use crate::temporal::{Date, DateTime, Time, Timestamp};
use crate::types::{CollationId, ColumnType, IntSize};

/// What a session's settings contribute to a value's text.
#[derive(Clone, Debug)]
pub struct TextContext {
    /// `@@time_zone`, for TIMESTAMP.
    pub time_zone: TimeZone,
    /// `@@character_set_results`: what text is converted to; `None` leaves it in the column's own
    /// character set, as `SET NAMES binary` and `character_set_results = NULL` do.
    pub results: Option<&'static Charset>,
}

impl TextContext {
    /// UTC, text as stored.
    pub fn raw() -> TextContext {
        TextContext {
            time_zone: TimeZone::UTC,
            results: None,
        }
    }

    fn push_text(
        &self,
        text: &[u8],
        collation: CollationId,
        out: &mut Vec<u8>,
    ) -> Result<(), ValueError> {
        let from = Collation::by_id(collation)?.charset();
        match self.results {
            Some(to) => charset::convert(from, to, text, out),
            None => {
                out.extend_from_slice(text);
                Ok(())
            }
        }
    }

    fn push_utf8(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
        self.push_text(text, CollationId::UTF8MB4_GENERAL_CI, out)
    }
}

/// Appends the text of a packed field that is not NULL.
pub fn write_text(
    ty: &ColumnType,
    field: &[u8],
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match ty {
        ColumnType::Int {
            size,
            unsigned,
            zerofill,
            width,
        } => {
            let start = out.len();
            push_int(read_int(field, *size, *unsigned)?, out);
            if *zerofill {
                pad_zeros(start, width.unwrap_or(0).into(), out);
            }
        }
        ColumnType::Decimal {
            precision,
            scale,
            zerofill,
            ..
        } => {
            let decimal = Decimal::unpack(field, *precision, *scale)?;
            if *zerofill {
                decimal.write_zerofill(*precision, out);
            } else {
                decimal.write(out);
            }
        }
        ColumnType::Float {
            digits, zerofill, ..
        } => {
            let value = f32::from_bits(le(take(field, 4, "FLOAT")?) as u32);
            let start = out.len();
            match digits {
                Some((_, decimals)) => float::write_fixed(value.into(), *decimals, out),
                None => float::write_float(value, out),
            }
            if *zerofill {
                pad_zeros(start, digits.map_or(12, |(width, _)| width).into(), out);
            }
        }
        ColumnType::Double {
            digits, zerofill, ..
        } => {
            let value = f64::from_bits(le(take(field, 8, "DOUBLE")?));
            let start = out.len();
            match digits {
                Some((_, decimals)) => float::write_fixed(value, *decimals, out),
                None => float::write_double(value, out),
            }
            if *zerofill {
                pad_zeros(start, digits.map_or(22, |(width, _)| width).into(), out);
            }
        }
        ColumnType::Bit { bits } => {
            out.extend_from_slice(take(field, usize::from(bits.div_ceil(8)), "BIT")?);
        }
        ColumnType::Date => Date::unpack(field)?.write(out),
        ColumnType::Time { fsp, old } => read_time(field, *fsp, *old)?.write(*fsp, out),
        ColumnType::DateTime { fsp, old } => read_datetime(field, *fsp, *old)?.write(*fsp, out),
        ColumnType::Timestamp { fsp, old } => {
            let stamp = read_timestamp(field, *fsp, *old)?;
            context.time_zone.to_local(stamp).write(*fsp, out);
        }
        ColumnType::Year { width } => write_year(field, *width, out)?,
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => {
            context.push_text(content(ty, field)?, *collation, out)?;
        }
        ColumnType::Binary { length } => {
            let start = out.len();
            out.extend_from_slice(content(ty, field)?);
            out.resize(start + *length as usize, 0);
        }
        ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. } => out.extend_from_slice(content(ty, field)?),
        ColumnType::Enum { members, collation } => {
            let index = read_members(ty, field)?;
            write_enum(members, *collation, index, context, out)?;
        }
        ColumnType::Set { members, collation } => {
            let bits = read_members(ty, field)?;
            write_set(members, *collation, bits, context, out)?;
        }
        ColumnType::Json => {
            let document = content(ty, field)?;
            match context.results {
                None => json::write_text(document, out)?,
                Some(_) => {
                    let mut text = Vec::new();
                    json::write_text(document, &mut text)?;
                    context.push_utf8(&text, out)?;
                }
            }
        }
        ColumnType::Uuid => write_uuid(&padded::<16>(content(ty, field)?)?, out),
        ColumnType::Inet4 => write_inet4(padded(content(ty, field)?)?, out),
        ColumnType::Inet6 => write_inet6(&padded(content(ty, field)?)?, out),
    }
    Ok(())
}

/// An integer field; wide enough for both signs.
pub fn read_int(field: &[u8], size: IntSize, unsigned: bool) -> Result<i128, ValueError> {
    let bytes = take(field, size.bytes(), "integer")?;
    let raw = le(bytes);
    if unsigned {
        return Ok(raw.into());
    }
    let unused = 64 - 8 * bytes.len() as u32;
    Ok(((raw << unused) as i64 >> unused).into())
}

/// A TIME field of either format.
pub fn read_time(field: &[u8], fsp: u8, old: bool) -> Result<Time, ValueError> {
    if old {
        Time::unpack_old(field, fsp)
    } else {
        Time::unpack(field, fsp)
    }
}

/// A DATETIME field of either format.
pub fn read_datetime(field: &[u8], fsp: u8, old: bool) -> Result<DateTime, ValueError> {
    if old {
        DateTime::unpack_old(field, fsp)
    } else {
        DateTime::unpack(field, fsp)
    }
}

/// A TIMESTAMP field of either format.
pub fn read_timestamp(field: &[u8], fsp: u8, old: bool) -> Result<Timestamp, ValueError> {
    if old {
        Timestamp::unpack_old(field, fsp)
    } else {
        Timestamp::unpack(field, fsp)
    }
}

/// The index of an ENUM field or the bits of a SET field.
pub fn read_members(ty: &ColumnType, field: &[u8]) -> Result<u64, ValueError> {
    Ok(le(content(ty, field)?))
}

/// The bits of a BIT field.
pub fn read_bit(field: &[u8], bits: u8) -> Result<u64, ValueError> {
    Ok(be(take(field, usize::from(bits.div_ceil(8)), "BIT")?))
}

/// Appends an integer.
pub fn push_int(value: i128, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [0u8; 39];
    let mut left = value.unsigned_abs();
    let mut count = 0;
    // Integers of columns have 64 bits: the division below is cheap for them.
    for slot in digits.iter_mut().rev() {
        *slot = b'0'
            + if left < 1 << 64 {
                (left as u64 % 10) as u8
            } else {
                (left % 10) as u8
            };
        left = if left < 1 << 64 {
            (left as u64 / 10).into()
        } else {
            left / 10
        };
        count += 1;
        if left == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(digits.len() - count));
}

/// Inserts zeros (before a sign too, as the servers do) to make what follows `start` `width` long.
fn pad_zeros(start: usize, width: usize, out: &mut Vec<u8>) {
    let have = out.len() - start;
    if have < width {
        out.splice(start..start, std::iter::repeat_n(b'0', width - have));
    }
}

fn write_year(field: &[u8], width: u8, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let year = read_year(field)?;
    let start = out.len();
    if width == 2 {
        push_int((year % 100).into(), out);
        pad_zeros(start, 2, out);
    } else {
        push_int(year.into(), out);
        pad_zeros(start, 4, out);
    }
    Ok(())
}

/// A YEAR field: 0 or 1901 to 2155.
pub fn read_year(field: &[u8]) -> Result<u16, ValueError> {
    let byte = le(take(field, 1, "YEAR")?) as u16;
    Ok(if byte == 0 { 0 } else { 1900 + byte })
}

fn write_enum(
    members: &[String],
    collation: CollationId,
    index: u64,
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    if index == 0 {
        return Ok(());
    }
    let member = members
        .get(index as usize - 1)
        .ok_or(ValueError::Malformed {
            what: "ENUM: no member of that index",
        })?;
    push_member(member, collation, context, out)
}

fn write_set(
    members: &[String],
    collation: CollationId,
    bits: u64,
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    if members.len() < 64 && bits >> members.len() != 0 {
        return Err(ValueError::Malformed {
            what: "SET: more bits than members",
        });
    }
    let mut first = true;
    for (index, member) in members.iter().enumerate() {
        if bits >> index & 1 == 1 {
            if !first {
                push_member(",", collation, context, out)?;
            }
            first = false;
            push_member(member, collation, context, out)?;
        }
    }
    Ok(())
}

/// Members are kept in UTF-8; a client that wants no conversion gets them in the column's character set.
fn push_member(
    member: &str,
    collation: CollationId,
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let own = Collation::by_id(collation)?.charset();
    charset::convert_utf8(member, context.results.unwrap_or(own), out)
}

pub(crate) fn padded<const SIZE: usize>(bytes: &[u8]) -> Result<[u8; SIZE], ValueError> {
    let mut array = [0; SIZE];
    let slot = array.get_mut(..bytes.len()).ok_or(ValueError::Malformed {
        what: "UUID or INET: too long",
    })?;
    slot.copy_from_slice(bytes);
    Ok(array)
}

fn write_uuid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| HEX.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend_from_slice(&[digit(byte >> 4), digit(*byte)]);
    }
}

fn write_inet4(bytes: [u8; 4], out: &mut Vec<u8>) {
    for (index, byte) in bytes.into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        push_int(byte.into(), out);
    }
}

/// Like `inet_ntop`: the first longest run of zero groups becomes `::`, even of one group; an address
/// that embeds an IPv4 one ends dotted.
fn write_inet6(bytes: &[u8; 16], out: &mut Vec<u8>) {
    let mut groups = [0u16; 8];
    for (group, pair) in groups.iter_mut().zip(bytes.chunks_exact(2)) {
        *group = be(pair) as u16;
    }
    let (mut best, mut run) = ((0, 0), (0, 0));
    for (index, &group) in groups.iter().enumerate() {
        run = match (group, run) {
            (0, (_, 0)) => (index, 1),
            (0, (start, length)) => (start, length + 1),
            _ => (0, 0),
        };
        if run.1 > best.1 {
            best = run;
        }
    }
    let fifth = groups.get(5).copied().unwrap_or(0);
    let dotted = best.0 == 0 && (best.1 == 6 || (best.1 == 5 && fifth == 0xFFFF));
    let mut index = 0;
    while index < 8 {
        if best.1 > 0 && index == best.0 {
            out.extend_from_slice(b"::");
            index += best.1;
            continue;
        }
        if index > 0 && index != best.0 + best.1 {
            out.push(b':');
        }
        if dotted && index == 6 {
            let [.., a, b, c, d] = *bytes;
            write_inet4([a, b, c, d], out);
            return;
        }
        push_hex(groups.get(index).copied().unwrap_or(0), out);
        index += 1;
    }
}

fn push_hex(value: u16, out: &mut Vec<u8>) {
    let digits = [value >> 12, value >> 8 & 15, value >> 4 & 15, value & 15];
    let leading = digits
        .iter()
        .take(3)
        .take_while(|&&digit| digit == 0)
        .count();
    for &digit in digits.iter().skip(leading) {
        let digit = digit as u8;
        out.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        });
    }
}
