//! Expressions.
//!
//! Parentheses are not kept: the shape of the tree says everything. `AND` and `OR` chains are flat, as MySQL
//! flattens them. Functions with ordinary syntax are [`Expr::Function`] with name and arguments; those with a
//! syntax of their own have a variant.

use super::data_type::{DataType, StringLiteral};
use super::query::{OrderItem, Query, WindowSpec};
use super::set::VariableScope;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A constant.
    Literal(Literal),
    /// `[[db.]table.]column`
    Column(ColumnRef),
    /// `?`, numbered from 0 in the order of appearance.
    Param(u32),
    /// `@name`
    UserVariable(String),
    /// `@name := expr`
    UserVariableAssign(String, Box<Expr>),
    /// `@@[scope.][component.]name`
    SystemVariable {
        /// `GLOBAL`, `SESSION`, ... if written.
        scope: Option<VariableScope>,
        /// Part before the dot: component, key cache, or MariaDB's named connection.
        component: Option<String>,
        /// Name.
        name: String,
    },
    /// A prefix operator.
    Unary(UnaryOp, Box<Expr>),
    /// An infix operator without a variant of its own.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a AND b AND c`: two or more operands, none an `And` itself.
    And(Vec<Expr>),
    /// `a OR b OR c`: two or more operands, none an `Or` itself.
    Or(Vec<Expr>),
    /// `a XOR b`
    Xor(Box<Expr>, Box<Expr>),
    /// `NOT a`, `!a`
    Not(Box<Expr>),
    /// `expr IS [NOT] NULL|TRUE|FALSE|UNKNOWN`
    Is {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// What it is tested for.
        test: IsTest,
    },
    /// `expr [NOT] BETWEEN low AND high`
    Between {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// Lower bound.
        low: Box<Expr>,
        /// Upper bound.
        high: Box<Expr>,
    },
    /// `expr [NOT] LIKE pattern [ESCAPE escape]`
    Like {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// Pattern.
        pattern: Box<Expr>,
        /// `ESCAPE` operand.
        escape: Option<Box<Expr>>,
    },
    /// `expr [NOT] REGEXP|RLIKE pattern`
    Regexp {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// Pattern.
        pattern: Box<Expr>,
    },
    /// `a SOUNDS LIKE b`
    SoundsLike(Box<Expr>, Box<Expr>),
    /// `expr [NOT] IN (list)`
    In {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// Values, at least one.
        list: Vec<Expr>,
    },
    /// `expr [NOT] IN (subquery)`
    InSubquery {
        /// Operand.
        expr: Box<Expr>,
        /// `NOT` written.
        negated: bool,
        /// Subquery.
        query: Box<Query>,
    },
    /// `expr op ALL|ANY|SOME (subquery)`
    Quantified {
        /// Operand.
        expr: Box<Expr>,
        /// Comparison: one of the six that allow it.
        op: BinaryOp,
        /// `ALL` rather than `ANY`.
        all: bool,
        /// Subquery.
        query: Box<Query>,
    },
    /// `expr MEMBER OF (array)`
    MemberOf(Box<Expr>, Box<Expr>),
    /// `EXISTS (subquery)`
    Exists(Box<Query>),
    /// `(subquery)` as a value or row.
    Subquery(Box<Query>),
    /// `(a, b)`, `ROW(a, b)`
    Row(Vec<Expr>),
    /// `expr COLLATE name`
    Collate(Box<Expr>, String),
    /// `BINARY expr`
    BinaryPrefix(Box<Expr>),
    /// `CASE [operand] WHEN ... THEN ... ELSE ... END`
    Case {
        /// Operand of the simple form.
        operand: Option<Box<Expr>>,
        /// `WHEN`, `THEN` pairs, at least one.
        branches: Vec<(Expr, Expr)>,
        /// `ELSE`
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(expr AS type [ARRAY])`, `CONVERT(expr, type)`
    Cast {
        /// Operand.
        expr: Box<Expr>,
        /// `AT TIME ZONE '...'`
        at_time_zone: Option<StringLiteral>,
        /// Target.
        ty: CastType,
        /// `ARRAY` (multi-valued index).
        array: bool,
        /// Written as `CONVERT(expr, type)`.
        convert: bool,
    },
    /// `CONVERT(expr USING charset)`
    ConvertUsing(Box<Expr>, String),
    /// `CHAR(a, b [USING charset])`
    Char {
        /// Code numbers.
        args: Vec<Expr>,
        /// `USING`
        charset: Option<String>,
    },
    /// `EXTRACT(unit FROM expr)`
    Extract(IntervalUnit, Box<Expr>),
    /// `TRIM([LEADING|TRAILING|BOTH] [remove] FROM expr)`, `TRIM(expr)`
    Trim {
        /// Which side, if written.
        side: Option<TrimSide>,
        /// What to remove, if written.
        remove: Option<Box<Expr>>,
        /// Operand.
        expr: Box<Expr>,
    },
    /// `POSITION(needle IN haystack)`
    Position(Box<Expr>, Box<Expr>),
    /// `expr + INTERVAL value unit` and `DATE_ADD`, `DATE_SUB`, `ADDDATE`, `SUBDATE` with `INTERVAL`.
    DateArith {
        /// Operand.
        expr: Box<Expr>,
        /// Value of the interval.
        value: Box<Expr>,
        /// Unit.
        unit: IntervalUnit,
        /// Subtraction.
        subtract: bool,
    },
    /// `TIMESTAMPADD(unit, value, expr)` and `TIMESTAMPDIFF(unit, a, b)`
    TimestampFunction {
        /// `TIMESTAMPDIFF` rather than `TIMESTAMPADD`.
        diff: bool,
        /// Unit.
        unit: IntervalUnit,
        /// First value.
        first: Box<Expr>,
        /// Second value.
        second: Box<Expr>,
    },
    /// `GET_FORMAT(DATE|TIME|DATETIME, 'EUR')`
    GetFormat(TemporalKind, Box<Expr>),
    /// `MATCH (columns) AGAINST (expr [modifier])`
    Match {
        /// Columns.
        columns: Vec<ColumnRef>,
        /// Search expression.
        against: Box<Expr>,
        /// Mode.
        mode: MatchMode,
    },
    /// `DEFAULT(column)`
    DefaultOf(ColumnRef),
    /// `DEFAULT` where a value of an INSERT or UPDATE is expected.
    Default,
    /// `VALUES(column)` in `ON DUPLICATE KEY UPDATE`; MariaDB also `VALUE(column)`.
    ValuesOf(ColumnRef),
    /// `IGNORE` where a bulk value is expected (MariaDB).
    Ignore,
    /// `column -> 'path'`, `column ->> 'path'`
    JsonPath {
        /// Column.
        column: ColumnRef,
        /// Path.
        path: StringLiteral,
        /// `->>`
        unquote: bool,
    },
    /// `name(args)` with ordinary syntax.
    Function(Function),
    /// Aggregate function.
    Aggregate(Box<Aggregate>),
    /// A function with `OVER`.
    Window(Box<WindowCall>),
    /// `NEXT VALUE FOR s`, `PREVIOUS VALUE FOR s`, `LASTVAL(s)`, `SETVAL(...)` are functions; this is the first two.
    SequenceValue {
        /// `NEXT` rather than `PREVIOUS`.
        next: bool,
        /// Sequence.
        name: super::name::ObjectName,
    },
    /// `WEIGHT_STRING(expr [AS CHAR(n)|BINARY(n)] [LEVEL ...])`
    WeightString {
        /// Operand.
        expr: Box<Expr>,
        /// `AS CHAR(n)` is false, `AS BINARY(n)` is true.
        cast: Option<(bool, u64)>,
        /// `LEVEL` clause or the numbers of the three-argument form, as written.
        levels: Option<super::name::Source>,
    },
    /// `JSON_VALUE(doc, path [RETURNING type] [ON EMPTY] [ON ERROR])`
    JsonValue(Box<JsonValue>),
}

/// Constants.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// `TRUE`, `FALSE`
    Bool(bool),
    /// An integer up to 18446744073709551615.
    Integer(u64),
    /// A number with a point, or an integer too long: its text.
    Decimal(String),
    /// A number with an exponent: its text.
    Float(String),
    /// A string.
    String(StringLiteral),
    /// `x'4D'`, `0x4D`
    Hex {
        /// Bytes.
        bytes: Vec<u8>,
        /// `_charset` before it.
        introducer: Option<String>,
    },
    /// `b'101'`, `0b101`
    Bit {
        /// The digits as written.
        digits: String,
        /// `_charset` before it.
        introducer: Option<String>,
    },
    /// `DATE '...'`, `TIME '...'`, `TIMESTAMP '...'`
    Temporal(TemporalKind, StringLiteral),
}

impl Literal {
    /// The bytes of a bit literal, big-endian, as the server reads it.
    pub fn bit_bytes(digits: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(digits.len().div_ceil(8));
        for chunk in digits.as_bytes().rchunks(8) {
            out.push(
                chunk
                    .iter()
                    .fold(0u8, |byte, digit| (byte << 1) | (digit & 1)),
            );
        }
        out.reverse();
        out
    }
}

/// `DATE`, `TIME`, `TIMESTAMP`/`DATETIME` where a kind of temporal value is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemporalKind {
    /// `DATE`
    Date,
    /// `TIME`
    Time,
    /// `TIMESTAMP`
    Timestamp,
    /// `DATETIME` (only in `GET_FORMAT`)
    DateTime,
}

/// `[[db.]table.]column`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// Database, if written.
    pub db: Option<String>,
    /// Table or alias, if written.
    pub table: Option<String>,
    /// Column.
    pub column: String,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `+`: does nothing, kept for the text.
    Plus,
    /// `~`
    BitNot,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `=`
    Eq,
    /// `<=>`
    NullSafeEq,
    /// `<>`, `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `DIV`
    IntDiv,
    /// `%`, `MOD`
    Mod,
    /// `|`
    BitOr,
    /// `&`
    BitAnd,
    /// `^`
    BitXor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

impl BinaryOp {
    /// The operator as MySQL prints it.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Eq => "=",
            BinaryOp::NullSafeEq => "<=>",
            BinaryOp::Ne => "<>",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::IntDiv => "DIV",
            BinaryOp::Mod => "%",
            BinaryOp::BitOr => "|",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitXor => "^",
            BinaryOp::ShiftLeft => "<<",
            BinaryOp::ShiftRight => ">>",
        }
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOp::Eq
                | BinaryOp::NullSafeEq
                | BinaryOp::Ne
                | BinaryOp::Lt
                | BinaryOp::Le
                | BinaryOp::Gt
                | BinaryOp::Ge
        )
    }
}

