//! Changing the catalog: databases, tables, recorded objects.
//!
//! Definitions change in the transaction like rows do. Rows that have to be written anew (an ALTER that
//! changes types or the clustering key, a new index) go into the engine in chunks before the transaction
//! ends: under a table number, or an index number, that no published definition names. An entry of the
//! reclaim list, written first and taken off by the transaction itself, clears them away should the change
//! not come about.

use std::sync::Arc;

use crate::catalog::{self, Catalog, ObjectDef, ObjectName};
use crate::duplicate;
use crate::engine::{Bytes, Change, Direction, Space};
use crate::error::{RowError, StoreError};
use crate::keys;
use crate::range;
use crate::reclaim;
use crate::row::{RowKey, StoredRow};
use crate::schema::{DatabaseDef, DefVersion, IndexDef, TableDef, TableId};
use crate::store::locked;
use crate::table::{Clustering, ColumnSource, IndexPlan, RowVersion, Table, TableRecord};
use crate::types;

use super::Writer;
use super::rows::{DuplicateMode, hash_entry, index_entry};

/// Bytes of a chunk of rows written past the transaction.
const BULK_CHUNK: usize = 8 << 20;

impl Writer {
    /// Creates a database, or changes one (same name).
    pub fn put_database(&mut self, def: DatabaseDef) -> Result<(), StoreError> {
        self.begin();
        let value = catalog::encode(&def)?;
        self.put_catalog(catalog::database_key(&def.name), Some(value));
        self.catalog_mut().put_database(def);
        Ok(())
    }

    /// Drops a database with its tables and objects.
    pub fn drop_database(&mut self, name: &str) -> Result<(), StoreError> {
        self.begin();
        if self.state.catalog.database(name).is_none() {
            return Err(StoreError::Catalog(format!("no database {name}")));
        }
        let tables: Vec<Arc<Table>> = self.state.catalog.tables_of(name).cloned().collect();
        for table in tables {
            self.drop_table(&table)?;
        }
        let objects: Vec<ObjectName> = self
            .state
            .catalog
            .objects()
            .filter(|o| o.name.db == name)
            .map(|o| o.name.clone())
            .collect();
        for object in objects {
            self.drop_object(&object)?;
        }
        self.put_catalog(catalog::database_key(name), None);
        self.catalog_mut().remove_database(name);
        Ok(())
    }

    /// Creates a table; its number and version are given here.
    pub fn create_table(&mut self, mut def: TableDef) -> Result<Arc<Table>, StoreError> {
        self.begin();
        if self.state.catalog.table(&def.db, &def.name).is_some() {
            return Err(StoreError::Catalog(format!(
                "table {}.{} exists",
                def.db, def.name
            )));
        }
        def.id = self.take_table_id()?;
        def.version = DefVersion(1);
        self.install(TableRecord {
            row_hash: Some(def.version.0),
            def,
            history: Vec::new(),
        })
    }

    /// Drops a table; its rows are reclaimed in the background.
    pub fn drop_table(&mut self, table: &Table) -> Result<(), StoreError> {
        self.begin();
        self.known(table)?;
        self.put_catalog(catalog::table_key(table.id), None);
        let counter = keys::tagged(b'a', &keys::table_prefix(table.id));
        self.put(Space::State, Bytes::from(counter), None);
        self.state.counters.remove(&table.id);
        self.give_up(Space::Rows, &keys::table_prefix(table.id));
        self.give_up(Space::Indexes, &keys::table_prefix(table.id));
        self.catalog_mut().remove_table(table.id);
        Ok(())
    }

    /// Empties a table: it gets a new number, and AUTO_INCREMENT starts anew.
    pub fn truncate_table(&mut self, table: &Table) -> Result<Arc<Table>, StoreError> {
        let mut def = table.def().clone();
        def.auto_increment = 0;
        self.drop_table(table)?;
        self.create_table(def)
    }

