//! SHOW of databases, tables, columns, indexes and their definitions.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_exec::show::{self as printer, ShowOptions};
use understudy_sql::ast::{ObjectName, ShowFilter};
use understudy_sql::context::SqlMode;
use understudy_storage::Table as StoredTable;
use understudy_storage::catalog::{Catalog, ObjectKind};
use understudy_storage::schema::{
    ColumnDef, DefaultValue, Flavour, IndexDef, IndexKind, KeyPart, TableDef,
};
use understudy_values::charset::{Collation, Server};
use understudy_values::types::{CollationId, ColumnType};

use crate::result::{Column, Kind, Table};
use crate::session::Session;

const NAME: Kind = Kind::Text(64);
const NUMBER: Kind = Kind::BigInt {
    width: 21,
    unsigned: true,
};

/// Adds `(pattern)` to a heading, as the server does for LIKE.
fn heading(base: &str, filter: Option<&ShowFilter>) -> String {
    match filter {
        Some(ShowFilter::Like(pattern)) => format!("{base} ({pattern})"),
        Some(ShowFilter::Where(_)) | None => base.to_owned(),
    }
}

/// SHOW DATABASES
pub fn databases(session: &Session, filter: Option<&ShowFilter>) -> Result<Table, MysqlError> {
    let mut table = Table::new(vec![Column::new(heading("Database", filter), NAME)]);
    let snapshot = session.shared.store.snapshot();
    let mut names: Vec<String> = snapshot
        .catalog()
        .databases()
        .filter(|d| session.may_see(&d.name))
        .map(|d| d.name.clone())
        .collect();
    names.push("information_schema".to_owned());
    names.sort();
    for name in names {
        table.push([Some(name)]);
    }
    Ok(table)
}

/// The database as the catalog spells it.
fn database(
    session: &Session,
    catalog: &Catalog,
    named: Option<&str>,
) -> Result<String, MysqlError> {
    let name = session.database_or(named)?;
    match catalog.database(&name) {
        Some(_) if !session.may_see(&name) => {
            let account = session.account.quoted();
            let message = format!("Access denied for user {account} to database '{name}'");
            Err(MysqlError::new(1044, message))
        }
        Some(_) => Ok(name),
        None => Err(MysqlError::new(1049, format!("Unknown database '{name}'"))),
    }
}

/// A table by its name in a statement.
fn table_named(session: &Session, name: &ObjectName) -> Result<Arc<StoredTable>, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let db = database(session, snapshot.catalog(), name.db.as_deref())?;
    let table = &name.name;
    if !session.account.has_on("SELECT", &db, Some(table)) {
        let user = &session.user;
        let host = session.peer.host();
        let message =
            format!("SELECT command denied to user '{user}'@'{host}' for table '{table}'");
        return Err(MysqlError::new(1142, message));
    }
    let found = snapshot.catalog().table(&db, table).cloned();
    found.ok_or_else(|| MysqlError::new(1146, format!("Table '{db}.{table}' doesn't exist")))
}

/// SHOW TABLES
pub fn tables(
    session: &Session,
    db: Option<&str>,
    full: bool,
    filter: Option<&ShowFilter>,
) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let db = database(session, snapshot.catalog(), db)?;
    let title = heading(&format!("Tables_in_{db}"), filter);
    let mut columns = vec![Column::new(title, NAME)];
    if full {
        columns.push(Column::new("Table_type", Kind::Text(11)));
    }
    let mut table = Table::new(columns);
    let catalog = snapshot.catalog();
    let mut names: Vec<(String, &str)> = catalog
        .tables_of(&db)
        .map(|t| (t.name.clone(), "BASE TABLE"))
        .collect();
    let views = catalog
        .objects()
        .filter(|o| o.name.kind == ObjectKind::View && o.name.db == db);
    names.extend(views.map(|v| (v.name.name.clone(), "VIEW")));
    names.sort();
    for (name, kind) in names {
        let mut row = vec![Some(name)];
        if full {
            row.push(Some(kind.to_owned()));
        }
        table.push(row);
    }
    Ok(table)
}

