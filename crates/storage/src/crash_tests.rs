//! The process ends after each single engine write of a history, and the store is opened again.
//!
//! The history has everything that takes more than one write: grouped transactions, one that is larger than
//! memory (committed, then one taken back), an index built, a rebuild, TRUNCATE and DROP with reclaiming.
//! Wherever it stops, the rows must be those of the transaction that the stored position names.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use understudy_values::row::{self, Cell};
use understudy_values::types::{CollationId, ColumnType, IntSize};

use crate::engine::memory::MemoryEngine;
use crate::schema::*;
use crate::*;

const FLAVOUR: Flavour = Flavour {
    mariadb: false,
    version: 90700,
};

fn column(name: &str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name: name.into(),
        ty,
        nullable: false,
        default: DefaultValue::None,
        on_update_now: None,
        auto_increment: name == "id",
        generated: None,
        invisible: false,
        explicit_charset: false,
        explicit_collation: false,
        attributes: vec![],
        check: None,
        comment: String::new(),
    }
}

fn index(number: u32, kind: IndexKind, column: u16) -> IndexDef {
    IndexDef {
        number,
        name: format!("i{number}"),
        kind,
        parts: vec![KeyPart {
            column: Some(column),
            prefix: None,
            descending: false,
            expression: None,
        }],
        invisible: false,
        using: None,
        generated_for_foreign_key: false,
        comment: String::new(),
        options: vec![],
    }
}

fn definition(name: &str) -> TableDef {
    let int = ColumnType::Int {
        size: IntSize::Int,
        unsigned: false,
        zerofill: false,
        width: None,
    };
    TableDef {
        id: TableId(0),
        version: DefVersion(0),
        db: "d".into(),
        name: name.into(),
        flavour: FLAVOUR,
        columns: vec![column("id", int.clone()), column("k", int)],
        indexes: vec![
            index(1, IndexKind::Primary, 0),
            index(2, IndexKind::Plain, 1),
        ],
        foreign_keys: vec![],
        checks: vec![],
        collation: CollationId::BINARY,
        explicit_collation: false,
        engine: "InnoDB".into(),
        auto_increment: 0,
        comment: String::new(),
        options: vec![],
        partitioning: None,
        next_index_number: 3,
    }
}

fn image(id: i32, k: i32) -> Vec<u8> {
    row::build(&[Some(&id.to_le_bytes()), Some(&k.to_le_bytes())])
}

fn numbers(table: &Table, image: &[u8]) -> (i32, i32) {
    let fields = table.split(image).unwrap();
    let number = |f: Option<&[u8]>| i32::from_le_bytes(f.unwrap().try_into().unwrap());
    (number(fields[0]), number(fields[1]))
}

/// What is in the tables, by name.
type Contents = BTreeMap<String, Vec<(i32, i32)>>;

fn contents(store: &Store) -> Contents {
    let snapshot = store.snapshot();
    let mut all = Contents::new();
    for table in snapshot.catalog().tables() {
        let rows = snapshot.scan(table, &ScanRange::all(), Direction::Forward);
        all.insert(
            table.name.clone(),
            rows.map(|r| numbers(table, r.unwrap().1.image())).collect(),
        );
    }
    all
}

fn options() -> StoreOptions {
    StoreOptions {
        transaction_memory_limit: 2000,
        ..StoreOptions::default()
    }
}

fn insert(w: &mut Writer, name: &str, id: i32, k: i32) -> Result<(), RowError> {
    let table = w.catalog().table("d", name).unwrap().clone();
    w.insert(&table, &image(id, k), DuplicateMode::Strict)?;
    Ok(())
}

fn change(w: &mut Writer, name: &str, id: i32, k: Option<i32>) -> Result<(), RowError> {
    let table = w.catalog().table("d", name).unwrap().clone();
    let key = id.to_le_bytes();
    let (at, old) = w.find(&table, &[Cell::Bytes(&key), Cell::Absent])?.unwrap();
    match k {
        Some(k) => w.update(&table, &at, &old, &image(id, k)).map(drop),
        None => w.delete(&table, &at, &old),
    }
}

/// One transaction of the history; those that come back `false` are taken back by the caller.
fn transaction(w: &mut Writer, n: u32) -> Result<bool, RowError> {
    let all = [ColumnSource::Column(0), ColumnSource::Column(1)];
    let table = |w: &Writer, name: &str| w.catalog().table("d", name).cloned().unwrap();
    match n {
        0 => {
            w.create_table(definition("t"))?;
            w.create_table(definition("u"))?;
        }
        1..=4 => {
            for i in 0..5 {
                insert(w, "t", (n * 10) as i32 + i, i)?;
                insert(w, "u", (n * 10) as i32 + i, -i)?;
            }
        }
        // Larger than memory: updates, deletes and inserts in several chunks.
        5 => {
            for i in 0..5 {
                change(w, "t", 10 + i, Some(100 + i))?;
                change(w, "t", 20 + i, None)?;
            }
            for i in 0..60 {
                insert(w, "t", 1000 + i, i)?;
            }
            for i in 0..30 {
                change(w, "t", 1000 + i * 2, Some(7))?;
            }
        }
        6 => insert(w, "t", 1, 1)?,
        7 => {
            for i in 0..60 {
                insert(w, "t", 2000 + i, i)?;
                change(w, "t", 1000 + i, None)?;
            }
            return Ok(false);
        }
        8 => {
            let t = table(w, "t");
            let mut def = t.def().clone();
            def.indexes.push(index(3, IndexKind::Plain, 1));
            w.alter_table(&t, def, all.to_vec())?;
        }
        9 => {
            let t = table(w, "t");
            let mut def = t.def().clone();
            def.indexes[0].parts[0].descending = true;
            w.rebuild_table(&t, def, |fields| Ok(row::build(fields)))?;
        }
        10 => {
            let u = table(w, "u");
            w.truncate_table(&u)?;
            insert(w, "u", 5, 5)?;
        }
        11 => {
            let t = table(w, "t");
            w.drop_table(&t)?;
        }
        _ => insert(w, "u", n as i32, 0)?,
    }
    Ok(true)
}

