//! Window functions: OVER, the WINDOW clause, frames.

use crate::ast::{
    Expr, Frame, FrameBound, FrameExclusion, FrameOffset, FrameUnit, Over, WindowCall, WindowSpec,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// What may follow a call: `FROM FIRST|LAST`, `IGNORE NULLS`, `WITHIN GROUP`, `OVER`.
    pub(super) fn over(&mut self, call: Expr) -> PResult<Expr> {
        let mut within_group = Vec::new();
        if self.mariadb() && self.are_kws(&[Kw::Within, Kw::Group]) {
            self.bump();
            self.bump();
            self.expect(TokenKind::LeftParen)?;
            within_group = self.order_by()?;
            self.expect(TokenKind::RightParen)?;
        }
        let from_last = self.is_kw(Kw::From) && matches!(self.nth_kw(1), Kw::Last | Kw::First) && {
            matches!(self.nth_kw(2), Kw::Over | Kw::Respect | Kw::Ignore)
        };
        let mut last = false;
        if from_last {
            self.bump();
            last = self.bump().kind == TokenKind::Word(Kw::Last);
        }
        let mut ignore_nulls = None;
        if matches!(self.kw(), Kw::Ignore | Kw::Respect) && self.nth_kw(1) == Kw::Nulls {
            ignore_nulls = Some(self.bump().kind == TokenKind::Word(Kw::Ignore));
            self.bump();
        }
        let over = self.is_kw(Kw::Over) && {
            let next = self.nth(1);
            next.kind == TokenKind::LeftParen
                || (Kw::Over.reserved(self.ctx.dialect) && self.token_is_ident(next))
        };
        if !over {
            if ignore_nulls.is_some() || from_last {
                return Err(self.fail());
            }
            if within_group.is_empty() {
                return Ok(call);
            }
        }
        let over = if over {
            Some(self.over_clause()?)
        } else {
            None
        };
        Ok(Expr::Window(Box::new(WindowCall {
            call,
            from_last: last,
            ignore_nulls,
            over,
            within_group,
        })))
    }

    fn over_clause(&mut self) -> PResult<Over> {
        self.bump();
        if self.kind() == TokenKind::LeftParen {
            return self.nested(Self::window_spec).map(Over::Spec);
        }
        self.ident().map(Over::Name)
    }

    /// `([name] [PARTITION BY ...] [ORDER BY ...] [frame])`
    pub(super) fn window_spec(&mut self) -> PResult<WindowSpec> {
        self.expect(TokenKind::LeftParen)?;
        let frame_word = matches!(self.kw(), Kw::Rows | Kw::Range | Kw::Groups);
        let mut spec = WindowSpec {
            base: if frame_word { None } else { self.opt_ident()? },
            ..WindowSpec::default()
        };
        if self.eat_kws(&[Kw::Partition, Kw::By]) {
            spec.partition_by = self.list(Self::order_item)?;
        }
        if self.is_kw(Kw::Order) {
            spec.order_by = self.order_by()?;
        }
        spec.frame = self.frame()?;
        self.expect(TokenKind::RightParen)?;
        Ok(spec)
    }

    fn frame(&mut self) -> PResult<Option<Frame>> {
        let unit = match self.kw() {
            Kw::Rows => FrameUnit::Rows,
            Kw::Range => FrameUnit::Range,
            Kw::Groups => FrameUnit::Groups,
            _ => return Ok(None),
        };
        self.bump();
        let (start, end) = if self.eat_kw(Kw::Between) {
            let start = self.frame_bound()?;
            self.expect_kw(Kw::And)?;
            (start, Some(self.frame_bound()?))
        } else {
            (self.frame_bound()?, None)
        };
        let mut exclude = None;
        if self.eat_kw(Kw::Exclude) {
            exclude = Some(if self.eat_kw(Kw::Current) {
                self.expect_kw(Kw::Row)?;
                FrameExclusion::CurrentRow
            } else if self.eat_kw(Kw::Group) {
                FrameExclusion::Group
            } else if self.eat_kw(Kw::Ties) {
                FrameExclusion::Ties
            } else {
                self.expect_kws(&[Kw::No, Kw::Others])?;
                FrameExclusion::NoOthers
            });
        }
        Ok(Some(Frame {
            unit,
            start,
            end,
            exclude,
        }))
    }

    fn frame_bound(&mut self) -> PResult<FrameBound> {
        if self.eat_kw(Kw::Current) {
            self.expect_kw(Kw::Row)?;
            return Ok(FrameBound::CurrentRow);
        }
        if self.eat_kw(Kw::Unbounded) {
            return if self.eat_kw(Kw::Preceding) {
                Ok(FrameBound::UnboundedPreceding)
            } else {
                self.expect_kw(Kw::Following)?;
                Ok(FrameBound::UnboundedFollowing)
            };
        }
        let offset = if self.is_kw(Kw::Interval) && !self.interval_is_function() {
            let (value, unit) = self.interval()?;
            FrameOffset::Interval(Box::new(value), unit)
        } else {
            FrameOffset::Number(Box::new(self.bit_level(0)?))
        };
        if self.eat_kw(Kw::Preceding) {
            Ok(FrameBound::Preceding(offset))
        } else {
            self.expect_kw(Kw::Following)?;
            Ok(FrameBound::Following(offset))
        }
    }

    /// `WINDOW name AS (spec), ...`
    pub(super) fn window_clause(&mut self) -> PResult<Vec<(String, WindowSpec)>> {
        if !self.is_kw(Kw::Window) {
            return Ok(Vec::new());
        }
        self.bump();
        self.list(|p| {
            let name = p.ident()?;
            p.expect_kw(Kw::As)?;
            let spec = p.nested(Self::window_spec)?;
            Ok((name, spec))
        })
    }
}
