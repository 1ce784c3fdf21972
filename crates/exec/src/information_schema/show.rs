//! Data of SHOW DATABASES, TABLES, TABLE STATUS, COLUMNS, INDEX, ENGINES, CHARACTER SET, COLLATION.
//!
//! Each function gives the whole table; [`stream`] filters it by LIKE or WHERE and makes the result set.

use understudy_base::error::MysqlError;
use understudy_sql::ast::Expr;
use understudy_storage::{ObjectKind, Snapshot};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::ColumnType;

use super::virtual_table::{Cell, VirtualTable};
use super::{columns, engines, schemata, statistics, tables};
use crate::datum::Datum;
use crate::errors;
use crate::eval::{Binder, Row, ScopeColumn, like_text};
use crate::select::{RowStream, SessionContext, result_column};
use crate::system_tables;

/// SHOW DATABASES
pub fn databases(snapshot: &Snapshot) -> VirtualTable {
    let mut out = VirtualTable::shown(
        "SHOW DATABASES",
        vec![("Database", VirtualTable::name_type())],
    );
    let mut names: Vec<&str> = snapshot
        .catalog()
        .databases()
        .map(|d| d.name.as_str())
        .collect();
    names.push("information_schema");
    names.sort_unstable();
    for name in names {
        out.push(vec![name.into()]);
    }
    out
}

/// SHOW \[FULL\] TABLES; the first column's name is `Tables_in_db`, which the caller puts into the metadata.
pub fn tables(snapshot: &Snapshot, db: &str, full: bool) -> Result<VirtualTable, MysqlError> {
    known_database(snapshot, db)?;
    let mut columns = vec![("Tables_in_db", VirtualTable::name_type())];
    if full {
        columns.push(("Table_type", VirtualTable::text(11)));
    }
    let key = if full {
        "SHOW FULL TABLES"
    } else {
        "SHOW TABLES"
    };
    let mut out = VirtualTable::shown(key, columns);
    let mut names: Vec<(&str, &str)> = snapshot
        .catalog()
        .tables_of(db)
        .chain(system_tables::of(db).map(|filled| &filled.table))
        .map(|t| (t.name.as_str(), "BASE TABLE"))
        .collect();
    for object in snapshot.catalog().objects() {
        if object.name.kind == ObjectKind::View && object.name.db == db {
            names.push((&object.name.name, "VIEW"));
        }
    }
    names.sort_unstable();
    for (name, kind) in names {
        let mut row: Vec<Cell> = vec![name.into()];
        if full {
            row.push(kind.into());
        }
        out.push(row);
    }
    Ok(out)
}

/// SHOW TABLE STATUS
pub fn table_status(snapshot: &Snapshot, db: &str) -> Result<VirtualTable, MysqlError> {
    known_database(snapshot, db)?;
    let datetime = || ColumnType::DateTime { fsp: 0, old: false };
    let mut out = VirtualTable::shown(
        "SHOW TABLE STATUS",
        vec![
            ("Name", VirtualTable::name_type()),
            ("Engine", VirtualTable::text(64)),
            ("Version", VirtualTable::number()),
            ("Row_format", VirtualTable::text(10)),
            ("Rows", VirtualTable::number()),
            ("Avg_row_length", VirtualTable::number()),
            ("Data_length", VirtualTable::number()),
            ("Max_data_length", VirtualTable::number()),
            ("Index_length", VirtualTable::number()),
            ("Data_free", VirtualTable::number()),
            ("Auto_increment", VirtualTable::number()),
            ("Create_time", datetime()),
            ("Update_time", datetime()),
            ("Check_time", datetime()),
            ("Collation", VirtualTable::text(64)),
            ("Checksum", VirtualTable::number()),
            ("Create_options", VirtualTable::text(256)),
            ("Comment", VirtualTable::text(2048)),
        ],
    );
    let filled = system_tables::of(db).map(|filled| &filled.table);
    for table in snapshot.catalog().tables_of(db).chain(filled) {
        out.push(tables::status(snapshot, table, false)?);
    }
    for object in snapshot.catalog().objects() {
        if object.name.kind == ObjectKind::View && object.name.db == db {
            let mut row: Vec<Cell> = vec![object.name.name.as_str().into()];
            row.resize(17, Cell::Null);
            row.push("VIEW".into());
            out.push(row);
        }
    }
    Ok(out)
}

