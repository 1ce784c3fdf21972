//! Replicas with any number of workers hold what the source holds, through STOP, kill -9 and errors: beside real
//! replicas with as many.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use understudy_proto_tests::attach::{self, Replica};
use understudy_proto_tests::compare::{self, Counters};
use understudy_proto_tests::workload;
use understudy_testkit::client::Connection;
use understudy_testkit::rng::Rng;
use understudy_testkit::{Kind, ReferenceServer, Understudy, reference};

const LIMIT: Duration = Duration::from_secs(120);

/// Options for so many workers; 9.7 has at least one, MariaDB's way to have none is a mode.
fn workers(count: u32) -> String {
    match count {
        0 => "--slave-parallel-mode=none".to_owned(),
        count => format!("--replica-parallel-workers={count}"),
    }
}

/// Rows and definitions of a source under a random load, with XA, schema changes and rollbacks, while the replicas
/// are stopped, started and killed.
fn check_workload(kind: Kind) -> anyhow::Result<()> {
    let source = reference!(kind, &["--max-binlog-size=4M"]);
    let mut replicas = Vec::new();
    for count in [0, 1, 4, 16] {
        // Replicas of one number push each other off their source.
        let server_id = format!("--server-id={}", 4001 + count);
        let replica = Understudy::start(&[&workers(count), "--max-relay-log-size=1M", &server_id])?;
        attach::follow(&replica, &source, source.port())?;
        replicas.push(replica);
    }
    let mut rng = Rng::from_env(kind.name());
    let plan = workload::Plan {
        kind,
        port: source.port(),
        seed: rng.next_u64(),
        transactions: 3_000,
        connections: 4,
        pause: Duration::from_millis(1),
        source_dies: false,
        schema_gate: Arc::default(),
    };
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let load = scope.spawn(|| {
            let outcome = workload::run(&plan, &AtomicBool::new(false));
            stop.store(true, Ordering::Relaxed);
            outcome
        });
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(rng.below(300)));
            let at = usize::try_from(rng.below(replicas.len() as u64))?;
            if rng.percent(15) {
                replicas[at].kill9()?;
                replicas[at].relaunch()?;
                replicas[at].wait_ready()?;
            } else {
                let mut connection = replicas[at].connect()?;
                connection.query("STOP SLAVE SQL_THREAD")?;
                std::thread::sleep(Duration::from_millis(rng.below(100)));
                connection.query("START SLAVE SQL_THREAD")?;
            }
        }
        let outcome = load
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the workload panicked"))?;
        assert!(outcome.committed >= plan.transactions, "{outcome:#?}");
        Ok(())
    })?;
    for replica in &replicas {
        attach::wait_applied(replica, &source, LIMIT)?;
        compare::expect_equal(
            &mut source.connect()?,
            &mut replica.connect()?,
            &["SET NAMES utf8mb4"],
            Counters::MayDiffer,
        )?;
    }
    Ok(())
}

#[test]
fn any_number_of_workers_under_mysql_9_7() -> anyhow::Result<()> {
    check_workload(Kind::Mysql97)
}

#[test]
fn any_number_of_workers_under_mariadb_11_8() -> anyhow::Result<()> {
    check_workload(Kind::Mariadb118)
}

