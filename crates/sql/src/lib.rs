//! MySQL dialect: lexer, syntax tree, parser, printer.
//!
//! [`parser::parse_statement`] turns the bytes of one statement, in the client's character set and under the
//! client's `sql_mode`, into an [`ast::Statement`]. Nothing here knows
//! tables, types of expressions or privileges.
//!
//! Invariants: bytes from outside never panic; nesting and tree depth are bounded (see
//! [`parser::MAX_NESTING`]); a statement that a server of the context's flavour would refuse as a syntax error
//! gives an error with that server's number and text.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod ast;
pub mod context;
pub mod error;
mod generated;
pub mod keyword;
pub mod lexer;
mod multibyte;
pub mod parser;
pub mod printer;

pub use context::{Dialect, ParseContext, SqlMode};
pub use error::ParseError;
pub use parser::parse_statement;
