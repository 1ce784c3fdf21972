//! Replication's threads in SHOW PROCESSLIST, KILL of them, Seconds_Behind_Source and the status variables of a
//! replica, beside real replicas in the same states.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Rows of the threads but of workers: command, time, state and what else SHOW PROCESSLIST shows.
fn threads(replica: &dyn Replica) -> anyhow::Result<Vec<(String, i64)>> {
    let rows = replica.connect()?.query("SHOW PROCESSLIST")?.text();
    let mut threads = Vec::new();
    for row in rows {
        let [_, user, host, db, command, time, state, info] = row.as_slice() else {
            anyhow::bail!("{row:?}");
        };
        if user == "system user" && state != "Waiting for an event from Coordinator" {
            let text = format!("{user}|{host}|{db}|{command}|{state}|{info}");
            threads.push((text, time.parse()?));
        }
    }
    Ok(threads)
}

/// Waits until both show the same threads, and about the same times.
fn expect_same_threads(
    real: &ReferenceServer,
    own: &Understudy,
    state: &str,
) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let (theirs, ours) = (threads(real)?, threads(own)?);
        let same = theirs.len() == ours.len()
            && theirs
                .iter()
                .zip(&ours)
                .all(|(left, right)| left.0 == right.0 && (left.1 - right.1).abs() <= 2);
        if same && (state.is_empty() || ours.iter().any(|(text, _)| text.contains(state))) {
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(20),
            "{state}\n  real {theirs:?}\n  here {ours:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn on_both(real: &ReferenceServer, own: &Understudy, statements: &[&str]) -> anyhow::Result<()> {
    real.connect()?.run(statements)?;
    own.connect()?.run(statements)
}

/// Both follow the source with one worker.
fn follow(replica: &dyn Replica, source: &ReferenceServer) -> anyhow::Result<()> {
    let port = source.port();
    let change = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl', \
         SOURCE_PASSWORD='{REPL_PASSWORD}', SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4, SOURCE_CONNECT_RETRY=1, \
         GET_SOURCE_PUBLIC_KEY=1, SOURCE_SSL=0, SOURCE_RETRY_COUNT=100"
    );
    let workers = "SET GLOBAL replica_parallel_workers=1";
    replica.connect()?.run([workers, &change, "START REPLICA"])
}

