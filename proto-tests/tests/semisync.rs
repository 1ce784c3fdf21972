//! Semi-synchronous replication: real sources count us and wait for us, and what they told a client to be
//! committed is here, whoever dies.
//!
//! `UNDERSTUDY_LONG=1` kills 100 times for each source instead of a few.

use anyhow::ensure;
use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::Connection;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

/// Longer than any test: a commit that no replica acknowledges would wait that long.
const FOREVER_MS: u32 = 3_600_000;
const LIMIT: Duration = Duration::from_secs(60);

/// Options that load it where it is a plugin. MySQL 5.6's package has no plugins.
fn loading(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Mysql97 => &["--plugin-load-add=semisync_source.so"],
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => &[],
    }
}

/// What the source's variables begin with.
fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Mysql97 => "rpl_semi_sync_source",
        Kind::Mysql56 | Kind::Mariadb1011 | Kind::Mariadb118 => "rpl_semi_sync_master",
    }
}

/// A status variable.
fn status(connection: &mut Connection, name: &str) -> anyhow::Result<String> {
    let answer = connection.query(format!("SHOW GLOBAL STATUS LIKE '{name}'"))?;
    let rows = answer.text();
    let row = rows.first();
    let row = row.ok_or_else(|| anyhow::anyhow!("no status variable {name}"))?;
    Ok(row[1].clone())
}

