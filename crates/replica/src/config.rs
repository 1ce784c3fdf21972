//! A channel's source configuration: what CHANGE MASTER TO sets, kept in one file per channel.
//!
//! The file holds the password, so it is created with mode 0600 and replaced atomically; nothing of it is
//! logged. Positions are not kept here: the received position comes from the relay log itself, the applied
//! position from the store. `start_*` is where a channel without relay log begins.

use crate::gtid::GtidConfig;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use understudy_base::control::ChangeSource;

/// Version written to the file; readers of older versions stay beside the writer.
const FORMAT: u32 = 1;

/// Settings of a channel.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceConfig {
    format: u32,
    /// MASTER_HOST
    pub host: String,
    /// MASTER_PORT
    pub port: u16,
    /// MASTER_USER
    pub user: String,
    /// MASTER_PASSWORD
    pub password: String,
    /// MASTER_BIND
    pub bind: String,
    /// Source file a channel without relay log starts at; empty: the source's first.
    pub start_log_file: String,
    /// Position in `start_log_file`, bytes.
    pub start_log_pos: u64,
    /// MASTER_CONNECT_RETRY, seconds.
    pub connect_retry_s: u32,
    /// MASTER_RETRY_COUNT; 0 is without limit.
    pub retry_count: u64,
    /// MASTER_HEARTBEAT_PERIOD in milliseconds; `None`: half of `slave_net_timeout`.
    pub heartbeat_period_ms: Option<u64>,
    /// MASTER_DELAY, seconds.
    pub delay_s: u32,
    /// TLS options.
    pub tls: TlsConfig,
    /// MASTER_PUBLIC_KEY_PATH
    pub public_key_path: String,
    /// GET_MASTER_PUBLIC_KEY
    pub get_public_key: bool,
    /// MASTER_COMPRESSION_ALGORITHMS, e.g. `zlib,zstd,uncompressed`.
    pub compression_algorithms: String,
    /// MASTER_ZSTD_COMPRESSION_LEVEL
    pub zstd_compression_level: u8,
    /// IGNORE_SERVER_IDS
    pub ignore_server_ids: Vec<u32>,
    /// Number of the last CHANGE MASTER or RESET SLAVE. An applied position of another number belongs to a
    /// statement that a crash interrupted: then `start_*` is where to begin.
    pub change_number: u64,
    /// REQUIRE_ROW_FORMAT
    #[serde(default)]
    pub require_row_format: bool,
    /// REQUIRE_TABLE_PRIMARY_KEY_CHECK; empty: `STREAM`.
    #[serde(default)]
    pub primary_key_check: String,
    /// START SLAVE was asked for and not yet STOP: threads start again with the server.
    pub receiver_started: bool,
    /// As `receiver_started`, for the applier.
    pub applier_started: bool,
    /// The options that concern GTIDs.
    #[serde(default)]
    pub gtid: GtidConfig,
}

/// MASTER_SSL* options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TlsConfig {
    /// MASTER_SSL
    pub required: bool,
    /// MASTER_SSL_CA
    pub ca: String,
    /// MASTER_SSL_CAPATH
    pub capath: String,
    /// MASTER_SSL_CERT
    pub cert: String,
    /// MASTER_SSL_KEY
    pub key: String,
    /// MASTER_SSL_CIPHER
    pub cipher: String,
    /// MASTER_SSL_CRL
    pub crl: String,
    /// MASTER_SSL_CRLPATH
    pub crlpath: String,
    /// MASTER_SSL_VERIFY_SERVER_CERT
    pub verify_server_cert: bool,
    /// MASTER_TLS_VERSION
    pub version: String,
    /// MASTER_TLS_CIPHERSUITES
    pub ciphersuites: String,
}

impl Default for SourceConfig {
    fn default() -> Self {
        SourceConfig {
            format: FORMAT,
            host: String::new(),
            port: 3306,
            user: String::new(),
            password: String::new(),
            bind: String::new(),
            start_log_file: String::new(),
            start_log_pos: 4,
            connect_retry_s: 60,
            retry_count: 86400,
            heartbeat_period_ms: None,
            delay_s: 0,
            tls: TlsConfig::default(),
            public_key_path: String::new(),
            get_public_key: false,
            compression_algorithms: "uncompressed".into(),
            zstd_compression_level: 3,
            ignore_server_ids: Vec::new(),
            change_number: 0,
            require_row_format: false,
            primary_key_check: String::new(),
            receiver_started: false,
            applier_started: false,
            gtid: GtidConfig::default(),
        }
    }
}

