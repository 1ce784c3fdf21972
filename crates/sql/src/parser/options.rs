//! Table options.

use crate::ast::{EngineOption, EngineOptionValue, TableOption, Ternary};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// One table option, if one begins here.
    pub(super) fn table_option(&mut self) -> PResult<Option<TableOption>> {
        let kw = self.kw();
        if self.is_charset_or_collate() {
            return self.default_charset_option().map(Some);
        }
        if let Some(option) = self.number_option(kw)? {
            return Ok(Some(option));
        }
        if let Some(option) = self.text_option(kw)? {
            return Ok(Some(option));
        }
        if let Some(option) = self.word_option(kw)? {
            return Ok(Some(option));
        }
        self.other_option()
    }

    fn is_charset_or_collate(&mut self) -> bool {
        let n = usize::from(self.is_kw(Kw::Default));
        match self.nth_kw(n) {
            Kw::Charset | Kw::Collate => true,
            Kw::Character | Kw::Char => self.nth_kw(n + 1) == Kw::Set,
            _ => false,
        }
    }

    fn default_charset_option(&mut self) -> PResult<TableOption> {
        self.eat_kw(Kw::Default);
        if self.eat_charset()? {
            self.eat_equal();
            return self.charset_or_default().map(TableOption::Charset);
        }
        self.expect_kw(Kw::Collate)?;
        self.eat_equal();
        self.charset_or_default().map(TableOption::Collate)
    }

    fn number_option(&mut self, kw: Kw) -> PResult<Option<TableOption>> {
        let make: fn(u64) -> TableOption = match kw {
            Kw::AutoIncrement => TableOption::AutoIncrement,
            Kw::MaxRows => TableOption::MaxRows,
            Kw::MinRows => TableOption::MinRows,
            Kw::AvgRowLength => TableOption::AvgRowLength,
            Kw::KeyBlockSize => TableOption::KeyBlockSize,
            Kw::Nodegroup => TableOption::NodeGroup,
            Kw::Checksum | Kw::TableChecksum => |n| TableOption::Checksum(n != 0),
            Kw::DelayKeyWrite => |n| TableOption::DelayKeyWrite(n != 0),
            Kw::Sequence if self.mariadb() => |n| TableOption::Sequence(n != 0),
            _ => return Ok(None),
        };
        self.bump();
        self.eat_equal();
        self.loose_number().map(|n| Some(make(n)))
    }

    fn text_option(&mut self, kw: Kw) -> PResult<Option<TableOption>> {
        let make: fn(String) -> TableOption = match kw {
            Kw::Comment => TableOption::Comment,
            Kw::Password => TableOption::Password,
            Kw::Compression if !self.mariadb() => TableOption::Compression,
            Kw::Encryption if !self.mariadb() => TableOption::Encryption,
            Kw::Connection => TableOption::Connection,
            Kw::EngineAttribute => TableOption::EngineAttribute,
            Kw::SecondaryEngineAttribute => TableOption::SecondaryEngineAttribute,
            Kw::Data | Kw::Index if self.nth_kw(1) == Kw::Directory => {
                self.bump();
                if kw == Kw::Data {
                    TableOption::DataDirectory
                } else {
                    TableOption::IndexDirectory
                }
            }
            _ => return Ok(None),
        };
        self.bump();
        self.eat_equal();
        self.text().map(|text| Some(make(text)))
    }

    fn word_option(&mut self, kw: Kw) -> PResult<Option<TableOption>> {
        let option = match kw {
            Kw::Engine | Kw::Type => {
                self.bump();
                self.eat_equal();
                TableOption::Engine(self.ident_or_text()?)
            }
            Kw::Storage if self.nth_kw(1) == Kw::Engine => {
                self.bump();
                self.bump();
                self.eat_equal();
                TableOption::Engine(self.ident_or_text()?)
            }
            Kw::SecondaryEngine => {
                self.bump();
                self.eat_equal();
                if self.eat_kw(Kw::Null) {
                    TableOption::SecondaryEngine(None)
                } else {
                    TableOption::SecondaryEngine(Some(self.ident_or_text()?))
                }
            }
            Kw::PackKeys => self.ternary_option(TableOption::PackKeys)?,
            Kw::StatsAutoRecalc => self.ternary_option(TableOption::StatsAutoRecalc)?,
            Kw::StatsPersistent => self.ternary_option(TableOption::StatsPersistent)?,
            Kw::PageChecksum => self.ternary_option(TableOption::PageChecksum)?,
            Kw::Transactional => self.ternary_option(TableOption::Transactional)?,
            Kw::StatsSamplePages => {
                self.bump();
                self.eat_equal();
                if self.eat_kw(Kw::Default) {
                    TableOption::StatsSamplePages(None)
                } else {
                    TableOption::StatsSamplePages(Some(self.loose_number()?))
                }
            }
            Kw::RowFormat => {
                self.bump();
                self.eat_equal();
                TableOption::RowFormat(self.upper_word()?)
            }
            Kw::InsertMethod => {
                self.bump();
                self.eat_equal();
                TableOption::InsertMethod(self.upper_word()?)
            }
            Kw::Union => {
                self.bump();
                self.eat_equal();
                self.expect(TokenKind::LeftParen)?;
                let tables = if self.kind() == TokenKind::RightParen {
                    Vec::new()
                } else {
                    self.list(Self::object_name)?
                };
                self.expect(TokenKind::RightParen)?;
                TableOption::Union(tables)
            }
            Kw::Tablespace => {
                self.bump();
                self.eat_equal();
                TableOption::Tablespace(self.ident_or_text()?)
            }
            Kw::Storage => {
                self.bump();
                TableOption::Storage(self.upper_word()?)
            }
            Kw::AutoextendSize => {
                self.bump();
                self.eat_equal();
                let start = self.token().start;
                self.bump();
                TableOption::AutoextendSize(self.source_from(start).0)
            }
            Kw::With if self.mariadb() && self.nth_kw(1) == Kw::System => {
                self.bump();
                self.expect_kws(&[Kw::System, Kw::Versioning])?;
                TableOption::SystemVersioning
            }
            _ => return Ok(None),
        };
        Ok(Some(option))
    }

    fn ternary_option(&mut self, make: fn(Ternary) -> TableOption) -> PResult<TableOption> {
        self.bump();
        self.eat_equal();
        self.ternary().map(make)
    }

    /// `0`, `1`, `DEFAULT`
    pub(super) fn ternary(&mut self) -> PResult<Ternary> {
        if self.eat_kw(Kw::Default) {
            return Ok(Ternary::Default);
        }
        match self.loose_number()? {
            0 => Ok(Ternary::Off),
            1 => Ok(Ternary::On),
            _ => {
                self.pos -= 1;
                Err(self.fail())
            }
        }
    }

    /// MariaDB's engine-defined options.
    fn other_option(&mut self) -> PResult<Option<TableOption>> {
        if let Some(option) = self.engine_option()? {
            return Ok(Some(TableOption::EngineDefined(option)));
        }
        // `IETF_QUOTES YES` and such may leave the equals sign out.
        if self.mariadb() && self.is_word("IETF_QUOTES") {
            let name = self.ident()?;
            self.eat(TokenKind::Eq);
            let value = EngineOptionValue::Word(self.ident()?);
            return Ok(Some(TableOption::EngineDefined(EngineOption {
                name,
                value,
            })));
        }
        Ok(None)
    }
}