#[test]
fn threads_are_shown_as_the_real_ones() -> anyhow::Result<()> {
    let mut source = reference!(Kind::Mysql97);
    let real = reference!(Kind::Mysql97, &["--server-id=71"]);
    let own = Understudy::start(&["--server-id=72"])?;
    source
        .connect()?
        .run(["CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)"])?;
    for replica in [&real as &dyn Replica, &own] {
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    // Started one after the other: the times meet when both have applied something new.
    source.exec("INSERT INTO d.t VALUES (1)")?;
    on_both(
        &real,
        &own,
        &["STOP REPLICA IO_THREAD", "START REPLICA IO_THREAD"],
    )?;
    expect_same_threads(&real, &own, "Waiting for source to send event")?;
    // A delayed applier.
    let delay = "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=600";
    on_both(
        &real,
        &own,
        &["STOP REPLICA SQL_THREAD", delay, "START REPLICA SQL_THREAD"],
    )?;
    source.exec("INSERT INTO d.t VALUES (2)")?;
    expect_same_threads(
        &real,
        &own,
        "Waiting until SOURCE_DELAY seconds after source executed event",
    )?;
    on_both(&real, &own, &["STOP REPLICA SQL_THREAD"])?;
    expect_same_threads(&real, &own, "Waiting for source to send event")?;
    // A source that went away, and one that is not there.
    source.kill9()?;
    expect_same_threads(&real, &own, "Reconnecting after a failed source event read")?;
    on_both(
        &real,
        &own,
        &["STOP REPLICA IO_THREAD", "START REPLICA IO_THREAD"],
    )?;
    expect_same_threads(&real, &own, "Connecting to source")?;
    on_both(&real, &own, &["STOP REPLICA"])?;
    expect_same_threads(&real, &own, "")
}

/// Connection id of the thread whose command is `command`.
fn thread_id(replica: &dyn Replica, command: &str) -> anyhow::Result<String> {
    let rows = replica.connect()?.query("SHOW PROCESSLIST")?.text();
    let found = rows.into_iter().find(|row| {
        row[1] == "system user"
            && row[4] == command
            && row[6] != "Waiting for an event from Coordinator"
    });
    let row = found.ok_or_else(|| anyhow::anyhow!("no thread with command {command}"))?;
    Ok(row[0].clone())
}

#[test]
fn kill_ends_a_replication_thread_as_in_the_real_server() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let real = reference!(Kind::Mysql97, &["--server-id=71"]);
    let own = Understudy::start(&["--server-id=72"])?;
    for replica in [&real as &dyn Replica, &own] {
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
        let receiver = thread_id(replica, "Connect")?;
        let applier = thread_id(replica, "Query")?;
        // The receiver takes no notice of the one, and ends with the other.
        replica.connect()?.run([format!("KILL QUERY {receiver}")])?;
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(thread_id(replica, "Connect")?, receiver);
        replica
            .connect()?
            .run([format!("KILL {receiver}"), format!("KILL {applier}")])?;
        let start = Instant::now();
        loop {
            let status = attach::status(replica)?;
            let value = |names: &[&str]| attach::column(&status, names).map(str::to_owned);
            let io = value(&["Slave_IO_Running", "Replica_IO_Running"])?;
            let sql = value(&["Slave_SQL_Running", "Replica_SQL_Running"])?;
            let errno = value(&["Last_SQL_Errno"])?;
            if [io.as_str(), &sql, &errno] == ["No", "No", "1756"] {
                assert_eq!(value(&["Last_IO_Errno"])?, "0");
                break;
            }
            anyhow::ensure!(start.elapsed() < Duration::from_secs(20), "{status:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        let gone = replica.connect()?.query(format!("KILL {applier}"));
        anyhow::ensure!(gone.is_err(), "KILL of a thread that ended");
        replica.connect()?.run(["START REPLICA"])?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    Ok(())
}

/// Status variables of replication by their names, but of the semi-synchronous plugins and of what serves a binary log.
fn variables(replica: &dyn Replica) -> anyhow::Result<Vec<(String, String)>> {
    let sql = "SHOW GLOBAL STATUS WHERE Variable_name LIKE '%slave%' OR Variable_name LIKE '%replica%' \
               OR Variable_name LIKE 'Com_change_%'";
    let rows = replica.connect()?.query(sql)?.text();
    let pairs = rows.into_iter().map(|row| (row[0].clone(), row[1].clone()));
    let other = |name: &str| {
        name.starts_with("Rpl_semi_sync")
            || name.starts_with("Com_group_replication")
            || name.starts_with("option_tracker")
            || name.contains("all_slaves")
            || name.starts_with("Com_change_db")
    };
    Ok(pairs.filter(|(name, _)| !other(name)).collect())
}

#[test]
fn status_variables_are_those_of_the_real_servers() -> anyhow::Result<()> {
    for kind in [Kind::Mysql97, Kind::Mysql56, Kind::Mariadb118] {
        let Some(source) = ReferenceServer::start_if_available(kind, &[])? else {
            return Ok(());
        };
        let Some(real) = ReferenceServer::start_if_available(kind, &["--server-id=71"])? else {
            return Ok(());
        };
        let own = Understudy::start(&["--server-id=72"])?;
        source
            .connect()?
            .run(["CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)"])?;
        for replica in [&real as &dyn Replica, &own] {
            attach::follow(replica, &source, source.port())?;
            attach::wait_applied(replica, &source, Duration::from_secs(60))?;
        }
        let ours = variables(&own)?;
        for (name, theirs) in variables(&real)? {
            let found = ours.iter().find(|(own, _)| *own == name);
            let Some((_, value)) = found else {
                anyhow::bail!("{}: no status variable {name}", kind.name());
            };
            // How often it was asked depends on the waiting.
            if !name.starts_with("Com_show") && !name.ends_with("period") {
                assert_eq!(*value, theirs, "{}: {name}", kind.name());
            }
        }
    }
    Ok(())
}

/// Seconds_Behind_Source.
fn behind(replica: &dyn Replica) -> anyhow::Result<String> {
    let status = attach::status(replica)?;
    let names = ["Seconds_Behind_Master", "Seconds_Behind_Source"];
    attach::column(&status, &names).map(str::to_owned)
}

/// Waits until both show the lag that `expected` accepts, within two seconds of each other.
fn expect_lag(
    real: &ReferenceServer,
    own: &Understudy,
    what: &str,
    expected: impl Fn(Option<i64>) -> bool,
) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let (theirs, ours) = (behind(real)?, behind(own)?);
        let (left, right) = (theirs.parse::<i64>().ok(), ours.parse::<i64>().ok());
        let close = match (left, right) {
            (Some(left), Some(right)) => (left - right).abs() <= 2,
            (left, right) => left == right,
        };
        if close && expected(right) {
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(15),
            "{what}: real {theirs}, here {ours}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn seconds_behind_source_is_the_real_replicas() -> anyhow::Result<()> {
    let mut source = reference!(Kind::Mysql97);
    let real = reference!(Kind::Mysql97, &["--server-id=71"]);
    let own = Understudy::start(&["--server-id=72"])?;
    source
        .connect()?
        .run(["CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)"])?;
    for replica in [&real as &dyn Replica, &own] {
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    expect_lag(&real, &own, "caught up", |s| s == Some(0))?;
    std::thread::sleep(Duration::from_secs(3));
    expect_lag(&real, &own, "idle", |s| s == Some(0))?;
    on_both(&real, &own, &["STOP REPLICA IO_THREAD"])?;
    expect_lag(&real, &own, "no receiver", |s| s.is_none())?;
    on_both(
        &real,
        &own,
        &["START REPLICA IO_THREAD", "STOP REPLICA SQL_THREAD"],
    )?;
    expect_lag(&real, &own, "no applier", |s| s.is_none())?;
    // Held back: the lag is that of the event's own time, whatever the delay goes by.
    let delay = "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=600";
    on_both(&real, &own, &[delay, "START REPLICA SQL_THREAD"])?;
    expect_lag(&real, &own, "nothing to hold back", |s| s == Some(0))?;
    source.exec("INSERT INTO d.t VALUES (1)")?;
    std::thread::sleep(Duration::from_secs(3));
    expect_lag(&real, &own, "held back", |s| s.is_some_and(|s| s >= 3))?;
    on_both(&real, &own, &["STOP REPLICA IO_THREAD"])?;
    expect_lag(&real, &own, "held back without a receiver", |s| {
        s.is_some_and(|s| s >= 3)
    })?;
    // A source that is gone.
    let none = "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=0";
    on_both(&real, &own, &["STOP REPLICA", none, "START REPLICA"])?;
    expect_lag(&real, &own, "caught up again", |s| s == Some(0))?;
    // Events that say they are old, and new.
    on_both(
        &real,
        &own,
        &["STOP REPLICA SQL_THREAD", delay, "START REPLICA SQL_THREAD"],
    )?;
    source.connect()?.run([
        "SET timestamp = UNIX_TIMESTAMP() - 1000",
        "INSERT INTO d.t VALUES (2)",
    ])?;
    expect_lag(&real, &own, "an old event", |s| {
        s.is_some_and(|s| s >= 1000)
    })?;
    on_both(
        &real,
        &own,
        &["STOP REPLICA SQL_THREAD", none, "START REPLICA SQL_THREAD"],
    )?;
    expect_lag(&real, &own, "the old event applied", |s| s == Some(0))?;
    source.kill9()?;
    expect_lag(&real, &own, "connecting", |s| s.is_none())
}

/// The source's events in the relay log as SHOW RELAYLOG EVENTS describes them: type, server id, end and text. What
/// frames them, and where they lie, is each server's own.
fn relayed(replica: &dyn Replica, file: &str) -> anyhow::Result<Vec<String>> {
    let mut connection = replica.connect()?;
    let rows = connection
        .query(format!("SHOW RELAYLOG EVENTS IN '{file}'"))?
        .text();
    let framing = ["Format_desc", "Previous_gtids", "Rotate"];
    let events = rows
        .into_iter()
        .filter(|row| !framing.contains(&row[2].as_str()));
    Ok(events.map(|row| row[2..].join("|")).collect())
}

#[test]
fn relaylog_events_are_described_as_by_the_real_replica() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97, &["--binlog-rows-query-log-events=ON"]);
    let options = ["--server-id=71", "--relay-log=relay-bin"];
    let real = reference!(Kind::Mysql97, &options);
    let own = Understudy::start(&["--server-id=72", "--relay-log=relay-bin"])?;
    source.connect()?.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (a INT PRIMARY KEY, b JSON, c VARCHAR(20))",
        "INSERT INTO d.t VALUES (1, '{\"x\": 1}', 'o''ne'), (2, NULL, 'two')",
        "UPDATE d.t SET c = 'three' WHERE a = 2",
        "DELETE FROM d.t WHERE a = 1",
        "XA START 'x', 'y'",
        "INSERT INTO d.t VALUES (3, NULL, NULL)",
        "XA END 'x', 'y'",
        "XA PREPARE 'x', 'y'",
        "XA COMMIT 'x', 'y'",
        "SET foreign_key_checks = 0",
        "INSERT INTO d.t VALUES (5, NULL, NULL)",
        "SET unique_checks = 0",
        "INSERT INTO d.t VALUES (6, NULL, NULL)",
        "SET SESSION binlog_transaction_compression = ON",
        "INSERT INTO d.t VALUES (4, NULL, REPEAT('z', 20))",
    ])?;
    for replica in [&real as &dyn Replica, &own] {
        replica
            .connect()?
            .run(["SET GLOBAL relay_log_purge = OFF"])?;
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    let file = |replica: &dyn Replica| -> anyhow::Result<String> {
        let status = attach::status(replica)?;
        attach::column(&status, &["Relay_Log_File"]).map(str::to_owned)
    };
    let theirs = relayed(&real, &file(&real)?)?;
    let ours = relayed(&own, &file(&own)?)?;
    anyhow::ensure!(theirs.len() > 20, "{theirs:#?}");
    assert_eq!(ours, theirs);
    for sql in [
        "SHOW RELAYLOG EVENTS IN 'nope'",
        "SHOW RELAYLOG EVENTS FOR CHANNEL 'nope'",
    ] {
        let left = real.connect()?.query(sql).err().map(|e| format!("{e:#}"));
        let right = own.connect()?.query(sql).err().map(|e| format!("{e:#}"));
        assert_eq!(right, left, "{sql}");
    }
    Ok(())
}

/// MASTER_POS_WAIT and SOURCE_POS_WAIT where the answer is known at once.
#[test]
fn pos_wait_answers_as_the_real_replica() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let real = reference!(Kind::Mysql97, &["--server-id=71"]);
    let own = Understudy::start(&["--server-id=72"])?;
    source.connect()?.run(["CREATE DATABASE d"])?;
    let expressions = [
        "SOURCE_POS_WAIT('binlog.000001', 4)",
        "SOURCE_POS_WAIT('binlog.000001', 4, 1)",
        "SOURCE_POS_WAIT('binlog.000001', 4000000, 1)",
        "SOURCE_POS_WAIT('binlog.000009', 4, 1)",
        "SOURCE_POS_WAIT(NULL, 4, 1)",
        "SOURCE_POS_WAIT('binlog.000001', NULL, 1)",
        "SOURCE_POS_WAIT('binlog.000001', 4, 1, '')",
        "SOURCE_POS_WAIT('binlog.000001', 4, 1, 'nope')",
        "SOURCE_POS_WAIT('binlog.000001', 4, -1)",
        "SOURCE_POS_WAIT('nonsense', 4, 1)",
        "MASTER_POS_WAIT('binlog.000001', 4, 1)",
    ];
    let compare = |when: &str| -> anyhow::Result<()> {
        for expression in expressions {
            let answer =
                |replica: &dyn Replica| -> anyhow::Result<Result<Vec<Vec<String>>, String>> {
                    let answer = replica.connect()?.query(format!("SELECT {expression}"));
                    Ok(answer.map(|a| a.text()).map_err(|e| format!("{e:#}")))
                };
            assert_eq!(answer(&own)?, answer(&real)?, "{when}: {expression}");
        }
        Ok(())
    };
    compare("not configured")?;
    for replica in [&real as &dyn Replica, &own] {
        follow(replica, &source)?;
        attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    }
    compare("running")?;
    on_both(&real, &own, &["STOP REPLICA"])?;
    compare("stopped")
}
