//! SET of variables, names and character sets.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, IsolationLevel, SetItem, SetTransaction, VariableScope};
use understudy_sql::context::SqlMode;
use understudy_values::charset::{Charset, Collation};
use understudy_values::types::CollationId;

use crate::diagnostics::Level;
use crate::eval::{Scoped, Val, evaluate};
use crate::gtid;
use crate::persist;
use crate::replication;
use crate::select;
use crate::session::{FAMILY, Session};
use crate::shared::Shared;
use crate::variables::definition::{NO_DEFAULT, SESSION_FIXED};
use crate::variables::effects::{Effect, effect};
use crate::variables::{self, Definition, Given, Kind, Scope};

/// Global variables that replication may take: it is told of a change, and what it does not know is as the table
/// of effects says.
const REPLICATION: &[&str] = &[
    "gtid_ignore_duplicates",
    "gtid_mode",
    "gtid_strict_mode",
    "max_relay_log_size",
    "relay_log_purge",
    "replica_compressed_protocol",
    "replica_exec_mode",
    "replica_max_allowed_packet",
    "replica_net_timeout",
    "replica_parallel_type",
    "replica_parallel_workers",
    "replica_pending_jobs_size_max",
    "replica_preserve_commit_order",
    "replica_sql_verify_checksum",
    "replica_transaction_retries",
    "replica_type_conversions",
    "replicate_do_db",
    "replicate_do_table",
    "replicate_events_marked_for_skip",
    "replicate_ignore_db",
    "replicate_ignore_table",
    "replicate_rewrite_db",
    "replicate_wild_do_table",
    "replicate_wild_ignore_table",
    "rpl_semi_sync_replica_enabled",
    "rpl_semi_sync_replica_trace_level",
    "rpl_semi_sync_slave_delay_master",
    "rpl_semi_sync_slave_enabled",
    "rpl_semi_sync_slave_kill_conn_timeout",
    "rpl_semi_sync_slave_trace_level",
    "slave_domain_parallel_threads",
    "slave_parallel_max_queued",
    "slave_parallel_mode",
    "slave_parallel_threads",
    "sql_replica_skip_counter",
    "sync_relay_log",
    "sync_relay_log_info",
    "sync_source_info",
    "understudy_before_image_audit",
];

/// Runs SET. Values are computed before anything is set.
pub fn set(session: &mut Session, items: &[SetItem]) -> Result<(), MysqlError> {
    let mut steps = Vec::with_capacity(items.len());
    for item in items {
        steps.push(match item {
            SetItem::Variable {
                value: Some(expr), ..
            }
            | SetItem::User { value: expr, .. } => Some(value_of(session, expr)?),
            SetItem::Variable { value: None, .. }
            | SetItem::Names { .. }
            | SetItem::CharacterSet(_) => None,
        });
    }
    for (item, value) in items.iter().zip(steps) {
        apply(session, item, value)?;
    }
    Ok(())
}

/// The value of an expression; a bare name is a word.
pub fn value_of(session: &Session, expr: &Expr) -> Result<Val, MysqlError> {
    let scope = Scoped {
        session,
        row: None,
        words: true,
    };
    match evaluate(expr, &scope)? {
        Some(value) => Ok(value),
        None => select::scalar(session, expr),
    }
}

fn apply(session: &mut Session, item: &SetItem, value: Option<Val>) -> Result<(), MysqlError> {
    match item {
        SetItem::User { name, .. } => {
            let name = name.to_lowercase();
            session
                .user_variables
                .insert(name, value.unwrap_or(Val::Null));
            Ok(())
        }
        SetItem::Names { charset, collation } => {
            names(session, charset.as_deref(), collation.as_deref())
        }
        SetItem::CharacterSet(charset) => character_set(session, charset.as_deref()),
        SetItem::Variable {
            scope,
            component,
            name,
            ..
        } => {
            if let Some(component) = component {
                return Err(variables::unknown(&format!("{component}.{name}")));
            }
            variable(session, *scope, name, value)
        }
    }
}

