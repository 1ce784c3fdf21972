//! DROP TABLE and TRUNCATE TABLE.

use std::collections::HashSet;

use understudy_base::error::MysqlError;
use understudy_sql::ast::{DropTable, TruncateTable};
use understudy_storage::Writer;

use super::context::StatementContext;
use super::{DdlOutcome, names};
use crate::errors;

/// Executes DROP TABLE: the tables that exist go, the others are one error (or notes with IF EXISTS).
pub(crate) fn drop(
    writer: &mut Writer,
    statement: &DropTable,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    if statement.temporary {
        // CREATE TEMPORARY TABLE keeps nothing: there is nothing to drop.
        return Ok(DdlOutcome::ignored("DROP TEMPORARY TABLE"));
    }
    let mut missing = Vec::new();
    let mut found = Vec::new();
    let mut named = HashSet::new();
    for table in &statement.tables {
        let (db, name) = names::qualified(table, ctx)?;
        // A rewritten default database can make two names of the source one here.
        if !named.insert((db.clone(), name.clone())) {
            let message = format!("Not unique table/alias: '{name}'");
            return Err(MysqlError::new(1066, message));
        }
        match writer.catalog().table(&db, &name) {
            Some(table) => found.push(table.clone()),
            None => missing.push(format!("{db}.{name}")),
        }
    }
    let unknown = format!("Unknown table '{}'", missing.join(","));
    // MySQL 8 drops all or nothing; the older ones drop what there is and report the rest.
    let atomic = !ctx.flavour.mariadb && ctx.flavour.version >= 80000;
    if !missing.is_empty() && !statement.if_exists && atomic {
        return Err(MysqlError::new(1051, unknown));
    }
    let mut outcome = DdlOutcome::default();
    for table in found {
        outcome.tables.push((table.db.clone(), table.name.clone()));
        writer.drop_table(&table).map_err(errors::store)?;
    }
    if missing.is_empty() {
        return Ok(outcome);
    }
    if !statement.if_exists {
        outcome.error = Some(MysqlError::new(1051, unknown));
        return Ok(outcome);
    }
    for name in missing {
        outcome
            .notes
            .push(MysqlError::new(1051, format!("Unknown table '{name}'")));
    }
    Ok(outcome)
}

/// Executes TRUNCATE TABLE.
pub(crate) fn truncate(
    writer: &mut Writer,
    statement: &TruncateTable,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let (db, name) = names::qualified(&statement.table, ctx)?;
    let table = writer
        .catalog()
        .table(&db, &name)
        .cloned()
        .ok_or_else(|| errors::no_such_table(&db, &name))?;
    writer.truncate_table(&table).map_err(errors::store)?;
    Ok(DdlOutcome::done(db, name))
}
