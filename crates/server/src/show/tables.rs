//! The tables of `information_schema` that the server makes: connections, plugins, what accounts may do.

use understudy_base::error::MysqlError;
use understudy_exec::information_schema::{Cell, VirtualTable};

use super::process_list::processes;
use super::server::{AUTHENTICATION_PLUGINS, LICENSE, PRIVILEGES};
use crate::accounts::Grant;
use crate::session::Session;

/// What a grant is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Global,
    Database,
    Table,
}

/// A table by its upper-case name; `None` for those that the executor makes.
pub fn virtual_table(session: &Session, name: &str) -> Option<Result<VirtualTable, MysqlError>> {
    let rows = match name {
        "PROCESSLIST" => {
            let mut table = VirtualTable::recorded("PROCESSLIST");
            for row in processes(session) {
                table.push(vec![
                    row.id.into(),
                    row.user.into(),
                    row.host.into(),
                    row.database.into(),
                    row.command.into(),
                    row.time_s.to_string().into(),
                    row.state.into(),
                    row.info.into(),
                ]);
            }
            table
        }
        "PLUGINS" => {
            let mut table = VirtualTable::recorded("PLUGINS");
            for plugin in AUTHENTICATION_PLUGINS {
                let texts = [plugin, "1.0", "ACTIVE", "AUTHENTICATION", "1.0"];
                let mut cells: Vec<Cell> = texts.map(Cell::from).to_vec();
                cells.extend([Cell::Null, Cell::Null]);
                cells.extend(["", "", LICENSE, "FORCE"].map(Cell::from));
                table.push(cells);
            }
            for plugin in session.shared.plugins.active() {
                let texts = [plugin.name, "1.0", "ACTIVE", "REPLICATION", "4.0"];
                let mut cells: Vec<Cell> = texts.map(Cell::from).to_vec();
                let rest = [
                    plugin.library,
                    "1.11",
                    "",
                    plugin.description,
                    LICENSE,
                    "ON",
                ];
                cells.extend(rest.map(Cell::from));
                table.push(cells);
            }
            table
        }
        "USER_PRIVILEGES" => privileges_on(session, "USER_PRIVILEGES", Level::Global),
        "SCHEMA_PRIVILEGES" => privileges_on(session, "SCHEMA_PRIVILEGES", Level::Database),
        "TABLE_PRIVILEGES" => privileges_on(session, "TABLE_PRIVILEGES", Level::Table),
        // Privileges on columns cannot be granted.
        "COLUMN_PRIVILEGES" => VirtualTable::recorded("COLUMN_PRIVILEGES"),
        "PROFILING" => VirtualTable::recorded("PROFILING"),
        _ => return None,
    };
    Some(Ok(rows))
}

/// One row a privilege: of all accounts for those who may read them, else of the session's own.
fn privileges_on(session: &Session, key: &'static str, level: Level) -> VirtualTable {
    let mut table = VirtualTable::recorded(key);
    let accounts = if session.account.has_global("SELECT") {
        session.shared.accounts.all()
    } else {
        vec![session.account.clone()]
    };
    for account in &accounts {
        for grant in account.grants.iter().filter(|g| level_of(g) == level) {
            let option = grant.privileges.iter().any(|p| p == "GRANT OPTION");
            for privilege in named_privileges(grant) {
                let mut row: Vec<Cell> = vec![account.quoted().into(), "def".into()];
                row.extend(grant.database.as_deref().map(Cell::from));
                row.extend(grant.table.as_deref().map(Cell::from));
                row.push(privilege.into());
                row.push(if option { "YES" } else { "NO" }.into());
                table.push(row);
            }
        }
    }
    table
}

fn level_of(grant: &Grant) -> Level {
    match (&grant.database, &grant.table) {
        (None, _) => Level::Global,
        (Some(_), None) => Level::Database,
        (Some(_), Some(_)) => Level::Table,
    }
}

/// The privileges one by one: ALL is every one that this server asks for at that level.
fn named_privileges(grant: &Grant) -> Vec<String> {
    let given = grant.privileges.iter().filter(|p| *p != "GRANT OPTION");
    let mut named = Vec::new();
    for privilege in given {
        if privilege != "ALL PRIVILEGES" {
            named.push(privilege.clone());
            continue;
        }
        let global = level_of(grant) == Level::Global;
        for [name, context, _] in PRIVILEGES {
            let name = name.to_ascii_uppercase();
            let every = name != "USAGE" && name != "GRANT OPTION";
            if every && (global || *context != "Server Admin") {
                named.push(name);
            }
        }
    }
    if named.is_empty() {
        named.push("USAGE".to_owned());
    }
    named
}
