//! MySQL's binary JSON.
//!
//! A document is a type byte and a value. Objects and arrays begin with the number of elements and their
//! size in bytes (two bytes each, four in the *large* form), then entries of fixed size that hold small
//! scalars themselves or point to values by their offset from the container's start; an object's keys are
//! sorted by length, then bytes. Partial updates may leave holes.
//!
//! Offsets come from outside: a document whose parts overlap could unfold to any size, so reading counts
//! what it visits and never visits more than the document has bytes. Depth is bounded as in MySQL.
//!
//! [`write_text`] prints from the bytes; [`dom`] is the tree that diffs and conversions work on.

use crate::decimal::Decimal;
use crate::error::{ValueError, le, split, take};
use crate::float;
use crate::temporal::{Date, DateTime, Time};
use crate::text::push_int;
use crate::wire_type::WireType;

pub mod diff;
pub mod dom;
pub mod parse;

/// Deepest nesting of a document, as in MySQL.
pub const MAX_DEPTH: usize = 100;

const SMALL_OBJECT: u8 = 0;
const LARGE_OBJECT: u8 = 1;
const SMALL_ARRAY: u8 = 2;
const LARGE_ARRAY: u8 = 3;
/// Small and large form of a container.
const OBJECT_FORMS: (u8, u8) = (SMALL_OBJECT, LARGE_OBJECT);
const ARRAY_FORMS: (u8, u8) = (SMALL_ARRAY, LARGE_ARRAY);
const LITERAL: u8 = 4;
const INT16: u8 = 5;
const UINT16: u8 = 6;
const INT32: u8 = 7;
const UINT32: u8 = 8;
const INT64: u8 = 9;
const UINT64: u8 = 10;
const DOUBLE: u8 = 11;
const STRING: u8 = 12;
const OPAQUE: u8 = 15;

/// A scalar or container inside a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Double(f64),
    /// UTF-8 text.
    String(&'a [u8]),
    /// A value of a column type.
    Opaque(WireType, &'a [u8]),
    Array(Container<'a>),
    Object(Container<'a>),
}

/// An array or object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container<'a> {
    bytes: &'a [u8],
    large: bool,
    object: bool,
    pub(crate) count: usize,
}

/// What may still be visited of a document.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn of(document: &[u8]) -> Budget {
        Budget(document.len() + 1)
    }

    pub(crate) fn spend(&mut self, bytes: usize) -> Result<(), ValueError> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => bad("JSON: parts overlap"),
        }
    }
}

pub(crate) fn bad<T>(what: &'static str) -> Result<T, ValueError> {
    Err(ValueError::Malformed { what })
}

impl<'a> Node<'a> {
    /// The root of a document. The empty string, which `INSERT IGNORE` and ALTER may leave, is `null`.
    pub(crate) fn root(document: &'a [u8]) -> Result<Node<'a>, ValueError> {
        match document {
            [] => Ok(Node::Null),
            [kind, rest @ ..] => Node::read(*kind, rest),
        }
    }

    fn read(kind: u8, bytes: &'a [u8]) -> Result<Node<'a>, ValueError> {
        let fixed = |size| take(bytes, size, "JSON number").map(le);
        Ok(match kind {
            SMALL_OBJECT | LARGE_OBJECT => {
                Node::Object(Container::read(bytes, kind == LARGE_OBJECT, true)?)
            }
            SMALL_ARRAY | LARGE_ARRAY => {
                Node::Array(Container::read(bytes, kind == LARGE_ARRAY, false)?)
            }
            LITERAL => Node::literal(fixed(1)?)?,
            INT16 => Node::Int((fixed(2)? as i16).into()),
            UINT16 => Node::UInt(fixed(2)?),
            INT32 => Node::Int((fixed(4)? as i32).into()),
            UINT32 => Node::UInt(fixed(4)?),
            INT64 => Node::Int(fixed(8)? as i64),
            UINT64 => Node::UInt(fixed(8)?),
            DOUBLE => Node::Double(f64::from_bits(fixed(8)?)),
            STRING => {
                let (length, rest) = variable_length(bytes)?;
                Node::String(take(rest, length, "JSON string")?)
            }
            OPAQUE => {
                let (kind, rest) = split(bytes, 1, "JSON opaque value")?;
                let (length, rest) = variable_length(rest)?;
                let kind = WireType(le(kind) as u8);
                Node::Opaque(kind, take(rest, length, "JSON opaque value")?)
            }
            _ => return bad("JSON: unknown type of value"),
        })
    }

    fn literal(value: u64) -> Result<Node<'a>, ValueError> {
        match value {
            0 => Ok(Node::Null),
            1 => Ok(Node::Bool(true)),
            2 => Ok(Node::Bool(false)),
            _ => bad("JSON: unknown literal"),
        }
    }
}

impl<'a> Container<'a> {
    fn read(bytes: &'a [u8], large: bool, object: bool) -> Result<Container<'a>, ValueError> {
        let width = if large { 4 } else { 2 };
        let (count, rest) = split(bytes, width, "JSON container")?;
        let size = le(take(rest, width, "JSON container")?) as usize;
        let container = Container {
            bytes: take(bytes, size, "JSON container")?,
            large,
            object,
            count: le(count) as usize,
        };
        let header = container
            .count
            .saturating_mul(container.key_entry() + container.value_entry())
            .saturating_add(2 * width);
        take(container.bytes, header, "JSON container")?;
        Ok(container)
    }

    fn width(&self) -> usize {
        if self.large { 4 } else { 2 }
    }

    fn key_entry(&self) -> usize {
        if self.object { self.width() + 2 } else { 0 }
    }

    fn value_entry(&self) -> usize {
        1 + self.width()
    }

    fn at(&self, offset: usize) -> &'a [u8] {
        self.bytes.get(offset..).unwrap_or_default()
    }

