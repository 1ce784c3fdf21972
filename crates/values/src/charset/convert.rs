//! Conversion between character sets, through Unicode code points.
//!
//! The maps of the sets that are not Unicode themselves come from a real server
//! (`generated/conversions.py` tells their layout); one is unfolded when first used.

use super::Charset;
use crate::error::{ValueError, le};
use std::io::Read;
use std::sync::OnceLock;

static CONVERSIONS: &[u8] = include_bytes!("../../generated/conversions.bin");
/// Marks an unused slot of a map.
const NONE: u32 = u32::MAX;
/// What stands for a character that cannot be converted.
const REPLACEMENT: u32 = b'?' as u32;
/// The unfolded maps of one character set are at most this large in the file's streams.
const MAX_STREAM: u64 = 4 << 20;

/// Converts `text` from one character set to another, as the server converts for its clients: a character
/// that the target lacks, and a byte that is no character, becomes `?`.
pub fn convert(
    from: &'static Charset,
    to: &'static Charset,
    text: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let (source, target) = (Coding::of(from)?, Coding::of(to)?);
    let same = match (source, target) {
        (Coding::Binary, _) | (_, Coding::Binary) => true,
        (Coding::Utf8 { mb4: false }, Coding::Utf8 { mb4: true }) => true,
        _ => from.name == to.name,
    };
    if same || (source.is_ascii_based() && target.is_ascii_based() && text.is_ascii()) {
        out.extend_from_slice(text);
        return Ok(());
    }
    out.reserve(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (code, used) = source.decode(rest);
        rest = rest.get(used.max(1)..).unwrap_or_default();
        if !target.encode(code.unwrap_or(REPLACEMENT), out) {
            target.encode(REPLACEMENT, out);
        }
    }
    Ok(())
}

/// Converts UTF-8 to a character set.
pub fn convert_utf8(text: &str, to: &'static Charset, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match Charset::by_name("utf8mb4") {
        Some(utf8mb4) => convert(utf8mb4, to, text.as_bytes(), out),
        None => Err(ValueError::UnsupportedCharset("utf8mb4")),
    }
}

/// The code point at the start of `text` and its length in bytes; `None` for bytes that are no character.
pub fn decode(charset: &'static Charset, text: &[u8]) -> Result<(Option<u32>, usize), ValueError> {
    Ok(Coding::of(charset)?.decode(text))
}

/// Appends a code point; false (and nothing appended) where the character set lacks it.
pub fn encode(charset: &'static Charset, code: u32, out: &mut Vec<u8>) -> Result<bool, ValueError> {
    Ok(Coding::of(charset)?.encode(code, out))
}

/// How a character set codes Unicode.
#[derive(Clone, Copy)]
pub(crate) enum Coding {
    /// Bytes without meaning.
    Binary,
    Utf8 {
        mb4: bool,
    },
    Ucs2,
    Utf16 {
        little: bool,
    },
    Utf32,
    Mapped(&'static Map),
}

impl Coding {
    pub(crate) fn of(charset: &'static Charset) -> Result<Coding, ValueError> {
        Ok(match charset.name {
            "binary" => Coding::Binary,
            "utf8mb4" => Coding::Utf8 { mb4: true },
            "utf8mb3" => Coding::Utf8 { mb4: false },
            "ucs2" => Coding::Ucs2,
            "utf16" => Coding::Utf16 { little: false },
            "utf16le" => Coding::Utf16 { little: true },
            "utf32" => Coding::Utf32,
            name => Coding::Mapped(Map::of(name)?),
        })
    }

    fn is_ascii_based(self) -> bool {
        match self {
            Coding::Utf8 { .. } => true,
            Coding::Mapped(map) => map.ascii_based,
            Coding::Binary | Coding::Ucs2 | Coding::Utf16 { .. } | Coding::Utf32 => false,
        }
    }

    /// Does it code all of Unicode (or its first plane)?
    pub(crate) fn is_unicode(self) -> bool {
        match self {
            Coding::Utf8 { .. } | Coding::Ucs2 | Coding::Utf16 { .. } | Coding::Utf32 => true,
            Coding::Binary | Coding::Mapped(_) => false,
        }
    }

