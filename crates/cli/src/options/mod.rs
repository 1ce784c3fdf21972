//! Options of `understudy serve`: option files, then the command line, in mysqld's spelling.
//!
//! `-` and `_` are the same; `skip-x`, `disable-x` and `enable-x` are forms of a boolean `x`; sizes take K, M,
//! G, T. Each option known to mysqld is in one of four lists: taken, refused because leaving it out would
//! change what is replicated, accepted with a warning because it has no meaning here, or unknown (an error
//! unless prefixed `loose-`).

mod file;
mod filters;
mod value;

use anyhow::{Context, bail};
use file::Written;
pub use filters::filter_variables;
use std::path::{Path, PathBuf};
use understudy_base::filter::FilterKind;
use understudy_replica::apply_options::SkipErrors;
use understudy_replica::filter::book::StartFilter;
use understudy_replica::gtid::GtidMode;
use understudy_server::plugins::PluginVariable;
use understudy_server::variables::effects::{Effect, effect};
use understudy_server::variables::{self, Scope};

/// What `serve` runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// `datadir`
    pub datadir: PathBuf,
    /// `port`
    pub port: u16,
    /// `socket`; relative to the data directory.
    pub socket: PathBuf,
    /// `bind_address`
    pub bind_address: String,
    /// `server_id`
    pub server_id: u32,
    /// `relay_log`
    pub relay_log: String,
    /// `relay_log_index`
    pub relay_log_index: Option<String>,
    /// `max_relay_log_size`, bytes
    pub max_relay_log_size: u64,
    /// `relay_log_space_limit`, bytes
    pub relay_log_space_limit: u64,
    /// `relay_log_purge`
    pub relay_log_purge: bool,
    /// `sync_relay_log`, events
    pub sync_relay_log: u32,
    /// `log_error`
    pub log_error: Option<PathBuf>,
    /// `pid_file`
    pub pid_file: Option<PathBuf>,
    /// `skip_slave_start`
    pub skip_slave_start: bool,
    /// `slave_net_timeout`, seconds
    pub slave_net_timeout_s: u32,
    /// `replicate_same_server_id`
    pub replicate_same_server_id: bool,
    /// `slave_max_allowed_packet`, bytes
    pub slave_max_allowed_packet: u64,
    /// `report_host`
    pub report_host: String,
    /// `report_port`
    pub report_port: Option<u16>,
    /// `report_user`
    pub report_user: String,
    /// `report_password`
    pub report_password: String,
    /// `read_only`
    pub read_only: bool,
    /// `super_read_only`
    pub super_read_only: bool,
    /// `max_connections`
    pub max_connections: u32,
    /// `lower_case_table_names`
    pub lower_case_table_names: u8,
    /// `replicate_do_db` and its companions, in the order written.
    pub filters: Vec<StartFilter>,
    /// `plugin_load` and `plugin_load_add`, one element an option
    pub plugin_load: Vec<String>,
    /// Variables of plugins, given by options
    pub plugin_variables: Vec<PluginVariable>,
    /// `master_host` and its companions of 5.0: used where no source is stored yet.
    pub source: StartSource,
    /// Other system variables, in 9.7's spelling.
    pub variables: Vec<(String, String)>,
    /// Options accepted without effect, with where they were written.
    pub without_effect: Vec<String>,
    /// What else there is to say of options.
    pub warnings: Vec<String>,
}

/// A source named by options.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StartSource {
    /// `master_host`
    pub host: Option<String>,
    /// `master_user`
    pub user: Option<String>,
    /// `master_password`
    pub password: Option<String>,
    /// `master_port`
    pub port: Option<u16>,
    /// `master_connect_retry`, seconds
    pub connect_retry_s: Option<u32>,
}

