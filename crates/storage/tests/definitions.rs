//! Changes of definitions: in place, rebuilt, taken back, after a restart.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use understudy_storage::schema::*;
use understudy_storage::{
    ColumnSource, DuplicateMode, ObjectDef, ObjectKind, ObjectName, RowError, Store, Table, Writer,
};

fn fill(w: &mut Writer, t: &Table, n: i32) {
    for i in 1..=n {
        let row = [V::I(i), V::I(i % 10), s(&format!("row {i}"))];
        w.insert(t, &image(&row), DuplicateMode::Strict).unwrap();
    }
}

fn checked(store: &Store) {
    store.wait_for_reclaim().unwrap();
    let report = store.check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
}

fn same(n: u16) -> Vec<ColumnSource> {
    (0..n).map(ColumnSource::Column).collect()
}

#[test]
fn t19_rows_of_older_definitions_read_as_the_current_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    fill(&mut w, &t, 3);
    w.commit().unwrap();
    // ADD COLUMN a INT DEFAULT 42 AFTER id
    let mut def = t.def().clone();
    def.columns.insert(1, column("a", int(), true));
    def.indexes[1].parts[0].column = Some(2);
    let sources = vec![
        ColumnSource::Column(0),
        ColumnSource::Constant(pack(&V::I(42))),
        ColumnSource::Column(1),
        ColumnSource::Column(2),
    ];
    assert!(Writer::alters_in_place(&t, &def, &sources));
    let t2 = w.alter_table(&t, def, sources).unwrap();
    w.insert(
        &t2,
        &image(&[V::I(4), V::I(1), V::I(2), s("new")]),
        DuplicateMode::Strict,
    )
    .unwrap();
    w.commit().unwrap();
    // DROP COLUMN k (and its index)
    let mut def = t2.def().clone();
    def.columns.remove(2);
    def.indexes.remove(1);
    let sources = vec![
        ColumnSource::Column(0),
        ColumnSource::Column(1),
        ColumnSource::Column(3),
    ];
    let t3 = w.alter_table(&t2, def, sources).unwrap();
    assert_eq!(t3.id, t.id);
    w.commit().unwrap();
    drop(w);
    let expected = vec![
        vec![V::I(1), V::I(42), s("row 1")],
        vec![V::I(2), V::I(42), s("row 2")],
        vec![V::I(3), V::I(42), s("row 3")],
        vec![V::I(4), V::I(1), s("new")],
    ];
    assert_eq!(rows(&store.snapshot(), "d", "t"), expected);
    checked(&store);
    drop(store);
    let store = open(dir.path());
    assert_eq!(rows(&store.snapshot(), "d", "t"), expected);
    checked(&store);
}

#[test]
fn indexes_are_built_and_duplicates_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    fill(&mut w, &t, 30_000);
    w.set_state("applied", b"1");
    w.commit().unwrap();
    let mut def = t.def().clone();
    def.indexes.push(index(3, "v", IndexKind::Unique, &[2]));
    let t2 = w.alter_table(&t, def.clone(), same(3)).unwrap();
    w.commit().unwrap();
    checked(&store);
    let mut def = t2.def().clone();
    def.indexes.push(index(4, "k2", IndexKind::Unique, &[1]));
    match w.alter_table(&t2, def, same(3)) {
        Err(RowError::Duplicate(key)) => assert_eq!(key.entry, "1"),
        other => panic!("{other:?}"),
    }
    w.rollback().unwrap();
    // The number may be used again after the failure.
    let mut def = t2.def().clone();
    def.indexes.push(index(4, "kv", IndexKind::Unique, &[1, 2]));
    let t3 = w.alter_table(&t2, def, same(3)).unwrap();
    w.commit().unwrap();
    checked(&store);
    let mut def = t3.def().clone();
    def.indexes.truncate(1);
    w.alter_table(&t3, def, same(3)).unwrap();
    w.commit().unwrap();
    checked(&store);
    assert_eq!(store.check().unwrap().entries, 0);
}

