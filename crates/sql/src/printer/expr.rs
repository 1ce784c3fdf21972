//! Expressions with the parentheses that they need, or with all.

use super::{Parens, Printer};
use crate::ast::*;
use crate::keyword::Kw;

/// How tight a printed expression holds together.
pub(crate) mod level {
    pub const ANY: u8 = 0;
    pub const OR: u8 = 1;
    pub const XOR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const BOOLEAN: u8 = 5;
    pub const PREDICATE: u8 = 6;
    pub const BIT_OR: u8 = 7;
    pub const BIT_AND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ADD: u8 = 10;
    pub const MUL: u8 = 11;
    pub const BIT_XOR: u8 = 12;
    pub const UNARY: u8 = 13;
    pub const COLLATE: u8 = 14;
    pub const PRIMARY: u8 = 15;
}

/// Level of an infix operator.
pub(crate) fn operator_level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Eq
        | BinaryOp::NullSafeEq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge => level::BOOLEAN,
        BinaryOp::BitOr => level::BIT_OR,
        BinaryOp::BitAnd => level::BIT_AND,
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight => level::SHIFT,
        BinaryOp::Add | BinaryOp::Sub => level::ADD,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::Mod => level::MUL,
        BinaryOp::BitXor => level::BIT_XOR,
    }
}

/// Level of an expression as a whole.
fn expr_level(expr: &Expr) -> u8 {
    match expr {
        Expr::Or(_) => level::OR,
        Expr::Xor(..) => level::XOR,
        Expr::And(_) => level::AND,
        Expr::Not(_) => level::NOT,
        Expr::Binary(op, ..) => operator_level(*op),
        Expr::Is { .. } | Expr::Quantified { .. } => level::BOOLEAN,
        Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::Regexp { .. }
        | Expr::SoundsLike(..)
        | Expr::In { .. }
        | Expr::InSubquery { .. }
        | Expr::MemberOf(..) => level::PREDICATE,
        Expr::DateArith { .. } => level::ADD,
        Expr::Unary(..) | Expr::BinaryPrefix(_) => level::UNARY,
        Expr::Collate(..) => level::COLLATE,
        Expr::UserVariableAssign(..) => level::ANY,
        Expr::Literal(_)
        | Expr::Column(_)
        | Expr::Param(_)
        | Expr::UserVariable(_)
        | Expr::SystemVariable { .. }
        | Expr::Exists(_)
        | Expr::Subquery(_)
        | Expr::Row(_)
        | Expr::Case { .. }
        | Expr::Cast { .. }
        | Expr::ConvertUsing(..)
        | Expr::Char { .. }
        | Expr::Extract(..)
        | Expr::Trim { .. }
        | Expr::Position(..)
        | Expr::TimestampFunction { .. }
        | Expr::GetFormat(..)
        | Expr::Match { .. }
        | Expr::DefaultOf(_)
        | Expr::Default
        | Expr::ValuesOf(_)
        | Expr::Ignore
        | Expr::JsonPath { .. }
        | Expr::Function(_)
        | Expr::Aggregate(_)
        | Expr::Window(_)
        | Expr::SequenceValue { .. }
        | Expr::WeightString { .. }
        | Expr::JsonValue(_) => level::PRIMARY,
    }
}

