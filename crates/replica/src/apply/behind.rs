//! Committing a group of transactions while the next one is made.
//!
//! Writing a group to the engine takes up to half of the applier's time. With workers, under load, a thread of the
//! store does it; the applier goes on over the frozen group and publishes its position, its GTIDs and what it counted
//! when it is there: never before readers see its rows. The writer is held meanwhile. The group is waited for wherever
//! the applier is to stand still: when it has caught up, at its end, when relay log is to be purged, and when another
//! channel waits for the writer.

use super::{Run, store_error, workers};
use crate::error::ApplyError;
use crate::gtid::PendingGtids;
use crate::ledger::Tally;
use crate::progress::ApplierProgress;
use crate::state::AppliedPosition;
use crate::waterfall::Flow;
use std::time::Instant;

/// What is published when the group is there.
pub(super) struct Behind {
    position: AppliedPosition,
    gtids: PendingGtids,
    progress: ApplierProgress,
    tally: Tally,
    flow: Flow,
    worker: Option<usize>,
}

impl Run {
    /// The group is full: it is committed.
    pub(super) fn end_of_batch(&mut self) -> Result<(), ApplyError> {
        let relay = &self.applier.relay;
        let segment = relay.segment_number(&self.position.relay_file);
        let purges = segment.unwrap_or(0) > self.purged;
        let wanted = self.writer.as_ref().is_none_or(|w| w.is_wanted());
        if self.worker().is_none() || purges || wanted {
            self.commit()?;
            return self.purge();
        }
        self.settle()?;
        if let Some(writer) = &mut self.writer
            && let Err(error) = writer.commit_behind()
        {
            let error = store_error(&error);
            self.tally.lose(error.errno);
            self.flow.lose();
            self.tally.publish(&self.applier.state.ledger);
            self.lose_pending_gtids();
            return Err(error);
        }
        self.behind = Some(Behind {
            position: self.position.clone(),
            gtids: self.pending_gtids(),
            progress: std::mem::take(&mut self.progress),
            tally: std::mem::take(&mut self.tally),
            flow: std::mem::take(&mut self.flow),
            worker: self.worker(),
        });
        self.group_transactions = 0;
        self.group_since = Instant::now();
        Ok(())
    }

    /// The group that was being committed is there, and not yet published.
    pub(super) fn landed(&self) -> bool {
        let writing = self.writer.as_ref().is_some_and(|w| w.is_behind());
        self.behind.is_some() && !writing
    }

    /// Waits for the group that is being committed, and publishes it.
    pub(super) fn settle(&mut self) -> Result<(), ApplyError> {
        let Some(mut behind) = self.behind.take() else {
            return Ok(());
        };
        let ledger = &self.applier.state.ledger;
        if let Some(writer) = &mut self.writer
            && let Err(error) = writer.settle()
        {
            let error = store_error(&error);
            behind.tally.lose(error.errno);
            behind.tally.publish(ledger);
            self.lose_pending_gtids();
            return Err(error);
        }
        behind.tally.publish(ledger);
        behind.gtids.publish(&self.applier.gtids);
        let applier = &self.applier;
        behind.flow.committed(&applier.state, &applier.relay);
        self.applier.state.update(|p| {
            p.applied = behind.position;
            behind.progress.committed(p);
            workers::committed(p, behind.worker);
        });
        Ok(())
    }
}
