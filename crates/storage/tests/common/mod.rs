//! Definitions and row images for the tests.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use understudy_storage::schema::*;
use understudy_storage::{Snapshot, Store, StoreOptions, Table};
use understudy_values::row;
use understudy_values::types::{CollationId, ColumnType, IntSize};

pub const MYSQL: Flavour = Flavour {
    mariadb: false,
    version: 90700,
};

pub fn int() -> ColumnType {
    ColumnType::Int {
        size: IntSize::Int,
        unsigned: false,
        zerofill: false,
        width: None,
    }
}

pub fn varchar(length: u32) -> ColumnType {
    ColumnType::VarChar {
        length,
        collation: CollationId::LATIN1_SWEDISH_CI,
    }
}

pub fn column(name: &str, ty: ColumnType, nullable: bool) -> ColumnDef {
    ColumnDef {
        name: name.into(),
        ty,
        nullable,
        default: DefaultValue::None,
        on_update_now: None,
        auto_increment: false,
        generated: None,
        invisible: false,
        explicit_charset: false,
        explicit_collation: false,
        attributes: vec![],
        check: None,
        comment: String::new(),
    }
}

pub fn index(number: u32, name: &str, kind: IndexKind, columns: &[u16]) -> IndexDef {
    IndexDef {
        number,
        name: name.into(),
        kind,
        parts: columns
            .iter()
            .map(|c| KeyPart {
                column: Some(*c),
                prefix: None,
                descending: false,
                expression: None,
            })
            .collect(),
        invisible: false,
        using: None,
        generated_for_foreign_key: false,
        comment: String::new(),
        options: vec![],
    }
}

pub fn table(name: &str, columns: Vec<ColumnDef>, indexes: Vec<IndexDef>) -> TableDef {
    TableDef {
        id: TableId(0),
        version: DefVersion(0),
        db: "d".into(),
        name: name.into(),
        flavour: MYSQL,
        columns,
        next_index_number: indexes.iter().map(|i| i.number + 1).max().unwrap_or(1),
        indexes,
        foreign_keys: vec![],
        checks: vec![],
        collation: CollationId::LATIN1_SWEDISH_CI,
        explicit_collation: false,
        engine: "InnoDB".into(),
        auto_increment: 0,
        comment: String::new(),
        options: vec![],
        partitioning: None,
    }
}

/// `id INT PRIMARY KEY, k INT, v VARCHAR(100), KEY (k)`
pub fn plain(name: &str) -> TableDef {
    table(
        name,
        vec![
            column("id", int(), false),
            column("k", int(), true),
            column("v", varchar(100), true),
        ],
        vec![
            index(1, "PRIMARY", IndexKind::Primary, &[0]),
            index(2, "k", IndexKind::Plain, &[1]),
        ],
    )
}

pub fn database(name: &str) -> DatabaseDef {
    DatabaseDef {
        name: name.into(),
        collation: CollationId::LATIN1_SWEDISH_CI,
        flavour: MYSQL,
        comment: String::new(),
        options: vec![],
    }
}

/// A value of a test row.
#[derive(Clone, Debug, PartialEq)]
pub enum V {
    N,
    I(i32),
    S(String),
}

pub fn s(text: &str) -> V {
    V::S(text.into())
}

pub fn pack(v: &V) -> Option<Vec<u8>> {
    match v {
        V::N => None,
        V::I(i) => Some(i.to_le_bytes().to_vec()),
        V::S(s) => {
            let mut out = vec![s.len() as u8];
            out.extend_from_slice(s.as_bytes());
            Some(out)
        }
    }
}

pub fn image(values: &[V]) -> Vec<u8> {
    let fields: Vec<Option<Vec<u8>>> = values.iter().map(pack).collect();
    let fields: Vec<Option<&[u8]>> = fields.iter().map(|f| f.as_deref()).collect();
    row::build(&fields)
}

/// Values of an image, by the tables of this module: INT and VARCHAR columns.
pub fn unpack(table: &Table, image: &[u8]) -> Vec<V> {
    let fields = table.split(image).unwrap();
    fields
        .iter()
        .zip(table.types())
        .map(|(field, ty)| match (field, ty) {
            (None, _) => V::N,
            (Some(f), ColumnType::Int { .. }) => {
                let mut bytes = [0; 4];
                bytes[..f.len()].copy_from_slice(f);
                V::I(i32::from_le_bytes(bytes))
            }
            (Some(f), _) => V::S(String::from_utf8(f[1..].to_vec()).unwrap()),
        })
        .collect()
}

pub fn rows(snapshot: &Snapshot, db: &str, name: &str) -> Vec<Vec<V>> {
    let table = snapshot.catalog().table(db, name).unwrap().clone();
    snapshot
        .scan(
            &table,
            &understudy_storage::ScanRange::all(),
            understudy_storage::Direction::Forward,
        )
        .map(|r| unpack(&table, r.unwrap().1.image()))
        .collect()
}

pub fn small() -> StoreOptions {
    StoreOptions {
        cache_bytes: 8 << 20,
        memtable_bytes: 4 << 20,
        ..StoreOptions::default()
    }
}

pub fn open(dir: &std::path::Path) -> Store {
    Store::open(dir, small()).unwrap()
}
