//! Recursive descent over the lexer's tokens; a file per statement family.
//!
//! [`Parser`] holds the token window and the small vocabulary that every family uses: look at words, take
//! words, names, texts and numbers. Tokens are made on demand, so looking ahead and going back are free and a
//! statement after a `;` is not touched.
//!
//! Two bounds keep bytes from outside from exhausting the stack, here and in whoever walks the tree later:
//! [`MAX_NESTING`] for what the parser itself recurses into, [`MAX_TREE_DEPTH`] for trees that grow by
//! repetition (`1+1+1+...`).

mod account;
mod admin;
mod alter;
mod call;
mod column;
mod data_type;
mod database;
mod dml;
mod explain;
mod expr;
mod from;
mod ident;
mod insert;
mod json;
mod literal;
mod load;
mod options;
mod partition;
mod primary;
mod program;
mod query;
mod replication;
mod select;
mod set;
mod show;
mod statement;
mod table;
mod tablespace;
mod transaction;
mod window;

#[cfg(test)]
mod tests;

use crate::ast::{Expr, SelectInto, Statement};
use crate::context::{ParseContext, SqlMode};
use crate::error::{Fail, ParseError, ParseErrorKind};
use crate::keyword::Kw;
use crate::lexer::{Lexer, Token, TokenKind};

/// How deep parentheses, subqueries, function calls and prefix operators may nest.
pub const MAX_NESTING: usize = 250;
/// How deep a tree may become, operator chains included.
pub const MAX_TREE_DEPTH: usize = 1000;

/// How many levels of nesting a query counts for: its frames are the largest.
const QUERY_WEIGHT: usize = 3;
/// The same for a statement within a statement.
const STATEMENT_WEIGHT: usize = 20;
/// Most bytes of a statement that an error message quotes.
const NEAR_BYTES: usize = 80;

pub(crate) type PResult<T> = Result<T, Fail>;

/// Parses one statement; a `;` after it is allowed, more statements are not. `?` is an error here, see
/// [`parse_prepared`].
pub fn parse_statement(src: &[u8], ctx: &ParseContext) -> Result<Statement, ParseError> {
    let mut parser = Parser::new(src, ctx);
    let result = parser.only_statement();
    result.map_err(|fail| parser.explain(fail))
}

/// Parses the first statement of a text that may hold several and says where the next one starts; that is the
/// length of the text when there is none. Bodies of stored programs reach to the end of the text.
pub fn parse_first(src: &[u8], ctx: &ParseContext) -> Result<(Statement, usize), ParseError> {
    let mut parser = Parser::new(src, ctx);
    let result = parser.first_statement();
    result.map_err(|fail| parser.explain(fail))
}

/// Parses a text that is one expression and nothing else, such as the stored text of a generated column.
pub fn parse_expression(src: &[u8], ctx: &ParseContext) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(src, ctx);
    let result = parser.expr().and_then(|expr| {
        parser.expect(TokenKind::End)?;
        Ok(expr)
    });
    result.map_err(|fail| parser.explain(fail))
}

/// Parses a statement being prepared: `?` may stand for values; also says how many do.
pub fn parse_prepared(src: &[u8], ctx: &ParseContext) -> Result<(Statement, u32), ParseError> {
    let mut parser = Parser::new(src, ctx);
    parser.preparing = true;
    let result = parser.only_statement();
    match result {
        Ok(statement) => Ok((statement, parser.params)),
        Err(fail) => Err(parser.explain(fail)),
    }
}

/// A parser in the middle of a statement.
pub(crate) struct Parser<'a> {
    src: &'a [u8],
    ctx: &'a ParseContext,
    lexer: Lexer<'a>,
    tokens: Vec<Token>,
    pos: usize,
    depth: usize,
    /// Depth of the tree that was built last.
    tree_depth: usize,
    /// Greatest `tree_depth` since the innermost construct began.
    high: usize,
    params: u32,
    /// `?` is a marker: the text is being prepared.
    preparing: bool,
    /// An operand already parsed, which the next primary expression is.
    pending: Option<Expr>,
    /// Inside ON DUPLICATE KEY UPDATE, where `VALUES(a)` is a function.
    values_function: bool,
    /// INTO found before FROM, waiting for its query.
    early_into: Option<SelectInto>,
}

