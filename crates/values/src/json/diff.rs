//! Partial JSON updates: the diffs of a `PARTIAL_UPDATE_ROWS_EVENT`.
//!
//! A field of diffs is a 4-byte length and diffs after one another: operation, path (length, text) and,
//! unless it removes, the new value as a binary document (length, bytes).

use super::dom::Json;
use super::{bad, parse};
use crate::error::{ValueError, le, split, take};

const REPLACE: u8 = 0;
const INSERT: u8 = 1;
const REMOVE: u8 = 2;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// `.key`
    Member(Vec<u8>),
    /// `[index]`
    Cell(usize),
}

/// Applies a field of diffs, as the event has it with its length, to a stored binary document; appends
/// the new document.
pub fn apply(document: &[u8], field: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let mut root = Json::decode(document)?;
    let (length, rest) = split(field, 4, "JSON diff")?;
    let mut rest = take(rest, le(length) as usize, "JSON diff")?;
    while !rest.is_empty() {
        rest = apply_one(&mut root, rest)?;
    }
    if root.depth() > super::MAX_DEPTH {
        return bad("JSON diff: document nested too deeply");
    }
    root.encode(out)
}

/// The same on whole fields: `stored` is a packed JSON field, and so is what is appended.
pub fn apply_to_field(stored: &[u8], diff: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (length, rest) = split(stored, 4, "JSON")?;
    let document = take(rest, le(length) as usize, "JSON")?;
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    apply(document, diff, out)?;
    let length = (out.len() - start - 4) as u32;
    if let Some(slot) = out.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}

fn apply_one<'a>(root: &mut Json, diff: &'a [u8]) -> Result<&'a [u8], ValueError> {
    let (operation, rest) = split(diff, 1, "JSON diff")?;
    let (path, rest) = length_encoded(rest)?;
    let legs = parse_path(path)?;
    let operation = le(operation) as u8;
    if operation == REMOVE {
        remove(root, &legs)?;
        return Ok(rest);
    }
    let (value, rest) = length_encoded(rest)?;
    let value = Json::decode(value)?;
    match operation {
        REPLACE => *seek(root, &legs)? = value,
        INSERT => insert(root, &legs, value)?,
        _ => return bad("JSON diff: unknown operation"),
    }
    Ok(rest)
}

fn length_encoded(bytes: &[u8]) -> Result<(&[u8], &[u8]), ValueError> {
    let (first, rest) = split(bytes, 1, "JSON diff")?;
    let (length, rest) = match first {
        [0xFC] => split(rest, 2, "JSON diff").map(|(length, rest)| (le(length), rest))?,
        [0xFD] => split(rest, 3, "JSON diff").map(|(length, rest)| (le(length), rest))?,
        [0xFE] => split(rest, 8, "JSON diff").map(|(length, rest)| (le(length), rest))?,
        [0xFB | 0xFF] => return bad("JSON diff: length"),
        _ => (le(first), rest),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    split(rest, length, "JSON diff")
}

/// Reads a path of members and cells: `$.a[0]."b c"`.
pub fn parse_path(path: &[u8]) -> Result<Vec<Leg>, ValueError> {
    let [b'$', rest @ ..] = path else {
        return bad("JSON path: does not begin with $");
    };
    let mut rest = rest;
    let mut legs = Vec::new();
    loop {
        match rest {
            [] => return Ok(legs),
            [b'.', b'"', ..] => {
                let quoted = rest.get(1..).unwrap_or_default();
                let (key, used) = parse::string(quoted)?;
                legs.push(Leg::Member(key));
                rest = quoted.get(used..).unwrap_or_default();
            }
            [b'.', tail @ ..] => {
                let length = tail
                    .iter()
                    .take_while(|b| !matches!(b, b'.' | b'['))
                    .count();
                let (key, left) = tail.split_at(length);
                if key.is_empty() {
                    return bad("JSON path: empty key");
                }
                legs.push(Leg::Member(key.to_vec()));
                rest = left;
            }
            [b'[', tail @ ..] => {
                let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (digits, left) = tail.split_at(length);
                let index = std::str::from_utf8(digits)
                    .ok()
                    .and_then(|text| text.parse().ok());
                let (Some(index), [b']', left @ ..]) = (index, left) else {
                    return bad("JSON path: array cell");
                };
                legs.push(Leg::Cell(index));
                rest = left;
            }
            _ => return bad("JSON path: unknown leg"),
        }
    }
}

/// The value at a path. A cell `[0]` of a value that is no array is the value itself.
fn seek<'a>(root: &'a mut Json, legs: &[Leg]) -> Result<&'a mut Json, ValueError> {
    let mut at = root;
    for leg in legs {
        at = match (at, leg) {
            (Json::Array(elements), Leg::Cell(index)) => elements.get_mut(*index).ok_or(MISSING)?,
            (Json::Object(members), Leg::Member(key)) => {
                let index = Json::find_member(members, key).map_err(|_| MISSING)?;
                members
                    .get_mut(index)
                    .map(|(_, value)| value)
                    .ok_or(MISSING)?
            }
            (Json::Array(_), Leg::Member(_)) => return Err(MISSING),
            (other, Leg::Cell(0)) => other,
            (_, Leg::Cell(_) | Leg::Member(_)) => return Err(MISSING),
        };
    }
    Ok(at)
}

const MISSING: ValueError = ValueError::Malformed {
    what: "JSON diff: path not in the stored document",
};

fn insert(root: &mut Json, legs: &[Leg], value: Json) -> Result<(), ValueError> {
    let Some((last, parents)) = legs.split_last() else {
        return bad("JSON diff: inserts at the root");
    };
    match (seek(root, parents)?, last) {
        (Json::Array(elements), Leg::Cell(index)) => {
            elements.insert((*index).min(elements.len()), value);
            Ok(())
        }
        (Json::Object(members), Leg::Member(key)) => {
            Json::set_member(members, key, value);
            Ok(())
        }
        (_, Leg::Cell(_) | Leg::Member(_)) => Err(MISSING),
    }
}

fn remove(root: &mut Json, legs: &[Leg]) -> Result<(), ValueError> {
    let Some((last, parents)) = legs.split_last() else {
        return bad("JSON diff: removes the root");
    };
    match (seek(root, parents)?, last) {
        (Json::Array(elements), Leg::Cell(index)) if *index < elements.len() => {
            elements.remove(*index);
            Ok(())
        }
        (Json::Object(members), Leg::Member(key)) => {
            let index = Json::find_member(members, key).map_err(|_| MISSING)?;
            members.remove(index);
            Ok(())
        }
        (_, Leg::Cell(_) | Leg::Member(_)) => Err(MISSING),
    }
}
