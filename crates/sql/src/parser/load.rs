//! LOAD DATA, LOAD XML, LOAD INDEX, IMPORT TABLE; FIELDS and LINES.

use crate::ast::{
    Duplicates, FileFormat, KeyCacheTable, Load, LoadFrom, LoadIndex, LoadTarget, PartitionNames,
    Priority, Statement,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `LOAD ...`
    pub(super) fn load(&mut self) -> PResult<Statement> {
        self.bump();
        if self.eat_kws(&[Kw::Index, Kw::Into]) {
            self.expect_kw(Kw::Cache)?;
            let tables = self.list(Self::key_cache_table)?;
            return Ok(Statement::LoadIndex(LoadIndex { tables }));
        }
        let xml = match self.eat_any(&[Kw::Data, Kw::Xml]) {
            Some(kw) => kw == Kw::Xml,
            None => return Err(self.fail()),
        };
        if !xml && self.are_kws(&[Kw::From, Kw::Master]) {
            self.bump();
            self.bump();
            return Ok(Statement::LoadDataFromSource);
        }
        if !xml && self.is_kw(Kw::From) && self.nth_kw(1) == Kw::Source {
            self.bump();
            self.bump();
            return Ok(Statement::LoadDataFromSource);
        }
        self.load_file(xml)
    }

    fn load_file(&mut self, xml: bool) -> PResult<Statement> {
        let start = self.token().start;
        let mut bulk = self.eat_kw(Kw::From);
        let priority = match self.eat_any(&[Kw::LowPriority, Kw::Concurrent]) {
            Some(Kw::LowPriority) => Some(Priority::Low),
            Some(_) => Some(Priority::Concurrent),
            None => None,
        };
        let local = self.eat_kw(Kw::Local);
        bulk |= self.eat_kw(Kw::From);
        let from = match self.eat_any(&[Kw::Infile, Kw::Url, Kw::S3]) {
            Some(Kw::Infile) => LoadFrom::Infile,
            Some(Kw::Url) => LoadFrom::Url,
            Some(_) => LoadFrom::S3,
            None => return Err(self.fail()),
        };
        let path = self.text()?;
        if self.eat_kw(Kw::Count) {
            bulk = true;
            self.number()?;
        }
        if self.eat_kws(&[Kw::In, Kw::Primary]) {
            self.expect_kws(&[Kw::Key, Kw::Order])?;
            bulk = true;
        }
        let duplicates = match self.eat_any(&[Kw::Ignore, Kw::Replace]) {
            Some(Kw::Ignore) => Some(Duplicates::Ignore),
            Some(_) => Some(Duplicates::Replace),
            None => None,
        };
        self.expect_kws(&[Kw::Into, Kw::Table])?;
        let mut load = Load {
            xml,
            priority,
            local,
            from,
            path,
            duplicates,
            table: self.object_name()?,
            partitions: self.partition_names()?,
            charset: None,
            rows_identified_by: None,
            format: FileFormat::default(),
            ignore_lines: None,
            columns: Vec::new(),
            assignments: Vec::new(),
            bulk: None,
        };
        bulk |= self.load_rest(&mut load)?;
        if bulk {
            load.bulk = Some(self.source_from(start));
        }
        Ok(Statement::Load(Box::new(load)))
    }

    /// Everything after the table; whether a clause of bulk loading was among it.
    fn load_rest(&mut self, load: &mut Load) -> PResult<bool> {
        let mut bulk = false;
        if self.eat_kw(Kw::Compression) {
            self.eat_equal();
            self.text()?;
            bulk = true;
        }
        if self.eat_charset()? {
            load.charset = Some(self.charset_name()?);
        }
        if self.eat_kws(&[Kw::Rows, Kw::Identified]) {
            self.expect_kw(Kw::By)?;
            load.rows_identified_by = Some(self.text_literal()?);
        }
        load.format = self.file_format()?;
        if self.eat_kw(Kw::Ignore) {
            load.ignore_lines = Some(self.number()?);
            if self.eat_any(&[Kw::Lines, Kw::Rows]).is_none() {
                return Err(self.fail());
            }
        }
        if self.kind() == TokenKind::LeftParen {
            self.bump();
            if self.kind() != TokenKind::RightParen {
                load.columns = self.list(|p| {
                    if p.kind() == TokenKind::UserVariable {
                        p.variable_name().map(LoadTarget::Variable)
                    } else {
                        p.column_ref().map(LoadTarget::Column)
                    }
                })?;
            }
            self.expect(TokenKind::RightParen)?;
        }
        if self.eat_kw(Kw::Set) {
            load.assignments = self.list(Self::assignment)?;
        }
        while let Some(kw) = self.eat_any(&[Kw::Parallel, Kw::Memory, Kw::Algorithm]) {
            bulk = true;
            self.eat_equal();
            if kw == Kw::Algorithm {
                self.upper_word()?;
            } else {
                self.bump();
            }
        }
        Ok(bulk)
    }

    /// `FIELDS ... LINES ...`
    pub(super) fn file_format(&mut self) -> PResult<FileFormat> {
        let mut format = FileFormat::default();
        if self.eat_any(&[Kw::Columns, Kw::Fields]).is_some() {
            let mut any = false;
            loop {
                match self.kw() {
                    Kw::Terminated => format.fields_terminated = Some(self.by_text()?),
                    Kw::Optionally => {
                        self.bump();
                        format.optionally = true;
                        if !self.is_kw(Kw::Enclosed) {
                            return Err(self.fail());
                        }
                        format.fields_enclosed = Some(self.by_text()?);
                    }
                    Kw::Enclosed => format.fields_enclosed = Some(self.by_text()?),
                    Kw::Escaped => format.fields_escaped = Some(self.by_text()?),
                    _ if any => break,
                    _ => return Err(self.fail()),
                }
                any = true;
            }
        }
        if self.eat_kw(Kw::Lines) {
            let mut any = false;
            loop {
                match self.kw() {
                    Kw::Terminated => format.lines_terminated = Some(self.by_text()?),
                    Kw::Starting => format.lines_starting = Some(self.by_text()?),
                    _ if any => break,
                    _ => return Err(self.fail()),
                }
                any = true;
            }
        }
        Ok(format)
    }

    fn by_text(&mut self) -> PResult<crate::ast::StringLiteral> {
        self.bump();
        self.expect_kw(Kw::By)?;
        self.text_literal()
    }

    /// A table of CACHE INDEX or LOAD INDEX.
    pub(super) fn key_cache_table(&mut self) -> PResult<KeyCacheTable> {
        let table = self.object_name()?;
        let partitions = if self.eat_kw(Kw::Partition) {
            self.expect(TokenKind::LeftParen)?;
            let names = if self.eat_kw(Kw::All) {
                PartitionNames::All
            } else {
                PartitionNames::Names(self.list(Self::ident)?)
            };
            self.expect(TokenKind::RightParen)?;
            Some(names)
        } else {
            None
        };
        let keys = if self.eat_any(&[Kw::Index, Kw::Key]).is_some() {
            self.expect(TokenKind::LeftParen)?;
            let names = if self.kind() == TokenKind::RightParen {
                Vec::new()
            } else {
                self.list(|p| {
                    if p.is_kw(Kw::Primary) {
                        p.any_word()
                    } else {
                        p.ident()
                    }
                })?
            };
            self.expect(TokenKind::RightParen)?;
            Some(names)
        } else {
            None
        };
        let ignore_leaves = self.eat_kws(&[Kw::Ignore, Kw::Leaves]);
        Ok(KeyCacheTable {
            table,
            partitions,
            keys,
            ignore_leaves,
        })
    }

    /// `IMPORT TABLE FROM 'file', ...`
    pub(super) fn import_table(&mut self) -> PResult<Statement> {
        self.bump();
        self.expect_kws(&[Kw::Table, Kw::From])?;
        self.list(Self::text).map(Statement::ImportTable)
    }
}
