//! SELECT proper: options, select list, WHERE, GROUP BY, HAVING, WINDOW.

use crate::ast::{
    Expr, GroupModifier, Literal, ObjectName, OrderItem, Select, SelectItem, SelectOptions, Source,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `SELECT ...` up to ORDER BY.
    pub(super) fn select(&mut self) -> PResult<Select> {
        self.expect_kw(Kw::Select)?;
        let hints = self.hints();
        let options = self.select_options()?;
        let items = self.list(Self::select_item)?;
        if let Some(into) = self.select_into()? {
            self.early_into = Some(into);
        }
        let mut select = Select {
            hints,
            options,
            items,
            from: Vec::new(),
            dual: false,
            filter: None,
            group_by: Vec::new(),
            group_modifier: None,
            having: None,
            windows: Vec::new(),
            qualify: None,
        };
        if self.eat_kw(Kw::From) {
            if self.eat_kw(Kw::Dual) {
                select.dual = true;
            } else {
                select.from = self.list(Self::table_ref)?;
            }
        }
        select.filter = self.filter()?;
        self.group_by(&mut select)?;
        if self.eat_kw(Kw::Having) {
            select.having = Some(self.expr()?);
        }
        select.windows = self.window_clause()?;
        if !self.mariadb() && self.eat_kw(Kw::Qualify) {
            select.qualify = Some(self.expr()?);
        }
        Ok(select)
    }

    /// Text of a hint comment at the current token.
    pub(super) fn hints(&mut self) -> Option<String> {
        if self.kind() != TokenKind::Hint {
            return None;
        }
        let token = self.bump();
        let bytes = self.slice(token);
        let inner = bytes.get(3..bytes.len().saturating_sub(2)).unwrap_or(&[]);
        Some(self.text_lossy(inner))
    }

    fn select_options(&mut self) -> PResult<SelectOptions> {
        let mut options = SelectOptions::default();
        loop {
            let kw = self.kw();
            match kw {
                Kw::Distinct | Kw::Distinctrow => options.distinct = true,
                Kw::All => options.all = true,
                Kw::HighPriority => options.high_priority = true,
                Kw::StraightJoin => options.straight_join = true,
                Kw::SqlSmallResult => options.small_result = true,
                Kw::SqlBigResult => options.big_result = true,
                Kw::SqlBufferResult => options.buffer_result = true,
                Kw::SqlCalcFoundRows => options.calc_found_rows = true,
                Kw::SqlCache if !self.mariadb() && self.ctx.dialect.version >= 80000 => {
                    return Ok(options);
                }
                Kw::SqlCache | Kw::SqlNoCache if self.cache_word_is_option() => {
                    options.cache = Some(kw == Kw::SqlCache);
                }
                _ => return Ok(options),
            }
            self.bump();
        }
    }

    /// `SQL_CACHE` is not reserved: `SELECT sql_cache FROM t` reads a column.
    fn cache_word_is_option(&mut self) -> bool {
        !matches!(
            self.nth_kind(1),
            TokenKind::Comma
                | TokenKind::End
                | TokenKind::Semicolon
                | TokenKind::Dot
                | TokenKind::RightParen
                | TokenKind::Word(Kw::From | Kw::As)
        )
    }

    /// `WHERE expr`
    pub(super) fn filter(&mut self) -> PResult<Option<Expr>> {
        if self.eat_kw(Kw::Where) {
            return self.expr().map(Some);
        }
        Ok(None)
    }

    fn group_by(&mut self, select: &mut Select) -> PResult<()> {
        if !self.eat_kw(Kw::Group) {
            return Ok(());
        }
        self.expect_kw(Kw::By)?;
        let kw = self.kw();
        if matches!(kw, Kw::Rollup | Kw::Cube)
            && !self.mariadb()
            && self.nth_kind(1) == TokenKind::LeftParen
        {
            self.bump();
            select.group_by = self.paren_list(Self::order_item)?;
            select.group_modifier = Some(if kw == Kw::Rollup {
                GroupModifier::Rollup
            } else {
                GroupModifier::Cube
            });
            return Ok(());
        }
        if self.is_word("GROUPING") && self.is_grouping_sets() {
            self.bump();
            self.bump();
            select.group_by = self.paren_list(Self::grouping_set)?;
            select.group_modifier = Some(GroupModifier::GroupingSets);
            return Ok(());
        }
        select.group_by = self.list(Self::order_item)?;
        if self.eat_kws(&[Kw::With, Kw::Rollup]) {
            select.group_modifier = Some(GroupModifier::Rollup);
        } else if self.eat_kws(&[Kw::With, Kw::Cube]) {
            select.group_modifier = Some(GroupModifier::Cube);
        }
        Ok(())
    }

    fn is_grouping_sets(&mut self) -> bool {
        let next = self.nth(1);
        !self.mariadb()
            && self.slice(next).eq_ignore_ascii_case(b"SETS")
            && self.nth_kind(2) == TokenKind::LeftParen
    }

    /// `(a, b)`, `()` or one expression, as a row.
    fn grouping_set(&mut self) -> PResult<OrderItem> {
        let items = if self.kind() == TokenKind::LeftParen {
            self.bump();
            let mut items = Vec::new();
            if self.kind() != TokenKind::RightParen {
                items = self.list(Self::expr)?;
            }
            self.expect(TokenKind::RightParen)?;
            items
        } else {
            vec![self.expr()?]
        };
        Ok(OrderItem {
            expr: Expr::Row(items),
            descending: false,
        })
    }

    /// `*`, `t.*`, `expr [AS alias]`
    pub(super) fn select_item(&mut self) -> PResult<SelectItem> {
        if self.eat(TokenKind::Star) {
            return Ok(SelectItem::Wildcard);
        }
        if let Some(name) = self.qualified_wildcard()? {
            return Ok(SelectItem::QualifiedWildcard(name));
        }
        let start = self.token().start;
        let first_is_string = self.kind() == TokenKind::String;
        let first = if first_is_string {
            let token = self.token();
            self.unescape(self.slice(token))
        } else {
            Vec::new()
        };
        let expr = self.expr()?;
        let name = match &expr {
            Expr::Column(column) => Source(column.column.clone()),
            // Of adjacent strings the first one names the column.
            Expr::Literal(Literal::String(_)) if first_is_string => Source(self.text_lossy(&first)),
            Expr::Literal(Literal::String(text)) => Source(self.text_lossy(&text.bytes)),
            _ => self.source_from(start),
        };
        let alias = self.select_alias()?;
        Ok(SelectItem::Expr { expr, alias, name })
    }

    fn select_alias(&mut self) -> PResult<Option<String>> {
        if self.eat_kw(Kw::As) || self.is_ident() || self.kind() == TokenKind::String {
            return self.ident_or_text().map(Some);
        }
        Ok(None)
    }

    /// `[db.]table.*`
    fn qualified_wildcard(&mut self) -> PResult<Option<ObjectName>> {
        if self.nth_kind(1) != TokenKind::Dot {
            return Ok(None);
        }
        let two = self.nth_kind(2) == TokenKind::Star;
        let three = self.nth_kind(3) == TokenKind::Dot && self.nth_kind(4) == TokenKind::Star;
        if !two && !three {
            return Ok(None);
        }
        let first = self.ident()?;
        self.bump();
        let mut name = ObjectName {
            db: None,
            name: first,
        };
        if three {
            name = ObjectName {
                db: Some(name.name),
                name: self.any_word()?,
            };
            self.bump();
        }
        self.bump();
        Ok(Some(name))
    }
}