fn default_charset() -> CollationId {
    CollationId::UTF8MB4_0900_AI_CI
}

fn charset_named(name: &str) -> Result<&'static Charset, MysqlError> {
    Charset::by_name(name)
        .ok_or_else(|| MysqlError::new(1115, format!("Unknown character set: '{name}'")))
}

fn names(
    session: &mut Session,
    charset: Option<&str>,
    collation: Option<&str>,
) -> Result<(), MysqlError> {
    let Some(charset) = charset else {
        session.set_names(default_charset());
        return Ok(());
    };
    let charset = charset_named(charset)?;
    if matches!(charset.name, "ucs2" | "utf16" | "utf16le" | "utf32") {
        let name = charset.name;
        let message =
            format!("Variable 'character_set_client' can't be set to the value of '{name}'");
        return Err(MysqlError::new(1231, message));
    }
    let mut id = charset.default_collation(FAMILY);
    if let Some(name) = collation {
        let unknown = || MysqlError::new(1273, format!("Unknown collation: '{name}'"));
        let collation = Collation::by_name(name, FAMILY).ok_or_else(unknown)?;
        if collation.charset().name != charset.name {
            let message = format!(
                "COLLATION '{name}' is not valid for CHARACTER SET '{}'",
                charset.name
            );
            return Err(MysqlError::new(1253, message));
        }
        id = CollationId(collation.id);
    }
    session.set_names(id);
    Ok(())
}

/// The client's and the results' character set; the connection's becomes the database's.
fn character_set(session: &mut Session, charset: Option<&str>) -> Result<(), MysqlError> {
    let name = match charset {
        Some(name) => charset_named(name)?.name,
        None => "utf8mb4",
    };
    session
        .variables
        .put("character_set_client", name.to_owned());
    session
        .variables
        .put("character_set_results", name.to_owned());
    let database = session.variables.text("character_set_database");
    session.variables.put("character_set_connection", database);
    let collation = session.variables.text("collation_database");
    session.variables.put("collation_connection", collation);
    Ok(())
}

fn variable(
    session: &mut Session,
    scope: Option<VariableScope>,
    name: &str,
    value: Option<Val>,
) -> Result<(), MysqlError> {
    let definition = session.shared.variable(name)?;
    let name = definition.name;
    let only = scope == Some(VariableScope::PersistOnly);
    let kept = only || scope == Some(VariableScope::Persist);
    let global = kept || scope == Some(VariableScope::Global);
    if !definition.dynamic && !only {
        let message = format!("Variable '{name}' is a read only variable");
        return Err(MysqlError::new(1238, message));
    }
    match (global, definition.scope) {
        (true, Scope::Session) => {
            let message = format!(
                "Variable '{name}' is a SESSION variable and can't be used with SET GLOBAL"
            );
            return Err(MysqlError::new(1228, message));
        }
        (false, Scope::Global) => {
            let message =
                format!("Variable '{name}' is a GLOBAL variable and should be set with SET GLOBAL");
            return Err(MysqlError::new(1229, message));
        }
        (true, Scope::Global | Scope::Both) | (false, Scope::Session | Scope::Both) => {}
    }
    if kept {
        session.require(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])?;
        persist::allowed(definition, only)?;
    }
    if !global && definition.is(SESSION_FIXED) {
        let message =
            format!("SESSION variable '{name}' is read-only. Use SET GLOBAL to assign the value");
        return Err(MysqlError::new(1621, message));
    }
    if !definition.deprecated.is_empty() {
        session.warn(Level::Warning, 1287, definition.deprecated);
    }
    match (definition.name, value) {
        ("gtid_next", value) => gtid::next::set(session, value),
        ("gtid_binlog_state", _) => {
            Err(MysqlError::new(1186, "Binlog closed, cannot RESET MASTER"))
        }
        ("gtid_purged", Some(value)) => gtid::variables::set_purged(session, value),
        ("gtid_slave_pos", Some(value)) if !only => gtid::variables::set_slave_pos(session, value),
        (_, value) => given(session, definition, value, (global, kept, only)),
    }
}