    #[inline]
    pub(crate) fn decode(self, text: &[u8]) -> (Option<u32>, usize) {
        match self {
            Coding::Binary => (text.first().map(|&byte| byte.into()), 1),
            Coding::Utf8 { mb4 } => decode_utf8(text, mb4),
            Coding::Ucs2 => match text {
                [a, b, ..] => (Some(u32::from(u16::from_be_bytes([*a, *b]))), 2),
                _ => (None, text.len()),
            },
            Coding::Utf16 { little } => decode_utf16(text, little),
            Coding::Utf32 => match text {
                [a, b, c, d, ..] => {
                    let code = u32::from_be_bytes([*a, *b, *c, *d]);
                    (Some(code).filter(|&code| code <= 0x10_FFFF), 4)
                }
                _ => (None, text.len()),
            },
            Coding::Mapped(map) => map.decode(text),
        }
    }

    fn encode(self, code: u32, out: &mut Vec<u8>) -> bool {
        match self {
            Coding::Binary => match u8::try_from(code) {
                Ok(byte) => out.push(byte),
                Err(_) => return false,
            },
            Coding::Utf8 { mb4 } => return encode_utf8(code, mb4, out),
            Coding::Ucs2 => match u16::try_from(code) {
                Ok(unit) => out.extend_from_slice(&unit.to_be_bytes()),
                Err(_) => return false,
            },
            Coding::Utf16 { little } => {
                let (units, count) = match u16::try_from(code) {
                    Ok(unit) => ([unit, 0], 1),
                    Err(_) => {
                        let rest = code - 0x1_0000;
                        (
                            [0xD800 | (rest >> 10) as u16, 0xDC00 | (rest & 0x3FF) as u16],
                            2,
                        )
                    }
                };
                for unit in units.into_iter().take(count) {
                    let bytes = if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    };
                    out.extend_from_slice(&bytes);
                }
            }
            Coding::Utf32 => out.extend_from_slice(&code.to_be_bytes()),
            Coding::Mapped(map) => return map.encode(code, out),
        }
        true
    }
}

pub(crate) fn decode_utf8(text: &[u8], mb4: bool) -> (Option<u32>, usize) {
    let tail = |byte: &u8| byte & 0xC0 == 0x80;
    let bits = |byte: &u8| u32::from(byte & 0x3F);
    match text {
        [a @ 0..=0x7F, ..] => (Some((*a).into()), 1),
        [a @ 0xC2..=0xDF, b, ..] if tail(b) => (Some(u32::from(a & 0x1F) << 6 | bits(b)), 2),
        [a @ 0xE0..=0xEF, b, c, ..] if tail(b) && tail(c) => {
            let code = u32::from(a & 15) << 12 | bits(b) << 6 | bits(c);
            if code < 0x800 || (0xD800..0xE000).contains(&code) {
                (None, 1)
            } else {
                (Some(code), 3)
            }
        }
        [a @ 0xF0..=0xF4, b, c, d, ..] if mb4 && tail(b) && tail(c) && tail(d) => {
            let code = u32::from(a & 7) << 18 | bits(b) << 12 | bits(c) << 6 | bits(d);
            if (0x1_0000..=0x10_FFFF).contains(&code) {
                (Some(code), 4)
            } else {
                (None, 1)
            }
        }
        _ => (None, 1),
    }
}

fn encode_utf8(code: u32, mb4: bool, out: &mut Vec<u8>) -> bool {
    match char::from_u32(code) {
        Some(character) if mb4 || code <= 0xFFFF => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            true
        }
        _ => false,
    }
}

fn decode_utf16(text: &[u8], little: bool) -> (Option<u32>, usize) {
    let unit = |a: u8, b: u8| {
        u32::from(if little {
            u16::from_le_bytes([a, b])
        } else {
            u16::from_be_bytes([a, b])
        })
    };
    let [a, b, rest @ ..] = text else {
        return (None, text.len());
    };
    let first = unit(*a, *b);
    match (first, rest) {
        (0xD800..0xDC00, [c, d, ..]) if (0xDC00..0xE000).contains(&unit(*c, *d)) => {
            let code = 0x1_0000 + ((first & 0x3FF) << 10 | unit(*c, *d) & 0x3FF);
            (Some(code), 4)
        }
        (0xD800..0xE000, _) => (None, 2),
        _ => (Some(first), 2),
    }
}

/// The map of a character set, unfolded.
pub(crate) struct Map {
    /// Code points of single bytes.
    one: Vec<u32>,
    /// Code points of two bytes; empty if there are none.
    two: Vec<u32>,
    /// Code points of two bytes after 8F; empty if there are none.
    three: Vec<u32>,
    /// Code points of GB 18030's four bytes, by their linear number.
    four: Vec<u32>,
    /// Byte sequences of the code points below 10000.
    back: Vec<u32>,
    ascii_based: bool,
}

