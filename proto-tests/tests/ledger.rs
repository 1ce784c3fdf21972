//! What only this server tells of replication: the event ledger.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, column, status, wait_applied};
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const LEDGER: &str = "performance_schema.understudy_event_ledger";
const LIMIT: Duration = Duration::from_secs(60);

/// One number.
fn number(own: &Understudy, sql: &str) -> anyhow::Result<u64> {
    let answer = own.query(sql)?.text();
    match answer[0][0].as_str() {
        "NULL" => Ok(0),
        text => Ok(text.parse()?),
    }
}

/// Events of the ledger under a condition.
fn events(own: &Understudy, condition: &str) -> anyhow::Result<u64> {
    number(
        own,
        &format!("SELECT SUM(COUNT_EVENTS) FROM {LEDGER} WHERE {condition}"),
    )
}

/// The whole ledger, for a failure's message.
fn shown(own: &Understudy) -> anyhow::Result<String> {
    let rows = own.query(format!("SELECT * FROM {LEDGER}"))?.text();
    Ok(rows.iter().map(|row| row.join("|") + "\n").collect())
}

/// Received events have each one outcome; `waiting` of them none yet.
fn expect_balance(own: &Understudy, waiting: u64) -> anyhow::Result<()> {
    let received = events(own, "OUTCOME = 'RECEIVED'")?;
    let ended = events(
        own,
        "OUTCOME IN ('APPLIED', 'FILTERED', 'IGNORED', 'ABANDONED', 'DISCARDED')",
    )?;
    anyhow::ensure!(
        received == ended + waiting && events(own, "OUTCOME = 'WAITING'")? == waiting,
        "{received} received, {ended} ended, not {waiting} waiting\n{}",
        shown(own)?
    );
    Ok(())
}

/// Events in the source's binary logs by type, those inside compressed transactions too. The replica keeps no
/// Previous_gtids of the source.
fn of_source(source: &ReferenceServer) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for file in source.query("SHOW BINARY LOGS")?.text() {
        let rows = source.query(format!("SHOW BINLOG EVENTS IN '{}'", file[0]))?;
        for row in rows.text() {
            *counts.entry(row[2].to_lowercase()).or_default() += 1;
        }
    }
    counts.remove("previous_gtids");
    Ok(counts)
}

fn received(own: &Understudy) -> anyhow::Result<BTreeMap<String, u64>> {
    let rows = own.query(format!(
        "SELECT LOWER(EVENT_TYPE), SUM(COUNT_EVENTS) FROM {LEDGER} WHERE OUTCOME = 'RECEIVED' \
         GROUP BY EVENT_TYPE"
    ))?;
    let rows = rows.text();
    rows.iter()
        .map(|row| Ok((row[0].clone(), row[1].parse()?)))
        .collect()
}

/// A mixed load: several tables, one of them filtered, a rollback to a savepoint, an XA transaction, statements.
fn load(source: &ReferenceServer, round: u64) -> anyhow::Result<()> {
    let mut connection = source.connect()?;
    if round == 0 {
        connection.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))",
            "CREATE TABLE d.noise (id INT PRIMARY KEY)",
            "CREATE TABLE d.other (id INT PRIMARY KEY, t TEXT)",
        ])?;
    }
    let from = round * 100;
    for id in from..from + 20 {
        connection.run([
            format!("INSERT INTO d.t VALUES ({id}, 'a'), ({}, 'b')", id + 50),
            format!("INSERT INTO d.noise VALUES ({id})"),
            format!("UPDATE d.t SET v = 'c' WHERE id = {id}"),
        ])?;
    }
    let statements = [
        "BEGIN".to_owned(),
        format!("INSERT INTO d.other VALUES ({from}, 'x')"),
        "SAVEPOINT s".to_owned(),
        format!("INSERT INTO d.t VALUES ({}, 'gone')", from + 90),
        "ROLLBACK TO SAVEPOINT s".to_owned(),
        format!("DELETE FROM d.t WHERE id = {}", from + 50),
        "COMMIT".to_owned(),
        format!("XA START 'x{round}'"),
        format!("UPDATE d.other SET t = 'y' WHERE id = {from}"),
        format!("XA END 'x{round}'"),
        format!("XA PREPARE 'x{round}'"),
        format!("XA COMMIT 'x{round}'"),
        "ANALYZE TABLE d.t".to_owned(),
        "FLUSH BINARY LOGS".to_owned(),
    ];
    for statement in statements {
        connection.query(statement)?;
    }
    Ok(())
}

