//! Replication statements, each in the vocabulary it was written in.

use super::Printer;
use crate::ast::*;

impl Printer {
    pub(super) fn channel(&mut self, channel: &Option<String>) {
        self.opt_text(" FOR CHANNEL ", channel);
    }

    pub(super) fn change_source(&mut self, change: &ChangeSource) {
        let prefix = if change.source_vocabulary {
            "SOURCE"
        } else {
            "MASTER"
        };
        self.s(if change.source_vocabulary {
            "CHANGE REPLICATION SOURCE"
        } else {
            "CHANGE MASTER"
        });
        self.opt_text(" ", &change.connection);
        self.s(" TO ");
        self.list(&change.options, |p, option| p.source_option(prefix, option));
        self.channel(&change.channel);
    }

    fn source_option(&mut self, prefix: &str, option: &SourceOption) {
        let (name, text) = match option {
            SourceOption::Bind(t) => ("_BIND", t),
            SourceOption::Host(t) => ("_HOST", t),
            SourceOption::User(t) => ("_USER", t),
            SourceOption::Password(t) => ("_PASSWORD", t),
            SourceOption::LogFile(t) => ("_LOG_FILE", t),
            SourceOption::CompressionAlgorithms(t) => ("_COMPRESSION_ALGORITHMS", t),
            SourceOption::SslCa(t) => ("_SSL_CA", t),
            SourceOption::SslCaPath(t) => ("_SSL_CAPATH", t),
            SourceOption::SslCert(t) => ("_SSL_CERT", t),
            SourceOption::SslCrl(t) => ("_SSL_CRL", t),
            SourceOption::SslCrlPath(t) => ("_SSL_CRLPATH", t),
            SourceOption::SslKey(t) => ("_SSL_KEY", t),
            SourceOption::SslCipher(t) => ("_SSL_CIPHER", t),
            SourceOption::TlsVersion(t) => ("_TLS_VERSION", t),
            SourceOption::PublicKeyPath(t) => ("_PUBLIC_KEY_PATH", t),
            _ => return self.number_option(prefix, option),
        };
        self.s(prefix);
        self.s(name);
        self.s("=");
        self.text(text);
    }

    fn number_option(&mut self, prefix: &str, option: &SourceOption) {
        let flag = |on: &bool| u64::from(*on);
        let (name, n) = match option {
            SourceOption::Port(n) => ("_PORT", *n),
            SourceOption::ConnectRetry(n) => ("_CONNECT_RETRY", *n),
            SourceOption::RetryCount(n) => ("_RETRY_COUNT", *n),
            SourceOption::Delay(n) => ("_DELAY", *n),
            SourceOption::LogPos(n) => ("_LOG_POS", *n),
            SourceOption::ZstdCompressionLevel(n) => ("_ZSTD_COMPRESSION_LEVEL", *n),
            SourceOption::AutoPosition(on) => ("_AUTO_POSITION", flag(on)),
            SourceOption::Ssl(on) => ("_SSL", flag(on)),
            SourceOption::SslVerifyServerCert(on) => ("_SSL_VERIFY_SERVER_CERT", flag(on)),
            SourceOption::ConnectionAutoFailover(on) => ("_CONNECTION_AUTO_FAILOVER", flag(on)),
            SourceOption::DemoteToReplica(on) => ("_DEMOTE_TO_SLAVE", flag(on)),
            _ => return self.other_option(prefix, option),
        };
        self.s(prefix);
        self.s(&format!("{name}={n}"));
    }

    fn other_option(&mut self, prefix: &str, option: &SourceOption) {
        let flag = |name: &str, on: &bool| format!("{name}={}", u64::from(*on));
        match option {
            SourceOption::NetworkNamespace(text) => {
                self.s("NETWORK_NAMESPACE=");
                self.text(text);
            }
            SourceOption::RelayLogFile(text) => {
                self.s("RELAY_LOG_FILE=");
                self.text(text);
            }
            SourceOption::RelayLogPos(n) => self.s(&format!("RELAY_LOG_POS={n}")),
            SourceOption::HeartbeatPeriod(text) => {
                self.s(&format!("{prefix}_HEARTBEAT_PERIOD={text}"));
            }
            SourceOption::TlsCiphersuites(value) => {
                self.s(&format!("{prefix}_TLS_CIPHERSUITES="));
                match value {
                    Some(text) => self.text(text),
                    None => self.s("NULL"),
                }
            }
            SourceOption::GetPublicKey(on) => {
                self.s(&flag(&format!("GET_{prefix}_PUBLIC_KEY"), on));
            }
            SourceOption::PrivilegeChecksUser(user) => {
                self.s("PRIVILEGE_CHECKS_USER=");
                match user {
                    Some(user) => self.user(user),
                    None => self.s("NULL"),
                }
            }
            SourceOption::RequireRowFormat(on) => self.s(&flag("REQUIRE_ROW_FORMAT", on)),
            SourceOption::RequireTablePrimaryKeyCheck(word) => {
                self.s(&format!("REQUIRE_TABLE_PRIMARY_KEY_CHECK={word}"));
            }
            SourceOption::AssignGtids(assign) => {
                self.s("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS=");
                match assign {
                    AssignGtids::Off => self.s("OFF"),
                    AssignGtids::Local => self.s("LOCAL"),
                    AssignGtids::Uuid(uuid) => self.text(uuid),
                }
            }
            SourceOption::GtidOnly(on) => self.s(&flag("GTID_ONLY", on)),
            SourceOption::IgnoreServerIds(ids) => self.numbers("IGNORE_SERVER_IDS=", ids),
            SourceOption::IgnoreDomainIds(ids) => self.numbers("IGNORE_DOMAIN_IDS=", ids),
            SourceOption::DoDomainIds(ids) => self.numbers("DO_DOMAIN_IDS=", ids),
            SourceOption::UseGtid(which) => {
                self.s(prefix);
                self.s(match which {
                    UseGtid::No => "_USE_GTID=NO",
                    UseGtid::SlavePos => "_USE_GTID=SLAVE_POS",
                    UseGtid::CurrentPos => "_USE_GTID=CURRENT_POS",
                });
            }
            SourceOption::SetDefault(name) => self.s(&format!("{name}=DEFAULT")),
            _ => {}
        }
    }

