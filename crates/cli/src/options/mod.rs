//! Options of `understudy serve`: option files, then the command line, in mysqld's spelling.
//!
//! `-` and `_` are the same; `skip-x`, `disable-x` and `enable-x` are forms of a boolean `x`; sizes take K, M,
//! G, T. Each option known to mysqld is in one of four lists: taken, refused because leaving it out would
//! change what is replicated, accepted with a warning because it has no meaning here, or unknown (an error
//! unless prefixed `loose-`).

mod file;
mod filters;

use anyhow::{Context, bail};
use file::Written;
pub use filters::filter_variables;
use std::path::{Path, PathBuf};
use understudy_base::filter::FilterKind;
use understudy_replica::filter::book::StartFilter;
use understudy_server::plugins::PluginVariable;

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
    /// `slave_exec_mode` is IDEMPOTENT
    pub idempotent: bool,
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
    /// Options accepted without effect, with where they were written.
    pub without_effect: Vec<String>,
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
            idempotent: false,
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
            without_effect: Vec::new(),
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

/// Options that change what is replicated or how names and values behave: leaving them out in silence would make
/// data differ, so this version refuses them.
const REFUSED: &[&str] = &[
    "slave_skip_errors",
    "replica_skip_errors",
    "log_bin",
    "log_slave_updates",
    "log_replica_updates",
    "binlog_do_db",
    "binlog_ignore_db",
    "init_connect",
    "init_file",
    "slave_type_conversions",
    "replica_type_conversions",
    "master_host",
    "master_user",
    "master_password",
    "master_port",
    "master_connect_retry",
    "auto_increment_increment",
    "auto_increment_offset",
    "sql_mode",
    "default_time_zone",
    "character_set_server",
    "collation_server",
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
        let known = self.set(&name, written.value.as_deref()).with_context(|| {
            format!(
                "{}: error while setting value '{}' to '{name}'",
                written.origin,
                written.value.as_deref().unwrap_or("")
            )
        })?;
        if known {
            return Ok(());
        }
        let bare = name.strip_prefix("skip_").unwrap_or(&name);
        if REFUSED.contains(&name.as_str()) {
            bail!(
                "{}: option '{name}' is not supported by this version of Understudy",
                written.origin
            );
        }
        let engine =
            name.starts_with("innodb_") || name.starts_with("myisam_") || name.starts_with("aria_");
        if engine
            || loose
            || WITHOUT_MEANING.contains(&name.as_str())
            || WITHOUT_MEANING.contains(&bare)
        {
            self.without_effect
                .push(format!("{name} ({})", written.origin));
            return Ok(());
        }
        bail!(
            "{}: unknown variable '{}'",
            written.origin,
            display(written)
        )
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
            "skip_relay_log_purge" => self.relay_log_purge = !boolean(value)?,
            "sync_relay_log" => self.sync_relay_log = number(value)?,
            "log_error" => self.log_error = value.map(PathBuf::from),
            "pid_file" => self.pid_file = Some(PathBuf::from(required(value)?)),
            "skip_slave_start" | "skip_replica_start" => self.skip_slave_start = boolean(value)?,
            "slave_net_timeout" | "replica_net_timeout" => {
                self.slave_net_timeout_s = number(value)?
            }
            "slave_exec_mode" | "replica_exec_mode" => {
                self.idempotent = match required(value)?.to_ascii_uppercase().as_str() {
                    "STRICT" => false,
                    "IDEMPOTENT" => true,
                    other => bail!("'{other}' is neither STRICT nor IDEMPOTENT"),
                };
            }
            "replicate_same_server_id" => self.replicate_same_server_id = boolean(value)?,
            "slave_max_allowed_packet" | "replica_max_allowed_packet" => {
                self.slave_max_allowed_packet = size(value)?
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

fn display(written: &Written) -> String {
    match &written.value {
        Some(value) => format!("{}={value}", written.name),
        None => written.name.clone(),
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
        assert!(options.skip_slave_start && !options.relay_log_purge && options.idempotent);
        assert_eq!(
            options.without_effect.len(),
            3,
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
            ("--server-id=4294967296", "'server_id'"),
            ("--sync-relay-log", "argument is required"),
            ("--max-relay-log-size=1X", "Unknown suffix"),
            ("stray", "Too many arguments"),
        ] {
            let error = format!("{:#}", parsed(&[argument]).unwrap_err());
            assert!(error.contains(part), "{argument}: {error}");
        }
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
