//! The applier (MySQL's SQL thread): reads the relay log and replays it into the store.
//!
//! One transaction of the source is one transaction of the store's writer. Under backlog many of them share
//! one storage commit (sorted by key, see DESIGN's measurements); when the relay log has nothing more to
//! read the group commits at once. The applied position is part of every commit, so an interrupted applier
//! goes on exactly behind the last committed transaction.
//!
//! Where a transaction begins and ends is the relay log's knowledge (`RelayEvent::ends_group`); the events
//! that only frame it (GTID, BEGIN, XID) carry no work here.

mod audit;
mod behind;
mod conversion;
mod feed;
mod filtered;
mod gtid;
mod hold;
mod prepare;
mod query;
mod rows;
mod savepoints;
mod skipped;
mod tables;
pub(crate) mod workers;
mod xa;

use crate::apply_options::Requirements;
use crate::error::ApplyError;
use crate::error_log;
use crate::filter::Filters;
use crate::gtid::{AssignGtids, GtidState};
use crate::ledger::{Outcome, Reason, Tally};
use crate::options::ReplicaOptions;
use crate::parallel::Parallel;
use crate::progress::ApplierProgress;
use crate::state::{AppliedPosition, ChannelState, SourcePosition, StopFlag};
use crate::waterfall::Flow;
use feed::{Fed, Feed};
use prepare::{Inside, Prepared, Ready};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tables::TableMaps;
use understudy_base::control::{ThreadError, TransactionProgress, Until};
use understudy_binlog::EventType;
use understudy_binlog::context::EventContext;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::events::MariadbGtidFlags;
use understudy_binlog::header::EventHeader;
use understudy_binlog::position::is_artificial;
use understudy_event_log::{
    EventLogError, RelayEvent, RelayEventKind, RelayLog, RelayPosition, RelayReader,
};
use understudy_storage::schema::Flavour;
use understudy_storage::{Store, StoreError, Writer};

/// Name of the store's state value that holds a channel's applied position.
pub fn applied_state(channel: &str) -> String {
    if channel.is_empty() {
        "replication/applied".to_owned()
    } else {
        format!("replication/applied/{channel}")
    }
}

/// A group of transactions is committed when its changes reach this many bytes...
const GROUP_BYTES: usize = 16 << 20;
/// ...or this many transactions...
const GROUP_TRANSACTIONS: usize = 16_384;
/// ...or this age, so that readers never see a busy replica stand still.
const GROUP_AGE: Duration = Duration::from_millis(250);
/// How long the applier waits for more before it looks at its stop flag again.
const IDLE_WAIT: Duration = Duration::from_secs(1);

/// Bound on what one compressed event or one event inside a compressed transaction inflates to, bytes: the
/// largest `slave_max_allowed_packet`.
const INFLATE_LIMIT: u64 = 1 << 30;

/// Everything the applier works with.
pub struct Applier {
    /// The channel's name.
    pub channel: String,
    /// The store.
    pub store: Store,
    /// The relay log.
    pub relay: RelayLog,
    /// Published state.
    pub state: Arc<ChannelState>,
    /// The server's options.
    pub options: Arc<ReplicaOptions>,
    /// Asks to stop.
    pub stop: Arc<StopFlag>,
    /// START SLAVE UNTIL.
    pub until: Option<Until>,
    /// The channel's filters.
    pub filters: Arc<Filters>,
    /// What the channel asks of events.
    pub requirements: Requirements,
    /// MASTER_DELAY, seconds.
    pub delay_s: u32,
    /// `sql_slave_skip_counter`: events to pass over.
    pub skip_counter: u64,
    /// Workers that prepare ahead.
    pub parallel: Parallel,
    /// The server's GTIDs.
    pub gtids: Arc<GtidState>,
    /// ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS
    pub assign_gtids: AssignGtids,
}

/// How the applier ended.
#[derive(Debug, PartialEq, Eq)]
pub enum ApplierEnd {
    /// STOP SLAVE.
    Stopped,
    /// The UNTIL position was reached.
    Until,
    /// An error; nothing of the failing transaction is in the store.
    Failed(ApplyError),
}

