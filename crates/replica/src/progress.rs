//! Which transaction a thread works on, for `performance_schema.replication_*`.
//!
//! A transaction begins with the event that names it. The receiver is done with it when all of it is in the relay
//! log; the applier, when the store has committed it.

use crate::ledger::{Reason, Tally};
use crate::state::{ChannelState, Published};
use bytes::Bytes;
use std::time::{SystemTime, UNIX_EPOCH};
use understudy_base::control::{GroupCounts, ThreadProgress, TransactionProgress};
use understudy_base::gtid::MariadbGtid;
use understudy_binlog::checksum::ChecksumAlgorithm;
use understudy_binlog::context::{EventContext, Flavour};
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::event_type::EventType;
use understudy_binlog::events::{CommitTimestamps, MariadbGtidFlags};
use understudy_binlog::header::EventHeader;
use understudy_binlog::position::is_artificial;
use understudy_event_log::{Checksum, RelayEvent, RelayEventKind, RelayLog};

/// Microseconds since the epoch.
pub(crate) fn now_us() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
}

/// The transaction that an event announces.
pub(crate) fn announced(body: &EventBody, header: &EventHeader) -> Option<TransactionProgress> {
    let (gtid, times) = match body {
        EventBody::Gtid(event) if header.event_type == EventType::ANONYMOUS_GTID => {
            ("ANONYMOUS".to_owned(), event.timestamps)
        }
        EventBody::Gtid(event) => (event.gtid().to_string(), event.timestamps),
        EventBody::GtidTagged(event) => (event.gtid.to_string(), Some(event.timestamps)),
        EventBody::MariadbGtid(event) => {
            let gtid = MariadbGtid {
                domain: event.domain,
                server_id: header.server_id,
                sequence: event.sequence,
            };
            (gtid.to_string(), None)
        }
        _ => return None,
    };
    let original_commit_us = times.as_ref().map_or(0, CommitTimestamps::original);
    Some(TransactionProgress {
        gtid,
        original_commit_us,
        immediate_commit_us: times.map_or(0, |t| t.immediate_us),
        start_us: now_us(),
        ..TransactionProgress::default()
    })
}

/// The receiver's transaction.
#[derive(Default)]
pub struct ReceiverProgress {
    open: bool,
    /// How events end on this connection.
    checksum: Option<Checksum>,
    /// When the last event was logged on the source.
    logged_s: u64,
    /// What became of the events.
    pub(crate) tally: Tally,
    /// What the receiver says while it connects again.
    reconnecting: Option<&'static str>,
    /// START REPLICA named the account.
    account_given: bool,
}

impl ReceiverProgress {
    /// Of a receiver that connects as the stored account, or as one that START REPLICA gave.
    pub fn new(account_given: bool) -> ReceiverProgress {
        ReceiverProgress {
            account_given,
            ..ReceiverProgress::default()
        }
    }

    /// The account is the stored one.
    pub fn uses_stored_account(&self) -> bool {
        !self.account_given
    }

    /// A connection begins: what the last one left open comes again.
    pub fn begin(&mut self, checksum: Checksum, state: &ChannelState) {
        self.ended(state);
        self.tally.take_back(Reason::CUT);
        self.checksum = Some(checksum);
    }

    /// An event was written to the relay log.
    pub fn stored(
        &mut self,
        event: &Bytes,
        header: &EventHeader,
        relay: &RelayLog,
        state: &ChannelState,
    ) {
        if header.timestamp_s != 0 && !is_artificial(header) {
            self.logged_s = u64::from(header.timestamp_s);
        }
        let flavour = match header.event_type {
            EventType::GTID | EventType::ANONYMOUS_GTID | EventType::GTID_TAGGED => Flavour::Mysql,
            EventType::MARIADB_GTID => Flavour::Mariadb,
            _ => {
                if self.open && relay.is_between_transactions() {
                    self.open = false;
                    finish(&mut state.lock().queueing);
                }
                return;
            }
        };
        let algorithm = match self.checksum {
            Some(Checksum::Crc32) => ChecksumAlgorithm::Crc32,
            Some(Checksum::None) | None => ChecksumAlgorithm::Off,
        };
        let context = EventContext::initial(flavour, algorithm);
        let decoded = Event::decode_verified(event, &context);
        // One that cannot be read stops the applier, which says what is wrong with it.
        let progress = decoded
            .ok()
            .and_then(|event| announced(&event.body, header));
        self.open = progress.is_some();
        state.lock().queueing.current = progress.unwrap_or_default();
    }

