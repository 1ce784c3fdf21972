//! INSERT, REPLACE, UPDATE, DELETE, CALL, HANDLER, LOAD DATA.

use super::expr::{ColumnRef, Expr};
use super::name::ObjectName;
use super::query::{Limit, OrderItem, Query, SelectItem, TableRef, With};

/// `LOW_PRIORITY` and friends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// `LOW_PRIORITY`
    Low,
    /// `HIGH_PRIORITY`
    High,
    /// `DELAYED`
    Delayed,
    /// `CONCURRENT`
    Concurrent,
}

/// `INSERT`, `REPLACE`
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// `REPLACE`
    pub replace: bool,
    /// Text of `/*+ ... */`.
    pub hints: Option<String>,
    /// Priority.
    pub priority: Option<Priority>,
    /// `IGNORE`
    pub ignore: bool,
    /// Table.
    pub table: ObjectName,
    /// `PARTITION (...)`
    pub partitions: Vec<String>,
    /// Column list; empty when none was written.
    pub columns: Vec<ColumnRef>,
    /// Whether `()` was written for the columns.
    pub empty_columns: bool,
    /// Rows.
    pub source: InsertSource,
    /// `AS alias [(columns)]`
    pub row_alias: Option<(String, Vec<String>)>,
    /// `ON DUPLICATE KEY UPDATE`
    pub on_duplicate: Vec<Assignment>,
    /// `RETURNING` (MariaDB)
    pub returning: Vec<SelectItem>,
}

/// Where inserted rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// `VALUES (...), (...)`
    Values(Vec<Vec<Expr>>),
    /// `SET a = 1`
    Set(Vec<Assignment>),
    /// `SELECT ...`
    Query(Box<Query>),
}

/// `column = expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Column.
    pub column: ColumnRef,
    /// Value.
    pub value: Expr,
}

/// `UPDATE`
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// `WITH`
    pub with: Option<With>,
    /// Text of `/*+ ... */`.
    pub hints: Option<String>,
    /// `LOW_PRIORITY`
    pub low_priority: bool,
    /// `IGNORE`
    pub ignore: bool,
    /// Tables.
    pub tables: Vec<TableRef>,
    /// `FOR PORTION OF` (MariaDB)
    pub portion: Option<Portion>,
    /// `SET`
    pub assignments: Vec<Assignment>,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`
    pub limit: Option<Limit>,
    /// `RETURNING` (MariaDB 13)
    pub returning: Vec<SelectItem>,
}

/// `FOR PORTION OF period FROM a TO b` (MariaDB)
#[derive(Clone, Debug, PartialEq)]
pub struct Portion {
    /// Period.
    pub period: String,
    /// Start.
    pub from: Expr,
    /// End.
    pub to: Expr,
}

/// `DELETE`
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// `WITH`
    pub with: Option<With>,
    /// Text of `/*+ ... */`.
    pub hints: Option<String>,
    /// `LOW_PRIORITY`
    pub low_priority: bool,
    /// `QUICK`
    pub quick: bool,
    /// `IGNORE`
    pub ignore: bool,
    /// `HISTORY` (MariaDB: `DELETE HISTORY FROM t [BEFORE SYSTEM_TIME x]`)
    pub history: bool,
    /// Which tables.
    pub target: DeleteTarget,
    /// `BEFORE SYSTEM_TIME`
    pub before: Option<super::query::HistoryPoint>,
    /// `FOR PORTION OF` (MariaDB)
    pub portion: Option<Portion>,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`
    pub limit: Option<Limit>,
    /// `RETURNING` (MariaDB)
    pub returning: Vec<SelectItem>,
}

/// Target of `DELETE`.
#[derive(Clone, Debug, PartialEq)]
pub enum DeleteTarget {
    /// `FROM table [alias] [PARTITION ...]`
    Single {
        /// Table.
        table: ObjectName,
        /// Alias.
        alias: Option<String>,
        /// `PARTITION (...)`
        partitions: Vec<String>,
    },
    /// `t1, t2 FROM refs` or `FROM t1, t2 USING refs`
    Multi {
        /// Tables to delete from.
        tables: Vec<ObjectName>,
        /// Joined tables.
        from: Vec<TableRef>,
        /// The form with `USING`.
        using: bool,
    },
}

/// `CALL`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Procedure.
    pub name: ObjectName,
    /// Arguments.
    pub args: Vec<Expr>,
}

/// `HANDLER`
#[derive(Clone, Debug, PartialEq)]
pub enum Handler {
    /// `OPEN [AS alias]`
    Open(ObjectName, Option<String>),
    /// `CLOSE`
    Close(ObjectName),
    /// `READ ...`
    Read {
        /// Table.
        table: ObjectName,
        /// Index.
        index: Option<String>,
        /// Where to.
        to: HandlerMove,
        /// `WHERE`
        filter: Option<Expr>,
        /// `LIMIT`
        limit: Option<Limit>,
    },
}

/// What `HANDLER ... READ` reads.
#[derive(Clone, Debug, PartialEq)]
pub enum HandlerMove {
    /// `FIRST`
    First,
    /// `NEXT`
    Next,
    /// `PREV`
    Prev,
    /// `LAST`
    Last,
    /// `op (values)`
    Key(super::expr::BinaryOp, Vec<Expr>),
}

/// `LOAD DATA`, `LOAD XML`
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// `XML` rather than `DATA`.
    pub xml: bool,
    /// Priority.
    pub priority: Option<Priority>,
    /// `LOCAL`
    pub local: bool,
    /// `FROM` rather than `FILE`: `INFILE` (true for a plain file), `URL`, `S3`.
    pub from: LoadFrom,
    /// File.
    pub path: String,
    /// What happens to duplicates.
    pub duplicates: Option<super::table::Duplicates>,
    /// Table.
    pub table: ObjectName,
    /// `PARTITION (...)`
    pub partitions: Vec<String>,
    /// `CHARACTER SET`
    pub charset: Option<String>,
    /// `ROWS IDENTIFIED BY`
    pub rows_identified_by: Option<super::data_type::StringLiteral>,
    /// FIELDS and LINES.
    pub format: FileFormat,
    /// `IGNORE n LINES`
    pub ignore_lines: Option<u64>,
    /// Columns and variables.
    pub columns: Vec<LoadTarget>,
    /// `SET`
    pub assignments: Vec<Assignment>,
    /// Clauses of bulk loading (`PARALLEL`, `MEMORY`, `ALGORITHM`, `COUNT`, `IN PRIMARY KEY ORDER`), as written.
    pub bulk: Option<super::name::Source>,
}

/// Keyword before the file name of `LOAD DATA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadFrom {
    /// `INFILE`
    Infile,
    /// `URL`
    Url,
    /// `S3`
    S3,
}

/// Column or variable that `LOAD DATA` fills.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadTarget {
    /// Column.
    Column(ColumnRef),
    /// `@variable`
    Variable(String),
}

/// `FIELDS` and `LINES` of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileFormat {
    /// `FIELDS TERMINATED BY`
    pub fields_terminated: Option<super::data_type::StringLiteral>,
    /// `[OPTIONALLY] ENCLOSED BY`
    pub fields_enclosed: Option<super::data_type::StringLiteral>,
    /// `OPTIONALLY`
    pub optionally: bool,
    /// `ESCAPED BY`
    pub fields_escaped: Option<super::data_type::StringLiteral>,
    /// `LINES STARTING BY`
    pub lines_starting: Option<super::data_type::StringLiteral>,
    /// `LINES TERMINATED BY`
    pub lines_terminated: Option<super::data_type::StringLiteral>,
}
