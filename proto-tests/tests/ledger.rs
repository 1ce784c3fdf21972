//! What only this server tells of replication: the event ledger, the before-image audit and the transaction waterfall.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, column, status, wait_applied};
use understudy_proto_tests::workload;
use understudy_testkit::rng::Rng;
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

/// Received events have each one outcome; `waiting` of them none yet. MariaDB's Binlog_checkpoint may be on its way.
fn expect_balance(own: &Understudy, waiting: u64) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let received = events(own, "OUTCOME = 'RECEIVED'")?;
        let ended = events(
            own,
            "OUTCOME IN ('APPLIED', 'FILTERED', 'IGNORED', 'ABANDONED', 'DISCARDED')",
        )?;
        if received == ended + waiting && events(own, "OUTCOME = 'WAITING'")? == waiting {
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(10),
            "{received} received, {ended} ended, not {waiting} waiting\n{}",
            shown(own)?
        );
        std::thread::sleep(Duration::from_millis(50));
    }
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

/// The replica has received what the source's binary logs hold, event by event. MariaDB's Binlog_checkpoint comes
/// after the position that [`wait_received`] waits for.
fn wait_all_received(own: &Understudy, source: &ReferenceServer) -> anyhow::Result<()> {
    let start = Instant::now();
    while received(own)? != of_source(source)? && start.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(received(own)?, of_source(source)?, "{}", shown(own)?);
    Ok(())
}

fn ledger_agrees(kind: Kind, source_options: &[&str]) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, source_options)? else {
        return Ok(());
    };
    let mut own = Understudy::start(&["--replicate-ignore-table=d.noise"])?;
    load(&source, 0)?;
    attach::follow(&own, &source, source.port())?;
    wait_applied(&own, &source, LIMIT)?;
    wait_all_received(&own, &source)?;
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
    // What is inside a compressed transaction is counted when it is taken out.
    match kind.is_mariadb() {
        true => wait_all_received(&own, &source)?,
        false => wait_received(&own, &source)?,
    }
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
    // A Binlog_checkpoint between the transactions is none of the skipped one's.
    let skipped = events(&own, "REASON = 'sql_replica_skip_counter'")?;
    assert!(
        (waiting - 1..=waiting).contains(&skipped),
        "{}",
        shown(&own)?
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

/// Errors that are passed over have their reasons: of events by replica_skip_errors, of rows by replica_exec_mode.
#[test]
fn errors_passed_over_are_counted_by_number() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let own = Understudy::start(&["--slave-skip-errors=1032"])?;
    load(&source, 0)?;
    attach::follow(&own, &source, source.port())?;
    wait_applied(&own, &source, LIMIT)?;
    let delete_unknown = |id: i32| {
        source.connect()?.run([
            "SET sql_log_bin=0".to_owned(),
            format!("INSERT INTO d.t VALUES ({id}, 'x')"),
            "SET sql_log_bin=1".to_owned(),
            format!("DELETE FROM d.t WHERE id = {id}"),
        ])
    };
    delete_unknown(-1)?;
    wait_applied(&own, &source, LIMIT)?;
    let skipped =
        "OUTCOME = 'IGNORED' AND OBJECT_NAME = 't' AND REASON = 'error 1032, replica_skip_errors'";
    assert_eq!(events(&own, skipped)?, 1, "{}", shown(&own)?);
    own.query("SET GLOBAL slave_exec_mode = IDEMPOTENT")?;
    delete_unknown(-2)?;
    wait_applied(&own, &source, LIMIT)?;
    let passed =
        "OUTCOME = 'IGNORED' AND OBJECT_NAME = 't' AND REASON = 'error 1032, replica_exec_mode'";
    let rows = format!("SELECT SUM(COUNT_ROWS) FROM {LEDGER} WHERE {passed}");
    assert_eq!((number(&own, &rows)?, events(&own, passed)?), (1, 0));
    expect_balance(&own, 0)
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

#[test]
fn events_that_the_applier_is_moved_over_are_counted() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    load(&source, 0)?;
    wait_applied(&own, &source, LIMIT)?;
    own.query("STOP SLAVE SQL_THREAD")?;
    load(&source, 1)?;
    wait_received(&own, &source)?;
    let now = status(&own)?;
    let file = column(&now, &["Relay_Log_File"])?;
    let pos = column(&now, &["Relay_Log_Pos"])?;
    let waiting = events(&own, "OUTCOME = 'WAITING'")?;
    let rows = own.query(format!(
        "SHOW RELAYLOG EVENTS IN '{file}' FROM {pos} LIMIT 20"
    ))?;
    let rows = rows.text();
    let mut gtids = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row[2].ends_with("Gtid"));
    let (over, row) = gtids
        .next_back()
        .ok_or_else(|| anyhow::anyhow!("{rows:?}"))?;
    let over = over as u64;
    assert!(over > 10, "{rows:?}");
    let to = |pos: &str| format!("CHANGE MASTER TO RELAY_LOG_FILE='{file}', RELAY_LOG_POS={pos}");
    own.query(to(&row[1]))?;
    let moved = "REASON = 'RELAY_LOG_FILE, RELAY_LOG_POS' AND OUTCOME =";
    assert_eq!(events(&own, &format!("{moved} 'DISCARDED'"))?, over);
    expect_balance(&own, waiting - over)?;
    own.query(to(pos))?;
    assert_eq!(events(&own, &format!("{moved} 'RECEIVED'"))?, over);
    expect_balance(&own, waiting)?;
    own.query("START SLAVE")?;
    wait_applied(&own, &source, LIMIT)?;
    expect_balance(&own, 0)
}

