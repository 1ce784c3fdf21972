//! Tokens over the bytes of a statement.
//!
//! The lexer follows MySQL's: keywords are not recognised after a dot, numbers may turn out to be names
//! (`1a`), `/*!50100 ... */` is code for a server of that version or newer, `/*+ ... */` is a token right after
//! the words that take hints. Tokens are positions; nothing is copied or unescaped here. It never fails: what
//! cannot be a token is [`TokenKind::Bad`], which no rule of the grammar accepts.

use crate::context::{Dialect, ParseContext, SqlMode};
use crate::keyword::Kw;
use crate::multibyte::ByteClass;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted word and the keyword that it is, if any.
    Word(Kw),
    /// A quoted name, quotes included.
    QuotedIdent,
    /// A string, quotes included.
    String,
    /// `N'...'`
    NString,
    /// `x'4D'`
    Hex,
    /// `0x4D`
    HexNumber,
    /// `b'01'`
    Bit,
    /// `0b01`
    BitNumber,
    /// Digits.
    Integer,
    /// Digits with a point.
    Decimal,
    /// A number with an exponent.
    Float,
    /// `?`
    Param,
    /// `@name`, `@'name'`, or the host part of an account.
    UserVariable,
    /// `@@`
    AtAt,
    /// `/*+ ... */`
    Hint,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `:=`
    Assign,
    /// `=`
    Eq,
    /// `<=>`
    NullSafeEq,
    /// `<>`, `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `|`
    Pipe,
    /// `||`
    OrOr,
    /// `&`
    Amp,
    /// `&&`
    AndAnd,
    /// `^`
    Caret,
    /// `~`
    Tilde,
    /// `!`
    Bang,
    /// `->`
    Arrow,
    /// `->>`
    LongArrow,
    /// The end of the text.
    End,
    /// Not a token of the language: unclosed quote or comment, stray byte.
    Bad,
}

/// A token: what, and which bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What.
    pub kind: TokenKind,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// Splits a statement into tokens.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    src: &'a [u8],
    pos: usize,
    dialect: Dialect,
    class: ByteClass,
    ansi_quotes: bool,
    backslash_escapes: bool,
    /// Inside `/*! ... */` whose content counts.
    in_version_comment: bool,
    /// The last token was a dot right before this position: no keywords, no numbers.
    after_dot: bool,
    /// The last token takes hints.
    hint_allowed: bool,
    /// Where versioned comments opened and closed, and those left out: no part of the text as the server sees it.
    markers: Vec<(usize, usize)>,
}