impl Printer {
    /// An expression where any may stand.
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.operand(expr, level::ANY);
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) {
        self.list(exprs, |p, e| p.expr(e));
    }

    /// An expression where only `min` and tighter may stand.
    fn operand(&mut self, expr: &Expr, min: u8) {
        let own = expr_level(expr);
        let all = self.parens == Parens::All && own < level::PRIMARY;
        let parens = own < min || all;
        self.flag(parens, "(");
        self.operation(expr);
        self.flag(parens, ")");
    }

    fn operation(&mut self, expr: &Expr) {
        match expr {
            Expr::Or(operands) => self.chain(operands, " OR ", level::XOR),
            Expr::And(operands) => self.chain(operands, " AND ", level::NOT),
            Expr::Xor(left, right) => {
                self.operand(left, level::XOR);
                self.s(" XOR ");
                self.operand(right, level::AND);
            }
            Expr::Not(operand) => {
                self.s("NOT ");
                self.operand(operand, level::NOT);
            }
            Expr::Binary(op, left, right) => {
                let own = operator_level(*op);
                self.operand(left, own.max(level::PREDICATE));
                self.s(" ");
                self.s(op.text());
                self.s(" ");
                self.operand(right, own + 1);
            }
            Expr::Unary(op, operand) => {
                self.s(match op {
                    UnaryOp::Minus => "- ",
                    UnaryOp::Plus => "+ ",
                    UnaryOp::BitNot => "~",
                });
                self.operand(operand, level::UNARY);
            }
            Expr::BinaryPrefix(operand) => {
                self.s("BINARY ");
                self.operand(operand, level::UNARY);
            }
            Expr::Collate(operand, name) => {
                self.operand(operand, level::COLLATE);
                self.s(" COLLATE ");
                self.ident(name);
            }
            Expr::DateArith {
                expr,
                value,
                unit,
                subtract,
            } => {
                self.operand(expr, level::ADD);
                self.s(if *subtract {
                    " - INTERVAL "
                } else {
                    " + INTERVAL "
                });
                self.expr(value);
                self.s(" ");
                self.s(unit.text());
            }
            Expr::Is { .. }
            | Expr::Quantified { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::Regexp { .. }
            | Expr::SoundsLike(..)
            | Expr::In { .. }
            | Expr::InSubquery { .. }
            | Expr::MemberOf(..) => self.predicate(expr),
            _ => self.primary(expr),
        }
    }

    fn chain(&mut self, operands: &[Expr], word: &str, min: u8) {
        for (n, operand) in operands.iter().enumerate() {
            self.flag(n > 0, word);
            self.operand(operand, min);
        }
    }

    fn predicate(&mut self, expr: &Expr) {
        let not = |negated: &bool| if *negated { " NOT" } else { "" };
        match expr {
            Expr::Is {
                expr,
                negated,
                test,
            } => {
                self.operand(expr, level::PREDICATE);
                self.s(" IS");
                self.s(not(negated));
                self.s(match test {
                    IsTest::Null => " NULL",
                    IsTest::True => " TRUE",
                    IsTest::False => " FALSE",
                    IsTest::Unknown => " UNKNOWN",
                });
            }
            Expr::Quantified {
                expr,
                op,
                all,
                query,
            } => {
                self.operand(expr, level::PREDICATE);
                self.s(" ");
                self.s(op.text());
                self.s(if *all { " ALL " } else { " ANY " });
                self.subquery(query);
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                self.operand(expr, level::BIT_OR);
                self.s(not(negated));
                self.s(" BETWEEN ");
                self.operand(low, level::BIT_OR);
                self.s(" AND ");
                self.operand(high, level::BIT_OR);
            }
            Expr::Like {
                expr,
                negated,
                pattern,
                escape,
            } => {
                self.operand(expr, level::BIT_OR);
                self.s(not(negated));
                self.s(" LIKE ");
                self.operand(pattern, level::UNARY);
                self.opt(escape, |p, escape| {
                    p.s(" ESCAPE ");
                    p.operand(escape, level::UNARY);
                });
            }
            Expr::Regexp {
                expr,
                negated,
                pattern,
            } => {
                self.operand(expr, level::BIT_OR);
                self.s(not(negated));
                self.s(" REGEXP ");
                self.operand(pattern, level::BIT_OR);
            }
            Expr::SoundsLike(left, right) => {
                self.operand(left, level::BIT_OR);
                self.s(" SOUNDS LIKE ");
                self.operand(right, level::BIT_OR);
            }
            Expr::In {
                expr,
                negated,
                list,
            } => {
                self.operand(expr, level::BIT_OR);
                self.s(not(negated));
                self.s(" IN (");
                self.exprs(list);
                self.s(")");
            }
            Expr::InSubquery {
                expr,
                negated,
                query,
            } => {
                self.operand(expr, level::BIT_OR);
                self.s(not(negated));
                self.s(" IN ");
                self.subquery(query);
            }
            Expr::MemberOf(value, array) => {
                self.operand(value, level::BIT_OR);
                self.s(" MEMBER OF (");
                self.operand(array, level::UNARY);
                self.s(")");
            }
            _ => self.primary(expr),
        }
    }

    /// `(query)`
    pub(super) fn subquery(&mut self, query: &Query) {
        self.s("(");
        self.query(query);
        self.s(")");
    }

    /// Operands that need no parentheses.
    fn primary(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Column(column) => self.column(column),
            Expr::Param(_) => self.s("?"),
            Expr::UserVariable(name) => self.user_variable(name),
            Expr::UserVariableAssign(name, value) => {
                self.user_variable(name);
                self.s(" := ");
                self.expr(value);
            }
            Expr::SystemVariable {
                scope,
                component,
                name,
            } => {
                self.s("@@");
                self.opt(scope, |p, scope| {
                    p.s(scope_word(*scope));
                    p.s(".");
                });
                self.opt(component, |p, component| {
                    p.word(component);
                    p.s(".");
                });
                self.word(name);
            }
            Expr::Exists(query) => {
                self.s("EXISTS ");
                self.subquery(query);
            }
            Expr::Subquery(query) => self.subquery(query),
            Expr::Row(items) => {
                self.s("ROW(");
                self.exprs(items);
                self.s(")");
            }
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => self.case(operand.as_deref(), branches, otherwise.as_deref()),
            Expr::DefaultOf(column) => {
                self.s("DEFAULT(");
                self.column(column);
                self.s(")");
            }
            Expr::Default => self.s("DEFAULT"),
            Expr::Ignore => self.s("IGNORE"),
            Expr::ValuesOf(column) => {
                self.s("VALUES(");
                self.column(column);
                self.s(")");
            }
            Expr::JsonPath {
                column,
                path,
                unquote,
            } => {
                self.column(column);
                self.s(if *unquote { "->>" } else { "->" });
                self.string(path);
            }
            Expr::SequenceValue { next, name } => {
                self.s(if *next {
                    "NEXT VALUE FOR "
                } else {
                    "PREVIOUS VALUE FOR "
                });
                self.name(name);
            }
            Expr::Function(function) => self.function(function),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Window(call) => self.window_call(call),
            _ => self.special_call(expr),
        }
    }

    pub(super) fn user_variable(&mut self, name: &str) {
        self.s("@");
        self.ident(name);
    }

    pub(super) fn column(&mut self, column: &ColumnRef) {
        for part in [&column.db, &column.table].into_iter().flatten() {
            self.ident(part);
            self.s(".");
        }
        self.ident(&column.column);
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        let introduce = |p: &mut Self, introducer: &Option<String>| {
            p.opt(introducer, |p, charset| {
                p.s("_");
                p.s(charset);
                p.s(" ");
            });
        };
        match literal {
            Literal::Null => self.s("NULL"),
            Literal::Bool(true) => self.s("TRUE"),
            Literal::Bool(false) => self.s("FALSE"),
            Literal::Integer(n) => self.num(*n),
            Literal::Decimal(text) | Literal::Float(text) => self.s(text),
            Literal::String(text) => self.string(text),
            Literal::Hex { bytes, introducer } => {
                introduce(self, introducer);
                self.s("x'");
                for b in bytes {
                    self.s(&format!("{b:02X}"));
                }
                self.s("'");
            }
            Literal::Bit { digits, introducer } => {
                introduce(self, introducer);
                self.s("b'");
                self.s(digits);
                self.s("'");
            }
            Literal::Temporal(kind, text) => {
                self.s(temporal_word(*kind));
                self.s(" ");
                self.string(text);
            }
        }
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) {
        self.s("CASE");
        if let Some(operand) = operand {
            self.s(" ");
            self.expr(operand);
        }
        for (when, then) in branches {
            self.s(" WHEN ");
            self.expr(when);
            self.s(" THEN ");
            self.expr(then);
        }
        if let Some(otherwise) = otherwise {
            self.s(" ELSE ");
            self.expr(otherwise);
        }
        self.s(" END");
    }

    fn special_call(&mut self, expr: &Expr) {
        match expr {
            Expr::Cast {
                expr,
                at_time_zone,
                ty,
                array,
                convert,
            } => {
                self.s(if *convert { "CONVERT(" } else { "CAST(" });
                self.expr(expr);
                self.opt(at_time_zone, |p, zone| {
                    p.s(" AT TIME ZONE ");
                    p.string(zone);
                });
                self.s(if *convert { ", " } else { " AS " });
                self.cast_type(ty);
                self.flag(*array, " ARRAY");
            }
            Expr::ConvertUsing(expr, charset) => {
                self.s("CONVERT(");
                self.expr(expr);
                self.s(" USING ");
                self.s(charset);
            }
            Expr::Char { args, charset } => {
                self.s("CHAR(");
                self.exprs(args);
                self.opt(charset, |p, charset| {
                    p.s(" USING ");
                    p.s(charset);
                });
            }
            Expr::Extract(unit, expr) => {
                self.s("EXTRACT(");
                self.s(unit.text());
                self.s(" FROM ");
                self.expr(expr);
            }
            Expr::Trim { side, remove, expr } => {
                self.s("TRIM(");
                self.opt(side, |p, side| p.s(side_word(*side)));
                self.opt(remove, |p, remove| {
                    p.expr(remove);
                    p.s(" ");
                });
                self.flag(side.is_some() || remove.is_some(), "FROM ");
                self.expr(expr);
            }
            Expr::Position(needle, haystack) => {
                self.s("POSITION(");
                self.operand(needle, level::BIT_OR);
                self.s(" IN ");
                self.expr(haystack);
            }
            Expr::TimestampFunction {
                diff,
                unit,
                first,
                second,
            } => {
                self.s(if *diff {
                    "TIMESTAMPDIFF("
                } else {
                    "TIMESTAMPADD("
                });
                self.s(unit.text());
                for arg in [first, second] {
                    self.s(", ");
                    self.expr(arg);
                }
            }
            Expr::GetFormat(kind, expr) => {
                self.s("GET_FORMAT(");
                self.s(temporal_word(*kind));
                self.s(", ");
                self.expr(expr);
            }
            Expr::Match {
                columns,
                against,
                mode,
            } => {
                self.s("MATCH (");
                self.list(columns, |p, column| p.column(column));
                self.s(") AGAINST (");
                self.operand(against, level::BIT_OR);
                self.s(match mode {
                    MatchMode::Natural => "",
                    MatchMode::Boolean => " IN BOOLEAN MODE",
                    MatchMode::QueryExpansion => " WITH QUERY EXPANSION",
                });
            }
            Expr::WeightString { expr, cast, levels } => {
                self.s("WEIGHT_STRING(");
                self.expr(expr);
                self.opt(cast, |p, (binary, n)| {
                    p.s(if *binary { " AS BINARY(" } else { " AS CHAR(" });
                    p.num(*n);
                    p.s(")");
                });
                self.opt(levels, |p, levels| {
                    p.s(" ");
                    p.s(levels.as_str());
                });
            }
            Expr::JsonValue(call) => self.json_value(call),
            _ => {}
        }
        self.s(")");
    }

    fn json_value(&mut self, call: &JsonValue) {
        self.s("JSON_VALUE(");
        self.expr(&call.doc);
        self.s(", ");
        self.expr(&call.path);
        self.opt(&call.returning, |p, ty| {
            p.s(" RETURNING ");
            p.cast_type(ty);
        });
        self.json_responses(&call.on_empty, &call.on_error);
    }

    pub(super) fn json_responses(
        &mut self,
        on_empty: &Option<JsonResponse>,
        on_error: &Option<JsonResponse>,
    ) {
        for (response, word) in [(on_empty, " ON EMPTY"), (on_error, " ON ERROR")] {
            self.opt(response, |p, response| {
                match response {
                    JsonResponse::Null => p.s(" NULL"),
                    JsonResponse::Error => p.s(" ERROR"),
                    JsonResponse::Default(value) => {
                        p.s(" DEFAULT ");
                        p.signed(value);
                    }
                }
                p.s(word);
            });
        }
    }

    /// A signed literal without parentheses, which its grammar does not take.
    pub(super) fn signed(&mut self, value: &Expr) {
        match value {
            Expr::Unary(op, inner) => {
                self.s(if *op == UnaryOp::Minus { "-" } else { "+" });
                self.expr(inner);
            }
            other => self.expr(other),
        }
    }

    fn function(&mut self, function: &Function) {
        self.opt(&function.db, |p, db| {
            p.ident(db);
            p.s(".");
        });
        let name = function.name.as_str();
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80);
        if plain && !has_own_syntax(Kw::of(name.as_bytes())) {
            self.s(name);
        } else {
            self.ident(name);
        }
        self.s("(");
        for (n, arg) in function.args.iter().enumerate() {
            self.flag(n > 0, ", ");
            self.expr(arg);
            if let Some(Some(alias)) = function.arg_names.get(n) {
                self.s(" AS ");
                self.ident(alias);
            }
        }
        self.s(")");
    }

    fn aggregate(&mut self, call: &Aggregate) {
        self.s(&call.kind.text().to_ascii_uppercase());
        self.s("(");
        self.flag(call.distinct, "DISTINCT ");
        if call.args.is_empty() {
            self.s("*");
        }
        self.exprs(&call.args);
        self.order_by(&call.order_by);
        self.opt(&call.separator, |p, separator| {
            p.s(" SEPARATOR ");
            p.string(separator);
        });
        self.opt(&call.limit, Self::limit);
        self.s(")");
    }

    fn window_call(&mut self, call: &WindowCall) {
        self.expr(&call.call);
        if !call.within_group.is_empty() {
            self.s(" WITHIN GROUP (");
            self.order_by(&call.within_group);
            self.s(")");
        }
        self.flag(call.from_last, " FROM LAST");
        self.either(call.ignore_nulls, " IGNORE NULLS", " RESPECT NULLS");
        self.opt(&call.over, |p, over| {
            p.s(" OVER ");
            match over {
                Over::Name(name) => p.ident(name),
                Over::Spec(spec) => p.window_spec(spec),
            }
        });
    }

    pub(super) fn window_spec(&mut self, spec: &WindowSpec) {
        self.s("(");
        self.opt(&spec.base, |p, base| p.ident(base));
        if !spec.partition_by.is_empty() {
            self.s(" PARTITION BY ");
            self.list(&spec.partition_by, Self::order_item);
        }
        self.order_by(&spec.order_by);
        self.opt(&spec.frame, Self::frame);
        self.s(")");
    }

    fn frame(&mut self, frame: &Frame) {
        self.s(match frame.unit {
            FrameUnit::Rows => " ROWS ",
            FrameUnit::Range => " RANGE ",
            FrameUnit::Groups => " GROUPS ",
        });
        self.flag(frame.end.is_some(), "BETWEEN ");
        self.frame_bound(&frame.start);
        self.opt(&frame.end, |p, end| {
            p.s(" AND ");
            p.frame_bound(end);
        });
        self.opt(&frame.exclude, |p, exclude| {
            p.s(match exclude {
                FrameExclusion::CurrentRow => " EXCLUDE CURRENT ROW",
                FrameExclusion::Group => " EXCLUDE GROUP",
                FrameExclusion::Ties => " EXCLUDE TIES",
                FrameExclusion::NoOthers => " EXCLUDE NO OTHERS",
            });
        });
    }

    fn frame_bound(&mut self, bound: &FrameBound) {
        match bound {
            FrameBound::CurrentRow => self.s("CURRENT ROW"),
            FrameBound::UnboundedPreceding => self.s("UNBOUNDED PRECEDING"),
            FrameBound::UnboundedFollowing => self.s("UNBOUNDED FOLLOWING"),
            FrameBound::Preceding(offset) => {
                self.frame_offset(offset);
                self.s(" PRECEDING");
            }
            FrameBound::Following(offset) => {
                self.frame_offset(offset);
                self.s(" FOLLOWING");
            }
        }
    }

    fn frame_offset(&mut self, offset: &FrameOffset) {
        match offset {
            FrameOffset::Number(n) => self.operand(n, level::BIT_OR),
            FrameOffset::Interval(value, unit) => {
                self.s("INTERVAL ");
                self.expr(value);
                self.s(" ");
                self.s(unit.text());
            }
        }
    }

    fn cast_type(&mut self, ty: &CastType) {
        match ty {
            CastType::Signed => self.s("SIGNED"),
            CastType::Unsigned => self.s("UNSIGNED"),
            CastType::Type(ty) => self.data_type(ty),
            CastType::Interval(n) => {
                self.s("INTERVAL DAY_SECOND");
                self.opt(n, |p, n| p.s(&format!("({n})")));
            }
        }
    }
}

