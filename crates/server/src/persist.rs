//! SET PERSIST: values that survive a restart, in `mysqld-auto.cnf` of the data directory.
//!
//! The file is what MySQL 8.0 and later write: one line of JSON, version 2, with the variables in groups by when the
//! real server reads them, each with who set it and when. A variable with two names is under both. Whoever
//! starts the server reads it ([`load`]) after the option file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use understudy_base::error::MysqlError;
use understudy_base::fs::replace_file;

use crate::diagnostics::Level;
use crate::session::Session;
use crate::variables::definition::{NOT_PERSISTENT, PARSE_EARLY};
use crate::variables::{self, Definition};

/// File in the data directory.
const FILE: &str = "mysqld-auto.cnf";
/// Groups in the order of the file.
const GROUPS: [&str; 4] = [
    "mysql_static_variables",
    "mysql_dynamic_variables",
    "mysql_static_parse_early_variables",
    "mysql_dynamic_parse_early_variables",
];

/// A persisted value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value as SHOW VARIABLES prints it.
    pub value: String,
    user: String,
    host: String,
    /// Microseconds since the epoch.
    timestamp_us: u64,
}

/// Names, in the order of the file: shorter ones first.
type Entries = BTreeMap<(usize, String), Entry>;

/// The persisted variables of a server.
#[derive(Debug)]
pub struct Persisted {
    path: PathBuf,
    entries: Mutex<Entries>,
}

fn wrong(path: &Path, what: &str) -> std::io::Error {
    let text = format!("{}: {what}", path.display());
    std::io::Error::new(std::io::ErrorKind::InvalidData, text)
}

/// The persisted variables of a data directory, each once and under its name in 9.7's spelling; names that are no
/// variable here are as written.
pub fn load(datadir: &Path) -> std::io::Result<Vec<(String, String)>> {
    let persisted = Persisted::open(datadir)?;
    let mut found = BTreeMap::new();
    for ((_, name), entry) in persisted.entries().iter() {
        let canonical = variables::find(name).map_or(name.as_str(), |d| d.name);
        found.insert(canonical.to_owned(), entry.value.clone());
    }
    Ok(found.into_iter().collect())
}

impl Persisted {
    /// Reads the file; there may be none.
    pub fn open(datadir: &Path) -> std::io::Result<Persisted> {
        let path = datadir.join(FILE);
        let entries = match std::fs::read(&path) {
            Ok(bytes) => parse(&path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Entries::new(),
            Err(error) => return Err(error),
        };
        Ok(Persisted {
            path,
            entries: Mutex::new(entries),
        })
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names and values, for `performance_schema.persisted_variables`.
    pub fn rows(&self) -> Vec<(String, String)> {
        let entries = self.entries();
        let rows = entries
            .iter()
            .map(|((_, n), e)| (n.clone(), e.value.clone()));
        rows.collect()
    }

    fn put(&self, definition: &Definition, entry: &Entry) -> std::io::Result<()> {
        let mut changed = self.entries().clone();
        for name in names(definition) {
            changed.insert((name.len(), name), entry.clone());
        }
        self.replace(changed)
    }

    /// Writes the file, and only then has the new values.
    fn replace(&self, changed: Entries) -> std::io::Result<()> {
        let mut entries = self.entries();
        replace_file(&self.path, print(&changed).as_bytes())?;
        *entries = changed;
        Ok(())
    }
}

/// Every name under which 9.7 writes the variable.
fn names(definition: &Definition) -> Vec<String> {
    let mut names = vec![definition.name.to_owned()];
    names.extend(variables::old_name(definition));
    names
}

fn parse(path: &Path, bytes: &[u8]) -> std::io::Result<Entries> {
    let content: Value = serde_json::from_slice(bytes).map_err(|e| wrong(path, &e.to_string()))?;
    let content = content
        .as_object()
        .ok_or_else(|| wrong(path, "no JSON object"))?;
    if content.get("Version").and_then(Value::as_u64) != Some(2) {
        return Err(wrong(path, "the version is not 2"));
    }
    let mut entries = Entries::new();
    for (group, variables) in content {
        if group == "Version" {
            continue;
        }
        let known = GROUPS.contains(&group.as_str());
        let variables = variables.as_object().filter(|_| known);
        let variables = variables.ok_or_else(|| wrong(path, &format!("unknown part {group}")))?;
        for (name, variable) in variables {
            let value = variable.get("Value").and_then(Value::as_str);
            let value = value.ok_or_else(|| wrong(path, &format!("{name} has no value")))?;
            let metadata = variable.get("Metadata");
            let text = |key: &str| {
                let found = metadata.and_then(|m| m.get(key)).and_then(Value::as_str);
                found.unwrap_or_default().to_owned()
            };
            let timestamp = metadata.and_then(|m| m.get("Timestamp"));
            let entry = Entry {
                value: value.to_owned(),
                user: text("User"),
                host: text("Host"),
                timestamp_us: timestamp.and_then(Value::as_u64).unwrap_or_default(),
            };
            entries.insert((name.len(), name.clone()), entry);
        }
    }
    Ok(entries)
}

fn group(name: &str) -> &'static str {
    let definition = variables::find(name);
    let dynamic = definition.is_none_or(|d| d.dynamic);
    let early = definition.is_some_and(|d| d.is(PARSE_EARLY));
    match (dynamic, early) {
        (false, false) => "mysql_static_variables",
        (true, false) => "mysql_dynamic_variables",
        (false, true) => "mysql_static_parse_early_variables",
        (true, true) => "mysql_dynamic_parse_early_variables",
    }
}

fn print(entries: &Entries) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let mut out = "{\"Version\": 2".to_owned();
    for part in GROUPS {
        let rows: Vec<String> = entries
            .iter()
            .filter(|((_, name), _)| group(name) == part)
            .map(|((_, name), entry)| {
                format!(
                    "{}: {{\"Value\": {}, \"Metadata\": {{\"Host\": {}, \"User\": {}, \"Timestamp\": {}}}}}",
                    quoted(name),
                    quoted(&entry.value),
                    quoted(&entry.host),
                    quoted(&entry.user),
                    entry.timestamp_us
                )
            })
            .collect();
        if !rows.is_empty() {
            out.push_str(&format!(", \"{part}\": {{{}}}", rows.join(", ")));
        }
    }
    out.push('}');
    out
}

