//! Memory-comparable keys: byte strings that compare like the values.
//!
//! Each part begins with a byte that says NULL (0, NULLs come first as in MySQL) or not (1). Numbers and
//! temporal values follow big-endian with the sign bit turned; byte strings are escaped (`00` as `00 FF`)
//! and end with `00 00`, so that a shorter one comes first and parts can be concatenated. Text compared by
//! a collation is written as its weights ([`crate::collation`]). A descending part has all bits inverted.

use crate::charset::Collation;
use crate::collation;
use crate::error::{ValueError, le, split, take};
use crate::types::{CollationId, ColumnType, IntSize};

/// By what text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOrder {
    /// By its bytes: exact, for finding rows again.
    Bytes,
    /// By the column's collation: for unique keys and ORDER BY.
    Collation,
}

/// Appends one key part.
///
/// `field` is the packed field, `None` for NULL. `prefix` is the key part's length, in characters for
/// character types and in bytes for binary ones.
pub fn encode(
    ty: &ColumnType,
    field: Option<&[u8]>,
    prefix: Option<u32>,
    descending: bool,
    order: TextOrder,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let start = out.len();
    match field {
        None => out.push(0),
        Some(field) => {
            out.push(1);
            encode_value(ty, field, prefix, order, out)?;
        }
    }
    if descending {
        for byte in out.iter_mut().skip(start) {
            *byte = !*byte;
        }
    }
    Ok(())
}

/// Order of two packed fields of a type, NULL first.
pub fn compare(
    ty: &ColumnType,
    a: Option<&[u8]>,
    b: Option<&[u8]>,
    order: TextOrder,
) -> Result<std::cmp::Ordering, ValueError> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    encode(ty, a, None, false, order, &mut left)?;
    encode(ty, b, None, false, order, &mut right)?;
    Ok(left.cmp(&right))
}

fn encode_value(
    ty: &ColumnType,
    field: &[u8],
    prefix: Option<u32>,
    order: TextOrder,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match ty {
        ColumnType::Int { size, unsigned, .. } => {
            let bytes = take(field, size.bytes(), "integer")?;
            push_reversed(bytes, !unsigned, out);
        }
        ColumnType::Float { .. } => {
            let bits = le(take(field, 4, "FLOAT")?) as u32;
            let bits = if bits == 1 << 31 { 0 } else { bits };
            let ordered = if bits >> 31 == 1 {
                !bits
            } else {
                bits | 1 << 31
            };
            out.extend_from_slice(&ordered.to_be_bytes());
        }
        ColumnType::Double { .. } => {
            let bits = le(take(field, 8, "DOUBLE")?);
            let bits = if bits == 1 << 63 { 0 } else { bits };
            let ordered = if bits >> 63 == 1 {
                !bits
            } else {
                bits | 1 << 63
            };
            out.extend_from_slice(&ordered.to_be_bytes());
        }
        ColumnType::Date
        | ColumnType::DateTime { fsp: 0, old: true }
        | ColumnType::Timestamp { fsp: 0, old: true } => {
            let packing = ty.wire().packing()?;
            push_reversed(take(field, packing.len(field)?, "date")?, false, out);
        }
        ColumnType::Time { fsp: 0, old: true } => {
            push_reversed(take(field, 3, "TIME")?, true, out);
        }
        ColumnType::Decimal { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. } => {
            // Packed so that bytes compare like the values already.
            let packing = ty.wire().packing()?;
            out.extend_from_slice(take(field, packing.len(field)?, "field")?);
        }
        ColumnType::Enum { .. } | ColumnType::Set { .. } => {
            let packing = ty.wire().packing()?;
            push_reversed(take(field, packing.len(field)?, "ENUM or SET")?, false, out);
        }
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => {
            let text = content(ty, field)?;
            push_text(text, *collation, prefix, order, out)?;
        }
        ColumnType::Binary { .. } => {
            let mut bytes = cut(content(ty, field)?, prefix);
            while let [head @ .., 0] = bytes {
                bytes = head;
            }
            push_escaped(bytes, out);
        }
        ColumnType::Uuid | ColumnType::Inet4 | ColumnType::Inet6 => {
            push_padded(content(ty, field)?, ty, out);
        }
        ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. } => push_escaped(cut(content(ty, field)?, prefix), out),
    }
    Ok(())
}

/// The bytes of a field that has a length prefix, without it.
pub(crate) fn content<'a>(ty: &ColumnType, field: &'a [u8]) -> Result<&'a [u8], ValueError> {
    match ty.wire().packing()? {
        crate::wire_type::Packing::Fixed(length) => take(field, length, "field"),
        crate::wire_type::Packing::Prefixed(size) => {
            let (prefix, rest) = split(field, size, "field length")?;
            take(rest, le(prefix) as usize, "field")
        }
    }
}

fn push_reversed(bytes: &[u8], signed: bool, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend(bytes.iter().rev());
    if let (true, Some(first)) = (signed, out.get_mut(start)) {
        *first ^= 0x80;
    }
}

/// Fixed-size types whose image drops trailing zero bytes.
fn push_padded(bytes: &[u8], ty: &ColumnType, out: &mut Vec<u8>) {
    let size = if matches!(ty, ColumnType::Inet4) {
        4
    } else {
        16
    };
    let start = out.len();
    out.extend_from_slice(bytes);
    out.resize(start + size, 0);
}

pub(crate) fn push_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 2);
    for &byte in bytes {
        out.push(byte);
        if byte == 0 {
            out.push(0xFF);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

fn cut(bytes: &[u8], prefix: Option<u32>) -> &[u8] {
    let length = prefix.map_or(bytes.len(), |prefix| bytes.len().min(prefix as usize));
    bytes.get(..length).unwrap_or(bytes)
}

fn push_text(
    text: &[u8],
    collation: CollationId,
    prefix: Option<u32>,
    order: TextOrder,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let collation = Collation::by_id(collation)?;
    let text = match prefix {
        Some(characters) => collation.charset().cut(text, characters as usize),
        None => text,
    };
    match order {
        TextOrder::Bytes => push_escaped(text, out),
        TextOrder::Collation => collation::push_key(collation, text, out)?,
    }
    Ok(())
}

impl IntSize {
    /// Stored bytes.
    #[inline]
    pub fn bytes(self) -> usize {
        match self {
            IntSize::Tiny => 1,
            IntSize::Small => 2,
            IntSize::Medium => 3,
            IntSize::Int => 4,
            IntSize::Big => 8,
        }
    }
}
