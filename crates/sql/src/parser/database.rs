//! CREATE, ALTER and DROP DATABASE; USE.

use crate::ast::{AlterDatabase, CreateDatabase, DatabaseOption, DropDatabase, Statement};
use crate::error::{Fail, ParseErrorKind};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `DATABASE [IF NOT EXISTS] name options` after `CREATE [OR REPLACE]`.
    pub(super) fn create_database(&mut self, or_replace: bool) -> PResult<Statement> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.database_name()?;
        let options = self.database_options()?;
        Ok(Statement::CreateDatabase(CreateDatabase {
            or_replace,
            if_not_exists,
            name,
            options,
        }))
    }

    /// The name of a database: no trailing space.
    pub(super) fn database_name(&mut self) -> PResult<String> {
        let token = self.token();
        let checked = self.short_ident();
        let wrong = match &checked {
            Ok(name) => name.is_empty() || name.ends_with(' '),
            Err(fail) => fail.kind == ParseErrorKind::NameTooLong && self.mariadb(),
        };
        if !wrong {
            return checked;
        }
        let quoted = usize::from(token.kind == TokenKind::QuotedIdent);
        Err(Fail {
            kind: ParseErrorKind::WrongDatabaseName,
            offset: token.start + quoted,
            end: token.end - quoted,
        })
    }

    /// `DATABASE [name] options` after `ALTER`.
    pub(super) fn alter_database(&mut self) -> PResult<Statement> {
        self.bump();
        let name = if self.database_option_starts() {
            None
        } else {
            Some(self.database_name()?)
        };
        if name.is_some() && self.eat_kw(Kw::Upgrade) {
            self.expect_kws(&[Kw::Data, Kw::Directory, Kw::Name])?;
            return Ok(Statement::AlterDatabase(AlterDatabase {
                name,
                options: Vec::new(),
                upgrade: true,
            }));
        }
        let options = self.database_options()?;
        if options.is_empty() {
            return Err(self.fail());
        }
        Ok(Statement::AlterDatabase(AlterDatabase {
            name,
            options,
            upgrade: false,
        }))
    }

    fn database_option_starts(&mut self) -> bool {
        match self.kw() {
            Kw::Default | Kw::Collate | Kw::Character | Kw::Char => true,
            // These are not reserved: `ALTER DATABASE comment ...` may name a database.
            Kw::Charset | Kw::Comment | Kw::Encryption => !matches!(
                self.nth_kw(1),
                Kw::Default
                    | Kw::Collate
                    | Kw::Character
                    | Kw::Char
                    | Kw::Charset
                    | Kw::Comment
                    | Kw::Encryption
                    | Kw::Read
                    | Kw::Upgrade
            ),
            Kw::Read => true,
            _ => false,
        }
    }

    fn database_options(&mut self) -> PResult<Vec<DatabaseOption>> {
        let mut options = Vec::new();
        loop {
            let default = self.eat_kw(Kw::Default);
            let option = if self.eat_charset()? {
                self.eat_equal();
                DatabaseOption::Charset(self.charset_or_default()?)
            } else if self.eat_kw(Kw::Collate) {
                self.eat_equal();
                DatabaseOption::Collate(self.charset_or_default()?)
            } else if self.eat_kw(Kw::Encryption) {
                self.eat_equal();
                DatabaseOption::Encryption(self.text()?)
            } else if default {
                return Err(self.fail());
            } else if self.eat_kws(&[Kw::Read, Kw::Only]) {
                self.eat_equal();
                DatabaseOption::ReadOnly(self.ternary()?)
            } else if self.mariadb() && self.eat_kw(Kw::Comment) {
                self.eat_equal();
                DatabaseOption::Comment(self.text()?)
            } else {
                return Ok(options);
            };
            options.push(option);
        }
    }

    /// `DATABASE [IF EXISTS] name` after `DROP`.
    pub(super) fn drop_database(&mut self) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let name = self.database_name()?;
        Ok(Statement::DropDatabase(DropDatabase { if_exists, name }))
    }

    /// `USE db`
    pub(super) fn use_database(&mut self) -> PResult<Statement> {
        self.bump();
        self.ident().map(Statement::Use)
    }
}
