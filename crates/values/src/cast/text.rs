//! Conversion to character and byte strings, ENUM, SET, JSON, UUID and addresses.

use super::number::{shown, to_utf8};
use super::{CastContext, Converted};
use crate::charset::{self, Charset, Collation, Server};
use crate::collation;
use crate::error::ValueError;
use crate::json::parse;
use crate::text::{TextContext, write_text};
use crate::types::{CollationId, ColumnType};
use crate::value::Value;

/// The text of a value in UTF-8 (byte strings as they are).
pub(super) fn utf8_text(
    value: &Value,
    from: &ColumnType,
    context: &CastContext,
) -> Result<Vec<u8>, ValueError> {
    match value {
        Value::Text(bytes) => to_utf8(bytes, from),
        Value::Bytes(bytes) => Ok(bytes.clone()),
        _ => {
            let mut out = Vec::new();
            let text = TextContext {
                time_zone: context.time_zone.clone(),
                results: Charset::by_name("utf8mb4"),
            };
            write_text(from, &from.encode(value)?, &text, &mut out)?;
            Ok(out)
        }
    }
}

/// The character set of a column with characters.
pub(super) fn charset_of(ty: &ColumnType) -> Result<Option<&'static Charset>, ValueError> {
    Ok(match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(Collation::by_id(*collation)?.charset()),
        _ => None,
    })
}

/// Bytes in the target's character set, and the first character that it lacks.
fn transcode(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<(Vec<u8>, Option<ValueError>), ValueError> {
    let target = charset_of(to)?;
    // Bits stay bits in a TEXT or BLOB.
    let bits = match (value, to) {
        (Value::Bit(_), ColumnType::Text { .. } | ColumnType::Blob { .. }) => {
            Some(Value::Bytes(from.encode(value)?))
        }
        _ => None,
    };
    let value = bits.as_ref().unwrap_or(value);
    // Bytes become wide characters from the right: what the first one lacks is zero.
    let padded = match (value, charset_of(from)?, target) {
        (Value::Bytes(bytes), None, Some(target)) => {
            let width = usize::from(target.mbminlen).max(1);
            let lacking = bytes.len().next_multiple_of(width) - bytes.len();
            (lacking > 0).then(|| Value::Bytes([&vec![0; lacking], bytes.as_slice()].concat()))
        }
        _ => None,
    };
    let value = padded.as_ref().unwrap_or(value);
    // An address is its bytes in a byte string.
    let address = match (value, target) {
        (Value::Inet4(address), None) => Some(Value::Bytes(address.to_vec())),
        (Value::Inet6(address) | Value::Uuid(address), None) => {
            Some(Value::Bytes(address.to_vec()))
        }
        _ => None,
    };
    let value = address.as_ref().unwrap_or(value);
    match (value, charset_of(from)?, target) {
        (Value::Text(bytes), Some(source), Some(target)) if source.name != target.name => {
            let mut out = Vec::new();
            charset::convert(source, target, bytes, &mut out)?;
            let bad = first_lost(source, target, bytes)?;
            Ok((out, bad.map(incorrect_string)))
        }
        (Value::Text(bytes) | Value::Bytes(bytes), source, Some(target)) => {
            let bad = match source {
                None => first_invalid(target, bytes)?,
                Some(_) => None,
            };
            match bad {
                None => Ok((bytes.clone(), None)),
                Some(at) if context.server.is_mariadb() => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    Ok((
                        with_question_marks(target, bytes)?,
                        Some(incorrect_string(rest)),
                    ))
                }
                Some(at) => {
                    let (good, rest) = bytes.split_at(at);
                    Ok((good.to_vec(), Some(incorrect_string(rest))))
                }
            }
        }
        (Value::Text(bytes) | Value::Bytes(bytes), _, None) => Ok((bytes.clone(), None)),
        (_, _, target) => {
            let utf8 = match value {
                Value::Bit(bits) => bits.to_string().into_bytes(),
                _ => utf8_text(value, from, context)?,
            };
            let mut out = Vec::new();
            match (target, Charset::by_name("utf8mb4")) {
                (Some(target), Some(utf8mb4)) => {
                    charset::convert(utf8mb4, target, &utf8, &mut out)?
                }
                _ => out = utf8,
            }
            Ok((out, None))
        }
    }
}

