//! What a language's collation changes of the weights it builds on (`generated/tailorings.py` tells the
//! layout): code points with weights of their own, and sequences of code points that weigh as one.

use super::tables::{UnitWeights, read_varint, section, unit_weights};
use std::collections::HashMap;

/// Levels a collation can have.
pub(super) const MAX_LEVELS: usize = 4;

/// Marks the weights of a code point after another.
const CONTEXT: u8 = 0x80;

/// The weights of a tailored collation.
pub(super) struct Tailoring {
    base: Vec<Option<&'static UnitWeights>>,
    /// Weights of changed code points, by level.
    changes: Vec<HashMap<u32, Box<[u16]>>>,
    /// By first code point, longest first.
    sequences: HashMap<u32, Vec<Sequence>>,
    /// Weights by level of a code point after another: previous and own.
    contexts: HashMap<(u32, u32), Vec<Box<[u16]>>>,
}

/// Code points that weigh as one.
struct Sequence {
    /// What follows the first code point.
    rest: Vec<u32>,
    /// By level.
    weights: Vec<Box<[u16]>>,
}

impl Tailoring {
    /// Number of levels.
    pub(super) fn levels(&self) -> usize {
        self.changes.len()
    }

    /// Weight of a space at a level.
    pub(super) fn space(&self, level: usize) -> Option<u32> {
        self.of(0x20, level).first().map(|&unit| unit.into())
    }

    fn of(&self, code: u32, level: usize) -> &[u16] {
        match self.changes.get(level).and_then(|level| level.get(&code)) {
            Some(weights) => weights,
            None => match self.base.get(level) {
                Some(Some(base)) => base.of(code),
                Some(None) | None => &[],
            },
        }
    }

    /// Calls `each` with the weights of a text at one level; `None` in the text is no character.
    pub(super) fn for_each(&self, text: &[Option<u32>], level: usize, mut each: impl FnMut(u16)) {
        let mut rest = text;
        // As in MySQL, a text's later levels go on after its last character.
        let mut previous = text.last().copied().flatten().filter(|_| level > 0);
        while let [first, tail @ ..] = rest {
            rest = tail;
            let Some(code) = *first else {
                each(0xFFFF);
                previous = None;
                continue;
            };
            let before = previous.replace(code).map(|before| (before, code));
            let context = before.and_then(|pair| self.contexts.get(&pair));
            let found = match context {
                Some(weights) => Some(weights),
                None => self.sequence(code, tail).map(|sequence| {
                    rest = tail.get(sequence.rest.len()..).unwrap_or_default();
                    &sequence.weights
                }),
            };
            let weights = match found {
                Some(weights) => weights.get(level).map_or(&[][..], |units| units),
                None => self.of(code, level),
            };
            weights.iter().for_each(|&unit| each(unit));
        }
    }

    /// The longest sequence that begins with a code point and goes on with the text after it.
    fn sequence(&self, code: u32, tail: &[Option<u32>]) -> Option<&Sequence> {
        self.sequences.get(&code)?.iter().find(|sequence| {
            let part = tail.get(..sequence.rest.len());
            part.is_some_and(|part| {
                let mut pairs = part.iter().zip(&sequence.rest);
                pairs.all(|(own, wanted)| *own == Some(*wanted))
            })
        })
    }

    /// The tailoring of that name.
    pub(super) fn read(name: &str) -> Option<Tailoring> {
        let bytes = section(name)?;
        let (&length, rest) = bytes.split_first()?;
        let (base, rest) = rest.split_at_checked(length.into())?;
        let below = std::str::from_utf8(base).ok()?;
        let (&levels, mut rest) = rest.split_first()?;
        let levels = usize::from(levels);
        if levels > MAX_LEVELS {
            return None;
        }
        let base = (1..=levels)
            .map(|level| {
                unit_weights(&format!("{name}.{level}"))
                    .or_else(|| unit_weights(&format!("{below}.{level}")))
                    .or_else(|| unit_weights(below).filter(|_| level == 1))
            })
            .collect();
        let changes = read_changes(&mut rest, levels)?;
        let mut tailoring = Tailoring {
            base,
            changes,
            sequences: HashMap::new(),
            contexts: HashMap::new(),
        };
        tailoring.read_sequences(&mut rest, levels)?;
        rest.is_empty().then_some(tailoring)
    }

    fn read_sequences(&mut self, rest: &mut &[u8], levels: usize) -> Option<()> {
        for _ in 0..read_varint(rest)? {
            let length = read_byte(rest)?;
            let first = read_varint(rest)?;
            let mut tail = Vec::new();
            for _ in 1..length & !CONTEXT {
                tail.push(read_varint(rest)?);
            }
            let mut weights = Vec::with_capacity(levels);
            for _ in 0..levels {
                let count = usize::from(read_byte(rest)?);
                let units = take(rest, count * 2)?.as_chunks::<2>().0;
                weights.push(units.iter().map(|&unit| u16::from_le_bytes(unit)).collect());
            }
            match tail.as_slice() {
                [second] if length & CONTEXT != 0 => {
                    self.contexts.insert((first, *second), weights);
                }
                _ => self.sequences.entry(first).or_default().push(Sequence {
                    rest: tail,
                    weights,
                }),
            }
        }
        for list in self.sequences.values_mut() {
            list.sort_by_key(|sequence| std::cmp::Reverse(sequence.rest.len()));
        }
        Some(())
    }
}

fn read_changes(rest: &mut &[u8], levels: usize) -> Option<Vec<HashMap<u32, Box<[u16]>>>> {
    let count = read_varint(rest)?;
    let mut codes = Vec::new();
    let mut code = 0u32;
    for _ in 0..count {
        code = code.checked_add(read_varint(rest)?)?;
        codes.push(code);
    }
    let mut lengths = Vec::with_capacity(levels);
    for _ in 0..levels {
        lengths.push(take(rest, codes.len())?);
    }
    let mut changes = Vec::with_capacity(levels);
    for lengths in lengths {
        let total = lengths.iter().map(|&length| usize::from(length)).sum();
        let mut differences = take(rest, total)?.iter().zip(take(rest, total)?);
        let mut last = 0u16;
        let mut level = HashMap::with_capacity(codes.len());
        for (&code, &length) in codes.iter().zip(lengths) {
            let mut weights = Vec::with_capacity(length.into());
            for _ in 0..length {
                let (&low, &high) = differences.next()?;
                last = last.wrapping_add(u16::from_le_bytes([low, high]));
                weights.push(last);
            }
            level.insert(code, weights.into_boxed_slice());
        }
        changes.push(level);
    }
    Some(changes)
}

fn read_byte(rest: &mut &[u8]) -> Option<u8> {
    let (&byte, tail) = rest.split_first()?;
    *rest = tail;
    Some(byte)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(taken)
}
