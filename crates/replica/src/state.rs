//! What a channel's threads publish and its waiters read: positions, thread states, errors.
//!
//! One mutex guards all of it, held for a few assignments at a time; a condition variable wakes
//! MASTER_POS_WAIT and STOP SLAVE. The receiver and the applier each write only their own part.

use crate::audit::RowAudit;
use crate::gtid::Retrieved;
use crate::ledger::Ledger;
use crate::waterfall::Waterfall;
use serde::{Deserialize, Serialize};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use understudy_base::control::{
    GroupCounts, ReceiverState, ThreadError, ThreadProgress, WorkerStatus,
};

/// A position in the source's binary log, by our own 64-bit count.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourcePosition {
    /// File name; empty before the first is known.
    pub file: String,
    /// Bytes.
    pub pos: u64,
}

/// Where the applier stands: committed in the store with the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedPosition {
    /// Relay log file of the next event to apply.
    pub relay_file: String,
    /// Position in it, bytes.
    pub relay_pos: u64,
    /// The same place in the source's binary log.
    pub source: SourcePosition,
    /// [`crate::config::SourceConfig::change_number`] under which it was set.
    pub change_number: u64,
}

impl AppliedPosition {
    /// Stored form (JSON: small, versionless additions possible).
    pub fn to_bytes(&self) -> Vec<u8> {
        // Serialising plain strings and numbers cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| format!("applied position is damaged: {e}"))
    }
}

/// What SHOW SLAVE STATUS shows of the running threads.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// State of the receiver.
    pub receiver: ReceiverState,
    /// The applier runs.
    pub applier_running: bool,
    /// Connection id of the receiver.
    pub receiver_id: u64,
    /// Connection id of the applier.
    pub applier_id: u64,
    /// When the receiver was started.
    pub receiver_since: Option<Instant>,
    /// When the applier was started.
    pub applier_since: Option<Instant>,
    /// When the last event that this applier applied was logged on the source; 0 before any.
    pub applier_event_s: u64,
    /// The receiver's state text, in 9.7's words.
    pub receiver_state: &'static str,
    /// The applier's state text, in 9.7's words.
    pub applier_state: &'static str,
    /// When the applier's state text was set.
    pub applier_state_since: Option<Instant>,
    /// Received up to here.
    pub received: SourcePosition,
    /// Applied up to here.
    pub applied: AppliedPosition,
    /// Last receiver error.
    pub receiver_error: ThreadError,
    /// Last applier error.
    pub applier_error: ThreadError,
    /// Source's clock minus ours, seconds.
    pub clock_difference_s: i64,
    /// Timestamp of the event being applied (start of its statement), seconds; 0 when caught up.
    pub applying_timestamp_s: u64,
    /// Source's server id.
    pub source_server_id: u32,
    /// Source's uuid.
    pub source_uuid: String,
    /// Source's version text.
    pub source_version: String,
    /// Connection id on the source.
    pub source_connection_id: u32,
    /// Heartbeats received.
    pub received_heartbeats: u64,
    /// Last heartbeat, microseconds since the epoch.
    pub last_heartbeat_us: u64,
    /// Statement being applied.
    pub applying_statement: Option<String>,
    /// `sql_slave_skip_counter`
    pub skip_counter: u64,
    /// MASTER_DELAY holds the applier back until then, seconds since the epoch.
    pub delayed_until_s: Option<u64>,
    /// What the receiver writes to the relay log.
    pub queueing: ThreadProgress,
    /// What the applier applies, or hands to its workers.
    pub applying: ThreadProgress,
    /// The applier's workers; none when it applies by itself.
    pub workers: Vec<WorkerStatus>,
    /// The worker that is at work, from 1 on.
    pub applying_worker: usize,
    /// Transactions tried again after an error that may pass.
    pub transaction_retries: u64,
    /// Errors that `replica_skip_errors` passed over.
    pub skipped_errors: u64,
    /// Applied groups of events from a MariaDB source, by kind.
    pub groups: GroupCounts,
    /// When the last received event was logged on the source, seconds since the epoch; 0 for none.
    pub received_event_s: u64,
    /// The same of the last applied event.
    pub applied_event_s: u64,
}

