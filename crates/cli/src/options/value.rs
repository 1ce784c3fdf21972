//! Values of options that set system variables, with mysqld's meaning.
//!
//! Sizes take K, M, G, T, P and E; numbers out of bounds are adjusted with a warning; words are those of SET.

use anyhow::{Context, bail};
use understudy_server::variables::{Definition, Given, Kind, check, given_of_text};

/// A value as the variable keeps it, and what there is to say about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// As SHOW VARIABLES prints it.
    pub text: String,
    /// What was changed about it.
    pub warning: Option<String>,
}

/// The value of an option that sets this variable.
pub fn take(definition: &Definition, value: Option<&str>) -> anyhow::Result<Taken> {
    let name = definition.name;
    if definition.kind == Kind::Bool {
        return Ok(boolean(name, value));
    }
    let value = value.with_context(|| format!("option '--{name}' requires an argument."))?;
    let given = match definition.kind {
        Kind::Int(..) | Kind::Blocks(..) | Kind::Signed(..) => Given::Int(number(name, value)?),
        Kind::Double(..) => {
            let number = value.trim().parse().ok();
            let invalid = || format!("Invalid decimal value for option '{name}'.");
            Given::Real(number.with_context(invalid)?)
        }
        Kind::Bool
        | Kind::Enum(_)
        | Kind::Set(_)
        | Kind::Flags(_)
        | Kind::Text
        | Kind::SqlMode
        | Kind::Charset
        | Kind::Collation => given_of_text(definition, value),
    };
    let checked = check(definition, &given).map_err(|e| anyhow::anyhow!("{}.", e.message))?;
    let warning = checked
        .cut
        .map(|cut| format!("option '{name}': value {cut} adjusted to {}.", checked.text));
    Ok(Taken {
        text: checked.text,
        warning,
    })
}

/// A word that is no boolean is OFF, as in mysqld, with a warning.
fn boolean(name: &str, value: Option<&str>) -> Taken {
    let (text, known) = match value.map(str::to_ascii_uppercase).as_deref() {
        None | Some("1" | "ON" | "TRUE") => ("ON", true),
        Some("0" | "OFF" | "FALSE") => ("OFF", true),
        Some(_) => ("OFF", false),
    };
    let warning = || {
        let value = value.unwrap_or_default();
        format!("option '{name}': boolean value '{value}' wasn't recognized. Set to OFF.")
    };
    Taken {
        text: text.to_owned(),
        warning: (!known).then(warning),
    }
}

/// A number with an optional suffix.
pub fn number(name: &str, value: &str) -> anyhow::Result<i128> {
    let value = value.trim();
    let end = value
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-')))
        .map_or(value.len(), |(at, _)| at);
    let (digits, suffix) = value.split_at(end);
    let shift = match suffix {
        "" => 0,
        "k" | "K" => 10,
        "m" | "M" => 20,
        "g" | "G" => 30,
        "t" | "T" => 40,
        "p" | "P" => 50,
        "e" | "E" => 60,
        other => {
            let first = other.chars().next().unwrap_or_default();
            bail!("Unknown suffix '{first}' used for variable '{name}' (value '{value}').");
        }
    };
    let number: i128 = digits
        .parse()
        .ok()
        .with_context(|| format!("Incorrect integer value: '{value}'."))?;
    number
        .checked_mul(1 << shift)
        .with_context(|| format!("Incorrect integer value: '{value}'."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use understudy_server::variables::find;

    #[test]
    fn values() {
        for (name, value, expected) in [
            ("max_connections", Some("5K"), "5120"),
            ("max_connections", Some("999999999"), "100000 (adjusted)"),
            ("replica_parallel_workers", Some("0"), "1 (adjusted)"),
            ("max_relay_log_size", Some("1000"), "0 (adjusted)"),
            ("relay_log_space_limit", Some("4G"), "4294967296"),
            ("relay_log_purge", None, "ON"),
            ("relay_log_purge", Some("xx"), "OFF (adjusted)"),
            ("replica_exec_mode", Some("1"), "IDEMPOTENT"),
            ("sql_mode", Some("ansi_quotes"), "ANSI_QUOTES"),
            ("long_query_time", Some("1.5"), "1.500000"),
        ] {
            let taken = take(find(name).unwrap(), value).unwrap();
            let adjusted = if taken.warning.is_some() {
                " (adjusted)"
            } else {
                ""
            };
            assert_eq!(
                format!("{}{adjusted}", taken.text),
                expected,
                "{name} {value:?}"
            );
        }
    }

    #[test]
    fn wrong_values_are_named() {
        for (name, value, part) in [
            (
                "max_connections",
                Some("abc"),
                "Unknown suffix 'a' used for variable 'max_connections' (value 'abc').",
            ),
            (
                "max_connections",
                None,
                "option '--max_connections' requires an argument.",
            ),
            (
                "long_query_time",
                Some("x"),
                "Invalid decimal value for option 'long_query_time'.",
            ),
            ("replica_exec_mode", Some("foo"), "'foo'"),
            (
                "character_set_server",
                Some("kling"),
                "Unknown character set: 'kling'",
            ),
        ] {
            let error = take(find(name).unwrap(), value).unwrap_err().to_string();
            assert!(error.contains(part), "{name} {value:?}: {error}");
        }
    }
}
