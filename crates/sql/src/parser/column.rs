//! Column definitions: type and attributes.

use crate::ast::{
    CheckSpec, ColumnAttribute, ColumnSpec, DefaultSpec, EngineOption, EngineOptionValue, Expr,
    ForeignAction, ForeignMatch, Literal, References, UnaryOp,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::call::null;
use super::{PResult, Parser};

impl Parser<'_> {
    /// `name type attributes`
    pub(super) fn column_spec(&mut self) -> PResult<ColumnSpec> {
        let name = self.column_name()?;
        self.column_rest(name)
    }

    /// The name of a column being defined; `table.column` and `db.table.column` are accepted as in MySQL.
    pub(super) fn column_name(&mut self) -> PResult<String> {
        let name = self.short_ident()?;
        if self.kind() != TokenKind::Dot {
            return Ok(name);
        }
        self.bump();
        let name = self.any_word()?;
        if self.eat(TokenKind::Dot) {
            return self.any_word();
        }
        Ok(name)
    }

    /// Type and attributes.
    pub(super) fn column_rest(&mut self, name: String) -> PResult<ColumnSpec> {
        let ty = self.data_type()?;
        let mut attributes = Vec::new();
        while let Some(attribute) = self.column_attribute()? {
            attributes.push(attribute);
        }
        Ok(ColumnSpec {
            name,
            ty,
            attributes,
        })
    }

    fn column_attribute(&mut self) -> PResult<Option<ColumnAttribute>> {
        let kw = self.kw();
        let attribute = match kw {
            Kw::Null => self.taken(ColumnAttribute::Null),
            Kw::Not => {
                self.bump();
                if self.eat_kw(Kw::Secondary) {
                    ColumnAttribute::NotSecondary
                } else {
                    self.expect_kw(Kw::Null)?;
                    ColumnAttribute::NotNull
                }
            }
            Kw::Default => {
                self.bump();
                ColumnAttribute::Default(self.default_spec()?)
            }
            Kw::On => {
                self.bump();
                self.expect_kw(Kw::Update)?;
                ColumnAttribute::OnUpdateNow(self.now()?)
            }
            Kw::AutoIncrement => self.taken(ColumnAttribute::AutoIncrement),
            Kw::Serial => {
                self.bump();
                self.expect_kws(&[Kw::Default, Kw::Value])?;
                ColumnAttribute::SerialDefaultValue
            }
            Kw::Unique => {
                self.bump();
                self.eat_kw(Kw::Key);
                ColumnAttribute::Unique
            }
            Kw::Primary => {
                self.bump();
                // MariaDB and MySQL let KEY be left out.
                self.eat_kw(Kw::Key);
                ColumnAttribute::PrimaryKey
            }
            Kw::Key => self.taken(ColumnAttribute::PrimaryKey),
            Kw::Comment => {
                self.bump();
                ColumnAttribute::Comment(self.text()?)
            }
            Kw::Collate => {
                self.bump();
                ColumnAttribute::Collate(self.collation_name()?)
            }
            Kw::Generated | Kw::As => return self.generated().map(Some),
            Kw::References => ColumnAttribute::References(self.references()?),
            Kw::Constraint | Kw::Check => return self.column_check(),
            _ => return self.rare_column_attribute(kw),
        };
        Ok(Some(attribute))
    }

    fn taken<T>(&mut self, value: T) -> T {
        self.bump();
        value
    }

    fn rare_column_attribute(&mut self, kw: Kw) -> PResult<Option<ColumnAttribute>> {
        let attribute = match kw {
            Kw::ColumnFormat => {
                self.bump();
                ColumnAttribute::ColumnFormat(self.upper_word()?)
            }
            Kw::Storage => {
                self.bump();
                ColumnAttribute::Storage(self.upper_word()?)
            }
            Kw::Visible => self.taken(ColumnAttribute::Visible),
            Kw::Invisible => self.taken(ColumnAttribute::Invisible),
            Kw::Srid => {
                self.bump();
                ColumnAttribute::Srid(self.number()?)
            }
            Kw::RefSystemId => {
                self.bump();
                self.eat(TokenKind::Eq);
                ColumnAttribute::Srid(self.number()?)
            }
            Kw::Compressed if self.mariadb() => {
                self.bump();
                let method = if self.eat(TokenKind::Eq) {
                    Some(self.ident_or_text()?)
                } else {
                    None
                };
                ColumnAttribute::Compressed(method)
            }
            Kw::With | Kw::Without if self.nth_kw(1) == Kw::System => {
                self.bump();
                self.expect_kws(&[Kw::System, Kw::Versioning])?;
                ColumnAttribute::SystemVersioning(kw == Kw::With)
            }
            Kw::EngineAttribute => {
                self.bump();
                self.eat_equal();
                ColumnAttribute::EngineAttribute(self.text()?)
            }
            Kw::SecondaryEngineAttribute => {
                self.bump();
                self.eat_equal();
                ColumnAttribute::SecondaryEngineAttribute(self.text()?)
            }
            _ => {
                return Ok(self.engine_option()?.map(ColumnAttribute::EngineDefined));
            }
        };
        Ok(Some(attribute))
    }

    /// MariaDB's `name=value`, if the next tokens are one.
    pub(super) fn engine_option(&mut self) -> PResult<Option<EngineOption>> {
        if !self.mariadb() || !self.is_ident() || self.nth_kind(1) != TokenKind::Eq {
            return Ok(None);
        }
        let name = self.ident()?;
        self.bump();
        let value = match self.kind() {
            TokenKind::String => EngineOptionValue::Text(self.text()?),
            TokenKind::Integer | TokenKind::HexNumber => EngineOptionValue::Number(self.number()?),
            TokenKind::Word(Kw::Default) => {
                self.bump();
                EngineOptionValue::Default
            }
            _ => EngineOptionValue::Word(self.ident()?),
        };
        Ok(Some(EngineOption { name, value }))
    }

    fn generated(&mut self) -> PResult<ColumnAttribute> {
        if self.eat_kw(Kw::Generated) {
            self.expect_kw(Kw::Always)?;
        }
        self.expect_kw(Kw::As)?;
        if self.is_kw(Kw::Row) {
            self.bump();
            let start = match self.eat_any(&[Kw::Start, Kw::End]) {
                Some(kw) => kw == Kw::Start,
                None => return Err(self.fail()),
            };
            return Ok(ColumnAttribute::RowBound(start));
        }
        self.expect(TokenKind::LeftParen)?;
        let start = self.token().start;
        let expr = Box::new(self.nested(Self::expr)?);
        let source = self.source_from(start);
        self.expect(TokenKind::RightParen)?;
        let stored = self
            .eat_any(&[Kw::Virtual, Kw::Stored, Kw::Persistent])
            .map(|kw| kw != Kw::Virtual);
        Ok(ColumnAttribute::Generated {
            expr,
            source,
            stored,
        })
    }

    /// What follows `DEFAULT`.
    pub(super) fn default_spec(&mut self) -> PResult<DefaultSpec> {
        match self.kw() {
            Kw::CurrentTimestamp | Kw::Localtime | Kw::Localtimestamp => {
                return self.now().map(DefaultSpec::Now);
            }
            Kw::Now if self.nth_kind(1) == TokenKind::LeftParen => {
                return self.now().map(DefaultSpec::Now);
            }
            _ => {}
        }
        let start = self.token().start;
        if self.kind() == TokenKind::LeftParen {
            let expr = if self.mariadb() {
                self.bit_level(0)?
            } else {
                self.expect(TokenKind::LeftParen)?;
                let expr = self.nested(Self::expr)?;
                self.expect(TokenKind::RightParen)?;
                expr
            };
            return Ok(DefaultSpec::Expr {
                expr: Box::new(expr),
                source: self.source_from(start),
            });
        }
        if !self.mariadb() {
            return self.signed_literal().map(DefaultSpec::Literal);
        }
        // MariaDB: any expression without infix comparison; a plain literal stays one.
        let expr = self.bit_level(0)?;
        Ok(if is_signed_literal(&expr) {
            DefaultSpec::Literal(expr)
        } else {
            DefaultSpec::Expr {
                expr: Box::new(expr),
                source: self.source_from(start),
            }
        })
    }

    /// `CURRENT_TIMESTAMP[(n)]` and synonyms.
    pub(super) fn now(&mut self) -> PResult<Option<u32>> {
        match self.kw() {
            Kw::CurrentTimestamp | Kw::Localtime | Kw::Localtimestamp => {}
            Kw::Now if self.nth_kind(1) == TokenKind::LeftParen => {}
            _ => return Err(self.fail()),
        }
        self.bump();
        if self.eat_empty_parens() {
            return Ok(None);
        }
        self.opt_width()
    }

    /// A literal, possibly signed, `NULL` included.
    pub(super) fn signed_literal(&mut self) -> PResult<Expr> {
        match self.kind() {
            TokenKind::Minus | TokenKind::Plus => {
                let op = if self.bump().kind == TokenKind::Minus {
                    UnaryOp::Minus
                } else {
                    UnaryOp::Plus
                };
                if !matches!(
                    self.kind(),
                    TokenKind::Integer | TokenKind::Decimal | TokenKind::Float
                ) {
                    return Err(self.fail());
                }
                Ok(Expr::Unary(op, Box::new(self.number_literal()?)))
            }
            TokenKind::Word(Kw::Null) => {
                self.bump();
                Ok(null())
            }
            _ => {
                let literal = self.primary()?;
                if matches!(literal, Expr::Literal(_)) {
                    Ok(literal)
                } else {
                    Err(self.fail())
                }
            }
        }
    }

    /// `[CONSTRAINT [name]] CHECK (expr) ...` of a column; `None` when a table constraint follows instead.
    fn column_check(&mut self) -> PResult<Option<ColumnAttribute>> {
        let constraint = self.constraint_name()?;
        self.check_spec(constraint)
            .map(|check| Some(ColumnAttribute::Check(check)))
    }

    /// `[CONSTRAINT [name]]`
    pub(super) fn constraint_name(&mut self) -> PResult<Option<Option<String>>> {
        if !self.eat_kw(Kw::Constraint) {
            return Ok(None);
        }
        if self.is_ident() {
            return Ok(Some(Some(self.short_ident()?)));
        }
        Ok(Some(None))
    }

    /// `CHECK (expr) [[NOT] ENFORCED]`
    pub(super) fn check_spec(&mut self, constraint: Option<Option<String>>) -> PResult<CheckSpec> {
        let if_not_exists = self.if_not_exists()?;
        self.expect_kw(Kw::Check)?;
        self.expect(TokenKind::LeftParen)?;
        let start = self.token().start;
        let expr = Box::new(self.nested(Self::expr)?);
        let source = self.source_from(start);
        self.expect(TokenKind::RightParen)?;
        let enforced = if self.eat_kw(Kw::Enforced) {
            Some(true)
        } else if self.eat_kws(&[Kw::Not, Kw::Enforced]) {
            Some(false)
        } else {
            None
        };
        Ok(CheckSpec {
            constraint,
            if_not_exists,
            expr,
            source,
            enforced,
        })
    }

    /// `REFERENCES table [(columns)] [MATCH ...] [ON DELETE ...] [ON UPDATE ...]`
    pub(super) fn references(&mut self) -> PResult<References> {
        self.expect_kw(Kw::References)?;
        let table = self.object_name()?;
        let columns = self.opt_paren_idents()?;
        let mut match_kind = None;
        if self.eat_kw(Kw::Match) {
            match_kind = Some(match self.eat_any(&[Kw::Full, Kw::Partial, Kw::Simple]) {
                Some(Kw::Full) => ForeignMatch::Full,
                Some(Kw::Partial) => ForeignMatch::Partial,
                Some(_) => ForeignMatch::Simple,
                None => return Err(self.fail()),
            });
        }
        let (mut on_delete, mut on_update) = (None, None);
        while self.is_kw(Kw::On) {
            let slot = match self.nth_kw(1) {
                Kw::Delete if on_delete.is_none() => &mut on_delete,
                Kw::Update if on_update.is_none() => &mut on_update,
                _ => break,
            };
            // `ON UPDATE CURRENT_TIMESTAMP` after REFERENCES belongs to the column.
            if matches!(
                self.nth_kw(2),
                Kw::CurrentTimestamp | Kw::Now | Kw::Localtime | Kw::Localtimestamp
            ) {
                break;
            }
            self.bump();
            self.bump();
            *slot = Some(self.foreign_action()?);
        }
        Ok(References {
            table,
            columns,
            match_kind,
            on_delete,
            on_update,
        })
    }

    fn foreign_action(&mut self) -> PResult<ForeignAction> {
        let kw = self.kw();
        self.bump();
        match kw {
            Kw::Restrict => Ok(ForeignAction::Restrict),
            Kw::Cascade => Ok(ForeignAction::Cascade),
            Kw::No => {
                self.expect_kw(Kw::Action)?;
                Ok(ForeignAction::NoAction)
            }
            Kw::Set => {
                if self.eat_kw(Kw::Null) {
                    return Ok(ForeignAction::SetNull);
                }
                self.expect_kw(Kw::Default)?;
                Ok(ForeignAction::SetDefault)
            }
            _ => {
                self.pos -= 1;
                Err(self.fail())
            }
        }
    }
}

fn is_signed_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(literal) => !matches!(literal, Literal::Temporal(..)),
        Expr::Unary(UnaryOp::Minus | UnaryOp::Plus, inner) => matches!(
            **inner,
            Expr::Literal(Literal::Integer(_) | Literal::Decimal(_) | Literal::Float(_))
        ),
        _ => false,
    }
}
