//! Statements whose objects are recorded as text: views, programs, sequences, accounts, servers.
//!
//! They change no rows of a row-format stream. Each is kept with the settings it was made under, so that a
//! later part can execute it, and each is counted by the caller ([`super::DdlOutcome::recorded`]).

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    self, AccountStatement, CreateView, DropProgram, DropView, ObjectStatement, Program,
    ProgramKind, Sequence, SequenceAction,
};
use understudy_storage::{ObjectDef, ObjectKind, ObjectName, Writer};

use super::context::StatementContext;
use super::{DdlOutcome, names};
use crate::errors;

/// CREATE VIEW, ALTER VIEW.
pub(crate) fn create_view(
    writer: &mut Writer,
    statement: &CreateView,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let (db, name) = names::qualified(&statement.name, ctx)?;
    if writer.catalog().database(&db).is_none() {
        return Err(errors::unknown_database(&db));
    }
    if writer.catalog().table(&db, &name).is_some() {
        return Err(errors::table_exists(&name));
    }
    let exists = names::is_view(writer.catalog(), &db, &name);
    if exists && !statement.alter && !statement.or_replace {
        if statement.if_not_exists {
            let text = format!("Table '{name}' already exists");
            return Ok(DdlOutcome::note(1050, text));
        }
        return Err(errors::table_exists(&name));
    }
    if !exists && statement.alter {
        return Err(errors::no_such_table(&db, &name));
    }
    let mut attributes = Vec::new();
    if !statement.columns.is_empty() {
        attributes.push(("columns".to_owned(), statement.columns.join(",")));
    }
    put(writer, ObjectKind::View, &db, &name, attributes, ctx)?;
    Ok(DdlOutcome::recorded("CREATE VIEW"))
}

/// DROP VIEW.
pub(crate) fn drop_view(
    writer: &mut Writer,
    statement: &DropView,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let mut outcome = DdlOutcome::recorded("DROP VIEW");
    let mut missing = Vec::new();
    for view in &statement.views {
        let (db, name) = names::qualified(view, ctx)?;
        let key = key(ObjectKind::View, &db, &name);
        if !writer.drop_object(&key).map_err(errors::store)? {
            missing.push(format!("{db}.{name}"));
        }
    }
    if missing.is_empty() {
        return Ok(outcome);
    }
    let error = MysqlError::new(1051, format!("Unknown table '{}'", missing.join(",")));
    if !statement.if_exists {
        return Err(error);
    }
    outcome.notes.push(error);
    Ok(outcome)
}

/// CREATE or ALTER of a trigger, routine, event, package or library.
pub(crate) fn program(
    writer: &mut Writer,
    statement: &Program,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let (db, name) = program_name(statement.kind, &statement.name, ctx)?;
    let kind = program_kind(statement.kind);
    let key = key(kind, &db, &name);
    if statement.alter {
        // An ALTER changes characteristics only: the recorded text stays, the ALTER is kept beside it.
        let Some(old) = writer.catalog().object(&key).cloned() else {
            return Err(does_not_exist(statement.kind, &name));
        };
        let mut def = old.as_ref().clone();
        let text = String::from_utf8_lossy(&ctx.text).into_owned();
        def.attributes.push(("alter".to_owned(), text));
        writer.put_object(def).map_err(errors::store)?;
        return Ok(DdlOutcome::recorded(program_word(statement.kind)));
    }
    if writer.catalog().object(&key).is_some() && !statement.or_replace {
        let error = already_exists(statement.kind, &name);
        if statement.if_not_exists {
            return Ok(DdlOutcome::note(error.errno, error.message));
        }
        return Err(error);
    }
    let mut attributes = Vec::new();
    if let Some(table) = &statement.table {
        let (table_db, table) = names::qualified(table, ctx)?;
        attributes.push(("table".to_owned(), format!("{table_db}.{table}")));
    }
    put(writer, kind, &db, &name, attributes, ctx)?;
    Ok(DdlOutcome::recorded(program_word(statement.kind)))
}

/// DROP of a program.
pub(crate) fn drop_program(
    writer: &mut Writer,
    statement: &DropProgram,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let (db, name) = program_name(statement.kind, &statement.name, ctx)?;
    let key = key(program_kind(statement.kind), &db, &name);
    let mut outcome = DdlOutcome::recorded(program_word(statement.kind));
    if !writer.drop_object(&key).map_err(errors::store)? {
        let error = does_not_exist(statement.kind, &name);
        if !statement.if_exists {
            return Err(error);
        }
        outcome.notes.push(error);
    }
    Ok(outcome)
}

/// CREATE, ALTER, DROP SEQUENCE of MariaDB.
pub(crate) fn sequence(
    writer: &mut Writer,
    statement: &Sequence,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    for name in &statement.names {
        let (db, name) = names::qualified(name, ctx)?;
        match statement.action {
            SequenceAction::Create | SequenceAction::Alter => {
                put(writer, ObjectKind::Sequence, &db, &name, Vec::new(), ctx)?;
            }
            SequenceAction::Drop => {
                let key = key(ObjectKind::Sequence, &db, &name);
                writer.drop_object(&key).map_err(errors::store)?;
            }
        }
    }
    Ok(DdlOutcome::recorded("SEQUENCE"))
}

