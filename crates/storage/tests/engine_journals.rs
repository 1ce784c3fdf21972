//! Reports about the engine that others made: what they describe must not happen to us.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use understudy_storage::{DuplicateMode, Store, StoreOptions};

/// Journals grow without bound while one keyspace is written and another is idle.
#[test]
fn idle_keyspaces_do_not_keep_journals_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        memtable_bytes: 4 << 20,
        journal_bytes: 64 << 20,
        ..small()
    };
    let store = Store::open(dir.path(), options.clone()).unwrap();
    let mut w = store.writer();
    // The catalog keyspace gets its entries now and is idle from here on; no secondary index is written.
    let mut def = plain("t");
    def.indexes.truncate(1);
    def.columns[2].ty = varchar(250);
    let t = w.create_table(def).unwrap();
    w.commit().unwrap();
    let text = "x".repeat(240);
    let mut most = 0;
    for group in 0..320 {
        for n in 0..2000 {
            let row = [V::I(group * 2000 + n), V::N, s(&text)];
            w.insert(&t, &image(&row), DuplicateMode::Strict).unwrap();
        }
        w.commit().unwrap();
        if group % 20 == 19 {
            most = most.max(journal_bytes(dir.path()));
        }
    }
    // 170 MB went through the journal; it may hold its bound and the files in work.
    assert!(most <= 150 << 20, "{} MB of journals", most >> 20);
    drop(w);
    drop(store);
    let store = Store::open(dir.path(), options).unwrap();
    assert_eq!(store.check().unwrap().rows, 640_000);
}

fn journal_bytes(dir: &std::path::Path) -> u64 {
    let engine = dir.join("store");
    std::fs::read_dir(engine)
        .unwrap()
        .filter_map(|e| e.ok())
        .filter(|e| e.path().extension().is_some_and(|x| x == "jnl"))
        .map(|e| e.metadata().unwrap().len())
        .sum()
}
