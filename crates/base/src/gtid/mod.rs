//! Global transaction identifiers, MySQL's and MariaDB's.
//!
//! MySQL: `uuid:number`, since 8.4 also `uuid:tag:number`; sets of them are intervals per uuid and tag.
//! MariaDB: `domain-server-sequence`; a position is the last one of each domain.

mod encoding;
mod intervals;
mod mariadb;
mod parse;
mod set;

pub use encoding::GtidDecodeError;
pub use intervals::{IntervalSet, MAX_GNO};
pub use mariadb::{MariadbGtid, MariadbGtidError, MariadbGtidList};
pub use parse::GtidParseError;
pub use set::{Gtid, GtidSet, Tag, Tsid};

#[cfg(test)]
mod tests;
