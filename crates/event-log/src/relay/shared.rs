//! What the receiver, the applier and the administrator's threads share of a relay log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, DiskFile};
use crate::error::EventLogError;
use crate::index::Names;
use crate::position::{RelayPosition, SourcePosition};
use crate::relay::flushes::Flushes;
use crate::relay::writer::Writer;

/// One relay log.
pub(crate) struct Shared {
    pub disk: Arc<dyn Disk>,
    pub names: Names,
    pub writer: Mutex<Writer>,
    pub state: Mutex<State>,
    pub changed: Condvar,
}

/// What is published: only bytes that are in the file, never what is in the writer's buffer.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Grows with each reset, so that a reader notices.
    pub epoch: u64,
    /// Number of each segment to what may be read of it, bytes; of the active one, up to the end of its
    /// last whole transaction.
    pub segments: BTreeMap<u64, u64>,
    /// The segment being written.
    pub active: u64,
    /// Length of the active segment, bytes.
    pub active_len: u64,
    /// Received up to, in the file.
    pub received: Option<SourcePosition>,
    /// Received up to and fsynced.
    pub synced: Option<SourcePosition>,
    /// When it was written up to where.
    pub flushes: Flushes,
    /// The limit as `relay_log_space_limit` has it, bytes.
    pub space_limit: u64,
    /// The receiver waits for space.
    pub space_waiting: bool,
    /// The applier has read everything and waits while the receiver waits for space: go on once.
    pub ignore_limit: bool,
}

impl State {
    /// All segments together, bytes.
    pub fn space(&self) -> u64 {
        let finished: u64 = self.segments.range(..self.active).map(|(_, len)| len).sum();
        finished + self.active_len
    }

    /// Up to where readers may read.
    pub fn readable(&self) -> RelayPosition {
        RelayPosition {
            segment: self.active,
            pos: self.segments.get(&self.active).copied().unwrap_or(0),
        }
    }
}

impl Shared {
    /// A panic elsewhere does not make what is published wrong: every update is one assignment block.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer; one that panicked inside an operation is unusable until the log is opened anew.
    pub fn writer(&self) -> Result<MutexGuard<'_, Writer>, EventLogError> {
        self.writer.lock().map_err(|_| EventLogError::Poisoned)
    }

    pub fn path(&self, number: u64) -> PathBuf {
        self.names.segment_path(number)
    }

    pub fn open_segment(&self, number: u64) -> Result<Box<dyn DiskFile>, EventLogError> {
        let path = self.path(number);
        self.disk
            .open(&path, false)
            .map_err(EventLogError::io("open", path))
    }
}
