//! CHANGE MASTER TO, CHANGE REPLICATION SOURCE TO.

use super::{Administration, Channel, locked};
use crate::apply::relay_position;
use crate::config::SourceConfig;
use crate::error_log::{self, SourceState};
use crate::gtid::Retrieved;
use crate::state::SourcePosition;
use std::sync::atomic::Ordering;
use understudy_base::control::{ChangeSource, ThreadError};
use understudy_base::error::MysqlError;

/// What a statement changes, by the thread whose it is.
struct Parts {
    /// Options of the applier: it must not run.
    applier: bool,
    /// Options of the receiver: it must not run. (What REQUIRE_ROW_FORMAT asks it asks of both.)
    receiver: bool,
    /// Where to read from.
    position: bool,
}

impl Parts {
    fn of(change: &ChangeSource) -> Parts {
        let applier = ChangeSource {
            delay_s: change.delay_s,
            relay_log_file: change.relay_log_file.clone(),
            relay_log_pos: change.relay_log_pos,
            require_row_format: change.require_row_format,
            primary_key_check: change.primary_key_check.clone(),
            assign_gtids: change.assign_gtids.clone(),
            ..ChangeSource::default()
        };
        let rest = ChangeSource {
            delay_s: None,
            relay_log_file: None,
            relay_log_pos: None,
            primary_key_check: None,
            assign_gtids: None,
            ..change.clone()
        };
        Parts {
            applier: applier != ChangeSource::default(),
            receiver: rest != ChangeSource::default(),
            position: change.host.is_some()
                || change.port.is_some()
                || change.log_file.is_some()
                || change.log_pos.is_some()
                || change.auto_position.is_some()
                || change.use_gtid.is_some()
                || change.gtid_only.is_some(),
        }
    }
}

impl Channel {
    /// Refuses what a running thread does not allow. While the applier runs, what is received goes on where it
    /// stands: only options that do not say where that is can change.
    fn refuse_running(
        &self,
        parts: &Parts,
        receiver: bool,
        applier: bool,
    ) -> Result<(), MysqlError> {
        let name = &self.name;
        let refused = |errno: u16, what: &str, stop: &str, end: &str| {
            Err(MysqlError::new(
                errno,
                format!(
                    "This operation cannot be performed with {what}; run STOP REPLICA{stop} FOR CHANNEL '{name}' \
                     first{end}"
                ),
            ))
        };
        if applier && (parts.applier || parts.position) {
            return refused(3085, "a running replica sql thread", " SQL_THREAD", ".");
        }
        if receiver && parts.receiver {
            return refused(3021, "a running replica io thread", " IO_THREAD", ".");
        }
        Ok(())
    }

    /// CHANGE MASTER TO
    pub fn change_source(&self, change: &ChangeSource) -> Result<Vec<MysqlError>, MysqlError> {
        check_values(change, &self.name)?;
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        let receiver = administration.receiver.is_some();
        let applier = administration.applier.is_some();
        self.refuse_running(&Parts::of(change), receiver, applier)?;
        let mut notes = self.heartbeat_warnings(change);
        if receiver || applier {
            // What was received stays.
            if let Some(config) = &mut administration.config {
                let mut changed = config.clone();
                changed.merge(change);
                let mode = self.options.gtid_mode.mode();
                let row_format = changed.require_row_format;
                notes.extend(changed.gtid.check(change, mode, row_format, &self.name)?);
                *config = changed;
            }
            self.save(&administration)?;
            if change.relay_log_file.is_some() || change.relay_log_pos.is_some() {
                self.move_applier(change)?;
            }
            return Ok(notes);
        }
        if change.relay_log_file.is_some() || change.relay_log_pos.is_some() {
            return self.change_relay_position(&mut administration, change, notes);
        }
        let mut config = administration.config.clone().unwrap_or_default();
        let moved = change.host.as_ref().is_some_and(|h| *h != config.host)
            || change.port.is_some_and(|p| p != config.port);
        let applied = self.state.lock().applied.source.clone();
        let (file, pos) = match (&change.log_file, change.log_pos) {
            (None, None) if moved => (String::new(), 4),
            (None, None) => (applied.file, applied.pos.max(4)),
            // As the real server: the first event is at 4, a lower position means it.
            (None, Some(pos)) => (applied.file, pos.max(4)),
            (Some(file), pos) => (file.clone(), pos.unwrap_or(4).max(4)),
        };
        let before = config.clone();
        config.merge(change);
        let mode = self.options.gtid_mode.mode();
        let row_format = config.require_row_format;
        notes.extend(config.gtid.check(change, mode, row_format, &self.name)?);
        config.start_log_file.clone_from(&file);
        config.start_log_pos = pos;
        config.change_number += 1;
        let change_number = config.change_number;
        self.filters.channel(&self.name);
        // The order survives a crash: settings, then an empty relay log, then the position. A position of
        // an older change number shows that the change was interrupted; the next start finishes it.
        let after = config.clone();
        let received = self.state.lock().received.clone();
        administration.config = Some(config);
        self.save(&administration)?;
        self.relay
            .reset()
            .map_err(|e| MysqlError::new(1595, format!("Relay log write failure: {e}")))?;
        self.state.ledger.discard_waiting();
        self.state.waterfall.reset();
        let applied = self.set_applied(SourcePosition { file, pos }, change_number)?;
        *self.state.retrieved() = Retrieved::default();
        self.state.update(|p| {
            p.received = applied.source.clone();
            p.applied = applied;
            p.receiver_error = ThreadError::default();
            p.applier_error = ThreadError::default();
        });
        error_log::source_changed(
            &self.name,
            &source_state(&before, &received),
            &source_state(&after, &self.state.lock().received),
        );
        Ok(notes)
    }
}