/// What `IS` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsTest {
    /// `NULL`
    Null,
    /// `TRUE`
    True,
    /// `FALSE`
    False,
    /// `UNKNOWN`
    Unknown,
}

/// `TRIM` sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrimSide {
    /// `LEADING`
    Leading,
    /// `TRAILING`
    Trailing,
    /// `BOTH`
    Both,
}

/// Mode of a full-text search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchMode {
    /// `IN NATURAL LANGUAGE MODE` or nothing.
    Natural,
    /// `IN BOOLEAN MODE`
    Boolean,
    /// `WITH QUERY EXPANSION`
    QueryExpansion,
}

/// Units of `INTERVAL`.
#[allow(missing_docs)] // each is the keyword itself
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntervalUnit {
    Microsecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    SecondMicrosecond,
    MinuteMicrosecond,
    MinuteSecond,
    HourMicrosecond,
    HourSecond,
    HourMinute,
    DayMicrosecond,
    DaySecond,
    DayMinute,
    DayHour,
    YearMonth,
}

impl IntervalUnit {
    /// The keyword in lower case.
    pub fn text(self) -> &'static str {
        match self {
            IntervalUnit::Microsecond => "microsecond",
            IntervalUnit::Second => "second",
            IntervalUnit::Minute => "minute",
            IntervalUnit::Hour => "hour",
            IntervalUnit::Day => "day",
            IntervalUnit::Week => "week",
            IntervalUnit::Month => "month",
            IntervalUnit::Quarter => "quarter",
            IntervalUnit::Year => "year",
            IntervalUnit::SecondMicrosecond => "second_microsecond",
            IntervalUnit::MinuteMicrosecond => "minute_microsecond",
            IntervalUnit::MinuteSecond => "minute_second",
            IntervalUnit::HourMicrosecond => "hour_microsecond",
            IntervalUnit::HourSecond => "hour_second",
            IntervalUnit::HourMinute => "hour_minute",
            IntervalUnit::DayMicrosecond => "day_microsecond",
            IntervalUnit::DaySecond => "day_second",
            IntervalUnit::DayMinute => "day_minute",
            IntervalUnit::DayHour => "day_hour",
            IntervalUnit::YearMonth => "year_month",
        }
    }
}

