//! Which statement begins here.

use crate::ast::{
    AccountKind, MaintenanceKind, ObjectAction, ProgramKind, SequenceAction, Source, Statement,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::program::Prefix;
use super::{PResult, Parser, STATEMENT_WEIGHT};

impl Parser<'_> {
    /// One statement, up to its end or `;`.
    pub(super) fn statement(&mut self) -> PResult<Statement> {
        if self.kind() == TokenKind::LeftParen {
            return self.query_statement().map(select);
        }
        let start = self.token().start;
        let kw = self.kw();
        match kw {
            Kw::Select | Kw::Values | Kw::Table => self.query_statement().map(select),
            Kw::With => self.with_statement(),
            Kw::Insert | Kw::Replace => self.insert(),
            Kw::Update => self.update(None),
            Kw::Delete => self.delete(None),
            Kw::Begin => self.begin(),
            Kw::Commit => self.commit(),
            Kw::Rollback => self.rollback(),
            Kw::Set => self.set(),
            Kw::Show => self.show(),
            Kw::Use => self.use_database(),
            Kw::Create => self.create(start),
            Kw::Alter => self.alter(start),
            Kw::Drop => self.drop(start),
            Kw::Truncate => self.truncate(),
            Kw::Rename => match self.nth_kw(1) {
                Kw::Table | Kw::Tables => {
                    self.bump();
                    self.rename_table()
                }
                Kw::User => self.account_rest(start, AccountKind::RenameUser, 2),
                _ => Err(self.next_fail()),
            },
            Kw::Grant => self.account_rest(start, AccountKind::Grant, 1),
            Kw::Revoke => self.account_rest(start, AccountKind::Revoke, 1),
            _ => self.other_statement(kw),
        }
    }

    /// A statement within another one.
    pub(super) fn inner_statement(&mut self) -> PResult<Statement> {
        self.depth += STATEMENT_WEIGHT;
        let statement = self.nested(Self::statement);
        self.depth -= STATEMENT_WEIGHT;
        statement
    }

    fn next_fail(&mut self) -> crate::error::Fail {
        self.bump();
        self.fail()
    }

    fn other_statement(&mut self, kw: Kw) -> PResult<Statement> {
        match kw {
            Kw::Start => self.start(),
            Kw::Stop => self.stop(),
            Kw::Change => self.change(),
            Kw::Reset => self.reset(),
            Kw::Purge => self.purge(),
            Kw::Flush => self.flush(),
            Kw::Savepoint => self.savepoint(),
            Kw::Release => self.release_savepoint(),
            Kw::Xa => self.xa(),
            Kw::Lock => self.lock(),
            Kw::Unlock => self.unlock(),
            Kw::Backup if self.mariadb() => self.backup(),
            Kw::Describe | Kw::Desc | Kw::Explain => self.explain_statement(),
            Kw::Analyze if self.analyze_explains() => self.explain_statement(),
            Kw::Analyze => self.maintenance(MaintenanceKind::Analyze),
            Kw::Optimize => self.maintenance(MaintenanceKind::Optimize),
            Kw::Repair => self.maintenance(MaintenanceKind::Repair),
            Kw::Check => self.maintenance(MaintenanceKind::Check),
            Kw::Checksum => self.maintenance(MaintenanceKind::Checksum),
            Kw::Cache => self.cache_index(),
            Kw::Load => self.load(),
            Kw::Import => self.import_table(),
            Kw::Call => self.call_procedure(),
            Kw::Do => self.do_statement(),
            Kw::Handler => self.handler(),
            Kw::Help => self.help(),
            Kw::Kill => self.kill(),
            Kw::Prepare => self.prepare(),
            Kw::Execute => self.execute(),
            Kw::Deallocate => self.deallocate(),
            Kw::Binlog => self.binlog(),
            Kw::Install => self.install(),
            Kw::Uninstall => self.uninstall(),
            Kw::Shutdown => self.shutdown(),
            Kw::Restart if !self.mariadb() => {
                self.bump();
                Ok(Statement::Restart)
            }
            Kw::Clone if !self.mariadb() => self.clone_statement(),
            Kw::Signal | Kw::Resignal | Kw::Get => {
                let start = self.token().start;
                self.bump();
                if kw != Kw::Resignal && self.at_statement_end() {
                    return Err(self.fail());
                }
                self.skip_statement()?;
                let Source(text) = self.source_from(start);
                Ok(Statement::Diagnostics(Source(text)))
            }
            _ => Err(self.fail()),
        }
    }

    /// MariaDB's `ANALYZE SELECT ...` rather than `ANALYZE TABLE`.
    fn analyze_explains(&mut self) -> bool {
        self.mariadb()
            && !matches!(
                self.nth_kw(1),
                Kw::Table | Kw::Tables | Kw::View | Kw::NoWriteToBinlog | Kw::Local
            )
    }

    /// `WITH ... SELECT|UPDATE|DELETE`
    fn with_statement(&mut self) -> PResult<Statement> {
        let with = self.with_clause()?;
        match self.kw() {
            Kw::Update => self.update(with),
            Kw::Delete => self.delete(with),
            _ => self.query_after_with(with).map(select),
        }
    }

    fn create(&mut self, start: usize) -> PResult<Statement> {
        self.bump();
        let or_replace = self.eat_kws(&[Kw::Or, Kw::Replace]);
        match self.kw() {
            Kw::Database | Kw::Schema => return self.create_database(or_replace),
            Kw::Temporary if self.mariadb() && self.nth_kw(1) == Kw::Sequence => {
                self.bump();
                return self.sequence(start, SequenceAction::Create);
            }
            Kw::Table | Kw::Temporary | Kw::External => return self.create_table(or_replace),
            Kw::Online | Kw::Offline | Kw::Unique | Kw::Fulltext | Kw::Index => {
                return self.create_index(or_replace);
            }
            Kw::Spatial if self.nth_kw(1) != Kw::Reference => return self.create_index(or_replace),
            Kw::Vector => return self.create_index(or_replace),
            Kw::User => {
                self.bump();
                return self.account_rest(start, AccountKind::CreateUser, 0);
            }
            Kw::Role => {
                self.bump();
                return self.account_rest(start, AccountKind::CreateRole, 0);
            }
            Kw::Sequence if self.mariadb() => {
                return self.sequence(start, SequenceAction::Create);
            }
            _ => {}
        }
        if let Some(statement) = self.object_statement(start, ObjectAction::Create)? {
            return Ok(statement);
        }
        if or_replace && self.eat_kws(&[Kw::Spatial, Kw::Reference]) {
            return Err(self.fail());
        }
        let mut prefix = Prefix {
            start,
            or_replace,
            ..Prefix::default()
        };
        self.program_prefix(&mut prefix)?;
        self.program_object(prefix)
    }

    fn alter(&mut self, start: usize) -> PResult<Statement> {
        self.bump();
        match self.kw() {
            Kw::Table | Kw::Ignore | Kw::Online | Kw::Offline => return self.alter_table(),
            Kw::Database | Kw::Schema => return self.alter_database(),
            Kw::User => {
                self.bump();
                return self.account_rest(start, AccountKind::AlterUser, 0);
            }
            Kw::Instance => return self.alter_instance(),
            Kw::Sequence if self.mariadb() => return self.sequence(start, SequenceAction::Alter),
            _ => {}
        }
        if let Some(statement) = self.object_statement(start, ObjectAction::Alter)? {
            return Ok(statement);
        }
        let mut prefix = Prefix {
            start,
            alter: true,
            ..Prefix::default()
        };
        self.program_prefix(&mut prefix)?;
        self.program_object(prefix)
    }

    fn drop(&mut self, start: usize) -> PResult<Statement> {
        self.bump();
        let kw = self.kw();
        match kw {
            Kw::Table | Kw::Tables => return self.drop_table(false),
            Kw::Temporary => {
                self.bump();
                if self.mariadb() && self.is_kw(Kw::Sequence) {
                    return self.sequence(start, SequenceAction::Drop);
                }
                if !matches!(self.kw(), Kw::Table | Kw::Tables) {
                    return Err(self.fail());
                }
                return self.drop_table(true);
            }
            Kw::Database | Kw::Schema => return self.drop_database(),
            Kw::Online | Kw::Offline if self.nth_kw(1) == Kw::Index => {
                self.bump();
                return self.drop_index();
            }
            Kw::Index => return self.drop_index(),
            Kw::View => return self.drop_view(),
            Kw::Trigger => return self.drop_program(ProgramKind::Trigger),
            Kw::Procedure => return self.drop_program(ProgramKind::Procedure),
            Kw::Function => return self.drop_program(ProgramKind::Function),
            Kw::Event => return self.drop_program(ProgramKind::Event),
            Kw::Library => return self.drop_program(ProgramKind::Library),
            Kw::Package => {
                if self.nth_kw(1) == Kw::Body {
                    self.bump();
                    return self.drop_program(ProgramKind::PackageBody);
                }
                return self.drop_program(ProgramKind::Package);
            }
            Kw::User | Kw::Role => {
                self.bump();
                let kind = if kw == Kw::User {
                    AccountKind::DropUser
                } else {
                    AccountKind::DropRole
                };
                return self.account_rest(start, kind, 0);
            }
            Kw::Prepare => {
                self.bump();
                return self.ident().map(Statement::Deallocate);
            }
            Kw::Sequence if self.mariadb() => return self.sequence(start, SequenceAction::Drop),
            _ => {}
        }
        match self.object_statement(start, ObjectAction::Drop)? {
            Some(statement) => Ok(statement),
            None => Err(self.fail()),
        }
    }
}

fn select(query: crate::ast::Query) -> Statement {
    Statement::Select(Box::new(query))
}
