use super::binlog::BinlogFilter;
use super::book::{FilterBook, StartFilter};
use super::statement::{is_frame, updates};
use super::*;
use understudy_base::filter::parse_rule;
use understudy_sql::context::{Dialect, ParseContext};

const MYSQL: Style = Style {
    mariadb: false,
    lower_case: false,
};
const MARIADB: Style = Style {
    mariadb: true,
    lower_case: false,
};
const LOWER: Style = Style {
    mariadb: false,
    lower_case: true,
};

/// Rules written as options: `do-db=a wild-do-table=a.%`.
fn filters(text: &str) -> Filters {
    let mut filters = Filters::default();
    for option in text.split_whitespace() {
        let (name, rule) = option.split_once('=').unwrap();
        let name = format!("replicate_{}", name.replace('-', "_"));
        let kind = FilterKind::by_option(&name).unwrap();
        let rule = parse_rule(kind, rule).unwrap();
        filters.add(kind, rule, ConfiguredBy::StartupOptions, 1);
    }
    filters
}

fn context(mariadb: bool) -> ParseContext {
    let version = if mariadb { 101100 } else { 90700 };
    ParseContext::new(Dialect { mariadb, version })
}

/// The whole verdict on a statement, as the applier takes it.
fn statement(rules: &str, default_db: &str, sql: &str, style: Style) -> bool {
    let filters = filters(rules);
    let context = context(style.mariadb);
    let db = filters.rewrite(default_db, style);
    if !is_frame(sql.as_bytes()) && filters.database_held(db, style).is_some() {
        return false;
    }
    let parsed = understudy_sql::parser::parse_statement(sql.as_bytes(), &context)
        .unwrap_or_else(|e| panic!("{sql}: {}", e.message()));
    let updates = updates(&parsed, None);
    let held = filters.statement_held(&updates, db, style, |name| {
        (name.name == "trg").then(|| ("a".to_owned(), "t".to_owned()))
    });
    held.is_none()
}

