//! The narrow interface through which the SQL server drives replication.
//!
//! `server` holds an `Arc<dyn ReplicationControl>`, `replica` implements it, `cli` puts them together.
//! Everything here is plain data: no sockets, no SQL.

use crate::error::MysqlError;
use crate::filter::{FilterChange, FilterTables};
use crate::gtid::{Gtid, GtidSet, MariadbGtidList};
use crate::observe::{LedgerRow, RowAuditRow, WaterfallBucket, WaterfallStage};
use crate::process_ids::ProcessIds;
use std::sync::Arc;

/// Which of the two replication threads a statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads {
    /// The receiver (`IO_THREAD`).
    pub receiver: bool,
    /// The applier (`SQL_THREAD`).
    pub applier: bool,
}

impl Threads {
    /// Both threads.
    pub const BOTH: Threads = Threads {
        receiver: true,
        applier: true,
    };
}

/// Options of CHANGE MASTER TO / CHANGE REPLICATION SOURCE TO; `None` means "not written".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSource {
    /// MASTER_HOST
    pub host: Option<String>,
    /// MASTER_PORT
    pub port: Option<u16>,
    /// MASTER_USER
    pub user: Option<String>,
    /// MASTER_PASSWORD
    pub password: Option<String>,
    /// MASTER_BIND
    pub bind: Option<String>,
    /// MASTER_LOG_FILE
    pub log_file: Option<String>,
    /// MASTER_LOG_POS, bytes
    pub log_pos: Option<u64>,
    /// RELAY_LOG_FILE
    pub relay_log_file: Option<String>,
    /// RELAY_LOG_POS, bytes
    pub relay_log_pos: Option<u64>,
    /// MASTER_CONNECT_RETRY, seconds
    pub connect_retry_s: Option<u32>,
    /// MASTER_RETRY_COUNT
    pub retry_count: Option<u64>,
    /// MASTER_HEARTBEAT_PERIOD, seconds
    pub heartbeat_period_s: Option<f64>,
    /// MASTER_DELAY, seconds
    pub delay_s: Option<u32>,
    /// MASTER_SSL
    pub ssl: Option<bool>,
    /// MASTER_SSL_CA
    pub ssl_ca: Option<String>,
    /// MASTER_SSL_CAPATH
    pub ssl_capath: Option<String>,
    /// MASTER_SSL_CERT
    pub ssl_cert: Option<String>,
    /// MASTER_SSL_KEY
    pub ssl_key: Option<String>,
    /// MASTER_SSL_CIPHER
    pub ssl_cipher: Option<String>,
    /// MASTER_SSL_CRL
    pub ssl_crl: Option<String>,
    /// MASTER_SSL_CRLPATH
    pub ssl_crlpath: Option<String>,
    /// MASTER_SSL_VERIFY_SERVER_CERT
    pub ssl_verify_server_cert: Option<bool>,
    /// MASTER_TLS_VERSION
    pub tls_version: Option<String>,
    /// MASTER_TLS_CIPHERSUITES
    pub tls_ciphersuites: Option<String>,
    /// MASTER_PUBLIC_KEY_PATH
    pub public_key_path: Option<String>,
    /// GET_MASTER_PUBLIC_KEY
    pub get_public_key: Option<bool>,
    /// MASTER_COMPRESSION_ALGORITHMS
    pub compression_algorithms: Option<String>,
    /// MASTER_ZSTD_COMPRESSION_LEVEL
    pub zstd_compression_level: Option<u8>,
    /// IGNORE_SERVER_IDS
    pub ignore_server_ids: Option<Vec<u32>>,
    /// MASTER_AUTO_POSITION
    pub auto_position: Option<bool>,
    /// MASTER_USE_GTID of MariaDB: `no`, `slave_pos`, `current_pos`
    pub use_gtid: Option<String>,
    /// ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS: `OFF`, `LOCAL` or a UUID
    pub assign_gtids: Option<String>,
    /// GTID_ONLY
    pub gtid_only: Option<bool>,
    /// REQUIRE_ROW_FORMAT
    pub require_row_format: Option<bool>,
    /// REQUIRE_TABLE_PRIMARY_KEY_CHECK: `STREAM`, `ON` or `OFF`
    pub primary_key_check: Option<String>,
    /// DO_DOMAIN_IDS of MariaDB
    pub do_domain_ids: Option<Vec<u32>>,
    /// IGNORE_DOMAIN_IDS of MariaDB
    pub ignore_domain_ids: Option<Vec<u32>>,
}