fn not_written(error: &std::io::Error) -> MysqlError {
    MysqlError::new(3530, format!("Failed to set persisted options. {error}"))
}

/// The variable can be persisted: error 1238 where the real server's cannot.
pub fn allowed(definition: &Definition, only: bool) -> Result<(), MysqlError> {
    let name = definition.name;
    if name == "gtid_purged" {
        let message = format!("Variable '{name}' is a non persistent variable");
        return Err(MysqlError::new(1238, message));
    }
    if only && definition.is(NOT_PERSISTENT) {
        let message = format!("Variable '{name}' is a non persistent read only variable");
        return Err(MysqlError::new(1238, message));
    }
    Ok(())
}

/// Keeps a value that was checked. It is on disk when this returns.
pub fn keep(session: &Session, definition: &Definition, value: &str) -> Result<(), MysqlError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX));
    let entry = Entry {
        value: value.to_owned(),
        user: session.account.user.clone(),
        host: session.account.host.clone(),
        timestamp_us: now,
    };
    let kept = session.shared.persisted.put(definition, &entry);
    kept.map_err(|error| not_written(&error))
}

/// RESET PERSIST: one variable, or all.
pub fn reset(session: &mut Session, name: Option<&str>, if_exists: bool) -> Result<(), MysqlError> {
    session.require(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])?;
    let mut changed = session.shared.persisted.entries().clone();
    match name {
        None => changed.clear(),
        Some(name) => {
            let found = variables::find(name);
            let names = found.map_or_else(|| vec![name.to_owned()], names);
            let before = changed.len();
            changed.retain(|(_, kept), _| !names.contains(kept));
            if changed.len() == before {
                let message = format!("Variable {name} does not exist in persisted config file");
                if !if_exists {
                    return Err(MysqlError::new(3615, message));
                }
                session.warn(Level::Warning, 3615, message);
                return Ok(());
            }
        }
    }
    let replaced = session.shared.persisted.replace(changed);
    replaced.map_err(|error| not_written(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As MySQL 9.7 wrote it after SET PERSIST replica_net_timeout, max_connections and SET PERSIST_ONLY report_host.
    const WRITTEN: &str = r#"{"Version": 2, "mysql_static_variables": {"report_host": {"Value": "a\"b\\c", "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1795263684643609}}}, "mysql_dynamic_variables": {"slave_net_timeout": {"Value": "30", "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1795263684648717}}, "replica_net_timeout": {"Value": "30", "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1795263684648717}}}, "mysql_dynamic_parse_early_variables": {"max_connections": {"Value": "151", "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1795263684644325}}}}"#;

    #[test]
    fn the_file_round_trips() {
        let path = Path::new(FILE);
        let entries = parse(path, WRITTEN.as_bytes()).unwrap();
        assert_eq!(entries.len(), 4);
        assert_eq!(print(&entries), WRITTEN);
        assert_eq!(print(&Entries::new()), "{\"Version\": 2}");
    }

    #[test]
    fn aliases_are_loaded_once() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path()).unwrap(), []);
        std::fs::write(dir.path().join(FILE), WRITTEN).unwrap();
        let names: Vec<_> = load(dir.path()).unwrap().into_iter().map(|v| v.0).collect();
        assert_eq!(
            names,
            ["max_connections", "replica_net_timeout", "report_host"]
        );
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let path = Path::new(FILE);
        for text in [
            "",
            "[]",
            "{}",
            "{\"Version\": 1}",
            "{\"Version\": 2, \"x\": {}}",
        ] {
            assert!(parse(path, text.as_bytes()).is_err(), "{text}");
        }
        for end in 0..WRITTEN.len() {
            assert!(parse(path, &WRITTEN.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}
