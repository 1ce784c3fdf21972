//! What a DBA does to a running replica: MASTER_DELAY, `sql_slave_skip_counter`, credentials in START SLAVE.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

#[test]
fn refusals_are_those_of_the_real_server() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    for statement in [
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u' FOR CHANNEL 'a'",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u' FOR CHANNEL 'b'",
        "SET GLOBAL sql_replica_skip_counter=2",
        "START REPLICA SQL_THREAD",
        "START REPLICA SQL_THREAD FOR CHANNEL 'a'",
        "SET GLOBAL sql_replica_skip_counter=0",
        "STOP REPLICA",
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=5 FOR CHANNEL 'a'",
        "START REPLICA FOR CHANNEL 'a'",
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=6 FOR CHANNEL 'a'",
        "STOP REPLICA SQL_THREAD FOR CHANNEL 'a'",
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=6 FOR CHANNEL 'a'",
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=6, SOURCE_PORT=3 FOR CHANNEL 'a'",
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY=2147483648 FOR CHANNEL 'a'",
        "STOP REPLICA",
        "START REPLICA SQL_THREAD USER='x' PASSWORD='y' FOR CHANNEL 'a'",
        "START REPLICA USER='x' PASSWORD='y' FOR CHANNEL 'b'",
        "SHOW WARNINGS",
    ] {
        let theirs = answer(&mut left, statement)?;
        assert_eq!(answer(&mut right, statement)?, theirs, "{statement}");
    }
    Ok(())
}

fn answer(connection: &mut Connection, statement: &str) -> anyhow::Result<String> {
    match connection.query(statement) {
        Ok(answer) => Ok(format!("{:?}", answer.text())),
        Err(error) => Ok(error.downcast::<ServerError>()?.to_string()),
    }
}

#[test]
fn a_delayed_replica_waits_and_says_so() -> anyhow::Result<()> {
    const DELAY_S: u64 = 4;
    for kind in Kind::ALL {
        let source = reference!(kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut writer = source.connect()?;
        writer.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY) ENGINE=InnoDB",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        own.query("STOP SLAVE SQL_THREAD")?;
        own.query(format!("CHANGE MASTER TO MASTER_DELAY={DELAY_S}"))?;
        own.query("START SLAVE SQL_THREAD")?;
        let written = Instant::now();
        writer.run([
            "BEGIN",
            "INSERT INTO d.t VALUES (1)",
            "INSERT INTO d.t VALUES (2)",
            "COMMIT",
        ])?;
        let mut told = false;
        loop {
            let rows = own.query("SELECT * FROM d.t")?.text().len();
            if rows > 0 {
                assert_eq!(rows, 2);
                break;
            }
            let status = attach::status(&own)?;
            let remaining = attach::column(&status, &["SQL_Remaining_Delay"])?;
            if let Ok(seconds) = remaining.parse::<u64>() {
                assert!(seconds <= DELAY_S + 1, "{seconds}");
                let state = attach::column(&status, &["Slave_SQL_Running_State"])?;
                told |= state == "Waiting until MASTER_DELAY seconds after master executed event";
                assert_eq!(
                    attach::column(&status, &["SQL_Delay"])?,
                    DELAY_S.to_string()
                );
            }
            anyhow::ensure!(written.elapsed() < Duration::from_secs(60), "{status:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        // Times of the log are whole seconds.
        let waited = written.elapsed();
        assert!(
            waited > Duration::from_secs(DELAY_S - 1),
            "{}: {waited:?}",
            kind.name()
        );
        assert!(told, "{}: no state, no remaining delay", kind.name());
        // A stop ends the wait at once and loses nothing.
        writer.run(["INSERT INTO d.t VALUES (3)"])?;
        std::thread::sleep(Duration::from_millis(500));
        let stopping = Instant::now();
        own.query("STOP SLAVE SQL_THREAD")?;
        assert!(stopping.elapsed() < Duration::from_secs(2));
        assert_eq!(own.query("SELECT * FROM d.t")?.text().len(), 2);
        own.query("CHANGE MASTER TO MASTER_DELAY=0")?;
        own.query("START SLAVE SQL_THREAD")?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        assert_eq!(own.query("SELECT * FROM d.t")?.text().len(), 3);
    }
    Ok(())
}

#[test]
fn the_skip_counter_passes_over_whole_transactions() -> anyhow::Result<()> {
    for kind in Kind::ALL {
        let source = reference!(kind);
        let own = Understudy::start(&[])?;
        attach::follow(&own, &source, source.port())?;
        let mut writer = source.connect()?;
        writer.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY) ENGINE=InnoDB",
        ])?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        own.query("STOP SLAVE SQL_THREAD")?;
        writer.run([
            "BEGIN",
            "INSERT INTO d.t VALUES (1)",
            "INSERT INTO d.t VALUES (2)",
            "COMMIT",
            "INSERT INTO d.t VALUES (3)",
            "INSERT INTO d.t VALUES (4)",
        ])?;
        own.query("SET GLOBAL sql_slave_skip_counter=1")?;
        own.query("START SLAVE SQL_THREAD")?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        let rows = own.query("SELECT id FROM d.t ORDER BY id")?.text();
        assert_eq!(rows, [["3"], ["4"]], "{}", kind.name());
        assert_eq!(
            own.query("SELECT @@global.sql_slave_skip_counter")?.text()[0][0],
            "0"
        );
    }
    Ok(())
}

