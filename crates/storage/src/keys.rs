//! Layout of keys in the engine.
//!
//! ```text
//! rows:     table | clustering key parts, or hidden row id (8, big-endian)
//! indexes:  table | index | key parts [ | row key after its table number ]
//! catalog:  'd' | database name             a database
//!           't' | table                     a table with its history
//!           'o' | kind | db NUL name        a recorded object
//!           'n'                             the next table number
//!           'r' | keyspace (1) | prefix     a range to reclaim
//! state:    's' | name                      what `set_state` stored
//!           'a' | table                     the AUTO_INCREMENT counter
//!           'u'                             the marker of a streamed transaction
//!           'g'                             how many transactions were streamed
//! undo:     generation (8) | number (8)     an old value
//! ```
//!
//! Numbers of tables and indexes take one to five bytes, in an encoding that keeps their order: the engine
//! keeps keys up to 20 bytes in place, and most keys stay below that. Indexes of the definition have even
//! numbers, the row-hash indexes of keyless tables odd ones.
//!
//! A unique index entry without NULLs ends with its key parts and has the row key in its value, so that a
//! uniqueness check is one point read; every other entry carries the row key in the key.

use std::ops::Deref;

use crate::engine::Bytes;
use crate::error::StoreError;
use crate::schema::TableId;

/// A few bytes at the start of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix {
    bytes: [u8; 24],
    len: usize,
}

impl Deref for Prefix {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Prefix {
    const EMPTY: Prefix = Prefix {
        bytes: [0; 24],
        len: 0,
    };

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Appends a number so that greater ones sort higher: as many leading one bits as bytes follow the
    /// first, a zero bit, the number.
    fn push_number(&mut self, n: u32) {
        let be = n.to_be_bytes();
        match n {
            0..=0x7f => self.push(&be[3..]),
            0x80..=0x3fff => self.push(&[be[2] | 0x80, be[3]]),
            0x4000..=0x1f_ffff => self.push(&[be[1] | 0xc0, be[2], be[3]]),
            0x20_0000..=0x0fff_ffff => self.push(&[be[0] | 0xe0, be[1], be[2], be[3]]),
            0x1000_0000.. => self.push(&[0xf0, be[0], be[1], be[2], be[3]]),
        }
    }
}

/// Reads a number that [`Prefix`] wrote; returns it with its length.
fn take_number(key: &[u8]) -> Option<(u32, usize)> {
    let first = *key.first()?;
    let len = match first {
        0..=0x7f => 1,
        0x80..=0xbf => 2,
        0xc0..=0xdf => 3,
        0xe0..=0xef => 4,
        0xf0 => 5,
        0xf1.. => return None,
    };
    let mut n = match len {
        5 => 0,
        _ => u32::from(first) & (0xff >> len),
    };
    for byte in key.get(1..len)? {
        n = n << 8 | u32::from(*byte);
    }
    Some((n, len))
}

/// The number of a table as it is stored. Numbers are never used twice; four billion are enough, and the
/// catalog refuses to go past them.
pub(crate) fn table_number(id: TableId) -> u32 {
    u32::try_from(id.0).expect("the catalog hands out table numbers below 2^32")
}

/// Prefix of all rows of a table, and of all its index entries.
pub(crate) fn table_prefix(id: TableId) -> Prefix {
    let mut prefix = Prefix::EMPTY;
    prefix.push_number(table_number(id));
    prefix
}

/// The number of a definition's index as it is stored.
pub(crate) fn index_number(number: u32) -> u32 {
    number.saturating_mul(2)
}

/// The number of the row-hash index built at a definition version.
pub(crate) fn row_hash_number(version: u32) -> u32 {
    version.saturating_mul(2).saturating_add(1)
}

/// Prefix of all entries of an index, by its stored number.
pub(crate) fn index_prefix(id: TableId, stored_number: u32) -> Prefix {
    let mut prefix = table_prefix(id);
    prefix.push_number(stored_number);
    prefix
}

/// Prefix of the row-hash entries of rows with one image.
pub(crate) fn hash_prefix(id: TableId, stored_number: u32, image: &[u8]) -> Prefix {
    let mut prefix = index_prefix(id, stored_number);
    prefix.push(&row_hash(image).to_be_bytes());
    prefix
}

/// The table number at the start of a key.
pub(crate) fn table_of(key: &[u8]) -> Option<u32> {
    take_number(key).map(|(n, _)| n)
}

/// A row key without its table number.
pub(crate) fn tail(row_key: &[u8]) -> &[u8] {
    let len = take_number(row_key).map_or(0, |(_, len)| len);
    &row_key[len..]
}

/// A key of one tag byte and a tail.
pub(crate) fn tagged(tag: u8, tail: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + tail.len());
    key.push(tag);
    key.extend_from_slice(tail);
    key
}

