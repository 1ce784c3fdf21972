//! The engine interface over `fjall`, a log-structured merge tree in Rust.
//!
//! - A batch goes into one journal for all keyspaces and is handed to the operating system before `write`
//!   returns: it survives the process, not the machine. [`Engine::persist`] syncs the journal.
//! - The engine syncs its journal before it flushes a memtable, so no keyspace gets ahead of another on
//!   disk. (Sorted ingestion, which goes past the journal, is not used: tables could then be ahead of it.)
//! - Journals are looked over before the engine replays them, see [`super::journal`].
//! - A keyspace that is hardly written keeps old journals alive until it is flushed;
//!   `max_journaling_size` bounds that (tested in `tests/engine_journals.rs`).

use std::path::Path;
use std::sync::Arc;

use fjall::{AbstractTree, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};

use super::{
    Bytes, Change, Direction, Engine, EngineSnapshot, EntryIter, KeyRange, Space, journal,
};
use crate::error::StoreError;

/// Sizes of the engine.
#[derive(Clone, Copy, Debug)]
pub struct FjallOptions {
    /// Block cache, bytes.
    pub cache_bytes: u64,
    /// Memtable of the row and index keyspaces, bytes each.
    pub memtable_bytes: u64,
    /// Journals kept at most, bytes.
    pub journal_bytes: u64,
    /// Threads that flush and compact.
    pub worker_threads: usize,
}

/// An open database.
pub struct FjallEngine {
    db: Database,
    spaces: [Keyspace; 5],
}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> StoreError {
        StoreError::Engine(error.to_string())
    }
}

impl FjallEngine {
    /// Opens or creates the database in `dir`.
    pub fn open(dir: &Path, options: &FjallOptions) -> Result<FjallEngine, StoreError> {
        let end = journal::look_over(dir)?;
        let db = Database::builder(dir)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.journal_bytes.max(64 << 20))
            .worker_threads(options.worker_threads.max(1))
            .open()?;
        let open = |space: Space| {
            let memtable = match space {
                Space::Rows | Space::Indexes => options.memtable_bytes.max(1 << 20),
                Space::Catalog | Space::State | Space::Undo => 16 << 20,
            };
            db.keyspace(space.name(), || {
                KeyspaceCreateOptions::default().max_memtable_size(memtable)
            })
        };
        let spaces = [
            open(Space::Rows)?,
            open(Space::Indexes)?,
            open(Space::Catalog)?,
            open(Space::State)?,
            open(Space::Undo)?,
        ];
        if end.was_cut {
            check_nothing_beyond(&spaces, end.last_batch)?;
        }
        Ok(FjallEngine { db, spaces })
    }

    fn space(&self, space: Space) -> &Keyspace {
        &self.spaces[space.index()]
    }

    /// Number of journal files.
    pub fn journal_count(&self) -> usize {
        self.db.journal_count()
    }
}

/// The journal is synced before a table is written: a table with batches that the journal has not means that
/// what was cut off the journal was not its unsynced end.
fn check_nothing_beyond(spaces: &[Keyspace], last: Option<u64>) -> Result<(), StoreError> {
    for space in spaces {
        let stored = space.tree.get_highest_persisted_seqno();
        if stored > last {
            return Err(StoreError::Corrupt(format!(
                "the journal ends with batch {last:?}, keyspace {} has batch {stored:?}",
                &**space.name()
            )));
        }
    }
    Ok(())
}

struct FjallSnapshot {
    snapshot: fjall::Snapshot,
    spaces: [Keyspace; 5],
}

impl EngineSnapshot for FjallSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.snapshot.get(&self.spaces[space.index()], key)?)
    }

    fn range(&self, space: Space, range: KeyRange, direction: Direction) -> EntryIter {
        let iter = self.snapshot.range(&self.spaces[space.index()], range);
        match direction {
            Direction::Forward => Box::new(iter.map(|guard| Ok(guard.into_inner()?))),
            Direction::Reverse => Box::new(iter.rev().map(|guard| Ok(guard.into_inner()?))),
        }
    }
}

impl Engine for FjallEngine {
    fn snapshot(&self) -> Arc<dyn EngineSnapshot> {
        Arc::new(FjallSnapshot {
            snapshot: self.db.snapshot(),
            spaces: self.spaces.clone(),
        })
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut batch = fjall::OwnedWriteBatch::with_capacity(self.db.clone(), changes.len())
            .durability(Some(PersistMode::Buffer));
        for change in changes {
            let space = self.space(change.space);
            match change.value {
                Some(value) => batch.insert(space, change.key, value),
                None => batch.remove(space, change.key),
            }
        }
        Ok(batch.commit()?)
    }

    fn persist(&self) -> Result<(), StoreError> {
        Ok(self.db.persist(PersistMode::SyncAll)?)
    }

    fn approximate_bytes(&self, space: Space) -> u64 {
        self.space(space).disk_space()
    }

    fn journal_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.db.journal_disk_space()?)
    }
}