impl Applier {
    /// Runs until stopped or an error; publishes both.
    pub fn run(self) -> ApplierEnd {
        let channel = self.channel.clone();
        let state = self.state.clone();
        let stop = self.stop.clone();
        state.update(workers::begin);
        let (end, reported) = match Run::start(self) {
            Ok(mut run) => run.run(),
            Err(error) => {
                let reported = error.shown();
                (ApplierEnd::Failed(error), reported)
            }
        };
        state.update(|p| {
            workers::end(p);
            p.applier_running = false;
            p.applying.current = TransactionProgress::default();
            p.applier_state = "";
            p.applier_state_since = None;
            p.applying_timestamp_s = 0;
            p.applying_statement = None;
            if let ApplierEnd::Failed(_) = &end {
                p.applier_error = reported;
            } else if stop.is_killed() {
                p.applier_error = killed().shown();
            }
        });
        let (at, thread) = {
            let published = state.lock();
            (published.applied.source.clone(), published.applier_id)
        };
        let error = match &end {
            ApplierEnd::Failed(error) => Some(error.shown()),
            ApplierEnd::Stopped | ApplierEnd::Until => stop.is_killed().then(|| killed().shown()),
        };
        if let Some(error) = error {
            error_log::thread_error(thread, "SQL", &channel, &error);
        }
        error_log::applier_ends(thread, &channel, &at);
        end
    }
}

/// What SHOW REPLICA STATUS says of an applier that KILL ended.
fn killed() -> ApplyError {
    ApplyError::new(
        1756,
        "... The replica coordinator and worker threads are stopped, possibly leaving data in inconsistent state. A \
         restart should restore consistency automatically, although using non-transactional storage for data or info \
         tables or DDL queries could lead to problems. In such cases you have to examine your data (see documentation \
         for details).",
    )
}

/// A running applier.
struct Run {
    applier: Applier,
    /// `None` only while it is opened again.
    feed: Option<Feed>,
    /// What a worker did for the event at hand.
    ready: Ready,
    /// Where the event at hand ends in the source's log.
    at: (String, u64),
    /// How to read events: set by the source's last format description.
    context: EventContext,
    /// The source's flavour and version.
    flavour: Flavour,
    tables: TableMaps,
    /// Held while a group is open.
    writer: Option<Writer>,
    /// The group that is being committed while the next one is made.
    behind: Option<behind::Behind>,
    /// Transactions in the open group.
    group_transactions: usize,
    group_since: Instant,
    /// A transaction is open (between groups of the relay log).
    in_group: bool,
    /// The open transaction is to be taken back at its end (ROLLBACK).
    roll_back: bool,
    /// Events of an XA transaction, kept until it is prepared or committed.
    xa: Option<xa::Collected>,
    /// Savepoints of the open transaction, in the order in which they were set.
    savepoints: Vec<savepoints::Mark>,
    /// Behind the last finished transaction.
    position: AppliedPosition,
    /// The segment up to which the relay log was last offered for purge.
    purged: u64,
    /// The open transaction says when it committed.
    says_commit_time: bool,
    /// Events still to be passed over.
    skip_counter: u64,
    progress: ApplierProgress,
    gtids: gtid::Gtids,
    /// What became of the events.
    tally: Tally,
    /// How long transactions take.
    flow: Flow,
}

/// What an event did.
enum Done {
    /// Applied, or part of a transaction's frame.
    Applied,
    /// Has no effect here.
    Filtered,
    /// Ignorable by its own flag.
    Ignored,
    /// Failed with an error that `slave_skip_errors` passes over.
    Skipped,
}

impl Done {
    fn outcome(&self) -> Outcome {
        match self {
            Done::Applied => Outcome::Applied,
            Done::Filtered => Outcome::Filtered,
            Done::Ignored => Outcome::Ignored,
            // In the relay log it was, and the reason says which error.
            Done::Skipped => Outcome::Ignored,
        }
    }
}

