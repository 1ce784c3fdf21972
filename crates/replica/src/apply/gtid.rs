//! GTIDs of the transactions being applied: what was executed before is passed over, what is applied is recorded
//! in the storage transaction of its rows (T2, T13), and START SLAVE UNTIL's sets of GTIDs.

use super::{ApplierEnd, Run, decode_error};
use crate::error::ApplyError;
use crate::gtid::{AnyGtid, AssignGtids, GtidMode, PendingGtids};
use std::sync::atomic::Ordering;
use understudy_base::control::Until;
use understudy_base::gtid::{Gtid, GtidSet, MariadbGtid, MariadbGtidList, Tag, Tsid};
use understudy_base::uuid::Uuid;
use understudy_binlog::EventType;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::header::EventHeader;
use understudy_event_log::{RelayEvent, RelayEventKind};

/// What the applier knows of GTIDs.
#[derive(Default)]
pub(super) struct Gtids {
    /// Of the open group of transactions.
    pending: PendingGtids,
    /// The open transaction's.
    current: Option<AnyGtid>,
    /// The open transaction was executed before: its events are passed over.
    skipping: bool,
    /// The open transaction has work and no GTID.
    anonymous: bool,
    until: Option<UntilGtids>,
    /// The uuid that transactions without a GTID get one of.
    assign: Option<Tsid>,
}

/// START SLAVE UNTIL by GTIDs.
enum UntilGtids {
    Before(GtidSet),
    After(GtidSet),
    Mariadb(MariadbGtidList),
    /// SQL_AFTER_MTS_GAPS: transactions are committed in the source's order, so there is never a gap.
    Gaps,
}

impl Gtids {
    /// Of an applier that starts. START SLAVE has checked the sets and CHANGE MASTER the uuid.
    pub fn new(
        until: Option<&Until>,
        assign: &AssignGtids,
        server_uuid: &str,
    ) -> Result<Gtids, ApplyError> {
        let malformed = |text: &str| {
            ApplyError::new(1772, format!("Malformed GTID set specification '{text}'."))
        };
        let set = |text: &str| text.parse::<GtidSet>().map_err(|_| malformed(text));
        let until = match until {
            Some(Until::BeforeGtids(text)) => Some(UntilGtids::Before(set(text)?)),
            Some(Until::AfterGtids(text)) => Some(UntilGtids::After(set(text)?)),
            Some(Until::MariadbGtidPos(text)) => Some(UntilGtids::Mariadb(
                text.parse().map_err(|_| malformed(text))?,
            )),
            Some(Until::AfterGaps) => Some(UntilGtids::Gaps),
            Some(Until::SourcePosition(..) | Until::RelayPosition(..) | Until::Incomplete)
            | None => None,
        };
        let uuid = match assign {
            AssignGtids::Off => None,
            AssignGtids::Local => Some(server_uuid),
            AssignGtids::Uuid(uuid) => Some(uuid.as_str()),
        };
        let assign = match uuid.map(|text| (text, text.parse::<Uuid>())) {
            Some((_, Ok(uuid))) => Some(Tsid {
                uuid,
                tag: Tag::none(),
            }),
            Some((text, Err(_))) => {
                return Err(ApplyError::new(1593, format!("'{text}' is no UUID")));
            }
            None => None,
        };
        Ok(Gtids {
            until,
            assign,
            ..Gtids::default()
        })
    }
}

