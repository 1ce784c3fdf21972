//! A table's definition with everything derived from it that reading and writing rows needs.
//!
//! [`Table`] is immutable and shared by the catalog, readers and the writer. It dereferences to its
//! [`TableDef`]. What is derived: the row layout, which key rows are ordered by, the stored indexes, and how
//! rows of older definitions map to the current one.

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use understudy_values::json::dom::Json;
use understudy_values::key::{self, TextOrder};
use understudy_values::row::RowLayout;
use understudy_values::types::ColumnType;

use crate::engine::Bytes;
use crate::error::StoreError;
use crate::keys;
use crate::row::RowKey;
use crate::schema::{DefVersion, IndexDef, IndexKind, TableDef};

/// Where a column of a newer definition comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnSource {
    /// Column of the older definition.
    Column(u16),
    /// A column added since: its packed bytes for rows of that time, or NULL.
    Constant(Option<Vec<u8>>),
}

/// An older definition's row form, as far as reading its rows needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowVersion {
    /// The older definition's version.
    pub version: DefVersion,
    /// Its column types.
    pub columns: Vec<ColumnType>,
    /// For each column of the next definition, where it comes from.
    pub next: Vec<ColumnSource>,
}

/// What the catalog stores of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TableRecord {
    pub def: TableDef,
    /// Older definitions, oldest first.
    pub history: Vec<RowVersion>,
    /// Definition version at which the row-hash index of a keyless table was built.
    pub row_hash: Option<u32>,
}

/// How to read a row of an older definition.
pub(crate) enum Mapping<'a> {
    /// Its image is a current image.
    Same,
    /// Split by this layout, then take these columns.
    Columns(&'a RowLayout, &'a [ColumnSource]),
}

/// One part of a stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartPlan {
    pub column: usize,
    pub prefix: Option<u32>,
    pub descending: bool,
}

/// A stored secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexPlan {
    /// Position in `TableDef::indexes`.
    pub position: usize,
    /// `IndexDef::number`.
    pub number: u32,
    /// The number in its keys.
    pub stored: u32,
    pub unique: bool,
    pub parts: Vec<PartPlan>,
}

/// What rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clustering {
    /// The primary key, or the first unique key over NOT NULL columns in full length, as InnoDB chooses.
    Key {
        position: usize,
        parts: Vec<PartPlan>,
    },
    /// A hidden, increasing row id.
    Hidden,
}

struct OldRows {
    version: DefVersion,
    layout: RowLayout,
    /// `None`: the image is the same.
    sources: Option<Vec<ColumnSource>>,
}

/// A table: its definition and what follows from it.
pub struct Table {
    record: TableRecord,
    layout: RowLayout,
    types: Vec<ColumnType>,
    clustering: Clustering,
    indexes: Vec<IndexPlan>,
    old_rows: Vec<OldRows>,
    auto_increment_column: Option<usize>,
}

impl Deref for Table {
    type Target = TableDef;

    fn deref(&self) -> &TableDef {
        &self.record.def
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("def", &self.record.def)
            .finish_non_exhaustive()
    }
}

/// A field as rows are compared by it. Equal JSON documents may be stored with different bytes (a partial
/// update leaves holes on one server and none on another): they are compared in the form in which a new
/// document is written. Every other field is its own bytes.
pub(crate) fn comparable<'a>(ty: &ColumnType, field: Option<&'a [u8]>) -> Option<Cow<'a, [u8]>> {
    let field = field?;
    if *ty != ColumnType::Json {
        return Some(Cow::Borrowed(field));
    }
    let anew = |document: &[u8]| -> Option<Vec<u8>> {
        let mut out = Vec::new();
        Json::decode(document).ok()?.encode(&mut out).ok()?;
        Some(out)
    };
    // A document that cannot be read is only equal to itself.
    match field.get(4..).and_then(anew) {
        Some(document) => Some(Cow::Owned(document)),
        None => Some(Cow::Borrowed(field)),
    }
}

impl Table {
    /// Derives everything from a catalog record.
    pub(crate) fn new(record: TableRecord) -> Result<Table, StoreError> {
        let def = &record.def;
        let types: Vec<ColumnType> = def.columns.iter().map(|c| c.ty.clone()).collect();
        for index in &def.indexes {
            for part in &index.parts {
                if part.column.is_some_and(|c| usize::from(c) >= types.len()) {
                    return Err(StoreError::Catalog(format!(
                        "index {} of {}.{} names a column that does not exist",
                        index.name, def.db, def.name
                    )));
                }
            }
        }
        let clustering = choose_clustering(def);
        let indexes = plan_indexes(def, &clustering);
        let layout = row_layout(def, &types)?;
        let old_rows = compose_history(&record, types.len())?;
        Ok(Table {
            layout,
            auto_increment_column: def.columns.iter().position(|c| c.auto_increment),
            types,
            clustering,
            indexes,
            old_rows,
            record,
        })
    }