impl Run {
    fn start(applier: Applier) -> Result<Run, ApplyError> {
        let position = applied_position(&applier.store, &applier.channel)?.unwrap_or_default();
        let at = relay_position(&applier.relay, &position);
        let reader = applier.relay.reader(at).map_err(|e| relay_error(&e))?;
        let (context, flavour) = match reader.format() {
            Some(bytes) => read_format(&bytes)?,
            None => (
                EventContext::initial(
                    understudy_binlog::context::Flavour::Mysql,
                    understudy_binlog::checksum::ChecksumAlgorithm::Crc32,
                ),
                Flavour {
                    mariadb: false,
                    version: 0,
                },
            ),
        };
        let at = (position.relay_file.as_str(), position.relay_pos.max(4));
        let thread = applier.state.lock().applier_id;
        error_log::applier_starts(thread, &applier.channel, &position.source, at);
        applier.state.update(|p| {
            p.applied = position.clone();
            p.applier_error = ThreadError::default();
            p.applier_running = true;
            p.skip_counter = applier.skip_counter;
        });
        let gtids = gtid::Gtids::new(
            applier.until.as_ref(),
            &applier.assign_gtids,
            &applier.options.server_uuid,
        )?;
        let mut run = Run {
            gtids,
            says_commit_time: false,
            skip_counter: applier.skip_counter,
            progress: ApplierProgress::default(),
            tally: Tally::default(),
            flow: Flow::default(),
            feed: None,
            ready: Ready::default(),
            at: Default::default(),
            context,
            flavour,
            tables: TableMaps::default(),
            writer: None,
            behind: None,
            group_transactions: 0,
            group_since: Instant::now(),
            in_group: false,
            roll_back: false,
            xa: None,
            savepoints: Vec::new(),
            position,
            purged: 0,
            applier,
        };
        run.reload_gtids()?;
        run.open_feed(reader);
        Ok(run)
    }

    /// Begins to take events from the reader's place, through workers if there are to be any.
    fn open_feed(&mut self, reader: RelayReader) {
        let context = self.context.clone();
        self.feed = Some(Feed::start(&self.applier, reader, context));
        self.publish_workers();
    }

    /// Runs to its end; an error comes with the form in which it is shown.
    fn run(&mut self) -> (ApplierEnd, ThreadError) {
        let failed = loop {
            match self.step() {
                Ok(None) => {}
                Ok(Some(end)) => match self.commit() {
                    Ok(()) => return (end, ThreadError::default()),
                    Err(error) => break error,
                },
                Err(error) => break error,
            }
        };
        let reported = self.reported(&failed);
        let error = self.give_up(failed.clone());
        let reported = match error == failed {
            true => reported,
            false => error.shown(),
        };
        (ApplierEnd::Failed(error), reported)
    }

    /// Takes the failing transaction back and keeps those before it.
    fn give_up(&mut self, error: ApplyError) -> ApplyError {
        if let Some(writer) = &mut self.writer
            && let Err(store) = writer.rollback()
        {
            return store_error(&store);
        }
        self.in_group = false;
        self.xa = None;
        self.forget_gtid();
        self.tally.take_back(Reason::error(error.errno));
        self.flow.take_back();
        match self.commit() {
            Ok(()) => error,
            Err(commit) => commit,
        }
    }

    /// One event, or a wait for one.
    fn step(&mut self) -> Result<Option<ApplierEnd>, ApplyError> {
        if !self.in_group {
            if self.applier.stop.is_stopped() {
                return Ok(Some(ApplierEnd::Stopped));
            }
            if self.until_reached() || self.until_gtids_reached() {
                return Ok(Some(ApplierEnd::Until));
            }
        }
        let group_open = self.writer.is_some();
        let wait = if group_open {
            Duration::ZERO
        } else {
            IDLE_WAIT
        };
        let Some(feed) = &mut self.feed else {
            return Err(ApplyError::new(1594, "Relay log read failure: not open"));
        };
        let outcome = feed.next(wait, &self.applier.stop);
        match outcome.map_err(|e| relay_error(&e))? {
            Fed::Event(prepared) => {
                let Prepared { event, ready } = *prepared;
                self.ready = ready;
                if let Some(end) = self.until_before(&event)? {
                    return Ok(Some(end));
                }
                if !self.held_back(&event)? {
                    self.event(event)?;
                }
            }
            Fed::Stopped => {
                // Inside a transaction the stop is honoured by taking it back: it comes again.
                self.take_back()?;
                self.tally.take_back(Reason::STOPPED);
                return Ok(Some(ApplierEnd::Stopped));
            }
            Fed::TimedOut => self.caught_up()?,
        }
        Ok(None)
    }

