//! Queries: SELECT, VALUES, TABLE, their combination, FROM clauses and windows.

use super::expr::{ColumnRef, Expr};
use super::name::{ObjectName, Source};

/// A query expression with everything around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `WITH`
    pub with: Option<With>,
    /// SELECT, VALUES, TABLE or a combination.
    pub body: QueryBody,
    /// `ORDER BY` of the whole.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT` of the whole.
    pub limit: Option<Limit>,
    /// `INTO`
    pub into: Option<SelectInto>,
    /// `FOR UPDATE`, `FOR SHARE`, `LOCK IN SHARE MODE`
    pub locking: Vec<Locking>,
    /// `PROCEDURE name(args)`
    pub procedure: Option<(String, Vec<Expr>)>,
}

/// Body of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryBody {
    /// `SELECT ...`
    Select(Box<Select>),
    /// `VALUES ROW(1,2), ROW(3,4)`; MariaDB `VALUES (1,2), (3,4)`
    Values(Vec<Vec<Expr>>),
    /// `TABLE name`
    Table(ObjectName),
    /// `left UNION|EXCEPT|INTERSECT right`
    SetOperation {
        /// Which.
        op: SetOperator,
        /// `ALL` rather than `DISTINCT`.
        all: bool,
        /// Left side.
        left: Box<QueryBody>,
        /// Right side.
        right: Box<QueryBody>,
    },
    /// A query in parentheses.
    Parenthesised(Box<Query>),
}

/// Set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// `UNION`
    Union,
    /// `EXCEPT`, `MINUS`
    Except,
    /// `INTERSECT`
    Intersect,
}

/// `WITH [RECURSIVE] ...`
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    /// `RECURSIVE`
    pub recursive: bool,
    /// Tables.
    pub tables: Vec<CommonTable>,
}

/// `name (columns) AS (query)`
#[derive(Clone, Debug, PartialEq)]
pub struct CommonTable {
    /// Name.
    pub name: String,
    /// Column names.
    pub columns: Vec<String>,
    /// Query.
    pub query: Query,
    /// `CYCLE columns RESTRICT` (MariaDB)
    pub cycle: Vec<String>,
}

/// `SELECT` proper.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// Text of `/*+ ... */`.
    pub hints: Option<String>,
    /// Options after SELECT.
    pub options: SelectOptions,
    /// Select list.
    pub items: Vec<SelectItem>,
    /// `FROM`; empty without one, `DUAL` is empty too.
    pub from: Vec<TableRef>,
    /// `FROM DUAL` was written.
    pub dual: bool,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `GROUP BY`
    pub group_by: Vec<OrderItem>,
    /// `WITH ROLLUP`, `WITH CUBE`, ...
    pub group_modifier: Option<GroupModifier>,
    /// `HAVING`
    pub having: Option<Expr>,
    /// `WINDOW`
    pub windows: Vec<(String, WindowSpec)>,
    /// `QUALIFY`
    pub qualify: Option<Expr>,
}

/// How groups are summed up further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupModifier {
    /// `WITH ROLLUP`, `ROLLUP(...)`
    Rollup,
    /// `CUBE(...)`
    Cube,
    /// `GROUPING SETS (...)`: each element of `group_by` is a row, possibly empty.
    GroupingSets,
}

/// Options between SELECT and the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectOptions {
    /// `DISTINCT`, `DISTINCTROW`
    pub distinct: bool,
    /// `ALL`
    pub all: bool,
    /// `HIGH_PRIORITY`
    pub high_priority: bool,
    /// `STRAIGHT_JOIN`
    pub straight_join: bool,
    /// `SQL_SMALL_RESULT`
    pub small_result: bool,
    /// `SQL_BIG_RESULT`
    pub big_result: bool,
    /// `SQL_BUFFER_RESULT`
    pub buffer_result: bool,
    /// `SQL_CACHE` true, `SQL_NO_CACHE` false.
    pub cache: Option<bool>,
    /// `SQL_CALC_FOUND_ROWS`
    pub calc_found_rows: bool,
}