impl std::fmt::Debug for StartSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartSource")
            .field("host", &self.host)
            .field("user", &self.user)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Default for ServeOptions {
    fn default() -> Self {
        ServeOptions {
            datadir: PathBuf::from("data"),
            port: 3306,
            socket: PathBuf::from("mysql.sock"),
            bind_address: "127.0.0.1".into(),
            server_id: 1,
            relay_log: "relay-bin".into(),
            relay_log_index: None,
            max_relay_log_size: 0,
            relay_log_space_limit: 0,
            relay_log_purge: true,
            sync_relay_log: 10_000,
            log_error: None,
            pid_file: None,
            skip_slave_start: false,
            slave_net_timeout_s: 60,
            replicate_same_server_id: false,
            slave_max_allowed_packet: 1 << 30,
            report_host: String::new(),
            report_port: None,
            report_user: String::new(),
            report_password: String::new(),
            read_only: false,
            super_read_only: false,
            max_connections: 151,
            lower_case_table_names: 0,
            filters: Vec::new(),
            plugin_load: Vec::new(),
            plugin_variables: Vec::new(),
            source: StartSource::default(),
            variables: Vec::new(),
            without_effect: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Storage engine and other options of mysqld that have no meaning here.
const WITHOUT_MEANING: &[&str] = &[
    "innodb",
    "key_buffer_size",
    "symbolic_links",
    "user",
    "basedir",
    "tmpdir",
    "lc_messages_dir",
    "sort_buffer_size",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "join_buffer_size",
    "table_open_cache",
    "table_definition_cache",
    "thread_cache_size",
    "thread_stack",
    "query_cache_size",
    "query_cache_type",
    "query_cache_limit",
    "myisam_sort_buffer_size",
    "tmp_table_size",
    "max_heap_table_size",
    "open_files_limit",
    "back_log",
    "skip_external_locking",
    "external_locking",
    "skip_name_resolve",
    "name_resolve",
    "performance_schema",
    "slow_query_log",
    "slow_query_log_file",
    "long_query_time",
    "general_log",
    "general_log_file",
    "mysqlx",
    "secure_file_priv",
    "host_cache_size",
    "character_set_client_handshake",
    "log_warnings",
    "log_error_verbosity",
    "master_info_repository",
    "relay_log_info_repository",
    "relay_log_info_file",
    "master_info_file",
    "sync_master_info",
    "sync_relay_log_info",
    "relay_log_recovery",
    "sync_binlog",
    "binlog_format",
    "binlog_cache_size",
    "max_binlog_size",
    "expire_logs_days",
    "binlog_expire_logs_seconds",
    "binlog_row_image",
    "binlog_checksum",
    "log_bin_trust_function_creators",
    "explicit_defaults_for_timestamp",
    "bulk_insert_buffer_size",
    "slave_parallel_workers",
    "replica_parallel_workers",
    "slave_parallel_type",
    "replica_parallel_type",
    "slave_preserve_commit_order",
    "replica_preserve_commit_order",
    "slave_parallel_threads",
    "slave_parallel_mode",
    "aria_pagecache_buffer_size",
    "console",
    "safe_user_create",
    "slave_compressed_protocol",
    "local_infile",
];

/// Reads `--defaults-file` (first, if there), then the other arguments.
pub fn parse(arguments: &[String]) -> anyhow::Result<ServeOptions> {
    let mut options = ServeOptions::default();
    let mut rest = arguments;
    if let Some(first) = rest.first()
        && let Some(path) = first.strip_prefix("--defaults-file=")
    {
        for written in file::read(Path::new(path))? {
            options.take(&written)?;
        }
        rest = &rest[1..];
    }
    for argument in rest {
        let Some(text) = argument.strip_prefix("--") else {
            bail!("Too many arguments (first extra is '{argument}').");
        };
        if text == "no-defaults" {
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.replace('_', "-") == "defaults-file" {
            bail!("--defaults-file must be the first option");
        }
        let origin = "command line".to_owned();
        options.take(&Written {
            name: name.to_owned(),
            value,
            origin,
        })?;
    }
    Ok(options)
}

impl ServeOptions {
    /// The unix socket; a relative path is below the data directory.
    pub fn socket_path(&self) -> PathBuf {
        self.datadir.join(&self.socket)
    }

    /// Takes one option.
    fn take(&mut self, written: &Written) -> anyhow::Result<()> {
        let full = written.name.replace('-', "_").to_ascii_lowercase();
        let (name, loose) = match full.strip_prefix("loose_") {
            Some(name) => (name.to_owned(), true),
            None => (full, false),
        };
        // Which of them exist is known when the data directory has said which plugins are installed.
        if name.starts_with("rpl_semi_sync_slave_") || name.starts_with("rpl_semi_sync_replica_") {
            self.plugin_variables.push(PluginVariable {
                name,
                value: written.value.clone(),
                loose,
            });
            return Ok(());
        }
        let value = written.value.as_deref();
        if self.take_named(&name, value, &written.origin)? {
            return Ok(());
        }
        for (prefix, value) in [("skip_", "0"), ("disable_", "0"), ("enable_", "1")] {
            if let Some(rest) = name.strip_prefix(prefix)
                && self.take_named(rest, Some(value), &written.origin)?
            {
                return Ok(());
            }
        }
        let bounded = name.strip_prefix("maximum_").and_then(variables::find);
        let bare = name.strip_prefix("skip_").unwrap_or(&name);
        let engine = name.starts_with("myisam_") || name.starts_with("aria_");
        if engine
            || loose
            || bounded.is_some()
            || WITHOUT_MEANING.contains(&name.as_str())
            || WITHOUT_MEANING.contains(&bare)
        {
            self.without_effect
                .push(format!("{name} ({})", written.origin));
            return Ok(());
        }
        match value {
            Some(value) => bail!(
                "{}: unknown variable '{}={value}'.",
                written.origin,
                written.name
            ),
            None => bail!("{}: unknown option '--{}'.", written.origin, written.name),
        }
    }

    /// Takes an option of exactly this name; false when there is none.
    fn take_named(
        &mut self,
        name: &str,
        value: Option<&str>,
        origin: &str,
    ) -> anyhow::Result<bool> {
        let failed = || {
            let value = value.unwrap_or("");
            format!("{origin}: Error while setting value '{value}' to '{name}'")
        };
        // The variable that some options set has another name.
        let variable = match name {
            "default_time_zone" => "time_zone",
            name => name,
        };
        let definition = variables::find(variable).filter(|d| d.scope != Scope::Session);
        let Some(definition) = definition else {
            return self.set(name, value).with_context(failed);
        };
        // Options whose value may be left out, or is not the variable's.
        if matches!(definition.name, "log_error" | "log_bin" | "log_bin_index") {
            return self.log_option(definition.name, value, origin);
        }
        if FilterKind::by_option(name).is_some() {
            return self.set(name, value).with_context(failed);
        }
        let taken = value::take(definition, value).with_context(failed)?;
        if let Some(warning) = taken.warning {
            self.warnings.push(format!("{origin}: {warning}"));
        }
        let text = taken.text;
        if self
            .set(definition.name, Some(&text))
            .with_context(failed)?
        {
            return Ok(true);
        }
        if text != definition.default {
            match effect(definition.name) {
                Effect::Honoured => {}
                Effect::Kept => self.without_effect.push(format!("{name} ({origin})")),
                Effect::Refused => bail!(
                    "{origin}: option '{name}' is not supported by this version of Understudy"
                ),
            }
        }
        self.variables.push((definition.name.to_owned(), text));
        Ok(true)
    }

    /// `log_error`, and `log_bin`, of which only its absence is honoured.
    fn log_option(
        &mut self,
        name: &str,
        value: Option<&str>,
        origin: &str,
    ) -> anyhow::Result<bool> {
        match (name, value) {
            ("log_error", value) => self.log_error = value.map(PathBuf::from),
            // skip-log-bin, and an index of no log.
            ("log_bin", Some("0")) => {}
            ("log_bin_index", _) => self.without_effect.push(format!("{name} ({origin})")),
            _ => bail!("{origin}: option '{name}' is not supported by this version of Understudy"),
        }
        Ok(true)
    }

    /// Takes what SET PERSIST kept in the data directory, after every other option.
    pub fn take_persisted(&mut self) -> anyhow::Result<()> {
        let found = understudy_server::persist::load(&self.datadir)?;
        if self
            .variables
            .iter()
            .any(|(n, v)| n == "persisted_globals_load" && v == "OFF")
        {
            return Ok(());
        }
        for (name, value) in found {
            self.take(&Written {
                name,
                value: Some(value),
                origin: "mysqld-auto.cnf".to_owned(),
            })?;
        }
        Ok(())
    }

    /// The value of a variable, if an option gives it.
    fn variable(&self, name: &str) -> Option<&str> {
        let written = self.variables.iter().rev().find(|(n, _)| n == name);
        written.map(|(_, value)| value.as_str())
    }

    /// `gtid_mode`
    pub fn gtid_mode(&self) -> GtidMode {
        let mode = self.variable("gtid_mode").and_then(GtidMode::by_name);
        mode.unwrap_or_default()
    }

    /// Whether what the options say of GTIDs goes together.
    pub fn check_gtids(&self) -> anyhow::Result<()> {
        let enforced = self.variable("enforce_gtid_consistency").unwrap_or("ON") == "ON";
        if self.gtid_mode() == GtidMode::On && !enforced {
            bail!("GTID_MODE = ON requires ENFORCE_GTID_CONSISTENCY = ON.");
        }
        Ok(())
    }

    /// Sets a known option; false when the name is not one.
    fn set(&mut self, name: &str, value: Option<&str>) -> anyhow::Result<bool> {
        match name {
            "datadir" => self.datadir = PathBuf::from(required(value)?),
            "port" => self.port = number(value)?,
            "socket" => self.socket = PathBuf::from(required(value)?),
            "bind_address" => self.bind_address = required(value)?.to_owned(),
            "server_id" => self.server_id = number(value)?,
            "relay_log" => self.relay_log = required(value)?.to_owned(),
            "relay_log_index" => self.relay_log_index = Some(required(value)?.to_owned()),
            "max_relay_log_size" => self.max_relay_log_size = size(value)?,
            "relay_log_space_limit" => self.relay_log_space_limit = size(value)?,
            "relay_log_purge" => self.relay_log_purge = boolean(value)?,
            "sync_relay_log" => self.sync_relay_log = number(value)?,
            "pid_file" => self.pid_file = Some(PathBuf::from(required(value)?)),
            "skip_slave_start" | "skip_replica_start" => self.skip_slave_start = boolean(value)?,
            "slave_net_timeout" | "replica_net_timeout" => {
                self.slave_net_timeout_s = number(value)?
            }
            "master_host" => self.source.host = Some(required(value)?.to_owned()),
            "master_user" => self.source.user = Some(required(value)?.to_owned()),
            "master_password" => self.source.password = Some(required(value)?.to_owned()),
            "master_port" => self.source.port = Some(number(value)?),
            "master_connect_retry" => self.source.connect_retry_s = Some(number(value)?),
            "replicate_same_server_id" => self.replicate_same_server_id = boolean(value)?,
            "slave_max_allowed_packet" | "replica_max_allowed_packet" => {
                self.slave_max_allowed_packet = size(value)?
            }
            "replica_skip_errors" => {
                let errors = SkipErrors::parse(required(value)?);
                self.variables.push((name.to_owned(), errors.to_string()));
            }
            "plugin_load" => self.plugin_load = vec![required(value)?.to_owned()],
            "plugin_load_add" => self.plugin_load.push(required(value)?.to_owned()),
            "report_host" => self.report_host = required(value)?.to_owned(),
            "report_port" => self.report_port = Some(number(value)?),
            "report_user" => self.report_user = required(value)?.to_owned(),
            "report_password" => self.report_password = required(value)?.to_owned(),
            "read_only" => self.read_only = boolean(value)?,
            "super_read_only" => self.super_read_only = boolean(value)?,
            "max_connections" => self.max_connections = number(value)?,
            "lower_case_table_names" => {
                self.lower_case_table_names = number(value)?;
                if self.lower_case_table_names > 1 {
                    bail!("only 0 and 1 are supported");
                }
            }
            _ => match FilterKind::by_option(name) {
                Some(kind) => self.filters.push(filters::filter(kind, required(value)?)?),
                None => return Ok(false),
            },
        }
        Ok(true)
    }
}

fn required(value: Option<&str>) -> anyhow::Result<&str> {
    value.context("an argument is required")
}

fn number<T: std::str::FromStr>(value: Option<&str>) -> anyhow::Result<T> {
    let value = required(value)?;
    value
        .parse()
        .ok()
        .with_context(|| format!("'{value}' is no number in range"))
}

/// A size with an optional suffix K, M, G or T, in bytes.
fn size(value: Option<&str>) -> anyhow::Result<u64> {
    let value = required(value)?;
    let (digits, shift) = match value.as_bytes().last() {
        Some(b'k' | b'K') => (&value[..value.len() - 1], 10),
        Some(b'm' | b'M') => (&value[..value.len() - 1], 20),
        Some(b'g' | b'G') => (&value[..value.len() - 1], 30),
        Some(b't' | b'T') => (&value[..value.len() - 1], 40),
        _ => (value, 0),
    };
    let number: u64 = digits
        .parse()
        .ok()
        .with_context(|| format!("Unknown suffix or number '{value}'"))?;
    number
        .checked_mul(1 << shift)
        .with_context(|| format!("'{value}' is too large"))
}

/// `1`, `ON`, `TRUE`, no value; `0`, `OFF`, `FALSE`.
fn boolean(value: Option<&str>) -> anyhow::Result<bool> {
    match value.map(str::to_ascii_uppercase).as_deref() {
        None | Some("1" | "ON" | "TRUE") => Ok(true),
        Some("0" | "OFF" | "FALSE") => Ok(false),
        Some(other) => bail!("'{other}' is no boolean"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> anyhow::Result<ServeOptions> {
        parse(
            &arguments
                .iter()
                .map(|a| (*a).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn mysqld_spellings() {
        let options = parsed(&[
            "--datadir=/d",
            "--server_id=7",
            "--max-relay-log-size=4M",
            "--skip-slave-start",
            "--relay_log_purge=OFF",
            "--innodb-buffer-pool-size=1G",
            "--loose-nonsense=1",
            "--skip-name-resolve",
            "--replica-exec-mode=idempotent",
        ])
        .unwrap();
        assert_eq!(options.datadir, Path::new("/d"));
        assert_eq!(
            (options.server_id, options.max_relay_log_size),
            (7, 4 << 20)
        );
        assert!(options.skip_slave_start && !options.relay_log_purge);
        assert!(
            options
                .variables
                .contains(&("replica_exec_mode".to_owned(), "IDEMPOTENT".to_owned()))
        );
        assert_eq!(
            options.without_effect.len(),
            2,
            "{:?}",
            options.without_effect
        );
    }

    #[test]
    fn bad_options_are_named() {
        for (argument, part) in [
            ("--nonsense=1", "unknown variable 'nonsense=1'"),
            ("--replicate-do-table=x", "Could not add do table rule 'x'"),
            ("--log-bin=x", "not supported"),
            ("--port=x", "'port'"),
            ("--nonsense", "unknown option '--nonsense'."),
            ("--max-connection=5", "unknown variable 'max-connection=5'."),
            (
                "--maximum-nonsense=1",
                "unknown variable 'maximum-nonsense=1'.",
            ),
            (
                "--replica-exec-mode=foo",
                "Error while setting value 'foo' to 'replica_exec_mode'",
            ),
            ("--init-connect=x", "not supported"),
            ("--sync-relay-log", "requires an argument"),
            ("--max-relay-log-size=1X", "Unknown suffix"),
            ("stray", "Too many arguments"),
        ] {
            let error = format!("{:#}", parsed(&[argument]).unwrap_err());
            assert!(error.contains(part), "{argument}: {error}");
        }
    }

    /// Every option that a replica's option file has in the wild.
    #[test]
    fn option_files_of_replicas() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.cnf");
        let text = "[mysqld]\nserver_id = 2\nrelay-log=mysql-relay-bin\nrelay-log-index = r.index\n\
            relay-log-info-file=relay-log.info\nmaster-info-file=master.info\nread-only = ON\n\
            skip-slave-start\nslave_parallel_type=LOGICAL_CLOCK\nslave_parallel_workers=8\n\
            report-host=me\nenforce_gtid_consistency=OFF\nlower_case_table_names=1\n\
            character_set_server=utf8mb4\ncollation-server=utf8mb4_bin\nsql_mode=''\n\
            default-time-zone='+00:00'\nauto_increment_increment=2\nauto-increment-offset=1\n\
            sync_binlog=1\nbinlog_format=row\nbinlog-do-db=a\nlog_slave_updates\nmax_connections=2K\n\
            innodb_buffer_pool_size=1G\nkey_buffer_size=16M\nsymbolic-links=0\nloose-nonsense=1\n\
            enable-relay-log-purge\nmaximum-sort-buffer-size=1M\ndisable-local-infile\n\
            master-host=h\nmaster-user=u\nmaster-password=p\nmaster-port=3307\n\
            master-connect-retry=30\nsync_relay_log=99999999999\n";
        std::fs::write(&path, text).unwrap();
        let options = parsed(&[&format!("--defaults-file={}", path.display())]).unwrap();
        assert_eq!((options.server_id, options.max_connections), (2, 2048));
        assert!(options.read_only && options.skip_slave_start && options.relay_log_purge);
        assert_eq!(options.sync_relay_log, u32::MAX);
        assert_eq!(options.warnings.len(), 1, "{:?}", options.warnings);
        let value = |name: &str| {
            let found = options.variables.iter().rev().find(|(n, _)| n == name);
            found.map(|(_, value)| value.as_str())
        };
        for (name, expected) in [
            ("collation_server", "utf8mb4_bin"),
            ("sql_mode", ""),
            ("time_zone", "+00:00"),
            ("auto_increment_increment", "2"),
            ("binlog_format", "ROW"),
            ("log_replica_updates", "ON"),
            ("innodb_buffer_pool_size", "1073741824"),
        ] {
            assert_eq!(value(name), Some(expected), "{name}");
        }
        for name in [
            "innodb_buffer_pool_size",
            "key_buffer_size",
            "symbolic_links",
            "nonsense",
        ] {
            let named = options.without_effect.iter().any(|o| o.starts_with(name));
            assert!(named, "{name}: {:?}", options.without_effect);
        }
        let source = options.source;
        assert_eq!(source.host.as_deref(), Some("h"));
        assert_eq!(source.password.as_deref(), Some("p"));
        assert_eq!(
            (source.port, source.connect_retry_s),
            (Some(3307), Some(30))
        );
        assert!(!format!("{:?}", options.variables).contains("\"p\""));
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.cnf");
        std::fs::write(
            &path,
            "[mysqld]\nport = 4000\nserver-id=9\nkey_buffer_size=16M\n",
        )
        .unwrap();
        let file = format!("--defaults-file={}", path.display());
        let options = parsed(&[&file, "--port=4001"]).unwrap();
        assert_eq!((options.port, options.server_id), (4001, 9));
        assert!(options.without_effect[0].contains("my.cnf:4"));
    }
}
