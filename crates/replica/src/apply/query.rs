//! Query events: the frame of a transaction, DDL, and what has no effect here.
//!
//! Statements are parsed with the sql_mode and character set of their own event (T18). What a statement does
//! is decided by its kind, one arm each: executed, without effect here (counted as filtered), or an error
//! that stops the applier and names the statement.

use super::{Done, INFLATE_LIMIT, Run, decode_error};
use crate::error::ApplyError;
use crate::ledger::Reason;
use understudy_base::error::MysqlError;
use understudy_binlog::events::QueryEvent;
use understudy_binlog::events::status_variables::SessionVariables;
use understudy_binlog::header::EventHeader;
use understudy_exec::ddl::{self, StatementContext};
use understudy_sql::ast::{ObjectName, Statement, Xa, Xid};
use understudy_storage::schema::IndexKind;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::CollationId;

/// `OPTION_NO_FOREIGN_KEY_CHECKS` in flags2.
const NO_FOREIGN_KEY_CHECKS: u32 = 1 << 26;

/// How much of a statement an error message shows, bytes.
const SHOWN: usize = 1024;

impl Run {
    /// One query event.
    pub(super) fn query(
        &mut self,
        event: &QueryEvent,
        header: &EventHeader,
        _end_log_pos: u64,
    ) -> Result<Done, ApplyError> {
        let text = event
            .statement(INFLATE_LIMIT)
            .map_err(|e| decode_error(&e))?;
        // The frame of nearly every transaction: not worth a parse.
        if text.eq_ignore_ascii_case(b"BEGIN") || text.eq_ignore_ascii_case(b"COMMIT") {
            return Ok(Done::Applied);
        }
        self.busy(header, "Executing event");
        let db = self.default_database(&event.schema);
        if self.filtered_by_database(&db, &text) {
            return Ok(Done::Filtered);
        }
        let session = event.status.session().map_err(|e| decode_error(&e))?;
        let update_map = session.table_map_for_update;
        let context = self.statement_context(session, header, &db, &text)?;
        let statement = understudy_sql::parser::parse_statement(&text, &context.parse_context())
            .map_err(|e| statement_error(&MysqlError::new(e.errno(), e.message()), &db, &text))?;
        if self.filtered_statement(&statement, &context, update_map) {
            return Ok(Done::Filtered);
        }
        self.applier.state.lock().applying_statement = Some(shown(&text));
        let alone = !self.writer().in_transaction();
        let result = self.execute(&statement, &context, event.error_code);
        self.applier.state.lock().applying_statement = None;
        match result {
            Ok(done) => Ok(done),
            Err(error) if alone && self.skips_statement(&error)? => Ok(Done::Skipped),
            Err(error) => Err(statement_error(&error, &db, &text)),
        }
    }

    fn statement_context(
        &self,
        session: SessionVariables,
        header: &EventHeader,
        db: &str,
        text: &[u8],
    ) -> Result<StatementContext, ApplyError> {
        let mut context = StatementContext::new(self.flavour, db);
        if let Some(code) = session.unknown_code {
            // As the real server does, reading the list ends here (T28).
            tracing::warn!(
                "status variable with unknown code {code} in a Query event; it and what follows is ignored"
            );
        }
        context.timestamp_s = u64::from(header.timestamp_s);
        context.lower_case_table_names = self.applier.options.lower_case_table_names;
        context.text = text.to_vec();
        context.sql_mode = session.sql_mode.unwrap_or(context.sql_mode);
        if let Some(flags2) = session.flags2 {
            context.foreign_key_checks = flags2 & NO_FOREIGN_KEY_CHECKS == 0;
        }
        if let Some((client, connection, server)) = session.charset {
            context.client_collation = self.collation(client);
            context.collation_connection = self.collation(connection);
            context.collation_server = self.collation(server);
        }
        context.default_collation_for_utf8mb4 = session
            .default_collation_for_utf8mb4
            .map(|number| self.collation(number));
        if let Some(pairs) = session.character_set_collations {
            context.character_set_collations = pairs
                .into_iter()
                .map(|(_, to)| self.collation(to))
                .collect();
        }
        if let Some(explicit) = session.explicit_defaults_for_timestamp {
            context.explicit_defaults_for_timestamp = explicit;
        }
        if let Some(zone) = session.time_zone {
            let zone = String::from_utf8_lossy(&zone).into_owned();
            // Guessing another zone would give other values.
            TimeZone::parse(&zone).map_err(|e| ApplyError::new(1298, e.to_string()))?;
            context.time_zone = zone;
        }
        Ok(context)
    }

    /// The collation that the source means by a number.
    fn collation(&self, number: u16) -> CollationId {
        understudy_exec::charsets::collation_by_number(number, self.flavour)
    }