    /// Nothing more to read: commit what there is and say so. The relay log gives whole transactions to
    /// readers, so none is open here.
    fn caught_up(&mut self) -> Result<(), ApplyError> {
        self.commit()?;
        self.purge()?;
        self.applier.state.update(|p| {
            p.applying_timestamp_s = 0;
            p.applying_worker = 0;
        });
        self.applier
            .state
            .applier_says("Replica has read all relay log; waiting for more updates");
        Ok(())
    }

    fn take_back(&mut self) -> Result<(), ApplyError> {
        if self.in_group {
            if let Some(writer) = &mut self.writer {
                writer.rollback().map_err(|e| store_error(&e))?;
            }
            self.in_group = false;
            self.roll_back = false;
            self.xa = None;
            self.savepoints.clear();
            self.forget_gtid();
            self.flow.take_back();
        }
        Ok(())
    }

    /// One event of the relay log, counted in exactly one outcome.
    fn event(&mut self, event: RelayEvent) -> Result<(), ApplyError> {
        let header = EventHeader::decode(&event.bytes).map_err(|e| decode_error(&e))?;
        if event.abandons {
            // The source died inside the transaction before it: nobody committed that one (T35).
            self.tally.abandon();
            self.take_back()?;
        }
        self.in_group = true;
        self.flow.scheduled();
        let done = match self.skips(&event) {
            true => {
                self.tally.note(Reason::SKIP_COUNTER);
                Ok(Done::Filtered)
            }
            false => self.apply(&event, &header),
        };
        match done {
            // One that the relay log or the source's sender made up was never received.
            Ok(_) if is_artificial(&header) => {}
            Ok(done) => self.tally.count(done.outcome(), header.event_type),
            Err(error) => {
                self.tally.failed(header.event_type, error.errno);
                if let Some(end) = &event.source_end {
                    self.at = (end.file.to_string(), end.pos);
                }
                return Err(error);
            }
        }
        if event.ends_group {
            self.end_group(&event)?;
        }
        Ok(())
    }

    fn apply(&mut self, event: &RelayEvent, header: &EventHeader) -> Result<Done, ApplyError> {
        match event.kind {
            RelayEventKind::Format => {
                (self.context, self.flavour) = read_format(&event.bytes)?;
                self.tables.clear();
                return Ok(Done::Applied);
            }
            RelayEventKind::Rotate { .. } => return Ok(Done::Applied),
            RelayEventKind::Event => {}
        }
        // The relay log has verified the checksum on reading.
        let decoded = match self.ready.decoded.take() {
            Some(decoded) => decoded,
            None => {
                Event::decode_verified(&event.bytes, &self.context).map_err(|e| decode_error(&e))?
            }
        };
        let end = event.source_end.as_ref().map_or(0, |end| end.pos);
        self.decoded(decoded, header, &event.bytes, end)
    }