impl fmt::Debug for SourceConfig {
    /// Names the source without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl SourceConfig {
    /// Takes over the options that were written; positions are the caller's business.
    pub fn merge(&mut self, change: &ChangeSource) {
        fn set<T: Clone>(slot: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                slot.clone_from(value);
            }
        }
        set(&mut self.host, &change.host);
        set(&mut self.port, &change.port);
        set(&mut self.user, &change.user);
        set(&mut self.password, &change.password);
        set(&mut self.bind, &change.bind);
        set(&mut self.connect_retry_s, &change.connect_retry_s);
        set(&mut self.retry_count, &change.retry_count);
        set(&mut self.delay_s, &change.delay_s);
        set(&mut self.require_row_format, &change.require_row_format);
        set(&mut self.primary_key_check, &change.primary_key_check);
        set(&mut self.tls.required, &change.ssl);
        set(&mut self.tls.ca, &change.ssl_ca);
        set(&mut self.tls.capath, &change.ssl_capath);
        set(&mut self.tls.cert, &change.ssl_cert);
        set(&mut self.tls.key, &change.ssl_key);
        set(&mut self.tls.cipher, &change.ssl_cipher);
        set(&mut self.tls.crl, &change.ssl_crl);
        set(&mut self.tls.crlpath, &change.ssl_crlpath);
        set(
            &mut self.tls.verify_server_cert,
            &change.ssl_verify_server_cert,
        );
        set(&mut self.tls.version, &change.tls_version);
        set(&mut self.tls.ciphersuites, &change.tls_ciphersuites);
        set(&mut self.public_key_path, &change.public_key_path);
        set(&mut self.get_public_key, &change.get_public_key);
        set(
            &mut self.compression_algorithms,
            &change.compression_algorithms,
        );
        set(
            &mut self.zstd_compression_level,
            &change.zstd_compression_level,
        );
        set(&mut self.ignore_server_ids, &change.ignore_server_ids);
        self.gtid.merge(change);
        if let Some(period_s) = change.heartbeat_period_s {
            // Less than a millisecond is none at all.
            let period_ms = if period_s < 0.001 {
                0.0
            } else {
                period_s * 1000.0
            };
            self.heartbeat_period_ms = Some(period_ms.round() as u64);
        }
    }

    /// The options as SHOW SLAVE STATUS needs them, without the password.
    pub fn shown(&self) -> ChangeSource {
        let mut shown = ChangeSource {
            host: Some(self.host.clone()),
            port: Some(self.port),
            user: Some(self.user.clone()),
            bind: Some(self.bind.clone()),
            connect_retry_s: Some(self.connect_retry_s),
            retry_count: Some(self.retry_count),
            heartbeat_period_s: self.heartbeat_period_ms.map(|ms| ms as f64 / 1000.0),
            delay_s: Some(self.delay_s),
            require_row_format: Some(self.require_row_format),
            primary_key_check: Some(match self.primary_key_check.as_str() {
                "" => "STREAM".to_owned(),
                check => check.to_owned(),
            }),
            ssl: Some(self.tls.required),
            ssl_ca: Some(self.tls.ca.clone()),
            ssl_capath: Some(self.tls.capath.clone()),
            ssl_cert: Some(self.tls.cert.clone()),
            ssl_key: Some(self.tls.key.clone()),
            ssl_cipher: Some(self.tls.cipher.clone()),
            ssl_crl: Some(self.tls.crl.clone()),
            ssl_crlpath: Some(self.tls.crlpath.clone()),
            ssl_verify_server_cert: Some(self.tls.verify_server_cert),
            tls_version: Some(self.tls.version.clone()),
            tls_ciphersuites: Some(self.tls.ciphersuites.clone()),
            public_key_path: Some(self.public_key_path.clone()),
            get_public_key: Some(self.get_public_key),
            compression_algorithms: Some(self.compression_algorithms.clone()),
            zstd_compression_level: Some(self.zstd_compression_level),
            ignore_server_ids: Some(self.ignore_server_ids.clone()),
            ..ChangeSource::default()
        };
        self.gtid.show(&mut shown);
        shown
    }

    /// Path of the file in `dir`.
    pub fn path(dir: &Path, channel: &str) -> PathBuf {
        dir.join(crate::names::config_file(channel))
    }

    /// Reads the file; `None` when no source was ever configured.
    pub fn load(dir: &Path, channel: &str) -> io::Result<Option<SourceConfig>> {
        let path = Self::path(dir, channel);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let invalid = |why: String| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {why}", path.display()),
            )
        };
        let config: SourceConfig =
            serde_json::from_slice(&bytes).map_err(|e| invalid(e.to_string()))?;
        if config.format != FORMAT {
            return Err(invalid(format!("format {} is not {FORMAT}", config.format)));
        }
        Ok(Some(config))
    }

    /// Replaces the file: temporary file with mode 0600, fsync, rename, fsync of the directory.
    pub fn save(&self, dir: &Path, channel: &str) -> io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = Self::path(dir, channel);
        let temporary = path.with_extension("json.tmp");
        let bytes = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        fs::File::open(dir)?.sync_all()
    }

    /// Removes the file (RESET SLAVE ALL).
    pub fn remove(dir: &Path, channel: &str) -> io::Result<()> {
        match fs::remove_file(Self::path(dir, channel)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::File::open(dir)?.sync_all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn file_round_trips_with_mode_0600_and_no_password_in_debug() {
        let dir = tempfile::tempdir().unwrap();
        assert!(SourceConfig::load(dir.path(), "").unwrap().is_none());
        let mut config = SourceConfig::default();
        config.merge(&ChangeSource {
            host: Some("h".into()),
            password: Some("s3cret".into()),
            heartbeat_period_s: Some(1.5),
            ..ChangeSource::default()
        });
        config.save(dir.path(), "").unwrap();
        assert_eq!(
            SourceConfig::load(dir.path(), "").unwrap().as_ref(),
            Some(&config)
        );
        let mode = fs::metadata(SourceConfig::path(dir.path(), ""))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{config:?}").contains("s3cret"));
        assert_eq!(config.shown().password, None);
        SourceConfig::remove(dir.path(), "").unwrap();
        SourceConfig::remove(dir.path(), "").unwrap();
        assert!(SourceConfig::load(dir.path(), "").unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(SourceConfig::path(dir.path(), ""), b"{\"format\":").unwrap();
        let error = SourceConfig::load(dir.path(), "").unwrap_err();
        assert!(
            error.to_string().contains("understudy-channel.json"),
            "{error}"
        );
    }
}
