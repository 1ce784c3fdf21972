//! What a query takes from the session.

use understudy_base::error::MysqlError;
use understudy_sql::ast::VariableScope;
use understudy_storage::schema::Flavour;
use understudy_values::temporal::Timestamp;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::CollationId;

use crate::datum::Datum;
use crate::eval::time_part;
use crate::information_schema::VirtualTable;

/// Variables of the session and the server, and functions that need the server.
pub trait Variables {
    /// `@@[scope.][component.]name`; 1193 when unknown.
    fn system(
        &self,
        scope: Option<VariableScope>,
        component: Option<&str>,
        name: &str,
    ) -> Result<Datum, MysqlError>;

    /// `@name`; NULL when not set.
    fn user(&self, name: &str) -> Datum;

    /// A function that only the server can answer (`MASTER_POS_WAIT`, `GET_LOCK`, ...), its arguments
    /// constant; `None` when it knows no function of that (lower-case) name.
    fn function(&self, name: &str, arguments: &[Datum]) -> Option<Result<Datum, MysqlError>> {
        let _ = (name, arguments);
        None
    }

    /// A table of `schema` (`information_schema`, upper-case name) that the server makes itself, such as
    /// PROCESSLIST; `None` when it has none of that name.
    fn virtual_table(&self, schema: &str, name: &str) -> Option<Result<VirtualTable, MysqlError>> {
        let _ = (schema, name);
        None
    }
}

/// No variables at all: for tests and internal queries.
#[derive(Clone, Copy, Debug)]
pub struct NoVariables;

impl Variables for NoVariables {
    fn system(
        &self,
        _scope: Option<VariableScope>,
        _component: Option<&str>,
        name: &str,
    ) -> Result<Datum, MysqlError> {
        Err(MysqlError::new(
            1193,
            format!("Unknown system variable '{name}'"),
        ))
    }

    fn user(&self, _name: &str) -> Datum {
        Datum::Null
    }
}

/// Settings and identity of the session that asks.
pub struct SessionContext<'a> {
    /// Default database; empty when none.
    pub default_db: &'a str,
    /// `USER()`: `name@host` of the connection.
    pub user: &'a str,
    /// `CURRENT_USER()`: the account.
    pub current_user: &'a str,
    /// `CONNECTION_ID()`
    pub connection_id: u64,
    /// `VERSION()`
    pub version: &'a str,
    /// Flavour and version that the server presents itself as.
    pub flavour: Flavour,
    /// Time of the statement.
    pub now: Timestamp,
    /// `@@time_zone`
    pub time_zone: TimeZone,
    /// `@@sql_mode`
    pub sql_mode: u64,
    /// `@@character_set_client`, as a collation.
    pub client_collation: CollationId,
    /// `@@collation_connection`
    pub connection_collation: CollationId,
    /// Collation of `@@character_set_results`; `None` when results are not converted.
    pub results_collation: Option<CollationId>,
    /// `@@lower_case_table_names`
    pub lower_case_table_names: u8,
    /// `LAST_INSERT_ID()`
    pub last_insert_id: u64,
    /// `ROW_COUNT()`
    pub row_count: i64,
    /// `FOUND_ROWS()`
    pub found_rows: u64,
    /// `@@sql_select_limit`, when it is not the default.
    pub select_limit: Option<u64>,
    /// Bytes that a sort or a group may hold.
    pub memory_limit: usize,
    /// Variables.
    pub variables: &'a dyn Variables,
}

impl<'a> SessionContext<'a> {
    /// A session with defaults, in UTC and utf8mb4.
    pub fn new(flavour: Flavour, default_db: &'a str, variables: &'a dyn Variables) -> Self {
        SessionContext {
            default_db,
            user: "root@localhost",
            current_user: "root@localhost",
            connection_id: 0,
            version: "",
            flavour,
            now: Timestamp::default(),
            time_zone: TimeZone::UTC,
            sql_mode: 0,
            client_collation: CollationId::UTF8MB4_GENERAL_CI,
            connection_collation: CollationId::UTF8MB4_GENERAL_CI,
            results_collation: Some(CollationId::UTF8MB4_GENERAL_CI),
            lower_case_table_names: 0,
            last_insert_id: 0,
            row_count: -1,
            found_rows: 0,
            select_limit: None,
            memory_limit: 256 << 20,
            variables,
        }
    }

    /// A database or table name as the catalog keeps it.
    pub(crate) fn fold_name(&self, name: &str) -> String {
        if self.lower_case_table_names == 0 {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }
}

/// Functions whose value the session gives; `None` for others.
pub(crate) fn session_function(
    session: &SessionContext<'_>,
    name: &str,
    arguments: &[Datum],
) -> Result<Option<Datum>, MysqlError> {
    let lower = name.to_ascii_lowercase();
    let fsp = arguments
        .first()
        .and_then(|d| u8::try_from(d.to_i128()).ok())
        .unwrap_or(0)
        .min(6);
    let local = |zone: &TimeZone| {
        let unit = 10u32.pow(6u32.saturating_sub(fsp.into()));
        let mut value = zone.to_local(session.now);
        value.micros = value.micros / unit * unit;
        value
    };
    let own = || local(&session.time_zone);
    let value = match lower.as_str() {
        "version" => Datum::text(session.version),
        "database" | "schema" if session.default_db.is_empty() => Datum::Null,
        "database" | "schema" => Datum::text(session.default_db),
        "user" | "session_user" | "system_user" => Datum::text(session.user),
        "current_user" => Datum::text(session.current_user),
        "current_role" => Datum::text("NONE"),
        "connection_id" => Datum::UInt(session.connection_id),
        "last_insert_id" if arguments.is_empty() => Datum::UInt(session.last_insert_id),
        "row_count" => Datum::Int(session.row_count),
        "found_rows" => Datum::UInt(session.found_rows),
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" => {
            Datum::DateTime(own(), fsp)
        }
        "utc_timestamp" => Datum::DateTime(local(&TimeZone::UTC), fsp),
        "curdate" | "current_date" => Datum::Date(own().date),
        "utc_date" => Datum::Date(local(&TimeZone::UTC).date),
        "curtime" | "current_time" => Datum::Time(time_part(own()), fsp),
        "utc_time" => Datum::Time(time_part(local(&TimeZone::UTC)), fsp),
        "unix_timestamp" if arguments.is_empty() => Datum::Int(session.now.seconds.into()),
        "pi" => Datum::Double(std::f64::consts::PI),
        _ => return session.variables.function(&lower, arguments).transpose(),
    };
    Ok(Some(value))
}
