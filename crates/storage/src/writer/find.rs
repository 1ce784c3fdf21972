//! Finding the row that a before-image means.
//!
//! In MySQL's order of preference: by the clustering key; by the whole row, for tables without one (an
//! internal index over a hash of the row keeps that fast, and takes equal rows one for one); by any other
//! key whose columns are all there, comparing the rest; by a scan.

use understudy_values::row::Cell;

use crate::engine::{Bytes, Direction, Space};
use crate::error::RowError;
use crate::keys;
use crate::range::{self, ScanRange};
use crate::row::{RowKey, StoredRow};
use crate::table::{Clustering, PartPlan, Table, comparable};

use super::Writer;

impl Writer {
    /// The row with these fields; columns that are absent may have any value. For a table with a clustering
    /// key whose columns are all present only those decide. `None` when there is no such row.
    ///
    /// A [`Cell::JsonDiff`] says nothing about the stored value: it counts as absent.
    pub fn find(
        &self,
        table: &Table,
        before: &[Cell<'_>],
    ) -> Result<Option<(RowKey, StoredRow)>, RowError> {
        if before.len() != table.types().len() {
            return Err(RowError::Image(format!(
                "{} fields for the {} columns of {}",
                before.len(),
                table.types().len(),
                table.path()
            )));
        }
        match table.clustering() {
            Clustering::Key { parts, .. } => {
                if let Some(fields) = fields_of(parts, before) {
                    return self.find_by_key(table, &fields);
                }
            }
            Clustering::Hidden => {
                if let Some(fields) = all_fields(before) {
                    return self.find_by_hash(table, &fields);
                }
            }
        }
        self.find_by_other_key(table, before)
    }

    /// A row by its key.
    pub fn get(&self, table: &Table, key: &RowKey) -> Result<Option<StoredRow>, RowError> {
        match self.read(Space::Rows, &key.0)? {
            Some(bytes) => Ok(Some(StoredRow::decode(table, bytes)?)),
            None => Ok(None),
        }
    }

    fn find_by_key(
        &self,
        table: &Table,
        fields: &[Option<&[u8]>],
    ) -> Result<Option<(RowKey, StoredRow)>, RowError> {
        let key = self.clustering_key(table, fields)?;
        Ok(self.get(table, &key)?.map(|row| (key, row)))
    }

    fn find_by_hash(
        &self,
        table: &Table,
        fields: &[Option<&[u8]>],
    ) -> Result<Option<(RowKey, StoredRow)>, RowError> {
        let Some(index) = table.row_hash_index() else {
            return Ok(None);
        };
        let image = table.comparable_image(fields);
        let prefix = keys::hash_prefix(table.id, index, &image);
        let candidates = self.merged(
            Space::Indexes,
            range::prefix_range(&prefix),
            Direction::Forward,
        );
        for candidate in candidates {
            let (entry, _) = candidate?;
            let mut key = keys::table_prefix(table.id).to_vec();
            key.extend_from_slice(&entry[prefix.len()..]);
            let key = RowKey(Bytes::from(key));
            if let Some(row) = self.get(table, &key)? {
                let stored = table.split(row.image()).map_err(RowError::Image)?;
                if table.comparable_image(&stored) == image {
                    return Ok(Some((key, row)));
                }
            }
        }
        Ok(None)
    }

    fn find_by_other_key(
        &self,
        table: &Table,
        before: &[Cell<'_>],
    ) -> Result<Option<(RowKey, StoredRow)>, RowError> {
        let usable = table
            .indexes()
            .iter()
            .filter_map(|plan| Some((plan, fields_of(&plan.parts, before)?)))
            .min_by_key(|(plan, _)| !plan.unique);
        let rows = match usable {
            Some((plan, fields)) => {
                let mut key = Vec::new();
                table
                    .encode_parts(&plan.parts, &fields, &mut key)
                    .map_err(RowError::Image)?;
                self.index_scan(
                    table,
                    plan.number,
                    &ScanRange::prefix(key),
                    Direction::Forward,
                )?
            }
            None => Box::new(self.scan(table, &ScanRange::all(), Direction::Forward)),
        };
        for row in rows {
            let (key, row) = row?;
            let stored = table.split(row.image()).map_err(RowError::Image)?;
            if agrees(table, &stored, before) {
                return Ok(Some((key, row)));
            }
        }
        Ok(None)
    }
}

/// The row's fields if all columns of `parts` are present (columns outside the key are left NULL).
fn fields_of<'a>(parts: &[PartPlan], before: &[Cell<'a>]) -> Option<Vec<Option<&'a [u8]>>> {
    let mut fields = vec![None; before.len()];
    for part in parts {
        fields[part.column] = value(before[part.column])?;
    }
    Some(fields)
}

fn all_fields<'a>(before: &[Cell<'a>]) -> Option<Vec<Option<&'a [u8]>>> {
    before.iter().map(|cell| value(*cell)).collect()
}

/// The field of a cell that is present.
fn value(cell: Cell<'_>) -> Option<Option<&[u8]>> {
    match cell {
        Cell::Absent | Cell::JsonDiff(_) => None,
        Cell::Null => Some(None),
        Cell::Bytes(field) => Some(Some(field)),
    }
}

/// The stored fields have the values of all cells that are present.
fn agrees(table: &Table, stored: &[Option<&[u8]>], before: &[Cell<'_>]) -> bool {
    let columns = table.types().iter().zip(stored.iter().zip(before));
    columns
        .into_iter()
        .all(|(ty, (stored, cell))| match value(*cell) {
            None => true,
            Some(field) => field == *stored || comparable(ty, field) == comparable(ty, *stored),
        })
}