    /// A decoded event; also called for the events inside a transaction payload.
    fn decoded(
        &mut self,
        event: Event,
        header: &EventHeader,
        bytes: &bytes::Bytes,
        end_log_pos: u64,
    ) -> Result<Done, ApplyError> {
        self.progress
            .event(&event.body, header, &self.applier.state);
        self.flow.announced(&event.body);
        if self.begins_transaction(&event.body, header)? {
            return Ok(Done::Applied);
        }
        self.note_table(&event.body);
        if self.executed_before() {
            self.tally.note(Reason::EXECUTED);
            return Ok(Done::Filtered);
        }
        if self.filtered_rows(&event.body) {
            return Ok(Done::Filtered);
        }
        if let Some(collected) = &mut self.xa
            && collected.takes(&event.body)
        {
            collected.push(bytes, &self.context)?;
            self.tally.note(Reason::XA);
            return Ok(Done::Applied);
        }
        match event.body {
            EventBody::Query(query) => self.query(&query, header, end_log_pos),
            EventBody::TableMap(map) => {
                let map = self.rewritten(map);
                self.tables.map(map);
                Ok(Done::Applied)
            }
            EventBody::Rows(rows) => {
                self.busy(header, "Applying batch of row changes");
                self.rows(&rows, header, end_log_pos)
            }
            EventBody::TransactionPayload(payload) => self.payload(&payload, end_log_pos),
            EventBody::XaPrepare(prepare) => self.xa_prepare(&prepare),
            EventBody::Incident(incident) => self.unless_skipped(ApplyError::new(
                1590,
                format!(
                    "The incident {} occurred on the source. Message: {}",
                    if incident.kind == 1 { "LOST_EVENTS" } else { "NONE" },
                    String::from_utf8_lossy(&incident.message)
                ),
            )),
            EventBody::MariadbGtid(gtid) if gtid.is_start_alter() || gtid.is_rollback_alter() => {
                Err(ApplyError::new(
                    1235,
                    "This version of Understudy doesn't yet support 'binlog_alter_two_phase=ON on the source'",
                ))
            }
            // In place of the XA START that MySQL writes.
            EventBody::MariadbGtid(gtid) if gtid.flags.intersects(MariadbGtidFlags::PREPARED_XA) => {
                self.xa_start();
                Ok(Done::Applied)
            }
            // Frames of a transaction or of the log; what they say is kept by the relay log.
            EventBody::Xid(_)
            | EventBody::Gtid(_)
            | EventBody::GtidTagged(_)
            | EventBody::MariadbGtid(_)
            | EventBody::PreviousGtids(_)
            | EventBody::GtidList(_)
            | EventBody::BinlogCheckpoint(_)
            | EventBody::FormatDescription(_)
            | EventBody::Rotate(_)
            | EventBody::Stop(_)
            | EventBody::StartEncryption(_)
            | EventBody::Heartbeat(_)
            | EventBody::HeartbeatV2(_)
            // The statement behind rows: information for people.
            | EventBody::RowsQuery(_)
            | EventBody::AnnotateRows(_)
            // Group Replication's certification data: a replica outside the group has no use for it.
            | EventBody::TransactionContext(_)
            | EventBody::ViewChange(_) => Ok(Done::Applied),
            EventBody::Ignorable(_) => {
                self.tally.note(Reason::IGNORABLE);
                Ok(Done::Ignored)
            }
            EventBody::Intvar(_) | EventBody::Rand(_) | EventBody::UserVar(_) | EventBody::AppendBlock(_)
            | EventBody::DeleteFile(_) | EventBody::ExecuteLoadQuery(_) if self.applier.requirements.row_format => {
                Err(ApplyError::new(3944, query::NOT_ROW_FORMAT))
            }
            EventBody::Intvar(_) | EventBody::Rand(_) | EventBody::UserVar(_) | EventBody::AppendBlock(_)
            | EventBody::DeleteFile(_) | EventBody::ExecuteLoadQuery(_) => Err(ApplyError::new(
                1235,
                format!(
                    "This version of Understudy doesn't yet support 'statement-format event {}' at end_log_pos \
                     {end_log_pos}; set binlog_format=ROW on the source",
                    header.event_type.any_name()
                ),
            )),
            EventBody::Unknown(_) if header.is_ignorable() => {
                self.tally.note(Reason::IGNORABLE);
                Ok(Done::Ignored)
            }
            EventBody::Unknown(_) => Err(ApplyError::new(
                1594,
                format!(
                    "Relay log read failure: unknown event type {} ({}) at end_log_pos {end_log_pos} is not \
                     ignorable",
                    header.event_type.0,
                    header.event_type.any_name()
                ),
            )),
        }
    }

    /// The events inside a compressed transaction, one at a time (T23).
    fn payload(
        &mut self,
        payload: &understudy_binlog::events::TransactionPayloadEvent,
        end_log_pos: u64,
    ) -> Result<Done, ApplyError> {
        let outer = self.context.clone();
        self.context = outer.inside_payload();
        let done = match self.ready.inside.take() {
            Some(events) => events
                .into_iter()
                .try_for_each(|inside| self.inside(inside, end_log_pos)),
            None => self.streamed_payload(payload, end_log_pos),
        };
        self.context = outer;
        done.map(|()| Done::Applied)
    }

    fn streamed_payload(
        &mut self,
        payload: &understudy_binlog::events::TransactionPayloadEvent,
        end_log_pos: u64,
    ) -> Result<(), ApplyError> {
        let events = payload
            .events(INFLATE_LIMIT)
            .map_err(|e| decode_error(&e))?;
        for bytes in events {
            let bytes = bytes.map_err(|e| decode_error(&e))?;
            let event =
                Event::decode_verified(&bytes, &self.context).map_err(|e| decode_error(&e))?;
            let rows = None;
            self.inside(Inside { bytes, event, rows }, end_log_pos)?;
        }
        Ok(())
    }

