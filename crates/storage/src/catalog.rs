//! The catalog: databases, tables and recorded objects, published as one immutable value.
//!
//! A [`Catalog`] is shared by `Arc`: a snapshot has the one that was current at its time. Changes go through
//! [`crate::writer::Writer`], which stores each changed entry in the catalog keyspace (JSON with a format
//! number) in the same batch as the rows and the applied position.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::{Direction, EngineSnapshot, Space};
use crate::error::StoreError;
use crate::keys;
use crate::schema::{DatabaseDef, TableId};
use crate::table::{Table, TableRecord};

/// Format number of catalog values.
const FORMAT: u32 = 1;

/// Kind of an object that is recorded as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectKind {
    /// CREATE VIEW
    View,
    /// CREATE PROCEDURE
    Procedure,
    /// CREATE FUNCTION
    Function,
    /// CREATE TRIGGER
    Trigger,
    /// CREATE EVENT
    Event,
    /// MariaDB CREATE SEQUENCE
    Sequence,
    /// MariaDB CREATE PACKAGE
    Package,
    /// CREATE USER, GRANT and the like
    Account,
    /// CREATE SERVER
    Server,
    /// Anything else that belongs to no table, by the recorder's own naming.
    Other,
}

impl ObjectKind {
    fn tag(self) -> u8 {
        match self {
            ObjectKind::View => b'v',
            ObjectKind::Procedure => b'p',
            ObjectKind::Function => b'f',
            ObjectKind::Trigger => b't',
            ObjectKind::Event => b'e',
            ObjectKind::Sequence => b's',
            ObjectKind::Package => b'k',
            ObjectKind::Account => b'a',
            ObjectKind::Server => b'r',
            ObjectKind::Other => b'o',
        }
    }
}

/// Name of a recorded object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    /// Kind.
    pub kind: ObjectKind,
    /// Database; empty for objects outside databases.
    pub db: String,
    /// Name.
    pub name: String,
}

/// A view, routine, trigger, event or account statement: its text and the settings it was made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDef {
    /// Name.
    pub name: ObjectName,
    /// Statement text, as bytes in `charset`.
    pub statement: Vec<u8>,
    /// `sql_mode` it was made under.
    pub sql_mode: u64,
    /// Collation number of `character_set_client`.
    pub client_collation: u16,
    /// Settings kept with it (definer, time zone, table of a trigger, ...), name to value.
    pub attributes: Vec<(String, String)>,
}

/// A foreign key by its child table and its position in `foreign_keys`.
pub type ChildKey = (Arc<Table>, usize);

/// Everything that is defined.
#[derive(Clone, Default)]
pub struct Catalog {
    databases: BTreeMap<String, Arc<DatabaseDef>>,
    tables: BTreeMap<String, BTreeMap<String, Arc<Table>>>,
    by_id: HashMap<TableId, Arc<Table>>,
    objects: BTreeMap<ObjectName, Arc<ObjectDef>>,
    /// Foreign keys by the table they refer to; made when asked for.
    children: OnceLock<HashMap<TableId, Vec<ChildKey>>>,
    pub(crate) next_table: u64,
}

impl Catalog {
    /// A database by its exact name.
    pub fn database(&self, name: &str) -> Option<&Arc<DatabaseDef>> {
        self.databases.get(name)
    }

    /// All databases by name.
    pub fn databases(&self) -> impl Iterator<Item = &Arc<DatabaseDef>> {
        self.databases.values()
    }

    /// A table by its exact name.
    pub fn table(&self, db: &str, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(db)?.get(name)
    }

    /// A table by number.
    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<Table>> {
        self.by_id.get(&id)
    }

