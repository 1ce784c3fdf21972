//! Looking over the engine's journals before it replays them.
//!
//! The engine itself refuses to open when the last batch of its journal has a wrong checksum (which a power
//! cut can leave, as pages reach the disk in any order), drops everything after an unreadable byte even in
//! the middle of an older journal, and does not cover a batch's number by its checksum. So, before it opens:
//!
//! - in the newest journal everything after the last whole batch is cut off: it was never synced, and what
//!   is before it is a prefix of the batches written. Whether it really was not synced shows once the
//!   tables are open: none may hold a batch beyond the end ([`JournalEnd`]).
//! - older journals were synced whole when the next one was begun: anything in them that is not a whole
//!   batch, in order, is damage and an error.
//!
//! Format (fjall's version 3, which its version file guards): a batch is `1 | items (4) | number (8)`, its
//! items, `3 | XXH3 of the items (8) | "FJL" 3`. An item is `2 | kind (1) | compression (1) | keyspace (8) |
//! key length (2) | value length (4) | stored length (4) | key | value`, or `4 | keyspace (8)`. Integers are
//! little-endian. A file ends with its last batch or with zeros.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::error::StoreError;

const MAGIC: [u8; 4] = *b"FJL\x03";

/// Where the newest journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JournalEnd {
    /// Number of the last whole batch of all journals.
    pub last_batch: Option<u64>,
    /// Something that was not a whole batch had to be cut off.
    pub was_cut: bool,
}

/// Checks all journals in the engine's directory and cuts the newest to its last whole batch.
pub(super) fn look_over(dir: &Path) -> Result<JournalEnd, StoreError> {
    let mut end = JournalEnd {
        last_batch: None,
        was_cut: false,
    };
    let journals = journals(dir)?;
    for (n, path) in journals.iter().enumerate() {
        let newest = n + 1 == journals.len();
        let mut reader = Journal::open(path)?;
        let whole = reader
            .read_batches(&mut end.last_batch)
            .map_err(|e| StoreError::io("read", path, e))?;
        if reader.rest_is_zero(path, whole)? {
            continue;
        }
        if !newest {
            return Err(StoreError::Corrupt(format!(
                "journal {} at byte {whole}",
                path.display()
            )));
        }
        tracing::warn!(journal = %path.display(), at = whole, "cutting off an unfinished batch");
        end.was_cut = true;
        OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| {
                file.set_len(whole)?;
                file.sync_all()
            })
            .map_err(|e| StoreError::io("cut", path, e))?;
    }
    Ok(end)
}

