//! Expressions in definitions, in the text that SHOW CREATE TABLE prints.

use understudy_base::error::MysqlError;
use understudy_sql::ast::Expr;
use understudy_sql::printer::show_create;
use understudy_values::temporal::zone::TimeZone;

use super::context::StatementContext;
use crate::charsets;
use crate::datum::Datum;
use crate::eval::{Binder, Row};
use crate::select::{NoVariables, SessionContext};
use crate::show::quote_string;

/// The condition of a CHECK, without the clause's own parentheses.
pub(crate) fn check(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    print(expr, ctx)
}

/// The expression of a generated column.
pub(crate) fn generated(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    print(expr, ctx)
}

/// A functional key part.
pub(crate) fn key_part(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    print(expr, ctx)
}

/// The expression of a DEFAULT clause; MariaDB puts operators in parentheses.
pub(crate) fn default(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    let text = print(expr, ctx)?;
    let operator = matches!(
        expr,
        Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Xor(..)
            | Expr::Not(_)
            | Expr::Is { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::In { .. }
            | Expr::DateArith { .. }
            | Expr::TimestampFunction { .. }
    );
    if ctx.flavour.mariadb && operator {
        return Ok(format!("({text})"));
    }
    Ok(text)
}

/// A partitioning expression.
pub(crate) fn partition(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    print(expr, ctx)
}

/// A constant of VALUES LESS THAN or VALUES IN: servers print its value.
pub(crate) fn partition_value(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    let session = SessionContext::new(ctx.flavour, &ctx.default_db, &NoVariables);
    let node = Binder::new(&[], &session, "partition function").bind(expr)?;
    let zone = TimeZone::parse(&ctx.time_zone).unwrap_or(TimeZone::UTC);
    let row = Row {
        fields: &[],
        aggregates: &[],
        zone: &zone,
    };
    Ok(match node.eval(&row)? {
        Datum::Null => "NULL".to_owned(),
        value @ (Datum::Text(..) | Datum::Date(_) | Datum::Time(..) | Datum::DateTime(..)) => {
            let mut out = Vec::new();
            quote_string(&mut out, value.to_utf8()?.as_bytes());
            String::from_utf8_lossy(&out).into_owned()
        }
        number => number.to_utf8()?,
    })
}

fn print(expr: &Expr, ctx: &StatementContext) -> Result<String, MysqlError> {
    let dialect = ctx.parse_context().dialect;
    let charset = charsets::charset_name(ctx.collation_connection, ctx.flavour);
    Ok(show_create::expression(expr, dialect, &charset))
}

/// Whether a printed expression names a column.
pub(crate) fn mentions(text: &str, column: &str) -> bool {
    quoted_names(text).any(|(_, name)| super::draft::same_name(&name, column))
}

/// A printed expression with a column renamed.
pub(crate) fn rename_column_in(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for ((start, end), name) in quoted_names(text) {
        if super::draft::same_name(&name, from) {
            out.push_str(text.get(at..start).unwrap_or_default());
            out.push_str(&format!("`{}`", to.replace('`', "``")));
            at = end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The names in back-ticks of a printed expression, strings skipped.
fn quoted_names(text: &str) -> impl Iterator<Item = ((usize, usize), String)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            at += 1;
            if byte != b'`' && byte != b'\'' {
                continue;
            }
            let mut name = Vec::new();
            while let Some(&inner) = bytes.get(at) {
                at += 1;
                if byte == b'\'' && inner == b'\\' {
                    at += 1;
                } else if inner == byte {
                    if bytes.get(at) == Some(&byte) {
                        name.push(byte);
                        at += 1;
                    } else {
                        break;
                    }
                } else {
                    name.push(inner);
                }
            }
            if byte == b'`' {
                return Some(((start, at), String::from_utf8_lossy(&name).into_owned()));
            }
        }
        None
    })
}
