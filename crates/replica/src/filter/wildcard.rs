//! Comparison of names and patterns: `_` is one character, `%` any number, `\` makes the next one ordinary.

use std::borrow::Cow;
use understudy_values::charset::Collation;
use understudy_values::collation;
use understudy_values::types::CollationId;

/// `utf8mb3_general_ci`
const GENERAL_CI: CollationId = CollationId(33);

/// What counts as the same character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// Only itself.
    None,
    /// The other case.
    Lower,
    /// What `utf8mb3_general_ci` says: the other case, with or without accents.
    GeneralCi,
}

impl Folding {
    /// The text with characters that count as the same made the same.
    pub fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Folding::None => Cow::Borrowed(text),
            Folding::Lower => Cow::Owned(text.to_lowercase()),
            Folding::GeneralCi => Cow::Owned(text.chars().map(general_ci).collect()),
        }
    }

    pub fn same(self, a: &str, b: &str) -> bool {
        match self {
            Folding::None => a == b,
            Folding::Lower | Folding::GeneralCi => a == b || self.fold(a) == self.fold(b),
        }
    }
}

/// The character that stands for all of the same weight.
fn general_ci(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let weight = || {
        let collation = Collation::by_id(GENERAL_CI).ok()?;
        let (mut utf8, mut key) = ([0; 4], Vec::new());
        collation::push_key(collation, c.encode_utf8(&mut utf8).as_bytes(), &mut key).ok()?;
        // The key is padded: the first two bytes are the character's weight.
        let (weight, _) = key.split_first_chunk::<2>()?;
        char::from_u32(u32::from(u16::from_be_bytes(*weight)))
    };
    weight().unwrap_or(c)
}

enum Part {
    Char(char),
    Any,
    Many,
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => Part::Char(chars.next().unwrap_or('\\')),
            '_' => Part::Any,
            '%' => Part::Many,
            c => Part::Char(c),
        });
    }
    out
}

/// Whether `text` matches `pattern`; linear, with one remembered `%`.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    let parts = parts(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let step = match (parts.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(Part::Many), _) => {
                retry = Some((t, p + 1));
                p += 1;
                continue;
            }
            (Some(Part::Any), Some(_)) => true,
            (Some(Part::Char(c)), Some(at)) => c == at,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if step {
            (t, p) = (t + 1, p + 1);
            continue;
        }
        match retry {
            Some((start, after)) if start < text.len() => {
                retry = Some((start + 1, after));
                (t, p) = (start + 1, after);
            }
            Some(_) | None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("a.t", "a.t", true),
            ("a.t", "a.%", true),
            ("a.", "a.%", true),
            ("a.", "a.t%", false),
            ("ab.t", "a%.t", true),
            ("a.b.t", "a%.t", true),
            ("a.t1", "a.t_", true),
            ("a.t", "a.t_", false),
            ("a_b.t", r"a\_b.%", true),
            ("axb.t", r"a\_b.%", false),
            ("a%.t", r"a\%.t", true),
            ("ab.t", r"a\%.t", false),
            (r"a.t\", r"a.t\", true),
            ("a.tttu", "%.%tu", true),
            ("", "%", true),
            ("", "", true),
            ("a", "", false),
        ] {
            assert_eq!(matches(text, pattern), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn foldings() {
        assert!(!Folding::None.same("a", "A"));
        assert!(Folding::Lower.same("É", "é") && !Folding::Lower.same("e", "é"));
        assert!(Folding::GeneralCi.same("É", "e") && !Folding::GeneralCi.same("e", "f"));
    }
}
