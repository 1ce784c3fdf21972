//! Opening a data directory, and the handles onto it.
//!
//! One process has a [`Store`] open. Readers take a [`Snapshot`]; the one [`Writer`] at a time changes
//! things. Worked flow of the applier:
//!
//! ```text
//! let mut writer = store.writer();
//! for transaction in group {
//!     writer.begin();
//!     ... insert, find, update, delete ...
//!     writer.set_state("applied", position);
//!     writer.end()?;
//! }
//! writer.commit()?;          // one engine batch, then visible to readers
//! ```
//!
//! Commits survive `kill -9`; they survive a power loss from the next [`Store::persist`] on. A log that
//! could replay them may therefore be purged only up to [`Durable`]'s state.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use crate::catalog::Catalog;
use crate::check::{self, CheckReport};
use crate::engine::fjall::{FjallEngine, FjallOptions};
use crate::engine::{Bytes, Direction, Engine, EngineSnapshot, Space};
use crate::error::StoreError;
use crate::meta::{self, Meta};
use crate::range;
use crate::reclaim::Reclaimer;
use crate::snapshot::{Published, Snapshot, StateMap};
use crate::undo;
use crate::writer::{Writer, WriterState};

/// Settings of a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Block cache, bytes.
    pub cache_bytes: u64,
    /// Memtable of the row and of the index keyspace, bytes each.
    pub memtable_bytes: u64,
    /// Journals of the engine kept at most, bytes (64 MiB at least).
    pub journal_bytes: u64,
    /// Threads that flush and compact.
    pub worker_threads: usize,
    /// A transaction that changes more than this streams into the engine, bytes.
    pub transaction_memory_limit: usize,
    /// When commits reach the disk.
    pub durability: Durability,
}

/// When commits reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// At [`Store::persist`]; a log replays what a power loss takes.
    Replayable,
    /// Each commit is synced before it returns.
    EveryCommit,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            cache_bytes: 128 << 20,
            memtable_bytes: 32 << 20,
            // What is in the journals has to be replayed at every start.
            journal_bytes: 128 << 20,
            worker_threads: 2,
            transaction_memory_limit: 64 << 20,
            durability: Durability::Replayable,
        }
    }
}

/// What is known to survive a power loss.
#[derive(Clone)]
pub struct Durable {
    state: Arc<StateMap>,
    sequence: u64,
}

impl Durable {
    /// A state value as of the last durable commit.
    pub fn state(&self, key: &str) -> Option<&[u8]> {
        self.state.get(key).map(|v| &**v)
    }

    /// Number of the last durable commit since the store was opened.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// An open data directory; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<StoreInner>,
}

pub(crate) struct StoreInner {
    pub(crate) reclaimer: Reclaimer,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) options: StoreOptions,
    pub(crate) published: Arc<RwLock<Arc<Published>>>,
    pub(crate) failed: AtomicBool,
    durable: Mutex<Durable>,
    writer: Mutex<Option<Box<WriterState>>>,
    writer_free: Condvar,
    /// Threads that wait for the writer.
    pub(crate) writer_wanted: AtomicUsize,
    meta: Meta,
    dir: PathBuf,
    // Last: the lock outlives the engine.
    _lock: File,
}

