//! What holds the applier back or lets it pass events over: MASTER_DELAY and `sql_slave_skip_counter`.

use super::{Run, decode_error, relay_error, relay_position};
use crate::error::{ApplyError, now_s};
use crate::ledger::Reason;
use std::time::Duration;
use understudy_binlog::EventType;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::header::EventHeader;
use understudy_event_log::{RelayEvent, RelayEventKind};

/// How often a wait looks at the stop flag.
const STEP: Duration = Duration::from_millis(50);

impl Run {
    /// Waits until an event is due under MASTER_DELAY. True when it waited (or was stopped meanwhile): the
    /// applier then stands at the last finished transaction again and reads on from there.
    ///
    /// A transaction that says when it committed (MySQL 8.0 and later) is due that much later, by the clocks
    /// of both machines as they are; one that does not, with each of its events, corrected by the clocks'
    /// difference. A transaction that is not yet due is taken back, so that nothing is held meanwhile.
    pub(super) fn held_back(&mut self, event: &RelayEvent) -> Result<bool, ApplyError> {
        let delay_s = i64::from(self.applier.delay_s);
        if delay_s == 0 || event.kind != RelayEventKind::Event {
            return Ok(false);
        }
        let header = EventHeader::decode(&event.bytes).map_err(|e| decode_error(&e))?;
        let committed_s = self.commit_time(event, &header)?;
        if !self.in_group {
            self.says_commit_time = committed_s.is_some();
        } else if self.says_commit_time {
            return Ok(false);
        }
        let difference_s = self.applier.state.lock().clock_difference_s;
        let due_s = match committed_s {
            Some(committed_s) => committed_s + delay_s,
            None if header.timestamp_s == 0 => return Ok(false),
            // The difference is the source's clock less ours.
            None => i64::from(header.timestamp_s) + delay_s - difference_s,
        };
        if i64::try_from(now_s()).unwrap_or(i64::MAX) >= due_s {
            return Ok(false);
        }
        self.take_back()?;
        self.tally.take_back(Reason::STOPPED);
        self.commit()?;
        let due_s = u64::try_from(due_s).unwrap_or(0);
        self.applier.state.update(|p| {
            p.delayed_until_s = Some(due_s);
            p.applying_timestamp_s = u64::from(header.timestamp_s);
        });
        self.applier
            .state
            .applier_says("Waiting until SOURCE_DELAY seconds after source executed event");
        while now_s() < due_s && !self.applier.stop.is_stopped() {
            std::thread::sleep(STEP);
        }
        self.applier.state.update(|p| p.delayed_until_s = None);
        let at = relay_position(&self.applier.relay, &self.position);
        // The workers end before others begin.
        self.feed = None;
        let reader = self.applier.relay.reader(at).map_err(|e| relay_error(&e))?;
        self.open_feed(reader);
        Ok(true)
    }

    /// When a transaction committed on the source, in whole seconds since the epoch, rounded up.
    fn commit_time(
        &self,
        event: &RelayEvent,
        header: &EventHeader,
    ) -> Result<Option<i64>, ApplyError> {
        if !matches!(
            header.event_type,
            EventType::GTID | EventType::ANONYMOUS_GTID | EventType::GTID_TAGGED
        ) {
            return Ok(None);
        }
        let decoded =
            Event::decode_verified(&event.bytes, &self.context).map_err(|e| decode_error(&e))?;
        let timestamps = match decoded.body {
            EventBody::Gtid(gtid) => gtid.timestamps,
            EventBody::GtidTagged(gtid) => Some(gtid.timestamps),
            _ => None,
        };
        Ok(timestamps.and_then(|t| i64::try_from(t.immediate_us.div_ceil(1_000_000)).ok()))
    }

    /// Whether `sql_slave_skip_counter` passes this event over. The counter falls with each event, but the
    /// last one of it lasts to the end of the transaction, so that none is applied in part.
    pub(super) fn skips(&mut self, event: &RelayEvent) -> bool {
        if self.skip_counter == 0 || event.kind != RelayEventKind::Event {
            return false;
        }
        if self.skip_counter > 1 || event.ends_group {
            self.skip_counter -= 1;
            let left = self.skip_counter;
            self.applier.state.update(|p| p.skip_counter = left);
        }
        true
    }
}
