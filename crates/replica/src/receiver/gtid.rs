//! The receiver's GTIDs: what it asks the source for, and which whole transactions the relay log has.
//!
//! A transaction is in `Retrieved_Gtid_Set` when all of it is in the relay log: when the place from which a new
//! connection would go on has moved beyond the transaction's beginning. After a restart the set is read from the
//! relay log itself, so it never says more than the log holds.

use super::{Receiver, Registered, relay_error, run, single};
use crate::connect::SourceConnection;
use crate::error::ReceiverError;
use crate::gtid::{AnyGtid, AssignGtids, GtidMode, GtidState, Retrieved};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use understudy_base::gtid::{MariadbGtid, MariadbGtidList};
use understudy_binlog::checksum::ChecksumAlgorithm;
use understudy_binlog::context::{EventContext, Flavour};
use understudy_binlog::error::DecodeError;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::event_type::EventType;
use understudy_binlog::header::EventHeader;
use understudy_binlog::position::is_artificial;
use understudy_event_log::{
    Checksum, EventLogError, ReadOutcome, RelayLog, RelayPosition, SourcePosition,
};
use understudy_wire::command::Command;
use understudy_wire::replication::{BinlogDumpGtid, DumpFlags};

/// The transaction that is being received.
struct Queueing {
    gtid: AnyGtid,
    /// Where a new connection would go on while it is not complete.
    began: Option<SourcePosition>,
}

/// What the receiver knows of GTIDs.
pub struct ReceiverGtids {
    /// The server's.
    state: Arc<GtidState>,
    /// START SLAVE UNTIL master_gtid_pos: a MariaDB source is told.
    until: Option<MariadbGtidList>,
    queueing: Option<Queueing>,
    /// How the source's events end.
    pub(super) checksum: Checksum,
    /// Events of the open transaction are not for us (IGNORE_DOMAIN_IDS).
    passing_over: bool,
}

impl ReceiverGtids {
    /// Of a receiver that starts.
    pub fn new(state: Arc<GtidState>, until: Option<MariadbGtidList>) -> ReceiverGtids {
        ReceiverGtids {
            state,
            until,
            queueing: None,
            checksum: Checksum::None,
            passing_over: false,
        }
    }

    /// A MariaDB source ends the dump where UNTIL says.
    pub(super) fn reaches_end(&self) -> bool {
        self.until.is_some()
    }
}

/// The GTID of an event that announces one.
fn gtid_of(
    event: &Bytes,
    header: &EventHeader,
    checksum: Checksum,
) -> Result<Option<AnyGtid>, DecodeError> {
    let flavour = match header.event_type {
        EventType::GTID | EventType::GTID_TAGGED => Flavour::Mysql,
        EventType::MARIADB_GTID => Flavour::Mariadb,
        _ => return Ok(None),
    };
    let algorithm = algorithm(checksum);
    let decoded = Event::decode_verified(event, &EventContext::initial(flavour, algorithm))?;
    Ok(match decoded.body {
        EventBody::Gtid(gtid) => Some(AnyGtid::Mysql(gtid.gtid())),
        EventBody::GtidTagged(gtid) => Some(AnyGtid::Mysql(gtid.gtid)),
        EventBody::MariadbGtid(gtid) => Some(AnyGtid::Mariadb(MariadbGtid {
            domain: gtid.domain,
            server_id: header.server_id,
            sequence: gtid.sequence,
        })),
        _ => None,
    })
}

fn damaged(error: DecodeError) -> ReceiverError {
    ReceiverError::damaged_event(&error.to_string())
}

fn algorithm(checksum: Checksum) -> ChecksumAlgorithm {
    match checksum {
        Checksum::Crc32 => ChecksumAlgorithm::Crc32,
        Checksum::None => ChecksumAlgorithm::Off,
    }
}

/// What a relay log holds from a position on.
#[derive(Default)]
pub(crate) struct Held {
    /// Its transactions.
    pub retrieved: Retrieved,
    /// Its events by type.
    pub events: BTreeMap<u8, u64>,
}

/// Reads a relay log from a position to its end, or to where it is damaged (the error): the applier stops there, and
/// saying less of what is behind is safe.
pub(crate) fn held(relay: &RelayLog, from: RelayPosition) -> (Held, Result<(), EventLogError>) {
    let mut held = Held::default();
    let read = read_held(relay, from, &mut held);
    (held, read)
}