/// SHOW TABLE STATUS. Row counts and sizes are not kept: they are NULL rather than guessed.
pub fn table_status(session: &Session, db: Option<&str>) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let db = database(session, snapshot.catalog(), db)?;
    let text = |name: &str, width| Column::nullable(name, Kind::Text(width));
    let number = |name: &str| Column::nullable(name, NUMBER);
    let time = |name: &str| Column::nullable(name, Kind::DateTime);
    let mut table = Table::new(vec![
        Column::new("Name", NAME),
        text("Engine", 64),
        number("Version"),
        text("Row_format", 10),
        number("Rows"),
        number("Avg_row_length"),
        number("Data_length"),
        number("Max_data_length"),
        number("Index_length"),
        number("Data_free"),
        number("Auto_increment"),
        time("Create_time"),
        time("Update_time"),
        time("Check_time"),
        text("Collation", 64),
        number("Checksum"),
        text("Create_options", 256),
        text("Comment", 2048),
    ]);
    for def in snapshot.catalog().tables_of(&db) {
        let counter = snapshot
            .auto_increment(def)
            .map_err(|e| MysqlError::new(1030, e.to_string()))?;
        let has_counter = def.columns.iter().any(|c| c.auto_increment);
        let mut row = vec![None; 18];
        let mut set = |at: usize, value: String| {
            if let Some(cell) = row.get_mut(at) {
                *cell = Some(value);
            }
        };
        set(0, def.name.clone());
        set(1, def.engine.clone());
        set(2, "10".to_owned());
        if has_counter {
            set(10, counter.max(1).to_string());
        }
        set(14, collation_name(def.collation, def.flavour));
        set(16, def.options.join(" "));
        set(17, def.comment.clone());
        table.push(row);
    }
    Ok(table)
}

/// SHOW OPEN TABLES: none is kept open.
pub fn open_tables() -> Table {
    let number = |name: &str| {
        let kind = Kind::Int {
            width: 1,
            unsigned: false,
        };
        Column::new(name, kind)
    };
    Table::new(vec![
        Column::new("Database", NAME),
        Column::new("Table", NAME),
        number("In_use"),
        number("Name_locked"),
    ])
}

/// An empty result if no object of `kind` exists, an error that says so otherwise.
fn none_of(
    session: &Session,
    kinds: &[ObjectKind],
    db: Option<&str>,
    columns: &[&str],
) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let exists = snapshot
        .catalog()
        .objects()
        .any(|o| kinds.contains(&o.name.kind) && db.is_none_or(|db| o.name.db == db));
    if exists {
        return Err(MysqlError::new(
            1235,
            "This version of MySQL doesn't yet support 'SHOW of recorded stored programs'",
        ));
    }
    let columns = columns.iter().map(|name| Column::nullable(*name, NAME));
    Ok(Table::new(columns.collect()))
}

/// SHOW TRIGGERS
pub fn triggers(session: &Session, db: Option<&str>) -> Result<Table, MysqlError> {
    let db = session.database_or(db)?;
    none_of(
        session,
        &[ObjectKind::Trigger],
        Some(&db),
        &[
            "Trigger",
            "Event",
            "Table",
            "Statement",
            "Timing",
            "Created",
            "sql_mode",
            "Definer",
            "character_set_client",
            "collation_connection",
            "Database Collation",
        ],
    )
}

/// SHOW EVENTS
pub fn events(session: &Session, db: Option<&str>) -> Result<Table, MysqlError> {
    let db = session.database_or(db)?;
    none_of(
        session,
        &[ObjectKind::Event],
        Some(&db),
        &[
            "Db",
            "Name",
            "Definer",
            "Time zone",
            "Type",
            "Execute at",
            "Interval value",
            "Interval field",
            "Starts",
            "Ends",
            "Status",
            "Originator",
            "character_set_client",
            "collation_connection",
            "Database Collation",
        ],
    )
}

/// SHOW PROCEDURE STATUS, SHOW FUNCTION STATUS
pub fn routines(session: &Session, kind: &str) -> Result<Table, MysqlError> {
    let kinds: &[ObjectKind] = match kind {
        "PROCEDURE" => &[ObjectKind::Procedure],
        "FUNCTION" => &[ObjectKind::Function],
        _ => &[],
    };
    none_of(
        session,
        kinds,
        None,
        &[
            "Db",
            "Name",
            "Type",
            "Definer",
            "Modified",
            "Created",
            "Security_type",
            "Comment",
            "character_set_client",
            "collation_connection",
            "Database Collation",
        ],
    )
}

fn collation_name(id: CollationId, flavour: Flavour) -> String {
    let server = Server::of(flavour.mariadb, flavour.version);
    Collation::by_id(id).map_or_else(|_| id.0.to_string(), |c| c.name_for(server))
}

