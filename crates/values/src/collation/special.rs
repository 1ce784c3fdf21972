//! Collations that do not weigh character by character: Czech, in several passes over the text, and Thai,
//! which moves vowels and marks (`generated/special.py` tells the tables' layout).

use super::tables::section;

/// Weights of bytes in several passes.
pub(super) struct Passes {
    /// By pass: 0 is ignored.
    weights: Vec<[u8; 256]>,
    /// Two bytes that weigh as one, and their weights by pass.
    sequences: Vec<([u8; 2], Vec<u8>)>,
}

/// Weight of what separates words in `latin2_czech_cs`.
const WORD_END: u8 = 2;

impl Passes {
    pub(super) fn read(name: &str) -> Option<Passes> {
        let bytes = section(name)?;
        let (&count, mut rest) = bytes.split_first()?;
        let count = usize::from(count);
        let mut weights = Vec::with_capacity(count);
        for _ in 0..count {
            let (table, tail) = rest.split_first_chunk()?;
            weights.push(*table);
            rest = tail;
        }
        let (&number, mut rest) = rest.split_first()?;
        let mut sequences = Vec::new();
        for _ in 0..number {
            let (&pair, tail) = rest.split_first_chunk()?;
            let (own, tail) = tail.split_at_checked(count)?;
            sequences.push((pair, own.to_vec()));
            rest = tail;
        }
        Some(Passes { weights, sequences })
    }

    /// Weight of what begins a text in a pass, and its length.
    fn of(&self, text: &[u8], pass: usize) -> (u8, usize) {
        let double = self
            .sequences
            .iter()
            .find(|(pair, _)| text.starts_with(pair));
        match (double, text.first()) {
            (Some((_, weights)), _) => (weights.get(pass).copied().unwrap_or(0), 2),
            (None, Some(&byte)) => {
                let table = self.weights.get(pass);
                let weight = table.and_then(|table| table.get(usize::from(byte)));
                (weight.copied().unwrap_or(0), 1)
            }
            (None, None) => (0, 0),
        }
    }

    /// Key of `cp1250_czech_cs`: all weights of the first pass, all of the second, the end. Weights of the
    /// first are greater than any of the second.
    pub(super) fn push_cp1250(&self, text: &[u8], out: &mut Vec<u8>) {
        let text = trimmed(text);
        for pass in 0..self.weights.len() {
            let mut rest = text;
            while !rest.is_empty() {
                let (weight, length) = self.of(rest, pass);
                out.push(weight);
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        out.push(0);
    }

    /// Key of `latin2_czech_cs`: each word's weights of the first pass and then of the second, then those of
    /// the whole text in the third and the fourth; 1 ends a pass and 0 the text. Spaces at the end do not
    /// count; several between words are one, except in the last pass.
    pub(super) fn push_latin2(&self, text: &[u8], out: &mut Vec<u8>) {
        // Where the word begins that both first passes read; in the second, where the first goes on.
        let mut kept = 0;
        let (mut pass, mut at) = (0, 0);
        loop {
            let rest = text.get(at..).unwrap_or_default();
            if rest.is_empty() {
                if pass == 3 {
                    out.push(0);
                    return;
                }
                at = if pass == 0 { kept } else { 0 };
                pass += 1;
                out.push(1);
                continue;
            }
            let (weight, length) = self.of(rest, pass);
            at += length;
            match weight {
                0 => {}
                WORD_END => {
                    let spaces = text.get(at..).unwrap_or_default();
                    let run = spaces
                        .iter()
                        .take_while(|&&byte| self.of(&[byte], pass).0 == WORD_END)
                        .count();
                    let last = at + run == text.len();
                    if last || pass < 3 {
                        at += run;
                    }
                    if last {
                        continue;
                    }
                    out.push(weight);
                    match pass {
                        0 => (pass, at, kept) = (1, kept, at),
                        1 => (pass, at, kept) = (0, kept, at),
                        _ => {}
                    }
                }
                _ => out.push(weight),
            }
        }
    }
}

/// Spaces at the end do not count.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [head @ .., b' '] = text {
        text = head;
    }
    text
}

/// Tables of `tis620_thai_ci`.
pub(super) struct Thai {
    weights: [u8; 256],
    /// Changes places with a leading vowel before it.
    consonant: [u8; 256],
    leading_vowel: [u8; 256],
    /// Lowers the weight of the marks after it.
    counts: [u8; 256],
    /// Rank among the marks that move to the end; 0 for other bytes.
    mark: [u8; 256],
}

impl Thai {
    pub(super) fn read() -> Option<Thai> {
        let bytes = section("tis620_thai_ci")?;
        let (tables, rest) = bytes.as_chunks::<256>();
        match (tables, rest) {
            (&[weights, consonant, leading_vowel, counts, mark], []) => Some(Thai {
                weights,
                consonant,
                leading_vowel,
                counts,
                mark,
            }),
            _ => None,
        }
    }

    /// The text as it is compared: consonants before the vowels that are written before them, and at the end
    /// the last mark, by how many characters go before it. Of more marks the servers keep only the number:
    /// for each further one the text's last byte stands before the end.
    pub(super) fn sortable(&self, text: &[u8]) -> Vec<u8> {
        let is =
            |table: &[u8; 256], byte: u8| table.get(usize::from(byte)).is_some_and(|&it| it != 0);
        let of =
            |table: &[u8; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(byte);
        let mut out = Vec::with_capacity(text.len());
        let mut end = None;
        let mut further = 0;
        let mut mark_weight = 0xF8u8;
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            rest = tail;
            match tail {
                [next, tail @ ..]
                    if is(&self.leading_vowel, *byte) && is(&self.consonant, *next) =>
                {
                    out.extend([*next, *byte]);
                    rest = tail;
                }
                _ if is(&self.mark, *byte) => {
                    further += usize::from(end.is_some());
                    end = Some(mark_weight.wrapping_add(of(&self.mark, *byte)));
                }
                _ => {
                    if is(&self.counts, *byte) {
                        mark_weight = mark_weight.wrapping_sub(8);
                    }
                    out.push(of(&self.weights, *byte));
                }
            }
        }
        out.extend(text.last().into_iter().cycle().take(further));
        out.extend(end);
        out
    }
}
