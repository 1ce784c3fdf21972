//! Where the applier compares a before-image with the row it found: see [`crate::audit`].

use super::Run;
use crate::audit::{AuditMode, printable, quoted};
use crate::error::ApplyError;
use crate::progress::now_us;
use crate::state::ChannelState;
use std::cell::Cell as Counter;
use std::sync::Arc;
use understudy_base::observe::RowAuditRow;
use understudy_storage::{StoredRow, Table};
use understudy_values::row::Cell;

/// The audit of one event.
pub(super) struct EventAudit {
    state: Arc<ChannelState>,
    channel: String,
    gtid: String,
    stops: bool,
    compared: Counter<u64>,
}

/// The event whose rows are compared.
pub(super) struct Audited<'a> {
    pub name: &'static str,
    pub file: &'a str,
    pub end_log_pos: u64,
}

impl Drop for EventAudit {
    fn drop(&mut self) {
        self.state.audit.compared(self.compared.get());
    }
}

impl Run {
    /// The audit of the event at hand, if there is to be one.
    pub(super) fn audit(&self) -> Option<EventAudit> {
        let mode = self.applier.options.apply.audit();
        (mode != AuditMode::Off).then(|| EventAudit {
            state: self.applier.state.clone(),
            channel: self.applier.channel.clone(),
            gtid: self.current_gtid(),
            stops: mode == AuditMode::Stop,
            compared: Counter::new(0),
        })
    }
}

impl EventAudit {
    /// Compares the columns that the image has with those of the stored row. An error stops the applier.
    pub fn compare(
        &self,
        event: &Audited<'_>,
        table: &Table,
        before: &[Cell<'_>],
        old: &StoredRow,
    ) -> Result<(), ApplyError> {
        let stored = table
            .split(old.image())
            .map_err(|e| ApplyError::new(1030, e))?;
        self.compared.set(self.compared.get() + 1);
        let differing: Vec<usize> = before
            .iter()
            .zip(&stored)
            .enumerate()
            .filter(|(column, (cell, stored))| match cell {
                Cell::Absent | Cell::JsonDiff(_) => false,
                Cell::Null => stored.is_some(),
                Cell::Bytes(field) => !table.is_same(*column, Some(field), **stored),
            })
            .map(|(column, _)| column)
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        let rows = self.rows(event, table, before, &stored, &differing);
        let stop = self.stops.then(|| stopping(event, table, &rows));
        self.state.audit.differs(rows);
        match stop {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn rows(
        &self,
        event: &Audited<'_>,
        table: &Table,
        before: &[Cell<'_>],
        stored: &[Option<&[u8]>],
        differing: &[usize],
    ) -> Vec<RowAuditRow> {
        let (key, seen_us) = (key_of(table, stored), now_us());
        let columns = table.types().iter().zip(&table.def().columns);
        let fields = before.iter().zip(stored);
        columns
            .zip(fields)
            .enumerate()
            .filter(|(number, _)| differing.contains(number))
            .map(|(_, ((ty, column), (cell, stored)))| {
                let source = match cell {
                    Cell::Bytes(field) => Some(*field),
                    Cell::Null | Cell::Absent | Cell::JsonDiff(_) => None,
                };
                RowAuditRow {
                    channel: self.channel.clone(),
                    table: (table.db.clone(), table.name.clone()),
                    event_type: event.name,
                    key: key.clone(),
                    column: column.name.clone(),
                    source_value: printable(ty, source),
                    replica_value: printable(ty, *stored),
                    file: event.file.to_owned(),
                    end_log_pos: event.end_log_pos,
                    gtid: self.gtid.clone(),
                    seen_us,
                }
            })
            .collect()
    }
}

/// The columns of the key by which rows are found; empty for a table without one.
fn key_of(table: &Table, stored: &[Option<&[u8]>]) -> String {
    let parts = table
        .clustering_index()
        .map_or(&[][..], |index| &index.parts);
    let columns = parts.iter().filter_map(|part| {
        let number = usize::from(part.column?);
        let name = &table.def().columns.get(number)?.name;
        let ty = table.types().get(number)?;
        let value = printable(ty, *stored.get(number)?);
        Some(format!("{name}={}", quoted(ty, value.as_deref())))
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// ER_SLAVE_FATAL_ERROR
fn stopping(event: &Audited<'_>, table: &Table, rows: &[RowAuditRow]) -> ApplyError {
    let columns: Vec<String> = rows
        .iter()
        .map(|row| {
            let named = |c: &&understudy_storage::schema::ColumnDef| c.name == row.column;
            let ty = table.def().columns.iter().find(named).map(|c| &c.ty);
            let value = |value: &Option<String>| match ty {
                Some(ty) => quoted(ty, value.as_deref()),
                None => "NULL".to_owned(),
            };
            format!(
                "{} (source {}, replica {})",
                row.column,
                value(&row.source_value),
                value(&row.replica_value)
            )
        })
        .collect();
    let key = rows.first().map_or("", |row| &row.key);
    ApplyError::new(
        1593,
        format!(
            "Fatal error: understudy_before_image_audit=STOP and the row of {} event on table {} with key ({key}) is not \
             as on the source: {}; the event's source log {}, end_log_pos {}",
            event.name,
            table.path(),
            columns.join(", "),
            event.file,
            event.end_log_pos
        ),
    )
}
