//! Space: purge of applied segments and the limit that holds the receiver back.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use super::RelayLog;
use crate::error::EventLogError;
use crate::index;

/// How [`RelayLog::wait_for_space`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaceWait {
    /// There is room.
    Room,
    /// There is none, but the applier has nothing left to apply before it gets more: go on.
    Ignored,
    /// The stop flag was set.
    Stopped,
}

impl RelayLog {
    /// Removes the segments before `up_to`, which the applier has left behind; with `relay_log_purge`
    /// off it removes nothing. Returns how many. First the index, then the files: a crash between leaves
    /// files that the next open removes.
    pub fn purge_applied(&self, up_to: u64) -> Result<usize, EventLogError> {
        let shared = &self.shared;
        if shared.state().segments.range(..up_to).next().is_none() {
            return Ok(0);
        }
        let writer = shared.writer()?;
        if !writer.options.relay_log_purge {
            return Ok(0);
        }
        let (gone, kept): (Vec<u64>, Vec<u64>) = {
            let state = shared.state();
            let limit = up_to.min(state.active);
            state.segments.keys().partition(|number| **number < limit)
        };
        index::write(&*shared.disk, &shared.names, kept.into_iter())?;
        let mut state = shared.state();
        for number in &gone {
            state.segments.remove(number);
        }
        drop(state);
        shared.changed.notify_all();
        for number in &gone {
            let path = shared.path(*number);
            shared
                .disk
                .remove(&path)
                .map_err(EventLogError::io("remove", path))?;
        }
        shared
            .disk
            .sync_dir(&shared.names.dir)
            .map_err(EventLogError::io("fsync", &shared.names.dir))?;
        drop(writer);
        Ok(gone.len())
    }

    /// Whether `relay_log_space_limit` is reached.
    pub fn space_exceeded(&self) -> bool {
        let state = self.shared.state();
        state.space_limit > 0 && state.space() >= state.space_limit
    }

    /// Waits until the log is below `relay_log_space_limit`. The receiver calls it before appending.
    ///
    /// The real server's rule `ignore_log_space_limit`: if the applier has read all there is while the
    /// receiver waits, waiting would last for ever, for only a finished segment can be purged. Then the
    /// active segment is finished (inside a transaction, at its end) and the receiver goes on.
    pub fn wait_for_space(&self, stop: &AtomicBool) -> Result<SpaceWait, EventLogError> {
        let shared = &self.shared;
        let mut state = shared.state();
        let outcome = loop {
            if stop.load(Ordering::SeqCst) {
                break SpaceWait::Stopped;
            }
            if state.space_limit == 0 || state.space() < state.space_limit {
                break SpaceWait::Room;
            }
            if state.ignore_limit {
                break SpaceWait::Ignored;
            }
            state.space_waiting = true;
            shared.changed.notify_all();
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        };
        state.space_waiting = false;
        state.ignore_limit = false;
        drop(state);
        if outcome == SpaceWait::Ignored {
            shared.writer()?.rotate(shared)?;
        }
        Ok(outcome)
    }
}
