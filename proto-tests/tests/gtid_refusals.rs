//! What of GTIDs is refused, by statements and by the receiver: as the real server refuses it.

use std::time::{Duration, Instant};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

fn answer(connection: &mut Connection, statement: &str) -> anyhow::Result<String> {
    match connection.query(statement) {
        Ok(answer) => Ok(format!("{:?}", answer.text())),
        Err(error) => Ok(error.downcast::<ServerError>()?.to_string()),
    }
}

fn compare(real: &ReferenceServer, own: &Understudy, statements: &[&str]) -> anyhow::Result<()> {
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let mut differences = Vec::new();
    for statement in statements {
        let theirs = answer(&mut left, statement)?;
        let ours = answer(&mut right, statement)?;
        if ours != theirs {
            differences.push(format!("{statement}\n  theirs {theirs}\n  ours   {ours}"));
        }
    }
    anyhow::ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

const CHANGE: &str = "CHANGE REPLICATION SOURCE TO";

#[test]
fn statements_of_mysql() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let own = Understudy::start(&["--gtid-mode=ON"])?;
    let real_on = ReferenceServer::start(
        Kind::Mysql97,
        &["--gtid-mode=ON", "--enforce-gtid-consistency=ON"],
    )?;
    let change = |options: &str| format!("{CHANGE} {options}");
    let uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    let statements = [
        change("SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u', SOURCE_AUTO_POSITION=1"),
        change("SOURCE_LOG_FILE='binlog.000001'"),
        change("SOURCE_LOG_POS=4"),
        change("SOURCE_AUTO_POSITION=1, SOURCE_LOG_POS=4"),
        change("SOURCE_AUTO_POSITION=0, SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4"),
        change("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS=LOCAL, SOURCE_AUTO_POSITION=1"),
        change("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS='zzz'"),
        change("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS=LOCAL"),
        "SHOW WARNINGS".to_owned(),
        change("SOURCE_AUTO_POSITION=1"),
        change(&format!("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS='{uuid}'")),
        "SET GLOBAL gtid_mode=ON_PERMISSIVE".to_owned(),
        change("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS=OFF"),
        change("GTID_ONLY=1"),
        change("GTID_ONLY=1, SOURCE_AUTO_POSITION=1"),
        change("GTID_ONLY=1, SOURCE_AUTO_POSITION=1, REQUIRE_ROW_FORMAT=1"),
        "SET GLOBAL gtid_mode=ON_PERMISSIVE".to_owned(),
        change("SOURCE_AUTO_POSITION=0"),
        change("REQUIRE_ROW_FORMAT=0"),
        change("GTID_ONLY=0"),
        change("SOURCE_AUTO_POSITION=0"),
        "START REPLICA UNTIL SQL_BEFORE_GTIDS='x'".to_owned(),
        "START REPLICA UNTIL SQL_AFTER_GTIDS=''".to_owned(),
        "STOP REPLICA".to_owned(),
        format!("START REPLICA IO_THREAD UNTIL SQL_AFTER_GTIDS='{uuid}:1'"),
        "STOP REPLICA".to_owned(),
        "START REPLICA UNTIL SQL_AFTER_MTS_GAPS".to_owned(),
        "STOP REPLICA".to_owned(),
        "START REPLICA UNTIL SOURCE_LOG_FILE='x'".to_owned(),
        "START REPLICA UNTIL SOURCE_LOG_FILE='x', SOURCE_LOG_POS=1, RELAY_LOG_FILE='y', RELAY_LOG_POS=1".to_owned(),
        "START REPLICA UNTIL RELAY_LOG_POS=7".to_owned(),
        "START REPLICA UNTIL SOURCE_LOG_FILE='x', SOURCE_LOG_POS=4".to_owned(),
        "SHOW WARNINGS".to_owned(),
        "STOP REPLICA".to_owned(),
        change("SOURCE_AUTO_POSITION=1"),
        "START REPLICA UNTIL SOURCE_LOG_FILE='binlog.000009', SOURCE_LOG_POS=4".to_owned(),
        "STOP REPLICA".to_owned(),
        change("IGNORE_SERVER_IDS=(3)"),
        change("IGNORE_SERVER_IDS=()"),
        change("SOURCE_AUTO_POSITION=0"),
    ];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    compare(&real_on, &own, &statements)?;
    let real_off = ReferenceServer::start(Kind::Mysql97, &["--gtid-mode=OFF"])?;
    let own_off = Understudy::start(&["--gtid-mode=OFF"])?;
    let statements = [
        change("SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u', SOURCE_AUTO_POSITION=1"),
        change("SOURCE_LOG_FILE='b.000001', SOURCE_AUTO_POSITION=1"),
        change("SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u'"),
        change("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS=LOCAL"),
        change("GTID_ONLY=1"),
        format!("START REPLICA UNTIL SQL_AFTER_GTIDS='{uuid}:1'"),
        "STOP REPLICA".to_owned(),
        change("IGNORE_SERVER_IDS=(3)"),
    ];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    compare(&real_off, &own_off, &statements)
}

