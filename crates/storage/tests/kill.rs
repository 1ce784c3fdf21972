//! `kill -9` of a process that writes, at random moments: what is there afterwards is a whole prefix of its
//! transactions. (`src/crash_tests.rs` stops after each single engine write; this adds the real engine.)
//!
//! The child is this test binary again, told by environment variables what to do.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::*;
use understudy_storage::{DuplicateMode, RowError, Store, StoreOptions, Writer};
use understudy_testkit::rng::Rng;
use understudy_values::row::Cell;

const ROLE: &str = "UNDERSTUDY_KILL_ROLE";
const DIR: &str = "UNDERSTUDY_KILL_DIR";

fn child(test: &str, role: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(ROLE, role)
        .env(DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The role this process has been given, with its directory.
fn role() -> Option<(String, std::path::PathBuf)> {
    Some((std::env::var(ROLE).ok()?, std::env::var_os(DIR)?.into()))
}

fn options() -> StoreOptions {
    StoreOptions {
        memtable_bytes: 1 << 20,
        transaction_memory_limit: 100_000,
        ..small()
    }
}

/// What transaction `n` does to rows by id, in a model or in the store.
fn changes(n: u32) -> Vec<(i32, Option<(i32, String)>)> {
    let mut rng = Rng::new(u64::from(n));
    // One in fifty is larger than memory.
    let count = if n % 50 == 49 { 1500 } else { 1 + rng.below(6) };
    (0..count)
        .map(|_| {
            let id = rng.below(3000) as i32;
            let value = (rng.below(4) > 0).then(|| {
                let text = "v".repeat(1 + rng.below(90) as usize);
                (rng.below(100) as i32, text)
            });
            (id, value)
        })
        .collect()
}

type Model = BTreeMap<i32, (i32, String)>;

fn model_step(model: &mut Model, n: u32) {
    for (id, value) in changes(n) {
        match value {
            Some(value) => model.insert(id, value),
            None => model.remove(&id),
        };
    }
}

fn store_step(w: &mut Writer, n: u32) -> Result<(), RowError> {
    let t = w.catalog().table("d", "t").cloned();
    let t = match t {
        Some(t) => t,
        None => w.create_table(plain("t"))?,
    };
    w.begin();
    for (id, value) in changes(n) {
        let key = id.to_le_bytes();
        let found = w.find(&t, &[Cell::Bytes(&key), Cell::Absent, Cell::Absent])?;
        let new = value.map(|(k, v)| image(&[V::I(id), V::I(k), V::S(v)]));
        match (found, new) {
            (Some((at, old)), Some(new)) => drop(w.update(&t, &at, &old, &new)?),
            (Some((at, old)), None) => w.delete(&t, &at, &old)?,
            (None, Some(new)) => drop(w.insert(&t, &new, DuplicateMode::Strict)?),
            (None, None) => {}
        }
    }
    w.set_state("applied", &n.to_le_bytes());
    w.end()?;
    Ok(())
}

fn next_of(store: &Store) -> u32 {
    match store.snapshot().state("applied") {
        Some(bytes) => u32::from_le_bytes(bytes.try_into().unwrap()) + 1,
        None => 0,
    }
}

fn write_on(dir: &Path) {
    let store = Store::open(dir, options()).unwrap();
    let mut n = next_of(&store);
    let mut rng = Rng::new(u64::from(n) + 1);
    let mut w = store.writer();
    loop {
        for _ in 0..=rng.below(40) {
            store_step(&mut w, n).unwrap();
            n += 1;
        }
        w.commit().unwrap();
        if rng.below(30) == 0 {
            store.persist().unwrap();
        }
    }
}

fn rows_of(store: &Store) -> Model {
    let mut model = Model::new();
    if store.snapshot().catalog().table("d", "t").is_none() {
        return model;
    }
    for row in rows(&store.snapshot(), "d", "t") {
        match &row[..] {
            [V::I(id), V::I(k), V::S(v)] => model.insert(*id, (*k, v.clone())),
            other => panic!("{other:?}"),
        };
    }
    model
}

#[test]
fn a_killed_writer_leaves_a_prefix_of_its_transactions() {
    if let Some((_, dir)) = role() {
        return write_on(&dir);
    }
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Rng::from_env("kill");
    let (mut model, mut reached) = (Model::new(), 0);
    for round in 0..20 {
        let mut writer = child(
            "a_killed_writer_leaves_a_prefix_of_its_transactions",
            "write",
            dir.path(),
        );
        std::thread::sleep(Duration::from_millis(rng.between(20, 400)));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let store = Store::open(dir.path(), options()).unwrap();
        let next = next_of(&store);
        assert!(next >= reached, "round {round}: committed work is lost");
        for n in reached..next {
            model_step(&mut model, n);
        }
        reached = next;
        assert!(rows_of(&store) == model, "round {round} at {next}");
        let problems = store.check().unwrap().problems;
        assert_eq!(problems, Vec::<String>::new(), "round {round}");
    }
    assert!(reached > 100, "only {reached} transactions in all");
}

#[test]
fn a_second_process_is_told_who_has_the_directory() {
    if let Some((_, dir)) = role() {
        let _store = Store::open(&dir, options()).unwrap();
        std::fs::write(dir.join("ready"), b"").unwrap();
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut holder = child(
        "a_second_process_is_told_who_has_the_directory",
        "hold",
        dir.path(),
    );
    for _ in 0..500 {
        if dir.path().join("ready").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused = Store::open(dir.path(), options()).map(drop).unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("in use by another process") && text.contains(&holder.id().to_string()),
        "{text}"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    Store::open(dir.path(), options()).unwrap();
}
