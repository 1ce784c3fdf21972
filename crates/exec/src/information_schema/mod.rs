//! `information_schema` and the data of SHOW statements, as MySQL 9.7 shapes them.
//!
//! A [`VirtualTable`] is made from the snapshot's catalog when a query opens it; the SELECT executor reads it
//! like any table. The SHOW functions in [`show`] give the same kind of table under the column names that the
//! SHOW statement has; [`show::stream`] filters one by LIKE or WHERE and makes a result set of it.
//!
//! Columns are described by the definition's own flavour (`int(11)` for a table of a MySQL 5.6 source).

mod columns;
mod constraints;
mod engines;
mod schemata;
pub mod show;
mod statistics;
mod tables;
mod virtual_table;

pub use virtual_table::{Cell, VirtualTable};

use understudy_base::error::MysqlError;
use understudy_storage::Snapshot;

use crate::errors;
use crate::select::SessionContext;

/// Opens a table of `information_schema` by its name, any case; 1109 when unknown.
pub fn open(
    snapshot: &Snapshot,
    name: &str,
    session: &SessionContext<'_>,
) -> Result<VirtualTable, MysqlError> {
    let upper = name.to_ascii_uppercase();
    if let Some(table) = session
        .variables
        .virtual_table("information_schema", &upper)
    {
        return table;
    }
    let catalog = snapshot.catalog();
    match upper.as_str() {
        "SCHEMATA" => Ok(schemata::schemata(catalog)),
        "TABLES" => tables::tables(snapshot, session),
        "COLUMNS" => Ok(columns::columns(catalog, &session.time_zone)),
        "STATISTICS" => Ok(statistics::statistics(catalog)),
        "KEY_COLUMN_USAGE" => Ok(constraints::key_column_usage(catalog)),
        "TABLE_CONSTRAINTS" => Ok(constraints::table_constraints(catalog)),
        "REFERENTIAL_CONSTRAINTS" => Ok(constraints::referential_constraints(catalog)),
        "ENGINES" => Ok(engines::engines()),
        "CHARACTER_SETS" => Ok(schemata::character_sets(session.flavour)),
        "COLLATIONS" => Ok(schemata::collations(session.flavour)),
        _ if KNOWN.contains(&upper.as_str()) => {
            Err(errors::unsupported(format!("information_schema.{upper}")))
        }
        _ => Err(MysqlError::new(
            1109,
            format!("Unknown table '{upper}' in information_schema"),
        )),
    }
}

/// Tables that a real server has and that are not served yet: an explicit error instead of "unknown".
const KNOWN: &[&str] = &[
    "VIEWS",
    "ROUTINES",
    "TRIGGERS",
    "EVENTS",
    "PARAMETERS",
    "PARTITIONS",
    "PROCESSLIST",
    "PLUGINS",
    "CHECK_CONSTRAINTS",
    "FILES",
    "USER_PRIVILEGES",
    "SCHEMA_PRIVILEGES",
    "TABLE_PRIVILEGES",
    "COLUMN_PRIVILEGES",
    "COLUMN_STATISTICS",
    "COLLATION_CHARACTER_SET_APPLICABILITY",
    "INNODB_TABLES",
    "INNODB_TRX",
    "KEYWORDS",
    "OPTIMIZER_TRACE",
    "PROFILING",
    "RESOURCE_GROUPS",
    "ST_GEOMETRY_COLUMNS",
    "TABLESPACES",
    "TABLES_EXTENSIONS",
    "VIEW_TABLE_USAGE",
];
