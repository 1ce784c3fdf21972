//! CREATE TABLE: from elements, from another table, the column list of CREATE ... SELECT.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{CreateTable, CreateTableBody, ObjectName, TableDefinition};
use understudy_storage::schema::{DefVersion, TableDef, TableId};
use understudy_storage::{Catalog, Writer};

use super::context::StatementContext;
use super::draft::{Draft, DraftCheck};
use super::elements::{Elements, promote_timestamps};
use super::options::TableOptions;
use super::prepare::{Rules, prepare};
use super::{DdlOutcome, names, partition};
use crate::errors;

/// Executes CREATE TABLE.
pub(crate) fn execute(
    writer: &mut Writer,
    statement: &CreateTable,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    if statement.temporary {
        // Rows of temporary tables are never in a row-format log.
        return Ok(DdlOutcome::ignored("CREATE TEMPORARY TABLE"));
    }
    if statement.external {
        return Err(errors::unsupported("CREATE EXTERNAL TABLE"));
    }
    let (db, name) = names::qualified(&statement.name, ctx)?;
    if writer.catalog().database(&db).is_none() {
        return Err(errors::unknown_database(&db));
    }
    let existing = writer.catalog().table(&db, &name).cloned();
    let view = names::is_view(writer.catalog(), &db, &name);
    if existing.is_some() || view {
        if statement.if_not_exists {
            return Ok(DdlOutcome::note(
                1050,
                format!("Table '{name}' already exists"),
            ));
        }
        match existing {
            Some(table) if statement.or_replace => {
                writer.drop_table(&table).map_err(errors::store)?
            }
            Some(_) | None => return Err(errors::table_exists(&name)),
        }
    }
    let def = match &statement.body {
        CreateTableBody::Like(other) => like(writer, &db, &name, other, ctx)?,
        CreateTableBody::Definition(body) => define(writer.catalog(), &db, &name, body, ctx)?,
    };
    writer.create_table(def).map_err(errors::store)?;
    Ok(DdlOutcome::done(db, name))
}

/// The definition that the elements and options of a CREATE TABLE make.
pub(crate) fn define(
    catalog: &Catalog,
    db: &str,
    name: &str,
    body: &TableDefinition,
    ctx: &StatementContext,
) -> Result<TableDef, MysqlError> {
    if body.select.is_some() {
        return Err(errors::unsupported("CREATE TABLE ... SELECT"));
    }
    let database_collation = catalog
        .database(db)
        .map_or(ctx.collation_server, |d| d.collation);
    let mut options = TableOptions::new(&ctx.default_storage_engine, database_collation);
    options.apply(body.options.iter(), database_collation, ctx)?;
    let row_format = options.printed_value("ROW_FORMAT=").map(str::to_owned);
    let key_block_size = options
        .printed_value("KEY_BLOCK_SIZE=")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let elements = Elements {
        ctx,
        catalog,
        db,
        table: name,
        collation: options.collation,
        engine: &options.engine,
        key_block_size,
    };
    let mut draft = Draft::default();
    for element in &body.elements {
        elements.add(&mut draft, element)?;
    }
    let mut columns: Vec<_> = draft.columns.iter_mut().collect();
    promote_timestamps(&mut columns, ctx);
    let rules = Rules {
        flavour: ctx.flavour,
        strict: ctx.strict(),
        table: name,
        engine: &options.engine,
        row_format: row_format.as_deref(),
        next_index_number: 1,
    };
    let prepared = prepare(draft, &rules)?;
    let partitioning = match &body.partitioning {
        Some(clause) => Some(partition::print(clause, &options.engine, ctx)?),
        None => None,
    };
    Ok(TableDef {
        id: TableId(0),
        version: DefVersion(0),
        db: db.to_owned(),
        name: name.to_owned(),
        flavour: ctx.flavour,
        columns: prepared.columns,
        indexes: prepared.indexes,
        foreign_keys: prepared.foreign_keys,
        checks: prepared.checks,
        collation: options.collation,
        explicit_collation: options.explicit_collation,
        engine: options.engine,
        auto_increment: options.auto_increment.unwrap_or(0),
        comment: options.comment,
        options: options.printed,
        partitioning,
        next_index_number: prepared.next_index_number,
    })
}

/// CREATE TABLE ... LIKE: everything but foreign keys, directories and the AUTO_INCREMENT counter.
fn like(
    writer: &Writer,
    db: &str,
    name: &str,
    other: &ObjectName,
    ctx: &StatementContext,
) -> Result<TableDef, MysqlError> {
    let (other_db, other_name) = names::qualified(other, ctx)?;
    let model = writer
        .catalog()
        .table(&other_db, &other_name)
        .ok_or_else(|| errors::no_such_table(&other_db, &other_name))?;
    let mut def = model.def().clone();
    def.db = db.to_owned();
    def.name = name.to_owned();
    def.flavour = ctx.flavour;
    def.auto_increment = 0;
    def.foreign_keys.clear();
    def.options
        .retain(|o| !o.starts_with("DATA DIRECTORY=") && !o.starts_with("INDEX DIRECTORY="));
    if !ctx.flavour.mariadb && !def.checks.is_empty() {
        let mut draft = Draft::default();
        for check in std::mem::take(&mut def.checks) {
            let mut check = DraftCheck::from(check);
            check.name = None;
            draft.checks.push(check);
        }
        def.checks = super::prepare::name_checks(draft.checks, &def.columns, ctx.flavour, name)?;
    }
    Ok(def)
}
