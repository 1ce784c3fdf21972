//! Inserting, updating and deleting rows, with the keys that go along.

use crate::duplicate;
use crate::engine::{Bytes, Space};
use crate::error::RowError;
use crate::keys;
use crate::row::{RowKey, StoredRow};
use crate::table::{Clustering, IndexPlan, Table};

use super::{Counter, Writer};

/// What to do when a unique key holds the row's value already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateMode {
    /// Error 1062.
    Strict,
    /// The rows in the way are deleted first, as REPLACE and `slave_exec_mode=IDEMPOTENT` do.
    Replace,
}

/// An index entry: key and value.
type IndexEntry = (Bytes, Bytes);

impl Writer {
    /// Inserts a row, given as a full image of the table's current definition.
    pub fn insert(
        &mut self,
        table: &Table,
        image: &[u8],
        mode: DuplicateMode,
    ) -> Result<RowKey, RowError> {
        self.begin();
        let fields = table.split(image).map_err(RowError::Image)?;
        let key = match table.clustering() {
            Clustering::Key { .. } => {
                let key = self.clustering_key(table, &fields)?;
                if let Some(old) = self.read(Space::Rows, &key.0)? {
                    self.in_the_way(table, Conflict::Clustering, &fields, mode)?;
                    let old = StoredRow::decode(table, old)?;
                    self.remove_row(table, &key, &old)?;
                }
                key
            }
            Clustering::Hidden => self.next_hidden_key(table)?,
        };
        for plan in table.indexes().iter().filter(|plan| plan.unique) {
            self.check_unique(table, plan, &fields, &key, mode)?;
        }
        self.write_row(table, &key, image, &fields)?;
        self.note_auto_increment(table, &fields)?;
        self.check_size()?;
        Ok(key)
    }

    /// Replaces a row by a full image of the table's current definition. `old` is what [`Writer::find`] or a
    /// scan gave for `key`. Returns the key the row has now.
    pub fn update(
        &mut self,
        table: &Table,
        key: &RowKey,
        old: &StoredRow,
        image: &[u8],
    ) -> Result<RowKey, RowError> {
        self.begin();
        let fields = table.split(image).map_err(RowError::Image)?;
        let old_fields = table.split(old.image()).map_err(RowError::Image)?;
        let new_key = match table.clustering() {
            Clustering::Key { .. } => self.clustering_key(table, &fields)?,
            Clustering::Hidden => key.clone(),
        };
        let moved = new_key != *key;
        if moved && self.read(Space::Rows, &new_key.0)?.is_some() {
            self.in_the_way(table, Conflict::Clustering, &fields, DuplicateMode::Strict)?;
        }
        let mut changes: Vec<(Option<IndexEntry>, IndexEntry)> = Vec::new();
        for plan in table.indexes() {
            let before = index_entry(table, plan, &old_fields, key).map_err(RowError::Image)?;
            let after = index_entry(table, plan, &fields, &new_key).map_err(RowError::Image)?;
            if before == after {
                continue;
            }
            match before.0 == after.0 {
                true => changes.push((None, after)),
                false => {
                    if plan.unique {
                        self.check_unique(table, plan, &fields, key, DuplicateMode::Strict)?;
                    }
                    changes.push((Some(before), after));
                }
            }
        }
        // Nothing fails from here on but the engine: the row is changed whole or not at all.
        for (before, (after, value)) in changes {
            if let Some((before, _)) = before {
                self.put(Space::Indexes, before, None);
            }
            self.put(Space::Indexes, after, Some(value));
        }
        if let Some(index) = table.row_hash_index() {
            let before = hash_entry(table, index, &old_fields, key);
            let after = hash_entry(table, index, &fields, &new_key);
            if before != after {
                self.put(Space::Indexes, before, None);
                self.put(Space::Indexes, after, Some(Bytes::from(&b""[..])));
            }
        }
        if moved {
            self.put(Space::Rows, key.0.clone(), None);
        }
        let row = StoredRow::encode(table, image);
        self.put(Space::Rows, new_key.0.clone(), Some(row));
        self.note_auto_increment_update(table, &old_fields, &fields)?;
        self.check_size()?;
        Ok(new_key)
    }