/// Linear number of GB 18030's code for U+10000.
const SUPPLEMENTARY: u32 = 189_000;

impl Map {
    fn of(name: &'static str) -> Result<&'static Map, ValueError> {
        static MAPS: [OnceLock<Option<Map>>; 64] = [const { OnceLock::new() }; 64];
        let missing = ValueError::UnsupportedCharset(name);
        let Some((index, stream)) = find(name) else {
            return Err(missing);
        };
        let Some(slot) = MAPS.get(index) else {
            return Err(missing);
        };
        slot.get_or_init(|| Map::unfold(stream))
            .as_ref()
            .ok_or(missing)
    }

    fn unfold(stream: &[u8]) -> Option<Map> {
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(stream)
            .take(MAX_STREAM)
            .read_to_end(&mut bytes)
            .ok()?;
        let mut rest = bytes.as_slice();
        let forward = read_pairs(&mut rest)?;
        let exceptions = read_pairs(&mut rest)?;
        let mut map = Map {
            one: vec![NONE; 256],
            two: Vec::new(),
            three: Vec::new(),
            four: Vec::new(),
            back: vec![NONE; 0x1_0000],
            ascii_based: false,
        };
        for &(sequence, code) in &forward {
            let (table, size, index) = match sequence {
                0..=0xFF => (&mut map.one, 256, sequence),
                0x100..=0xFFFF => (&mut map.two, 0x1_0000, sequence),
                0x1_0000..=0xFF_FFFF => (&mut map.three, 0x1_0000, sequence & 0xFFFF),
                _ => (&mut map.four, 39_420, linear(sequence.to_be_bytes())),
            };
            if table.is_empty() {
                table.resize(size, NONE);
            }
            *table.get_mut(index as usize)? = code;
            let back = map.back.get_mut(code as usize)?;
            if *back == NONE {
                *back = sequence;
            }
        }
        for &(code, sequence) in &exceptions {
            *map.back.get_mut(code as usize)? = sequence;
        }
        map.ascii_based = map
            .one
            .iter()
            .zip(0..0x80)
            .all(|(&code, byte)| code == byte);
        Some(map)
    }

    fn decode(&self, text: &[u8]) -> (Option<u32>, usize) {
        let lookup = |table: &[u32], index: u32| {
            table
                .get(index as usize)
                .copied()
                .filter(|&code| code != NONE)
        };
        let [a, rest @ ..] = text else {
            return (None, 0);
        };
        if let Some(code) = lookup(&self.one, (*a).into()) {
            return (Some(code), 1);
        }
        let [b, rest @ ..] = rest else {
            return (None, 1);
        };
        let pair = u32::from(*a) << 8 | u32::from(*b);
        if let Some(code) = lookup(&self.two, pair) {
            return (Some(code), 2);
        }
        match rest {
            [c, ..] if *a == 0x8F && !self.three.is_empty() => {
                let index = u32::from(*b) << 8 | u32::from(*c);
                (lookup(&self.three, index), 3)
            }
            [c @ 0x81..=0xFE, d @ 0x30..=0x39, ..]
                if !self.four.is_empty() && *a > 0x80 && b.is_ascii_digit() =>
            {
                let index = linear([*a, *b, *c, *d]);
                let code = lookup(&self.four, index).or_else(|| {
                    let code = index.checked_sub(SUPPLEMENTARY)? + 0x1_0000;
                    (code <= 0x10_FFFF).then_some(code)
                });
                (code, 4)
            }
            _ if !self.two.is_empty() && *a > 0x80 && *b >= 0x40 => (None, 2),
            _ => (None, 1),
        }
    }

    fn encode(&self, code: u32, out: &mut Vec<u8>) -> bool {
        let sequence = match self.back.get(code as usize) {
            Some(&sequence) => sequence,
            None if !self.four.is_empty() => sequence_of(code - 0x1_0000 + SUPPLEMENTARY),
            None => NONE,
        };
        if sequence == NONE {
            return false;
        }
        let size = match sequence {
            0..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFF_FFFF => 3,
            _ => 4,
        };
        out.extend(sequence.to_be_bytes().iter().skip(4 - size));
        true
    }
}

/// Linear number of four bytes of GB 18030.
pub(crate) fn linear([a, b, c, d]: [u8; 4]) -> u32 {
    let part = |byte: u8, first: u8| u32::from(byte.saturating_sub(first));
    ((part(a, 0x81) * 10 + part(b, 0x30)) * 126 + part(c, 0x81)) * 10 + part(d, 0x30)
}

/// The four bytes of a linear number.
fn sequence_of(index: u32) -> u32 {
    let (index, d) = (index / 10, index % 10);
    let (index, c) = (index / 126, index % 126);
    let (a, b) = (index / 10, index % 10);
    (0x81 + a) << 24 | (0x30 + b) << 16 | (0x81 + c) << 8 | (0x30 + d)
}

/// A character set's number and stream in the file.
fn find(name: &str) -> Option<(usize, &'static [u8])> {
    let (_, mut rest) = CONVERSIONS.split_at_checked(4)?;
    for index in 0.. {
        let (&length, tail) = rest.split_first()?;
        let (own, tail) = tail.split_at_checked(length.into())?;
        let (length, tail) = tail.split_at_checked(4)?;
        let (stream, tail) = tail.split_at_checked(le(length) as usize)?;
        if own == name.as_bytes() {
            return Some((index, stream));
        }
        rest = tail;
    }
    None
}

fn read_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn read_pairs(rest: &mut &[u8]) -> Option<Vec<(u32, u32)>> {
    let count = read_varint(rest)?;
    let mut pairs = Vec::new();
    let (mut key, mut expected) = (0u32, 0u32);
    for _ in 0..count {
        key = key.wrapping_add(read_varint(rest)?);
        let zigzag = read_varint64(rest)?;
        let difference = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        let value = (i64::from(expected) + difference) as u32;
        expected = value.wrapping_add(1);
        pairs.push((key, value));
    }
    Some(pairs)
}

fn read_varint64(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..42).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::Server;

