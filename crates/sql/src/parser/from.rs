//! FROM: tables, derived tables, joins, index hints.

use crate::ast::{
    HistoryPoint, IndexHint, IndexHintKind, IndexHintScope, JoinCondition, JoinKind, NamedTable,
    ObjectName, Query, SystemTime, TableRef,
};
use crate::context::SqlMode;
use crate::error::ParseErrorKind;
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

/// What a parenthesis in FROM holds.
enum TableParen {
    Query(Box<Query>),
    Table(Box<TableRef>),
}

impl Parser<'_> {
    /// A table with everything joined to it.
    pub(super) fn table_ref(&mut self) -> PResult<TableRef> {
        let left = self.table_factor()?;
        self.joins(left)
    }

    fn joins(&mut self, mut left: TableRef) -> PResult<TableRef> {
        while let Some((kind, natural)) = self.join_operator()? {
            let depth = self.tree_depth;
            let mut right = self.table_factor()?;
            if natural {
                self.joined(depth)?;
                left = join(kind, left, right, JoinCondition::Natural);
                continue;
            }
            // `a JOIN b JOIN c ON x ON y`: without a condition yet, the right side goes on first.
            if self.at_join() {
                right = self.nested(|p| p.joins(right))?;
            }
            let condition = self.join_condition()?;
            if condition == JoinCondition::None && matches!(kind, JoinKind::Left | JoinKind::Right)
            {
                return Err(self.fail());
            }
            self.joined(depth)?;
            left = join(kind, left, right, condition);
        }
        Ok(left)
    }

    fn at_join(&self) -> bool {
        matches!(
            self.kw(),
            Kw::Join
                | Kw::Inner
                | Kw::Cross
                | Kw::StraightJoin
                | Kw::Left
                | Kw::Right
                | Kw::Natural
        )
    }

    /// A join's words; whether it is NATURAL.
    fn join_operator(&mut self) -> PResult<Option<(JoinKind, bool)>> {
        if !self.at_join() {
            return Ok(None);
        }
        let natural = self.eat_kw(Kw::Natural);
        let kw = self.kw();
        self.bump();
        let kind = match kw {
            Kw::Join => JoinKind::Inner,
            Kw::StraightJoin if !natural => JoinKind::Straight,
            Kw::Inner | Kw::Cross => {
                self.expect_kw(Kw::Join)?;
                JoinKind::Inner
            }
            Kw::Left | Kw::Right => {
                self.eat_kw(Kw::Outer);
                self.expect_kw(Kw::Join)?;
                if kw == Kw::Left {
                    JoinKind::Left
                } else {
                    JoinKind::Right
                }
            }
            _ => {
                self.pos -= 1;
                return Err(self.fail());
            }
        };
        Ok(Some((kind, natural)))
    }

    fn join_condition(&mut self) -> PResult<JoinCondition> {
        // `INSERT ... SELECT ... FROM a JOIN b ON DUPLICATE KEY UPDATE`
        if self.is_kw(Kw::On) && self.nth_kw(1) != Kw::Duplicate {
            self.bump();
            return self.expr().map(JoinCondition::On);
        }
        if self.eat_kw(Kw::Using) {
            return self.paren_idents().map(JoinCondition::Using);
        }
        Ok(JoinCondition::None)
    }

    fn table_factor(&mut self) -> PResult<TableRef> {
        self.tree_depth = self.tree_depth.max(1);
        match self.kind() {
            TokenKind::LeftParen => match self.table_paren()? {
                TableParen::Query(query) => self.derived(query, false),
                TableParen::Table(table) => Ok(*table),
            },
            TokenKind::LeftBrace => self.nested(|p| {
                p.bump();
                p.ident()?;
                let table = p.table_ref()?;
                p.expect(TokenKind::RightBrace)?;
                Ok(table)
            }),
            TokenKind::Word(Kw::Lateral) if self.nth_kind(1) == TokenKind::LeftParen => {
                self.bump();
                let query = self.subquery()?;
                self.derived(query, true)
            }
            TokenKind::Word(Kw::JsonTable) if self.nth_kind(1) == TokenKind::LeftParen => {
                self.nested(Self::json_table)
            }
            _ => self
                .named_table()
                .map(|table| TableRef::Table(Box::new(table))),
        }
    }

    fn table_paren(&mut self) -> PResult<TableParen> {
        self.nested(|p| {
            p.expect(TokenKind::LeftParen)?;
            if p.query_starts() {
                let query = p.query_expression()?;
                p.expect(TokenKind::RightParen)?;
                return Ok(TableParen::Query(Box::new(query)));
            }
            let first = if p.kind() == TokenKind::LeftParen {
                match p.table_paren()? {
                    TableParen::Query(query) if p.query_continues() => {
                        let query = p.query_after_parens(query)?;
                        p.expect(TokenKind::RightParen)?;
                        return Ok(TableParen::Query(Box::new(query)));
                    }
                    TableParen::Query(query) => {
                        if p.eat(TokenKind::RightParen) {
                            return Ok(TableParen::Query(query));
                        }
                        p.derived(query, false)?
                    }
                    TableParen::Table(table) => *table,
                }
            } else {
                p.table_factor()?
            };
            let first = p.joins(first)?;
            if p.eat(TokenKind::RightParen) {
                return Ok(TableParen::Table(Box::new(first)));
            }
            let mut tables = vec![first];
            while p.eat(TokenKind::Comma) {
                tables.push(p.table_ref()?);
            }
            p.expect(TokenKind::RightParen)?;
            Ok(TableParen::Table(Box::new(TableRef::List(tables))))
        })
    }

    fn derived(&mut self, query: Box<Query>, lateral: bool) -> PResult<TableRef> {
        let alias = self.table_alias()?;
        if alias.is_none() && !self.mode(SqlMode::ORACLE) {
            return Err(self.fail_as(if self.mariadb() {
                ParseErrorKind::Syntax
            } else {
                ParseErrorKind::DerivedNeedsAlias
            }));
        }
        let columns = if alias.is_some() {
            self.opt_paren_idents()?
        } else {
            Vec::new()
        };
        Ok(TableRef::Derived {
            query,
            lateral,
            alias,
            columns,
        })
    }

    /// `[AS] alias`
    pub(super) fn table_alias(&mut self) -> PResult<Option<String>> {
        if self.eat_kw(Kw::As) || (self.kind() == TokenKind::Eq && self.eat(TokenKind::Eq)) {
            return self.ident().map(Some);
        }
        // Where WINDOW is not reserved it still begins the clause.
        if self.is_kw(Kw::Window) && self.nth_kw(2) == Kw::As {
            return Ok(None);
        }
        self.opt_ident()
    }

    /// A table by name with partitions, alias and hints.
    pub(super) fn named_table(&mut self) -> PResult<NamedTable> {
        let name = self.object_name()?;
        let partitions = self.partition_names()?;
        let mut system_time = None;
        if self.mariadb() && self.are_kws(&[Kw::For, Kw::SystemTime]) {
            self.bump();
            self.bump();
            system_time = Some(self.system_time()?);
        }
        let sample = if self.is_kw(Kw::Tablesample) && Kw::Tablesample.reserved(self.ctx.dialect) {
            self.bump();
            let method = self.upper_word()?;
            Some((method, self.paren_expr()?))
        } else {
            None
        };
        let alias = self.table_alias()?;
        let hints = self.index_hints()?;
        Ok(NamedTable {
            name,
            partitions,
            alias,
            hints,
            system_time,
            sample,
        })
    }

    /// `PARTITION (p0, p1)`
    pub(super) fn partition_names(&mut self) -> PResult<Vec<String>> {
        if self.is_kw(Kw::Partition) && self.nth_kind(1) == TokenKind::LeftParen {
            self.bump();
            return self.paren_idents();
        }
        Ok(Vec::new())
    }

    fn system_time(&mut self) -> PResult<SystemTime> {
        match self.kw() {
            Kw::All => {
                self.bump();
                Ok(SystemTime::All)
            }
            Kw::As => {
                self.bump();
                self.expect_kw(Kw::Of)?;
                self.history_point().map(SystemTime::AsOf)
            }
            Kw::Between => {
                self.bump();
                let from = self.history_point()?;
                self.expect_kw(Kw::And)?;
                Ok(SystemTime::Between(from, self.history_point()?))
            }
            _ => {
                self.expect_kw(Kw::From)?;
                let from = self.history_point()?;
                self.expect_kw(Kw::To)?;
                Ok(SystemTime::FromTo(from, self.history_point()?))
            }
        }
    }

    /// `[TIMESTAMP|TRANSACTION] expr`
    pub(super) fn history_point(&mut self) -> PResult<HistoryPoint> {
        let transaction = self.is_kw(Kw::Transaction) && {
            self.bump();
            true
        };
        if !transaction && self.is_kw(Kw::Timestamp) && self.nth_kind(1) != TokenKind::LeftParen {
            self.bump();
        }
        let value = self.nested(|p| p.bit_level(0))?;
        Ok(HistoryPoint { transaction, value })
    }

    fn index_hints(&mut self) -> PResult<Vec<IndexHint>> {
        let mut hints = Vec::new();
        loop {
            let kind = match self.kw() {
                Kw::Use => IndexHintKind::Use,
                Kw::Force => IndexHintKind::Force,
                Kw::Ignore => IndexHintKind::Ignore,
                _ => return Ok(hints),
            };
            if !matches!(self.nth_kw(1), Kw::Index | Kw::Key) {
                return Ok(hints);
            }
            self.bump();
            self.bump();
            let scope = self.index_hint_scope()?;
            self.expect(TokenKind::LeftParen)?;
            let mut indexes = Vec::new();
            if self.kind() != TokenKind::RightParen {
                indexes = self.list(|p| {
                    if p.is_kw(Kw::Primary) {
                        p.any_word()
                    } else {
                        p.ident()
                    }
                })?;
            } else if kind != IndexHintKind::Use {
                return Err(self.fail());
            }
            self.expect(TokenKind::RightParen)?;
            hints.push(IndexHint {
                kind,
                scope,
                indexes,
            });
        }
    }

    fn index_hint_scope(&mut self) -> PResult<Option<IndexHintScope>> {
        if !self.eat_kw(Kw::For) {
            return Ok(None);
        }
        Ok(Some(if self.eat_kw(Kw::Join) {
            IndexHintScope::Join
        } else if self.eat_kw(Kw::Order) {
            self.expect_kw(Kw::By)?;
            IndexHintScope::OrderBy
        } else {
            self.expect_kws(&[Kw::Group, Kw::By])?;
            IndexHintScope::GroupBy
        }))
    }

    /// `db.table` or `db.table.*`, as the lists of multi-table DELETE have it.
    pub(super) fn table_or_wildcard(&mut self) -> PResult<ObjectName> {
        let first = self.ident()?;
        let mut name = ObjectName {
            db: None,
            name: first,
        };
        while self.eat(TokenKind::Dot) {
            if self.eat(TokenKind::Star) {
                break;
            }
            name = ObjectName {
                db: Some(name.name),
                name: self.any_word()?,
            };
        }
        Ok(name)
    }
}

fn join(kind: JoinKind, left: TableRef, right: TableRef, condition: JoinCondition) -> TableRef {
    TableRef::Join {
        kind,
        left: Box::new(left),
        right: Box::new(right),
        condition,
    }
}
