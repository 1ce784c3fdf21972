//! The tables of `performance_schema` and `mysql` that the server fills: their definitions.
//!
//! They are what SHOW CREATE TABLE of MySQL 9.7 prints (`definitions.sql`), read once by the same code as any
//! CREATE TABLE, so that SHOW COLUMNS, `information_schema` and the column definitions of a SELECT follow from them.
//! `own.sql` adds those that no other server has. Rows are made by the server when a query opens one ([`VirtualTable::system`]).
//!
//! [`VirtualTable::system`]: crate::information_schema::VirtualTable::system

use std::sync::{Arc, LazyLock};

use understudy_base::error::MysqlError;
use understudy_sql::ast::{CreateTableBody, Statement};
use understudy_sql::parser::parse_statement;
use understudy_storage::schema::Flavour;
use understudy_storage::{Catalog, Table};

use crate::ddl::{StatementContext, define};
use crate::errors;

const RECORDED: &str = include_str!("definitions.sql");
/// Tables of ours, in the same form.
const OWN: &str = include_str!("own.sql");

/// What the definitions were recorded from.
const FLAVOUR: Flavour = Flavour {
    mariadb: false,
    version: 90_700,
};

static TABLES: LazyLock<Vec<SystemTable>> =
    LazyLock::new(|| recorded().filter_map(|text| read(text).ok()).collect());

/// A table that no statement made.
pub struct SystemTable {
    /// Its definition.
    pub table: Arc<Table>,
    /// SHOW CREATE TABLE.
    pub text: &'static str,
}

impl std::fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.table.path())
    }
}

/// A table by its database and name, any case.
pub fn find(db: &str, name: &str) -> Option<&'static SystemTable> {
    let of_db = of(db);
    of_db
        .into_iter()
        .find(|found| found.table.name.eq_ignore_ascii_case(name))
}

/// The tables of a database.
pub fn of(db: &str) -> impl Iterator<Item = &'static SystemTable> {
    let here = TABLES.iter();
    here.filter(move |found| found.table.db.eq_ignore_ascii_case(db))
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static SystemTable> {
    TABLES.iter()
}

/// Whether a database has such tables.
pub fn is_database(db: &str) -> bool {
    of(db).next().is_some()
}

/// `db.name`, a line's end, CREATE TABLE.
fn recorded() -> impl Iterator<Item = &'static str> {
    let ours = OWN.split("-- ").skip(2);
    RECORDED.split("-- ").skip(2).chain(ours)
}

fn read(recorded: &'static str) -> Result<SystemTable, MysqlError> {
    let malformed = || MysqlError::new(1064, recorded.to_owned());
    let (name, text) = recorded.split_once('\n').ok_or_else(malformed)?;
    let (db, name) = name.split_once('.').ok_or_else(malformed)?;
    let text = text.trim_end();
    let ctx = StatementContext::new(FLAVOUR, db);
    let statement = parse_statement(text.as_bytes(), &ctx.parse_context());
    let statement = statement.map_err(|e| MysqlError::new(1064, format!("{name}: {e:?}")))?;
    let Statement::CreateTable(statement) = statement else {
        return Err(malformed());
    };
    let CreateTableBody::Definition(body) = &statement.body else {
        return Err(malformed());
    };
    let def = define(&Catalog::default(), db, name, body, &ctx)?;
    let table = Table::of_definition(def).map_err(errors::store)?;
    Ok(SystemTable {
        table: Arc::new(table),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{ShowOptions, create_table};

    #[test]
    fn every_recorded_definition_is_read_and_printed_alike() {
        assert!(recorded().count() > 20);
        for text in recorded() {
            let found = read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let printed = create_table(&found.table, &ShowOptions::default());
            assert_eq!(String::from_utf8_lossy(&printed), found.text);
        }
        assert!(find("performance_schema", "THREADS").is_some());
        assert!(is_database("mysql"));
    }
}