/// SHOW \[FULL\] COLUMNS
pub fn columns(
    snapshot: &Snapshot,
    db: &str,
    name: &str,
    full: bool,
    zone: &TimeZone,
) -> Result<VirtualTable, MysqlError> {
    let table = known_table(snapshot, db, name)?;
    let mut names = vec![
        ("Field", VirtualTable::text(64)),
        ("Type", VirtualTable::long_text()),
    ];
    if full {
        names.push(("Collation", VirtualTable::text(64)));
    }
    names.extend([
        ("Null", VirtualTable::text(3)),
        ("Key", VirtualTable::text(3)),
        ("Default", VirtualTable::long_text()),
        ("Extra", VirtualTable::text(256)),
    ]);
    if full {
        names.push(("Privileges", VirtualTable::text(154)));
        names.push(("Comment", VirtualTable::long_text()));
    }
    let key = if full {
        "SHOW FULL COLUMNS"
    } else {
        "SHOW COLUMNS"
    };
    let mut out = VirtualTable::shown(key, names);
    for (i, column) in table.columns.iter().enumerate() {
        let flavour = table.flavour;
        let mut row: Vec<Cell> = vec![
            column.name.as_str().into(),
            crate::show::column_type(&column.ty, flavour).into(),
        ];
        if full {
            let collation = crate::charsets::column_collation(&column.ty);
            row.push(
                collation
                    .map(|c| crate::charsets::collation_name(c, flavour))
                    .into(),
            );
        }
        row.extend([
            if column.nullable { "YES" } else { "NO" }.into(),
            columns::key_text(&table, i).into(),
            columns::default_text(column, flavour, false, zone).into(),
            columns::extra_text(column, flavour).into(),
        ]);
        if full {
            row.push("select,insert,update,references".into());
            row.push(column.comment.as_str().into());
        }
        out.push(row);
    }
    Ok(out)
}

/// SHOW INDEX
pub fn indexes(snapshot: &Snapshot, db: &str, name: &str) -> Result<VirtualTable, MysqlError> {
    let table = known_table(snapshot, db, name)?;
    let mut out = VirtualTable::shown(
        "SHOW INDEX",
        vec![
            ("Table", VirtualTable::name_type()),
            ("Non_unique", VirtualTable::number()),
            ("Key_name", VirtualTable::text(64)),
            ("Seq_in_index", VirtualTable::number()),
            ("Column_name", VirtualTable::text(64)),
            ("Collation", VirtualTable::text(1)),
            ("Cardinality", VirtualTable::number()),
            ("Sub_part", VirtualTable::number()),
            ("Packed", VirtualTable::text(0)),
            ("Null", VirtualTable::text(3)),
            ("Index_type", VirtualTable::text(11)),
            ("Comment", VirtualTable::text(8)),
            ("Index_comment", VirtualTable::text(2048)),
            ("Visible", VirtualTable::text(3)),
            ("Expression", VirtualTable::long_text()),
        ],
    );
    for index in &table.indexes {
        for (i, part) in index.parts.iter().enumerate() {
            let mut row: Vec<Cell> = vec![
                table.name.as_str().into(),
                u64::from(!statistics::is_unique(index)).into(),
            ];
            row.extend(statistics::part_cells(&table, index, i, part));
            out.push(row);
        }
    }
    Ok(out)
}

/// SHOW ENGINES
pub fn engines() -> VirtualTable {
    renamed(
        "SHOW ENGINES",
        engines::engines(),
        &[
            "Engine",
            "Support",
            "Comment",
            "Transactions",
            "XA",
            "Savepoints",
        ],
        &[0, 1, 2, 3, 4, 5],
    )
}

/// SHOW CHARACTER SET
pub fn character_sets(session: &SessionContext<'_>) -> VirtualTable {
    renamed(
        "SHOW CHARACTER SET",
        schemata::character_sets(session.flavour),
        &["Charset", "Description", "Default collation", "Maxlen"],
        &[0, 2, 1, 3],
    )
}

