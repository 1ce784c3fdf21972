//! Rows applied a second from a relay log, beside a real MySQL 9.7 replica in the same run.
//!
//! A real source writes each workload; then, for each number of workers, a new pair of replicas receives all of
//! it with the appliers stopped, and each applies one workload after the other alone (START REPLICA UNTIL): the
//! real one with as many workers and relaxed durability (no fsync per commit, no binary log), ours as it always
//! runs. Prints one line a workload: rows, rows/s of both, and the ratio.
//!
//! `cargo run --release -p understudy-benches --bin apply -- [scale [workers,workers,... [ours]]]`; scale 1 is
//! 100,000 transactions, the workers are 0,1,2,4 unless given; with `ours` no real replica takes part.

use anyhow::{Context, ensure};
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_base::control::{ChangeSource, ReplicationControl, StartOptions, Threads, Until};
use understudy_replica::parallel::ParallelOptions;
use understudy_replica::{ReplicaOptions, Replication};
use understudy_storage::{Store, StoreOptions};
use understudy_testkit::{Kind, ReferenceServer};

const TIMEOUT: Duration = Duration::from_secs(900);

struct Workload {
    name: &'static str,
    rows: u64,
    /// Before the others, in the same session.
    session: &'static str,
    statements: Box<dyn Iterator<Item = String>>,
}

/// `count` multi-row inserts of `rows` rows each.
fn bulk(table: &'static str, count: u64, rows: u64) -> Box<dyn Iterator<Item = String>> {
    Box::new((0..count).map(move |i| {
        let rows: Vec<String> = (i * rows..(i + 1) * rows)
            .map(|id| format!("({id}, {}, 'name', REPEAT('x', 100))", id * 31 % 1_000_003))
            .collect();
        format!("INSERT INTO b.{table} VALUES {}", rows.join(","))
    }))
}

fn workloads(scale: f64) -> Vec<Workload> {
    let n = (100_000.0 * scale) as u64;
    let tenth = n / 10;
    let plain = "SET SESSION binlog_transaction_compression=OFF";
    vec![
        Workload {
            name: "single-row inserts",
            rows: n,
            session: plain,
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
            session: plain,
            statements: Box::new((0..n).map(move |i| {
                format!(
                    "UPDATE b.t SET k = k + 1, name = 'changed {i}' WHERE id = {}",
                    i * 7919 % n
                )
            })),
        },
        Workload {
            name: "1000-row inserts",
            rows: n / 100 * 1000,
            session: plain,
            statements: bulk("bulk", n / 100, 1000),
        },
        Workload {
            name: "compressed, 100 rows",
            rows: n / 50 * 100,
            session: "SET SESSION binlog_transaction_compression=ON",
            statements: bulk("packed", n / 50, 100),
        },
        Workload {
            name: "JSON and text, 20 kB",
            rows: tenth,
            session: plain,
            statements: Box::new((0..tenth).map(move |i| {
                format!(
                    "INSERT INTO b.large VALUES ({i}, JSON_OBJECT('n', {i}, 'a', JSON_ARRAY({}), 's', REPEAT('j', 8000)), \
                     REPEAT('text {i} ', 1000))",
                    (0..200).map(|j| (i + j).to_string()).collect::<Vec<_>>().join(",")
                )
            })),
        },
    ]
}

struct Ours {
    replication: Replication,
    _dir: tempfile::TempDir,
}

