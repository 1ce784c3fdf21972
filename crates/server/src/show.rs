//! SHOW and DESCRIBE: a table for each kind, then LIKE or WHERE over its rows.

mod process_list;
mod replica_status;
mod schema;
pub(crate) mod server;
mod status;
mod tables;

use std::sync::atomic::Ordering;

use understudy_base::error::MysqlError;
use understudy_exec::select::RowStream;
use understudy_sql::ast::{
    Describe, Expr, Limit, Literal, Show, ShowFilter, ShowKind, VariableScope,
};

pub use process_list::{Row, process_list, processes};
pub use server::variables;
pub use status::status;
pub use tables::virtual_table;

use crate::eval::{Scoped, Val, evaluate};
use crate::like;
use crate::replication;
use crate::result::{Column, Kind, Table};
use crate::session::Session;

/// What SHOW gave.
pub enum Shown {
    /// A table of this server's own.
    Table(Table),
    /// A result of the executor.
    Stream(RowStream),
}

/// Runs SHOW.
pub fn show(session: &mut Session, show: &Show) -> Result<Shown, MysqlError> {
    if let Some(stream) = schema::show(session, show)? {
        return Ok(Shown::Stream(stream));
    }
    own(session, show).map(Shown::Table)
}

fn own(session: &mut Session, show: &Show) -> Result<Table, MysqlError> {
    let filter = show.filter.as_ref();
    let table = match &show.kind {
        ShowKind::OpenTables(_) => schema::open_tables(),
        ShowKind::Triggers(db) => schema::triggers(session, db.as_deref())?,
        ShowKind::Events(db) => schema::events(session, db.as_deref())?,
        ShowKind::RoutineStatus(kind) => schema::routines(session, kind)?,
        ShowKind::CreateDatabase {
            if_not_exists,
            name,
        } => {
            schema::create_database(session, name, *if_not_exists)?.shown_as("SHOW CREATE DATABASE")
        }
        ShowKind::CreateTable(name) => {
            schema::create_table(session, name)?.shown_as("SHOW CREATE TABLE")
        }
        ShowKind::Variables(scope) => {
            let key = match scope {
                Some(VariableScope::Global) => "SHOW GLOBAL VARIABLES",
                Some(_) | None => "SHOW VARIABLES",
            };
            variables(session, *scope).shown_as(key)
        }
        ShowKind::Status(scope) => {
            let key = match scope {
                Some(VariableScope::Global) => "SHOW GLOBAL STATUS",
                Some(_) | None => "SHOW STATUS",
            };
            status(session).shown_as(key)
        }
        ShowKind::Plugins => server::plugins(session).shown_as("SHOW PLUGINS"),
        ShowKind::Grants { user, .. } => {
            server::grants(session, user.as_ref())?.shown_as("SHOW GRANTS")
        }
        ShowKind::CreateUser(user) => {
            server::create_user(session, user)?.shown_as("SHOW CREATE USER")
        }
        ShowKind::ProcessList { full } => process_list(session, *full),
        ShowKind::Warnings(range) => {
            server::warnings(session, false, limit(range.as_ref())?).shown_as("SHOW WARNINGS")
        }
        ShowKind::Errors(range) => {
            server::warnings(session, true, limit(range.as_ref())?).shown_as("SHOW WARNINGS")
        }
        ShowKind::CountWarnings => {
            let count = u64::from(session.diagnostics.count());
            count_of("@@session.warning_count", count).shown_as("SHOW COUNT WARNINGS")
        }
        ShowKind::CountErrors => {
            let count = session.diagnostics.error_count();
            count_of("@@session.error_count", count).shown_as("SHOW COUNT ERRORS")
        }
        ShowKind::ReplicaStatus(status) => {
            let asked = &session.shared.counters.com_replica_status;
            asked.fetch_add(1, Ordering::Relaxed);
            replication::status(session, status)?
        }
        ShowKind::RelaylogEvents(events) => {
            replication::relaylog_events(session, events)?.shown_as("SHOW RELAYLOG EVENTS")
        }
        ShowKind::Replicas(vocabulary) => {
            let asked = &session.shared.counters.com_replicas;
            asked.fetch_add(1, Ordering::Relaxed);
            replication::replicas(*vocabulary).shown_as("SHOW REPLICAS")
        }
        ShowKind::BinaryLogStatus(_) => {
            replication::binary_log_status(session)?.shown_as("SHOW BINARY LOG STATUS")
        }
        ShowKind::BinlogEvents(_) => replication::binlog_events(session)?,
        ShowKind::BinaryLogs => {
            replication::require_client(session)?;
            return Err(MysqlError::new(1381, "You are not using binary logging"));
        }
        ShowKind::Profiles => Table::recorded("SHOW PROFILES"),
        ShowKind::Privileges => server::privileges(),
        ShowKind::Databases
        | ShowKind::Tables { .. }
        | ShowKind::TableStatus(_)
        | ShowKind::Columns { .. }
        | ShowKind::Index { .. }
        | ShowKind::CharacterSet
        | ShowKind::Collation
        | ShowKind::Engines
        | ShowKind::CreateView(_)
        | ShowKind::CreateProcedure(_)
        | ShowKind::CreateFunction(_)
        | ShowKind::CreateTrigger(_)
        | ShowKind::CreateEvent(_)
        | ShowKind::CreateLibrary(_)
        | ShowKind::CreateSequence(_)
        | ShowKind::CreatePackage { .. }
        | ShowKind::CreateServer(_)
        | ShowKind::RoutineCode(..)
        | ShowKind::Engine(..)
        | ShowKind::PluginsSoname(_)
        | ShowKind::Profile { .. }
        | ShowKind::ParseTree(_)
        | ShowKind::Words(_)
        | ShowKind::ExplainFor { .. } => {
            return Err(MysqlError::new(
                1235,
                "This version of MySQL doesn't yet support 'this SHOW statement'",
            ));
        }
    };
    filtered(session, table, filter)
}

