//! Errors that `slave_skip_errors` passes over: logged and counted, never silent.

use super::{Done, Run, store_error};
use crate::error::ApplyError;
use crate::ledger::Reason;
use understudy_base::error::MysqlError;

impl Run {
    /// Counts an error that was passed over.
    pub(super) fn count_skipped(&mut self, errno: u16) {
        self.tally.note(Reason::skipped_error(errno));
        self.applier.state.lock().skipped_errors += 1;
    }

    /// The error, unless `slave_skip_errors` names it.
    pub(super) fn unless_skipped(&mut self, error: ApplyError) -> Result<Done, ApplyError> {
        if !self
            .applier
            .options
            .apply
            .skip_errors()
            .contains(error.errno)
        {
            return Err(error);
        }
        self.count_skipped(error.errno);
        tracing::warn!(
            "Replica SQL for channel '{}': {error}",
            self.applier.channel
        );
        Ok(Done::Skipped)
    }

    /// Whether a statement's error is passed over; what it has changed is then taken back, so it must be
    /// alone in its transaction. One that ended on the source with the same error does not come here.
    pub(super) fn skips_statement(&mut self, error: &MysqlError) -> Result<bool, ApplyError> {
        if !self
            .applier
            .options
            .apply
            .skip_errors()
            .contains(error.errno)
        {
            return Ok(false);
        }
        self.writer().rollback().map_err(|e| store_error(&e))?;
        self.count_skipped(error.errno);
        tracing::info!(
            "Replica SQL for channel '{}': Could not execute Query event. Detailed error: {};, Error_code: MY-{:06}",
            self.applier.channel,
            error.message,
            error.errno
        );
        Ok(true)
    }
}