#[test]
fn statements_by_rules() {
    let rows: &[(&str, &str, &str, bool)] = &[
        // Database level: the default database alone counts.
        ("do-db=a", "a", "CREATE TABLE b.t (a INT)", true),
        ("do-db=a", "b", "CREATE TABLE a.t (a INT)", false),
        ("do-db=a", "", "CREATE TABLE a.t (a INT)", false),
        ("ignore-db=a", "", "CREATE TABLE a.t (a INT)", true),
        ("ignore-db=a", "a", "DROP TABLE b.t", false),
        ("do-db=a do-db=b", "b", "DROP TABLE t", true),
        // Do rules of databases leave ignore rules no say.
        ("do-db=a ignore-db=a", "a", "DROP TABLE t", true),
        ("do-db=a", "b", "BEGIN", true),
        ("do-db=a", "b", "SAVEPOINT x", true),
        ("do-db=a", "b", "ROLLBACK TO x", true),
        // Database statements are judged by name; the event's default database is that name.
        ("do-db=a", "a", "CREATE DATABASE a", true),
        ("do-db=a", "b", "CREATE DATABASE b", false),
        ("wild-do-table=a.%", "a", "CREATE DATABASE a", true),
        ("wild-do-table=a.%", "b", "CREATE DATABASE b", false),
        ("wild-do-table=a.t%", "a", "DROP DATABASE a", false),
        ("wild-ignore-table=a.%", "a", "DROP DATABASE a", false),
        ("wild-ignore-table=a.t%", "a", "DROP DATABASE a", true),
        (
            "do-db=a wild-ignore-table=a.%",
            "a",
            "DROP DATABASE a",
            true,
        ),
        ("do-table=a.t", "a", "DROP DATABASE a", true),
        // Table level, in order: do, ignore, wild do, wild ignore.
        ("do-table=a.t", "a", "ALTER TABLE t ADD b INT", true),
        ("do-table=a.t", "a", "ALTER TABLE u ADD b INT", false),
        ("do-table=a.t ignore-table=a.t", "a", "DROP TABLE t", true),
        (
            "ignore-table=a.t wild-do-table=a.%",
            "a",
            "DROP TABLE t",
            false,
        ),
        (
            "wild-do-table=a.% wild-ignore-table=a.t",
            "a",
            "DROP TABLE t",
            true,
        ),
        ("wild-ignore-table=a.%", "b", "TRUNCATE a.t", false),
        ("wild-ignore-table=a.%", "a", "TRUNCATE b.t", true),
        (r"wild-do-table=a\_b.%", "axb", "TRUNCATE t", false),
        // Several tables: the first with a rule decides.
        ("ignore-table=b.t", "a", "DROP TABLE a.t, b.t", false),
        ("do-table=a.t", "a", "DROP TABLE b.t, t", true),
        (
            "do-table=a.t ignore-table=b.t",
            "a",
            "DROP TABLE a.t, b.t",
            true,
        ),
        (
            "do-table=a.t ignore-table=b.t",
            "a",
            "DROP TABLE b.t, a.t",
            false,
        ),
        ("ignore-table=b.t", "a", "RENAME TABLE t TO b.t", false),
        ("do-table=b.t", "a", "RENAME TABLE t TO b.t", true),
        ("ignore-table=a.u", "a", "ALTER TABLE t RENAME u", true),
        ("ignore-table=a.u", "a", "CREATE TABLE t LIKE u", true),
        ("ignore-table=a.t", "a", "CREATE TABLE t LIKE u", false),
        (
            "ignore-table=a.u",
            "a",
            "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u",
            false,
        ),
        ("ignore-table=a.t", "a", "CREATE INDEX i ON t (a)", false),
        ("ignore-table=a.t", "a", "DROP INDEX i ON t", false),
        (
            "ignore-table=a.v",
            "a",
            "CREATE VIEW v AS SELECT * FROM t",
            false,
        ),
        (
            "ignore-table=a.t",
            "a",
            "CREATE VIEW v AS SELECT * FROM t",
            true,
        ),
        ("ignore-table=a.v", "a", "DROP VIEW v", false),
        // Programs have no tables of their own, triggers have one.
        (
            "ignore-table=a.t",
            "a",
            "CREATE PROCEDURE p() DELETE FROM t",
            true,
        ),
        (
            "ignore-table=a.t",
            "a",
            "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW SET @a=1",
            false,
        ),
        ("ignore-table=a.t", "a", "DROP TRIGGER trg", false),
        ("ignore-table=a.u", "a", "DROP TRIGGER trg", true),
        ("ignore-table=a.u", "a", "DROP TRIGGER other", false),
        (
            "do-table=a.t",
            "a",
            "DROP TEMPORARY TABLE IF EXISTS u",
            true,
        ),
        ("do-table=a.t", "a", "DROP TEMPORARY TABLE u", false),
        ("wild-ignore-table=mysql.%", "a", "CREATE USER u", false),
        ("do-table=a.t", "a", "CREATE USER u", false),
        // Changes of rows in statement format.
        (
            "ignore-table=a.t",
            "a",
            "INSERT INTO t SELECT * FROM u",
            false,
        ),
        (
            "ignore-table=a.u",
            "a",
            "INSERT INTO t SELECT * FROM u",
            true,
        ),
        ("ignore-table=a.t", "a", "UPDATE t SET a = 1", false),
        ("ignore-table=a.u", "a", "UPDATE t, u SET t.a = u.a", true),
        ("ignore-table=a.t", "a", "UPDATE t, u SET t.a = u.a", false),
        (
            "ignore-table=a.u",
            "a",
            "DELETE t FROM t, u WHERE t.a = u.a",
            true,
        ),
        ("ignore-table=a.u", "a", "DELETE x FROM t, u AS x", false),
        ("ignore-table=a.t", "a", "DELETE FROM t", false),
        ("ignore-table=a.t", "a", "SELECT f(a) FROM u", false),
        ("ignore-table=a.t", "a", "SELECT f(1)", true),
        ("ignore-db=a", "a", "INSERT INTO b.t VALUES (1)", false),
        // Rewrite: the default database before the rules, names in the text never.
        ("rewrite-db=a->b do-db=b", "a", "DROP TABLE t", true),
        ("rewrite-db=a->b do-db=a", "a", "DROP TABLE t", false),
        ("rewrite-db=a->b do-table=b.t", "a", "DROP TABLE t", true),
        ("rewrite-db=a->b do-table=b.t", "a", "DROP TABLE a.t", false),
        // Of a database statement the new name is judged.
        (
            "rewrite-db=a->b wild-do-table=b.%",
            "a",
            "CREATE DATABASE a",
            true,
        ),
        ("rewrite-db=a->b do-db=a", "a", "CREATE DATABASE a", false),
        ("rewrite-db=a->b do-db=b", "a", "CREATE DATABASE a", true),
        (
            "rewrite-db=a->b wild-do-table=a.%",
            "a",
            "CREATE DATABASE a",
            false,
        ),
        (
            "rewrite-db=a->b wild-ignore-table=a.%",
            "a",
            "CREATE DATABASE a",
            true,
        ),
        (
            "rewrite-db=a->b wild-ignore-table=b.%",
            "a",
            "CREATE DATABASE a",
            false,
        ),
        (
            "wild-ignore-table=a.%",
            "a",
            "ALTER DATABASE CHARACTER SET latin1",
            false,
        ),
        // Case counts.
        ("do-db=A", "a", "DROP TABLE t", false),
        ("do-table=A.T", "a", "DROP TABLE t", false),
        ("", "a", "DROP TRIGGER other", true),
    ];
    for (rules, db, sql, expected) in rows {
        assert_eq!(
            statement(rules, db, sql, MYSQL),
            *expected,
            "[{rules}] USE {db}; {sql}"
        );
    }
}

