//! Semi-synchronous replication: real sources count us and wait for us, and what they told a client to be
//! committed is here, whoever dies.
//!
//! `UNDERSTUDY_LONG=1` kills 100 times for each source instead of a few.

use anyhow::ensure;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use understudy_proto_tests::attach;
use understudy_testkit::client::{Connection, ServerError};
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference, understudy};

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

    // Compression numbers packets in its own way.
    for algorithm in ["zlib", "zstd", "uncompressed"] {
        if kind.is_mariadb() && algorithm == "zstd" {
            continue;
        }
        let change = format!("CHANGE MASTER TO MASTER_COMPRESSION_ALGORITHMS='{algorithm}'");
        own.run(["STOP SLAVE", &change, "START SLAVE"])?;
        for _ in 0..20 {
            let sql = "INSERT INTO semi.t SELECT MAX(id) + 1, REPEAT('y', 500) FROM semi.t";
            source.connection.query(sql)?;
        }
    }
    assert_eq!(source.number("no_tx")?, 0);
    let log = replica.error_log();
    assert!(!log.contains("Error reading packet"), "{log}");

    // Without the receiver the source gives up waiting, and goes back when it returns.
    own.query("STOP SLAVE IO_THREAD")?;
    if kind.is_mariadb() {
        // Long before it could find out by itself.
        let stopped = Instant::now();
        source.wait_clients(0)?;
        assert!(stopped.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(status(&mut own, shown)?, "OFF");
    source.set("timeout", 200)?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (500, '')")?;
    assert!(source.number("no_tx")? > 0);
    assert_eq!(source.text("status")?, "OFF");
    own.query("START SLAVE IO_THREAD")?;
    wait_for("semi-sync", || Ok(source.text("status")? == "ON"))?;
    source.set("timeout", FOREVER_MS)?;
    let (yes, no) = (source.number("yes_tx")?, source.number("no_tx")?);
    source
        .connection
        .query("INSERT INTO semi.t VALUES (501, '')")?;
    assert_eq!(source.number("yes_tx")?, yes + 1);
    assert_eq!(source.number("no_tx")?, no);

    // The switch counts from the next start on.
    own.query(enable.replace("= ON", "= OFF").replace("= 1", "= 0"))?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (502, '')")?;
    assert_eq!(status(&mut own, shown)?, "ON");
    own.run(["STOP SLAVE", "START SLAVE"])?;
    assert_eq!(status(&mut own, shown)?, "OFF");
    source.set("enabled", 0)?;
    source
        .connection
        .query("INSERT INTO semi.t VALUES (503, '')")?;
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

/// What a statement gives: an error without the folder it names, or rows.
fn outcome(connection: &mut Connection, sql: &str) -> String {
    match connection.query(sql) {
        Ok(answer) => format!("{:?}", answer.text()),
        Err(error) => match error.downcast_ref::<ServerError>() {
            None => format!("{error:#}"),
            // The folder of libraries, and whatever the loader's last error was.
            Some(error) if error.errno == 1126 => format!("1126 {}", error.sqlstate),
            Some(error) => error.to_string(),
        },
    }
}

#[test]
fn plugin_statements_answer_as_mysql_9_7_does() -> anyhow::Result<()> {
    let server = reference!(Kind::Mysql97);
    let replica = Understudy::start(&[])?;
    let (mut real, mut own) = (server.connect()?, replica.connect()?);
    let rows = "SELECT plugin_name, plugin_version, plugin_status, plugin_type, plugin_type_version, \
                plugin_library, plugin_library_version, plugin_description, load_option \
                FROM information_schema.plugins WHERE plugin_name LIKE '%semi%'";
    for sql in [
        "INSTALL PLUGIN nonsense SONAME 'nonsense.so'",
        "INSTALL PLUGIN nonsense SONAME 'semisync_replica.so'",
        "INSTALL PLUGIN rpl_semi_sync_slave SONAME 'semisync_replica.so'",
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica'",
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME '/semisync_replica.so'",
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'x/semisync_replica.so'",
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME ''",
        "SELECT @@rpl_semi_sync_replica_enabled",
        "SET GLOBAL rpl_semi_sync_replica_enabled = 1",
        "UNINSTALL PLUGIN rpl_semi_sync_replica",
        "SHOW VARIABLES LIKE 'rpl_semi_sync_replica%'",
        "SHOW STATUS LIKE 'Rpl_semi_sync_replica%'",
        rows,
        "INSTALL PLUGIN RPL_semi_sync_replica SONAME 'semisync_replica.so'",
        "SHOW WARNINGS",
        rows,
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'",
        "INSTALL PLUGIN RPL_SEMI_SYNC_REPLICA SONAME 'other.so'",
        "SHOW VARIABLES LIKE 'rpl_semi_sync%'",
        "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%'",
        "SET GLOBAL rpl_semi_sync_replica_enabled = 2",
        "SET GLOBAL rpl_semi_sync_replica_enabled = 'on'",
        "SET SESSION rpl_semi_sync_replica_enabled = 1",
        "SELECT @@session.rpl_semi_sync_replica_enabled",
        "SELECT @@rpl_semi_sync_replica_enabled",
        "SET GLOBAL rpl_semi_sync_replica_trace_level = -1",
        "SHOW WARNINGS",
        "SET GLOBAL rpl_semi_sync_replica_trace_level = 9999999999999999999",
        "SELECT @@global.rpl_semi_sync_replica_trace_level",
        "SET GLOBAL rpl_semi_sync_replica_trace_level = DEFAULT",
        "SELECT @@global.rpl_semi_sync_replica_trace_level",
        "SELECT @@rpl_semi_sync_slave_enabled",
        "SET GLOBAL rpl_semi_sync_slave_enabled = 1",
        "UNINSTALL PLUGIN rpl_semi_sync_slave",
    ] {
        assert_eq!(outcome(&mut own, sql), outcome(&mut real, sql), "{sql}");
    }
    // The receiver runs: not now.
    attach::follow(&replica, &server, server.port())?;
    let follower = ReferenceServer::start(Kind::Mysql97, &["--server-id=99"])?;
    let mut real = follower.connect()?;
    real.run([
        "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'",
        "SET GLOBAL rpl_semi_sync_replica_enabled = 1",
    ])?;
    attach::follow(&follower, &server, server.port())?;
    server.exec("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'")?;
    own.run(["STOP SLAVE", "START SLAVE"])?;
    real.run(["STOP REPLICA", "START REPLICA"])?;
    Source::of(&server)?.wait_clients(2)?;
    for sql in [
        "UNINSTALL PLUGIN rpl_semi_sync_replica",
        "SHOW STATUS LIKE 'Rpl_semi_sync_replica%'",
        "STOP REPLICA",
        "UNINSTALL PLUGIN rpl_semi_sync_replica",
        "SHOW WARNINGS",
        "UNINSTALL PLUGIN rpl_semi_sync_replica",
        "SELECT @@rpl_semi_sync_replica_enabled",
    ] {
        assert_eq!(outcome(&mut own, sql), outcome(&mut real, sql), "{sql}");
    }
    Ok(())
}

#[test]
fn mariadb_s_statements_and_variables() -> anyhow::Result<()> {
    let server = reference!(Kind::Mariadb118);
    let replica = Understudy::start(&[])?;
    let (mut real, mut own) = (server.connect()?, replica.connect()?);
    for sql in [
        "SHOW VARIABLES LIKE 'rpl_semi_sync_slave%'",
        "SHOW STATUS LIKE 'Rpl_semi_sync_slave%'",
        "UNINSTALL PLUGIN rpl_semi_sync_slave",
        "UNINSTALL PLUGIN IF EXISTS rpl_semi_sync_slave",
        "SHOW WARNINGS",
        "UNINSTALL SONAME 'semisync_slave'",
        "SET GLOBAL rpl_semi_sync_slave_enabled = ON, GLOBAL rpl_semi_sync_slave_delay_master = 1",
        "SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 7",
        "SET GLOBAL rpl_semi_sync_slave_trace_level = 16",
        "SHOW VARIABLES LIKE 'rpl_semi_sync_slave%'",
        "SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = DEFAULT",
        "SELECT @@rpl_semi_sync_slave_kill_conn_timeout, @@rpl_semi_sync_slave_delay_master",
    ] {
        assert_eq!(outcome(&mut own, sql), outcome(&mut real, sql), "{sql}");
    }
    Ok(())
}

#[test]
fn an_installation_survives_a_restart_and_options_load_plugins() -> anyhow::Result<()> {
    let mut replica = Understudy::start(&[])?;
    let enabled = "SELECT @@rpl_semi_sync_replica_enabled";
    let install = VOCABULARIES[1].0;
    replica.connect()?.query(install)?;
    replica.kill9()?;
    replica.restart()?;
    assert_eq!(replica.query(enabled)?.text(), [["0"]]);
    replica.query("UNINSTALL PLUGIN rpl_semi_sync_replica")?;
    replica.restart()?;
    assert!(replica.query(enabled).is_err());

    let loaded = Understudy::start(&[
        "--plugin-load=semisync_replica.so;nonsense=nonsense.so",
        "--rpl_semi_sync_replica_enabled=1",
    ])?;
    assert_eq!(loaded.query(enabled)?.text(), [["1"]]);
    let line = "Couldn't load plugin named 'nonsense' with soname 'nonsense.so'.";
    assert!(loaded.error_log().contains(line));
    let both = Understudy::start(&[
        "--plugin-load-add=rpl_semi_sync_slave=semisync_slave.so",
        "--plugin-load-add=semisync_replica.so",
        "--loose-rpl-semi-sync-replica-enabled=1",
        "--rpl-semi-sync-slave-enabled",
    ])?;
    let line = "Cannot install the rpl_semi_sync_replica plugin when the rpl_semi_sync_slave plugin is installed.";
    assert!(both.error_log().contains(line), "{}", both.error_log());
    assert_eq!(
        both.query("SELECT @@rpl_semi_sync_slave_enabled")?.text(),
        [["1"]]
    );
    let folder = tempfile::tempdir()?;
    let without = std::process::Command::new(understudy::binary()?)
        .arg("serve")
        .arg(format!("--datadir={}", folder.path().display()))
        .args(["--port=0", "--rpl_semi_sync_replica_enabled=1"])
        .env("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")
        .output()?;
    let text = String::from_utf8_lossy(&without.stderr);
    assert!(!without.status.success());
    assert!(
        text.contains("unknown variable 'rpl_semi_sync_replica_enabled=1'"),
        "{text}"
    );
    Ok(())
}

/// Kills for one kind of source.
fn kills(few: u64) -> u64 {
    if std::env::var("UNDERSTUDY_LONG").is_ok_and(|value| value == "1") {
        100
    } else {
        few
    }
}

/// Commits rows with ascending ids until the server goes away or `stop` is set; `acked` is the last that the
/// client was told of.
fn commit_until_gone(port: u16, acked: &AtomicU64, stop: &AtomicBool) {
    let Ok(mut connection) = Connection::open(port, "root") else {
        return;
    };
    for id in acked.load(Ordering::SeqCst) + 1.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let sql = format!("INSERT INTO semi.acked VALUES ({id})");
        match connection.query(sql) {
            Ok(_) => acked.store(id, Ordering::SeqCst),
            // Committed in the round before, which did not live to tell.
            Err(error)
                if error
                    .downcast_ref::<ServerError>()
                    .is_some_and(|e| e.errno == 1062) => {}
            Err(_) => return,
        }
    }
}

/// A source that waits for us for as long as it takes, also after its restart.
fn waiting_source(kind: Kind) -> anyhow::Result<Option<ReferenceServer>> {
    let prefix = prefix(kind);
    let options = [
        format!("--{prefix}_enabled=1"),
        format!("--{prefix}_timeout={FOREVER_MS}"),
    ];
    let mut all: Vec<&str> = loading(kind).to_vec();
    all.extend(options.iter().map(String::as_str));
    ReferenceServer::start_if_available(kind, &all)
}

/// `SELECT COUNT(*)` of the first `acked` rows.
fn count(replica: &Understudy, acked: u64) -> anyhow::Result<u64> {
    let sql = format!("SELECT COUNT(*) FROM semi.acked WHERE id <= {acked}");
    match replica.query(sql) {
        Ok(answer) => Ok(answer.text()[0][0].parse()?),
        // Not created yet.
        Err(_) => Ok(0),
    }
}

fn source_dies(kind: Kind, few: u64) -> anyhow::Result<()> {
    let Some(mut server) = waiting_source(kind)? else {
        return Ok(());
    };
    let replica = Understudy::start(&["--rpl_semi_sync_slave_enabled=1"])?;
    attach::follow(&replica, &server, server.port())?;
    Source::of(&server)?.wait_clients(1)?;
    server.connect()?.run([
        "CREATE DATABASE semi",
        "CREATE TABLE semi.acked (id INT PRIMARY KEY) ENGINE=InnoDB",
    ])?;
    let mut rng = Rng::from_env(kind.name());
    let (acked, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let port = server.port();
    for round in 0..kills(few) {
        let before = acked.load(Ordering::SeqCst);
        let dead = std::thread::scope(|scope| -> anyhow::Result<()> {
            let load = scope.spawn(|| commit_until_gone(port, &acked, &stop));
            wait_for("an acknowledgement", || {
                Ok(load.is_finished() || acked.load(Ordering::SeqCst) > before + 2)
            })?;
            std::thread::sleep(Duration::from_millis(rng.below(60)));
            server.kill9()
        });
        dead?;
        let acked = acked.load(Ordering::SeqCst);
        assert!(acked > before, "round {round}: nothing was committed");
        // The source is gone: what is here now is what we had.
        wait_for("every acknowledged row", || {
            Ok(count(&replica, acked)? == acked)
        })?;
        server.restart()?;
    }
    attach::wait_applied(&replica, &server, LIMIT)?;
    let sql = "SELECT COUNT(*), MAX(id) FROM semi.acked";
    assert_eq!(replica.query(sql)?.text(), server.query(sql)?.text());
    Ok(())
}

fn replica_dies(kind: Kind, sync_relay_log: &str, few: u64) -> anyhow::Result<()> {
    let Some(server) = waiting_source(kind)? else {
        return Ok(());
    };
    let mut replica = Understudy::start(&[
        "--rpl_semi_sync_slave_enabled=1",
        "--skip-slave-start",
        sync_relay_log,
    ])?;
    attach::follow(&replica, &server, server.port())?;
    Source::of(&server)?.wait_clients(1)?;
    server.connect()?.run([
        "CREATE DATABASE semi",
        "CREATE TABLE semi.acked (id INT PRIMARY KEY) ENGINE=InnoDB",
    ])?;
    let mut rng = Rng::from_env(kind.name());
    let (acked, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let port = server.port();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let load = scope.spawn(|| commit_until_gone(port, &acked, &stop));
        let mut torment = || -> anyhow::Result<()> {
            for _ in 0..kills(few) {
                let before = acked.load(Ordering::SeqCst);
                wait_for("an acknowledgement", || {
                    Ok(acked.load(Ordering::SeqCst) > before + 2)
                })?;
                std::thread::sleep(Duration::from_millis(rng.below(60)));
                replica.kill9()?;
                let acked = acked.load(Ordering::SeqCst);
                replica.restart()?;
                // Without the receiver: what is here now was here.
                replica.query("START SLAVE SQL_THREAD")?;
                wait_for("every acknowledged row", || {
                    Ok(count(&replica, acked)? == acked)
                })?;
                replica.query("START SLAVE IO_THREAD")?;
            }
            Ok(())
        };
        let result = torment();
        stop.store(true, Ordering::SeqCst);
        if result.is_err() {
            // Its commit may wait for a replica that is gone.
            server.query("SHUTDOWN")?;
        }
        load.join().ok();
        result
    })?;
    attach::wait_applied(&replica, &server, LIMIT)?;
    let sql = "SELECT COUNT(*), MAX(id) FROM semi.acked";
    assert_eq!(replica.query(sql)?.text(), server.query(sql)?.text());
    assert_eq!(Source::of(&server)?.number("no_tx")?, 0);
    Ok(())
}

#[test]
fn heavy_mysql_9_7_dies_after_an_acknowledgement() -> anyhow::Result<()> {
    source_dies(Kind::Mysql97, 6)
}

#[test]
fn heavy_mariadb_11_8_dies_after_an_acknowledgement() -> anyhow::Result<()> {
    source_dies(Kind::Mariadb118, 8)
}

#[test]
fn heavy_we_die_after_acknowledging_mysql_9_7() -> anyhow::Result<()> {
    replica_dies(Kind::Mysql97, "--sync-relay-log=1", 10)
}

#[test]
fn heavy_we_die_after_acknowledging_mariadb_10_11() -> anyhow::Result<()> {
    replica_dies(Kind::Mariadb1011, "--sync-relay-log=10000", 10)
}
