//! Rows applied a second from a relay log, beside a real MySQL 9.7 replica in the same run.
//!
//! A real source writes each workload; both replicas receive it first with their applier stopped, then each
//! applies it alone: the real one with one worker and relaxed durability (no fsync per commit, no binary log),
//! ours as it always runs. Prints one line a workload: rows, seconds and rows/s of both, and the ratio.
//!
//! `cargo run --release -p understudy-benches --bin apply -- [scale]`; scale 1 is 100,000 transactions.

use anyhow::{Context, ensure};
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_base::control::{ChangeSource, ReplicationControl, StartOptions, Threads};
use understudy_replica::{ReplicaOptions, Replication};
use understudy_storage::{Store, StoreOptions};
use understudy_testkit::{Kind, ReferenceServer};

const TIMEOUT: Duration = Duration::from_secs(900);

struct Workload {
    name: &'static str,
    rows: u64,
    statements: Box<dyn Iterator<Item = String>>,
}

fn workloads(scale: f64) -> Vec<Workload> {
    let n = (100_000.0 * scale) as u64;
    let bulk = n / 100;
    vec![
        Workload {
            name: "single-row inserts",
            rows: n,
            statements: Box::new((0..n).map(move |i| {
                format!(
                    "INSERT INTO b.t VALUES ({i}, {}, 'name {i}', REPEAT('x', 100))",
                    i * 7919 % n
                )
            })),
        },
        Workload {
            name: "updates by key",
            rows: n,
            statements: Box::new((0..n).map(move |i| {
                format!(
                    "UPDATE b.t SET k = k + 1, name = 'changed {i}' WHERE id = {}",
                    i * 7919 % n
                )
            })),
        },
        Workload {
            name: "1000-row inserts",
            rows: bulk * 1000,
            statements: Box::new((0..bulk).map(move |i| {
                let rows: Vec<String> = (0..1000)
                    .map(|j| {
                        format!(
                            "({}, {}, 'name', REPEAT('x', 100))",
                            i * 1000 + j,
                            (i * 1000 + j) * 31 % 1_000_003
                        )
                    })
                    .collect();
                format!("INSERT INTO b.bulk VALUES {}", rows.join(","))
            })),
        },
    ]
}

struct Ours {
    replication: Replication,
    _dir: tempfile::TempDir,
}

impl Ours {
    fn start(source: &ReferenceServer) -> anyhow::Result<Ours> {
        let dir = tempfile::tempdir()?;
        let store = Store::open(dir.path(), StoreOptions::default())?;
        let options = ReplicaOptions {
            datadir: dir.path().to_path_buf(),
            server_id: 4000,
            server_uuid: "5a0e2f34-f66f-7139-8934-500e16e2f9e4".into(),
            ..ReplicaOptions::default()
        };
        let replication = Replication::open(store, Arc::new(options))?;
        replication.change_source(
            None,
            ChangeSource {
                host: Some("127.0.0.1".into()),
                port: Some(source.port()),
                user: Some("repl".into()),
                password: Some("repl_pw".into()),
                get_public_key: Some(true),
                ..ChangeSource::default()
            },
        )?;
        Ok(Ours {
            replication,
            _dir: dir,
        })
    }

    fn receive(&self, position: &(String, u64)) -> anyhow::Result<()> {
        self.replication.start(
            None,
            StartOptions {
                threads: Threads {
                    receiver: true,
                    applier: false,
                },
                ..StartOptions::default()
            },
        )?;
        wait(|| {
            let status = &self.replication.status(None)?[0];
            ensure!(
                status.receiver_error.errno == 0,
                "{}",
                status.receiver_error.message
            );
            Ok((&status.source_log_file, status.read_source_log_pos) == (&position.0, position.1))
        })
    }

    fn apply(&self, position: &(String, u64)) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.replication.start(
            None,
            StartOptions {
                threads: Threads {
                    receiver: false,
                    applier: true,
                },
                ..StartOptions::default()
            },
        )?;
        let limit = u64::try_from(TIMEOUT.as_millis())?;
        let answer =
            self.replication
                .wait_for_position(None, &position.0, position.1, Some(limit))?;
        let took = start.elapsed();
        ensure!(
            answer == Some(0),
            "{:?}",
            self.replication.status(None)?[0].applier_error
        );
        self.replication.stop(
            None,
            Threads {
                receiver: false,
                applier: true,
            },
        )?;
        Ok(took)
    }
}

fn wait(mut done: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + TIMEOUT;
    while !done()? {
        ensure!(Instant::now() < deadline, "not done in {TIMEOUT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn real_apply(replica: &ReferenceServer, position: &(String, u64)) -> anyhow::Result<Duration> {
    let mut connection = replica.connect()?;
    connection.set_timeout(Some(TIMEOUT))?;
    let start = Instant::now();
    connection.query("START REPLICA SQL_THREAD")?;
    let wait = format!(
        "SELECT SOURCE_POS_WAIT('{}', {}, {})",
        position.0,
        position.1,
        TIMEOUT.as_secs()
    );
    let answer = connection.query(wait)?.text();
    let took = start.elapsed();
    ensure!(
        answer[0][0] != "NULL" && answer[0][0] != "-1",
        "the real replica stopped: {answer:?}"
    );
    connection.query("STOP REPLICA SQL_THREAD")?;
    Ok(took)
}

fn main() -> anyhow::Result<()> {
    let scale: f64 = std::env::args()
        .nth(1)
        .map_or(Ok(1.0), |s| s.parse())
        .context("scale")?;
    let source = ReferenceServer::start(Kind::Mysql97, &[])?;
    let replica = ReferenceServer::start(
        Kind::Mysql97,
        &[
            "--skip-log-bin",
            "--replica-parallel-workers=1",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=1G",
            "--innodb-redo-log-capacity=1G",
            "--innodb-doublewrite=OFF",
        ],
    )?;
    replica.exec(format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, SOURCE_USER='repl', \
         SOURCE_PASSWORD='repl_pw', SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=4, GET_SOURCE_PUBLIC_KEY=1",
        source.port()
    ))?;
    let ours = Ours::start(&source)?;
    let mut client = source.connect()?;
    client.query("CREATE DATABASE b")?;
    for table in ["t", "bulk"] {
        client.query(format!(
            "CREATE TABLE b.{table} (id BIGINT PRIMARY KEY, k INT NOT NULL, name VARCHAR(60), pad CHAR(120), KEY (k))"
        ))?;
    }
    println!(
        "{:<20} {:>9} {:>12} {:>12} {:>7}",
        "workload", "rows", "MySQL rows/s", "ours rows/s", "ratio"
    );
    for workload in workloads(scale) {
        for statement in workload.statements {
            client.query(statement)?;
        }
        let position = source.binlog_position()?;
        ours.receive(&position)?;
        replica.exec("START REPLICA IO_THREAD")?;
        wait(|| {
            let rows = replica.query("SHOW REPLICA STATUS")?;
            let status = &rows.text()[0];
            Ok(status[5] == position.0 && status[6] == position.1.to_string())
        })?;
        let real_s = real_apply(&replica, &position)?.as_secs_f64();
        let ours_s = ours.apply(&position)?.as_secs_f64();
        let rate = |seconds: f64| workload.rows as f64 / seconds;
        println!(
            "{:<20} {:>9} {:>12.0} {:>12.0} {:>7.2}",
            workload.name,
            workload.rows,
            rate(real_s),
            rate(ours_s),
            real_s / ours_s
        );
    }
    ours.replication.shut_down();
    Ok(())
}