impl<'a> Parser<'a> {
    fn new(src: &'a [u8], ctx: &'a ParseContext) -> Self {
        let mut lexer = Lexer::new(src, ctx);
        let mut tokens = Vec::with_capacity(32);
        tokens.push(lexer.next_token());
        Parser {
            src,
            ctx,
            lexer,
            tokens,
            pos: 0,
            depth: 0,
            tree_depth: 0,
            high: 0,
            params: 0,
            preparing: false,
            pending: None,
            values_function: false,
            early_into: None,
        }
    }

    fn only_statement(&mut self) -> PResult<Statement> {
        let (statement, _) = self.first_statement()?;
        self.expect(TokenKind::End)?;
        Ok(statement)
    }

    fn first_statement(&mut self) -> PResult<(Statement, usize)> {
        while self.eat(TokenKind::Semicolon) {}
        if self.kind() == TokenKind::End {
            let blank = |b: &u8| b.is_ascii_whitespace() || *b == b';';
            return Err(self.fail_as(if self.src.iter().all(blank) {
                ParseErrorKind::EmptyQuery
            } else {
                ParseErrorKind::CommentOnly
            }));
        }
        let statement = self.statement()?;
        if self.kind() != TokenKind::End {
            self.expect(TokenKind::Semicolon)?;
        }
        let next = self.token().start;
        Ok((statement, next))
    }

    /// Adds line, near text and wording to an error.
    fn explain(&self, fail: Fail) -> ParseError {
        let before = self.src.get(..fail.offset).unwrap_or(self.src);
        let rest = self.src.get(fail.offset..).unwrap_or(&[]);
        ParseError {
            kind: fail.kind,
            offset: fail.offset,
            line: 1 + memchr::memchr_iter(b'\n', before).count(),
            near: self.near(rest),
            detail: self.text_lossy(self.src.get(fail.offset..fail.end).unwrap_or(&[])),
            mariadb: self.ctx.dialect.mariadb,
        }
    }

    /// Text as error messages quote it: at most 80 bytes; MariaDB marks what it cut.
    fn near(&self, rest: &[u8]) -> String {
        let mut text = self.text_lossy(rest.get(..rest.len().min(NEAR_BYTES + 4)).unwrap_or(rest));
        if rest.len() <= NEAR_BYTES {
            return text;
        }
        let marked = self.mariadb();
        let mut end = if marked { NEAR_BYTES - 3 } else { NEAR_BYTES };
        while end > 0 && !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        if marked {
            text.push_str("...");
        }
        text
    }

    // Looking at tokens.

    fn nth(&mut self, n: usize) -> Token {
        let want = self.pos + n;
        while self.tokens.len() <= want {
            let token = self.lexer.next_token();
            self.tokens.push(token);
        }
        self.tokens.get(want).copied().unwrap_or(Token {
            kind: TokenKind::End,
            start: self.src.len(),
            end: self.src.len(),
        })
    }

    fn token(&self) -> Token {
        self.tokens.get(self.pos).copied().unwrap_or(Token {
            kind: TokenKind::End,
            start: self.src.len(),
            end: self.src.len(),
        })
    }

    fn kind(&self) -> TokenKind {
        self.token().kind
    }

    fn kw(&self) -> Kw {
        match self.kind() {
            TokenKind::Word(kw) => kw,
            _ => Kw::NotKeyword,
        }
    }

    fn nth_kw(&mut self, n: usize) -> Kw {
        match self.nth(n).kind {
            TokenKind::Word(kw) => kw,
            _ => Kw::NotKeyword,
        }
    }

    fn nth_kind(&mut self, n: usize) -> TokenKind {
        self.nth(n).kind
    }

    fn bump(&mut self) -> Token {
        let token = self.token();
        self.pos += 1;
        if self.tokens.len() <= self.pos {
            let next = self.lexer.next_token();
            self.tokens.push(next);
        }
        token
    }

    /// End of the token before the current one.
    fn last_end(&self) -> usize {
        self.pos
            .checked_sub(1)
            .and_then(|p| self.tokens.get(p))
            .map_or(0, |t| t.end)
    }

    // Taking tokens.

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    fn expect(&mut self, kind: TokenKind) -> PResult<()> {
        if self.eat(kind) {
            Ok(())
        } else {
            Err(self.fail())
        }
    }

    fn is_kw(&self, kw: Kw) -> bool {
        self.kind() == TokenKind::Word(kw)
    }