    /// A table that no catalog holds, for its definition alone.
    pub fn of_definition(def: TableDef) -> Result<Table, StoreError> {
        Table::new(TableRecord {
            def,
            history: Vec::new(),
            row_hash: None,
        })
    }

    /// The definition.
    pub fn def(&self) -> &TableDef {
        &self.record.def
    }

    /// Layout of the current row image.
    pub fn layout(&self) -> &RowLayout {
        &self.layout
    }

    /// Column types in order.
    pub fn types(&self) -> &[ColumnType] {
        &self.types
    }

    /// `db.table` for messages.
    pub fn path(&self) -> String {
        format!("{}.{}", self.db, self.name)
    }

    /// The index rows are ordered by; `None` for a table with a hidden row id.
    pub fn clustering_index(&self) -> Option<&IndexDef> {
        match &self.clustering {
            Clustering::Key { position, .. } => self.record.def.indexes.get(*position),
            Clustering::Hidden => None,
        }
    }

    /// Indexes that can be scanned: the clustering key and all B-tree keys over plain columns.
    pub fn stored_indexes(&self) -> impl Iterator<Item = &IndexDef> {
        self.clustering_index().into_iter().chain(
            self.indexes
                .iter()
                .filter_map(|plan| self.record.def.indexes.get(plan.position)),
        )
    }

    pub(crate) fn record(&self) -> &TableRecord {
        &self.record
    }

    pub(crate) fn clustering(&self) -> &Clustering {
        &self.clustering
    }

    pub(crate) fn indexes(&self) -> &[IndexPlan] {
        &self.indexes
    }

    pub(crate) fn auto_increment_column(&self) -> Option<usize> {
        self.auto_increment_column
    }

    /// Stored number of the row-hash index; `None` when rows have a key.
    pub(crate) fn row_hash_index(&self) -> Option<u32> {
        match self.clustering {
            Clustering::Hidden => Some(keys::row_hash_number(
                self.record.row_hash.unwrap_or_default(),
            )),
            Clustering::Key { .. } => None,
        }
    }

    pub(crate) fn mapping(&self, version: DefVersion) -> Result<Mapping<'_>, StoreError> {
        let old = self
            .old_rows
            .iter()
            .rev()
            .find(|old| old.version == version)
            .ok_or_else(|| {
                StoreError::Corrupt(format!(
                    "a row of {} has definition version {}, which the catalog does not know",
                    self.path(),
                    version.0
                ))
            })?;
        Ok(match &old.sources {
            None => Mapping::Same,
            Some(sources) => Mapping::Columns(&old.layout, sources),
        })
    }

    /// A row image that is the same for all rows that are equal: see [`comparable`].
    pub(crate) fn comparable_image(&self, fields: &[Option<&[u8]>]) -> Vec<u8> {
        if !self.types.contains(&ColumnType::Json) {
            return understudy_values::row::build(fields);
        }
        let columns = self.types.iter().zip(fields);
        let fields: Vec<_> = columns.map(|(ty, field)| comparable(ty, *field)).collect();
        let fields: Vec<Option<&[u8]>> = fields.iter().map(|field| field.as_deref()).collect();
        understudy_values::row::build(&fields)
    }

    /// Splits a current image into its fields.
    pub fn split<'a>(&self, image: &'a [u8]) -> Result<Vec<Option<&'a [u8]>>, String> {
        let mut fields = Vec::with_capacity(self.types.len());
        let used = self
            .layout
            .split(image, &mut fields)
            .map_err(|e| format!("row of {}: {e}", self.path()))?;
        if used != image.len() {
            return Err(format!(
                "row of {} has {} bytes after its last field",
                self.path(),
                image.len() - used
            ));
        }
        Ok(fields)
    }

    /// Whether two fields of a column are the same value, however it is stored.
    pub fn is_same(&self, column: usize, a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
        a == b
            || self
                .types
                .get(column)
                .is_some_and(|ty| comparable(ty, a) == comparable(ty, b))
    }

    /// The clustering key of a row; `None` when the table has a hidden row id.
    pub(crate) fn key_of(&self, fields: &[Option<&[u8]>]) -> Result<Option<RowKey>, String> {
        let Clustering::Key { parts, .. } = &self.clustering else {
            return Ok(None);
        };
        let mut key = Vec::with_capacity(24);
        key.extend_from_slice(&keys::table_prefix(self.id));
        self.encode_parts(parts, fields, &mut key)?;
        Ok(Some(RowKey(Bytes::from(key))))
    }

    /// Appends one key part; says whether it was NULL.
    pub(crate) fn encode_part(
        &self,
        part: &PartPlan,
        field: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<bool, String> {
        let ty = &self.types[part.column];
        let (prefix, descending) = (part.prefix, part.descending);
        let encoded = key::encode(ty, field, prefix, descending, TextOrder::Collation, out);
        encoded.map_err(|e| {
            format!(
                "key over column {} of {}: {e}",
                self.columns[part.column].name,
                self.path()
            )
        })?;
        Ok(field.is_none())
    }

    /// Appends a column's key, whole and ascending.
    pub(crate) fn encode_column(
        &self,
        column: usize,
        field: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let part = PartPlan {
            column,
            prefix: None,
            descending: false,
        };
        self.encode_part(&part, field, out).map(drop)
    }

    /// Appends the parts of a key from a row's fields; says whether any was NULL.
    pub(crate) fn encode_parts(
        &self,
        parts: &[PartPlan],
        fields: &[Option<&[u8]>],
        out: &mut Vec<u8>,
    ) -> Result<bool, String> {
        let start = out.len();
        let mut null = false;
        for part in parts {
            null |= self.encode_part(part, fields[part.column], out)?;
        }
        keys::shorten(out, start);
        Ok(null)
    }
}

