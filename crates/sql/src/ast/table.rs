//! CREATE TABLE and its parts, DROP/TRUNCATE/RENAME TABLE, CREATE/DROP INDEX.

use super::alter::{AlterAlgorithm, AlterLock, LockTimeout};
use super::data_type::DataType;
use super::expr::{Expr, IntervalUnit};
use super::name::{ObjectName, Source};
use super::partition::Partitioning;
use super::query::Query;

/// `CREATE TABLE`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// `OR REPLACE` (MariaDB)
    pub or_replace: bool,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `EXTERNAL` (MySQL 9.4)
    pub external: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// Name.
    pub name: ObjectName,
    /// What the table is made of.
    pub body: CreateTableBody,
}

/// Body of `CREATE TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub enum CreateTableBody {
    /// `LIKE other`
    Like(ObjectName),
    /// Columns, options, query.
    Definition(TableDefinition),
}

/// Columns, keys, options, partitions and query of a new table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableDefinition {
    /// Columns, keys and constraints in order.
    pub elements: Vec<TableElement>,
    /// Table options in order.
    pub options: Vec<TableOption>,
    /// `PARTITION BY`
    pub partitioning: Option<Box<Partitioning>>,
    /// `[AS] SELECT`
    pub select: Option<CreateSelect>,
    /// `START TRANSACTION`: rows of an atomic `CREATE TABLE ... SELECT` follow in the log.
    pub start_transaction: bool,
}

/// `[IGNORE|REPLACE] [AS] query`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSelect {
    /// What happens to duplicates.
    pub duplicates: Option<Duplicates>,
    /// Query.
    pub query: Box<Query>,
}

/// `IGNORE` or `REPLACE`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duplicates {
    /// `IGNORE`
    Ignore,
    /// `REPLACE`
    Replace,
}

/// An element of a table definition.
#[derive(Clone, Debug, PartialEq)]
pub enum TableElement {
    /// Column.
    Column(ColumnSpec),
    /// Key.
    Index(IndexSpec),
    /// Foreign key.
    ForeignKey(ForeignKeySpec),
    /// Check constraint.
    Check(CheckSpec),
    /// `PERIOD FOR name (start, end)` (MariaDB)
    Period(PeriodSpec),
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// Name.
    pub name: String,
    /// Type; MariaDB lets system-versioning columns and `CREATE ... SELECT` leave nothing out, so always there.
    pub ty: DataType,
    /// Attributes in order; later ones win.
    pub attributes: Vec<ColumnAttribute>,
}

/// An attribute of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnAttribute {
    /// `NULL`
    Null,
    /// `NOT NULL`
    NotNull,
    /// `DEFAULT ...`
    Default(DefaultSpec),
    /// `ON UPDATE CURRENT_TIMESTAMP(fsp)`
    OnUpdateNow(Option<u32>),
    /// `AUTO_INCREMENT`
    AutoIncrement,
    /// `SERIAL DEFAULT VALUE`: `NOT NULL AUTO_INCREMENT UNIQUE`
    SerialDefaultValue,
    /// `UNIQUE [KEY]`
    Unique,
    /// `[PRIMARY] KEY`
    PrimaryKey,
    /// `COMMENT`
    Comment(String),
    /// `COLLATE`
    Collate(String),
    /// `[GENERATED ALWAYS] AS (expr) [VIRTUAL|STORED|PERSISTENT]`
    Generated {
        /// Expression.
        expr: Box<Expr>,
        /// Its text as written.
        source: Source,
        /// `STORED`/`PERSISTENT` true, `VIRTUAL` false.
        stored: Option<bool>,
    },
    /// `GENERATED ALWAYS AS ROW START|END` (MariaDB); true is `START`.
    RowBound(bool),
    /// `COLUMN_FORMAT FIXED|DYNAMIC|DEFAULT`, upper case.
    ColumnFormat(String),
    /// `STORAGE DISK|MEMORY|DEFAULT`, upper case.
    Storage(String),
    /// `VISIBLE`
    Visible,
    /// `INVISIBLE`
    Invisible,
    /// `SRID n`, `REF_SYSTEM_ID=n`
    Srid(u64),
    /// `[CONSTRAINT name] CHECK (expr) [NOT ENFORCED]`
    Check(CheckSpec),
    /// `REFERENCES ...` on a column: ignored by MySQL, honoured by MariaDB and MySQL 9.
    References(References),
    /// `COMPRESSED [=method]` (MariaDB)
    Compressed(Option<String>),
    /// `WITH SYSTEM VERSIONING` true, `WITHOUT SYSTEM VERSIONING` false (MariaDB).
    SystemVersioning(bool),
    /// `ENGINE_ATTRIBUTE='...'`
    EngineAttribute(String),
    /// `SECONDARY_ENGINE_ATTRIBUTE='...'`
    SecondaryEngineAttribute(String),
    /// `NOT SECONDARY`
    NotSecondary,
    /// An engine-defined attribute `name=value` (MariaDB).
    EngineDefined(EngineOption),
}