/// Bytes that may stand in an unquoted name.
const fn ident_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of `src`.
    pub fn new(src: &'a [u8], ctx: &ParseContext) -> Self {
        Lexer {
            src,
            pos: 0,
            dialect: ctx.dialect,
            class: ByteClass::of(ctx.charset),
            ansi_quotes: ctx.sql_mode.has(SqlMode::ANSI_QUOTES),
            backslash_escapes: !ctx.sql_mode.has(SqlMode::NO_BACKSLASH_ESCAPES),
            in_version_comment: false,
            after_dot: false,
            hint_allowed: false,
            markers: Vec::new(),
        }
    }

    fn at(&self, offset: usize) -> u8 {
        self.src.get(self.pos + offset).copied().unwrap_or(0)
    }

    fn byte(&self, pos: usize) -> u8 {
        self.src.get(pos).copied().unwrap_or(0)
    }

    /// Length of the name character at `pos`, 0 where none is.
    fn ident_char(&self, pos: usize) -> usize {
        let Some(&b) = self.src.get(pos) else {
            return 0;
        };
        if !ident_byte(b) {
            return 0;
        }
        if b < 0x80 || self.class == ByteClass::AsciiSafe {
            return 1;
        }
        self.class.char_len(self.src.get(pos..).unwrap_or(&[]))
    }

    fn ident_end(&self, mut pos: usize) -> usize {
        loop {
            let len = self.ident_char(pos);
            if len == 0 {
                return pos;
            }
            pos += len;
        }
    }

    fn digits_end(&self, mut pos: usize) -> usize {
        while self.byte(pos).is_ascii_digit() {
            pos += 1;
        }
        pos
    }

    fn token(&mut self, kind: TokenKind, start: usize, end: usize) -> Token {
        self.pos = end;
        Token { kind, start, end }
    }

    fn bad(&mut self, start: usize) -> Token {
        self.token(TokenKind::Bad, start, self.src.len())
    }

    /// The bytes from `start` to `end` without the marks of versioned comments, as the server keeps them.
    pub(crate) fn unmarked(&self, start: usize, end: usize) -> Vec<u8> {
        let piece = |from: usize, to: usize| self.src.get(from..to).unwrap_or(&[]);
        let mut out = Vec::with_capacity(end.saturating_sub(start));
        let mut at = start;
        for &(from, to) in &self.markers {
            if to <= at || from >= end {
                continue;
            }
            out.extend_from_slice(piece(at, from.max(at)));
            at = to;
            // Two words must not become one.
            let before = out.last().is_some_and(|b| ident_byte(*b));
            if before && self.src.get(at).is_some_and(|b| ident_byte(*b)) {
                out.push(b' ');
            }
        }
        out.extend_from_slice(piece(at, end));
        out
    }

    /// The next token; [`TokenKind::End`] for ever at the end.
    pub fn next_token(&mut self) -> Token {
        let after_dot = std::mem::take(&mut self.after_dot);
        let before = self.pos;
        if let Some(hint_or_bad) = self.skip_blanks() {
            return hint_or_bad;
        }
        self.hint_allowed = false;
        let start = self.pos;
        let Some(&b) = self.src.get(start) else {
            let kind = if self.in_version_comment {
                TokenKind::Bad
            } else {
                TokenKind::End
            };
            return self.token(kind, start, start);
        };
        let after_dot = after_dot && start == before;
        match b {
            b'0'..=b'9' if !after_dot => self.number_or_word(start),
            b'\'' => self.quoted(start, start, b'\'', TokenKind::String),
            b'"' if self.ansi_quotes => self.quoted(start, start, b'"', TokenKind::QuotedIdent),
            b'"' => self.quoted(start, start, b'"', TokenKind::String),
            b'`' => self.quoted(start, start, b'`', TokenKind::QuotedIdent),
            b'@' => self.at_sign(start),
            b'.' => self.dot(start),
            _ if ident_byte(b) => self.word(start, after_dot),
            _ => self.operator(start, b),
        }
    }

    /// Skips white space and comments; a hint, or a comment without an end, comes back as a token.
    fn skip_blanks(&mut self) -> Option<Token> {
        loop {
            match self.src.get(self.pos).copied() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) => self.pos += 1,
                Some(b'#') => self.skip_line(),
                Some(b'-') if self.at(1) == b'-' && self.dash_comment() => self.skip_line(),
                Some(b'/') if self.at(1) == b'*' => {
                    let start = self.pos;
                    if self.at(2) == b'+' && self.hint_allowed {
                        return Some(self.hint(start));
                    }
                    if !self.comment() {
                        return Some(self.bad(start));
                    }
                }
                Some(b'*') if self.in_version_comment && self.at(1) == b'/' => {
                    self.in_version_comment = false;
                    self.markers.push((self.pos, self.pos + 2));
                    self.pos += 2;
                }
                _ => return None,
            }
        }
    }

    /// `--` starts a comment only before white space, a control character or the end.
    fn dash_comment(&self) -> bool {
        match self.src.get(self.pos + 2) {
            None => true,
            Some(b) => *b <= b' ' || *b == 0x7f,
        }
    }

    fn skip_line(&mut self) {
        let rest = self.src.get(self.pos..).unwrap_or(&[]);
        self.pos = match memchr::memchr(b'\n', rest) {
            Some(n) => self.pos + n + 1,
            None => self.src.len(),
        };
    }

    fn hint(&mut self, start: usize) -> Token {
        self.hint_allowed = false;
        match find(self.src, start + 3, b"*/") {
            Some(close) => self.token(TokenKind::Hint, start, close + 2),
            None => self.bad(start),
        }
    }

    /// Handles the comment at the current position; false when it has no end.
    fn comment(&mut self) -> bool {
        let mut at = self.pos + 2;
        let mut special = self.byte(at) == b'!';
        let mut mariadb_only = false;
        if self.dialect.mariadb && self.byte(at) == b'M' && self.byte(at + 1) == b'!' {
            special = true;
            mariadb_only = true;
            at += 1;
        }
        if !special || self.in_version_comment {
            return self.skip_comment(self.pos + 2, false);
        }
        at += 1;
        let digits = self.digits_end(at) - at;
        let six = digits >= 6 && (self.dialect.mariadb || self.dialect.version >= 80000);
        let taken = if six { 6 } else { 5 };
        if digits < 5 {
            self.in_version_comment = true;
            self.markers.push((self.pos, at));
            self.pos = at;
            return true;
        }
        let version = (at..at + taken).fold(0u32, |v, p| {
            v.wrapping_mul(10)
                .wrapping_add(u32::from(self.byte(p).wrapping_sub(b'0')))
        });
        // MariaDB leaves out what is meant for MySQL 5.7 and newer.
        let for_mysql = self.dialect.mariadb && !mariadb_only && (50700..=99999).contains(&version);
        if version <= self.dialect.version && !for_mysql {
            self.in_version_comment = true;
            self.markers.push((self.pos, at + taken));
            self.pos = at + taken;
            return true;
        }
        let start = self.pos;
        let closed = self.skip_comment(at, true);
        self.markers.push((start, self.pos));
        closed
    }

    /// Moves past the `*/` that closes a comment; `nested` ones may hold plain comments.
    fn skip_comment(&mut self, from: usize, nested: bool) -> bool {
        let mut at = from;
        loop {
            let Some(close) = find(self.src, at, b"*/") else {
                return false;
            };
            if nested
                && let Some(open) = find(self.src, at, b"/*")
                && open < close
            {
                match find(self.src, open + 2, b"*/") {
                    Some(inner) => {
                        at = inner + 2;
                        continue;
                    }
                    None => return false,
                }
            }
            self.pos = close + 2;
            return true;
        }
    }

    fn dot(&mut self, start: usize) -> Token {
        if self.byte(start + 1).is_ascii_digit() && !self.name_before(start) {
            return self.real(start, start);
        }
        self.after_dot = true;
        self.token(TokenKind::Dot, start, start + 1)
    }

    /// Whether a name ends right before `pos`: `t.1a` is a qualified name, `1 .5` is not.
    fn name_before(&self, pos: usize) -> bool {
        pos > 0 && (ident_byte(self.byte(pos - 1)) || self.byte(pos - 1) == b'`')
    }

    fn word(&mut self, start: usize, after_dot: bool) -> Token {
        if !after_dot && self.byte(start + 1) == b'\'' {
            match self.byte(start) {
                b'n' | b'N' => return self.quoted(start, start + 1, b'\'', TokenKind::NString),
                b'x' | b'X' => return self.digit_string(start, TokenKind::Hex),
                b'b' | b'B' => return self.digit_string(start, TokenKind::Bit),
                _ => {}
            }
        }
        let end = self.ident_end(start);
        let word = self.src.get(start..end).unwrap_or(&[]);
        let kw = if after_dot {
            Kw::NotKeyword
        } else {
            Kw::of(word)
        };
        self.hint_allowed = matches!(
            kw,
            Kw::Select | Kw::Insert | Kw::Replace | Kw::Update | Kw::Delete
        );
        self.token(TokenKind::Word(kw), start, end)
    }

    /// `x'..'` and `b'..'`: only their digits, and for hex an even number of them.
    fn digit_string(&mut self, start: usize, kind: TokenKind) -> Token {
        let mut at = start + 2;
        let hex = kind == TokenKind::Hex;
        loop {
            let b = self.byte(at);
            let digit = if hex {
                b.is_ascii_hexdigit()
            } else {
                b == b'0' || b == b'1'
            };
            if !digit {
                break;
            }
            at += 1;
        }
        if self.byte(at) != b'\'' || (hex && !(at - start).is_multiple_of(2)) {
            return self.bad(start);
        }
        self.token(kind, start, at + 1)
    }

    fn number_or_word(&mut self, start: usize) -> Token {
        if self.byte(start) == b'0' {
            let (kind, digits): (_, fn(u8) -> bool) = match self.byte(start + 1) {
                b'x' => (TokenKind::HexNumber, |b| b.is_ascii_hexdigit()),
                b'b' => (TokenKind::BitNumber, |b| b == b'0' || b == b'1'),
                _ => (TokenKind::Bad, |_| false),
            };
            let mut at = start + 2;
            while digits(self.byte(at)) {
                at += 1;
            }
            if at > start + 2 && self.ident_char(at) == 0 {
                return self.token(kind, start, at);
            }
        }
        let end = self.digits_end(start);
        if self.ident_char(end) == 0 {
            return if self.byte(end) == b'.' {
                self.real(start, end)
            } else {
                self.token(TokenKind::Integer, start, end)
            };
        }
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            let exponent = end + 1 + sign;
            if self.byte(exponent).is_ascii_digit() {
                let stop = self.digits_end(exponent);
                return self.token(TokenKind::Float, start, stop);
            }
        }
        let stop = self.ident_end(end);
        self.token(TokenKind::Word(Kw::NotKeyword), start, stop)
    }

    /// A number with its point at `point`.
    fn real(&mut self, start: usize, point: usize) -> Token {
        let end = self.digits_end(point + 1);
        if !matches!(self.byte(end), b'e' | b'E') {
            return self.token(TokenKind::Decimal, start, end);
        }
        let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
        let exponent = end + 1 + sign;
        if !self.byte(exponent).is_ascii_digit() {
            return self.bad(start);
        }
        let stop = self.digits_end(exponent);
        self.token(TokenKind::Float, start, stop)
    }

    /// A quoted text whose opening quote is at `open`; doubled quotes and, in strings, backslashes go on.
    fn quoted(&mut self, start: usize, open: usize, quote: u8, kind: TokenKind) -> Token {
        let escapes = self.backslash_escapes && kind != TokenKind::QuotedIdent;
        let mut at = open + 1;
        loop {
            let rest = self.src.get(at..).unwrap_or(&[]);
            let skip = if self.class != ByteClass::AsciiSafe {
                if rest.is_empty() { None } else { Some(0) }
            } else if escapes {
                memchr::memchr2(quote, b'\\', rest)
            } else {
                memchr::memchr(quote, rest)
            };
            let Some(skip) = skip else {
                return self.bad(start);
            };
            at += skip;
            let b = self.byte(at);
            if b == quote {
                if self.byte(at + 1) != quote {
                    return self.token(kind, start, at + 1);
                }
                at += 2;
            } else if b == b'\\' && escapes {
                // The escaped character may be of several bytes, of which the first is never a quote.
                at += 2;
            } else {
                at += self.class.char_len(self.src.get(at..).unwrap_or(&[]));
            }
        }
    }

    fn at_sign(&mut self, start: usize) -> Token {
        match self.byte(start + 1) {
            b'@' => self.token(TokenKind::AtAt, start, start + 2),
            q @ (b'\'' | b'"' | b'`') => {
                // The name of a variable never counts as an identifier in double quotes.
                let kind = if q == b'`' {
                    TokenKind::QuotedIdent
                } else {
                    TokenKind::String
                };
                let token = self.quoted(start, start + 1, q, kind);
                if token.kind == TokenKind::Bad {
                    return token;
                }
                Token {
                    kind: TokenKind::UserVariable,
                    ..token
                }
            }
            _ => {
                let mut end = start + 1;
                loop {
                    let len = self.ident_char(end);
                    if len > 0 {
                        end += len;
                    } else if self.byte(end) == b'.' {
                        end += 1;
                    } else {
                        break;
                    }
                }
                self.token(TokenKind::UserVariable, start, end)
            }
        }
    }

    fn operator(&mut self, start: usize, b: u8) -> Token {
        let (next, third) = (self.byte(start + 1), self.byte(start + 2));
        let (kind, len) = match (b, next) {
            (b'(', _) => (TokenKind::LeftParen, 1),
            (b')', _) => (TokenKind::RightParen, 1),
            (b'{', _) => (TokenKind::LeftBrace, 1),
            (b'}', _) => (TokenKind::RightBrace, 1),
            (b',', _) => (TokenKind::Comma, 1),
            (b';', _) => (TokenKind::Semicolon, 1),
            (b':', b'=') => (TokenKind::Assign, 2),
            (b':', _) => (TokenKind::Colon, 1),
            (b'=', _) => (TokenKind::Eq, 1),
            (b'<', b'=') if third == b'>' => (TokenKind::NullSafeEq, 3),
            (b'<', b'=') => (TokenKind::Le, 2),
            (b'<', b'>') | (b'!', b'=') => (TokenKind::Ne, 2),
            (b'<', b'<') => (TokenKind::ShiftLeft, 2),
            (b'<', _) => (TokenKind::Lt, 1),
            (b'>', b'=') => (TokenKind::Ge, 2),
            (b'>', b'>') => (TokenKind::ShiftRight, 2),
            (b'>', _) => (TokenKind::Gt, 1),
            (b'+', _) => (TokenKind::Plus, 1),
            (b'-', b'>') if !self.dialect.mariadb && third == b'>' => (TokenKind::LongArrow, 3),
            (b'-', b'>') if !self.dialect.mariadb => (TokenKind::Arrow, 2),
            (b'-', _) => (TokenKind::Minus, 1),
            (b'*', _) => (TokenKind::Star, 1),
            (b'/', _) => (TokenKind::Slash, 1),
            (b'%', _) => (TokenKind::Percent, 1),
            (b'|', b'|') => (TokenKind::OrOr, 2),
            (b'|', _) => (TokenKind::Pipe, 1),
            (b'&', b'&') => (TokenKind::AndAnd, 2),
            (b'&', _) => (TokenKind::Amp, 1),
            (b'^', _) => (TokenKind::Caret, 1),
            (b'~', _) => (TokenKind::Tilde, 1),
            (b'!', _) => (TokenKind::Bang, 1),
            (b'?', _) => (TokenKind::Param, 1),
            (b'\\', b'N') if self.dialect.mariadb || self.dialect.version < 80000 => {
                (TokenKind::Word(Kw::Null), 2)
            }
            _ => (TokenKind::Bad, 1),
        };
        self.token(kind, start, start + len)
    }
}

/// Offset of `needle` (two bytes) in `src` from `from` on.
fn find(src: &[u8], from: usize, needle: &[u8; 2]) -> Option<usize> {
    let [first, second] = *needle;
    let mut at = from;
    loop {
        at += memchr::memchr(first, src.get(at..)?)?;
        if src.get(at + 1).copied()? == second {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests;