#[test]
fn flavours_and_case() {
    let rows: &[(&str, &str, &str, Style, bool)] = &[
        // MariaDB compares tables without case and accents, databases exactly.
        ("do-table=A.T", "a", "DROP TABLE t", MARIADB, true),
        ("wild-do-table=A.%", "a", "DROP TABLE t", MARIADB, true),
        ("do-db=A", "a", "DROP TABLE t", MARIADB, false),
        // MariaDB wants databases and patterns to agree.
        (
            "do-db=a wild-ignore-table=a.%",
            "a",
            "DROP DATABASE a",
            MARIADB,
            false,
        ),
        ("do-table=a.t", "a", "CREATE SEQUENCE s", MARIADB, false),
        ("do-table=A.T", "a", "DROP TABLE t", LOWER, true),
        ("wild-do-table=A.%", "a", "DROP TABLE t", LOWER, true),
        ("do-db=A", "a", "DROP TABLE t", LOWER, true),
        ("rewrite-db=A->b do-db=B", "a", "DROP TABLE t", LOWER, true),
        ("do-db=É", "é", "DROP TABLE t", LOWER, true),
        ("do-db=e", "é", "DROP TABLE t", LOWER, false),
    ];
    for (rules, db, sql, style, expected) in rows {
        assert_eq!(
            statement(rules, db, sql, *style),
            *expected,
            "[{rules}] USE {db}; {sql} {style:?}"
        );
    }
}

#[test]
fn rows_by_rules() {
    for (rules, db, table, expected) in [
        ("", "a", "t", true),
        ("do-db=a", "a", "t", true),
        ("do-db=a", "b", "t", false),
        ("ignore-db=a", "a", "t", false),
        ("do-db=a ignore-table=a.t", "a", "t", false),
        ("do-db=a do-table=b.t", "b", "t", false),
        ("wild-do-table=%.t_", "a", "t1", true),
        ("wild-do-table=%.t_", "a", "t", false),
        ("wild-do-table=a%.t", "a.b", "t", true),
        ("rewrite-db=a->b do-db=b", "a", "t", true),
        ("rewrite-db=a->b rewrite-db=a->c do-db=c", "a", "t", false),
    ] {
        let filters = filters(rules);
        let db = filters.rewrite(db, MYSQL);
        assert_eq!(
            filters.rows_held(db, table, MYSQL).is_none(),
            expected,
            "[{rules}] {db}.{table}"
        );
    }
}

