//! Views, triggers, routines, events, packages, sequences.

use crate::ast::{
    CheckOption, CreateView, DropProgram, DropView, ObjectName, Program, ProgramKind, Sequence,
    SequenceAction, Statement, UserName,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

/// What stands between CREATE and the kind of object.
#[derive(Default)]
pub(super) struct Prefix {
    pub start: usize,
    pub alter: bool,
    pub or_replace: bool,
    pub algorithm: Option<String>,
    pub definer: Option<UserName>,
    pub security_definer: Option<bool>,
}

impl Parser<'_> {
    /// `ALGORITHM=`, `DEFINER=`, `SQL SECURITY`, `AGGREGATE` before the kind.
    pub(super) fn program_prefix(&mut self, prefix: &mut Prefix) -> PResult<()> {
        loop {
            match self.kw() {
                Kw::Algorithm => {
                    self.bump();
                    self.expect_equal()?;
                    prefix.algorithm = Some(self.upper_word()?);
                }
                Kw::Definer => {
                    self.bump();
                    self.expect_equal()?;
                    prefix.definer = Some(self.user_name()?);
                }
                Kw::Sql => prefix.security_definer = Some(self.sql_security()?),
                Kw::Aggregate => {
                    self.bump();
                }
                _ => return Ok(()),
            }
        }
    }

    /// `SQL SECURITY DEFINER|INVOKER`
    fn sql_security(&mut self) -> PResult<bool> {
        self.expect_kws(&[Kw::Sql, Kw::Security])?;
        match self.eat_any(&[Kw::Definer, Kw::Invoker]) {
            Some(kw) => Ok(kw == Kw::Definer),
            None => Err(self.fail()),
        }
    }

    /// The object after the prefix.
    pub(super) fn program_object(&mut self, prefix: Prefix) -> PResult<Statement> {
        match self.kw() {
            Kw::View => self.view(prefix),
            Kw::Trigger => self.trigger(prefix),
            Kw::Procedure => self.routine(prefix, ProgramKind::Procedure),
            Kw::Function => self.routine(prefix, ProgramKind::Function),
            Kw::Event => self.routine(prefix, ProgramKind::Event),
            Kw::Library => self.routine(prefix, ProgramKind::Library),
            Kw::Package => {
                if self.nth_kw(1) == Kw::Body {
                    self.bump();
                    return self.routine(prefix, ProgramKind::PackageBody);
                }
                self.routine(prefix, ProgramKind::Package)
            }
            _ => Err(self.fail()),
        }
    }

    fn view(&mut self, prefix: Prefix) -> PResult<Statement> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        if self.mariadb() && prefix.alter {
            self.if_exists()?;
        }
        let name = self.object_name()?;
        let columns = self.opt_paren_idents()?;
        self.expect_kw(Kw::As)?;
        let query = self.query_statement()?;
        let mut check_option = None;
        if self.eat_kw(Kw::With) {
            check_option = Some(match self.eat_any(&[Kw::Cascaded, Kw::Local]) {
                Some(Kw::Local) => CheckOption::Local,
                _ => CheckOption::Cascaded,
            });
            self.expect_kws(&[Kw::Check, Kw::Option])?;
        }
        let text = self.source_from(prefix.start).0;
        Ok(Statement::CreateView(Box::new(CreateView {
            alter: prefix.alter,
            or_replace: prefix.or_replace,
            if_not_exists,
            algorithm: prefix.algorithm,
            definer: prefix.definer,
            security_definer: prefix.security_definer,
            name,
            columns,
            query,
            check_option,
            text,
        })))
    }

    fn trigger(&mut self, prefix: Prefix) -> PResult<Statement> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let body_start = self.token().start;
        if self.eat_any(&[Kw::Before, Kw::After]).is_none() {
            return Err(self.fail());
        }
        // MariaDB 12 lets one trigger serve several events.
        loop {
            if self
                .eat_any(&[Kw::Insert, Kw::Update, Kw::Delete])
                .is_none()
            {
                return Err(self.fail());
            }
            if !self.eat_kw(Kw::Or) {
                break;
            }
        }
        self.expect_kw(Kw::On)?;
        let table = Some(self.object_name()?);
        self.expect_kws(&[Kw::For, Kw::Each, Kw::Row])?;
        if self.at_statement_end() {
            return Err(self.fail());
        }
        let body = self.rest_from(body_start);
        let text = self.rest_from(prefix.start);
        Ok(Statement::Program(Box::new(Program {
            kind: ProgramKind::Trigger,
            alter: false,
            or_replace: prefix.or_replace,
            if_not_exists,
            definer: prefix.definer,
            name,
            table,
            body,
            text,
        })))
    }

    fn routine(&mut self, prefix: Prefix, kind: ProgramKind) -> PResult<Statement> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        let alterable = prefix.alter || kind == ProgramKind::Library;
        if self.at_statement_end() && !alterable {
            return Err(self.fail());
        }
        let loadable = kind == ProgramKind::Function
            && !prefix.alter
            && (self.is_kw(Kw::Soname)
                || (self.is_kw(Kw::Returns) && self.nth_kw(2) == Kw::Soname));
        let parameters = matches!(kind, ProgramKind::Procedure | ProgramKind::Function)
            && !prefix.alter
            && !loadable
            && !self.mariadb();
        if parameters && self.kind() != TokenKind::LeftParen {
            return Err(self.fail());
        }
        let body_start = self.token().start;
        let body = self.rest_from(body_start);
        let text = self.rest_from(prefix.start);
        Ok(Statement::Program(Box::new(Program {
            kind: if loadable {
                ProgramKind::LoadableFunction
            } else {
                kind
            },
            alter: prefix.alter,
            or_replace: prefix.or_replace,
            if_not_exists,
            definer: prefix.definer,
            name,
            table: None,
            body,
            text,
        })))
    }

    /// `VIEW [IF EXISTS] names` after `DROP`.
    pub(super) fn drop_view(&mut self) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        let views = self.list(Self::object_name)?;
        let cascade = self.cascade();
        Ok(Statement::DropView(DropView {
            if_exists,
            views,
            cascade,
        }))
    }

    /// `TRIGGER|PROCEDURE|... [IF EXISTS] name` after `DROP`.
    pub(super) fn drop_program(&mut self, kind: ProgramKind) -> PResult<Statement> {
        self.bump();
        let if_exists = self.if_exists()?;
        // Too long a name is one that does not exist; the length is not judged here.
        let first = self.ident()?;
        let name = if self.eat(TokenKind::Dot) {
            ObjectName {
                db: Some(first),
                name: self.any_word()?,
            }
        } else {
            ObjectName {
                db: None,
                name: first,
            }
        };
        Ok(Statement::DropProgram(DropProgram {
            kind,
            if_exists,
            name,
        }))
    }

    /// `SEQUENCE ...` after `CREATE|ALTER|DROP` (MariaDB).
    pub(super) fn sequence(&mut self, start: usize, action: SequenceAction) -> PResult<Statement> {
        self.bump();
        self.if_not_exists()?;
        self.if_exists()?;
        let names = if action == SequenceAction::Drop {
            self.list(Self::object_name)?
        } else {
            vec![self.object_name()?]
        };
        self.skip_statement()?;
        let text = self.source_from(start).0;
        Ok(Statement::Sequence(Box::new(Sequence {
            action,
            names,
            text,
        })))
    }
}
