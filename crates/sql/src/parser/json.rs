//! JSON_VALUE and JSON_TABLE.

use crate::ast::{Expr, JsonResponse, JsonTableColumn, JsonValue, TableRef};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `JSON_VALUE(doc, path [RETURNING type] [ON EMPTY] [ON ERROR])`
    pub(super) fn json_value(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let doc = self.expr()?;
        self.expect(TokenKind::Comma)?;
        let path = self.expr()?;
        let returning = if self.eat_kw(Kw::Returning) {
            Some(self.cast_type()?)
        } else {
            None
        };
        let (on_empty, on_error) = self.json_responses()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::JsonValue(Box::new(JsonValue {
            doc,
            path,
            returning,
            on_empty,
            on_error,
        })))
    }

    /// `[response ON EMPTY] [response ON ERROR]`; the other order is accepted too, as MySQL does.
    fn json_responses(&mut self) -> PResult<(Option<JsonResponse>, Option<JsonResponse>)> {
        let (mut on_empty, mut on_error) = (None, None);
        loop {
            let response = match self.kw() {
                Kw::Null => {
                    self.bump();
                    JsonResponse::Null
                }
                Kw::Error => {
                    self.bump();
                    JsonResponse::Error
                }
                Kw::Default => {
                    self.bump();
                    JsonResponse::Default(self.signed_literal()?)
                }
                _ => return Ok((on_empty, on_error)),
            };
            self.expect_kw(Kw::On)?;
            if self.eat_kw(Kw::Empty) {
                on_empty = Some(response);
            } else {
                self.expect_kw(Kw::Error)?;
                on_error = Some(response);
            }
        }
    }

    /// `JSON_TABLE(expr, path COLUMNS (...)) [AS] alias`
    pub(super) fn json_table(&mut self) -> PResult<TableRef> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let expr = self.expr()?;
        self.expect(TokenKind::Comma)?;
        let path = self.text_literal()?;
        let columns = self.json_columns()?;
        self.expect(TokenKind::RightParen)?;
        self.eat_kw(Kw::As);
        let alias = self.ident()?;
        Ok(TableRef::JsonTable {
            expr,
            path,
            columns,
            alias,
        })
    }

    fn json_columns(&mut self) -> PResult<Vec<JsonTableColumn>> {
        self.nested(|p| {
            p.expect_kw(Kw::Columns)?;
            p.paren_list(Self::json_column)
        })
    }

    fn json_column(&mut self) -> PResult<JsonTableColumn> {
        if self.is_kw(Kw::Nested)
            && matches!(
                self.nth_kind(1),
                TokenKind::String | TokenKind::Word(Kw::Path)
            )
        {
            self.bump();
            self.eat_kw(Kw::Path);
            let path = self.text_literal()?;
            return Ok(JsonTableColumn::Nested(path, self.json_columns()?));
        }
        let name = self.ident()?;
        if self.eat_kw(Kw::For) {
            self.expect_kw(Kw::Ordinality)?;
            return Ok(JsonTableColumn::Ordinality(name));
        }
        let ty = self.data_type()?;
        let collation = if self.eat_kw(Kw::Collate) {
            Some(self.collation_name()?)
        } else {
            None
        };
        let exists = self.eat_kw(Kw::Exists);
        self.expect_kw(Kw::Path)?;
        let path = self.text_literal()?;
        let (on_empty, on_error) = self.json_responses()?;
        Ok(JsonTableColumn::Path {
            name,
            ty,
            collation,
            exists,
            path,
            on_empty,
            on_error,
        })
    }
}
