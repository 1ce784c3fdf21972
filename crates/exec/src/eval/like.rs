//! LIKE.

use understudy_base::error::MysqlError;
use understudy_values::charset::Collation;
use understudy_values::collation;
use understudy_values::types::CollationId;

use crate::datum::{Datum, collation_of, common_collation};
use crate::{errors, pack};

enum Part {
    /// One character.
    Char(char),
    /// `_`
    Any,
    /// `%`
    Many,
}

/// Whether `text` matches `pattern`; characters are compared one by one by the collation in force.
pub(super) fn matches(
    text: &Datum,
    pattern: &Datum,
    escape: Option<char>,
) -> Result<bool, MysqlError> {
    let collation = common_collation(collation_of(text), collation_of(pattern))?;
    let (text, pattern) = if collation == CollationId::BINARY {
        let bytes = |d: &Datum| {
            d.to_text()
                .0
                .into_iter()
                .map(char::from)
                .collect::<String>()
        };
        (bytes(text), bytes(pattern))
    } else {
        (text.to_utf8()?, pattern.to_utf8()?)
    };
    let parts = parse(&pattern, escape.unwrap_or('\\'));
    let text: Vec<char> = text.chars().collect();
    let equal = |a: char, b: char| same_character(a, b, collation);
    search(&text, &parts, &equal)
}

/// LIKE of SHOW statements: over UTF-8, without case.
pub(crate) fn like_text(text: &str, pattern: &str) -> Result<bool, MysqlError> {
    let parts = parse(pattern, '\\');
    let text: Vec<char> = text.chars().collect();
    search(&text, &parts, &|a: char, b: char| {
        Ok(a == b || a.to_lowercase().eq(b.to_lowercase()))
    })
}

fn parse(pattern: &str, escape: char) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            c if c == escape => match chars.next() {
                Some(next) => Part::Char(next),
                None => Part::Char(c),
            },
            '_' => Part::Any,
            '%' => Part::Many,
            c => Part::Char(c),
        });
    }
    parts
}

/// Linear matching with one remembered `%`.
fn search(
    text: &[char],
    parts: &[Part],
    equal: &impl Fn(char, char) -> Result<bool, MysqlError>,
) -> Result<bool, MysqlError> {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let here = match (parts.get(p), text.get(t)) {
            (None, None) => return Ok(true),
            (Some(Part::Many), _) => {
                retry = Some((t, p + 1));
                p += 1;
                continue;
            }
            (Some(Part::Any), Some(_)) => true,
            (Some(Part::Char(want)), Some(have)) => equal(*want, *have)?,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if here {
            t += 1;
            p += 1;
            continue;
        }
        match retry {
            Some((at, part)) if at < text.len() => {
                retry = Some((at + 1, part));
                t = at + 1;
                p = part;
            }
            Some(_) | None => return Ok(false),
        }
    }
}

fn same_character(a: char, b: char, id: CollationId) -> Result<bool, MysqlError> {
    if a == b {
        return Ok(true);
    }
    if id == CollationId::BINARY {
        return Ok(false);
    }
    let found = Collation::by_id(id).map_err(|e| errors::value(&e))?;
    if found.name.ends_with("_bin") {
        return Ok(false);
    }
    // Languages tell more or fewer letters apart: Turkish i and I, Latin u and v.
    let plain = ["_general_ci", "_unicode_ci", "_0900_ai_ci", "_swedish_ci"];
    let plain = plain.iter().any(|suffix| {
        let charset = found.name.strip_suffix(suffix);
        charset == Some(found.charset().name)
    });
    if a.is_ascii() && b.is_ascii() && plain {
        return Ok(a.eq_ignore_ascii_case(&b));
    }
    let key = |c: char| -> Result<Vec<u8>, understudy_values::ValueError> {
        let mut utf8 = [0; 4];
        let bytes = c.encode_utf8(&mut utf8).as_bytes();
        let own = pack::convert(bytes, CollationId::UTF8MB4_GENERAL_CI, id)?;
        let mut out = Vec::new();
        collation::push_key(found, &own, &mut out)?;
        Ok(out)
    };
    match (key(a), key(b)) {
        (Ok(a), Ok(b)) => Ok(a == b),
        (Err(e), _) | (_, Err(e)) => Err(errors::value(&e)),
    }
}
