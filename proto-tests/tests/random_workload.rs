//! Understudy follows each real source through random workloads with concurrent schema changes, and its relay log
//! holds the source's events, readable by every generation of `mysqlbinlog`.

use anyhow::Context;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use understudy_proto_tests::compare::{self, Counters};
use understudy_proto_tests::{attach, eventfile, workload};
use understudy_testkit::kind::Program;
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Transactions of one workload.
const TRANSACTIONS: u64 = 20_000;

/// Three workloads after one another on one source, the third with other settings of the binary log.
fn check(kind: Kind, third: &[&str]) -> anyhow::Result<()> {
    let source = reference!(kind, &["--max-binlog-size=16M"]);
    let replica = Understudy::start(&["--relay-log-purge=OFF", "--max-relay-log-size=8M"])?;
    attach::follow(&replica, &source, source.port())?;
    let mut rng = Rng::from_env(kind.name());
    for round in 0..3 {
        if round == 2 {
            expect_readable(&source, &replica, readers(kind))?;
            source.connect()?.run(third)?;
        }
        let plan = workload::Plan {
            kind,
            port: source.port(),
            seed: rng.next_u64(),
            transactions: TRANSACTIONS,
            connections: 4,
            pause: Duration::ZERO,
            source_dies: false,
            schema_gate: Arc::default(),
        };
        let outcome = workload::run(&plan, &AtomicBool::new(false))?;
        assert!(
            outcome.committed >= TRANSACTIONS && outcome.schema_changes > 50,
            "{outcome:#?}"
        );
        attach::wait_applied(&replica, &source, Duration::from_secs(300))?;
        compare::expect_equal(
            &mut source.connect()?,
            &mut replica.connect()?,
            &["SET NAMES utf8mb4"],
            Counters::MayDiffer,
        )?;
    }
    check_relay_log(&source, &replica)
}

fn check_relay_log(source: &ReferenceServer, replica: &Understudy) -> anyhow::Result<()> {
    let files = relay_files(replica)?;
    assert!(files.len() > 2, "{files:?}");
    let received = eventfile::transactions(&files)?;
    let sent = eventfile::transactions(&source.binlog_files()?)?;
    assert_eq!(received.len(), sent.len());
    for (ours, theirs) in received.iter().zip(&sent) {
        assert!(
            ours.bytes == theirs.bytes,
            "the event at {} of the source is another at {} of the relay log",
            theirs.offset,
            ours.offset
        );
    }
    // MySQL 9.7's program reads no row events of the first version, which the third workload of 5.6 wrote.
    let readers: Vec<Kind> = readers(source.kind())
        .iter()
        .copied()
        .filter(|reader| (source.kind(), *reader) != (Kind::Mysql56, Kind::Mysql97))
        .collect();
    expect_readable(source, replica, &readers)
}

/// The generations of `mysqlbinlog` that know all events of a source: its own and later ones.
fn readers(source: Kind) -> &'static [Kind] {
    match source {
        Kind::Mysql97 => &[Kind::Mysql97],
        Kind::Mysql56 => &[Kind::Mysql97, Kind::Mariadb1011, Kind::Mariadb118],
        Kind::Mariadb1011 => &[Kind::Mariadb1011, Kind::Mariadb118],
        Kind::Mariadb118 => &[Kind::Mariadb118],
    }
}

/// Each reader reads the relay log without a complaint.
fn expect_readable(
    source: &ReferenceServer,
    replica: &Understudy,
    readers: &[Kind],
) -> anyhow::Result<()> {
    let files = relay_files(replica)?;
    let originals = source.binlog_files()?;
    for reader in readers {
        let about_source = complaint(*reader, &originals)?;
        let about_us = complaint(*reader, &files)?;
        assert!(
            about_us.is_none(),
            "{}: {about_us:?}; of the source's own files it says {about_source:?}",
            reader.name()
        );
    }
    Ok(())
}

/// What a generation's `mysqlbinlog` has to say against these files.
fn complaint(reader: Kind, files: &[PathBuf]) -> anyhow::Result<Option<String>> {
    let output = reader
        .client(Program::Binlog)
        .args([
            "--verify-binlog-checksum",
            "--verbose",
            "--base64-output=decode-rows",
        ])
        .args(files)
        .stdout(std::process::Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((!output.status.success() || !text.is_empty()).then_some(text))
}

/// Relay log files of the replica, oldest first.
fn relay_files(replica: &Understudy) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(replica.datadir())? {
        let path = entry?.path();
        let name = path
            .file_name()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let number = name.rsplit_once('.').map_or("", |(_, number)| number);
        if name.contains("relay-bin.")
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[test]
fn heavy_workload_of_mysql_9_7() -> anyhow::Result<()> {
    check(
        Kind::Mysql97,
        &[
            "SET GLOBAL binlog_row_metadata=FULL",
            "SET GLOBAL binlog_transaction_compression=ON",
        ],
    )
}

#[test]
fn heavy_workload_of_mysql_5_6() -> anyhow::Result<()> {
    check(
        Kind::Mysql56,
        &[
            "SET GLOBAL binlog_checksum=NONE",
            "SET GLOBAL log_bin_use_v1_row_events=ON",
        ],
    )
}

#[test]
fn heavy_workload_of_mariadb_10_11() -> anyhow::Result<()> {
    check(
        Kind::Mariadb1011,
        &[
            "SET GLOBAL binlog_row_metadata=FULL",
            "SET GLOBAL log_bin_compress=ON",
        ],
    )
}

#[test]
fn heavy_workload_of_mariadb_11_8() -> anyhow::Result<()> {
    check(
        Kind::Mariadb118,
        &[
            "SET GLOBAL binlog_row_metadata=FULL",
            "SET GLOBAL log_bin_compress=ON",
        ],
    )
}