    /// One event of a compressed transaction.
    fn inside(&mut self, inside: Inside, end_log_pos: u64) -> Result<(), ApplyError> {
        let Inside { bytes, event, rows } = inside;
        self.ready.rows = rows;
        let header = event.header;
        let done = self.decoded(event, &header, &bytes, end_log_pos)?;
        self.tally.count_inside(done.outcome(), header.event_type);
        Ok(())
    }

    /// A transaction (or an event outside of any) is complete: it becomes part of the group.
    fn end_group(&mut self, event: &RelayEvent) -> Result<(), ApplyError> {
        self.in_group = false;
        self.position.relay_file = self.applier.relay.file_name(event.end.segment);
        self.position.relay_pos = event.end.pos;
        if let Some(end) = &event.source_end {
            let artificial = event.kind == RelayEventKind::Rotate { artificial: true };
            let same_file = *self.position.source.file == *end.file;
            // T14: an artificial Rotate never moves the applied position back or to another file, unless no
            // file is known yet.
            if !artificial
                || self.position.source.file.is_empty()
                || (same_file && end.pos > self.position.source.pos)
            {
                self.position.source = SourcePosition {
                    file: end.file.to_string(),
                    pos: end.pos,
                };
            }
        }
        self.savepoints.clear();
        self.progress.end(event, &self.applier.state);
        let roll_back = std::mem::take(&mut self.roll_back);
        let state = applied_state(&self.applier.channel);
        let position = self.position.to_bytes();
        let writer = self.writer();
        if roll_back {
            writer.rollback().map_err(|e| store_error(&e))?;
        }
        // Before the end: a transaction that outgrew memory is committed by it, and its position with it.
        writer.set_state(&state, &position);
        self.record_gtid()?;
        if let Err(error) = self.writer().end() {
            self.lose_pending_gtids();
            return Err(store_error(&error));
        }
        self.tally.end_transaction();
        let event_type = EventType(event.bytes.get(4).copied().unwrap_or(0));
        self.flow.end(event_type, event.end);
        let bytes = self.writer().pending_bytes();
        self.group_transactions += 1;
        if bytes >= GROUP_BYTES
            || self.group_transactions >= GROUP_TRANSACTIONS
            || self.group_since.elapsed() >= GROUP_AGE
        {
            self.end_of_batch()?;
        } else if self.landed() {
            self.settle()?;
        }
        Ok(())
    }

    /// The writer; a group opens with the first use.
    fn writer(&mut self) -> &mut Writer {
        if self.writer.is_none() {
            self.group_since = Instant::now();
            self.group_transactions = 0;
        }
        let store = &self.applier.store;
        self.writer.get_or_insert_with(|| store.writer())
    }

    /// Commits the group and publishes the position.
    fn commit(&mut self) -> Result<(), ApplyError> {
        self.settle()?;
        let ledger = &self.applier.state.ledger;
        let Some(mut writer) = self.writer.take() else {
            self.tally.publish(ledger);
            return Ok(());
        };
        if let Err(error) = writer.commit() {
            let error = store_error(&error);
            self.tally.lose(error.errno);
            self.flow.lose();
            self.tally.publish(ledger);
            self.lose_pending_gtids();
            return Err(error);
        }
        self.tally.publish(ledger);
        self.publish_gtids();
        drop(writer);
        let applier = &self.applier;
        self.flow.committed(&applier.state, &applier.relay);
        self.group_transactions = 0;
        let position = self.position.clone();
        let worker = self.worker();
        let progress = &mut self.progress;
        self.applier.state.update(|p| {
            p.applied = position;
            progress.committed(p);
            workers::committed(p, worker);
        });
        Ok(())
    }

    /// Gives relay log segments free that the store has durably left behind.
    fn purge(&mut self) -> Result<(), ApplyError> {
        let segment = self
            .applier
            .relay
            .segment_number(&self.position.relay_file)
            .unwrap_or(0);
        if segment <= self.purged || self.writer.is_some() {
            return Ok(());
        }
        self.applier.store.persist().map_err(|e| store_error(&e))?;
        self.applier
            .relay
            .purge_applied(segment)
            .map_err(|e| relay_error(&e))?;
        self.purged = segment;
        Ok(())
    }

