//! What a statement updates, and the verdict on it.
//!
//! The tables are those that the real server marks as updated when it parses: the new table of CREATE TABLE
//! ... LIKE but not its model, both names of a rename, the table of a trigger. Row-format sources log few
//! statements that change rows; the rules for those are here all the same.

use super::{Filters, Style, UpdatedTable};
use understudy_base::filter::{FILTER_KINDS, FilterKind};
use understudy_sql::ast::{
    AlterAction, ColumnRef, Delete, DeleteTarget, ObjectName, Program, ProgramKind, Query,
    QueryBody, Statement, TableRef, Update,
};

/// What of a statement the rules look at, beside its default database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updates<'a> {
    /// Always executed: the frame of a transaction, DROP TEMPORARY TABLE IF EXISTS.
    Always,
    /// Only the default database counts.
    Nothing,
    /// CREATE, ALTER or DROP of this database; empty for the default one.
    Database(&'a str),
    /// These tables, in order.
    Tables(Vec<UpdatedTable<'a>>),
    /// The table of this trigger, which only the catalog knows.
    Trigger(&'a ObjectName),
}

/// Tables of the privilege system that account statements update.
const PRIVILEGES: [&str; 6] = [
    "user",
    "db",
    "tables_priv",
    "columns_priv",
    "procs_priv",
    "proxies_priv",
];

fn table(name: &ObjectName) -> UpdatedTable<'_> {
    UpdatedTable {
        db: name.db.as_deref(),
        name: &name.name,
    }
}

fn one(name: &ObjectName) -> Updates<'_> {
    Updates::Tables(vec![table(name)])
}

fn all<'a>(names: impl IntoIterator<Item = &'a ObjectName>) -> Updates<'a> {
    Updates::Tables(names.into_iter().map(table).collect())
}

/// What `statement` updates; `update_map` is the Query event's map of tables that a multi-table UPDATE changes.
pub fn updates(statement: &Statement, update_map: Option<u64>) -> Updates<'_> {
    match statement {
        Statement::CreateDatabase(s) => Updates::Database(&s.name),
        Statement::AlterDatabase(s) => match &s.name {
            Some(name) => Updates::Database(name),
            None => Updates::Database(""),
        },
        Statement::DropDatabase(s) => Updates::Database(&s.name),
        Statement::CreateTable(s) => one(&s.name),
        Statement::AlterTable(s) => {
            let exchanged = s.actions.iter().filter_map(|action| match action {
                AlterAction::ExchangePartition { table, .. } => Some(table),
                _ => None,
            });
            all(std::iter::once(&s.table).chain(exchanged))
        }
        Statement::DropTable(s) if s.temporary && s.if_exists => Updates::Always,
        Statement::DropTable(s) => all(&s.tables),
        Statement::TruncateTable(s) => one(&s.table),
        Statement::RenameTable(s) => all(s.pairs.iter().flat_map(|pair| [&pair.from, &pair.to])),
        Statement::CreateIndex(s) => one(&s.table),
        Statement::DropIndex(s) => one(&s.table),
        Statement::CreateView(s) => one(&s.name),
        Statement::DropView(s) => all(&s.views),
        Statement::Program(program) => program_updates(program),
        Statement::DropProgram(s) => match s.kind {
            ProgramKind::Trigger => Updates::Trigger(&s.name),
            ProgramKind::Procedure
            | ProgramKind::Function
            | ProgramKind::LoadableFunction
            | ProgramKind::Event
            | ProgramKind::Library
            | ProgramKind::Package
            | ProgramKind::PackageBody => Updates::Nothing,
        },
        Statement::Sequence(s) => all(&s.names),
        Statement::Account(_) => Updates::Tables(
            PRIVILEGES
                .map(|name| UpdatedTable {
                    db: Some("mysql"),
                    name,
                })
                .to_vec(),
        ),
        Statement::Insert(s) => one(&s.table),
        Statement::Load(s) => one(&s.table),
        Statement::Update(s) => updated(s, update_map),
        Statement::Delete(s) => deleted(s),
        Statement::Select(query) if reads_tables(query) => Updates::Tables(Vec::new()),
        Statement::SetStatement(_, inner) => updates(inner, update_map),
        Statement::StartTransaction(_)
        | Statement::Commit(_)
        | Statement::Rollback(_)
        | Statement::Savepoint(_)
        | Statement::RollbackToSavepoint(_)
        | Statement::ReleaseSavepoint(_)
        | Statement::Xa(_)
        | Statement::Set(_) => Updates::Always,
        Statement::Select(_)
        | Statement::Object(_)
        | Statement::Call(_)
        | Statement::Do(_)
        | Statement::Handler(_)
        | Statement::ImportTable(_)
        | Statement::LockTables(_)
        | Statement::UnlockTables
        | Statement::LockInstance
        | Statement::UnlockInstance
        | Statement::Backup(_)
        | Statement::SetTransaction(_)
        | Statement::ResetPersist(_)
        | Statement::Use(_)
        | Statement::Show(_)
        | Statement::Describe(_)
        | Statement::Explain(_)
        | Statement::Help(_)
        | Statement::Kill(_)
        | Statement::Prepare(_)
        | Statement::Execute(_)
        | Statement::ExecuteImmediate(_)
        | Statement::Deallocate(_)
        | Statement::TableMaintenance(_)
        | Statement::CacheIndex(_)
        | Statement::LoadIndex(_)
        | Statement::Flush(_)
        | Statement::Reset(_)
        | Statement::Purge(_)
        | Statement::Binlog(_)
        | Statement::Install(_)
        | Statement::Uninstall(_)
        | Statement::Shutdown(_)
        | Statement::Restart
        | Statement::Clone(_)
        | Statement::AlterInstance(_)
        | Statement::Diagnostics(_)
        | Statement::ChangeSource(_)
        | Statement::ChangeFilter(_)
        | Statement::StartReplica(_)
        | Statement::StopReplica(_)
        | Statement::GroupReplication(_)
        | Statement::LoadDataFromSource => Updates::Nothing,
    }
}

