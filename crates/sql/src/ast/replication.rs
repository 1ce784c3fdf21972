//! Statements that control replication, in both vocabularies.
//!
//! Option names are the SOURCE spelling's parts after the prefix: `MASTER_HOST` and `SOURCE_HOST` are both
//! [`SourceOption::Host`].

use super::name::ObjectName;

/// `CHANGE MASTER ['name'] TO`, `CHANGE REPLICATION SOURCE TO`
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSource {
    /// Written as `CHANGE REPLICATION SOURCE`.
    pub source_vocabulary: bool,
    /// MariaDB's connection name.
    pub connection: Option<String>,
    /// Options in order.
    pub options: Vec<SourceOption>,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
}

/// An option of CHANGE MASTER / CHANGE REPLICATION SOURCE.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceOption {
    /// `NETWORK_NAMESPACE`
    NetworkNamespace(String),
    /// `*_BIND`
    Bind(String),
    /// `*_HOST`
    Host(String),
    /// `*_USER`
    User(String),
    /// `*_PASSWORD`
    Password(String),
    /// `*_PORT`
    Port(u64),
    /// `*_CONNECT_RETRY`
    ConnectRetry(u64),
    /// `*_RETRY_COUNT`
    RetryCount(u64),
    /// `*_DELAY`
    Delay(u64),
    /// `*_HEARTBEAT_PERIOD`: the number as written, seconds.
    HeartbeatPeriod(String),
    /// `*_LOG_FILE`
    LogFile(String),
    /// `*_LOG_POS`
    LogPos(u64),
    /// `*_AUTO_POSITION`
    AutoPosition(bool),
    /// `RELAY_LOG_FILE`
    RelayLogFile(String),
    /// `RELAY_LOG_POS`
    RelayLogPos(u64),
    /// `*_COMPRESSION_ALGORITHMS`
    CompressionAlgorithms(String),
    /// `*_ZSTD_COMPRESSION_LEVEL`
    ZstdCompressionLevel(u64),
    /// `*_SSL`
    Ssl(bool),
    /// `*_SSL_CA`
    SslCa(String),
    /// `*_SSL_CAPATH`
    SslCaPath(String),
    /// `*_SSL_CERT`
    SslCert(String),
    /// `*_SSL_CRL`
    SslCrl(String),
    /// `*_SSL_CRLPATH`
    SslCrlPath(String),
    /// `*_SSL_KEY`
    SslKey(String),
    /// `*_SSL_CIPHER`
    SslCipher(String),
    /// `*_SSL_VERIFY_SERVER_CERT`
    SslVerifyServerCert(bool),
    /// `*_TLS_VERSION`
    TlsVersion(String),
    /// `*_TLS_CIPHERSUITES`; `NULL` is `None`.
    TlsCiphersuites(Option<String>),
    /// `*_PUBLIC_KEY_PATH`
    PublicKeyPath(String),
    /// `GET_*_PUBLIC_KEY`
    GetPublicKey(bool),
    /// `PRIVILEGE_CHECKS_USER`: user and host; `NULL` is `None`.
    PrivilegeChecksUser(Option<super::name::UserName>),
    /// `REQUIRE_ROW_FORMAT`
    RequireRowFormat(bool),
    /// `REQUIRE_TABLE_PRIMARY_KEY_CHECK`: STREAM, ON, OFF, GENERATE in upper case.
    RequireTablePrimaryKeyCheck(String),
    /// `ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS`
    AssignGtids(AssignGtids),
    /// `*_CONNECTION_AUTO_FAILOVER`
    ConnectionAutoFailover(bool),
    /// `GTID_ONLY`
    GtidOnly(bool),
    /// `IGNORE_SERVER_IDS`
    IgnoreServerIds(Vec<u64>),
    /// `MASTER_USE_GTID=NO|SLAVE_POS|CURRENT_POS|REPLICA_POS` (MariaDB)
    UseGtid(UseGtid),
    /// `MASTER_DEMOTE_TO_SLAVE` (MariaDB)
    DemoteToReplica(bool),
    /// `IGNORE_DOMAIN_IDS` (MariaDB)
    IgnoreDomainIds(Vec<u64>),
    /// `DO_DOMAIN_IDS` (MariaDB)
    DoDomainIds(Vec<u64>),
    /// An option set to `DEFAULT` (MariaDB 12): its name as written.
    SetDefault(String),
}

