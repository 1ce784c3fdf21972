//! Execution of DDL statements on the catalog and, where they change rows, on the rows.
//!
//! [`execute`] is one statement inside the writer's current transaction: it either has all its effect or
//! returns an error and the caller rolls the transaction back. What a statement means depends on the source
//! it comes from: a [`StatementContext`] carries flavour, version and session settings.
//!
//! Nothing is ignored silently: a statement that has no effect on a row-format replica says so in
//! [`DdlOutcome::ignored`], one that is kept as text in [`DdlOutcome::recorded`], and everything that is not
//! executed truly is error 1235 with its name.
//!
//! ```text
//! Statement -> elements/options -> Draft -> prepare -> TableDef -> Writer (create, alter in place, rebuild)
//! ```

mod alter_charset;
mod alter_table;
mod column_type;
pub mod context;
mod create_table;
mod database;
mod defaults;
mod draft;
mod drop_table;
mod elements;
mod expression;
mod implicit;
mod key_length;
mod names;
mod objects;
mod options;
mod partition;
mod prepare;
mod rename;
mod rows;

pub use context::StatementContext;
pub(crate) use create_table::define;
pub(crate) use defaults::literal_in_zone;
pub use defaults::{default_field, insert_default};
pub(crate) use names::is_view;

use understudy_base::error::MysqlError;
use understudy_sql::ast::Statement;
use understudy_storage::Writer;

use crate::errors;

/// What a DDL statement has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DdlOutcome {
    /// Tables that were made, changed or dropped: database and name.
    pub tables: Vec<(String, String)>,
    /// Databases that were made, changed or dropped.
    pub databases: Vec<String>,
    /// Notes and warnings (1050 "already exists" with IF NOT EXISTS and the like).
    pub notes: Vec<MysqlError>,
    /// An error that the statement ended with although it has had effect: DROP TABLE of MySQL 5.6 and MariaDB
    /// drops the tables that exist and reports 1051 for the others. The effect is to be committed.
    pub error: Option<MysqlError>,
    /// The statement was kept as text in the catalog; the kind of object, for counting.
    pub recorded: Option<&'static str>,
    /// The statement has no effect on a row-format replica; its name, for counting.
    pub ignored: Option<&'static str>,
}

impl DdlOutcome {
    pub(crate) fn done(db: impl Into<String>, table: impl Into<String>) -> DdlOutcome {
        DdlOutcome {
            tables: vec![(db.into(), table.into())],
            ..DdlOutcome::default()
        }
    }

    pub(crate) fn database(name: impl Into<String>) -> DdlOutcome {
        DdlOutcome {
            databases: vec![name.into()],
            ..DdlOutcome::default()
        }
    }

    pub(crate) fn note(errno: u16, text: impl Into<String>) -> DdlOutcome {
        DdlOutcome {
            notes: vec![MysqlError::new(errno, text)],
            ..DdlOutcome::default()
        }
    }

    pub(crate) fn recorded(kind: &'static str) -> DdlOutcome {
        DdlOutcome {
            recorded: Some(kind),
            ..DdlOutcome::default()
        }
    }

    pub(crate) fn ignored(name: &'static str) -> DdlOutcome {
        DdlOutcome {
            ignored: Some(name),
            ..DdlOutcome::default()
        }
    }
}

/// Whether [`execute`] takes the statement: DDL, and what is recorded with it.
pub fn is_ddl(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::CreateDatabase(_)
            | Statement::AlterDatabase(_)
            | Statement::DropDatabase(_)
            | Statement::CreateTable(_)
            | Statement::AlterTable(_)
            | Statement::DropTable(_)
            | Statement::TruncateTable(_)
            | Statement::RenameTable(_)
            | Statement::CreateIndex(_)
            | Statement::DropIndex(_)
            | Statement::CreateView(_)
            | Statement::DropView(_)
            | Statement::Program(_)
            | Statement::DropProgram(_)
            | Statement::Sequence(_)
            | Statement::Object(_)
            | Statement::Account(_)
            | Statement::TableMaintenance(_)
            | Statement::Flush(_)
            | Statement::CacheIndex(_)
            | Statement::LoadIndex(_)
    )
}

/// Executes a DDL statement in the writer's current transaction. The transaction must not have changed rows
/// before (DDL commits implicitly, so a stream never has both in one).
pub fn execute(
    writer: &mut Writer,
    statement: &Statement,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    match statement {
        Statement::CreateDatabase(s) => database::create(writer, s, ctx),
        Statement::AlterDatabase(s) => database::alter(writer, s, ctx),
        Statement::DropDatabase(s) => database::drop(writer, s, ctx),
        Statement::CreateTable(s) => create_table::execute(writer, s, ctx),
        Statement::AlterTable(s) => alter_table::execute(writer, s, ctx),
        Statement::DropTable(s) => drop_table::drop(writer, s, ctx),
        Statement::TruncateTable(s) => drop_table::truncate(writer, s, ctx),
        Statement::RenameTable(s) => rename::execute(writer, s, ctx),
        Statement::CreateIndex(s) => alter_table::create_index(writer, s, ctx),
        Statement::DropIndex(s) => alter_table::drop_index(writer, s, ctx),
        Statement::CreateView(s) => objects::create_view(writer, s, ctx),
        Statement::DropView(s) => objects::drop_view(writer, s, ctx),
        Statement::Program(s) => objects::program(writer, s, ctx),
        Statement::DropProgram(s) => objects::drop_program(writer, s, ctx),
        Statement::Sequence(s) => objects::sequence(writer, s, ctx),
        Statement::Object(s) => objects::object(writer, s, ctx),
        Statement::Account(s) => objects::account(writer, s, ctx),
        Statement::TableMaintenance(_) => Ok(DdlOutcome::ignored("table maintenance")),
        Statement::Flush(_) => Ok(DdlOutcome::ignored("FLUSH")),
        Statement::CacheIndex(_) => Ok(DdlOutcome::ignored("CACHE INDEX")),
        Statement::LoadIndex(_) => Ok(DdlOutcome::ignored("LOAD INDEX")),
        other => Err(errors::unsupported(format!(
            "{} as a DDL statement",
            statement_word(other)
        ))),
    }
}

/// A word for a statement that is no DDL.
fn statement_word(statement: &Statement) -> String {
    let debug = format!("{statement:?}");
    debug
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or("statement")
        .to_owned()
}
