//! Options of the server that replication reads.

use crate::apply_options::ApplyOptions;
use crate::filter::book::StartFilter;
use crate::gtid::{GtidMode, MariadbOptions, SharedGtidMode};
use crate::parallel::ParallelOptions;
use crate::semisync::SemiSyncOptions;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};
use understudy_base::process_ids::ProcessIds;

/// `report_host` and its companions: what SHOW SLAVE HOSTS on the source shows of us.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions {
    /// `report_host`
    pub host: String,
    /// `report_user`
    pub user: String,
    /// `report_password`
    pub password: String,
    /// `report_port`; the server's own port unless set.
    pub port: u16,
}

/// Options of the server that replication reads.
#[derive(Debug)]
pub struct ReplicaOptions {
    /// Data directory.
    pub datadir: PathBuf,
    /// Where threads get their connection ids.
    pub process_ids: Arc<ProcessIds>,
    /// `server_id`
    pub server_id: u32,
    /// `server_uuid`
    pub server_uuid: String,
    /// `relay_log`: base name, relative to the data directory.
    pub relay_log: String,
    /// `relay_log_index`, without directory.
    pub relay_log_index: Option<String>,
    /// `max_relay_log_size`, bytes; 0 means `max_binlog_size`.
    pub max_relay_log_size: u64,
    /// `relay_log_space_limit`, bytes; 0 means no limit.
    pub relay_log_space_limit: u64,
    /// `sync_relay_log`, events.
    pub sync_relay_log: u32,
    /// `relay_log_purge`
    pub relay_log_purge: bool,
    /// `slave_net_timeout`, seconds.
    pub net_timeout_s: AtomicU32,
    /// `replicate_same_server_id`
    pub replicate_same_server_id: bool,
    /// What the applier may do.
    pub apply: ApplyOptions,
    /// `sql_slave_skip_counter`: taken by the next applier that starts.
    pub skip_counter: AtomicU64,
    /// `slave_max_allowed_packet`, bytes.
    pub max_allowed_packet: usize,
    /// `report_*`
    pub report: ReportOptions,
    /// `skip_slave_start`
    pub skip_start: bool,
    /// `lower_case_table_names`
    pub lower_case_table_names: u8,
    /// `replicate_do_db` and its companions.
    pub filters: Vec<StartFilter>,
    /// Workers of the applier.
    pub parallel: ParallelOptions,
    /// Semi-synchronous replication.
    pub semi_sync: SemiSyncOptions,
    /// `gtid_mode`
    pub gtid_mode: SharedGtidMode,
    /// Variables of MariaDB alone.
    pub mariadb: MariadbOptions,
}

impl Default for ReplicaOptions {
    fn default() -> Self {
        ReplicaOptions {
            process_ids: Arc::default(),
            datadir: PathBuf::new(),
            server_id: 1,
            server_uuid: String::new(),
            relay_log: "relay-bin".into(),
            relay_log_index: None,
            max_relay_log_size: 0,
            relay_log_space_limit: 0,
            sync_relay_log: 10_000,
            relay_log_purge: true,
            net_timeout_s: AtomicU32::new(60),
            replicate_same_server_id: false,
            apply: ApplyOptions::default(),
            skip_counter: AtomicU64::new(0),
            max_allowed_packet: 1 << 30,
            report: ReportOptions::default(),
            skip_start: false,
            lower_case_table_names: 0,
            filters: Vec::new(),
            parallel: ParallelOptions::default(),
            semi_sync: SemiSyncOptions::default(),
            gtid_mode: GtidMode::default().into(),
            mariadb: MariadbOptions::default(),
        }
    }
}
