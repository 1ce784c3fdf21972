//! Commits that nobody waits for, and rows prepared ahead: the same changes, made the plain way in another store, give
//! the same rows, indexes and errors.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::*;
use std::sync::Arc;
use understudy_storage::schema::IndexKind;
use understudy_storage::{DuplicateMode, RowError, Store, Table, Writer};
use understudy_values::row::Cell;

/// A row, with a unique key beside the primary one.
fn definition(name: &str) -> understudy_storage::schema::TableDef {
    let mut def = plain(name);
    def.indexes.push(index(3, "v", IndexKind::Unique, &[2]));
    def.next_index_number = 4;
    def
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// One of the two stores.
struct Side {
    store: Store,
    writer: Option<Writer>,
    ahead: bool,
}

type Outcome = Result<bool, String>;

fn told(result: Result<bool, RowError>) -> Outcome {
    result.map_err(|e| match e {
        RowError::Duplicate(key) => key.to_mysql().message,
        other => panic!("{other:?}"),
    })
}

impl Side {
    fn writer(&mut self) -> &mut Writer {
        self.writer.get_or_insert_with(|| self.store.writer())
    }

    fn table(&mut self) -> Arc<Table> {
        self.writer().catalog().table("d", "t").unwrap().clone()
    }

    fn insert(&mut self, image: &[u8]) -> Outcome {
        let (table, ahead) = (self.table(), self.ahead);
        let writer = self.writer();
        told(match ahead {
            true => {
                let row = table.prepare(image).unwrap();
                writer.insert_prepared(&table, row).map(|()| true)
            }
            false => {
                let inserted = writer.insert(&table, image, DuplicateMode::Strict);
                inserted.map(|_| true)
            }
        })
    }

    fn update(&mut self, before: &[u8], after: &[u8]) -> Outcome {
        let (table, ahead) = (self.table(), self.ahead);
        let writer = self.writer();
        if ahead {
            let row = table.prepare_update(before, after).unwrap();
            return told(writer.update_prepared(&table, row));
        }
        match find(writer, &table, before) {
            None => Ok(false),
            Some((key, old)) => told(writer.update(&table, &key, &old, after).map(|_| true)),
        }
    }

    fn delete(&mut self, image: &[u8]) -> Outcome {
        let (table, ahead) = (self.table(), self.ahead);
        let writer = self.writer();
        if ahead {
            let row = table.prepare(image).unwrap();
            return told(writer.delete_prepared(&table, row));
        }
        match find(writer, &table, image) {
            None => Ok(false),
            Some((key, old)) => told(writer.delete(&table, &key, &old).map(|()| true)),
        }
    }

    fn commit(&mut self) {
        if self.ahead {
            self.writer().commit_behind().unwrap();
        } else {
            self.writer().commit().unwrap();
        }
    }
}

fn find(
    writer: &Writer,
    table: &Table,
    image: &[u8],
) -> Option<(understudy_storage::RowKey, understudy_storage::StoredRow)> {
    let fields = table.split(image).unwrap();
    let cells: Vec<Cell<'_>> = fields
        .iter()
        .map(|f| f.map_or(Cell::Null, Cell::Bytes))
        .collect();
    writer.find(table, &cells).unwrap()
}

fn a_row(random: &mut Random) -> Vec<u8> {
    let v = match random.below(4) {
        0 => V::N,
        _ => s(&format!("v{}", random.below(60))),
    };
    image(&[
        V::I(random.below(40) as i32),
        V::I(random.below(5) as i32),
        v,
    ])
}

#[test]
fn commits_behind_and_prepared_rows_change_nothing_but_time() {
    for seed in 1..=3 {
        let mut random = Random(seed);
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut sides = [false, true].map(|ahead| {
            let store = open(dirs[usize::from(ahead)].path());
            let mut writer = store.writer();
            writer.put_database(database("d")).unwrap();
            writer.create_table(definition("t")).unwrap();
            writer.commit().unwrap();
            drop(writer);
            Side {
                store,
                writer: None,
                ahead,
            }
        });
        for step in 0..2_000 {
            let (kind, first, second) = (random.below(100), a_row(&mut random), a_row(&mut random));
            let outcomes = sides.each_mut().map(|side| match kind {
                0..40 => side.insert(&first),
                40..65 => side.update(&first, &second),
                65..80 => side.delete(&first),
                80..88 => side
                    .writer()
                    .end()
                    .map(|()| true)
                    .map_err(|e| e.to_string()),
                88..91 => side
                    .writer()
                    .rollback()
                    .map(|()| true)
                    .map_err(|e| e.to_string()),
                91..98 => {
                    side.writer().set_state("step", step.to_string().as_bytes());
                    side.commit();
                    Ok(true)
                }
                98 => {
                    let table = side.table();
                    side.commit();
                    let mut def = definition("t");
                    def.comment = step.to_string();
                    let convert =
                        |fields: &[Option<&[u8]>]| Ok(understudy_values::row::build(fields));
                    side.writer().rebuild_table(&table, def, convert).unwrap();
                    side.commit();
                    Ok(true)
                }
                _ => {
                    // The writer goes away, with what is not committed.
                    side.writer = None;
                    Ok(true)
                }
            });
            assert_eq!(
                outcomes[0], outcomes[1],
                "seed {seed}, step {step}, kind {kind}"
            );
            let seen = sides.each_mut().map(|side| {
                let table = side.table();
                let writer = side.writer();
                let all = understudy_storage::ScanRange::all();
                let direction = understudy_storage::Direction::Reverse;
                let rows: Vec<Vec<V>> = writer
                    .index_scan(&table, 2, &all, direction)
                    .unwrap()
                    .map(|row| unpack(&table, row.unwrap().1.image()))
                    .collect();
                rows
            });
            assert_eq!(seen[0], seen[1], "seed {seed}, step {step}, kind {kind}");
        }
        let states = sides.each_mut().map(|side| {
            side.commit();
            side.writer().settle().unwrap();
            side.writer = None;
            assert_eq!(side.store.check().unwrap().problems, Vec::<String>::new());
            let snapshot = side.store.snapshot();
            (
                rows(&snapshot, "d", "t"),
                snapshot.state("step").map(<[u8]>::to_vec),
            )
        });
        assert_eq!(states[0], states[1]);
    }
}
