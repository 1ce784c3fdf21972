//! Table maps of the current statement and what they mean here.
//!
//! A row event names its table by a number that an earlier table map event of the same statement defined.
//! The source's columns are mapped by position onto our definition; the mapping of an identical map event
//! is kept while the catalog stays the same, so a stream of small transactions maps once.

use super::conversion::{Conversion, conversion};
use crate::apply_options::TypeConversions;
use crate::error::ApplyError;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use understudy_binlog::events::TableMapEvent;
use understudy_exec::show::column_type;
use understudy_storage::schema::TableDef;
use understudy_storage::{Catalog, Table};
use understudy_values::charset::{Collation, mbmaxlen};
use understudy_values::compressed::{inflate_field, plain_column};
use understudy_values::error::ValueError;
use understudy_values::row::RowLayout;
use understudy_values::types::{CollationId, ColumnType};
use understudy_values::wire_type::{WireColumn, WireType};

/// Mappings kept; more than that are forgotten together.
const KEPT: usize = 4096;

/// A source table mapped onto ours.
pub(crate) struct MappedTable {
    /// The source has temporal columns in the formats before MySQL 5.6.4 that are converted.
    pub old_temporals: bool,
    /// Our table.
    pub table: Arc<Table>,
    /// Layout of the source's images.
    pub layout: RowLayout,
    /// Every column of the source is ours, in the same order and stored alike.
    pub direct: bool,
    /// Columns whose fields are not stored as they come.
    pub adapted: Vec<AdaptedColumn>,
    /// It is a parent or a child of a foreign key.
    pub has_foreign_keys: bool,
}

/// A column whose fields are not stored as they come.
pub(crate) struct AdaptedColumn {
    /// Position.
    pub index: usize,
    /// What is done with them.
    pub how: Adaptation,
}

/// What is done with a field.
pub(crate) enum Adaptation {
    /// MariaDB sends it compressed and we store it plain.
    Inflate(WireColumn),
    /// The column has another type here.
    Convert(Box<Conversion>),
}

impl AdaptedColumn {
    /// The field as ours; `None` is NULL.
    pub fn field(&self, field: &[u8]) -> Result<Option<Vec<u8>>, ValueError> {
        match &self.how {
            Adaptation::Inflate(source) => {
                let mut plain = Vec::new();
                inflate_field(source, field, &mut plain)?;
                Ok(Some(plain))
            }
            Adaptation::Convert(conversion) => conversion.field(field),
        }
    }
}

struct Entry {
    map: TableMapEvent,
    conversions: TypeConversions,
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
        conversions: TypeConversions,
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
            && entry.conversions == conversions
            && entry.map == *map
        {
            return Ok(entry.mapped.clone());
        }
        let mapped = Arc::new(map_table(map, catalog, conversions)?);
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let entry = Entry {
            map: map.clone(),
            conversions,
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

fn map_table(
    map: &TableMapEvent,
    catalog: &Catalog,
    conversions: TypeConversions,
) -> Result<MappedTable, ApplyError> {
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
    let mut adapted = Vec::new();
    let old = [WireType::TIME, WireType::DATETIME, WireType::TIMESTAMP];
    let old_temporals = columns
        .iter()
        .zip(&ours)
        .any(|(source, own)| source != own && old.contains(&source.wire_type));
    for (index, (source, own)) in columns.iter().zip(&ours).enumerate() {
        let how = if source == own {
            continue;
        } else if plain_column(source).is_some_and(|plain| plain == *own) {
            // COMPRESSED on the source: the same column here without compression.
            Adaptation::Inflate(*source)
        } else {
            let own = table.types().get(index);
            match own.and_then(|own| conversion(source, own, conversions)) {
                Some(conversion) => Adaptation::Convert(Box::new(conversion)),
                None => return Err(conversion_error(index, &db, &table_name, source, table)),
            }
        };
        adapted.push(AdaptedColumn { index, how });
    }
    Ok(MappedTable {
        table: table.clone(),
        layout,
        direct: map.columns.len() == ours.len() && adapted.is_empty(),
        adapted,
        old_temporals,
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

/// Error 1677: `replica_type_conversions` does not permit the conversion (T30).
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
        .map(|ty| own_name(ty, own))
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

/// One of our column types as error 1677 names it: strings by their most bytes and their character set, an ENUM
/// and a SET as the string that holds their longest value.
fn own_name(ty: &ColumnType, own: &Table) -> String {
    let string = |name: &str, characters: usize, collation: CollationId| {
        let bytes = characters * mbmaxlen(collation);
        let charset = Collation::by_id(collation).map_or("", |c| c.charset().name);
        format!("{name}({bytes}(bytes) {charset})")
    };
    let lengths = |members: &[String]| -> Vec<usize> {
        members
            .iter()
            .map(|member| member.chars().count())
            .collect()
    };
    match ty {
        ColumnType::Char { length, collation } => string("char", *length as usize, *collation),
        ColumnType::VarChar { length, collation } => {
            string("varchar", *length as usize, *collation)
        }
        ColumnType::Enum { members, collation } => {
            let longest = lengths(members).into_iter().max().unwrap_or(0);
            string("char", longest, *collation)
        }
        ColumnType::Set { members, collation } => {
            let all: usize = lengths(members).iter().sum();
            string("char", all + members.len().saturating_sub(1), *collation)
        }
        other => column_type(other, own.def().flavour),
    }
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
        WireType::STRING => match column.string_parts() {
            (WireType::ENUM, _) => "enum".to_owned(),
            (WireType::SET, _) => "set".to_owned(),
            (_, length) => format!("char({length}(bytes))"),
        },
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
