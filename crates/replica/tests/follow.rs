//! A real source of each kind followed into the store, without the SQL server in front.

use std::sync::Arc;
use std::time::Duration;
use understudy_base::control::{ChangeSource, ReplicationControl, StartOptions, Threads};
use understudy_replica::{ReplicaOptions, Replication};
use understudy_storage::{Direction, ScanRange, Store, StoreOptions};
use understudy_testkit::{Kind, ReferenceServer, reference};

struct Replica {
    store: Store,
    replication: Replication,
}

impl Replica {
    fn open(dir: &std::path::Path) -> anyhow::Result<Replica> {
        let store = Store::open(dir, StoreOptions::default())?;
        let options = ReplicaOptions {
            datadir: dir.to_path_buf(),
            server_id: 4000,
            server_uuid: "5a0e2f34-f66f-7139-8934-500e16e2f9e4".into(),
            ..ReplicaOptions::default()
        };
        let replication = Replication::open(store.clone(), Arc::new(options))?;
        Ok(Replica { store, replication })
    }

    fn follow(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        self.replication.change_source(
            None,
            ChangeSource {
                host: Some("127.0.0.1".into()),
                port: Some(source.port()),
                user: Some("repl".into()),
                password: Some("repl_pw".into()),
                get_public_key: Some(true),
                connect_retry_s: Some(1),
                ..ChangeSource::default()
            },
        )?;
        self.replication.start(None, StartOptions::default())?;
        Ok(())
    }

    fn catch_up(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        let (file, pos) = source.binlog_position()?;
        let answer = self
            .replication
            .wait_for_position(None, &file, pos, Some(60_000))?;
        anyhow::ensure!(
            answer == Some(0),
            "{answer:?} {:#?}",
            self.replication.status(None)?
        );
        Ok(())
    }

    fn count(&self, db: &str, table: &str) -> anyhow::Result<usize> {
        let snapshot = self.store.snapshot();
        let table = snapshot
            .catalog()
            .table(db, table)
            .ok_or(anyhow::anyhow!("no {db}.{table}"))?
            .clone();
        let mut count = 0;
        for row in snapshot.scan(&table, &ScanRange::all(), Direction::Forward) {
            row?;
            count += 1;
        }
        Ok(count)
    }
}

fn follow(kind: Kind) -> anyhow::Result<()> {
    let mut source = reference!(kind);
    let dir = tempfile::tempdir()?;
    let replica = Replica::open(dir.path())?;
    source.exec("CREATE DATABASE d")?;
    source.exec("CREATE TABLE d.t (a INT PRIMARY KEY, b VARCHAR(20), KEY (b))")?;
    source.exec("INSERT INTO d.t VALUES (1, 'one'), (2, 'two'), (3, NULL)")?;
    replica.follow(&source)?;
    replica.catch_up(&source)?;
    assert_eq!(replica.count("d", "t")?, 3);

    // The threads go on where they were after a stop, a restart of the source and new statements.
    replica.replication.stop(None, Threads::BOTH)?;
    source.exec("UPDATE d.t SET b = 'drei' WHERE a = 3")?;
    source.restart()?;
    source.exec("DELETE FROM d.t WHERE a = 1")?;
    source.exec("ALTER TABLE d.t ADD c INT DEFAULT 7")?;
    replica.replication.start(None, StartOptions::default())?;
    replica.catch_up(&source)?;
    assert_eq!(replica.count("d", "t")?, 2);

    // And after our own restart.
    replica.replication.shut_down();
    drop(replica);
    source.exec("INSERT INTO d.t VALUES (10, 'ten', 10)")?;
    let replica = Replica::open(dir.path())?;
    replica.replication.resume();
    replica.catch_up(&source)?;
    assert_eq!(replica.count("d", "t")?, 3);
    replica.replication.shut_down();
    Ok(())
}

#[test]
fn follows_mysql_9_7() -> anyhow::Result<()> {
    follow(Kind::Mysql97)
}

#[test]
fn follows_mysql_5_6() -> anyhow::Result<()> {
    follow(Kind::Mysql56)
}

#[test]
fn follows_mariadb_10_11() -> anyhow::Result<()> {
    follow(Kind::Mariadb1011)
}

#[test]
fn follows_mariadb_11_8() -> anyhow::Result<()> {
    follow(Kind::Mariadb118)
}

#[test]
fn a_wrong_password_is_retried_and_shown() -> anyhow::Result<()> {
    let source = reference!(Kind::Mysql97);
    let dir = tempfile::tempdir()?;
    let replica = Replica::open(dir.path())?;
    replica.follow(&source)?;
    replica.replication.stop(None, Threads::BOTH)?;
    let wrong = ChangeSource {
        password: Some("wrong".into()),
        ..ChangeSource::default()
    };
    replica.replication.change_source(None, wrong)?;
    replica.replication.start(
        None,
        StartOptions {
            threads: Threads {
                receiver: true,
                applier: false,
            },
            ..StartOptions::default()
        },
    )?;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while replica.replication.status(None)?[0].receiver_error.errno == 0 {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
    let error = replica.replication.status(None)?[0].receiver_error.clone();
    assert_eq!(error.errno, 1045);
    assert!(
        error
            .message
            .starts_with("Error connecting to source 'repl@127.0.0.1:"),
        "{}",
        error.message
    );
    assert!(
        error
            .slave_message
            .starts_with("error connecting to master 'repl@127.0.0.1:")
    );
    replica.replication.shut_down();
    Ok(())
}
