//! What can be done for an event before its turn: decoding it, inflating what is compressed, and splitting rows and
//! encoding their keys under the definition that its table has at that moment.
//!
//! Nothing that a worker finds out is an outcome. An event that it cannot prepare it leaves as it is, and the applier
//! does everything itself, errors included. Prepared rows name the catalog they were made under: the applier uses
//! them only if that catalog is still the one in force when their turn comes (T19).

use super::INFLATE_LIMIT;
use super::tables::{MappedTable, TableMaps};
use crate::apply_options::TypeConversions;
use crate::filter::Filters;
use bytes::Bytes;
use std::sync::Arc;
use understudy_binlog::context::EventContext;
use understudy_binlog::event::{Event, EventBody};
use understudy_binlog::events::{RowsEvent, RowsFlags, RowsKind, TransactionPayloadEvent};
use understudy_event_log::{RelayEvent, RelayEventKind};
use understudy_storage::{Catalog, PreparedRow, PreparedUpdate};
use understudy_values::row::Cell;

/// Bytes that the compressed transactions of one batch may inflate to ahead of their turn; what goes past it is
/// streamed by the applier (T23).
const INFLATED_AHEAD: usize = 4 << 20;

/// An event with what was done for it.
pub(super) struct Prepared {
    /// The event.
    pub event: RelayEvent,
    /// What is known of it.
    pub ready: Ready,
}

/// What was done for an event ahead of its turn.
#[derive(Default)]
pub(super) struct Ready {
    /// It decoded.
    pub decoded: Option<Event>,
    /// The events of a compressed transaction.
    pub inside: Option<Vec<Inside>>,
    /// The rows of a row event.
    pub rows: Option<ReadyRows>,
}

/// An event inside a compressed transaction.
pub(super) struct Inside {
    /// Its bytes, without checksum.
    pub bytes: Bytes,
    /// It decoded.
    pub event: Event,
    /// The rows of a row event.
    pub rows: Option<ReadyRows>,
}

/// The rows of an event, split and with their keys.
pub(super) struct ReadyRows {
    /// Under which they were made.
    pub catalog: Arc<Catalog>,
    /// The table.
    pub mapped: Arc<MappedTable>,
    /// The rows.
    pub rows: RowsOf,
}

/// Rows by what happens to them.
pub(super) enum RowsOf {
    /// They are inserted.
    Insert(Vec<PreparedRow>),
    /// They are changed.
    Update(Vec<PreparedUpdate>),
    /// They are deleted.
    Delete(Vec<PreparedRow>),
}

/// One worker's knowledge.
pub(super) struct Preparer {
    /// The channel's filters.
    pub filters: Arc<Filters>,
    /// The table maps it has seen.
    pub tables: TableMaps,
}

impl Preparer {
    /// Prepares the events of a batch in their order. `maps`: the table maps of the statement that the batch goes on
    /// with, when it begins inside one.
    pub fn prepare(
        &mut self,
        events: &mut [Prepared],
        maps: &[Bytes],
        context: &EventContext,
        catalog: &Arc<Catalog>,
    ) {
        self.tables.end_statement();
        for bytes in maps {
            if let Ok(event) = Event::decode_verified(bytes, context) {
                self.body(&event.body, catalog);
            }
        }
        let mut inflated = 0;
        for prepared in events {
            if prepared.event.kind != RelayEventKind::Event {
                continue;
            }
            let decoded = Event::decode_verified(&prepared.event.bytes, context);
            let Ok(decoded) = decoded else {
                continue;
            };
            let ready = &mut prepared.ready;
            match &decoded.body {
                EventBody::TransactionPayload(payload) => {
                    ready.inside = self.inside(payload, context, catalog, &mut inflated);
                }
                body => ready.rows = self.body(body, catalog),
            }
            ready.decoded = Some(decoded);
        }
    }

    /// The events of a compressed transaction, if they are few enough and all can be read.
    fn inside(
        &mut self,
        payload: &TransactionPayloadEvent,
        context: &EventContext,
        catalog: &Arc<Catalog>,
        inflated: &mut usize,
    ) -> Option<Vec<Inside>> {
        let inside = context.inside_payload();
        let mut out = Vec::new();
        for bytes in payload.events(INFLATED_AHEAD as u64).ok()? {
            let bytes = bytes.ok()?;
            *inflated += bytes.len();
            if *inflated > INFLATED_AHEAD {
                return None;
            }
            let event = Event::decode_verified(&bytes, &inside).ok()?;
            let rows = self.body(&event.body, catalog);
            out.push(Inside { bytes, event, rows });
        }
        Some(out)
    }

    fn body(&mut self, body: &EventBody, catalog: &Arc<Catalog>) -> Option<ReadyRows> {
        match body {
            // Filters count what they let pass: the applier alone asks them.
            _ if !self.filters.is_empty() => None,
            EventBody::TableMap(map) => {
                self.tables.map(map.clone());
                None
            }
            EventBody::Rows(rows) => {
                let ready = self.rows(rows, catalog);
                if rows.flags.contains(RowsFlags::STATEMENT_END) {
                    self.tables.end_statement();
                }
                ready
            }
            _ => None,
        }
    }

    /// The rows, if their images are whole and stored as they come, and the table has a key.
    fn rows(&mut self, event: &RowsEvent, catalog: &Arc<Catalog>) -> Option<ReadyRows> {
        let mapped = self
            .tables
            .resolve(event.table_id, catalog, TypeConversions::default())
            .ok()?;
        let whole = event.before_columns().is_none_or(|c| c.is_full())
            && event.after_columns().is_none_or(|c| c.is_full());
        if !mapped.direct || !whole || !mapped.table.prepares_rows() {
            return None;
        }
        let data = event.rows(INFLATE_LIMIT).ok()?;
        let rows = split(&mapped, event, &data)?;
        Some(ReadyRows {
            catalog: catalog.clone(),
            mapped,
            rows,
        })
    }
}

fn split(mapped: &MappedTable, event: &RowsEvent, data: &[u8]) -> Option<RowsOf> {
    let table = &mapped.table;
    let mut images = event.images(&mapped.layout, data).ok()?;
    let (mut before, mut after): (Vec<Cell<'_>>, Vec<Cell<'_>>) = (Vec::new(), Vec::new());
    let mut out = match event.kind {
        RowsKind::Write => RowsOf::Insert(Vec::new()),
        RowsKind::Update => RowsOf::Update(Vec::new()),
        RowsKind::Delete => RowsOf::Delete(Vec::new()),
        RowsKind::PartialUpdate => return None,
    };
    while let Some(bytes) = images.next_row(&mut before, &mut after).ok()? {
        match &mut out {
            RowsOf::Insert(rows) => rows.push(table.prepare(bytes.after).ok()?),
            RowsOf::Update(rows) => {
                rows.push(table.prepare_update(bytes.before, bytes.after).ok()?);
            }
            RowsOf::Delete(rows) => rows.push(table.prepare(bytes.before).ok()?),
        }
    }
    Some(out)
}