/// Sets a variable whose value follows from its definition alone. The flags: for the server, PERSIST, PERSIST_ONLY.
fn given(
    session: &mut Session,
    definition: &'static Definition,
    value: Option<Val>,
    (global, kept, only): (bool, bool, bool),
) -> Result<(), MysqlError> {
    let name = definition.name;
    let text = match value {
        None if definition.is(NO_DEFAULT) => {
            let message = format!("Variable '{name}' doesn't have a default value");
            return Err(MysqlError::new(1230, message));
        }
        None if global => definition.default.to_owned(),
        None if definition.scope == Scope::Both => session.shared.globals.text(name),
        None => definition.default.to_owned(),
        Some(value) => checked(session, definition, value)?,
    };
    if only {
        if let Some(warning) = without_effect(definition, &text)? {
            session.diagnostics.push(Level::Warning, warning);
        }
    } else if global {
        set_global(session, definition, text.clone())?;
    } else {
        return set_session(session, definition, text);
    }
    if kept {
        persist::keep(session, definition, &text)?;
    }
    Ok(())
}

/// The value as it is kept, with the warning that it was cut.
fn checked(
    session: &mut Session,
    definition: &'static Definition,
    value: Val,
) -> Result<String, MysqlError> {
    let name = definition.name;
    let given = match value {
        Val::Null => Given::Null,
        Val::Int(value) => Given::Int(value),
        Val::Double(value) => Given::Real(value),
        Val::Decimal(text) => Given::Real(text.parse().unwrap_or(f64::MAX)),
        value @ (Val::Text(_) | Val::Bytes(_)) => {
            Given::Text(value.into_text().unwrap_or_default())
        }
    };
    let checked = variables::check(definition, &given)?;
    if let Some(cut) = checked.cut {
        if session.sql_mode().has(SqlMode::STRICT_ALL_TABLES) {
            return Err(variables::check::wrong_value(name, &cut));
        }
        let message = format!("Truncated incorrect {name} value: '{cut}'");
        session.warn(Level::Warning, 1292, message);
    }
    Ok(checked.text)
}

/// A value that has no effect here is a warning, or an error where ignoring it could do harm.
fn without_effect(definition: &Definition, text: &str) -> Result<Option<MysqlError>, MysqlError> {
    let name = definition.name;
    if text == definition.default {
        return Ok(None);
    }
    let unsupported = format!("This version of MySQL doesn't yet support '{name} = {text}'");
    match effect(name) {
        Effect::Honoured => Ok(None),
        Effect::Kept => Ok(Some(MysqlError::new(1235, unsupported))),
        Effect::Refused => Err(MysqlError::new(1235, unsupported)),
    }
}

/// Asks replication to take the value; false when it does not know the variable.
fn told_replication(
    shared: &Shared,
    definition: &Definition,
    text: &str,
) -> Result<bool, MysqlError> {
    if !REPLICATION.contains(&definition.name) {
        return Ok(false);
    }
    let told = match (definition.kind, text) {
        (Kind::Bool, "ON") => "1",
        (Kind::Bool, _) => "0",
        (_, text) => text,
    };
    match shared.control.set_variable(definition.name, told) {
        Ok(()) => Ok(true),
        Err(error) if error.errno == 1193 => Ok(false),
        Err(error) => Err(error),
    }
}

fn set_global(
    session: &mut Session,
    definition: &'static Definition,
    text: String,
) -> Result<(), MysqlError> {
    session.require(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])?;
    gtid::variables::allowed(session, definition.name, &text)?;
    let warning = put_global(&session.shared, definition, text)?;
    if let Some(warning) = warning {
        session.diagnostics.push(Level::Warning, warning);
    }
    Ok(())
}

