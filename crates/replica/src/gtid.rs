//! The server's GTIDs: `gtid_executed`, `gtid_purged` and MariaDB's `gtid_slave_pos`.
//!
//! They are state values of the store, one for each identifier (uuid and tag) or MariaDB domain, and are set in the
//! storage transaction that holds the rows (T2, T13): a GTID is in the store exactly when its transaction is. What
//! is kept here in memory is what the store's last commit holds. Whoever changes it holds the store's writer, so
//! several channels never disagree: a group of transactions collects its GTIDs in a [`PendingGtids`], which writes
//! them with each transaction and publishes them after the commit.

mod config;

use crate::apply::store_error;
use crate::error::ApplyError;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use understudy_base::control::ServerGtids;
use understudy_base::error::MysqlError;
use understudy_base::gtid::{Gtid, GtidSet, MariadbGtid, MariadbGtidList, Tsid};
use understudy_storage::{Store, Writer};

pub use config::{AssignGtids, GtidConfig, MariadbOptions, MarkedForSkip, UseGtid, check_until};

/// Names of the state values begin so; the identifier follows.
const EXECUTED: &str = "replication/gtid/executed/";
const PURGED: &str = "replication/gtid/purged/";
const SLAVE_POS: &str = "replication/gtid/slave_pos/";

/// How often a wait looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// `gtid_mode`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum GtidMode {
    /// No GTIDs.
    Off,
    /// New transactions have none; replicated ones may have one.
    OffPermissive,
    /// New transactions have one; replicated ones may have none.
    #[default]
    OnPermissive,
    /// Every transaction has one.
    On,
}

impl GtidMode {
    /// All of them, in the order of their numbers.
    pub const ALL: [GtidMode; 4] = [
        GtidMode::Off,
        GtidMode::OffPermissive,
        GtidMode::OnPermissive,
        GtidMode::On,
    ];

    /// As the variable shows it.
    pub fn name(self) -> &'static str {
        match self {
            GtidMode::Off => "OFF",
            GtidMode::OffPermissive => "OFF_PERMISSIVE",
            GtidMode::OnPermissive => "ON_PERMISSIVE",
            GtidMode::On => "ON",
        }
    }

    /// By its name, in any case.
    pub fn by_name(name: &str) -> Option<GtidMode> {
        GtidMode::ALL
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(name))
    }
}

/// A `gtid_mode` that changes while the server runs.
#[derive(Debug)]
pub struct SharedGtidMode(AtomicU8);

impl SharedGtidMode {
    /// The mode now.
    pub fn mode(&self) -> GtidMode {
        let number = usize::from(self.0.load(Ordering::SeqCst));
        GtidMode::ALL.get(number).copied().unwrap_or_default()
    }

    /// Sets it.
    pub fn set(&self, mode: GtidMode) {
        self.0.store(mode as u8, Ordering::SeqCst);
    }
}

impl From<GtidMode> for SharedGtidMode {
    fn from(mode: GtidMode) -> SharedGtidMode {
        SharedGtidMode(AtomicU8::new(mode as u8))
    }
}

/// A transaction's GTID, of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyGtid {
    /// MySQL's.
    Mysql(Gtid),
    /// MariaDB's.
    Mariadb(MariadbGtid),
}

impl std::fmt::Display for AnyGtid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AnyGtid::Mysql(gtid) => gtid.fmt(f),
            AnyGtid::Mariadb(gtid) => gtid.fmt(f),
        }
    }
}

/// What a channel's relay log has of whole transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retrieved {
    /// `Retrieved_Gtid_Set`
    pub set: GtidSet,
    /// MariaDB: the last of each domain.
    pub position: MariadbGtidList,
}

impl Retrieved {
    /// Adds a transaction.
    pub fn add(&mut self, gtid: &AnyGtid) {
        match gtid {
            AnyGtid::Mysql(gtid) => self.set.add(gtid),
            AnyGtid::Mariadb(gtid) => self.position.advance(*gtid),
        }
    }
}

/// The GTIDs of the server, shared by all channels.
#[derive(Debug, Default)]
pub struct GtidState {
    recorded: Mutex<ServerGtids>,
    changed: Condvar,
}

impl GtidState {
    /// Reads what the store holds.
    pub fn load(store: &Store) -> Result<GtidState, String> {
        let state = GtidState::default();
        state.reload(store)?;
        Ok(state)
    }

