//! Character sets and collations: numbers, names, defaults, and conversion between character sets.
//!
//! The tables come from the real servers (`generated/charsets.py`). MySQL and MariaDB use the same number
//! for the same collation, so one table serves both; what differs (presence, defaults, `utf8` or `utf8mb3`,
//! a few names) is looked up for a [`Server`]. The exception are MariaDB's `utf8mb4_0900_*`: names and numbers of
//! MySQL's for orders of its own. They have numbers of their own here, and [`Collation::number`] on the wire.

use crate::error::ValueError;
use crate::types::CollationId;

mod convert;
#[path = "../generated/charsets.rs"]
mod tables;

pub(crate) use convert::{Coding, linear as gb18030_linear};
pub use convert::{convert, convert_utf8, decode, encode};

/// A family of servers with one set of collations, names and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server {
    /// MySQL 5.6 and 5.7: `utf8`, `latin1_swedish_ci` and `utf8mb4_general_ci`.
    MySql5,
    /// MySQL 8 and later.
    MySql8,
    /// MariaDB before 11.5.
    MariaDb10,
    /// MariaDB 11.5 and later: UCA 14.0.0 defaults.
    MariaDb11,
}

impl Server {
    /// The family of a server: versions are written as in versioned comments (5.6.51 is 50651).
    pub fn of(mariadb: bool, version: u32) -> Server {
        match (mariadb, version) {
            (false, ..80000) => Server::MySql5,
            (false, _) => Server::MySql8,
            (true, ..110500) => Server::MariaDb10,
            (true, _) => Server::MariaDb11,
        }
    }

    fn index(self) -> usize {
        match self {
            Server::MySql5 => 0,
            Server::MySql8 => 1,
            Server::MariaDb10 => 2,
            Server::MariaDb11 => 3,
        }
    }

    /// Is it MariaDB?
    pub fn is_mariadb(self) -> bool {
        matches!(self, Server::MariaDb10 | Server::MariaDb11)
    }
}

/// A character set.
#[derive(Debug, PartialEq, Eq)]
pub struct Charset {
    /// Name; MySQL 5's `utf8` is `utf8mb3` here, see [`Charset::name_for`].
    pub name: &'static str,
    /// Text of `SHOW CHARACTER SET`.
    pub description: &'static str,
    /// Shortest character in bytes.
    pub mbminlen: u8,
    /// Longest character in bytes.
    pub mbmaxlen: u8,
    /// Default collation by [`Server`]; 0 where the character set is missing.
    defaults: [u16; 4],
    /// Bit n set: the n-th [`Server`] has it.
    present: u8,
}

impl Charset {
    /// The character set of that name (any case); `utf8` is `utf8mb3`.
    pub fn by_name(name: &str) -> Option<&'static Charset> {
        let name = name.to_ascii_lowercase();
        let name = if name == "utf8" { "utf8mb3" } else { &name };
        tables::CHARSETS.iter().find(|charset| charset.name == name)
    }

    /// All character sets of a server, by name.
    pub fn all(server: Server) -> impl Iterator<Item = &'static Charset> {
        tables::CHARSETS
            .iter()
            .filter(move |charset| charset.present >> server.index() & 1 == 1)
    }

    /// Name as a server prints it.
    pub fn name_for(&self, server: Server) -> &'static str {
        if self.name == "utf8mb3" && server == Server::MySql5 {
            "utf8"
        } else {
            self.name
        }
    }

    /// Collation used where only the character set is named.
    ///
    /// Servers without the character set answer as the nearest one that has it.
    pub fn default_collation(&self, server: Server) -> CollationId {
        let own = self.defaults.get(server.index()).copied().unwrap_or(0);
        let any = || self.defaults.iter().copied().find(|&id| id != 0);
        CollationId(if own == 0 { any().unwrap_or(0) } else { own })
    }

    /// The `_bin` collation (`binary` for `binary`).
    pub fn binary_collation(&self) -> CollationId {
        let bin = |collation: &&Collation| {
            collation.charset().name == self.name
                && (collation.name == "binary"
                    || collation.name.strip_suffix("_bin") == Some(self.name))
        };
        tables::COLLATIONS
            .iter()
            .find(bin)
            .map_or(CollationId::BINARY, |collation| CollationId(collation.id))
    }
}

/// Added to a number that another server has given to another order.
const ALIAS: u16 = 0x8000;

/// A collation.
#[derive(Debug, PartialEq, Eq)]
pub struct Collation {
    /// Number here; on the wire see [`Collation::number`].
    pub id: u16,
    /// Name; see [`Collation::name_for`].
    pub name: &'static str,
    mariadb_name: &'static str,
    /// The collation that orders for this one; empty: itself.
    alias: &'static str,
    /// Index in the table of character sets.
    charset: u8,
    /// PAD SPACE: trailing spaces do not count in comparisons.
    pub pad_space: bool,
    /// SORTLEN of `SHOW COLLATION`.
    pub sortlen: u8,
    present: u8,
}

