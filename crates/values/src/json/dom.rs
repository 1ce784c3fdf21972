//! JSON documents as trees, and their binary form as MySQL writes it.

use super::{
    ARRAY_FORMS, Budget, Container, DOUBLE, INT16, INT32, INT64, LITERAL, MAX_DEPTH, Node,
    OBJECT_FORMS, OPAQUE, STRING, UINT16, UINT32, UINT64, bad,
};
use crate::error::ValueError;
use crate::wire_type::WireType;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A double.
    Double(f64),
    /// Text.
    String(Vec<u8>),
    /// A value of a column type, with the bytes MySQL keeps for it.
    Opaque(WireType, Vec<u8>),
    /// An array.
    Array(Vec<Json>),
    /// An object, sorted by length of key, then bytes.
    Object(Vec<(Vec<u8>, Json)>),
}

impl Json {
    /// Reads a binary document.
    pub fn decode(document: &[u8]) -> Result<Json, ValueError> {
        let mut budget = Budget::of(document);
        Json::of(Node::root(document)?, 1, &mut budget)
    }

    fn of(node: Node<'_>, depth: usize, budget: &mut Budget) -> Result<Json, ValueError> {
        if depth > MAX_DEPTH + 1 {
            return bad("JSON: nested too deeply");
        }
        budget.spend(1)?;
        Ok(match node {
            Node::Null => Json::Null,
            Node::Bool(value) => Json::Bool(value),
            Node::Int(value) => Json::Int(value),
            Node::UInt(value) => Json::UInt(value),
            Node::Double(value) => Json::Double(value),
            Node::String(text) => {
                budget.spend(text.len())?;
                Json::String(text.to_vec())
            }
            Node::Opaque(kind, bytes) => {
                budget.spend(bytes.len())?;
                Json::Opaque(kind, bytes.to_vec())
            }
            Node::Array(array) => {
                let element = |index| Json::of(array.value(index)?, depth + 1, budget);
                Json::Array((0..array.count).map(element).collect::<Result<_, _>>()?)
            }
            Node::Object(object) => {
                let member = |index| Json::member(&object, index, depth, budget);
                Json::Object((0..object.count).map(member).collect::<Result<_, _>>()?)
            }
        })
    }

    fn member(
        object: &Container<'_>,
        index: usize,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<(Vec<u8>, Json), ValueError> {
        let key = object.key(index)?;
        budget.spend(key.len())?;
        Ok((
            key.to_vec(),
            Json::of(object.value(index)?, depth + 1, budget)?,
        ))
    }

    /// Appends the binary document.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let at = out.len();
        out.push(0);
        let kind = self.encode_value(out)?;
        if let Some(slot) = out.get_mut(at) {
            *slot = kind;
        }
        Ok(())
    }

    /// Appends the value without its type byte, which is returned.
    fn encode_value(&self, out: &mut Vec<u8>) -> Result<u8, ValueError> {
        Ok(match self {
            Json::Null | Json::Bool(_) => {
                out.push(self.literal());
                LITERAL
            }
            Json::Int(value) => {
                if let Ok(value) = i16::try_from(*value) {
                    out.extend_from_slice(&value.to_le_bytes());
                    INT16
                } else if let Ok(value) = i32::try_from(*value) {
                    out.extend_from_slice(&value.to_le_bytes());
                    INT32
                } else {
                    out.extend_from_slice(&value.to_le_bytes());
                    INT64
                }
            }
            Json::UInt(value) => {
                if let Ok(value) = u16::try_from(*value) {
                    out.extend_from_slice(&value.to_le_bytes());
                    UINT16
                } else if let Ok(value) = u32::try_from(*value) {
                    out.extend_from_slice(&value.to_le_bytes());
                    UINT32
                } else {
                    out.extend_from_slice(&value.to_le_bytes());
                    UINT64
                }
            }
            Json::Double(value) => {
                out.extend_from_slice(&value.to_bits().to_le_bytes());
                DOUBLE
            }
            Json::String(text) => {
                push_length(text.len(), out);
                out.extend_from_slice(text);
                STRING
            }
            Json::Opaque(kind, bytes) => {
                out.push(kind.0);
                push_length(bytes.len(), out);
                out.extend_from_slice(bytes);
                OPAQUE
            }
            Json::Array(elements) => {
                let members = elements.iter().map(|value| (None, value));
                encode_either(members, ARRAY_FORMS, out)?
            }
            Json::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| (Some(key.as_slice()), value));
                encode_either(members, OBJECT_FORMS, out)?
            }
        })
    }

    fn literal(&self) -> u8 {
        match self {
            Json::Bool(true) => 1,
            Json::Bool(false) => 2,
            Json::Null
            | Json::Int(_)
            | Json::UInt(_)
            | Json::Double(_)
            | Json::String(_)
            | Json::Opaque(..)
            | Json::Array(_)
            | Json::Object(_) => 0,
        }
    }

    /// The value as it stands in a container's entry, if it is small enough: type and bits.
    fn inline(&self, large: bool) -> Option<(u8, u32)> {
        match self {
            Json::Null | Json::Bool(_) => Some((LITERAL, self.literal().into())),
            Json::Int(value) => match (i16::try_from(*value), i32::try_from(*value)) {
                (Ok(value), _) => Some((INT16, (value as i32 as u32) & mask(large))),
                (_, Ok(value)) if large => Some((INT32, value as u32)),
                _ => None,
            },
            Json::UInt(value) => match (u16::try_from(*value), u32::try_from(*value)) {
                (Ok(value), _) => Some((UINT16, value.into())),
                (_, Ok(value)) if large => Some((UINT32, value)),
                _ => None,
            },
            Json::Double(_)
            | Json::String(_)
            | Json::Opaque(..)
            | Json::Array(_)
            | Json::Object(_) => None,
        }
    }

    /// Inserts or replaces a member of an object; keeps the order of keys.
    pub(crate) fn set_member(members: &mut Vec<(Vec<u8>, Json)>, key: &[u8], value: Json) {
        match Json::find_member(members, key) {
            Ok(index) => {
                if let Some((_, slot)) = members.get_mut(index) {
                    *slot = value;
                }
            }
            Err(index) => members.insert(index, (key.to_vec(), value)),
        }
    }

    /// Where a key is, or where it would be.
    pub(crate) fn find_member(members: &[(Vec<u8>, Json)], key: &[u8]) -> Result<usize, usize> {
        members.binary_search_by(|(other, _)| {
            other
                .len()
                .cmp(&key.len())
                .then_with(|| other.as_slice().cmp(key))
        })
    }

    /// Nesting: 1 for a scalar.
    pub fn depth(&self) -> usize {
        match self {
            Json::Array(elements) => 1 + elements.iter().map(Json::depth).max().unwrap_or(0),
            Json::Object(members) => {
                1 + members
                    .iter()
                    .map(|(_, value)| value.depth())
                    .max()
                    .unwrap_or(0)
            }
            Json::Null
            | Json::Bool(_)
            | Json::Int(_)
            | Json::UInt(_)
            | Json::Double(_)
            | Json::String(_)
            | Json::Opaque(..) => 1,
        }
    }
}

