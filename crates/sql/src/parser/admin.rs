//! Maintenance, FLUSH, RESET, PURGE, KILL, PREPARE, plugins and components, SHUTDOWN and the like.

use crate::ast::{
    BinlogStatement, CacheIndex, CloneStatement, Execute, ExecuteImmediate, Expr, Flush, FlushItem,
    Install, Kill, KillTarget, MaintenanceKind, Prepare, Purge, ResetItem, Shutdown, Statement,
    TableMaintenance, Uninstall, VariableScope, Vocabulary,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `ANALYZE|OPTIMIZE|REPAIR|CHECK|CHECKSUM [LOCAL] TABLE names options`
    pub(super) fn maintenance(&mut self, kind: MaintenanceKind) -> PResult<Statement> {
        self.bump();
        let local = self.local_flag();
        let view = self.mariadb() && self.is_kw(Kw::View);
        if self.eat_any(&[Kw::Table, Kw::Tables, Kw::View]).is_none() {
            return Err(self.fail());
        }
        let tables = self.list(Self::object_name)?;
        let mut maintenance = TableMaintenance {
            kind,
            view,
            local,
            tables,
            options: Vec::new(),
            histogram: None,
        };
        let start = self.token().start;
        if kind == MaintenanceKind::Analyze
            && matches!(self.kw(), Kw::Update | Kw::Drop | Kw::Persistent)
        {
            self.histogram()?;
            maintenance.histogram = Some(self.source_from(start));
        }
        while matches!(self.kind(), TokenKind::Word(_)) {
            maintenance.options.push(self.maintenance_option(kind)?);
        }
        Ok(Statement::TableMaintenance(maintenance))
    }

    fn maintenance_option(&mut self, kind: MaintenanceKind) -> PResult<String> {
        let kw = self.kw();
        let known = match kind {
            MaintenanceKind::Analyze | MaintenanceKind::Optimize => false,
            MaintenanceKind::Repair => matches!(
                kw,
                Kw::Quick | Kw::Extended | Kw::UseFrm | Kw::Force | Kw::From
            ),
            MaintenanceKind::Check => matches!(
                kw,
                Kw::For | Kw::Quick | Kw::Fast | Kw::Medium | Kw::Extended | Kw::Changed
            ),
            MaintenanceKind::Checksum => matches!(kw, Kw::Quick | Kw::Extended),
        };
        if !known {
            return Err(self.fail());
        }
        let mut word = self.upper_word()?;
        if matches!(kw, Kw::For | Kw::From) {
            word = format!("{word} {}", self.upper_word()?);
        }
        Ok(word)
    }

    /// `UPDATE HISTOGRAM ON ...`, `DROP HISTOGRAM ON ...`, MariaDB's `PERSISTENT FOR ...`
    fn histogram(&mut self) -> PResult<()> {
        let kw = self.kw();
        self.bump();
        if kw == Kw::Persistent {
            self.expect_kw(Kw::For)?;
            if self.eat_kw(Kw::All) {
                return Ok(());
            }
            for what in [Kw::Columns, Kw::Indexes] {
                self.expect_kw(what)?;
                if self.eat_kw(Kw::All) {
                    continue;
                }
                self.expect(TokenKind::LeftParen)?;
                if self.kind() != TokenKind::RightParen {
                    self.list(Self::any_word)?;
                }
                self.expect(TokenKind::RightParen)?;
            }
            return Ok(());
        }
        self.expect_kws(&[Kw::Histogram, Kw::On])?;
        self.list(Self::ident)?;
        if kw == Kw::Update {
            if self.eat_kw(Kw::With) {
                self.number()?;
                self.expect_kw(Kw::Buckets)?;
            }
            if self.eat_any(&[Kw::Auto, Kw::Manual]).is_some() {
                self.expect_kw(Kw::Update)?;
            }
            if self.eat_kws(&[Kw::Using, Kw::Data]) {
                self.text()?;
            }
        }
        Ok(())
    }

    /// `CACHE INDEX tables IN cache`
    pub(super) fn cache_index(&mut self) -> PResult<Statement> {
        self.bump();
        self.expect_kw(Kw::Index)?;
        let tables = self.list(Self::key_cache_table)?;
        self.expect_kw(Kw::In)?;
        let cache = if self.is_kw(Kw::Default) {
            self.any_word()?
        } else {
            self.ident()?
        };
        Ok(Statement::CacheIndex(CacheIndex { tables, cache }))
    }

    /// `FLUSH ...`
    pub(super) fn flush(&mut self) -> PResult<Statement> {
        self.bump();
        let local = self.local_flag();
        let items = self.list(Self::flush_item)?;
        Ok(Statement::Flush(Flush { local, items }))
    }

    fn flush_item(&mut self) -> PResult<FlushItem> {
        let kw = self.kw();
        let logs = |p: &mut Self, item| {
            p.bump();
            p.expect_kw(Kw::Logs)?;
            Ok(item)
        };
        match kw {
            Kw::Table | Kw::Tables => self.flush_tables(),
            Kw::Engine => logs(self, FlushItem::EngineLogs),
            Kw::Error => logs(self, FlushItem::ErrorLogs),
            Kw::General => logs(self, FlushItem::GeneralLogs),
            Kw::Slow => logs(self, FlushItem::SlowLogs),
            Kw::Binary => {
                self.bump();
                self.expect_kw(Kw::Logs)?;
                let mut domains = Vec::new();
                if self.mariadb() && self.eat_kw(Kw::DeleteDomainId) {
                    self.expect(TokenKind::Eq)?;
                    domains = self.number_list()?;
                }
                Ok(FlushItem::BinaryLogs(domains))
            }
            Kw::Relay => {
                self.bump();
                let name = self.connection_name()?;
                self.expect_kw(Kw::Logs)?;
                let name = match name {
                    Some(name) => Some(name),
                    None => self.connection_name()?,
                };
                match name {
                    Some(name) => Ok(FlushItem::RelayLogs(Some(name))),
                    None => self.channel().map(FlushItem::RelayLogs),
                }
            }
            Kw::Query => {
                self.bump();
                self.expect_kw(Kw::Cache)?;
                Ok(FlushItem::QueryCache)
            }
            Kw::Global | Kw::Session if self.mariadb() => {
                let scope = self.variable_scope().unwrap_or(VariableScope::Session);
                self.bump();
                self.expect_kw(Kw::Status)?;
                Ok(FlushItem::ScopedStatus(scope))
            }
            _ => self.flush_word(kw),
        }
    }

    fn flush_word(&mut self, kw: Kw) -> PResult<FlushItem> {
        let item = match kw {
            Kw::Logs => FlushItem::Logs,
            Kw::Hosts => FlushItem::Hosts,
            Kw::Privileges => FlushItem::Privileges,
            Kw::Status => FlushItem::Status,
            Kw::UserResources => FlushItem::UserResources,
            Kw::OptimizerCosts => FlushItem::OptimizerCosts,
            Kw::DesKeyFile => FlushItem::DesKeyFile,
            Kw::Master | Kw::Slave => {
                let word = self.upper_word()?;
                self.connection_name()?;
                return Ok(FlushItem::Reset(word));
            }
            // MariaDB: SSL, USER_STATISTICS, QUERY_RESPONSE_TIME and whatever plugins bring.
            _ if self.mariadb() && self.is_ident() => {
                return self.upper_word().map(FlushItem::Word);
            }
            _ => return Err(self.fail()),
        };
        self.bump();
        Ok(item)
    }

    fn flush_tables(&mut self) -> PResult<FlushItem> {
        self.bump();
        let mut tables = Vec::new();
        if self.is_ident() || self.kind() == TokenKind::Dot {
            tables = self.list(Self::object_name)?;
        }
        let (mut read_lock, mut export, mut disable_checkpoint) = (false, false, false);
        if self.eat_kw(Kw::With) {
            self.expect_kws(&[Kw::Read, Kw::Lock])?;
            read_lock = true;
            if self.mariadb() && self.eat_kw(Kw::And) {
                self.expect_kws(&[Kw::Disable, Kw::Checkpoint])?;
                disable_checkpoint = true;
            }
        } else if self.eat_kw(Kw::For) {
            self.expect_kw(Kw::Export)?;
            export = true;
        }
        Ok(FlushItem::Tables {
            tables,
            read_lock,
            export,
            disable_checkpoint,
        })
    }

    /// `RESET ...`
    pub(super) fn reset(&mut self) -> PResult<Statement> {
        self.bump();
        if self.is_kw(Kw::Persist) {
            return self.reset_persist();
        }
        self.list(Self::reset_item).map(Statement::Reset)
    }

    fn reset_item(&mut self) -> PResult<ResetItem> {
        let kw = self.kw();
        self.bump();
        match kw {
            Kw::Master => Ok(ResetItem::BinaryLogs {
                to: self.reset_to()?,
                vocabulary: Vocabulary::Old,
            }),
            Kw::Binary => {
                self.expect_kws(&[Kw::Logs, Kw::And, Kw::Gtids])?;
                Ok(ResetItem::BinaryLogs {
                    to: self.reset_to()?,
                    vocabulary: Vocabulary::New,
                })
            }
            Kw::Slave | Kw::Replica => {
                let connection = self.connection_name()?;
                let all = self.eat_kw(Kw::All);
                Ok(ResetItem::Replica {
                    vocabulary: if kw == Kw::Slave {
                        Vocabulary::Old
                    } else {
                        Vocabulary::New
                    },
                    all,
                    connection,
                    channel: self.channel()?,
                })
            }
            Kw::Query => {
                self.expect_kw(Kw::Cache)?;
                Ok(ResetItem::QueryCache)
            }
            Kw::Status if self.mariadb() => Ok(ResetItem::Status),
            _ => {
                self.pos -= 1;
                Err(self.fail())
            }
        }
    }

    fn reset_to(&mut self) -> PResult<Option<u64>> {
        if self.eat_kw(Kw::To) {
            return self.number().map(Some);
        }
        Ok(None)
    }

    /// `PURGE BINARY|MASTER LOGS TO|BEFORE ...`
    pub(super) fn purge(&mut self) -> PResult<Statement> {
        self.bump();
        if self.eat_any(&[Kw::Binary, Kw::Master]).is_none() {
            return Err(self.fail());
        }
        self.expect_kw(Kw::Logs)?;
        if self.eat_kw(Kw::To) {
            return self.text().map(|file| Statement::Purge(Purge::To(file)));
        }
        self.expect_kw(Kw::Before)?;
        self.expr().map(|at| Statement::Purge(Purge::Before(at)))
    }

    /// `KILL [HARD|SOFT] [CONNECTION|QUERY [ID]] target`
    pub(super) fn kill(&mut self) -> PResult<Statement> {
        self.bump();
        let hard = if self.mariadb() {
            self.eat_any(&[Kw::Hard, Kw::Soft]).map(|kw| kw == Kw::Hard)
        } else {
            None
        };
        let query = self.eat_any(&[Kw::Connection, Kw::Query]) == Some(Kw::Query);
        let target = if self.mariadb() && self.is_kw(Kw::User) {
            self.bump();
            KillTarget::User(self.user_name()?)
        } else if self.mariadb() && query && self.eat_word("ID") {
            KillTarget::QueryId(self.expr()?)
        } else {
            KillTarget::Id(self.expr()?)
        };
        Ok(Statement::Kill(Kill {
            query,
            hard,
            target,
        }))
    }

    /// `PREPARE name FROM text`
    pub(super) fn prepare(&mut self) -> PResult<Statement> {
        self.bump();
        let name = self.ident()?;
        self.expect_kw(Kw::From)?;
        let from = self.prepared_text()?;
        Ok(Statement::Prepare(Prepare { name, from }))
    }

    fn prepared_text(&mut self) -> PResult<Expr> {
        if self.mariadb() {
            return self.expr();
        }
        match self.kind() {
            TokenKind::String | TokenKind::UserVariable => self.primary(),
            _ => Err(self.fail()),
        }
    }

    /// `EXECUTE name [USING ...]`, MariaDB's `EXECUTE IMMEDIATE`.
    pub(super) fn execute(&mut self) -> PResult<Statement> {
        self.bump();
        if self.mariadb() && self.is_kw(Kw::Immediate) {
            self.bump();
            let from = self.expr()?;
            let using = self.execute_using()?;
            return Ok(Statement::ExecuteImmediate(ExecuteImmediate {
                from,
                using,
            }));
        }
        let name = self.ident()?;
        let using = self.execute_using()?;
        Ok(Statement::Execute(Execute { name, using }))
    }

    fn execute_using(&mut self) -> PResult<Vec<Expr>> {
        if !self.eat_kw(Kw::Using) {
            return Ok(Vec::new());
        }
        self.list(|p| {
            if p.mariadb() {
                return p.expr();
            }
            p.variable_name().map(Expr::UserVariable)
        })
    }

    /// `DEALLOCATE|DROP PREPARE name`
    pub(super) fn deallocate(&mut self) -> PResult<Statement> {
        self.bump();
        self.expect_kw(Kw::Prepare)?;
        self.ident().map(Statement::Deallocate)
    }

    /// `BINLOG 'base64'`
    pub(super) fn binlog(&mut self) -> PResult<Statement> {
        self.bump();
        let fragments = if self.kind() == TokenKind::UserVariable && self.mariadb() {
            self.list(Self::primary)?
        } else {
            vec![Expr::Literal(crate::ast::Literal::String(self.string()?))]
        };
        Ok(Statement::Binlog(BinlogStatement { fragments }))
    }

    /// `INSTALL PLUGIN|SONAME|COMPONENT ...`
    pub(super) fn install(&mut self) -> PResult<Statement> {
        self.bump();
        let install = match self.kw() {
            Kw::Plugin => {
                self.bump();
                let if_not_exists = self.if_not_exists()?;
                let name = self.ident()?;
                self.expect_kw(Kw::Soname)?;
                Install::Plugin {
                    if_not_exists,
                    name,
                    soname: self.text()?,
                }
            }
            Kw::Soname => {
                self.bump();
                Install::Soname(self.text()?)
            }
            Kw::Component => {
                self.bump();
                let urns = self.list(Self::text)?;
                let set = if self.eat_kw(Kw::Set) {
                    self.list(Self::set_item)?
                } else {
                    Vec::new()
                };
                Install::Component { urns, set }
            }
            _ => return Err(self.fail()),
        };
        Ok(Statement::Install(install))
    }

    /// `UNINSTALL PLUGIN|SONAME|COMPONENT ...`
    pub(super) fn uninstall(&mut self) -> PResult<Statement> {
        self.bump();
        let uninstall = match self.kw() {
            Kw::Plugin => {
                self.bump();
                Uninstall::Plugin {
                    if_exists: self.if_exists()?,
                    name: self.ident()?,
                }
            }
            Kw::Soname => {
                self.bump();
                Uninstall::Soname {
                    if_exists: self.if_exists()?,
                    soname: self.text()?,
                }
            }
            Kw::Component => {
                self.bump();
                Uninstall::Component(self.list(Self::text)?)
            }
            _ => return Err(self.fail()),
        };
        Ok(Statement::Uninstall(uninstall))
    }

    /// `SHUTDOWN [WAIT FOR ALL SLAVES]`
    pub(super) fn shutdown(&mut self) -> PResult<Statement> {
        self.bump();
        let wait_for_replicas = self.mariadb() && self.eat_kw(Kw::Wait);
        if wait_for_replicas {
            self.expect_kws(&[Kw::For, Kw::All])?;
            if self.eat_any(&[Kw::Slaves, Kw::Replicas]).is_none() {
                return Err(self.fail());
            }
        }
        Ok(Statement::Shutdown(Shutdown { wait_for_replicas }))
    }

    /// `CLONE LOCAL DATA DIRECTORY ...`, `CLONE INSTANCE FROM ...`
    pub(super) fn clone_statement(&mut self) -> PResult<Statement> {
        let start = self.token().start;
        self.bump();
        let local = self.eat_kw(Kw::Local);
        if local {
            self.expect_kws(&[Kw::Data, Kw::Directory])?;
            self.eat_equal();
            self.text()?;
        } else {
            self.expect_kws(&[Kw::Instance, Kw::From])?;
            self.user_name()?;
            self.expect(TokenKind::Colon)?;
            self.number()?;
            self.expect_kws(&[Kw::Identified, Kw::By])?;
            self.text()?;
            if self.eat_kw(Kw::Data) {
                self.expect_kw(Kw::Directory)?;
                self.eat_equal();
                self.text()?;
            }
            if self.eat_kw(Kw::Require) {
                self.eat_kw(Kw::No);
                self.expect_kw(Kw::Ssl)?;
            }
        }
        let source = self.source_from(start).0;
        Ok(Statement::Clone(CloneStatement { local, source }))
    }

    /// `INSTANCE ...` after `ALTER`: the words after INSTANCE.
    pub(super) fn alter_instance(&mut self) -> PResult<Statement> {
        self.bump();
        let start = self.token().start;
        match self.kw() {
            Kw::Rotate | Kw::Reload | Kw::Enable | Kw::Disable => {}
            _ => return Err(self.fail()),
        }
        while !self.at_statement_end() {
            match self.kind() {
                TokenKind::Word(_) | TokenKind::Dot => self.bump(),
                _ => return Err(self.fail()),
            };
        }
        Ok(Statement::AlterInstance(self.source_from(start).0))
    }
}