#[test]
fn statements_of_mariadb() -> anyhow::Result<()> {
    let real = reference!(Kind::Mariadb118);
    let own = Understudy::start(&[])?;
    compare(
        &real,
        &own,
        &[
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='u', MASTER_USE_GTID=slave_pos",
            "START SLAVE UNTIL master_gtid_pos='x'",
            "START SLAVE UNTIL master_gtid_pos='0-1-1,0-1-2'",
            "START SLAVE SQL_THREAD UNTIL master_gtid_pos='0-1-1'",
            "STOP SLAVE",
            "CHANGE MASTER TO MASTER_USE_GTID=no",
            "START SLAVE UNTIL master_gtid_pos='0-1-1'",
            "CHANGE MASTER TO DO_DOMAIN_IDS=(1,2), IGNORE_DOMAIN_IDS=(3)",
        ],
    )
}

/// The receiver's error once it has stopped, in the new vocabulary.
fn stopped(replica: &mut Connection) -> anyhow::Result<(String, String)> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = replica.query("SHOW REPLICA STATUS")?;
        let row = answer.text().swap_remove(0);
        let cell = |name: &str| {
            let at = answer.columns.iter().position(|column| column.name == name);
            row[at.expect(name)].clone()
        };
        if cell("Replica_IO_Running") == "No" && cell("Last_IO_Errno") != "0" {
            return Ok((cell("Last_IO_Errno"), cell("Last_IO_Error")));
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "the receiver does not stop: {row:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn follow(replica: &mut Connection, port: u16, auto_position: bool) -> anyhow::Result<()> {
    let position = match auto_position {
        true => "SOURCE_AUTO_POSITION=1",
        false => "SOURCE_AUTO_POSITION=0",
    };
    replica.run([
        "STOP REPLICA".to_owned(),
        "RESET REPLICA".to_owned(),
        format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl', \
             SOURCE_PASSWORD='{REPL_PASSWORD}', GET_SOURCE_PUBLIC_KEY=1, {position}"
        ),
        "START REPLICA".to_owned(),
    ])
}

#[test]
fn modes_that_do_not_fit_stop_the_receiver() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let source = ReferenceServer::start(
        Kind::Mysql97,
        &["--gtid-mode=OFF", "--enforce-gtid-consistency=ON"],
    )?;
    let real = ReferenceServer::start(
        Kind::Mysql97,
        &["--gtid-mode=ON", "--enforce-gtid-consistency=ON"],
    )?;
    let own = Understudy::start(&["--gtid-mode=ON"])?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    let mut writer = source.connect()?;
    let steps = ["OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"];
    for (at, mode) in steps.iter().enumerate() {
        if at > 0 {
            writer.run([format!("SET GLOBAL gtid_mode={mode}")])?;
        }
        for auto in [false, true] {
            // Replicas with ON.
            if (auto && *mode != "ON") || (!auto && at < 2) {
                follow(&mut left, source.port(), auto)?;
                follow(&mut right, source.port(), auto)?;
                assert_eq!(stopped(&mut right)?, stopped(&mut left)?, "{mode} {auto}");
            }
        }
    }
    // Replicas with OFF.
    let off = ReferenceServer::start(Kind::Mysql97, &["--gtid-mode=OFF"])?;
    let own_off = Understudy::start(&["--gtid-mode=OFF"])?;
    let (mut left, mut right) = (off.connect()?, own_off.connect()?);
    follow(&mut left, source.port(), false)?;
    follow(&mut right, source.port(), false)?;
    assert_eq!(stopped(&mut right)?, stopped(&mut left)?);
    Ok(())
}

#[test]
fn what_the_source_does_not_have_stops_the_receiver() -> anyhow::Result<()> {
    drop(reference!(Kind::Mysql97));
    let gtid = ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"];
    let source = ReferenceServer::start(Kind::Mysql97, &gtid)?;
    source.connect()?.run([
        "CREATE DATABASE d",
        "FLUSH BINARY LOGS",
        "CREATE TABLE d.t (id INT PRIMARY KEY)",
    ])?;
    let files = source.query("SHOW BINARY LOGS")?.text();
    let last = &files[files.len() - 1][0];
    source.exec(format!("PURGE BINARY LOGS TO '{last}'"))?;
    let real = ReferenceServer::start(Kind::Mysql97, &gtid)?;
    let own = Understudy::start(&[])?;
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    follow(&mut left, source.port(), true)?;
    follow(&mut right, source.port(), true)?;
    assert_eq!(stopped(&mut right)?, stopped(&mut left)?);
    // The replica has more than the source.
    let uuid = source.query("SELECT @@server_uuid")?.text()[0][0].clone();
    for connection in [&mut left, &mut right] {
        connection.run([
            "STOP REPLICA".to_owned(),
            "RESET BINARY LOGS AND GTIDS".to_owned(),
            format!("SET GLOBAL gtid_purged='{uuid}:1-99'"),
        ])?;
    }
    follow(&mut left, source.port(), true)?;
    follow(&mut right, source.port(), true)?;
    assert_eq!(stopped(&mut right)?, stopped(&mut left)?);
    Ok(())
}