    /// What the receiver says while it connects: for the first time, or after what failed.
    pub fn connecting(&self) -> &'static str {
        self.reconnecting.unwrap_or("Connecting to source")
    }

    /// An earlier connection got as far as the source's answers.
    pub fn is_reconnecting(&self) -> bool {
        self.reconnecting.is_some()
    }

    /// What to say when the connection does not get further than this.
    pub fn reached(&mut self, reconnecting: &'static str) {
        self.reconnecting = Some(reconnecting);
    }

    /// When the last event was logged on the source, seconds since the epoch; 0 before any.
    pub fn logged_s(&self) -> u64 {
        self.logged_s
    }

    /// The connection ended: an incomplete transaction comes again.
    pub fn ended(&mut self, state: &ChannelState) {
        self.open = false;
        state.lock().queueing.current = TransactionProgress::default();
    }
}

/// The current transaction is finished now.
pub(crate) fn finish(progress: &mut ThreadProgress) {
    progress.last = std::mem::take(&mut progress.current);
    progress.last.end_us = now_us();
}

/// The applier's transaction.
#[derive(Default)]
pub(crate) struct ApplierProgress {
    /// Applied and not yet committed.
    done: Option<TransactionProgress>,
    /// What the open group holds, as a MariaDB source says.
    holds: Option<MariadbGtidFlags>,
    /// Complete and not yet committed.
    groups: GroupCounts,
    /// When the last event of what is complete was logged on the source.
    logged_s: u64,
}

impl ApplierProgress {
    /// A transaction begins if the event announces one.
    pub fn event(&mut self, body: &EventBody, header: &EventHeader, state: &ChannelState) {
        if let Some(progress) = announced(body, header) {
            state.lock().applying.current = progress;
        }
        if let EventBody::MariadbGtid(event) = body {
            self.holds = Some(event.flags);
        }
    }

    /// The open transaction is complete.
    pub fn end(&mut self, last: &RelayEvent, state: &ChannelState) {
        let header = EventHeader::decode(&last.bytes);
        if let Ok(header) = header
            && header.timestamp_s != 0
            && last.kind == RelayEventKind::Event
        {
            self.logged_s = u64::from(header.timestamp_s);
        }
        let counter = self.holds.take().map(|holds| {
            if holds.intersects(MariadbGtidFlags::DDL) {
                &mut self.groups.ddl
            } else if holds.intersects(MariadbGtidFlags::TRANSACTIONAL) {
                &mut self.groups.transactional
            } else {
                &mut self.groups.non_transactional
            }
        });
        if let Some(counter) = counter {
            *counter += 1;
        }

        let current = state.lock().applying.current.clone();
        if !current.gtid.is_empty() {
            self.done = Some(current);
        }
    }

    /// What was complete is committed.
    pub fn committed(&mut self, published: &mut Published) {
        let groups = std::mem::take(&mut self.groups);
        published.groups.ddl += groups.ddl;
        published.groups.transactional += groups.transactional;
        published.groups.non_transactional += groups.non_transactional;
        if self.logged_s > 0 {
            published.applied_event_s = self.logged_s;
            published.applier_event_s = self.logged_s;
        }
        let progress = &mut published.applying;
        if let Some(mut done) = self.done.take() {
            if done.start_us == progress.current.start_us && done.gtid == progress.current.gtid {
                progress.current = TransactionProgress::default();
            }
            done.end_us = now_us();
            progress.last = done;
        }
    }
}
