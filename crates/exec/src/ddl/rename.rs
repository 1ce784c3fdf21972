//! RENAME TABLE: chains and swaps, across databases; names made from the table's name follow it.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_sql::ast::RenameTable;
use understudy_storage::Writer;
use understudy_storage::schema::{Flavour, TableDef};
use understudy_storage::{ColumnSource, Table};
use understudy_storage::{ObjectKind, ObjectName};

use super::context::StatementContext;
use super::{DdlOutcome, names};
use crate::errors;

/// Executes RENAME TABLE.
pub(crate) fn execute(
    writer: &mut Writer,
    statement: &RenameTable,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let mut outcome = DdlOutcome::default();
    for pair in &statement.pairs {
        let (from_db, from) = names::qualified(&pair.from, ctx)?;
        let (to_db, to) = names::qualified(&pair.to, ctx)?;
        let Some(table) = writer.catalog().table(&from_db, &from).cloned() else {
            if rename_view(writer, (&from_db, &from), (&to_db, &to))? {
                continue;
            }
            let error = errors::no_such_table(&from_db, &from);
            if statement.if_exists {
                outcome.notes.push(error);
                continue;
            }
            return Err(error);
        };
        rename(writer, &table, &to_db, &to, ctx.flavour)?;
        outcome.tables.push((from_db, from));
        outcome.tables.push((to_db, to));
    }
    Ok(outcome)
}

/// Renames one table and what is named after it.
pub(crate) fn rename(
    writer: &mut Writer,
    table: &Arc<Table>,
    to_db: &str,
    to: &str,
    flavour: Flavour,
) -> Result<Arc<Table>, MysqlError> {
    if writer.catalog().database(to_db).is_none() {
        return Err(errors::unknown_database(to_db));
    }
    if writer.catalog().table(to_db, to).is_some() || names::is_view(writer.catalog(), to_db, to) {
        return Err(errors::table_exists(to));
    }
    let old_name = table.name.clone();
    let renamed = writer
        .rename_table(table, to_db, to)
        .map_err(errors::store)?;
    let mut def = renamed.def().clone();
    rename_constraints(&mut def, &old_name, to, flavour);
    if def == *renamed.def() {
        return Ok(renamed);
    }
    let columns = same_columns(&def);
    writer
        .alter_table(&renamed, def, columns)
        .map_err(errors::row)
}

/// Constraint names that the server made from the old table name are made anew.
pub(crate) fn rename_constraints(def: &mut TableDef, old: &str, new: &str, flavour: Flavour) {
    let follow = |name: &str, infix: &str| {
        let rest = name.strip_prefix(old)?.strip_prefix(infix)?;
        let numbered = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
        numbered.then(|| format!("{new}{infix}{rest}"))
    };
    for fk in &mut def.foreign_keys {
        if let Some(name) = follow(&fk.name, "_ibfk_") {
            fk.name = name;
        }
    }
    def.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    if !flavour.mariadb {
        for check in &mut def.checks {
            if let Some(name) = follow(&check.name, "_chk_") {
                check.name = name;
            }
        }
        def.checks.sort_by_key(|c| c.name.to_lowercase());
    }
}

/// Every column is what it was.
pub(crate) fn same_columns(def: &TableDef) -> Vec<ColumnSource> {
    (0..def.columns.len())
        .filter_map(|i| u16::try_from(i).ok())
        .map(ColumnSource::Column)
        .collect()
}

fn rename_view(
    writer: &mut Writer,
    from: (&str, &str),
    to: (&str, &str),
) -> Result<bool, MysqlError> {
    let key = |(db, name): (&str, &str)| ObjectName {
        kind: ObjectKind::View,
        db: db.to_owned(),
        name: name.to_owned(),
    };
    let Some(view) = writer.catalog().object(&key(from)).cloned() else {
        return Ok(false);
    };
    writer.drop_object(&key(from)).map_err(errors::store)?;
    let mut def = view.as_ref().clone();
    def.name = key(to);
    writer.put_object(def).map_err(errors::store)?;
    Ok(true)
}