fn row_layout(def: &TableDef, types: &[ColumnType]) -> Result<RowLayout, StoreError> {
    RowLayout::new(types)
        .map_err(|e| StoreError::Catalog(format!("columns of {}.{}: {e}", def.db, def.name)))
}

fn plan_parts(index: &IndexDef) -> Option<Vec<PartPlan>> {
    index
        .parts
        .iter()
        .map(|part| {
            Some(PartPlan {
                column: usize::from(part.column?),
                prefix: part.prefix,
                descending: part.descending,
            })
        })
        .collect()
}

/// InnoDB's choice: PRIMARY KEY, else the first unique key whose columns are NOT NULL and taken whole. The
/// server's order of indexes (which SHOW CREATE TABLE prints) decides what is first.
fn choose_clustering(def: &TableDef) -> Clustering {
    let primary = def
        .indexes
        .iter()
        .position(|i| i.kind == IndexKind::Primary);
    let fits = |index: &IndexDef| {
        index.kind == IndexKind::Unique
            && !index.parts.is_empty()
            && index.parts.iter().all(|part| {
                part.prefix.is_none()
                    && part
                        .column
                        .is_some_and(|c| !def.columns[usize::from(c)].nullable)
            })
    };
    let position = primary.or_else(|| def.indexes.iter().position(fits));
    let parts = position.and_then(|p| plan_parts(&def.indexes[p]));
    match (position, parts) {
        (Some(position), Some(parts)) => Clustering::Key { position, parts },
        (None, _) | (_, None) => Clustering::Hidden,
    }
}

/// The secondary indexes that are kept: B-tree keys over plain columns. FULLTEXT, SPATIAL, VECTOR and
/// functional keys stay in the definition only; nothing on a replica depends on their entries.
fn plan_indexes(def: &TableDef, clustering: &Clustering) -> Vec<IndexPlan> {
    let clustered = match clustering {
        Clustering::Key { position, .. } => Some(*position),
        Clustering::Hidden => None,
    };
    let mut plans = Vec::new();
    for (position, index) in def.indexes.iter().enumerate() {
        let unique = match index.kind {
            IndexKind::Primary | IndexKind::Unique => true,
            IndexKind::Plain => false,
            IndexKind::Fulltext | IndexKind::Spatial | IndexKind::Vector => continue,
        };
        if Some(position) == clustered {
            continue;
        }
        if let Some(parts) = plan_parts(index) {
            plans.push(IndexPlan {
                position,
                number: index.number,
                stored: keys::index_number(index.number),
                unique,
                parts,
            });
        }
    }
    plans
}

/// For each older definition, the way straight to the current one.
fn compose_history(record: &TableRecord, columns: usize) -> Result<Vec<OldRows>, StoreError> {
    let mut composed: Vec<OldRows> = Vec::with_capacity(record.history.len());
    let mut onward: Vec<ColumnSource> = (0..columns).map(column_source).collect();
    for old in record.history.iter().rev() {
        let mut sources = Vec::with_capacity(onward.len());
        for source in &onward {
            sources.push(match source {
                ColumnSource::Column(i) => {
                    old.next.get(usize::from(*i)).cloned().ok_or_else(|| {
                        StoreError::Corrupt(format!(
                            "history of {}.{} does not fit together at version {}",
                            record.def.db, record.def.name, old.version.0
                        ))
                    })?
                }
                ColumnSource::Constant(bytes) => ColumnSource::Constant(bytes.clone()),
            });
        }
        let same = sources.len() == old.columns.len()
            && sources
                .iter()
                .enumerate()
                .all(|(i, s)| *s == column_source(i));
        composed.push(OldRows {
            version: old.version,
            layout: row_layout(&record.def, &old.columns)?,
            sources: (!same).then(|| sources.clone()),
        });
        onward = sources;
    }
    composed.reverse();
    Ok(composed)
}

/// A table has 4096 columns at most (1017 in InnoDB).
fn column_source(i: usize) -> ColumnSource {
    ColumnSource::Column(u16::try_from(i).unwrap_or(u16::MAX))
}
