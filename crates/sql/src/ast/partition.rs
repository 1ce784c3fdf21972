//! PARTITION BY: a parsed structure and the clause as written.

use super::expr::Expr;
use super::name::Source;
use super::table::{EngineOption, IntervalSpec};

/// `PARTITION BY ...`
#[derive(Clone, Debug, PartialEq)]
pub struct Partitioning {
    /// The clause as written.
    pub source: Source,
    /// Method.
    pub method: PartitionMethod,
    /// `PARTITIONS n`
    pub count: Option<u64>,
    /// `SUBPARTITION BY`
    pub subpartitioning: Option<PartitionMethod>,
    /// `SUBPARTITIONS n`
    pub subpartition_count: Option<u64>,
    /// Partitions.
    pub partitions: Vec<PartitionSpec>,
}

/// How rows are assigned.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionMethod {
    /// `[LINEAR] HASH (expr)`
    Hash {
        /// `LINEAR`
        linear: bool,
        /// Expression.
        expr: Expr,
    },
    /// `[LINEAR] KEY [ALGORITHM=n] (columns)`
    Key {
        /// `LINEAR`
        linear: bool,
        /// `ALGORITHM`
        algorithm: Option<u64>,
        /// Columns; empty means the primary key.
        columns: Vec<String>,
    },
    /// `RANGE (expr)`
    Range(Expr),
    /// `RANGE COLUMNS (columns)`
    RangeColumns(Vec<String>),
    /// `LIST (expr)`
    List(Expr),
    /// `LIST COLUMNS (columns)`
    ListColumns(Vec<String>),
    /// `SYSTEM_TIME [INTERVAL ...|LIMIT n] [STARTS ...] [AUTO]` (MariaDB)
    SystemTime {
        /// `INTERVAL`
        interval: Option<IntervalSpec>,
        /// `LIMIT`
        limit: Option<u64>,
        /// `STARTS`
        starts: Option<Expr>,
        /// `AUTO`
        auto: bool,
    },
}

/// A partition.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionSpec {
    /// Name.
    pub name: String,
    /// Which values it takes.
    pub values: PartitionValues,
    /// Options.
    pub options: Vec<PartitionOption>,
    /// Subpartitions.
    pub subpartitions: Vec<SubpartitionSpec>,
}

/// `VALUES ...`
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionValues {
    /// None written.
    None,
    /// `LESS THAN (values)`; a `None` is `MAXVALUE`.
    LessThan(Vec<Option<Expr>>),
    /// `IN (values)`: each a row of one or more; a `None` inside is `MAXVALUE`.
    In(Vec<Vec<Option<Expr>>>),
    /// `CURRENT` (MariaDB)
    Current,
    /// `HISTORY` (MariaDB)
    History,
    /// `DEFAULT` (MariaDB)
    Default,
}

/// A subpartition.
#[derive(Clone, Debug, PartialEq)]
pub struct SubpartitionSpec {
    /// Name.
    pub name: String,
    /// Options.
    pub options: Vec<PartitionOption>,
}

/// An option of a partition.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionOption {
    /// `ENGINE`
    Engine(String),
    /// `COMMENT`
    Comment(String),
    /// `DATA DIRECTORY`
    DataDirectory(String),
    /// `INDEX DIRECTORY`
    IndexDirectory(String),
    /// `MAX_ROWS`
    MaxRows(u64),
    /// `MIN_ROWS`
    MinRows(u64),
    /// `TABLESPACE`
    Tablespace(String),
    /// `NODEGROUP`
    NodeGroup(u64),
    /// MariaDB's engine-defined options.
    EngineDefined(EngineOption),
}