const AUDIT: &str = "performance_schema.understudy_row_audit";

fn status_variable(own: &Understudy, name: &str) -> anyhow::Result<u64> {
    let rows = own.query(format!("SHOW GLOBAL STATUS LIKE '{name}'"))?;
    Ok(rows.text()[0][1].parse()?)
}

/// Waits for the applier to stop with an error; its text.
fn applier_error(own: &Understudy) -> anyhow::Result<(String, String)> {
    let start = Instant::now();
    loop {
        let now = status(own)?;
        let errno = column(&now, &["Last_SQL_Errno"])?;
        if errno != "0" {
            let text = column(&now, &["Last_SQL_Error"])?;
            return Ok((errno.to_owned(), text.to_owned()));
        }
        anyhow::ensure!(start.elapsed() < LIMIT, "no error: {now:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Differences that were planted on the source, unknown to its binary log, are found column by column.
fn audit_finds(kind: Kind) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, &[])? else {
        return Ok(());
    };
    let own = Understudy::start(&["--understudy-before-image-audit=REPORT"])?;
    let mut connection = source.connect()?;
    connection.run([
        "SET time_zone = '+00:00'",
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT, b VARCHAR(10), n DECIMAL(5,2), s VARCHAR(2000) CHARACTER SET latin1, \
         w VARBINARY(9), at TIMESTAMP(3) NULL, j JSON, PRIMARY KEY (b, a))",
        "INSERT INTO d.t VALUES (1, 'k''1', 1.50, 'x', 'bin', '2026-01-02 03:04:05.678', '{\"a\": 1}'), \
         (2, 'k2', 2, 'y', NULL, NULL, '[1, 2]'), (3, 'k3', 3, 'z', NULL, NULL, NULL)",
    ])?;
    attach::follow(&own, &source, source.port())?;
    wait_applied(&own, &source, LIMIT)?;
    connection.run([
        "SET sql_log_bin = 0",
        "UPDATE d.t SET n = NULL, s = 'gr\u{fc}n', w = 0x00FF, at = '2026-01-02 03:04:06' WHERE a = 1",
        "UPDATE d.t SET j = '[1, 3]' WHERE a = 2",
        "SET sql_log_bin = 1",
        "UPDATE d.t SET n = 9 WHERE a = 1",
        "DELETE FROM d.t WHERE a = 2",
        "UPDATE d.t SET n = 4 WHERE a = 3",
    ])?;
    wait_applied(&own, &source, LIMIT)?;
    let rows = own
        .query(format!(
            "SELECT OBJECT_SCHEMA, OBJECT_NAME, LEFT(EVENT_TYPE, 11), ROW_KEY, COLUMN_NAME, SOURCE_VALUE, REPLICA_VALUE \
             FROM {AUDIT}"
        ))?
        .text();
    let expected = [
        ["Update_rows", "b='k\\'1', a=1", "n", "NULL", "1.50"],
        ["Update_rows", "b='k\\'1', a=1", "s", "grün", "x"],
        ["Update_rows", "b='k\\'1', a=1", "w", "0x00FF", "0x62696E"],
        [
            "Update_rows",
            "b='k\\'1', a=1",
            "at",
            "2026-01-02 03:04:06.000",
            "2026-01-02 03:04:05.678",
        ],
        ["Delete_rows", "b='k2', a=2", "j", "[1, 3]", "[1, 2]"],
    ];
    let expected: Vec<Vec<String>> = expected
        .into_iter()
        .map(|row| {
            ["d", "t"]
                .iter()
                .chain(&row)
                .map(|cell| cell.to_string())
                .collect()
        })
        .collect();
    assert_eq!(rows, expected);
    let (file, _) = source.binlog_position()?;
    let known = format!(
        "SELECT COUNT(*) FROM {AUDIT} WHERE SOURCE_LOG_FILE = '{file}' AND END_LOG_POS > 4 AND SEEN > '2020-01-01' \
         AND CHANNEL_NAME = ''"
    );
    assert_eq!(number(&own, &known)?, 5);
    let counted = |what: &str| status_variable(&own, &format!("Understudy_row_audit_{what}"));
    assert_eq!(
        (
            counted("compared_rows")?,
            counted("different_rows")?,
            counted("different_columns")?
        ),
        (3, 2, 5)
    );

    // What a MINIMAL image leaves out is not compared.
    connection.run([
        "SET sql_log_bin = 0",
        "UPDATE d.t SET s = 'planted' WHERE a = 3",
        "SET sql_log_bin = 1",
        "SET binlog_row_image = MINIMAL",
        "UPDATE d.t SET n = 5 WHERE a = 3",
        "SET binlog_row_image = FULL",
    ])?;
    wait_applied(&own, &source, LIMIT)?;
    assert_eq!(
        (counted("compared_rows")?, counted("different_rows")?),
        (4, 2)
    );

    // STOP leaves the row as it is and names what differs.
    own.query("SET GLOBAL understudy_before_image_audit = 'STOP'")?;
    connection.query("UPDATE d.t SET n = 6 WHERE a = 3")?;
    let (errno, text) = applier_error(&own)?;
    assert_eq!(errno, "1593");
    let named = "on table d.t with key (b='k3', a=3) is not as on the source: s (source 'planted', replica 'z')";
    assert!(text.contains(named), "{text}");
    assert_eq!(
        own.query("SELECT n FROM d.t WHERE a = 3")?.text()[0][0],
        "5.00"
    );
    own.query("SET GLOBAL understudy_before_image_audit = OFF")?;
    own.query("START SLAVE")?;
    wait_applied(&own, &source, LIMIT)?;
    assert_eq!(
        own.query("SELECT n, s FROM d.t WHERE a = 3")?.text()[0],
        ["6.00", "planted"]
    );
    Ok(())
}