/// Target of `CAST`.
#[derive(Clone, Debug, PartialEq)]
pub enum CastType {
    /// `SIGNED [INTEGER]`; MariaDB also `INT`.
    Signed,
    /// `UNSIGNED [INTEGER]`
    Unsigned,
    /// Any other: `CHAR(n) CHARACTER SET x`, `BINARY(n)`, `DATE`, `DATETIME(6)`, `DECIMAL(m,d)`, `JSON`,
    /// `FLOAT`, `DOUBLE`, `REAL`, `YEAR`, `POINT`, ...
    Type(DataType),
    /// `INTERVAL DAY_SECOND(n)` (MariaDB, internal)
    Interval(Option<u32>),
}

/// A call with ordinary syntax.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// `db` of a stored function, or MariaDB's package.
    pub db: Option<String>,
    /// Name in lower case for native functions spelled with keywords, as written otherwise: compare without case.
    pub name: String,
    /// Arguments; loadable functions may name them (`AS`).
    pub args: Vec<Expr>,
    /// Aliases of arguments (loadable functions), empty when none has one.
    pub arg_names: Vec<Option<String>>,
}

/// Aggregate functions.
#[allow(missing_docs)] // each is the function itself
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateKind {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Std,
    StddevPop,
    StddevSamp,
    Variance,
    VarPop,
    VarSamp,
    BitAnd,
    BitOr,
    BitXor,
    GroupConcat,
    JsonArrayAgg,
    JsonObjectAgg,
    StCollect,
    AnyValue,
}