/// The text from the first character on that `target` cannot hold.
fn first_lost<'a>(
    source: &'static Charset,
    target: &'static Charset,
    text: &'a [u8],
) -> Result<Option<&'a [u8]>, ValueError> {
    let mut rest = text;
    let mut scratch = Vec::new();
    while !rest.is_empty() {
        let (code, used) = charset::decode(source, rest)?;
        let lost = match code {
            Some(code) => !charset::encode(target, code, &mut scratch)?,
            None => true,
        };
        if lost {
            return Ok(Some(rest));
        }
        scratch.clear();
        rest = rest.get(used.max(1)..).unwrap_or_default();
    }
    Ok(None)
}

/// Where bytes stop being text of a character set.
fn first_invalid(charset: &'static Charset, bytes: &[u8]) -> Result<Option<usize>, ValueError> {
    let mut at = 0;
    while at < bytes.len() {
        let (code, used) = charset::decode(charset, bytes.get(at..).unwrap_or_default())?;
        if code.is_none() {
            return Ok(Some(at));
        }
        at += used.max(1);
    }
    Ok(None)
}

/// MariaDB's copy of bytes into text: a question mark for each that is in no character.
fn with_question_marks(charset: &'static Charset, bytes: &[u8]) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (code, used) = charset::decode(charset, rest)?;
        let width = match code {
            Some(_) => used.max(1),
            None => usize::from(charset.mbminlen).max(1),
        }
        .min(rest.len());
        let (character, tail) = rest.split_at(width);
        match code {
            Some(_) => out.extend_from_slice(character),
            None => charset::convert_utf8("?", charset, &mut out)?,
        }
        rest = tail;
    }
    Ok(out)
}

/// `Incorrect string value: '\xF0\x9F...'`: six bytes at most, those outside ASCII in hexadecimal.
fn incorrect_string(rest: &[u8]) -> ValueError {
    let mut value = String::new();
    for &byte in rest.iter().take(6) {
        if (0x20..0x7F).contains(&byte) {
            value.push(byte.into());
        } else {
            value.push_str(&format!("\\x{byte:02X}"));
        }
    }
    if rest.len() > 6 {
        value.push_str("...");
    }
    ValueError::Incorrect {
        kind: "string",
        value,
    }
}

pub(super) fn convert(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let (text, warning) = transcode(value, from, to, context)?;
    if let (true, Some(warning)) = (context.strict, &warning) {
        return Err(warning.clone());
    }
    let (kept, lost) = fit(&text, to)?;
    let make = |bytes: &[u8]| match charset_of(to) {
        Ok(Some(_)) => Value::Text(bytes.to_vec()),
        Ok(None) | Err(_) => {
            let mut bytes = bytes.to_vec();
            if let ColumnType::Binary { length } = to {
                bytes.resize(*length as usize, 0);
            }
            Value::Bytes(bytes)
        }
    };
    match lost {
        Lost::Nothing => Ok(Converted {
            value: make(kept),
            warning,
        }),
        Lost::Characters => context.lossy(make(kept), ValueError::TooLong),
    }
}

enum Lost {
    Nothing,
    Characters,
}

/// As much of a text as the type holds; trailing spaces may be lost without a word.
fn fit<'a>(text: &'a [u8], to: &ColumnType) -> Result<(&'a [u8], Lost), ValueError> {
    let kept = match (to, charset_of(to)?) {
        (ColumnType::Char { length, .. } | ColumnType::VarChar { length, .. }, Some(charset)) => {
            charset.cut(text, *length as usize)
        }
        (_, Some(charset)) => cut_bytes(charset, text, to.max_bytes()),
        (_, None) => {
            let most = usize::try_from(to.max_bytes()).unwrap_or(usize::MAX);
            text.get(..most).unwrap_or(text)
        }
    };
    let rest = text.get(kept.len()..).unwrap_or_default();
    let only_spaces = charset_of(to)?.is_some() && rest.iter().all(|&byte| byte == b' ');
    Ok(if only_spaces || rest.is_empty() {
        (kept, Lost::Nothing)
    } else {
        (kept, Lost::Characters)
    })
}

