//! Names, texts and numbers: what statements name and set, outside expressions.

use crate::ast::{ObjectName, Source, StringLiteral, UserName};
use crate::error::{Fail, ParseErrorKind};
use crate::keyword::Kw;
use crate::lexer::{Token, TokenKind};

use super::{PResult, Parser};

/// Longest name, in characters.
const MAX_NAME: usize = 64;

impl Parser<'_> {
    /// Text in the client's character set as UTF-8; what cannot be converted becomes U+FFFD.
    pub(super) fn text_lossy(&self, bytes: &[u8]) -> String {
        super::literal::to_utf8(self.ctx.charset, bytes)
    }

    /// The source from `start` up to the token before the current one.
    pub(super) fn source_from(&self, start: usize) -> Source {
        let bytes = self.lexer.unmarked(start, self.last_end());
        Source(self.text_lossy(&bytes))
    }

    /// The rest of the source from `start`, white space and one `;` at its end left out; moves to the end.
    pub(super) fn rest_from(&mut self, start: usize) -> String {
        // Bodies kept as text are not judged here: what is no token is passed over, but an unclosed
        // comment ends in such a token again and again.
        while self.kind() != TokenKind::End {
            let token = self.bump();
            if token.kind == TokenKind::Bad && token.end >= self.src.len() {
                break;
            }
        }
        let bytes = self.lexer.unmarked(start, self.src.len());
        let text = self.text_lossy(&bytes);
        text.trim_end().to_owned()
    }

    /// Whether the token can be a name.
    pub(super) fn token_is_ident(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Word(kw) => kw == Kw::NotKeyword || !kw.reserved(self.ctx.dialect),
            TokenKind::QuotedIdent => true,
            _ => false,
        }
    }

    pub(super) fn is_ident(&self) -> bool {
        self.token_is_ident(self.token())
    }

    /// A name.
    pub(super) fn ident(&mut self) -> PResult<String> {
        if !self.is_ident() {
            return Err(self.fail());
        }
        self.any_word()
    }

    pub(super) fn opt_ident(&mut self) -> PResult<Option<String>> {
        if self.is_ident() {
            self.ident().map(Some)
        } else {
            Ok(None)
        }
    }

    /// A name that may also be a reserved word: after a dot, or a charset called `binary`.
    pub(super) fn any_word(&mut self) -> PResult<String> {
        let token = self.token();
        let name = match token.kind {
            TokenKind::Word(_) => self.word_text(token),
            TokenKind::QuotedIdent => self.unquote_ident(token)?,
            _ => return Err(self.fail()),
        };
        self.bump();
        Ok(name)
    }

    /// Text of a word; a fast path for plain ASCII.
    pub(super) fn word_text(&self, token: Token) -> String {
        let bytes = self.slice(token);
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.is_ascii() => text.to_owned(),
            _ => self.text_lossy(bytes),
        }
    }

    fn unquote_ident(&self, token: Token) -> PResult<String> {
        let bytes = self.slice(token);
        let quote = bytes.first().copied().unwrap_or(b'`');
        let inner = bytes.get(1..bytes.len().saturating_sub(1)).unwrap_or(&[]);
        let text = self.text_lossy(inner);
        let name = if inner.contains(&quote) {
            let one = char::from(quote);
            text.replace(&format!("{one}{one}"), &one.to_string())
        } else {
            text
        };
        Ok(name)
    }

    /// A name that the server stores: at most 64 characters.
    pub(super) fn short_ident(&mut self) -> PResult<String> {
        let token = self.token();
        let name = self.ident()?;
        self.check_length(token, &name)?;
        Ok(name)
    }

    fn check_length(&self, token: Token, name: &str) -> PResult<()> {
        if name.len() > MAX_NAME && name.chars().count() > MAX_NAME {
            let quoted = usize::from(token.kind == TokenKind::QuotedIdent);
            return Err(Fail {
                kind: ParseErrorKind::NameTooLong,
                offset: token.start + quoted,
                end: token.end - quoted,
            });
        }
        Ok(())
    }

    /// `[db.]name`, also `.name`.
    pub(super) fn object_name(&mut self) -> PResult<ObjectName> {
        if self.eat(TokenKind::Dot) {
            let name = self.any_word()?;
            return Ok(ObjectName { db: None, name });
        }
        let token = self.token();
        let first = self.ident()?;
        if !self.eat(TokenKind::Dot) {
            self.check_table_name(token, &first)?;
            return Ok(ObjectName {
                db: None,
                name: first,
            });
        }
        self.check_length(token, &first)?;
        let token = self.token();
        let name = self.any_word()?;
        self.check_table_name(token, &name)?;
        Ok(ObjectName {
            db: Some(first),
            name,
        })
    }

    fn check_table_name(&self, token: Token, name: &str) -> PResult<()> {
        let too_long = self.check_length(token, name);
        let wrong = name.is_empty() || name.ends_with(' ');
        if wrong || (too_long.is_err() && self.mariadb()) {
            let quoted = usize::from(token.kind == TokenKind::QuotedIdent);
            return Err(Fail {
                kind: ParseErrorKind::WrongTableName,
                offset: token.start + quoted,
                end: token.end - quoted,
            });
        }
        too_long
    }

    /// A name or a quoted text.
    pub(super) fn ident_or_text(&mut self) -> PResult<String> {
        match self.kind() {
            TokenKind::String => self.text(),
            TokenKind::UserVariable => Err(self.fail()),
            _ => self.ident(),
        }
    }

    /// A quoted text as UTF-8.
    pub(super) fn text(&mut self) -> PResult<String> {
        let literal = self.string()?;
        Ok(self.text_lossy(&literal.bytes))
    }

    /// A quoted text as bytes; hex and bit literals count as text too.
    pub(super) fn text_literal(&mut self) -> PResult<StringLiteral> {
        match self.kind() {
            TokenKind::String => self.string(),
            TokenKind::NString => Ok(StringLiteral {
                bytes: self.string_bytes()?,
                introducer: Some("utf8mb3".to_owned()),
            }),
            TokenKind::Word(_) => {
                let token = self.token();
                match self.introducer(token) {
                    Some(charset) if self.nth_kind(1) == TokenKind::String => {
                        self.bump();
                        self.string_literal(Some(charset))
                    }
                    _ => Err(self.fail()),
                }
            }
            TokenKind::Hex | TokenKind::HexNumber => Ok(StringLiteral::plain(self.hex_bytes()?)),
            TokenKind::Bit | TokenKind::BitNumber => {
                let digits = self.bit_digits();
                Ok(StringLiteral::plain(crate::ast::Literal::bit_bytes(
                    &digits,
                )))
            }
            _ => Err(self.fail()),
        }
    }

    /// One quoted text.
    pub(super) fn string(&mut self) -> PResult<StringLiteral> {
        if self.kind() != TokenKind::String {
            return Err(self.fail());
        }
        Ok(StringLiteral::plain(self.string_bytes()?))
    }

    /// A whole number of at most 64 bits; hex numbers count.
    pub(super) fn number(&mut self) -> PResult<u64> {
        let token = self.token();
        let value = match token.kind {
            TokenKind::Integer => {
                let text = std::str::from_utf8(self.slice(token)).map_err(|_| self.fail())?;
                text.parse::<u64>().map_err(|_| Fail {
                    kind: ParseErrorKind::NumberOutOfRange,
                    offset: token.start,
                    end: token.end,
                })?
            }
            TokenKind::HexNumber | TokenKind::Hex => {
                let bytes = self.hex_bytes()?;
                if bytes.len() > 8 {
                    return Err(self.fail());
                }
                return Ok(bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b)));
            }
            _ => return Err(self.fail()),
        };
        self.bump();
        Ok(value)
    }

    /// A whole number, or one with a point or exponent cut to a whole one, as MySQL's `ulonglong_num` takes it.
    pub(super) fn loose_number(&mut self) -> PResult<u64> {
        let token = self.token();
        match token.kind {
            TokenKind::Decimal | TokenKind::Float => {
                let text = std::str::from_utf8(self.slice(token)).map_err(|_| self.fail())?;
                let whole: String = text.chars().take_while(char::is_ascii_digit).collect();
                self.bump();
                Ok(whole.parse().unwrap_or(0))
            }
            TokenKind::Integer => {
                let text = std::str::from_utf8(self.slice(token)).map_err(|_| self.fail())?;
                let value = text.parse().unwrap_or(u64::MAX);
                self.bump();
                Ok(value)
            }
            _ => self.number(),
        }
    }

    /// `(number)`
    pub(super) fn paren_number(&mut self) -> PResult<u64> {
        self.expect(TokenKind::LeftParen)?;
        let n = self.loose_number()?;
        self.expect(TokenKind::RightParen)?;
        Ok(n)
    }

    /// The current word in upper case, whatever it is.
    pub(super) fn upper_word(&mut self) -> PResult<String> {
        let token = self.token();
        match token.kind {
            TokenKind::Word(_) => {
                let text = self.word_text(token).to_ascii_uppercase();
                self.bump();
                Ok(text)
            }
            _ => Err(self.fail()),
        }
    }

    /// Whether the current word is `word`, in any case: for words too rare to be keywords.
    pub(super) fn is_word(&self, word: &str) -> bool {
        let token = self.token();
        matches!(token.kind, TokenKind::Word(_))
            && self.slice(token).eq_ignore_ascii_case(word.as_bytes())
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.bump();
        }
        found
    }

    /// A character set's name: a word, `binary`, or a text.
    pub(super) fn charset_name(&mut self) -> PResult<String> {
        let name = match self.kind() {
            TokenKind::String => self.text()?,
            TokenKind::Word(Kw::Binary | Kw::Ascii) => self.any_word()?,
            _ => self.ident()?,
        };
        Ok(name.to_ascii_lowercase())
    }

    /// A collation's name: a word, `binary`, or a text.
    pub(super) fn collation_name(&mut self) -> PResult<String> {
        self.charset_name()
    }

    /// A character set, where `DEFAULT` is `None`.
    pub(super) fn charset_or_default(&mut self) -> PResult<Option<String>> {
        if self.eat_kw(Kw::Default) {
            return Ok(None);
        }
        self.charset_name().map(Some)
    }

    /// Takes `CHARSET` or `CHARACTER SET` (`CHAR SET`).
    pub(super) fn eat_charset(&mut self) -> PResult<bool> {
        if self.eat_kw(Kw::Charset) {
            return Ok(true);
        }
        if matches!(self.kw(), Kw::Character | Kw::Char) && self.nth_kw(1) == Kw::Set {
            self.bump();
            self.bump();
            return Ok(true);
        }
        Ok(false)
    }

    /// `user[@host]`, `CURRENT_USER[()]`
    pub(super) fn user_name(&mut self) -> PResult<UserName> {
        if self.is_kw(Kw::CurrentUser) {
            self.bump();
            self.eat_empty_parens();
            return Ok(UserName::CurrentUser);
        }
        if self.mariadb() && self.is_kw(Kw::CurrentRole) {
            self.bump();
            self.eat_empty_parens();
            return Ok(UserName::CurrentRole);
        }
        let user = self.ident_or_text()?;
        let host = if self.kind() == TokenKind::UserVariable {
            Some(self.variable_name()?)
        } else {
            None
        };
        Ok(UserName::Account { user, host })
    }

    pub(super) fn eat_empty_parens(&mut self) -> bool {
        let found =
            self.kind() == TokenKind::LeftParen && self.nth_kind(1) == TokenKind::RightParen;
        if found {
            self.bump();
            self.bump();
        }
        found
    }

    /// Name behind the `@` of the current token.
    pub(super) fn variable_name(&mut self) -> PResult<String> {
        let token = self.token();
        if token.kind != TokenKind::UserVariable {
            return Err(self.fail());
        }
        let bytes = self.slice(token).get(1..).unwrap_or(&[]);
        let name = match bytes.first() {
            Some(b'`') => {
                let inner = Token {
                    kind: TokenKind::QuotedIdent,
                    start: token.start + 1,
                    end: token.end,
                };
                self.unquote_ident(inner)?
            }
            Some(b'\'' | b'"') => {
                let bytes = self.unescape(bytes);
                self.text_lossy(&bytes)
            }
            Some(_) => self.text_lossy(bytes),
            None if self.mariadb() => {
                // The error is at what follows the sign.
                self.bump();
                return Err(self.fail());
            }
            None => String::new(),
        };
        self.bump();
        Ok(name)
    }

    /// `(name, name, ...)`
    pub(super) fn paren_idents(&mut self) -> PResult<Vec<String>> {
        self.paren_list(Self::ident)
    }

    /// `(name, ...)` if there are parentheses.
    pub(super) fn opt_paren_idents(&mut self) -> PResult<Vec<String>> {
        if self.kind() == TokenKind::LeftParen {
            self.paren_idents()
        } else {
            Ok(Vec::new())
        }
    }

    /// `FOR CHANNEL name`
    pub(super) fn channel(&mut self) -> PResult<Option<String>> {
        if self.eat_kws(&[Kw::For, Kw::Channel]) {
            return self.ident_or_text().map(Some);
        }
        Ok(None)
    }
}