/// Definitions change between the rows of one table, faster than anyone can prepare; transactions do not fit into a
/// batch, are taken back to a savepoint, are compressed, or conflict with each other.
#[test]
fn rows_meet_the_definition_of_their_time() -> anyhow::Result<()> {
    let source = reference!(
        Kind::Mysql97,
        &["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]
    );
    let replicas = [1, 4]
        .into_iter()
        .map(|count| Understudy::start(&[&workers(count)]))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for replica in &replicas {
        attach::follow(replica, &source, source.port())?;
        replica.query("STOP SLAVE SQL_THREAD")?;
    }
    let mut client = source.connect()?;
    client.run([
        "CREATE DATABASE d",
        "USE d",
        "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a INT, UNIQUE KEY (a))",
        "CREATE TABLE nokey (a INT, b TEXT)",
        "CREATE TABLE log (id INT PRIMARY KEY, t TEXT) ENGINE=MyISAM",
    ])?;
    for i in 0..40 {
        client.run([
            format!("INSERT INTO t (a) VALUES ({i})"),
            format!("INSERT INTO nokey VALUES ({i}, 'b'), ({i}, 'b')"),
            format!("ALTER TABLE t ADD COLUMN c{i} VARCHAR(20) DEFAULT 'c{i}', DROP INDEX a, ADD UNIQUE KEY a (a)"),
            format!("UPDATE t SET a = -a - 1, c{i} = 'x' WHERE id % 3 = 0"),
            format!("UPDATE t SET id = id + 1000 WHERE a = {i}"),
            format!("DELETE FROM nokey WHERE a = {} LIMIT 1", i / 2),
            format!("SET SESSION binlog_transaction_compression={}", i % 2),
        ])?;
        if i % 10 == 3 {
            client.run([
                "RENAME TABLE t TO u, nokey TO t, u TO nokey",
                "RENAME TABLE t TO u, nokey TO t, u TO nokey",
            ])?;
        }
    }
    let rows: Vec<String> = (0..20_000)
        .map(|i| format!("({i}, REPEAT('y', {}))", i % 300))
        .collect();
    client.run([
        "SET SESSION binlog_transaction_compression=OFF".to_owned(),
        "CREATE TABLE big (id INT PRIMARY KEY, t TEXT, KEY (t(10)))".to_owned(),
        format!("INSERT INTO big VALUES {}", rows.join(",")),
        "BEGIN".to_owned(),
        "UPDATE big SET t = CONCAT(t, 'z')".to_owned(),
        "DELETE FROM big WHERE id % 7 = 0".to_owned(),
        "SAVEPOINT s".to_owned(),
        "DELETE FROM big".to_owned(),
        "INSERT INTO log VALUES (1, 'stays')".to_owned(),
        "ROLLBACK TO s".to_owned(),
        "COMMIT".to_owned(),
        "XA START 'x'".to_owned(),
        "UPDATE big SET t = 'xa' WHERE id < 100".to_owned(),
        "XA END 'x'".to_owned(),
        "XA PREPARE 'x'".to_owned(),
        "XA COMMIT 'x'".to_owned(),
    ])?;
    for replica in &replicas {
        replica.query("START SLAVE SQL_THREAD")?;
        attach::expect_equal(&source, replica)?;
    }
    Ok(())
}

fn status(replica: &dyn Replica, names: &[&str]) -> anyhow::Result<Vec<String>> {
    let status = attach::status(replica)?;
    names
        .iter()
        .map(|name| {
            let other = name.replace("Source", "Master").replace("Replica", "Slave");
            Ok(attach::column(&status, &[name, &other])?.to_owned())
        })
        .collect()
}

fn wait_for_error(replica: &dyn Replica) -> anyhow::Result<()> {
    let start = Instant::now();
    while status(replica, &["Last_SQL_Errno"])? == ["0"]
        || status(replica, &["Replica_SQL_Running"])? == ["Yes"]
    {
        anyhow::ensure!(start.elapsed() < LIMIT, "no error");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn column(connection: &mut Connection, query: &str) -> anyhow::Result<Vec<String>> {
    let rows = connection.query(query)?.text();
    Ok(rows
        .into_iter()
        .filter_map(|row| row.into_iter().next())
        .collect())
}

/// An event that fails on a worker stops everything before its transaction, and is told as 9.7 tells it.
#[test]
fn a_failing_event_stops_all_before_its_transaction() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let real = ReferenceServer::start(Kind::Mysql97, &["--replica-parallel-workers=4"])?;
    let own = Understudy::start(&["--replica-parallel-workers=4"])?;
    let mut client = source.connect()?;
    client.run([
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id INT PRIMARY KEY, a INT)",
        "INSERT INTO d.t VALUES (50, 0)",
    ])?;
    for replica in [&real as &dyn Replica, &own] {
        attach::follow(replica, &source, source.port())?;
        attach::wait_applied(replica, &source, LIMIT)?;
    }
    real.query("STOP REPLICA SQL_THREAD")?;
    own.query("STOP REPLICA SQL_THREAD")?;
    client.run(["SET sql_log_bin=0", "DELETE FROM d.t", "SET sql_log_bin=1"])?;
    for id in 0..100 {
        client.query(format!("INSERT INTO d.t VALUES ({id}, {id})"))?;
    }
    real.query("START REPLICA SQL_THREAD")?;
    own.query("START REPLICA SQL_THREAD")?;
    wait_for_error(&real)?;
    wait_for_error(&own)?;
    let ids: Vec<String> = (0..=50).map(|id: i32| id.to_string()).collect();
    assert_eq!(
        column(&mut own.connect()?, "SELECT id FROM d.t ORDER BY id")?,
        ids
    );
    assert_eq!(
        column(&mut real.connect()?, "SELECT id FROM d.t ORDER BY id")?,
        ids
    );
    // With workers the real server shows the position of its last checkpoint, and which worker failed last, the one
    // at the row or one that waits behind it (error 3030), is its own matter.
    let without_numbers = |text: &str| {
        text.chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
    };
    let names = ["Last_SQL_Errno", "Last_SQL_Error", "Replica_SQL_Running"];
    let show = |replica: &dyn Replica| -> anyhow::Result<Vec<String>> {
        let answer = replica.connect()?.query("SHOW REPLICA STATUS")?;
        let row = &answer.text()[0];
        names
            .iter()
            .map(|name| {
                let at = answer.columns.iter().position(|c| c.name == *name);
                Ok(row[at.ok_or_else(|| anyhow::anyhow!("no {name}"))?].clone())
            })
            .collect()
    };
    let (theirs, ours) = (show(&real)?, show(&own)?);
    let without_ids = |text: &str| {
        let from = text.find("transaction '").unwrap_or(0);
        let to = text.find("' at source log").unwrap_or(from);
        without_numbers(&format!("{}{}", &text[..from], &text[to..]))
    };
    assert_eq!(without_ids(&ours[1]), without_ids(&theirs[1]));
    assert_eq!(ours[0], "1062");
    assert!(["1062", "3030"].contains(&theirs[0].as_str()), "{theirs:?}");
    assert_eq!(ours[2..], theirs[2..]);
    let query = "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker \
                 WHERE LAST_ERROR_NUMBER = 1062";
    let (theirs, ours) = (
        column(&mut real.connect()?, query)?,
        column(&mut own.connect()?, query)?,
    );
    assert_eq!(ours.len(), 1, "{ours:?}");
    let worker = |text: &str| {
        let after = text.split_once(" failed executing ");
        after.map(|(_, after)| after.to_owned())
    };
    assert!(worker(&ours[0]).is_some(), "{ours:?}");
    assert_eq!(worker(&ours[0]), worker(&theirs[0]));
    // Mended, everything behind it is applied.
    own.query("SET GLOBAL sql_replica_skip_counter=1")?;
    own.query("START REPLICA SQL_THREAD")?;
    attach::wait_applied(&own, &source, LIMIT)?;
    let count = column(&mut own.connect()?, "SELECT COUNT(*) FROM d.t")?;
    assert_eq!(count, ["100"]);
    Ok(())
}

/// UNTIL ends where it says, however far the workers have read.
#[test]
fn until_ends_where_it_says() -> anyhow::Result<()> {
    for kind in [Kind::Mysql97, Kind::Mariadb118] {
        let source = reference!(kind);
        let own = Understudy::start(&["--replica-parallel-workers=16"])?;
        attach::follow(&own, &source, source.port())?;
        let mut client = source.connect()?;
        client.run(["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)"])?;
        attach::wait_applied(&own, &source, LIMIT)?;
        own.query("STOP SLAVE SQL_THREAD")?;
        let mut marks = Vec::new();
        for id in 1..=300 {
            client.query(format!("INSERT INTO d.t VALUES ({id})"))?;
            if id % 75 == 0 {
                marks.push((id, source.binlog_position()?));
            }
        }
        for (id, (file, pos)) in marks {
            own.query(format!(
                "START SLAVE SQL_THREAD UNTIL MASTER_LOG_FILE='{file}', MASTER_LOG_POS={pos}"
            ))?;
            let start = Instant::now();
            while status(&own, &["Slave_SQL_Running"])? != ["No"] {
                anyhow::ensure!(start.elapsed() < LIMIT, "does not end at {pos}");
                std::thread::sleep(Duration::from_millis(20));
            }
            let last = column(&mut own.connect()?, "SELECT MAX(id) FROM d.t")?;
            assert_eq!(last, [id.to_string()]);
        }
    }
    Ok(())
}
