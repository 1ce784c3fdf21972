//! SHOW of databases, tables, columns, indexes and their definitions.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{VirtualTable, show as rows};
use understudy_exec::select::RowStream;
use understudy_exec::show::{self as printer, ShowOptions};
use understudy_exec::system_tables;
use understudy_sql::ast::{Expr, ObjectName, Show, ShowFilter, ShowKind};
use understudy_sql::context::SqlMode;
use understudy_storage::Table as StoredTable;
use understudy_storage::catalog::{Catalog, ObjectKind};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, write_text};

use crate::result::{Column, Kind, Table};
use crate::select::with_context;
use crate::session::Session;

const NAME: Kind = Kind::Text(64);

/// Adds `(pattern)` to a heading, as the server does for LIKE.
fn heading(base: &str, filter: Option<&ShowFilter>) -> String {
    match filter {
        Some(ShowFilter::Like(pattern)) => format!("{base} ({pattern})"),
        Some(ShowFilter::Where(_)) | None => base.to_owned(),
    }
}

/// The kinds whose rows the executor makes; `None` for others.
pub fn show(session: &Session, show: &Show) -> Result<Option<RowStream>, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let filter = show.filter.as_ref();
    let (like, condition) = match filter {
        None => (None, None),
        Some(ShowFilter::Like(pattern)) => (Some(pattern.as_str()), None),
        Some(ShowFilter::Where(condition)) => (None, Some(condition)),
    };
    let mut title = None;
    let table = match &show.kind {
        ShowKind::Databases => {
            title = Some(heading("Database", filter));
            visible_databases(session, rows::databases(&snapshot))?
        }
        ShowKind::Tables { full, db, .. } => {
            let db = database(session, snapshot.catalog(), db.as_deref())?;
            title = Some(heading(&format!("Tables_in_{db}"), filter));
            rows::tables(&snapshot, &db, *full)?
        }
        ShowKind::TableStatus(db) => {
            let db = database(session, snapshot.catalog(), db.as_deref())?;
            rows::table_status(&snapshot, &db)?
        }
        ShowKind::Columns { full, table, .. } => {
            return columns(session, table, *full, like, condition).map(Some);
        }
        ShowKind::Index { table, .. } => {
            let (db, table) = readable(session, table)?;
            rows::indexes(&snapshot, &db, &table)?
        }
        ShowKind::Engines => rows::engines(),
        ShowKind::CharacterSet => with_context(session, false, |c| Ok(rows::character_sets(c)))?,
        ShowKind::Collation => with_context(session, false, |c| Ok(rows::collations(c)))?,
        _ => return Ok(None),
    };
    let title = title.as_deref();
    let stream = with_context(session, false, |c| {
        rows::stream(table, title, like, condition, c)
    })?;
    Ok(Some(stream))
}

/// SHOW COLUMNS
pub fn columns(
    session: &Session,
    name: &ObjectName,
    full: bool,
    like: Option<&str>,
    condition: Option<&Expr>,
) -> Result<RowStream, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let (db, table) = readable(session, name)?;
    with_context(session, false, |c| {
        let table = rows::columns(&snapshot, &db, &table, full, &c.time_zone)?;
        rows::stream(table, None, like, condition, c)
    })
}

/// The databases on which the account has a privilege.
fn visible_databases(
    session: &Session,
    mut table: VirtualTable,
) -> Result<VirtualTable, MysqlError> {
    let Some((_, ty)) = table.columns.first().cloned() else {
        return Ok(table);
    };
    let mut kept = Vec::new();
    for row in table.rows {
        let mut name = Vec::new();
        if let Some(Some(field)) = row.first() {
            write_text(&ty, field, &TextContext::raw(), &mut name)
                .map_err(|e| MysqlError::new(1030, e.to_string()))?;
        }
        let name = String::from_utf8_lossy(&name);
        if name == "information_schema" || session.may_see(&name) {
            kept.push(row);
        }
    }
    table.rows = kept;
    Ok(table)
}

/// Database and name of a table that the account may read.
fn readable(session: &Session, name: &ObjectName) -> Result<(String, String), MysqlError> {
    let db = session.database_or(name.db.as_deref())?;
    if db.eq_ignore_ascii_case("information_schema") {
        return Ok((db, name.name.clone()));
    }
    let table = table_named(session, name)?;
    Ok((table.db.clone(), table.name.clone()))
}