fn count_of(name: &str, count: u64) -> Table {
    let kind = Kind::BigInt {
        width: 21,
        unsigned: true,
    };
    let mut table = Table::new(vec![Column::new(name, kind)]);
    table.push([Some(count.to_string())]);
    table
}

/// DESCRIBE: SHOW COLUMNS of one table, all of them or one.
pub fn describe(session: &mut Session, describe: &Describe) -> Result<RowStream, MysqlError> {
    schema::columns(
        session,
        &describe.table,
        false,
        describe.column.as_deref(),
        None,
    )
}

/// The rows that LIKE (over the first column) or WHERE lets through.
fn filtered(
    session: &Session,
    mut table: Table,
    filter: Option<&ShowFilter>,
) -> Result<Table, MysqlError> {
    let Some(filter) = filter else {
        return Ok(table);
    };
    let rows = std::mem::take(&mut table.rows);
    for row in rows {
        let keep = match filter {
            ShowFilter::Like(pattern) => {
                let first = row.first().cloned().flatten().unwrap_or_default();
                like::matches(&String::from_utf8_lossy(&first), pattern)
            }
            ShowFilter::Where(condition) => holds(session, &table.columns, &row, condition)?,
        };
        if keep {
            table.rows.push(row);
        }
    }
    Ok(table)
}

fn holds(
    session: &Session,
    columns: &[Column],
    row: &[Option<Vec<u8>>],
    condition: &Expr,
) -> Result<bool, MysqlError> {
    let scope = Scoped {
        session,
        row: Some((columns, row)),
        words: false,
    };
    match evaluate(condition, &scope)? {
        Some(Val::Int(value)) => Ok(value != 0),
        Some(Val::Null) => Ok(false),
        Some(Val::Double(value)) => Ok(value != 0.0),
        Some(Val::Text(_) | Val::Decimal(_) | Val::Bytes(_)) => Ok(false),
        None => Err(MysqlError::new(
            1235,
            "This version of MySQL doesn't yet support 'this expression in SHOW ... WHERE'",
        )),
    }
}

/// Offset and count of a LIMIT of plain numbers.
pub fn limit(limit: Option<&Limit>) -> Result<(u64, Option<u64>), MysqlError> {
    let number = |expr: &Option<Expr>| match expr {
        None => Ok(None),
        Some(Expr::Literal(Literal::Integer(value))) => Ok(Some(*value)),
        Some(_) => Err(MysqlError::new(
            1235,
            "This version of MySQL doesn't yet support 'LIMIT of anything but numbers here'",
        )),
    };
    match limit {
        None => Ok((0, None)),
        Some(limit) => Ok((number(&limit.offset)?.unwrap_or(0), number(&limit.count)?)),
    }
}
