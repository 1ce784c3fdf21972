//! `understudy serve`: the server from start to end.

use crate::log::{self, LogTarget};
use crate::options::ServeOptions;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};
use tokio::signal::unix::{SignalKind, signal};
use understudy_base::Uuid;
use understudy_base::control::{ChangeSource, ReplicationControl};
use understudy_base::error::MysqlError;
use understudy_replica::apply_options::ApplyOptions;
use understudy_replica::gtid::MariadbOptions;
use understudy_replica::parallel::ParallelOptions;
use understudy_replica::semisync::SemiSyncOptions;
use understudy_replica::{ReplicaOptions, Replication, ReportOptions};
use understudy_server::accounts::Accounts;
use understudy_server::{Server, ServerOptions};
use understudy_storage::{Store, StoreOptions};

/// File in the data directory that shows it was initialised with accounts.
const ACCOUNTS: &str = "accounts.json";
/// `server_uuid`, as mysqld keeps it.
const AUTO_CNF: &str = "auto.cnf";

/// Runs the server until SIGTERM, SIGINT or SHUTDOWN.
pub fn serve(options: ServeOptions) -> anyhow::Result<()> {
    let mut options = options;
    let persisted = options.take_persisted();
    let target = LogTarget::open(options.log_error.as_deref())
        .with_context(|| format!("Could not open error log {:?}", options.log_error))?;
    log::install(target.clone());
    let result = persisted.and_then(|()| run(&options, &target));
    if let Err(error) = &result {
        tracing::error!("Aborting: {error:#}");
    }
    result
}

fn run(options: &ServeOptions, log: &LogTarget) -> anyhow::Result<()> {
    for name in &options.without_effect {
        tracing::warn!("option without effect here: {name}");
    }
    options.check_gtids()?;
    for warning in &options.warnings {
        tracing::warn!("{warning}");
    }
    let password = root_password(&options.datadir)?;
    let running = open(options, &password)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = Server::bind(
            running.server_options,
            running.store,
            running.replication.clone(),
        )
        .await?;
        let _pid_file = options
            .pid_file
            .as_deref()
            .map(PidFile::create)
            .transpose()?;
        tracing::info!(
            "{}: ready for connections. Version: '{}'  socket: '{}'  port: {}",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            options.socket_path().display(),
            server.local_addr()?.port()
        );
        running.replication.resume();
        reopen_log_on_hangup(log.clone())?;
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        server
            .run(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            })
            .await;
        let replication = running.replication;
        tokio::task::spawn_blocking(move || replication.shut_down()).await?;
        tracing::info!("Shutdown complete");
        anyhow::Ok(())
    })
}

fn reopen_log_on_hangup(log: LogTarget) -> anyhow::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if let Err(error) = log.reopen() {
                tracing::error!("could not reopen the error log: {error}");
            }
        }
    });
    Ok(())
}

/// An open data directory and what runs on it.
pub struct Running {
    /// The store.
    pub store: Store,
    /// Replication, not started.
    pub replication: Arc<Replication>,
    /// How to serve.
    pub server_options: ServerOptions,
}

/// Opens the data directory and everything in it; initialises it, with this password for root, if it is new.
pub fn open(options: &ServeOptions, root_password: &str) -> anyhow::Result<Running> {
    let datadir = &options.datadir;
    std::fs::create_dir_all(datadir)
        .with_context(|| format!("Can't create {}", datadir.display()))?;
    let datadir = &datadir.canonicalize()?;
    let store = Store::open(datadir, StoreOptions::default())?;
    let uuid = server_uuid(datadir)?;
    if !datadir.join(ACCOUNTS).exists() {
        Accounts::initialise(datadir, root_password)?;
    }
    let parallel = ParallelOptions::default();
    let mariadb = MariadbOptions::default();
    for (name, value) in &options.variables {
        parallel.set_variable(name, value);
        mariadb.set_variable(name, value);
    }
    let replica = ReplicaOptions {
        process_ids: Arc::default(),
        parallel,
        datadir: datadir.clone(),
        server_id: options.server_id,
        server_uuid: uuid.clone(),
        relay_log: options.relay_log.clone(),
        relay_log_index: options.relay_log_index.clone(),
        max_relay_log_size: options.max_relay_log_size,
        relay_log_space_limit: options.relay_log_space_limit,
        sync_relay_log: options.sync_relay_log,
        relay_log_purge: options.relay_log_purge,
        net_timeout_s: AtomicU32::new(options.slave_net_timeout_s),
        replicate_same_server_id: options.replicate_same_server_id,
        apply: apply_options(options),
        skip_counter: AtomicU64::new(0),
        max_allowed_packet: usize::try_from(options.slave_max_allowed_packet)?,
        report: ReportOptions {
            host: options.report_host.clone(),
            user: options.report_user.clone(),
            password: options.report_password.clone(),
            port: options.report_port.unwrap_or(options.port),
        },
        skip_start: options.skip_slave_start,
        lower_case_table_names: options.lower_case_table_names,
        filters: options.filters.clone(),
        // The server sets it from the variables that exist.
        semi_sync: SemiSyncOptions::default(),
        gtid_mode: options.gtid_mode().into(),
        mariadb,
    };
    let replication = Arc::new(Replication::open(store.clone(), Arc::new(replica))?);
    source_of_options(options, &replication)?;
    let server_options = ServerOptions {
        datadir: datadir.clone(),
        bind_address: options.bind_address.clone(),
        port: options.port,
        socket: Some(options.socket_path()),
        variables: variables(options, datadir, &uuid),
        plugin_load: options.plugin_load.clone(),
        plugin_variables: options.plugin_variables.clone(),
    };
    Ok(Running {
        store,
        replication,
        server_options,
    })
}

