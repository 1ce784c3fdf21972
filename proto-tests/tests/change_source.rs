//! CHANGE REPLICATION SOURCE TO: which values and which running threads it refuses, and what its options do.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::{Kind, Understudy, reference};

const LIMIT: Duration = Duration::from_secs(60);

fn answer(connection: &mut Connection, statement: &str) -> anyhow::Result<String> {
    match connection.query(statement) {
        Ok(_) => Ok(format!("{:?}", connection.query("SHOW WARNINGS")?.text())),
        Err(error) => Ok(error.downcast::<ServerError>()?.to_string()),
    }
}

#[test]
fn values_and_running_threads_are_judged_as_by_the_real_server() -> anyhow::Result<()> {
    let options = ["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"];
    let real = reference!(Kind::Mysql97, &options);
    let own = Understudy::start(&["--gtid-mode=OFF"])?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let change = "CHANGE REPLICATION SOURCE TO ";
    let check = |left: &mut Connection, right: &mut Connection, statement: &str| {
        let theirs = answer(left, statement)?;
        assert_eq!(answer(right, statement)?, theirs, "{statement}");
        anyhow::Ok(())
    };
    for options in [
        "SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u', SOURCE_HEARTBEAT_PERIOD=0.0001",
        "SOURCE_HEARTBEAT_PERIOD=100",
        "SOURCE_HEARTBEAT_PERIOD=4294968",
        "SOURCE_HEARTBEAT_PERIOD=0",
        "SOURCE_COMPRESSION_ALGORITHMS='zlib,bad'",
        "SOURCE_COMPRESSION_ALGORITHMS=''",
        "SOURCE_COMPRESSION_ALGORITHMS='zlib,zlib,zstd,uncompressed'",
        "SOURCE_COMPRESSION_ALGORITHMS='zlib,zstd'",
        "SOURCE_ZSTD_COMPRESSION_LEVEL=23",
        "SOURCE_ZSTD_COMPRESSION_LEVEL=7",
        "SOURCE_BIND='127.0.0.1'",
        "SOURCE_TLS_CIPHERSUITES='nonsense'",
        "SOURCE_TLS_CIPHERSUITES=NULL",
        "SOURCE_SSL_CIPHER='ECDHE-RSA-AES128-GCM-SHA256'",
        "SOURCE_SSL_CAPATH='/nowhere'",
        "SOURCE_PASSWORD='0123456789012345678901234567890123456789'",
        "SOURCE_PASSWORD='01234567890123456789012345678901'",
        "SOURCE_SSL=1, SOURCE_USER='v'",
        "SOURCE_HOST=''",
        "IGNORE_SERVER_IDS=(1, 2)",
        "IGNORE_SERVER_IDS=()",
        "SOURCE_CONNECT_RETRY=0, SOURCE_RETRY_COUNT=0",
        "REQUIRE_ROW_FORMAT=1",
        "REQUIRE_TABLE_PRIMARY_KEY_CHECK=ON",
        "REQUIRE_TABLE_PRIMARY_KEY_CHECK=STREAM",
        "SOURCE_CONNECT_RETRY=60, SOURCE_RETRY_COUNT=10",
    ] {
        check(&mut left, &mut right, &format!("{change}{options}"))?;
    }
    check(&mut left, &mut right, "START REPLICA SQL_THREAD")?;
    for options in [
        "SOURCE_DELAY=5",
        "REQUIRE_ROW_FORMAT=0",
        "REQUIRE_TABLE_PRIMARY_KEY_CHECK=OFF",
        "RELAY_LOG_POS=4",
        "SOURCE_USER='w'",
        "SOURCE_BIND=''",
        "IGNORE_SERVER_IDS=(1)",
        "SOURCE_CONNECT_RETRY=1, SOURCE_DELAY=1",
        "SOURCE_HEARTBEAT_PERIOD=3",
    ] {
        check(&mut left, &mut right, &format!("{change}{options}"))?;
    }
    check(&mut left, &mut right, "STOP REPLICA SQL_THREAD")?;
    check(&mut left, &mut right, "START REPLICA IO_THREAD")?;
    for options in [
        "SOURCE_DELAY=7",
        "REQUIRE_TABLE_PRIMARY_KEY_CHECK=ON",
        "REQUIRE_TABLE_PRIMARY_KEY_CHECK=STREAM, SOURCE_USER='y'",
        "REQUIRE_ROW_FORMAT=1",
        "SOURCE_LOG_POS=4",
        "SOURCE_USER='x'",
        "SOURCE_HEARTBEAT_PERIOD=3",
        "SOURCE_BIND=''",
    ] {
        check(&mut left, &mut right, &format!("{change}{options}"))?;
    }
    Ok(())
}

