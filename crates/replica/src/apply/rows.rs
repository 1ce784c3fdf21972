//! Row events: inserting, changing and deleting rows as their images say.
//!
//! The fast path is an image of all columns for a table that is the same here as on the source: its bytes
//! are stored as they came. Everything else goes through cells: absent columns keep what is stored (T3),
//! columns that only we have get their default, JSON diffs are applied to the stored document (T5).

use super::audit::{Audited, EventAudit};
use super::prepare::{ReadyRows, RowsOf};
use super::tables::MappedTable;
use super::{Done, INFLATE_LIMIT, Run, decode_error, store_error};
use crate::apply_options::SkipErrors;
use crate::error::ApplyError;
use crate::ledger::Reason;
use std::collections::BTreeMap;
use std::sync::Arc;
use understudy_binlog::events::{RowsEvent, RowsFlags, RowsKind};
use understudy_binlog::header::EventHeader;
use understudy_exec::ddl::{StatementContext, insert_default};
use understudy_storage::{
    Catalog, Direction, DuplicateMode, RowError, RowKey, ScanRange, StoredRow, Table, Writer,
    foreign_key,
};
use understudy_values::row::{self, Cell};

/// What the rows of one event share.
struct Context<'a> {
    mapped: &'a MappedTable,
    name: &'static str,
    source_file: &'a str,
    end_log_pos: u64,
    idempotent: bool,
    skip_errors: &'a SkipErrors,
    /// The source's engine checked and cascaded foreign keys, so we do too (T25).
    foreign_keys: bool,
    statement: StatementContext,
    /// Before-images are compared with what is stored.
    audit: Option<EventAudit>,
}

impl Run {
    /// Applies the rows of one event.
    pub(super) fn rows(
        &mut self,
        event: &RowsEvent,
        header: &EventHeader,
        end_log_pos: u64,
    ) -> Result<Done, ApplyError> {
        let ready = self.ready.rows.take();
        let catalog = self.writer().catalog().clone();
        let ends_statement = event.flags.contains(RowsFlags::STATEMENT_END);
        // MySQL marks the end of a statement with a row event for no table.
        if event.table_id == DUMMY_TABLE_ID && event.data.is_empty() {
            self.tables.end_statement();
            return Ok(Done::Applied);
        }
        let conversions = self.applier.options.apply.conversions();
        let mapped = match self.tables.resolve(event.table_id, &catalog, conversions) {
            // The source's own formats are better kept than converted.
            Ok(mapped) if mapped.old_temporals && self.adopt_old_temporals(event.table_id)? => {
                let catalog = self.writer().catalog().clone();
                self.tables.resolve(event.table_id, &catalog, conversions)?
            }
            Err(error) if error.errno == CONVERSION_ERROR => {
                self.adopt_old_temporals(event.table_id)?;
                let catalog = self.writer().catalog().clone();
                self.tables.resolve(event.table_id, &catalog, conversions)?
            }
            // A table that is not there, say: nothing has been changed yet.
            Err(error) => {
                let done = self.unless_skipped(error)?;
                if ends_statement {
                    self.tables.end_statement();
                }
                return Ok(done);
            }
            Ok(mapped) => mapped,
        };
        let unchecked = event.flags.contains(RowsFlags::NO_FOREIGN_KEY_CHECKS)
            || event.flags.contains(RowsFlags::USE_SQL_FOREIGN_KEY);
        let file = self.position.source.file.clone();
        let options = self.applier.options.clone();
        let mut statement = StatementContext::new(self.flavour, "");
        statement.timestamp_s = u64::from(header.timestamp_s);
        let context = Context {
            mapped: &mapped,
            name: header.event_type.any_name(),
            source_file: &file,
            end_log_pos,
            idempotent: options.apply.idempotent(),
            skip_errors: options.apply.skip_errors(),
            foreign_keys: !unchecked && mapped.has_foreign_keys,
            statement,
            audit: self.audit(),
        };
        let rows = match ready.filter(|ready| context.takes(ready, &catalog)) {
            Some(ready) => context.apply_ready(self.writer(), ready.rows)?,
            None => {
                if let Some(feed) = &mut self.feed {
                    feed.definitions(&catalog);
                }
                let data = event.rows(INFLATE_LIMIT).map_err(|e| decode_error(&e))?;
                context.apply(self.writer(), event, &data)?
            }
        };
        self.tally.add_rows(rows.changed);
        for (errno, rows) in rows.apart {
            let reason = Reason::idempotent(errno);
            self.tally.add_rows_apart(header.event_type, reason, rows);
        }
        if ends_statement {
            self.tables.end_statement();
        }
        match rows.skipped {
            None => Ok(Done::Applied),
            Some(error) => {
                self.count_skipped(error.errno);
                let channel = &self.applier.channel;
                tracing::info!("Replica SQL for channel '{channel}': {error}");
                Ok(Done::Skipped)
            }
        }
    }
}

