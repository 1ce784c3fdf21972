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
mod layout;
mod schemata;
pub mod show;
mod statistics;
mod tables;
mod virtual_table;

pub use layout::{Layout, find as layout};
pub use virtual_table::{Cell, VirtualTable};

use std::sync::Arc;
use understudy_base::error::MysqlError;
use understudy_storage::{Catalog, ObjectKind, Snapshot, Table};

use crate::errors;
use crate::select::SessionContext;
use crate::system_tables;

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
        "CHECK_CONSTRAINTS" => Ok(constraints::check_constraints(catalog)),
        "PARTITIONS" => tables::partitions(catalog),
        "COLLATION_CHARACTER_SET_APPLICABILITY" => {
            Ok(schemata::collation_applicability(session.flavour))
        }
        "VIEWS" => none_of(catalog, "VIEWS", &[ObjectKind::View]),
        "VIEW_TABLE_USAGE" => none_of(catalog, "VIEW_TABLE_USAGE", &[ObjectKind::View]),
        "VIEW_ROUTINE_USAGE" => none_of(catalog, "VIEW_ROUTINE_USAGE", &[ObjectKind::View]),
        "TRIGGERS" => none_of(catalog, "TRIGGERS", &[ObjectKind::Trigger]),
        "EVENTS" => none_of(catalog, "EVENTS", &[ObjectKind::Event]),
        "ROUTINES" => none_of(catalog, "ROUTINES", ROUTINES),
        "PARAMETERS" => none_of(catalog, "PARAMETERS", ROUTINES),
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

/// Every table with a definition: those of the catalog, and those that the server fills.
fn described(catalog: &Catalog) -> impl Iterator<Item = &Arc<Table>> {
    catalog
        .tables()
        .chain(system_tables::all().map(|filled| &filled.table))
}

/// Whether a real server makes a table of `information_schema` as a view, rather than by itself: a query has
/// the view's spelling of a column in its heading.
pub(crate) fn is_view(name: &str) -> bool {
    !matches!(
        name,
        "COLUMN_PRIVILEGES"
            | "ENGINES"
            | "PLUGINS"
            | "PROCESSLIST"
            | "PROFILING"
            | "SCHEMA_PRIVILEGES"
            | "TABLE_PRIVILEGES"
            | "USER_PRIVILEGES"
    )
}

const ROUTINES: &[ObjectKind] = &[
    ObjectKind::Procedure,
    ObjectKind::Function,
    ObjectKind::Package,
];

/// A table without rows while no object of `kinds` is recorded, an error that names the table otherwise.
fn none_of(
    catalog: &Catalog,
    key: &'static str,
    kinds: &[ObjectKind],
) -> Result<VirtualTable, MysqlError> {
    if catalog.objects().any(|o| kinds.contains(&o.name.kind)) {
        let what = format!("information_schema.{key} of recorded objects");
        return Err(errors::unsupported(what));
    }
    Ok(VirtualTable::recorded(key))
}

/// Tables that a real server has and that are not served yet: an explicit error instead of "unknown".
const KNOWN: &[&str] = &[
    "PROCESSLIST",
    "PLUGINS",
    "FILES",
    "USER_PRIVILEGES",
    "SCHEMA_PRIVILEGES",
    "TABLE_PRIVILEGES",
    "COLUMN_PRIVILEGES",
    "COLUMN_STATISTICS",
    "INNODB_TABLES",
    "INNODB_TRX",
    "KEYWORDS",
    "OPTIMIZER_TRACE",
    "PROFILING",
    "RESOURCE_GROUPS",
    "ST_GEOMETRY_COLUMNS",
    "TABLESPACES",
    "TABLES_EXTENSIONS",
];
