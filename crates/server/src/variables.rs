//! System variables: definitions, checked values, global and session copies.
//!
//! A value is kept as the text that SHOW VARIABLES prints. Names are accepted in both vocabularies
//! (`slave_exec_mode`, `replica_exec_mode`), in any case, with `-` for `_`.

pub mod check;
pub mod definition;
pub mod effects;
mod generated;
pub mod sql_mode;
mod table;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use understudy_base::error::MysqlError;

pub use check::{Checked, Given, check, given_of_text};
pub use definition::{Definition, Kind, Scope};
pub use table::DEFINITIONS;

/// Names before 8.0.26 that are not made by putting `slave` for `replica`.
const OLD_NAMES: [(&str, &str); 6] = [
    ("log_slave_updates", "log_replica_updates"),
    ("log_slow_slave_statements", "log_slow_replica_statements"),
    ("master_verify_checksum", "source_verify_checksum"),
    ("sync_master_info", "sync_source_info"),
    ("tx_isolation", "transaction_isolation"),
    ("tx_read_only", "transaction_read_only"),
];

/// What the variables of plugins begin with ([`crate::plugins`]).
const OF_PLUGINS: &str = "rpl_semi_sync_";

/// The variable of that name.
pub fn find(name: &str) -> Option<&'static Definition> {
    let folded = name.to_ascii_lowercase().replace('-', "_");
    if let Some(found) = exact(&folded) {
        return Some(found);
    }
    let old = OLD_NAMES.iter().find(|(old, _)| *old == folded);
    let canonical = match old {
        Some((_, new)) => (*new).to_owned(),
        // Of two plugins: a variable of its own in each vocabulary.
        None if folded.starts_with(OF_PLUGINS) => folded,
        None => folded.replace("slave", "replica"),
    };
    exact(&canonical)
}

fn exact(name: &str) -> Option<&'static Definition> {
    let found = DEFINITIONS.binary_search_by(|d| d.name.cmp(name));
    found.ok().and_then(|at| DEFINITIONS.get(at))
}

/// The name before 8.0.26, if it was another one.
pub fn old_name(definition: &Definition) -> Option<String> {
    let old = OLD_NAMES.iter().find(|(_, new)| *new == definition.name);
    match old {
        Some((old, _)) => Some((*old).to_owned()),
        None if definition.name.starts_with(OF_PLUGINS) => None,
        None if definition.name.contains("replica") => {
            Some(definition.name.replace("replica", "slave"))
        }
        None => None,
    }
}

/// Error 1193.
pub fn unknown(name: &str) -> MysqlError {
    MysqlError::new(1193, format!("Unknown system variable '{name}'"))
}

/// The global values.
#[derive(Debug)]
pub struct Globals {
    values: RwLock<HashMap<&'static str, String>>,
}

impl Globals {
    /// The defaults, changed by `start_values`: names in any spelling. An unknown name or a value that does
    /// not fit is an error.
    pub fn new(start_values: &[(String, String)]) -> Result<Globals, MysqlError> {
        let defaults = DEFINITIONS.iter().filter(|d| d.scope != Scope::Session);
        let mut values: HashMap<_, _> = defaults.map(|d| (d.name, d.default.to_owned())).collect();
        for (name, value) in start_values {
            let definition = find(name).ok_or_else(|| unknown(name))?;
            let kept = check(definition, &given_of_text(definition, value))?;
            values.insert(definition.name, kept.text);
        }
        Ok(Globals {
            values: RwLock::new(values),
        })
    }

    /// A value as text.
    pub fn text(&self, name: &str) -> String {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values.get(name).cloned().unwrap_or_default()
    }

    /// A value as a number; 0 where it is none.
    pub fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// A value is `ON`.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == "ON"
    }

    /// Sets a value that was checked.
    pub fn put(&self, definition: &'static Definition, value: String) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.insert(definition.name, value);
    }

    /// The variables of a new session.
    pub fn new_session(&self) -> SessionVariables {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let own = DEFINITIONS.iter().filter(|d| d.scope != Scope::Global);
        let copy = |d: &'static Definition| {
            let global = values.get(d.name).map(String::as_str);
            (d.name, global.unwrap_or(d.default).to_owned())
        };
        SessionVariables {
            values: own.map(copy).collect(),
        }
    }
}

/// The variables of one session.
#[derive(Clone, Debug)]
pub struct SessionVariables {
    values: HashMap<&'static str, String>,
}

impl SessionVariables {
    /// A value as text; empty for a variable that sessions do not have.
    pub fn text(&self, name: &str) -> String {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// A value as a number; 0 where it is none.
    pub fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// A value is `ON`.
    pub fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|v| v == "ON")
    }

    /// Sets a value that was checked.
    pub fn put(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_in_order_and_their_defaults_fit() {
        assert!(DEFINITIONS.is_sorted_by(|a, b| a.name < b.name));
        for definition in DEFINITIONS.iter() {
            let text = definition.default;
            if text.is_empty() && definition.is(definition::NOT_EMPTY) {
                continue;
            }
            let kept = check(definition, &given_of_text(definition, text)).unwrap();
            assert_eq!(kept.cut, None, "{}", definition.name);
            assert_eq!(kept.text, text, "{}", definition.name);
        }
    }

    #[test]
    fn names_are_found_in_both_vocabularies() {
        for (name, expected) in [
            ("slave_exec_mode", "replica_exec_mode"),
            ("REPLICA_EXEC_MODE", "replica_exec_mode"),
            ("sql_slave_skip_counter", "sql_replica_skip_counter"),
            ("skip-slave-start", "skip_replica_start"),
            ("log_slave_updates", "log_replica_updates"),
            ("sync_master_info", "sync_source_info"),
        ] {
            let definition = find(name).unwrap();
            assert_eq!(definition.name, expected);
            assert!(old_name(definition).is_some());
        }
        assert!(find("no_such_variable").is_none());
    }
}
