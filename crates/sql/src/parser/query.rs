//! Query expressions: set operations, WITH, ORDER BY, LIMIT, INTO, locking.

use crate::ast::{
    CommonTable, Expr, IntoVariable, Limit, LockWait, Locking, OrderItem, Query, QueryBody,
    SelectInto, SetOperator, With,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser, QUERY_WEIGHT};

impl Parser<'_> {
    /// Whether a query begins here without a parenthesis.
    pub(super) fn query_starts(&mut self) -> bool {
        self.query_starts_at(0)
    }

    fn query_starts_at(&mut self, n: usize) -> bool {
        match self.nth_kw(n) {
            Kw::Select | Kw::With => true,
            Kw::Table => self.ctx.dialect.version >= 80019 && !self.mariadb(),
            Kw::Values if self.mariadb() => {
                !self.values_function && self.nth_kind(n + 1) == TokenKind::LeftParen
            }
            Kw::Values => self.nth_kw(n + 1) == Kw::Row,
            _ => false,
        }
    }

    /// Whether one or more parentheses are here and a query begins inside them.
    pub(super) fn paren_holds_query(&mut self) -> bool {
        let mut n = 0;
        while self.nth_kind(n) == TokenKind::LeftParen {
            n += 1;
        }
        n > 0 && self.query_starts_at(n)
    }

    pub(super) fn query_starts_or_paren(&mut self) -> bool {
        self.query_starts() || self.paren_holds_query()
    }

    /// Whether what follows a query in parentheses makes it part of a larger one.
    pub(super) fn query_continues(&self) -> bool {
        matches!(
            self.kw(),
            Kw::Union
                | Kw::Except
                | Kw::Intersect
                | Kw::Order
                | Kw::Limit
                | Kw::For
                | Kw::Lock
                | Kw::Into
                | Kw::Fetch
                | Kw::Offset
        ) || self.minus_follows()
    }

    fn minus_follows(&self) -> bool {
        self.mariadb() && self.is_word("MINUS")
    }

    /// A query as a statement, or where only a query may stand.
    pub(super) fn query_statement(&mut self) -> PResult<Query> {
        if !self.query_starts_or_paren() {
            let table = self.is_kw(Kw::Table) && !self.mariadb();
            if self.is_kw(Kw::Values) || table {
                self.bump();
            }
            return Err(self.fail());
        }
        self.query_expression()
    }

    /// `[WITH ...] body [ORDER BY] [LIMIT] [INTO] [locking]`
    pub(super) fn query_expression(&mut self) -> PResult<Query> {
        self.depth += QUERY_WEIGHT;
        let query = self.nested(|p| {
            let outer = p.early_into.take();
            let with = p.with_clause()?;
            let body = p.query_term()?;
            let query = p.query_tail(with, body);
            p.early_into = outer;
            query
        });
        self.depth -= QUERY_WEIGHT;
        query
    }

    /// Goes on after WITH, at the top of a statement.
    pub(super) fn query_after_with(&mut self, with: Option<With>) -> PResult<Query> {
        let body = self.query_term()?;
        self.query_tail(with, body)
    }

    /// Goes on after a query in parentheses.
    pub(super) fn query_after_parens(&mut self, query: Box<Query>) -> PResult<Query> {
        self.query_tail(None, QueryBody::Parenthesised(query))
    }

    fn query_tail(&mut self, with: Option<With>, left: QueryBody) -> PResult<Query> {
        let body = self.set_operations(left, 0)?;
        let mut query = Query {
            with,
            body,
            order_by: Vec::new(),
            limit: None,
            into: None,
            locking: Vec::new(),
            procedure: None,
        };
        if self.is_kw(Kw::Order) {
            query.order_by = self.order_by()?;
        }
        query.limit = self.limit()?;
        if self.eat_kw(Kw::Procedure) {
            let name = self.ident()?;
            self.expect(TokenKind::LeftParen)?;
            let args = if self.kind() == TokenKind::RightParen {
                Vec::new()
            } else {
                self.list(Self::expr)?
            };
            self.expect(TokenKind::RightParen)?;
            query.procedure = Some((name, args));
        }
        query.into = self.select_into()?;
        while let Some(locking) = self.locking()? {
            query.locking.push(locking);
        }
        if query.into.is_none() {
            query.into = match self.select_into()? {
                Some(into) => Some(into),
                None => self.early_into.take(),
            };
        }
        Ok(plain(query))
    }

    /// `WITH [RECURSIVE] name [(columns)] AS (query), ...`
    pub(super) fn with_clause(&mut self) -> PResult<Option<With>> {
        if !self.eat_kw(Kw::With) {
            return Ok(None);
        }
        let recursive = self.eat_kw(Kw::Recursive);
        let tables = self.list(|p| {
            let name = p.ident()?;
            let columns = p.opt_paren_idents()?;
            p.expect_kw(Kw::As)?;
            let query = *p.subquery()?;
            let mut cycle = Vec::new();
            if p.mariadb() && p.eat_kw(Kw::Cycle) {
                cycle = p.list(Self::ident)?;
                p.expect_kw(Kw::Restrict)?;
            }
            Ok(CommonTable {
                name,
                columns,
                query,
                cycle,
            })
        })?;
        Ok(Some(With { recursive, tables }))
    }

    /// `(query)`
    pub(super) fn subquery(&mut self) -> PResult<Box<Query>> {
        if self.kind() == TokenKind::LeftParen && !self.paren_holds_query() {
            self.bump();
            return Err(self.fail());
        }
        match self.paren()? {
            super::expr::Paren::Query(query) => Ok(query),
            super::expr::Paren::Open(_) => Err(self.fail()),
        }
    }

    fn query_term(&mut self) -> PResult<QueryBody> {
        match self.kw() {
            Kw::Select => self.select().map(|s| QueryBody::Select(Box::new(s))),
            Kw::Values if self.query_starts() => self.values_rows(),
            Kw::Table if self.query_starts() => {
                self.bump();
                Ok(QueryBody::Table(self.object_name()?))
            }
            _ if self.kind() == TokenKind::LeftParen => {
                let query = self.subquery()?;
                Ok(QueryBody::Parenthesised(query))
            }
            _ => Err(self.fail()),
        }
    }

    fn values_rows(&mut self) -> PResult<QueryBody> {
        self.bump();
        self.list(|p| {
            if !p.mariadb() {
                p.expect_kw(Kw::Row)?;
            }
            p.expect(TokenKind::LeftParen)?;
            if p.eat(TokenKind::RightParen) {
                return Ok(Vec::new());
            }
            let row = p.list(Self::expr)?;
            p.expect(TokenKind::RightParen)?;
            Ok(row)
        })
        .map(QueryBody::Values)
    }

    /// `left op right ...`; INTERSECT binds tighter than the others.
    fn set_operations(&mut self, mut left: QueryBody, min: u8) -> PResult<QueryBody> {
        loop {
            let depth = self.tree_depth;
            let (op, level) = match self.kw() {
                Kw::Union => (SetOperator::Union, 0),
                Kw::Except => (SetOperator::Except, 0),
                Kw::Intersect => (SetOperator::Intersect, 1),
                _ if self.minus_follows() => (SetOperator::Except, 0),
                _ => return Ok(left),
            };
            if level < min {
                return Ok(left);
            }
            self.bump();
            let all = self.eat_any(&[Kw::All, Kw::Distinct]) == Some(Kw::All);
            let term = self.query_term()?;
            let right = self.set_operations(term, level + 1)?;
            self.joined(depth)?;
            left = QueryBody::SetOperation {
                op,
                all,
                left: Box::new(left),
                right: Box::new(right),
            };
        }
    }

    /// `ORDER BY ...`
    pub(super) fn order_by(&mut self) -> PResult<Vec<OrderItem>> {
        self.expect_kws(&[Kw::Order, Kw::By])?;
        self.list(Self::order_item)
    }

    /// `ORDER BY ...` if there is one.
    pub(super) fn opt_order_by(&mut self) -> PResult<Vec<OrderItem>> {
        if self.is_kw(Kw::Order) {
            self.order_by()
        } else {
            Ok(Vec::new())
        }
    }

    pub(super) fn order_item(&mut self) -> PResult<OrderItem> {
        let expr = self.expr()?;
        let descending = self.eat_any(&[Kw::Asc, Kw::Desc]) == Some(Kw::Desc);
        Ok(OrderItem { expr, descending })
    }

    /// `LIMIT ...`; MariaDB's `OFFSET ... FETCH ...`.
    pub(super) fn limit(&mut self) -> PResult<Option<Limit>> {
        if self.mariadb() && matches!(self.kw(), Kw::Offset | Kw::Fetch) {
            return self.fetch().map(Some);
        }
        if !self.eat_kw(Kw::Limit) {
            return Ok(None);
        }
        let mut limit = Limit {
            count: None,
            offset: None,
            with_ties: false,
            rows_examined: None,
        };
        if !(self.mariadb() && self.are_kws(&[Kw::Rows, Kw::Examined])) {
            let first = self.limit_value()?;
            if self.eat(TokenKind::Comma) {
                limit.offset = Some(first);
                limit.count = Some(self.limit_value()?);
            } else {
                limit.count = Some(first);
                if self.eat_kw(Kw::Offset) {
                    limit.offset = Some(self.limit_value()?);
                }
            }
        }
        if self.mariadb() && self.eat_kws(&[Kw::Rows, Kw::Examined]) {
            limit.rows_examined = Some(self.limit_value()?);
        }
        Ok(Some(limit))
    }

    fn fetch(&mut self) -> PResult<Limit> {
        let mut limit = Limit {
            count: None,
            offset: None,
            with_ties: false,
            rows_examined: None,
        };
        if self.eat_kw(Kw::Offset) {
            limit.offset = Some(self.limit_value()?);
            let _ = self.eat_any(&[Kw::Row, Kw::Rows]);
        }
        if self.eat_kw(Kw::Fetch) {
            if self.eat_any(&[Kw::First, Kw::Next]).is_none() {
                return Err(self.fail());
            }
            limit.count = Some(if matches!(self.kw(), Kw::Row | Kw::Rows) {
                Expr::Literal(crate::ast::Literal::Integer(1))
            } else {
                self.limit_value()?
            });
            let _ = self.eat_any(&[Kw::Row, Kw::Rows]);
            if !self.eat_kw(Kw::Only) {
                self.expect_kws(&[Kw::With, Kw::Ties])?;
                limit.with_ties = true;
            }
        }
        Ok(limit)
    }

    fn limit_value(&mut self) -> PResult<Expr> {
        match self.kind() {
            TokenKind::Integer | TokenKind::HexNumber | TokenKind::Hex => {
                Ok(Expr::Literal(crate::ast::Literal::Integer(self.number()?)))
            }
            TokenKind::Param => self.param(),
            _ => Ok(Expr::Column(self.column_ref()?)),
        }
    }

    /// `FOR UPDATE|SHARE ...`, `LOCK IN SHARE MODE`
    fn locking(&mut self) -> PResult<Option<Locking>> {
        let update = if self.are_kws(&[Kw::For, Kw::Update]) {
            true
        } else if self.are_kws(&[Kw::For, Kw::Share])
            || self.are_kws(&[Kw::Lock, Kw::In, Kw::Share])
        {
            false
        } else if self.eat_kw(Kw::For) {
            return Err(self.fail());
        } else {
            return Ok(None);
        };
        if self.is_kw(Kw::Lock) {
            self.expect_kws(&[Kw::Lock, Kw::In, Kw::Share, Kw::Mode])?;
        } else {
            self.bump();
            self.bump();
        }
        let of = if !self.mariadb() && self.eat_kw(Kw::Of) {
            self.list(Self::object_name)?
        } else {
            Vec::new()
        };
        let wait = if self.eat_kw(Kw::Nowait) {
            Some(LockWait::NoWait)
        } else if self.eat_kws(&[Kw::Skip, Kw::Locked]) {
            Some(LockWait::SkipLocked)
        } else if self.mariadb() && self.eat_kw(Kw::Wait) {
            Some(LockWait::Wait(self.loose_number()?))
        } else {
            None
        };
        Ok(Some(Locking { update, of, wait }))
    }

    /// `INTO OUTFILE|DUMPFILE|variables`
    pub(super) fn select_into(&mut self) -> PResult<Option<SelectInto>> {
        if !self.eat_kw(Kw::Into) {
            return Ok(None);
        }
        if self.eat_kw(Kw::Outfile) {
            let path = self.text()?;
            let charset = if self.eat_charset()? {
                Some(self.charset_name()?)
            } else {
                None
            };
            let format = self.file_format()?;
            return Ok(Some(SelectInto::Outfile {
                path,
                charset,
                format,
            }));
        }
        if self.eat_kw(Kw::Dumpfile) {
            return Ok(Some(SelectInto::Dumpfile(self.text()?)));
        }
        self.list(|p| {
            if p.kind() == TokenKind::UserVariable {
                p.variable_name().map(IntoVariable::User)
            } else {
                p.ident().map(IntoVariable::Local)
            }
        })
        .map(|vars| Some(SelectInto::Variables(vars)))
    }
}

/// Parentheses around a whole query say nothing.
fn plain(query: Query) -> Query {
    match query {
        Query {
            with: None,
            body: QueryBody::Parenthesised(inner),
            order_by,
            limit: None,
            into: None,
            locking,
            procedure: None,
        } if order_by.is_empty() && locking.is_empty() => *inner,
        other => other,
    }
}
