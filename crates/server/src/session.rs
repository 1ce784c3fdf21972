//! A session: everything that belongs to one connection beside its socket.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use understudy_base::error::MysqlError;
use understudy_sql::context::{Dialect, ParseContext, SqlMode};
use understudy_values::charset::{Collation, Server};
use understudy_values::types::CollationId;
use understudy_wire::capabilities::{Capabilities, StatusFlags};

use crate::accounts::{Account, Peer};
use crate::diagnostics::{Diagnostics, Level};
use crate::eval::Val;
use crate::gtid::SessionGtid;
use crate::prepared::Prepared;
use crate::processes::Process;
use crate::result::RowForm;
use crate::shared::Shared;
use crate::variables::SessionVariables;

/// Whose collations and grammar sessions use: those of the version that this server claims to be.
pub const FAMILY: Server = Server::MySql8;
/// Version as in versioned comments.
pub const VERSION_NUMBER: u32 = 90_700;

/// A session.
pub struct Session {
    /// What all sessions share.
    pub shared: Arc<Shared>,
    /// This connection as others see it.
    pub process: Arc<Process>,
    /// Where the client is.
    pub peer: Peer,
    /// Name the client gave.
    pub user: String,
    /// Account that it is.
    pub account: Account,
    /// Capabilities of the connection.
    pub capabilities: Capabilities,
    /// Cipher, if the connection uses TLS.
    pub tls_cipher: Option<String>,
    /// Current database.
    pub database: Option<String>,
    /// System variables.
    pub variables: SessionVariables,
    /// User variables; names are folded to lower case.
    pub user_variables: HashMap<String, Val>,
    /// Warnings of the last statement.
    pub diagnostics: Diagnostics,
    /// Prepared statements of the protocol.
    pub prepared: HashMap<u32, Prepared>,
    /// Number of the last one.
    pub last_statement_id: u32,
    /// Prepared statements by name (PREPARE).
    pub named: HashMap<String, Vec<u8>>,
    /// Multi-statements are allowed.
    pub multi_statements: bool,
    /// More results of this command follow.
    pub more_results: bool,
    /// Rows of the last SELECT (FOUND_ROWS()).
    pub found_rows: u64,
    /// `GTID_NEXT`, and the transaction it is for.
    pub gtid: SessionGtid,
    /// When the running SELECT has run for `max_execution_time`.
    pub deadline: Option<Instant>,
}

/// Largest number of prepared statements of one session.
pub const MAX_PREPARED: usize = 16_382;