    fn converted(from: &str, to: &str, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let (from, to) = (
            Charset::by_name(from).unwrap(),
            Charset::by_name(to).unwrap(),
        );
        convert(from, to, text, &mut out).unwrap();
        out
    }

    #[test]
    fn t09_conversions_as_the_server_makes_them() {
        // Recorded from MySQL 9.7: CONVERT(_from X'..' USING to).
        for (from, to, text, expected) in [
            (
                "latin1",
                "utf8mb4",
                &b"\xE4\x80\x81"[..],
                "ä€\u{81}".as_bytes(),
            ),
            ("utf8mb4", "latin1", "ä€あ".as_bytes(), b"\xE4\x80?"),
            ("gbk", "utf8mb4", b"\xC4\xE3\xBA\xC3", "你好".as_bytes()),
            ("utf8mb4", "gbk", "你好😀".as_bytes(), b"\xC4\xE3\xBA\xC3?"),
            ("cp932", "utf8mb4", b"\x82\xA0\xB1", "あｱ".as_bytes()),
            (
                "ujis",
                "utf8mb4",
                b"\xA4\xA2\x8E\xB1\x8F\xB0\xA1",
                "あｱ丂".as_bytes(),
            ),
            (
                "utf8mb4",
                "gb18030",
                "ä😀".as_bytes(),
                b"\x81\x30\x8A\x31\x94\x39\xFC\x36",
            ),
            ("gb18030", "utf8mb4", b"\x94\x39\xFC\x36", "😀".as_bytes()),
            ("utf8mb4", "utf8mb3", "a😀".as_bytes(), b"a?"),
            ("utf8mb4", "utf16", "a😀".as_bytes(), b"\0a\xD8\x3D\xDE\0"),
            ("utf16le", "utf8mb4", b"a\0\x3D\xD8\0\xDE", "a😀".as_bytes()),
            ("utf8mb4", "ucs2", "ä😀".as_bytes(), b"\0\xE4\0?"),
            ("utf32", "utf8mb4", b"\0\x01\xF6\0", "😀".as_bytes()),
            ("swe7", "utf8mb4", b"[]{", "ÄÅä".as_bytes()),
            ("binary", "utf8mb4", b"\xFF", b"\xFF"),
            ("utf8mb4", "latin1", b"a\xFFb", b"a?b"),
        ] {
            assert_eq!(converted(from, to, text), expected, "{from} to {to}");
        }
    }

    #[test]
    fn every_character_set_converts() {
        for charset in Charset::all(Server::MySql8) {
            let there = converted("utf8mb4", charset.name, b"Abc 123");
            assert_eq!(converted(charset.name, "utf8mb4", &there), b"Abc 123");
        }
    }
}
