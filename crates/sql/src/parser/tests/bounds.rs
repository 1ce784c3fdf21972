//! Depth bombs, long chains, megabyte literals, cut-off statements.

use super::{mariadb, mysql};
use crate::error::ParseErrorKind;
use crate::parser::{MAX_NESTING, MAX_TREE_DEPTH, parse_statement};

/// What a server thread has by default; frames of debug builds are many times larger.
const SERVER_STACK: usize = if cfg!(debug_assertions) {
    32 << 20
} else {
    2 << 20
};

fn on_server_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(SERVER_STACK)
        .spawn(test)
        .expect("thread")
        .join()
        .expect("the parser keeps within the stack");
}

#[test]
fn depth_bombs_are_refused() {
    on_server_stack(|| {
        for (open, close) in [
            ("(", ")"),
            ("(SELECT ", ")"),
            ("f(", ")"),
            ("NOT ", ""),
            ("-", ""),
            ("CASE WHEN ", " THEN 1 END"),
            ("INTERVAL 1 DAY + ", ""),
            ("(INTERVAL (", "))"),
            ("EXISTS(SELECT ", ")"),
            ("1 IN (1, ", ")"),
            ("@a := ", ""),
            ("1 BETWEEN 0 AND ", ""),
            ("BINARY ", ""),
            ("CAST(", " AS CHAR)"),
            ("ROW(1, ", ")"),
        ] {
            let n = 50_000;
            let text = format!("SELECT {}1{}", open.repeat(n), close.repeat(n));
            let error = parse_statement(text.as_bytes(), &mysql()).expect_err(open);
            assert!(
                matches!(
                    error.kind,
                    ParseErrorKind::TooDeep | ParseErrorKind::TooComplex
                ),
                "{open}: {error}"
            );
        }
        for (open, close) in [("(", ")"), ("(SELECT * FROM ", ") t"), ("t JOIN ", "")] {
            let n = 50_000;
            let text = format!("SELECT * FROM {}t{}", open.repeat(n), close.repeat(n));
            assert!(
                parse_statement(text.as_bytes(), &mysql()).is_err(),
                "{open}"
            );
        }
        let text = format!("{}SELECT 1", "EXPLAIN ".repeat(50_000));
        assert!(parse_statement(text.as_bytes(), &mysql()).is_err());
        let text = format!("{}SELECT 1", "SET STATEMENT a=1 FOR ".repeat(50_000));
        assert!(parse_statement(text.as_bytes(), &mariadb()).is_err());
    });
}

#[test]
fn nesting_up_to_the_bound_is_accepted_on_a_server_thread() {
    on_server_stack(|| {
        let n = MAX_NESTING - 10;
        for (open, close) in [("(", ")"), ("f(", ")"), ("NOT ", ""), ("-", "")] {
            let text = format!("SELECT {}1{}", open.repeat(n), close.repeat(n));
            let parsed = parse_statement(text.as_bytes(), &mysql());
            assert!(
                parsed.is_ok(),
                "{open}: {}",
                parsed.err().map_or(String::new(), |e| e.message())
            );
        }
        // A subquery takes five levels.
        let n = MAX_NESTING / 5 - 2;
        let text = format!("SELECT {}1{}", "(SELECT ".repeat(n), ")".repeat(n));
        assert!(parse_statement(text.as_bytes(), &mysql()).is_ok());
    });
}

#[test]
fn operator_chains_are_bounded_and_logical_ones_are_flat() {
    on_server_stack(|| {
        let chain = |op: &str, n: usize| format!("SELECT 1{}", format!("{op}1").repeat(n));
        for op in ["+", "*", "=", " XOR ", " COLLATE utf8mb4_bin + "] {
            let ok = chain(op, MAX_TREE_DEPTH / 2 - 10);
            assert!(parse_statement(ok.as_bytes(), &mysql()).is_ok(), "{op}");
            let error = parse_statement(chain(op, 100_000).as_bytes(), &mysql()).expect_err(op);
            assert_eq!(error.errno(), 1436, "{op}");
        }
        for op in [" AND ", " OR ", " || ", ","] {
            let text = chain(op, 200_000);
            assert!(parse_statement(text.as_bytes(), &mysql()).is_ok(), "{op}");
        }
        let unions = format!("SELECT 1{}", " UNION SELECT 1".repeat(100_000));
        assert_eq!(
            parse_statement(unions.as_bytes(), &mysql())
                .expect_err("too long")
                .errno(),
            1436
        );
    });
}

#[test]
fn megabyte_literals_and_wide_inserts() {
    let text = format!("SELECT '{}'", "x".repeat(8 << 20));
    assert!(parse_statement(text.as_bytes(), &mysql()).is_ok());
    let text = format!("SELECT '{}", "x".repeat(8 << 20));
    let error = parse_statement(text.as_bytes(), &mysql()).expect_err("unclosed");
    assert_eq!(error.errno(), 1064);
    assert_eq!(error.near.chars().count(), 80);
    let rows = format!("INSERT INTO t VALUES (1,'a'){}", ",(1,'a')".repeat(100_000));
    assert!(parse_statement(rows.as_bytes(), &mysql()).is_ok());
}

#[test]
fn every_prefix_and_every_byte_flip_is_parsed_without_panic() {
    let texts: [&[u8]; 4] = [
        b"CREATE TABLE t (a INT UNSIGNED NOT NULL DEFAULT '1', b VARCHAR(10) COLLATE utf8mb4_bin, KEY k (b(3)) USING BTREE) ENGINE=InnoDB PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10))",
        b"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT /*+ x */ a.*, COUNT(DISTINCT b) OVER (PARTITION BY c ORDER BY d ROWS 1 PRECEDING) FROM a LEFT JOIN b USING (x) WHERE a NOT LIKE 'x' ESCAPE '!' LIMIT 1 FOR UPDATE",
        b"CHANGE REPLICATION SOURCE TO SOURCE_HOST='h', SOURCE_PORT=3306, IGNORE_SERVER_IDS=(1,2) FOR CHANNEL 'c'",
        b"ALTER TABLE t ADD COLUMN (a INT), DROP PRIMARY KEY, MODIFY b CHAR(3) AFTER a, ALGORITHM=INPLACE, LOCK=NONE",
    ];
    for text in texts {
        for ctx in [mysql(), mariadb()] {
            for end in 0..text.len() {
                let _ = parse_statement(&text[..end], &ctx);
            }
            for at in 0..text.len() {
                for byte in [0u8, b'(', b')', b'\'', b';', 0xff] {
                    let mut changed = text.to_vec();
                    changed[at] = byte;
                    let _ = parse_statement(&changed, &ctx);
                }
            }
        }
    }
}

#[test]
fn unclosed_comments_in_kept_bodies_come_to_an_end() {
    for text in [
        "CREATE PROCEDURE p1() RENAME /*!50100 PARTITION",
        "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET /*!50100 x",
        "GRANT ALL ON *.* TO a /*!50100 x",
        "CREATE USER a /*!50100 x",
        "CREATE TABLESPACE a /*!50100 x",
    ] {
        for ctx in [mysql(), mariadb()] {
            assert!(parse_statement(text.as_bytes(), &ctx).is_err(), "{text}");
        }
    }
}
