//! Statements that steer replication, and SHOW of its state, in both vocabularies.

mod connection;
mod filter;
mod status;

use understudy_base::control::{ChangeSource, StartOptions, Threads, Until};
use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    self, LogEvents, ReplicaThreads, SourceOption, StartReplica, StopReplica, UseGtid, Vocabulary,
};

use crate::diagnostics::Level;
use crate::result::{Column, Kind, Table};
use crate::session::Session;
use crate::show::limit;

pub(crate) use connection::Named;
pub use filter::{change_filter, filter_rows, filter_variable};
pub use status::{local_time, status};

/// Who may steer replication.
const ADMIN: &[&str] = &["SUPER", "REPLICATION_SLAVE_ADMIN"];

fn unsupported(what: &str) -> MysqlError {
    let message = format!("This version of MySQL doesn't yet support '{what}'");
    MysqlError::new(1235, message)
}

/// CHANGE MASTER TO, CHANGE REPLICATION SOURCE TO
pub fn change_source(session: &mut Session, change: &ast::ChangeSource) -> Result<(), MysqlError> {
    session.require(ADMIN)?;
    let mut wanted = ChangeSource::default();
    for option in &change.options {
        set_option(&mut wanted, option)?;
    }
    let secret = wanted.user.is_some() || wanted.password.is_some();
    let named = Named::of(session, change.channel.as_ref(), change.connection.as_ref());
    let notes = session.shared.control.change_source(named.name(), wanted)?;
    // In the order of the real server: values that were changed, then what is said of passwords.
    let (first, last): (Vec<_>, Vec<_>) = notes
        .into_iter()
        .partition(|note| matches!(note.errno, 1703 | 1704));
    for warning in first {
        session.diagnostics.push(Level::Warning, warning);
    }
    // It is said of this client's connection.
    if secret && session.tls_cipher.is_none() {
        let text = "Sending passwords in plain text without SSL/TLS is extremely insecure.";
        session.warn(Level::Note, 1759, text);
    }
    if secret {
        let text = "Storing MySQL user name or password information in the connection metadata \
                    repository is not secure and is therefore not recommended. Please consider \
                    using the USER and PASSWORD connection options for START REPLICA; see the \
                    'START REPLICA Syntax' in the MySQL Manual for more information.";
        session.warn(Level::Note, 1760, text);
    }
    for note in last {
        session.diagnostics.push(Level::Note, note);
    }
    Ok(())
}

/// A number that must fit the option.
fn fit<T: TryFrom<u64>>(value: u64, name: &str) -> Result<T, MysqlError> {
    T::try_from(value).map_err(|_| {
        let message = format!("Incorrect value '{value}' for option {name}");
        MysqlError::new(1231, message)
    })
}

