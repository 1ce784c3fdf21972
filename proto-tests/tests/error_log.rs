//! The error log of a replica: line by line what a real MySQL 9.7 writes when the same happens to it.

use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, Understudy, reference};

/// Lines of replication without time and thread, with the source's port and uuid masked. The real server's advice about
/// the relay log's name is left out: Understudy's does not follow the host's.
fn story(log: &str, port: u16, uuid: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains("[Repl]"));
    let texts = lines.filter_map(|line| line.splitn(3, ' ').nth(2));
    let masked = texts.map(|text| {
        text.replace(&port.to_string(), "PORT")
            .replace(uuid, "UUID")
    });
    // How a connection to a process that is being killed fails is chance.
    let cut = masked.map(|text| match text.split_once("between attempts. Message:") {
        Some((before, _)) => before.to_owned(),
        None => text,
    });
    cut.filter(|text| !text.contains("MY-010604")).collect()
}

/// Every line begins with a time and a thread's number.
fn check_format(log: &str) {
    for line in log.lines().filter(|line| line.contains("[Repl]")) {
        let mut parts = line.split(' ');
        let time = parts.next().unwrap_or_default();
        assert_eq!((time.len(), time.ends_with('Z')), (27, true), "{line}");
        assert!(
            parts.next().is_some_and(|id| id.parse::<u64>().is_ok()),
            "{line}"
        );
    }
}

/// Runs the story on one replica and gives its log.
fn happen(replica: &dyn Replica) -> anyhow::Result<(Vec<String>, String)> {
    let mut source =
        understudy_testkit::ReferenceServer::start(Kind::Mysql97, &["--server-id=70"])?;
    let port = source.port();
    let uuid = source.query("SELECT @@server_uuid")?.text()[0][0].clone();
    let mut connection = replica.connect()?;
    let change = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl', \
         SOURCE_PASSWORD='{REPL_PASSWORD}', SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4, SOURCE_CONNECT_RETRY=1, \
         GET_SOURCE_PUBLIC_KEY=1, SOURCE_SSL=0, SOURCE_RETRY_COUNT=3"
    );
    connection.run([change.as_str(), "START REPLICA"])?;
    source.exec("CREATE DATABASE d")?;
    attach::wait_applied(replica, &source, Duration::from_secs(60))?;
    connection.run(["STOP REPLICA", "START REPLICA"])?;
    wait(
        replica,
        "Replica_IO_State",
        "Waiting for source to send event",
    )?;
    // The source goes away, and does not come back for as long as it is tried.
    source.kill9()?;
    wait(replica, "Last_IO_Errno", "2003")?;
    wait(replica, "Replica_IO_Running", "No")?;
    connection.run(["STOP REPLICA", "START REPLICA IO_THREAD"])?;
    wait(replica, "Replica_IO_Running", "No")?;
    source.restart()?;
    connection.run(["START REPLICA IO_THREAD"])?;
    wait(
        replica,
        "Replica_IO_State",
        "Waiting for source to send event",
    )?;
    source.exec("CREATE DATABASE e")?;
    let (_, position) = source.binlog_position()?;
    wait(replica, "Read_Source_Log_Pos", &position.to_string())?;
    connection.run([
        "STOP REPLICA",
        "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000099', SOURCE_LOG_POS=4",
        "START REPLICA IO_THREAD",
    ])?;
    wait(replica, "Last_IO_Errno", "13114")?;
    connection.run(["STOP REPLICA"])?;
    let log = replica.log();
    check_format(&log);
    Ok((story(&log, port, &uuid), log))
}

fn wait(replica: &dyn Replica, column: &str, value: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let answer = replica.connect()?.query("SHOW REPLICA STATUS")?;
        let at = answer.columns.iter().position(|c| c.name == column);
        let found = at.and_then(|at| answer.text().first().map(|row| row[at].clone()));
        if found.as_deref() == Some(value) {
            return Ok(());
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(30),
            "{column} is {found:?}, not {value}\n{}",
            replica.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_story_of_replication_is_told_as_by_the_real_server() -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97, &["--server-id=71"]);
    let own = Understudy::start(&["--server-id=72"])?;
    let (theirs, _) = happen(&real)?;
    let (ours, log) = happen(&own)?;
    for (line, (left, right)) in theirs.iter().zip(&ours).enumerate() {
        assert_eq!(right, left, "line {line}\n{log}");
    }
    assert_eq!(ours.len(), theirs.len(), "{theirs:#?}\n{ours:#?}");
    Ok(())
}
