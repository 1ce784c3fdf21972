//! SHOW SLAVE STATUS: the real server's columns in its order, and the errors that a DBA looks for.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, port, reference};

/// Columns of a statement's answer.
fn columns(
    mut connection: understudy_testkit::client::Connection,
    sql: &str,
) -> anyhow::Result<Vec<String>> {
    let answer = connection.query(sql)?;
    Ok(answer
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect())
}

#[test]
fn columns_are_those_of_the_real_server() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    let expected = columns(real.connect()?, "SHOW REPLICA STATUS")?;
    assert_eq!(columns(own.connect()?, "SHOW REPLICA STATUS")?, expected);
    let old_words: Vec<String> = expected
        .iter()
        .map(|name| {
            name.replace("Source", "Master")
                .replace("source", "master")
                .replace("Replica_", "Slave_")
                .replace("Get_Master_public_key", "Get_master_public_key")
        })
        .collect();
    assert_eq!(columns(own.connect()?, "SHOW SLAVE STATUS")?, old_words);
    assert!(own.query("SHOW SLAVE STATUS")?.rows.is_empty());
    Ok(())
}

/// Points `own` at a source with these options and waits for an error of the receiver.
fn receiver_error(own: &Understudy, options: &str) -> anyhow::Result<(String, String, String)> {
    own.query("STOP SLAVE")?;
    own.query(format!("CHANGE MASTER TO {options}"))?;
    own.query("START SLAVE")?;
    let start = Instant::now();
    loop {
        let status = attach::status(own)?;
        let value = |name: &str| attach::column(&status, &[name]).map(str::to_owned);
        let errno = value("Last_IO_Errno")?;
        if errno != "0" {
            return Ok((errno, value("Last_IO_Error")?, value("Slave_IO_Running")?));
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(20),
            "no error: {status:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn source_with_a_row() -> anyhow::Result<Option<ReferenceServer>> {
    let source = ReferenceServer::start_if_available(Kind::Mysql56, &[])?;
    if let Some(source) = &source {
        source
            .connect()?
            .run(["CREATE DATABASE d", "CREATE TABLE d.t (a INT)"])?;
    }
    Ok(source)
}

#[test]
fn receiver_errors_are_those_a_dba_knows() -> anyhow::Result<()> {
    let Some(source) = source_with_a_row()? else {
        return Ok(());
    };
    let own = Understudy::start(&[])?;
    let port = source.port();
    let account = format!("MASTER_USER='repl', MASTER_PASSWORD='{REPL_PASSWORD}'");
    let place = "MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_CONNECT_RETRY=60";
    let free = port::free();
    for (options, errno, text, running) in [
        (
            format!(
                "MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', MASTER_PASSWORD='wrong', {place}"
            ),
            "1045",
            format!("error connecting to master 'repl@127.0.0.1:{port}' - retry-time: 60"),
            "Connecting",
        ),
        (
            format!("MASTER_HOST='127.0.0.1', MASTER_PORT={free}, {account}, {place}"),
            "2003",
            format!("error connecting to master 'repl@127.0.0.1:{free}' - retry-time: 60"),
            "Connecting",
        ),
        (
            format!(
                "MASTER_HOST='127.0.0.1', MASTER_PORT={port}, {account}, \
                 MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=99999999"
            ),
            "1236",
            "Client requested master to start replication from position > file size".to_owned(),
            "No",
        ),
        (
            format!(
                "MASTER_HOST='127.0.0.1', MASTER_PORT={port}, {account}, \
                 MASTER_LOG_FILE='binlog.000099', MASTER_LOG_POS=4"
            ),
            "1236",
            "Could not find first log file name in binary log index file".to_owned(),
            "No",
        ),
    ] {
        let (found, message, state) = receiver_error(&own, &options)?;
        assert_eq!(found, errno, "{options}: {message}");
        assert!(message.contains(&text), "{message}\nlacks {text}");
        assert_eq!(state, running, "{message}");
    }
    // Set right, it goes on.
    own.query("STOP SLAVE")?;
    attach::follow(&own, &source, port)?;
    attach::wait_applied(&own, &source, Duration::from_secs(30))?;
    let status = attach::status(&own)?;
    for (name, expected) in [
        ("Slave_IO_Running", "Yes"),
        ("Slave_SQL_Running", "Yes"),
        ("Last_IO_Errno", "0"),
        ("Last_SQL_Errno", "0"),
        ("Seconds_Behind_Master", "0"),
        ("Master_Host", "127.0.0.1"),
        ("Master_User", "repl"),
        ("Connect_Retry", "1"),
        ("Slave_IO_State", "Waiting for master to send event"),
        ("Master_Log_File", "binlog.000001"),
        ("Relay_Master_Log_File", "binlog.000001"),
    ] {
        assert_eq!(attach::column(&status, &[name])?, expected, "{name}");
    }
    Ok(())
}

#[test]
fn equal_server_ids_are_refused() -> anyhow::Result<()> {
    let source = reference!(Kind::Mariadb1011, &["--server-id=4000"]);
    let own = Understudy::start(&["--server-id=4000"])?;
    attach::follow(&own, &source, source.port())?;
    let start = Instant::now();
    loop {
        let status = attach::status(&own)?;
        if attach::column(&status, &["Last_IO_Errno"])? == "1593" {
            assert_eq!(attach::column(&status, &["Slave_IO_Running"])?, "No");
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(20),
            "no error: {status:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
