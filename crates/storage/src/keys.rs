//! Layout of keys in the engine.
//!
//! ```text
//! rows:     table (4, big-endian) | clustering key parts, or hidden row id (8, big-endian)
//! indexes:  table (4) | index (4) | key parts [ | row key after its table number ]
//! catalog:  'd' | database name             a database
//!           't' | table (4)                 a table with its history
//!           'o' | kind | db NUL name        a recorded object
//!           'n'                             the next table number
//!           'r' | number (8)                a range to reclaim
//!           'b' | table (4) | index (4)     an index being built
//! state:    's' | name                      what `set_state` stored
//!           'a' | table (4)                 the AUTO_INCREMENT counter
//!           'u'                             the marker of a streamed transaction
//! undo:     generation (8) | number (8)     an old value
//! ```
//!
//! A unique index entry without NULLs ends with its key parts and has the row key in its value, so that a
//! uniqueness check is one point read; every other entry carries the row key in the key.

use crate::engine::Bytes;
use crate::error::StoreError;
use crate::schema::TableId;

/// Bytes of the table number at the start of row and index keys.
pub(crate) const TABLE_LEN: usize = 4;
/// Bytes of the table and index number at the start of index keys.
pub(crate) const INDEX_PREFIX_LEN: usize = 8;
/// Numbers from here on are internal row-hash indexes of keyless tables: this plus the definition version
/// they were built at.
pub(crate) const ROW_HASH_BASE: u32 = 0x8000_0000;

/// The number of a table as it is stored. Numbers are never used twice; four billion are enough, and the
/// catalog refuses to go past them.
pub(crate) fn table_number(id: TableId) -> u32 {
    u32::try_from(id.0).expect("the catalog hands out table numbers below 2^32")
}

/// Prefix of all rows of a table.
pub(crate) fn table_prefix(id: TableId) -> [u8; TABLE_LEN] {
    table_number(id).to_be_bytes()
}

/// Prefix of all entries of an index.
pub(crate) fn index_prefix(id: TableId, index: u32) -> [u8; INDEX_PREFIX_LEN] {
    let mut out = [0; INDEX_PREFIX_LEN];
    out[..4].copy_from_slice(&table_prefix(id));
    out[4..].copy_from_slice(&index.to_be_bytes());
    out
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
    let table = key.get(..TABLE_LEN).ok_or_else(damaged)?;
    let tail = match value.split_first() {
        Some((1, tail)) => tail,
        Some((0, len)) => {
            let (len, _) = take_varint(len).ok_or_else(damaged)?;
            let at = key.len().checked_sub(len as usize).ok_or_else(damaged)?;
            &key[at..]
        }
        Some(_) | None => return Err(damaged()),
    };
    let mut out = Vec::with_capacity(TABLE_LEN + tail.len());
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
