//! Statements that must be accepted, by dialect.

use super::{mariadb, mysql, parse};

#[test]
fn mysql_statements() {
    for text in include_str!("mysql.sql").split(";\n") {
        if !text.trim().is_empty() {
            parse(text, &mysql());
        }
    }
}

#[test]
fn mariadb_statements() {
    for text in include_str!("mariadb.sql").split(";\n") {
        if !text.trim().is_empty() {
            parse(text, &mariadb());
        }
    }
}

#[test]
fn both_vocabularies_in_both_dialects() {
    for text in include_str!("replication.sql").split(";\n") {
        if !text.trim().is_empty() {
            parse(text, &mysql());
            parse(text, &mariadb());
        }
    }
}
