//! Several channels at once: each follows its own source with its own relay log and status.

use std::time::{Duration, Instant};
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Answers of both vocabularies' statements about channels, errors and notes included, as the real server gives.
#[test]
fn statements_about_channels_answer_as_the_real_server_does() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97);
    let own = Understudy::start(&[])?;
    let statements = [
        "START REPLICA FOR CHANNEL 'nope'",
        "STOP REPLICA FOR CHANNEL 'nope'",
        "RESET REPLICA FOR CHANNEL 'nope'",
        "RESET REPLICA ALL FOR CHANNEL 'nope'",
        "SHOW REPLICA STATUS FOR CHANNEL 'nope'",
        "SHOW RELAYLOG EVENTS FOR CHANNEL 'nope'",
        "FLUSH RELAY LOGS FOR CHANNEL 'nope'",
        "START REPLICA",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u' FOR CHANNEL 'Aa-B.x'",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='u' FOR CHANNEL 'b'",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1' FOR CHANNEL 'group_replication_applier'",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1' FOR CHANNEL \
         'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
        "SHOW RELAYLOG EVENTS",
        "STOP REPLICA FOR CHANNEL 'B'",
        "SHOW WARNINGS",
        "START REPLICA FOR CHANNEL 'b'",
        "START REPLICA FOR CHANNEL 'b'",
        "SHOW WARNINGS",
        "RESET REPLICA FOR CHANNEL 'b'",
        "STOP REPLICA FOR CHANNEL 'b'",
        "RESET REPLICA ALL FOR CHANNEL 'b'",
        "SHOW REPLICA STATUS FOR CHANNEL 'b'",
    ];
    let (mut left, mut right) = (real.connect()?, own.connect()?);
    for statement in statements {
        let theirs = answer(&mut left, statement)?;
        let ours = answer(&mut right, statement)?;
        assert_eq!(ours, theirs, "{statement}");
    }
    let files = |dir: std::path::PathBuf| -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Some((_, channel)) = name.split_once("relay-bin-") {
                names.push(channel.to_owned());
            }
        }
        names.sort();
        Ok(names)
    };
    assert_eq!(files(own.datadir())?, files(real.datadir())?);
    Ok(())
}

fn answer(connection: &mut Connection, statement: &str) -> anyhow::Result<String> {
    match connection.query(statement) {
        Ok(answer) => Ok(format!("{:?}", answer.text())),
        Err(error) => Ok(error.downcast::<ServerError>()?.to_string()),
    }
}

#[test]
fn two_sources_are_followed_at_once() -> anyhow::Result<()> {
    let mut sources: Vec<(&str, ReferenceServer)> = vec![
        ("", reference!(Kind::Mysql97)),
        ("maria", reference!(Kind::Mariadb1011)),
        ("old", reference!(Kind::Mysql56)),
    ];
    let mut own = Understudy::start(&[])?;
    for (channel, source) in &sources {
        let name = if channel.is_empty() { "first" } else { channel };
        source.connect()?.run([
            format!("CREATE DATABASE {name}"),
            format!("CREATE TABLE {name}.t (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB"),
            format!("INSERT INTO {name}.t VALUES (1, '{name}')"),
        ])?;
        let options = format!(
            "MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', MASTER_PASSWORD='{REPL_PASSWORD}', \
             MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_CONNECT_RETRY=1",
            source.port()
        );
        // MariaDB's form for one of them, MySQL's for the others.
        own.query(if *channel == "maria" {
            format!("CHANGE MASTER 'maria' TO {options}")
        } else {
            format!("CHANGE MASTER TO {options}, GET_MASTER_PUBLIC_KEY=1 FOR CHANNEL '{channel}'")
        })?;
    }
    own.query("START SLAVE")?;
    for (channel, source) in &sources {
        wait(&own, channel, source)?;
    }
    own.query("STOP SLAVE SQL_THREAD FOR CHANNEL 'old'")?;
    own.kill9()?;
    for (channel, source) in &sources {
        let name = if channel.is_empty() { "first" } else { channel };
        source
            .connect()?
            .run([format!("INSERT INTO {name}.t VALUES (2, 'more')")])?;
    }
    own.relaunch()?;
    own.wait_ready()?;
    wait(&own, "", &sources[0].1)?;
    wait(&own, "maria", &sources[1].1)?;
    let rows = |db: &str| {
        anyhow::Ok(own.query(format!("SELECT COUNT(*) FROM {db}.t"))?.text()[0][0].clone())
    };
    assert_eq!(
        (rows("first")?, rows("maria")?, rows("old")?),
        ("2".into(), "2".into(), "1".into())
    );
    own.query("START SLAVE 'old'")?;
    wait(&own, "old", &sources[2].1)?;
    assert_eq!(rows("old")?, "2");

    // One channel's error leaves the others running.
    let (_, old) = &sources[2];
    old.connect()?.run([
        "SET sql_log_bin=0",
        "INSERT INTO old.t VALUES (3, 'x')",
        "SET sql_log_bin=1",
        "DELETE FROM old.t WHERE id = 3",
    ])?;
    let start = Instant::now();
    while value(&own, "old", "Last_SQL_Errno")? != "1032" {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    sources[0]
        .1
        .connect()?
        .run(["INSERT INTO first.t VALUES (4, 'four')"])?;
    wait(&own, "", &sources[0].1)?;
    own.query("STOP SLAVE FOR CHANNEL 'old'")?;
    own.query("RESET SLAVE ALL FOR CHANNEL 'old'")?;
    assert_eq!(own.query("SHOW SLAVE STATUS")?.text().len(), 2);
    sources.pop();
    own.restart()?;
    assert_eq!(own.query("SHOW SLAVE STATUS")?.text().len(), 2);
    Ok(())
}

fn value(own: &Understudy, channel: &str, column: &str) -> anyhow::Result<String> {
    let answer = own.query(format!("SHOW SLAVE STATUS FOR CHANNEL '{channel}'"))?;
    let at = answer.columns.iter().position(|c| c.name == column);
    let row = answer.text().into_iter().next().unwrap_or_default();
    Ok(at.and_then(|at| row.get(at).cloned()).unwrap_or_default())
}

fn wait(own: &Understudy, channel: &str, source: &ReferenceServer) -> anyhow::Result<()> {
    let (file, position) = source.binlog_position()?;
    let statement = if channel.is_empty() {
        // Several channels exist: which one must be said.
        format!("SELECT MASTER_POS_WAIT('{file}', {position}, 60, '')")
    } else {
        format!("SELECT SOURCE_POS_WAIT('{file}', {position}, 60, '{channel}')")
    };
    let answer = own.query(&statement)?.text();
    let waited = answer[0][0].parse::<i64>();
    anyhow::ensure!(
        waited.as_ref().is_ok_and(|waited| *waited >= 0),
        "{statement}: {answer:?}; {}: {}",
        value(own, channel, "Last_SQL_Error")?,
        value(own, channel, "Last_IO_Error")?
    );
    Ok(())
}
