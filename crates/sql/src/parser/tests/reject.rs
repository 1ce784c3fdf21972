//! Refused statements, with the words of the real servers (9.7.4 and 11.8 recorded).

use super::{mariadb, mysql};
use crate::parser::parse_statement;

fn check(text: &str, errno: u16, message: &str) {
    let error = parse_statement(text.as_bytes(), &mysql()).expect_err(text);
    assert_eq!(
        (error.errno(), error.message().as_str()),
        (errno, message),
        "{text}"
    );
}

fn near(text: &str, near: &str, line: usize) {
    check(
        text,
        1064,
        &format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL \
             server version for the right syntax to use near '{near}' at line {line}"
        ),
    );
}

#[test]
fn syntax_errors_point_at_the_token() {
    near("SELEC 1", "SELEC 1", 1);
    near("SELECT 1 FROM", "", 1);
    near("SELECT\n1 +\n FROM t", "FROM t", 3);
    near("SELECT 1 2", "2", 1);
    near("CREATE TABLE t (a INT,)", ")", 1);
    near("CREATE TABLE select (a INT)", "select (a INT)", 1);
    near("SELECT 'abc", "'abc", 1);
    near("SELECT a b c", "c", 1);
    near("DROP TABLE", "", 1);
    near("SELECT 1; SELECT 2", "SELECT 2", 1);
    near("INSERT INTO t VALUES (1", "", 1);
    near("SELECT (1", "", 1);
    near("SELECT `", "`", 1);
}

#[test]
fn other_errors() {
    check("", 1065, "Query was empty");
    check("  -- nothing\n;", 1065, "Query was empty");
    let long = "x".repeat(65);
    check(
        &format!("CREATE TABLE {long} (a INT)"),
        1059,
        &format!("Identifier name '{long}' is too long"),
    );
    check(
        "CREATE TABLE `t ` (a INT)",
        1103,
        "Incorrect table name 't '",
    );
    check("CREATE DATABASE `d `", 1102, "Incorrect database name 'd '");
}

#[test]
fn mariadb_speaks_of_itself() {
    let error = parse_statement(b"SELEC 1", &mariadb()).expect_err("syntax");
    assert_eq!(
        error.message(),
        "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB \
         server version for the right syntax to use near 'SELEC 1' at line 1"
    );
}
