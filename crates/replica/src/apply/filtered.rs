//! Where the applier asks the channel's filters.
//!
//! What is filtered is counted so and has no effect; the transaction it is part of still moves the position.

use super::Run;
use crate::filter::Style;
use crate::filter::statement::{is_frame, updates};
use crate::ledger::Reason;
use understudy_base::filter::FilterKind;
use understudy_binlog::event::EventBody;
use understudy_binlog::events::{RowsFlags, TableMapEvent};
use understudy_exec::ddl::StatementContext;
use understudy_sql::ast::{ObjectName, Statement};
use understudy_storage::{Catalog, ObjectKind};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Run {
    fn style(&self) -> Style {
        Style {
            mariadb: self.flavour.mariadb,
            lower_case: self.applier.options.lower_case_table_names != 0,
        }
    }

    /// The name that the default database of a statement has here.
    pub(super) fn default_database(&self, schema: &[u8]) -> String {
        let db = text(schema);
        match self.applier.filters.rewrite(&db, self.style()) {
            rewritten if rewritten == db => db,
            rewritten => rewritten.to_owned(),
        }
    }

    /// The database level of the rules, for a Query event: it is not even parsed when it is filtered.
    pub(super) fn filtered_by_database(&mut self, db: &str, statement: &[u8]) -> bool {
        let filters = &self.applier.filters;
        if filters.is_empty() || is_frame(statement) {
            return false;
        }
        let held = filters.database_held(db, self.style());
        self.note_filter(held)
    }

    /// Says in the ledger which rules hold the event back.
    fn note_filter(&mut self, held: Option<FilterKind>) -> bool {
        if let Some(kind) = held {
            self.tally.note(Reason::filter(kind));
        }
        held.is_some()
    }

    /// Says in the ledger which table the event is about.
    pub(super) fn note_table(&mut self, body: &EventBody) {
        match body {
            EventBody::TableMap(map) => {
                let ledger = &self.applier.state.ledger;
                self.tally
                    .map(ledger, map.table_id, &map.schema, &map.table);
            }
            EventBody::Rows(rows) => self.tally.rows_of(rows.table_id),
            _ => {}
        }
    }

    /// The rules about what the statement names.
    pub(super) fn filtered_statement(
        &mut self,
        statement: &Statement,
        context: &StatementContext,
        update_map: Option<u64>,
    ) -> bool {
        if self.applier.filters.is_empty() {
            return false;
        }
        let (filters, style) = (self.applier.filters.clone(), self.style());
        let updates = updates(statement, update_map);
        let catalog = self.writer().catalog().clone();
        let held = filters.statement_held(&updates, &context.default_db, style, |trigger| {
            trigger_table(&catalog, trigger, context)
        });
        self.note_filter(held)
    }

    /// Whether a table map or the rows of one are filtered. A table map's verdict holds for its rows.
    pub(super) fn filtered_rows(&mut self, body: &EventBody) -> bool {
        match body {
            EventBody::TableMap(map) => {
                let filters = &self.applier.filters;
                let held = if filters.is_empty() {
                    None
                } else {
                    let (style, db) = (self.style(), text(&map.schema));
                    filters.rows_held(filters.rewrite(&db, style), &text(&map.table), style)
                };
                self.tables.set_filtered(map.table_id, held.is_some());
                if let Some(kind) = held {
                    self.tally.hold_map(Reason::filter(kind));
                }
                held.is_some()
            }
            EventBody::Rows(rows) => {
                let filtered = self.tables.is_filtered(rows.table_id);
                if filtered && rows.flags.contains(RowsFlags::STATEMENT_END) {
                    self.tables.end_statement();
                }
                filtered
            }
            _ => false,
        }
    }

    /// The table map under the name that its database has here.
    pub(super) fn rewritten(&self, mut map: TableMapEvent) -> TableMapEvent {
        let db = text(&map.schema);
        let to = self.applier.filters.rewrite(&db, self.style());
        if to != db {
            map.schema = to.as_bytes().to_vec().into();
        }
        map
    }
}

/// Database and table of a recorded trigger.
fn trigger_table(
    catalog: &Catalog,
    trigger: &ObjectName,
    context: &StatementContext,
) -> Option<(String, String)> {
    let db = trigger.db.as_deref().unwrap_or(&context.default_db);
    let key = understudy_storage::ObjectName {
        kind: ObjectKind::Trigger,
        db: context.fold_name(db),
        name: trigger.name.to_lowercase(),
    };
    let object = catalog.object(&key)?;
    let (_, table) = object.attributes.iter().find(|(name, _)| name == "table")?;
    let (db, table) = table.split_once('.')?;
    Some((db.to_owned(), table.to_owned()))
}
