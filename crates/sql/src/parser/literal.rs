//! Literals: strings and their escapes, numbers, hex and bit digits.

use understudy_values::charset::{self, Charset, Collation};
use understudy_values::types::CollationId;

use crate::ast::{Expr, Literal, StringLiteral, TemporalKind};
use crate::context::SqlMode;
use crate::lexer::{Token, TokenKind};
use crate::multibyte::ByteClass;

use super::{PResult, Parser};

/// Client text as UTF-8. Bytes that are no character become U+FFFD in Unicode texts and `?` in others.
pub(super) fn to_utf8(collation: CollationId, bytes: &[u8]) -> String {
    if !bytes.is_ascii() {
        let from = Collation::by_id(collation).map(Collation::charset);
        if let (Ok(from), Some(to)) = (from, Charset::by_name("utf8mb4")) {
            let mut out = Vec::with_capacity(bytes.len() * 2);
            // utf8 and binary clients send what is UTF-8 already.
            if !matches!(from.name, "utf8mb4" | "utf8mb3" | "binary")
                && charset::convert(from, to, bytes, &mut out).is_ok()
            {
                return String::from_utf8_lossy(&out).into_owned();
            }
        }
    }
    String::from_utf8_lossy(bytes).into_owned()
}

impl Parser<'_> {
    /// Bytes of the current string token, unescaped; `N` before it is skipped.
    pub(super) fn string_bytes(&mut self) -> PResult<Vec<u8>> {
        let token = self.token();
        let bytes = self.slice(token);
        let bytes = match token.kind {
            TokenKind::NString => bytes.get(1..).unwrap_or(&[]),
            TokenKind::String => bytes,
            _ => return Err(self.fail()),
        };
        let out = self.unescape(bytes);
        self.bump();
        Ok(out)
    }

    /// Takes the quotes off and resolves doubled quotes and backslashes.
    pub(super) fn unescape(&self, quoted: &[u8]) -> Vec<u8> {
        let quote = quoted.first().copied().unwrap_or(b'\'');
        let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or(&[]);
        let escapes = !self.mode(SqlMode::NO_BACKSLASH_ESCAPES);
        if memchr::memchr2(quote, if escapes { b'\\' } else { quote }, inner).is_none() {
            return inner.to_vec();
        }
        let class = ByteClass::of(self.ctx.charset);
        let mut out = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let Some((&b, tail)) = rest.split_first() {
            let len = class.char_len(rest);
            if len > 1 {
                out.extend_from_slice(rest.get(..len).unwrap_or(rest));
                rest = rest.get(len..).unwrap_or(&[]);
                continue;
            }
            rest = tail;
            if b == quote {
                rest = rest.strip_prefix(&[quote]).unwrap_or(rest);
                out.push(quote);
            } else if b == b'\\' && escapes {
                let Some((&escaped, tail)) = rest.split_first() else {
                    break;
                };
                rest = tail;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'r' => out.push(b'\r'),
                    b'b' => out.push(8),
                    b'0' => out.push(0),
                    b'Z' => out.push(0x1a),
                    b'_' | b'%' => out.extend_from_slice(&[b'\\', escaped]),
                    other => out.push(other),
                }
            } else {
                out.push(b);
            }
        }
        out
    }

    /// Bytes of the current hex literal; an odd digit of `0x...` gets a zero before it.
    pub(super) fn hex_bytes(&mut self) -> PResult<Vec<u8>> {
        let token = self.token();
        let text = self.slice(token);
        let digits = match token.kind {
            TokenKind::HexNumber => text.get(2..),
            TokenKind::Hex => text.get(2..text.len().saturating_sub(1)),
            _ => None,
        }
        .ok_or_else(|| self.fail())?;
        let mut out = Vec::with_capacity(digits.len().div_ceil(2));
        for pair in digits.rchunks(2) {
            out.push(
                pair.iter()
                    .fold(0u8, |byte, digit| (byte << 4) | hex_value(*digit)),
            );
        }
        out.reverse();
        self.bump();
        Ok(out)
    }

    /// Digits of the current bit literal.
    pub(super) fn bit_digits(&mut self) -> String {
        let token = self.bump();
        let text = self.slice(token);
        let digits = match token.kind {
            TokenKind::Bit => text.get(2..text.len().saturating_sub(1)),
            _ => text.get(2..),
        };
        String::from_utf8_lossy(digits.unwrap_or(&[])).into_owned()
    }

    /// A string literal with everything that may follow: adjacent strings are one.
    pub(super) fn string_literal(&mut self, introducer: Option<String>) -> PResult<StringLiteral> {
        let introducer = match self.kind() {
            TokenKind::NString => Some("utf8mb3".to_owned()),
            _ => introducer,
        };
        let mut bytes = self.string_bytes()?;
        while self.kind() == TokenKind::String {
            let more = self.string_bytes()?;
            bytes.extend_from_slice(&more);
        }
        Ok(StringLiteral { bytes, introducer })
    }

    /// The character set that an introducer names, if the token is one and a literal follows.
    pub(super) fn introducer(&mut self, token: Token) -> Option<String> {
        let word = self.slice(token).strip_prefix(b"_")?;
        if !matches!(
            self.nth_kind(1),
            TokenKind::String
                | TokenKind::Hex
                | TokenKind::HexNumber
                | TokenKind::Bit
                | TokenKind::BitNumber
        ) {
            return None;
        }
        let name = std::str::from_utf8(word).ok()?.to_ascii_lowercase();
        Charset::by_name(&name).map(|_| name)
    }

    /// The literal after an introducer.
    #[inline(never)] // keeps its caller's frame small: they recurse
    pub(super) fn introduced_literal(&mut self, charset: String) -> PResult<Expr> {
        self.bump();
        let literal = match self.kind() {
            TokenKind::String => Literal::String(self.string_literal(Some(charset))?),
            TokenKind::Bit | TokenKind::BitNumber => Literal::Bit {
                digits: self.bit_digits(),
                introducer: Some(charset),
            },
            _ => Literal::Hex {
                bytes: self.hex_bytes()?,
                introducer: Some(charset),
            },
        };
        Ok(Expr::Literal(literal))
    }

    /// A number token as a literal.
    #[inline(never)] // keeps its caller's frame small: they recurse
    pub(super) fn number_literal(&mut self) -> PResult<Expr> {
        let token = self.bump();
        let text = String::from_utf8_lossy(self.slice(token));
        Ok(Expr::Literal(match token.kind {
            TokenKind::Integer => match text.parse() {
                Ok(value) => Literal::Integer(value),
                Err(_) => Literal::Decimal(text.into_owned()),
            },
            TokenKind::Float => Literal::Float(text.into_owned()),
            _ => Literal::Decimal(text.into_owned()),
        }))
    }

    /// `DATE '...'`
    #[inline(never)] // keeps its caller's frame small: they recurse
    pub(super) fn temporal_literal(&mut self, kind: TemporalKind) -> PResult<Expr> {
        self.bump();
        let text = self.string()?;
        Ok(Expr::Literal(Literal::Temporal(kind, text)))
    }
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}
