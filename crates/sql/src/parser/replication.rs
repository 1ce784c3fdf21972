//! CHANGE MASTER / REPLICATION SOURCE / FILTER, START and STOP SLAVE | REPLICA, group replication.

use crate::ast::{
    AssignGtids, ChangeFilter, ChangeSource, GroupReplication, ObjectName, ReplicaThreads,
    ReplicationFilter, SourceOption, StartReplica, Statement, StopReplica, Until, UntilPart,
    UseGtid,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `CHANGE MASTER|REPLICATION SOURCE|REPLICATION FILTER ...`
    pub(super) fn change(&mut self) -> PResult<Statement> {
        self.bump();
        let source_vocabulary = match self.kw() {
            Kw::Master => {
                self.bump();
                false
            }
            Kw::Replication => {
                self.bump();
                if self.eat_kw(Kw::Filter) {
                    return self.change_filter();
                }
                self.expect_kw(Kw::Source)?;
                true
            }
            _ => return Err(self.fail()),
        };
        let connection = self.connection_name()?;
        self.expect_kw(Kw::To)?;
        let options = self.list(Self::source_option)?;
        let channel = self.channel()?;
        Ok(Statement::ChangeSource(Box::new(ChangeSource {
            source_vocabulary,
            connection,
            options,
            channel,
        })))
    }

    /// `NAME = value`, where NAME begins with MASTER_ or SOURCE_ or is one of the few without prefix.
    fn source_option(&mut self) -> PResult<SourceOption> {
        let start = self.pos;
        let name = self.upper_word()?;
        if !self.eat_equal() {
            return Err(self.fail());
        }
        if self.mariadb() && self.eat_kw(Kw::Default) {
            return Ok(SourceOption::SetDefault(name));
        }
        let bare = name
            .strip_prefix("MASTER_")
            .or_else(|| name.strip_prefix("SOURCE_"));
        let option = match bare {
            Some(bare) => self.prefixed_option(bare)?,
            None => self.unprefixed_option(&name)?,
        };
        match option {
            Some(option) => Ok(option),
            None => {
                self.pos = start;
                Err(self.fail())
            }
        }
    }

    fn prefixed_option(&mut self, name: &str) -> PResult<Option<SourceOption>> {
        let text: fn(String) -> SourceOption = match name {
            "BIND" => SourceOption::Bind,
            "HOST" => SourceOption::Host,
            "USER" => SourceOption::User,
            "PASSWORD" => SourceOption::Password,
            "LOG_FILE" => SourceOption::LogFile,
            "COMPRESSION_ALGORITHMS" => SourceOption::CompressionAlgorithms,
            "SSL_CA" => SourceOption::SslCa,
            "SSL_CAPATH" => SourceOption::SslCaPath,
            "SSL_CERT" => SourceOption::SslCert,
            "SSL_CRL" => SourceOption::SslCrl,
            "SSL_CRLPATH" => SourceOption::SslCrlPath,
            "SSL_KEY" => SourceOption::SslKey,
            "SSL_CIPHER" => SourceOption::SslCipher,
            "TLS_VERSION" => SourceOption::TlsVersion,
            "PUBLIC_KEY_PATH" => SourceOption::PublicKeyPath,
            _ => return self.prefixed_number(name),
        };
        self.text().map(|value| Some(text(value)))
    }

    fn prefixed_number(&mut self, name: &str) -> PResult<Option<SourceOption>> {
        Ok(Some(match name {
            "PORT" => SourceOption::Port(self.loose_number()?),
            "CONNECT_RETRY" => SourceOption::ConnectRetry(self.loose_number()?),
            "RETRY_COUNT" => SourceOption::RetryCount(self.loose_number()?),
            "DELAY" => SourceOption::Delay(self.loose_number()?),
            "LOG_POS" => SourceOption::LogPos(self.loose_number()?),
            "ZSTD_COMPRESSION_LEVEL" => SourceOption::ZstdCompressionLevel(self.loose_number()?),
            "AUTO_POSITION" => SourceOption::AutoPosition(self.flag()?),
            "SSL" => SourceOption::Ssl(self.flag()?),
            "SSL_VERIFY_SERVER_CERT" => SourceOption::SslVerifyServerCert(self.flag()?),
            "CONNECTION_AUTO_FAILOVER" => SourceOption::ConnectionAutoFailover(self.flag()?),
            "HEARTBEAT_PERIOD" => {
                let token = self.token();
                if !matches!(
                    token.kind,
                    TokenKind::Integer | TokenKind::Decimal | TokenKind::Float
                ) {
                    return Err(self.fail());
                }
                self.bump();
                SourceOption::HeartbeatPeriod(self.text_lossy(self.slice(token)))
            }
            "TLS_CIPHERSUITES" => {
                if self.eat_kw(Kw::Null) {
                    SourceOption::TlsCiphersuites(None)
                } else {
                    SourceOption::TlsCiphersuites(Some(self.text()?))
                }
            }
            "USE_GTID" => SourceOption::UseGtid(self.use_gtid()?),
            "DEMOTE_TO_SLAVE" | "DEMOTE_TO_REPLICA" => SourceOption::DemoteToReplica(self.flag()?),
            _ => return Ok(None),
        }))
    }

    fn use_gtid(&mut self) -> PResult<UseGtid> {
        let word = self.upper_word()?;
        match word.as_str() {
            "NO" => Ok(UseGtid::No),
            "SLAVE_POS" | "REPLICA_POS" => Ok(UseGtid::SlavePos),
            "CURRENT_POS" => Ok(UseGtid::CurrentPos),
            _ => {
                self.pos -= 1;
                Err(self.fail())
            }
        }
    }

    fn unprefixed_option(&mut self, name: &str) -> PResult<Option<SourceOption>> {
        Ok(Some(match name {
            "RELAY_LOG_FILE" => SourceOption::RelayLogFile(self.text()?),
            "RELAY_LOG_POS" => SourceOption::RelayLogPos(self.loose_number()?),
            "NETWORK_NAMESPACE" => SourceOption::NetworkNamespace(self.text()?),
            "GET_MASTER_PUBLIC_KEY" | "GET_SOURCE_PUBLIC_KEY" => {
                SourceOption::GetPublicKey(self.flag()?)
            }
            "PRIVILEGE_CHECKS_USER" => {
                if self.eat_kw(Kw::Null) {
                    SourceOption::PrivilegeChecksUser(None)
                } else {
                    SourceOption::PrivilegeChecksUser(Some(self.user_name()?))
                }
            }
            "REQUIRE_ROW_FORMAT" => SourceOption::RequireRowFormat(self.flag()?),
            "REQUIRE_TABLE_PRIMARY_KEY_CHECK" => {
                let word = self.upper_word()?;
                if !["STREAM", "ON", "OFF", "GENERATE"].contains(&word.as_str()) {
                    self.pos -= 1;
                    return Err(self.fail());
                }
                SourceOption::RequireTablePrimaryKeyCheck(word)
            }
            "ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS" => {
                SourceOption::AssignGtids(if self.eat_word("OFF") {
                    AssignGtids::Off
                } else if self.eat_kw(Kw::Local) {
                    AssignGtids::Local
                } else {
                    AssignGtids::Uuid(self.text()?)
                })
            }
            "GTID_ONLY" => SourceOption::GtidOnly(self.flag()?),
            "IGNORE_SERVER_IDS" => SourceOption::IgnoreServerIds(self.number_list()?),
            "IGNORE_DOMAIN_IDS" => SourceOption::IgnoreDomainIds(self.number_list()?),
            "DO_DOMAIN_IDS" => SourceOption::DoDomainIds(self.number_list()?),
            _ => return Ok(None),
        }))
    }

    fn flag(&mut self) -> PResult<bool> {
        self.loose_number().map(|n| n != 0)
    }

    /// `(n, n, ...)`, possibly empty.
    pub(super) fn number_list(&mut self) -> PResult<Vec<u64>> {
        self.expect(TokenKind::LeftParen)?;
        if self.eat(TokenKind::RightParen) {
            return Ok(Vec::new());
        }
        let out = self.list(Self::loose_number)?;
        self.expect(TokenKind::RightParen)?;
        Ok(out)
    }

    fn change_filter(&mut self) -> PResult<Statement> {
        let filters = self.list(Self::replication_filter)?;
        let channel = self.channel()?;
        Ok(Statement::ChangeFilter(ChangeFilter { filters, channel }))
    }

    fn replication_filter(&mut self) -> PResult<ReplicationFilter> {
        let name = self.upper_word()?;
        self.expect_equal()?;
        match name.as_str() {
            "REPLICATE_DO_DB" => self.filter_list(Self::ident).map(ReplicationFilter::DoDb),
            "REPLICATE_IGNORE_DB" => self
                .filter_list(Self::ident)
                .map(ReplicationFilter::IgnoreDb),
            "REPLICATE_DO_TABLE" => self
                .filter_list(Self::filter_table)
                .map(ReplicationFilter::DoTable),
            "REPLICATE_IGNORE_TABLE" => self
                .filter_list(Self::filter_table)
                .map(ReplicationFilter::IgnoreTable),
            "REPLICATE_WILD_DO_TABLE" => self
                .filter_list(Self::text)
                .map(ReplicationFilter::WildDoTable),
            "REPLICATE_WILD_IGNORE_TABLE" => self
                .filter_list(Self::text)
                .map(ReplicationFilter::WildIgnoreTable),
            "REPLICATE_REWRITE_DB" => self
                .filter_list(|p| {
                    p.expect(TokenKind::LeftParen)?;
                    let from = p.ident()?;
                    p.expect(TokenKind::Comma)?;
                    let to = p.ident()?;
                    p.expect(TokenKind::RightParen)?;
                    Ok((from, to))
                })
                .map(ReplicationFilter::RewriteDb),
            _ => {
                self.pos -= 2;
                Err(self.fail())
            }
        }
    }

    fn filter_list<T>(&mut self, item: impl FnMut(&mut Self) -> PResult<T>) -> PResult<Vec<T>> {
        if self.kind() == TokenKind::LeftParen && self.nth_kind(1) == TokenKind::RightParen {
            self.bump();
            self.bump();
            return Ok(Vec::new());
        }
        self.paren_list(item)
    }

    /// A table of a filter: its database must be written.
    fn filter_table(&mut self) -> PResult<ObjectName> {
        let db = self.ident()?;
        self.expect(TokenKind::Dot)?;
        let name = self.any_word()?;
        Ok(ObjectName { db: Some(db), name })
    }

    /// `START ...`
    pub(super) fn start(&mut self) -> PResult<Statement> {
        self.bump();
        match self.kw() {
            Kw::Transaction => self.start_transaction(),
            Kw::Slave | Kw::Replica => {
                let replica = self.bump().kind == TokenKind::Word(Kw::Replica);
                self.start_replica(replica, false)
            }
            Kw::All => {
                self.bump();
                match self.eat_any(&[Kw::Slaves, Kw::Replicas]) {
                    Some(kw) => self.start_replica(kw == Kw::Replicas, true),
                    None => Err(self.fail()),
                }
            }
            Kw::GroupReplication => self.group_replication(true),
            _ => Err(self.fail()),
        }
    }

    fn start_replica(&mut self, replica_vocabulary: bool, all: bool) -> PResult<Statement> {
        let mut start = StartReplica {
            replica_vocabulary,
            all,
            connection: self.connection_name()?,
            threads: self.replica_threads()?,
            until: None,
            user: None,
            password: None,
            default_auth: None,
            plugin_dir: None,
            channel: None,
        };
        if self.eat_kw(Kw::Until) {
            start.until = Some(self.until()?);
        }
        loop {
            let kw = self.kw();
            let slot = match kw {
                Kw::User => &mut start.user,
                Kw::Password => &mut start.password,
                Kw::DefaultAuth => &mut start.default_auth,
                Kw::PluginDir => &mut start.plugin_dir,
                _ => break,
            };
            self.bump();
            self.expect_equal()?;
            *slot = Some(self.text()?);
        }
        start.channel = self.channel()?;
        Ok(Statement::StartReplica(Box::new(start)))
    }

    fn replica_threads(&mut self) -> PResult<ReplicaThreads> {
        let mut threads = ReplicaThreads::default();
        if !matches!(self.kw(), Kw::IoThread | Kw::SqlThread | Kw::RelayThread) {
            return Ok(threads);
        }
        self.list(|p| {
            match p.eat_any(&[Kw::IoThread, Kw::SqlThread, Kw::RelayThread]) {
                Some(Kw::SqlThread) => threads.sql = true,
                Some(_) => threads.io = true,
                None => return Err(p.fail()),
            }
            Ok(())
        })?;
        Ok(threads)
    }

    fn until(&mut self) -> PResult<Until> {
        let mark = self.pos;
        let name = self.upper_word()?;
        match name.as_str() {
            "SQL_BEFORE_GTIDS" => {
                self.expect_equal()?;
                self.text().map(Until::BeforeGtids)
            }
            "SQL_AFTER_GTIDS" => {
                self.expect_equal()?;
                self.text().map(Until::AfterGtids)
            }
            "SQL_AFTER_MTS_GAPS" => Ok(Until::AfterGaps),
            "MASTER_GTID_POS" => {
                self.expect_equal()?;
                self.text().map(Until::MariadbGtidPos)
            }
            _ => {
                self.pos = mark;
                self.until_position()
            }
        }
    }

    /// File and position, in either order.
    fn until_position(&mut self) -> PResult<Until> {
        let mut parts = Vec::new();
        self.list(|p| {
            let name = p.upper_word()?;
            p.expect_equal()?;
            parts.push(match name.as_str() {
                "MASTER_LOG_FILE" | "SOURCE_LOG_FILE" => UntilPart::SourceFile(p.text()?),
                "RELAY_LOG_FILE" => UntilPart::RelayFile(p.text()?),
                "MASTER_LOG_POS" | "SOURCE_LOG_POS" => UntilPart::SourcePos(p.loose_number()?),
                "RELAY_LOG_POS" => UntilPart::RelayPos(p.loose_number()?),
                _ => {
                    p.pos -= 2;
                    return Err(p.fail());
                }
            });
            Ok(())
        })?;
        Ok(match parts.as_slice() {
            [UntilPart::SourceFile(file), UntilPart::SourcePos(pos)]
            | [UntilPart::SourcePos(pos), UntilPart::SourceFile(file)] => Until::SourcePosition {
                file: file.clone(),
                pos: *pos,
            },
            [UntilPart::RelayFile(file), UntilPart::RelayPos(pos)]
            | [UntilPart::RelayPos(pos), UntilPart::RelayFile(file)] => Until::RelayPosition {
                file: file.clone(),
                pos: *pos,
            },
            _ => Until::Incomplete(parts),
        })
    }

    /// `STOP ...`
    pub(super) fn stop(&mut self) -> PResult<Statement> {
        self.bump();
        let kw = self.kw();
        let (replica_vocabulary, all) = match kw {
            Kw::Slave | Kw::Replica => (kw == Kw::Replica, false),
            Kw::All => match self.nth_kw(1) {
                Kw::Slaves => (false, true),
                Kw::Replicas => (true, true),
                _ => return Err(self.fail()),
            },
            Kw::GroupReplication => return self.group_replication(false),
            _ => return Err(self.fail()),
        };
        self.bump();
        if all {
            self.bump();
        }
        let connection = self.connection_name()?;
        let threads = self.replica_threads()?;
        let channel = self.channel()?;
        Ok(Statement::StopReplica(StopReplica {
            replica_vocabulary,
            all,
            connection,
            threads,
            channel,
        }))
    }

    fn group_replication(&mut self, start: bool) -> PResult<Statement> {
        self.bump();
        let mut options = Vec::new();
        if start && !self.at_statement_end() {
            options = self.list(|p| {
                let name = p.upper_word()?;
                p.expect_equal()?;
                Ok((name, p.text()?))
            })?;
        }
        Ok(Statement::GroupReplication(GroupReplication {
            start,
            options,
        }))
    }
}
