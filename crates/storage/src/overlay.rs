//! The changes of a group of transactions before they are in the engine, and how to take back the last of
//! those transactions.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::{Bytes, Change, KeyRange, Space};

/// What a key had in the overlay before the current transaction changed it.
struct Undo {
    space: Space,
    key: Bytes,
    /// `None`: the overlay had nothing of it.
    previous: Option<Option<Bytes>>,
}

/// Uncommitted changes, newest value by key; a `None` value is a deletion.
#[derive(Default)]
pub(crate) struct Overlay {
    spaces: [BTreeMap<Bytes, Option<Bytes>>; 5],
    bytes: usize,
    journal: Vec<Undo>,
    journal_bytes: usize,
    keep_journal: bool,
}

/// Bytes that an entry costs besides its key and value, about.
const ENTRY_COST: usize = 96;

impl Overlay {
    /// Value of a key: `None` when the overlay does not know it.
    pub fn get(&self, space: Space, key: &[u8]) -> Option<&Option<Bytes>> {
        let map = &self.spaces[space.index()];
        match map.is_empty() {
            true => None,
            false => map.get(key),
        }
    }

    /// Entries of a range in key order.
    pub fn range(
        &self,
        space: Space,
        range: KeyRange,
    ) -> std::collections::btree_map::Range<'_, Bytes, Option<Bytes>> {
        let (lower, upper) = range;
        let bounds: (std::ops::Bound<Bytes>, std::ops::Bound<Bytes>) =
            (lower.map(Bytes::from), upper.map(Bytes::from));
        self.spaces[space.index()].range(bounds)
    }

    /// Sets or deletes a key.
    pub fn put(&mut self, space: Space, key: Bytes, value: Option<Bytes>) {
        let cost = key.len() + value.as_ref().map_or(0, |v| v.len()) + ENTRY_COST;
        self.bytes += cost;
        let journal_key = self.keep_journal.then(|| key.clone());
        let previous = match self.spaces[space.index()].entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(value);
                None
            }
            Entry::Occupied(mut entry) => Some(entry.insert(value)),
        };
        if let Some(key) = journal_key {
            self.journal_bytes += cost;
            self.journal.push(Undo {
                space,
                key,
                previous,
            });
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that the current transaction wrote, about.
    pub fn transaction_bytes(&self) -> usize {
        self.journal_bytes
    }

    /// Starts a transaction that [`Overlay::revert`] can take back.
    pub fn begin(&mut self) {
        self.keep_journal = true;
    }

    /// Keeps the current transaction.
    pub fn keep(&mut self) {
        self.keep_journal = false;
        self.journal.clear();
        self.journal_bytes = 0;
    }

    /// Takes the current transaction back.
    pub fn revert(&mut self) {
        self.revert_to(0);
        self.keep_journal = false;
        self.journal_bytes = 0;
    }

    /// How much the current transaction has done; `None` when nothing can be taken back.
    pub fn mark(&self) -> Option<usize> {
        self.keep_journal.then_some(self.journal.len())
    }

    /// Takes back what the current transaction did after a mark.
    pub fn revert_to(&mut self, mark: usize) {
        for undo in self.journal.drain(mark..).rev() {
            let map = &mut self.spaces[undo.space.index()];
            match undo.previous {
                Some(value) => {
                    map.insert(undo.key, value);
                }
                None => {
                    map.remove(&undo.key);
                }
            }
        }
    }

    /// Takes the current transaction's changes out, leaving what was there before it. The changes come in
    /// key order within each keyspace.
    pub fn extract(&mut self) -> Vec<Change> {
        let mut changes = BTreeMap::new();
        for undo in &self.journal {
            if let Some(value) = self.spaces[undo.space.index()].get(&undo.key) {
                changes.insert((undo.space.index(), undo.key.clone()), value.clone());
            }
        }
        self.revert();
        changes
            .into_iter()
            .map(|((space, key), value)| Change {
                space: Space::ALL[space],
                key,
                value,
            })
            .collect()
    }

    /// Empties the overlay into a batch sorted by key.
    pub fn drain(&mut self) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.spaces.iter().map(BTreeMap::len).sum());
        for space in Space::ALL {
            let map = std::mem::take(&mut self.spaces[space.index()]);
            changes.extend(
                map.into_iter()
                    .map(|(key, value)| Change { space, key, value }),
            );
        }
        self.clear();
        changes
    }

    /// The changes as a batch sorted by key; they stay.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.spaces.iter().map(BTreeMap::len).sum());
        for space in Space::ALL {
            let map = &self.spaces[space.index()];
            changes.extend(map.iter().map(|(key, value)| Change {
                space,
                key: key.clone(),
                value: value.clone(),
            }));
        }
        changes
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for map in &mut self.spaces {
            map.clear();
        }
        self.journal.clear();
        self.journal_bytes = 0;
        self.bytes = 0;
        self.keep_journal = false;
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.spaces.iter().all(BTreeMap::is_empty)
    }
}
