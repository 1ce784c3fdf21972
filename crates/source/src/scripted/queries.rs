//! The statements that replicas send before they register, and their answers.
//!
//! Not an SQL engine: `SELECT` and `SET` over variables, `UNIX_TIMESTAMP()` and literals, `SHOW VARIABLES
//! LIKE`, as MySQL 5.6 to 9.7, MariaDB and Understudy send them. All else is an error that names it.

use super::Script;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};
use understudy_base::error::MysqlError;
use understudy_binlog::Flavour;

/// User variables of a session, by lower-case name; `None` is NULL.
pub type UserVariables = HashMap<String, Option<String>>;

/// What a statement returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// OK.
    Done,
    /// One result: columns, rows.
    Rows(Vec<String>, Vec<Vec<Option<String>>>),
}

/// Runs a statement.
pub fn answer(
    script: &Script,
    variables: &mut UserVariables,
    text: &str,
) -> Result<Answer, MysqlError> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match verb.to_ascii_uppercase().as_str() {
        "SELECT" => select(script, variables, rest),
        "SET" => set(script, variables, rest),
        "SHOW" => show_variables(script, rest).ok_or_else(|| unknown(text)),
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> MysqlError {
    MysqlError::new(
        1235,
        format!("The scripted source has no answer to: {text}"),
    )
}

fn select(script: &Script, variables: &UserVariables, list: &str) -> Result<Answer, MysqlError> {
    let (mut names, mut row) = (Vec::new(), Vec::new());
    for expression in split_list(list) {
        row.push(evaluate(script, variables, expression)?);
        names.push(expression.to_owned());
    }
    Ok(Answer::Rows(names, vec![row]))
}

fn set(script: &Script, variables: &mut UserVariables, list: &str) -> Result<Answer, MysqlError> {
    for assignment in split_list(list) {
        let Some((target, value)) = assignment.split_once('=') else {
            // SET NAMES, SET TRANSACTION: nothing here depends on them.
            continue;
        };
        if let Some(name) = target
            .trim()
            .trim_end_matches(':')
            .trim_end()
            .strip_prefix('@')
            && !name.starts_with('@')
        {
            let value = evaluate(script, variables, value)?;
            variables.insert(unquoted(name).to_lowercase(), value);
        }
    }
    Ok(Answer::Done)
}

fn show_variables(script: &Script, rest: &str) -> Option<Answer> {
    let mut words = rest.split_whitespace();
    let mut word = || words.next().map(str::to_ascii_uppercase);
    let mut first = word()?;
    if first == "GLOBAL" || first == "SESSION" {
        first = word()?;
    }
    if first != "VARIABLES" || word()? != "LIKE" {
        return None;
    }
    let name = words.next().map(unquoted)?.to_lowercase();
    let rows = match system_variable(script, &name) {
        Some(value) => vec![vec![Some(name), value]],
        None => Vec::new(),
    };
    let columns = ["Variable_name", "Value"].map(str::to_owned);
    Some(Answer::Rows(columns.to_vec(), rows))
}

/// Splits at commas outside quotes and brackets.
fn split_list(list: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, character) in list.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list[start..].trim());
    parts
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['\'', '"', '`'] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    text
}

fn evaluate(
    script: &Script,
    variables: &UserVariables,
    expression: &str,
) -> Result<Option<String>, MysqlError> {
    let expression = expression.trim();
    let lower = expression.to_lowercase();
    if let Some(name) = lower.strip_prefix("@@") {
        let name = name
            .strip_prefix("global.")
            .or_else(|| name.strip_prefix("session."))
            .unwrap_or(name);
        let name = unquoted(name);
        return system_variable(script, name)
            .ok_or_else(|| MysqlError::new(1193, format!("Unknown system variable '{name}'")));
    }
    if let Some(name) = lower.strip_prefix('@') {
        return Ok(variables.get(unquoted(name)).cloned().flatten());
    }
    if lower == "unix_timestamp()" {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        return Ok(Some(now.map_or(0, |now| now.as_secs()).to_string()));
    }
    if lower == "version()" {
        return Ok(Some(script.server_version.clone()));
    }
    if lower == "null" {
        return Ok(None);
    }
    let number = !lower.is_empty()
        && lower
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if number || unquoted(expression) != expression {
        return Ok(Some(unquoted(expression).to_owned()));
    }
    Err(unknown(expression))
}

/// `None`: no such variable; `Some(None)`: NULL.
fn system_variable(script: &Script, name: &str) -> Option<Option<String>> {
    let mariadb = script.flavour() == Flavour::Mariadb;
    let value = match name {
        "server_id" => script.server_id.to_string(),
        "server_uuid" if !mariadb => script.server_uuid.to_string(),
        "gtid_mode" if !mariadb => if script.gtid_mode { "ON" } else { "OFF" }.to_owned(),
        "gtid_domain_id" if mariadb => "0".to_owned(),
        "binlog_checksum" => script.checksum.name().to_owned(),
        "version" => script.server_version.clone(),
        "version_comment" => "Understudy scripted source".to_owned(),
        "collation_server" if mariadb => "utf8mb4_general_ci".to_owned(),
        "collation_server" => "utf8mb4_0900_ai_ci".to_owned(),
        "time_zone" => "SYSTEM".to_owned(),
        "max_allowed_packet" => (64 << 20).to_string(),
        "log_bin" => "1".to_owned(),
        "binlog_format" => "ROW".to_owned(),
        "autocommit" => "1".to_owned(),
        _ => return None,
    };
    Some(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &Script, variables: &mut UserVariables, text: &str) -> Option<String> {
        match answer(script, variables, text) {
            Ok(Answer::Rows(_, rows)) => rows.into_iter().next()?.pop()?,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn t16_both_checksum_variables_are_kept() {
        let script = Script::new("9.7.0", 7);
        let mut variables = UserVariables::new();
        let set = "SET @source_binlog_checksum = @@global.binlog_checksum, \
                   @master_binlog_checksum= @@global.binlog_checksum";
        assert_eq!(answer(&script, &mut variables, set), Ok(Answer::Done));
        for name in [
            "SELECT @source_binlog_checksum",
            "SELECT @master_binlog_checksum;",
        ] {
            assert_eq!(run(&script, &mut variables, name).as_deref(), Some("CRC32"));
        }
    }

    #[test]
    fn answers_depend_on_the_flavour() {
        for (version, text, expected) in [
            ("9.7.0", "SELECT @@GLOBAL.GTID_MODE", Some("OFF")),
            (
                "11.8.2-MariaDB",
                "SELECT @@GLOBAL.gtid_domain_id",
                Some("0"),
            ),
            (
                "11.8.2-MariaDB",
                "SHOW VARIABLES LIKE 'SERVER_ID'",
                Some("7"),
            ),
            ("9.7.0", "SELECT @never_set", None),
            ("9.7.0", "select 'a,b', 1.5", Some("1.5")),
        ] {
            let script = Script::new(version, 7);
            let value = run(&script, &mut UserVariables::new(), text);
            assert_eq!(value.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_it() {
        let script = Script::new("11.8.2-MariaDB", 7);
        for (text, errno, part) in [
            ("SELECT @@GLOBAL.GTID_MODE", 1193, "gtid_mode"),
            ("DROP TABLE t", 1235, "DROP TABLE t"),
            ("SELECT a FROM t", 1235, "a FROM t"),
        ] {
            let error = answer(&script, &mut UserVariables::new(), text).unwrap_err();
            assert_eq!(error.errno, errno, "{text}");
            assert!(error.message.contains(part), "{error}");
        }
    }
}
