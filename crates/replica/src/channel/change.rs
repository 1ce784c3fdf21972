//! CHANGE MASTER TO, CHANGE REPLICATION SOURCE TO.

use super::{Channel, locked};
use crate::config::SourceConfig;
use crate::error_log::{self, SourceState};
use crate::gtid::Retrieved;
use crate::state::SourcePosition;
use understudy_base::control::{ChangeSource, ThreadError};
use understudy_base::error::MysqlError;

impl Channel {
    /// CHANGE MASTER TO
    pub fn change_source(&self, change: &ChangeSource) -> Result<Vec<MysqlError>, MysqlError> {
        refuse_unsupported(change)?;
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        let delay_only = *change
            == ChangeSource {
                delay_s: change.delay_s,
                ..ChangeSource::default()
            };
        if administration.applier.is_some() {
            return Err(MysqlError::new(
                3085,
                format!(
                    "This operation cannot be performed with a running replica sql thread; run STOP REPLICA SQL_THREAD \
                     FOR CHANNEL '{}' first.",
                    self.name
                ),
            ));
        }
        if administration.receiver.is_some() && !delay_only {
            return Err(MysqlError::new(
                3021,
                format!(
                    "This operation cannot be performed with a running replica io thread; run STOP REPLICA IO_THREAD \
                     FOR CHANNEL '{}' first.",
                    self.name
                ),
            ));
        }
        if administration.receiver.is_some() {
            // The applier's affair alone: what was received stays.
            if let Some(config) = &mut administration.config {
                config.merge(change);
            }
            self.save(&administration)?;
            return Ok(Vec::new());
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
        let notes = config.gtid.check(change, mode, false, &self.name)?;
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
        bind: "",
    }
}

/// Options that this version does not honour are refused by name, never taken and forgotten.
fn refuse_unsupported(change: &ChangeSource) -> Result<(), MysqlError> {
    let set = |value: &Option<String>| value.as_ref().is_some_and(|v| !v.is_empty());
    let unsupported = [
        (set(&change.bind), "MASTER_BIND"),
        (set(&change.ssl_capath), "MASTER_SSL_CAPATH"),
        (set(&change.ssl_crl), "MASTER_SSL_CRL"),
        (set(&change.ssl_crlpath), "MASTER_SSL_CRLPATH"),
        (set(&change.ssl_cipher), "MASTER_SSL_CIPHER"),
        (set(&change.tls_ciphersuites), "MASTER_TLS_CIPHERSUITES"),
        (change.relay_log_file.is_some(), "RELAY_LOG_FILE"),
        (change.relay_log_pos.is_some(), "RELAY_LOG_POS"),
    ];
    match unsupported.iter().find(|(set, _)| *set) {
        Some((_, option)) => Err(MysqlError::new(
            1235,
            format!("This version of Understudy doesn't yet support 'CHANGE MASTER TO {option}'"),
        )),
        None => Ok(()),
    }
}
