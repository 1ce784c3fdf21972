//! Every way to follow each real source at once, under load and torment, ends with equal data: by position and by
//! GTID, with one applier and with several workers, over plain, encrypted and compressed connections.
//!
//! The replicas of a test follow the same source under the same random workload, each through a proxy of its own.
//! A shuffled deck of stops, starts, kills and cut connections is dealt to them, so that each meets every kind.
//! `UNDERSTUDY_LONG=1` deals 40 decks instead of 2.

use anyhow::{Context, ensure};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use understudy_proto_tests::compare::{self, Counters};
use understudy_proto_tests::{attach, workload};
use understudy_testkit::proxy::{Fault, FaultProxy};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy};

/// Where a replica says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Position,
    Gtid,
}

/// What lies between source and replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
    Zlib,
    Zstd,
}

/// Transports that a source has; MySQL 5.6 speaks TLS before 1.2 only, see [`tls_of_mysql_5_6_is_refused`].
fn transports(kind: Kind) -> &'static [Transport] {
    use Transport::{Plain, Tls, Zlib, Zstd};
    match kind {
        Kind::Mysql97 => &[Plain, Tls, Zlib, Zstd],
        Kind::Mysql56 => &[Plain, Zlib],
        Kind::Mariadb1011 | Kind::Mariadb118 => &[Plain, Tls, Zlib],
    }
}

/// A replica with its network.
struct Replica {
    name: String,
    server: Understudy,
    proxy: FaultProxy,
    by: By,
}

impl Replica {
    fn attach(
        source: &ReferenceServer,
        by: By,
        workers: u32,
        transport: Transport,
    ) -> anyhow::Result<Replica> {
        // A source sends one of two replicas with the same id away.
        let id = format!("--server-id={}", 4000 + transport as u32 * 100 + workers);
        let workers_option = format!("--replica-parallel-workers={workers}");
        let server = Understudy::start(&[&id, &workers_option, "--max-relay-log-size=1M"])?;
        let proxy = FaultProxy::start(source.port())?;
        let start = match (by, source.kind().is_mariadb()) {
            (By::Position, _) => "MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4",
            (By::Gtid, false) => "MASTER_AUTO_POSITION=1",
            (By::Gtid, true) => "MASTER_USE_GTID=slave_pos",
        };
        let (user, way) = match transport {
            Transport::Plain => ("repl", "MASTER_SSL=0"),
            Transport::Tls => ("repl_tls", "MASTER_SSL=1"),
            Transport::Zlib => ("repl", "MASTER_COMPRESSION_ALGORITHMS='zlib'"),
            Transport::Zstd => ("repl", "MASTER_COMPRESSION_ALGORITHMS='zstd'"),
        };
        server.connect()?.run([
            format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='{user}', \
                 MASTER_PASSWORD='{REPL_PASSWORD}', MASTER_CONNECT_RETRY=1, GET_MASTER_PUBLIC_KEY=1, \
                 {start}, {way}",
                proxy.port()
            ),
            "START SLAVE".to_owned(),
        ])?;
        Ok(Replica {
            name: format!("{by:?}, {workers} workers, {transport:?}"),
            server,
            proxy,
            by,
        })
    }

    fn suffer(&mut self, torment: Torment, rng: &mut Rng) -> anyhow::Result<()> {
        let statements = match torment {
            Torment::StopBoth => Some(["STOP SLAVE", "START SLAVE"]),
            Torment::StopReceiver => Some(["STOP SLAVE IO_THREAD", "START SLAVE IO_THREAD"]),
            Torment::StopApplier => Some(["STOP SLAVE SQL_THREAD", "START SLAVE SQL_THREAD"]),
            Torment::Kill | Torment::KillTwice | Torment::Cut | Torment::BadNetwork => None,
        };
        if let Some([stop, start]) = statements {
            let mut connection = self.server.connect()?;
            connection.query(stop)?;
            rest(rng, 150);
            connection.query(start)?;
            return Ok(());
        }
        match torment {
            Torment::Cut => self.proxy.cut_now(),
            Torment::BadNetwork => {
                self.proxy.set(Fault::RandomCuts {
                    rng: rng.fork(),
                    most_bytes: 300_000,
                });
                self.proxy.cut_now();
            }
            _ => {
                self.server.kill9()?;
                if torment == Torment::KillTwice {
                    self.server.relaunch()?;
                    rest(rng, 120);
                    self.server.kill9()?;
                }
                self.proxy.set(Fault::None);
                self.server.relaunch()?;
                self.server.wait_ready()?;
            }
        }
        Ok(())
    }

    /// Waits until it has everything, and compares.
    fn expect_equal(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        self.proxy.set(Fault::None);
        self.proxy.cut_now();
        if self.by == By::Gtid && !source.kind().is_mariadb() {
            let wanted = source.query("SELECT @@global.gtid_executed")?.text()[0][0].clone();
            wait_for(&self.server, "Executed_Gtid_Set", &wanted)?;
        } else {
            attach::wait_applied(&self.server, source, LIMIT)?;
        }
        compare::expect_equal(
            &mut source.connect()?,
            &mut self.server.connect()?,
            &["SET NAMES utf8mb4"],
            Counters::MayDiffer,
        )
    }
}