/// A lock that a panicking thread leaves behind holds plain values only: they are used as they are.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Opens the store in `dir`, making it if the directory has none.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Store, StoreError> {
        fs::create_dir_all(dir).map_err(|e| StoreError::io("create", dir, e))?;
        meta::check_not_foreign(dir)?;
        let lock = meta::lock(dir)?;
        let meta = meta::open(dir)?;
        let engine: Arc<dyn Engine> = Arc::new(FjallEngine::open(
            &dir.join(meta::ENGINE_DIR),
            &FjallOptions {
                cache_bytes: options.cache_bytes,
                memtable_bytes: options.memtable_bytes,
                journal_bytes: options.journal_bytes,
                worker_threads: options.worker_threads,
            },
        )?);
        Store::on_engine(engine, dir, options, meta, lock)
    }

    /// Opens a store over an open engine.
    fn on_engine(
        engine: Arc<dyn Engine>,
        dir: &Path,
        options: StoreOptions,
        meta: Meta,
        lock: File,
    ) -> Result<Store, StoreError> {
        undo::recover(&*engine)?;
        let base = engine.snapshot();
        let catalog = Arc::new(Catalog::load(&*base)?);
        let state = Arc::new(load_state(&*base)?);
        let first = Arc::new(Published {
            engine: base.clone(),
            catalog: catalog.clone(),
            state: state.clone(),
            sequence: 0,
        });
        let published = Arc::new(RwLock::new(first));
        Ok(Store {
            inner: Arc::new(StoreInner {
                reclaimer: Reclaimer::start(engine.clone(), published.clone())?,
                writer: Mutex::new(Some(Box::new(WriterState::new(base, catalog)))),
                writer_free: Condvar::new(),
                writer_wanted: AtomicUsize::new(0),
                // The engine syncs its journal when it recovers.
                durable: Mutex::new(Durable { state, sequence: 0 }),
                failed: AtomicBool::new(false),
                engine,
                options,
                published,
                meta,
                dir: dir.to_path_buf(),
                _lock: lock,
            }),
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Identity of this store, 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.inner.meta.store_id
    }

    /// The last published commit.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            published: self.inner.current(),
        }
    }

    /// The writer; waits until the one who has it drops it.
    pub fn writer(&self) -> Writer {
        let mut slot = locked(&self.inner.writer);
        loop {
            if let Some(state) = slot.take() {
                return Writer::new(self.inner.clone(), state);
            }
            self.inner.writer_wanted.fetch_add(1, Ordering::Relaxed);
            slot = self
                .inner
                .writer_free
                .wait(slot)
                .unwrap_or_else(PoisonError::into_inner);
            self.inner.writer_wanted.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The writer, if nobody has it.
    pub fn try_writer(&self) -> Option<Writer> {
        let state = locked(&self.inner.writer).take()?;
        Some(Writer::new(self.inner.clone(), state))
    }

    /// Makes everything published so far survive a power loss; returns what that is.
    pub fn persist(&self) -> Result<Durable, StoreError> {
        self.inner.persist()
    }

    /// What is known to survive a power loss; a log may be purged up to the position in its state.
    pub fn durable(&self) -> Durable {
        locked(&self.inner.durable).clone()
    }

    /// Bytes on disk of rows and indexes and of the engine's journals, about.
    pub fn approximate_bytes(&self) -> Result<u64, StoreError> {
        let spaces: u64 = Space::ALL
            .iter()
            .map(|space| self.inner.engine.approximate_bytes(*space))
            .sum();
        Ok(spaces + self.inner.engine.journal_bytes()?)
    }

    /// Verifies everything of the last published commit; see [`CheckReport::problems`].
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        check::check(&self.snapshot())
    }

    /// Waits until the ranges of dropped tables are reclaimed (tests, shutdown of tools).
    pub fn wait_for_reclaim(&self) -> Result<(), StoreError> {
        self.inner.reclaimer.wait_idle()
    }
}

impl StoreInner {
    pub(crate) fn current(&self) -> Arc<Published> {
        self.published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn publish(&self, next: Published) {
        *self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }

    pub(crate) fn persist(&self) -> Result<Durable, StoreError> {
        let published = self.current();
        self.engine.persist()?;
        let mut durable = locked(&self.durable);
        if published.sequence >= durable.sequence {
            *durable = Durable {
                state: published.state.clone(),
                sequence: published.sequence,
            };
        }
        Ok(durable.clone())
    }

    pub(crate) fn release_writer(&self, state: Box<WriterState>) {
        *locked(&self.writer) = Some(state);
        self.writer_free.notify_one();
    }

    /// The engine refused a write: nothing may be written or read as new until the store is opened again.
    pub(crate) fn check_alive(&self) -> Result<(), StoreError> {
        match self.failed.load(Ordering::Acquire) {
            true => Err(StoreError::Engine(
                "an earlier write failed; restart to recover".into(),
            )),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
impl Store {
    /// A store on an engine in memory; `dir` serves for the lock only.
    pub(crate) fn in_memory(
        engine: &crate::engine::memory::MemoryEngine,
        dir: &Path,
        options: StoreOptions,
    ) -> Result<Store, StoreError> {
        let meta = meta::open(dir)?;
        let engine = Arc::new(engine.clone());
        Store::on_engine(engine, dir, options, meta, meta::lock(dir)?)
    }
}

/// Reads what `set_state` stored.
fn load_state(snapshot: &dyn EngineSnapshot) -> Result<StateMap, StoreError> {
    let mut state = StateMap::new();
    for entry in snapshot.range(Space::State, range::prefix_range(b"s"), Direction::Forward) {
        let (key, value): (Bytes, Bytes) = entry?;
        let name = std::str::from_utf8(&key[1..])
            .map_err(|_| StoreError::Corrupt("a state key is not text".into()))?;
        state.insert(name.to_string(), value);
    }
    Ok(state)
}