/// Journal files, oldest first.
fn journals(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::io("list", dir, e)),
    };
    for entry in entries {
        let path = entry.map_err(|e| StoreError::io("list", dir, e))?.path();
        if path.extension().is_some_and(|x| x == "jnl") {
            let number = path.file_stem().and_then(|s| s.to_str());
            let number: u64 = number.and_then(|s| s.parse().ok()).ok_or_else(|| {
                StoreError::Corrupt(format!("a journal with the name {}", path.display()))
            })?;
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

struct Journal {
    file: BufReader<File>,
    len: u64,
    /// Bytes read.
    at: u64,
    buffer: Vec<u8>,
}

impl Journal {
    fn open(path: &Path) -> Result<Journal, StoreError> {
        let open = |path| {
            let file = File::open(path)?;
            let len = file.metadata()?.len();
            Ok((file, len))
        };
        let (file, len) = open(path).map_err(|e| StoreError::io("open", path, e))?;
        Ok(Journal {
            file: BufReader::with_capacity(1 << 20, file),
            len,
            at: 0,
            buffer: Vec::new(),
        })
    }

    /// Reads whole batches, in order; returns where the last one ends.
    fn read_batches(&mut self, last: &mut Option<u64>) -> io::Result<u64> {
        let mut whole = 0;
        while let Some(number) = self.read_batch()? {
            if last.is_some_and(|last| number <= last) {
                break;
            }
            *last = Some(number);
            whole = self.at;
        }
        Ok(whole)
    }

    /// One batch's number; `None` when what follows is not a whole batch.
    fn read_batch(&mut self) -> io::Result<Option<u64>> {
        let Some([1, count @ .., n0, n1, n2, n3, n4, n5, n6, n7]) = self.array::<13>()? else {
            return Ok(None);
        };
        let mut left = u32::from_le_bytes(count);
        let number = u64::from_le_bytes([n0, n1, n2, n3, n4, n5, n6, n7]);
        let mut hash = Xxh3::new();
        loop {
            let Some([tag]) = self.array::<1>()? else {
                return Ok(None);
            };
            match (tag, left) {
                (3, 0) => break,
                (2, 1..) => {
                    if !self.read_item(&mut hash)? {
                        return Ok(None);
                    }
                }
                (4, 1..) => {
                    let Some(keyspace) = self.array::<8>()? else {
                        return Ok(None);
                    };
                    hash.update(&[4]);
                    hash.update(&keyspace);
                }
                (_, _) => return Ok(None),
            }
            left -= 1;
        }
        let Some(end) = self.array::<12>()? else {
            return Ok(None);
        };
        let mut expected = hash.digest().to_le_bytes().to_vec();
        expected.extend_from_slice(&MAGIC);
        Ok((end[..] == expected[..]).then_some(number))
    }

    /// An item after its tag; `false` when it is not whole.
    fn read_item(&mut self, hash: &mut Xxh3) -> io::Result<bool> {
        let Some(head) = self.array::<20>()? else {
            return Ok(false);
        };
        let [.., k0, k1, _, _, _, _, v0, v1, v2, v3] = head;
        let stored = u64::from(u16::from_le_bytes([k0, k1]))
            + u64::from(u32::from_le_bytes([v0, v1, v2, v3]));
        if stored > self.len - self.at {
            return Ok(false);
        }
        hash.update(&[2]);
        hash.update(&head);
        let mut left = stored;
        while left > 0 {
            let part = left.min(1 << 16) as usize;
            self.buffer.resize(part, 0);
            self.file.read_exact(&mut self.buffer)?;
            hash.update(&self.buffer);
            left -= part as u64;
        }
        self.at += stored;
        Ok(true)
    }

    /// The next `N` bytes; `None` when the file has fewer.
    fn array<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        if self.len - self.at < N as u64 {
            return Ok(None);
        }
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(Some(bytes))
    }

    /// Whether nothing but zeros follows a position.
    fn rest_is_zero(&mut self, path: &Path, from: u64) -> Result<bool, StoreError> {
        use std::io::{Seek, SeekFrom};
        let mut scan = || -> io::Result<bool> {
            self.file.seek(SeekFrom::Start(from))?;
            self.buffer.resize(1 << 16, 0);
            loop {
                let n = self.file.read(&mut self.buffer)?;
                if n == 0 {
                    return Ok(true);
                }
                if self.buffer[..n].iter().any(|b| *b != 0) {
                    return Ok(false);
                }
            }
        };
        scan().map_err(|e| StoreError::io("read", path, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(number: u64, items: u32) -> Vec<u8> {
        let mut body = Vec::new();
        for n in 0..items {
            body.extend_from_slice(&[2, 0, 0]);
            body.extend_from_slice(&7u64.to_le_bytes());
            body.extend_from_slice(&3u16.to_le_bytes());
            body.extend_from_slice(&4u32.to_le_bytes());
            body.extend_from_slice(&4u32.to_le_bytes());
            body.extend_from_slice(b"key");
            body.extend_from_slice(&n.to_le_bytes());
        }
        let mut hash = Xxh3::new();
        hash.update(&body);
        let mut out = vec![1];
        out.extend_from_slice(&items.to_le_bytes());
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(&body);
        out.push(3);
        out.extend_from_slice(&hash.digest().to_le_bytes());
        out.extend_from_slice(&MAGIC);
        out
    }

    fn check(files: &[(&str, Vec<u8>)]) -> Result<(JournalEnd, Vec<u8>), StoreError> {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let end = look_over(dir.path())?;
        let (newest, _) = files.last().unwrap();
        Ok((end, fs::read(dir.path().join(newest)).unwrap()))
    }

    #[test]
    fn the_newest_journal_is_cut_to_whole_batches() {
        let batches = [batch(1, 1), batch(2, 3), batch(9, 2)];
        let whole = batches.concat();
        let ends = [
            0,
            batches[0].len(),
            batches[0].len() + batches[1].len(),
            whole.len(),
        ];
        for at in 0..=whole.len() {
            for zeros in [0, 100] {
                let mut bytes = whole[..at].to_vec();
                bytes.resize(at + zeros, 0);
                let (end, left) = check(&[("3.jnl", bytes.clone())]).unwrap();
                let batches = ends.iter().rposition(|e| *e <= at).unwrap();
                let last = [None, Some(1), Some(2), Some(9)][batches];
                assert_eq!(end.last_batch, last, "at {at}");
                let rest = &bytes[ends[batches]..];
                assert_eq!(end.was_cut, rest.iter().any(|b| *b != 0), "at {at}");
                match end.was_cut {
                    true => assert_eq!(left.len(), ends[batches]),
                    false => assert_eq!(left, bytes),
                }
            }
        }
    }

    #[test]
    fn no_wrong_byte_passes() {
        let whole = [batch(1, 1), batch(2, 2), batch(3, 1)].concat();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            // A batch's number may still be in order; then the order is what it was.
            let number = [(0, 1), (1, 2), (2, 3)].iter().any(|(n, _)| {
                let start: usize = (0..*n)
                    .map(|m| batch(m + 1, [1, 2, 1][m as usize]).len())
                    .sum();
                (start + 5..start + 13).contains(&at)
            });
            let (end, _) = check(&[("0.jnl", bytes.clone())]).unwrap();
            assert!(
                end.was_cut || number && end.last_batch > Some(3),
                "byte {at}"
            );
            let later = ("1.jnl", batch(4, 1));
            match check(&[("0.jnl", bytes), later]) {
                Err(StoreError::Corrupt(_)) => {}
                Ok(_) | Err(_) if number => {}
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }

    #[test]
    fn batches_must_be_in_order_across_journals() {
        let ordered = [("2.jnl", batch(5, 1)), ("10.jnl", batch(6, 1))];
        assert_eq!(check(&ordered).unwrap().0.last_batch, Some(6));
        let again = [("0.jnl", batch(5, 1)), ("1.jnl", batch(5, 1))];
        assert!(check(&again).unwrap().0.was_cut);
        let turned = [
            ("0.jnl", [batch(5, 1), batch(4, 1)].concat()),
            ("1.jnl", batch(7, 1)),
        ];
        assert!(matches!(check(&turned), Err(StoreError::Corrupt(_))));
        assert!(matches!(
            check(&[("x.jnl", Vec::new())]),
            Err(StoreError::Corrupt(_))
        ));
    }
}
