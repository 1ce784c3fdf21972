//! The single writer: transactions, groups of them, and their commit.
//!
//! Changes collect in an [`Overlay`] over the last committed state; reads through the writer see them. A
//! group is any number of transactions; [`Writer::commit`] makes it one engine batch, sorted by key, with
//! whatever [`Writer::set_state`] stored (the applied position), and then publishes it. A transaction that
//! outgrows `transaction_memory_limit` streams into the engine instead, see [`crate::undo`].

mod behind;
mod ddl;
mod find;
mod prepared;
mod rows;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::catalog::Catalog;
use crate::engine::{Bytes, Change, Direction, EngineSnapshot, KeyRange, Space};
use crate::error::StoreError;
use crate::keys;
use crate::overlay::Overlay;
use crate::range::{self, ScanRange};
use crate::row::{RowKey, StoredRow};
use crate::schema::TableId;
use crate::snapshot::{self, Published, StateMap};
use crate::store::{Durability, StoreInner, locked};
use crate::table::Table;
use crate::undo::Streaming;

pub use rows::DuplicateMode;
pub(crate) use rows::{hash_entry, index_entry};

/// An AUTO_INCREMENT counter in memory.
struct Counter {
    next: u64,
    changed: bool,
}

/// What the writer knows between two uses.
pub(crate) struct WriterState {
    overlay: Overlay,
    /// Everything in the engine, chunks of a streamed transaction included.
    base: Arc<dyn EngineSnapshot>,
    catalog: Arc<Catalog>,
    /// The catalog when the current transaction began.
    catalog_before: Option<Arc<Catalog>>,
    counters: HashMap<TableId, Counter>,
    next_row_id: HashMap<TableId, u64>,
    streaming: Option<Streaming>,
    reclaim_asked: bool,
    /// Changes go past the transaction, see `ddl`.
    bulk: bool,
    /// A group on its way into the engine.
    behind: Option<behind::Behind>,
    /// The changes of the one before, to be freed.
    spent: Option<Arc<Overlay>>,
}

impl WriterState {
    pub fn new(base: Arc<dyn EngineSnapshot>, catalog: Arc<Catalog>) -> WriterState {
        WriterState {
            overlay: Overlay::default(),
            base,
            catalog,
            catalog_before: None,
            counters: HashMap::new(),
            next_row_id: HashMap::new(),
            streaming: None,
            reclaim_asked: false,
            bulk: false,
            behind: None,
            spent: None,
        }
    }
}

/// A point in a transaction, see [`Writer::savepoint`].
#[derive(Clone, Copy, Debug)]
pub struct Savepoint {
    mark: Option<usize>,
}

/// Rows of a scan through the writer.
pub type RowIter<'a> = Box<dyn Iterator<Item = Result<(RowKey, StoredRow), StoreError>> + 'a>;

/// The right to change the store. Dropping it takes back what is not committed.
pub struct Writer {
    store: Arc<StoreInner>,
    state: Box<WriterState>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        let streamed = self.state.streaming.is_some();
        if let Err(error) = self.discard() {
            // The marker is still there: opening the store again takes the transaction back.
            tracing::error!(%error, streamed, "could not take back an uncommitted transaction");
            self.store.failed.store(true, Ordering::Release);
        }
        let empty = WriterState::new(self.state.base.clone(), self.state.catalog.clone());
        let state = std::mem::replace(&mut *self.state, empty);
        self.store.release_writer(Box::new(state));
    }
}

impl Writer {
    pub(crate) fn new(store: Arc<StoreInner>, state: Box<WriterState>) -> Writer {
        Writer { store, state }
    }

    /// Somebody else waits for the writer.
    pub fn is_wanted(&self) -> bool {
        self.store.writer_wanted.load(Ordering::Relaxed) > 0
    }