/// Tablespaces, servers, spatial reference systems, resource groups.
pub(crate) fn object(
    writer: &mut Writer,
    statement: &ObjectStatement,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let kind = match statement.kind {
        ast::tablespace::ObjectKind::Server => ObjectKind::Server,
        ast::tablespace::ObjectKind::Tablespace
        | ast::tablespace::ObjectKind::UndoTablespace
        | ast::tablespace::ObjectKind::LogfileGroup
        | ast::tablespace::ObjectKind::SpatialReferenceSystem
        | ast::tablespace::ObjectKind::ResourceGroup => ObjectKind::Other,
    };
    match statement.action {
        ast::tablespace::ObjectAction::Create | ast::tablespace::ObjectAction::Alter => {
            put(writer, kind, "", &statement.name, Vec::new(), ctx)?;
        }
        ast::tablespace::ObjectAction::Drop => {
            writer
                .drop_object(&key(kind, "", &statement.name))
                .map_err(errors::store)?;
        }
    }
    Ok(DdlOutcome::recorded("SERVER OBJECT"))
}

/// Account statements: recorded in the order of their execution.
pub(crate) fn account(
    writer: &mut Writer,
    statement: &AccountStatement,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let last = writer
        .catalog()
        .objects()
        .filter(|o| o.name.kind == ObjectKind::Account)
        .filter_map(|o| o.name.name.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    let attributes = vec![("kind".to_owned(), format!("{:?}", statement.kind))];
    let name = format!("{:012}", last + 1);
    put(writer, ObjectKind::Account, "", &name, attributes, ctx)?;
    Ok(DdlOutcome::recorded("ACCOUNT"))
}

fn key(kind: ObjectKind, db: &str, name: &str) -> ObjectName {
    ObjectName {
        kind,
        db: db.to_owned(),
        name: name.to_owned(),
    }
}

fn put(
    writer: &mut Writer,
    kind: ObjectKind,
    db: &str,
    name: &str,
    attributes: Vec<(String, String)>,
    ctx: &StatementContext,
) -> Result<(), MysqlError> {
    let mut attributes = attributes;
    attributes.push(("default_db".to_owned(), ctx.default_db.clone()));
    attributes.push((
        "collation_connection".to_owned(),
        ctx.collation_connection.0.to_string(),
    ));
    attributes.push(("time_zone".to_owned(), ctx.time_zone.clone()));
    attributes.push(("created".to_owned(), ctx.timestamp_s.to_string()));
    writer
        .put_object(ObjectDef {
            name: key(kind, db, name),
            statement: ctx.text.clone(),
            sql_mode: ctx.sql_mode,
            client_collation: ctx.client_collation.0,
            attributes,
        })
        .map_err(errors::store)
}

fn program_name(
    kind: ProgramKind,
    name: &ast::ObjectName,
    ctx: &StatementContext,
) -> Result<(String, String), MysqlError> {
    if kind == ProgramKind::LoadableFunction {
        return Ok((String::new(), name.name.clone()));
    }
    let (db, _) = names::qualified(name, ctx)?;
    Ok((db, name.name.to_lowercase()))
}

fn program_kind(kind: ProgramKind) -> ObjectKind {
    match kind {
        ProgramKind::Procedure => ObjectKind::Procedure,
        ProgramKind::Function | ProgramKind::LoadableFunction => ObjectKind::Function,
        ProgramKind::Trigger => ObjectKind::Trigger,
        ProgramKind::Event => ObjectKind::Event,
        ProgramKind::Library => ObjectKind::Other,
        ProgramKind::Package | ProgramKind::PackageBody => ObjectKind::Package,
    }
}

fn program_word(kind: ProgramKind) -> &'static str {
    match kind {
        ProgramKind::Procedure => "PROCEDURE",
        ProgramKind::Function | ProgramKind::LoadableFunction => "FUNCTION",
        ProgramKind::Trigger => "TRIGGER",
        ProgramKind::Event => "EVENT",
        ProgramKind::Library => "LIBRARY",
        ProgramKind::Package | ProgramKind::PackageBody => "PACKAGE",
    }
}

fn already_exists(kind: ProgramKind, name: &str) -> MysqlError {
    match kind {
        ProgramKind::Trigger => MysqlError::new(1359, "Trigger already exists"),
        ProgramKind::Event => MysqlError::new(1537, format!("Event '{name}' already exists")),
        ProgramKind::Procedure
        | ProgramKind::Function
        | ProgramKind::LoadableFunction
        | ProgramKind::Library
        | ProgramKind::Package
        | ProgramKind::PackageBody => MysqlError::new(
            1304,
            format!("{} {name} already exists", program_word(kind)),
        ),
    }
}

fn does_not_exist(kind: ProgramKind, name: &str) -> MysqlError {
    match kind {
        ProgramKind::Trigger => MysqlError::new(1360, "Trigger does not exist"),
        ProgramKind::Event => MysqlError::new(1539, format!("Unknown event '{name}'")),
        ProgramKind::Procedure
        | ProgramKind::Function
        | ProgramKind::LoadableFunction
        | ProgramKind::Library
        | ProgramKind::Package
        | ProgramKind::PackageBody => MysqlError::new(
            1305,
            format!("{} {name} does not exist", program_word(kind)),
        ),
    }
}