    /// Renames a table, also into another database; foreign keys that name it as parent follow.
    pub fn rename_table(
        &mut self,
        table: &Table,
        db: &str,
        name: &str,
    ) -> Result<Arc<Table>, StoreError> {
        self.begin();
        self.known(table)?;
        if self.state.catalog.table(db, name).is_some() {
            return Err(StoreError::Catalog(format!("table {db}.{name} exists")));
        }
        let (old_db, old_name) = (table.db.clone(), table.name.clone());
        let mut record = table.record().clone();
        record.def.db = db.to_string();
        record.def.name = name.to_string();
        rename_parent(&mut record.def, (&old_db, &old_name), (db, name));
        let renamed = self.install(record)?;
        let children: Vec<Arc<Table>> = self
            .state
            .catalog
            .tables()
            .filter(|t| t.id != table.id)
            .filter(|t| {
                t.foreign_keys
                    .iter()
                    .any(|f| f.parent_db == old_db && f.parent_table == old_name)
            })
            .cloned()
            .collect();
        for child in children {
            let mut record = child.record().clone();
            rename_parent(&mut record.def, (&old_db, &old_name), (db, name));
            self.install(record)?;
        }
        Ok(renamed)
    }

    /// Changes a definition without rewriting rows: `columns` says for each new column which old one it is,
    /// or the packed bytes that existing rows get. New indexes are built, dropped ones reclaimed.
    ///
    /// Columns that stay must keep the form of their packed bytes ([`types::same_image`]), clustering key and
    /// kept indexes the order of their keys; otherwise use [`Writer::rebuild_table`]
    /// ([`Writer::alters_in_place`] tells).
    pub fn alter_table(
        &mut self,
        table: &Table,
        mut def: TableDef,
        columns: Vec<ColumnSource>,
    ) -> Result<Arc<Table>, RowError> {
        self.begin();
        self.known(table)?;
        if let Err(why) = in_place(table, &def, &columns) {
            return Err(RowError::Store(StoreError::Catalog(why)));
        }
        def.id = table.id;
        def.version = DefVersion(table.version.0 + 1);
        let mut record = table.record().clone();
        record.history.push(RowVersion {
            version: table.version,
            columns: table.types().to_vec(),
            next: columns.clone(),
        });
        let same_rows = columns.len() == table.types().len()
            && columns
                .iter()
                .enumerate()
                .all(|(i, s)| *s == ColumnSource::Column(i as u16));
        if !same_rows {
            record.row_hash = Some(def.version.0);
        }
        record.def = def;
        let new = Table::new(record)?;
        self.change_indexes(table, &new)?;
        Ok(self.install(new.record().clone())?)
    }

    /// Whether [`Writer::alter_table`] can make this change.
    pub fn alters_in_place(table: &Table, def: &TableDef, columns: &[ColumnSource]) -> bool {
        in_place(table, def, columns).is_ok()
    }

    /// Replaces a table by one with another definition: `convert` makes each row's new image from its old
    /// fields. The new table has a new number; the old rows are reclaimed. Memory stays bounded. A duplicate
    /// in a unique key is an error, and nothing has changed then.
    pub fn rebuild_table(
        &mut self,
        table: &Table,
        mut def: TableDef,
        mut convert: impl FnMut(&[Option<&[u8]>]) -> Result<Vec<u8>, RowError>,
    ) -> Result<Arc<Table>, RowError> {
        self.begin();
        self.known(table)?;
        def.id = self.take_table_id()?;
        def.version = DefVersion(1);
        if def.columns.iter().any(|c| c.auto_increment) {
            def.auto_increment = def.auto_increment.max(self.auto_increment(table)?);
        }
        let new = Table::new(TableRecord {
            row_hash: Some(def.version.0),
            def,
            history: Vec::new(),
        })?;
        let prefix = keys::table_prefix(new.id);
        let places = [(Space::Rows, &prefix[..]), (Space::Indexes, &prefix[..])];
        self.in_bulk(&places, |writer| {
            let rows = writer.state.base.range(
                Space::Rows,
                range::prefix_range(&keys::table_prefix(table.id)),
                Direction::Forward,
            );
            for row in rows {
                let (_, bytes) = row?;
                let old = StoredRow::decode(table, bytes)?;
                let fields = table.split(old.image()).map_err(RowError::Image)?;
                let image = convert(&fields)?;
                writer.insert(&new, &image, DuplicateMode::Strict)?;
            }
            Ok(())
        })?;
        let (old_db, old_name) = (table.db.clone(), table.name.clone());
        self.drop_table(table)?;
        if self.state.catalog.table(&new.db, &new.name).is_some() {
            return Err(RowError::Store(StoreError::Catalog(format!(
                "table {} exists (rebuilding {old_db}.{old_name})",
                new.path()
            ))));
        }
        Ok(self.install(new.record().clone())?)
    }

