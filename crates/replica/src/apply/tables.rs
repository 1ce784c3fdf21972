//! Table maps of the current statement and what they mean here.
//!
//! A row event names its table by a number that an earlier table map event of the same statement defined.
//! The source's columns are mapped by position onto our definition; the mapping of an identical map event
//! is kept while the catalog stays the same, so a stream of small transactions maps once.

use crate::error::ApplyError;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use understudy_binlog::events::TableMapEvent;
use understudy_exec::show::column_type;
use understudy_storage::schema::TableDef;
use understudy_storage::{Catalog, Table};
use understudy_values::compressed::plain_column;
use understudy_values::row::RowLayout;
use understudy_values::types::ColumnType;
use understudy_values::wire_type::{WireColumn, WireType};

/// Mappings kept; more than that are forgotten together.
const KEPT: usize = 4096;

/// A source table mapped onto ours.
pub(crate) struct MappedTable {
    /// Our table.
    pub table: Arc<Table>,
    /// Layout of the source's images.
    pub layout: RowLayout,
    /// Every column of the source is ours, in the same order and stored alike.
    pub direct: bool,
    /// Columns that MariaDB sends compressed and we store plain.
    pub compressed: Vec<CompressedColumn>,
    /// It is a parent or a child of a foreign key.
    pub has_foreign_keys: bool,
}

/// A column that MariaDB sends compressed.
pub(crate) struct CompressedColumn {
    /// Position.
    pub index: usize,
    /// How the source sends it.
    pub source: WireColumn,
}

struct Entry {
    map: TableMapEvent,
    catalog: Arc<Catalog>,
    mapped: Arc<MappedTable>,
}

/// The table maps seen.
#[derive(Default)]
pub(crate) struct TableMaps {
    /// Maps of the current statement.
    current: HashMap<u64, TableMapEvent>,
    /// Numbers of tables whose rows the channel's filters hold back.
    filtered: HashSet<u64>,
    known: HashMap<u64, Entry>,
}

impl TableMaps {
    /// Takes a table map event.
    pub fn map(&mut self, map: TableMapEvent) {
        self.current.insert(map.table_id, map);
    }

    /// Whether the rows of this table are held back.
    pub fn set_filtered(&mut self, table_id: u64, filtered: bool) {
        match filtered {
            true => self.filtered.insert(table_id),
            false => self.filtered.remove(&table_id),
        };
    }

    /// The rows of this table are held back.
    pub fn is_filtered(&self, table_id: u64) -> bool {
        self.filtered.contains(&table_id)
    }

    /// The statement is over: its maps mean nothing any more.
    pub fn end_statement(&mut self) {
        self.current.clear();
        self.filtered.clear();
    }

    /// Forgets everything (a new format description).
    pub fn clear(&mut self) {
        self.current.clear();
        self.filtered.clear();
        self.known.clear();
    }

    /// The definition that a table must have for its map to fit, if all that differs is that the source
    /// stores temporal columns in the formats before MySQL 5.6.4 (T8): DDL does not say so, only the map does.
    pub fn with_old_temporals(
        &self,
        table_id: u64,
        catalog: &Catalog,
    ) -> Option<(Arc<Table>, TableDef)> {
        let map = self.current.get(&table_id)?;
        let table = catalog.table(&name(&map.schema), &name(&map.table))?;
        let mut def = table.def().clone();
        for (column, source) in def.columns.iter_mut().zip(&map.columns) {
            match (&mut column.ty, source.wire_type) {
                (ColumnType::Time { old, .. }, WireType::TIME)
                | (ColumnType::DateTime { old, .. }, WireType::DATETIME)
                | (ColumnType::Timestamp { old, .. }, WireType::TIMESTAMP) => *old = true,
                _ => {}
            }
        }
        let fits = def
            .columns
            .iter()
            .zip(&map.columns)
            .all(|(column, source)| {
                let own = column.ty.wire();
                measured(source, &own) == own
            });
        (fits && def != *table.def()).then(|| (table.clone(), def))
    }

    /// The table that `table_id` means in `catalog`.
    pub fn resolve(
        &mut self,
        table_id: u64,
        catalog: &Arc<Catalog>,
    ) -> Result<Arc<MappedTable>, ApplyError> {
        let Some(map) = self.current.get(&table_id) else {
            return Err(ApplyError::new(
                1594,
                format!(
                    "Relay log read failure: row event for table id {table_id} without its table map"
                ),
            ));
        };
        if let Some(entry) = self.known.get(&table_id)
            && Arc::ptr_eq(&entry.catalog, catalog)
            && entry.map == *map
        {
            return Ok(entry.mapped.clone());
        }
        let mapped = Arc::new(map_table(map, catalog)?);
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let entry = Entry {
            map: map.clone(),
            catalog: catalog.clone(),
            mapped: mapped.clone(),
        };
        self.known.insert(table_id, entry);
        Ok(mapped)
    }
}

