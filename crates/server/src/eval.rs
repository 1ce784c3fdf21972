//! Values of SET and of SHOW ... WHERE: constants, variables, and the conditions that administration tools
//! write. Expressions beyond that go to the executor's evaluator.

use std::cmp::Ordering;

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    BinaryOp, ColumnRef, Expr, IsTest, Literal, StringLiteral, UnaryOp, VariableScope,
};
use understudy_values::charset::{Charset, convert};

use crate::gtid;
use crate::like;
use crate::result::{Column, Kind};
use crate::session::Session;
use crate::variables::definition::NULL;
use crate::variables::{self, Scope};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// NULL
    Null,
    /// An integer.
    Int(i128),
    /// A decimal, as text.
    Decimal(String),
    /// A double.
    Double(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Val {
    /// As the text protocol sends it; NULL is `None`.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Val::Null => None,
            Val::Int(value) => Some(value.to_string().into_bytes()),
            Val::Decimal(text) | Val::Text(text) => Some(text.into_bytes()),
            Val::Double(value) => Some(format_double(value).into_bytes()),
            Val::Bytes(bytes) => Some(bytes),
        }
    }

    /// As text; NULL is `None`.
    pub fn into_text(self) -> Option<String> {
        self.into_bytes()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn truth(&self) -> Option<bool> {
        match self {
            Val::Null => None,
            Val::Int(value) => Some(*value != 0),
            Val::Double(value) => Some(*value != 0.0),
            Val::Decimal(text) | Val::Text(text) => Some(leading_number(text) != 0.0),
            Val::Bytes(bytes) => Some(leading_number(&String::from_utf8_lossy(bytes)) != 0.0),
        }
    }

    fn number(&self) -> f64 {
        match self {
            Val::Null => 0.0,
            // Comparison of a number with text is one of doubles, as in the server.
            Val::Int(value) => *value as f64,
            Val::Double(value) => *value,
            Val::Decimal(text) | Val::Text(text) => leading_number(text),
            Val::Bytes(bytes) => leading_number(&String::from_utf8_lossy(bytes)),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Val::Text(_) | Val::Bytes(_))
    }
}

/// As the text protocol sends a double.
fn format_double(value: f64) -> String {
    let mut out = Vec::new();
    understudy_values::float::write_double(value, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && (*c == '-' || *c == '+'))))
        .map_or(text.len(), |(i, _)| i);
    text.get(..end).unwrap_or_default().parse().unwrap_or(0.0)
}

/// A row and what its columns are called.
pub type NamedRow<'a> = (&'a [Column], &'a [Option<Vec<u8>>]);

/// What names in an expression may stand for.
pub struct Scoped<'a> {
    /// The session.
    pub session: &'a Session,
    /// Columns of the row, and the row.
    pub row: Option<NamedRow<'a>>,
    /// A name that is no column is a word (`SET x = ON`).
    pub words: bool,
}

/// The value of an expression; `None` if it is beyond this evaluator.
pub fn evaluate(expr: &Expr, scope: &Scoped<'_>) -> Result<Option<Val>, MysqlError> {
    let value = match expr {
        Expr::Literal(literal) => literal_value(literal, scope.session)?,
        Expr::Column(column) => return column_value(column, scope).map(Some),
        Expr::UserVariable(name) => {
            let variables = &scope.session.user_variables;
            let value = variables.get(&name.to_lowercase());
            Some(value.cloned().unwrap_or(Val::Null))
        }
        Expr::SystemVariable {
            scope: variable_scope,
            component: None,
            name,
        } => Some(system_variable(scope.session, *variable_scope, name)?),
        Expr::Unary(UnaryOp::Minus, operand) => match evaluate(operand, scope)? {
            Some(Val::Int(value)) => Some(Val::Int(-value)),
            Some(Val::Double(value)) => Some(Val::Double(-value)),
            Some(Val::Decimal(text)) => Some(Val::Decimal(format!("-{text}"))),
            Some(Val::Null | Val::Text(_) | Val::Bytes(_)) | None => None,
        },
        Expr::Not(operand) => truth(operand, scope)?.map(|t| bool_value(t.map(|t| !t))),
        Expr::And(operands) => junction(operands, scope, false)?,
        Expr::Or(operands) => junction(operands, scope, true)?,
        Expr::Is {
            expr,
            negated,
            test,
        } => is_test(expr, *negated, *test, scope)?,
        Expr::Binary(op, left, right) if op.is_comparison() => {
            let pair = both(left, right, scope)?;
            pair.map(|(l, r)| compare(*op, &l, &r))
        }
        Expr::In {
            expr,
            negated,
            list,
        } => in_list(expr, *negated, list, scope)?,
        Expr::Like {
            expr,
            negated,
            pattern,
            escape: None,
        } => both(expr, pattern, scope)?.map(|(text, pattern)| {
            let found = text
                .into_text()
                .zip(pattern.into_text())
                .map(|(text, pattern)| like::matches(&text, &pattern) != *negated);
            bool_value(found)
        }),
        _ => None,
    };
    Ok(value)
}

