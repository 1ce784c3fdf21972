//! The undo log of a transaction that is larger than memory.
//!
//! Such a transaction goes into the engine in chunks. Each chunk's batch holds the changes and, in the undo
//! keyspace, the old value of every key it changes; the first also sets a marker in the state keyspace. The
//! last batch removes the marker: that is the commit. With the marker there, the old values are put back in
//! reverse order, at rollback or when the store is opened after a crash. Putting them back twice does no
//! harm, so a crash in the middle of it needs nothing more.

use crate::engine::{Bytes, Change, Direction, Engine, Space};
use crate::error::StoreError;
use crate::keys;
use crate::range;
use crate::reclaim;

/// Key of the marker.
const MARKER: &[u8] = b"u";
/// Key of the generation counter.
const GENERATION: &[u8] = b"g";
/// Undo entries put back in one batch.
const CHUNK: usize = 4096;

/// A transaction being streamed.
pub(crate) struct Streaming {
    generation: u64,
    next: u64,
}

fn entry_key(generation: u64, number: u64) -> Vec<u8> {
    let mut key = generation.to_be_bytes().to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn entry_value(change: &Change, old: Option<&Bytes>) -> Vec<u8> {
    let mut value = vec![change.space.index() as u8];
    keys::put_varint(
        u32::try_from(change.key.len()).unwrap_or(u32::MAX),
        &mut value,
    );
    value.extend_from_slice(&change.key);
    if let Some(old) = old {
        value.push(1);
        value.extend_from_slice(old);
    }
    value
}

fn parse_entry(value: &[u8]) -> Option<Change> {
    let (&space, rest) = value.split_first()?;
    let space = *Space::ALL.get(usize::from(space))?;
    let (len, rest) = keys::take_varint(rest)?;
    let key = rest.get(..len as usize)?;
    let old = match rest[len as usize..].split_first() {
        None => None,
        Some((1, old)) => Some(Bytes::from(old)),
        Some(_) => return None,
    };
    Some(Change {
        space,
        key: Bytes::from(key),
        value: old,
    })
}

fn read_u64(engine: &dyn Engine, key: &[u8]) -> Result<Option<u64>, StoreError> {
    match engine.snapshot().get(Space::State, key)? {
        Some(bytes) => {
            let bytes: [u8; 8] = (&*bytes)
                .try_into()
                .map_err(|_| StoreError::Corrupt("the marker of a streamed transaction".into()))?;
            Ok(Some(u64::from_be_bytes(bytes)))
        }
        None => Ok(None),
    }
}

impl Streaming {
    /// Starts streaming; nothing is written before the first chunk.
    pub fn start(engine: &dyn Engine) -> Result<Streaming, StoreError> {
        let last = read_u64(engine, GENERATION)?.unwrap_or(0);
        Ok(Streaming {
            generation: last + 1,
            next: 0,
        })
    }

    /// Writes one chunk with the old values of its keys.
    pub fn write_chunk(
        &mut self,
        engine: &dyn Engine,
        changes: Vec<Change>,
    ) -> Result<(), StoreError> {
        let base = engine.snapshot();
        let mut batch = Vec::with_capacity(changes.len() * 2 + 2);
        if self.next == 0 {
            let generation = Bytes::from(self.generation.to_be_bytes());
            for key in [MARKER, GENERATION] {
                batch.push(Change {
                    space: Space::State,
                    key: Bytes::from(key),
                    value: Some(generation.clone()),
                });
            }
        }
        for change in changes {
            let old = base.get(change.space, &change.key)?;
            batch.push(Change {
                space: Space::Undo,
                key: Bytes::from(entry_key(self.generation, self.next)),
                value: Some(Bytes::from(entry_value(&change, old.as_ref()))),
            });
            self.next += 1;
            batch.push(change);
        }
        engine.write(batch)
    }

    /// What the last batch holds besides the last changes: the marker's end, and the old values' too.
    pub fn finish(&self) -> Vec<Change> {
        finish(self.generation)
    }

    /// Puts the old values back.
    pub fn roll_back(self, engine: &dyn Engine) -> Result<(), StoreError> {
        roll_back(engine, self.generation)
    }
}

fn finish(generation: u64) -> Vec<Change> {
    vec![
        Change {
            space: Space::State,
            key: Bytes::from(MARKER),
            value: None,
        },
        reclaim::entry(Space::Undo, &generation.to_be_bytes()),
    ]
}

fn roll_back(engine: &dyn Engine, generation: u64) -> Result<(), StoreError> {
    let snapshot = engine.snapshot();
    let entries = snapshot.range(
        Space::Undo,
        range::prefix_range(&generation.to_be_bytes()),
        Direction::Reverse,
    );
    let mut batch = Vec::new();
    for entry in entries {
        let (_, value) = entry?;
        batch.push(
            parse_entry(&value)
                .ok_or_else(|| StoreError::Corrupt("an entry of the undo log".into()))?,
        );
        if batch.len() >= CHUNK {
            engine.write(last_wins(std::mem::take(&mut batch)))?;
        }
    }
    batch.extend(finish(generation));
    engine.write(last_wins(batch))
}

/// One change a key, the last given (a batch has no order among changes of one key).
fn last_wins(changes: Vec<Change>) -> Vec<Change> {
    let mut by_key = std::collections::BTreeMap::new();
    for change in changes {
        by_key.insert((change.space.index(), change.key.clone()), change);
    }
    by_key.into_values().collect()
}

/// Takes back a transaction that was being streamed when the process ended.
pub(crate) fn recover(engine: &dyn Engine) -> Result<(), StoreError> {
    match read_u64(engine, MARKER)? {
        Some(generation) => {
            tracing::info!(generation, "taking back an unfinished transaction");
            roll_back(engine, generation)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_round_trip_and_fail_when_cut() {
        for old in [
            None,
            Some(Bytes::from(&b"old value"[..])),
            Some(Bytes::from(&b""[..])),
        ] {
            let change = Change {
                space: Space::Indexes,
                key: Bytes::from(&b"key"[..]),
                value: Some(Bytes::from(&b"new"[..])),
            };
            let bytes = entry_value(&change, old.as_ref());
            let back = parse_entry(&bytes).unwrap();
            assert_eq!(
                (back.space, &back.key[..], back.value),
                (Space::Indexes, &b"key"[..], old)
            );
            assert!((0..5).all(|at| parse_entry(&bytes[..at]).is_none()));
        }
    }
}