/// Shared between a channel's threads and its status readers.
#[derive(Default)]
pub struct ChannelState {
    published: Mutex<Published>,
    changed: Condvar,
    /// The event ledger.
    pub ledger: Ledger,
    /// How long transactions took.
    pub waterfall: Waterfall,
    /// What the before-image audit has seen.
    pub audit: RowAudit,
    retrieved: Mutex<Retrieved>,
}

impl ChannelState {
    /// Locks the state for reading or changing.
    pub fn lock(&self) -> MutexGuard<'_, Published> {
        // A panic of a holder leaves plain values: still readable.
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What the relay log has of whole transactions with a GTID.
    pub fn retrieved(&self) -> MutexGuard<'_, Retrieved> {
        self.retrieved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes waiters.
    pub fn update<R>(&self, change: impl FnOnce(&mut Published) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Sets the receiver's state text.
    pub fn receiver_says(&self, text: &'static str) {
        self.update(|p| {
            if p.receiver_state != text {
                p.receiver_state = text;
            }
        });
    }

    /// Sets the applier's state text.
    pub fn applier_says(&self, text: &'static str) {
        self.update(|p| {
            if p.applier_state != text {
                p.applier_state = text;
                p.applier_state_since = Some(Instant::now());
            }
        });
    }

    /// Waits until `ready` answers, or the time is over (`None`).
    pub fn wait_until<R>(
        &self,
        timeout: Option<Duration>,
        mut ready: impl FnMut(&Published) -> Option<R>,
    ) -> Option<R> {
        let deadline = timeout.map(|t| Instant::now() + t);
        let mut guard = self.lock();
        loop {
            if let Some(result) = ready(&guard) {
                return Some(result);
            }
            let step = match deadline {
                None => Duration::from_secs(1),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    left.min(Duration::from_secs(1))
                }
            };
            guard = self
                .changed
                .wait_timeout(guard, step)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Asks a thread to stop; cheap to poll.
#[derive(Default)]
pub struct StopFlag {
    stopped: std::sync::atomic::AtomicBool,
    killed: std::sync::atomic::AtomicBool,
    notify: tokio::sync::Notify,
    hook: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
}

impl StopFlag {
    /// Says that KILL is going to ask.
    pub fn set_killed(&self) {
        self.killed.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    /// Whether KILL asked.
    pub fn is_killed(&self) -> bool {
        self.killed.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Asks.
    pub fn stop(&self) {
        self.stopped
            .store(true, std::sync::atomic::Ordering::SeqCst);
        self.notify.notify_waiters();
        self.notify.notify_one();
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hook) = &*hook {
            hook();
        }
    }

    /// What wakes a thread that waits for something else; called when stopping is asked for.
    pub fn on_stop(&self, hook: Option<Box<dyn Fn() + Send + Sync>>) {
        *self.hook.lock().unwrap_or_else(PoisonError::into_inner) = hook;
    }

    /// The flag itself, for waits of the relay log ([`understudy_event_log::RelayLog::stop_waiting`]
    /// wakes those).
    pub fn flag(&self) -> &std::sync::atomic::AtomicBool {
        &self.stopped
    }

    /// Whether stopping was asked for.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Completes when stopping is asked for. Dropping the future loses nothing.
    pub async fn stopped(&self) {
        while !self.is_stopped() {
            self.notify.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn waiters_see_the_applied_position_move() {
        let state = Arc::new(ChannelState::default());
        let other = state.clone();
        let thread = std::thread::spawn(move || {
            other.wait_until(Some(Duration::from_secs(20)), |p| {
                (p.applied.source.pos >= 7).then_some(())
            })
        });
        state.update(|p| p.applied.source.pos = 7);
        assert_eq!(thread.join().unwrap(), Some(()));
        assert_eq!(
            state.wait_until::<()>(Some(Duration::from_millis(5)), |_| None),
            None
        );
    }

    #[test]
    fn applied_position_round_trips_past_4_gib() {
        let position = AppliedPosition {
            relay_file: "relay-bin.000003".into(),
            relay_pos: 5 << 32,
            source: SourcePosition {
                file: "binlog.000009".into(),
                pos: 6 << 32,
            },
            change_number: 3,
        };
        assert_eq!(
            AppliedPosition::from_bytes(&position.to_bytes()),
            Ok(position)
        );
        assert!(AppliedPosition::from_bytes(b"{").is_err());
    }
}