impl Run {
    /// The first rows of a table show that the source stores its temporal columns in the old formats: the
    /// definition here, of a table that is still empty, becomes the same.
    /// False when nothing became of it.
    fn adopt_old_temporals(&mut self, table_id: u64) -> Result<bool, ApplyError> {
        let catalog = self.writer().catalog().clone();
        let Some((table, def)) = self.tables.with_old_temporals(table_id, &catalog) else {
            return Ok(false);
        };
        let writer = self.writer();
        let empty = writer
            .scan(&table, &ScanRange::all(), Direction::Forward)
            .next()
            .is_none();
        if !empty {
            return Ok(false);
        }
        let nothing = |_: &[Option<&[u8]>]| Err(RowError::Image("a row in an empty table".into()));
        match writer.rebuild_table(&table, def, nothing) {
            Ok(_) => Ok(true),
            Err(error) => Err(ApplyError::new(
                1030,
                format!("Got error from the store: {error}"),
            )),
        }
    }
}

/// ER_SLAVE_CONVERSION_FAILED
const CONVERSION_ERROR: u16 = 1677;

/// Table id of MySQL's dummy row event that only ends a statement.
const DUMMY_TABLE_ID: u64 = 0xff_ffff;

/// What became of an event's rows.
#[derive(Default)]
struct Rows {
    changed: u64,
    /// Passed over with `slave_exec_mode=IDEMPOTENT`, by the error that each would have been.
    apart: BTreeMap<u16, u64>,
    /// The error that `slave_skip_errors` passed over: with its row, those after it were.
    skipped: Option<ApplyError>,
}

/// How a row ended.
enum RowDone {
    Changed,
    /// Passed over in IDEMPOTENT mode: the error that it would have been.
    Apart(u16),
}

/// A cell of a table with columns that are not stored as they come.
enum Adapted<'c> {
    As(Cell<'c>),
    Field(Vec<u8>),
}

