//! What replicas connect to: the dump of a binary log over MySQL's protocol.
//!
//! [`scripted`] serves recorded or built binary log files, for the demonstration and for tests that need a
//! source that misbehaves on demand; [`demo`] is what the demonstration replicates.

pub mod demo;
pub mod scripted;