impl Session {
    /// Status flags of OK and EOF packets.
    pub fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::default();
        if self.variables.is_on("autocommit") {
            status = status | StatusFlags::AUTOCOMMIT;
        }
        if self.sql_mode().has(SqlMode::NO_BACKSLASH_ESCAPES) {
            status = status | StatusFlags::NO_BACKSLASH_ESCAPES;
        }
        if self.gtid.in_transaction {
            status = status | StatusFlags::IN_TRANS;
        }
        if self.more_results {
            status = status | StatusFlags::MORE_RESULTS;
        }
        status
    }

    /// `sql_mode` as bits.
    pub fn sql_mode(&self) -> SqlMode {
        let text = self.variables.text("sql_mode");
        crate::variables::sql_mode::parse(&text).unwrap_or_default()
    }

    /// The collation whose name a variable holds.
    pub fn collation(&self, variable: &str) -> CollationId {
        let name = self.variables.text(variable);
        Collation::by_name(&name, FAMILY)
            .map_or(CollationId::UTF8MB4_0900_AI_CI, |c| CollationId(c.id))
    }

    /// `character_set_results` as a collation; `None` when results are not converted.
    pub fn results(&self) -> Option<CollationId> {
        let name = self.variables.text("character_set_results");
        if name.is_empty() || name == "NULL" {
            return None;
        }
        let connection = self.collation("collation_connection");
        let same = Collation::by_id(connection).is_ok_and(|c| c.charset().name == name);
        if same {
            return Some(connection);
        }
        understudy_values::charset::Charset::by_name(&name).map(|c| c.default_collation(FAMILY))
    }

    /// How statements of this session are parsed.
    pub fn parse_context(&self) -> ParseContext {
        let name = self.variables.text("character_set_client");
        let charset = understudy_values::charset::Charset::by_name(&name);
        ParseContext {
            sql_mode: self.sql_mode(),
            dialect: Dialect::mysql(VERSION_NUMBER),
            charset: charset.map_or(CollationId::UTF8MB4_0900_AI_CI, |c| {
                c.default_collation(FAMILY)
            }),
        }
    }

    /// In which form rows are sent now.
    pub fn row_form(&self, binary: bool) -> RowForm {
        RowForm {
            binary,
            capabilities: self.capabilities,
            results: self.results(),
            status: self.status(),
            warnings: self.diagnostics.count(),
        }
    }

    /// Adds a warning.
    pub fn warn(&mut self, level: Level, errno: u16, message: impl Into<String>) {
        self.diagnostics
            .push(level, MysqlError::new(errno, message));
    }

    /// The database a name without one belongs to.
    pub fn database_or(&self, named: Option<&str>) -> Result<String, MysqlError> {
        named
            .map(str::to_owned)
            .or_else(|| self.database.clone())
            .ok_or_else(|| MysqlError::new(1046, "No database selected"))
    }

    /// Sets the current database, which must exist.
    pub fn use_database(&mut self, name: &str) -> Result<(), MysqlError> {
        let snapshot = self.shared.store.snapshot();
        let found = snapshot.catalog().database(name).map(|d| d.name.clone());
        let virtual_name = ["information_schema", "performance_schema"]
            .into_iter()
            .find(|v| v.eq_ignore_ascii_case(name));
        let Some(database) = found.or_else(|| virtual_name.map(str::to_owned)) else {
            return Err(MysqlError::new(1049, format!("Unknown database '{name}'")));
        };
        if virtual_name.is_none() && !self.may_see(&database) {
            let message = format!(
                "Access denied for user {} to database '{database}'",
                self.account.quoted()
            );
            return Err(MysqlError::new(1044, message));
        }
        self.database = Some(database.clone());
        self.process.update(|a| a.database = Some(database));
        Ok(())
    }

    /// The account has any privilege on the database.
    pub fn may_see(&self, database: &str) -> bool {
        self.account.grants.iter().any(|grant| {
            !grant.privileges.is_empty()
                && match &grant.database {
                    None => grant.privileges.iter().any(|p| p != "USAGE"),
                    Some(pattern) => crate::like::matches(database, pattern),
                }
        })
    }

    /// The account must have one of these global privileges.
    pub fn require(&self, privileges: &[&str]) -> Result<(), MysqlError> {
        if privileges.iter().any(|p| self.account.has_global(p)) {
            return Ok(());
        }
        let message = format!(
            "Access denied; you need (at least one of) the {} privilege(s) for this operation",
            privileges.join(" or ")
        );
        Err(MysqlError::new(1227, message))
    }

    /// Back to the state after login (COM_RESET_CONNECTION, COM_CHANGE_USER).
    pub fn reset(&mut self) {
        self.variables = self.shared.globals.new_session();
        self.user_variables.clear();
        self.prepared.clear();
        self.named.clear();
        self.diagnostics.clear();
        self.more_results = false;
        self.found_rows = 0;
        self.shared.gtids.release(self.process.id);
        self.gtid = SessionGtid::default();
        self.deadline = None;
    }

    /// Sets the three character sets of the connection, as SET NAMES.
    pub fn set_names(&mut self, collation: CollationId) {
        let Ok(collation) = Collation::by_id(collation) else {
            return;
        };
        let charset = collation.charset().name;
        for name in [
            "character_set_client",
            "character_set_connection",
            "character_set_results",
        ] {
            self.variables.put(name, charset.to_owned());
        }
        let name = collation.name_for(FAMILY);
        self.variables.put("collation_connection", name);
    }
}
