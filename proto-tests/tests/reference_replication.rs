//! The generators and the comparer, tried on real servers alone: a replica of the same kind must be equal, and a
//! changed byte must be found.

use std::sync::atomic::AtomicBool;
use std::time::Duration;
use understudy_proto_tests::compare::Counters;
use understudy_proto_tests::{attach, compare, matrix, workload};
use understudy_testkit::{Kind, reference};

fn check(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind);
    let tables = matrix::build(kind, &mut source.connect()?)?;
    assert!(tables > 200, "{tables} tables");
    let replica = reference!(kind, &["--read-only=OFF"]);
    attach::follow(&replica, &source, source.port())?;
    attach::wait_applied(&replica, &source, Duration::from_secs(120))?;
    let (mut left, mut right) = (source.connect()?, replica.connect()?);
    compare::expect_equal(
        &mut left,
        &mut right,
        &["SET NAMES utf8mb4"],
        Counters::Equal,
    )?;

    replica.connect()?.run([
        "UPDATE definitions.k1 SET c = 'z' WHERE c = 'y'",
        "ALTER TABLE definitions.k7 COMMENT='changed'",
        "DROP TABLE definitions.m4",
        "DELETE FROM definitions.k3 LIMIT 1",
    ])?;
    let found = compare::all(&mut left, &mut right, &[], Counters::Equal)?;
    assert_eq!(found.len(), 4, "{found:#?}");
    Ok(())
}

#[test]
fn heavy_mysql_9_7_equals_itself() -> anyhow::Result<()> {
    check(Kind::Mysql97)
}

#[test]
fn heavy_mysql_5_6_equals_itself() -> anyhow::Result<()> {
    check(Kind::Mysql56)
}

#[test]
fn heavy_mariadb_10_11_equals_itself() -> anyhow::Result<()> {
    check(Kind::Mariadb1011)
}

#[test]
fn heavy_mariadb_11_8_equals_itself() -> anyhow::Result<()> {
    check(Kind::Mariadb118)
}

/// A short random workload, replicated by a real server of the same kind.
fn check_workload(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind);
    let replica = reference!(kind);
    let plan = workload::Plan {
        kind,
        port: source.port(),
        seed: 7,
        transactions: 1000,
        connections: 4,
        pause: Duration::ZERO,
        source_dies: false,
        schema_gate: std::sync::Arc::default(),
    };
    let outcome = workload::run(&plan, &AtomicBool::new(false))?;
    assert!(
        outcome.committed >= 1000 && outcome.schema_changes > 0,
        "{outcome:#?}"
    );
    attach::follow(&replica, &source, source.port())?;
    attach::wait_applied(&replica, &source, Duration::from_secs(120))?;
    compare::expect_equal(
        &mut source.connect()?,
        &mut replica.connect()?,
        &["SET NAMES utf8mb4"],
        Counters::MayDiffer,
    )
}

#[test]
fn heavy_workload_mysql_9_7() -> anyhow::Result<()> {
    check_workload(Kind::Mysql97)
}

#[test]
fn heavy_workload_mysql_5_6() -> anyhow::Result<()> {
    check_workload(Kind::Mysql56)
}

#[test]
fn heavy_workload_mariadb_10_11() -> anyhow::Result<()> {
    check_workload(Kind::Mariadb1011)
}

#[test]
fn heavy_workload_mariadb_11_8() -> anyhow::Result<()> {
    check_workload(Kind::Mariadb118)
}
