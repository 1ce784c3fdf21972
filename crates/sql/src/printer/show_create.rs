//! Expressions as SHOW CREATE TABLE prints them: generated columns, expression defaults, checks, key parts.
//!
//! Servers print the tree that they keep, not the text they were given: names in backquotes, native functions
//! under one name, negations pushed down, values in boolean places compared with 0. MySQL puts parentheses around
//! every operation and a character set before every string; MariaDB prints only needed parentheses. The rules were
//! measured (`fixtures/show_create.py`).
//!
//! Not printed as the servers do, because it takes the types of columns: the conversions that MariaDB adds where
//! character sets meet (`convert(x using utf8mb4)`).

use super::expr::{level, operator_level};
use crate::ast::*;
use crate::context::Dialect;

/// Text of an expression as the server of `dialect` shows it. `charset` is the name of the connection's character
/// set when the statement ran: MySQL prints it before string literals without introducer.
pub fn expression(expr: &Expr, dialect: Dialect, charset: &str) -> String {
    let mut shown = Shown {
        out: String::new(),
        dialect,
        charset,
    };
    shown.expr(expr, level::ANY);
    shown.out
}

struct Shown<'a> {
    out: String,
    dialect: Dialect,
    charset: &'a str,
}

impl Shown<'_> {
    fn s(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn mysql(&self) -> bool {
        !self.dialect.mariadb
    }

    /// Whether values in boolean places are compared with 0 (MySQL 8.0.16 and later).
    fn compares_with_zero(&self) -> bool {
        self.mysql() && self.dialect.version >= 80016
    }

    /// Writes an operation: MySQL always in parentheses, MariaDB where `own` is looser than `min`.
    fn grouped(&mut self, own: u8, min: u8, write: impl FnOnce(&mut Self)) {
        let parens = self.mysql() || own < min;
        if parens {
            self.s("(");
        }
        write(self);
        if parens {
            self.s(")");
        }
    }

    fn infix(&mut self, left: &Expr, op: &str, right: &Expr, own: u8, min: u8) {
        self.grouped(own, min, |p| {
            p.expr(left, own);
            p.s(" ");
            p.s(op);
            p.s(" ");
            p.expr(right, own + 1);
        });
    }

    fn list(&mut self, items: &[Expr]) {
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.s(",");
            }
            self.expr(item, level::ANY);
        }
    }

    fn call(&mut self, name: &str, args: &[&Expr]) {
        self.s(name);
        self.s("(");
        for (n, arg) in args.iter().enumerate() {
            if n > 0 {
                self.s(",");
            }
            self.expr(arg, level::ANY);
        }
        self.s(")");
    }

    fn ident(&mut self, name: &str) {
        self.s("`");
        self.s(&name.replace('`', "``"));
        self.s("`");
    }

    fn expr(&mut self, expr: &Expr, min: u8) {
        match expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Column(column) => self.column(column),
            Expr::Or(operands) => self.chain(operands, " or ", level::OR, min, false),
            Expr::And(operands) => self.chain(operands, " and ", level::AND, min, false),
            Expr::Xor(left, right) => self.xor(left, right, false, min),
            Expr::Not(operand) => self.negated(operand, min),
            Expr::Binary(op, left, right) => self.binary(*op, left, right, min),
            Expr::Unary(op, operand) => self.unary(*op, operand, min),
            Expr::Is {
                expr,
                negated,
                test,
            } => self.is_test(expr, *negated, *test, min),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.grouped(level::PREDICATE, min, |p| {
                p.expr(expr, level::BIT_OR);
                p.s(if *negated {
                    " not between "
                } else {
                    " between "
                });
                p.expr(low, level::BIT_OR);
                p.s(" and ");
                p.expr(high, level::BIT_OR);
            }),
            Expr::Like { negated, .. } => self.like(expr, *negated, min),
            Expr::Regexp { negated, .. } => self.regexp(expr, *negated, min),
            Expr::SoundsLike(left, right) => self.grouped(level::BOOLEAN, min, |p| {
                p.call("soundex", &[left]);
                p.s(" = ");
                p.call("soundex", &[right]);
            }),
            Expr::In {
                expr,
                negated,
                list,
            } => self.in_list(expr, *negated, list, min),
            Expr::Row(items) => {
                self.s("(");
                self.list(items);
                self.s(")");
            }
            Expr::Collate(operand, name) => self.grouped(level::COLLATE, min, |p| {
                p.expr(operand, level::COLLATE);
                p.s(" collate ");
                p.s(name);
            }),
            Expr::DateArith {
                expr,
                value,
                unit,
                subtract,
            } => self.date_arith(expr, value, *unit, *subtract, min),
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => self.case(operand.as_deref(), branches, otherwise.as_deref()),
            Expr::Function(function) => self.function(function, min),
            Expr::TimestampFunction {
                diff: false,
                unit,
                first,
                second,
            } => self.date_arith(second, first, *unit, false, min),
            _ => self.special(expr),
        }
    }

    fn column(&mut self, column: &ColumnRef) {
        for part in [&column.db, &column.table].into_iter().flatten() {
            self.ident(part);
            self.s(".");
        }
        self.ident(&column.column);
    }

    /// AND or OR; `negate` prints the operands' negations.
    fn chain(&mut self, operands: &[Expr], word: &str, own: u8, min: u8, negate: bool) {
        self.grouped(own, min, |p| {
            for (n, operand) in operands.iter().enumerate() {
                if n > 0 {
                    p.s(word);
                }
                if negate {
                    p.negated(operand, own + 1);
                } else {
                    p.truth(operand, own + 1);
                }
            }
        });
    }

    fn xor(&mut self, left: &Expr, right: &Expr, negate: bool, min: u8) {
        self.grouped(level::XOR, min, |p| {
            if negate {
                p.negated(left, level::XOR);
            } else if p.mysql() {
                p.truth(left, level::XOR);
            } else {
                p.expr(left, level::XOR);
            }
            p.s(" xor ");
            if p.mysql() {
                p.truth(right, level::AND);
            } else {
                p.expr(right, level::AND);
            }
        });
    }

    /// A value where a truth is expected.
    fn truth(&mut self, expr: &Expr, min: u8) {
        if self.is_boolean(expr) {
            return self.expr(expr, min);
        }
        if self.compares_with_zero() {
            self.s("(0 <> ");
            self.expr(expr, level::ANY);
            self.s(")");
        } else if self.dialect.mariadb && matches!(expr, Expr::Column(_)) {
            self.grouped(level::BOOLEAN, min, |p| {
                p.expr(expr, level::BOOLEAN);
                p.s(" <> 0");
            });
        } else {
            self.expr(expr, min);
        }
    }

    fn is_boolean(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Binary(op, ..) => op.is_comparison(),
            Expr::Literal(Literal::Bool(_)) => true,
            Expr::Function(function) => BOOLEAN_FUNCTIONS
                .iter()
                .any(|name| function.name.eq_ignore_ascii_case(name)),
            Expr::Or(_)
            | Expr::And(_)
            | Expr::Xor(..)
            | Expr::Not(_)
            | Expr::Is { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::Regexp { .. }
            | Expr::SoundsLike(..)
            | Expr::In { .. }
            | Expr::InSubquery { .. }
            | Expr::Quantified { .. }
            | Expr::Exists(_)
            | Expr::MemberOf(..) => true,
            _ => false,
        }
    }

    /// `NOT expr`, the negation pushed down where the servers do.
    fn negated(&mut self, expr: &Expr, min: u8) {
        match expr {
            Expr::Not(inner) => self.truth(inner, min),
            Expr::Or(operands) => self.chain(operands, " and ", level::AND, min, true),
            Expr::And(operands) => self.chain(operands, " or ", level::OR, min, true),
            Expr::Xor(left, right) => self.xor(left, right, true, min),
            Expr::Binary(op, left, right) if opposite(*op).is_some() => {
                self.binary(opposite(*op).unwrap_or(*op), left, right, min);
            }
            Expr::Is {
                expr,
                negated,
                test,
            } if self.mysql()
                || matches!(test, IsTest::Null | IsTest::Unknown)
                || self.dialect.version >= 110000 =>
            {
                self.is_test(expr, !negated, *test, min);
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let flipped = Expr::Between {
                    expr: expr.clone(),
                    negated: !negated,
                    low: low.clone(),
                    high: high.clone(),
                };
                self.expr(&flipped, min);
            }
            Expr::Like { negated, .. } => self.like(expr, !negated, min),
            Expr::Regexp { negated, .. } => self.regexp(expr, !negated, min),
            Expr::In {
                expr,
                negated,
                list,
            } => self.in_list(expr, !negated, list, min),
            Expr::Function(function) if function.name.eq_ignore_ascii_case("isnull") => {
                if let [arg] = function.args.as_slice() {
                    self.is_test(arg, true, IsTest::Null, min);
                }
            }
            other if !self.is_boolean(other) && self.compares_with_zero() => {
                self.s("(0 = ");
                self.expr(other, level::ANY);
                self.s(")");
            }
            Expr::Column(_) if self.dialect.mariadb => self.grouped(level::BOOLEAN, min, |p| {
                p.expr(expr, level::BOOLEAN);
                p.s(" = 0");
            }),
            other => self.not(|p| p.expr(other, level::UNARY), min),
        }
    }

    /// `(not(x))`, `!x`
    fn not(&mut self, operand: impl FnOnce(&mut Self), min: u8) {
        if self.mysql() {
            self.s("(not(");
            operand(self);
            self.s("))");
        } else {
            self.grouped(level::UNARY, min, |p| {
                p.s("!");
                operand(p);
            });
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, min: u8) {
        if let (Expr::Row(a), Expr::Row(b)) = (left, right) {
            let pairwise = matches!(op, BinaryOp::Eq | BinaryOp::NullSafeEq);
            if pairwise && self.mysql() && a.len() == b.len() {
                self.s("(");
                for (n, (x, y)) in a.iter().zip(b).enumerate() {
                    if n > 0 {
                        self.s(" and ");
                    }
                    self.binary(op, x, y, level::ANY);
                }
                return self.s(")");
            }
        }
        let word = if op == BinaryOp::Mod && self.dialect.mariadb {
            "MOD"
        } else {
            op.text()
        };
        self.infix(left, word, right, operator_level(op), min);
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, min: u8) {
        if op == UnaryOp::Plus {
            return self.expr(operand, min);
        }
        let sign = if op == UnaryOp::Minus { "-" } else { "~" };
        if self.mysql() {
            self.s(sign);
            self.s("(");
            self.expr(operand, level::ANY);
            return self.s(")");
        }
        // MariaDB folds the sign into a number.
        if let (UnaryOp::Minus, Expr::Unary(UnaryOp::Minus, inner)) = (op, operand)
            && is_number(inner)
        {
            return self.expr(inner, min);
        }
        self.grouped(level::UNARY, min, |p| {
            p.s(sign);
            p.expr(operand, level::UNARY);
        });
    }

    fn is_test(&mut self, expr: &Expr, negated: bool, test: IsTest, min: u8) {
        self.grouped(level::BOOLEAN, min, |p| {
            let null = matches!(test, IsTest::Null | IsTest::Unknown);
            if null || p.dialect.mariadb {
                p.expr(expr, level::BOOLEAN);
            } else {
                p.truth(expr, level::BOOLEAN);
            }
            p.s(if negated { " is not " } else { " is " });
            p.s(match test {
                IsTest::Null | IsTest::Unknown => "null",
                IsTest::True => "true",
                IsTest::False => "false",
            });
        });
    }

    fn like(&mut self, like: &Expr, negated: bool, min: u8) {
        let Expr::Like {
            expr,
            pattern,
            escape,
            ..
        } = like
        else {
            return;
        };
        if negated && self.mysql() {
            self.s("(not(");
            self.like(like, false, level::ANY);
            return self.s("))");
        }
        self.grouped(level::PREDICATE, min, |p| {
            p.expr(expr, level::BIT_OR);
            p.s(if negated { "  not like " } else { " like " });
            p.expr(pattern, level::BIT_OR);
            if let Some(escape) = escape {
                p.s(" escape ");
                p.expr(escape, level::BIT_OR);
            }
        });
    }

    fn regexp(&mut self, regexp: &Expr, negated: bool, min: u8) {
        let Expr::Regexp { expr, pattern, .. } = regexp else {
            return;
        };
        if negated {
            return self.not(|p| p.regexp(regexp, false, level::UNARY), min);
        }
        if self.mysql() && self.dialect.version >= 80004 {
            return self.call("regexp_like", &[expr, pattern]);
        }
        self.infix(expr, "regexp", pattern, level::PREDICATE, min);
    }

    fn in_list(&mut self, expr: &Expr, negated: bool, list: &[Expr], min: u8) {
        if let [only] = list {
            let op = if negated { BinaryOp::Ne } else { BinaryOp::Eq };
            return self.binary(op, expr, only, min);
        }
        self.grouped(level::PREDICATE, min, |p| {
            p.expr(expr, level::BIT_OR);
            p.s(if negated { " not in (" } else { " in (" });
            p.list(list);
            p.s(")");
        });
    }

    fn date_arith(
        &mut self,
        expr: &Expr,
        value: &Expr,
        unit: IntervalUnit,
        subtract: bool,
        min: u8,
    ) {
        self.grouped(level::ADD, min, |p| {
            p.expr(expr, level::ADD);
            p.s(if subtract {
                " - interval "
            } else {
                " + interval "
            });
            p.expr(value, level::ANY);
            p.s(" ");
            p.s(unit.text());
        });
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) {
        self.s(if self.dialect.mariadb {
            "case"
        } else {
            "(case"
        });
        if let Some(operand) = operand {
            self.s(" ");
            self.expr(operand, level::ANY);
        }
        for (when, then) in branches {
            self.s(" when ");
            self.expr(when, level::ANY);
            self.s(" then ");
            self.expr(then, level::ANY);
        }
        if let Some(otherwise) = otherwise {
            self.s(" else ");
            self.expr(otherwise, level::ANY);
        }
        self.s(if self.dialect.mariadb {
            " end"
        } else {
            " end)"
        });
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.s("NULL"),
            Literal::Bool(value) if self.mysql() => self.s(if *value { "true" } else { "false" }),
            Literal::Bool(value) => self.s(if *value { "1" } else { "0" }),
            Literal::Integer(n) => self.s(&n.to_string()),
            Literal::Decimal(text) => self.s(&decimal(text)),
            Literal::Float(text) => self.s(text),
            Literal::String(text) => self.string(text),
            Literal::Hex { bytes, introducer } => {
                if let Some(charset) = introducer {
                    self.s(&format!("_{charset}"));
                }
                let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                // MariaDB remembers which spelling was used; the tree does not.
                self.s(&format!("0x{digits}"));
            }
            Literal::Bit { digits, introducer } => {
                if let Some(charset) = introducer {
                    self.s(&format!("_{charset}"));
                }
                let hex: String = Literal::bit_bytes(digits)
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect();
                self.s(&format!("0x{hex}"));
            }
            Literal::Temporal(kind, text) => {
                self.s(match kind {
                    TemporalKind::Date => "DATE",
                    TemporalKind::Time => "TIME",
                    TemporalKind::Timestamp | TemporalKind::DateTime => "TIMESTAMP",
                });
                self.quoted(&text.bytes);
            }
        }
    }

    fn string(&mut self, text: &StringLiteral) {
        match &text.introducer {
            // `N'...'` is shown without introducer by MariaDB.
            Some(charset) if self.mysql() || charset != "utf8mb3" => {
                self.s("_");
                self.s(charset);
            }
            None if self.mysql() => {
                self.s("_");
                let charset = self.charset;
                self.s(charset);
            }
            _ => {}
        }
        self.quoted(&text.bytes);
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.s("'");
        for c in String::from_utf8_lossy(bytes).chars() {
            match c {
                '\0' => self.s("\\0"),
                '\n' => self.s("\\n"),
                '\r' => self.s("\\r"),
                '\u{1a}' => self.s("\\Z"),
                '\\' => self.s("\\\\"),
                '\'' => self.s("\\'"),
                other => self.out.push(other),
            }
        }
        self.s("'");
    }

    /// Functions by name: one name for each, some written as operations.
    fn function(&mut self, function: &Function, min: u8) {
        let name = function.name.to_ascii_lowercase();
        let args: Vec<&Expr> = function.args.iter().collect();
        let int = |n| Expr::Literal(Literal::Integer(n));
        match (name.as_str(), args.as_slice()) {
            ("isnull", [arg]) => self.is_test(arg, false, IsTest::Null, min),
            ("instr", [text, part]) => self.call("locate", &[part, text]),
            ("bin", [n]) => self.call("conv", &[n, &int(10), &int(2)]),
            ("oct", [n]) => self.call("conv", &[n, &int(10), &int(8)]),
            ("round", [n]) => self.call("round", &[n, &int(0)]),
            ("weekofyear", [date]) => self.call("week", &[date, &int(3)]),
            ("week", [date]) if self.mysql() => self.call("week", &[date, &int(0)]),
            ("yearweek", [date]) => self.call("yearweek", &[date, &int(0)]),
            ("date", [arg]) => self.cast_to(arg, "date"),
            ("time", [arg]) => self.cast_to(arg, "time"),
            ("timestamp", [arg]) => self.cast_to(arg, "datetime"),
            ("datediff", [left, right]) => self.grouped(level::ADD, min, |p| {
                p.call("to_days", &[left]);
                p.s(" - ");
                p.call("to_days", &[right]);
            }),
            ("adddate" | "subdate", [date, days]) => {
                self.date_arith(date, days, IntervalUnit::Day, name == "subdate", min);
            }
            ("add_months", [date, months]) => {
                self.date_arith(date, months, IntervalUnit::Month, false, min);
            }
            ("to_char", [date]) if self.dialect.mariadb => {
                let format = Expr::Literal(Literal::String(StringLiteral::plain(
                    "YYYY-MM-DD HH24:MI:SS",
                )));
                self.call("to_char", &[date, &format]);
            }
            ("chr", [code]) if self.dialect.mariadb => {
                self.s("char(");
                self.expr(code, level::ANY);
                self.s(" using ");
                let charset = self.charset;
                self.s(charset);
                self.s(")");
            }
            _ => {
                if let Some(db) = &function.db {
                    self.ident(db);
                    self.s(".");
                    self.ident(&function.name);
                    return self.call("", &args);
                }
                let shown = self.function_name(&name).to_owned();
                self.call(&shown, &args);
            }
        }
    }

    fn cast_to(&mut self, arg: &Expr, ty: &str) {
        self.s("cast(");
        self.expr(arg, level::ANY);
        self.s(&format!(" as {ty})"));
    }

    /// The one name under which a function is shown.
    fn function_name<'n>(&self, name: &'n str) -> &'n str {
        let (mysql, mariadb) = match name {
            "upper" | "ucase" => ("upper", "ucase"),
            "lower" | "lcase" => ("lower", "lcase"),
            "length" | "octet_length" | "lengthb" => ("length", "octet_length"),
            "character_length" => ("char_length", "char_length"),
            "substring" | "mid" => ("substr", "substr"),
            "sha1" => ("sha", "sha"),
            "ceil" => ("ceiling", "ceiling"),
            "power" => ("pow", "pow"),
            "atan2" => ("atan", "atan"),
            "day" => ("dayofmonth", "dayofmonth"),
            "nvl" => ("nvl", "ifnull"),
            "schema" => ("database", "database"),
            "current_timestamp" | "localtime" | "localtimestamp" | "now" => {
                ("now", "current_timestamp")
            }
            "current_date" | "curdate" => ("curdate", "curdate"),
            "current_time" | "curtime" => ("curtime", "curtime"),
            "session_user" | "system_user" => ("user", "user"),
            "st_geomfromtext" | "st_geometryfromtext" => ("st_geomfromtext", "st_geometryfromtext"),
            "string_to_vector" => ("to_vector", "string_to_vector"),
            "vector_to_string" => ("from_vector", "vector_to_string"),
            _ => (name, name),
        };
        if self.mysql() { mysql } else { mariadb }
    }

    fn special(&mut self, expr: &Expr) {
        match expr {
            Expr::Cast {
                expr, ty, array, ..
            } => {
                self.s("cast(");
                self.expr(expr, level::ANY);
                self.s(" as ");
                self.cast_type(ty);
                if *array {
                    self.s(" array");
                }
                self.s(")");
            }
            Expr::BinaryPrefix(operand) => self.cast_to(operand, "char charset binary"),
            Expr::ConvertUsing(expr, charset) => {
                self.s("convert(");
                self.expr(expr, level::ANY);
                self.s(&format!(" using {charset})"));
            }
            Expr::Char { args, charset } => {
                self.s("char(");
                self.list(args);
                if let (Some(charset), true) = (charset, self.dialect.mariadb) {
                    self.s(&format!(" using {charset}"));
                }
                self.s(")");
            }
            Expr::Extract(unit, expr) => {
                self.s(&format!("extract({} from ", unit.text()));
                self.expr(expr, level::ANY);
                self.s(")");
            }
            Expr::Trim { side, remove, expr } => self.trim(*side, remove.as_deref(), expr),
            Expr::Position(needle, text) => self.call("locate", &[needle, text]),
            Expr::TimestampFunction {
                unit,
                first,
                second,
                ..
            } => {
                self.s(&format!(
                    "timestampdiff({},",
                    unit.text().to_ascii_uppercase()
                ));
                self.expr(first, level::ANY);
                self.s(",");
                self.expr(second, level::ANY);
                self.s(")");
            }
            Expr::GetFormat(kind, expr) => {
                self.s(match kind {
                    TemporalKind::Date => "get_format(DATE, ",
                    TemporalKind::Time => "get_format(TIME, ",
                    TemporalKind::Timestamp | TemporalKind::DateTime => "get_format(DATETIME, ",
                });
                self.expr(expr, level::ANY);
                self.s(")");
            }
            Expr::JsonPath {
                column,
                path,
                unquote,
            } => {
                self.s(if *unquote { "json_unquote(" } else { "" });
                self.s("json_extract(");
                self.column(column);
                self.s(",");
                self.string(path);
                self.s(if *unquote { "))" } else { ")" });
            }
            Expr::MemberOf(value, array) => {
                self.expr(value, level::BIT_OR);
                self.s(" member of (");
                self.expr(array, level::ANY);
                self.s(")");
            }
            Expr::WeightString { expr, cast, .. } => self.weight_string(expr, *cast),
            Expr::JsonValue(call) => self.json_value(call),
            other => self.canonical(other),
        }
    }

    /// What no stored expression may hold (subqueries, variables, aggregates, ...) is printed plainly.
    fn canonical(&mut self, expr: &Expr) {
        let text = super::expression(expr, super::Parens::Needed);
        self.s(&String::from_utf8_lossy(&text));
    }

    fn trim(&mut self, side: Option<TrimSide>, remove: Option<&Expr>, expr: &Expr) {
        self.s("trim(");
        if let Some(remove) = remove {
            self.s(match side {
                Some(TrimSide::Leading) => "leading ",
                Some(TrimSide::Trailing) => "trailing ",
                Some(TrimSide::Both) => "both ",
                None if self.dialect.mariadb => "both ",
                None => "",
            });
            self.expr(remove, level::ANY);
            self.s(" from ");
        }
        self.expr(expr, level::ANY);
        self.s(")");
    }

    fn weight_string(&mut self, expr: &Expr, cast: Option<(bool, u64)>) {
        self.s("weight_string(");
        self.expr(expr, level::ANY);
        if self.dialect.mariadb {
            self.s(",0,0,1");
        } else if let Some((binary, n)) = cast {
            let word = if binary { "binary" } else { "char" };
            self.s(&format!(" as {word}({n})"));
        }
        self.s(")");
    }

    fn json_value(&mut self, call: &JsonValue) {
        self.s("json_value(");
        self.expr(&call.doc, level::ANY);
        self.s(", ");
        self.expr(&call.path, level::ANY);
        self.s(" returning ");
        match &call.returning {
            None => self.s("char(512)"),
            Some(CastType::Type(DataType::Char {
                length: Some(n), ..
            })) => self.s(&format!("char({n})")),
            Some(ty) => self.cast_type(ty),
        }
        for (response, word) in [(&call.on_empty, " on empty"), (&call.on_error, " on error")] {
            match response {
                None => continue,
                Some(JsonResponse::Null) => self.s(" null"),
                Some(JsonResponse::Error) => self.s(" error"),
                Some(JsonResponse::Default(value)) => {
                    self.s(" default ");
                    self.expr(value, level::ANY);
                }
            }
            self.s(word);
        }
        self.s(")");
    }

    fn cast_type(&mut self, ty: &CastType) {
        let ty = match ty {
            CastType::Signed => return self.s("signed"),
            CastType::Unsigned => return self.s("unsigned"),
            CastType::Interval(_) => return self.s("interval day_second"),
            CastType::Type(ty) => ty,
        };
        let sized = |word: &str, n: &Option<u32>| match n {
            Some(n) if *n > 0 => format!("{word}({n})"),
            _ => word.to_owned(),
        };
        let long = |n: &Option<u64>| n.map_or(String::new(), |n| format!("({n})"));
        let text = match ty {
            DataType::Char { length, charset } | DataType::VarChar { length, charset } => {
                let name = match &charset.charset {
                    Some(name) => name.as_str(),
                    None if charset.national => "utf8mb3",
                    None => self.charset,
                };
                format!("char{} charset {name}", long(length))
            }
            DataType::Binary(n) | DataType::VarBinary(n) => {
                format!("char{} charset binary", long(n))
            }
            DataType::Decimal {
                precision, scale, ..
            } => format!(
                "decimal({},{})",
                precision.unwrap_or(10),
                scale.unwrap_or(0)
            ),
            DataType::Date => "date".to_owned(),
            DataType::Time(fsp) => sized("time", fsp),
            DataType::DateTime(fsp) | DataType::Timestamp(fsp) => sized("datetime", fsp),
            DataType::Year(_) => "year".to_owned(),
            DataType::Float { precision, .. } if precision.is_some_and(|p| p > 24) => {
                "double".to_owned()
            }
            DataType::Float { .. } => "float".to_owned(),
            DataType::Double { .. } => "double".to_owned(),
            DataType::Json => "json".to_owned(),
            other => super::data_type_text(other).to_ascii_lowercase(),
        };
        self.s(&text);
    }
}

/// Functions whose value is a truth.
const BOOLEAN_FUNCTIONS: &[&str] = &[
    "isnull",
    "regexp_like",
    "json_contains",
    "json_contains_path",
    "json_overlaps",
    "json_schema_valid",
    "json_valid",
    "is_ipv4",
    "is_ipv6",
    "is_ipv4_compat",
    "is_ipv4_mapped",
];

/// The comparison that is true when `op` is false.
fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Eq => BinaryOp::Ne,
        BinaryOp::Ne => BinaryOp::Eq,
        BinaryOp::Lt => BinaryOp::Ge,
        BinaryOp::Ge => BinaryOp::Lt,
        BinaryOp::Gt => BinaryOp::Le,
        BinaryOp::Le => BinaryOp::Gt,
        _ => return None,
    })
}

fn is_number(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Literal(Literal::Integer(_) | Literal::Decimal(_) | Literal::Float(_))
    )
}

/// A decimal number as its value prints: no needless zeros before, no point without digits behind.
fn decimal(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}
