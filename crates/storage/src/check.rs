//! Verifying what is stored: every row has its index entries, every entry its row, nothing lies about.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::engine::{Bytes, Direction, EngineSnapshot, Space};
use crate::error::StoreError;
use crate::keys;
use crate::range;
use crate::row::{RowKey, StoredRow};
use crate::schema::TableId;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::writer::{hash_entry, index_entry};

/// Problems named one by one at most.
const MAX_PROBLEMS: usize = 100;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Tables looked at.
    pub tables: u64,
    /// Rows looked at.
    pub rows: u64,
    /// Index entries looked at.
    pub entries: u64,
    /// What is wrong; empty when nothing is.
    pub problems: Vec<String>,
}

impl CheckReport {
    fn problem(&mut self, text: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(text);
        }
    }
}

/// Checks all tables of a snapshot. Reads everything once.
pub(crate) fn check(snapshot: &Snapshot) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    let engine = &*snapshot.published.engine;
    let mut known = BTreeSet::new();
    for table in snapshot.catalog().tables() {
        report.tables += 1;
        known.insert(keys::table_number(table.id));
        check_table(engine, table, &mut report)?;
    }
    check_strays(engine, &known, &mut report)?;
    Ok(report)
}

fn check_table(
    engine: &dyn EngineSnapshot,
    table: &Table,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    let mut expected = 0u64;
    let rows = engine.range(
        Space::Rows,
        range::prefix_range(&keys::table_prefix(table.id)),
        Direction::Forward,
    );
    for row in rows {
        let (key, bytes) = row?;
        let key = RowKey(key);
        report.rows += 1;
        match entries_of(table, &key, bytes) {
            Ok(entries) => {
                for (entry, value) in entries {
                    expected += 1;
                    if engine.get(Space::Indexes, &entry)?.as_deref() != Some(&value[..]) {
                        report.problem(format!(
                            "{}: row {:02x?} has no index entry {:02x?}",
                            table.path(),
                            key.as_bytes(),
                            &entry[..]
                        ));
                    }
                }
            }
            Err(why) => report.problem(format!(
                "{}: row {:02x?}: {why}",
                table.path(),
                key.as_bytes()
            )),
        }
    }
    let mut found = 0u64;
    let numbers = table
        .indexes()
        .iter()
        .map(|plan| plan.stored)
        .chain(table.row_hash_index());
    for number in numbers {
        let entries = engine.range(
            Space::Indexes,
            range::prefix_range(&keys::index_prefix(table.id, number)),
            Direction::Forward,
        );
        for entry in entries {
            entry?;
            found += 1;
        }
    }
    report.entries += found;
    if found != expected {
        report.problem(format!(
            "{}: {found} index entries where the rows make {expected}",
            table.path()
        ));
    }
    Ok(())
}

/// The index entries that a row must have.
fn entries_of(table: &Table, key: &RowKey, bytes: Bytes) -> Result<Vec<(Bytes, Bytes)>, String> {
    let row = StoredRow::decode(table, bytes).map_err(|e| e.to_string())?;
    let fields = table.split(row.image())?;
    if let Some(expected) = table.key_of(&fields)?
        && expected != *key
    {
        return Err(format!("its key should be {:02x?}", expected.as_bytes()));
    }
    let mut entries = Vec::new();
    for plan in table.indexes() {
        entries.push(index_entry(table, plan, &fields, key)?);
    }
    if let Some(index) = table.row_hash_index() {
        let entry = hash_entry(table, index, &fields, key);
        entries.push((entry, Bytes::from(&b""[..])));
    }
    Ok(entries)
}

/// Rows and entries of tables that neither the catalog nor the reclaim list knows.
fn check_strays(
    engine: &dyn EngineSnapshot,
    known: &BTreeSet<u32>,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    for space in [Space::Rows, Space::Indexes] {
        let mut from = Bound::Unbounded;
        loop {
            let mut rest = engine.range(space, (from, Bound::Unbounded), Direction::Forward);
            let Some(entry) = rest.next() else { break };
            let (key, _) = entry?;
            let number = keys::table_of(&key)
                .ok_or_else(|| StoreError::Corrupt("a key without a table number".into()))?;
            let prefix = keys::table_prefix(TableId(u64::from(number)));
            let listed = crate::reclaim::entry_key(space, &prefix);
            if !known.contains(&number) && engine.get(Space::Catalog, &listed)?.is_none() {
                report.problem(format!("{}: a stray table {number}", space.name()));
            }
            match keys::prefix_end(&prefix) {
                Some(next) => from = Bound::Included(next),
                None => break,
            }
        }
    }
    Ok(())
}
