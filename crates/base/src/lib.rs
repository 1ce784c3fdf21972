//! Server ids, uuids, GTIDs, log positions, clock, crash-safe files

pub mod control;
pub mod error;