    /// Sets the AUTO_INCREMENT counter; it never goes below the largest value that is in use.
    pub fn set_auto_increment(&mut self, table: &Table, next: u64) -> Result<(), RowError> {
        self.begin();
        let Some(column) = table.auto_increment_column() else {
            return Ok(());
        };
        let mut least = 1;
        let index = table
            .stored_indexes()
            .find(|i| i.parts.first().and_then(|p| p.column) == Some(column as u16));
        if let Some(index) = index {
            let direction = match index.parts[0].descending {
                true => Direction::Forward,
                false => Direction::Reverse,
            };
            let mut last =
                self.index_scan(table, index.number, &range::ScanRange::all(), direction)?;
            if let Some(row) = last.next() {
                let (_, row) = row?;
                let fields = table.split(row.image()).map_err(RowError::Image)?;
                least = crate::counter::next_after(table, &table.types()[column], fields[column])
                    .unwrap_or(1);
            }
        }
        let mut record = table.record().clone();
        record.def.auto_increment = 0;
        self.install(record)?;
        self.state.counters.insert(
            table.id,
            super::Counter {
                next: next.max(least),
                changed: true,
            },
        );
        Ok(())
    }

    /// Records a view, routine, trigger, event or account statement, replacing one of the same name.
    pub fn put_object(&mut self, def: ObjectDef) -> Result<(), StoreError> {
        self.begin();
        let value = catalog::encode(&def)?;
        self.put_catalog(catalog::object_key(&def.name), Some(value));
        self.catalog_mut().put_object(def);
        Ok(())
    }

    /// Forgets a recorded object; says whether it was there.
    pub fn drop_object(&mut self, name: &ObjectName) -> Result<bool, StoreError> {
        self.begin();
        if self.state.catalog.object(name).is_none() {
            return Ok(false);
        }
        self.put_catalog(catalog::object_key(name), None);
        self.catalog_mut().remove_object(name);
        Ok(true)
    }

    fn catalog_mut(&mut self) -> &mut Catalog {
        Arc::make_mut(&mut self.state.catalog)
    }

    fn put_catalog(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.put(Space::Catalog, Bytes::from(key), value.map(Bytes::from));
    }

    /// Puts a range on the reclaim list.
    fn give_up(&mut self, space: Space, prefix: &[u8]) {
        let entry = reclaim::entry(space, prefix);
        self.put(entry.space, entry.key, entry.value);
        self.state.reclaim_asked = true;
    }

    fn take_table_id(&mut self) -> Result<TableId, StoreError> {
        let id = self.state.catalog.next_table;
        if id >= u64::from(u32::MAX) {
            return Err(StoreError::Catalog("table numbers are used up".into()));
        }
        self.catalog_mut().next_table = id + 1;
        let value = catalog::encode(&(id + 1))?;
        self.put_catalog(catalog::next_table_key(), Some(value));
        Ok(TableId(id))
    }

    /// Stores and publishes (with the transaction) a definition.
    fn install(&mut self, record: TableRecord) -> Result<Arc<Table>, StoreError> {
        let value = catalog::encode(&record)?;
        let table = Arc::new(Table::new(record)?);
        self.put_catalog(catalog::table_key(table.id), Some(value));
        self.catalog_mut().put_table(table.clone());
        Ok(table)
    }

    /// The caller's definition must be the current one.
    fn known(&self, table: &Table) -> Result<(), StoreError> {
        match self.state.catalog.table_by_id(table.id) {
            Some(current) if current.version == table.version => Ok(()),
            Some(_) => Err(StoreError::Catalog(format!(
                "the definition of {} is an old one",
                table.path()
            ))),
            None => Err(StoreError::Catalog(format!("no table {}", table.path()))),
        }
    }