impl Collation {
    /// The collation of that number.
    pub fn by_id(id: CollationId) -> Result<&'static Collation, ValueError> {
        tables::COLLATIONS
            .binary_search_by_key(&id.0, |collation| collation.id)
            .ok()
            .and_then(|at| tables::COLLATIONS.get(at))
            .ok_or(ValueError::UnknownCollation(id.0))
    }

    /// The collation of that name (any case) as a server understands it: `utf8_bin` is `utf8mb3_bin`.
    pub fn by_name(name: &str, server: Server) -> Option<&'static Collation> {
        let mut name = name.to_ascii_lowercase();
        if let Some(rest) = name.strip_prefix("utf8_") {
            name = format!("utf8mb3_{rest}");
        }
        let named = |collation: &&Collation| {
            if server.is_mariadb() {
                collation.mariadb_name == name
            } else {
                collation.name == name
            }
        };
        let all = || tables::COLLATIONS.iter();
        all()
            .find(|c| c.is_in(server) && named(c))
            .or_else(|| all().find(|c| c.is_mariadb_only() == server.is_mariadb() && named(c)))
            .or_else(|| all().find(named))
            .or_else(|| all().find(|c| c.name == name))
    }

    /// The collation that a server means by a number.
    pub fn by_number(number: u16, server: Server) -> Result<&'static Collation, ValueError> {
        let alias = Collation::by_id(CollationId(number | ALIAS));
        match alias {
            Ok(alias) if server.is_mariadb() => Ok(alias),
            Ok(_) | Err(_) => Collation::by_id(CollationId(number)),
        }
    }

    /// Number as servers give it.
    pub fn number(&self) -> u16 {
        self.id & !ALIAS
    }

    fn is_in(&self, server: Server) -> bool {
        self.present >> server.index() & 1 == 1
    }

    /// Does no MySQL have it?
    pub(crate) fn is_mariadb_only(&self) -> bool {
        !self.is_in(Server::MySql5) && !self.is_in(Server::MySql8)
    }

    /// Name of the collation that orders for this one.
    pub(crate) fn weighs_as(&self) -> &'static str {
        match self.alias {
            "" => self.name,
            alias => alias,
        }
    }

    /// A collation named without its character set (MariaDB's `uca1400_ai_ci`), for `charset`.
    pub fn by_short_name(
        name: &str,
        charset: &Charset,
        server: Server,
    ) -> Option<&'static Collation> {
        Collation::by_name(&format!("{}_{name}", charset.name), server)
    }

    /// All collations of a server, by number.
    pub fn all(server: Server) -> impl Iterator<Item = &'static Collation> {
        tables::COLLATIONS
            .iter()
            .filter(move |collation| collation.is_in(server))
    }

    /// Its character set.
    pub fn charset(&self) -> &'static Charset {
        // The generator writes only indexes of its own table.
        #[allow(clippy::indexing_slicing)]
        &tables::CHARSETS[usize::from(self.charset)]
    }

    /// Is it the default of its character set on a server?
    pub fn is_default(&self, server: Server) -> bool {
        self.charset().default_collation(server).0 == self.id
    }

    /// Name as a server prints it, in full.
    pub fn name_for(&self, server: Server) -> String {
        match server {
            Server::MySql5 => self.name.replacen("utf8mb3_", "utf8_", 1),
            Server::MySql8 => self.name.to_owned(),
            Server::MariaDb10 | Server::MariaDb11 => self.mariadb_name.to_owned(),
        }
    }
}

/// Longest character of a collation's character set; 1 for an unknown number.
#[inline]
pub fn mbmaxlen(id: CollationId) -> usize {
    Collation::by_id(id).map_or(1, |collation| collation.charset().mbmaxlen.into())
}

impl Charset {
    /// Length in bytes of the character at the start of `text` (at least 1 where there is one): the
    /// smallest unit where the bytes are no character of this set.
    pub fn char_len(&self, text: &[u8]) -> usize {
        let [first, ..] = *text else { return 0 };
        let second = text.get(1).copied();
        let length = match self.name {
            "utf8mb3" | "utf8mb4" => match first {
                0xC2..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xF4 if self.mbmaxlen == 4 => 4,
                _ => 1,
            },
            "utf16" => {
                if first & 0xFC == 0xD8 {
                    4
                } else {
                    2
                }
            }
            "utf16le" => {
                if second.is_some_and(|second| second & 0xFC == 0xD8) {
                    4
                } else {
                    2
                }
            }
            "big5" | "gbk" | "gb2312" | "euckr" => {
                if first >= 0x80 {
                    2
                } else {
                    1
                }
            }
            "gb18030" => match (first, second) {
                (0x81..=0xFE, Some(0x30..=0x39)) => 4,
                (0x81..=0xFE, _) => 2,
                _ => 1,
            },
            "sjis" | "cp932" => match first {
                0x81..=0x9F | 0xE0..=0xFC => 2,
                _ => 1,
            },
            "ujis" | "eucjpms" => match first {
                0x8F => 3,
                0x8E | 0xA1..=0xFE => 2,
                _ => 1,
            },
            _ => usize::from(self.mbminlen),
        };
        length.min(text.len())
    }

    /// The first `characters` characters of `text`.
    pub fn cut<'a>(&self, text: &'a [u8], characters: usize) -> &'a [u8] {
        if self.mbmaxlen == self.mbminlen {
            let length = characters.saturating_mul(self.mbminlen.into());
            return text.get(..length).unwrap_or(text);
        }
        let mut at = 0;
        for _ in 0..characters {
            match self.char_len(text.get(at..).unwrap_or_default()) {
                0 => break,
                length => at += length,
            }
        }
        text.get(..at).unwrap_or(text)
    }

    /// Number of characters in `text`.
    pub fn char_count(&self, text: &[u8]) -> usize {
        if self.mbmaxlen == self.mbminlen {
            return text.len().div_ceil(self.mbminlen.into());
        }
        let (mut at, mut count) = (0, 0);
        while let length @ 1.. = self.char_len(text.get(at..).unwrap_or_default()) {
            at += length;
            count += 1;
        }
        count
    }
}
