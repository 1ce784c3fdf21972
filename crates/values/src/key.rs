//! Memory-comparable keys: byte strings that compare like the values.
//!
//! Each part begins with a byte that says NULL (0, NULLs come first as in MySQL) or not (1). Numbers and
//! temporal values follow big-endian with the sign bit turned; byte strings are escaped (`00` as `00 FF`)
//! and end with `00 00`, so that a shorter one comes first and parts can be concatenated. Text compared by
//! a collation is written as its weights ([`crate::collation`]). A descending part has all bits inverted.

use crate::charset::Collation;
use crate::collation;
use crate::error::{ValueError, le, split, take};
use crate::json::dom::Json;
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
        ColumnType::Uuid => {
            let uuid = crate::text::padded::<16>(content(ty, field)?)?;
            out.extend_from_slice(&uuid_order(uuid));
        }
        ColumnType::Inet4 => out.extend_from_slice(&crate::text::padded::<4>(content(ty, field)?)?),
        ColumnType::Inet6 => {
            out.extend_from_slice(&crate::text::padded::<16>(content(ty, field)?)?);
        }
        ColumnType::Json => push_escaped(&canonical_json(content(ty, field)?)?, out),
        ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
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

/// The bytes of a UUID in the order MariaDB compares them: versions 1 to 5 from the node backwards to the
/// low part of the time, all others as written.
fn uuid_order(uuid: [u8; 16]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, node @ ..] = uuid;
    if !matches!(g >> 4, 1..=5) || i >> 6 != 0b10 {
        return uuid;
    }
    let [n0, n1, n2, n3, n4, n5] = node;
    [n0, n1, n2, n3, n4, n5, i, j, g, h, e, f, a, b, c, d]
}

/// A document without the holes and oversized forms that partial updates leave, so that equal documents
/// have equal bytes. (MySQL finds a row again by comparing documents, not their bytes.)
fn canonical_json(document: &[u8]) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::with_capacity(document.len());
    Json::decode(document)?.encode(&mut out)?;
    Ok(out)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{CastContext, from_literal};
    use crate::charset::Server;
    use crate::temporal::Date;
    use crate::temporal::zone::TimeZone;

    fn key(ty: &ColumnType, literal: Option<&str>, descending: bool) -> Vec<u8> {
        let context = CastContext {
            strict: true,
            time_zone: TimeZone::UTC,
            today: Date::default(),
            server: Server::MySql8,
        };
        let field = literal.map(|literal| {
            let converted = from_literal(literal, ty, &context).unwrap();
            ty.encode(&converted.value).unwrap()
        });
        let mut out = Vec::new();
        encode(
            ty,
            field.as_deref(),
            None,
            descending,
            TextOrder::Collation,
            &mut out,
        )
        .unwrap();
        out
    }

    fn check_order(ty: &ColumnType, ascending: &[&str]) {
        let values: Vec<Option<&str>> = std::iter::once(None)
            .chain(ascending.iter().map(|&text| Some(text)))
            .collect();
        for pair in values.windows(2) {
            let (low, high) = (pair[0], pair[1]);
            assert!(
                key(ty, low, false) < key(ty, high, false),
                "{ty:?} {low:?} {high:?}"
            );
            assert!(
                key(ty, low, true) > key(ty, high, true),
                "{ty:?} {low:?} {high:?} DESC"
            );
        }
    }

    #[test]
    fn keys_order_like_values() {
        let int = |size, unsigned| ColumnType::Int {
            size,
            unsigned,
            zerofill: false,
            width: None,
        };
        check_order(&int(IntSize::Tiny, false), &["-128", "-1", "0", "1", "127"]);
        check_order(
            &int(IntSize::Medium, true),
            &["0", "255", "256", "16777215"],
        );
        check_order(
            &int(IntSize::Big, false),
            &["-9223372036854775808", "-256", "0", "65536"],
        );
        let floating = ["-1e30", "-1.5", "-1e-30", "0", "1e-30", "1.5", "1e30"];
        check_order(
            &ColumnType::Float {
                digits: None,
                unsigned: false,
                zerofill: false,
            },
            &floating,
        );
        check_order(
            &ColumnType::Double {
                digits: None,
                unsigned: false,
                zerofill: false,
            },
            &floating,
        );
        check_order(
            &ColumnType::Decimal {
                precision: 20,
                scale: 5,
                unsigned: false,
                zerofill: false,
            },
            &[
                "-1000000000",
                "-1.00001",
                "-1",
                "0",
                "0.00001",
                "1",
                "999999999.9",
                "1000000000",
            ],
        );
        let times = [
            "-838:59:59",
            "-00:00:01",
            "00:00:00",
            "00:00:01",
            "838:59:59",
        ];
        let dates = [
            "1000-01-01 00:00:00",
            "2024-02-29 12:34:56",
            "9999-12-31 23:59:59",
        ];
        for old in [false, true] {
            for fsp in [0, 3, 6] {
                check_order(&ColumnType::Time { fsp, old }, &times);
                check_order(&ColumnType::DateTime { fsp, old }, &dates);
                check_order(
                    &ColumnType::Timestamp { fsp, old },
                    &["1970-01-01 00:00:01", "2038-01-19 03:14:07"],
                );
            }
        }
        check_order(
            &ColumnType::Date,
            &["1000-01-01", "2024-02-28", "2024-10-01", "9999-12-31"],
        );
        check_order(
            &ColumnType::Binary { length: 4 },
            &["", "a", "a\u{1}", "ab", "b"],
        );
        check_order(
            &ColumnType::VarBinary { length: 9 },
            &["", "\0", "\0\0", "a", "a\0", "a\0b", "a\u{1}"],
        );
        check_order(
            &ColumnType::Inet4,
            &["0.0.0.0", "10.0.0.0", "192.0.2.1", "192.0.2.10"],
        );
    }

    #[test]
    fn uuids_order_as_mariadb_orders_them() {
        // SELECT u FROM t ORDER BY u on MariaDB 11.8.
        check_order(
            &ColumnType::Uuid,
            &[
                "00000000-0000-0000-0000-000000000000",
                "0189ab12-3456-7abc-8def-0123456789ab",
                "123e4567-e89b-02d3-a456-026655440020",
                "123e4567-e89b-12d3-4456-426655440000",
                "123e4567-e89b-62d3-a456-426655440000",
                "123e4567-e89b-92d3-a456-026655440020",
                "123e4567-e89b-12d3-a456-126655440000",
                "123e4567-e89b-12d3-a456-426655440000",
                "223e4567-e89b-12d3-a456-426655440000",
                "123e4567-e89b-22d3-a456-426655440000",
                "123e4567-e89b-12d3-b456-426655440000",
                "523e4567-e89b-42d3-a456-426655440001",
                "923e4567-e89b-72d3-c456-426655440000",
                "f23e4567-e89b-12d3-a456-f26655440000",
                "fffe4567-e89b-82d3-a456-026655440020",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ],
        );
    }

    #[test]
    fn prefixes_count_characters() {
        let ty = ColumnType::VarChar {
            length: 20,
            collation: CollationId::UTF8MB4_0900_AI_CI,
        };
        let prefixed = |text: &str, prefix| {
            let mut out = Vec::new();
            let field = [&[text.len() as u8], text.as_bytes()].concat();
            encode(
                &ty,
                Some(&field),
                prefix,
                false,
                TextOrder::Collation,
                &mut out,
            )
            .unwrap();
            out
        };
        assert_eq!(prefixed("äöü", Some(2)), prefixed("AOx", Some(2)));
        assert_ne!(prefixed("äöü", None), prefixed("AOx", None));
    }
}
