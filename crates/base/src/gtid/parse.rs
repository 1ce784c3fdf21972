//! Text to GTID and GTID set, with the words MySQL 9.7 uses for what is wrong.

use super::intervals::MAX_GNO;
use super::set::{Gtid, GtidSet, Tag, Tsid};
use crate::uuid::Uuid;
use std::fmt;
use std::str::FromStr;

/// A text is no GTID or GTID set.
///
/// Displays as the part between quotes of MySQL's error 1772 `Malformed GTID set specification '...'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GtidParseError {
    /// What is wrong: `Expected number`.
    pub problem: String,
    /// Offset at which it is wrong, bytes.
    pub at: usize,
    text: String,
}

impl fmt::Display for GtidParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters that the server shows before and after the place.
        const BEFORE: usize = 11;
        const AFTER: usize = 25;
        let before: Vec<char> = self.text.get(..self.at).unwrap_or("").chars().collect();
        let mut after = self.text.get(self.at..).unwrap_or("").chars();
        let skipped = before.len().saturating_sub(BEFORE);
        if before.is_empty() {
            write!(f, "{} at the beginning of the string: \"", self.problem)?;
        } else {
            let count = before.len();
            write!(
                f,
                "{} after {count} characters, marked by [HERE] in: \"",
                self.problem
            )?;
        }
        if skipped > 0 {
            f.write_str("...")?;
        }
        for c in before.iter().skip(skipped) {
            write!(f, "{c}")?;
        }
        if !before.is_empty() {
            f.write_str("[HERE]")?;
        }
        for c in after.by_ref().take(AFTER) {
            write!(f, "{c}")?;
        }
        f.write_str(if after.next().is_some() {
            "...\""
        } else {
            "\""
        })
    }
}

impl std::error::Error for GtidParseError {}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        while self.rest().first().is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.rest().first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn error<T>(&self, problem: impl Into<String>, at: usize) -> Result<T, GtidParseError> {
        Err(GtidParseError {
            problem: problem.into(),
            at,
            text: self.text.to_owned(),
        })
    }

    fn uuid(&mut self) -> Result<Uuid, GtidParseError> {
        self.peek();
        match Uuid::parse_front(self.rest()) {
            Ok((uuid, length)) => {
                self.at += length;
                Ok(uuid)
            }
            Err(error) => self.error(format!("Expected {}", error.expected), self.at + error.at),
        }
    }

    /// A tag, if one stands here.
    fn tag(&mut self) -> Option<Tag> {
        self.peek()
            .filter(|byte| byte.is_ascii_alphabetic() || *byte == b'_')?;
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let tag = Tag::new(self.text.get(self.at..self.at + length)?)?;
        self.at += length;
        Some(tag)
    }

    fn number(&mut self, what: &str, lowest: u64) -> Result<u64, GtidParseError> {
        self.peek();
        let start = self.at;
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            return self.error("Expected number", start);
        }
        self.at += length;
        let Some(Ok(number)) = self.text.get(start..self.at).map(str::parse::<i64>) else {
            return self.error("Number out of range", start);
        };
        let number = number.unsigned_abs();
        if number < lowest {
            return self.error(format!("{what} out of range"), start);
        }
        if number > MAX_GNO {
            // The server points behind the end of an interval and at its start.
            let at = if lowest == 0 { self.at } else { start };
            return self.error(format!("{what} out of range"), at);
        }
        Ok(number)
    }

    fn set(&mut self) -> Result<GtidSet, GtidParseError> {
        let mut set = GtidSet::new();
        loop {
            while self.eat(b',') {}
            if self.peek().is_none() {
                return Ok(set);
            }
            self.uuid_entry(&mut set)?;
            if self.peek().is_some_and(|byte| byte != b',') {
                return self.error("Expected \",\"", self.at);
            }
        }
    }

    /// `uuid[:tag|:interval]...`
    fn uuid_entry(&mut self, set: &mut GtidSet) -> Result<(), GtidParseError> {
        let mut tsid = Tsid {
            uuid: self.uuid()?,
            tag: Tag::none(),
        };
        while self.eat(b':') {
            if let Some(tag) = self.tag() {
                tsid.tag = tag;
                continue;
            }
            let start = self.number("Interval start", 1)?;
            let last = if self.eat(b'-') {
                self.number("Interval end", 0)?
            } else {
                start
            };
            // `5-3` is an empty interval to the server, not an error.
            set.add_interval(&tsid, start, last.saturating_add(1));
        }
        Ok(())
    }
}

impl FromStr for GtidSet {
    type Err = GtidParseError;

    fn from_str(text: &str) -> Result<GtidSet, GtidParseError> {
        Parser { text, at: 0 }.set()
    }
}

impl FromStr for Gtid {
    type Err = GtidParseError;

    fn from_str(text: &str) -> Result<Gtid, GtidParseError> {
        let mut parser = Parser { text, at: 0 };
        let mut tsid = Tsid {
            uuid: parser.uuid()?,
            tag: Tag::none(),
        };
        if !parser.eat(b':') {
            return parser.error("Expected \":\"", parser.at);
        }
        if let Some(tag) = parser.tag() {
            tsid.tag = tag;
            if !parser.eat(b':') {
                return parser.error("Expected \":\"", parser.at);
            }
        }
        let gno = parser.number("GTID number", 1)?;
        if parser.peek().is_some() {
            return parser.error("Expected end of text", parser.at);
        }
        Ok(Gtid { tsid, gno })
    }
}