fn unnamed(source: &ReferenceServer) -> String {
    format!(
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_LOG_FILE='binlog.000001', \
         MASTER_LOG_POS=4, GET_MASTER_PUBLIC_KEY=1",
        source.port()
    )
}

#[test]
fn credentials_of_start_slave_are_used_and_not_stored() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    source.connect()?.run(["CREATE DATABASE d"])?;
    let own = Understudy::start(&[])?;
    own.query(unnamed(&source))?;
    own.query(format!(
        "START SLAVE USER='repl' PASSWORD='{REPL_PASSWORD}'"
    ))?;
    attach::wait_applied(&own, &source, Duration::from_secs(60))?;
    let status = attach::status(&own)?;
    assert_eq!(attach::column(&status, &["Master_User"])?, "repl");
    for entry in std::fs::read_dir(own.datadir())? {
        let path = entry?.path();
        if path.is_file() {
            let bytes = std::fs::read(&path)?;
            let found = bytes
                .windows(REPL_PASSWORD.len())
                .any(|part| part == REPL_PASSWORD.as_bytes());
            assert!(!found, "the password is in {}", path.display());
        }
    }
    assert!(!own.error_log().contains(REPL_PASSWORD));
    own.query("STOP SLAVE")?;
    own.query("START SLAVE")?;
    let start = Instant::now();
    loop {
        let status = attach::status(&own)?;
        if attach::column(&status, &["Last_IO_Errno"])? == "1593" {
            let text = attach::column(&status, &["Last_IO_Error"])?;
            assert!(text.contains("Invalid (empty) username"), "{text}");
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(20), "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn events_marked_for_skip_are_filtered_where_asked_for() -> anyhow::Result<()> {
    let source = reference!(Kind::Mariadb118);
    let mut writer = source.connect()?;
    writer.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB",
        "INSERT INTO d.t VALUES (1, 'plain')",
        "SET skip_replication=1",
        "INSERT INTO d.t VALUES (2, 'marked')",
        "BEGIN",
        "INSERT INTO d.t VALUES (3, 'marked')",
        "UPDATE d.t SET v='marked' WHERE id=2",
        "COMMIT",
        "SET skip_replication=0",
        "INSERT INTO d.t VALUES (4, 'plain')",
    ])?;
    for (option, rows) in [
        ("REPLICATE", &["1", "2", "3", "4"][..]),
        ("FILTER_ON_SLAVE", &["1", "4"]),
        ("FILTER_ON_MASTER", &["1", "4"]),
    ] {
        let own = Understudy::start(&[&format!("--replicate-events-marked-for-skip={option}")])?;
        attach::follow(&own, &source, source.port())?;
        attach::wait_applied(&own, &source, Duration::from_secs(60))?;
        let answer = own.query("SELECT id FROM d.t ORDER BY id")?.text();
        let ids: Vec<&str> = answer.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(ids, rows, "{option}");
        let refused = own.query("SET GLOBAL replicate_events_marked_for_skip='REPLICATE'");
        let text = refused.expect_err("the threads run").to_string();
        assert!(text.contains("1198"), "{text}");
        own.query("STOP SLAVE")?;
        own.query("SET GLOBAL replicate_events_marked_for_skip='REPLICATE'")?;
    }
    Ok(())
}