    /// Builds indexes that `new` has and `table` has not; gives up those it has no more.
    fn change_indexes(&mut self, table: &Table, new: &Table) -> Result<(), RowError> {
        let added: Vec<IndexPlan> = new
            .indexes()
            .iter()
            .filter(|plan| !table.indexes().iter().any(|p| p.number == plan.number))
            .cloned()
            .collect();
        let hash = new
            .row_hash_index()
            .filter(|index| table.row_hash_index() != Some(*index));
        if !added.is_empty() || hash.is_some() {
            let prefixes: Vec<_> = added
                .iter()
                .map(|plan| plan.stored)
                .chain(hash)
                .map(|number| keys::index_prefix(new.id, number))
                .collect();
            let places: Vec<_> = prefixes
                .iter()
                .map(|prefix| (Space::Indexes, &prefix[..]))
                .collect();
            self.in_bulk(&places, |writer| writer.build_indexes(new, &added, hash))?;
        }
        let dropped: Vec<u32> = table
            .indexes()
            .iter()
            .map(|plan| plan.stored)
            .filter(|n| !new.indexes().iter().any(|p| p.stored == *n))
            .chain(
                table
                    .row_hash_index()
                    .filter(|index| new.row_hash_index() != Some(*index)),
            )
            .collect();
        for number in dropped {
            self.give_up(Space::Indexes, &keys::index_prefix(table.id, number));
        }
        Ok(())
    }

    fn build_indexes(
        &mut self,
        table: &Table,
        plans: &[IndexPlan],
        hash: Option<u32>,
    ) -> Result<(), RowError> {
        let rows = self.state.base.range(
            Space::Rows,
            range::prefix_range(&keys::table_prefix(table.id)),
            Direction::Forward,
        );
        for row in rows {
            let (key, bytes) = row?;
            let key = RowKey(key);
            let row = StoredRow::decode(table, bytes)?;
            let fields = table.split(row.image()).map_err(RowError::Image)?;
            for plan in plans {
                let (entry, value) =
                    index_entry(table, plan, &fields, &key).map_err(RowError::Image)?;
                if plan.unique && self.read(Space::Indexes, &entry)?.is_some() {
                    return Err(RowError::Duplicate(Box::new(duplicate::describe(
                        table,
                        plan.position,
                        &fields,
                    ))));
                }
                self.put(Space::Indexes, entry, Some(value));
            }
            if let Some(index) = hash {
                let entry = hash_entry(table, index, &fields, &key);
                self.put(Space::Indexes, entry, Some(Bytes::from(&b""[..])));
            }
            self.check_size()?;
        }
        Ok(())
    }

    /// Runs `work`, whose changes lie all under `places`, in chunks past the transaction.
    fn in_bulk(
        &mut self,
        places: &[(Space, &[u8])],
        work: impl FnOnce(&mut Writer) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.flush_preceding()?;
        let held = self.state.overlay.extract();
        let rows_changed = held
            .iter()
            .any(|c| matches!(c.space, Space::Rows | Space::Indexes));
        if rows_changed || self.state.streaming.is_some() || self.state.bulk {
            self.resume(held);
            return Err(RowError::Store(StoreError::Catalog(
                "rows of a table cannot be rewritten in a transaction that has changed rows".into(),
            )));
        }
        self.state.bulk = true;
        let mut result = self.announce(places).map_err(RowError::Store);
        if result.is_ok() {
            result = work(self);
        }
        if result.is_ok() {
            result = self.write_bulk().map_err(RowError::Store);
        }
        self.state.bulk = false;
        self.state.overlay.clear();
        self.resume(held);
        // Whatever has come of it, the list has entries that the next publication shows.
        self.state.reclaim_asked = true;
        result?;
        for (space, prefix) in places {
            let key = Bytes::from(reclaim::entry_key(*space, prefix));
            self.put(Space::Catalog, key, None);
        }
        Ok(())
    }

    fn resume(&mut self, held: Vec<Change>) {
        self.state.overlay.begin();
        for change in held {
            self.put(change.space, change.key, change.value);
        }
    }