/// `ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignGtids {
    /// `OFF`
    Off,
    /// `LOCAL`
    Local,
    /// A UUID.
    Uuid(String),
}

/// `MASTER_USE_GTID` (MariaDB)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UseGtid {
    /// `NO`
    No,
    /// `SLAVE_POS`, `REPLICA_POS`
    SlavePos,
    /// `CURRENT_POS`
    CurrentPos,
}

/// `CHANGE REPLICATION FILTER`
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeFilter {
    /// Filters in order.
    pub filters: Vec<ReplicationFilter>,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
}

/// One replication filter; an empty list clears it.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplicationFilter {
    /// `REPLICATE_DO_DB`
    DoDb(Vec<String>),
    /// `REPLICATE_IGNORE_DB`
    IgnoreDb(Vec<String>),
    /// `REPLICATE_DO_TABLE`
    DoTable(Vec<ObjectName>),
    /// `REPLICATE_IGNORE_TABLE`
    IgnoreTable(Vec<ObjectName>),
    /// `REPLICATE_WILD_DO_TABLE`
    WildDoTable(Vec<String>),
    /// `REPLICATE_WILD_IGNORE_TABLE`
    WildIgnoreTable(Vec<String>),
    /// `REPLICATE_REWRITE_DB`: from, to.
    RewriteDb(Vec<(String, String)>),
}

/// Which threads START and STOP name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaThreads {
    /// `IO_THREAD`, `RELAY_THREAD`: the receiver.
    pub io: bool,
    /// `SQL_THREAD`: the applier.
    pub sql: bool,
}

/// `START SLAVE|REPLICA`, MariaDB's `START ALL SLAVES`
#[derive(Clone, Debug, PartialEq)]
pub struct StartReplica {
    /// Written with `REPLICA`.
    pub replica_vocabulary: bool,
    /// `ALL SLAVES` (MariaDB)
    pub all: bool,
    /// MariaDB's connection name.
    pub connection: Option<String>,
    /// Threads; none named means both.
    pub threads: ReplicaThreads,
    /// `UNTIL`
    pub until: Option<Until>,
    /// `USER=`
    pub user: Option<String>,
    /// `PASSWORD=`
    pub password: Option<String>,
    /// `DEFAULT_AUTH=`
    pub default_auth: Option<String>,
    /// `PLUGIN_DIR=`
    pub plugin_dir: Option<String>,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
}

/// `UNTIL ...`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// `MASTER_LOG_FILE = f, MASTER_LOG_POS = n`
    SourcePosition {
        /// File.
        file: String,
        /// Position.
        pos: u64,
    },
    /// `RELAY_LOG_FILE = f, RELAY_LOG_POS = n`
    RelayPosition {
        /// File.
        file: String,
        /// Position.
        pos: u64,
    },
    /// `SQL_BEFORE_GTIDS = set`
    BeforeGtids(String),
    /// `SQL_AFTER_GTIDS = set`
    AfterGtids(String),
    /// `SQL_AFTER_MTS_GAPS`
    AfterGaps,
    /// `MASTER_GTID_POS = pos` (MariaDB)
    MariadbGtidPos(String),
    /// Any other combination of files and positions: well written, and refused when it is run (1277).
    Incomplete(Vec<UntilPart>),
}

/// A file or position of `UNTIL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UntilPart {
    /// `MASTER_LOG_FILE = f`
    SourceFile(String),
    /// `MASTER_LOG_POS = n`
    SourcePos(u64),
    /// `RELAY_LOG_FILE = f`
    RelayFile(String),
    /// `RELAY_LOG_POS = n`
    RelayPos(u64),
}

/// `STOP SLAVE|REPLICA`
#[derive(Clone, Debug, PartialEq)]
pub struct StopReplica {
    /// Written with `REPLICA`.
    pub replica_vocabulary: bool,
    /// `ALL SLAVES` (MariaDB)
    pub all: bool,
    /// MariaDB's connection name.
    pub connection: Option<String>,
    /// Threads; none named means both.
    pub threads: ReplicaThreads,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
}

/// `START|STOP GROUP_REPLICATION`
#[derive(Clone, Debug, PartialEq)]
pub struct GroupReplication {
    /// `START`
    pub start: bool,
    /// `USER=`, `PASSWORD=`, `DEFAULT_AUTH=` and their values.
    pub options: Vec<(String, String)>,
}
