//! Embedded row store: tables, indexes, snapshots, catalog, applied position

pub mod schema;
