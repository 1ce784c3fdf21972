//! Statements of the binary log that are no DDL: savepoints, and what has no effect here.

use std::time::Duration;
use understudy_proto_tests::attach;
use understudy_proto_tests::compare::{self, Counters};
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

fn expect_equal(source: &ReferenceServer, own: &Understudy) -> anyhow::Result<()> {
    attach::wait_applied(own, source, Duration::from_secs(60))?;
    for session in [
        &["SET NAMES utf8mb4", "SET time_zone='+00:00'"][..],
        &["SET character_set_results=NULL", "SET time_zone='+05:45'"],
    ] {
        let (mut left, mut right) = (source.connect()?, own.connect()?);
        compare::expect_equal(&mut left, &mut right, session, Counters::Equal)
            .map_err(|error| error.context(source.kind().name()))?;
    }
    Ok(())
}

#[test]
fn statements_without_effect_are_counted_by_kind() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT, KEY (a)) ENGINE=MyISAM",
        "ANALYZE TABLE d.t",
        "OPTIMIZE TABLE d.t",
        "FLUSH TABLES",
        "CACHE INDEX d.t IN default",
    ])?;
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    expect_equal(&source, &own)?;
    let counted = own
        .query("SHOW STATUS LIKE 'Understudy_statements_ignored_%'")?
        .text();
    for (name, least) in [("table_maintenance", 2), ("flush", 1)] {
        let name = format!("Understudy_statements_ignored_{name}");
        let row = counted
            .iter()
            .find(|row| row[0].eq_ignore_ascii_case(&name));
        let count: u64 = row.map_or("0", |row| &row[1]).parse()?;
        assert!(count >= least, "{name}: {counted:?}");
    }
    Ok(())
}
