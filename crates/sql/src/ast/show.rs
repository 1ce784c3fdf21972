//! SHOW, DESCRIBE, EXPLAIN.

use super::Statement;
use super::expr::Expr;
use super::name::{ObjectName, Source, UserName};
use super::query::Limit;
use super::set::VariableScope;

/// A SHOW statement: what, and which rows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    /// What.
    pub kind: ShowKind,
    /// `LIKE` or `WHERE`.
    pub filter: Option<ShowFilter>,
}

/// `LIKE 'pattern'`, `WHERE expr`
#[derive(Clone, Debug, PartialEq)]
pub enum ShowFilter {
    /// `LIKE`
    Like(String),
    /// `WHERE`
    Where(Expr),
}

/// What SHOW shows.
#[derive(Clone, Debug, PartialEq)]
pub enum ShowKind {
    /// `DATABASES`
    Databases,
    /// `[EXTENDED] [FULL] TABLES [FROM db]`
    Tables {
        /// `FULL`
        full: bool,
        /// `EXTENDED`
        extended: bool,
        /// Database.
        db: Option<String>,
    },
    /// `TABLE STATUS [FROM db]`
    TableStatus(Option<String>),
    /// `OPEN TABLES [FROM db]`
    OpenTables(Option<String>),
    /// `[FULL] TRIGGERS [FROM db]`
    Triggers(Option<String>),
    /// `EVENTS [FROM db]`
    Events(Option<String>),
    /// `[EXTENDED] [FULL] COLUMNS FROM table`
    Columns {
        /// `FULL`
        full: bool,
        /// `EXTENDED`
        extended: bool,
        /// Table.
        table: ObjectName,
    },
    /// `INDEX|INDEXES|KEYS FROM table`
    Index {
        /// `EXTENDED`
        extended: bool,
        /// Table.
        table: ObjectName,
    },
    /// `CREATE DATABASE [IF NOT EXISTS] name`
    CreateDatabase {
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// Database.
        name: String,
    },
    /// `CREATE TABLE name`
    CreateTable(ObjectName),
    /// `CREATE VIEW name`
    CreateView(ObjectName),
    /// `CREATE PROCEDURE name`
    CreateProcedure(ObjectName),
    /// `CREATE FUNCTION name`
    CreateFunction(ObjectName),
    /// `CREATE TRIGGER name`
    CreateTrigger(ObjectName),
    /// `CREATE EVENT name`
    CreateEvent(ObjectName),
    /// `CREATE LIBRARY name`
    CreateLibrary(ObjectName),
    /// `CREATE SEQUENCE name` (MariaDB)
    CreateSequence(ObjectName),
    /// `CREATE PACKAGE [BODY] name` (MariaDB)
    CreatePackage {
        /// `BODY`
        body: bool,
        /// Package.
        name: ObjectName,
    },
    /// `CREATE SERVER name` (MariaDB)
    CreateServer(String),
    /// `CREATE USER name`
    CreateUser(UserName),
    /// `PROCEDURE STATUS`, `FUNCTION STATUS`, `PACKAGE STATUS`, `LIBRARY STATUS`: the keyword in upper case.
    RoutineStatus(String),
    /// `PROCEDURE CODE name`, `FUNCTION CODE name`: the keyword in upper case.
    RoutineCode(String, ObjectName),
    /// `[GLOBAL|SESSION] VARIABLES`
    Variables(Option<VariableScope>),
    /// `[GLOBAL|SESSION] STATUS`
    Status(Option<VariableScope>),
    /// `CHARACTER SET`
    CharacterSet,
    /// `COLLATION`
    Collation,
    /// `[STORAGE] ENGINES`
    Engines,
    /// `ENGINE name STATUS|MUTEX|LOGS`: name (`ALL` is `None`) and keyword in upper case.
    Engine(Option<String>, String),
    /// `PLUGINS`
    Plugins,
    /// `PLUGINS SONAME` (MariaDB); `None` lists all by LIKE.
    PluginsSoname(Option<String>),
    /// `PRIVILEGES`
    Privileges,
    /// `GRANTS [FOR user [USING roles]]`
    Grants {
        /// Account.
        user: Option<UserName>,
        /// Roles.
        using: Vec<UserName>,
    },
    /// `[FULL] PROCESSLIST`
    ProcessList {
        /// `FULL`
        full: bool,
    },
    /// `WARNINGS [LIMIT ...]`
    Warnings(Option<Limit>),
    /// `ERRORS [LIMIT ...]`
    Errors(Option<Limit>),
    /// `COUNT(*) WARNINGS`
    CountWarnings,
    /// `COUNT(*) ERRORS`
    CountErrors,
    /// `PROFILES`
    Profiles,
    /// `PROFILE [types] [FOR QUERY n] [LIMIT ...]`
    Profile {
        /// Types in upper case.
        types: Vec<String>,
        /// `FOR QUERY`
        query: Option<u64>,
        /// `LIMIT`
        limit: Option<Limit>,
    },
    /// `MASTER STATUS`, `BINARY LOG STATUS`, `BINLOG STATUS`
    BinaryLogStatus(Vocabulary),
    /// `BINARY LOGS`, `MASTER LOGS`
    BinaryLogs,
    /// `BINLOG EVENTS [IN file] [FROM pos] [LIMIT ...]`
    BinlogEvents(LogEvents),
    /// `RELAYLOG EVENTS [IN file] [FROM pos] [LIMIT ...] [FOR CHANNEL]`
    RelaylogEvents(LogEvents),
    /// `SLAVE|REPLICA STATUS`
    ReplicaStatus(ReplicaStatus),
    /// `SLAVE HOSTS`, `REPLICAS`
    Replicas(Vocabulary),
    /// `PARSE_TREE statement`
    ParseTree(Box<Statement>),
    /// `AUTHORS`, `CONTRIBUTORS`, `LOCALES`, `STATISTICS`, and other words that stand alone, upper case.
    Words(String),
    /// `EXPLAIN|ANALYZE [FORMAT=JSON] FOR connection` (MariaDB)
    ExplainFor {
        /// `ANALYZE` rather than `EXPLAIN`.
        analyze: bool,
        /// `FORMAT=JSON`
        json: bool,
        /// Connection number.
        id: Expr,
    },
}