/// Waits until the receiver has everything.
fn wait_received(own: &Understudy, source: &ReferenceServer) -> anyhow::Result<()> {
    let (file, position) = source.binlog_position()?;
    let start = Instant::now();
    loop {
        let now = status(own)?;
        let read: u64 = column(&now, &["Read_Master_Log_Pos"])?.parse()?;
        if column(&now, &["Master_Log_File"])? == file && read >= position {
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < LIMIT, "not received: {now:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn ledger_agrees(kind: Kind, source_options: &[&str]) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, source_options)? else {
        return Ok(());
    };
    let mut own = Understudy::start(&["--replicate-ignore-table=d.noise"])?;
    load(&source, 0)?;
    attach::follow(&own, &source, source.port())?;
    wait_applied(&own, &source, LIMIT)?;
    // MariaDB's Binlog_checkpoint comes after the position that was waited for.
    let start = Instant::now();
    while received(&own)? != of_source(&source)? && start.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(received(&own)?, of_source(&source)?, "{}", shown(&own)?);
    wait_applied(&own, &source, LIMIT)?;
    expect_balance(&own, 0)?;
    let table = |name: &str| format!("OBJECT_SCHEMA = 'd' AND OBJECT_NAME = '{name}'");
    let held = format!("{} AND OUTCOME = 'FILTERED'", table("noise"));
    let by_rule = format!("{held} AND REASON = 'REPLICATE_IGNORE_TABLE'");
    assert_eq!(events(&own, &by_rule)?, 40, "{}", shown(&own)?);
    let rows = |name: &str| {
        let sql = format!("SELECT SUM(COUNT_ROWS) FROM {LEDGER} WHERE {}", table(name));
        number(&own, &sql)
    };
    assert_eq!((rows("t")?, rows("noise")?, rows("other")?), (61, 0, 2));
    let passed = "REASON = 'no effect here: table maintenance'";
    assert_eq!(events(&own, passed)?, 1);

    // What waits over a restart is received, and ends as everything does.
    own.query("STOP SLAVE SQL_THREAD")?;
    load(&source, 1)?;
    wait_received(&own, &source)?;
    let waiting = events(&own, "OUTCOME = 'WAITING'")?;
    assert!(waiting > 100, "{}", shown(&own)?);
    expect_balance(&own, waiting)?;
    own.kill9()?;
    own.relaunch()?;
    own.wait_ready()?;
    let found = "REASON = 'in the relay log when the server started'";
    assert_eq!(events(&own, found)?, waiting, "{}", shown(&own)?);
    own.query("START SLAVE")?;
    load(&source, 2)?;
    wait_applied(&own, &source, LIMIT)?;
    expect_balance(&own, 0)?;

    // An error: its event waits again, until it is skipped.
    source.connect()?.run([
        "SET sql_log_bin=0",
        "INSERT INTO d.t VALUES (-1, 'x')",
        "SET sql_log_bin=1",
        "DELETE FROM d.t WHERE id = -1",
    ])?;
    let failed = format!(
        "{} AND OUTCOME = 'FAILED' AND REASON = 'error 1032'",
        table("t")
    );
    let start = Instant::now();
    while events(&own, &failed)? == 0 {
        anyhow::ensure!(start.elapsed() < LIMIT, "{}", shown(&own)?);
        std::thread::sleep(Duration::from_millis(20));
    }
    let waiting = events(&own, "OUTCOME = 'WAITING'")?;
    assert!((2..=6).contains(&waiting), "{}", shown(&own)?);
    expect_balance(&own, waiting)?;
    assert!(events(&own, "OUTCOME = 'TAKEN_BACK' AND REASON = 'error 1032'")? >= 1);
    own.query("SET GLOBAL sql_slave_skip_counter = 1")?;
    own.query("START SLAVE")?;
    wait_applied(&own, &source, LIMIT)?;
    assert_eq!(
        events(&own, "REASON = 'sql_replica_skip_counter'")?,
        waiting
    );
    expect_balance(&own, 0)?;

    // The same numbers by SHOW STATUS.
    let rows = own
        .query("SHOW STATUS LIKE 'Understudy_events_applied'")?
        .text();
    let applied: u64 = rows[0][1].parse()?;
    assert_eq!(applied, events(&own, "OUTCOME = 'APPLIED'")?);

    // Events of our own server id are not written to the relay log.
    own.query("STOP SLAVE")?;
    own.query(format!(
        "CHANGE MASTER TO IGNORE_SERVER_IDS = ({})",
        source.server_id()
    ))?;
    own.query("START SLAVE")?;
    source.exec("INSERT INTO d.t VALUES (1000, 'no')")?;
    wait_received(&own, &source)?;
    let skipped = "OUTCOME = 'SKIPPED' AND REASON = 'IGNORE_SERVER_IDS'";
    let start = Instant::now();
    while events(&own, skipped)? < 2 {
        anyhow::ensure!(start.elapsed() < LIMIT, "{}", shown(&own)?);
        std::thread::sleep(Duration::from_millis(20));
    }
    expect_balance(&own, 0)?;
    Ok(())
}

#[test]
fn every_event_of_mysql_has_one_outcome() -> anyhow::Result<()> {
    ledger_agrees(Kind::Mysql97, &[])
}

#[test]
fn every_event_of_mysql_inside_compressed_transactions_has_one_outcome() -> anyhow::Result<()> {
    ledger_agrees(Kind::Mysql97, &["--binlog-transaction-compression=ON"])
}

#[test]
fn every_event_of_mariadb_has_one_outcome() -> anyhow::Result<()> {
    ledger_agrees(Kind::Mariadb118, &[])
}

#[test]
fn what_a_reset_discards_is_counted() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    load(&source, 0)?;
    attach::follow(&own, &source, source.port())?;
    wait_applied(&own, &source, LIMIT)?;
    own.query("STOP SLAVE SQL_THREAD")?;
    load(&source, 1)?;
    wait_received(&own, &source)?;
    let waiting = events(&own, "OUTCOME = 'WAITING'")?;
    own.query("STOP SLAVE")?;
    own.query("RESET SLAVE")?;
    expect_balance(&own, 0)?;
    let discarded = "OUTCOME = 'DISCARDED' AND REASON = 'the relay log was reset'";
    assert_eq!(events(&own, discarded)?, waiting);
    Ok(())
}