/// What the applier may do, as the options say.
fn apply_options(options: &ServeOptions) -> ApplyOptions {
    let apply = ApplyOptions::default();
    for (name, value) in &options.variables {
        apply.set_variable(name, value);
    }
    apply
}

/// Configures the source that options of 5.0 name, unless one is stored.
fn source_of_options(options: &ServeOptions, replication: &Replication) -> anyhow::Result<()> {
    let source = &options.source;
    let failed = |error: MysqlError| anyhow::anyhow!("master-host: {}", error.message);
    if source.host.is_none() || !replication.status(None).map_err(failed)?.is_empty() {
        return Ok(());
    }
    let change = ChangeSource {
        host: source.host.clone(),
        user: source.user.clone(),
        password: source.password.clone(),
        port: source.port,
        connect_retry_s: source.connect_retry_s,
        ..ChangeSource::default()
    };
    for note in replication.change_source(None, change).map_err(failed)? {
        tracing::warn!("{note}");
    }
    Ok(())
}

/// What the options say, as global variables for SHOW VARIABLES.
fn variables(options: &ServeOptions, datadir: &Path, uuid: &str) -> Vec<(String, String)> {
    let on = |value: bool| if value { "ON" } else { "OFF" }.to_owned();
    [
        ("server_id", options.server_id.to_string()),
        ("server_uuid", uuid.to_owned()),
        ("read_only", on(options.read_only)),
        ("super_read_only", on(options.super_read_only)),
        ("max_connections", options.max_connections.to_string()),
        ("relay_log", options.relay_log.clone()),
        (
            "relay_log_basename",
            datadir.join(&options.relay_log).display().to_string(),
        ),
        ("max_relay_log_size", options.max_relay_log_size.to_string()),
        (
            "relay_log_space_limit",
            options.relay_log_space_limit.to_string(),
        ),
        ("relay_log_purge", on(options.relay_log_purge)),
        ("sync_relay_log", options.sync_relay_log.to_string()),
        (
            "replica_net_timeout",
            options.slave_net_timeout_s.to_string(),
        ),
        ("report_host", options.report_host.clone()),
        (
            "lower_case_table_names",
            options.lower_case_table_names.to_string(),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .chain(options.variables.iter().cloned())
    .chain(crate::options::filter_variables(&options.filters))
    .collect()
}

/// `server_uuid` from auto.cnf, made at the first start.
fn server_uuid(datadir: &Path) -> anyhow::Result<String> {
    let path = datadir.join(AUTO_CNF);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix("server-uuid="));
            let uuid = line.with_context(|| format!("{}: no server-uuid", path.display()))?;
            let uuid: Uuid = uuid
                .trim()
                .parse()
                .ok()
                .with_context(|| format!("{}: malformed uuid", path.display()))?;
            Ok(uuid.to_string())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let uuid = random_uuid()?;
            understudy_base::fs::replace_file(
                &path,
                format!("[auto]\nserver-uuid={uuid}\n").as_bytes(),
            )?;
            tracing::warn!(
                "No existing UUID has been found, so we assume that this is the first time that this server has been started. Generating a new UUID: {uuid}."
            );
            Ok(uuid)
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// A random (version 4) uuid.
fn random_uuid() -> anyhow::Result<String> {
    let mut bytes = [0u8; 16];
    let mut file = std::fs::File::open("/dev/urandom")?;
    std::io::Read::read_exact(&mut file, &mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    Ok([
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-"))
}

/// Root's password for a data directory that is to be initialised, with the conventions of the MySQL images: from
/// `MYSQL_ROOT_PASSWORD`, none with `MYSQL_ALLOW_EMPTY_PASSWORD`, else a generated one that is printed once. Not
/// used where there are accounts.
fn root_password(datadir: &Path) -> anyhow::Result<String> {
    if datadir.join(ACCOUNTS).exists() {
        return Ok(String::new());
    }
    let given = std::env::var("MYSQL_ROOT_PASSWORD")
        .ok()
        .filter(|p| !p.is_empty());
    let empty = std::env::var("MYSQL_ALLOW_EMPTY_PASSWORD").is_ok_and(|v| !v.is_empty());
    match (given, empty) {
        (Some(password), _) => Ok(password),
        (None, true) => {
            tracing::warn!("root@localhost is created with an empty password !");
            Ok(String::new())
        }
        (None, false) => {
            let password = random_uuid()?.replace('-', "")[..20].to_owned();
            // Once, and to the person at the terminal rather than to the log.
            eprintln!("A temporary password is generated for root@localhost: {password}");
            Ok(password)
        }
    }
}

/// The pid file; gone with the server.
struct PidFile(PathBuf);

impl PidFile {
    fn create(path: &Path) -> anyhow::Result<PidFile> {
        std::fs::write(path, format!("{}\n", std::process::id()))
            .with_context(|| format!("Can't write pid file {}", path.display()))?;
        Ok(PidFile(path.to_path_buf()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!("could not remove pid file {}: {error}", self.0.display());
        }
    }
}
