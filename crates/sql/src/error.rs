//! Parse errors with MySQL's numbers and texts.

use std::fmt;

use understudy_base::error::MysqlError;

/// Why a statement was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not a sentence of the grammar: 1064.
    Syntax,
    /// Nothing but white space and comments: 1065.
    EmptyQuery,
    /// Nothing but comments: the real servers do nothing and answer OK.
    CommentOnly,
    /// A derived table without alias: 1248.
    DerivedNeedsAlias,
    /// Nested too deeply for the parser: 1064 with its own words, as MySQL's "memory exhausted".
    TooDeep,
    /// An operator chain so long that its tree could not be walked safely: 1436.
    TooComplex,
    /// Identifier of more than 64 characters: 1059.
    NameTooLong,
    /// A database name that cannot be one (empty, trailing space): 1102.
    WrongDatabaseName,
    /// A table name that cannot be one: 1103.
    WrongTableName,
    /// A column name that cannot be one: 1166.
    WrongColumnName,
    /// Comment or other text with a character that the client's character set does not have: 1300.
    InvalidCharacter,
    /// A length or width too large for any type: 1439.
    DisplayWidthOutOfRange,
    /// A number too large where a 32- or 64-bit number is required: 1064.
    NumberOutOfRange,
    /// More than 65535 parameter markers: 1390.
    TooManyPlaceholders,
    /// A statement that the real server knows and this parser does not: 1235.
    Unsupported(&'static str),
}

/// A refused statement: what, where, and the words for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Why.
    pub kind: ParseErrorKind,
    /// Byte offset of the token at fault.
    pub offset: usize,
    /// Line of that token, from 1.
    pub line: usize,
    /// The text from the token on, at most 80 characters, as MySQL quotes it.
    pub near: String,
    /// Name, number or text at fault, for the kinds that print it.
    pub detail: String,
    /// Whether MariaDB's wording is used.
    pub mariadb: bool,
}

impl ParseError {
    /// MySQL's error number.
    pub fn errno(&self) -> u16 {
        match self.kind {
            ParseErrorKind::Syntax | ParseErrorKind::TooDeep | ParseErrorKind::NumberOutOfRange => {
                1064
            }
            ParseErrorKind::EmptyQuery | ParseErrorKind::CommentOnly => 1065,
            ParseErrorKind::DerivedNeedsAlias => 1248,
            ParseErrorKind::TooComplex => 1436,
            ParseErrorKind::NameTooLong => 1059,
            ParseErrorKind::WrongDatabaseName => 1102,
            ParseErrorKind::WrongTableName => 1103,
            ParseErrorKind::WrongColumnName => 1166,
            ParseErrorKind::InvalidCharacter => 1300,
            ParseErrorKind::DisplayWidthOutOfRange => 1439,
            ParseErrorKind::TooManyPlaceholders => 1390,
            ParseErrorKind::Unsupported(_) => 1235,
        }
    }

    /// The text that the client sees.
    pub fn message(&self) -> String {
        let detail = &self.detail;
        match self.kind {
            ParseErrorKind::Syntax | ParseErrorKind::NumberOutOfRange => {
                let server = if self.mariadb { "MariaDB" } else { "MySQL" };
                format!(
                    "You have an error in your SQL syntax; check the manual that corresponds to your {server} \
                     server version for the right syntax to use near '{}' at line {}",
                    self.near, self.line
                )
            }
            ParseErrorKind::TooDeep => format!(
                "memory exhausted near '{}' at line {}",
                self.near, self.line
            ),
            ParseErrorKind::EmptyQuery | ParseErrorKind::CommentOnly => {
                "Query was empty".to_owned()
            }
            ParseErrorKind::DerivedNeedsAlias => {
                "Every derived table must have its own alias".to_owned()
            }
            ParseErrorKind::TooComplex => format!(
                "Thread stack overrun:  the expression near '{}' at line {} has too many operators",
                self.near, self.line
            ),
            ParseErrorKind::NameTooLong => format!("Identifier name '{detail}' is too long"),
            ParseErrorKind::WrongDatabaseName => format!("Incorrect database name '{detail}'"),
            ParseErrorKind::WrongTableName => format!("Incorrect table name '{detail}'"),
            ParseErrorKind::WrongColumnName => format!("Incorrect column name '{detail}'"),
            ParseErrorKind::InvalidCharacter => {
                format!("Invalid utf8mb4 character string: '{detail}'")
            }
            ParseErrorKind::DisplayWidthOutOfRange => {
                format!("Display width out of range for column '{detail}' (max = 4294967295)")
            }
            ParseErrorKind::TooManyPlaceholders => {
                "Prepared statement contains too many placeholders".to_owned()
            }
            ParseErrorKind::Unsupported(what) => {
                format!("This version of MySQL doesn't yet support '{what}'")
            }
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for ParseError {}

impl From<ParseError> for MysqlError {
    fn from(e: ParseError) -> MysqlError {
        MysqlError::new(e.errno(), e.message())
    }
}

/// An error on its way up inside the parser: small, turned into a [`ParseError`] at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]

pub(crate) struct Fail {
    pub kind: ParseErrorKind,
    pub offset: usize,
    /// End of the text that the message names, when it names some.
    pub end: usize,
}