/// The collation of a character column.
fn column_collation(ty: &ColumnType, flavour: Flavour) -> Option<String> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(collation_name(*collation, flavour)),
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => None,
    }
}

fn precision(name: &str, fsp: u8) -> String {
    if fsp == 0 {
        name.to_owned()
    } else {
        format!("{name}({fsp})")
    }
}

fn default_text(column: &ColumnDef, flavour: Flavour) -> Option<String> {
    match &column.default {
        DefaultValue::None | DefaultValue::Null => None,
        DefaultValue::Literal(text)
        | DefaultValue::BareLiteral(text)
        | DefaultValue::Expression(text) => Some(text.clone()),
        DefaultValue::Now { fsp } if flavour.mariadb => Some(match fsp {
            0 => "current_timestamp()".to_owned(),
            fsp => format!("current_timestamp({fsp})"),
        }),
        DefaultValue::Now { fsp } => Some(precision("CURRENT_TIMESTAMP", *fsp)),
    }
}

fn extra(column: &ColumnDef, flavour: Flavour) -> String {
    let mut parts = Vec::new();
    if column.auto_increment {
        parts.push("auto_increment".to_owned());
    }
    let modern = !flavour.mariadb && flavour.version >= 80_000;
    let made = matches!(
        column.default,
        DefaultValue::Now { .. } | DefaultValue::Expression(_)
    );
    if modern && made {
        parts.push("DEFAULT_GENERATED".to_owned());
    }
    if let Some(fsp) = column.on_update_now {
        parts.push(if flavour.mariadb {
            match fsp {
                0 => "on update current_timestamp()".to_owned(),
                fsp => format!("on update current_timestamp({fsp})"),
            }
        } else {
            precision("on update CURRENT_TIMESTAMP", fsp)
        });
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        parts.push(format!("{kind} GENERATED"));
    }
    if column.invisible {
        parts.push("INVISIBLE".to_owned());
    }
    parts.join(" ")
}

/// `PRI`, `UNI`, `MUL` or nothing.
fn key_text(def: &TableDef, at: usize) -> &'static str {
    let is_at = |part: &KeyPart| part.column.map(usize::from) == Some(at);
    let first = |index: &IndexDef| index.parts.first().is_some_and(is_at);
    let primary = def.indexes.iter().find(|i| i.kind == IndexKind::Primary);
    // Without a primary key the first unique one over columns that are never NULL is shown as it.
    let never_null = |index: &&IndexDef| {
        index.kind == IndexKind::Unique
            && index.parts.iter().all(|part| {
                let column = part.column.and_then(|c| def.columns.get(usize::from(c)));
                part.prefix.is_none() && column.is_some_and(|c| !c.nullable)
            })
    };
    let clustered = primary.or_else(|| def.indexes.iter().find(never_null));
    if clustered.is_some_and(|index| index.parts.iter().any(is_at)) {
        return "PRI";
    }
    let unique = |i: &IndexDef| i.kind == IndexKind::Unique && i.parts.len() == 1 && first(i);
    if def.indexes.iter().any(unique) {
        return "UNI";
    }
    if def.indexes.iter().any(first) {
        return "MUL";
    }
    ""
}

/// SHOW COLUMNS
pub fn columns(session: &Session, name: &ObjectName, full: bool) -> Result<Table, MysqlError> {
    let def = table_named(session, name)?;
    let text = |name: &str, width| Column::nullable(name, Kind::Text(width));
    let mut columns = vec![
        Column::nullable("Field", NAME),
        Column::new("Type", Kind::LongText),
    ];
    if full {
        columns.push(text("Collation", 64));
    }
    columns.push(Column::new("Null", Kind::Text(3)));
    columns.push(Column::new("Key", Kind::Text(3)));
    columns.push(Column::nullable("Default", Kind::LongText));
    columns.push(text("Extra", 256));
    if full {
        columns.push(text("Privileges", 154));
        columns.push(Column::new("Comment", Kind::LongText));
    }
    let mut table = Table::new(columns);
    let flavour = def.flavour;
    for (at, column) in def.columns.iter().enumerate() {
        let mut row = vec![
            Some(column.name.clone()),
            Some(printer::column_type(&column.ty, flavour)),
        ];
        if full {
            row.push(column_collation(&column.ty, flavour));
        }
        let null = if column.nullable { "YES" } else { "NO" };
        row.push(Some(null.to_owned()));
        row.push(Some(key_text(&def, at).to_owned()));
        row.push(default_text(column, flavour));
        row.push(Some(extra(column, flavour)));
        if full {
            row.push(Some("select,insert,update,references".to_owned()));
            row.push(Some(column.comment.clone()));
        }
        table.push(row);
    }
    Ok(table)
}

