//! System variables: definitions, checked values, global and session copies.
//!
//! A value is kept as the text that SHOW VARIABLES prints. Names are accepted in both vocabularies
//! (`slave_exec_mode`, `replica_exec_mode`), in any case, with `-` for `_`.

pub mod sql_mode;
mod table;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use understudy_base::error::MysqlError;
use understudy_values::charset::{Charset, Collation};

use crate::session::FAMILY;
pub use table::DEFINITIONS;

/// What values a variable takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ON` or `OFF`.
    Bool,
    /// An unsigned number between two bounds; beyond them it is cut, with a warning.
    Int(u64, u64),
    /// A number.
    Double,
    /// One of these words, or its index.
    Enum(&'static [&'static str]),
    /// Any text.
    Text,
    /// A list of sql modes.
    SqlMode,
    /// A character set.
    Charset,
    /// A collation.
    Collation,
}

/// Where a variable exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Once in the server.
    Global,
    /// In each session only.
    Session,
    /// In each session, beginning with the global value.
    Both,
}

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Name, in 9.7's spelling.
    pub name: &'static str,
    /// Values.
    pub kind: Kind,
    /// Where it exists.
    pub scope: Scope,
    /// Default.
    pub default: &'static str,
    /// Can be set while the server runs.
    pub dynamic: bool,
}

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
    let old = OLD_NAMES.iter().find(|(old, _)| *old == folded);
    let canonical = match old {
        Some((_, new)) => (*new).to_owned(),
        // Of two plugins: a variable of its own in each vocabulary.
        None if folded.starts_with(OF_PLUGINS) => folded,
        None => folded.replace("slave", "replica"),
    };
    let found = DEFINITIONS.binary_search_by(|d| d.name.cmp(canonical.as_str()));
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

fn wrong_value(definition: &Definition, value: &str) -> MysqlError {
    let name = definition.name;
    let message = format!("Variable '{name}' can't be set to the value of '{value}'");
    MysqlError::new(1231, message)
}

/// A value as it will be kept, and whether it was cut to the variable's bounds.
pub fn check(definition: &Definition, value: &str) -> Result<(String, bool), MysqlError> {
    let plain = |text: &str| Ok((text.to_owned(), false));
    let wrong = || wrong_value(definition, value);
    match definition.kind {
        Kind::Bool => match value.to_ascii_uppercase().as_str() {
            "ON" | "1" | "TRUE" | "YES" => plain("ON"),
            "OFF" | "0" | "FALSE" | "NO" => plain("OFF"),
            _ => Err(wrong()),
        },
        Kind::Int(least, most) => {
            let number: i128 = value.trim().parse().map_err(|_| {
                let name = definition.name;
                let message = format!("Incorrect argument type to variable '{name}'");
                MysqlError::new(1232, message)
            })?;
            let kept = number.clamp(i128::from(least), i128::from(most));
            Ok((kept.to_string(), kept != number))
        }
        Kind::Double => {
            let number: f64 = value.trim().parse().map_err(|_| wrong())?;
            Ok((format!("{number:.6}"), false))
        }
        Kind::Enum(words) => {
            let by_name = words.iter().find(|w| w.eq_ignore_ascii_case(value));
            let by_index = || value.parse::<usize>().ok().and_then(|i| words.get(i));
            let word = by_name.or_else(by_index).ok_or_else(wrong)?;
            plain(word)
        }
        Kind::Text => plain(value),
        Kind::SqlMode => match sql_mode::normalise(value) {
            Ok(text) => Ok((text, false)),
            Err(part) => Err(wrong_value(definition, &part)),
        },
        Kind::Charset if value.is_empty() && definition.name == "character_set_results" => {
            plain("")
        }
        Kind::Charset => match Charset::by_name(value) {
            Some(charset) => plain(charset.name),
            None => {
                let message = format!("Unknown character set: '{value}'");
                Err(MysqlError::new(1115, message))
            }
        },
        Kind::Collation => match Collation::by_name(value, FAMILY) {
            Some(collation) => Ok((collation.name_for(FAMILY), false)),
            None => {
                let message = format!("Unknown collation: '{value}'");
                Err(MysqlError::new(1273, message))
            }
        },
    }
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
            let (kept, _) = check(definition, value)?;
            values.insert(definition.name, kept);
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
        assert!(DEFINITIONS.is_sorted_by_key(|d| d.name));
        for definition in DEFINITIONS {
            let (kept, cut) = check(definition, definition.default).unwrap();
            assert!(!cut, "{}", definition.name);
            assert_eq!(kept, definition.default, "{}", definition.name);
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
        assert!(find("innodb_buffer_pool_size").is_none());
    }

    #[test]
    fn values_are_checked_by_kind() {
        let set = |name: &str, value: &str| check(find(name).unwrap(), value).map_err(|e| e.errno);
        assert_eq!(set("autocommit", "1"), Ok(("ON".to_owned(), false)));
        assert_eq!(set("autocommit", "2"), Err(1231));
        assert_eq!(set("server_id", "-1"), Ok(("0".to_owned(), true)));
        assert_eq!(set("server_id", "x"), Err(1232));
        let idempotent = Ok(("IDEMPOTENT".to_owned(), false));
        assert_eq!(set("slave_exec_mode", "idempotent"), idempotent);
        assert_eq!(set("slave_exec_mode", "1"), idempotent);
        assert_eq!(set("character_set_client", "klingon"), Err(1115));
        assert_eq!(set("collation_server", "klingon_ci"), Err(1273));
        let results = Ok((String::new(), false));
        assert_eq!(set("character_set_results", ""), results);
        assert_eq!(set("sql_mode", "ansi_quotes").unwrap().0, "ANSI_QUOTES");
        assert_eq!(set("sql_mode", "nonsense"), Err(1231));
    }
}
