//! Understudy follows each real source through the type matrix and is equal to it.

use std::time::Duration;
use understudy_proto_tests::compare::{self, Counters};
use understudy_proto_tests::{attach, matrix};
use understudy_testkit::{Kind, Understudy, reference};

/// What the clients of both sides ask for: the answers' character set and the session's time zone (T8, T9).
const SESSIONS: [&[&str]; 2] = [
    &["SET NAMES utf8mb4", "SET time_zone='+00:00'"],
    &["SET character_set_results=NULL", "SET time_zone='-07:00'"],
];

fn check_types(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind);
    let tables = matrix::build(kind, &mut source.connect()?)?;
    assert!(tables > 200, "{tables} tables");
    check(&source)
}

fn check_collations(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind);
    let tables = matrix::build_collations(&mut source.connect()?)?;
    assert!(tables > 100, "{tables} tables");
    check(&source)
}

fn check(source: &understudy_testkit::ReferenceServer) -> anyhow::Result<()> {
    let replica = Understudy::start(&[])?;
    attach::follow(&replica, source, source.port())?;
    attach::wait_applied(&replica, source, Duration::from_secs(180))?;
    let (mut left, mut right) = (source.connect()?, replica.connect()?);
    for session in SESSIONS {
        compare::expect_equal(&mut left, &mut right, session, Counters::Equal)?;
    }
    Ok(())
}

#[test]
fn heavy_types_of_mysql_9_7() -> anyhow::Result<()> {
    check_types(Kind::Mysql97)
}

#[test]
fn heavy_types_of_mysql_5_6() -> anyhow::Result<()> {
    check_types(Kind::Mysql56)
}

#[test]
fn heavy_types_of_mariadb_10_11() -> anyhow::Result<()> {
    check_types(Kind::Mariadb1011)
}

#[test]
fn heavy_types_of_mariadb_11_8() -> anyhow::Result<()> {
    check_types(Kind::Mariadb118)
}

#[test]
fn heavy_collations_of_mysql_9_7() -> anyhow::Result<()> {
    check_collations(Kind::Mysql97)
}

#[test]
fn heavy_collations_of_mysql_5_6() -> anyhow::Result<()> {
    check_collations(Kind::Mysql56)
}

#[test]
fn heavy_collations_of_mariadb_10_11() -> anyhow::Result<()> {
    check_collations(Kind::Mariadb1011)
}

#[test]
fn heavy_collations_of_mariadb_11_8() -> anyhow::Result<()> {
    check_collations(Kind::Mariadb118)
}

#[test]
fn heavy_compressed_columns_of_mariadb() -> anyhow::Result<()> {
    for kind in [Kind::Mariadb1011, Kind::Mariadb118] {
        let source = reference!(kind);
        matrix::build_compressed(&mut source.connect()?)?;
        check(&source)?;
    }
    Ok(())
}

#[test]
fn t08_heavy_old_temporal_formats_of_mariadb() -> anyhow::Result<()> {
    for kind in [Kind::Mariadb1011, Kind::Mariadb118] {
        let source = reference!(kind);
        matrix::build_old_temporals(&mut source.connect()?)?;
        check(&source)?;
    }
    Ok(())
}