/// SHOW COLLATION
pub fn collations(session: &SessionContext<'_>) -> VirtualTable {
    renamed(
        "SHOW COLLATION",
        schemata::collations(session.flavour),
        &[
            "Collation",
            "Charset",
            "Id",
            "Default",
            "Compiled",
            "Sortlen",
            "Pad_attribute",
        ],
        &[0, 1, 2, 3, 4, 5, 6],
    )
}

/// The columns of a table in another order under the names of a SHOW statement.
fn renamed(
    key: &'static str,
    table: VirtualTable,
    names: &[&'static str],
    order: &[usize],
) -> VirtualTable {
    let columns = names
        .iter()
        .zip(order)
        .filter_map(|(name, i)| Some((*name, table.columns.get(*i)?.1.clone())))
        .collect();
    let mut out = VirtualTable::shown(key, columns);
    out.rows = table
        .rows
        .iter()
        .map(|row| {
            order
                .iter()
                .map(|i| row.get(*i).cloned().flatten())
                .collect()
        })
        .collect();
    out
}

fn known_database(snapshot: &Snapshot, db: &str) -> Result<(), MysqlError> {
    let known = db.eq_ignore_ascii_case("information_schema")
        || system_tables::is_database(db)
        || snapshot.catalog().database(db).is_some();
    if known {
        Ok(())
    } else {
        Err(errors::unknown_database(db))
    }
}

fn known_table(
    snapshot: &Snapshot,
    db: &str,
    name: &str,
) -> Result<std::sync::Arc<understudy_storage::Table>, MysqlError> {
    known_database(snapshot, db)?;
    if let Some(filled) = system_tables::find(db, name) {
        return Ok(filled.table.clone());
    }
    snapshot
        .catalog()
        .table(db, name)
        .cloned()
        .ok_or_else(|| errors::no_such_table(db, name))
}

/// Filters a table by `LIKE` (over its first column) or `WHERE` and makes a result set of it.
/// `heading` is the first column's name in the answer, where it is not the table's; WHERE knows it by that.
pub fn stream(
    table: VirtualTable,
    heading: Option<&str>,
    like: Option<&str>,
    filter: Option<&Expr>,
    session: &SessionContext<'_>,
) -> Result<RowStream, MysqlError> {
    let scope: Vec<ScopeColumn> = table
        .columns
        .iter()
        .enumerate()
        .map(|(i, (name, ty))| ScopeColumn {
            db: "information_schema".to_owned(),
            table: table.name.to_owned(),
            name: heading.filter(|_| i == 0).unwrap_or(name).to_owned(),
            ty: ty.clone(),
        })
        .collect();
    let filter = filter
        .map(|expr| Binder::new(&scope, session, "where clause").bind(expr))
        .transpose()?;
    let mut rows = Vec::new();
    for fields in table.rows {
        let row = Row {
            fields: &fields,
            aggregates: &[],
            zone: &session.time_zone,
        };
        let by_like = match (like, table.columns.first()) {
            (Some(pattern), Some((_, ty))) => {
                let field = fields.first().and_then(|f| f.as_deref());
                let text = Datum::from_field(ty, field, row.zone).map_err(|e| errors::value(&e))?;
                like_text(&text.to_utf8()?, pattern)?
            }
            (_, _) => true,
        };
        let by_filter = match &filter {
            Some(filter) => filter.eval(&row)?.truth() == Some(true),
            None => true,
        };
        if by_like && by_filter {
            rows.push(Ok(fields));
        }
    }
    let columns = table
        .columns
        .iter()
        .enumerate()
        .map(|(i, (name, ty))| {
            let name = heading.filter(|_| i == 0).unwrap_or(name);
            let mut column = result_column(name, ty, session.results_collation);
            column.table = table.name.to_owned();
            column.org_table = table.name.to_owned();
            column.org_name = name.to_owned();
            if let Some(layout) = table.layout.get(i) {
                layout.apply(&mut column, session.results_collation);
                layout.table.clone_into(&mut column.table);
                if heading.is_some() && i == 0 {
                    column.org_name.clone_from(&column.name);
                }
            }
            column
        })
        .collect();
    Ok(RowStream {
        columns,
        rows: Box::new(rows.into_iter()),
    })
}