#[test]
fn a_rebuild_changes_types_and_is_undone_on_duplicates() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    fill(&mut w, &t, 20_000);
    w.commit().unwrap();
    // PRIMARY KEY (k): duplicates
    let mut def = t.def().clone();
    def.columns[1].nullable = false;
    def.indexes = vec![index(1, "PRIMARY", IndexKind::Primary, &[1])];
    assert!(!Writer::alters_in_place(&t, &def, &same(3)));
    let copy = |fields: &[Option<&[u8]>]| Ok(understudy_values::row::build(fields));
    match w.rebuild_table(&t, def, copy) {
        Err(RowError::Duplicate(key)) => assert_eq!(key.index, "PRIMARY"),
        other => panic!("{other:?}"),
    }
    w.rollback().unwrap();
    w.set_state("applied", b"2");
    w.commit().unwrap();
    checked(&store);
    // PRIMARY KEY (v)
    let mut def = t.def().clone();
    def.columns[2].nullable = false;
    def.indexes[0].parts[0].column = Some(2);
    let t2 = w.rebuild_table(&t, def, copy).unwrap();
    assert_ne!(t2.id, t.id);
    assert_eq!(rows(&store.snapshot(), "d", "t")[0][0], V::I(1));
    w.commit().unwrap();
    let new = rows(&store.snapshot(), "d", "t");
    assert_eq!(new.len(), 20_000);
    assert_eq!(new[1], vec![V::I(10), V::I(0), s("row 10")]);
    checked(&store);
    drop(w);
    drop(store);
    let store = open(dir.path());
    checked(&store);
    assert_eq!(rows(&store.snapshot(), "d", "t"), new);
}

#[test]
fn dropped_and_truncated_tables_are_gone_at_once_and_reclaimed_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let t = w.create_table(plain("t")).unwrap();
    let u = w.create_table(plain("u")).unwrap();
    fill(&mut w, &t, 10_000);
    fill(&mut w, &u, 10_000);
    w.commit().unwrap();
    let before = store.snapshot();
    w.drop_table(&t).unwrap();
    let u2 = w.truncate_table(&u).unwrap();
    fill(&mut w, &u2, 5);
    w.commit().unwrap();
    assert!(store.snapshot().catalog().table("d", "t").is_none());
    assert_eq!(rows(&store.snapshot(), "d", "u").len(), 5);
    checked(&store);
    assert_eq!(rows(&before, "d", "t").len(), 10_000);
    w.drop_database("d").unwrap();
    w.commit().unwrap();
    assert_eq!(store.snapshot().catalog().tables().count(), 0);
    checked(&store);
    drop(w);
    drop(before);
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.check().unwrap().rows, 0);
}

#[test]
fn a_rename_takes_parents_in_foreign_keys_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut w = store.writer();
    w.put_database(database("d")).unwrap();
    let parent = w.create_table(plain("parent")).unwrap();
    let mut child = plain("child");
    child.foreign_keys.push(ForeignKeyDef {
        name: "child_ibfk_1".into(),
        columns: vec![1],
        parent_db: "d".into(),
        parent_table: "parent".into(),
        parent_columns: vec!["id".into()],
        on_delete: ReferentialAction::Cascade,
        on_update: ReferentialAction::Unspecified,
    });
    w.create_table(child).unwrap();
    fill(&mut w, &parent, 3);
    w.rename_table(&parent, "d", "elder").unwrap();
    w.commit().unwrap();
    let now = store.snapshot();
    assert!(now.catalog().table("d", "parent").is_none());
    assert_eq!(rows(&now, "d", "elder").len(), 3);
    let child = now.catalog().table("d", "child").unwrap();
    assert_eq!(child.foreign_keys[0].parent_table, "elder");
    checked(&store);
}

#[test]
fn objects_are_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let name = ObjectName {
        kind: ObjectKind::View,
        db: "d".into(),
        name: "v".into(),
    };
    let def = ObjectDef {
        name: name.clone(),
        statement: b"CREATE VIEW v AS SELECT '\xe9'".to_vec(),
        sql_mode: 3,
        client_collation: 8,
        attributes: vec![("definer".into(), "root@localhost".into())],
    };
    let mut w = store.writer();
    w.put_object(def.clone()).unwrap();
    w.commit().unwrap();
    drop(w);
    drop(store);
    let store = open(dir.path());
    assert_eq!(**store.snapshot().catalog().object(&name).unwrap(), def);
    let mut w = store.writer();
    assert!(w.drop_object(&name).unwrap());
    assert!(!w.drop_object(&name).unwrap());
    w.commit().unwrap();
    assert!(store.snapshot().catalog().object(&name).is_none());
}
