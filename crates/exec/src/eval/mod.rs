//! Expressions: binding names to columns, and evaluation over a row.
//!
//! Binding turns an [`understudy_sql::ast::Expr`] into a [`Node`]. Everything that comes from the session
//! (`NOW()`, `@@variables`, `DATABASE()`) is a constant from then on, so evaluation needs the row alone.

mod bind;
mod functions;
mod gtids;
mod like;
mod node;
mod types;

pub(crate) use bind::{Binder, ScopeColumn, time_part};
pub(crate) use like::like_text;
pub(crate) use node::{AggregateCall, Node, Row, apply_binary};
pub(crate) use types::{display_length, result_type};
