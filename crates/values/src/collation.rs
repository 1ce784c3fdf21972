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
//! Not covered, and an error that names the collation: languages' own tailorings of UCA collations,
//! `uca1400_nopad_ai_cs`, and the few that compare in several passes or reorder characters (Czech, Thai).
//! MariaDB's `utf8mb4_0900_*`, aliases of its UCA 14 collations under MySQL's numbers, order by UCA 9 here. Contractions do not occur in
//! what is covered, except that MariaDB's `uca1400` has some for Tibetan and Thai that are not made here.

use crate::charset::{Coding, Collation};
use crate::error::ValueError;
use crate::types::CollationId;
use std::cmp::Ordering;
use tables::{ByteWeights, UnitWeights};

mod tables;

/// By what a collation orders.
#[derive(Clone, Copy)]
enum Order {
    /// Bytes.
    Bytes,
    /// Code points, three bytes each.
    CodePoints(Coding),
    /// Weights of the characters of a character set of its own.
    ByteWeights(&'static ByteWeights),
    /// Weights of Unicode code points, at up to three levels.
    UnitWeights(Coding, [Option<&'static UnitWeights>; 3]),
}

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
    const SLOTS: usize = 1 << 12;
    static ORDERS: [std::sync::OnceLock<Option<Order>>; SLOTS] =
        [const { std::sync::OnceLock::new() }; SLOTS];
    let unsupported = ValueError::UnsupportedCollation(collation.name);
    let found = match ORDERS.get(usize::from(collation.id)) {
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
        .name
        .strip_prefix(charset.name)?
        .strip_prefix('_')?;
    let kind = kind.replacen("nopad_", "", 1);
    let unit = tables::unit_weights;
    let one = |name| Some(Order::UnitWeights(coding, [Some(unit(name)?), None, None]));
    match kind.as_str() {
        "bin" | "0900_bin" => Some(match charset.name {
            "ucs2" | "utf16" | "utf16le" | "utf32" => Order::CodePoints(coding),
            _ => Order::Bytes,
        }),
        "unicode_520_ci" => one("unicode_520"),
        "unicode_ci" => one("unicode"),
        "general_ci" if coding.is_unicode() => one("general"),
        "general_mysql500_ci" => one("general_mysql500"),
        "0900_ai_ci" => one("0900.1"),
        "0900_as_ci" => Some(Order::UnitWeights(
            coding,
            [Some(unit("0900.1")?), Some(unit("0900.2")?), None],
        )),
        "0900_as_cs" => Some(Order::UnitWeights(
            coding,
            [
                Some(unit("0900.1")?),
                Some(unit("0900.2")?),
                Some(unit("0900.3")?),
            ],
        )),
        "uca1400_ai_ci" => one("uca1400.1"),
        // Without padding the servers do not compare case as their own WEIGHT_STRING says.
        "uca1400_ai_cs" if !collation.pad_space => None,
        "uca1400_ai_cs" => Some(Order::UnitWeights(
            coding,
            [Some(unit("uca1400.1")?), Some(unit("uca1400.3")?), None],
        )),
        "uca1400_as_ci" => Some(Order::UnitWeights(
            coding,
            [Some(unit("uca1400.1")?), Some(unit("uca1400.2")?), None],
        )),
        "uca1400_as_cs" => Some(Order::UnitWeights(
            coding,
            [
                Some(unit("uca1400.1")?),
                Some(unit("uca1400.2")?),
                Some(unit("uca1400.3")?),
            ],
        )),
        _ => {
            let name = format!("{}_{kind}", charset.name);
            tables::byte_weights(&name).map(Order::ByteWeights)
        }
    }
}
