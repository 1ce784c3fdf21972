//! Real servers replicate from the scripted source.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use anyhow::{Context, ensure};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use understudy_source::scripted::{Fault, Script, ScriptedSource};
use understudy_testkit::{Kind, ReferenceServer, kind, reference};

/// The events of `fixtures/binlog/<server>/<set>.bin` without its last statement, DROP DATABASE, and what
/// follows; that part comes second.
fn recording(server: Kind, set: &str) -> (Vec<u8>, Vec<u8>) {
    let folder = kind::repository()
        .join("fixtures/binlog")
        .join(server.name());
    let bytes = std::fs::read(folder.join(format!("{set}.bin"))).unwrap();
    let listing = std::fs::read_to_string(folder.join(format!("{set}.events"))).unwrap();
    // MySQL 5.6 has no event before a statement that is no transaction.
    let first = match server {
        Kind::Mysql56 => "\tQuery\t",
        Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => "\tGtid\t",
    };
    let last = listing.lines().rfind(|line| line.contains(first));
    let offset = last.unwrap().split('\t').next().unwrap();
    let (head, tail) = bytes.split_at(offset.parse().unwrap());
    (head.to_vec(), tail.to_vec())
}

fn start(script: Script) -> anyhow::Result<(tokio::runtime::Runtime, ScriptedSource)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let address: SocketAddr = "127.0.0.1:0".parse()?;
    let source = runtime.block_on(ScriptedSource::start(script, address))?;
    Ok((runtime, source))
}

fn status(replica: &ReferenceServer, column: &str) -> anyhow::Result<String> {
    let statement = match replica.kind() {
        Kind::Mysql97 => "SHOW REPLICA STATUS",
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => "SHOW SLAVE STATUS",
    };
    let answer = replica.query(statement)?;
    let wanted = match replica.kind() {
        Kind::Mysql97 => column
            .replace("Master", "Source")
            .replace("Slave", "Replica"),
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => column.to_owned(),
    };
    let index = answer
        .columns
        .iter()
        .position(|column| column.name == wanted)
        .with_context(|| wanted.clone())?;
    Ok(answer.text()[0][index].clone())
}

/// Waits until the replica has applied up to one of these positions of the source.
fn wait(replica: &ReferenceServer, file: &str, positions: &[usize]) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let at = (
            status(replica, "Relay_Master_Log_File")?,
            status(replica, "Exec_Master_Log_Pos")?,
        );
        let there = positions
            .iter()
            .any(|position| position.to_string() == at.1);
        if at.0 == file && there {
            return Ok(());
        }
        let error = ["Last_IO_Error", "Last_SQL_Error"].map(|column| status(replica, column));
        ensure!(
            start.elapsed() < Duration::from_secs(60),
            "at {at:?}, not {positions:?}: {error:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn replicate(replica: &ReferenceServer, source: &ScriptedSource) -> anyhow::Result<()> {
    let port = source.address().port();
    let kind = replica.kind();
    let statements = match replica.kind() {
        Kind::Mysql97 => [
            format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, \
                 SOURCE_USER='repl', SOURCE_PASSWORD='secret', SOURCE_LOG_FILE='binlog.000001', \
                 SOURCE_LOG_POS=4, SOURCE_AUTO_POSITION=0, SOURCE_CONNECT_RETRY=1, \
                 SOURCE_HEARTBEAT_PERIOD=0.5, SOURCE_SSL=0"
            ),
            "START REPLICA".to_owned(),
        ],
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => [
            format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', \
                 MASTER_PASSWORD='secret', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, \
                 MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=0.5{}",
                if kind == Kind::Mariadb118 {
                    ", MASTER_SSL=0, MASTER_SSL_VERIFY_SERVER_CERT=0"
                } else {
                    ""
                }
            ),
            "START SLAVE".to_owned(),
        ],
    };
    replica.connect()?.run(statements)
}

fn check(kind: Kind, version: &str, faults: &[Fault], options: &[&str]) -> anyhow::Result<()> {
    let replica = reference!(kind, options);
    let (head, tail) = recording(kind, "image_minimal");
    let mut script = Script::new(version, 4711).with_password("secret");
    script.gtid_mode = kind == Kind::Mysql97;
    for fault in faults {
        script = script.with_fault(fault.clone());
    }
    let (runtime, source) = start(script.with_file("binlog.000001", head.clone()))?;
    replicate(&replica, &source)?;
    wait(&replica, "binlog.000001", &[head.len()])?;
    let rows = replica.query("SELECT id, b, c, d, t FROM fix.a")?.text();
    let expected = [
        ["1", "blob", "5", "d", "NULL"],
        ["9", "new", "NULL", "NULL", "NULL"],
    ];
    ensure!(rows == expected, "{rows:?}");
    // A heartbeat passes, then more comes while the replica waits.
    std::thread::sleep(Duration::from_millis(1200));
    ensure!(
        status(&replica, "Slave_IO_Running")? == "Yes",
        "{}",
        replica.error_log()
    );
    // The recording ends in a Stop event, which some replicas do not count.
    let stop = 23;
    source.log().append(&tail);
    let end = head.len() + tail.len();
    wait(&replica, "binlog.000001", &[end, end - stop])?;
    ensure!(replica.query("SHOW DATABASES LIKE 'fix'")?.rows.is_empty());
    println!(
        "dumps {:?}, unanswered {:?}",
        source.dumps(),
        source.unanswered()
    );
    if !faults.is_empty() {
        ensure!(source.dumps().len() > 1, "the faults went unnoticed");
    }
    drop(replica);
    runtime.block_on(source.stop());
    Ok(())
}

#[test]
fn mysql_97_replicates() -> anyhow::Result<()> {
    check(Kind::Mysql97, "9.7.0", &[], &[])
}

#[test]
fn mysql_56_replicates() -> anyhow::Result<()> {
    check(Kind::Mysql56, "5.6.26-log", &[], &[])
}

#[test]
fn mariadb_118_replicates() -> anyhow::Result<()> {
    check(Kind::Mariadb118, "11.8.3-MariaDB-log", &[], &[])
}

#[test]
fn mariadb_1011_replicates() -> anyhow::Result<()> {
    check(Kind::Mariadb1011, "10.11.14-MariaDB-log", &[], &[])
}

#[test]
fn faults_hold_a_real_replica_up_but_do_not_mislead_it() -> anyhow::Result<()> {
    let faults = [
        Fault::CutAfterBytes(1000),
        Fault::CutAfterEvents(3),
        Fault::EarlyHeartbeat,
    ];
    check(Kind::Mariadb118, "11.8.3-MariaDB-log", &faults[..2], &[])?;
    check(Kind::Mysql97, "9.7.0", &faults[..2], &[])
}
