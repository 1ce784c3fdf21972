//! SHOW of the server itself: variables, character sets, accounts, connections, conditions.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{UserName, VariableScope};

use crate::accounts::{Account, Grant};
use crate::diagnostics::Level;
use crate::eval::variable_text;
use crate::result::{Column, Kind, Table};
use crate::session::Session;
use crate::variables::{DEFINITIONS, Scope, old_name};

/// How accounts may prove who they are.
pub(crate) const AUTHENTICATION_PLUGINS: [&str; 2] =
    ["mysql_native_password", "caching_sha2_password"];
/// Of what is listed as a plugin.
pub(super) const LICENSE: &str = "Apache-2.0";

/// SHOW VARIABLES: every variable under each of its names.
pub fn variables(session: &Session, scope: Option<VariableScope>) -> Table {
    let global = scope == Some(VariableScope::Global);
    let mut rows = Vec::new();
    for definition in DEFINITIONS.iter() {
        let hidden = !session.shared.plugins.shows(definition.name);
        if hidden || (global && definition.scope == Scope::Session) {
            continue;
        }
        let text = variable_text(session, definition, global);
        if let Some(old) = old_name(definition) {
            rows.push((old, text.clone()));
        }
        rows.push((definition.name.to_owned(), text));
    }
    rows.sort();
    let mut table = Table::new(vec![
        Column::new("Variable_name", Kind::Text(64)),
        Column::nullable("Value", Kind::Text(1024)),
    ]);
    for (name, text) in rows {
        table.push([Some(name), Some(text)]);
    }
    table
}

/// SHOW PLUGINS: the authentication plugins, and what is installed.
pub fn plugins(session: &Session) -> Table {
    let mut table = Table::recorded("SHOW PLUGINS");
    for name in AUTHENTICATION_PLUGINS {
        let texts = [name, "ACTIVE", "AUTHENTICATION"].map(|text| Some(text.to_owned()));
        table.push(texts.into_iter().chain([None, Some(LICENSE.to_owned())]));
    }
    for plugin in session.shared.plugins.active() {
        let texts = [
            plugin.name,
            "ACTIVE",
            "REPLICATION",
            plugin.library,
            LICENSE,
        ];
        table.push(texts.map(|text| Some(text.to_owned())));
    }
    table
}

/// Privileges that this server asks for, with where they apply and what for.
pub(super) const PRIVILEGES: &[[&str; 3]] = &[
    ["Create user", "Server Admin", "To create new users"],
    [
        "Grant option",
        "Databases,Tables,Functions,Procedures",
        "To give to other users those privileges you possess",
    ],
    [
        "Process",
        "Server Admin",
        "To view the plain text of currently executing queries",
    ],
    [
        "Reload",
        "Server Admin",
        "To reload or refresh tables, logs and privileges",
    ],
    [
        "Replication client",
        "Server Admin",
        "To ask where the slave or master servers are",
    ],
    [
        "Replication slave",
        "Server Admin",
        "To read binary log events from the master",
    ],
    ["Select", "Tables", "To retrieve rows from table"],
    ["Shutdown", "Server Admin", "To shut down the server"],
    [
        "Super",
        "Server Admin",
        "To use KILL thread, SET GLOBAL, CHANGE REPLICATION SOURCE, etc.",
    ],
    [
        "Usage",
        "Server Admin",
        "No privileges - allow connect only",
    ],
    ["SYSTEM_VARIABLES_ADMIN", "Server Admin", ""],
];

/// SHOW PRIVILEGES: those that this server asks for.
pub fn privileges() -> Table {
    let mut table = Table::recorded("SHOW PRIVILEGES");
    for row in PRIVILEGES {
        table.push(row.map(|text| Some(text.to_owned())));
    }
    table
}

