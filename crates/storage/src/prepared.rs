//! Rows with their keys encoded ahead of their turn, by any number of threads.
//!
//! A prepared row holds under one definition all that the writer puts: the row's key and bytes and its index
//! entries. It says nothing of what is stored; the writer looks when the row's turn comes, and goes the long way,
//! from the row's image, wherever something stands in the way (see `writer::prepared`).

use crate::engine::Bytes;
use crate::keys;
use crate::row::{RowKey, StoredRow};
use crate::table::{Clustering, Table};
use crate::writer::index_entry;

/// A row's entry in an index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PreparedEntry {
    pub key: Bytes,
    pub value: Bytes,
    /// No other row may have this key.
    pub unique: bool,
}

/// A row with its keys.
#[derive(Debug)]
pub struct PreparedRow {
    pub(crate) key: RowKey,
    pub(crate) row: Bytes,
    pub(crate) entries: Vec<PreparedEntry>,
    /// What it moves the AUTO_INCREMENT counter to.
    pub(crate) next_auto_increment: Option<u64>,
}

impl PreparedRow {
    /// The row's image.
    pub fn image(&self) -> &[u8] {
        keys::take_varint(&self.row).map_or(&[], |(_, image)| image)
    }

    /// The row's key.
    pub fn key(&self) -> &RowKey {
        &self.key
    }
}

/// A changed row: as it was, and as it is to be.
#[derive(Debug)]
pub struct PreparedUpdate {
    pub(crate) before: PreparedRow,
    pub(crate) after: PreparedRow,
}

impl PreparedUpdate {
    /// The row as it is expected.
    pub fn before(&self) -> &PreparedRow {
        &self.before
    }

    /// The row as it is to be.
    pub fn after(&self) -> &PreparedRow {
        &self.after
    }
}

impl Table {
    /// Rows of this table can be prepared: their key is known from their image alone.
    pub fn prepares_rows(&self) -> bool {
        match self.clustering() {
            Clustering::Key { .. } => true,
            Clustering::Hidden => false,
        }
    }

    /// Prepares a row, given as a full image of this definition.
    pub fn prepare(&self, image: &[u8]) -> Result<PreparedRow, String> {
        let fields = self.split(image)?;
        let key = self
            .key_of(&fields)?
            .ok_or_else(|| format!("{} has no key", self.path()))?;
        let mut entries = Vec::with_capacity(self.indexes().len());
        for plan in self.indexes() {
            let null = plan.parts.iter().any(|part| fields[part.column].is_none());
            let (entry, value) = index_entry(self, plan, &fields, &key)?;
            entries.push(PreparedEntry {
                key: entry,
                value,
                unique: plan.unique && !null,
            });
        }
        let next_auto_increment = self.auto_increment_column().and_then(|column| {
            crate::counter::next_after(self, &self.types()[column], fields[column])
        });
        Ok(PreparedRow {
            row: StoredRow::encode(self, image),
            key,
            entries,
            next_auto_increment,
        })
    }

    /// Prepares a change of a row, given as two full images of this definition.
    pub fn prepare_update(&self, before: &[u8], after: &[u8]) -> Result<PreparedUpdate, String> {
        Ok(PreparedUpdate {
            before: self.prepare(before)?,
            after: self.prepare(after)?,
        })
    }
}
