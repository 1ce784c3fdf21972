//! MySQL protocol server: sessions, accounts, variables, administration.
//!
//! [`Server::bind`] opens the sockets, [`Server::run`] serves until it is told to stop. Each connection is an
//! async task that owns the socket, the packets and the authentication ([`connection`]); each command runs on
//! a blocking thread with the [`session::Session`] and hands its packets over in bounded batches
//! ([`output`]), so a large result is never held in memory. [`dispatch`] gives each statement to its handler.
//!
//! Replication is reached only through [`understudy_base::control::ReplicationControl`].

mod account_statement;
pub mod accounts;
mod connection;
mod diagnostics;
mod dispatch;
mod eval;
mod gtid;
mod like;
mod listener;
mod output;
mod performance_schema;
pub mod persist;
pub mod plugins;
mod prepared;
mod processes;
mod replication;
mod result;
mod select;
mod session;
mod set;
mod shared;
mod show;
mod stream;
mod tls;
pub mod variables;

pub use listener::{Server, ServerError, ServerOptions};
