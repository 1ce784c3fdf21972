//! Applying rows that were prepared ahead of their turn.
//!
//! The checks are those of `rows`. Whatever a check finds, the row goes the long way from its image, which says what
//! is wrong in the same words; so does a stored row that is not, byte for byte, the one that was expected.

use crate::engine::Space;
use crate::error::RowError;
use crate::prepared::{PreparedRow, PreparedUpdate};
use crate::row::StoredRow;
use crate::table::Table;

use super::{DuplicateMode, Writer};

impl Writer {
    /// [`Writer::insert`] of a prepared row, in strict mode. `table` is the definition it was prepared under.
    pub fn insert_prepared(&mut self, table: &Table, row: PreparedRow) -> Result<(), RowError> {
        self.begin();
        if self.is_taken(&row)? {
            return self
                .insert(table, row.image(), DuplicateMode::Strict)
                .map(drop);
        }
        if let Some(next) = row.next_auto_increment {
            self.raise_auto_increment(table, next)?;
        }
        for entry in row.entries {
            self.put(Space::Indexes, entry.key, Some(entry.value));
        }
        self.put(Space::Rows, row.key.0, Some(row.row));
        self.check_size()?;
        Ok(())
    }

    /// Its key, or a unique key of it, is there.
    fn is_taken(&self, row: &PreparedRow) -> Result<bool, RowError> {
        if self.read(Space::Rows, &row.key.0)?.is_some() {
            return Ok(true);
        }
        for entry in row.entries.iter().filter(|entry| entry.unique) {
            if self.read(Space::Indexes, &entry.key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// [`Writer::update`] of the row that [`Writer::find`] would find for the before-image; false when there is
    /// none. `table` is the definition it was prepared under.
    pub fn update_prepared(
        &mut self,
        table: &Table,
        update: PreparedUpdate,
    ) -> Result<bool, RowError> {
        self.begin();
        let PreparedUpdate { before, after } = update;
        let Some(stored) = self.read(Space::Rows, &before.key.0)? else {
            return Ok(false);
        };
        let expected = stored == before.row
            && before.key == after.key
            && before.next_auto_increment == after.next_auto_increment;
        if !expected || self.changes_taken_key(&before, &after)? {
            let old = StoredRow::decode(table, stored)?;
            self.update(table, &before.key, &old, after.image())?;
            return Ok(true);
        }
        for (old, new) in before.entries.into_iter().zip(after.entries) {
            if old == new {
                continue;
            }
            if old.key != new.key {
                self.put(Space::Indexes, old.key, None);
            }
            self.put(Space::Indexes, new.key, Some(new.value));
        }
        self.put(Space::Rows, after.key.0, Some(after.row));
        self.check_size()?;
        Ok(true)
    }

    /// A unique key that the row is to have is there.
    fn changes_taken_key(
        &self,
        before: &PreparedRow,
        after: &PreparedRow,
    ) -> Result<bool, RowError> {
        for (old, new) in before.entries.iter().zip(&after.entries) {
            let changed = new.unique && old.key != new.key;
            if changed && self.read(Space::Indexes, &new.key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// [`Writer::delete`] of the row that [`Writer::find`] would find for the image; false when there is none.
    pub fn delete_prepared(&mut self, table: &Table, row: PreparedRow) -> Result<bool, RowError> {
        self.begin();
        let Some(stored) = self.read(Space::Rows, &row.key.0)? else {
            return Ok(false);
        };
        if stored != row.row {
            let old = StoredRow::decode(table, stored)?;
            self.delete(table, &row.key, &old)?;
            return Ok(true);
        }
        for entry in row.entries {
            self.put(Space::Indexes, entry.key, None);
        }
        self.put(Space::Rows, row.key.0, None);
        self.check_size()?;
        Ok(true)
    }
}