/// Calls that mean something else when the word is not quoted.
fn has_own_syntax(kw: Kw) -> bool {
    matches!(
        kw,
        Kw::Count
            | Kw::Sum
            | Kw::Avg
            | Kw::Min
            | Kw::Max
            | Kw::Std
            | Kw::Stddev
            | Kw::StddevPop
            | Kw::StddevSamp
            | Kw::Variance
            | Kw::VarPop
            | Kw::VarSamp
            | Kw::BitAnd
            | Kw::BitOr
            | Kw::BitXor
            | Kw::GroupConcat
            | Kw::JsonArrayagg
            | Kw::JsonObjectagg
            | Kw::StCollect
            | Kw::Cast
            | Kw::Extract
            | Kw::Position
            | Kw::Trim
            | Kw::DateAdd
            | Kw::DateSub
    )
}

pub(super) fn scope_word(scope: VariableScope) -> &'static str {
    match scope {
        VariableScope::Global => "GLOBAL",
        VariableScope::Session => "SESSION",
        VariableScope::Persist => "PERSIST",
        VariableScope::PersistOnly => "PERSIST_ONLY",
    }
}

fn temporal_word(kind: TemporalKind) -> &'static str {
    match kind {
        TemporalKind::Date => "DATE",
        TemporalKind::Time => "TIME",
        TemporalKind::Timestamp => "TIMESTAMP",
        TemporalKind::DateTime => "DATETIME",
    }
}

fn side_word(side: TrimSide) -> &'static str {
    match side {
        TrimSide::Leading => "LEADING ",
        TrimSide::Trailing => "TRAILING ",
        TrimSide::Both => "BOTH ",
    }
}
