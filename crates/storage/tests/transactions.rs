//! Groups, rollback, publication, reopening.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use understudy_storage::{DuplicateMode, RowError};
use understudy_values::row::Cell;

#[test]
fn readers_see_whole_commits_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    w.commit().unwrap();
    let before = store.snapshot();
    w.begin();
    let image1 = image(&[V::I(2), V::I(7), s("two")]);
    w.insert(&t, &image1, DuplicateMode::Strict).unwrap();
    w.set_state("applied", b"1");
    w.end().unwrap();
    w.begin();
    w.insert(
        &t,
        &image(&[V::I(1), V::N, s("one")]),
        DuplicateMode::Strict,
    )
    .unwrap();
    w.set_state("applied", b"2");
    assert_eq!(rows(&store.snapshot(), "d", "t"), Vec::<Vec<V>>::new());
    w.rollback().unwrap();
    w.commit().unwrap();
    assert_eq!(
        rows(&store.snapshot(), "d", "t"),
        vec![vec![V::I(2), V::I(7), s("two")]]
    );
    assert_eq!(store.snapshot().state("applied"), Some(&b"1"[..]));
    assert_eq!(rows(&before, "d", "t"), Vec::<Vec<V>>::new());
    drop(w);
    drop((before, store));
    let store = open(dir.path());
    assert_eq!(
        rows(&store.snapshot(), "d", "t"),
        vec![vec![V::I(2), V::I(7), s("two")]]
    );
    assert_eq!(store.snapshot().state("applied"), Some(&b"1"[..]));
}

#[test]
fn rows_are_found_changed_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    for i in [3, 1, 2] {
        w.insert(
            &t,
            &image(&[V::I(i), V::I(i * 10), s("x")]),
            DuplicateMode::Strict,
        )
        .unwrap();
    }
    let key = 2i32.to_le_bytes();
    let before = [Cell::Bytes(&key), Cell::Absent, Cell::Absent];
    let (at, old) = w.find(&t, &before).unwrap().unwrap();
    w.update(&t, &at, &old, &image(&[V::I(9), V::I(5), s("nine")]))
        .unwrap();
    assert!(w.find(&t, &before).unwrap().is_none());
    let key = 1i32.to_le_bytes();
    let (at, old) = w
        .find(&t, &[Cell::Bytes(&key), Cell::Absent, Cell::Absent])
        .unwrap()
        .unwrap();
    w.delete(&t, &at, &old).unwrap();
    match w.insert(&t, &image(&[V::I(9), V::N, V::N]), DuplicateMode::Strict) {
        Err(RowError::Duplicate(key)) => assert_eq!(
            key.to_mysql().message,
            "Duplicate entry '9' for key 't.PRIMARY'"
        ),
        other => panic!("{other:?}"),
    }
    w.commit().unwrap();
    assert_eq!(
        rows(&store.snapshot(), "d", "t"),
        vec![
            vec![V::I(3), V::I(30), s("x")],
            vec![V::I(9), V::I(5), s("nine")]
        ]
    );
}