    /// Tables of a database by name.
    pub fn tables_of(&self, db: &str) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.get(db).into_iter().flat_map(BTreeMap::values)
    }

    /// All tables, by database and name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values().flat_map(BTreeMap::values)
    }

    /// A recorded object.
    pub fn object(&self, name: &ObjectName) -> Option<&Arc<ObjectDef>> {
        self.objects.get(name)
    }

    /// All recorded objects by kind, database and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<ObjectDef>> {
        self.objects.values()
    }

    pub(crate) fn put_database(&mut self, def: DatabaseDef) {
        self.databases.insert(def.name.clone(), Arc::new(def));
    }

    pub(crate) fn remove_database(&mut self, name: &str) {
        self.databases.remove(name);
    }

    /// The foreign keys that refer to a table: child table and position in its `foreign_keys`, by name.
    pub fn children_of(&self, parent: TableId) -> &[ChildKey] {
        let children = self.children.get_or_init(|| self.find_children());
        children.get(&parent).map_or(&[], Vec::as_slice)
    }

    fn find_children(&self) -> HashMap<TableId, Vec<ChildKey>> {
        let mut all: HashMap<TableId, Vec<ChildKey>> = HashMap::new();
        for child in self.tables() {
            for (n, foreign) in child.foreign_keys.iter().enumerate() {
                if let Some(parent) = self.table(&foreign.parent_db, &foreign.parent_table) {
                    all.entry(parent.id).or_default().push((child.clone(), n));
                }
            }
        }
        for list in all.values_mut() {
            list.sort_by(|(a, n), (b, m)| {
                (&a.db, &a.foreign_keys[*n].name).cmp(&(&b.db, &b.foreign_keys[*m].name))
            });
        }
        all
    }

    pub(crate) fn put_table(&mut self, table: Arc<Table>) {
        self.children = OnceLock::new();
        if let Some(old) = self.by_id.insert(table.id, table.clone()) {
            self.unname(&old);
        }
        self.tables
            .entry(table.db.clone())
            .or_default()
            .insert(table.name.clone(), table);
    }

    pub(crate) fn remove_table(&mut self, id: TableId) {
        self.children = OnceLock::new();
        if let Some(old) = self.by_id.remove(&id) {
            self.unname(&old);
        }
    }

    fn unname(&mut self, table: &Table) {
        if let Some(tables) = self.tables.get_mut(&table.db) {
            if tables.get(&table.name).is_some_and(|t| t.id == table.id) {
                tables.remove(&table.name);
            }
            if tables.is_empty() {
                self.tables.remove(&table.db);
            }
        }
    }

    pub(crate) fn put_object(&mut self, def: ObjectDef) {
        self.objects.insert(def.name.clone(), Arc::new(def));
    }

    pub(crate) fn remove_object(&mut self, name: &ObjectName) {
        self.objects.remove(name);
    }

    /// Reads the whole catalog.
    pub(crate) fn load(snapshot: &dyn EngineSnapshot) -> Result<Catalog, StoreError> {
        let mut catalog = Catalog {
            next_table: 1,
            ..Catalog::default()
        };
        let all = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
        for entry in snapshot.range(Space::Catalog, all, Direction::Forward) {
            let (key, value) = entry?;
            match key.first() {
                Some(b'd') => catalog.put_database(decode(&value)?),
                Some(b't') => {
                    let record: TableRecord = decode(&value)?;
                    catalog.put_table(Arc::new(Table::new(record)?));
                }
                Some(b'o') => catalog.put_object(decode(&value)?),
                Some(b'n') => catalog.next_table = decode(&value)?,
                // Ranges to reclaim and indexes being built are the store's own business.
                Some(b'r' | b'b') => {}
                Some(_) | None => {
                    return Err(StoreError::Corrupt(format!(
                        "catalog key {:02x?} is of no known kind",
                        &key[..]
                    )));
                }
            }
        }
        Ok(catalog)
    }
}

#[derive(Serialize)]
struct Sealed<'a, T> {
    format: u32,
    value: &'a T,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Opened<T> {
    value: T,
}

/// A catalog value as it is stored.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&Sealed {
        format: FORMAT,
        value,
    })
    .map_err(|e| StoreError::Catalog(format!("cannot be stored: {e}")))
}

/// Reads a stored catalog value.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    let damaged = |e: serde_json::Error| StoreError::Corrupt(format!("catalog entry: {e}"));
    let format: Format = serde_json::from_slice(bytes).map_err(damaged)?;
    if format.format != FORMAT {
        return Err(StoreError::Corrupt(format!(
            "catalog entry of format {}; this build reads {FORMAT}",
            format.format
        )));
    }
    let opened: Opened<T> = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(opened.value)
}

pub(crate) fn database_key(name: &str) -> Vec<u8> {
    keys::tagged(b'd', name.as_bytes())
}

pub(crate) fn table_key(id: TableId) -> Vec<u8> {
    keys::tagged(b't', &keys::table_prefix(id))
}

pub(crate) fn next_table_key() -> Vec<u8> {
    vec![b'n']
}

pub(crate) fn object_key(name: &ObjectName) -> Vec<u8> {
    let mut key = vec![b'o', name.kind.tag()];
    key.extend_from_slice(name.db.as_bytes());
    key.push(0);
    key.extend_from_slice(name.name.as_bytes());
    key
}