fn wait_for(own: &Understudy, column: &str, value: &str) -> anyhow::Result<Vec<(String, String)>> {
    let start = Instant::now();
    loop {
        let status = attach::status(own)?;
        if attach::column(&status, &[column])? == value {
            return Ok(status);
        }
        anyhow::ensure!(start.elapsed() < LIMIT, "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_a_channel_requires_of_events_stops_the_applier() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    let mut writer = source.connect()?;
    writer.run(["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)"])?;
    attach::wait_applied(&own, &source, LIMIT)?;
    own.query("STOP SLAVE")?;
    own.query("CHANGE MASTER TO REQUIRE_ROW_FORMAT=1, REQUIRE_TABLE_PRIMARY_KEY_CHECK=ON")?;
    own.query("START SLAVE")?;
    // A key that stays, and one that goes.
    writer.run([
        "INSERT INTO d.t VALUES (1)",
        "ALTER TABLE d.t DROP PRIMARY KEY, ADD PRIMARY KEY (id)",
        "ALTER TABLE d.t DROP PRIMARY KEY",
    ])?;
    let status = wait_for(&own, "Last_SQL_Errno", "3750")?;
    let text = attach::column(&status, &["Last_SQL_Error"])?;
    let begin = "Error 'Unable to create or change a table without a primary key, when the system variable \
                 'sql_require_primary_key' is set.";
    assert!(text.starts_with(begin), "{text}");
    let definition = own.query("SHOW CREATE TABLE d.t")?.text()[0][1].clone();
    assert!(definition.contains("PRIMARY KEY"), "{definition}");
    own.query("CHANGE MASTER TO REQUIRE_TABLE_PRIMARY_KEY_CHECK=OFF")?;
    own.query("START SLAVE SQL_THREAD")?;
    attach::wait_applied(&own, &source, LIMIT)?;
    writer.run(["SET binlog_format=STATEMENT", "INSERT INTO d.t VALUES (2)"])?;
    let status = wait_for(&own, "Last_SQL_Errno", "3944")?;
    // As 9.7 says it, behind what its worker says.
    let expected = "Error 'The query does not comply with variable require_row_format restrictions.' on query. \
                    Default database: ''. Query: 'INSERT INTO d.t VALUES (2)'";
    assert_eq!(attach::column(&status, &["Last_SQL_Error"])?, expected);
    assert_eq!(own.query("SELECT * FROM d.t")?.text().len(), 1);
    Ok(())
}

#[test]
fn the_applier_goes_where_relay_log_pos_says() -> anyhow::Result<()> {
    for kind in Kind::ALL {
        let source = reference!(kind);
        let own = Understudy::start(&["--relay-log-purge=0", "--slave-exec-mode=IDEMPOTENT"])?;
        attach::follow(&own, &source, source.port())?;
        let mut writer = source.connect()?;
        writer.run([
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB",
            "INSERT INTO d.t VALUES (1, 1)",
        ])?;
        attach::wait_applied(&own, &source, LIMIT)?;
        let status = attach::status(&own)?;
        let file = attach::column(&status, &["Relay_Log_File"])?.to_owned();
        let pos = attach::column(&status, &["Relay_Log_Pos"])?.to_owned();
        writer.run(["UPDATE d.t SET v = 2", "DELETE FROM d.t WHERE id = 1"])?;
        writer.run(["INSERT INTO d.t VALUES (2, 2)"])?;
        attach::wait_applied(&own, &source, LIMIT)?;
        // While the receiver runs: what was applied is applied again, which IDEMPOTENT allows.
        own.query("STOP SLAVE SQL_THREAD")?;
        let received = attach::column(&attach::status(&own)?, &["Read_Master_Log_Pos"])?.to_owned();
        let change = format!("CHANGE MASTER TO RELAY_LOG_FILE='{file}', RELAY_LOG_POS={pos}");
        own.query(&change)?;
        let status = attach::status(&own)?;
        assert_eq!(attach::column(&status, &["Relay_Log_Pos"])?, pos);
        assert_eq!(attach::column(&status, &["Read_Master_Log_Pos"])?, received);
        own.query("START SLAVE SQL_THREAD")?;
        attach::wait_applied(&own, &source, LIMIT)?;
        attach::expect_equal(&source, &own)?;
        // And with both stopped.
        own.query("STOP SLAVE")?;
        own.query(&change)?;
        own.query("START SLAVE")?;
        writer.run(["INSERT INTO d.t VALUES (3, 3)"])?;
        attach::expect_equal(&source, &own)?;
        own.query("STOP SLAVE")?;
        let error = own
            .query("CHANGE MASTER TO RELAY_LOG_FILE='relay-bin.000999'")
            .unwrap_err();
        assert_eq!(error.downcast::<ServerError>()?.errno, 1380);
    }
    Ok(())
}

#[test]
fn address_and_ciphers_of_the_connection_are_those_asked_for() -> anyhow::Result<()> {
    // The source speaks one cipher suite of each version: a connection proves that it was offered.
    let source = reference!(
        Kind::Mysql97,
        &[
            "--ssl-cipher=ECDHE-RSA-AES256-GCM-SHA384",
            "--tls-ciphersuites=TLS_AES_128_GCM_SHA256"
        ]
    );
    let own = Understudy::start(&[])?;
    attach::follow(&own, &source, source.port())?;
    for (version, option, connects) in [
        (
            "TLSv1.2",
            "MASTER_SSL_CIPHER='ECDHE-RSA-AES256-GCM-SHA384'",
            true,
        ),
        (
            "TLSv1.2",
            "MASTER_SSL_CIPHER='ECDHE-RSA-AES128-GCM-SHA256'",
            false,
        ),
        ("TLSv1.2", "MASTER_SSL_CIPHER='nonsense'", false),
        (
            "TLSv1.3",
            "MASTER_SSL_CIPHER='', MASTER_TLS_CIPHERSUITES='x:TLS_AES_128_GCM_SHA256'",
            true,
        ),
        (
            "TLSv1.3",
            "MASTER_TLS_CIPHERSUITES='TLS_AES_256_GCM_SHA384'",
            false,
        ),
        ("TLSv1.3", "MASTER_TLS_CIPHERSUITES='nonsense'", false),
        ("TLSv1.3", "MASTER_TLS_CIPHERSUITES=NULL", true),
    ] {
        own.query("STOP SLAVE")?;
        own.query(format!(
            "CHANGE MASTER TO MASTER_SSL=1, MASTER_BIND='127.0.0.3', MASTER_TLS_VERSION='{version}', {option}"
        ))?;
        own.query("START SLAVE")?;
        match connects {
            true => wait_for(&own, "Slave_IO_Running", "Yes")?,
            false => wait_for(&own, "Last_IO_Errno", "2026")?,
        };
    }
    let start = Instant::now();
    loop {
        let dump = source.query(
            "SELECT HOST FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' \
             ORDER BY ID DESC LIMIT 1",
        )?;
        let host = dump
            .text()
            .first()
            .map(|row| row[0].clone())
            .unwrap_or_default();
        if host.starts_with("127.0.0.3:") {
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < LIMIT, "{host}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn named_connections_speak_as_mariadb_does() -> anyhow::Result<()> {
    let real = reference!(Kind::Mariadb118);
    let own = Understudy::start(&[])?;
    // A source that refuses: the receiver tries again and again.
    let setup = "CHANGE MASTER 'a' TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='u'";
    real.exec(setup)?;
    own.query(setup)?;
    let mut default = String::new();
    for statement in [
        "START ALL SLAVES",
        "START ALL SLAVES",
        "START SLAVE 'a'",
        "START SLAVE 'nosuch'",
        "STOP SLAVE 'nosuch'",
        "RESET SLAVE 'nosuch'",
        "SHOW SLAVE 'nosuch' STATUS",
        "STOP ALL SLAVES",
        "STOP SLAVE 'a'",
        "SET default_master_connection='a'",
        "START SLAVE",
        "START SLAVE",
        "STOP SLAVE",
        "STOP SLAVE",
        "SET default_master_connection='zz'",
        "STOP SLAVE",
        "START SLAVE",
        "SHOW SLAVE STATUS",
        "SHOW RELAYLOG EVENTS",
        "SET default_master_connection=''",
        "RESET SLAVE 'a' ALL",
        "START SLAVE 'a'",
    ] {
        if statement.starts_with("SET") {
            statement.clone_into(&mut default);
            continue;
        }
        // A connection for each: MariaDB's SET and START SLAVE leave earlier warnings in place.
        let (mut left, mut right) = (real.connect()?, own.connect()?);
        if !default.is_empty() {
            left.run([&default])?;
            right.run([&default])?;
        }
        let theirs = answer(&mut left, statement)?;
        assert_eq!(answer(&mut right, statement)?, theirs, "{statement}");
    }
    Ok(())
}