/// Names in table maps are UTF-8; a name that is not cannot be one of ours.
fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn map_table(map: &TableMapEvent, catalog: &Catalog) -> Result<MappedTable, ApplyError> {
    let (db, table_name) = (name(&map.schema), name(&map.table));
    let Some(table) = catalog.table(&db, &table_name) else {
        return Err(ApplyError::new(
            1146,
            format!("Error executing row event: 'Table '{db}.{table_name}' doesn't exist'"),
        ));
    };
    let ours: Vec<WireColumn> = table.types().iter().map(|ty| ty.wire()).collect();
    let mut columns = map.columns.clone();
    for (source, own) in columns.iter_mut().zip(&ours) {
        *source = measured(source, own);
    }
    let layout = RowLayout::of_wire(&columns).map_err(|e| {
        ApplyError::new(
            1594,
            format!("Relay log read failure: table map of {db}.{table_name}: {e}"),
        )
    })?;
    let mut compressed = Vec::new();
    for (index, (source, own)) in columns.iter().zip(&ours).enumerate() {
        if let Some(column) = compressed_column(index, source, own) {
            compressed.push(column);
        } else if source != own {
            return Err(conversion_error(index, &db, &table_name, source, table));
        }
    }
    Ok(MappedTable {
        table: table.clone(),
        layout,
        direct: map.columns.len() == ours.len() && compressed.is_empty(),
        compressed,
        has_foreign_keys: !table.def().foreign_keys.is_empty()
            || !catalog.children_of(table.id).is_empty(),
    })
}

/// The source's column with what its map leaves out: MariaDB's old temporal formats with a fraction come without
/// metadata, so that only the definition says how long they are.
fn measured(source: &WireColumn, own: &WireColumn) -> WireColumn {
    let old = [WireType::TIME, WireType::DATETIME, WireType::TIMESTAMP].contains(&source.wire_type);
    match old && source.meta == 0 && own.wire_type == source.wire_type {
        true => *own,
        false => *source,
    }
}

/// A column COMPRESSED on the source is the same column here without compression.
fn compressed_column(
    index: usize,
    source: &WireColumn,
    own: &WireColumn,
) -> Option<CompressedColumn> {
    (plain_column(source)? == *own).then_some(CompressedColumn {
        index,
        source: *source,
    })
}

/// Error 1677: with `replica_type_conversions` empty, only equal types are applied (T30).
fn conversion_error(
    index: usize,
    db: &str,
    table: &str,
    source: &WireColumn,
    own: &Table,
) -> ApplyError {
    let target = own
        .types()
        .get(index)
        .map(|ty| column_type(ty, own.def().flavour))
        .unwrap_or_default();
    ApplyError::new(
        1677,
        format!(
            "Column {} (counting the first column as number 1) of table '{db}.{table}' cannot be converted from type \
             '{}' to type '{target}'",
            index + 1,
            wire_name(source)
        ),
    )
}

/// A source's column type as error 1677 names it.
fn wire_name(column: &WireColumn) -> String {
    let (low, high) = (column.meta & 0xff, column.meta >> 8);
    match column.wire_type {
        WireType::TINY => "tinyint".to_owned(),
        WireType::SHORT => "smallint".to_owned(),
        WireType::INT24 => "mediumint".to_owned(),
        WireType::LONG => "int".to_owned(),
        WireType::LONGLONG => "bigint".to_owned(),
        WireType::FLOAT => "float".to_owned(),
        WireType::DOUBLE => "double".to_owned(),
        WireType::NEWDECIMAL => format!("decimal({low},{high})"),
        WireType::VARCHAR => format!("varchar({}(bytes))", column.meta),
        WireType::STRING => format!("char({high}(bytes))"),
        WireType::ENUM => "enum".to_owned(),
        WireType::SET => "set".to_owned(),
        WireType::BIT => format!("bit({})", high * 8 + low),
        WireType::DATE | WireType::NEWDATE => "date".to_owned(),
        WireType::TIME | WireType::TIME2 => "time".to_owned(),
        WireType::DATETIME | WireType::DATETIME2 => "datetime".to_owned(),
        WireType::TIMESTAMP | WireType::TIMESTAMP2 => "timestamp".to_owned(),
        WireType::YEAR => "year".to_owned(),
        WireType::BLOB => match column.meta {
            1 => "tinyblob".to_owned(),
            2 => "blob".to_owned(),
            3 => "mediumblob".to_owned(),
            _ => "longblob".to_owned(),
        },
        WireType::JSON => "json".to_owned(),
        WireType::GEOMETRY => "geometry".to_owned(),
        other => format!("<type {}, metadata {}>", other.0, column.meta),
    }
}
