//! Binding, planning and execution of DDL and SELECT.
//!
//! - [`ddl::execute`] runs a DDL statement in a storage writer's transaction, under the rules of the server
//!   it comes from ([`ddl::StatementContext`]).
//! - [`show`] prints definitions as their server prints them: SHOW CREATE TABLE and DATABASE.
//! - [`select`] answers queries from a snapshot, the tables of [`information_schema`] included.
//!
//! No sockets, no async, no clocks: everything comes in by argument.

pub mod charsets;
mod convert;
pub mod datum;
pub mod ddl;
pub mod errors;
mod eval;
pub mod information_schema;
mod literal;
mod pack;
pub mod select;
pub mod show;
pub mod system_tables;
mod temporal;