    /// Reads it again, under the store's writer: after a failed commit memory and store may disagree.
    pub fn reload(&self, store: &Store) -> Result<(), String> {
        let writer = store.writer();
        let snapshot = store.snapshot();
        let set = |prefix: &str| -> Result<GtidSet, String> {
            let mut set = GtidSet::new();
            for (name, value) in snapshot.states(prefix) {
                let part = GtidSet::decode(value).map_err(|e| format!("{name} is damaged: {e}"))?;
                set.union(&part);
            }
            Ok(set)
        };
        let mut slave_pos = MariadbGtidList::new();
        for (name, value) in snapshot.states(SLAVE_POS) {
            let gtid = std::str::from_utf8(value).ok().and_then(|t| t.parse().ok());
            slave_pos.advance(gtid.ok_or_else(|| format!("{name} is damaged"))?);
        }
        *self.lock() = ServerGtids {
            executed: set(EXECUTED)?,
            purged: set(PURGED)?,
            slave_pos,
        };
        drop(writer);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, ServerGtids> {
        // What a panicking holder leaves is a whole value: it is replaced in one assignment.
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them.
    pub fn all(&self) -> ServerGtids {
        self.lock().clone()
    }

    /// Reads without a copy.
    pub fn read<R>(&self, read: impl FnOnce(&ServerGtids) -> R) -> R {
        read(&self.lock())
    }

    /// Waits until `ready`; false when the time is over or the wait is cancelled.
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        cancelled: &dyn Fn() -> bool,
        ready: impl Fn(&ServerGtids) -> bool,
    ) -> bool {
        let deadline = timeout.map(|t| Instant::now() + t);
        let mut guard = self.lock();
        loop {
            if ready(&guard) {
                return true;
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if cancelled() || left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            let step = left.map_or(LOOK, |left| left.min(LOOK));
            guard = self
                .changed
                .wait_timeout(guard, step)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Replaces everything, in the store (durably) and here.
    fn replace(
        &self,
        store: &Store,
        change: impl FnOnce(&mut ServerGtids) -> Result<(), MysqlError>,
    ) -> Result<(), MysqlError> {
        let failed = |e: &dyn std::fmt::Display| MysqlError::new(1030, e.to_string());
        let mut writer = store.writer();
        let mut next = self.all();
        change(&mut next)?;
        let snapshot = store.snapshot();
        for prefix in [EXECUTED, PURGED, SLAVE_POS] {
            for (name, _) in snapshot.states(prefix) {
                writer.remove_state(name);
            }
        }
        for (prefix, set) in [(EXECUTED, &next.executed), (PURGED, &next.purged)] {
            for (tsid, _) in set.iter() {
                writer.set_state(&format!("{prefix}{tsid}"), &only(set, tsid).encode());
            }
        }
        for gtid in next.slave_pos.iter() {
            let name = format!("{SLAVE_POS}{}", gtid.domain);
            writer.set_state(&name, gtid.to_string().as_bytes());
        }
        writer.end().map_err(|e| failed(&e))?;
        writer.commit().map_err(|e| failed(&e))?;
        *self.lock() = next;
        self.changed.notify_all();
        drop(writer);
        store.persist().map_err(|e| failed(&e))?;
        Ok(())
    }

    /// SET GLOBAL gtid_purged
    pub fn set_purged(&self, store: &Store, set: &GtidSet, adds: bool) -> Result<(), MysqlError> {
        let refused = |why: &str| {
            MysqlError::new(
                3546,
                format!("@@GLOBAL.GTID_PURGED cannot be changed: {why}"),
            )
        };
        self.replace(store, |gtids| {
            let mut fresh = set.clone();
            if adds {
                if gtids.executed.intersects(set) {
                    return Err(refused("the added gtid set must not overlap with @@GLOBAL.GTID_EXECUTED"));
                }
            } else {
                if !set.contains_all(&gtids.purged) {
                    return Err(refused("the new value must be a superset of the old value"));
                }
                fresh.subtract(&gtids.purged);
                if gtids.executed.intersects(&fresh) {
                    return Err(refused(
                        "the being assigned value must not overlap with the set of executed and not purged transactions",
                    ));
                }
            }
            gtids.purged.union(&fresh);
            gtids.executed.union(&fresh);
            Ok(())
        })
    }

    /// SET GLOBAL gtid_slave_pos
    pub fn set_slave_pos(
        &self,
        store: &Store,
        position: &MariadbGtidList,
    ) -> Result<(), MysqlError> {
        self.replace(store, |gtids| {
            gtids.slave_pos = position.clone();
            Ok(())
        })
    }

    /// RESET MASTER
    pub fn reset(&self, store: &Store) -> Result<(), MysqlError> {
        self.replace(store, |gtids| {
            gtids.executed = GtidSet::new();
            gtids.purged = GtidSet::new();
            Ok(())
        })
    }

    /// A transaction without changes; false when it was executed before.
    pub fn commit_empty(&self, store: &Store, gtid: &Gtid) -> Result<bool, MysqlError> {
        let mut writer = store.writer();
        let mut pending = PendingGtids::default();
        if pending.has(self, gtid) {
            return Ok(false);
        }
        pending.record(self, &mut writer, &AnyGtid::Mysql(gtid.clone()));
        let failed = |e: ApplyError| MysqlError::new(e.errno, e.message);
        writer.end().map_err(|e| failed(store_error(&e)))?;
        writer.commit().map_err(|e| failed(store_error(&e)))?;
        pending.publish(self);
        drop(writer);
        store.persist().map_err(|e| failed(store_error(&e)))?;
        Ok(true)
    }
}

/// The part of a set that belongs to one identifier.
fn only(set: &GtidSet, tsid: &Tsid) -> GtidSet {
    let mut part = GtidSet::new();
    for (start, end) in set.intervals(tsid).into_iter().flat_map(|i| i.iter()) {
        part.add_interval(tsid, start, end);
    }
    part
}

/// The GTIDs of a group of transactions that is not committed yet. Its owner holds the store's writer from the
/// first call of [`PendingGtids::has`] or [`PendingGtids::record`] to [`PendingGtids::publish`].
#[derive(Clone, Debug, Default)]
pub struct PendingGtids {
    /// Of each identifier in the group: everything executed, the group included.
    executed: GtidSet,
    /// Of each domain in the group, the last.
    slave_pos: Vec<MariadbGtid>,
}

impl PendingGtids {
    /// Executed before, or earlier in the group.
    pub fn has(&self, state: &GtidState, gtid: &Gtid) -> bool {
        self.executed.contains(gtid) || state.read(|gtids| gtids.executed.contains(gtid))
    }

    /// All of a set were executed, the group included.
    pub fn has_all(&self, state: &GtidState, set: &GtidSet) -> bool {
        if self.executed.is_empty() {
            return state.read(|gtids| gtids.executed.contains_all(set));
        }
        let mut missing = set.clone();
        missing.subtract(&self.executed);
        state.read(|gtids| gtids.executed.contains_all(&missing))
    }

    /// Some of a set were executed in the group.
    pub fn intersects(&self, set: &GtidSet) -> bool {
        self.executed.intersects(set)
    }

    /// MariaDB's position is at `position` or beyond, the group included.
    pub fn has_reached(&self, state: &GtidState, position: &MariadbGtidList) -> bool {
        let mut reached = state.read(|gtids| gtids.slave_pos.clone());
        for gtid in &self.slave_pos {
            reached.advance(*gtid);
        }
        reached.has_reached(position)
    }

    /// The next free number of an identifier.
    pub fn next_of(&mut self, state: &GtidState, tsid: &Tsid) -> Option<Gtid> {
        self.take_over(state, tsid);
        let free = match self.executed.intervals(tsid) {
            Some(intervals) => intervals.first_free(),
            None => Some(1),
        };
        free.map(|gno| Gtid {
            tsid: tsid.clone(),
            gno,
        })
    }

    fn take_over(&mut self, state: &GtidState, tsid: &Tsid) {
        if self.executed.intervals(tsid).is_none() {
            let before = state.read(|gtids| only(&gtids.executed, tsid));
            self.executed.union(&before);
        }
    }

    /// Writes a transaction's GTID with its rows; before the transaction's end.
    pub fn record(&mut self, state: &GtidState, writer: &mut Writer, gtid: &AnyGtid) {
        match gtid {
            AnyGtid::Mysql(gtid) => {
                self.take_over(state, &gtid.tsid);
                self.executed.add(gtid);
                let all = only(&self.executed, &gtid.tsid);
                writer.set_state(&format!("{EXECUTED}{}", gtid.tsid), &all.encode());
            }
            AnyGtid::Mariadb(gtid) => {
                match self
                    .slave_pos
                    .iter_mut()
                    .find(|own| own.domain == gtid.domain)
                {
                    Some(own) => *own = *gtid,
                    None => self.slave_pos.push(*gtid),
                }
                let name = format!("{SLAVE_POS}{}", gtid.domain);
                writer.set_state(&name, gtid.to_string().as_bytes());
            }
        }
    }

    /// Nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.executed.is_empty() && self.slave_pos.is_empty()
    }

    /// Makes known what was committed, before the writer is given up.
    pub fn publish(&mut self, state: &GtidState) {
        if self.is_empty() {
            return;
        }
        {
            let mut gtids = state.lock();
            gtids.executed.union(&self.executed);
            for gtid in &self.slave_pos {
                gtids.slave_pos.advance(*gtid);
            }
        }
        state.changed.notify_all();
        *self = PendingGtids::default();
    }
}
