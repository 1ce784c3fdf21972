//! Tables of statements: accepted, refused with the real server's words, and what they parse to.

mod accept;
mod bounds;
mod reject;
mod trees;

use crate::ast::Statement;
use crate::context::{Dialect, ParseContext};
use crate::parser::parse_prepared;

pub(super) fn mysql() -> ParseContext {
    ParseContext::new(Dialect::mysql(90700))
}

pub(super) fn mariadb() -> ParseContext {
    ParseContext::new(Dialect::mariadb(110800))
}

pub(super) fn parse(text: &str, ctx: &ParseContext) -> Statement {
    match parse_prepared(text.as_bytes(), ctx) {
        Ok((statement, _)) => statement,
        Err(error) => panic!("{text}\n{error}"),
    }
}
