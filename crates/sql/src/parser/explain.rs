//! DESCRIBE, EXPLAIN, HELP.

use crate::ast::{Describe, Explain, ExplainTarget, Statement};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `DESCRIBE|DESC|EXPLAIN ...`; MariaDB's `ANALYZE statement` too.
    pub(super) fn explain_statement(&mut self) -> PResult<Statement> {
        let analyze_word = self.is_kw(Kw::Analyze);
        self.bump();
        let mut explain = Explain {
            analyze: analyze_word,
            format: None,
            extended: false,
            partitions: false,
            into: None,
            schema: None,
            target: ExplainTarget::Connection(super::call::null()),
        };
        self.explain_options(&mut explain)?;
        if self.eat_kws(&[Kw::For, Kw::Connection]) {
            explain.target = ExplainTarget::Connection(self.expr()?);
            return Ok(Statement::Explain(Box::new(explain)));
        }
        if self.eat_kw(Kw::For) {
            if self.eat_any(&[Kw::Schema, Kw::Database]).is_none() {
                return Err(self.fail());
            }
            explain.schema = Some(self.ident()?);
        }
        if self.explainable() {
            let start = self.token().start;
            let statement = self.inner_statement()?;
            let source = self.source_from(start);
            explain.target = ExplainTarget::Statement(Box::new(statement), source);
            return Ok(Statement::Explain(Box::new(explain)));
        }
        if explain.analyze || explain.extended || explain.partitions {
            return Err(self.fail());
        }
        let table = self.object_name()?;
        let column = if self.kind() == TokenKind::String || self.is_ident() {
            Some(self.ident_or_text()?)
        } else {
            None
        };
        Ok(Statement::Describe(Describe { table, column }))
    }

    fn explain_options(&mut self, explain: &mut Explain) -> PResult<()> {
        if self.is_kw(Kw::Analyze) {
            self.bump();
            explain.analyze = true;
        }
        loop {
            if self.is_kw(Kw::Extended) {
                self.bump();
                explain.extended = true;
            } else if self.is_kw(Kw::Partitions) {
                self.bump();
                explain.partitions = true;
            } else if self.is_kw(Kw::Format) && self.nth_kind(1) == TokenKind::Eq {
                self.bump();
                self.bump();
                explain.format = Some(self.ident_or_text()?.to_ascii_uppercase());
            } else if self.is_kw(Kw::Into) {
                self.bump();
                explain.into = Some(self.variable_name()?);
            } else {
                return Ok(());
            }
        }
    }

    fn explainable(&mut self) -> bool {
        self.query_starts_or_paren()
            || matches!(
                self.kw(),
                Kw::Insert | Kw::Replace | Kw::Update | Kw::Delete | Kw::With
            )
    }

    /// `HELP 'topic'`
    pub(super) fn help(&mut self) -> PResult<Statement> {
        self.bump();
        self.ident_or_text().map(Statement::Help)
    }
}