fn program_updates(program: &Program) -> Updates<'_> {
    match &program.table {
        Some(table) => one(table),
        None => Updates::Nothing,
    }
}

/// A table of a join, with the name that the statement calls it by.
struct Joined<'a> {
    table: UpdatedTable<'a>,
    alias: &'a str,
}

fn joined<'a>(from: &'a [TableRef], out: &mut Vec<Joined<'a>>) {
    for item in from {
        match item {
            TableRef::Table(named) => out.push(Joined {
                table: table(&named.name),
                alias: named.alias.as_deref().unwrap_or(&named.name.name),
            }),
            TableRef::List(list) => joined(list, out),
            TableRef::Join { left, right, .. } => {
                joined(std::slice::from_ref(left), out);
                joined(std::slice::from_ref(right), out);
            }
            TableRef::Derived { .. } | TableRef::JsonTable { .. } => {}
        }
    }
}

/// UPDATE: of several tables those in the map; without one those whose columns are assigned, where the
/// columns say so, else all.
fn updated(update: &Update, update_map: Option<u64>) -> Updates<'_> {
    let mut tables = Vec::new();
    joined(&update.tables, &mut tables);
    let map = update_map.filter(|map| *map != 0 && tables.len() > 1);
    let assigned = |alias: &str| {
        let names = |column: &ColumnRef| {
            let table = column.table.as_deref();
            table.is_none_or(|table| table.eq_ignore_ascii_case(alias))
        };
        update.assignments.iter().any(|a| names(&a.column))
    };
    let several = tables.len() > 1;
    let changed = tables
        .iter()
        .enumerate()
        .filter(|(at, joined)| match map {
            Some(map) => *at < 64 && map & (1 << at) != 0,
            None => !several || assigned(joined.alias),
        })
        .map(|(_, joined)| joined.table);
    Updates::Tables(changed.collect())
}

/// DELETE: of several tables those named as targets, in the order of the join.
fn deleted(delete: &Delete) -> Updates<'_> {
    match &delete.target {
        DeleteTarget::Single { table, .. } => one(table),
        DeleteTarget::Multi { tables, from, .. } => {
            let mut all = Vec::new();
            joined(from, &mut all);
            let target = |joined: &&Joined<'_>| {
                tables.iter().any(|name| {
                    name.name == joined.alias
                        && (name.db.is_none() || name.db.as_deref() == joined.table.db)
                })
            };
            Updates::Tables(all.iter().filter(target).map(|j| j.table).collect())
        }
    }
}

fn reads_tables(query: &Query) -> bool {
    match &query.body {
        QueryBody::Select(select) => !select.from.is_empty(),
        QueryBody::Table(_) => true,
        _ => false,
    }
}

/// Whether a Query event's text is the frame of a transaction, which no rule holds back.
pub fn is_frame(text: &[u8]) -> bool {
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    text.eq_ignore_ascii_case(b"BEGIN")
        || text.eq_ignore_ascii_case(b"COMMIT")
        || [&b"START TRANSACTION"[..], b"SAVEPOINT", b"ROLLBACK", b"XA "]
            .into_iter()
            .any(begins)
}

impl Filters {
    /// The verdict on a statement beyond its default database, which [`Filters::database_held`] judges first: the
    /// kind of rules that holds it back.
    ///
    /// `trigger_table` tells the table of a trigger: database and name. DROP TRIGGER of a trigger that is not
    /// here is not executed: its creation was filtered.
    pub fn statement_held(
        &self,
        updates: &Updates<'_>,
        default_db: &str,
        style: Style,
        trigger_table: impl FnOnce(&ObjectName) -> Option<(String, String)>,
    ) -> Option<FilterKind> {
        match updates {
            Updates::Always | Updates::Nothing => None,
            Updates::Database("") => self.database_statement_held(default_db, style),
            // MySQL judges the new name, although the statement names and changes the old one.
            Updates::Database(name) if style.mariadb => self.database_statement_held(name, style),
            Updates::Database(name) => {
                self.database_statement_held(self.rewrite(name, style), style)
            }
            Updates::Tables(tables) => self.tables_held(default_db, tables, style),
            Updates::Trigger(name) => match trigger_table(name) {
                Some((db, table)) => {
                    let updated = UpdatedTable {
                        db: Some(&db),
                        name: &table,
                    };
                    self.tables_held(default_db, &[updated], style)
                }
                None => FILTER_KINDS
                    .into_iter()
                    .find(|kind| !self.rules(*kind).is_empty()),
            },
        }
    }
}