/// `DEFAULT` of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultSpec {
    /// A literal, possibly signed; `NULL` included.
    Literal(Expr),
    /// `CURRENT_TIMESTAMP(fsp)` and its synonyms.
    Now(Option<u32>),
    /// `DEFAULT (expr)`; MariaDB also without parentheses.
    Expr {
        /// Expression.
        expr: Box<Expr>,
        /// Its text as written.
        source: Source,
    },
}

/// Kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// `PRIMARY KEY`
    Primary,
    /// `UNIQUE`
    Unique,
    /// `KEY`, `INDEX`
    Plain,
    /// `FULLTEXT`
    Fulltext,
    /// `SPATIAL`
    Spatial,
    /// `VECTOR` (MariaDB)
    Vector,
}

/// A key of a table definition.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSpec {
    /// `CONSTRAINT [name]` before the key; the inner `None` when only the word was written.
    pub constraint: Option<Option<String>>,
    /// Kind.
    pub kind: KeyKind,
    /// `IF NOT EXISTS` (MariaDB)
    pub if_not_exists: bool,
    /// Name.
    pub name: Option<String>,
    /// Parts.
    pub parts: Vec<KeyPartSpec>,
    /// Options in order; `USING` before the parts is first.
    pub options: Vec<IndexOption>,
}

/// A part of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyPartSpec {
    /// Column or expression.
    pub target: KeyTarget,
    /// `ASC` false, `DESC` true.
    pub descending: Option<bool>,
}

/// What a key part indexes.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyTarget {
    /// `column [(length)]`
    Column {
        /// Column.
        name: String,
        /// Prefix length.
        length: Option<u64>,
    },
    /// `(expr)`
    Expr(Box<Expr>),
    /// `period WITHOUT OVERLAPS` (MariaDB)
    WithoutOverlaps(String),
}

/// An option of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexOption {
    /// `USING BTREE|HASH|RTREE`, `TYPE ...`, upper case.
    Using(String),
    /// `KEY_BLOCK_SIZE`
    KeyBlockSize(u64),
    /// `WITH PARSER name`
    Parser(String),
    /// `COMMENT`
    Comment(String),
    /// `VISIBLE`
    Visible,
    /// `INVISIBLE`
    Invisible,
    /// `IGNORED` true, `NOT IGNORED` false (MariaDB)
    Ignored(bool),
    /// `CLUSTERING=YES|NO` (MariaDB)
    Clustering(bool),
    /// `ENGINE_ATTRIBUTE`
    EngineAttribute(String),
    /// `SECONDARY_ENGINE_ATTRIBUTE`
    SecondaryEngineAttribute(String),
    /// An engine-defined option `name=value` (MariaDB; `M=8 DISTANCE=cosine` of vector keys).
    EngineDefined(EngineOption),
}

