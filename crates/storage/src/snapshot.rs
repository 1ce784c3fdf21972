//! What readers see: the state as of one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::engine::{Bytes, Direction, EngineSnapshot, EntryIter, Space};
use crate::error::StoreError;
use crate::keys;
use crate::range::{self, ScanRange};
use crate::row::{RowKey, StoredRow};
use crate::table::{Clustering, Table};

/// Values stored by `set_state`, by name.
pub(crate) type StateMap = BTreeMap<String, Bytes>;

/// One published commit.
pub(crate) struct Published {
    pub engine: Arc<dyn EngineSnapshot>,
    pub catalog: Arc<Catalog>,
    pub state: Arc<StateMap>,
    /// Number of the commit since the store was opened.
    pub sequence: u64,
}

/// The rows, catalog and state of the last published commit when it was taken: always between transactions.
///
/// Cheap to take and to clone. It keeps old versions of rows alive as long as it lives.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) published: Arc<Published>,
}

impl Snapshot {
    /// The catalog.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.published.catalog
    }

    /// A value stored with the rows, for example an applied position.
    pub fn state(&self, key: &str) -> Option<&[u8]> {
        self.published.state.get(key).map(|v| &**v)
    }

    /// All state values whose name starts with `prefix`.
    pub fn states<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.published
            .state
            .range(prefix.to_string()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), &**value))
    }

    /// Number of the commit since the store was opened; grows by one with each.
    pub fn sequence(&self) -> u64 {
        self.published.sequence
    }

    /// A row by its key.
    pub fn get(&self, table: &Table, key: &RowKey) -> Result<Option<StoredRow>, StoreError> {
        match self.published.engine.get(Space::Rows, &key.0)? {
            Some(bytes) => Ok(Some(StoredRow::decode(table, bytes)?)),
            None => Ok(None),
        }
    }

    /// Rows in the order of the clustering key (of insertion, for a table without one).
    pub fn scan(&self, table: &Arc<Table>, range: &ScanRange, direction: Direction) -> Rows {
        let range = range.under(&keys::table_prefix(table.id));
        Rows {
            entries: entries(&*self.published.engine, Space::Rows, range, direction),
            engine: self.published.engine.clone(),
            table: table.clone(),
            through_index: false,
        }
    }

    /// Rows in the order of a stored index, by its number; the clustering index serves too.
    pub fn index_scan(
        &self,
        table: &Arc<Table>,
        index: u32,
        range: &ScanRange,
        direction: Direction,
    ) -> Result<Rows, StoreError> {
        if clustering_number(table) == Some(index) {
            return Ok(self.scan(table, range, direction));
        }
        if table.stored_parts(index).is_none() {
            return Err(StoreError::Catalog(format!(
                "{} has no stored index {index}",
                table.path()
            )));
        }
        let range = range.under(&keys::index_prefix(table.id, keys::index_number(index)));
        Ok(Rows {
            entries: entries(&*self.published.engine, Space::Indexes, range, direction),
            engine: self.published.engine.clone(),
            table: table.clone(),
            through_index: true,
        })
    }

    /// The AUTO_INCREMENT counter of a table: the next value, as the source would print it.
    pub fn auto_increment(&self, table: &Table) -> Result<u64, StoreError> {
        auto_increment(&*self.published.engine, table)
    }
}

fn entries(
    engine: &dyn EngineSnapshot,
    space: Space,
    range: crate::engine::KeyRange,
    direction: Direction,
) -> EntryIter {
    match range::is_empty(&range) {
        true => Box::new(std::iter::empty()),
        false => engine.range(space, range, direction),
    }
}

/// Number of the index rows are ordered by.
pub(crate) fn clustering_number(table: &Table) -> Option<u32> {
    match table.clustering() {
        Clustering::Key { position, .. } => Some(table.def().indexes[*position].number),
        Clustering::Hidden => None,
    }
}

/// Reads a table's counter; the definition's own value is where it starts.
pub(crate) fn auto_increment(
    engine: &dyn EngineSnapshot,
    table: &Table,
) -> Result<u64, StoreError> {
    let key = keys::tagged(b'a', &keys::table_prefix(table.id));
    let stored = match engine.get(Space::State, &key)? {
        Some(bytes) => {
            let bytes: [u8; 8] = (&*bytes).try_into().map_err(|_| {
                StoreError::Corrupt(format!("AUTO_INCREMENT counter of {}", table.path()))
            })?;
            u64::from_le_bytes(bytes)
        }
        None => 0,
    };
    Ok(stored.max(table.auto_increment))
}

/// Rows of a scan.
pub struct Rows {
    entries: EntryIter,
    engine: Arc<dyn EngineSnapshot>,
    table: Arc<Table>,
    through_index: bool,
}

impl Rows {
    fn row(&self, key: Bytes, value: Bytes) -> Result<(RowKey, StoredRow), StoreError> {
        if !self.through_index {
            return Ok((RowKey(key), StoredRow::decode(&self.table, value)?));
        }
        let row_key = keys::row_key_of(&key, &value)?;
        let bytes = self.engine.get(Space::Rows, &row_key)?.ok_or_else(|| {
            StoreError::Corrupt(format!(
                "an index entry of {} points at no row",
                self.table.path()
            ))
        })?;
        Ok((
            RowKey(Bytes::from(row_key)),
            StoredRow::decode(&self.table, bytes)?,
        ))
    }
}

impl Iterator for Rows {
    type Item = Result<(RowKey, StoredRow), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        Some(entry.and_then(|(key, value)| self.row(key, value)))
    }
}
