//! What CHANGE MASTER TO and START SLAVE UNTIL say of GTIDs.

use super::GtidMode;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use understudy_base::control::{ChangeSource, StartOptions, Threads, Until};
use understudy_base::error::MysqlError;
use understudy_base::gtid::{GtidSet, MariadbGtidError, MariadbGtidList};
use understudy_base::uuid::Uuid;

/// Variables of MariaDB alone that steer replication.
#[derive(Debug, Default)]
pub struct MariadbOptions {
    /// `gtid_strict_mode`: the source is told; without a binary log of our own nothing else depends on it.
    pub strict: AtomicBool,
    /// `gtid_ignore_duplicates`: a transaction whose domain is at its number or beyond is passed over.
    pub ignore_duplicates: AtomicBool,
    /// `replicate_events_marked_for_skip`, as [`MarkedForSkip`] has it.
    marked_for_skip: AtomicU8,
}

/// `replicate_events_marked_for_skip`: events that a session wrote with `skip_replication` set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkedForSkip {
    /// They are replicated.
    Replicate,
    /// The receiver passes over them.
    FilterOnReplica,
    /// The source does not send them.
    FilterOnSource,
}

impl MariadbOptions {
    /// What becomes of marked events.
    pub fn marked_for_skip(&self) -> MarkedForSkip {
        match self.marked_for_skip.load(Ordering::Relaxed) {
            1 => MarkedForSkip::FilterOnReplica,
            2 => MarkedForSkip::FilterOnSource,
            _ => MarkedForSkip::Replicate,
        }
    }

    /// Sets a variable; false when it is none of these.
    pub fn set_variable(&self, name: &str, value: &str) -> bool {
        let on = value == "1" || value.eq_ignore_ascii_case("ON");
        match name {
            "gtid_strict_mode" => self.strict.store(on, Ordering::Relaxed),
            "gtid_ignore_duplicates" => self.ignore_duplicates.store(on, Ordering::Relaxed),
            "replicate_events_marked_for_skip" => {
                let words = ["REPLICATE", "FILTER_ON_SLAVE", "FILTER_ON_MASTER"];
                let number = words
                    .iter()
                    .position(|word| value.eq_ignore_ascii_case(word));
                let number = number.and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
                self.marked_for_skip.store(number, Ordering::Relaxed);
            }
            _ => return false,
        }
        true
    }
}

/// MASTER_USE_GTID of MariaDB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UseGtid {
    /// By file and position.
    #[default]
    No,
    /// From `gtid_slave_pos`.
    SlavePos,
    /// From `gtid_current_pos`.
    CurrentPos,
}

/// ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignGtids {
    /// No.
    #[default]
    Off,
    /// With the server's own uuid.
    Local,
    /// With this uuid.
    Uuid(String),
}

/// The options of CHANGE MASTER TO that concern GTIDs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GtidConfig {
    /// MASTER_AUTO_POSITION
    pub auto_position: bool,
    /// MASTER_USE_GTID
    pub use_gtid: UseGtid,
    /// ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS
    pub assign: AssignGtids,
    /// GTID_ONLY
    pub gtid_only: bool,
    /// DO_DOMAIN_IDS
    pub do_domain_ids: Vec<u32>,
    /// IGNORE_DOMAIN_IDS
    pub ignore_domain_ids: Vec<u32>,
}

impl GtidConfig {
    /// The source is asked by GTIDs, not by file and position.
    pub fn by_gtid(&self) -> bool {
        self.auto_position || self.use_gtid != UseGtid::No
    }

