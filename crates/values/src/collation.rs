//! The order of text by collation, as bytes that compare like the text.
//!
//! A collation gives each character weights; the key of a text is the weights of its characters one after
//! another, level by level where a collation has several (accents, then case, decide only where the letters
//! are equal). The weights are those of real servers (`generated/weights.py`). Binary collations take the
//! bytes or code points themselves.
//!
//! Under PAD SPACE a text is compared as if it went on with spaces for ever. The key shows that without
//! knowing the other text: each space is followed by how what comes after it compares with spaces (1 less,
//! 2 nothing but spaces: the end, 3 greater), so `a\t` comes before `a`, which equals `a  `. Under NO PAD a
//! zero weight is followed by 1 and the end is a zero weight followed by 0.
//!
//! Some collations are more than weights of characters: sequences that weigh as one (Czech `ch`), tables of
//! languages that change others ([`tailoring`]), and passes over the text or moved characters ([`special`]).

use crate::charset::{Coding, Collation};
use crate::error::ValueError;
use crate::types::CollationId;
use special::{Passes, Thai};
use std::cmp::Ordering;
use tables::{ByteWeights, UnitWeights};
use tailoring::Tailoring;

mod special;
mod tables;
mod tailoring;

/// By what a collation orders.
#[derive(Clone, Copy)]
enum Order {
    /// Bytes.
    Bytes,
    /// Code points, three bytes each.
    CodePoints(Coding),
    /// Weights of the characters of a character set of its own.
    ByteWeights(&'static ByteWeights),
    /// The same weights, of each byte of whatever characters.
    SingleBytes(&'static ByteWeights),
    /// Weights of Unicode code points, at up to three levels.
    UnitWeights(Coding, [Option<&'static UnitWeights>; 3]),
    /// One weight of 24 bits a code point, kept as two of 16.
    WideWeights(Coding, &'static UnitWeights),
    /// A language's weights of Unicode code points and their sequences, at these levels.
    Tailored(Coding, &'static Tailoring, &'static [usize]),
    /// `latin2_czech_cs`.
    CzechWords(&'static Passes),
    /// `cp1250_czech_cs`.
    CzechPasses(&'static Passes),
    /// `tis620_thai_ci`.
    Thai(&'static Thai),
}

/// Levels of `_ai_cs`.
const CASE_WITHOUT_ACCENTS: &[usize] = &[0, 2];

/// Appends the key of `text`: bytes that compare like the text by its collation and end themselves.
pub fn push_key(collation: &Collation, text: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let pad = collation.pad_space;
    match order_of(collation)? {
        Order::Bytes => {
            let mut key = Key::new(1, pad.then_some(0x20), out);
            text.iter().for_each(|&byte| key.push(byte.into()));
            key.end();
        }
        Order::CodePoints(coding) => {
            let mut key = Key::new(3, pad.then_some(0x20), out);
            for_each_char(coding, text, |code, _| key.push(code.unwrap_or(0xFF_FFFF)));
            key.end();
        }
        Order::ByteWeights(weights) => {
            let mut key = Key::new(1, pad.then_some(weights.space()), out);
            weights.for_each(collation.charset(), text, |byte| key.push(byte.into()));
            key.end();
        }
        Order::SingleBytes(weights) => {
            let mut key = Key::new(1, pad.then_some(weights.space()), out);
            weights.for_each_byte(text, |byte| key.push(byte.into()));
            key.end();
        }
        Order::UnitWeights(coding, levels) => {
            for weights in levels.into_iter().flatten() {
                let space = if pad { weights.space() } else { None };
                let mut key = Key::new(2, space, out);
                for_each_char(coding, text, |code, _| match code {
                    Some(code) => weights
                        .of(code)
                        .iter()
                        .for_each(|&unit| key.push(unit.into())),
                    None => key.push(0xFFFF),
                });
                key.end();
            }
        }
        Order::WideWeights(coding, weights) => {
            let wide = |code| {
                let units = weights.of(code).iter();
                units.fold(0, |all, &unit| all << 16 | u32::from(unit))
            };
            let mut key = Key::new(3, pad.then(|| wide(0x20)), out);
            for_each_char(coding, text, |code, _| {
                key.push(code.map_or(0xFF_FFFF, wide))
            });
            key.end();
        }
        Order::Tailored(coding, tailoring, levels) => {
            let mut codes = Vec::with_capacity(text.len());
            for_each_char(coding, text, |code, _| codes.push(code));
            for &level in levels {
                // MariaDB's `uca1400_nopad_ai_cs` pads where it compares case: a mark there weighs like a space.
                let padded = pad || levels == CASE_WITHOUT_ACCENTS && level > 0;
                let space = if padded { tailoring.space(level) } else { None };
                let mut key = Key::new(2, space, out);
                tailoring.for_each(&codes, level, |unit| key.push(unit.into()));
                key.end();
            }
        }
        Order::CzechWords(passes) => passes.push_latin2(text, out),
        Order::CzechPasses(passes) => passes.push_cp1250(text, out),
        Order::Thai(thai) => {
            let mut key = Key::new(1, pad.then_some(0x20), out);
            let sortable = thai.sortable(text);
            // Without padding, MariaDB compares no further than a zero byte there.
            let end = sortable.iter().position(|&byte| byte == 0).filter(|_| !pad);
            let sortable = end.and_then(|end| sortable.get(..end)).unwrap_or(&sortable);
            sortable.iter().for_each(|&byte| key.push(byte.into()));
            key.end();
        }
    }
    Ok(())
}

/// Order of two texts.
pub fn compare(collation: CollationId, a: &[u8], b: &[u8]) -> Result<Ordering, ValueError> {
    let collation = Collation::by_id(collation)?;
    if a == b {
        return Ok(Ordering::Equal);
    }
    let (mut left, mut right) = (
        Vec::with_capacity(a.len() * 3),
        Vec::with_capacity(b.len() * 3),
    );
    push_key(collation, a, &mut left)?;
    push_key(collation, b, &mut right)?;
    Ok(left.cmp(&right))
}

/// Is the order of this collation implemented?
pub fn check_supported(collation: CollationId) -> Result<(), ValueError> {
    order_of(Collation::by_id(collation)?).map(|_| ())
}

fn for_each_char(coding: Coding, text: &[u8], mut each: impl FnMut(Option<u32>, usize)) {
    let mut rest = text;
    while !rest.is_empty() {
        let (code, used) = coding.decode(rest);
        each(code, used);
        rest = rest.get(used.max(1)..).unwrap_or_default();
    }
}

/// Writes weights of `width` bytes.
struct Key<'a> {
    width: usize,
    /// Weight of a space under PAD SPACE.
    space: Option<u32>,
    /// Spaces seen since the last other weight.
    pending: usize,
    out: &'a mut Vec<u8>,
}

impl Key<'_> {
    fn new(width: usize, space: Option<u32>, out: &mut Vec<u8>) -> Key<'_> {
        Key {
            width,
            space,
            pending: 0,
            out,
        }
    }

    #[inline]
    fn write(&mut self, weight: u32) {
        let bytes = weight.to_be_bytes();
        self.out.extend(bytes.iter().skip(4 - self.width));
    }

    #[inline]
    fn push(&mut self, weight: u32) {
        match self.space {
            Some(space) if weight == space => self.pending += 1,
            Some(space) => {
                let rest = if weight < space { 1 } else { 3 };
                for _ in 0..std::mem::take(&mut self.pending) {
                    self.write(space);
                    self.out.push(rest);
                }
                self.write(weight);
            }
            None => {
                self.write(weight);
                if weight == 0 {
                    self.out.push(1);
                }
            }
        }
    }

    fn end(mut self) {
        self.write(self.space.unwrap_or(0));
        self.out.push(if self.space.is_some() { 2 } else { 0 });
    }
}

/// Finds a collation's order once and keeps it.
fn order_of(collation: &Collation) -> Result<Order, ValueError> {
    // Servers' numbers are below 4096; those of aliases follow.
    const SLOTS: usize = 2 << 12;
    static ORDERS: [std::sync::OnceLock<Option<Order>>; SLOTS] =
        [const { std::sync::OnceLock::new() }; SLOTS];
    let unsupported = ValueError::UnsupportedCollation(collation.name);
    let number = usize::from(collation.number());
    let alias = usize::from(collation.number() != collation.id);
    let found = match ORDERS.get(alias << 12 | number) {
        Some(slot) => *slot.get_or_init(|| find_order(collation)),
        None => None,
    };
    found.ok_or(unsupported)
}

fn find_order(collation: &Collation) -> Option<Order> {
    let charset = collation.charset();
    let coding = Coding::of(charset).ok()?;
    if collation.name == "binary" {
        return Some(Order::Bytes);
    }
    let kind = collation
        .weighs_as()
        .strip_prefix(charset.name)?
        .strip_prefix('_')?;
    let kind = kind.replacen("nopad_", "", 1);
    if matches!(kind.as_str(), "bin" | "0900_bin") {
        return Some(match charset.name {
            "ucs2" | "utf16" | "utf16le" | "utf32" => Order::CodePoints(coding),
            _ => Order::Bytes,
        });
    }
    match collation.name {
        "latin2_czech_cs" => return tables::passes(collation.name).map(Order::CzechWords),
        "cp1250_czech_cs" => return tables::passes(collation.name).map(Order::CzechPasses),
        "tis620_thai_ci" | "tis620_thai_nopad_ci" => return tables::thai().map(Order::Thai),
        _ => {}
    }
    if !coding.is_unicode() && kind != "unicode_520_ci" {
        let name = format!("{}_{kind}", charset.name);
        let weights = tables::byte_weights(&name)?;
        // MySQL folds the second bytes of characters as if they were letters; MariaDB does not.
        return Some(
            match collation.name == "euckr_korean_ci" && !collation.is_mariadb_only() {
                true => Order::SingleBytes(weights),
                false => Order::ByteWeights(weights),
            },
        );
    }
    unicode_order(collation, coding, &kind)
}

/// The order of a collation over Unicode; `kind` is its name without character set and padding.
fn unicode_order(collation: &Collation, coding: Coding, kind: &str) -> Option<Order> {
    let unit = tables::unit_weights;
    let one = |name| Some(Order::UnitWeights(coding, [Some(unit(name)?), None, None]));
    let tailored = |name: &str, levels: &'static [usize]| {
        let found = tables::tailoring(name)?;
        let known = levels.last().is_some_and(|&last| last < found.levels());
        known.then_some(Order::Tailored(coding, found, levels))
    };
    match kind {
        "general_ci" => return one("general"),
        "general_mysql500_ci" => return one("general_mysql500"),
        "tolower_ci" => return one("tolower.1"),
        "general1400_as_ci" => return unit("general1400.1").map(|w| Order::WideWeights(coding, w)),
        "unicode_ci" => return one("unicode"),
        "unicode_520_ci" => return one("unicode_520"),
        "thai_520_w2" => return tailored(kind, &[0, 1]),
        "ja_0900_as_cs_ks" => return tailored("ja_0900_ks", &[0, 1, 2, 3]),
        _ => {}
    }
    let levels: [(&str, &'static [usize]); 4] = [
        ("_ai_ci", &[0]),
        ("_ai_cs", CASE_WITHOUT_ACCENTS),
        ("_as_ci", &[0, 1]),
        ("_as_cs", &[0, 1, 2]),
    ];
    let strength = levels.iter().find_map(|&(suffix, levels)| {
        let name = kind.strip_suffix(suffix)?;
        Some((name, levels))
    });
    match strength {
        // Nothing but weights of code points.
        Some(("0900", levels)) => {
            let mut found = [None; 3];
            for (slot, &level) in found.iter_mut().zip(levels) {
                *slot = Some(unit(&format!("0900.{}", level + 1))?);
            }
            Some(Order::UnitWeights(coding, found))
        }
        Some((name, levels)) => tailored(name, levels),
        None => {
            let language = kind.strip_suffix("_ci")?;
            let own = match collation.is_mariadb_only() {
                true => format!("mariadb_{language}"),
                false => language.to_owned(),
            };
            tailored(&own, &[0])
        }
    }
}
