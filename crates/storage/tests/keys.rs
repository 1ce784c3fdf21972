//! Unique keys, tables without a key, order of rows.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use understudy_storage::schema::*;
use understudy_storage::{Direction, DuplicateMode, RowError, ScanRange, Writer};
use understudy_values::row::Cell;

fn with_unique() -> TableDef {
    table(
        "t",
        vec![
            column("id", int(), false),
            column("a", int(), true),
            column("b", varchar(50), true),
        ],
        vec![
            index(1, "PRIMARY", IndexKind::Primary, &[0]),
            index(2, "ab", IndexKind::Unique, &[1, 2]),
        ],
    )
}

fn keyless() -> TableDef {
    table(
        "t",
        vec![column("a", int(), true), column("b", varchar(50), true)],
        vec![],
    )
}

fn put(w: &mut Writer, values: &[V]) -> Result<(), RowError> {
    let t = w.catalog().table("d", "t").unwrap().clone();
    w.insert(&t, &image(values), DuplicateMode::Strict)
        .map(drop)
}

fn cells(fields: &[Option<Vec<u8>>]) -> Vec<Cell<'_>> {
    fields
        .iter()
        .map(|f| match f {
            None => Cell::Null,
            Some(f) => Cell::Bytes(f),
        })
        .collect()
}

#[test]
fn nulls_do_not_conflict_and_the_collation_decides() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.create_table(with_unique()).unwrap();
    put(&mut w, &[V::I(1), V::N, s("x")]).unwrap();
    put(&mut w, &[V::I(2), V::N, s("x")]).unwrap();
    put(&mut w, &[V::I(3), V::I(5), s("abc")]).unwrap();
    w.commit().unwrap();
    let cases = [
        (s("abc"), true),
        (s("ABC"), true),
        (s("abc  "), true),
        (s("\u{0}"), false),
        (s("abd"), false),
    ];
    for (n, (b, conflicts)) in cases.into_iter().enumerate() {
        let result = put(&mut w, &[V::I(10 + n as i32), V::I(5), b.clone()]);
        match (result, conflicts) {
            (Ok(()), false) => {}
            (Err(RowError::Duplicate(key)), true) => {
                assert_eq!(key.index, "ab");
                assert!(key.entry.starts_with("5-"), "{}", key.entry);
            }
            (other, _) => panic!("{b:?}: {other:?}"),
        }
    }
    w.commit().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn replace_removes_every_row_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let t = w.create_table(with_unique()).unwrap();
    put(&mut w, &[V::I(1), V::I(1), s("a")]).unwrap();
    put(&mut w, &[V::I(2), V::I(2), s("b")]).unwrap();
    put(&mut w, &[V::I(3), V::I(3), s("c")]).unwrap();
    w.insert(
        &t,
        &image(&[V::I(1), V::I(2), s("b")]),
        DuplicateMode::Replace,
    )
    .unwrap();
    w.commit().unwrap();
    assert_eq!(
        rows(&store.snapshot(), "d", "t"),
        vec![
            vec![V::I(1), V::I(2), s("b")],
            vec![V::I(3), V::I(3), s("c")]
        ]
    );
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_failed_row_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let t = w.create_table(with_unique()).unwrap();
    put(&mut w, &[V::I(1), V::I(1), s("a")]).unwrap();
    put(&mut w, &[V::I(2), V::I(2), s("b")]).unwrap();
    assert!(put(&mut w, &[V::I(3), V::I(2), s("b")]).is_err());
    let key = 1i32.to_le_bytes();
    let (at, old) = w
        .find(&t, &[Cell::Bytes(&key), Cell::Absent, Cell::Absent])
        .unwrap()
        .unwrap();
    assert!(
        w.update(&t, &at, &old, &image(&[V::I(9), V::I(2), s("b")]))
            .is_err()
    );
    assert!(
        w.update(&t, &at, &old, &image(&[V::I(2), V::I(9), s("b")]))
            .is_err()
    );
    w.commit().unwrap();
    assert_eq!(
        rows(&store.snapshot(), "d", "t"),
        vec![
            vec![V::I(1), V::I(1), s("a")],
            vec![V::I(2), V::I(2), s("b")]
        ]
    );
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn t26_equal_rows_without_a_key_are_taken_one_for_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let t = w.create_table(keyless()).unwrap();
    for n in 0..5 {
        put(&mut w, &[V::I(7), s("same")]).unwrap();
        put(&mut w, &[V::N, s(&format!("other {n}"))]).unwrap();
    }
    w.commit().unwrap();
    let same = [pack(&V::I(7)), pack(&s("same"))];
    for left in (0..5).rev() {
        let (key, old) = w.find(&t, &cells(&same)).unwrap().unwrap();
        if left % 2 == 0 {
            w.delete(&t, &key, &old).unwrap();
        } else {
            w.update(&t, &key, &old, &image(&[V::I(8), s("changed")]))
                .unwrap();
        }
        let count = w
            .scan(&t, &ScanRange::all(), Direction::Forward)
            .filter(|r| r.as_ref().unwrap().1.image() == image(&[V::I(7), s("same")]))
            .count();
        assert_eq!(count, left);
    }
    assert!(w.find(&t, &cells(&same)).unwrap().is_none());
    // Only some columns: the first row that agrees, by a scan.
    let found = w.find(&t, &[Cell::Null, Cell::Absent]).unwrap().unwrap();
    assert_eq!(unpack(&t, found.1.image()), vec![V::N, s("other 0")]);
    w.commit().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(rows(&store.snapshot(), "d", "t").len(), 7);
}

