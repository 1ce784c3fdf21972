//! What CHANGE MASTER TO and START SLAVE UNTIL say of GTIDs.

use super::GtidMode;
use serde::{Deserialize, Serialize};
use understudy_base::control::{ChangeSource, Until};
use understudy_base::error::MysqlError;
use understudy_base::gtid::{GtidSet, MariadbGtidList};

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
    pub fn check(&self, change: &ChangeSource, mode: GtidMode) -> Result<(), MysqlError> {
        let positions = change.log_file.is_some()
            || change.log_pos.is_some()
            || change.relay_log_file.is_some()
            || change.relay_log_pos.is_some();
        if self.auto_position && positions {
            return Err(MysqlError::new(
                1776,
                "Parameters SOURCE_LOG_FILE, SOURCE_LOG_POS, RELAY_LOG_FILE and RELAY_LOG_POS cannot be set when \
                 SOURCE_AUTO_POSITION is active.",
            ));
        }
        if self.auto_position && mode == GtidMode::Off {
            return Err(MysqlError::new(
                1777,
                "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1 cannot be executed because \
                 @@GLOBAL.GTID_MODE = OFF.",
            ));
        }
        Ok(())
    }
}

/// Checks START SLAVE UNTIL; the GTIDs to tell a MariaDB source.
pub fn check_until(
    until: Option<&Until>,
    config: &GtidConfig,
) -> Result<Option<MariadbGtidList>, MysqlError> {
    match until {
        Some(Until::BeforeGtids(text) | Until::AfterGtids(text)) => match text.parse::<GtidSet>() {
            Ok(_) => Ok(None),
            Err(_) => Err(MysqlError::new(
                1772,
                format!("Malformed GTID set specification '{text}'."),
            )),
        },
        Some(Until::MariadbGtidPos(text)) => {
            if !config.by_gtid() {
                return Err(MysqlError::new(
                    1949,
                    "START SLAVE UNTIL master_gtid_pos requires that slave is using GTID",
                ));
            }
            match text.parse::<MariadbGtidList>() {
                Ok(position) => Ok(Some(position)),
                Err(e) => Err(MysqlError::new(1943, e.to_string())),
            }
        }
        Some(Until::SourcePosition(..) | Until::RelayPosition(..) | Until::AfterGaps) | None => {
            Ok(None)
        }
    }
}
