//! The narrow interface to the key-value engine below the store.
//!
//! A handful of ordered keyspaces, atomic batches across them, owned snapshots. Nothing above this module
//! knows which engine it is; [`fjall`] is the one in use.

pub mod fjall;
mod journal;
#[cfg(test)]
pub(crate) mod memory;

use std::ops::Bound;
use std::sync::Arc;

use crate::error::StoreError;

/// Keys and values as the engine shares them: cheap to clone, short ones inline.
pub type Bytes = ::fjall::Slice;

/// The keyspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Rows by clustering key.
    Rows,
    /// Secondary index entries.
    Indexes,
    /// Databases, tables, recorded objects, ranges to reclaim.
    Catalog,
    /// Applied positions, counters, the marker of a streamed transaction.
    State,
    /// Old values of a streamed transaction.
    Undo,
}

impl Space {
    /// All of them, in the order a batch writes them.
    pub const ALL: [Space; 5] = [
        Space::Rows,
        Space::Indexes,
        Space::Catalog,
        Space::State,
        Space::Undo,
    ];

    /// Position in [`Space::ALL`]; also the tag in undo entries.
    pub fn index(self) -> usize {
        match self {
            Space::Rows => 0,
            Space::Indexes => 1,
            Space::Catalog => 2,
            Space::State => 3,
            Space::Undo => 4,
        }
    }

    /// Name of the keyspace on disk.
    pub fn name(self) -> &'static str {
        match self {
            Space::Rows => "rows",
            Space::Indexes => "indexes",
            Space::Catalog => "catalog",
            Space::State => "state",
            Space::Undo => "undo",
        }
    }
}

/// One change of a batch: a new value, or a deletion.
#[derive(Clone, Debug)]
pub struct Change {
    /// Keyspace.
    pub space: Space,
    /// Key.
    pub key: Bytes,
    /// New value; `None` deletes.
    pub value: Option<Bytes>,
}

/// A key range; the bounds are byte strings.
pub type KeyRange = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// Which way a scan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ascending keys.
    Forward,
    /// Descending keys.
    Reverse,
}

/// Key-value pairs of a scan.
pub type EntryIter = Box<dyn Iterator<Item = Result<(Bytes, Bytes), StoreError>> + Send>;

/// A frozen view of all keyspaces.
pub trait EngineSnapshot: Send + Sync {
    /// Value of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError>;
    /// Entries of a range.
    fn range(&self, space: Space, range: KeyRange, direction: Direction) -> EntryIter;
}

/// The engine.
pub trait Engine: Send + Sync {
    /// A view of everything written so far.
    fn snapshot(&self) -> Arc<dyn EngineSnapshot>;
    /// Applies all changes or none; after `kill -9` the written batches are a prefix of those given.
    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError>;
    /// Makes everything written so far survive a power loss.
    fn persist(&self) -> Result<(), StoreError>;
    /// Bytes on disk of one keyspace, about.
    fn approximate_bytes(&self, space: Space) -> u64;
    /// Bytes of the engine's journals.
    fn journal_bytes(&self) -> Result<u64, StoreError>;
}
