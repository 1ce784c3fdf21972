//! Operands of expressions: literals, names, variables, parentheses and the constructs that begin with a word.

use crate::ast::{ColumnRef, Expr, Function, IntervalUnit, Literal, TemporalKind, VariableScope};
use crate::error::ParseErrorKind;
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::expr::Paren;
use super::{PResult, Parser};

/// Most parameter markers of a statement.
const MAX_PARAMS: u32 = 65535;

impl Parser<'_> {
    /// One operand.
    pub(super) fn primary(&mut self) -> PResult<Expr> {
        if let Some(operand) = self.pending.take() {
            return Ok(operand);
        }
        self.tree_depth = 1;
        match self.kind() {
            TokenKind::Word(kw) => self.word_operand(kw),
            TokenKind::QuotedIdent | TokenKind::Dot => self.name_operand(),
            TokenKind::Integer | TokenKind::Decimal | TokenKind::Float => self.number_literal(),
            TokenKind::String | TokenKind::NString => {
                Ok(Expr::Literal(Literal::String(self.string_literal(None)?)))
            }
            TokenKind::Hex | TokenKind::HexNumber => Ok(Expr::Literal(Literal::Hex {
                bytes: self.hex_bytes()?,
                introducer: None,
            })),
            TokenKind::Bit | TokenKind::BitNumber => Ok(Expr::Literal(Literal::Bit {
                digits: self.bit_digits(),
                introducer: None,
            })),
            TokenKind::Param => self.param(),
            TokenKind::UserVariable => self.user_variable(),
            TokenKind::AtAt => self.system_variable(),
            TokenKind::LeftParen => match self.paren()? {
                Paren::Query(query) => Ok(Expr::Subquery(query)),
                Paren::Open(first) => self.finish_paren(first),
            },
            TokenKind::LeftBrace => self.nested(Self::odbc_escape),
            _ => Err(self.fail()),
        }
    }

    pub(super) fn param(&mut self) -> PResult<Expr> {
        if !self.preparing {
            return Err(self.fail());
        }
        if self.params >= MAX_PARAMS {
            return Err(self.fail_as(ParseErrorKind::TooManyPlaceholders));
        }
        self.bump();
        self.params += 1;
        Ok(Expr::Param(self.params - 1))
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn user_variable(&mut self) -> PResult<Expr> {
        let name = self.variable_name()?;
        if !self.eat(TokenKind::Assign) {
            return Ok(Expr::UserVariable(name));
        }
        let value = self.nested(Self::expr)?;
        Ok(Expr::UserVariableAssign(name, Box::new(value)))
    }

    /// `@@[scope.][component.]name`
    #[inline(never)] // keeps its caller's frame small: they recurse
    pub(super) fn system_variable(&mut self) -> PResult<Expr> {
        self.bump();
        let scope = if self.nth_kind(1) == TokenKind::Dot {
            self.variable_scope()
        } else {
            None
        };
        if scope.is_some() {
            self.bump();
            self.expect(TokenKind::Dot)?;
        }
        let first = match self.kind() {
            // `@@'x'` is not a variable, `@@default.key_buffer_size` is.
            TokenKind::Word(Kw::Default) => self.any_word()?,
            _ if scope.is_some() => self.any_word()?,
            _ => self.ident()?,
        };
        if !self.eat(TokenKind::Dot) {
            return Ok(Expr::SystemVariable {
                scope,
                component: None,
                name: first,
            });
        }
        Ok(Expr::SystemVariable {
            scope,
            component: Some(first),
            name: self.any_word()?,
        })
    }

    /// The scope that the current word names; not taken.
    pub(super) fn variable_scope(&self) -> Option<VariableScope> {
        Some(match self.kw() {
            Kw::Global => VariableScope::Global,
            Kw::Session | Kw::Local => VariableScope::Session,
            Kw::Persist if !self.mariadb() => VariableScope::Persist,
            Kw::PersistOnly if !self.mariadb() => VariableScope::PersistOnly,
            _ => return None,
        })
    }

    /// `{d '2020-01-01'}` and any `{name expr}`.
    #[inline(never)] // keeps its caller's frame small: they recurse
    fn odbc_escape(&mut self) -> PResult<Expr> {
        self.bump();
        let word = self.ident()?;
        let kind = match word.to_ascii_lowercase().as_str() {
            "d" => Some(TemporalKind::Date),
            "t" => Some(TemporalKind::Time),
            "ts" => Some(TemporalKind::Timestamp),
            _ => None,
        };
        let expr = match (kind, self.kind()) {
            (Some(kind), TokenKind::String) if self.nth_kind(1) == TokenKind::RightBrace => {
                Expr::Literal(Literal::Temporal(kind, self.string()?))
            }
            _ => self.expr()?,
        };
        self.expect(TokenKind::RightBrace)?;
        Ok(expr)
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn word_operand(&mut self, kw: Kw) -> PResult<Expr> {
        if self.nth_kind(1) == TokenKind::LeftParen {
            return self.call(kw);
        }
        match kw {
            Kw::NotKeyword => {
                let token = self.token();
                if self.slice(token).first() == Some(&b'_')
                    && let Some(charset) = self.introducer(token)
                {
                    return self.introduced_literal(charset);
                }
                self.name_operand()
            }
            Kw::Null => self.constant(Literal::Null),
            Kw::True => self.constant(Literal::Bool(true)),
            Kw::False => self.constant(Literal::Bool(false)),
            Kw::Case => self.nested(Self::case),
            Kw::Interval => self.interval_first(),
            Kw::Match => self.nested(Self::match_against),
            Kw::Date if self.nth_kind(1) == TokenKind::String => {
                self.temporal_literal(TemporalKind::Date)
            }
            Kw::Time if self.nth_kind(1) == TokenKind::String => {
                self.temporal_literal(TemporalKind::Time)
            }
            Kw::Timestamp if self.nth_kind(1) == TokenKind::String => {
                self.temporal_literal(TemporalKind::Timestamp)
            }
            Kw::CurrentDate
            | Kw::CurrentTime
            | Kw::CurrentTimestamp
            | Kw::CurrentUser
            | Kw::Localtime
            | Kw::Localtimestamp
            | Kw::UtcDate
            | Kw::UtcTime
            | Kw::UtcTimestamp => self.bare_function(),
            Kw::CurrentRole if self.mariadb() => self.bare_function(),
            Kw::Default if self.values_function || self.nth_default_is_value() => {
                self.bump();
                Ok(Expr::Default)
            }
            Kw::Next if self.mariadb() && self.are_kws(&[Kw::Next, Kw::Value, Kw::For]) => {
                self.sequence_value(true)
            }
            Kw::Previous if self.mariadb() && self.are_kws(&[Kw::Previous, Kw::Value, Kw::For]) => {
                self.sequence_value(false)
            }
            _ => self.name_operand(),
        }
    }

    /// `DEFAULT` as a whole value: MySQL's `expr_or_default`.
    fn nth_default_is_value(&mut self) -> bool {
        matches!(
            self.nth_kind(1),
            TokenKind::Comma | TokenKind::RightParen | TokenKind::End | TokenKind::Semicolon
        )
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn sequence_value(&mut self, next: bool) -> PResult<Expr> {
        self.bump();
        self.expect_kws(&[Kw::Value, Kw::For])?;
        let name = self.object_name()?;
        Ok(Expr::SequenceValue { next, name })
    }

    fn constant(&mut self, literal: Literal) -> PResult<Expr> {
        self.bump();
        Ok(Expr::Literal(literal))
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn bare_function(&mut self) -> PResult<Expr> {
        let token = self.bump();
        Ok(Expr::Function(Function {
            db: None,
            name: self.word_text(token),
            args: Vec::new(),
            arg_names: Vec::new(),
        }))
    }

    /// A column, `db.function(...)`, or `column -> path`.
    #[inline(never)] // keeps its caller's frame small: they recurse
    fn name_operand(&mut self) -> PResult<Expr> {
        let leading_dot = self.kind() == TokenKind::Dot;
        if !leading_dot
            && self.nth_kind(1) == TokenKind::Dot
            && self.nth_kind(3) == TokenKind::LeftParen
        {
            let db = self.ident()?;
            self.bump();
            let name = self.any_word()?;
            return self.generic_call(Some(db), name);
        }
        if self.kind() == TokenKind::QuotedIdent && self.nth_kind(1) == TokenKind::LeftParen {
            let name = self.ident()?;
            return self.generic_call(None, name);
        }
        let column = self.column_ref()?;
        let unquote = match self.kind() {
            TokenKind::Arrow => false,
            TokenKind::LongArrow => true,
            _ => return Ok(Expr::Column(column)),
        };
        self.bump();
        let path = self.string()?;
        Ok(Expr::JsonPath {
            column,
            path,
            unquote,
        })
    }

    /// `[[db.]table.]column`, also `.table.column`.
    pub(super) fn column_ref(&mut self) -> PResult<ColumnRef> {
        let leading_dot = self.eat(TokenKind::Dot);
        let first = if leading_dot {
            self.any_word()?
        } else {
            self.ident()?
        };
        if !self.eat(TokenKind::Dot) {
            if leading_dot {
                return Err(self.fail());
            }
            return Ok(ColumnRef::bare(first));
        }
        let second = self.any_word()?;
        if leading_dot || !self.eat(TokenKind::Dot) {
            return Ok(ColumnRef {
                db: None,
                table: Some(first),
                column: second,
            });
        }
        let third = self.any_word()?;
        Ok(ColumnRef {
            db: Some(first),
            table: Some(second),
            column: third,
        })
    }

    pub(super) fn case(&mut self) -> PResult<Expr> {
        self.bump();
        let operand = if self.is_kw(Kw::When) {
            None
        } else {
            Some(Box::new(self.expr()?))
        };
        let mut branches = Vec::new();
        while self.eat_kw(Kw::When) {
            let when = self.expr()?;
            self.expect_kw(Kw::Then)?;
            branches.push((when, self.expr()?));
        }
        if branches.is_empty() {
            return Err(self.fail());
        }
        let otherwise = if self.eat_kw(Kw::Else) {
            Some(Box::new(self.expr()?))
        } else {
            None
        };
        self.expect_kw(Kw::End)?;
        Ok(Expr::Case {
            operand,
            branches,
            otherwise,
        })
    }

    /// `INTERVAL value unit` after its `+` or `-` or comma: value and unit.
    pub(super) fn interval(&mut self) -> PResult<(Expr, IntervalUnit)> {
        self.expect_kw(Kw::Interval)?;
        let value = self.expr()?;
        let unit = self.interval_unit()?;
        Ok((value, unit))
    }

    /// `INTERVAL value unit + expr`
    #[inline(never)] // keeps its caller's frame small: they recurse
    fn interval_first(&mut self) -> PResult<Expr> {
        self.nested(|p| {
            let (value, unit) = p.interval()?;
            p.expect(TokenKind::Plus)?;
            let expr = p.not_level()?;
            p.high = p.high.max(p.tree_depth);
            Ok(Expr::DateArith {
                expr: Box::new(expr),
                value: Box::new(value),
                unit,
                subtract: false,
            })
        })
    }

    /// Whether the `INTERVAL` at the current token is the function `INTERVAL(n, n1, ...)`: its parenthesis
    /// holds a comma of its own.
    pub(super) fn interval_is_function(&mut self) -> bool {
        if self.nth_kind(1) != TokenKind::LeftParen {
            return false;
        }
        let mut depth = 0usize;
        for n in 1.. {
            match self.nth_kind(n) {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen if depth == 1 => return false,
                TokenKind::RightParen => depth -= 1,
                TokenKind::Comma if depth == 1 => return true,
                // Inside a subquery a comma may separate select items: `INTERVAL (SELECT ...)`.
                TokenKind::Word(Kw::Select) if depth == 1 => return false,
                TokenKind::End | TokenKind::Bad | TokenKind::Semicolon => return false,
                _ => {}
            }
        }
        false
    }

    /// A unit of time.
    pub(super) fn interval_unit(&mut self) -> PResult<IntervalUnit> {
        let unit = match self.kw() {
            Kw::Microsecond => IntervalUnit::Microsecond,
            Kw::Second | Kw::SqlTsiSecond => IntervalUnit::Second,
            Kw::Minute | Kw::SqlTsiMinute => IntervalUnit::Minute,
            Kw::Hour | Kw::SqlTsiHour => IntervalUnit::Hour,
            Kw::Day | Kw::SqlTsiDay => IntervalUnit::Day,
            Kw::Week | Kw::SqlTsiWeek => IntervalUnit::Week,
            Kw::Month | Kw::SqlTsiMonth => IntervalUnit::Month,
            Kw::Quarter | Kw::SqlTsiQuarter => IntervalUnit::Quarter,
            Kw::Year | Kw::SqlTsiYear => IntervalUnit::Year,
            Kw::SecondMicrosecond => IntervalUnit::SecondMicrosecond,
            Kw::MinuteMicrosecond => IntervalUnit::MinuteMicrosecond,
            Kw::MinuteSecond => IntervalUnit::MinuteSecond,
            Kw::HourMicrosecond => IntervalUnit::HourMicrosecond,
            Kw::HourSecond => IntervalUnit::HourSecond,
            Kw::HourMinute => IntervalUnit::HourMinute,
            Kw::DayMicrosecond => IntervalUnit::DayMicrosecond,
            Kw::DaySecond => IntervalUnit::DaySecond,
            Kw::DayMinute => IntervalUnit::DayMinute,
            Kw::DayHour => IntervalUnit::DayHour,
            Kw::YearMonth => IntervalUnit::YearMonth,
            _ => return Err(self.fail()),
        };
        self.bump();
        Ok(unit)
    }
}
