//! Deleting the ranges of dropped tables and indexes in the background.
//!
//! A DROP or TRUNCATE adds an entry to a list in the catalog keyspace, in the same batch as the catalog
//! change itself. A thread deletes the range in bounded batches and takes the entry off the list with the
//! last one; it goes on after a restart. It looks only at lists that are published: an entry of an index or
//! table that is being built, which is there in case of a crash, is none of its business before that.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::{Bytes, Change, Direction, Engine, Space};
use crate::error::StoreError;
use crate::keys;
use crate::range;
use crate::snapshot::Published;
use crate::store::locked;

/// Keys deleted in one batch.
const CHUNK: usize = 4096;
/// Pause between batches, so that commits go first.
const PAUSE: Duration = Duration::from_millis(1);

/// Key of a list entry.
pub(crate) fn entry_key(space: Space, prefix: &[u8]) -> Vec<u8> {
    let mut tail = vec![space.index() as u8];
    tail.extend_from_slice(prefix);
    keys::tagged(b'r', &tail)
}

/// The change that puts a range on the list.
pub(crate) fn entry(space: Space, prefix: &[u8]) -> Change {
    Change {
        space: Space::Catalog,
        key: Bytes::from(entry_key(space, prefix)),
        value: Some(Bytes::from(&b""[..])),
    }
}

fn parse(key: &[u8]) -> Result<(Space, &[u8]), StoreError> {
    let damaged = || StoreError::Corrupt("an entry of the list of ranges to reclaim".into());
    let (&space, prefix) = key
        .get(1..)
        .and_then(<[u8]>::split_first)
        .ok_or_else(damaged)?;
    let space = *Space::ALL.get(usize::from(space)).ok_or_else(damaged)?;
    match prefix.is_empty() {
        true => Err(damaged()),
        false => Ok((space, prefix)),
    }
}

/// Deletes everything under `prefix`, then the list entry. `stop` ends it early.
pub(crate) fn reclaim(
    engine: &dyn Engine,
    space: Space,
    prefix: &[u8],
    pause: Duration,
    stop: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    let snapshot = engine.snapshot();
    let mut batch = Vec::new();
    for found in snapshot.range(space, range::prefix_range(prefix), Direction::Forward) {
        let (key, _) = found?;
        batch.push(Change {
            space,
            key,
            value: None,
        });
        if batch.len() >= CHUNK {
            engine.write(std::mem::take(&mut batch))?;
            if stop() {
                return Ok(());
            }
            std::thread::sleep(pause);
        }
    }
    batch.push(Change {
        space: Space::Catalog,
        key: Bytes::from(entry_key(space, prefix)),
        value: None,
    });
    engine.write(batch)
}

#[derive(Default)]
struct Progress {
    /// Requests made and requests worked off.
    asked: u64,
    done: u64,
    error: Option<String>,
}

/// The thread's handle.
pub(crate) struct Reclaimer {
    wake: Option<mpsc::Sender<u64>>,
    thread: Option<JoinHandle<()>>,
    progress: Arc<(Mutex<Progress>, Condvar)>,
    /// Held while a range is being deleted. What is in it are the list entries of ranges that the writer is
    /// building just now: an entry of that name on an older list does not mean them.
    pub(crate) building: Arc<Mutex<BTreeSet<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
}

impl Reclaimer {
    pub fn start(
        engine: Arc<dyn Engine>,
        published: Arc<RwLock<Arc<Published>>>,
    ) -> Result<Reclaimer, StoreError> {
        let (wake, woken) = mpsc::channel();
        let progress = Arc::new((Mutex::new(Progress::default()), Condvar::new()));
        let building = Arc::new(Mutex::new(BTreeSet::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            engine,
            published,
            woken,
            progress: progress.clone(),
            building: building.clone(),
            stop: stop.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("reclaim".into())
            .spawn(move || worker.run())
            .map_err(|source| StoreError::Io {
                context: "start the reclaiming thread".into(),
                source,
            })?;
        let reclaimer = Reclaimer {
            wake: Some(wake),
            thread: Some(thread),
            progress,
            building,
            stop,
        };
        reclaimer.wake();
        Ok(reclaimer)
    }

    /// Says that the published list may have grown.
    pub fn wake(&self) {
        let mut progress = locked(&self.progress.0);
        progress.asked += 1;
        if let Some(wake) = &self.wake {
            // A worker that is gone has left its error in `progress`.
            let _ = wake.send(progress.asked);
        }
    }

    /// Waits until every list published so far is worked off.
    pub fn wait_idle(&self) -> Result<(), StoreError> {
        let mut progress = locked(&self.progress.0);
        let target = progress.asked;
        loop {
            if let Some(error) = &progress.error {
                return Err(StoreError::Engine(error.clone()));
            }
            if progress.done >= target {
                return Ok(());
            }
            progress = self
                .progress
                .1
                .wait(progress)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Reclaimer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the reclaiming thread panicked");
        }
    }
}

struct Worker {
    engine: Arc<dyn Engine>,
    published: Arc<RwLock<Arc<Published>>>,
    woken: mpsc::Receiver<u64>,
    progress: Arc<(Mutex<Progress>, Condvar)>,
    building: Arc<Mutex<BTreeSet<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn run(self) {
        while let Ok(first) = self.woken.recv() {
            let mut asked = first;
            while let Ok(later) = self.woken.try_recv() {
                asked = later;
            }
            let result = self.work_off();
            let mut progress = locked(&self.progress.0);
            progress.done = asked;
            let failed = match result {
                Ok(()) => false,
                Err(error) => {
                    tracing::error!(%error, "reclaiming dropped tables stopped");
                    progress.error = Some(error.to_string());
                    true
                }
            };
            self.progress.1.notify_all();
            if failed {
                return;
            }
        }
    }

    fn work_off(&self) -> Result<(), StoreError> {
        let published = self
            .published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let list = published.engine.range(
            Space::Catalog,
            range::prefix_range(b"r"),
            Direction::Forward,
        );
        for found in list {
            let (key, _) = found?;
            let (space, prefix) = parse(&key)?;
            let building = locked(&self.building);
            // The published list is a little old: somebody may have done it since.
            if building.contains(&key[..])
                || self.engine.snapshot().get(Space::Catalog, &key)?.is_none()
            {
                continue;
            }
            reclaim(&*self.engine, space, prefix, PAUSE, &|| {
                self.stop.load(Ordering::Relaxed)
            })?;
        }
        Ok(())
    }
}
