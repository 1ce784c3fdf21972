//! The text of error 1062 on real servers and here.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{MYSQL, column, index, open, table};
use understudy_storage::schema::*;
use understudy_storage::{DuplicateMode, RowError, Store};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::kind::Kind;
use understudy_testkit::reference::ReferenceServer;
use understudy_values::row;
use understudy_values::types::{BlobSize, CollationId, ColumnType, IntSize};

const LATIN1: CollationId = CollationId::LATIN1_SWEDISH_CI;

/// SQL type, our type, prefix, SQL value, packed value.
type Case = (&'static str, ColumnType, Option<u32>, String, Vec<u8>);

fn prefixed(width: usize, content: &[u8]) -> Vec<u8> {
    let mut out = content.len().to_le_bytes()[..width].to_vec();
    out.extend_from_slice(content);
    out
}

fn varchar(length: u32, collation: CollationId) -> ColumnType {
    ColumnType::VarChar { length, collation }
}

fn cases() -> Vec<Case> {
    let long = [&b"\xe9"[..], &[b'x'; 80]].concat();
    let members = || vec!["x".into(), "é".into()];
    vec![
        (
            "BINARY(4)",
            ColumnType::Binary { length: 4 },
            None,
            "'ab'".into(),
            prefixed(1, b"ab"),
        ),
        (
            "VARBINARY(10)",
            ColumnType::VarBinary { length: 10 },
            None,
            "x'61ff00'".into(),
            prefixed(1, b"a\xff\0"),
        ),
        (
            "VARBINARY(255)",
            ColumnType::VarBinary { length: 255 },
            None,
            "REPEAT(x'ff', 200)".into(),
            prefixed(1, &[0xff; 200]),
        ),
        (
            "BLOB",
            ColumnType::Blob {
                size: BlobSize::Normal,
            },
            Some(4),
            "'abcdef'".into(),
            prefixed(2, b"abcdef"),
        ),
        (
            "VARCHAR(100) CHARACTER SET latin1",
            varchar(100, LATIN1),
            Some(3),
            "'it''s'".into(),
            prefixed(1, b"it's"),
        ),
        (
            "VARCHAR(100) CHARACTER SET latin1",
            varchar(100, LATIN1),
            None,
            "CONCAT(_latin1 x'e9', REPEAT('x', 80))".into(),
            prefixed(1, &long),
        ),
        (
            "VARCHAR(150) CHARACTER SET utf8mb4",
            varchar(150, CollationId::UTF8MB4_GENERAL_CI),
            None,
            "REPEAT(_utf8mb4 x'c3a9', 140)".into(),
            prefixed(2, "é".repeat(140).as_bytes()),
        ),
        (
            "TEXT CHARACTER SET utf8mb4",
            ColumnType::Text {
                size: BlobSize::Normal,
                collation: CollationId::UTF8MB4_GENERAL_CI,
            },
            Some(2),
            "_utf8mb4 x'c3a9c3a0c3a9'".into(),
            prefixed(2, "éàé".as_bytes()),
        ),
        (
            "DECIMAL(10,2)",
            ColumnType::Decimal {
                precision: 10,
                scale: 2,
                unsigned: false,
                zerofill: false,
            },
            None,
            "1.5".into(),
            vec![0x80, 0, 0, 1, 50],
        ),
        (
            "BIT(9)",
            ColumnType::Bit { bits: 9 },
            None,
            "b'101'".into(),
            vec![0, 5],
        ),
        (
            "ENUM('x', 'é') CHARACTER SET latin1",
            ColumnType::Enum {
                members: members(),
                collation: LATIN1,
            },
            None,
            "2".into(),
            vec![2],
        ),
        (
            "SET('x', 'é') CHARACTER SET latin1",
            ColumnType::Set {
                members: members(),
                collation: LATIN1,
            },
            None,
            "3".into(),
            vec![3],
        ),
        (
            "INT(5) ZEROFILL",
            ColumnType::Int {
                size: IntSize::Int,
                unsigned: true,
                zerofill: true,
                width: Some(5),
            },
            None,
            "42".into(),
            vec![42, 0, 0, 0],
        ),
        (
            "DOUBLE",
            ColumnType::Double {
                digits: None,
                unsigned: false,
                zerofill: false,
            },
            None,
            "2.2".into(),
            2.2f64.to_le_bytes().to_vec(),
        ),
        (
            "DATE",
            ColumnType::Date,
            None,
            "'2020-01-02'".into(),
            (2020u32 << 9 | 1 << 5 | 2).to_le_bytes()[..3].to_vec(),
        ),
    ]
}

fn theirs(c: &mut Connection, n: usize, case: &Case) -> String {
    let (sql, _, prefix, value, _) = case;
    let prefix = prefix.map_or(String::new(), |p| format!("({p})"));
    c.query(format!(
        "CREATE TABLE t{n} (v {sql}, w INT, UNIQUE KEY u (v{prefix}, w))"
    ))
    .unwrap();
    let insert = format!("INSERT INTO t{n} VALUES ({value}, 7)");
    c.query(&insert).unwrap();
    let error = c.query(&insert).unwrap_err();
    error.downcast::<ServerError>().unwrap().message
}

fn ours(store: &Store, flavour: Flavour, n: usize, case: &Case) -> String {
    let (_, ty, prefix, _, packed) = case;
    let mut def = table(
        &format!("t{n}"),
        vec![
            column("v", ty.clone(), true),
            column("w", common::int(), true),
        ],
        vec![index(1, "u", IndexKind::Unique, &[0, 1])],
    );
    def.flavour = flavour;
    def.indexes[0].parts[0].prefix = *prefix;
    let mut w = store.writer();
    let t = w.create_table(def).unwrap();
    let image = row::build(&[Some(packed), Some(&[7, 0, 0, 0])]);
    w.insert(&t, &image, DuplicateMode::Strict).unwrap();
    match w.insert(&t, &image, DuplicateMode::Strict) {
        Err(RowError::Duplicate(key)) => key.to_mysql().message,
        other => panic!("{other:?}"),
    }
}

fn same_text(kind: Kind, flavour: Flavour) {
    let Some(server) = ReferenceServer::start_if_available(kind, &[]).unwrap() else {
        return;
    };
    let mut c = Connection::open(server.port(), "root").unwrap();
    c.run([
        "CREATE DATABASE IF NOT EXISTS test",
        "USE test",
        "SET NAMES utf8mb4",
    ])
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for (n, case) in cases().iter().enumerate() {
        assert_eq!(
            ours(&store, flavour, n, case),
            theirs(&mut c, n, case),
            "{} {}",
            kind.name(),
            case.0
        );
    }
}

#[test]
fn as_mysql_9_7() {
    same_text(Kind::Mysql97, MYSQL);
}

#[test]
fn as_mysql_5_6() {
    let flavour = Flavour {
        mariadb: false,
        version: 50651,
    };
    same_text(Kind::Mysql56, flavour);
}

#[test]
fn as_mariadb_10_11() {
    let flavour = Flavour {
        mariadb: true,
        version: 101106,
    };
    same_text(Kind::Mariadb1011, flavour);
}

#[test]
fn as_mariadb_11_8() {
    let flavour = Flavour {
        mariadb: true,
        version: 110806,
    };
    same_text(Kind::Mariadb118, flavour);
}