fn index_type(index: &IndexDef) -> &'static str {
    match index.kind {
        IndexKind::Fulltext => "FULLTEXT",
        IndexKind::Spatial => "SPATIAL",
        IndexKind::Vector => "VECTOR",
        IndexKind::Primary | IndexKind::Unique | IndexKind::Plain => "BTREE",
    }
}

/// SHOW INDEX. Cardinalities are not kept: NULL.
pub fn index(session: &Session, name: &ObjectName) -> Result<Table, MysqlError> {
    let def = table_named(session, name)?;
    let text = |name: &str, width| Column::nullable(name, Kind::Text(width));
    let number = |name: &str| {
        let kind = Kind::Int {
            width: 10,
            unsigned: false,
        };
        Column::new(name, kind)
    };
    let mut table = Table::new(vec![
        Column::new("Table", NAME),
        number("Non_unique"),
        text("Key_name", 64),
        number("Seq_in_index"),
        text("Column_name", 64),
        text("Collation", 1),
        Column::nullable("Cardinality", NUMBER),
        Column::nullable("Sub_part", NUMBER),
        Column::nullable("Packed", Kind::Null),
        Column::new("Null", Kind::Text(3)),
        Column::new("Index_type", Kind::Text(11)),
        Column::new("Comment", Kind::Text(8)),
        Column::new("Index_comment", Kind::Text(2048)),
        Column::new("Visible", Kind::Text(3)),
        Column::nullable("Expression", Kind::LongText),
    ]);
    for index in &def.indexes {
        let unique = matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
        let ordered = index_type(index) == "BTREE";
        for (at, part) in index.parts.iter().enumerate() {
            let column = part.column.and_then(|c| def.columns.get(usize::from(c)));
            let direction = if part.descending { "D" } else { "A" };
            let null = column.is_none_or(|c| c.nullable);
            table.push([
                Some(def.name.clone()),
                Some(u8::from(!unique).to_string()),
                Some(index.name.clone()),
                Some((at + 1).to_string()),
                column.map(|c| c.name.clone()),
                ordered.then(|| direction.to_owned()),
                None,
                part.prefix.map(|p| p.to_string()),
                None,
                Some(if null { "YES" } else { "" }.to_owned()),
                Some(index_type(index).to_owned()),
                Some(String::new()),
                Some(index.comment.clone()),
                Some(if index.invisible { "NO" } else { "YES" }.to_owned()),
                part.expression.clone(),
            ]);
        }
    }
    Ok(table)
}

/// SHOW CREATE DATABASE
pub fn create_database(
    session: &Session,
    name: &str,
    if_not_exists: bool,
) -> Result<Table, MysqlError> {
    let snapshot = session.shared.store.snapshot();
    let name = database(session, snapshot.catalog(), Some(name))?;
    let unknown = || MysqlError::new(1049, format!("Unknown database '{name}'"));
    let def = snapshot.catalog().database(&name).ok_or_else(unknown)?;
    let ansi = session.sql_mode().has(SqlMode::ANSI_QUOTES);
    let text = printer::create_database(def, if_not_exists, ansi);
    let mut table = Table::new(vec![
        Column::new("Database", NAME),
        Column::new("Create Database", Kind::Text(1024)),
    ]);
    table.rows.push(vec![Some(name.into_bytes()), Some(text)]);
    Ok(table)
}

/// SHOW CREATE TABLE
pub fn create_table(session: &Session, name: &ObjectName) -> Result<Table, MysqlError> {
    let def = table_named(session, name)?;
    let snapshot = session.shared.store.snapshot();
    let counter = snapshot
        .auto_increment(&def)
        .map_err(|e| MysqlError::new(1030, e.to_string()))?;
    let has_counter = def.columns.iter().any(|c| c.auto_increment);
    let options = ShowOptions {
        ansi_quotes: session.sql_mode().has(SqlMode::ANSI_QUOTES),
        temporary: false,
        auto_increment: has_counter.then_some(counter),
    };
    let text = printer::create_table(&def, &options);
    let mut table = Table::new(vec![
        Column::new("Table", NAME),
        Column::new("Create Table", Kind::LongText),
    ]);
    table
        .rows
        .push(vec![Some(def.name.clone().into_bytes()), Some(text)]);
    Ok(table)
}
