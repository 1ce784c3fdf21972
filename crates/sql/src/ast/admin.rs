//! Maintenance and administration.

use super::expr::Expr;
use super::name::{ObjectName, Source, UserName};
use super::set::SetItem;

/// `KILL`
#[derive(Clone, Debug, PartialEq)]
pub struct Kill {
    /// `QUERY` rather than `CONNECTION`.
    pub query: bool,
    /// `HARD` true, `SOFT` false (MariaDB)
    pub hard: Option<bool>,
    /// Whom.
    pub target: KillTarget,
}

/// Whom `KILL` kills.
#[derive(Clone, Debug, PartialEq)]
pub enum KillTarget {
    /// A connection number.
    Id(Expr),
    /// `QUERY ID n` (MariaDB)
    QueryId(Expr),
    /// `USER name` (MariaDB)
    User(UserName),
}

/// `PREPARE`
#[derive(Clone, Debug, PartialEq)]
pub struct Prepare {
    /// Name.
    pub name: String,
    /// Text: a string or a user variable (MariaDB: any expression).
    pub from: Expr,
}

/// `EXECUTE`
#[derive(Clone, Debug, PartialEq)]
pub struct Execute {
    /// Name.
    pub name: String,
    /// `USING`: user variables (MariaDB: any expressions).
    pub using: Vec<Expr>,
}

/// `EXECUTE IMMEDIATE` (MariaDB)
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteImmediate {
    /// Text.
    pub from: Expr,
    /// `USING`
    pub using: Vec<Expr>,
}

/// `ANALYZE|OPTIMIZE|REPAIR|CHECK|CHECKSUM TABLE`
#[derive(Clone, Debug, PartialEq)]
pub struct TableMaintenance {
    /// Which.
    pub kind: MaintenanceKind,
    /// `VIEW` rather than `TABLE` (MariaDB)
    pub view: bool,
    /// `NO_WRITE_TO_BINLOG`, `LOCAL`
    pub local: bool,
    /// Tables.
    pub tables: Vec<ObjectName>,
    /// Options in upper case: `QUICK`, `EXTENDED`, `FOR UPGRADE`, ...
    pub options: Vec<String>,
    /// `UPDATE HISTOGRAM ON ...`, `PERSISTENT FOR ...`: as written.
    pub histogram: Option<Source>,
}

/// Kinds of table maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaintenanceKind {
    /// `ANALYZE`
    Analyze,
    /// `OPTIMIZE`
    Optimize,
    /// `REPAIR`
    Repair,
    /// `CHECK`
    Check,
    /// `CHECKSUM`
    Checksum,
}

/// Table with keys for `CACHE INDEX`, `LOAD INDEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCacheTable {
    /// Table.
    pub table: ObjectName,
    /// `PARTITION (...)`
    pub partitions: Option<super::alter::PartitionNames>,
    /// Key names; `None` when not written.
    pub keys: Option<Vec<String>>,
    /// `IGNORE LEAVES`
    pub ignore_leaves: bool,
}

/// `CACHE INDEX ... IN cache`
#[derive(Clone, Debug, PartialEq)]
pub struct CacheIndex {
    /// Tables.
    pub tables: Vec<KeyCacheTable>,
    /// Key cache.
    pub cache: String,
}

/// `LOAD INDEX INTO CACHE`
#[derive(Clone, Debug, PartialEq)]
pub struct LoadIndex {
    /// Tables.
    pub tables: Vec<KeyCacheTable>,
}

/// `FLUSH`
#[derive(Clone, Debug, PartialEq)]
pub struct Flush {
    /// `NO_WRITE_TO_BINLOG`, `LOCAL`
    pub local: bool,
    /// What.
    pub items: Vec<FlushItem>,
}