/// Where START SLAVE UNTIL stops.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// MASTER_LOG_FILE, MASTER_LOG_POS
    SourcePosition(String, u64),
    /// RELAY_LOG_FILE, RELAY_LOG_POS
    RelayPosition(String, u64),
    /// SQL_BEFORE_GTIDS: stop before the first transaction of the set.
    BeforeGtids(String),
    /// SQL_AFTER_GTIDS: stop when all of the set were applied.
    AfterGtids(String),
    /// SQL_AFTER_MTS_GAPS
    AfterGaps,
    /// MASTER_GTID_POS (MariaDB)
    MariadbGtidPos(String),
    /// A combination of files and positions that means nothing: error 1277.
    Incomplete,
}

/// What START SLAVE asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct StartOptions {
    /// Threads to start.
    pub threads: Threads,
    /// UNTIL.
    pub until: Option<Until>,
    /// USER: in place of the stored one, for this run of the receiver.
    pub user: Option<String>,
    /// PASSWORD
    pub password: Option<String>,
    /// DEFAULT_AUTH
    pub default_auth: Option<String>,
    /// PLUGIN_DIR
    pub plugin_dir: Option<String>,
}

impl Default for StartOptions {
    fn default() -> StartOptions {
        StartOptions {
            threads: Threads::BOTH,
            until: None,
            user: None,
            password: None,
            default_auth: None,
            plugin_dir: None,
        }
    }
}

/// State of the receiver as `Slave_IO_Running` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReceiverState {
    /// `No`
    #[default]
    Stopped,
    /// `Connecting`
    Connecting,
    /// `Yes`
    Running,
}

/// The last error of a thread; number 0 when none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadError {
    /// Error number as SHOW REPLICA STATUS of MySQL 9.7 shows it (13114 for a source's fatal error).
    pub errno: u32,
    /// Text as SHOW REPLICA STATUS shows it.
    pub message: String,
    /// Number as SHOW SLAVE STATUS of MySQL 5.6 and MariaDB shows it (1236 for a source's fatal error).
    pub slave_errno: u32,
    /// Text as SHOW SLAVE STATUS shows it.
    pub slave_message: String,
    /// Seconds since the epoch.
    pub timestamp_s: u64,
}

/// A transaction as a replication thread of `performance_schema` shows it; times in microseconds since the epoch,
/// 0 for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionProgress {
    /// Its GTID, or `ANONYMOUS`; empty when there is no transaction.
    pub gtid: String,
    /// When it committed where it began.
    pub original_commit_us: u64,
    /// When it committed on the source.
    pub immediate_commit_us: u64,
    /// When the thread began with it.
    pub start_us: u64,
    /// When the thread was done with it.
    pub end_us: u64,
    /// How often it was tried again after an error that may pass.
    pub retries: u64,
    /// The last such error.
    pub transient_error: ThreadError,
}

/// What a replication thread works on, and what it finished last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadProgress {
    /// At work.
    pub current: TransactionProgress,
    /// Finished.
    pub last: TransactionProgress,
}

/// A worker of the applier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerStatus {
    /// From 1 on.
    pub id: u64,
    /// Connection id in SHOW PROCESSLIST.
    pub process_id: u64,
    /// It runs.
    pub running: bool,
    /// What it is doing.
    pub state: &'static str,
    /// Seconds since the epoch of what it applied last began on the source; 0 before anything was.
    pub event_timestamp_s: u64,
    /// Its last error.
    pub error: ThreadError,
    /// What it applies and has applied.
    pub progress: ThreadProgress,
}