fn read_held(relay: &RelayLog, from: RelayPosition, held: &mut Held) -> Result<(), EventLogError> {
    let mut reader = relay.reader(from)?;
    let never = AtomicBool::new(false);
    while let ReadOutcome::Event(event) = reader.next(Some(Duration::ZERO), &never)? {
        let Ok(header) = EventHeader::decode(&event.bytes) else {
            continue;
        };
        if !is_artificial(&header) {
            *held.events.entry(header.event_type.0).or_default() += 1;
        }
        // One that cannot be read stops the applier.
        if let Ok(Some(gtid)) = gtid_of(&event.bytes, &header, event.checksum) {
            held.retrieved.add(&gtid);
        }
    }
    Ok(())
}

/// The source's events between two positions of a relay log, by type.
pub(crate) fn events_between(
    relay: &RelayLog,
    from: RelayPosition,
    to: RelayPosition,
) -> Result<BTreeMap<u8, u64>, EventLogError> {
    let mut events: BTreeMap<u8, u64> = BTreeMap::new();
    let mut reader = relay.reader(from)?;
    let never = AtomicBool::new(false);
    while let ReadOutcome::Event(event) = reader.next(Some(Duration::ZERO), &never)? {
        if event.at >= to {
            break;
        }
        if let Ok(header) = EventHeader::decode(&event.bytes)
            && !is_artificial(&header)
        {
            *events.entry(header.event_type.0).or_default() += 1;
        }
    }
    Ok(events)
}

impl Receiver {
    /// COM_BINLOG_DUMP_GTID: everything but what was executed or is in the relay log.
    pub(super) fn dump_by_gtid(&self, registered: &Registered) -> Command {
        let mut set = self.gtid.state.read(|gtids| gtids.executed.clone());
        set.union(&self.state.retrieved().set);
        tracing::info!(
            "Replica receiver thread for channel '{}': asks for what follows the GTIDs '{set}'",
            self.channel
        );
        Command::BinlogDumpGtid(BinlogDumpGtid {
            flags: DumpFlags(registered.dump_flags.0 | DumpFlags::THROUGH_GTID.0),
            server_id: self.options.server_id,
            file: Vec::new(),
            position: 4,
            gtid_set: set.encode(),
        })
    }

    /// What source and replica must agree on before a dump.
    pub(super) async fn agree_on_gtids(
        &mut self,
        source: &mut SourceConnection,
        mariadb: bool,
    ) -> Result<(), ReceiverError> {
        if mariadb && !self.config.gtid.auto_position {
            return self.connect_state(source).await;
        }
        if !mariadb && self.config.gtid.by_gtid() && !self.config.gtid.auto_position {
            return Err(ReceiverError::fatal(
                "The slave I/O thread stops because master does not support MariaDB global transaction id. A fatal \
                 error is encountered when it tries to SELECT @@GLOBAL.gtid_domain_id.",
            ));
        }
        let answer = single(
            source,
            "Getting the source's GTID mode",
            "SELECT @@GLOBAL.GTID_MODE",
        )
        .await?;
        // A source that knows no such variable has no GTIDs.
        let text = answer.unwrap_or_else(|| GtidMode::Off.name().to_owned());
        let Some(theirs) = GtidMode::by_name(&text) else {
            return Err(ReceiverError::fatal(&format!(
                "The replica IO thread stops because the source has an unknown @@GLOBAL.GTID_MODE '{text}'."
            )));
        };
        let ours = self.options.gtid_mode.mode();
        let assigns = self.config.gtid.assign != AssignGtids::Off;
        let never = match ours {
            GtidMode::Off => theirs >= GtidMode::OnPermissive,
            GtidMode::On => theirs <= GtidMode::OffPermissive && !assigns,
            GtidMode::OffPermissive | GtidMode::OnPermissive => false,
        };
        if never {
            return Err(ReceiverError::stopped(&format!(
                "The replication receiver thread cannot start because the source has GTID_MODE = {} and this server \
                 has GTID_MODE = {}.",
                theirs.name(),
                ours.name()
            )));
        }
        if self.config.gtid.auto_position && theirs != GtidMode::On {
            return Err(ReceiverError::stopped(&format!(
                "The replication receiver thread cannot start in AUTO_POSITION mode: the source has GTID_MODE = {} \
                 instead of ON.",
                theirs.name()
            )));
        }
        Ok(())
    }

