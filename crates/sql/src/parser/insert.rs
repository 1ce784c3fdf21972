//! INSERT and REPLACE.

use crate::ast::{Assignment, Expr, Insert, InsertSource, Priority, SelectItem, Statement};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `INSERT ...`, `REPLACE ...`
    pub(super) fn insert(&mut self) -> PResult<Statement> {
        let replace = self.bump().kind == TokenKind::Word(Kw::Replace);
        let hints = self.hints();
        let priority = match self.eat_any(&[Kw::LowPriority, Kw::HighPriority, Kw::Delayed]) {
            Some(Kw::LowPriority) => Some(Priority::Low),
            Some(Kw::HighPriority) => Some(Priority::High),
            Some(_) => Some(Priority::Delayed),
            None => None,
        };
        let ignore = self.eat_kw(Kw::Ignore);
        self.eat_kw(Kw::Into);
        let table = self.object_name()?;
        let partitions = self.partition_names()?;
        let mut insert = Insert {
            replace,
            hints,
            priority,
            ignore,
            table,
            partitions,
            columns: Vec::new(),
            empty_columns: false,
            source: InsertSource::Values(Vec::new()),
            row_alias: None,
            on_duplicate: Vec::new(),
            returning: Vec::new(),
        };
        if self.kind() == TokenKind::LeftParen && !self.paren_holds_query() {
            self.bump();
            if self.kind() == TokenKind::RightParen {
                insert.empty_columns = true;
            } else {
                insert.columns = self.list(Self::column_ref)?;
            }
            self.expect(TokenKind::RightParen)?;
        }
        insert.source = self.insert_source()?;
        if !self.mariadb() && self.eat_kw(Kw::As) {
            let alias = self.ident()?;
            insert.row_alias = Some((alias, self.opt_paren_idents()?));
        }
        if !replace && self.eat_kws(&[Kw::On, Kw::Duplicate]) {
            self.expect_kws(&[Kw::Key, Kw::Update])?;
            let outer = std::mem::replace(&mut self.values_function, true);
            let assignments = self.list(Self::assignment);
            self.values_function = outer;
            insert.on_duplicate = assignments?;
        }
        insert.returning = self.returning()?;
        Ok(Statement::Insert(Box::new(insert)))
    }

    fn insert_source(&mut self) -> PResult<InsertSource> {
        match self.kw() {
            Kw::Set => {
                self.bump();
                self.list(Self::assignment).map(InsertSource::Set)
            }
            Kw::Values | Kw::Value if self.nth_kw(1) != Kw::Row || self.mariadb() => {
                self.bump();
                self.list(Self::value_row).map(InsertSource::Values)
            }
            _ => self
                .query_statement()
                .map(|query| InsertSource::Query(Box::new(query))),
        }
    }

    /// `(expr|DEFAULT, ...)`
    fn value_row(&mut self) -> PResult<Vec<Expr>> {
        self.expect(TokenKind::LeftParen)?;
        if self.eat(TokenKind::RightParen) {
            return Ok(Vec::new());
        }
        let mut row = vec![self.value()?];
        while self.eat(TokenKind::Comma) {
            row.push(self.value()?);
        }
        self.expect(TokenKind::RightParen)?;
        Ok(row)
    }

    /// An expression, `DEFAULT`, or MariaDB's `IGNORE`.
    fn value(&mut self) -> PResult<Expr> {
        if self.is_kw(Kw::Default) && self.nth_kind(1) != TokenKind::LeftParen {
            self.bump();
            return Ok(Expr::Default);
        }
        if self.mariadb() && self.eat_kw(Kw::Ignore) {
            return Ok(Expr::Ignore);
        }
        self.expr()
    }

    /// `column = expr|DEFAULT`
    pub(super) fn assignment(&mut self) -> PResult<Assignment> {
        let column = self.column_ref()?;
        self.expect_equal()?;
        let value = self.value()?;
        Ok(Assignment { column, value })
    }

    /// `RETURNING items` (MariaDB)
    pub(super) fn returning(&mut self) -> PResult<Vec<SelectItem>> {
        if self.mariadb() && self.eat_kw(Kw::Returning) {
            return self.list(Self::select_item);
        }
        Ok(Vec::new())
    }
}