fn wait_for(what: &str, mut ready: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let start = Instant::now();
    while !ready()? {
        ensure!(start.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The source as these tests see it.
struct Source<'a> {
    server: &'a ReferenceServer,
    connection: Connection,
}

impl<'a> Source<'a> {
    fn of(server: &'a ReferenceServer) -> anyhow::Result<Source<'a>> {
        Ok(Source {
            server,
            connection: server.connect()?,
        })
    }

    fn set(&mut self, what: &str, value: u32) -> anyhow::Result<()> {
        let prefix = prefix(self.server.kind());
        let sql = format!("SET GLOBAL {prefix}_{what}={value}");
        self.connection.query(sql).map(drop)
    }

    fn text(&mut self, what: &str) -> anyhow::Result<String> {
        let prefix = prefix(self.server.kind());
        status(&mut self.connection, &format!("{prefix}_{what}"))
    }

    fn number(&mut self, what: &str) -> anyhow::Result<u64> {
        Ok(self.text(what)?.parse()?)
    }

    fn wait_clients(&mut self, count: u64) -> anyhow::Result<()> {
        wait_for("the count of clients", || {
            Ok(self.number("clients")? == count)
        })
    }
}

/// Vocabularies of the replica: its statements and the name of its status variable.
const VOCABULARIES: [(&str, &str, &str); 2] = [
    (
        "INSTALL PLUGIN rpl_semi_sync_slave SONAME 'semisync_slave.so'",
        "SET GLOBAL rpl_semi_sync_slave_enabled = 1",
        "Rpl_semi_sync_slave_status",
    ),
    (
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'",
        "SET GLOBAL rpl_semi_sync_replica_enabled = ON",
        "Rpl_semi_sync_replica_status",
    ),
];

fn commits(kind: Kind, vocabulary: usize, sync_relay_log: &str) -> anyhow::Result<()> {
    let server = reference!(kind, loading(kind));
    let replica = Understudy::start(&[sync_relay_log])?;
    let mut own = replica.connect()?;
    let (install, enable, shown) = VOCABULARIES[vocabulary];
    own.run([install, enable])?;
    assert_eq!(status(&mut own, shown)?, "OFF");
    attach::follow(&replica, &server, server.port())?;
    let mut source = Source::of(&server)?;
    source.wait_clients(1)?;
    assert_eq!(status(&mut own, shown)?, "ON");

    // Switched on while we are connected: it begins to wait for us.
    source.set("timeout", FOREVER_MS)?;
    source.set("enabled", 1)?;
    source.connection.run([
        "CREATE DATABASE semi",
        "CREATE TABLE semi.t (id INT PRIMARY KEY, text LONGTEXT) ENGINE=InnoDB",
    ])?;
    let before = source.number("yes_tx")?;
    for id in 0..50 {
        // Some of them in packets of more than one buffer, some over 16 MiB.
        let length = match id {
            7 => 17 << 20,
            id if id % 10 == 0 => 300_000,
            id => id,
        };
        let sql = format!("INSERT INTO semi.t VALUES ({id}, REPEAT('x', {length}))");
        source.connection.query(sql)?;
    }
    assert_eq!(source.number("yes_tx")?, before + 50);
    assert_eq!(source.number("no_tx")?, 0);
    assert_eq!(source.number("clients")?, 1);
    assert_eq!(source.text("status")?, "ON");
    if vocabulary == 0 {
        assert_ne!(status(&mut own, "Rpl_semi_sync_slave_send_ack")?, "0");
    }

    // Without the receiver the source gives up waiting, and goes back when it returns.
    own.query("STOP SLAVE IO_THREAD")?;
    assert_eq!(status(&mut own, shown)?, "OFF");
    source.set("timeout", 200)?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (100, '')")?;
    assert!(source.number("no_tx")? > 0);
    assert_eq!(source.text("status")?, "OFF");
    own.query("START SLAVE IO_THREAD")?;
    wait_for("semi-sync", || Ok(source.text("status")? == "ON"))?;
    source.set("timeout", FOREVER_MS)?;
    let (yes, no) = (source.number("yes_tx")?, source.number("no_tx")?);
    source
        .connection
        .query("INSERT INTO semi.t VALUES (101, '')")?;
    assert_eq!(source.number("yes_tx")?, yes + 1);
    assert_eq!(source.number("no_tx")?, no);

    // The switch counts from the next start on.
    own.query(enable.replace("= ON", "= OFF").replace("= 1", "= 0"))?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (102, '')")?;
    assert_eq!(status(&mut own, shown)?, "ON");
    own.run(["STOP SLAVE", "START SLAVE"])?;
    assert_eq!(status(&mut own, shown)?, "OFF");
    source.set("enabled", 0)?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (103, '')")?;
    attach::wait_applied(&replica, &server, LIMIT)?;
    let log = replica.error_log();
    for kind in ["semi-sync", "asynchronous"] {
        let line =
            format!("Replica I/O thread: Start {kind} replication to source 'repl@127.0.0.1:");
        assert!(log.contains(&line), "no {line} in {log}");
    }
    let rows = replica
        .query("SELECT COUNT(*), SUM(id) FROM semi.t")?
        .text();
    assert_eq!(
        rows,
        source
            .connection
            .query("SELECT COUNT(*), SUM(id) FROM semi.t")?
            .text()
    );
    Ok(())
}

#[test]
fn mysql_9_7_waits_for_our_acknowledgement() -> anyhow::Result<()> {
    commits(Kind::Mysql97, 1, "--sync-relay-log=1")
}

#[test]
fn mysql_9_7_knows_the_old_plugin() -> anyhow::Result<()> {
    commits(Kind::Mysql97, 0, "--sync-relay-log=10000")
}

#[test]
fn mariadb_10_11_waits_for_our_acknowledgement() -> anyhow::Result<()> {
    commits(Kind::Mariadb1011, 0, "--sync-relay-log=1")
}

#[test]
fn mariadb_11_8_waits_for_our_acknowledgement() -> anyhow::Result<()> {
    commits(Kind::Mariadb118, 1, "--sync-relay-log=10000")
}

#[test]
fn a_source_without_it_is_read_asynchronously() -> anyhow::Result<()> {
    for kind in [Kind::Mysql97, Kind::Mysql56] {
        let server = reference!(kind);
        let replica = Understudy::start(&["--rpl_semi_sync_slave_enabled=1"])?;
        attach::follow(&replica, &server, server.port())?;
        server.exec("CREATE DATABASE semi")?;
        attach::wait_applied(&replica, &server, LIMIT)?;
        let mut own = replica.connect()?;
        assert_eq!(status(&mut own, "Rpl_semi_sync_slave_status")?, "OFF");
        let log = replica.error_log();
        let line = "Source server does not support semi-sync, fallback to asynchronous replication";
        assert!(log.contains(line), "{log}");
    }
    Ok(())
}