const LIMIT: Duration = Duration::from_secs(180);

/// Waits until a column of SHOW SLAVE STATUS has a value.
fn wait_for(own: &Understudy, name: &str, wanted: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let status = attach::status(own)?;
        if attach::column(&status, &[name])?.replace('\n', "") == wanted.replace('\n', "") {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline && attach::column(&status, &["Last_SQL_Errno"])? == "0",
            "{name} is not {wanted}: {status:#?}\n{}",
            own.error_log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What is done to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Torment {
    StopBoth,
    StopReceiver,
    StopApplier,
    /// `kill -9`; the network is good afterwards.
    Kill,
    /// Killed again while it recovers.
    KillTwice,
    Cut,
    /// Connections end after a random number of bytes from now on.
    BadNetwork,
}

const TORMENTS: [Torment; 7] = [
    Torment::StopBoth,
    Torment::StopReceiver,
    Torment::StopApplier,
    Torment::Kill,
    Torment::KillTwice,
    Torment::Cut,
    Torment::BadNetwork,
];

/// Decks dealt.
fn decks() -> usize {
    if std::env::var("UNDERSTUDY_LONG").is_ok_and(|value| value == "1") {
        40
    } else {
        2
    }
}

fn torment(replicas: &mut [Replica], rng: &mut Rng) -> anyhow::Result<()> {
    for _ in 0..decks() {
        let mut deck: Vec<(usize, Torment)> = (0..replicas.len())
            .flat_map(|replica| TORMENTS.map(|torment| (replica, torment)))
            .collect();
        while !deck.is_empty() {
            let (replica, torment) = deck.swap_remove(rng.below(deck.len() as u64) as usize);
            let replica = &mut replicas[replica];
            replica
                .suffer(torment, rng)
                .map_err(|error| error.context(format!("{torment:?} of {}", replica.name)))?;
            rest(rng, 60);
        }
    }
    Ok(())
}

fn rest(rng: &mut Rng, most_ms: u64) {
    std::thread::sleep(Duration::from_millis(rng.below(most_ms)));
}

/// Options of the source: GTIDs, and a certificate of which MySQL 9.7 alone makes one by itself in every version.
fn options(kind: Kind, certificates: &Path) -> Vec<String> {
    let mut options = vec!["--max-binlog-size=4M".to_owned()];
    if !kind.is_mariadb() {
        options.extend(["--gtid-mode=ON", "--enforce-gtid-consistency=ON"].map(str::to_owned));
    }
    if kind == Kind::Mysql56 {
        options.push("--log-slave-updates=ON".to_owned());
    }
    if kind != Kind::Mysql97 {
        let file = |name: &str| certificates.join(name).display().to_string();
        options.push(format!("--ssl-ca={}", file("ca.pem")));
        options.push(format!("--ssl-cert={}", file("server-cert.pem")));
        options.push(format!("--ssl-key={}", file("rsa-key.pem")));
    }
    options
}

/// Writes the server's key in the older form that 5.6 wants: the RSA key alone, without the wrapping that says so.
fn unwrap_key(certificates: &ReferenceServer) -> anyhow::Result<()> {
    let folder = certificates.datadir();
    let pem = std::fs::read_to_string(folder.join("server-key.pem"))?;
    let body = pem.split("-----").nth(2).context("no key")?; // between the two labels
    let base64 = body.replace('\n', "");
    // Version, algorithm, and the header of the octets that are the key: 26 bytes for a key of 2048 bits.
    let sql = format!("SELECT TO_BASE64(SUBSTRING(FROM_BASE64('{base64}'), 27))");
    let inner = certificates.query(sql)?.text()[0][0].clone();
    let label = "RSA PRIVATE KEY";
    std::fs::write(
        folder.join("rsa-key.pem"),
        format!("-----BEGIN {label}-----\n{inner}\n-----END {label}-----\n"),
    )?;
    Ok(())
}

/// The source, and the server whose certificate it may have; `None` when one is not on this machine.
fn source(kind: Kind) -> anyhow::Result<Option<ReferenceServer>> {
    let Some(certificates) = ReferenceServer::start_if_available(Kind::Mysql97, &[])? else {
        return Ok(None);
    };
    unwrap_key(&certificates)?;
    let options = options(kind, &certificates.datadir());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let Some(source) = ReferenceServer::start_if_available(kind, &options)? else {
        return Ok(None);
    };
    if kind != Kind::Mysql56 {
        // Who comes without TLS is not let in.
        source.connect()?.run([
            format!("CREATE USER repl_tls@'%' IDENTIFIED BY '{REPL_PASSWORD}' REQUIRE SSL"),
            "GRANT REPLICATION SLAVE ON *.* TO repl_tls@'%'".to_owned(),
        ])?;
    }
    Ok(Some(source))
}

fn check(kind: Kind, by: By) -> anyhow::Result<()> {
    let Some(source) = source(kind)? else {
        return Ok(());
    };
    let mut replicas = Vec::new();
    for transport in transports(kind) {
        for workers in [1, 4] {
            replicas.push(Replica::attach(&source, by, workers, *transport)?);
        }
    }
    let mut rng = Rng::from_env(kind.name());
    let plan = workload::Plan {
        kind,
        port: source.port(),
        seed: rng.next_u64(),
        transactions: u64::MAX,
        connections: 4,
        pause: Duration::from_millis(20),
        source_dies: false,
        schema_gate: Arc::default(),
    };
    let stop = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| -> anyhow::Result<workload::Outcome> {
        let load = scope.spawn(|| workload::run(&plan, &stop));
        let tormented = torment(&mut replicas, &mut rng);
        stop.store(true, Ordering::Relaxed);
        let outcome = load
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the workload panicked"))?;
        tormented?;
        Ok(outcome)
    })?;
    assert!(outcome.committed > 200, "{outcome:#?}");
    for replica in &replicas {
        replica
            .expect_equal(&source)
            .map_err(|error| error.context(replica.name.clone()))?;
    }
    Ok(())
}

/// The library of 5.6 ends before TLS 1.2; ours begins there. The receiver says so and goes on trying.
#[test]
fn tls_of_mysql_5_6_is_refused() -> anyhow::Result<()> {
    let Some(source) = source(Kind::Mysql56)? else {
        return Ok(());
    };
    let offers = source.query("SELECT @@have_ssl")?.text();
    assert_eq!(offers, [["YES"]]);
    let replica = Replica::attach(&source, By::Position, 1, Transport::Tls)?;
    wait_for(&replica.server, "Last_IO_Errno", "2026")?;
    wait_for(&replica.server, "Slave_IO_Running", "Connecting")
}

#[test]
fn heavy_matrix_of_mysql_9_7_by_position() -> anyhow::Result<()> {
    check(Kind::Mysql97, By::Position)
}

#[test]
fn heavy_matrix_of_mysql_9_7_by_gtid() -> anyhow::Result<()> {
    check(Kind::Mysql97, By::Gtid)
}

#[test]
fn heavy_matrix_of_mysql_5_6_by_position() -> anyhow::Result<()> {
    check(Kind::Mysql56, By::Position)
}

#[test]
fn heavy_matrix_of_mysql_5_6_by_gtid() -> anyhow::Result<()> {
    check(Kind::Mysql56, By::Gtid)
}

#[test]
fn heavy_matrix_of_mariadb_10_11_by_position() -> anyhow::Result<()> {
    check(Kind::Mariadb1011, By::Position)
}

#[test]
fn heavy_matrix_of_mariadb_10_11_by_gtid() -> anyhow::Result<()> {
    check(Kind::Mariadb1011, By::Gtid)
}

#[test]
fn heavy_matrix_of_mariadb_11_8_by_position() -> anyhow::Result<()> {
    check(Kind::Mariadb118, By::Position)
}

#[test]
fn heavy_matrix_of_mariadb_11_8_by_gtid() -> anyhow::Result<()> {
    check(Kind::Mariadb118, By::Gtid)
}