#[test]
fn the_audit_finds_what_was_planted_on_mysql() -> anyhow::Result<()> {
    audit_finds(Kind::Mysql97)
}

#[test]
fn the_audit_finds_what_was_planted_on_mariadb() -> anyhow::Result<()> {
    audit_finds(Kind::Mariadb118)
}

/// A random load with concurrent schema changes on every source type, each before-image compared.
fn clean_load(kind: Kind) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, &[])? else {
        return Ok(());
    };
    let own = Understudy::start(&["--understudy-before-image-audit=STOP"])?;
    attach::follow(&own, &source, source.port())?;
    let plan = workload::Plan {
        kind,
        port: source.port(),
        seed: Rng::from_env(kind.name()).next_u64(),
        transactions: 1500,
        connections: 4,
        pause: Duration::ZERO,
        source_dies: false,
        schema_gate: Arc::default(),
    };
    workload::run(&plan, &AtomicBool::new(false))?;
    wait_applied(&own, &source, Duration::from_secs(180))?;
    let compared = status_variable(&own, "Understudy_row_audit_compared_rows")?;
    assert!(compared > 500, "{compared}");
    assert_eq!(
        status_variable(&own, "Understudy_row_audit_different_rows")?,
        0
    );
    expect_balance(&own, 0)
}

#[test]
fn the_audit_finds_nothing_in_a_clean_load_of_mysql() -> anyhow::Result<()> {
    clean_load(Kind::Mysql97)
}

#[test]
fn the_audit_finds_nothing_in_a_clean_load_of_mariadb() -> anyhow::Result<()> {
    clean_load(Kind::Mariadb118)
}

const WATERFALL: &str = "performance_schema.understudy_transaction_waterfall";