    /// Deletes a row; `old` is what [`Writer::find`] or a scan gave for `key`.
    pub fn delete(&mut self, table: &Table, key: &RowKey, old: &StoredRow) -> Result<(), RowError> {
        self.begin();
        self.remove_row(table, key, old)?;
        self.check_size()?;
        Ok(())
    }

    /// Writes a row and its index entries without any check.
    pub(super) fn write_row(
        &mut self,
        table: &Table,
        key: &RowKey,
        image: &[u8],
        fields: &[Option<&[u8]>],
    ) -> Result<(), RowError> {
        for plan in table.indexes() {
            let (entry, value) = index_entry(table, plan, fields, key).map_err(RowError::Image)?;
            self.put(Space::Indexes, entry, Some(value));
        }
        if let Some(index) = table.row_hash_index() {
            let entry = hash_entry(table, index, fields, key);
            self.put(Space::Indexes, entry, Some(Bytes::from(&b""[..])));
        }
        let row = StoredRow::encode(table, image);
        self.put(Space::Rows, key.0.clone(), Some(row));
        Ok(())
    }

    fn remove_row(&mut self, table: &Table, key: &RowKey, old: &StoredRow) -> Result<(), RowError> {
        let fields = table.split(old.image()).map_err(RowError::Image)?;
        for plan in table.indexes() {
            let (entry, _) = index_entry(table, plan, &fields, key).map_err(RowError::Image)?;
            self.put(Space::Indexes, entry, None);
        }
        if let Some(index) = table.row_hash_index() {
            let entry = hash_entry(table, index, &fields, key);
            self.put(Space::Indexes, entry, None);
        }
        self.put(Space::Rows, key.0.clone(), None);
        Ok(())
    }

    /// The clustering key of a row.
    pub(super) fn clustering_key(
        &self,
        table: &Table,
        fields: &[Option<&[u8]>],
    ) -> Result<RowKey, RowError> {
        table
            .key_of(fields)
            .map_err(RowError::Image)?
            .ok_or_else(|| RowError::Image(format!("{} has no key", table.path())))
    }

    fn next_hidden_key(&mut self, table: &Table) -> Result<RowKey, RowError> {
        let next = match self.state.next_row_id.get(&table.id) {
            Some(next) => *next,
            None => self.last_hidden_id(table)? + 1,
        };
        self.state.next_row_id.insert(table.id, next + 1);
        Ok(hidden_key(table, next))
    }

    fn last_hidden_id(&self, table: &Table) -> Result<u64, RowError> {
        let range = crate::range::prefix_range(&keys::table_prefix(table.id));
        let mut last = self.merged(Space::Rows, range, crate::engine::Direction::Reverse);
        match last.next() {
            Some(entry) => {
                let (key, _) = entry?;
                let id: [u8; 8] = keys::tail(&key).try_into().map_err(|_| {
                    RowError::Store(crate::error::StoreError::Corrupt(format!(
                        "a row of {} has a key of another length than 8",
                        table.path()
                    )))
                })?;
                Ok(u64::from_be_bytes(id))
            }
            None => Ok(0),
        }
    }

    /// Fails, or makes room, when another row than `own` has the same value in a unique index.
    fn check_unique(
        &mut self,
        table: &Table,
        plan: &IndexPlan,
        fields: &[Option<&[u8]>],
        own: &RowKey,
        mode: DuplicateMode,
    ) -> Result<(), RowError> {
        let mut entry = keys::index_prefix(table.id, plan.stored).to_vec();
        let null = table
            .encode_parts(&plan.parts, fields, &mut entry)
            .map_err(RowError::Image)?;
        if null {
            return Ok(());
        }
        let Some(value) = self.read(Space::Indexes, &entry)? else {
            return Ok(());
        };
        let other = keys::row_key_of(&entry, &value)?;
        if other == own.as_bytes() {
            return Ok(());
        }
        self.in_the_way(table, Conflict::Index(plan), fields, mode)?;
        let (key, row) = self.pointed_row(table, &entry, &value)?;
        self.remove_row(table, &key, &row)
    }