/// One item of a select list.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`
    Wildcard,
    /// `[db.]table.*`
    QualifiedWildcard(ObjectName),
    /// An expression.
    Expr {
        /// Expression.
        expr: Expr,
        /// `AS alias`
        alias: Option<String>,
        /// The column's name when there is no alias: the column's own, a string's text, or the text as written.
        name: Source,
    },
}

/// One element of ORDER BY or GROUP BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    /// Expression.
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
}

/// `LIMIT`
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Row count: a number, parameter or variable; none for MariaDB's `LIMIT ROWS EXAMINED n` alone.
    pub count: Option<Expr>,
    /// Offset.
    pub offset: Option<Expr>,
    /// `WITH TIES` (MariaDB's FETCH FIRST)
    pub with_ties: bool,
    /// `ROWS EXAMINED n` (MariaDB)
    pub rows_examined: Option<Expr>,
}

/// `INTO` of a SELECT.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectInto {
    /// `INTO OUTFILE`
    Outfile {
        /// File.
        path: String,
        /// `CHARACTER SET`
        charset: Option<String>,
        /// FIELDS and LINES.
        format: super::dml::FileFormat,
    },
    /// `INTO DUMPFILE`
    Dumpfile(String),
    /// `INTO @a, b`
    Variables(Vec<IntoVariable>),
}

/// Target of `INTO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntoVariable {
    /// `@name`
    User(String),
    /// A local variable or parameter of a routine.
    Local(String),
}

/// A locking clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Locking {
    /// `FOR UPDATE` rather than `FOR SHARE`/`LOCK IN SHARE MODE`.
    pub update: bool,
    /// `OF tables`
    pub of: Vec<ObjectName>,
    /// `NOWAIT`, `SKIP LOCKED`, `WAIT n`
    pub wait: Option<LockWait>,
}

/// How long to wait for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// `NOWAIT`
    NoWait,
    /// `SKIP LOCKED`
    SkipLocked,
    /// `WAIT n` (MariaDB)
    Wait(u64),
}

/// A table in FROM.
#[derive(Clone, Debug, PartialEq)]
pub enum TableRef {
    /// A named table.
    Table(Box<NamedTable>),
    /// `(query) AS alias (columns)`
    Derived {
        /// Query.
        query: Box<Query>,
        /// `LATERAL`
        lateral: bool,
        /// Alias.
        alias: Option<String>,
        /// Column names.
        columns: Vec<String>,
    },
    /// `JSON_TABLE(...) AS alias`
    JsonTable {
        /// Document.
        expr: Expr,
        /// Path.
        path: super::data_type::StringLiteral,
        /// Columns.
        columns: Vec<JsonTableColumn>,
        /// Alias.
        alias: String,
    },
    /// Tables in parentheses: `(a, b)`.
    List(Vec<TableRef>),
    /// A join.
    Join {
        /// Kind.
        kind: JoinKind,
        /// Left.
        left: Box<TableRef>,
        /// Right.
        right: Box<TableRef>,
        /// Condition.
        condition: JoinCondition,
    },
}

/// A named table with what may follow it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTable {
    /// Name.
    pub name: ObjectName,
    /// `PARTITION (p0, p1)`
    pub partitions: Vec<String>,
    /// Alias.
    pub alias: Option<String>,
    /// Index hints.
    pub hints: Vec<IndexHint>,
    /// `FOR SYSTEM_TIME ...` (MariaDB)
    pub system_time: Option<SystemTime>,
    /// `TABLESAMPLE SYSTEM|BERNOULLI (percentage)`
    pub sample: Option<(String, Expr)>,
}

/// `FOR SYSTEM_TIME`
#[derive(Clone, Debug, PartialEq)]
pub enum SystemTime {
    /// `AS OF [TIMESTAMP|TRANSACTION] expr`
    AsOf(HistoryPoint),
    /// `BETWEEN a AND b`
    Between(HistoryPoint, HistoryPoint),
    /// `FROM a TO b`
    FromTo(HistoryPoint, HistoryPoint),
    /// `ALL`
    All,
}