    /// Publishes what is being applied, for Seconds_Behind_Master and SHOW PROCESSLIST.
    fn busy(&mut self, header: &EventHeader, what: &'static str) {
        let timestamp_s = u64::from(header.timestamp_s);
        let worker = self.worker().unwrap_or(0);
        let mut published = self.applier.state.lock();
        published.applying_timestamp_s = timestamp_s;
        published.applying_worker = worker;
        if published.applier_state != what {
            published.applier_state = what;
            published.applier_state_since = Some(Instant::now());
        }
    }

    fn until_reached(&self) -> bool {
        match &self.applier.until {
            None => false,
            // See `until_gtids_reached`.
            Some(
                Until::BeforeGtids(_)
                | Until::AfterGtids(_)
                | Until::AfterGaps
                | Until::Incomplete
                | Until::MariadbGtidPos(_),
            ) => false,
            Some(Until::SourcePosition(file, pos)) => {
                !self.position.source.file.is_empty()
                    && after(
                        &self.position.source.file,
                        self.position.source.pos,
                        file,
                        *pos,
                    )
            }
            Some(Until::RelayPosition(file, pos)) => {
                !self.position.relay_file.is_empty()
                    && after(
                        &self.position.relay_file,
                        self.position.relay_pos,
                        file,
                        *pos,
                    )
            }
        }
    }
}

/// Whether (file, pos) is at or behind (other, limit). Files are ordered by the number they end in.
pub(crate) fn after(file: &str, pos: u64, other: &str, limit: u64) -> bool {
    let number = |name: &str| name.rsplit('.').next().and_then(|n| n.parse::<u64>().ok());
    let (file, other) = (number(file).unwrap_or(0), number(other).unwrap_or(0));
    (file, pos) >= (other, limit)
}

/// The applied position in the store; `None` before anything was applied.
pub(crate) fn applied_position(
    store: &Store,
    channel: &str,
) -> Result<Option<AppliedPosition>, ApplyError> {
    match store.snapshot().state(&applied_state(channel)) {
        None => Ok(None),
        Some(bytes) => AppliedPosition::from_bytes(bytes)
            .map(Some)
            .map_err(|e| ApplyError::new(1871, e)),
    }
}

/// The relay log position that an applied position means; the log's beginning when it names none.
pub(crate) fn relay_position(relay: &RelayLog, position: &AppliedPosition) -> RelayPosition {
    match relay.segment_number(&position.relay_file) {
        Some(segment) if !position.relay_file.is_empty() => RelayPosition {
            segment,
            pos: position.relay_pos,
        },
        _ => relay.first_position(),
    }
}

/// Context and flavour of a format description event.
fn read_format(bytes: &bytes::Bytes) -> Result<(EventContext, Flavour), ApplyError> {
    let initial = EventContext::initial(
        understudy_binlog::context::Flavour::Mysql,
        understudy_binlog::checksum::ChecksumAlgorithm::Crc32,
    );
    let event = Event::decode_verified(bytes, &initial).map_err(|e| decode_error(&e))?;
    let EventBody::FormatDescription(description) = event.body else {
        return Err(ApplyError::new(
            1594,
            "Relay log read failure: no format description where one belongs",
        ));
    };
    let mariadb = description.flavour() == understudy_binlog::context::Flavour::Mariadb;
    let (major, minor, patch) = description.version_numbers();
    let version = u32::from(major) * 10_000 + u32::from(minor) * 100 + u32::from(patch);
    Ok((description.context(), Flavour { mariadb, version }))
}

fn decode_error(error: &understudy_binlog::error::DecodeError) -> ApplyError {
    ApplyError::new(1594, format!("Relay log read failure: {error}"))
}

pub(crate) fn relay_error(error: &EventLogError) -> ApplyError {
    ApplyError::new(1594, error.to_mysql().message)
}

pub(crate) fn store_error(error: &StoreError) -> ApplyError {
    ApplyError::new(1030, format!("Got error from the store: {error}"))
}