fn bool_value(value: Option<bool>) -> Val {
    value.map_or(Val::Null, |value| Val::Int(i128::from(value)))
}

/// The truth of an expression: unknown to us, or NULL, or a truth value.
fn truth(expr: &Expr, scope: &Scoped<'_>) -> Result<Option<Option<bool>>, MysqlError> {
    Ok(evaluate(expr, scope)?.map(|value| value.truth()))
}

fn junction(
    operands: &[Expr],
    scope: &Scoped<'_>,
    decisive: bool,
) -> Result<Option<Val>, MysqlError> {
    let mut unknown = false;
    for operand in operands {
        match truth(operand, scope)? {
            None => return Ok(None),
            Some(Some(value)) if value == decisive => {
                return Ok(Some(bool_value(Some(decisive))));
            }
            Some(Some(_)) => {}
            Some(None) => unknown = true,
        }
    }
    Ok(Some(bool_value((!unknown).then_some(!decisive))))
}

fn is_test(
    expr: &Expr,
    negated: bool,
    test: IsTest,
    scope: &Scoped<'_>,
) -> Result<Option<Val>, MysqlError> {
    let Some(value) = evaluate(expr, scope)? else {
        return Ok(None);
    };
    let holds = match test {
        IsTest::Null | IsTest::Unknown => value == Val::Null,
        IsTest::True => value.truth() == Some(true),
        IsTest::False => value.truth() == Some(false),
    };
    Ok(Some(bool_value(Some(holds != negated))))
}

fn both(left: &Expr, right: &Expr, scope: &Scoped<'_>) -> Result<Option<(Val, Val)>, MysqlError> {
    let left = evaluate(left, scope)?;
    Ok(left.zip(evaluate(right, scope)?))
}