/// A point in a table's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPoint {
    /// `TRANSACTION` rather than `TIMESTAMP`.
    pub transaction: bool,
    /// Value.
    pub value: Expr,
}

/// `USE|FORCE|IGNORE INDEX`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexHint {
    /// Which.
    pub kind: IndexHintKind,
    /// `FOR JOIN|ORDER BY|GROUP BY`
    pub scope: Option<IndexHintScope>,
    /// Index names.
    pub indexes: Vec<String>,
}

/// Kind of an index hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexHintKind {
    /// `USE`
    Use,
    /// `FORCE`
    Force,
    /// `IGNORE`
    Ignore,
}

/// Scope of an index hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexHintScope {
    /// `FOR JOIN`
    Join,
    /// `FOR ORDER BY`
    OrderBy,
    /// `FOR GROUP BY`
    GroupBy,
}

/// Kind of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// `JOIN`, `INNER JOIN`, `CROSS JOIN`
    Inner,
    /// `STRAIGHT_JOIN`
    Straight,
    /// `LEFT [OUTER] JOIN`
    Left,
    /// `RIGHT [OUTER] JOIN`
    Right,
}

/// Condition of a join.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCondition {
    /// None.
    None,
    /// `ON expr`
    On(Expr),
    /// `USING (columns)`
    Using(Vec<String>),
    /// `NATURAL`
    Natural,
}

/// A column of `JSON_TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonTableColumn {
    /// `name FOR ORDINALITY`
    Ordinality(String),
    /// `name type [COLLATE c] PATH|EXISTS PATH 'path' ...`
    Path {
        /// Name.
        name: String,
        /// Type.
        ty: super::data_type::DataType,
        /// `COLLATE`
        collation: Option<String>,
        /// `EXISTS`
        exists: bool,
        /// Path.
        path: super::data_type::StringLiteral,
        /// `ON EMPTY`
        on_empty: Option<super::expr::JsonResponse>,
        /// `ON ERROR`
        on_error: Option<super::expr::JsonResponse>,
    },
    /// `NESTED [PATH] 'path' COLUMNS (...)`
    Nested(super::data_type::StringLiteral, Vec<JsonTableColumn>),
}

/// A window specification.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSpec {
    /// Window that this one extends.
    pub base: Option<String>,
    /// `PARTITION BY`
    pub partition_by: Vec<OrderItem>,
    /// `ORDER BY`
    pub order_by: Vec<OrderItem>,
    /// Frame.
    pub frame: Option<Frame>,
}

/// A window frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Unit.
    pub unit: FrameUnit,
    /// Start.
    pub start: FrameBound,
    /// End, when `BETWEEN` was written.
    pub end: Option<FrameBound>,
    /// `EXCLUDE ...`
    pub exclude: Option<FrameExclusion>,
}

/// Unit of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// `ROWS`
    Rows,
    /// `RANGE`
    Range,
    /// `GROUPS`
    Groups,
}

/// Bound of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    /// `CURRENT ROW`
    CurrentRow,
    /// `UNBOUNDED PRECEDING`
    UnboundedPreceding,
    /// `UNBOUNDED FOLLOWING`
    UnboundedFollowing,
    /// `n PRECEDING`
    Preceding(FrameOffset),
    /// `n FOLLOWING`
    Following(FrameOffset),
}

/// Distance of a bound.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameOffset {
    /// A number.
    Number(Box<Expr>),
    /// `INTERVAL value unit`
    Interval(Box<Expr>, super::expr::IntervalUnit),
}

/// `EXCLUDE` of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameExclusion {
    /// `CURRENT ROW`
    CurrentRow,
    /// `GROUP`
    Group,
    /// `TIES`
    Ties,
    /// `NO OTHERS`
    NoOthers,
}

impl ColumnRef {
    /// An unqualified column.
    pub fn bare(column: impl Into<String>) -> Self {
        ColumnRef {
            db: None,
            table: None,
            column: column.into(),
        }
    }
}
