//! SHOW.

use crate::ast::{
    LogEvents, ReplicaStatus, Show, ShowFilter, ShowKind, Statement, VariableScope, Vocabulary,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `SHOW ...`
    pub(super) fn show(&mut self) -> PResult<Statement> {
        self.bump();
        let kind = self.show_kind()?;
        let filter = self.show_filter()?;
        Ok(Statement::Show(Box::new(Show { kind, filter })))
    }

    fn show_filter(&mut self) -> PResult<Option<ShowFilter>> {
        if self.eat_kw(Kw::Like) {
            return self.text().map(|pattern| Some(ShowFilter::Like(pattern)));
        }
        if self.eat_kw(Kw::Where) {
            return self.expr().map(|expr| Some(ShowFilter::Where(expr)));
        }
        Ok(None)
    }

    /// `[FROM|IN db]`
    fn opt_from_db(&mut self) -> PResult<Option<String>> {
        if self.eat_any(&[Kw::From, Kw::In]).is_some() {
            return self.ident().map(Some);
        }
        Ok(None)
    }

    fn show_kind(&mut self) -> PResult<ShowKind> {
        let extended = self.is_kw(Kw::Extended) && {
            self.bump();
            true
        };
        let full = self.is_kw(Kw::Full) && {
            self.bump();
            true
        };
        let kw = self.kw();
        match kw {
            Kw::Tables => {
                self.bump();
                let db = self.opt_from_db()?;
                Ok(ShowKind::Tables { full, extended, db })
            }
            Kw::Columns | Kw::Fields => {
                self.bump();
                let table = self.show_table()?;
                Ok(ShowKind::Columns {
                    full,
                    extended,
                    table,
                })
            }
            Kw::Index | Kw::Indexes | Kw::Keys if !full => {
                self.bump();
                let table = self.show_table()?;
                Ok(ShowKind::Index { extended, table })
            }
            Kw::Processlist if !extended => {
                self.bump();
                Ok(ShowKind::ProcessList { full })
            }
            Kw::Triggers if !extended => {
                self.bump();
                self.opt_from_db().map(ShowKind::Triggers)
            }
            _ if full || extended => Err(self.fail()),
            _ => self.show_plain(kw),
        }
    }

    /// `FROM|IN table [FROM|IN db]`
    fn show_table(&mut self) -> PResult<crate::ast::ObjectName> {
        if self.eat_any(&[Kw::From, Kw::In]).is_none() {
            return Err(self.fail());
        }
        let mut table = self.object_name()?;
        if let Some(db) = self.opt_from_db()? {
            table.db = Some(db);
        }
        Ok(table)
    }

    fn show_plain(&mut self, kw: Kw) -> PResult<ShowKind> {
        let kind = match kw {
            Kw::Databases | Kw::Schemas => ShowKind::Databases,
            Kw::Collation => ShowKind::Collation,
            Kw::Engines => ShowKind::Engines,
            Kw::Privileges => ShowKind::Privileges,
            Kw::Profiles => ShowKind::Profiles,
            Kw::Charset => ShowKind::CharacterSet,
            Kw::Character | Kw::Char if self.nth_kw(1) == Kw::Set => {
                self.bump();
                ShowKind::CharacterSet
            }
            Kw::Storage => {
                self.bump();
                if !self.is_kw(Kw::Engines) {
                    return Err(self.fail());
                }
                ShowKind::Engines
            }
            Kw::Table | Kw::Open => {
                self.bump();
                let expected = if kw == Kw::Table {
                    Kw::Status
                } else {
                    Kw::Tables
                };
                self.expect_kw(expected)?;
                let db = self.opt_from_db()?;
                return Ok(if kw == Kw::Table {
                    ShowKind::TableStatus(db)
                } else {
                    ShowKind::OpenTables(db)
                });
            }
            Kw::Events => {
                self.bump();
                return self.opt_from_db().map(ShowKind::Events);
            }
            Kw::Create => {
                self.bump();
                return self.show_create();
            }
            Kw::Global | Kw::Session | Kw::Local | Kw::Variables | Kw::Status => {
                return self.show_variables();
            }
            Kw::Warnings | Kw::Errors => {
                self.bump();
                let limit = self.limit()?;
                return Ok(if kw == Kw::Warnings {
                    ShowKind::Warnings(limit)
                } else {
                    ShowKind::Errors(limit)
                });
            }
            Kw::Count => return self.show_count(),
            Kw::Plugins => return self.show_plugins(),
            Kw::Engine => return self.show_engine(),
            Kw::Profile => return self.show_profile(),
            Kw::Grants => return self.show_grants(),
            Kw::Procedure | Kw::Function | Kw::Package | Kw::Library => {
                return self.show_routines();
            }
            _ => return self.show_replication(kw),
        };
        self.bump();
        Ok(kind)
    }

    fn show_variables(&mut self) -> PResult<ShowKind> {
        let scope = self
            .variable_scope()
            .filter(|scope| matches!(scope, VariableScope::Global | VariableScope::Session));
        if scope.is_some() {
            self.bump();
        }
        match self.eat_any(&[Kw::Variables, Kw::Status]) {
            Some(Kw::Variables) => Ok(ShowKind::Variables(scope)),
            Some(_) => Ok(ShowKind::Status(scope)),
            None => Err(self.fail()),
        }
    }

    fn show_count(&mut self) -> PResult<ShowKind> {
        self.bump();
        for kind in [TokenKind::LeftParen, TokenKind::Star, TokenKind::RightParen] {
            self.expect(kind)?;
        }
        match self.eat_any(&[Kw::Warnings, Kw::Errors]) {
            Some(Kw::Warnings) => Ok(ShowKind::CountWarnings),
            Some(_) => Ok(ShowKind::CountErrors),
            None => Err(self.fail()),
        }
    }

    fn show_plugins(&mut self) -> PResult<ShowKind> {
        self.bump();
        if !self.eat_kw(Kw::Soname) {
            return Ok(ShowKind::Plugins);
        }
        if self.kind() == TokenKind::String {
            return self.text().map(|name| ShowKind::PluginsSoname(Some(name)));
        }
        Ok(ShowKind::PluginsSoname(None))
    }

    fn show_engine(&mut self) -> PResult<ShowKind> {
        self.bump();
        let name = if self.eat_kw(Kw::All) {
            None
        } else {
            Some(self.ident_or_text()?)
        };
        match self.kw() {
            Kw::Status | Kw::Mutex | Kw::Logs => Ok(ShowKind::Engine(name, self.upper_word()?)),
            _ => Err(self.fail()),
        }
    }

    fn show_profile(&mut self) -> PResult<ShowKind> {
        self.bump();
        let mut types = Vec::new();
        if !matches!(self.kw(), Kw::For | Kw::Limit) && !self.at_statement_end() {
            types = self.list(|p| {
                let word = p.upper_word()?;
                match word.as_str() {
                    "BLOCK" | "CONTEXT" | "PAGE" => Ok(format!("{word} {}", p.upper_word()?)),
                    _ => Ok(word),
                }
            })?;
        }
        let query = if self.eat_kws(&[Kw::For, Kw::Query]) {
            Some(self.number()?)
        } else {
            None
        };
        let limit = self.limit()?;
        Ok(ShowKind::Profile {
            types,
            query,
            limit,
        })
    }

    fn show_grants(&mut self) -> PResult<ShowKind> {
        self.bump();
        let mut user = None;
        let mut using = Vec::new();
        if self.eat_kw(Kw::For) {
            user = Some(self.user_name()?);
            if self.eat_kw(Kw::Using) {
                using = self.list(Self::user_name)?;
            }
        }
        Ok(ShowKind::Grants { user, using })
    }

    fn show_routines(&mut self) -> PResult<ShowKind> {
        let mut word = self.upper_word()?;
        if word == "PACKAGE" && self.eat_kw(Kw::Body) {
            word.push_str(" BODY");
        }
        if self.eat_kw(Kw::Status) {
            return Ok(ShowKind::RoutineStatus(word));
        }
        self.expect_kw(Kw::Code)?;
        Ok(ShowKind::RoutineCode(word, self.object_name()?))
    }

    fn show_create(&mut self) -> PResult<ShowKind> {
        let kw = self.kw();
        self.bump();
        Ok(match kw {
            Kw::Database | Kw::Schema => ShowKind::CreateDatabase {
                if_not_exists: self.if_not_exists()?,
                name: self.ident()?,
            },
            Kw::Table => ShowKind::CreateTable(self.object_name()?),
            Kw::View => ShowKind::CreateView(self.object_name()?),
            Kw::Procedure => ShowKind::CreateProcedure(self.object_name()?),
            Kw::Function => ShowKind::CreateFunction(self.object_name()?),
            Kw::Trigger => ShowKind::CreateTrigger(self.object_name()?),
            Kw::Event => ShowKind::CreateEvent(self.object_name()?),
            Kw::Library => ShowKind::CreateLibrary(self.object_name()?),
            Kw::Sequence => ShowKind::CreateSequence(self.object_name()?),
            Kw::Server => ShowKind::CreateServer(self.ident_or_text()?),
            Kw::Package => ShowKind::CreatePackage {
                body: self.eat_kw(Kw::Body),
                name: self.object_name()?,
            },
            Kw::User => {
                if self.at_statement_end() {
                    ShowKind::CreateUser(crate::ast::UserName::CurrentUser)
                } else {
                    ShowKind::CreateUser(self.user_name()?)
                }
            }
            _ => {
                self.pos -= 1;
                return Err(self.fail());
            }
        })
    }

    fn show_replication(&mut self, kw: Kw) -> PResult<ShowKind> {
        match kw {
            Kw::Master | Kw::Binary | Kw::Binlog => self.show_binary_log(kw),
            Kw::Relaylog => {
                self.bump();
                let connection = self.connection_name()?;
                self.expect_kw(Kw::Events)?;
                self.log_events(connection).map(ShowKind::RelaylogEvents)
            }
            Kw::Slave | Kw::Replica | Kw::All => self.show_replica(kw),
            Kw::Replicas => {
                self.bump();
                Ok(ShowKind::Replicas(Vocabulary::New))
            }
            Kw::ParseTree => {
                self.bump();
                let statement = self.inner_statement()?;
                Ok(ShowKind::ParseTree(Box::new(statement)))
            }
            Kw::Explain | Kw::Analyze if self.mariadb() => {
                self.bump();
                let mut json = false;
                if self.eat_kw(Kw::Format) {
                    self.expect(TokenKind::Eq)?;
                    json = self.ident_or_text()?.eq_ignore_ascii_case("json");
                }
                self.expect_kw(Kw::For)?;
                Ok(ShowKind::ExplainFor {
                    analyze: kw == Kw::Analyze,
                    json,
                    id: self.expr()?,
                })
            }
            _ => self.show_words(),
        }
    }

    /// Words that stand alone: AUTHORS, CONTRIBUTORS, and MariaDB's tables of information_schema plugins.
    fn show_words(&mut self) -> PResult<ShowKind> {
        let known = matches!(self.kw(), Kw::Authors | Kw::Contributors)
            || (self.mariadb() && self.is_ident());
        if !known {
            return Err(self.fail());
        }
        self.upper_word().map(ShowKind::Words)
    }

    fn show_binary_log(&mut self, kw: Kw) -> PResult<ShowKind> {
        self.bump();
        match (kw, self.kw()) {
            (Kw::Master, Kw::Status) => {
                self.bump();
                Ok(ShowKind::BinaryLogStatus(Vocabulary::Old))
            }
            (Kw::Binlog, Kw::Status) if self.mariadb() => {
                self.bump();
                Ok(ShowKind::BinaryLogStatus(Vocabulary::New))
            }
            (Kw::Master | Kw::Binary, Kw::Logs) => {
                self.bump();
                Ok(ShowKind::BinaryLogs)
            }
            (Kw::Binary, Kw::Log) => {
                self.bump();
                self.expect_kw(Kw::Status)?;
                Ok(ShowKind::BinaryLogStatus(Vocabulary::New))
            }
            (Kw::Binlog, Kw::Events) => {
                self.bump();
                self.log_events(None).map(ShowKind::BinlogEvents)
            }
            _ => Err(self.fail()),
        }
    }

    fn log_events(&mut self, connection: Option<String>) -> PResult<LogEvents> {
        let file = if self.eat_kw(Kw::In) {
            Some(self.text()?)
        } else {
            None
        };
        let from = if self.eat_kw(Kw::From) {
            Some(self.number()?)
        } else {
            None
        };
        let limit = self.limit()?;
        let channel = self.channel()?;
        Ok(LogEvents {
            connection,
            file,
            from,
            limit,
            channel,
        })
    }

    /// `SLAVE|REPLICA ['name'] STATUS`, `ALL SLAVES STATUS`, `SLAVE HOSTS`
    fn show_replica(&mut self, kw: Kw) -> PResult<ShowKind> {
        self.bump();
        let all = kw == Kw::All;
        let vocabulary = if all {
            match self.eat_any(&[Kw::Slaves, Kw::Replicas]) {
                Some(Kw::Slaves) => Vocabulary::Old,
                Some(_) => Vocabulary::New,
                None => return Err(self.fail()),
            }
        } else if kw == Kw::Slave {
            Vocabulary::Old
        } else {
            Vocabulary::New
        };
        if !all && self.eat_kw(Kw::Hosts) {
            return Ok(ShowKind::Replicas(vocabulary));
        }
        let connection = if all { None } else { self.connection_name()? };
        self.expect_kw(Kw::Status)?;
        let nonblocking = self.eat_kw(Kw::Nonblocking);
        let channel = self.channel()?;
        Ok(ShowKind::ReplicaStatus(ReplicaStatus {
            vocabulary,
            all,
            connection,
            channel,
            nonblocking,
        }))
    }

    /// MariaDB's connection name in quotes.
    pub(super) fn connection_name(&mut self) -> PResult<Option<String>> {
        if self.kind() == TokenKind::String {
            return self.text().map(Some);
        }
        Ok(None)
    }
}