const TRANSACTIONS: u32 = 14;

/// Runs the history from where the store is; groups of three.
fn run(store: &Store) -> Result<(), RowError> {
    let next = match store.snapshot().state("applied") {
        Some(bytes) => u32::from_le_bytes(bytes.try_into().unwrap()) + 1,
        None => 0,
    };
    let mut w = store.writer();
    for n in next..TRANSACTIONS {
        w.begin();
        if !transaction(&mut w, n)? {
            w.rollback()?;
        }
        w.set_state("applied", &n.to_le_bytes());
        w.end()?;
        if n % 3 == 2 {
            w.commit()?;
        }
    }
    w.commit()?;
    Ok(())
}

/// The contents after each transaction.
fn expected() -> Vec<Contents> {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_memory(&MemoryEngine::default(), dir.path(), options()).unwrap();
    let mut all = Vec::new();
    let mut w = store.writer();
    for n in 0..TRANSACTIONS {
        w.begin();
        if !transaction(&mut w, n).unwrap() {
            w.rollback().unwrap();
        }
        w.commit().unwrap();
        all.push(contents(&store));
    }
    all
}

#[test]
fn wherever_it_stops_rows_and_position_agree() {
    let expected = expected();
    assert!(expected[8]["t"].len() > 60);
    let dir = tempfile::tempdir().unwrap();
    let mut finished = false;
    let mut stops = 0;
    for budget in 0..500 {
        let engine = MemoryEngine::default();
        engine.limit(Some(budget));
        let failed = match Store::in_memory(&engine, dir.path(), options()) {
            Ok(store) => run(&store).is_err(),
            Err(_) => true,
        };
        // Stop again while the second start undoes and goes on, then let it finish.
        for second in [0, 1, 2, 5, 9] {
            engine.limit(Some(second));
            if let Ok(store) = Store::in_memory(&engine, dir.path(), options()) {
                agrees(&store, &expected, budget);
                if run(&store).is_err() {
                    stops += 1;
                }
            }
        }
        engine.limit(None);
        let store = Store::in_memory(&engine, dir.path(), options()).unwrap();
        agrees(&store, &expected, budget);
        run(&store).unwrap();
        assert_eq!(&contents(&store), expected.last().unwrap(), "{budget}");
        store.wait_for_reclaim().unwrap();
        assert_eq!(
            store.check().unwrap().problems,
            Vec::<String>::new(),
            "{budget}"
        );
        let undo_left = engine.contents()[crate::engine::Space::Undo.index()].len();
        assert_eq!(undo_left, 0, "{budget}");
        if !failed {
            finished = true;
            assert!(budget > 30, "only {budget} writes: nothing was tested");
            break;
        }
    }
    assert!(finished && stops > 100, "{stops}");
}

fn agrees(store: &Store, expected: &[Contents], budget: u64) {
    match store.snapshot().state("applied") {
        Some(bytes) => {
            let n = u32::from_le_bytes(bytes.try_into().unwrap());
            assert_eq!(&contents(store), &expected[n as usize], "{budget} at {n}");
        }
        None => assert_eq!(contents(store), Contents::new()),
    }
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn readers_never_see_inside_a_streamed_transaction() {
    let dir = tempfile::tempdir().unwrap();
    let engine = MemoryEngine::default();
    let store = Store::in_memory(&engine, dir.path(), options()).unwrap();
    let mut w = store.writer();
    for n in 0..5 {
        w.begin();
        transaction(&mut w, n).unwrap();
        w.end().unwrap();
    }
    // Not committed yet: the streamed transaction pushes the group before it out first.
    w.begin();
    transaction(&mut w, 5).unwrap();
    assert!(!engine.contents()[crate::engine::Space::Undo.index()].is_empty());
    let seen = contents(&store);
    assert_eq!(seen["t"].len(), 20);
    w.rollback().unwrap();
    w.commit().unwrap();
    assert_eq!(contents(&store), seen);
    w.begin();
    transaction(&mut w, 5).unwrap();
    w.end().unwrap();
    assert_eq!(contents(&store)["t"].len(), 75);
    drop(w);
    store.wait_for_reclaim().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}