    fn execute(
        &mut self,
        statement: &Statement,
        context: &StatementContext,
        expected: u16,
    ) -> Result<Done, MysqlError> {
        match statement {
            Statement::StartTransaction(_) | Statement::Commit(_) => Ok(Done::Applied),
            Statement::Rollback(_) => {
                self.roll_back = true;
                Ok(Done::Applied)
            }
            Statement::Xa(xa) => self.xa(xa),
            Statement::Savepoint(name) => self.savepoint(name),
            Statement::RollbackToSavepoint(name) => self.rollback_to_savepoint(name),
            Statement::ReleaseSavepoint(name) => self.release_savepoint(name),
            other if self.applier.requirements.row_format && is_statement_format(other) => {
                Err(MysqlError::new(3944, NOT_ROW_FORMAT))
            }
            Statement::Select(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Call(_)
            | Statement::Do(_)
            | Statement::Load(_) => Err(unsupported(
                "a statement-format change; set binlog_format=ROW on the source",
            )),
            // All that has, or could have, an effect on definitions is listed there, and nowhere else.
            other => self.ddl(other, context, expected),
        }
    }

    fn ddl(
        &mut self,
        statement: &Statement,
        context: &StatementContext,
        expected: u16,
    ) -> Result<Done, MysqlError> {
        let keyed = self.keyed_table(statement, context);
        let outcome = ddl::execute(self.writer(), statement, context)?;
        if keyed && !self.keeps_primary_key(statement, context) {
            return Err(MysqlError::new(3750, NO_PRIMARY_KEY));
        }
        for note in &outcome.notes {
            tracing::debug!("{note}");
        }
        self.count_statement(&outcome);
        match outcome.error {
            // It ended so on the source too, after having had effect (DROP TABLE of several).
            Some(error) if u32::from(error.errno) != u32::from(expected) => Err(error),
            Some(_) | None if outcome.ignored.is_some() => Ok(Done::Filtered),
            Some(_) | None => Ok(Done::Applied),
        }
    }

    /// Counts what was recorded or passed over by kind: it shows in SHOW STATUS.
    fn count_statement(&mut self, outcome: &ddl::DdlOutcome) {
        let ledger = &self.applier.state.ledger;
        if let Some(kind) = outcome.recorded {
            self.tally.note(Reason::recorded(ledger.statement(kind)));
        }
        if let Some(kind) = outcome.ignored {
            self.tally.note(Reason::ignored(ledger.statement(kind)));
        }
    }

    fn xa(&mut self, xa: &Xa) -> Result<Done, MysqlError> {
        let as_mysql = |e: ApplyError| MysqlError::new(e.errno, e.message);
        match xa {
            Xa::Start { .. } => self.xa_start(),
            Xa::End { .. } => {}
            Xa::Commit { xid, .. } => self.xa_commit(&xid_text(xid)).map_err(as_mysql)?,
            Xa::Rollback(xid) => self.xa_rollback(&xid_text(xid)).map_err(as_mysql)?,
            Xa::Prepare(_) => return Err(unsupported("XA PREPARE as a statement")),
            Xa::Recover { .. } => return Err(unsupported("XA RECOVER in a binary log")),
        }
        Ok(Done::Applied)
    }
}

/// ER_CLIENT_QUERY_FAILURE_INVALID_NON_ROW_FORMAT
pub(super) const NOT_ROW_FORMAT: &str =
    "The query does not comply with variable require_row_format restrictions.";

/// ER_TABLE_WITHOUT_PK
const NO_PRIMARY_KEY: &str = "Unable to create or change a table without a primary key, when the system variable 'sql_require_primary_key' is \
     set. Add a primary key to the table or unset this variable to avoid this message. Note that tables without a \
     primary key can cause performance problems in row-based replication, so please consult your DBA before changing \
     this setting.";

impl Run {
    /// Whether REQUIRE_TABLE_PRIMARY_KEY_CHECK=ON asks what a statement leaves: a new table, or one that has a
    /// primary key.
    fn keyed_table(&mut self, statement: &Statement, context: &StatementContext) -> bool {
        if !self.applier.requirements.primary_key {
            return false;
        }
        match statement {
            Statement::CreateTable(create) => {
                !create.temporary && self.primary_key(&create.name, context).is_none()
            }
            Statement::AlterTable(alter) => self.primary_key(&alter.table, context) == Some(true),
            _ => false,
        }
    }

    fn keeps_primary_key(&mut self, statement: &Statement, context: &StatementContext) -> bool {
        let table = match statement {
            Statement::CreateTable(create) => &create.name,
            Statement::AlterTable(alter) => &alter.table,
            _ => return true,
        };
        // One that is gone was renamed, and with it its key.
        self.primary_key(table, context) != Some(false)
    }

    /// Whether a table has a primary key; `None` when there is no such table.
    fn primary_key(&mut self, name: &ObjectName, context: &StatementContext) -> Option<bool> {
        let db = context.fold_name(name.db.as_deref().unwrap_or(&context.default_db));
        let table = context.fold_name(&name.name);
        let catalog = self.writer().catalog().clone();
        let table = catalog.table(&db, &table)?;
        let keys = &table.def().indexes;
        Some(keys.iter().any(|key| key.kind == IndexKind::Primary))
    }
}

/// Statements that REQUIRE_ROW_FORMAT does not let through: those that change rows, and temporary tables.
fn is_statement_format(statement: &Statement) -> bool {
    match statement {
        Statement::Select(_)
        | Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Call(_)
        | Statement::Do(_)
        | Statement::Load(_) => true,
        Statement::CreateTable(create) => create.temporary,
        Statement::DropTable(drop) => drop.temporary,
        _ => false,
    }
}

/// An XA id in one spelling: `X'..',X'..',n` in lower-case hexadecimal, as in the binary log.
fn xid_text(xid: &Xid) -> String {
    let bqual = xid.bqual.as_ref().map_or(&[][..], |b| b.bytes.as_ref());
    super::xa::xid_text(xid.gtrid.bytes.as_ref(), bqual, xid.format.unwrap_or(1))
}

pub(super) fn unsupported(what: &str) -> MysqlError {
    MysqlError::new(
        1235,
        format!("This version of Understudy doesn't yet support '{what}'"),
    )
}

/// A statement as error messages show it.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(SHOWN)]).into_owned()
}

/// As Last_SQL_Error shows a failed statement.
fn statement_error(error: &MysqlError, db: &str, text: &[u8]) -> ApplyError {
    ApplyError::new(
        error.errno,
        format!(
            "Error '{}' on query. Default database: '{db}'. Query: '{}'",
            error.message,
            shown(text)
        ),
    )
}