/// What `FLUSH` flushes.
#[derive(Clone, Debug, PartialEq)]
pub enum FlushItem {
    /// `TABLES [names] [WITH READ LOCK|FOR EXPORT]`
    Tables {
        /// Tables; empty means all.
        tables: Vec<ObjectName>,
        /// `WITH READ LOCK`
        read_lock: bool,
        /// `FOR EXPORT`
        export: bool,
        /// `AND DISABLE CHECKPOINT` (MariaDB)
        disable_checkpoint: bool,
    },
    /// `LOGS`
    Logs,
    /// `BINARY LOGS`, with MariaDB's `DELETE_DOMAIN_ID=(...)`
    BinaryLogs(Vec<u64>),
    /// `ENGINE LOGS`
    EngineLogs,
    /// `ERROR LOGS`
    ErrorLogs,
    /// `GENERAL LOGS`
    GeneralLogs,
    /// `SLOW LOGS`
    SlowLogs,
    /// `RELAY LOGS [FOR CHANNEL name]`; MariaDB `RELAY LOGS 'name'`.
    RelayLogs(Option<String>),
    /// `HOSTS`
    Hosts,
    /// `PRIVILEGES`
    Privileges,
    /// `STATUS`
    Status,
    /// `[GLOBAL|SESSION] STATUS` (MariaDB 11)
    ScopedStatus(super::set::VariableScope),
    /// `USER_RESOURCES`
    UserResources,
    /// `OPTIMIZER_COSTS`
    OptimizerCosts,
    /// `QUERY CACHE`
    QueryCache,
    /// `DES_KEY_FILE`
    DesKeyFile,
    /// `SLAVE ['name']`, `MASTER` (old synonyms of RESET): the keyword in upper case.
    Reset(String),
    /// `SSL`, and other words of MariaDB's plugins, upper case.
    Word(String),
}

/// What `RESET` resets.
#[derive(Clone, Debug, PartialEq)]
pub enum ResetItem {
    /// `MASTER [TO n]`, `BINARY LOGS AND GTIDS [TO n]`
    BinaryLogs {
        /// `TO n`
        to: Option<u64>,
        /// Vocabulary.
        vocabulary: super::show::Vocabulary,
    },
    /// `SLAVE|REPLICA [ALL] [FOR CHANNEL name]`; MariaDB `SLAVE 'name' [ALL]`.
    Replica {
        /// Vocabulary.
        vocabulary: super::show::Vocabulary,
        /// `ALL`
        all: bool,
        /// MariaDB's connection name.
        connection: Option<String>,
        /// `FOR CHANNEL`
        channel: Option<String>,
    },
    /// `QUERY CACHE`
    QueryCache,
    /// `STATUS` (MariaDB)
    Status,
}

/// `PURGE BINARY LOGS`
#[derive(Clone, Debug, PartialEq)]
pub enum Purge {
    /// `TO 'file'`
    To(String),
    /// `BEFORE time`
    Before(Expr),
}

/// `BINLOG 'base64'`
#[derive(Clone, Debug, PartialEq)]
pub struct BinlogStatement {
    /// Text, or MariaDB's two fragments of user variables.
    pub fragments: Vec<Expr>,
}

/// `INSTALL`
#[derive(Clone, Debug, PartialEq)]
pub enum Install {
    /// `PLUGIN [IF NOT EXISTS] name SONAME 'library'`
    Plugin {
        /// `IF NOT EXISTS` (MariaDB)
        if_not_exists: bool,
        /// Name.
        name: String,
        /// Library.
        soname: String,
    },
    /// `SONAME 'library'` (MariaDB)
    Soname(String),
    /// `COMPONENT 'urn', ... [SET ...]`
    Component {
        /// Components.
        urns: Vec<String>,
        /// Variables.
        set: Vec<SetItem>,
    },
}

/// `UNINSTALL`
#[derive(Clone, Debug, PartialEq)]
pub enum Uninstall {
    /// `PLUGIN [IF EXISTS] name`
    Plugin {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Name.
        name: String,
    },
    /// `SONAME 'library'` (MariaDB)
    Soname {
        /// `IF EXISTS`
        if_exists: bool,
        /// Library.
        soname: String,
    },
    /// `COMPONENT 'urn', ...`
    Component(Vec<String>),
}

/// `SHUTDOWN`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// `WAIT FOR ALL SLAVES` (MariaDB)
    pub wait_for_replicas: bool,
}

/// `CLONE`: kept as text, `LOCAL DATA DIRECTORY` or `INSTANCE FROM ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct CloneStatement {
    /// `LOCAL DATA DIRECTORY`
    pub local: bool,
    /// As written.
    pub source: String,
}