/// Everything SHOW SLAVE STATUS shows of one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelStatus {
    /// Channel name; empty for the default channel.
    pub channel: String,
    /// Options in force (passwords never included).
    pub source: ChangeSource,
    /// State of the receiver.
    pub receiver: ReceiverState,
    /// The applier runs.
    pub applier_running: bool,
    /// Connection id of the receiver in SHOW PROCESSLIST; `None` when it does not run.
    pub receiver_id: Option<u64>,
    /// The same of the applier.
    pub applier_id: Option<u64>,
    /// `Slave_IO_State`: what the receiver is doing.
    pub receiver_state: String,
    /// `Slave_SQL_Running_State`: what the applier is doing.
    pub applier_state: String,
    /// Source file being read.
    pub source_log_file: String,
    /// Position received up to, bytes.
    pub read_source_log_pos: u64,
    /// Relay log file being applied.
    pub relay_log_file: String,
    /// Position in it, bytes.
    pub relay_log_pos: u64,
    /// Source file of the last applied event.
    pub relay_source_log_file: String,
    /// Source position applied up to, bytes.
    pub exec_source_log_pos: u64,
    /// All relay logs together, bytes.
    pub relay_log_space: u64,
    /// Until condition in force.
    pub until: Option<Until>,
    /// `Seconds_Behind_Master`; `None` is NULL.
    pub seconds_behind: Option<u64>,
    /// Last receiver error.
    pub receiver_error: ThreadError,
    /// Last applier error.
    pub applier_error: ThreadError,
    /// `Skip_Counter`
    pub skip_counter: u64,
    /// `SQL_Remaining_Delay`, seconds; `None` when MASTER_DELAY does not hold the applier back.
    pub remaining_delay_s: Option<u64>,
    /// `Master_Server_Id`
    pub source_server_id: u32,
    /// `Master_UUID`
    pub source_uuid: String,
    /// `Retrieved_Gtid_Set`
    pub retrieved_gtid_set: String,
    /// `Executed_Gtid_Set`
    pub executed_gtid_set: String,
    /// MariaDB `Gtid_IO_Pos`
    pub gtid_io_pos: String,
    /// The source's server version, empty before the first connect.
    pub source_version: String,
    /// Connection id on the source.
    pub source_connection_id: u32,
    /// Heartbeats received.
    pub received_heartbeats: u64,
    /// Last heartbeat, microseconds since the epoch.
    pub last_heartbeat_us: u64,
    /// Filters in force, one text a kind in the order of [`crate::filter::FILTER_KINDS`].
    pub filters: [String; 7],
    /// What the receiver writes to the relay log.
    pub queueing: ThreadProgress,
    /// What the applier applies; of one with workers, what it hands to them.
    pub applying: ThreadProgress,
    /// The applier's workers; none when it applies by itself.
    pub workers: Vec<WorkerStatus>,
    /// Transactions tried again after an error that may pass.
    pub transaction_retries: u64,
    /// Errors that `replica_skip_errors` passed over.
    pub skipped_errors: u64,
    /// Applied groups of events from a MariaDB source, by kind.
    pub groups: GroupCounts,
    /// Events that the applier has read.
    pub executed_events: u64,
    /// When the last received event was logged on the source, seconds since the epoch; 0 for none.
    pub received_event_s: u64,
    /// The same of the last applied event.
    pub applied_event_s: u64,
}

/// Applied groups of events, as a MariaDB source says what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// `Slave_DDL_Groups`
    pub ddl: u64,
    /// `Slave_Non_Transactional_Groups`
    pub non_transactional: u64,
    /// `Slave_Transactional_Groups`
    pub transactional: u64,
}

/// What a replication thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadKind {
    /// `replica_io`
    Receiver,
    /// `replica_sql`
    Applier,
    /// `replica_worker`
    Worker,
}

/// One row of SHOW PROCESSLIST for a replication thread.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationProcess {
    /// Connection id.
    pub id: u64,
    /// What it is.
    pub kind: ThreadKind,
    /// The thread that started it, by its connection id.
    pub parent: Option<u64>,
    /// Seconds in this state (for the applier: behind the source).
    pub time_s: i64,
    /// State text.
    pub state: String,
    /// `Connect` for the receiver, `Query` or `Connect` for the applier as the real server shows it.
    pub command: &'static str,
    /// Statement being applied.
    pub info: Option<String>,
}

/// One row of SHOW RELAYLOG EVENTS.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEventRow {
    /// File name.
    pub log_name: String,
    /// Start position, bytes.
    pub pos: u64,
    /// Event type name.
    pub event_type: String,
    /// Server id.
    pub server_id: u32,
    /// End position as the header says, bytes.
    pub end_log_pos: u64,
    /// Description.
    pub info: String,
}

/// The GTIDs a server has: one consistent view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerGtids {
    /// `gtid_executed`
    pub executed: GtidSet,
    /// `gtid_purged`
    pub purged: GtidSet,
    /// `gtid_slave_pos` of MariaDB; without a binary log of our own `gtid_current_pos` too.
    pub slave_pos: MariadbGtidList,
}