fn order(left: &Val, right: &Val) -> Option<Ordering> {
    if left.is_text() && right.is_text() {
        let fold = |v: &Val| v.clone().into_text().unwrap_or_default().to_lowercase();
        return Some(fold(left).cmp(&fold(right)));
    }
    if let (Val::Int(left), Val::Int(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    left.number().partial_cmp(&right.number())
}

fn compare(op: BinaryOp, left: &Val, right: &Val) -> Val {
    let null = (*left == Val::Null, *right == Val::Null);
    if op == BinaryOp::NullSafeEq && (null.0 || null.1) {
        return bool_value(Some(null.0 && null.1));
    }
    if null.0 || null.1 {
        return Val::Null;
    }
    let Some(order) = order(left, right) else {
        return Val::Null;
    };
    let holds = match op {
        BinaryOp::Eq | BinaryOp::NullSafeEq => order == Ordering::Equal,
        BinaryOp::Ne => order != Ordering::Equal,
        BinaryOp::Lt => order == Ordering::Less,
        BinaryOp::Le => order != Ordering::Greater,
        BinaryOp::Gt => order == Ordering::Greater,
        BinaryOp::Ge => order != Ordering::Less,
        BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::IntDiv
        | BinaryOp::Mod
        | BinaryOp::BitOr
        | BinaryOp::BitAnd
        | BinaryOp::BitXor
        | BinaryOp::ShiftLeft
        | BinaryOp::ShiftRight => return Val::Null,
    };
    bool_value(Some(holds))
}

fn in_list(
    expr: &Expr,
    negated: bool,
    list: &[Expr],
    scope: &Scoped<'_>,
) -> Result<Option<Val>, MysqlError> {
    let Some(value) = evaluate(expr, scope)? else {
        return Ok(None);
    };
    let mut unknown = value == Val::Null;
    for item in list {
        let Some(item) = evaluate(item, scope)? else {
            return Ok(None);
        };
        match compare(BinaryOp::Eq, &value, &item).truth() {
            Some(true) => return Ok(Some(bool_value(Some(!negated)))),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(Some(bool_value((!unknown).then_some(negated))))
}

fn column_value(column: &ColumnRef, scope: &Scoped<'_>) -> Result<Val, MysqlError> {
    if let Some((columns, row)) = scope.row {
        let at = columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(&column.column));
        if let Some(at) = at {
            let number = matches!(
                columns.get(at).map(|c| c.kind),
                Some(Kind::Int { .. } | Kind::BigInt { .. })
            );
            let text = row.get(at).cloned().flatten();
            return Ok(
                match text.map(|t| String::from_utf8_lossy(&t).into_owned()) {
                    None => Val::Null,
                    Some(text) if number => text.parse().map_or(Val::Text(text), Val::Int),
                    Some(text) => Val::Text(text),
                },
            );
        }
    }
    if scope.words && column.table.is_none() {
        return Ok(Val::Text(column.column.clone()));
    }
    let name = &column.column;
    let message = format!("Unknown column '{name}' in 'where clause'");
    Err(MysqlError::new(1054, message))
}

/// A string literal in UTF-8.
pub fn string_value(literal: &StringLiteral, session: &Session) -> Result<Val, MysqlError> {
    let name = match &literal.introducer {
        Some(name) => name.clone(),
        None => session.variables.text("character_set_client"),
    };
    if name == "binary" {
        return Ok(Val::Bytes(literal.bytes.clone()));
    }
    let unknown = || MysqlError::new(1115, format!("Unknown character set: '{name}'"));
    let from = Charset::by_name(&name).ok_or_else(unknown)?;
    let to = Charset::by_name("utf8mb4").ok_or_else(unknown)?;
    let mut out = Vec::new();
    convert(from, to, &literal.bytes, &mut out).map_err(|_| unknown())?;
    Ok(match String::from_utf8(out) {
        Ok(text) => Val::Text(text),
        Err(error) => Val::Bytes(error.into_bytes()),
    })
}

fn literal_value(literal: &Literal, session: &Session) -> Result<Option<Val>, MysqlError> {
    let value = match literal {
        Literal::Null => Val::Null,
        Literal::Bool(value) => Val::Int(i128::from(*value)),
        Literal::Integer(value) => Val::Int(i128::from(*value)),
        Literal::Decimal(text) => Val::Decimal(text.clone()),
        Literal::Float(text) => match text.parse() {
            Ok(value) => Val::Double(value),
            Err(_) => return Ok(None),
        },
        Literal::String(literal) => string_value(literal, session)?,
        Literal::Hex {
            bytes,
            introducer: None,
        } => Val::Bytes(bytes.clone()),
        Literal::Hex { .. } | Literal::Bit { .. } | Literal::Temporal(..) => return Ok(None),
    };
    Ok(Some(value))
}

/// The text of a variable as a session sees it.
pub fn variable_text(
    session: &Session,
    definition: &variables::Definition,
    global: bool,
) -> String {
    if let Some(text) = gtid::variables::text(session, definition.name, global) {
        return text;
    }
    match definition.name {
        "pseudo_thread_id" => session.process.id.to_string(),
        name if global || definition.scope == Scope::Global => session.shared.globals.text(name),
        name => session.variables.text(name),
    }
}

/// `@@name`
pub fn system_variable(
    session: &Session,
    scope: Option<VariableScope>,
    name: &str,
) -> Result<Val, MysqlError> {
    if scope != Some(VariableScope::Global)
        && let Some(value) = computed(session, name)
    {
        return Ok(value);
    }
    let definition = session.shared.variable(name)?;
    let wrong = |what: &str| {
        let message = format!("Variable '{}' is a {what} variable", definition.name);
        Err(MysqlError::new(1238, message))
    };
    match (scope, definition.scope) {
        (Some(VariableScope::Session), Scope::Global) => return wrong("GLOBAL"),
        (Some(VariableScope::Global), Scope::Session) => return wrong("SESSION"),
        (_, Scope::Global | Scope::Session | Scope::Both) => {}
    }
    let global = scope == Some(VariableScope::Global);
    let text = variable_text(session, definition, global);
    Ok(match definition.kind {
        variables::Kind::Bool => Val::Int(i128::from(text == "ON")),
        variables::Kind::Int(..) | variables::Kind::Blocks(..) | variables::Kind::Signed(..) => {
            text.parse().map_or(Val::Text(text), Val::Int)
        }
        variables::Kind::Double(..) => Val::Decimal(text),
        variables::Kind::Charset if text.is_empty() => Val::Null,
        variables::Kind::Text if text.is_empty() && definition.is(NULL) => Val::Null,
        variables::Kind::Enum(_)
        | variables::Kind::Set(_)
        | variables::Kind::Flags(_)
        | variables::Kind::Text
        | variables::Kind::SqlMode
        | variables::Kind::Charset
        | variables::Kind::Collation => Val::Text(text),
    })
}

/// Variables that are computed when they are read.
fn computed(session: &Session, name: &str) -> Option<Val> {
    let value = match name.to_ascii_lowercase().as_str() {
        "warning_count" => i128::from(session.diagnostics.count()),
        "error_count" => i128::from(session.diagnostics.error_count()),
        "identity" | "last_insert_id" => 0,
        _ => return None,
    };
    Some(Val::Int(value))
}
