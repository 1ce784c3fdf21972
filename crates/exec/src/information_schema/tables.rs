//! TABLES.

use understudy_base::error::MysqlError;
use understudy_storage::{Catalog, ObjectKind, Snapshot, Table};
use understudy_values::types::ColumnType;

use super::described;
use super::virtual_table::{Cell, VirtualTable};
use crate::select::SessionContext;
use crate::{charsets, errors};

/// TABLES: stored tables, recorded views, and the tables of `information_schema` that are served.
///
/// Row counts and sizes are those of an empty table's estimate: 0, as an engine without statistics says.
pub(super) fn tables(
    snapshot: &Snapshot,
    _session: &SessionContext<'_>,
) -> Result<VirtualTable, MysqlError> {
    let datetime = ColumnType::DateTime { fsp: 0, old: false };
    let mut out = VirtualTable::new(
        "TABLES",
        vec![
            ("TABLE_CATALOG", VirtualTable::text(64)),
            ("TABLE_SCHEMA", VirtualTable::name_type()),
            ("TABLE_NAME", VirtualTable::name_type()),
            ("TABLE_TYPE", VirtualTable::text(11)),
            ("ENGINE", VirtualTable::text(64)),
            ("VERSION", VirtualTable::number()),
            ("ROW_FORMAT", VirtualTable::text(10)),
            ("TABLE_ROWS", VirtualTable::number()),
            ("AVG_ROW_LENGTH", VirtualTable::number()),
            ("DATA_LENGTH", VirtualTable::number()),
            ("MAX_DATA_LENGTH", VirtualTable::number()),
            ("INDEX_LENGTH", VirtualTable::number()),
            ("DATA_FREE", VirtualTable::number()),
            ("AUTO_INCREMENT", VirtualTable::number()),
            ("CREATE_TIME", datetime.clone()),
            ("UPDATE_TIME", datetime.clone()),
            ("CHECK_TIME", datetime),
            ("TABLE_COLLATION", VirtualTable::text(64)),
            ("CHECKSUM", VirtualTable::number()),
            ("CREATE_OPTIONS", VirtualTable::text(256)),
            ("TABLE_COMMENT", VirtualTable::text(2048)),
        ],
    );
    for table in described(snapshot.catalog()) {
        let mut row: Vec<Cell> = vec!["def".into(), table.db.as_str().into()];
        row.extend(status(snapshot, table, true)?);
        out.push(row);
    }
    for object in snapshot.catalog().objects() {
        if object.name.kind == ObjectKind::View {
            let mut row: Vec<Cell> = vec![
                "def".into(),
                object.name.db.as_str().into(),
                object.name.name.as_str().into(),
                "VIEW".into(),
            ];
            row.resize(20, Cell::Null);
            row.push("VIEW".into());
            out.push(row);
        }
    }
    Ok(out)
}

/// PARTITIONS: the one row of each table without partitions; an error while a table has some.
pub(super) fn partitions(catalog: &Catalog) -> Result<VirtualTable, MysqlError> {
    let mut out = VirtualTable::recorded("PARTITIONS");
    let sizes = out.position("TABLE_ROWS");
    let comment = out.position("PARTITION_COMMENT");
    for table in described(catalog) {
        if table.partitioning.is_some() {
            let what = "information_schema.PARTITIONS of partitioned tables";
            return Err(errors::unsupported(what));
        }
        let mut row: Vec<Cell> = vec![
            "def".into(),
            table.db.as_str().into(),
            table.name.as_str().into(),
        ];
        row.resize(sizes, Cell::Null);
        row.resize(sizes + 6, Cell::Number(0));
        row.resize(comment, Cell::Null);
        row.extend(["", ""].map(Cell::from));
        out.push(row);
    }
    Ok(out)
}

/// What SHOW TABLE STATUS and TABLES say of a table, from its name on.
pub(super) fn status(
    snapshot: &Snapshot,
    table: &Table,
    with_type: bool,
) -> Result<Vec<Cell>, MysqlError> {
    let next = snapshot.auto_increment(table).map_err(errors::store)?;
    let has_counter = table.columns.iter().any(|c| c.auto_increment);
    let zero = || Cell::Number(0);
    let mut row: Vec<Cell> = vec![table.name.as_str().into()];
    if with_type {
        row.push("BASE TABLE".into());
    }
    row.extend([
        table.engine.as_str().into(),
        Cell::Number(10),
        row_format(table).into(),
        zero(),
        zero(),
        zero(),
        zero(),
        zero(),
        zero(),
        has_counter.then_some(next.max(1)).into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        charsets::collation_name(table.collation, table.flavour).into(),
        Cell::Null,
        create_options(table).into(),
        table.comment.as_str().into(),
    ]);
    Ok(row)
}

fn row_format(table: &Table) -> String {
    let written = table
        .options
        .iter()
        .find_map(|o| o.strip_prefix("ROW_FORMAT="));
    match written {
        Some(format) => {
            let mut text = format.to_lowercase();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
        None if !table.flavour.mariadb && table.flavour.version < 50700 => "Compact".to_owned(),
        None => "Dynamic".to_owned(),
    }
}

fn create_options(table: &Table) -> String {
    let mut options: Vec<String> = table
        .options
        .iter()
        .filter(|o| !o.starts_with("/*"))
        .map(|o| match o.split_once('=') {
            Some((name, value)) => format!("{}={value}", name.to_lowercase()),
            None => o.to_lowercase(),
        })
        .collect();
    if table.partitioning.is_some() {
        options.push("partitioned".to_owned());
    }
    options.join(" ")
}
