//! SELECT: bridges a session and the executor.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, Query, QueryBody, SelectItem};
use understudy_wire::column::ColumnDefinition;

use crate::eval::{Scoped, Val, evaluate, variable_kind};
use crate::output::{Failure, Output};
use crate::result::{Column, Kind, RowForm, Table, send};
use crate::session::Session;

fn unsupported(what: &str) -> MysqlError {
    let message = format!("This version of MySQL doesn't yet support '{what}'");
    MysqlError::new(1235, message)
}

/// Runs a query and sends its result.
pub fn run(
    session: &mut Session,
    query: &Query,
    form: &RowForm,
    output: &mut Output,
) -> Result<(), Failure> {
    let table = constants(session, query)?.ok_or_else(|| unsupported("this SELECT"))?;
    session.found_rows = table.rows.len() as u64;
    send(&table, form, output)
}

/// The value of an expression that is beyond the small evaluator.
pub fn scalar(_session: &Session, _expr: &Expr) -> Result<Val, MysqlError> {
    Err(unsupported("this expression"))
}

fn constants(session: &Session, query: &Query) -> Result<Option<Table>, MysqlError> {
    let QueryBody::Select(select) = &query.body else {
        return Ok(None);
    };
    if !select.from.is_empty() || select.filter.is_some() {
        return Ok(None);
    }
    let scope = Scoped {
        session,
        row: None,
        words: false,
    };
    let (mut columns, mut row) = (Vec::new(), Vec::new());
    for item in &select.items {
        let SelectItem::Expr { expr, alias, name } = item else {
            return Ok(None);
        };
        let Some(value) = evaluate(expr, &scope)? else {
            return Ok(None);
        };
        let title = alias.clone().unwrap_or_else(|| name.as_str().to_owned());
        let kind = match expr {
            Expr::SystemVariable { name, .. } => variable_kind(name),
            _ => Kind::Text(255),
        };
        columns.push(Column::nullable(title, kind));
        row.push(value.into_bytes());
    }
    Ok(Some(Table {
        columns,
        rows: vec![row],
    }))
}

/// The query reads the warnings of the statement before it.
pub fn reads_diagnostics(query: &Query) -> bool {
    let QueryBody::Select(select) = &query.body else {
        return false;
    };
    select.items.iter().any(|item| match item {
        SelectItem::Expr {
            expr: Expr::SystemVariable { name, .. },
            ..
        } => {
            let name = name.to_ascii_lowercase();
            name == "warning_count" || name == "error_count"
        }
        SelectItem::Expr { .. } | SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => false,
    })
}

/// The columns that a prepared query will have.
pub fn describe(
    _session: &Session,
    _query: &Query,
    _text: &[u8],
    _parameters: u16,
) -> Result<Vec<ColumnDefinition>, MysqlError> {
    Ok(Vec::new())
}