/// Whole characters within a number of bytes.
fn cut_bytes<'a>(charset: &Charset, text: &'a [u8], most: u64) -> &'a [u8] {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if text.len() <= most {
        return text;
    }
    let mut at = 0;
    while let length @ 1.. = charset.char_len(text.get(at..).unwrap_or_default()) {
        if at + length > most {
            break;
        }
        at += length;
    }
    text.get(..at).unwrap_or(text)
}

pub(super) fn convert_to_members(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let (members, collation, is_set) = match to {
        ColumnType::Enum { members, collation } => (members, *collation, false),
        ColumnType::Set { members, collation } => (members, *collation, true),
        other => {
            return Err(ValueError::NoConversion {
                from: from.kind(),
                to: other.kind(),
            });
        }
    };
    if let (Value::Enum(0), false) = (value, is_set) {
        return Converted::exact(Value::Enum(0));
    }
    if let Some(bits) = bits_of(value, context) {
        return bits_to_members(bits, members.len(), is_set, context);
    }
    let text = utf8_text(value, from, context)?;
    let find = |part: &[u8]| find_member(members, collation, part);
    // Servers look for a number in the bytes of wide characters.
    let number_unknown = charset_of(from)?.is_some_and(|charset| charset.mbminlen > 1);
    let no_conversion = Err(ValueError::NoConversion {
        from: from.kind(),
        to: to.kind(),
    });
    if !is_set {
        return match find(&text)? {
            Some(index) => Converted::exact(Value::Enum(index as u16 + 1)),
            None if number_unknown => no_conversion,
            None => match number_in(&text).filter(|&index| index <= members.len() as u64) {
                Some(index) => Converted::exact(Value::Enum(index as u16)),
                None => context.lossy(Value::Enum(0), ValueError::Truncated),
            },
        };
    }
    let (mut bits, mut unknown) = (0u64, false);
    if !text.is_empty() {
        for part in text.split(|&byte| byte == b',') {
            match find(part)? {
                Some(index) => bits |= 1 << index,
                None => unknown = true,
            }
        }
    }
    let most = if members.len() >= 64 {
        u64::MAX
    } else {
        (1 << members.len()) - 1
    };
    if unknown && number_unknown {
        return no_conversion;
    }
    match number_in(&text).filter(|&number| unknown && bits == 0 && number <= most) {
        Some(number) => Converted::exact(Value::Set(number)),
        // MariaDB keeps the members that a number too large has.
        None if unknown && bits == 0 && context.server.is_mariadb() => {
            let bits = number_in(&text).unwrap_or(0) & most;
            context.lossy(Value::Set(bits), ValueError::Truncated)
        }
        None if unknown => context.lossy(Value::Set(bits), ValueError::Truncated),
        None => Converted::exact(Value::Set(bits)),
    }
}

/// The number that stands for an ENUM's or SET's members: a BIT, and in MariaDB any number.
fn bits_of(value: &Value, context: &CastContext) -> Option<u64> {
    let rounded = |value: f64| value.round_ties_even() as i64 as u64;
    match value {
        Value::Bit(bits) => Some(*bits),
        _ if !context.server.is_mariadb() => None,
        Value::Int(value) => Some(*value as u64),
        Value::UInt(value) => Some(*value),
        Value::Year(value) => Some((*value).into()),
        Value::Decimal(value) => {
            let whole = value.round(0).0.to_i128()?;
            Some(whole.clamp(i64::MIN.into(), i64::MAX.into()) as u64)
        }
        Value::Float(value) => Some(rounded((*value).into())),
        Value::Double(value) => Some(rounded(*value)),
        _ => None,
    }
}