fn mask(large: bool) -> u32 {
    if large { u32::MAX } else { 0xFFFF }
}

fn push_length(length: usize, out: &mut Vec<u8>) {
    let mut left = length;
    while left >= 0x80 {
        out.push((left & 0x7F) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

/// Appends a container, small if it fits, else large; returns its type byte.
fn encode_either<'a>(
    members: impl ExactSizeIterator<Item = (Option<&'a [u8]>, &'a Json)> + Clone,
    (small, large): (u8, u8),
    out: &mut Vec<u8>,
) -> Result<u8, ValueError> {
    let start = out.len();
    if encode_container(members.clone(), false, out)? {
        return Ok(small);
    }
    out.truncate(start);
    if encode_container(members, true, out)? {
        Ok(large)
    } else {
        bad("JSON: document over 4 GiB")
    }
}

/// Appends a container; false if an offset or a count does not fit its form.
fn encode_container<'a>(
    members: impl ExactSizeIterator<Item = (Option<&'a [u8]>, &'a Json)> + Clone,
    large: bool,
    out: &mut Vec<u8>,
) -> Result<bool, ValueError> {
    let (width, limit) = if large {
        (4, u32::MAX as usize)
    } else {
        (2, 0xFFFF)
    };
    let start = out.len();
    let put = |out: &mut Vec<u8>, at: usize, value: usize, width: usize| {
        if let Some(slot) = out.get_mut(at..at + width) {
            slot.copy_from_slice(value.to_le_bytes().get(..width).unwrap_or_default());
        }
    };
    let count = members.len();
    let keys = members.clone().filter(|(key, _)| key.is_some()).count();
    let values_at = start + 2 * width + keys * (width + 2);
    let header_end = values_at + count * (width + 1);
    if count > limit || header_end - start > limit {
        return Ok(false);
    }
    out.resize(header_end, 0);
    put(out, start, count, width);
    for (index, key) in members.clone().filter_map(|(key, _)| key).enumerate() {
        if key.len() > 0xFFFF {
            return bad("JSON: key over 65535 bytes");
        }
        let offset = out.len() - start;
        if offset > limit {
            return Ok(false);
        }
        let entry = start + 2 * width + index * (width + 2);
        put(out, entry, offset, width);
        put(out, entry + width, key.len(), 2);
        out.extend_from_slice(key);
    }
    for (index, (_, value)) in members.enumerate() {
        let entry = values_at + index * (width + 1);
        let (kind, bits) = match value.inline(large) {
            Some((kind, bits)) => (kind, bits as usize),
            None => {
                let offset = out.len() - start;
                if offset > limit {
                    return Ok(false);
                }
                (value.encode_value(out)?, offset)
            }
        };
        put(out, entry, kind.into(), 1);
        put(out, entry + 1, bits, width);
    }
    let size = out.len() - start;
    put(out, start + width, size, width);
    Ok(size <= limit)
}