    /// The catalog with this writer's changes.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.state.catalog
    }

    /// Starts a transaction. (The first change does it too.)
    pub fn begin(&mut self) {
        if self.state.catalog_before.is_none() {
            let catalog = self.state.catalog.clone();
            self.state.catalog_before = Some(catalog);
            self.state.overlay.begin();
        }
    }

    /// A transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.state.catalog_before.is_some()
    }

    /// Ends a transaction: it belongs to the group now. A transaction that was streamed is committed (and
    /// published) at once, so its applied position must be set before this.
    pub fn end(&mut self) -> Result<(), StoreError> {
        self.state.catalog_before = None;
        self.state.overlay.keep();
        match self.state.streaming.take() {
            Some(streaming) => {
                let mut last = self.take_batch()?;
                last.extend(streaming.finish());
                self.state.reclaim_asked = true;
                self.write_and_publish(last)
            }
            None => Ok(()),
        }
    }

    /// Takes the open transaction back; the transactions before it in the group stay.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        if let Some(before) = self.state.catalog_before.take() {
            self.restore_catalog(before);
        }
        self.state.next_row_id.clear();
        locked(&self.store.reclaimer.building).clear();
        match self.state.streaming.take() {
            Some(streaming) => {
                self.state.overlay.clear();
                let store = self.store.clone();
                store.check_alive()?;
                let rolled_back = streaming.roll_back(&*store.engine);
                self.fail_on_error(rolled_back)?;
                self.state.base = store.engine.snapshot();
                self.state.reclaim_asked = true;
                Ok(())
            }
            None => {
                self.state.overlay.revert();
                Ok(())
            }
        }
    }

    /// A point in the open transaction to come back to. Row changes only: not for definitions.
    pub fn savepoint(&mut self) -> Savepoint {
        self.begin();
        Savepoint {
            mark: self.state.overlay.mark(),
        }
    }

    /// Takes back the row changes since a savepoint of the open transaction. `false` when that cannot be done
    /// because the transaction has outgrown memory: it has to be rolled back as a whole.
    pub fn rollback_to(&mut self, savepoint: &Savepoint) -> bool {
        match (savepoint.mark, self.state.overlay.mark()) {
            (Some(mark), Some(now)) if mark <= now => {
                self.state.overlay.revert_to(mark);
                true
            }
            (Some(_) | None, Some(_) | None) => false,
        }
    }

    /// Takes back everything that is not committed, the group included.
    pub fn discard(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        self.rollback()?;
        self.state.overlay.clear();
        let published = self.store.current().catalog.clone();
        self.restore_catalog(published);
        self.state.counters.clear();
        Ok(())
    }

    /// Commits the group (ending an open transaction) and publishes it.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.end()?;
        self.settle()?;
        if self.state.overlay.is_empty() && !self.state.counters.values().any(|c| c.changed) {
            return Ok(());
        }
        let batch = self.take_batch()?;
        self.write_and_publish(batch)
    }

    /// Bytes of changes waiting for the commit, about; a group is best committed before this grows past
    /// some tens of megabytes.
    pub fn pending_bytes(&self) -> usize {
        self.state.overlay.bytes()
    }

    /// Stores a value that is committed with the rows.
    pub fn set_state(&mut self, key: &str, value: &[u8]) {
        self.begin();
        let key = Bytes::from(keys::tagged(b's', key.as_bytes()));
        self.state
            .overlay
            .put(Space::State, key, Some(Bytes::from(value)));
    }

    /// Removes a stored value.
    pub fn remove_state(&mut self, key: &str) {
        self.begin();
        let key = Bytes::from(keys::tagged(b's', key.as_bytes()));
        self.state.overlay.put(Space::State, key, None);
    }

    /// A stored value, this writer's changes included.
    pub fn state(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = keys::tagged(b's', key.as_bytes());
        Ok(self.read(Space::State, &key)?.map(|v| v.to_vec()))
    }

    /// The AUTO_INCREMENT counter of a table, this writer's changes included.
    pub fn auto_increment(&self, table: &Table) -> Result<u64, StoreError> {
        match self.state.counters.get(&table.id) {
            Some(counter) => Ok(counter.next),
            None => snapshot::auto_increment(&*self.state.base, table),
        }
    }

    /// Rows in the order of the clustering key, this writer's changes included.
    pub fn scan<'a>(
        &'a self,
        table: &'a Table,
        range: &ScanRange,
        direction: Direction,
    ) -> impl Iterator<Item = Result<(RowKey, StoredRow), StoreError>> + 'a {
        let range = range.under(&keys::table_prefix(table.id));
        self.merged(Space::Rows, range, direction).map(|entry| {
            let (key, value) = entry?;
            Ok((RowKey(key), StoredRow::decode(table, value)?))
        })
    }

    /// Rows in the order of a stored index, this writer's changes included.
    pub fn index_scan<'a>(
        &'a self,
        table: &'a Table,
        index: u32,
        range: &ScanRange,
        direction: Direction,
    ) -> Result<RowIter<'a>, StoreError> {
        if snapshot::clustering_number(table) == Some(index) {
            return Ok(Box::new(self.scan(table, range, direction)));
        }
        if table.stored_parts(index).is_none() {
            return Err(StoreError::Catalog(format!(
                "{} has no stored index {index}",
                table.path()
            )));
        }
        let range = range.under(&keys::index_prefix(table.id, keys::index_number(index)));
        Ok(Box::new(self.merged(Space::Indexes, range, direction).map(
            move |entry| {
                let (key, value) = entry?;
                self.pointed_row(table, &key, &value)
            },
        )))
    }

    /// The row an index entry points at.
    pub(crate) fn pointed_row(
        &self,
        table: &Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(RowKey, StoredRow), StoreError> {
        let row_key = keys::row_key_of(key, value)?;
        let bytes = self.read(Space::Rows, &row_key)?.ok_or_else(|| {
            StoreError::Corrupt(format!(
                "an index entry of {} points at no row",
                table.path()
            ))
        })?;
        Ok((
            RowKey(Bytes::from(row_key)),
            StoredRow::decode(table, bytes)?,
        ))
    }

    /// Value of a key with the overlay's changes.
    pub(crate) fn read(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        match self.state.overlay.get(space, key) {
            Some(value) => Ok(value.clone()),
            None => match self.frozen().and_then(|frozen| frozen.get(space, key)) {
                Some(value) => Ok(value.clone()),
                None => self.state.base.get(space, key),
            },
        }
    }

    /// Entries of a range with the overlay's changes.
    pub(crate) fn merged(
        &self,
        space: Space,
        range: KeyRange,
        direction: Direction,
    ) -> Entries<'_> {
        if range::is_empty(&range) {
            return Box::new(std::iter::empty());
        }
        let base = self.state.base.range(space, range.clone(), direction);
        let base: Entries<'_> = match self.frozen() {
            Some(frozen) => over(base, frozen, space, range.clone(), direction),
            None => base,
        };
        over(base, &self.state.overlay, space, range, direction)
    }

    /// The changes that are on their way into the engine.
    fn frozen(&self) -> Option<&Overlay> {
        self.state.behind.as_ref().map(|behind| &*behind.frozen)
    }

    /// Writes one change into the current transaction.
    pub(crate) fn put(&mut self, space: Space, key: Bytes, value: Option<Bytes>) {
        self.state.overlay.put(space, key, value);
    }

    /// Streams when the transaction has outgrown memory; to be called between rows.
    pub(crate) fn check_size(&mut self) -> Result<(), StoreError> {
        if self.state.bulk {
            return self.check_bulk();
        }
        let limit = self.store.options.transaction_memory_limit;
        let full = match self.state.streaming {
            Some(_) => self.state.overlay.bytes() > limit,
            None => self.state.overlay.transaction_bytes() > limit,
        };
        if full { self.stream() } else { Ok(()) }
    }

    fn stream(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        if self.state.streaming.is_none() {
            self.flush_preceding()?;
            let streaming = Streaming::start(&*self.store.engine)?;
            self.state.overlay.keep();
            self.state.streaming = Some(streaming);
        }
        let store = self.store.clone();
        store.check_alive()?;
        let chunk = self.state.overlay.drain();
        if let Some(streaming) = &mut self.state.streaming {
            let written = streaming.write_chunk(&*store.engine, chunk);
            self.fail_on_error(written)?;
        }
        self.state.base = store.engine.snapshot();
        Ok(())
    }

    /// Commits and publishes what precedes the open transaction in the group.
    pub(crate) fn flush_preceding(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        if self.state.streaming.is_some() {
            return Ok(());
        }
        let current = self.state.overlay.extract();
        let catalog = self.state.catalog.clone();
        let before = self.state.catalog_before.clone();
        if let Some(before) = &before {
            self.state.catalog = before.clone();
        }
        if !self.state.overlay.is_empty() {
            let batch = self.take_batch()?;
            self.write_and_publish(batch)?;
        }
        self.state.catalog = catalog;
        self.state.catalog_before = before;
        self.state.overlay.begin();
        for change in current {
            self.state
                .overlay
                .put(change.space, change.key, change.value);
        }
        Ok(())
    }

    /// The overlay and the changed counters as one batch.
    fn take_batch(&mut self) -> Result<Vec<Change>, StoreError> {
        let mut batch = self.state.overlay.drain();
        batch.extend(self.take_counters());
        Ok(batch)
    }

    /// The changed counters.
    fn take_counters(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (id, counter) in &mut self.state.counters {
            if std::mem::take(&mut counter.changed) {
                changes.push(Change {
                    space: Space::State,
                    key: Bytes::from(keys::tagged(b'a', &keys::table_prefix(*id))),
                    value: Some(Bytes::from(counter.next.to_le_bytes())),
                });
            }
        }
        changes
    }

    fn write_and_publish(&mut self, batch: Vec<Change>) -> Result<(), StoreError> {
        self.settle()?;
        let store = self.store.clone();
        store.check_alive()?;
        let written = publish(&store, batch, self.state.catalog.clone());
        if written.is_err() {
            store.failed.store(true, Ordering::Release);
        }
        self.state.base = written?;
        self.published();
        Ok(())
    }

    fn fail_on_error(&self, result: Result<(), StoreError>) -> Result<(), StoreError> {
        if result.is_err() {
            self.store.failed.store(true, Ordering::Release);
        }
        result
    }

    /// Table numbers that were handed out stay so, whatever is taken back.
    fn restore_catalog(&mut self, mut before: Arc<Catalog>) {
        let next = self.state.catalog.next_table;
        if before.next_table < next {
            Arc::make_mut(&mut before).next_table = next;
        }
        self.state.catalog = before;
    }
}