/// Transactions of a stage: those whose time is known and those whose is not.
fn stage(own: &Understudy, stage: &str) -> anyhow::Result<(u64, u64)> {
    let rows = own.query(format!(
        "SELECT COUNT_TRANSACTIONS, COUNT_NOT_KNOWN FROM {WATERFALL}_summary WHERE STAGE = '{stage}'"
    ))?;
    let row = &rows.text()[0];
    Ok((row[0].parse()?, row[1].parse()?))
}

fn sum_of(own: &Understudy, stages: &str) -> anyhow::Result<u64> {
    number(
        own,
        &format!("SELECT SUM(SUM_TIME) FROM {WATERFALL}_summary WHERE STAGE IN ({stages})"),
    )
}

/// Transactions in the source's binary logs: each has one GTID event.
fn transactions(source: &ReferenceServer) -> anyhow::Result<u64> {
    let counts = of_source(source)?;
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    Ok(of("gtid") + of("anonymous_gtid"))
}

fn waterfall_counts(kind: Kind) -> anyhow::Result<()> {
    let Some(source) = ReferenceServer::start_if_available(kind, &[])? else {
        return Ok(());
    };
    let mut own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    load(&source, 0)?;
    wait_applied(&own, &source, LIMIT)?;
    let all = transactions(&source)?;
    assert!(all > 60, "{all}");
    // A MariaDB source does not say when a transaction was committed.
    let said = match kind.is_mariadb() {
        true => (0, all),
        false => (all, 0),
    };
    for name in ["SOURCE_COMMIT", "RECEIVED", "TOTAL"] {
        assert_eq!(stage(&own, name)?, said, "{name}");
    }
    for name in ["FLUSHED", "SCHEDULED", "APPLIED"] {
        assert_eq!(stage(&own, name)?, (all, 0), "{name}");
    }
    if !kind.is_mariadb() {
        // One moment after the other: the stages' times add up.
        let steps = sum_of(&own, "'RECEIVED', 'FLUSHED', 'SCHEDULED', 'APPLIED'")?;
        assert_eq!(steps, sum_of(&own, "'TOTAL'")?);
        assert_eq!(sum_of(&own, "'SOURCE_COMMIT'")?, 0);
    }
    let rows = own
        .query(format!(
            "SELECT BUCKET_LOW, BUCKET_HIGH, COUNT_BUCKET, COUNT_BUCKET_AND_LOWER, BUCKET_QUANTILE FROM {WATERFALL} \
             WHERE STAGE = 'APPLIED' ORDER BY BUCKET_NUMBER"
        ))?
        .text();
    let numbers = |row: &Vec<String>| -> anyhow::Result<Vec<u64>> {
        Ok(row[..4]
            .iter()
            .map(|n| n.parse())
            .collect::<Result<_, _>>()?)
    };
    let (mut so_far, mut last) = (0, 0);
    for row in &rows {
        let row = numbers(row)?;
        assert!(row[0] >= last && row[1] > row[0], "{rows:?}");
        (so_far, last) = (so_far + row[2], row[1]);
        assert_eq!(row[3], so_far);
    }
    assert_eq!(so_far, all);
    assert_eq!(rows.last().map(|row| row[4].as_str()), Some("1.000000"));
    let ordered = format!(
        "SELECT COUNT(*) FROM {WATERFALL}_summary WHERE STAGE = 'APPLIED' AND QUANTILE_50 > 0 \
         AND QUANTILE_50 <= QUANTILE_95 AND QUANTILE_95 <= QUANTILE_99 AND QUANTILE_99 <= MAX_TIME"
    );
    assert_eq!(number(&own, &ordered)?, 1);

    // What was received before the server started: the moments are gone, and nobody makes some up.
    own.query("STOP SLAVE SQL_THREAD")?;
    load(&source, 1)?;
    wait_received(&own, &source)?;
    let waiting = transactions(&source)? - all;
    own.kill9()?;
    own.relaunch()?;
    own.wait_ready()?;
    own.query("START SLAVE")?;
    wait_applied(&own, &source, LIMIT)?;
    for name in ["RECEIVED", "FLUSHED", "SCHEDULED"] {
        assert_eq!(stage(&own, name)?, (0, waiting), "{name}");
    }
    assert_eq!(stage(&own, "APPLIED")?, (waiting, 0));
    Ok(())
}

#[test]
fn the_waterfall_has_every_transaction_of_mysql() -> anyhow::Result<()> {
    waterfall_counts(Kind::Mysql97)
}

#[test]
fn the_waterfall_has_every_transaction_of_mariadb() -> anyhow::Result<()> {
    waterfall_counts(Kind::Mariadb118)
}