    /// Takes over the options that were written. A file or position written ends MariaDB's GTID mode.
    pub fn merge(&mut self, change: &ChangeSource) {
        if let Some(on) = change.auto_position {
            self.auto_position = on;
        }
        if let Some(on) = change.gtid_only {
            self.gtid_only = on;
        }
        match change.use_gtid.as_deref() {
            Some("slave_pos") => self.use_gtid = UseGtid::SlavePos,
            Some("current_pos") => self.use_gtid = UseGtid::CurrentPos,
            Some(_) => self.use_gtid = UseGtid::No,
            None if change.log_file.is_some() || change.log_pos.is_some() => {
                self.use_gtid = UseGtid::No;
            }
            None => {}
        }
        match change.assign_gtids.as_deref() {
            None => {}
            Some("OFF") => self.assign = AssignGtids::Off,
            Some("LOCAL") => self.assign = AssignGtids::Local,
            Some(uuid) => self.assign = AssignGtids::Uuid(uuid.to_owned()),
        }
        if let Some(ids) = &change.do_domain_ids {
            self.do_domain_ids.clone_from(ids);
        }
        if let Some(ids) = &change.ignore_domain_ids {
            self.ignore_domain_ids.clone_from(ids);
        }
    }

    /// The options as SHOW SLAVE STATUS needs them.
    pub fn show(&self, shown: &mut ChangeSource) {
        shown.auto_position = Some(self.auto_position);
        shown.gtid_only = Some(self.gtid_only);
        shown.use_gtid = Some(
            match self.use_gtid {
                UseGtid::No => "no",
                UseGtid::SlavePos => "slave_pos",
                UseGtid::CurrentPos => "current_pos",
            }
            .to_owned(),
        );
        shown.assign_gtids = Some(match &self.assign {
            AssignGtids::Off => "OFF".to_owned(),
            AssignGtids::Local => "LOCAL".to_owned(),
            AssignGtids::Uuid(uuid) => uuid.clone(),
        });
        shown.do_domain_ids = Some(self.do_domain_ids.clone());
        shown.ignore_domain_ids = Some(self.ignore_domain_ids.clone());
    }

    /// Error unless what a statement asked of GTIDs fits together and to `gtid_mode`; `self` is what comes of it.
    /// `row_format` is REQUIRE_ROW_FORMAT. Gives notes.
    pub fn check(
        &self,
        change: &ChangeSource,
        mode: GtidMode,
        row_format: bool,
        channel: &str,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        let refused = |errno: u16, text: &str| Err(MysqlError::new(errno, text));
        let positions = change.log_file.is_some()
            || change.log_pos.is_some()
            || change.relay_log_file.is_some()
            || change.relay_log_pos.is_some();
        if let AssignGtids::Uuid(uuid) = &self.assign
            && uuid.parse::<Uuid>().is_err()
        {
            return refused(1525, &format!("Incorrect UUID value: '{uuid}'"));
        }
        let assigns = self.assign != AssignGtids::Off;
        if self.auto_position && mode == GtidMode::Off {
            return refused(
                1777,
                "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1 cannot be executed because @@GLOBAL.GTID_MODE \
                 = OFF.",
            );
        }
        if self.auto_position && positions {
            return refused(
                1776,
                "Parameters SOURCE_LOG_FILE, SOURCE_LOG_POS, RELAY_LOG_FILE and RELAY_LOG_POS cannot be set when \
                 SOURCE_AUTO_POSITION is active.",
            );
        }
        if assigns && self.auto_position {
            return refused(
                4014,
                "The options ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = LOCAL|<UUID> and SOURCE_AUTO_POSITION = 1 \
                 cannot be used together.",
            );
        }
        if self.gtid_only && change.auto_position == Some(false) {
            return refused(
                4067,
                &format!(
                    "SOURCE_AUTO_POSITION cannot be disabled for replication channel '{channel}' when GTID_ONLY=1."
                ),
            );
        }
        if self.gtid_only && change.require_row_format == Some(false) {
            return refused(
                4066,
                &format!(
                    "REQUIRE_ROW_FORMAT cannot be disabled for replication channel '{channel}' when GTID_ONLY=1."
                ),
            );
        }
        if self.gtid_only && !(mode == GtidMode::On && self.auto_position && row_format) {
            return refused(
                4065,
                &format!(
                    "GTID_ONLY cannot be enabled for replication channel '{channel}'. You need GTID_MODE = ON, \
                     SOURCE_AUTO_POSITION = 1 and REQUIRE_ROW_FORMAT = 1."
                ),
            );
        }
        if assigns && mode != GtidMode::On {
            return refused(
                4015,
                "CHANGE REPLICATION SOURCE TO ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = LOCAL|<UUID> cannot be \
                 executed because @@GLOBAL.GTID_MODE <> ON.",
            );
        }
        if mode == GtidMode::On
            && change
                .ignore_server_ids
                .as_ref()
                .is_some_and(|ids| !ids.is_empty())
        {
            return refused(
                3139,
                &format!(
                    "CHANGE REPLICATION SOURCE TO ... IGNORE_SERVER_IDS='...' when @@GLOBAL.GTID_MODE = ON cannot be \
                     performed on channel '{channel}'."
                ),
            );
        }
        if !self.do_domain_ids.is_empty() && !self.ignore_domain_ids.is_empty() {
            return refused(
                1201,
                "Could not initialize master info structure for ''; more error messages can be found in the MariaDB \
                 error log",
            );
        }
        let mut notes = Vec::new();
        if assigns && change.assign_gtids.is_some() {
            notes.push(MysqlError::new(4017, ASSIGN_LIMITS));
        }
        Ok(notes)
    }
}