/// Writes a batch as one and shows it to readers; the engine as it is then.
fn publish(
    store: &StoreInner,
    batch: Vec<Change>,
    catalog: Arc<Catalog>,
) -> Result<Arc<dyn EngineSnapshot>, StoreError> {
    let previous = store.current();
    let mut state: Option<StateMap> = None;
    for change in &batch {
        if change.space == Space::State
            && let Some((b's', name)) = change.key.split_first()
        {
            let name = std::str::from_utf8(name)
                .map_err(|_| StoreError::Corrupt("a state key is not text".into()))?;
            let map = state.get_or_insert_with(|| (*previous.state).clone());
            match &change.value {
                Some(value) => map.insert(name.to_string(), value.clone()),
                None => map.remove(name),
            };
        }
    }
    store.engine.write(batch)?;
    let base = store.engine.snapshot();
    store.publish(Published {
        engine: base.clone(),
        catalog,
        state: state.map_or_else(|| previous.state.clone(), Arc::new),
        sequence: previous.sequence + 1,
    });
    if store.options.durability == Durability::EveryCommit {
        store.persist()?;
    }
    Ok(base)
}

/// Entries in key order.
type Entries<'a> = Box<dyn Iterator<Item = Result<(Bytes, Bytes), StoreError>> + 'a>;

