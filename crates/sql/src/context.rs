//! What decides how the bytes of a statement are read: flavour and version, `sql_mode`, client character set.

use understudy_values::types::CollationId;

/// Whose grammar is followed, and of which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// MariaDB rather than MySQL.
    pub mariadb: bool,
    /// Version as in versioned comments: 5.6.51 is 50651, 10.11.6 is 101106, 9.7.0 is 90700.
    pub version: u32,
}

impl Dialect {
    /// MySQL of a version such as 90700.
    pub const fn mysql(version: u32) -> Self {
        Dialect {
            mariadb: false,
            version,
        }
    }

    /// MariaDB of a version such as 101106.
    pub const fn mariadb(version: u32) -> Self {
        Dialect {
            mariadb: true,
            version,
        }
    }
}

/// `sql_mode` as the bit set that the binary log's Query events carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SqlMode(pub u64);

impl SqlMode {
    /// `REAL_AS_FLOAT`
    pub const REAL_AS_FLOAT: SqlMode = SqlMode(1);
    /// `PIPES_AS_CONCAT`
    pub const PIPES_AS_CONCAT: SqlMode = SqlMode(1 << 1);
    /// `ANSI_QUOTES`
    pub const ANSI_QUOTES: SqlMode = SqlMode(1 << 2);
    /// `IGNORE_SPACE`
    pub const IGNORE_SPACE: SqlMode = SqlMode(1 << 3);
    /// `ONLY_FULL_GROUP_BY`
    pub const ONLY_FULL_GROUP_BY: SqlMode = SqlMode(1 << 5);
    /// `NO_UNSIGNED_SUBTRACTION`
    pub const NO_UNSIGNED_SUBTRACTION: SqlMode = SqlMode(1 << 6);
    /// `NO_DIR_IN_CREATE`
    pub const NO_DIR_IN_CREATE: SqlMode = SqlMode(1 << 7);
    /// `ORACLE` (MariaDB: its PL/SQL dialect)
    pub const ORACLE: SqlMode = SqlMode(1 << 9);
    /// `NO_TABLE_OPTIONS`
    pub const NO_TABLE_OPTIONS: SqlMode = SqlMode(1 << 14);
    /// `ANSI`
    pub const ANSI: SqlMode = SqlMode(1 << 18);
    /// `NO_AUTO_VALUE_ON_ZERO`
    pub const NO_AUTO_VALUE_ON_ZERO: SqlMode = SqlMode(1 << 19);
    /// `NO_BACKSLASH_ESCAPES`
    pub const NO_BACKSLASH_ESCAPES: SqlMode = SqlMode(1 << 20);
    /// `STRICT_TRANS_TABLES`
    pub const STRICT_TRANS_TABLES: SqlMode = SqlMode(1 << 21);
    /// `STRICT_ALL_TABLES`
    pub const STRICT_ALL_TABLES: SqlMode = SqlMode(1 << 22);
    /// `NO_ZERO_IN_DATE`
    pub const NO_ZERO_IN_DATE: SqlMode = SqlMode(1 << 23);
    /// `NO_ZERO_DATE`
    pub const NO_ZERO_DATE: SqlMode = SqlMode(1 << 24);
    /// `ALLOW_INVALID_DATES`
    pub const ALLOW_INVALID_DATES: SqlMode = SqlMode(1 << 25);
    /// `ERROR_FOR_DIVISION_BY_ZERO`
    pub const ERROR_FOR_DIVISION_BY_ZERO: SqlMode = SqlMode(1 << 26);
    /// `TRADITIONAL`
    pub const TRADITIONAL: SqlMode = SqlMode(1 << 27);
    /// `NO_AUTO_CREATE_USER` (MySQL 5.x, MariaDB)
    pub const NO_AUTO_CREATE_USER: SqlMode = SqlMode(1 << 28);
    /// `HIGH_NOT_PRECEDENCE`
    pub const HIGH_NOT_PRECEDENCE: SqlMode = SqlMode(1 << 29);
    /// `NO_ENGINE_SUBSTITUTION`
    pub const NO_ENGINE_SUBSTITUTION: SqlMode = SqlMode(1 << 30);
    /// `PAD_CHAR_TO_FULL_LENGTH`
    pub const PAD_CHAR_TO_FULL_LENGTH: SqlMode = SqlMode(1 << 31);
    /// `TIME_TRUNCATE_FRACTIONAL` (MySQL 8)
    pub const TIME_TRUNCATE_FRACTIONAL: SqlMode = SqlMode(1 << 32);

    /// Whether every bit of `flag` is set.
    pub const fn has(self, flag: SqlMode) -> bool {
        self.0 & flag.0 == flag.0
    }

    /// Both sets together.
    pub const fn with(self, flag: SqlMode) -> SqlMode {
        SqlMode(self.0 | flag.0)
    }
}

/// Everything outside the bytes that decides what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseContext {
    /// The session's `sql_mode`.
    pub sql_mode: SqlMode,
    /// Grammar and versioned comments.
    pub dialect: Dialect,
    /// `character_set_client`, as the collation number that Query events and handshakes carry.
    pub charset: CollationId,
}

impl ParseContext {
    /// Default `sql_mode` bits that matter to parsing (none) and utf8mb4.
    pub const fn new(dialect: Dialect) -> Self {
        ParseContext {
            sql_mode: SqlMode(0),
            dialect,
            charset: CollationId::UTF8MB4_GENERAL_CI,
        }
    }

    /// The same with another `sql_mode`.
    pub const fn with_mode(mut self, sql_mode: SqlMode) -> Self {
        self.sql_mode = sql_mode;
        self
    }
}