/// `name=value` of MariaDB's engines.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineOption {
    /// Name.
    pub name: String,
    /// Value.
    pub value: EngineOptionValue,
}

/// Value of an engine-defined option.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineOptionValue {
    /// Quoted text.
    Text(String),
    /// A bare word.
    Word(String),
    /// A number.
    Number(u64),
    /// `DEFAULT`
    Default,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKeySpec {
    /// `CONSTRAINT [name]`; the inner `None` when only the word was written.
    pub constraint: Option<Option<String>>,
    /// `IF NOT EXISTS` (MariaDB)
    pub if_not_exists: bool,
    /// Index name after `FOREIGN KEY`.
    pub index_name: Option<String>,
    /// Columns.
    pub columns: Vec<String>,
    /// Parent.
    pub references: References,
}

/// `REFERENCES ...`
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    /// Parent table.
    pub table: ObjectName,
    /// Parent columns; empty when none are written.
    pub columns: Vec<String>,
    /// `MATCH FULL|PARTIAL|SIMPLE`
    pub match_kind: Option<ForeignMatch>,
    /// `ON DELETE`
    pub on_delete: Option<ForeignAction>,
    /// `ON UPDATE`
    pub on_update: Option<ForeignAction>,
}

/// `MATCH` of a foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForeignMatch {
    /// `FULL`
    Full,
    /// `PARTIAL`
    Partial,
    /// `SIMPLE`
    Simple,
}

/// Action of a foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForeignAction {
    /// `RESTRICT`
    Restrict,
    /// `CASCADE`
    Cascade,
    /// `SET NULL`
    SetNull,
    /// `NO ACTION`
    NoAction,
    /// `SET DEFAULT`
    SetDefault,
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckSpec {
    /// `CONSTRAINT [name]`; the inner `None` when only the word was written.
    pub constraint: Option<Option<String>>,
    /// `IF NOT EXISTS` (MariaDB's ALTER)
    pub if_not_exists: bool,
    /// Condition.
    pub expr: Box<Expr>,
    /// Its text as written.
    pub source: Source,
    /// `ENFORCED` true, `NOT ENFORCED` false, if written.
    pub enforced: Option<bool>,
}

/// `PERIOD FOR name (start, end)`
#[derive(Clone, Debug, PartialEq)]
pub struct PeriodSpec {
    /// `SYSTEM_TIME` or the name of an application period.
    pub name: String,
    /// Start column.
    pub start: String,
    /// End column.
    pub end: String,
}

/// A yes/no option that also knows DEFAULT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ternary {
    /// `DEFAULT`
    Default,
    /// `0`
    Off,
    /// `1`
    On,
}

