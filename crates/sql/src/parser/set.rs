//! SET in all its forms.

use crate::ast::{
    AccountKind, ColumnRef, Expr, IsolationLevel, ResetPersist, SetItem, SetTransaction, Statement,
    VariableScope,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `SET ...`
    pub(super) fn set(&mut self) -> PResult<Statement> {
        let start = self.token().start;
        match self.nth_kw(1) {
            Kw::Transaction if self.nth_kind(2) != TokenKind::Eq => {
                self.bump();
                self.bump();
                return self.set_transaction(None);
            }
            Kw::Global | Kw::Session | Kw::Local if self.nth_kw(2) == Kw::Transaction => {
                self.bump();
                let scope = self.variable_scope();
                self.bump();
                self.bump();
                return self.set_transaction(scope);
            }
            Kw::Password if self.password_is_account() => {
                return self.account_rest(start, AccountKind::SetPassword, 2);
            }
            Kw::Role if self.role_is_account() => {
                return self.account_rest(start, AccountKind::SetRole, 2);
            }
            Kw::Default if self.nth_kw(2) == Kw::Role => {
                return self.account_rest(start, AccountKind::SetDefaultRole, 3);
            }
            Kw::Resource if self.nth_kw(2) == Kw::Group => {
                return self.account_rest(start, AccountKind::SetResourceGroup, 3);
            }
            Kw::Statement if self.mariadb() => {
                self.bump();
                self.bump();
                let items = self.list(Self::set_item)?;
                self.expect_kw(Kw::For)?;
                let statement = self.inner_statement()?;
                return Ok(Statement::SetStatement(items, Box::new(statement)));
            }
            _ => {}
        }
        self.bump();
        if self.is_kw(Kw::OneShot) {
            self.bump();
        }
        self.list(Self::set_item).map(Statement::Set)
    }

    fn password_is_account(&mut self) -> bool {
        matches!(
            self.nth_kind(2),
            TokenKind::Eq | TokenKind::Assign | TokenKind::Word(Kw::For | Kw::To)
        )
    }

    fn role_is_account(&mut self) -> bool {
        !matches!(
            self.nth_kind(2),
            TokenKind::Eq | TokenKind::Assign | TokenKind::Dot
        )
    }

    fn set_transaction(&mut self, scope: Option<VariableScope>) -> PResult<Statement> {
        let mut set = SetTransaction {
            scope,
            isolation: None,
            read_only: None,
        };
        loop {
            if set.isolation.is_none() && self.eat_kw(Kw::Isolation) {
                self.expect_kw(Kw::Level)?;
                set.isolation = Some(self.isolation_level()?);
            } else if set.read_only.is_none() && self.eat_kw(Kw::Read) {
                set.read_only = match self.eat_any(&[Kw::Only, Kw::Write]) {
                    Some(kw) => Some(kw == Kw::Only),
                    None => return Err(self.fail()),
                };
            } else {
                return Err(self.fail());
            }
            if !self.eat(TokenKind::Comma) {
                return Ok(Statement::SetTransaction(set));
            }
        }
    }

    fn isolation_level(&mut self) -> PResult<IsolationLevel> {
        match self.eat_any(&[Kw::Read, Kw::Repeatable, Kw::Serializable]) {
            Some(Kw::Read) => match self.eat_any(&[Kw::Committed, Kw::Uncommitted]) {
                Some(Kw::Committed) => Ok(IsolationLevel::ReadCommitted),
                Some(_) => Ok(IsolationLevel::ReadUncommitted),
                None => Err(self.fail()),
            },
            Some(Kw::Repeatable) => {
                self.expect_kw(Kw::Read)?;
                Ok(IsolationLevel::RepeatableRead)
            }
            Some(_) => Ok(IsolationLevel::Serializable),
            None => Err(self.fail()),
        }
    }

    pub(super) fn set_item(&mut self) -> PResult<SetItem> {
        match self.kind() {
            TokenKind::UserVariable => {
                let name = self.variable_name()?;
                self.expect_equal()?;
                let value = self.expr()?;
                return Ok(SetItem::User { name, value });
            }
            TokenKind::AtAt => {
                let variable = self.system_variable()?;
                self.expect_equal()?;
                let value = self.set_value()?;
                return match variable {
                    Expr::SystemVariable {
                        scope,
                        component,
                        name,
                    } => Ok(SetItem::Variable {
                        scope,
                        at_at: true,
                        component,
                        name,
                        value,
                    }),
                    _ => Err(self.fail()),
                };
            }
            TokenKind::Word(Kw::Names) if !self.assigned_at(1) => {
                self.bump();
                return self.set_names();
            }
            _ => {}
        }
        if matches!(self.kw(), Kw::Charset | Kw::Character | Kw::Char)
            && !self.assigned_at(1)
            && self.eat_charset()?
        {
            self.eat(TokenKind::Eq);
            return self.charset_or_default().map(SetItem::CharacterSet);
        }
        let scope = match self.variable_scope() {
            Some(scope) if !self.assigned_at(1) => {
                self.bump();
                Some(scope)
            }
            _ => None,
        };
        self.set_variable(scope)
    }

    fn assigned_at(&mut self, n: usize) -> bool {
        matches!(
            self.nth_kind(n),
            TokenKind::Eq | TokenKind::Assign | TokenKind::Dot
        )
    }

    fn set_names(&mut self) -> PResult<SetItem> {
        let charset = self.charset_or_default()?;
        let collation = if charset.is_some() && self.eat_kw(Kw::Collate) {
            self.charset_or_default()?
        } else {
            None
        };
        Ok(SetItem::Names { charset, collation })
    }

    fn set_variable(&mut self, scope: Option<VariableScope>) -> PResult<SetItem> {
        let first = match self.kw() {
            Kw::Default => self.any_word()?,
            _ => self.ident()?,
        };
        let (component, name) = if self.eat(TokenKind::Dot) {
            (Some(first), self.any_word()?)
        } else {
            (None, first)
        };
        self.expect_equal()?;
        let value = self.set_value()?;
        Ok(SetItem::Variable {
            scope,
            at_at: false,
            component,
            name,
            value,
        })
    }

    /// A value; `DEFAULT` is `None`. Reserved words that name values stand as columns.
    fn set_value(&mut self) -> PResult<Option<Expr>> {
        let kw = self.kw();
        let alone = matches!(
            self.nth_kind(1),
            TokenKind::End | TokenKind::Comma | TokenKind::Semicolon | TokenKind::Word(Kw::For)
        );
        if alone {
            match kw {
                Kw::Default => {
                    self.bump();
                    return Ok(None);
                }
                Kw::On | Kw::All | Kw::Binary | Kw::Row | Kw::System => {
                    let word = self.any_word()?;
                    return Ok(Some(Expr::Column(ColumnRef::bare(word))));
                }
                _ => {}
            }
        }
        self.expr().map(Some)
    }

    /// `PERSIST [IF EXISTS] [name]` after `RESET`.
    pub(super) fn reset_persist(&mut self) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let mut name = None;
        if self.is_ident() || self.is_kw(Kw::Default) {
            let mut full = self.any_word()?;
            if self.eat(TokenKind::Dot) {
                full = format!("{full}.{}", self.any_word()?);
            }
            name = Some(full);
        }
        Ok(Statement::ResetPersist(ResetPersist { if_exists, name }))
    }
}