#[test]
fn t26_rows_without_a_key_are_found_after_a_column_is_added() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let t = w.create_table(keyless()).unwrap();
    for n in 0..100 {
        put(&mut w, &[V::I(n), s("x")]).unwrap();
    }
    w.commit().unwrap();
    let mut def = t.def().clone();
    def.columns.push(column("c", int(), true));
    let sources = vec![
        understudy_storage::ColumnSource::Column(0),
        understudy_storage::ColumnSource::Column(1),
        understudy_storage::ColumnSource::Constant(pack(&V::I(3))),
    ];
    let t = w.alter_table(&t, def, sources).unwrap();
    let row = [pack(&V::I(50)), pack(&s("x")), pack(&V::I(3))];
    let (key, old) = w.find(&t, &cells(&row)).unwrap().unwrap();
    w.delete(&t, &key, &old).unwrap();
    w.commit().unwrap();
    store.wait_for_reclaim().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(rows(&store.snapshot(), "d", "t").len(), 99);
}

#[test]
fn insertion_order_survives_a_restart_without_a_key() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let store = open(dir.path());
        let mut w = store.writer();
        if round == 0 {
            w.create_table(keyless()).unwrap();
        }
        for n in (0..10).rev() {
            put(&mut w, &[V::I(n), s("x")]).unwrap();
        }
        w.commit().unwrap();
    }
    let store = open(dir.path());
    let found: Vec<V> = rows(&store.snapshot(), "d", "t")
        .into_iter()
        .map(|mut r| r.remove(0))
        .collect();
    let round: Vec<V> = (0..10).rev().map(V::I).collect();
    assert_eq!(found, [round.clone(), round.clone(), round].concat());
}

#[test]
fn unique_not_null_keys_order_rows_where_there_is_no_primary_key() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let mut def = table(
        "t",
        vec![column("a", int(), true), column("b", int(), false)],
        vec![
            index(1, "a", IndexKind::Unique, &[0]),
            index(2, "b", IndexKind::Unique, &[1]),
        ],
    );
    def.indexes[1].parts[0].descending = true;
    let t = w.create_table(def).unwrap();
    assert_eq!(t.clustering_index().unwrap().name, "b");
    for n in [2, -3, 1] {
        put(&mut w, &[V::N, V::I(n)]).unwrap();
    }
    w.commit().unwrap();
    let found: Vec<V> = rows(&store.snapshot(), "d", "t")
        .into_iter()
        .map(|mut r| r.remove(1))
        .collect();
    assert_eq!(found, vec![V::I(2), V::I(1), V::I(-3)]);
}

#[test]
fn index_scans_give_rows_in_index_order_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    let t = w.create_table(plain("t")).unwrap();
    for (id, k) in [(1, V::I(5)), (2, V::N), (3, V::I(-5)), (4, V::I(5))] {
        put(&mut w, &[V::I(id), k, s("x")]).unwrap();
    }
    w.commit().unwrap();
    let snapshot = store.snapshot();
    let ids = |range: &ScanRange, direction| -> Vec<V> {
        snapshot
            .index_scan(&t, 2, range, direction)
            .unwrap()
            .map(|r| unpack(&t, r.unwrap().1.image()).remove(0))
            .collect()
    };
    let all = ScanRange::all();
    assert_eq!(ids(&all, Direction::Forward), [2, 3, 1, 4].map(V::I));
    assert_eq!(ids(&all, Direction::Reverse), [4, 1, 3, 2].map(V::I));
    let five = t
        .encode_key(&t.indexes[1], &[pack(&V::I(5)).as_deref()])
        .unwrap();
    assert_eq!(
        ids(&ScanRange::prefix(five), Direction::Forward),
        [1, 4].map(V::I)
    );
    assert!(
        snapshot
            .index_scan(&t, 9, &all, Direction::Forward)
            .is_err()
    );
}
