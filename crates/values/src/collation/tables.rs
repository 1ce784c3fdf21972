//! Weight tables, unfolded from files of `generated/` when first used (`generated/weights.py` tells their
//! layout).

use super::special::{Passes, Thai};
use super::tailoring::Tailoring;
use crate::charset::Charset;
use crate::error::le;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

static FILES: [&[u8]; 5] = [
    include_bytes!("../../generated/weights.bin"),
    include_bytes!("../../generated/mysql.bin"),
    include_bytes!("../../generated/both.bin"),
    include_bytes!("../../generated/mariadb.bin"),
    include_bytes!("../../generated/special.bin"),
];
/// No section unfolds to more.
const MAX_SECTION: u64 = 16 << 20;
/// Weight of a code point that the table leaves out.
const OUTSIDE: &[u16] = &[0xFFFD];

/// Weights of the characters of one character set, in bytes.
pub(super) struct ByteWeights {
    /// Weights of single bytes; a byte that is no character weighs itself.
    one: Vec<Vec<u8>>,
    /// Weights of longer characters, by their bytes.
    more: HashMap<u32, Vec<u8>>,
}

/// 16-bit weights of code points, at one level.
pub(super) struct UnitWeights {
    /// Where the weights of a code point begin; one more at the end.
    starts: Vec<u32>,
    units: Vec<u16>,
}

impl ByteWeights {
    /// Weight of a space.
    pub(super) fn space(&self) -> u32 {
        self.one
            .get(0x20)
            .and_then(|weight| weight.first())
            .map_or(0x20, |&byte| byte.into())
    }

    /// Calls `each` with the weights of the bytes of a text, each taken as a character.
    pub(super) fn for_each_byte(&self, text: &[u8], each: impl FnMut(u8)) {
        let weight = |&byte: &u8| self.one.get(usize::from(byte));
        text.iter()
            .filter_map(weight)
            .flatten()
            .copied()
            .for_each(each);
    }

    /// Calls `each` with the bytes of the weights of a text.
    pub(super) fn for_each(&self, charset: &Charset, text: &[u8], mut each: impl FnMut(u8)) {
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let length = charset.char_len(rest).max(1);
            let (character, left) = rest.split_at(length.min(rest.len()));
            rest = left;
            let weight = if character.len() == 1 {
                self.one.get(usize::from(first))
            } else {
                let sequence = character
                    .iter()
                    .fold(0, |all, &byte| all << 8 | u32::from(byte));
                self.more.get(&sequence)
            };
            match weight {
                // GB 18030: a character of several bytes comes after all of one, even if it folds to one.
                Some(weight) if character.len() > 1 && weight.len() == 1 => {
                    [0x80, 0, 0]
                        .iter()
                        .chain(weight)
                        .for_each(|&byte| each(byte));
                }
                None if character.len() == 4 => {
                    let index = gb18030_index(character);
                    index.to_be_bytes().into_iter().for_each(&mut each);
                }
                Some(weight) => weight.iter().for_each(|&byte| each(byte)),
                None => character.iter().for_each(|&byte| each(byte)),
            }
        }
    }

    fn unfold(bytes: &[u8]) -> Option<ByteWeights> {
        let mut rest = bytes;
        let mut weights = ByteWeights {
            one: (0..=255).map(|byte| vec![byte]).collect(),
            more: HashMap::new(),
        };
        let mut sequence = 0u32;
        for _ in 0..read_varint(&mut rest)? {
            sequence = sequence.checked_add(read_varint(&mut rest)?)?;
            let (&length, tail) = rest.split_first()?;
            let (weight, tail) = tail.split_at_checked(length.into())?;
            rest = tail;
            match weights.one.get_mut(sequence as usize) {
                Some(slot) => *slot = weight.to_vec(),
                None => {
                    weights.more.insert(sequence, weight.to_vec());
                }
            }
        }
        Some(weights)
    }
}

/// Weight of a four-byte character of GB 18030 that the table lacks: its number among them.
fn gb18030_index(character: &[u8]) -> u32 {
    match *character {
        [a, b, c, d] => 0xFF00_0000 | crate::charset::gb18030_linear([a, b, c, d]),
        _ => 0xFF00_0000,
    }
}

