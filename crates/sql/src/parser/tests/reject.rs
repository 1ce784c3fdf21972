//! Refused statements, with the words of the real servers (`fixtures/errors.tsv`, written by `errors.py`).

use super::{mariadb, mysql};
use crate::error::ParseErrorKind;
use crate::parser::parse_statement;

/// Statements of the old vocabulary are accepted here whatever the version, and a few of MariaDB's refusals need
/// knowledge that its parser has and ours has not.
const KNOWN_DIFFERENCES: &[(usize, &str)] = &[
    // MariaDB's SHOW takes any word that a plugin might serve.
    (1, "SHOW FOO x"),
    // MariaDB takes the word for the name of an attribute of the engine.
    (1, "CREATE TABLE d.t (a INT UNSIGNED FOO)"),
    // MariaDB prepares any expression that is a text.
    (1, "PREPARE s FROM 1"),
];

#[test]
fn errors_are_those_of_the_real_servers() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in include_str!("../../../fixtures/errors.tsv").lines() {
        let fields: Vec<String> = line
            .split('\t')
            .map(|field| field.replace("\\n", "\n").replace("\\\\", "\\"))
            .collect();
        for (n, ctx) in [mysql(), mariadb()].iter().enumerate() {
            let (text, expected) = (fields[0].as_str(), fields[n + 1].as_str());
            if expected == "-" {
                continue;
            }
            compared += 1;
            let got = match parse_statement(text.as_bytes(), ctx) {
                Ok(_) => "accepted".to_owned(),
                Err(error) => format!("{} {}", error.errno(), error.message()),
            };
            if (got == expected) == KNOWN_DIFFERENCES.contains(&(n, text)) {
                wrong.push(format!("{n} {text}\n   want {expected}\n   got  {got}"));
            }
        }
    }
    assert!(compared > 100, "{compared}");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn comments_alone_are_told_from_nothing() {
    for (text, kind) in [
        ("", ParseErrorKind::EmptyQuery),
        (" ;\n", ParseErrorKind::EmptyQuery),
        ("-- x\n;", ParseErrorKind::CommentOnly),
        ("/*!99999 SET a = 1 */", ParseErrorKind::CommentOnly),
    ] {
        let error = parse_statement(text.as_bytes(), &mysql()).expect_err(text);
        assert_eq!((error.kind, error.errno()), (kind, 1065), "{text}");
    }
}
