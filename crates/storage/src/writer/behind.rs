//! Committing a group while the next one is being made.
//!
//! [`Writer::commit_behind`] freezes the overlay and gives it to a thread, which writes it to the engine and publishes
//! it; the writer goes on at once, over a new overlay, and reads through the frozen one what the engine may not have
//! yet. At most one group is on its way: the next one waits for it, and so does everything that changes the engine by
//! itself ([`Writer::settle`] comes first there). Groups are therefore written in their order, each as one batch, and
//! after a crash the store is a prefix of them, as ever.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use crate::catalog::Catalog;
use crate::engine::{Change, EngineSnapshot};
use crate::error::StoreError;
use crate::overlay::Overlay;
use crate::store::{StoreInner, locked};

use super::{Writer, publish};

/// A group on its way into the engine.
pub(super) struct Behind {
    /// Its changes.
    pub frozen: Arc<Overlay>,
    thread: JoinHandle<Result<Arc<dyn EngineSnapshot>, StoreError>>,
}

impl Writer {
    /// Commits the group (ending an open transaction) without waiting for it: it is published when
    /// [`Writer::settle`] says so, at the latest by the next commit.
    pub fn commit_behind(&mut self) -> Result<(), StoreError> {
        self.end()?;
        self.settle()?;
        let counters = self.take_counters();
        if self.state.overlay.is_empty() && counters.is_empty() {
            return Ok(());
        }
        self.store.check_alive()?;
        let frozen = Arc::new(std::mem::take(&mut self.state.overlay));
        let (store, catalog) = (self.store.clone(), self.state.catalog.clone());
        let changes = frozen.clone();
        let spent = self.state.spent.take();
        let thread = std::thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || {
                drop(spent);
                write(&store, &changes, counters, catalog)
            })
            .map_err(|e| {
                // What was frozen is lost to this process: as after a write that failed.
                self.store.failed.store(true, Ordering::Release);
                StoreError::Engine(format!("no thread for a commit: {e}"))
            })?;
        self.state.behind = Some(Behind { frozen, thread });
        Ok(())
    }

    /// A group is on its way, and not there yet.
    pub fn is_behind(&self) -> bool {
        let behind = self.state.behind.as_ref();
        behind.is_some_and(|behind| !behind.thread.is_finished())
    }

    /// Waits for the group that is on its way; it is published then.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        let Some(behind) = self.state.behind.take() else {
            return Ok(());
        };
        let written = behind.thread.join();
        let written = written
            .unwrap_or_else(|_| Err(StoreError::Engine("the thread of a commit panicked".into())));
        if written.is_err() {
            self.store.failed.store(true, Ordering::Release);
        }
        self.state.base = written?;
        // Freeing it takes a while: the next thread does it.
        self.state.spent = Some(behind.frozen);
        self.published();
        Ok(())
    }

    /// A group is published: what was being built for it is part of the store.
    pub(super) fn published(&mut self) {
        let reclaimer = &self.store.reclaimer;
        locked(&reclaimer.building).clear();
        if std::mem::take(&mut self.state.reclaim_asked) {
            reclaimer.wake();
        }
    }
}

fn write(
    store: &StoreInner,
    frozen: &Overlay,
    counters: Vec<Change>,
    catalog: Arc<Catalog>,
) -> Result<Arc<dyn EngineSnapshot>, StoreError> {
    let mut batch = frozen.changes();
    batch.extend(counters);
    publish(store, batch, catalog)
}
