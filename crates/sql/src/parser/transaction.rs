//! Transactions, savepoints, XA, LOCK and UNLOCK, BACKUP.

use crate::ast::{
    Backup, Completion, LockTables, StartTransaction, Statement, TableLock, TableLockKind, Xa, Xid,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `BEGIN [WORK]`
    pub(super) fn begin(&mut self) -> PResult<Statement> {
        self.bump();
        self.eat_kw(Kw::Work);
        Ok(Statement::StartTransaction(StartTransaction {
            begin: true,
            ..StartTransaction::default()
        }))
    }

    /// `TRANSACTION [characteristics]` after `START`.
    pub(super) fn start_transaction(&mut self) -> PResult<Statement> {
        self.bump();
        let mut start = StartTransaction::default();
        if self.at_statement_end() {
            return Ok(Statement::StartTransaction(start));
        }
        loop {
            if self.eat_kw(Kw::With) {
                self.expect_kws(&[Kw::Consistent, Kw::Snapshot])?;
                start.consistent_snapshot = true;
            } else {
                self.expect_kw(Kw::Read)?;
                let read_only = match self.eat_any(&[Kw::Only, Kw::Write]) {
                    Some(kw) => kw == Kw::Only,
                    None => return Err(self.fail()),
                };
                if start.read_only.is_some_and(|before| before != read_only) {
                    return Err(self.fail());
                }
                start.read_only = Some(read_only);
            }
            if !self.eat(TokenKind::Comma) {
                return Ok(Statement::StartTransaction(start));
            }
        }
    }

    fn completion(&mut self) -> PResult<Completion> {
        self.eat_kw(Kw::Work);
        let mut completion = Completion::default();
        if self.eat_kw(Kw::And) {
            let no = self.eat_kw(Kw::No);
            self.expect_kw(Kw::Chain)?;
            completion.chain = Some(!no);
        }
        if self.eat_kw(Kw::Release) {
            completion.release = Some(true);
        } else if self.eat_kws(&[Kw::No, Kw::Release]) {
            completion.release = Some(false);
        }
        if completion.chain == Some(true) && completion.release == Some(true) {
            self.pos -= 1;
            return Err(self.fail());
        }
        Ok(completion)
    }

    /// `COMMIT ...`
    pub(super) fn commit(&mut self) -> PResult<Statement> {
        self.bump();
        self.completion().map(Statement::Commit)
    }

    /// `ROLLBACK ...`, `ROLLBACK TO SAVEPOINT name`
    pub(super) fn rollback(&mut self) -> PResult<Statement> {
        self.bump();
        let work = usize::from(self.is_kw(Kw::Work));
        if self.nth_kw(work) == Kw::To {
            self.eat_kw(Kw::Work);
            self.bump();
            self.eat_kw(Kw::Savepoint);
            return self.ident().map(Statement::RollbackToSavepoint);
        }
        self.completion().map(Statement::Rollback)
    }

    /// `SAVEPOINT name`
    pub(super) fn savepoint(&mut self) -> PResult<Statement> {
        self.bump();
        self.ident().map(Statement::Savepoint)
    }

    /// `RELEASE SAVEPOINT name`
    pub(super) fn release_savepoint(&mut self) -> PResult<Statement> {
        self.bump();
        self.expect_kw(Kw::Savepoint)?;
        self.ident().map(Statement::ReleaseSavepoint)
    }

    /// `XA ...`
    pub(super) fn xa(&mut self) -> PResult<Statement> {
        self.bump();
        let kw = self.kw();
        self.bump();
        let xa = match kw {
            Kw::Start | Kw::Begin => {
                let xid = self.xid()?;
                let kw = self.eat_any(&[Kw::Join, Kw::Resume]);
                Xa::Start {
                    xid,
                    join: kw == Some(Kw::Join),
                    resume: kw == Some(Kw::Resume),
                }
            }
            Kw::End => {
                let xid = self.xid()?;
                let suspend = self.eat_kw(Kw::Suspend);
                let migrate = suspend && self.eat_kws(&[Kw::For, Kw::Migrate]);
                Xa::End {
                    xid,
                    suspend,
                    migrate,
                }
            }
            Kw::Prepare => Xa::Prepare(self.xid()?),
            Kw::Commit => {
                let xid = self.xid()?;
                let one_phase = self.eat_kws(&[Kw::One, Kw::Phase]);
                Xa::Commit { xid, one_phase }
            }
            Kw::Rollback => Xa::Rollback(self.xid()?),
            Kw::Recover => {
                let mut convert_xid = self.eat_kws(&[Kw::Convert, Kw::Xid]);
                if self.mariadb() && self.eat_kw(Kw::Format) {
                    self.expect(TokenKind::Eq)?;
                    convert_xid = self.ident_or_text()?.eq_ignore_ascii_case("sql");
                }
                Xa::Recover { convert_xid }
            }
            _ => {
                self.pos -= 1;
                return Err(self.fail());
            }
        };
        Ok(Statement::Xa(xa))
    }

    fn xid(&mut self) -> PResult<Xid> {
        let gtrid = self.text_literal()?;
        let (mut bqual, mut format) = (None, None);
        if self.eat(TokenKind::Comma) {
            bqual = Some(self.text_literal()?);
            if self.eat(TokenKind::Comma) {
                format = Some(self.number()?);
            }
        }
        Ok(Xid {
            gtrid,
            bqual,
            format,
        })
    }

    /// `LOCK TABLES ...`, `LOCK INSTANCE FOR BACKUP`
    pub(super) fn lock(&mut self) -> PResult<Statement> {
        self.bump();
        if self.eat_kw(Kw::Instance) {
            self.expect_kws(&[Kw::For, Kw::Backup])?;
            return Ok(Statement::LockInstance);
        }
        if self.eat_any(&[Kw::Tables, Kw::Table]).is_none() {
            return Err(self.fail());
        }
        let tables = self.list(|p| {
            let table = p.object_name()?;
            let alias = p.table_alias()?;
            let kind = p.table_lock_kind()?;
            Ok(TableLock { table, alias, kind })
        })?;
        let timeout = self.lock_timeout()?;
        Ok(Statement::LockTables(LockTables { tables, timeout }))
    }

    fn table_lock_kind(&mut self) -> PResult<TableLockKind> {
        match self.eat_any(&[Kw::Read, Kw::Write, Kw::LowPriority]) {
            Some(Kw::Read) if self.eat_kw(Kw::Local) => Ok(TableLockKind::ReadLocal),
            Some(Kw::Read) => Ok(TableLockKind::Read),
            Some(Kw::Write) if self.mariadb() && self.eat_kw(Kw::Concurrent) => {
                Ok(TableLockKind::WriteConcurrent)
            }
            Some(Kw::Write) => Ok(TableLockKind::Write),
            Some(_) => {
                self.expect_kw(Kw::Write)?;
                Ok(TableLockKind::LowPriorityWrite)
            }
            None => Err(self.fail()),
        }
    }

    /// `UNLOCK TABLES`, `UNLOCK INSTANCE`
    pub(super) fn unlock(&mut self) -> PResult<Statement> {
        self.bump();
        match self.eat_any(&[Kw::Tables, Kw::Table, Kw::Instance]) {
            Some(Kw::Instance) => Ok(Statement::UnlockInstance),
            Some(_) => Ok(Statement::UnlockTables),
            None => Err(self.fail()),
        }
    }

    /// `BACKUP ...` (MariaDB)
    pub(super) fn backup(&mut self) -> PResult<Statement> {
        self.bump();
        match self.eat_any(&[Kw::Stage, Kw::Lock, Kw::Unlock]) {
            Some(Kw::Stage) => self
                .upper_word()
                .map(|s| Statement::Backup(Backup::Stage(s))),
            Some(Kw::Lock) => self
                .object_name()
                .map(|t| Statement::Backup(Backup::Lock(t))),
            Some(_) => Ok(Statement::Backup(Backup::Unlock)),
            None => Err(self.fail()),
        }
    }
}
