//! What the applier has done is in the store; whatever becomes of the relay log between two starts, nothing
//! is applied twice and nothing is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use understudy_base::control::{ChangeSource, ReplicationControl, StartOptions};
use understudy_replica::{ReplicaOptions, Replication};
use understudy_storage::{Direction, ScanRange, Store, StoreOptions};
use understudy_testkit::reference::REPL_PASSWORD;
use understudy_testkit::{Kind, ReferenceServer, reference};

struct Replica {
    store: Store,
    replication: Replication,
}

fn open(dir: &Path, relay_log: &str) -> anyhow::Result<Replica> {
    let store = Store::open(dir, StoreOptions::default())?;
    let options = ReplicaOptions {
        datadir: dir.to_path_buf(),
        server_id: 4001,
        server_uuid: "5a0e2f34-f66f-7139-8934-500e16e2f9e5".into(),
        relay_log: relay_log.to_owned(),
        relay_log_purge: false,
        ..ReplicaOptions::default()
    };
    let replication = Replication::open(store.clone(), Arc::new(options))?;
    Ok(Replica { store, replication })
}

impl Replica {
    fn catch_up(&self, source: &ReferenceServer) -> anyhow::Result<()> {
        let (file, pos) = source.binlog_position()?;
        let answer = self
            .replication
            .wait_for_position(None, &file, pos, Some(60_000))?;
        let status = || format!("{answer:?} {:#?}", self.replication.status(None));
        anyhow::ensure!(answer == Some(0), status());
        Ok(())
    }

    fn rows(&self) -> anyhow::Result<usize> {
        let snapshot = self.store.snapshot();
        let table = snapshot.catalog().table("d", "t").context("d.t")?.clone();
        let rows = snapshot.scan(&table, &ScanRange::all(), Direction::Forward);
        Ok(rows.collect::<Result<Vec<_>, _>>()?.len())
    }
}

fn segments(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("relay-bin.0") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn shorten(path: &Path, by: u64) -> anyhow::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path)?;
    Ok(file.set_len(file.metadata()?.len().saturating_sub(by))?)
}

#[test]
fn t17_the_applied_position_outlives_the_relay_log() -> anyhow::Result<()> {
    for kind in Kind::ALL {
        let source = reference!(kind);
        // Without a primary key a row applied twice would be two rows.
        source.exec("CREATE DATABASE d")?;
        source.exec("CREATE TABLE d.t (a INT)")?;
        let dir = tempfile::tempdir()?;
        let replica = open(dir.path(), "relay-bin")?;
        let change = ChangeSource {
            host: Some("127.0.0.1".into()),
            port: Some(source.port()),
            user: Some("repl".into()),
            password: Some(REPL_PASSWORD.into()),
            get_public_key: Some(true),
            ..ChangeSource::default()
        };
        replica.replication.change_source(None, change)?;
        replica.replication.start(None, StartOptions::default())?;
        let mut replica = Some(replica);
        let mut inserted = 0;
        // What is done to the relay log of a stopped replica, and the name it has afterwards.
        let mishaps: [(&str, &dyn Fn() -> anyhow::Result<()>); 6] = [
            ("relay-bin", &|| {
                segments(dir.path())?
                    .iter()
                    .try_for_each(|path| Ok(fs::remove_file(path)?))
            }),
            ("relay-bin", &|| {
                shorten(segments(dir.path())?.last().context("none")?, 60)
            }),
            ("other", &|| Ok(())),
            ("relay-bin", &|| Ok(())),
            ("relay-bin", &|| {
                Ok(fs::remove_file(dir.path().join("relay-bin.index"))?)
            }),
            ("relay-bin", &|| {
                segments(dir.path())?
                    .iter()
                    .try_for_each(|path| shorten(path, u64::MAX))
            }),
        ];
        for (number, (name, mishap)) in mishaps.into_iter().enumerate() {
            for _ in 0..5 {
                source.exec(format!("INSERT INTO d.t VALUES ({inserted})"))?;
                inserted += 1;
            }
            let running = replica.take().context("running")?;
            running.catch_up(&source)?;
            running.replication.shut_down();
            drop(running);
            source.exec(format!("INSERT INTO d.t VALUES ({inserted})"))?;
            inserted += 1;
            mishap()?;
            let label = format!("{kind:?}, mishap {number}");
            let again = open(dir.path(), name).context(label.clone())?;
            again.replication.resume();
            again.catch_up(&source).context(label.clone())?;
            assert_eq!(again.rows()?, inserted, "{label}");
            replica = Some(again);
        }
        replica.context("running")?.replication.shut_down();
    }
    Ok(())
}