/// Which vocabulary a statement was written in: it decides column names of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// MASTER, SLAVE.
    Old,
    /// SOURCE, REPLICA, BINARY LOG.
    New,
}

/// `SLAVE|REPLICA STATUS`
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaStatus {
    /// Vocabulary.
    pub vocabulary: Vocabulary,
    /// `ALL SLAVES STATUS` (MariaDB)
    pub all: bool,
    /// MariaDB's connection name.
    pub connection: Option<String>,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
    /// `NONBLOCKING` (old 5.7 previews)
    pub nonblocking: bool,
}

/// Arguments of `BINLOG EVENTS`, `RELAYLOG EVENTS`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEvents {
    /// MariaDB's connection name.
    pub connection: Option<String>,
    /// `IN file`
    pub file: Option<String>,
    /// `FROM pos`
    pub from: Option<u64>,
    /// `LIMIT`
    pub limit: Option<Limit>,
    /// `FOR CHANNEL`
    pub channel: Option<String>,
}

/// `DESCRIBE table [column|pattern]`
#[derive(Clone, Debug, PartialEq)]
pub struct Describe {
    /// Table.
    pub table: ObjectName,
    /// Column name or pattern.
    pub column: Option<String>,
}

/// `EXPLAIN`
#[derive(Clone, Debug, PartialEq)]
pub struct Explain {
    /// `ANALYZE`
    pub analyze: bool,
    /// `FORMAT=`, upper case.
    pub format: Option<String>,
    /// `EXTENDED`
    pub extended: bool,
    /// `PARTITIONS`
    pub partitions: bool,
    /// `INTO @variable`
    pub into: Option<String>,
    /// `FOR SCHEMA|DATABASE name`
    pub schema: Option<String>,
    /// What is explained.
    pub target: ExplainTarget,
}

/// Target of `EXPLAIN`.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainTarget {
    /// A statement and its text.
    Statement(Box<Statement>, Source),
    /// `FOR CONNECTION id`
    Connection(Expr),
}
