//! The real servers' own programs read files that the builder makes.

use anyhow::{Context, ensure};
use bytes::Bytes;
use understudy_binlog::ChecksumAlgorithm;
use understudy_binlog::builder::BinlogBuilder;
use understudy_binlog::events::{
    MariadbGtidFlags, RowsEvent, RowsFlags, RowsKind, RowsQueryEvent, TableMapEvent,
};
use understudy_binlog::{EventBody, Flavour};
use understudy_testkit::Kind;
use understudy_testkit::kind::Program;
use understudy_values::wire_type::{WireColumn, WireType};

fn table_map() -> TableMapEvent {
    let column = |wire_type, meta| WireColumn { wire_type, meta };
    TableMapEvent {
        table_id: 9,
        flags: 1,
        schema: Bytes::from_static(b"shop"),
        table: Bytes::from_static(b"t"),
        columns: vec![column(WireType::LONG, 0), column(WireType::VARCHAR, 40)],
        nullable: Bytes::from_static(b"\x02"),
        optional: Bytes::new(),
    }
}

fn insert(version_2: bool) -> RowsEvent {
    RowsEvent {
        kind: RowsKind::Write,
        table_id: 9,
        flags: RowsFlags::STATEMENT_END,
        extra: version_2.then(Bytes::new),
        column_count: 2,
        columns: Bytes::from_static(b"\xff"),
        columns_after: None,
        data: Bytes::from_static(b"\xfc\x2a\0\0\0\x03tea\xfe\x2b\0\0\0"),
        compressed: false,
    }
}

fn build(version: &str, checksum: ChecksumAlgorithm) -> Vec<u8> {
    let mut builder = BinlogBuilder::new(7, version, checksum);
    builder.timestamp_s(1_700_000_000);
    match builder.context().flavour {
        Flavour::Mysql => {
            builder.previous_gtids(&Default::default());
            builder.anonymous_gtid().query("", "CREATE DATABASE shop");
            builder.anonymous_gtid().query("shop", "BEGIN");
            builder.event(EventBody::RowsQuery(RowsQueryEvent::new("INSERT ...")));
        }
        Flavour::Mariadb => {
            builder.mariadb_gtid(0, 1, MariadbGtidFlags::STANDALONE);
            builder.query("", "CREATE DATABASE shop");
            builder.mariadb_gtid(0, 2, MariadbGtidFlags::TRANSACTIONAL);
        }
    }
    let version_2 = builder.context().flavour == Flavour::Mysql;
    builder
        .table_map(table_map())
        .rows(insert(version_2))
        .xid(5);
    builder.rotate("binlog.000002");
    builder.into_bytes()
}

#[test]
fn t16_built_files_are_read_by_mysqlbinlog_with_their_checksums() -> anyhow::Result<()> {
    for (kind, version) in [
        (Kind::Mysql97, "9.7.0"),
        (Kind::Mariadb1011, "10.11.14-MariaDB-log"),
        (Kind::Mariadb118, "11.8.3-MariaDB-log"),
    ] {
        if !kind.is_available() {
            let ci = std::env::var("CI").is_ok_and(|value| value == "true");
            ensure!(!ci, "{} is not on this machine", kind.name());
            eprintln!("\n*** NOT RUN: {} is not on this machine\n", kind.name());
            continue;
        }
        for checksum in [ChecksumAlgorithm::Off, ChecksumAlgorithm::Crc32] {
            let path = std::env::temp_dir().join(format!(
                "understudy-built-{}-{}-{}",
                std::process::id(),
                kind.name(),
                checksum.name()
            ));
            std::fs::write(&path, build(version, checksum))?;
            let output = kind
                .client(Program::Binlog)
                .args(["--verify-binlog-checksum", "--verbose"])
                .arg(&path)
                .output();
            std::fs::remove_file(&path)?;
            let output = output.context("mysqlbinlog")?;
            let text = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{}: {errors}\n{text}", kind.name());
            let words = [
                "CREATE DATABASE shop",
                "### INSERT INTO `shop`.`t`",
                "@2='tea'",
                "@2=NULL",
                "Xid = 5",
            ];
            for expected in words {
                ensure!(
                    text.contains(expected),
                    "{}: no {expected}\n{text}",
                    kind.name()
                );
            }
        }
    }
    Ok(())
}
