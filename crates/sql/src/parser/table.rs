//! CREATE TABLE, keys and constraints; DROP, TRUNCATE, RENAME TABLE; CREATE and DROP INDEX.

use crate::ast::{
    AlterAlgorithm, AlterLock, CreateIndex, CreateSelect, CreateTable, CreateTableBody, DropIndex,
    DropTable, Duplicates, ForeignKeySpec, IndexOption, IndexSpec, KeyKind, KeyPartSpec, KeyTarget,
    LockTimeout, PeriodSpec, RenamePair, RenameTable, Statement, TableDefinition, TableElement,
    TruncateTable,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `[TEMPORARY|EXTERNAL] TABLE ...` after `CREATE [OR REPLACE]`.
    pub(super) fn create_table(&mut self, or_replace: bool) -> PResult<Statement> {
        let temporary = self.eat_kw(Kw::Temporary);
        let external = self.eat_kw(Kw::External);
        self.expect_kw(Kw::Table)?;
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let body = self.create_table_body()?;
        Ok(Statement::CreateTable(Box::new(CreateTable {
            or_replace,
            temporary,
            external,
            if_not_exists,
            name,
            body,
        })))
    }

    fn create_table_body(&mut self) -> PResult<CreateTableBody> {
        if self.eat_kw(Kw::Like) {
            return Ok(CreateTableBody::Like(self.object_name()?));
        }
        if self.kind() == TokenKind::LeftParen && self.nth_kw(1) == Kw::Like {
            self.bump();
            self.bump();
            let other = self.object_name()?;
            self.expect(TokenKind::RightParen)?;
            return Ok(CreateTableBody::Like(other));
        }
        let mut definition = TableDefinition::default();
        if self.kind() == TokenKind::LeftParen && !self.paren_holds_query() {
            definition.elements = self.paren_list(Self::table_element)?;
        }
        self.table_options(&mut definition)?;
        if self.is_kw(Kw::Partition) {
            definition.partitioning = Some(Box::new(self.partitioning()?));
        }
        definition.select = self.create_select()?;
        if self.eat_kws(&[Kw::Start, Kw::Transaction]) {
            definition.start_transaction = true;
        }
        Ok(CreateTableBody::Definition(definition))
    }

    fn table_options(&mut self, definition: &mut TableDefinition) -> PResult<()> {
        loop {
            let comma = self.eat(TokenKind::Comma);
            if self.are_kws(&[Kw::Start, Kw::Transaction]) {
                self.bump();
                self.bump();
                definition.start_transaction = true;
                continue;
            }
            match self.table_option()? {
                Some(option) => definition.options.push(option),
                None if comma => return Err(self.fail()),
                None => return Ok(()),
            }
        }
    }

    /// `[IGNORE|REPLACE] [AS] query`
    fn create_select(&mut self) -> PResult<Option<CreateSelect>> {
        let duplicates = match self.eat_any(&[Kw::Ignore, Kw::Replace]) {
            Some(Kw::Ignore) => Some(Duplicates::Ignore),
            Some(_) => Some(Duplicates::Replace),
            None => None,
        };
        let as_word = self.eat_kw(Kw::As);
        if !as_word && duplicates.is_none() && !self.query_starts_or_paren() {
            return Ok(None);
        }
        let query = Box::new(self.query_statement()?);
        Ok(Some(CreateSelect { duplicates, query }))
    }

    /// A column, key, constraint or period.
    pub(super) fn table_element(&mut self) -> PResult<TableElement> {
        if self.mariadb() && self.is_kw(Kw::Period) && self.nth_kw(1) == Kw::For {
            return self.period_spec().map(TableElement::Period);
        }
        if self.constraint_starts() {
            return self.table_constraint();
        }
        self.column_spec().map(TableElement::Column)
    }

    /// Whether a key or constraint begins here rather than a column of such a name.
    pub(super) fn constraint_starts(&mut self) -> bool {
        match self.kw() {
            Kw::Primary
            | Kw::Unique
            | Kw::Key
            | Kw::Index
            | Kw::Fulltext
            | Kw::Spatial
            | Kw::Foreign
            | Kw::Constraint
            | Kw::Check => true,
            Kw::Vector => self.mariadb() && matches!(self.nth_kw(1), Kw::Key | Kw::Index),
            _ => false,
        }
    }

    /// A key or constraint.
    pub(super) fn table_constraint(&mut self) -> PResult<TableElement> {
        let constraint = self.constraint_name()?;
        match self.kw() {
            Kw::Foreign => self.foreign_key(constraint).map(TableElement::ForeignKey),
            Kw::Check | Kw::If => self.check_spec(constraint).map(TableElement::Check),
            _ => self.index_spec(constraint).map(TableElement::Index),
        }
    }

    fn foreign_key(&mut self, constraint: Option<Option<String>>) -> PResult<ForeignKeySpec> {
        self.expect_kws(&[Kw::Foreign, Kw::Key])?;
        let if_not_exists = self.if_not_exists()?;
        let index_name = self.opt_ident()?;
        let columns = self.paren_list(Self::plain_key_part)?;
        let references = self.references()?;
        Ok(ForeignKeySpec {
            constraint,
            if_not_exists,
            index_name,
            columns,
            references,
        })
    }

    /// `PRIMARY KEY|UNIQUE|KEY|FULLTEXT|SPATIAL|VECTOR ...`
    fn index_spec(&mut self, constraint: Option<Option<String>>) -> PResult<IndexSpec> {
        let kw = self.kw();
        let kind = match kw {
            Kw::Primary => KeyKind::Primary,
            Kw::Unique => KeyKind::Unique,
            Kw::Fulltext => KeyKind::Fulltext,
            Kw::Spatial => KeyKind::Spatial,
            Kw::Vector => KeyKind::Vector,
            Kw::Key | Kw::Index if constraint.is_none() => KeyKind::Plain,
            _ => return Err(self.fail()),
        };
        self.bump();
        if kind == KeyKind::Primary {
            self.expect_kw(Kw::Key)?;
        } else if kind != KeyKind::Plain {
            let _ = self.eat_any(&[Kw::Key, Kw::Index]);
        }
        let if_not_exists = self.if_not_exists()?;
        let using_next = self.is_kw(Kw::Using) || (self.is_kw(Kw::Type) && self.type_is_using());
        let name = if self.kind() == TokenKind::LeftParen || using_next {
            None
        } else {
            Some(self.short_ident()?)
        };
        self.index_rest(constraint, kind, if_not_exists, name)
    }

    /// `TYPE BTREE` rather than an index called `type`.
    fn type_is_using(&mut self) -> bool {
        matches!(self.nth_kw(1), Kw::Btree | Kw::Hash | Kw::Rtree)
    }

    /// `[USING x] (parts) [options]`
    pub(super) fn index_rest(
        &mut self,
        constraint: Option<Option<String>>,
        kind: KeyKind,
        if_not_exists: bool,
        name: Option<String>,
    ) -> PResult<IndexSpec> {
        let mut options = Vec::new();
        if self.eat_kw(Kw::Using) || self.eat_kw(Kw::Type) {
            options.push(IndexOption::Using(self.upper_word()?));
        }
        let parts = self.paren_list(Self::key_part)?;
        while let Some(option) = self.index_option()? {
            options.push(option);
        }
        Ok(IndexSpec {
            constraint,
            kind,
            if_not_exists,
            name,
            parts,
            options,
        })
    }

    /// `column [(n)] [ASC|DESC]`, `(expr) [ASC|DESC]`
    pub(super) fn key_part(&mut self) -> PResult<KeyPartSpec> {
        let target = if self.kind() == TokenKind::LeftParen {
            self.bump();
            let expr = self.nested(Self::expr)?;
            self.expect(TokenKind::RightParen)?;
            KeyTarget::Expr(Box::new(expr))
        } else {
            let name = self.ident()?;
            if self.mariadb() && self.eat_kw(Kw::Without) {
                self.expect_kw(Kw::Overlaps)?;
                KeyTarget::WithoutOverlaps(name)
            } else {
                let length = if self.kind() == TokenKind::LeftParen {
                    Some(self.paren_number()?)
                } else {
                    None
                };
                KeyTarget::Column { name, length }
            }
        };
        let descending = self.eat_any(&[Kw::Asc, Kw::Desc]).map(|kw| kw == Kw::Desc);
        Ok(KeyPartSpec { target, descending })
    }

    fn index_option(&mut self) -> PResult<Option<IndexOption>> {
        let kw = self.kw();
        let option = match kw {
            Kw::Using | Kw::Type => {
                self.bump();
                IndexOption::Using(self.upper_word()?)
            }
            Kw::KeyBlockSize => {
                self.bump();
                self.eat_equal();
                IndexOption::KeyBlockSize(self.loose_number()?)
            }
            Kw::With if self.nth_kw(1) == Kw::Parser => {
                self.bump();
                self.bump();
                IndexOption::Parser(self.ident()?)
            }
            Kw::Comment => {
                self.bump();
                IndexOption::Comment(self.text()?)
            }
            Kw::Visible | Kw::Invisible => {
                self.bump();
                if kw == Kw::Visible {
                    IndexOption::Visible
                } else {
                    IndexOption::Invisible
                }
            }
            Kw::Ignored if self.mariadb() => {
                self.bump();
                IndexOption::Ignored(true)
            }
            Kw::Not if self.mariadb() && self.nth_kw(1) == Kw::Ignored => {
                self.bump();
                self.bump();
                IndexOption::Ignored(false)
            }
            Kw::EngineAttribute => {
                self.bump();
                self.eat_equal();
                IndexOption::EngineAttribute(self.text()?)
            }
            Kw::SecondaryEngineAttribute => {
                self.bump();
                self.eat_equal();
                IndexOption::SecondaryEngineAttribute(self.text()?)
            }
            Kw::Clustering if self.mariadb() => {
                self.bump();
                self.eat(TokenKind::Eq);
                let yes = !self.is_kw(Kw::No);
                self.bump();
                IndexOption::Clustering(yes)
            }
            _ => return Ok(self.engine_option()?.map(IndexOption::EngineDefined)),
        };
        Ok(Some(option))
    }

    /// `PERIOD FOR name (start, end)`
    pub(super) fn period_spec(&mut self) -> PResult<PeriodSpec> {
        self.expect_kws(&[Kw::Period, Kw::For])?;
        let name = self.ident()?;
        self.expect(TokenKind::LeftParen)?;
        let start = self.ident()?;
        self.expect(TokenKind::Comma)?;
        let end = self.ident()?;
        self.expect(TokenKind::RightParen)?;
        Ok(PeriodSpec { name, start, end })
    }

    /// `TABLE[S] [IF EXISTS] names` after `DROP [TEMPORARY]`.
    pub(super) fn drop_table(&mut self, temporary: bool) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let tables = self.list(Self::object_name)?;
        let timeout = self.lock_timeout()?;
        let cascade = self.cascade();
        Ok(Statement::DropTable(DropTable {
            temporary,
            if_exists,
            tables,
            cascade,
            timeout,
        }))
    }

    /// `CASCADE`, `RESTRICT`
    pub(super) fn cascade(&mut self) -> Option<bool> {
        self.eat_any(&[Kw::Cascade, Kw::Restrict])
            .map(|kw| kw == Kw::Cascade)
    }

    /// `TRUNCATE [TABLE] name`
    pub(super) fn truncate(&mut self) -> PResult<Statement> {
        self.bump();
        self.eat_kw(Kw::Table);
        let table = self.object_name()?;
        let timeout = self.lock_timeout()?;
        // MariaDB accepts Oracle's clause and does nothing with it.
        if self.mariadb() && self.eat_any(&[Kw::Drop, Kw::Reuse]).is_some() {
            self.expect_kw(Kw::Storage)?;
        }
        Ok(Statement::TruncateTable(TruncateTable { table, timeout }))
    }

    /// `TABLE[S] a TO b, ...` after `RENAME`.
    pub(super) fn rename_table(&mut self) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let pairs = self.list(|p| {
            let from = p.object_name()?;
            let timeout = p.lock_timeout()?;
            p.expect_kw(Kw::To)?;
            let to = p.object_name()?;
            Ok(RenamePair { from, timeout, to })
        })?;
        Ok(Statement::RenameTable(RenameTable { if_exists, pairs }))
    }

    /// MariaDB's `WAIT n`, `NOWAIT`.
    pub(super) fn lock_timeout(&mut self) -> PResult<Option<LockTimeout>> {
        if !self.mariadb() {
            return Ok(None);
        }
        if self.eat_kw(Kw::Nowait) {
            return Ok(Some(LockTimeout::NoWait));
        }
        if self.is_kw(Kw::Wait) && self.nth_kind(1) == TokenKind::Integer {
            self.bump();
            return Ok(Some(LockTimeout::Wait(self.number()?)));
        }
        Ok(None)
    }

    /// `[ONLINE|OFFLINE] [UNIQUE|FULLTEXT|SPATIAL|VECTOR] INDEX ...` after `CREATE [OR REPLACE]`.
    pub(super) fn create_index(&mut self, or_replace: bool) -> PResult<Statement> {
        let online = self
            .eat_any(&[Kw::Online, Kw::Offline])
            .map(|kw| kw == Kw::Online);
        let kind = match self.eat_any(&[Kw::Unique, Kw::Fulltext, Kw::Spatial, Kw::Vector]) {
            Some(Kw::Unique) => KeyKind::Unique,
            Some(Kw::Fulltext) => KeyKind::Fulltext,
            Some(Kw::Spatial) => KeyKind::Spatial,
            Some(_) => KeyKind::Vector,
            None => KeyKind::Plain,
        };
        if self.eat_any(&[Kw::Index, Kw::Key]).is_none() {
            return Err(self.fail());
        }
        let if_not_exists = self.if_not_exists()?;
        let name = Some(self.short_ident()?);
        let mut using = Vec::new();
        if self.eat_kw(Kw::Using) || self.eat_kw(Kw::Type) {
            using.push(IndexOption::Using(self.upper_word()?));
        }
        self.expect_kw(Kw::On)?;
        let table = self.object_name()?;
        let early_timeout = self.lock_timeout()?;
        let mut index = self.index_rest(None, kind, if_not_exists, name)?;
        using.append(&mut index.options);
        index.options = using;
        let timeout = match early_timeout {
            Some(timeout) => Some(timeout),
            None => self.lock_timeout()?,
        };
        let (algorithm, lock) = self.algorithm_and_lock()?;
        Ok(Statement::CreateIndex(Box::new(CreateIndex {
            or_replace,
            table,
            online,
            index,
            timeout,
            algorithm,
            lock,
        })))
    }

    /// `INDEX name ON table` after `DROP`.
    pub(super) fn drop_index(&mut self) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let name = if self.is_kw(Kw::Primary) {
            self.any_word()?
        } else {
            self.ident()?
        };
        self.expect_kw(Kw::On)?;
        let table = self.object_name()?;
        let timeout = self.lock_timeout()?;
        let (algorithm, lock) = self.algorithm_and_lock()?;
        Ok(Statement::DropIndex(DropIndex {
            if_exists,
            name,
            table,
            timeout,
            algorithm,
            lock,
        }))
    }

    fn algorithm_and_lock(&mut self) -> PResult<(Option<AlterAlgorithm>, Option<AlterLock>)> {
        let (mut algorithm, mut lock) = (None, None);
        loop {
            match self.kw() {
                Kw::Algorithm => algorithm = Some(self.algorithm()?),
                Kw::Lock => lock = Some(self.lock_clause()?),
                _ => return Ok((algorithm, lock)),
            }
        }
    }

    /// `ALGORITHM [=] x`
    pub(super) fn algorithm(&mut self) -> PResult<AlterAlgorithm> {
        self.bump();
        self.eat_equal();
        match self.upper_word()?.as_str() {
            "DEFAULT" => Ok(AlterAlgorithm::Default),
            "INPLACE" => Ok(AlterAlgorithm::Inplace),
            "COPY" => Ok(AlterAlgorithm::Copy),
            "INSTANT" => Ok(AlterAlgorithm::Instant),
            "NOCOPY" => Ok(AlterAlgorithm::NoCopy),
            _ => Err(self.fail()),
        }
    }

    /// `LOCK [=] x`
    pub(super) fn lock_clause(&mut self) -> PResult<AlterLock> {
        self.bump();
        self.eat_equal();
        match self.upper_word()?.as_str() {
            "DEFAULT" => Ok(AlterLock::Default),
            "NONE" => Ok(AlterLock::None),
            "SHARED" => Ok(AlterLock::Shared),
            "EXCLUSIVE" => Ok(AlterLock::Exclusive),
            _ => Err(self.fail()),
        }
    }
}