/// Entries with an overlay's changes over them.
fn over<'a>(
    base: Entries<'a>,
    overlay: &'a Overlay,
    space: Space,
    range: KeyRange,
    direction: Direction,
) -> Entries<'a> {
    let over = overlay.range(space, range);
    let over: Box<dyn Iterator<Item = (&Bytes, &Option<Bytes>)> + 'a> = match direction {
        Direction::Forward => Box::new(over),
        Direction::Reverse => Box::new(over.rev()),
    };
    Box::new(Merged {
        base: base.peekable(),
        over: over.peekable(),
        direction,
    })
}

/// Engine entries with the overlay's changes over them.
struct Merged<B: Iterator, O: Iterator> {
    base: std::iter::Peekable<B>,
    over: std::iter::Peekable<O>,
    direction: Direction,
}

impl<'a, B, O> Iterator for Merged<B, O>
where
    B: Iterator<Item = Result<(Bytes, Bytes), StoreError>>,
    O: Iterator<Item = (&'a Bytes, &'a Option<Bytes>)>,
{
    type Item = Result<(Bytes, Bytes), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.base.peek(), self.over.peek()) {
                (Some(Err(_)), _) => return self.base.next(),
                (None, None) => return None,
                (Some(_), None) => return self.base.next(),
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(Ok((base, _))), Some((over, _))) => {
                    let order = base.cmp(*over);
                    match self.direction {
                        Direction::Forward => order,
                        Direction::Reverse => order.reverse(),
                    }
                }
            };
            match order {
                std::cmp::Ordering::Less => return self.base.next(),
                std::cmp::Ordering::Equal => {
                    self.base.next();
                }
                std::cmp::Ordering::Greater => {}
            }
            if let Some((key, Some(value))) = self.over.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}