fn cells<'c>(adapted: &'c [Adapted<'c>]) -> Vec<Cell<'c>> {
    adapted
        .iter()
        .map(|cell| match cell {
            Adapted::As(cell) => *cell,
            Adapted::Field(field) => Cell::Bytes(field),
        })
        .collect()
}

impl Context<'_> {
    fn table(&self) -> &Arc<Table> {
        &self.mapped.table
    }

    fn malformed(&self, why: impl std::fmt::Display) -> ApplyError {
        ApplyError::new(
            1594,
            format!(
                "Relay log read failure: {} event at end_log_pos {}: {why}",
                self.name, self.end_log_pos
            ),
        )
    }

    /// Applies the rows. At an error that `slave_skip_errors` names it ends: the rows before it stay applied.
    fn apply(
        &self,
        writer: &mut Writer,
        event: &RowsEvent,
        data: &[u8],
    ) -> Result<Rows, ApplyError> {
        let mut rows = Rows::default();
        let whole = self.mapped.direct
            && event.kind != RowsKind::PartialUpdate
            && event
                .after_columns()
                .is_none_or(|columns| columns.is_full());
        let defaults = match event.kind {
            RowsKind::Write if !whole => self.defaults()?,
            RowsKind::Write | RowsKind::Update | RowsKind::Delete | RowsKind::PartialUpdate => {
                Vec::new()
            }
        };
        let defaults: Vec<Option<&[u8]>> = defaults.iter().map(|d| d.as_deref()).collect();
        let mut images = event
            .images(&self.mapped.layout, data)
            .map_err(|e| self.malformed(e))?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut image = Vec::new();
        while let Some(bytes) = images
            .next_row(&mut before, &mut after)
            .map_err(|e| self.malformed(e))?
        {
            let kind = (event.kind, whole);
            let point = (!self.skip_errors.is_off()).then(|| writer.savepoint());
            let applied = if self.mapped.adapted.is_empty() {
                let cells = (&mut before, &mut after);
                self.row(writer, kind, &defaults, cells, bytes.after, &mut image)
            } else {
                let (before, after) = (self.adapted(&before)?, self.adapted(&after)?);
                let (mut before, mut after) = (cells(&before), cells(&after));
                let cells = (&mut before, &mut after);
                self.row(writer, kind, &defaults, cells, bytes.after, &mut image)
            };
            match (applied, point) {
                (Ok(RowDone::Changed), _) => rows.changed += 1,
                (Ok(RowDone::Apart(errno)), _) => *rows.apart.entry(errno).or_default() += 1,
                (Err(error), Some(point)) if self.skip_errors.contains(error.errno) => {
                    // One row's change is undone, or else everything.
                    if !writer.rollback_to(&point) {
                        return Err(error);
                    }
                    rows.skipped = Some(error);
                    break;
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Whether rows that a worker prepared are what they would be now: those prepared under other definitions
    /// are as good as not prepared.
    fn takes(&self, ready: &ReadyRows, catalog: &Arc<Catalog>) -> bool {
        Arc::ptr_eq(&ready.catalog, catalog)
            && Arc::ptr_eq(&ready.mapped.table, self.table())
            && self.mapped.direct
            && !self.idempotent
            && self.skip_errors.is_off()
            && !self.foreign_keys
            // A before-image is compared with what is stored when the row's turn comes.
            && self.audit.is_none()
    }

    /// Applies rows that a worker prepared.
    fn apply_ready(&self, writer: &mut Writer, ready: RowsOf) -> Result<Rows, ApplyError> {
        let table = self.table();
        let mut rows = Rows::default();
        let found = |found| match found {
            true => Ok(()),
            false => Err(self.not_found()),
        };
        match ready {
            RowsOf::Insert(images) => {
                for row in images {
                    let inserted = writer.insert_prepared(table, row);
                    inserted.map_err(|e| self.row_error(e))?;
                    rows.changed += 1;
                }
            }
            RowsOf::Update(images) => {
                for row in images {
                    let updated = writer.update_prepared(table, row);
                    found(updated.map_err(|e| self.row_error(e))?)?;
                    rows.changed += 1;
                }
            }
            RowsOf::Delete(images) => {
                for row in images {
                    let deleted = writer.delete_prepared(table, row);
                    found(deleted.map_err(|e| self.row_error(e))?)?;
                    rows.changed += 1;
                }
            }
        }
        Ok(rows)
    }

    /// One row; with `whole` its after-image `bytes` can be stored as they are.
    fn row(
        &self,
        writer: &mut Writer,
        (kind, whole): (RowsKind, bool),
        defaults: &[Option<&[u8]>],
        (before, after): (&mut Vec<Cell<'_>>, &mut Vec<Cell<'_>>),
        bytes: &[u8],
        image: &mut Vec<u8>,
    ) -> Result<RowDone, ApplyError> {
        match kind {
            RowsKind::Write if whole => self.insert(writer, bytes),
            RowsKind::Write => {
                self.fit(after);
                image.clear();
                row::merge(defaults, after, image).map_err(|e| self.malformed(e))?;
                self.insert(writer, image)
            }
            RowsKind::Update | RowsKind::PartialUpdate => {
                self.fit(before);
                let Some((key, old)) = self.find(writer, before)? else {
                    return Ok(RowDone::Apart(1032));
                };
                self.audited(before, &old)?;
                if whole {
                    return self.update(writer, &key, &old, bytes);
                }
                self.fit(after);
                image.clear();
                self.merged(&old, after, image)?;
                self.update(writer, &key, &old, image)
            }
            RowsKind::Delete => {
                self.fit(before);
                match self.find(writer, before)? {
                    Some((key, old)) => {
                        self.audited(before, &old)?;
                        self.delete(writer, &key, &old)
                    }
                    None => Ok(RowDone::Apart(1032)),
                }
            }
        }
    }

    /// Cells of the source's columns with fields as ours have them.
    fn adapted<'c>(&self, cells: &[Cell<'c>]) -> Result<Vec<Adapted<'c>>, ApplyError> {
        let mut out: Vec<Adapted<'c>> = cells.iter().map(|cell| Adapted::As(*cell)).collect();
        for column in &self.mapped.adapted {
            let Some(Cell::Bytes(field)) = cells.get(column.index) else {
                continue;
            };
            let own = column.field(field).map_err(|e| self.malformed(e))?;
            if let Some(slot) = out.get_mut(column.index) {
                *slot = match own {
                    Some(own) => Adapted::Field(own),
                    None => Adapted::As(Cell::Null),
                };
            }
        }
        Ok(out)
    }

    /// Compares the before-image with the stored row, if that is asked for.
    fn audited(&self, before: &[Cell<'_>], old: &StoredRow) -> Result<(), ApplyError> {
        let Some(audit) = &self.audit else {
            return Ok(());
        };
        let event = Audited {
            name: self.name,
            file: self.source_file,
            end_log_pos: self.end_log_pos,
        };
        audit.compare(&event, self.table(), before, old)
    }

    /// Fields of columns that an INSERT's image leaves out.
    fn defaults(&self) -> Result<Vec<Option<Vec<u8>>>, ApplyError> {
        let columns = &self.table().def().columns;
        columns
            .iter()
            .map(|column| insert_default(column, &self.statement))
            .collect::<Result<_, _>>()
            .map_err(|e| ApplyError::new(e.errno, e.message))
    }

    /// Cells of the source's columns become cells of ours: more of ours are absent, more of the source's
    /// are dropped.
    fn fit(&self, cells: &mut Vec<Cell<'_>>) {
        cells.resize(self.table().types().len(), Cell::Absent);
    }

    fn insert(&self, writer: &mut Writer, image: &[u8]) -> Result<RowDone, ApplyError> {
        let mode = match self.idempotent {
            true => DuplicateMode::Replace,
            false => DuplicateMode::Strict,
        };
        let inserted = match self.foreign_keys {
            true => foreign_key::insert(writer, self.table(), image, mode),
            false => writer.insert(self.table(), image, mode),
        };
        match inserted {
            Ok(_) => Ok(RowDone::Changed),
            Err(error) => self.unless_idempotent(error),
        }
    }

    /// IDEMPOTENT: a row that its keys do not let in stays as it was, as on the real server.
    fn unless_idempotent(&self, error: RowError) -> Result<RowDone, ApplyError> {
        match (self.idempotent, error) {
            (true, RowError::Duplicate(_)) => Ok(RowDone::Apart(1062)),
            (true, RowError::ForeignKey(mysql)) => Ok(RowDone::Apart(mysql.errno)),
            (_, error) => Err(self.row_error(error)),
        }
    }

    fn update(
        &self,
        writer: &mut Writer,
        key: &RowKey,
        old: &StoredRow,
        image: &[u8],
    ) -> Result<RowDone, ApplyError> {
        let updated = match self.foreign_keys {
            true => foreign_key::update(writer, self.table(), key, old, image),
            false => writer.update(self.table(), key, old, image),
        };
        match updated {
            Ok(_) => Ok(RowDone::Changed),
            Err(error) => self.unless_idempotent(error),
        }
    }

    fn delete(
        &self,
        writer: &mut Writer,
        key: &RowKey,
        old: &StoredRow,
    ) -> Result<RowDone, ApplyError> {
        let deleted = match self.foreign_keys {
            true => foreign_key::delete(writer, self.table(), key, old),
            false => writer.delete(self.table(), key, old),
        };
        match deleted {
            Ok(()) => Ok(RowDone::Changed),
            Err(error) => self.unless_idempotent(error),
        }
    }

    /// The after-image of a partial event on top of the stored row.
    fn merged(
        &self,
        old: &StoredRow,
        after: &[Cell<'_>],
        image: &mut Vec<u8>,
    ) -> Result<(), ApplyError> {
        let stored = self
            .table()
            .split(old.image())
            .map_err(|e| ApplyError::new(1030, e))?;
        let mut documents: Vec<Option<Vec<u8>>> = Vec::with_capacity(after.len());
        for (cell, field) in after.iter().zip(&stored) {
            documents.push(match cell {
                Cell::JsonDiff(diffs) => {
                    let document = field.ok_or_else(|| self.malformed("JSON diff for a NULL"))?;
                    let mut changed = Vec::new();
                    understudy_values::json::diff::apply_to_field(document, diffs, &mut changed)
                        .map_err(|e| self.malformed(e))?;
                    Some(changed)
                }
                Cell::Absent | Cell::Null | Cell::Bytes(_) => None,
            });
        }
        let cells: Vec<Cell<'_>> = after
            .iter()
            .zip(&documents)
            .map(|(cell, document)| match document {
                Some(document) => Cell::Bytes(document),
                None => *cell,
            })
            .collect();
        row::merge(&stored, &cells, image).map_err(|e| self.malformed(e))
    }

    /// The row a before-image means; `None` only with `slave_exec_mode=IDEMPOTENT`.
    fn find(
        &self,
        writer: &mut Writer,
        before: &[Cell<'_>],
    ) -> Result<Option<(RowKey, StoredRow)>, ApplyError> {
        let table = self.table();
        let found = writer.find(table, before).map_err(|e| self.row_error(e))?;
        if found.is_some() || self.idempotent {
            return Ok(found);
        }
        Err(self.not_found())
    }

    fn not_found(&self) -> ApplyError {
        let table = self.table();
        let handler = match table.clustering_index() {
            Some(_) => "HA_ERR_KEY_NOT_FOUND",
            None => "HA_ERR_END_OF_FILE",
        };
        self.row_event_error(
            1032,
            &format!("Can't find record in '{}'", table.name),
            handler,
        )
    }

    fn row_event_error(&self, errno: u16, text: &str, handler: &str) -> ApplyError {
        let table = self.table().path();
        let (name, file, end) = (self.name, self.source_file, self.end_log_pos);
        ApplyError::new(
            errno,
            format!(
                "Could not execute {name} event on table {table}; {text}, Error_code: {errno}; handler error \
                 {handler}; the event's source log {file}, end_log_pos {end}"
            ),
        )
    }

    fn row_error(&self, error: RowError) -> ApplyError {
        match error {
            RowError::Duplicate(key) => {
                let mysql = key.to_mysql();
                self.row_event_error(mysql.errno, &mysql.message, "HA_ERR_FOUND_DUPP_KEY")
            }
            RowError::ForeignKey(mysql) => {
                let handler = match mysql.errno {
                    1451 => "HA_ERR_ROW_IS_REFERENCED",
                    _ => "HA_ERR_NO_REFERENCED_ROW",
                };
                self.row_event_error(mysql.errno, &mysql.message, handler)
            }
            RowError::Image(why) => self.malformed(why),
            RowError::Store(error) => store_error(&error),
        }
    }
}
