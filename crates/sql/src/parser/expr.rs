//! Expressions: MySQL's own levels, from OR down to the prefix operators.
//!
//! ```text
//! expr       a OR b, a XOR b, a AND b, NOT a
//! boolean    a = b, a IS NULL, a > ALL (...)
//! predicate  a IN (...), a BETWEEN b AND c, a LIKE b, a REGEXP b
//! bit        |  &  << >>  + -  * / % DIV MOD  ^  (|| as concatenation)
//! simple     -a ~a !a BINARY a, COLLATE, operands
//! ```

use crate::ast::{BinaryOp, Expr, Function, IsTest, UnaryOp};
use crate::context::SqlMode;
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

/// Result of looking into an opening parenthesis.
pub(super) enum Paren {
    /// A whole query, its `)` taken.
    Query(Box<crate::ast::Query>),
    /// The first expression of a list; its `)` is still to come.
    Open(Expr),
}

impl Parser<'_> {
    /// An expression of any level.
    pub(super) fn expr(&mut self) -> PResult<Expr> {
        let left = self.xor_level()?;
        if !self.at_or() {
            self.high = self.high.max(self.tree_depth);
            return Ok(left);
        }
        let mut depth = self.tree_depth;
        let mut operands = Vec::new();
        push_or(&mut operands, left);
        while self.at_or() {
            self.bump();
            let right = self.xor_level()?;
            depth = depth.max(self.tree_depth);
            push_or(&mut operands, right);
        }
        self.tree_depth = depth;
        self.joined(depth)?;
        self.high = self.high.max(self.tree_depth);
        Ok(Expr::Or(operands))
    }

    fn at_or(&self) -> bool {
        self.is_kw(Kw::Or)
            || (self.kind() == TokenKind::OrOr && !self.mode(SqlMode::PIPES_AS_CONCAT))
    }

    fn xor_level(&mut self) -> PResult<Expr> {
        let mut left = self.and_level()?;
        while self.is_kw(Kw::Xor) {
            let depth = self.tree_depth;
            self.bump();
            let right = self.and_level()?;
            self.joined(depth)?;
            left = Expr::Xor(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn and_level(&mut self) -> PResult<Expr> {
        let left = self.not_level()?;
        if !matches!(self.kind(), TokenKind::AndAnd | TokenKind::Word(Kw::And)) {
            return Ok(left);
        }
        let mut depth = self.tree_depth;
        let mut operands = Vec::new();
        push_and(&mut operands, left);
        while self.eat(TokenKind::AndAnd) || self.eat_kw(Kw::And) {
            let right = self.not_level()?;
            depth = depth.max(self.tree_depth);
            push_and(&mut operands, right);
        }
        self.tree_depth = depth;
        self.joined(depth)?;
        Ok(Expr::And(operands))
    }

    /// NOT binds looser than comparisons, tighter than AND.
    pub(super) fn not_level(&mut self) -> PResult<Expr> {
        if self.is_kw(Kw::Not) && self.pending.is_none() && !self.mode(SqlMode::HIGH_NOT_PRECEDENCE)
        {
            return self.nested(|p| {
                p.bump();
                let operand = p.not_level()?;
                p.high = p.high.max(p.tree_depth);
                Ok(Expr::Not(Box::new(operand)))
            });
        }
        self.boolean_level()
    }

    fn boolean_level(&mut self) -> PResult<Expr> {
        let mut left = self.predicate()?;
        loop {
            if let Some(op) = comparison(self.kind()) {
                let depth = self.tree_depth;
                self.bump();
                left = self.compared(left, op)?;
                self.joined(depth)?;
            } else if self.is_kw(Kw::Is) {
                let depth = self.tree_depth;
                self.bump();
                left = self.is_test(left)?;
                self.joined(depth)?;
                // In MySQL only a test for NULL may be compared further.
                let null = matches!(
                    left,
                    Expr::Is {
                        test: IsTest::Null,
                        ..
                    }
                );
                if !null && !self.mariadb() {
                    return Ok(left);
                }
            } else {
                return Ok(left);
            }
        }
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn compared(&mut self, left: Expr, op: BinaryOp) -> PResult<Expr> {
        let quantifier = matches!(self.kw(), Kw::All | Kw::Any | Kw::Some)
            && op != BinaryOp::NullSafeEq
            && self.nth_kind(1) == TokenKind::LeftParen;
        if !quantifier {
            let right = self.predicate()?;
            return Ok(Expr::Binary(op, Box::new(left), Box::new(right)));
        }
        let all = self.bump().kind == TokenKind::Word(Kw::All);
        let query = self.subquery()?;
        Ok(Expr::Quantified {
            expr: Box::new(left),
            op,
            all,
            query,
        })
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn is_test(&mut self, left: Expr) -> PResult<Expr> {
        let negated = self.eat_kw(Kw::Not);
        let test = match self.kw() {
            Kw::Null => IsTest::Null,
            Kw::True => IsTest::True,
            Kw::False => IsTest::False,
            Kw::Unknown => IsTest::Unknown,
            _ => return Err(self.fail()),
        };
        self.bump();
        Ok(Expr::Is {
            expr: Box::new(left),
            negated,
            test,
        })
    }

    fn predicate(&mut self) -> PResult<Expr> {
        let mut left = self.bit_level(0)?;
        loop {
            let depth = self.tree_depth;
            let negated = self.is_kw(Kw::Not) && self.pending.is_none();
            let kw = if negated { self.nth_kw(1) } else { self.kw() };
            match kw {
                Kw::In | Kw::Between | Kw::Like | Kw::Regexp | Kw::Rlike => {
                    if negated {
                        self.bump();
                    }
                    self.bump();
                    left = self.predicate_rest(kw, negated, left)?;
                }
                Kw::Sounds if !negated && self.nth_kw(1) == Kw::Like => {
                    self.bump();
                    self.bump();
                    let right = self.bit_level(0)?;
                    left = Expr::SoundsLike(Box::new(left), Box::new(right));
                }
                Kw::Member if !negated && self.member_follows() => {
                    self.bump();
                    self.eat_kw(Kw::Of);
                    self.expect(TokenKind::LeftParen)?;
                    let array = self.nested(Self::simple)?;
                    self.expect(TokenKind::RightParen)?;
                    left = Expr::MemberOf(Box::new(left), Box::new(array));
                }
                _ => return Ok(left),
            }
            self.joined(depth)?;
            if !self.mariadb() {
                return Ok(left);
            }
        }
    }

    fn member_follows(&mut self) -> bool {
        !self.mariadb()
            && match self.nth_kind(1) {
                TokenKind::Word(Kw::Of) => self.nth_kind(2) == TokenKind::LeftParen,
                kind => kind == TokenKind::LeftParen,
            }
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn predicate_rest(&mut self, kw: Kw, negated: bool, left: Expr) -> PResult<Expr> {
        let expr = Box::new(left);
        match kw {
            Kw::In => self.in_rest(expr, negated),
            Kw::Between => {
                let low = self.bit_level(0)?;
                let depth = self.tree_depth;
                self.expect_kw(Kw::And)?;
                let high = self.nested(Self::predicate)?;
                self.tree_depth = depth.max(self.tree_depth);
                Ok(Expr::Between {
                    expr,
                    negated,
                    low: Box::new(low),
                    high: Box::new(high),
                })
            }
            Kw::Like => {
                let pattern = self.like_operand()?;
                let depth = self.tree_depth;
                let escape = if self.eat_kw(Kw::Escape) {
                    Some(Box::new(self.like_operand()?))
                } else {
                    None
                };
                self.tree_depth = depth.max(self.tree_depth);
                Ok(Expr::Like {
                    expr,
                    negated,
                    pattern: Box::new(pattern),
                    escape,
                })
            }
            _ => {
                let pattern = self.bit_level(0)?;
                Ok(Expr::Regexp {
                    expr,
                    negated,
                    pattern: Box::new(pattern),
                })
            }
        }
    }

    /// Operand of LIKE: no infix operator except concatenation (and any arithmetic in MariaDB before 10.4).
    fn like_operand(&mut self) -> PResult<Expr> {
        self.bit_level(CONCAT_LEVEL)
    }

    #[inline(never)] // keeps its caller's frame small: they recurse
    fn in_rest(&mut self, expr: Box<Expr>, negated: bool) -> PResult<Expr> {
        if self.kind() != TokenKind::LeftParen {
            return Err(self.fail());
        }
        match self.paren()? {
            Paren::Query(query) => Ok(Expr::InSubquery {
                expr,
                negated,
                query,
            }),
            Paren::Open(first) => {
                let mut list = vec![first];
                self.nested(|p| {
                    while p.eat(TokenKind::Comma) {
                        list.push(p.expr()?);
                    }
                    p.expect(TokenKind::RightParen)
                })?;
                Ok(Expr::In {
                    expr,
                    negated,
                    list,
                })
            }
        }
    }

    /// Infix operators of `min` and tighter.
    pub(super) fn bit_level(&mut self, min: u8) -> PResult<Expr> {
        let mut left = self.simple()?;
        let mut depth = self.tree_depth;
        while let Some((op, level)) = self.infix() {
            if level < min {
                break;
            }
            self.bump();
            if self.is_kw(Kw::Interval)
                && matches!(op, Infix::Op(BinaryOp::Add | BinaryOp::Sub))
                && !self.interval_is_function()
            {
                let (value, unit) = self.nested(Self::interval)?;
                left = Expr::DateArith {
                    expr: Box::new(left),
                    value: Box::new(value),
                    unit,
                    subtract: matches!(op, Infix::Op(BinaryOp::Sub)),
                };
                depth = self.joined(depth)?;
                continue;
            }
            let right = self.bit_level(level + 1)?;
            depth = self.joined(depth)?;
            left = match op {
                Infix::Op(op) => Expr::Binary(op, Box::new(left), Box::new(right)),
                Infix::Concat => Expr::Function(Function {
                    db: None,
                    name: "concat".to_owned(),
                    args: vec![left, right],
                    arg_names: Vec::new(),
                }),
            };
        }
        self.tree_depth = depth;
        Ok(left)
    }

    /// The infix operator at the current token and how tight it binds.
    fn infix(&self) -> Option<(Infix, u8)> {
        let (op, level) = match self.kind() {
            TokenKind::Pipe => (BinaryOp::BitOr, 1),
            TokenKind::Amp => (BinaryOp::BitAnd, 2),
            TokenKind::ShiftLeft => (BinaryOp::ShiftLeft, 3),
            TokenKind::ShiftRight => (BinaryOp::ShiftRight, 3),
            TokenKind::Plus => (BinaryOp::Add, 4),
            TokenKind::Minus => (BinaryOp::Sub, 4),
            TokenKind::Star => (BinaryOp::Mul, 5),
            TokenKind::Slash => (BinaryOp::Div, 5),
            TokenKind::Percent | TokenKind::Word(Kw::Mod) => (BinaryOp::Mod, 5),
            TokenKind::Word(Kw::Div) => (BinaryOp::IntDiv, 5),
            TokenKind::Caret => (BinaryOp::BitXor, 6),
            TokenKind::OrOr if self.mode(SqlMode::PIPES_AS_CONCAT) => {
                let oracle = self.mariadb() && self.mode(SqlMode::ORACLE);
                return Some((Infix::Concat, if oracle { 4 } else { CONCAT_LEVEL }));
            }
            _ => return None,
        };
        Some((Infix::Op(op), level))
    }

    /// Prefix operators and COLLATE around an operand.
    pub(super) fn simple(&mut self) -> PResult<Expr> {
        if self.pending.is_none() {
            let op = match self.kind() {
                TokenKind::Minus => Some(Prefix::Unary(UnaryOp::Minus)),
                TokenKind::Plus => Some(Prefix::Unary(UnaryOp::Plus)),
                TokenKind::Tilde => Some(Prefix::Unary(UnaryOp::BitNot)),
                TokenKind::Bang => Some(Prefix::Not),
                TokenKind::Word(Kw::Not) if self.mode(SqlMode::HIGH_NOT_PRECEDENCE) => {
                    Some(Prefix::Not)
                }
                TokenKind::Word(Kw::Binary) => Some(Prefix::Binary),
                _ => None,
            };
            if let Some(op) = op {
                return self.nested(|p| {
                    p.bump();
                    let operand = Box::new(p.simple()?);
                    Ok(match op {
                        Prefix::Unary(op) => Expr::Unary(op, operand),
                        Prefix::Not => Expr::Not(operand),
                        Prefix::Binary => Expr::BinaryPrefix(operand),
                    })
                });
            }
        }
        let mut expr = self.primary()?;
        while self.is_kw(Kw::Collate) {
            let depth = self.tree_depth;
            self.bump();
            let name = self.collation_name()?;
            self.joined(depth)?;
            expr = Expr::Collate(Box::new(expr), name);
        }
        Ok(expr)
    }

    /// Looks into a parenthesis that may hold a query, an expression or a list.
    pub(super) fn paren(&mut self) -> PResult<Paren> {
        self.nested(|p| {
            p.expect(TokenKind::LeftParen)?;
            if p.query_starts() {
                let query = p.query_expression()?;
                p.expect(TokenKind::RightParen)?;
                return Ok(Paren::Query(Box::new(query)));
            }
            if p.kind() != TokenKind::LeftParen {
                return Ok(Paren::Open(p.expr()?));
            }
            let operand = match p.paren()? {
                Paren::Query(query) => {
                    if p.query_continues() {
                        let query = p.query_after_parens(query)?;
                        p.expect(TokenKind::RightParen)?;
                        return Ok(Paren::Query(Box::new(query)));
                    }
                    if p.eat(TokenKind::RightParen) {
                        return Ok(Paren::Query(query));
                    }
                    Expr::Subquery(query)
                }
                Paren::Open(first) => p.finish_paren(first)?,
            };
            p.high = p.high.max(p.tree_depth);
            p.pending = Some(operand);
            Ok(Paren::Open(p.expr()?))
        })
    }

    /// The rest of a parenthesis after its first expression: one value, or a row.
    pub(super) fn finish_paren(&mut self, first: Expr) -> PResult<Expr> {
        if self.eat(TokenKind::RightParen) {
            return Ok(first);
        }
        let mut items = vec![first];
        self.nested(|p| {
            while p.eat(TokenKind::Comma) {
                items.push(p.expr()?);
            }
            p.expect(TokenKind::RightParen)
        })?;
        Ok(Expr::Row(items))
    }
}

/// How tight `||` binds when it concatenates.
const CONCAT_LEVEL: u8 = 7;

/// An infix operator of the arithmetic levels.
enum Infix {
    Op(BinaryOp),
    Concat,
}

enum Prefix {
    Unary(UnaryOp),
    Not,
    Binary,
}

fn comparison(kind: TokenKind) -> Option<BinaryOp> {
    Some(match kind {
        TokenKind::Eq => BinaryOp::Eq,
        TokenKind::NullSafeEq => BinaryOp::NullSafeEq,
        TokenKind::Ne => BinaryOp::Ne,
        TokenKind::Lt => BinaryOp::Lt,
        TokenKind::Le => BinaryOp::Le,
        TokenKind::Gt => BinaryOp::Gt,
        TokenKind::Ge => BinaryOp::Ge,
        _ => return None,
    })
}

fn push_and(operands: &mut Vec<Expr>, operand: Expr) {
    match operand {
        Expr::And(inner) => operands.extend(inner),
        other => operands.push(other),
    }
}

fn push_or(operands: &mut Vec<Expr>, operand: Expr) {
    match operand {
        Expr::Or(inner) => operands.extend(inner),
        other => operands.push(other),
    }
}