    /// Tells a MariaDB source from which GTIDs to go on.
    async fn connect_state(&mut self, source: &mut SourceConnection) -> Result<(), ReceiverError> {
        if !self.config.gtid.by_gtid() {
            return Ok(());
        }
        let mut position = self.gtid.state.read(|gtids| gtids.slave_pos.clone());
        for gtid in self.state.retrieved().position.iter() {
            position.advance(*gtid);
        }
        let options = &self.options.mariadb;
        let on = |option: &AtomicBool| u8::from(option.load(Ordering::Relaxed));
        let statements = [
            (
                "Setting @slave_connect_state",
                format!("SET @slave_connect_state='{position}'"),
            ),
            (
                "Setting @slave_gtid_strict_mode",
                format!("SET @slave_gtid_strict_mode={}", on(&options.strict)),
            ),
            (
                "Setting @slave_gtid_ignore_duplicates",
                format!(
                    "SET @slave_gtid_ignore_duplicates={}",
                    on(&options.ignore_duplicates)
                ),
            ),
        ];
        for (what, sql) in statements {
            run(source, what, &sql).await?;
        }
        if let Some(until) = &self.gtid.until {
            let sql = format!("SET @slave_until_gtid='{until}'");
            run(source, "Setting @slave_until_gtid", &sql).await?;
        }
        Ok(())
    }

    /// Takes note of a transaction that begins, and of the end of the one before it.
    pub(super) fn queue(
        &mut self,
        event: &Bytes,
        header: &EventHeader,
    ) -> Result<(), ReceiverError> {
        let begins = matches!(
            header.event_type,
            EventType::GTID
                | EventType::GTID_TAGGED
                | EventType::MARIADB_GTID
                | EventType::ANONYMOUS_GTID
        );
        let abandons = matches!(
            header.event_type,
            EventType::FORMAT_DESCRIPTION | EventType::ROTATE | EventType::STOP
        );
        if !begins && !abandons {
            return Ok(());
        }
        self.queued();
        if let Some(gtid) = gtid_of(event, header, self.gtid.checksum).map_err(damaged)? {
            let began = self.relay.resume_position().map_err(|e| relay_error(&e))?;
            self.gtid.queueing = Some(Queueing { gtid, began });
        }
        Ok(())
    }

    /// The transaction that was being received is complete, or never will be.
    pub(super) fn queued(&mut self) {
        self.queued_so_far();
        self.gtid.queueing = None;
    }

    /// Takes the transaction that was being received into the set if it is complete.
    pub(super) fn queued_so_far(&mut self) {
        let Some(queueing) = &self.gtid.queueing else {
            return;
        };
        let now = self.relay.resume_position().ok().flatten();
        if now != queueing.began {
            self.state.retrieved().add(&queueing.gtid);
            self.gtid.queueing = None;
        }
    }

    /// With auto position the source leaves out what we have and says by a heartbeat how far it is.
    pub(super) fn left_out(
        &mut self,
        event: &Bytes,
        header: &EventHeader,
    ) -> Result<(), ReceiverError> {
        if !self.config.gtid.auto_position {
            return Ok(());
        }
        let algorithm = algorithm(self.gtid.checksum);
        let context = EventContext::initial(Flavour::Mysql, algorithm);
        let decoded = Event::decode_verified(event, &context).map_err(damaged)?;
        let (file, pos) = match decoded.body {
            EventBody::Heartbeat(heartbeat) => (heartbeat.file, u64::from(header.log_pos)),
            EventBody::HeartbeatV2(heartbeat) => (heartbeat.file, heartbeat.position),
            _ => return Ok(()),
        };
        let at = self.position();
        if *at.file.as_bytes() == *file && at.pos < pos {
            self.relay.skip_to(pos).map_err(|e| relay_error(&e))?;
        }
        Ok(())
    }

    /// DO_DOMAIN_IDS and IGNORE_DOMAIN_IDS: whether the event belongs to a transaction that is not for us.
    pub(super) fn passes_over_domain(
        &mut self,
        event: &Bytes,
        header: &EventHeader,
    ) -> Result<bool, ReceiverError> {
        let (wanted, ignored) = (
            &self.config.gtid.do_domain_ids,
            &self.config.gtid.ignore_domain_ids,
        );
        if wanted.is_empty() && ignored.is_empty() {
            return Ok(false);
        }
        let frames = matches!(
            header.event_type,
            EventType::FORMAT_DESCRIPTION
                | EventType::ROTATE
                | EventType::STOP
                | EventType::HEARTBEAT
                | EventType::HEARTBEAT_V2
                | EventType::GTID_LIST
                | EventType::BINLOG_CHECKPOINT
        );
        if frames {
            return Ok(false);
        }
        let gtid = gtid_of(event, header, self.gtid.checksum).map_err(damaged)?;
        if let Some(AnyGtid::Mariadb(gtid)) = gtid {
            self.gtid.passing_over = ignored.contains(&gtid.domain)
                || (!wanted.is_empty() && !wanted.contains(&gtid.domain));
        }
        Ok(self.gtid.passing_over)
    }
}