/// The account that a statement names.
fn account_named(session: &Session, name: Option<&UserName>) -> Result<Account, MysqlError> {
    let (user, host) = match name {
        None | Some(UserName::CurrentUser) => return Ok(session.account.clone()),
        Some(UserName::CurrentRole) => {
            return Err(MysqlError::new(
                1235,
                "This version of MySQL doesn't yet support 'CURRENT_ROLE'",
            ));
        }
        Some(UserName::Account { user, host }) => (user.as_str(), host.as_deref().unwrap_or("%")),
    };
    let own = session.account.user == user && session.account.host == host;
    if !own {
        session.require(&["SUPER", "SELECT"])?;
    }
    session.shared.accounts.exact(user, host).ok_or_else(|| {
        let message = format!("There is no such grant defined for user '{user}' on host '{host}'");
        MysqlError::new(1141, message)
    })
}

fn quoted_account(account: &Account) -> String {
    format!("`{}`@`{}`", account.user, account.host)
}

fn grant_text(account: &Account, grant: &Grant) -> String {
    let option = grant.privileges.iter().any(|p| p == "GRANT OPTION");
    let mut named: Vec<&str> = grant
        .privileges
        .iter()
        .map(String::as_str)
        .filter(|p| *p != "GRANT OPTION")
        .collect();
    if named.is_empty() {
        named.push("USAGE");
    }
    let level = match (&grant.database, &grant.table) {
        (None, _) => "*.*".to_owned(),
        (Some(db), None) => format!("`{db}`.*"),
        (Some(db), Some(table)) => format!("`{db}`.`{table}`"),
    };
    let with = if option { " WITH GRANT OPTION" } else { "" };
    let account = quoted_account(account);
    format!("GRANT {} ON {level} TO {account}{with}", named.join(", "))
}

/// SHOW GRANTS
pub fn grants(session: &Session, user: Option<&UserName>) -> Result<Table, MysqlError> {
    let account = account_named(session, user)?;
    let title = format!("Grants for {}@{}", account.user, account.host);
    let mut table = Table::new(vec![Column::new(title, Kind::Text(1024))]);
    let global = account.grants.iter().filter(|g| g.database.is_none());
    if global.count() == 0 {
        let usage = Grant {
            database: None,
            table: None,
            privileges: Vec::new(),
        };
        table.push([Some(grant_text(&account, &usage))]);
    }
    for grant in &account.grants {
        table.push([Some(grant_text(&account, grant))]);
    }
    Ok(table)
}

/// SHOW CREATE USER
pub fn create_user(session: &Session, user: &UserName) -> Result<Table, MysqlError> {
    let account = account_named(session, Some(user))?;
    let title = format!("CREATE USER for {}@{}", account.user, account.host);
    let mut table = Table::new(vec![Column::new(title, Kind::Text(1024))]);
    let mut statement = format!(
        "CREATE USER {} IDENTIFIED WITH '{}'",
        quoted_account(&account),
        account.plugin
    )
    .into_bytes();
    if !account.authentication_string.is_empty() {
        statement.extend_from_slice(b" AS ");
        understudy_exec::show::quote_string(&mut statement, &account.authentication_string);
    }
    let lock = if account.locked { "LOCK" } else { "UNLOCK" };
    let rest = format!(
        " REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT {lock} PASSWORD HISTORY DEFAULT \
         PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
    );
    statement.extend_from_slice(rest.as_bytes());
    table.rows.push(vec![Some(statement)]);
    Ok(table)
}

/// SHOW WARNINGS, SHOW ERRORS
pub fn warnings(session: &Session, errors_only: bool, limit: (u64, Option<u64>)) -> Table {
    let mut table = Table::new(vec![
        Column::new("Level", Kind::Text(7)),
        Column::new(
            "Code",
            Kind::Int {
                width: 5,
                unsigned: true,
            },
        ),
        Column::new("Message", Kind::Text(512)),
    ]);
    let (offset, count) = limit;
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = count.map_or(usize::MAX, |c| usize::try_from(c).unwrap_or(usize::MAX));
    let conditions = session.diagnostics.conditions().iter();
    let wanted = conditions.filter(|c| !errors_only || c.level == Level::Error);
    for condition in wanted.skip(skip).take(take) {
        table.push([
            Some(condition.level.text().to_owned()),
            Some(condition.error.errno.to_string()),
            Some(condition.error.message.clone()),
        ]);
    }
    table
}