impl UnitWeights {
    /// Weights of a code point.
    #[inline]
    pub(super) fn of(&self, code: u32) -> &[u16] {
        let at = code as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => self
                .units
                .get(start as usize..end as usize)
                .unwrap_or_default(),
            _ => OUTSIDE,
        }
    }

    /// Weight of a space at this level.
    pub(super) fn space(&self) -> Option<u32> {
        self.of(0x20).first().map(|&unit| unit.into())
    }

    fn unfold(bytes: &[u8]) -> Option<UnitWeights> {
        let (count, rest) = bytes.split_at_checked(4)?;
        let (lengths, mut rest) = rest.split_at_checked(le(count) as usize)?;
        let mut starts = Vec::with_capacity(lengths.len() + 1);
        let mut total = 0u32;
        for &length in lengths {
            starts.push(total);
            total += u32::from(length);
        }
        starts.push(total);
        let mut units = vec![0u16; total as usize];
        for position in 0..lengths.iter().copied().max().unwrap_or(0) {
            let having = lengths.iter().filter(|&&length| length > position).count();
            let (low, tail) = rest.split_at_checked(having)?;
            let (high, tail) = tail.split_at_checked(having)?;
            rest = tail;
            let mut differences = low.iter().zip(high);
            let mut last = 0u16;
            for (&start, &length) in starts.iter().zip(lengths) {
                if length > position {
                    let (&low, &high) = differences.next()?;
                    last = last.wrapping_add(u16::from_le_bytes([low, high]));
                    *units.get_mut(start as usize + usize::from(position))? = last;
                }
            }
        }
        Some(UnitWeights { starts, units })
    }
}

/// The bytes of a section of any file.
pub(super) fn section(name: &str) -> Option<Vec<u8>> {
    let stream = FILES.iter().find_map(|file| stream(file, name))?;
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(stream)
        .take(MAX_SECTION)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

fn stream<'a>(file: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (_, mut rest) = file.split_at_checked(4)?;
    while let Some((&length, tail)) = rest.split_first() {
        let (own, tail) = tail.split_at_checked(length.into())?;
        let (length, tail) = tail.split_at_checked(4)?;
        let (stream, tail) = tail.split_at_checked(le(length) as usize)?;
        rest = tail;
        if own == name.as_bytes() {
            return Some(stream);
        }
    }
    None
}

pub(super) fn read_varint(rest: &mut &[u8]) -> Option<u32> {
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

/// The weights of a collation of a character set of its own; kept for the life of the process.
pub(super) fn byte_weights(name: &str) -> Option<&'static ByteWeights> {
    static KEPT: Mutex<Vec<(String, &'static ByteWeights)>> = Mutex::new(Vec::new());
    kept(&KEPT, name, |bytes| {
        let mut weights = ByteWeights::unfold(bytes)?;
        if let Some(more) = section(&format!("{name}.4")) {
            weights.more.extend(ByteWeights::unfold(&more)?.more);
        }
        Some(weights)
    })
}

/// A level of code point weights; several collations share one, so it is kept by its own name.
pub(super) fn unit_weights(name: &str) -> Option<&'static UnitWeights> {
    static KEPT: Mutex<Vec<(String, &'static UnitWeights)>> = Mutex::new(Vec::new());
    kept(&KEPT, name, UnitWeights::unfold)
}

/// What a language's collation changes; kept by its name.
pub(super) fn tailoring(name: &str) -> Option<&'static Tailoring> {
    static KEPT: Mutex<Vec<(String, &'static Tailoring)>> = Mutex::new(Vec::new());
    kept_as(&KEPT, name, || Tailoring::read(name))
}

/// Weights in passes; kept by the collation's name.
pub(super) fn passes(name: &str) -> Option<&'static Passes> {
    static KEPT: Mutex<Vec<(String, &'static Passes)>> = Mutex::new(Vec::new());
    kept_as(&KEPT, name, || Passes::read(name))
}

/// The tables of Thai.
pub(super) fn thai() -> Option<&'static Thai> {
    static KEPT: Mutex<Vec<(String, &'static Thai)>> = Mutex::new(Vec::new());
    kept_as(&KEPT, "", Thai::read)
}

/// Tables live as long as the process: each is unfolded once and leaked on purpose.
fn kept<T>(
    kept: &Mutex<Vec<(String, &'static T)>>,
    name: &str,
    unfold: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<&'static T> {
    kept_as(kept, name, || unfold(&section(name)?))
}

fn kept_as<T>(
    kept: &Mutex<Vec<(String, &'static T)>>,
    name: &str,
    make: impl FnOnce() -> Option<T>,
) -> Option<&'static T> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, table)) = kept.iter().find(|(own, _)| own == name) {
        return Some(table);
    }
    let table: &'static T = Box::leak(Box::new(make()?));
    kept.push((name.to_owned(), table));
    Some(table)
}