/// The database as the catalog spells it.
fn database(
    session: &Session,
    catalog: &Catalog,
    named: Option<&str>,
) -> Result<String, MysqlError> {
    let name = session.database_or(named)?;
    if name.eq_ignore_ascii_case("performance_schema") {
        return Ok("performance_schema".to_owned());
    }
    match catalog.database(&name) {
        Some(_) if !session.may_see(&name) => {
            let account = session.account.quoted();
            let message = format!("Access denied for user {account} to database '{name}'");
            Err(MysqlError::new(1044, message))
        }
        Some(_) => Ok(name),
        None if system_tables::is_database(&name) && session.may_see(&name) => Ok(name),
        None => Err(MysqlError::new(1049, format!("Unknown database '{name}'"))),
    }
}

/// A table by its name in a statement.
fn table_named(session: &Session, name: &ObjectName) -> Result<Arc<StoredTable>, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let db = database(session, snapshot.catalog(), name.db.as_deref())?;
    let table = &name.name;
    if !session.account.has_on("SELECT", &db, Some(table)) {
        let user = &session.user;
        let host = session.peer.host();
        let message =
            format!("SELECT command denied to user '{user}'@'{host}' for table '{table}'");
        return Err(MysqlError::new(1142, message));
    }
    let filled = system_tables::find(&db, table).map(|filled| filled.table.clone());
    let found = filled.or_else(|| snapshot.catalog().table(&db, table).cloned());
    found.ok_or_else(|| MysqlError::new(1146, format!("Table '{db}.{table}' doesn't exist")))
}

/// SHOW OPEN TABLES: none is kept open.
pub fn open_tables() -> Table {
    Table::recorded("SHOW OPEN TABLES")
}

/// An empty result if no object of `kinds` exists, an error that says so otherwise.
fn none_of(
    session: &Session,
    kinds: &[ObjectKind],
    db: Option<&str>,
    key: &str,
) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let exists = snapshot
        .catalog()
        .objects()
        .any(|o| kinds.contains(&o.name.kind) && db.is_none_or(|db| o.name.db == db));
    if exists {
        return Err(MysqlError::new(
            1235,
            "This version of MySQL doesn't yet support 'SHOW of recorded stored programs'",
        ));
    }
    Ok(Table::recorded(key))
}

/// SHOW TRIGGERS
pub fn triggers(session: &Session, db: Option<&str>) -> Result<Table, MysqlError> {
    let db = session.database_or(db)?;
    none_of(session, &[ObjectKind::Trigger], Some(&db), "SHOW TRIGGERS")
}

/// SHOW EVENTS
pub fn events(session: &Session, db: Option<&str>) -> Result<Table, MysqlError> {
    let db = session.database_or(db)?;
    none_of(session, &[ObjectKind::Event], Some(&db), "SHOW EVENTS")
}

/// SHOW PROCEDURE STATUS, SHOW FUNCTION STATUS
pub fn routines(session: &Session, kind: &str) -> Result<Table, MysqlError> {
    let kinds: &[ObjectKind] = match kind {
        "PROCEDURE" => &[ObjectKind::Procedure],
        "FUNCTION" => &[ObjectKind::Function],
        _ => &[],
    };
    none_of(session, kinds, None, "SHOW ROUTINE STATUS")
}

/// SHOW CREATE DATABASE
pub fn create_database(
    session: &Session,
    name: &str,
    if_not_exists: bool,
) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let name = database(session, snapshot.catalog(), Some(name))?;
    let unknown = || MysqlError::new(1049, format!("Unknown database '{name}'"));
    let def = snapshot.catalog().database(&name).ok_or_else(unknown)?;
    let ansi = session.sql_mode().has(SqlMode::ANSI_QUOTES);
    let text = printer::create_database(def, if_not_exists, ansi);
    let mut table = Table::new(vec![
        Column::new("Database", NAME),
        Column::new("Create Database", Kind::Text(1024)),
    ]);
    table.rows.push(vec![Some(name.into_bytes()), Some(text)]);
    Ok(table)
}

/// SHOW CREATE TABLE
pub fn create_table(session: &Session, name: &ObjectName) -> Result<Table, MysqlError> {
    let def = table_named(session, name)?;
    let snapshot = session.shared.store.snapshot();
    let counter = snapshot
        .auto_increment(&def)
        .map_err(|e| MysqlError::new(1030, e.to_string()))?;
    let has_counter = def.columns.iter().any(|c| c.auto_increment);
    let zone = session.variables.text("time_zone");
    let options = ShowOptions {
        time_zone: TimeZone::parse(&zone).map_err(|e| MysqlError::new(1298, e.to_string()))?,
        ansi_quotes: session.sql_mode().has(SqlMode::ANSI_QUOTES),
        temporary: false,
        auto_increment: has_counter.then_some(counter),
    };
    let text = printer::create_table(&def, &options);
    let mut table = Table::new(vec![
        Column::new("Table", NAME),
        Column::new("Create Table", Kind::LongText),
    ]);
    table
        .rows
        .push(vec![Some(def.name.clone().into_bytes()), Some(text)]);
    Ok(table)
}