/// Sets a global value that was checked; replication is told first where it reads it. A value that has no effect
/// is a warning.
pub fn put_global(
    shared: &Shared,
    definition: &'static Definition,
    text: String,
) -> Result<Option<MysqlError>, MysqlError> {
    let warning = if told_replication(shared, definition, &text)? {
        None
    } else {
        without_effect(definition, &text)?
    };
    let text = replication::filter_variable(definition.name, text);
    let globals = &shared.globals;
    // super_read_only implies read_only, and read_only off ends super_read_only.
    let coupled = match (definition.name, text.as_str()) {
        ("super_read_only", "ON") => variables::find("read_only").map(|d| (d, "ON")),
        ("read_only", "OFF") => variables::find("super_read_only").map(|d| (d, "OFF")),
        _ => None,
    };
    if let Some((other, value)) = coupled {
        globals.put(other, value.to_owned());
    }
    globals.put(definition, text);
    Ok(warning)
}

fn set_session(
    session: &mut Session,
    definition: &'static Definition,
    text: String,
) -> Result<(), MysqlError> {
    gtid::variables::session_allowed(session, definition.name)?;
    if let Some(warning) = without_effect(definition, &text)? {
        session.diagnostics.push(Level::Warning, warning);
    }
    if definition.name == "autocommit" && text == "ON" && session.gtid.in_transaction {
        gtid::next::end(session, true, false)?;
    }
    // Character sets and collations go in pairs.
    match definition.name {
        "character_set_connection" | "character_set_database" | "character_set_server" => {
            let collation = charset_named(&text)?.default_collation(FAMILY);
            let name = Collation::by_id(collation).map(|c| c.name_for(FAMILY));
            let partner = match definition.name {
                "character_set_connection" => "collation_connection",
                "character_set_database" => "collation_database",
                _ => "collation_server",
            };
            session.variables.put(partner, name.unwrap_or_default());
        }
        "collation_connection" | "collation_database" | "collation_server" => {
            let charset = Collation::by_name(&text, FAMILY).map(|c| c.charset().name);
            let partner = match definition.name {
                "collation_connection" => "character_set_connection",
                "collation_database" => "character_set_database",
                _ => "character_set_server",
            };
            session
                .variables
                .put(partner, charset.unwrap_or_default().to_owned());
        }
        _ => {}
    }
    session.variables.put(definition.name, text);
    Ok(())
}

/// SET TRANSACTION. Every statement here reads one snapshot, whatever the level.
pub fn transaction(session: &mut Session, set: &SetTransaction) -> Result<(), MysqlError> {
    let mut values = Vec::new();
    if let Some(level) = set.isolation {
        let text = match level {
            IsolationLevel::ReadUncommitted => "READ-UNCOMMITTED",
            IsolationLevel::ReadCommitted => "READ-COMMITTED",
            IsolationLevel::RepeatableRead => "REPEATABLE-READ",
            IsolationLevel::Serializable => "SERIALIZABLE",
        };
        values.push(("transaction_isolation", text));
    }
    if let Some(read_only) = set.read_only {
        let text = if read_only { "ON" } else { "OFF" };
        values.push(("transaction_read_only", text));
    }
    for (name, text) in values {
        let definition = variables::find(name).ok_or_else(|| variables::unknown(name))?;
        match set.scope {
            Some(VariableScope::Global) => set_global(session, definition, text.to_owned())?,
            Some(VariableScope::Session) => set_session(session, definition, text.to_owned())?,
            // The next transaction alone: nothing outlives it.
            None => {}
            Some(VariableScope::Persist | VariableScope::PersistOnly) => {
                return Err(MysqlError::new(1235, "SET PERSIST TRANSACTION"));
            }
        }
    }
    Ok(())
}