    pub(super) fn numbers(&mut self, word: &str, numbers: &[u64]) {
        self.s(word);
        self.s("(");
        self.list(numbers, |p, n| p.num(*n));
        self.s(")");
    }

    pub(super) fn change_filter(&mut self, change: &ChangeFilter) {
        self.s("CHANGE REPLICATION FILTER ");
        self.list(&change.filters, |p, filter| {
            match filter {
                ReplicationFilter::DoDb(names) => {
                    p.s("REPLICATE_DO_DB=(");
                    p.idents(names);
                }
                ReplicationFilter::IgnoreDb(names) => {
                    p.s("REPLICATE_IGNORE_DB=(");
                    p.idents(names);
                }
                ReplicationFilter::DoTable(names) => {
                    p.s("REPLICATE_DO_TABLE=(");
                    p.names(names);
                }
                ReplicationFilter::IgnoreTable(names) => {
                    p.s("REPLICATE_IGNORE_TABLE=(");
                    p.names(names);
                }
                ReplicationFilter::WildDoTable(texts) => {
                    p.s("REPLICATE_WILD_DO_TABLE=(");
                    p.list(texts, |p, text| p.text(text));
                }
                ReplicationFilter::WildIgnoreTable(texts) => {
                    p.s("REPLICATE_WILD_IGNORE_TABLE=(");
                    p.list(texts, |p, text| p.text(text));
                }
                ReplicationFilter::RewriteDb(pairs) => {
                    p.s("REPLICATE_REWRITE_DB=(");
                    p.list(pairs, |p, (from, to)| {
                        p.s("(");
                        p.ident(from);
                        p.s(", ");
                        p.ident(to);
                        p.s(")");
                    });
                }
            }
            p.s(")");
        });
        self.channel(&change.channel);
    }

    fn replica_words(
        &mut self,
        replica: bool,
        all: bool,
        connection: &Option<String>,
        threads: ReplicaThreads,
    ) {
        self.s(match (all, replica) {
            (true, true) => "ALL REPLICAS",
            (true, false) => "ALL SLAVES",
            (false, true) => "REPLICA",
            (false, false) => "SLAVE",
        });
        self.opt_text(" ", connection);
        self.flag(threads.io, " IO_THREAD");
        self.flag(threads.io && threads.sql, ",");
        self.flag(threads.sql, " SQL_THREAD");
    }

    pub(super) fn start_replica(&mut self, start: &StartReplica) {
        self.s("START ");
        self.replica_words(
            start.replica_vocabulary,
            start.all,
            &start.connection,
            start.threads,
        );
        self.opt(&start.until, |p, until| {
            p.s(" UNTIL ");
            match until {
                Until::SourcePosition { file, pos } => {
                    p.s("MASTER_LOG_FILE=");
                    p.text(file);
                    p.s(&format!(", MASTER_LOG_POS={pos}"));
                }
                Until::RelayPosition { file, pos } => {
                    p.s("RELAY_LOG_FILE=");
                    p.text(file);
                    p.s(&format!(", RELAY_LOG_POS={pos}"));
                }
                Until::BeforeGtids(set) => {
                    p.s("SQL_BEFORE_GTIDS=");
                    p.text(set);
                }
                Until::AfterGtids(set) => {
                    p.s("SQL_AFTER_GTIDS=");
                    p.text(set);
                }
                Until::AfterGaps => p.s("SQL_AFTER_MTS_GAPS"),
                Until::MariadbGtidPos(pos) => {
                    p.s("MASTER_GTID_POS=");
                    p.text(pos);
                }
                Until::Incomplete(parts) => p.list(parts, Self::until_part),
            }
        });
        self.opt_text(" USER=", &start.user);
        self.opt_text(" PASSWORD=", &start.password);
        self.opt_text(" DEFAULT_AUTH=", &start.default_auth);
        self.opt_text(" PLUGIN_DIR=", &start.plugin_dir);
        self.channel(&start.channel);
    }

    fn until_part(&mut self, part: &UntilPart) {
        match part {
            UntilPart::SourceFile(file) => {
                self.s("MASTER_LOG_FILE=");
                self.text(file);
            }
            UntilPart::SourcePos(pos) => self.s(&format!("MASTER_LOG_POS={pos}")),
            UntilPart::RelayFile(file) => {
                self.s("RELAY_LOG_FILE=");
                self.text(file);
            }
            UntilPart::RelayPos(pos) => self.s(&format!("RELAY_LOG_POS={pos}")),
        }
    }

    pub(super) fn stop_replica(&mut self, stop: &StopReplica) {
        self.s("STOP ");
        self.replica_words(
            stop.replica_vocabulary,
            stop.all,
            &stop.connection,
            stop.threads,
        );
        self.channel(&stop.channel);
    }

    pub(super) fn group_replication(&mut self, group: &GroupReplication) {
        self.s(if group.start { "START" } else { "STOP" });
        self.s(" GROUP_REPLICATION ");
        self.list(&group.options, |p, (name, value)| {
            p.s(name);
            p.s("=");
            p.text(value);
        });
    }
}