fn set_option(wanted: &mut ChangeSource, option: &SourceOption) -> Result<(), MysqlError> {
    match option {
        SourceOption::Bind(text) => wanted.bind = Some(text.clone()),
        SourceOption::Host(text) => wanted.host = Some(text.clone()),
        SourceOption::User(text) => wanted.user = Some(text.clone()),
        SourceOption::Password(text) => wanted.password = Some(text.clone()),
        SourceOption::Port(port) => wanted.port = Some(fit(*port, "SOURCE_PORT")?),
        SourceOption::ConnectRetry(s) => {
            wanted.connect_retry_s = Some(fit(*s, "SOURCE_CONNECT_RETRY")?);
        }
        SourceOption::RetryCount(count) => wanted.retry_count = Some(*count),
        SourceOption::Delay(seconds) => wanted.delay_s = Some(delay(*seconds)?),
        SourceOption::HeartbeatPeriod(text) => wanted.heartbeat_period_s = Some(period(text)?),
        SourceOption::LogFile(text) => wanted.log_file = Some(text.clone()),
        SourceOption::LogPos(pos) => wanted.log_pos = Some(*pos),
        SourceOption::AutoPosition(on) => wanted.auto_position = Some(*on),
        SourceOption::RelayLogFile(text) => wanted.relay_log_file = Some(text.clone()),
        SourceOption::RelayLogPos(pos) => wanted.relay_log_pos = Some(*pos),
        SourceOption::CompressionAlgorithms(text) => {
            wanted.compression_algorithms = Some(text.clone());
        }
        SourceOption::ZstdCompressionLevel(level) => {
            let level = fit(*level, "SOURCE_ZSTD_COMPRESSION_LEVEL")?;
            wanted.zstd_compression_level = Some(level);
        }
        SourceOption::GetPublicKey(on) => wanted.get_public_key = Some(*on),
        SourceOption::PublicKeyPath(text) => wanted.public_key_path = Some(text.clone()),
        SourceOption::IgnoreServerIds(ids) => {
            let ids: Result<Vec<u32>, _> =
                ids.iter().map(|id| fit(*id, "IGNORE_SERVER_IDS")).collect();
            wanted.ignore_server_ids = Some(ids?);
        }
        SourceOption::UseGtid(mode) => {
            let text = match mode {
                UseGtid::No => "no",
                UseGtid::SlavePos => "slave_pos",
                UseGtid::CurrentPos => "current_pos",
            };
            wanted.use_gtid = Some(text.to_owned());
        }
        SourceOption::Ssl(_)
        | SourceOption::SslCa(_)
        | SourceOption::SslCaPath(_)
        | SourceOption::SslCert(_)
        | SourceOption::SslCrl(_)
        | SourceOption::SslCrlPath(_)
        | SourceOption::SslKey(_)
        | SourceOption::SslCipher(_)
        | SourceOption::SslVerifyServerCert(_)
        | SourceOption::TlsVersion(_)
        | SourceOption::TlsCiphersuites(_) => set_tls_option(wanted, option),
        SourceOption::PrivilegeChecksUser(None)
        | SourceOption::ConnectionAutoFailover(false)
        | SourceOption::DemoteToReplica(false) => {}
        SourceOption::NetworkNamespace(text) if text.is_empty() => {}
        SourceOption::NetworkNamespace(_) => return Err(unsupported("NETWORK_NAMESPACE")),
        SourceOption::PrivilegeChecksUser(Some(_)) => {
            return Err(unsupported("PRIVILEGE_CHECKS_USER"));
        }
        SourceOption::RequireRowFormat(on) => wanted.require_row_format = Some(*on),
        SourceOption::RequireTablePrimaryKeyCheck(check) if check == "GENERATE" => {
            return Err(unsupported("REQUIRE_TABLE_PRIMARY_KEY_CHECK=GENERATE"));
        }
        SourceOption::RequireTablePrimaryKeyCheck(check) => {
            wanted.primary_key_check = Some(check.clone());
        }
        SourceOption::AssignGtids(_)
        | SourceOption::GtidOnly(_)
        | SourceOption::IgnoreDomainIds(_)
        | SourceOption::DoDomainIds(_) => set_gtid_option(wanted, option)?,
        SourceOption::ConnectionAutoFailover(true) => {
            return Err(unsupported("SOURCE_CONNECTION_AUTO_FAILOVER"));
        }
        SourceOption::DemoteToReplica(true) => return Err(unsupported("MASTER_DEMOTE_TO_SLAVE")),
        SourceOption::SetDefault(name) => return Err(unsupported(&format!("{name}=DEFAULT"))),
    }
    Ok(())
}

/// The options of GTIDs beyond AUTO_POSITION and MASTER_USE_GTID; others are left alone.
fn set_gtid_option(wanted: &mut ChangeSource, option: &SourceOption) -> Result<(), MysqlError> {
    let domains = |ids: &[u64], name: &str| -> Result<Vec<u32>, MysqlError> {
        ids.iter().map(|id| fit(*id, name)).collect()
    };
    if let SourceOption::AssignGtids(assign) = option {
        wanted.assign_gtids = Some(match assign {
            ast::AssignGtids::Off => "OFF".to_owned(),
            ast::AssignGtids::Local => "LOCAL".to_owned(),
            ast::AssignGtids::Uuid(uuid) => uuid.clone(),
        });
    } else if let SourceOption::GtidOnly(on) = option {
        wanted.gtid_only = Some(*on);
    } else if let SourceOption::IgnoreDomainIds(ids) = option {
        wanted.ignore_domain_ids = Some(domains(ids, "IGNORE_DOMAIN_IDS")?);
    } else if let SourceOption::DoDomainIds(ids) = option {
        wanted.do_domain_ids = Some(domains(ids, "DO_DOMAIN_IDS")?);
    }
    Ok(())
}