/// What the SQL server may ask of replication. Calls may block (disk, joining a thread): never call them
/// on an async worker without `spawn_blocking`.
///
/// A channel of `None` is a statement that names none: MySQL takes it for all channels (START, STOP, RESET,
/// SHOW REPLICA STATUS) or for the only one (3079 when there are several).
pub trait ReplicationControl: Send + Sync {
    /// CHANGE MASTER TO; a new channel appears with it. Returns notes and warnings.
    fn change_source(
        &self,
        channel: Option<&str>,
        change: ChangeSource,
    ) -> Result<Vec<MysqlError>, MysqlError>;
    /// START SLAVE. Returns warnings or notes (3083 "already running" is one).
    fn start(
        &self,
        channel: Option<&str>,
        options: StartOptions,
    ) -> Result<Vec<MysqlError>, MysqlError>;
    /// STOP SLAVE; returns when the threads have stopped, with notes (3084).
    fn stop(&self, channel: Option<&str>, threads: Threads) -> Result<Vec<MysqlError>, MysqlError>;
    /// RESET SLAVE, or RESET SLAVE ALL, with which a named channel goes.
    fn reset(&self, channel: Option<&str>, all: bool) -> Result<(), MysqlError>;
    /// Status of the channels that have a source; 3074 for a channel that does not exist.
    fn status(&self, channel: Option<&str>) -> Result<Vec<ChannelStatus>, MysqlError>;
    /// The replication threads for SHOW PROCESSLIST.
    fn processes(&self) -> Vec<ReplicationProcess>;
    /// KILL of a replication thread, by its connection id: false when it is none. A receiver takes no notice of
    /// KILL QUERY.
    fn kill(&self, id: u64, query_only: bool) -> bool;
    /// Where connection ids come from.
    fn process_ids(&self) -> Arc<ProcessIds>;
    /// SHOW RELAYLOG EVENTS IN file FROM pos LIMIT offset, count.
    fn relaylog_events(
        &self,
        channel: Option<&str>,
        file: Option<&str>,
        from: Option<u64>,
        offset: u64,
        count: Option<u64>,
    ) -> Result<Vec<LogEventRow>, MysqlError>;
    /// CHANGE REPLICATION FILTER; without a channel for all of them and for those to come. Errors: 1794 the
    /// channel is not configured, 3085 an applier runs.
    fn change_filter(
        &self,
        channel: Option<&str>,
        changes: &[FilterChange],
    ) -> Result<(), MysqlError>;
    /// Filters of all channels and the global ones.
    fn filters(&self) -> FilterTables;
    /// FLUSH RELAY LOGS: rotates the relay log of one channel or of all.
    fn flush_relay_logs(&self, channel: Option<&str>) -> Result<(), MysqlError>;
    /// SET GLOBAL of a variable that replication reads (`slave_exec_mode`, `sql_slave_skip_counter`, ...);
    /// the name is in 9.7's spelling (`replica_exec_mode`). The server has checked the value.
    fn set_variable(&self, name: &str, value: &str) -> Result<(), MysqlError>;
    /// Status variables kept by replication (`Understudy_events_applied_write_rows`, ...), name to value.
    fn status_variables(&self) -> Vec<(String, String)>;
    /// `performance_schema.understudy_event_ledger`
    fn event_ledger(&self) -> Vec<LedgerRow>;
    /// `performance_schema.understudy_row_audit`
    fn row_audit(&self) -> Vec<RowAuditRow>;
    /// `performance_schema.understudy_transaction_waterfall`
    fn waterfall_buckets(&self) -> Vec<WaterfallBucket>;
    /// `performance_schema.understudy_transaction_waterfall_summary`
    fn waterfall_stages(&self) -> Vec<WaterfallStage>;
    /// MASTER_POS_WAIT(file, pos, timeout): transactions waited for, `None` for NULL, -1 on timeout.
    fn wait_for_position(
        &self,
        channel: Option<&str>,
        file: &str,
        pos: u64,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError>;
    /// `gtid_executed` and its companions.
    fn gtids(&self) -> ServerGtids;
    /// SET GLOBAL gtid_purged: `set` becomes it, or with `adds` (`'+...'`) is added to it. The set is in
    /// `gtid_executed` afterwards. Error 3546 when the sets do not fit.
    fn set_gtid_purged(&self, set: &GtidSet, adds: bool) -> Result<(), MysqlError>;
    /// SET GLOBAL gtid_slave_pos. Error 1198 when a replication thread runs.
    fn set_gtid_slave_pos(&self, position: &MariadbGtidList) -> Result<(), MysqlError>;
    /// A transaction without changes under a GTID of the session's choice (SET GTID_NEXT='...'; BEGIN; COMMIT).
    /// False when it was executed before, which is no error.
    fn commit_empty(&self, gtid: &Gtid) -> Result<bool, MysqlError>;
    /// RESET MASTER, RESET BINARY LOGS AND GTIDS: forgets `gtid_executed` and `gtid_purged`.
    fn reset_gtids(&self) -> Result<(), MysqlError>;
    /// WAIT_FOR_EXECUTED_GTID_SET: false when the time is over. Looks at `cancelled` now and then.
    fn wait_for_gtids(
        &self,
        set: &GtidSet,
        timeout_ms: Option<u64>,
        cancelled: &dyn Fn() -> bool,
    ) -> bool;
    /// MASTER_GTID_WAIT: false when the time is over.
    fn wait_for_slave_pos(
        &self,
        position: &MariadbGtidList,
        timeout_ms: Option<u64>,
        cancelled: &dyn Fn() -> bool,
    ) -> bool;
    /// WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS: as [`Self::wait_for_position`], for a set of GTIDs.
    fn wait_for_applier_gtids(
        &self,
        channel: Option<&str>,
        set: &GtidSet,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError>;
}
