//! JSON text to trees, with the kinds of numbers that MySQL makes of them.
//!
//! Complaints are worded as the server words them in error 3140.

use super::MAX_DEPTH;
use super::dom::Json;
use crate::error::ValueError;

/// Parses a document.
pub fn parse(text: &[u8]) -> Result<Json, ValueError> {
    let mut parser = Parser { text, at: 0 };
    parser.skip_spaces();
    if parser.peek().is_none() {
        return parser.fail("The document is empty.");
    }
    let value = parser.value(1)?;
    parser.skip_spaces();
    if parser.peek().is_some() {
        return parser.fail("The document root must not be followed by other values.");
    }
    Ok(value)
}

/// Parses the string that `text` begins with; returns it and the bytes used, quotes included.
pub(crate) fn string(text: &[u8]) -> Result<(Vec<u8>, usize), ValueError> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.string()?;
    Ok((value, parser.at))
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn fail<T>(&self, why: &str) -> Result<T, ValueError> {
        Err(ValueError::InvalidJson {
            why: why.to_owned(),
            position: self.at,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, ValueError> {
        if depth > MAX_DEPTH {
            return self.fail("The JSON document exceeds the maximum depth.");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'n') => self.word(b"null", Json::Null),
            Some(b't') => self.word(b"true", Json::Bool(true)),
            Some(b'f') => self.word(b"false", Json::Bool(false)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => self.fail("Invalid value."),
        }
    }

    fn word(&mut self, word: &[u8], value: Json) -> Result<Json, ValueError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(value);
        }
        // The position is that of the first byte that differs.
        self.at += rest.iter().zip(word).take_while(|(a, b)| a == b).count();
        self.fail("Invalid value.")
    }

    fn array(&mut self, depth: usize) -> Result<Json, ValueError> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_spaces();
        if self.eat(b']') {
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_spaces();
            if self.eat(b']') {
                return Ok(Json::Array(elements));
            }
            if !self.eat(b',') {
                return self.fail("Missing a comma or ']' after an array element.");
            }
            self.skip_spaces();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, ValueError> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip_spaces();
        if self.eat(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fail("Missing a name for object member.");
            }
            let key = self.string()?;
            self.skip_spaces();
            if !self.eat(b':') {
                return self.fail("Missing a colon after a name of object member.");
            }
            self.skip_spaces();
            let value = self.value(depth + 1)?;
            members.push((key, value));
            self.skip_spaces();
            if self.eat(b'}') {
                return Ok(Json::Object(sorted(members)));
            }
            if !self.eat(b',') {
                return self.fail("Missing a comma or '}' after an object member.");
            }
            self.skip_spaces();
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, ValueError> {
        if !self.eat(b'"') {
            return self.fail("Invalid value.");
        }
        let start = self.at;
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.peek() else {
                return self.fail("Missing a closing quotation mark in string.");
            };
            match byte {
                b'"' => break,
                b'\\' => self.escape(&mut out)?,
                0..0x20 => return self.fail("Invalid encoding in string."),
                _ => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        if std::str::from_utf8(&out).is_err() {
            self.at = start;
            return self.fail("Invalid encoding in string.");
        }
        Ok(out)
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let start = self.at;
        self.at += 1;
        let byte = self.peek();
        self.at += 1;
        out.push(match byte {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode_escape(start, out),
            Some(_) | None => {
                self.at = start;
                return self.fail("Invalid escape character in string.");
            }
        });
        Ok(())
    }

    fn unicode_escape(&mut self, start: usize, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let mut code = self.four_hex(start)?;
        if (0xD800..0xDC00).contains(&code) {
            let paired = self.eat(b'\\') && self.eat(b'u');
            let low = if paired { self.four_hex(start)? } else { 0 };
            if !(0xDC00..0xE000).contains(&low) {
                self.at = start;
                return self.fail("The surrogate pair in string is invalid.");
            }
            code = 0x1_0000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
        }
        match char::from_u32(code) {
            Some(character) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(())
            }
            None => {
                self.at = start;
                self.fail("The surrogate pair in string is invalid.")
            }
        }
    }

    fn four_hex(&mut self, start: usize) -> Result<u32, ValueError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                self.at = start;
                return self.fail("Incorrect hex digit after \\u escape in string.");
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// Integers of 32 bits are signed; larger ones without a sign are unsigned; what fits neither, and
    /// what has a point or exponent, is a double. (The parser inside MySQL reports numbers so.)
    fn number(&mut self) -> Result<Json, ValueError> {
        let start = self.at;
        let negative = self.eat(b'-');
        let whole = if self.eat(b'0') { 1 } else { self.digits() };
        if whole == 0 {
            return self.fail("Invalid value.");
        }
        let mut integer = true;
        if self.eat(b'.') {
            integer = false;
            if self.digits() == 0 {
                return self.fail("Missing fraction part in number.");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            integer = false;
            self.at += 1;
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            if self.digits() == 0 {
                return self.fail("Missing exponent in number.");
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let text = std::str::from_utf8(text).unwrap_or_default();
        if integer {
            if negative {
                if let Ok(value) = text.parse::<i64>() {
                    return Ok(Json::Int(value));
                }
            } else if let Ok(value) = text.parse::<u64>() {
                return Ok(match u32::try_from(value) {
                    Ok(value) => Json::Int(value.into()),
                    Err(_) => Json::UInt(value),
                });
            }
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Json::Double(value)),
            Ok(_) | Err(_) => {
                self.at = start;
                self.fail("Number too big to be stored in double.")
            }
        }
    }
}

/// Members by length of key, then bytes; of equal keys the last stays.
pub(crate) fn sorted(mut members: Vec<(Vec<u8>, Json)>) -> Vec<(Vec<u8>, Json)> {
    members.reverse();
    members.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    members.dedup_by(|later, first| later.0 == first.0);
    members
}
