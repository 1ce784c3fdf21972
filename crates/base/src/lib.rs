//! What every other crate may use: identities, positions, errors, time, crash-safe files.
//!
//! Base knows neither SQL nor the binary log nor sockets. It depends on no other crate of the workspace.

pub mod clock;
pub mod control;
pub mod error;
pub mod filter;
pub mod fs;
pub mod gtid;
pub mod observe;
pub mod position;
pub mod process_ids;
pub mod uuid;

pub use gtid::{Gtid, GtidSet, MariadbGtid, MariadbGtidList};
pub use position::{LogPosition, ServerId};
pub use uuid::Uuid;