/// BIT gives the index of an ENUM, or the bits of a SET of which unknown ones are dropped.
fn bits_to_members(
    bits: u64,
    members: usize,
    is_set: bool,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let most = if members >= 64 {
        u64::MAX
    } else {
        (1 << members) - 1
    };
    if is_set {
        let unknown = (bits & !most != 0).then_some(ValueError::Truncated);
        return context.checked(Value::Set(bits & most), unknown);
    }
    match u16::try_from(bits) {
        Ok(index @ 1..) if usize::from(index) <= members => Converted::exact(Value::Enum(index)),
        Ok(_) | Err(_) => context.lossy(Value::Enum(0), ValueError::Truncated),
    }
}

/// A text that is nothing but an unsigned number.
fn number_in(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn find_member(
    members: &[String],
    collation: CollationId,
    text: &[u8],
) -> Result<Option<usize>, ValueError> {
    let own = Collation::by_id(collation)?.charset();
    let text = String::from_utf8_lossy(text);
    let mut wanted = Vec::new();
    charset::convert_utf8(text.trim_end_matches(' '), own, &mut wanted)?;
    for (index, member) in members.iter().enumerate() {
        let mut candidate = Vec::new();
        charset::convert_utf8(member, own, &mut candidate)?;
        if collation::compare(collation, &candidate, &wanted)?.is_eq() {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

pub(super) fn convert_to_json(
    value: &Value,
    from: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let json = match value {
        Value::Json(document) => return Converted::exact(Value::Json(document.clone())),
        Value::Bytes(_) => return Err(ValueError::BinaryJson),
        _ => parse::parse(&utf8_text(value, from, context)?)?,
    };
    let mut document = Vec::new();
    json.encode(&mut document)?;
    Converted::exact(Value::Json(document))
}

/// What is no address becomes NULL, or the address of zeros where the column forbids that.
pub(super) fn convert_to_address(
    value: &Value,
    from: &ColumnType,
    to: &ColumnType,
    context: &CastContext,
) -> Result<Converted, ValueError> {
    let has_mapped = context.server == Server::MariaDb11;
    let mapped = |address: std::net::Ipv4Addr| Value::Inet6(address.to_ipv6_mapped().octets());
    let address = match (value, to) {
        (Value::Bytes(bytes), ColumnType::Inet4) => {
            bytes.as_slice().try_into().ok().map(Value::Inet4)
        }
        (Value::Bytes(bytes), ColumnType::Inet6) => {
            bytes.as_slice().try_into().ok().map(Value::Inet6)
        }
        (Value::Bytes(bytes), _) => bytes.as_slice().try_into().ok().map(Value::Uuid),
        (Value::Inet4(address), ColumnType::Inet6) if has_mapped => Some(mapped((*address).into())),
        (Value::Text(text), _) => {
            let text = String::from_utf8(to_utf8(text, from)?).unwrap_or_default();
            let inet4 = || text.parse::<std::net::Ipv4Addr>().ok();
            match to {
                ColumnType::Inet4 => inet4().map(|address| Value::Inet4(address.octets())),
                ColumnType::Inet6 => text
                    .parse::<std::net::Ipv6Addr>()
                    .ok()
                    .map(|address| Value::Inet6(address.octets()))
                    .or_else(|| inet4().filter(|_| has_mapped).map(mapped)),
                _ => parse_uuid(&text).map(Value::Uuid),
            }
        }
        _ => None,
    };
    if let Some(address) = address {
        return Converted::exact(address);
    }
    let warning = ValueError::Incorrect {
        kind: to.kind(),
        value: shown(&utf8_text(value, from, context)?),
    };
    context.lossy(Value::Null, warning)
}

/// Hexadecimal digits with or without hyphens.
fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|&character| character != '-')
        .map(|character| character.to_digit(16))
        .collect::<Option<_>>()?;
    let mut bytes = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        if let [high, low] = *pair {
            *byte = (high << 4 | low) as u8;
        }
    }
    Some(bytes)
}
