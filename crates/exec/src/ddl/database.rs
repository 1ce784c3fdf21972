//! CREATE, ALTER and DROP DATABASE.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{AlterDatabase, CreateDatabase, DatabaseOption, DropDatabase, Ternary};
use understudy_storage::Writer;
use understudy_storage::schema::DatabaseDef;

use super::DdlOutcome;
use super::context::StatementContext;
use super::options::choose_collation;
use crate::errors;

/// Executes CREATE DATABASE.
pub(crate) fn create(
    writer: &mut Writer,
    statement: &CreateDatabase,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let name = ctx.fold_name(&statement.name);
    if writer.catalog().database(&name).is_some() {
        if statement.or_replace {
            writer.drop_database(&name).map_err(errors::store)?;
        } else if statement.if_not_exists {
            return Ok(DdlOutcome::note(
                1007,
                format!("Can't create database '{name}'; database exists"),
            ));
        } else {
            return Err(MysqlError::new(
                1007,
                format!("Can't create database '{name}'; database exists"),
            ));
        }
    }
    let mut def = DatabaseDef {
        name: name.clone(),
        collation: ctx.collation_server,
        flavour: ctx.flavour,
        comment: String::new(),
        options: Vec::new(),
    };
    apply(&mut def, &statement.options, ctx)?;
    writer.put_database(def).map_err(errors::store)?;
    Ok(DdlOutcome::database(name))
}

/// Executes ALTER DATABASE.
pub(crate) fn alter(
    writer: &mut Writer,
    statement: &AlterDatabase,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    if statement.upgrade {
        return Err(errors::unsupported(
            "ALTER DATABASE ... UPGRADE DATA DIRECTORY NAME",
        ));
    }
    let name = match &statement.name {
        Some(name) => ctx.fold_name(name),
        None if ctx.default_db.is_empty() => return Err(errors::no_database_selected()),
        None => ctx.fold_name(&ctx.default_db),
    };
    let mut def = writer
        .catalog()
        .database(&name)
        .ok_or_else(|| errors::unknown_database(&name))?
        .as_ref()
        .clone();
    apply(&mut def, &statement.options, ctx)?;
    writer.put_database(def).map_err(errors::store)?;
    Ok(DdlOutcome::database(name))
}

/// Executes DROP DATABASE.
pub(crate) fn drop(
    writer: &mut Writer,
    statement: &DropDatabase,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let name = ctx.fold_name(&statement.name);
    let text = format!("Can't drop database '{name}'; database doesn't exist");
    if writer.catalog().database(&name).is_none() {
        return if statement.if_exists {
            Ok(DdlOutcome::note(1008, text))
        } else {
            Err(MysqlError::new(1008, text))
        };
    }
    writer.drop_database(&name).map_err(errors::store)?;
    Ok(DdlOutcome::database(name))
}

fn apply(
    def: &mut DatabaseDef,
    options: &[DatabaseOption],
    ctx: &StatementContext,
) -> Result<(), MysqlError> {
    let mut charset: Option<Option<&str>> = None;
    let mut collation: Option<Option<&str>> = None;
    for option in options {
        match option {
            DatabaseOption::Charset(name) => charset = Some(name.as_deref()),
            DatabaseOption::Collate(name) => collation = Some(name.as_deref()),
            DatabaseOption::Encryption(value) => {
                let value = if value.eq_ignore_ascii_case("y") {
                    "Y"
                } else {
                    "N"
                };
                set(def, "ENCRYPTION", Some(value));
            }
            DatabaseOption::ReadOnly(value) => {
                let on = match value {
                    Ternary::On => Some("1"),
                    Ternary::Off | Ternary::Default => None,
                };
                set(def, "READ ONLY", on);
            }
            DatabaseOption::Comment(text) => def.comment.clone_from(text),
        }
    }
    if let Some(chosen) = choose_collation(charset, collation, ctx.collation_server, ctx)? {
        def.collation = chosen;
    }
    Ok(())
}

fn set(def: &mut DatabaseDef, name: &str, value: Option<&str>) {
    def.options.retain(|(n, _)| n != name);
    if let Some(value) = value {
        def.options.push((name.to_owned(), value.to_owned()));
    }
}