    fn eat_kw(&mut self, kw: Kw) -> bool {
        self.eat(TokenKind::Word(kw))
    }

    fn expect_kw(&mut self, kw: Kw) -> PResult<()> {
        self.expect(TokenKind::Word(kw))
    }

    /// Whether the next tokens are these words.
    fn are_kws(&mut self, kws: &[Kw]) -> bool {
        kws.iter().enumerate().all(|(n, kw)| self.nth_kw(n) == *kw)
    }

    /// Takes all of these words or none.
    fn eat_kws(&mut self, kws: &[Kw]) -> bool {
        let found = self.are_kws(kws);
        if found {
            for _ in kws {
                self.bump();
            }
        }
        found
    }

    fn expect_kws(&mut self, kws: &[Kw]) -> PResult<()> {
        kws.iter().try_for_each(|kw| self.expect_kw(*kw))
    }

    /// Takes one of these words.
    fn eat_any(&mut self, kws: &[Kw]) -> Option<Kw> {
        let kw = self.kw();
        let found = kw != Kw::NotKeyword && kws.contains(&kw);
        if found {
            self.bump();
        }
        found.then_some(kw)
    }

    /// An optional `=` or, where MySQL's grammar says `equal`, `:=`.
    fn eat_equal(&mut self) -> bool {
        self.eat(TokenKind::Eq) || self.eat(TokenKind::Assign)
    }

    fn expect_equal(&mut self) -> PResult<()> {
        if self.eat_equal() {
            Ok(())
        } else {
            Err(self.fail())
        }
    }

    fn if_exists(&mut self) -> PResult<bool> {
        if !self.are_kws(&[Kw::If, Kw::Exists]) {
            return Ok(false);
        }
        self.expect_kws(&[Kw::If, Kw::Exists])?;
        Ok(true)
    }

    fn if_not_exists(&mut self) -> PResult<bool> {
        if !self.are_kws(&[Kw::If, Kw::Not]) {
            return Ok(false);
        }
        self.expect_kws(&[Kw::If, Kw::Not, Kw::Exists])?;
        Ok(true)
    }

    /// `item [, item ...]`
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> PResult<T>) -> PResult<Vec<T>> {
        let mut out = vec![item(self)?];
        while self.eat(TokenKind::Comma) {
            out.push(item(self)?);
        }
        Ok(out)
    }

    /// `(item [, item ...])`
    fn paren_list<T>(&mut self, item: impl FnMut(&mut Self) -> PResult<T>) -> PResult<Vec<T>> {
        self.expect(TokenKind::LeftParen)?;
        let out = self.list(item)?;
        self.expect(TokenKind::RightParen)?;
        Ok(out)
    }

    // Errors.

    /// A syntax error at the current token.
    fn fail(&self) -> Fail {
        self.fail_as(ParseErrorKind::Syntax)
    }

    fn fail_as(&self, kind: ParseErrorKind) -> Fail {
        let token = self.token();
        Fail {
            kind,
            offset: token.start,
            end: token.end,
        }
    }

    // Context.

    fn mode(&self, flag: SqlMode) -> bool {
        self.ctx.sql_mode.has(flag)
    }

    fn mariadb(&self) -> bool {
        self.ctx.dialect.mariadb
    }

    fn slice(&self, token: Token) -> &'a [u8] {
        self.src.get(token.start..token.end).unwrap_or(&[])
    }

    // Depth.

    /// Runs `parse` one level deeper; the tree it builds counts one deeper than its deepest part.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> PResult<T>) -> PResult<T> {
        if self.depth >= MAX_NESTING {
            return Err(self.fail_as(ParseErrorKind::TooDeep));
        }
        self.depth += 1;
        let outer = std::mem::take(&mut self.high);
        let result = parse(self);
        self.depth -= 1;
        self.tree_depth = self.high.max(self.tree_depth) + 1;
        self.high = outer.max(self.tree_depth);
        if self.tree_depth > MAX_TREE_DEPTH {
            return Err(self.fail_as(ParseErrorKind::TooComplex));
        }
        result
    }

    /// Notes that an operator joined a tree of depth `left` with the last one.
    fn joined(&mut self, left: usize) -> PResult<usize> {
        let depth = left.max(self.tree_depth) + 1;
        if depth > MAX_TREE_DEPTH {
            return Err(self.fail_as(ParseErrorKind::TooComplex));
        }
        self.tree_depth = depth;
        Ok(depth)
    }
}
