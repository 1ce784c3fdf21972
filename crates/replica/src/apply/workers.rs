//! What the applier publishes of its workers, and its errors as 9.7 tells them when it has workers.
//!
//! A worker is said to apply what it prepared: the applier, which does it, is the coordinator to those who ask.

use super::{Run, feed::Feed};
use crate::error::ApplyError;
use crate::state::Published;
use understudy_base::control::{ThreadError, ThreadProgress, WorkerStatus};

/// Errors that the coordinator has by itself: the relay log cannot be read.
const OF_THE_COORDINATOR: [u16; 2] = [1594, 1595];

/// State of a worker that has nothing to do, in 9.7's words.
const IDLE: &str = "Waiting for an event from Coordinator";

impl Run {
    /// The worker whose batch is at hand, from 1 on.
    pub(super) fn worker(&self) -> Option<usize> {
        self.feed.as_ref().and_then(Feed::worker)
    }

    /// Workers begin, or there are none any more.
    pub(super) fn publish_workers(&self) {
        let count = self.feed.as_ref().map_or(0, Feed::workers);
        self.applier.state.update(|p| {
            p.workers.resize_with(count, WorkerStatus::default);
            for (id, worker) in (1..).zip(&mut p.workers) {
                worker.id = id;
                worker.state = IDLE;
                if worker.process_id == 0 {
                    worker.process_id = self.applier.options.process_ids.next();
                }
                worker.running = true;
            }
        });
    }

    /// An error as SHOW REPLICA STATUS has it; the worker keeps the rest of it.
    pub(super) fn reported(&self, error: &ApplyError) -> ThreadError {
        let shown = error.shown();
        let Some(worker) = self.worker() else {
            return shown;
        };
        if OF_THE_COORDINATOR.contains(&error.errno) {
            return shown;
        }
        let (file, pos) = self.at.clone();
        self.applier.state.update(|p| {
            let gtid = match p.applying.current.gtid.as_str() {
                "" => "ANONYMOUS",
                gtid => gtid,
            };
            let failed = format!(
                "Worker {worker} failed executing transaction '{gtid}' at source log {file}, end_log_pos {pos}"
            );
            if let Some(status) = p.workers.get_mut(worker.saturating_sub(1)) {
                status.error = ThreadError {
                    message: format!("{failed}; {}", shown.message),
                    ..shown.clone()
                };
            }
            ThreadError {
                message: format!(
                    "Coordinator stopped because there were error(s) in the worker(s). The most recent failure being: \
                     {failed}. See error log and/or performance_schema.replication_applier_status_by_worker table for \
                     more details about this failure or others, if any."
                ),
                ..shown
            }
        })
    }
}

/// The applier begins: what the workers of the one before did is forgotten.
pub(super) fn begin(published: &mut Published) {
    published.workers.clear();
    published.applying_worker = 0;
}

/// The applier has ended: its workers have too, and what they did stays to be seen.
pub(super) fn end(published: &mut Published) {
    for worker in &mut published.workers {
        worker.running = false;
    }
    published.applying_worker = 0;
}

/// A group of transactions is committed; the last was this worker's.
pub(super) fn committed(published: &mut Published, worker: Option<usize>) {
    let last = published.applying.last.clone();
    let at_s = published.applying_timestamp_s;
    if let Some(status) = worker.and_then(|w| published.workers.get_mut(w.checked_sub(1)?)) {
        status.progress.last = last;
        status.event_timestamp_s = at_s;
    }
}

/// The workers with what each is at.
pub(crate) fn at_work(published: &Published) -> Vec<WorkerStatus> {
    let mut workers = published.workers.clone();
    let current = published.applying_worker.checked_sub(1);
    if let Some(worker) = current.and_then(|index| workers.get_mut(index)) {
        worker.state = published.applier_state;
        worker.event_timestamp_s = published.applying_timestamp_s;
        worker.progress = ThreadProgress {
            current: published.applying.current.clone(),
            last: std::mem::take(&mut worker.progress.last),
        };
    }
    workers
}
