//! What is printed parses to the same tree; what SHOW CREATE TABLE prints is what real servers print.

use super::{Parens, expression, show_create, statement};
use crate::ast::Statement;
use crate::context::{Dialect, ParseContext};
use crate::parser::{parse_expression, parse_prepared, parse_statement};

fn mysql() -> ParseContext {
    ParseContext::new(Dialect::mysql(90700))
}

fn mariadb() -> ParseContext {
    ParseContext::new(Dialect::mariadb(110800))
}

fn round_trip(text: &str, ctx: &ParseContext) {
    let (tree, _) = parse_prepared(text.as_bytes(), ctx).unwrap_or_else(|e| panic!("{text}\n{e}"));
    for parens in [Parens::Needed, Parens::All] {
        let printed = if ctx.dialect.mariadb {
            super::mariadb_statement(&tree, parens)
        } else {
            statement(&tree, parens)
        };
        let shown = String::from_utf8_lossy(&printed).into_owned();
        match parse_prepared(&printed, ctx) {
            Ok((again, _)) => assert_eq!(again, tree, "{text}\n{shown}"),
            Err(error) => panic!("{text}\n{shown}\n{error}"),
        }
    }
}

#[test]
fn statements_survive_the_round_trip() {
    for text in include_str!("../parser/tests/mysql.sql").split(";\n") {
        if !text.trim().is_empty() {
            round_trip(text, &mysql());
        }
    }
    for text in include_str!("../parser/tests/mariadb.sql").split(";\n") {
        if !text.trim().is_empty() {
            round_trip(text, &mariadb());
        }
    }
    for text in include_str!("../parser/tests/replication.sql").split(";\n") {
        if !text.trim().is_empty() {
            round_trip(text, &mysql());
            round_trip(text, &mariadb());
        }
    }
}

#[test]
fn grouping_is_mysqls_own() {
    for (text, grouped) in [
        ("a LIKE b = c", "((`a` LIKE `b`) = `c`)"),
        ("NOT a XOR b", "((NOT `a`) XOR `b`)"),
        ("NOT a = b", "(NOT (`a` = `b`))"),
        ("NOT a AND b OR c", "(((NOT `a`) AND `b`) OR `c`)"),
        ("1^2*3", "((1 ^ 2) * 3)"),
        ("a OR b AND c XOR d", "(`a` OR ((`b` AND `c`) XOR `d`))"),
        ("a || b AND c", "(`a` OR (`b` AND `c`))"),
        ("c->'$.a' + 1", "(`c`->'$.a' + 1)"),
        ("-a ^ b", "((- `a`) ^ `b`)"),
        ("!a + b", "((NOT `a`) + `b`)"),
        (
            "a | b & c << d + e * f ^ g",
            "(`a` | (`b` & (`c` << (`d` + (`e` * (`f` ^ `g`))))))",
        ),
        ("a - b - c", "((`a` - `b`) - `c`)"),
        ("a = b = c", "((`a` = `b`) = `c`)"),
        (
            "a BETWEEN b AND c AND d",
            "((`a` BETWEEN `b` AND `c`) AND `d`)",
        ),
        ("a + INTERVAL 1 DAY * 2", "((`a` + INTERVAL 1 day) * 2)"),
        ("INTERVAL 1 DAY + a = b", "((`a` = `b`) + INTERVAL 1 day)"),
        ("BINARY a COLLATE b", "(BINARY (`a` COLLATE `b`))"),
        ("a DIV b MOD c", "((`a` DIV `b`) % `c`)"),
        ("a IS NULL IS NULL", "((`a` IS NULL) IS NULL)"),
        ("a IN (1) = b", "((`a` IN (1)) = `b`)"),
        ("a AND (b AND c)", "(`a` AND `b` AND `c`)"),
    ] {
        let tree =
            parse_expression(text.as_bytes(), &mysql()).unwrap_or_else(|e| panic!("{text}: {e}"));
        let printed = expression(&tree, Parens::All);
        assert_eq!(String::from_utf8_lossy(&printed), grouped, "{text}");
    }
}

/// Where our text differs: conversions that need the types of columns, spellings that the tree does not keep, and
/// operations that MariaDB's parentheses single out.
const KNOWN_DIFFERENCES: &[(usize, &str)] = &[
    // MariaDB adds conversions where character sets meet.
    (2, "s SOUNDS LIKE 'x'"),
    (2, "concat(s,l)"),
    (3, "concat(s,l)"),
    (2, "CONCAT_WS(',', s, l)"),
    (3, "CONCAT_WS(',', s, l)"),
    (2, "s LIKE CONCAT('a', '%')"),
    // MariaDB keeps which of X'..' and 0x.. was written.
    (2, "x'4D79'"),
    (3, "x'4D79'"),
    (2, "X'4d'"),
    (3, "X'4d'"),
    // Seconds added to a TIME literal.
    (1, "TIME '10:00' + INTERVAL a SECOND"),
    (2, "TIME '10:00' + INTERVAL a SECOND"),
    (3, "TIME '10:00' + INTERVAL a SECOND"),
    // MariaDB 10.11 takes the connection's own character set for CHR().
    (2, "CHR(65)"),
];

#[test]
fn show_create_prints_what_the_servers_print() {
    let servers = [
        Dialect::mysql(90700),
        Dialect::mariadb(101106),
        Dialect::mariadb(110800),
    ];
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in include_str!("../../fixtures/show_create.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let text = fields[0];
        for (n, dialect) in servers.iter().enumerate() {
            let expected = fields[n + 1]
                .replace("\\\\", "\u{1}")
                .replace('\u{1}', "\\\\");
            if expected == "-" {
                continue;
            }
            let known = KNOWN_DIFFERENCES.contains(&(n + 1, text));
            let ctx = ParseContext::new(*dialect);
            let tree = match parse_expression(text.as_bytes(), &ctx) {
                Ok(tree) => tree,
                Err(error) => {
                    wrong.push(format!("{n} {text}: {error}"));
                    continue;
                }
            };
            let got = show_create::expression(&tree, *dialect, "utf8mb4");
            compared += 1;
            if (got == expected) == known {
                wrong.push(format!("{n} {text}\n   want {expected}\n   got  {got}"));
            }
        }
    }
    assert!(compared > 900, "{compared}");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn shown_expressions_show_themselves_again() {
    // What the catalog keeps is parsed again later; printing it once more must change nothing.
    for (column, dialect) in [(1, Dialect::mysql(90700)), (3, Dialect::mariadb(110800))] {
        let ctx = ParseContext::new(dialect);
        for line in include_str!("../../fixtures/show_create.tsv").lines() {
            let text = line.split('\t').nth(column).unwrap_or("-");
            if text == "-" || text.contains('\\') {
                continue;
            }
            let tree =
                parse_expression(text.as_bytes(), &ctx).unwrap_or_else(|e| panic!("{text}: {e}"));
            let again = show_create::expression(&tree, dialect, "utf8mb4");
            let twice =
                parse_expression(again.as_bytes(), &ctx).unwrap_or_else(|e| panic!("{again}: {e}"));
            assert_eq!(
                show_create::expression(&twice, dialect, "utf8mb4"),
                again,
                "{text}"
            );
        }
    }
}

#[test]
fn every_statement_kind_prints_something() {
    let tree = parse_statement(b"LOAD DATA FROM MASTER", &mysql()).expect("parses");
    assert_eq!(tree, Statement::LoadDataFromSource);
    assert_eq!(statement(&tree, Parens::Needed), b"LOAD DATA FROM MASTER");
}