#[test]
fn a_multi_update_is_judged_by_the_events_map() {
    let context = context(false);
    let sql = b"UPDATE t, u SET a = 1, b = 2";
    let parsed = understudy_sql::parser::parse_statement(sql, &context).unwrap();
    let filters = filters("ignore-table=a.t");
    for (map, expected) in [
        (Some(1), false),
        (Some(2), true),
        (Some(3), false),
        (None, false),
    ] {
        let updates = updates(&parsed, map);
        let held = filters.statement_held(&updates, "a", MYSQL, |_| None);
        let ok = held.is_none();
        assert_eq!(ok, expected, "{map:?}");
    }
}

#[test]
fn decisions_are_counted() {
    let filters = filters("do-db=a wild-ignore-table=a.%");
    assert!(filters.rows_held("a", "t", MYSQL).is_some());
    assert!(filters.rows_held("b", "t", MYSQL).is_some());
    let counts: Vec<u64> = filters.rows(None).iter().map(|row| row.counter).collect();
    assert_eq!(counts, [1, 1]);
}

#[test]
fn channels_have_rules_of_their_own() {
    let rule = |channel: Option<&str>, kind, text: &str| StartFilter {
        channel: channel.map(str::to_owned),
        kind,
        rule: parse_rule(kind, text).unwrap(),
    };
    let book = FilterBook::new(&[
        rule(None, FilterKind::DoDb, "a"),
        rule(None, FilterKind::IgnoreDb, "x"),
        rule(Some("c"), FilterKind::DoDb, "b"),
    ]);
    let shown = |name: &str| {
        let row = |row: &FilterRow| format!("{} {}", row.rule, row.configured_by.name());
        let rows = book.channel_rows(&[name.to_owned()]);
        rows.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(shown(""), ["a STARTUP_OPTIONS", "x STARTUP_OPTIONS"]);
    assert_eq!(
        shown("c"),
        ["b STARTUP_OPTIONS_FOR_CHANNEL", "x STARTUP_OPTIONS"]
    );
    let running = book.channel("");
    let change = |kind, names: &[&str]| FilterChange {
        kind,
        rules: names
            .iter()
            .map(|n| ((*n).to_owned(), String::new()))
            .collect(),
    };
    book.change_all(&[change(FilterKind::IgnoreDb, &[])]);
    book.change_channel("c", &[change(FilterKind::DoDb, &["q", "r"])]);
    assert_eq!(running.text(FilterKind::IgnoreDb), "x");
    assert_eq!(
        shown(""),
        ["a STARTUP_OPTIONS", " CHANGE_REPLICATION_FILTER"]
    );
    assert_eq!(
        shown("c"),
        [
            "q,r CHANGE_REPLICATION_FILTER_FOR_CHANNEL",
            " CHANGE_REPLICATION_FILTER"
        ]
    );
    book.forget("c");
    assert_eq!(
        shown("c"),
        ["a STARTUP_OPTIONS", " CHANGE_REPLICATION_FILTER"]
    );
    assert_eq!(book.global_rows().len(), 2);
}

#[test]
fn binary_log_rules() {
    let filter = |does: &[&str], ignores: &[&str]| BinlogFilter {
        do_db: does.iter().map(|n| (*n).to_owned()).collect(),
        ignore_db: ignores.iter().map(|n| (*n).to_owned()).collect(),
    };
    for (does, ignores, db, lower_case, expected) in [
        (&[][..], &[][..], Some("a"), false, true),
        (&["a"], &[], Some("a"), false, true),
        (&["a"], &[], Some("b"), false, false),
        (&["a"], &["a"], Some("a"), false, true),
        (&["a"], &[], None, false, false),
        (&[], &["a"], Some("a"), false, false),
        (&[], &["a"], Some("b"), false, true),
        (&[], &["a"], None, false, true),
        (&["A"], &[], Some("a"), false, false),
        (&["A"], &[], Some("a"), true, true),
    ] {
        let filter = filter(does, ignores);
        assert_eq!(filter.logs(db, lower_case), expected, "{filter:?} {db:?}");
    }
    let shown = filter(&["a", "b"], &["c"]).shown();
    assert_eq!(shown, ("a,b".to_owned(), "c".to_owned()));
}