/// As the error log describes a source.
fn source_state<'a>(config: &'a SourceConfig, position: &'a SourcePosition) -> SourceState<'a> {
    SourceState {
        host: &config.host,
        port: config.port,
        position,
        bind: &config.bind,
    }
}

impl Channel {
    /// RELAY_LOG_FILE, RELAY_LOG_POS with both threads stopped: the relay log stays as it is, and so does what the
    /// receiver goes on from.
    fn change_relay_position(
        &self,
        administration: &mut Administration,
        change: &ChangeSource,
        mut notes: Vec<MysqlError>,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        if Parts::of(change).position {
            return Err(MysqlError::new(
                1235,
                "This version of Understudy doesn't yet support 'RELAY_LOG_FILE and RELAY_LOG_POS together with a host, \
                 a port or a position of the source'",
            ));
        }
        let mut config = administration.config.clone().unwrap_or_default();
        config.merge(change);
        let mode = self.options.gtid_mode.mode();
        let row_format = config.require_row_format;
        notes.extend(config.gtid.check(change, mode, row_format, &self.name)?);
        self.move_applier(change)?;
        administration.config = Some(config);
        self.save(administration)?;
        Ok(notes)
    }

    /// Lets the applier go on from another position of the relay log.
    fn move_applier(&self, change: &ChangeSource) -> Result<(), MysqlError> {
        let mut applied = self.state.lock().applied.clone();
        if let Some(file) = &change.relay_log_file {
            let name = file.rsplit('/').next().unwrap_or(file);
            applied.relay_file = name.to_owned();
            applied.relay_pos = 4;
        }
        if let Some(pos) = change.relay_log_pos {
            applied.relay_pos = pos.max(4);
        }
        let named = self.relay.segment_number(&applied.relay_file).is_some();
        if !named || !self.relay.covers(relay_position(&self.relay, &applied)) {
            return Err(MysqlError::new(
                1380,
                "Failed initializing relay log position: Could not find target log file mentioned in applier metadata \
                 in the index file during relay log initialization",
            ));
        }
        let before = self.state.lock().applied.clone();
        let from = relay_position(&self.relay, &before);
        let to = relay_position(&self.relay, &applied);
        let between = crate::receiver::events_between(&self.relay, from.min(to), from.max(to));
        self.store_applied(&applied)?;
        match between {
            Ok(events) => self.state.ledger.moved(&events, from < to),
            // A place inside of an event: the applier will not start there.
            Err(error) => tracing::warn!("events before the relay log position: {error}"),
        }
        self.state.update(|p| {
            p.applied = applied;
            p.applier_error = ThreadError::default();
        });
        Ok(())
    }

    fn heartbeat_warnings(&self, change: &ChangeSource) -> Vec<MysqlError> {
        let Some(period_s) = change.heartbeat_period_s else {
            return Vec::new();
        };
        let timeout_s = f64::from(self.options.net_timeout_s.load(Ordering::Relaxed));
        let warning = |errno, text: &str| vec![MysqlError::new(errno, text)];
        if period_s > 0.0 && period_s < 0.001 {
            return warning(
                1703,
                "The requested value for the heartbeat period is less than 1 millisecond. The value is reset to 0, \
                 meaning that heartbeating will effectively be disabled.",
            );
        }
        if period_s > timeout_s {
            return warning(
                1704,
                "The requested value for the heartbeat period exceeds the value of `replica_net_timeout' seconds. A \
                 sensible value for the period should be less than the timeout.",
            );
        }
        Vec::new()
    }
}

/// Most characters of a password.
const PASSWORD_CHARACTERS: usize = 32;
/// Most algorithms of a list, and the greatest level of zstd.
const ALGORITHMS: usize = 3;
const ZSTD_LEVEL: u8 = 22;

/// Values that no source could make right.
fn check_values(change: &ChangeSource, channel: &str) -> Result<(), MysqlError> {
    let wrong = |errno: u16, text: String| Err(MysqlError::new(errno, text));
    if change.host.as_ref().is_some_and(String::is_empty) {
        return wrong(1210, "Incorrect arguments to SOURCE_HOST".to_owned());
    }
    let password = change.password.as_deref().unwrap_or_default();
    if password.chars().count() > PASSWORD_CHARACTERS {
        return wrong(
            3056,
            format!(
                "The password provided for the replication user exceeds the maximum length of {PASSWORD_CHARACTERS} \
                 characters"
            ),
        );
    }
    if let Some(list) = &change.compression_algorithms {
        let names: Vec<&str> = list.split(',').map(str::trim).collect();
        if names.len() > ALGORITHMS {
            return wrong(
                3924,
                format!(
                    "Specified compression algorithm list '{list}' exceeds total count of {ALGORITHMS} for channel \
                     '{channel}'."
                ),
            );
        }
        let known = |name: &str| {
            ["zlib", "zstd", "uncompressed"]
                .iter()
                .any(|k| name.eq_ignore_ascii_case(k))
        };
        if let Some(name) = names.iter().find(|name| !known(name)) {
            return wrong(
                3920,
                format!("Invalid SOURCE_COMPRESSION_ALGORITHMS '{name}' for channel '{channel}'."),
            );
        }
    }
    if let Some(level) = change.zstd_compression_level.filter(|l| *l > ZSTD_LEVEL) {
        return wrong(
            3921,
            format!("Invalid SOURCE_ZSTD_COMPRESSION_LEVEL {level} for channel '{channel}'."),
        );
    }
    Ok(())
}