/// The least byte string greater than all that start with `prefix`; `None` when there is none.
pub(crate) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// Appends a LEB128 number.
pub(crate) fn put_varint(mut n: u32, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Reads a LEB128 number; returns it and what follows.
pub(crate) fn take_varint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut n = 0u32;
    for (i, &byte) in bytes.iter().enumerate().take(5) {
        let part = u32::from(byte & 0x7f);
        n |= part.checked_shl(7 * i as u32)?;
        if byte < 0x80 {
            return Some((n, &bytes[i + 1..]));
        }
    }
    None
}

/// Value of an index entry that has the row key's last `len` bytes in its key.
pub(crate) fn key_in_key(len: usize) -> Bytes {
    let mut value = vec![0];
    put_varint(u32::try_from(len).unwrap_or(u32::MAX), &mut value);
    Bytes::from(value)
}

/// Value of a unique index entry.
pub(crate) fn key_in_value(row_key_tail: &[u8]) -> Bytes {
    Bytes::from(tagged(1, row_key_tail))
}

/// The row key an index entry points at.
pub(crate) fn row_key_of(key: &[u8], value: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = || StoreError::Corrupt("an index entry without a row key".into());
    let (_, len) = take_number(key).ok_or_else(damaged)?;
    let table = &key[..len];
    let tail = match value.split_first() {
        Some((1, tail)) => tail,
        Some((0, len)) => {
            let (len, _) = take_varint(len).ok_or_else(damaged)?;
            let at = key.len().checked_sub(len as usize).ok_or_else(damaged)?;
            &key[at..]
        }
        Some(_) | None => return Err(damaged()),
    };
    let mut out = Vec::with_capacity(table.len() + tail.len());
    out.extend_from_slice(table);
    out.extend_from_slice(tail);
    Ok(out)
}

/// Longest encoded key. InnoDB's keys have 3072 bytes at most; what may be longer are MariaDB's unique keys
/// over whole BLOBs, and some collations' weights.
const MAX_KEY: usize = 16 << 10;

/// Cuts a key that is too long for the engine; a hash of the rest keeps different keys different.
pub(crate) fn shorten(key: &mut Vec<u8>, start: usize) {
    if key.len() - start <= MAX_KEY {
        return;
    }
    let rest = key.split_off(start + MAX_KEY);
    key.extend_from_slice(&row_hash(&rest).to_be_bytes());
    key.extend_from_slice(&u64::from(crc32fast::hash(&rest)).to_be_bytes());
}

/// A 64-bit hash of a canonical row image, for finding rows of tables without a key. Equal images are
/// compared byte for byte afterwards, so collisions cost time only. The function is part of the stored
/// format: it must never change.
pub(crate) fn row_hash(image: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (image.len() as u64).wrapping_mul(MIX);
    let mut chunks = image.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(MIX);
        hash ^= hash >> 29;
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(MIX);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_round_trip_and_stop_at_the_end() {
        for n in [0, 1, 127, 128, 16_383, 16_384, 1 << 21, u32::MAX] {
            let mut bytes = Vec::new();
            put_varint(n, &mut bytes);
            bytes.push(0xaa);
            assert_eq!(take_varint(&bytes), Some((n, &[0xaa][..])));
            assert_eq!(take_varint(&bytes[..bytes.len() - 2]), None);
        }
    }

    #[test]
    fn numbers_round_trip_in_order() {
        let numbers = [
            0,
            1,
            0x7f,
            0x80,
            0x3fff,
            0x4000,
            0x1f_ffff,
            0x20_0000,
            0x0fff_ffff,
            0x1000_0000,
            u32::MAX,
        ];
        let encoded: Vec<Vec<u8>> = numbers
            .iter()
            .map(|n| table_prefix(TableId(u64::from(*n))).to_vec())
            .collect();
        assert!(encoded.is_sorted());
        for (n, bytes) in numbers.iter().zip(&encoded) {
            assert_eq!(take_number(bytes), Some((*n, bytes.len())));
            assert!((0..bytes.len()).all(|at| take_number(&bytes[..at]).is_none()));
        }
        assert_eq!(take_number(&[0xff, 0, 0, 0, 0]), None);
    }

    #[test]
    fn the_end_of_a_prefix_is_above_all_its_keys() {
        assert_eq!(prefix_end(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(prefix_end(&[1, 0xff]), Some(vec![2]));
        assert_eq!(prefix_end(&[0xff, 0xff]), None);
    }

    #[test]
    fn the_row_hash_is_fixed_forever() {
        assert_eq!(row_hash(b""), 0);
        assert_eq!(row_hash(b"understudy"), row_hash(b"understudy"));
        assert_ne!(row_hash(b"understudy"), row_hash(b"understudz"));
        assert_ne!(row_hash(b"\0"), row_hash(b"\0\0"));
    }
}