impl Ours {
    fn start(source: &ReferenceServer, workers: u32) -> anyhow::Result<Ours> {
        let dir = tempfile::tempdir()?;
        let store = Store::open(dir.path(), StoreOptions::default())?;
        let options = ReplicaOptions {
            datadir: dir.path().to_path_buf(),
            server_id: 4000,
            server_uuid: "5a0e2f34-f66f-7139-8934-500e16e2f9e4".into(),
            parallel: ParallelOptions::of(u64::from(workers)),
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
                until: Some(Until::SourcePosition(position.0.clone(), position.1)),
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
    connection.query(format!(
        "START REPLICA SQL_THREAD UNTIL SOURCE_LOG_FILE='{}', SOURCE_LOG_POS={}",
        position.0, position.1
    ))?;
    // UNTIL ends the applier there; waiting for the position would miss that it has.
    loop {
        let answer = connection.query("SHOW REPLICA STATUS")?;
        let rows = answer.text();
        let shown = |name: &str| {
            let at = answer.columns.iter().position(|c| c.name == name);
            at.and_then(|at| rows.first()?.get(at).cloned())
                .unwrap_or_default()
        };
        ensure!(
            shown("Last_SQL_Errno") == "0",
            "the real replica stopped: {}",
            shown("Last_SQL_Error")
        );
        if shown("Replica_SQL_Running") == "No" {
            break;
        }
        ensure!(start.elapsed() < TIMEOUT, "not done in {TIMEOUT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = start.elapsed();
    Ok(took)
}

fn real(source: &ReferenceServer, workers: u32) -> anyhow::Result<ReferenceServer> {
    let workers = format!("--replica-parallel-workers={workers}");
    let replica = ReferenceServer::start(
        Kind::Mysql97,
        &[
            "--skip-log-bin",
            &workers,
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
    Ok(replica)
}

/// Everything the source wrote is in the real replica's relay log.
fn real_receive(replica: &ReferenceServer, position: &(String, u64)) -> anyhow::Result<()> {
    replica.exec("START REPLICA IO_THREAD")?;
    wait(|| {
        let rows = replica.query("SHOW REPLICA STATUS")?;
        let status = &rows.text()[0];
        Ok(status[5] == position.0 && status[6] == position.1.to_string())
    })?;
    replica.exec("STOP REPLICA IO_THREAD")?;
    Ok(())
}

/// Runs the workloads on the source; the position behind each.
fn write(
    source: &ReferenceServer,
    workloads: &mut [Workload],
) -> anyhow::Result<Vec<(String, u64)>> {
    let mut client = source.connect()?;
    client.query("CREATE DATABASE b")?;
    for table in ["t", "bulk", "packed"] {
        client.query(format!(
            "CREATE TABLE b.{table} (id BIGINT PRIMARY KEY, k INT NOT NULL, name VARCHAR(60), pad CHAR(120), KEY (k))"
        ))?;
    }
    client.query("CREATE TABLE b.large (id BIGINT PRIMARY KEY, j JSON, t MEDIUMTEXT)")?;
    let mut positions = Vec::new();
    for workload in workloads {
        client.query(workload.session)?;
        for statement in workload.statements.by_ref() {
            client.query(statement)?;
        }
        positions.push(source.binlog_position()?);
    }
    Ok(positions)
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scale: f64 = args
        .first()
        .map_or(Ok(1.0), |s| s.parse())
        .context("scale")?;
    let workers: Vec<u32> = args
        .get(1)
        .map_or("0,1,2,4", |s| s.as_str())
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context("workers")?;
    let alone = args.get(2).is_some_and(|arg| arg == "ours");
    let source = ReferenceServer::start(Kind::Mysql97, &["--max-binlog-size=1G"])?;
    let mut workloads = workloads(scale);
    let positions = write(&source, &mut workloads)?;
    let last = positions.last().context("no workload")?;
    println!(
        "{:<8}{:<22}{:>9} {:>12} {:>12} {:>7}",
        "workers", "workload", "rows", "MySQL rows/s", "ours rows/s", "ratio"
    );
    for workers in workers {
        let ours = Ours::start(&source, workers)?;
        ours.receive(last)?;
        let replica = match alone {
            true => None,
            false => Some(real(&source, workers)?),
        };
        if let Some(replica) = &replica {
            real_receive(replica, last)?;
        }
        for (workload, position) in workloads.iter().zip(&positions) {
            let rate = |took: Duration| workload.rows as f64 / took.as_secs_f64();
            let real = match &replica {
                Some(replica) => rate(real_apply(replica, position)?),
                None => 0.0,
            };
            let own = rate(ours.apply(position)?);
            println!(
                "{workers:<8}{:<22}{:>9} {real:>12.0} {own:>12.0} {:>7.2}",
                workload.name,
                workload.rows,
                own / real
            );
        }
        ours.replication.shut_down();
    }
    Ok(())
}