/// The options of TLS; others are left alone.
fn set_tls_option(wanted: &mut ChangeSource, option: &SourceOption) {
    let text = |text: &String| Some(text.clone());
    if let SourceOption::Ssl(on) = option {
        wanted.ssl = Some(*on);
    } else if let SourceOption::SslCa(path) = option {
        wanted.ssl_ca = text(path);
    } else if let SourceOption::SslCaPath(path) = option {
        wanted.ssl_capath = text(path);
    } else if let SourceOption::SslCert(path) = option {
        wanted.ssl_cert = text(path);
    } else if let SourceOption::SslCrl(path) = option {
        wanted.ssl_crl = text(path);
    } else if let SourceOption::SslCrlPath(path) = option {
        wanted.ssl_crlpath = text(path);
    } else if let SourceOption::SslKey(path) = option {
        wanted.ssl_key = text(path);
    } else if let SourceOption::SslCipher(names) = option {
        wanted.ssl_cipher = text(names);
    } else if let SourceOption::SslVerifyServerCert(on) = option {
        wanted.ssl_verify_server_cert = Some(*on);
    } else if let SourceOption::TlsVersion(names) = option {
        wanted.tls_version = text(names);
    } else if let SourceOption::TlsCiphersuites(names) = option {
        wanted.tls_ciphersuites = Some(names.clone().unwrap_or_default());
    }
}

fn delay(seconds: u64) -> Result<u32, MysqlError> {
    let most = i32::MAX.unsigned_abs();
    match u32::try_from(seconds) {
        Ok(seconds) if seconds <= most => Ok(seconds),
        Ok(_) | Err(_) => Err(MysqlError::new(
            1729,
            format!(
                "The requested value {seconds} for the source delay exceeds the maximum {most}"
            ),
        )),
    }
}

fn period(text: &str) -> Result<f64, MysqlError> {
    let wrong = || {
        let message = "The requested value for the heartbeat period is either negative or \
                       exceeds the maximum allowed (4294967 seconds).";
        MysqlError::new(1624, message)
    };
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if (0.0..=4_294_967.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(wrong())
    }
}

fn threads(named: ReplicaThreads) -> Threads {
    if named.io || named.sql {
        Threads {
            receiver: named.io,
            applier: named.sql,
        }
    } else {
        Threads::BOTH
    }
}

/// START SLAVE, START REPLICA
pub fn start(session: &mut Session, start: &StartReplica) -> Result<(), MysqlError> {
    session.require(ADMIN)?;
    let until = match &start.until {
        None => None,
        Some(ast::Until::SourcePosition { file, pos }) => {
            Some(Until::SourcePosition(file.clone(), *pos))
        }
        Some(ast::Until::RelayPosition { file, pos }) => {
            Some(Until::RelayPosition(file.clone(), *pos))
        }
        Some(ast::Until::BeforeGtids(set)) => Some(Until::BeforeGtids(set.clone())),
        Some(ast::Until::AfterGtids(set)) => Some(Until::AfterGtids(set.clone())),
        Some(ast::Until::AfterGaps) => Some(Until::AfterGaps),
        Some(ast::Until::MariadbGtidPos(position)) => Some(Until::MariadbGtidPos(position.clone())),
        Some(ast::Until::Incomplete(_)) => Some(Until::Incomplete),
    };
    let named = match start.all {
        true => Named::of(session, None, None).all(),
        false => Named::of(session, start.channel.as_ref(), start.connection.as_ref()),
    };
    let control = session.shared.control.clone();
    let options = StartOptions {
        threads: threads(start.threads),
        until,
        user: start.user.clone(),
        password: start.password.clone(),
        default_auth: start.default_auth.clone(),
        plugin_dir: start.plugin_dir.clone(),
    };
    let secret = options.password.is_some() || options.user.is_some();
    if secret && session.tls_cipher.is_none() {
        let text = "Sending passwords in plain text without SSL/TLS is extremely insecure.";
        session.warn(Level::Note, 1759, text);
    }
    if options.until.is_some() && !session.shared.globals.is_on("skip_replica_start") {
        let text = "It is recommended to use --skip-replica-start when doing step-by-step replication with START \
                    REPLICA UNTIL; otherwise, you will get problems if you get an unexpected replica's mysqld restart";
        session.warn(Level::Note, 1278, text);
    }
    let applier = options.threads.applier;
    let notes = control
        .start(named.name(), options)
        .map_err(|e| named.error(e))?;
    if applier && let Some(counter) = crate::variables::find("sql_replica_skip_counter") {
        // The applier has taken it.
        session.shared.globals.put(counter, "0".to_owned());
    }
    if start.all {
        return connection::tell_all(session, 1937, "started", &notes);
    }
    named.tell(session, notes);
    Ok(())
}

