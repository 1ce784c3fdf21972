//! UPDATE, DELETE, CALL, DO, HANDLER.

use crate::ast::{
    BinaryOp, Call, Delete, DeleteTarget, Handler, HandlerMove, Portion, Statement, Update, With,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `UPDATE ...`
    pub(super) fn update(&mut self, with: Option<With>) -> PResult<Statement> {
        self.bump();
        let hints = self.hints();
        let low_priority = self.eat_kw(Kw::LowPriority);
        let ignore = self.eat_kw(Kw::Ignore);
        let tables = self.list(Self::table_ref)?;
        let portion = self.portion()?;
        self.expect_kw(Kw::Set)?;
        let assignments = self.list(Self::assignment)?;
        let filter = self.filter()?;
        let order_by = self.opt_order_by()?;
        let limit = self.limit()?;
        let returning = self.returning()?;
        Ok(Statement::Update(Box::new(Update {
            with,
            hints,
            low_priority,
            ignore,
            tables,
            portion,
            assignments,
            filter,
            order_by,
            limit,
            returning,
        })))
    }

    /// `FOR PORTION OF period FROM a TO b` (MariaDB)
    fn portion(&mut self) -> PResult<Option<Portion>> {
        if !self.mariadb() || !self.are_kws(&[Kw::For, Kw::Portion]) {
            return Ok(None);
        }
        self.expect_kws(&[Kw::For, Kw::Portion, Kw::Of])?;
        let period = self.ident()?;
        self.expect_kw(Kw::From)?;
        let from = self.bit_level(0)?;
        self.expect_kw(Kw::To)?;
        let to = self.bit_level(0)?;
        Ok(Some(Portion { period, from, to }))
    }

    /// `DELETE ...`
    pub(super) fn delete(&mut self, with: Option<With>) -> PResult<Statement> {
        self.bump();
        let mut delete = Delete {
            with,
            hints: self.hints(),
            low_priority: false,
            quick: false,
            ignore: false,
            history: false,
            target: DeleteTarget::Multi {
                tables: Vec::new(),
                from: Vec::new(),
                using: false,
            },
            before: None,
            portion: None,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            returning: Vec::new(),
        };
        loop {
            match self.kw() {
                Kw::LowPriority => delete.low_priority = true,
                Kw::Quick => delete.quick = true,
                Kw::Ignore => delete.ignore = true,
                Kw::History if self.mariadb() && self.nth_kw(1) == Kw::From => {
                    delete.history = true;
                }
                _ => break,
            }
            self.bump();
        }
        delete.target = self.delete_target(&mut delete.portion)?;
        if delete.history && self.is_kw(Kw::Before) {
            self.bump();
            self.expect_kw(Kw::SystemTime)?;
            delete.before = Some(self.history_point()?);
        }
        delete.filter = self.filter()?;
        delete.order_by = self.opt_order_by()?;
        delete.limit = self.limit()?;
        delete.returning = self.returning()?;
        Ok(Statement::Delete(Box::new(delete)))
    }

    fn delete_target(&mut self, portion: &mut Option<Portion>) -> PResult<DeleteTarget> {
        if !self.eat_kw(Kw::From) {
            let tables = self.list(Self::table_or_wildcard)?;
            self.expect_kw(Kw::From)?;
            let from = self.list(Self::table_ref)?;
            return Ok(DeleteTarget::Multi {
                tables,
                from,
                using: false,
            });
        }
        let mark = self.pos;
        let first = self.table_or_wildcard()?;
        let multi = matches!(self.kind(), TokenKind::Comma | TokenKind::Word(Kw::Using));
        if multi {
            let mut tables = vec![first];
            while self.eat(TokenKind::Comma) {
                tables.push(self.table_or_wildcard()?);
            }
            self.expect_kw(Kw::Using)?;
            let from = self.list(Self::table_ref)?;
            return Ok(DeleteTarget::Multi {
                tables,
                from,
                using: true,
            });
        }
        self.pos = mark;
        let table = self.object_name()?;
        *portion = self.portion()?;
        let mut partitions = self.partition_names()?;
        let alias = if self.is_kw(Kw::Before) {
            None
        } else {
            self.table_alias()?
        };
        if partitions.is_empty() {
            partitions = self.partition_names()?;
        }
        Ok(DeleteTarget::Single {
            table,
            alias,
            partitions,
        })
    }

    /// `CALL name [(args)]`
    pub(super) fn call_procedure(&mut self) -> PResult<Statement> {
        self.bump();
        let mut name = self.object_name()?;
        // MariaDB: db.package.procedure; the package stays part of the name.
        if self.mariadb() && self.eat(TokenKind::Dot) {
            let last = self.any_word()?;
            name.name = format!("{}.{last}", name.name);
        }
        let mut args = Vec::new();
        if self.eat(TokenKind::LeftParen) {
            if self.kind() != TokenKind::RightParen {
                args = self.list(Self::expr)?;
            }
            self.expect(TokenKind::RightParen)?;
        }
        Ok(Statement::Call(Call { name, args }))
    }

    /// `DO expr, ...`
    pub(super) fn do_statement(&mut self) -> PResult<Statement> {
        self.bump();
        self.list(|p| {
            let expr = p.expr()?;
            // The grammar takes select items, aliases included.
            if p.eat_kw(Kw::As) || p.is_ident() {
                p.ident_or_text()?;
            }
            Ok(expr)
        })
        .map(Statement::Do)
    }

    /// `HANDLER table OPEN|READ|CLOSE`
    pub(super) fn handler(&mut self) -> PResult<Statement> {
        self.bump();
        let table = self.object_name()?;
        if self.eat_kw(Kw::Open) {
            let alias = self.table_alias()?;
            return Ok(Statement::Handler(Handler::Open(table, alias)));
        }
        if self.eat_kw(Kw::Close) {
            return Ok(Statement::Handler(Handler::Close(table)));
        }
        self.expect_kw(Kw::Read)?;
        let simple = |kw| match kw {
            Kw::First => Some(HandlerMove::First),
            Kw::Next => Some(HandlerMove::Next),
            Kw::Prev => Some(HandlerMove::Prev),
            Kw::Last => Some(HandlerMove::Last),
            _ => None,
        };
        let mut index = None;
        let to = match simple(self.kw()) {
            Some(to) if !matches!(self.nth_kind(1), TokenKind::LeftParen | TokenKind::Eq) => {
                self.bump();
                to
            }
            _ => {
                index = Some(if self.is_kw(Kw::Primary) {
                    self.any_word()?
                } else {
                    self.ident()?
                });
                match simple(self.kw()) {
                    Some(to) => {
                        self.bump();
                        to
                    }
                    None => self.handler_key()?,
                }
            }
        };
        let filter = self.filter()?;
        let limit = self.limit()?;
        Ok(Statement::Handler(Handler::Read {
            table,
            index,
            to,
            filter,
            limit,
        }))
    }

    fn handler_key(&mut self) -> PResult<HandlerMove> {
        let op = match self.kind() {
            TokenKind::Eq => BinaryOp::Eq,
            TokenKind::Lt => BinaryOp::Lt,
            TokenKind::Le => BinaryOp::Le,
            TokenKind::Gt => BinaryOp::Gt,
            TokenKind::Ge => BinaryOp::Ge,
            _ => return Err(self.fail()),
        };
        self.bump();
        let values = self.paren_list(|p| {
            if p.is_kw(Kw::Default) && p.nth_kind(1) != TokenKind::LeftParen {
                p.bump();
                return Ok(crate::ast::Expr::Default);
            }
            p.expr()
        })?;
        Ok(HandlerMove::Key(op, values))
    }
}