    /// Clears `places` of what an earlier attempt left there and puts them on the list in case this one
    /// does not come about.
    fn announce(&mut self, places: &[(Space, &[u8])]) -> Result<(), StoreError> {
        self.settle()?;
        let store = self.store.clone();
        store.check_alive()?;
        let mut building = locked(&store.reclaimer.building);
        let mut batch = Vec::new();
        for (space, prefix) in places {
            let entry = reclaim::entry(*space, prefix);
            if store
                .engine
                .snapshot()
                .get(entry.space, &entry.key)?
                .is_some()
            {
                let no_pause = std::time::Duration::ZERO;
                reclaim::reclaim(&*store.engine, *space, prefix, no_pause, &|| false)?;
            }
            building.insert(entry.key.to_vec());
            batch.push(entry);
        }
        batch.push(Change {
            space: Space::Catalog,
            key: Bytes::from(catalog::next_table_key()),
            value: Some(Bytes::from(catalog::encode(
                &self.state.catalog.next_table,
            )?)),
        });
        let written = store.engine.write(batch);
        self.fail_on_error(written)?;
        self.state.base = store.engine.snapshot();
        Ok(())
    }

    /// Writes a full chunk of a bulk change.
    pub(super) fn check_bulk(&mut self) -> Result<(), StoreError> {
        match self.state.overlay.bytes() > BULK_CHUNK {
            true => self.write_bulk(),
            false => Ok(()),
        }
    }

    fn write_bulk(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        let store = self.store.clone();
        store.check_alive()?;
        let chunk = self.state.overlay.drain();
        let written = store.engine.write(chunk);
        self.fail_on_error(written)?;
        self.state.base = store.engine.snapshot();
        Ok(())
    }
}

/// Foreign keys of `def` that name one parent name another.
fn rename_parent(def: &mut TableDef, from: (&str, &str), to: (&str, &str)) {
    for key in &mut def.foreign_keys {
        if key.parent_db == from.0 && key.parent_table == from.1 {
            key.parent_db = to.0.to_string();
            key.parent_table = to.1.to_string();
        }
    }
}

/// Why rows would have to be rewritten for a change; `Ok` when they need not.
fn in_place(table: &Table, def: &TableDef, columns: &[ColumnSource]) -> Result<(), String> {
    if columns.len() != def.columns.len() {
        return Err(format!(
            "{} sources for {} columns",
            columns.len(),
            def.columns.len()
        ));
    }
    for (column, source) in def.columns.iter().zip(columns) {
        if let ColumnSource::Column(i) = source {
            let old = table
                .types()
                .get(usize::from(*i))
                .ok_or_else(|| format!("no old column {i}"))?;
            if !types::same_image(old, &column.ty) {
                return Err(format!("column {} changes its stored form", column.name));
            }
        }
    }
    let new = Table::new(TableRecord {
        def: def.clone(),
        history: Vec::new(),
        row_hash: None,
    })
    .map_err(|e| e.to_string())?;
    match (table.clustering(), new.clustering()) {
        (Clustering::Hidden, Clustering::Hidden) => {}
        (Clustering::Key { position: old, .. }, Clustering::Key { position: now, .. }) => {
            let (old, now) = (&table.def().indexes[*old], &def.indexes[*now]);
            if !same_key(table, old, def, now, columns) {
                return Err("the clustering key changes".into());
            }
        }
        (Clustering::Hidden, Clustering::Key { .. })
        | (Clustering::Key { .. }, Clustering::Hidden) => {
            return Err("the clustering key changes".into());
        }
    }
    for plan in new.indexes() {
        let now = &def.indexes[plan.position];
        let old = table.indexes().iter().find(|p| p.number == plan.number);
        if let Some(old) = old {
            let unique = old.unique == plan.unique;
            if !unique || !same_key(table, &table.def().indexes[old.position], def, now, columns) {
                return Err(format!("index {} changes under its number", now.name));
            }
        }
    }
    Ok(())
}

/// The stored keys of two definitions of an index are the same.
fn same_key(
    table: &Table,
    old: &IndexDef,
    def: &TableDef,
    new: &IndexDef,
    columns: &[ColumnSource],
) -> bool {
    old.parts.len() == new.parts.len()
        && old.parts.iter().zip(&new.parts).all(|(old, new)| {
            let (Some(from), Some(to)) = (old.column, new.column) else {
                return old.expression == new.expression;
            };
            columns.get(usize::from(to)) == Some(&ColumnSource::Column(from))
                && old.prefix == new.prefix
                && old.descending == new.descending
                && types::same_key(
                    &table.types()[usize::from(from)],
                    &def.columns[usize::from(to)].ty,
                )
        })
}