impl AggregateKind {
    /// The name in lower case, as SHOW CREATE VIEW prints it.
    pub fn text(self) -> &'static str {
        match self {
            AggregateKind::Count => "count",
            AggregateKind::Sum => "sum",
            AggregateKind::Avg => "avg",
            AggregateKind::Min => "min",
            AggregateKind::Max => "max",
            AggregateKind::Std => "std",
            AggregateKind::StddevPop => "stddev_pop",
            AggregateKind::StddevSamp => "stddev_samp",
            AggregateKind::Variance => "variance",
            AggregateKind::VarPop => "var_pop",
            AggregateKind::VarSamp => "var_samp",
            AggregateKind::BitAnd => "bit_and",
            AggregateKind::BitOr => "bit_or",
            AggregateKind::BitXor => "bit_xor",
            AggregateKind::GroupConcat => "group_concat",
            AggregateKind::JsonArrayAgg => "json_arrayagg",
            AggregateKind::JsonObjectAgg => "json_objectagg",
            AggregateKind::StCollect => "st_collect",
            AggregateKind::AnyValue => "any_value",
        }
    }
}

/// An aggregate call.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub kind: AggregateKind,
    /// `DISTINCT`
    pub distinct: bool,
    /// Arguments; empty means `COUNT(*)`.
    pub args: Vec<Expr>,
    /// `ORDER BY` of `GROUP_CONCAT`, `JSON_ARRAYAGG`.
    pub order_by: Vec<OrderItem>,
    /// `SEPARATOR` of `GROUP_CONCAT`.
    pub separator: Option<StringLiteral>,
    /// `LIMIT` of MariaDB's `GROUP_CONCAT`: offset and count.
    pub limit: Option<super::query::Limit>,
}

/// A function call with `OVER`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// The call: [`Expr::Aggregate`] or [`Expr::Function`].
    pub call: Expr,
    /// `FROM FIRST` is the default; true when `FROM LAST` was written.
    pub from_last: bool,
    /// `IGNORE NULLS` true, `RESPECT NULLS` false.
    pub ignore_nulls: Option<bool>,
    /// `OVER name` or `OVER (spec)`; MariaDB's `WITHIN GROUP (ORDER BY ..)` is in `within_group`.
    pub over: Option<Over>,
    /// `WITHIN GROUP (ORDER BY expr)` (MariaDB's percentile functions).
    pub within_group: Vec<OrderItem>,
}

/// What follows `OVER`.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// A window of the `WINDOW` clause.
    Name(String),
    /// A specification in parentheses.
    Spec(WindowSpec),
}

/// `JSON_VALUE`
#[derive(Clone, Debug, PartialEq)]
pub struct JsonValue {
    /// Document.
    pub doc: Expr,
    /// Path.
    pub path: Expr,
    /// `RETURNING`
    pub returning: Option<CastType>,
    /// `ON EMPTY`
    pub on_empty: Option<JsonResponse>,
    /// `ON ERROR`
    pub on_error: Option<JsonResponse>,
}

/// `NULL|ERROR|DEFAULT x ON EMPTY|ERROR`
#[derive(Clone, Debug, PartialEq)]
pub enum JsonResponse {
    /// `NULL`
    Null,
    /// `ERROR`
    Error,
    /// `DEFAULT value`
    Default(Expr),
}