/// STOP SLAVE, STOP REPLICA
pub fn stop(session: &mut Session, stop: &StopReplica) -> Result<(), MysqlError> {
    session.require(ADMIN)?;
    let named = match stop.all {
        true => Named::of(session, None, None).all(),
        false => Named::of(session, stop.channel.as_ref(), stop.connection.as_ref()),
    };
    let control = session.shared.control.clone();
    let notes = control
        .stop(named.name(), threads(stop.threads))
        .map_err(|e| named.error(e))?;
    if stop.all {
        return connection::tell_all(session, 1938, "stopped", &notes);
    }
    named.tell(session, notes);
    Ok(())
}

/// RESET SLAVE, RESET REPLICA
pub fn reset(
    session: &Session,
    all: bool,
    named: Option<&String>,
    connection: Option<&String>,
) -> Result<(), MysqlError> {
    session.require(&["RELOAD"])?;
    let named = Named::of(session, named, connection);
    let reset = session.shared.control.reset(named.name(), all);
    reset.map_err(|e| named.error(e))
}

/// FLUSH RELAY LOGS
pub fn flush_relay_logs(session: &Session, channel: Option<&str>) -> Result<(), MysqlError> {
    session.require(&["RELOAD"])?;
    session.shared.control.flush_relay_logs(channel)
}

const POSITION: Kind = Kind::BigInt {
    width: 12,
    unsigned: true,
};

/// The columns of SHOW RELAYLOG EVENTS and SHOW BINLOG EVENTS.
fn event_table() -> Table {
    Table::new(vec![
        Column::new("Log_name", Kind::Text(20)),
        Column::new("Pos", POSITION),
        Column::new("Event_type", Kind::Text(20)),
        Column::new(
            "Server_id",
            Kind::Int {
                width: 11,
                unsigned: true,
            },
        ),
        Column::new("End_log_pos", POSITION),
        Column::new("Info", Kind::Text(20)),
    ])
}

/// SHOW RELAYLOG EVENTS
pub fn relaylog_events(session: &Session, events: &LogEvents) -> Result<Table, MysqlError> {
    session.require(&["SUPER", "REPLICATION SLAVE"])?;
    let named = Named::of(session, events.channel.as_ref(), events.connection.as_ref());
    let (offset, count) = limit(events.limit.as_ref())?;
    let rows = session.shared.control.relaylog_events(
        named.name(),
        events.file.as_deref(),
        events.from,
        offset,
        count,
    );
    let rows = rows.map_err(|e| named.error(e))?;
    let mut table = event_table();
    for row in rows {
        table.push([
            Some(row.log_name),
            Some(row.pos.to_string()),
            Some(row.event_type),
            Some(row.server_id.to_string()),
            Some(row.end_log_pos.to_string()),
            Some(row.info),
        ]);
    }
    Ok(table)
}

/// SHOW REPLICAS, SHOW SLAVE HOSTS: nobody replicates from us.
pub fn replicas(vocabulary: Vocabulary) -> Table {
    let names = match vocabulary {
        Vocabulary::New => ["Server_Id", "Source_Id", "Replica_UUID"],
        Vocabulary::Old => ["Server_id", "Master_id", "Slave_UUID"],
    };
    let [server, source, uuid] = names;
    let number = Kind::BigInt {
        width: 10,
        unsigned: true,
    };
    Table::new(vec![
        Column::new(server, number),
        Column::new("Host", Kind::Text(64)),
        Column::new("Port", number),
        Column::new(source, number),
        Column::new(uuid, Kind::Text(36)),
    ])
}

/// The privileges of statements that look at the binary log.
pub fn require_client(session: &Session) -> Result<(), MysqlError> {
    let has = |name| session.account.has_global(name);
    if has("SUPER") || has("REPLICATION CLIENT") {
        return Ok(());
    }
    let message = "Access denied; you need (at least one of) the SUPER, REPLICATION CLIENT privilege(s) \
                   for this operation";
    Err(MysqlError::new(1227, message))
}

/// SHOW BINLOG EVENTS: empty, as without a binary log.
pub fn binlog_events(session: &Session) -> Result<Table, MysqlError> {
    session.require(&["REPLICATION SLAVE"])?;
    Ok(event_table())
}

/// SHOW MASTER STATUS, SHOW BINARY LOG STATUS: empty, as without a binary log.
pub fn binary_log_status(session: &Session) -> Result<Table, MysqlError> {
    require_client(session)?;
    Ok(Table::new(vec![
        Column::new("File", Kind::Text(255)),
        Column::new("Position", POSITION),
        Column::new("Binlog_Do_DB", Kind::Text(255)),
        Column::new("Binlog_Ignore_DB", Kind::Text(255)),
        Column::new("Executed_Gtid_Set", Kind::Text(65_535)),
    ]))
}
