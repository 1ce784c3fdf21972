//! What a statement was executed under on the source.

use understudy_sql::context::{Dialect, ParseContext, SqlMode};
use understudy_storage::schema::Flavour;
use understudy_values::charset::Charset;
use understudy_values::types::CollationId;

use crate::charsets;

/// Everything outside a statement's text that decides what it does: from the Query event's status variables
/// and the source's version, or from the session for local statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementContext {
    /// Flavour and version of the source.
    pub flavour: Flavour,
    /// `sql_mode` bits as in Query events.
    pub sql_mode: u64,
    /// Default database; empty when none.
    pub default_db: String,
    /// `character_set_client`, as a collation number.
    pub client_collation: CollationId,
    /// `collation_connection`
    pub collation_connection: CollationId,
    /// `collation_server`: default of new databases.
    pub collation_server: CollationId,
    /// `default_collation_for_utf8mb4` (MySQL 8), when the event carries it.
    pub default_collation_for_utf8mb4: Option<CollationId>,
    /// MariaDB's `character_set_collations`: collations that replace their character set's default.
    pub character_set_collations: Vec<CollationId>,
    /// `explicit_defaults_for_timestamp`
    pub explicit_defaults_for_timestamp: bool,
    /// `foreign_key_checks`
    pub foreign_key_checks: bool,
    /// Seconds since the epoch of the statement.
    pub timestamp_s: u64,
    /// Microseconds of it.
    pub timestamp_us: u32,
    /// `time_zone` of the session, as in the event; empty for SYSTEM.
    pub time_zone: String,
    /// Engine of tables that name none.
    pub default_storage_engine: String,
    /// `lower_case_table_names` of the source.
    pub lower_case_table_names: u8,
    /// The statement's bytes in the client's character set, kept for views, routines and accounts.
    pub text: Vec<u8>,
}

impl StatementContext {
    /// A context with the defaults of a server of that flavour.
    pub fn new(flavour: Flavour, default_db: &str) -> StatementContext {
        let modern = flavour.version >= if flavour.mariadb { 101000 } else { 80000 };
        let default = |name: &str| {
            Charset::by_name(name).map_or(CollationId::LATIN1_SWEDISH_CI, |charset| {
                charset.default_collation(charsets::server(flavour))
            })
        };
        let server_charset = match (flavour.mariadb, flavour.version) {
            (false, ..80000) | (true, ..110600) => "latin1",
            (false, _) | (true, _) => "utf8mb4",
        };
        StatementContext {
            flavour,
            sql_mode: SqlMode::STRICT_TRANS_TABLES.0,
            default_db: default_db.to_owned(),
            client_collation: default("utf8mb4"),
            collation_connection: default("utf8mb4"),
            collation_server: default(server_charset),
            default_collation_for_utf8mb4: None,
            character_set_collations: Vec::new(),
            explicit_defaults_for_timestamp: modern,
            foreign_key_checks: true,
            timestamp_s: 0,
            timestamp_us: 0,
            time_zone: String::new(),
            default_storage_engine: "InnoDB".to_owned(),
            lower_case_table_names: 0,
            text: Vec::new(),
        }
    }

    /// How the statement's bytes are to be parsed.
    pub fn parse_context(&self) -> ParseContext {
        ParseContext {
            sql_mode: SqlMode(self.sql_mode),
            dialect: Dialect {
                mariadb: self.flavour.mariadb,
                version: self.flavour.version,
            },
            charset: self.client_collation,
        }
    }

    /// A strict mode is in force (for InnoDB either of the two).
    pub fn strict(&self) -> bool {
        let mode = SqlMode(self.sql_mode);
        mode.has(SqlMode::STRICT_TRANS_TABLES) || mode.has(SqlMode::STRICT_ALL_TABLES)
    }

    /// Collation of a character set that is named without one.
    pub fn default_collation(&self, charset: &Charset) -> CollationId {
        if charset.name == "utf8mb4"
            && let Some(collation) = self.default_collation_for_utf8mb4
        {
            return collation;
        }
        let own = charset.default_collation(charsets::server(self.flavour));
        self.character_set_collations
            .iter()
            .copied()
            .find(|c| charsets::same_charset(*c, own))
            .unwrap_or(own)
    }

    /// A database or table name as the catalog keeps it.
    pub fn fold_name(&self, name: &str) -> String {
        if self.lower_case_table_names == 0 {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }
}
