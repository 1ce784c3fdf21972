//! Receiver, relay log writer and applier.
//!
//! Worked flow: [`Replication::open`] opens every channel: repairs its relay log and reads where its applier
//! stands; START SLAVE starts two threads a channel. The [`receiver`] connects ([`connect`]), registers and appends every event to the
//! relay log; the [`apply`]er reads it and commits rows and position together. They share the relay log and
//! the published [`state`], nothing else: receiving never waits for applying.

pub mod apply;
pub mod apply_options;
pub mod audit;
mod channel;
pub mod config;
pub mod connect;
pub mod error;
mod error_log;
pub mod filter;
pub mod gtid;
pub mod ledger;
mod names;
pub mod options;
pub mod parallel;
pub mod progress;
pub mod receiver;
mod replication;
pub mod semisync;
mod show_events;
pub mod state;
pub mod waterfall;

pub use channel::OpenError;
pub use options::{ReplicaOptions, ReportOptions};
pub use replication::Replication;