/// ER_USING_ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS_AS_LOCAL and its like.
const ASSIGN_LIMITS: &str = "Using ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS creates limitations on the replication \
                             topology - you cannot fail over between downstream and upstream servers. Only use this \
                             option if it is not possible to enable GTIDs on the source, for instance, because of lack \
                             of permissions. If possible, use the procedure for enabling GTID transactions online \
                             instead, as described in the documentation.";

/// START SLAVE UNTIL names what cannot be met (ER_BAD_SLAVE_UNTIL_COND); MariaDB's statement has MariaDB's word.
pub fn bad_until(word: &str) -> MysqlError {
    MysqlError::new(
        1277,
        format!("Incorrect parameter or combination of parameters for START {word} UNTIL"),
    )
}

/// A binary log's name ends in a number.
fn is_numbered(file: &str) -> bool {
    file.rsplit_once('.')
        .is_some_and(|(_, number)| number.parse::<u64>().is_ok_and(|n| n > 0))
}

/// Checks START SLAVE UNTIL; the GTIDs to tell a MariaDB source.
pub fn check_until(
    options: &StartOptions,
    config: &GtidConfig,
) -> Result<Option<MariadbGtidList>, MysqlError> {
    match &options.until {
        Some(Until::BeforeGtids(text) | Until::AfterGtids(text)) => match text.parse::<GtidSet>() {
            Ok(_) => Ok(None),
            Err(_) => Err(MysqlError::new(
                1772,
                format!("Malformed GTID set specification '{text}'."),
            )),
        },
        Some(Until::MariadbGtidPos(text)) => {
            let position: MariadbGtidList = text.parse().map_err(|e| match e {
                MariadbGtidError::Malformed => MysqlError::new(1941, e.to_string()),
                MariadbGtidError::Duplicate(..) => MysqlError::new(1943, e.to_string()),
            })?;
            if options.threads != Threads::BOTH {
                return Err(bad_until("SLAVE"));
            }
            if config.use_gtid == UseGtid::No {
                return Err(MysqlError::new(
                    1949,
                    "START SLAVE UNTIL master_gtid_pos requires that slave is using GTID",
                ));
            }
            Ok(Some(position))
        }
        Some(Until::SourcePosition(file, _) | Until::RelayPosition(file, _)) => {
            match is_numbered(file) {
                true => Ok(None),
                false => Err(bad_until("REPLICA")),
            }
        }
        Some(Until::Incomplete) => Err(bad_until("REPLICA")),
        Some(Until::AfterGaps) | None => Ok(None),
    }
}