impl Run {
    /// Takes note of what a transaction is called; true for an event that does nothing else.
    pub(super) fn begins_transaction(
        &mut self,
        body: &EventBody,
        header: &EventHeader,
    ) -> Result<bool, ApplyError> {
        match body {
            EventBody::Gtid(_) if header.event_type == EventType::ANONYMOUS_GTID => {
                self.work_without_gtid()?
            }
            EventBody::Gtid(gtid) => self.begin_gtid(gtid.gtid())?,
            EventBody::GtidTagged(gtid) => self.begin_gtid(gtid.gtid.clone())?,
            EventBody::MariadbGtid(gtid) => {
                self.begin_mariadb_gtid(MariadbGtid {
                    domain: gtid.domain,
                    server_id: header.server_id,
                    sequence: gtid.sequence,
                });
                // Its flags say more.
                return Ok(false);
            }
            EventBody::Query(_) | EventBody::TableMap(_) => {
                self.work_without_gtid()?;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A transaction of MySQL begins. Whoever asks what was executed holds the writer: no other channel can execute
    /// the same meanwhile.
    pub(super) fn begin_gtid(&mut self, gtid: Gtid) -> Result<(), ApplyError> {
        if self.applier.options.gtid_mode.mode() == GtidMode::Off {
            return Err(ApplyError::new(
                1781,
                "@@SESSION.GTID_NEXT cannot be set to UUID:NUMBER when @@GLOBAL.GTID_MODE = OFF.",
            ));
        }
        self.writer();
        self.gtids.skipping = self.gtids.pending.has(&self.applier.gtids, &gtid);
        self.gtids.current = Some(AnyGtid::Mysql(gtid));
        Ok(())
    }

    /// A transaction of MariaDB begins. Several sources may send the same: with `gtid_ignore_duplicates` each is
    /// applied once.
    fn begin_mariadb_gtid(&mut self, gtid: MariadbGtid) {
        let options = &self.applier.options.mariadb;
        if options.ignore_duplicates.load(Ordering::Relaxed) {
            self.writer();
            let there = [gtid].into_iter().collect();
            self.gtids.skipping = self.gtids.pending.has_reached(&self.applier.gtids, &there);
        }
        self.gtids.current = Some(AnyGtid::Mariadb(gtid));
    }

    /// A transaction without a GTID begins, or goes on.
    pub(super) fn work_without_gtid(&mut self) -> Result<(), ApplyError> {
        if self.gtids.current.is_some() || self.gtids.anonymous {
            return Ok(());
        }
        let mode = self.applier.options.gtid_mode.mode();
        if mode == GtidMode::On && !self.flavour.mariadb && self.gtids.assign.is_none() {
            return Err(ApplyError::new(
                1782,
                "@@SESSION.GTID_NEXT cannot be set to ANONYMOUS when @@GLOBAL.GTID_MODE = ON.",
            ));
        }
        self.gtids.anonymous = true;
        Ok(())
    }

    /// The open transaction's GTID; empty for one without.
    pub(super) fn current_gtid(&self) -> String {
        let current = self.gtids.current.as_ref();
        current.map(ToString::to_string).unwrap_or_default()
    }

    /// The open transaction was executed before.
    pub(super) fn executed_before(&self) -> bool {
        self.gtids.skipping
    }

    /// The open transaction was taken back: it comes again, or never.
    pub(super) fn forget_gtid(&mut self) {
        self.gtids.current = None;
        self.gtids.skipping = false;
        self.gtids.anonymous = false;
    }

    /// Writes the open transaction's GTID with its rows.
    pub(super) fn record_gtid(&mut self) -> Result<(), ApplyError> {
        let gtid = match (self.gtids.current.take(), &self.gtids.assign) {
            (Some(_), _) if self.gtids.skipping => None,
            (Some(gtid), _) => Some(gtid),
            (None, Some(tsid)) if self.gtids.anonymous => {
                let next = self.gtids.pending.next_of(&self.applier.gtids, tsid);
                Some(AnyGtid::Mysql(next.ok_or_else(|| {
                    ApplyError::new(1785, "Impossible to generate GTID: the integer component reached the maximum value.")
                })?))
            }
            (None, _) => None,
        };
        self.forget_gtid();
        if let (Some(gtid), Some(writer)) = (gtid, &mut self.writer) {
            self.gtids
                .pending
                .record(&self.applier.gtids, writer, &gtid);
        }
        Ok(())
    }

    /// The end of a transaction failed: what the store has of it is read again by the next applier.
    pub(super) fn lose_pending_gtids(&mut self) {
        self.gtids.pending = PendingGtids::default();
    }

    /// The GTIDs of the group and of those before it since the writer was taken.
    pub(super) fn pending_gtids(&self) -> PendingGtids {
        self.gtids.pending.clone()
    }

    /// Makes the committed group's GTIDs known; the writer is still held.
    pub(super) fn publish_gtids(&mut self) {
        self.gtids.pending.publish(&self.applier.gtids);
    }

    /// Whether UNTIL stops the applier between two transactions.
    pub(super) fn until_gtids_reached(&mut self) -> bool {
        let pending = &self.gtids.pending;
        let state = &self.applier.gtids;
        match &self.gtids.until {
            None => false,
            Some(UntilGtids::Before(set)) => {
                pending.intersects(set) || state.read(|gtids| gtids.executed.intersects(set))
            }
            Some(UntilGtids::After(set)) => pending.has_all(state, set),
            Some(UntilGtids::Mariadb(position)) => pending.has_reached(state, position),
            Some(UntilGtids::Gaps) => true,
        }
    }

    /// Whether UNTIL stops the applier before this event's transaction.
    pub(super) fn until_before(
        &self,
        event: &RelayEvent,
    ) -> Result<Option<ApplierEnd>, ApplyError> {
        if self.gtids.until.is_none() || event.kind != RelayEventKind::Event {
            return Ok(None);
        }
        let header = EventHeader::decode(&event.bytes).map_err(|e| decode_error(&e))?;
        if !matches!(
            header.event_type,
            EventType::GTID | EventType::GTID_TAGGED | EventType::MARIADB_GTID
        ) {
            return Ok(None);
        }
        let decoded =
            Event::decode_verified(&event.bytes, &self.context).map_err(|e| decode_error(&e))?;
        let stops = match (&self.gtids.until, decoded.body) {
            (Some(UntilGtids::Before(set)), EventBody::Gtid(gtid)) => set.contains(&gtid.gtid()),
            (Some(UntilGtids::Before(set)), EventBody::GtidTagged(gtid)) => {
                set.contains(&gtid.gtid)
            }
            (Some(UntilGtids::Mariadb(position)), EventBody::MariadbGtid(gtid)) => position
                .last_of(gtid.domain)
                .is_none_or(|until| gtid.sequence > until.sequence),
            (Some(_) | None, _) => false,
        };
        Ok(stops.then_some(ApplierEnd::Until))
    }

    /// Reads what the store holds: an applier that failed to commit may have left other knowledge in memory.
    pub(super) fn reload_gtids(&self) -> Result<(), ApplyError> {
        let applier = &self.applier;
        applier
            .gtids
            .reload(&applier.store)
            .map_err(|e| ApplyError::new(1871, e))
    }
}
