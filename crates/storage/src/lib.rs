//! Embedded row store: tables, indexes, snapshots, catalog, applied position.
//!
//! [`Store`] opens a data directory; [`Snapshot`] is what readers see, [`Writer`] what changes it. Rows are
//! kept as the binlog row image that brought them. See [`store`] for the worked flow, [`engine`] for what
//! lies below, `ARCHITECTURE.md` for why.
//!
//! Absent from this crate: sockets, SQL text, binlog events, threads other than the reclaiming one and that of a
//! commit that nobody waits for.

pub mod catalog;
mod check;
mod counter;
mod duplicate;
pub mod engine;
mod error;
pub mod foreign_key;
mod keys;
pub mod meta;
mod overlay;
mod prepared;
mod range;
mod reclaim;
mod row;
pub mod schema;
mod snapshot;
pub mod store;
mod table;
pub mod types;
mod undo;
mod writer;

#[cfg(test)]
mod crash_tests;

pub use catalog::{Catalog, ObjectDef, ObjectKind, ObjectName};
pub use check::CheckReport;
pub use engine::Direction;
pub use error::{DuplicateKey, RowError, StoreError};
pub use prepared::{PreparedRow, PreparedUpdate};
pub use range::ScanRange;
pub use row::{RowKey, StoredRow};
pub use snapshot::{Rows, Snapshot};
pub use store::{Durability, Durable, Store, StoreOptions};
pub use table::{ColumnSource, RowVersion, Table};
pub use writer::{DuplicateMode, RowIter, Savepoint, Writer};