    /// Key of an object's element.
    pub(crate) fn key(&self, index: usize) -> Result<&'a [u8], ValueError> {
        let entry = self.at(2 * self.width() + index * self.key_entry());
        let (offset, rest) = split(entry, self.width(), "JSON key")?;
        let length = le(take(rest, 2, "JSON key")?) as usize;
        take(self.at(le(offset) as usize), length, "JSON key")
    }

    /// Value of an element.
    pub(crate) fn value(&self, index: usize) -> Result<Node<'a>, ValueError> {
        let start = 2 * self.width() + self.count * self.key_entry() + index * self.value_entry();
        let (kind, rest) = split(self.at(start), 1, "JSON element")?;
        let kind = le(kind) as u8;
        let inline = match kind {
            LITERAL | INT16 | UINT16 => true,
            INT32 | UINT32 => self.large,
            _ => false,
        };
        if inline {
            return Node::read(kind, rest);
        }
        let offset = le(take(rest, self.width(), "JSON element")?) as usize;
        if offset < start {
            return bad("JSON: offset points into the header");
        }
        Node::read(kind, self.at(offset))
    }
}

/// A length of 7 bits a byte, the lowest first.
fn variable_length(bytes: &[u8]) -> Result<(usize, &[u8]), ValueError> {
    let mut length = 0usize;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((length, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    bad("JSON: length")
}

/// Appends a document's text, in UTF-8, as `SELECT` shows it.
pub fn write_text(document: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let mut budget = Budget::of(document);
    write_node(Node::root(document)?, 1, &mut budget, out)
}

fn write_node(
    node: Node<'_>,
    depth: usize,
    budget: &mut Budget,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    if depth > MAX_DEPTH + 1 {
        return bad("JSON: nested too deeply");
    }
    budget.spend(1)?;
    match node {
        Node::Null => out.extend_from_slice(b"null"),
        Node::Bool(true) => out.extend_from_slice(b"true"),
        Node::Bool(false) => out.extend_from_slice(b"false"),
        Node::Int(value) => push_int(value.into(), out),
        Node::UInt(value) => push_int(value.into(), out),
        Node::Double(value) => write_double(value, out),
        Node::String(text) => {
            budget.spend(text.len())?;
            write_string(text, out);
        }
        Node::Opaque(kind, bytes) => {
            budget.spend(bytes.len())?;
            write_opaque(kind, bytes, out)?;
        }
        Node::Array(array) => {
            out.push(b'[');
            for index in 0..array.count {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                write_node(array.value(index)?, depth + 1, budget, out)?;
            }
            out.push(b']');
        }
        Node::Object(object) => {
            out.push(b'{');
            for index in 0..object.count {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                let key = object.key(index)?;
                budget.spend(key.len())?;
                write_string(key, out);
                out.extend_from_slice(b": ");
                write_node(object.value(index)?, depth + 1, budget, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// A double always shows that it is one: `1.0`, not `1`.
pub(crate) fn write_double(value: f64, out: &mut Vec<u8>) {
    let start = out.len();
    float::write_double(value, out);
    let written = out.get(start..).unwrap_or_default();
    if written
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'-')
    {
        out.extend_from_slice(b".0");
    }
}

/// Appends a string between quotes.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text {
        let escaped: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            8 => b"\\b",
            9 => b"\\t",
            10 => b"\\n",
            12 => b"\\f",
            13 => b"\\r",
            0..0x20 => {
                let low = HEX.get(usize::from(byte & 15)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), low]);
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(escaped);
    }
    out.push(b'"');
}

/// Appends a value of a column type: DECIMAL as a number, dates and times as strings, all others as base64.
pub(crate) fn write_opaque(
    kind: WireType,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match kind {
        WireType::NEWDECIMAL => {
            decimal(bytes)?.write(out);
            return Ok(());
        }
        WireType::DATE => {
            out.push(b'"');
            datetime(bytes)?.date.write(out);
        }
        WireType::DATETIME | WireType::TIMESTAMP => {
            out.push(b'"');
            datetime(bytes)?.write(6, out);
        }
        WireType::TIME => {
            out.push(b'"');
            time(bytes)?.write(6, out);
        }
        WireType(code) => {
            out.extend_from_slice(b"\"base64:type");
            push_int(code.into(), out);
            out.push(b':');
            write_base64(bytes, out);
        }
    }
    out.push(b'"');
    Ok(())
}

/// A DECIMAL in a document: precision, scale, packed digits.
pub(crate) fn decimal(bytes: &[u8]) -> Result<Decimal, ValueError> {
    let [precision, scale, packed @ ..] = bytes else {
        return bad("JSON: DECIMAL without precision");
    };
    if *precision == 0 || *precision > 81 || scale > precision || *scale > 30 {
        return bad("JSON: DECIMAL with unknown precision");
    }
    Decimal::unpack(packed, *precision, *scale)
}

/// A DATE, DATETIME or TIMESTAMP in a document: the 5.6 packed form in eight bytes.
pub(crate) fn datetime(bytes: &[u8]) -> Result<DateTime, ValueError> {
    let packed = le(take(bytes, 8, "JSON date")?);
    let whole = packed >> 24;
    let months = whole >> 22 & 0x1_FFFF;
    Ok(DateTime {
        date: Date {
            year: (months / 13) as u16,
            month: (months % 13) as u8,
            day: (whole >> 17 & 31) as u8,
        },
        hour: (whole >> 12 & 31) as u8,
        minute: (whole >> 6 & 63) as u8,
        second: (whole & 63) as u8,
        micros: (packed & 0xFF_FFFF) as u32,
    })
}

/// A TIME in a document.
pub(crate) fn time(bytes: &[u8]) -> Result<Time, ValueError> {
    let packed = le(take(bytes, 8, "JSON time")?) as i64;
    let all = packed.unsigned_abs();
    let whole = all >> 24;
    Ok(Time {
        negative: packed < 0,
        hour: (whole >> 12 & 0x3FF) as u16,
        minute: (whole >> 6 & 63) as u8,
        second: (whole & 63) as u8,
        micros: (all & 0xFF_FFFF) as u32,
    })
}

/// Base64 in lines of 76 characters, as the server's encoder breaks them; the breaks are escaped.
fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get((bits & 63) as usize).copied().unwrap_or(b'=');
    for (index, chunk) in bytes.chunks(3).enumerate() {
        if index > 0 && index % 19 == 0 {
            out.extend_from_slice(b"\\n");
        }
        let bits = chunk
            .iter()
            .chain(&[0, 0])
            .take(3)
            .fold(0u32, |bits, &byte| bits << 8 | u32::from(byte));
        let encoded = [
            digit(bits >> 18),
            digit(bits >> 12),
            digit(bits >> 6),
            digit(bits),
        ];
        let used = chunk.len() + 1;
        out.extend_from_slice(encoded.get(..used).unwrap_or_default());
        out.extend(std::iter::repeat_n(b'=', 4 - used));
    }
}