    /// Error 1062 in strict mode.
    fn in_the_way(
        &self,
        table: &Table,
        conflict: Conflict<'_>,
        fields: &[Option<&[u8]>],
        mode: DuplicateMode,
    ) -> Result<(), RowError> {
        let position = match (conflict, table.clustering()) {
            (Conflict::Index(plan), _) => plan.position,
            (Conflict::Clustering, Clustering::Key { position, .. }) => *position,
            (Conflict::Clustering, Clustering::Hidden) => {
                return Err(RowError::Image(format!("{} has no key", table.path())));
            }
        };
        match mode {
            DuplicateMode::Replace => Ok(()),
            DuplicateMode::Strict => Err(RowError::Duplicate(Box::new(duplicate::describe(
                table, position, fields,
            )))),
        }
    }

    fn note_auto_increment(
        &mut self,
        table: &Table,
        fields: &[Option<&[u8]>],
    ) -> Result<(), RowError> {
        let Some(column) = table.auto_increment_column() else {
            return Ok(());
        };
        let Some(next) = crate::counter::next_after(table, &table.types()[column], fields[column])
        else {
            return Ok(());
        };
        self.raise_auto_increment(table, next)
    }

    fn note_auto_increment_update(
        &mut self,
        table: &Table,
        old: &[Option<&[u8]>],
        fields: &[Option<&[u8]>],
    ) -> Result<(), RowError> {
        match table.auto_increment_column() {
            Some(column)
                if old[column] != fields[column] && crate::counter::follows_updates(table) =>
            {
                self.note_auto_increment(table, fields)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Raises the AUTO_INCREMENT counter to `next` if it is lower.
    pub(super) fn raise_auto_increment(
        &mut self,
        table: &Table,
        next: u64,
    ) -> Result<(), RowError> {
        if let Some(counter) = self.state.counters.get_mut(&table.id) {
            if counter.next < next {
                counter.next = next;
                counter.changed = true;
            }
            return Ok(());
        }
        let stored = crate::snapshot::auto_increment(&*self.state.base, table)?;
        self.state.counters.insert(
            table.id,
            Counter {
                next: stored.max(next),
                changed: stored < next,
            },
        );
        Ok(())
    }
}

/// Which key is taken.
#[derive(Clone, Copy)]
enum Conflict<'a> {
    Clustering,
    Index(&'a IndexPlan),
}

/// Key of a row with a hidden id.
pub(super) fn hidden_key(table: &Table, id: u64) -> RowKey {
    let mut key = keys::table_prefix(table.id).to_vec();
    key.extend_from_slice(&id.to_be_bytes());
    RowKey(Bytes::from(key))
}

/// The entry of a row in an index.
pub(crate) fn index_entry(
    table: &Table,
    plan: &IndexPlan,
    fields: &[Option<&[u8]>],
    row: &RowKey,
) -> Result<IndexEntry, String> {
    let mut entry = Vec::with_capacity(32);
    entry.extend_from_slice(&keys::index_prefix(table.id, plan.stored));
    let null = table.encode_parts(&plan.parts, fields, &mut entry)?;
    let tail = keys::tail(row.as_bytes());
    let value = match plan.unique && !null {
        true => keys::key_in_value(tail),
        false => {
            entry.extend_from_slice(tail);
            keys::key_in_key(tail.len())
        }
    };
    Ok((Bytes::from(entry), value))
}

/// The entry of a row in the row-hash index of a table without a key.
pub(crate) fn hash_entry(
    table: &Table,
    index: u32,
    fields: &[Option<&[u8]>],
    row: &RowKey,
) -> Bytes {
    let image = table.comparable_image(fields);
    let mut entry = keys::hash_prefix(table.id, index, &image).to_vec();
    entry.extend_from_slice(keys::tail(row.as_bytes()));
    Bytes::from(entry)
}