/// A table option.
#[derive(Clone, Debug, PartialEq)]
pub enum TableOption {
    /// `ENGINE`, `TYPE`
    Engine(String),
    /// `SECONDARY_ENGINE`; `NULL` is `None`.
    SecondaryEngine(Option<String>),
    /// `MAX_ROWS`
    MaxRows(u64),
    /// `MIN_ROWS`
    MinRows(u64),
    /// `AVG_ROW_LENGTH`
    AvgRowLength(u64),
    /// `PASSWORD`
    Password(String),
    /// `COMMENT`
    Comment(String),
    /// `COMPRESSION`
    Compression(String),
    /// `ENCRYPTION`
    Encryption(String),
    /// `AUTO_INCREMENT`
    AutoIncrement(u64),
    /// `PACK_KEYS`
    PackKeys(Ternary),
    /// `STATS_AUTO_RECALC`
    StatsAutoRecalc(Ternary),
    /// `STATS_PERSISTENT`
    StatsPersistent(Ternary),
    /// `STATS_SAMPLE_PAGES`; `DEFAULT` is `None`.
    StatsSamplePages(Option<u64>),
    /// `CHECKSUM`, `TABLE_CHECKSUM`
    Checksum(bool),
    /// `PAGE_CHECKSUM` (MariaDB)
    PageChecksum(Ternary),
    /// `DELAY_KEY_WRITE`
    DelayKeyWrite(bool),
    /// `ROW_FORMAT`, upper case.
    RowFormat(String),
    /// `UNION=(t1, t2)`
    Union(Vec<ObjectName>),
    /// `[DEFAULT] CHARACTER SET`; `DEFAULT` as the name is `None`.
    Charset(Option<String>),
    /// `[DEFAULT] COLLATE`; `DEFAULT` as the name (MariaDB) is `None`.
    Collate(Option<String>),
    /// `INSERT_METHOD`, upper case.
    InsertMethod(String),
    /// `DATA DIRECTORY`
    DataDirectory(String),
    /// `INDEX DIRECTORY`
    IndexDirectory(String),
    /// `TABLESPACE`
    Tablespace(String),
    /// `STORAGE DISK|MEMORY`, upper case.
    Storage(String),
    /// `CONNECTION`
    Connection(String),
    /// `KEY_BLOCK_SIZE`
    KeyBlockSize(u64),
    /// `AUTOEXTEND_SIZE`, as written (`4M`).
    AutoextendSize(String),
    /// `ENGINE_ATTRIBUTE`
    EngineAttribute(String),
    /// `SECONDARY_ENGINE_ATTRIBUTE`
    SecondaryEngineAttribute(String),
    /// `TRANSACTIONAL` (MariaDB)
    Transactional(Ternary),
    /// `SEQUENCE=1` (MariaDB)
    Sequence(bool),
    /// `NODEGROUP`
    NodeGroup(u64),
    /// `WITH SYSTEM VERSIONING` (MariaDB)
    SystemVersioning,
    /// An engine-defined option `name=value`: MariaDB; MySQL's external tables.
    EngineDefined(EngineOption),
}

/// `DROP TABLE`
#[derive(Clone, Debug, PartialEq)]
pub struct DropTable {
    /// `TEMPORARY`
    pub temporary: bool,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// Tables.
    pub tables: Vec<ObjectName>,
    /// `CASCADE` true, `RESTRICT` false.
    pub cascade: Option<bool>,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
}

/// `TRUNCATE [TABLE]`
#[derive(Clone, Debug, PartialEq)]
pub struct TruncateTable {
    /// Table.
    pub table: ObjectName,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
}

/// `RENAME TABLE`
#[derive(Clone, Debug, PartialEq)]
pub struct RenameTable {
    /// `IF EXISTS` (MariaDB)
    pub if_exists: bool,
    /// Pairs, from and to, in order.
    pub pairs: Vec<RenamePair>,
}

/// `from TO to`
#[derive(Clone, Debug, PartialEq)]
pub struct RenamePair {
    /// Old name.
    pub from: ObjectName,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
    /// New name.
    pub to: ObjectName,
}

/// `CREATE INDEX`
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// `OR REPLACE` (MariaDB)
    pub or_replace: bool,
    /// Table.
    pub table: ObjectName,
    /// `ONLINE` true, `OFFLINE` false (old spellings).
    pub online: Option<bool>,
    /// Key.
    pub index: IndexSpec,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
    /// `ALGORITHM`
    pub algorithm: Option<AlterAlgorithm>,
    /// `LOCK`
    pub lock: Option<AlterLock>,
}

/// `DROP INDEX`
#[derive(Clone, Debug, PartialEq)]
pub struct DropIndex {
    /// `IF EXISTS` (MariaDB)
    pub if_exists: bool,
    /// Index.
    pub name: String,
    /// Table.
    pub table: ObjectName,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
    /// `ALGORITHM`
    pub algorithm: Option<AlterAlgorithm>,
    /// `LOCK`
    pub lock: Option<AlterLock>,
}

/// `INTERVAL value unit` outside expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalSpec {
    /// Value.
    pub value: Expr,
    /// Unit.
    pub unit: IntervalUnit,
}
