//! One channel: its settings, its relay log, its two threads, and the statements that drive them.
//!
//! One lock (`administration`) serialises CHANGE MASTER, START, STOP and RESET; the running threads never
//! take it. Statuses are read from the published state without it.

mod change;

use crate::apply::workers::at_work;
use crate::apply::{Applier, applied_position, applied_state, relay_position};
use crate::apply_options::Requirements;
use crate::config::SourceConfig;
use crate::error::now_s;
use crate::filter::book::FilterBook;
use crate::gtid::{AssignGtids, GtidMode, GtidState, Retrieved, UseGtid, check_until};
use crate::ledger::Outcome;
use crate::names;
use crate::options::ReplicaOptions;
use crate::progress::ReceiverProgress;
use crate::receiver::{Receiver, ReceiverGtids};
use crate::state::{AppliedPosition, ChannelState, SourcePosition, StopFlag};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use understudy_base::control::{
    ChangeSource, ChannelStatus, LogEventRow, ReceiverState, ReplicationProcess, StartOptions,
    ThreadError, ThreadKind, Threads, Until,
};
use understudy_base::error::MysqlError;
use understudy_base::gtid::MariadbGtidList;
use understudy_event_log::{RelayLog, RelayOptions};
use understudy_storage::Store;

struct Running {
    stop: Arc<StopFlag>,
    handle: JoinHandle<()>,
}

#[derive(Default)]
struct Administration {
    config: Option<SourceConfig>,
    receiver: Option<Running>,
    applier: Option<Running>,
}

/// A channel.
pub(crate) struct Channel {
    /// Lower-cased; empty for the default channel.
    name: String,
    store: Store,
    options: Arc<ReplicaOptions>,
    state: Arc<ChannelState>,
    relay: RelayLog,
    administration: Mutex<Administration>,
    /// The settings as last saved, for status readers.
    shown: Mutex<Option<SourceConfig>>,
    until: Mutex<Option<Until>>,
    /// Of all channels.
    filters: Arc<FilterBook>,
    /// The server's GTIDs.
    gtids: Arc<GtidState>,
}

/// Why replication could not be opened.
#[derive(Debug)]
pub struct OpenError(pub String);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking holder leaves are plain values.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Channel {
    /// Opens the relay log (repairing what a crash left) and the channel's settings; starts nothing.
    pub fn open(
        name: &str,
        store: Store,
        options: Arc<ReplicaOptions>,
        filters: Arc<FilterBook>,
        gtids: Arc<GtidState>,
    ) -> Result<Channel, OpenError> {
        let datadir = &options.datadir;
        let config = SourceConfig::load(datadir, name).map_err(|e| OpenError(e.to_string()))?;
        let relay_options = RelayOptions {
            max_relay_log_size: options.max_relay_log_size,
            relay_log_space_limit: options.relay_log_space_limit,
            sync_relay_log: options.sync_relay_log,
            relay_log_purge: options.relay_log_purge,
            server_id: options.server_id,
            index_name: names::relay_log_index(options.relay_log_index.as_deref(), name),
            ..RelayOptions::default()
        };
        let relay_log = names::relay_log(&options.relay_log, name);
        let (relay, recovery) = RelayLog::open(datadir, &relay_log, relay_options)
            .map_err(|e| OpenError(format!("relay log: {e}")))?;
        for cut in &recovery.truncated {
            tracing::warn!(
                "relay log recovery: {} bytes cut at {} ({:?})",
                cut.bytes,
                cut.at,
                cut.failure
            );
        }
        for name in recovery.left_alone.iter().chain(&recovery.missing) {
            tracing::warn!("relay log recovery: '{name}' and the index do not agree");
        }
        let applied = applied_position(&store, name)
            .map_err(|e| OpenError(e.message))?
            .unwrap_or_default();
        let state = Arc::new(ChannelState::default());
        let channel = Channel {
            name: name.to_owned(),
            filters,
            gtids,
            store,
            options,
            state,
            relay,
            administration: Mutex::new(Administration {
                config: config.clone(),
                ..Administration::default()
            }),
            shown: Mutex::new(config),
            until: Mutex::new(None),
        };
        let applied = channel.finish_change(applied)?;
        let applied = channel.reconcile(applied)?;
        let received = channel.received(&applied);
        let at = relay_position(&channel.relay, &applied);
        let (held, read) = crate::receiver::held(&channel.relay, at);
        if let Err(error) = read {
            tracing::error!("relay log, read at the server's start: {error}");
        }
        *channel.state.retrieved() = held.retrieved;
        channel.state.ledger.found(&held.events);
        channel.state.update(|p| {
            p.applied = applied;
            p.received = received;
        });
        Ok(channel)
    }

    /// Redoes what a crash inside CHANGE MASTER or RESET SLAVE left undone.
    fn finish_change(&self, applied: AppliedPosition) -> Result<AppliedPosition, OpenError> {
        let Some(config) = locked(&self.shown).clone() else {
            return Ok(applied);
        };
        if config.change_number == applied.change_number {
            return Ok(applied);
        }
        self.relay
            .reset()
            .map_err(|e| OpenError(format!("relay log: {e}")))?;
        let start = SourcePosition {
            file: config.start_log_file,
            pos: config.start_log_pos,
        };
        self.set_applied(start, config.change_number)
            .map_err(|e| OpenError(e.message))
    }

    /// After a power cut the relay log may end before what the store has applied, and after a change of
    /// `relay_log` it may be another log: then it is discarded and the receiver starts at the applied
    /// position (T17).
    fn reconcile(&self, applied: AppliedPosition) -> Result<AppliedPosition, OpenError> {
        let named = self.relay.segment_number(&applied.relay_file).is_some();
        let covered = named && self.relay.covers(relay_position(&self.relay, &applied));
        if applied.relay_file.is_empty() || covered {
            return Ok(applied);
        }
        tracing::warn!(
            "relay log position {}:{} of the applier is not in the relay log; reading again from {}:{}",
            applied.relay_file,
            applied.relay_pos,
            applied.source.file,
            applied.source.pos
        );
        self.relay
            .reset()
            .map_err(|e| OpenError(format!("relay log: {e}")))?;
        self.set_applied(applied.source, applied.change_number)
            .map_err(|e| OpenError(e.message))
    }

    /// Where the receiver stands: as the relay log says, else where the applier does.
    fn received(&self, applied: &AppliedPosition) -> SourcePosition {
        match self.relay.published().received {
            Some(at) => SourcePosition {
                file: at.file.to_string(),
                pos: at.pos,
            },
            None => applied.source.clone(),
        }
    }

    /// Stores an applied position at the beginning of an emptied relay log.
    fn set_applied(
        &self,
        source: SourcePosition,
        change_number: u64,
    ) -> Result<AppliedPosition, MysqlError> {
        let first = self.relay.first_position();
        let applied = AppliedPosition {
            relay_file: self.relay.file_name(first.segment),
            relay_pos: first.pos,
            source,
            change_number,
        };
        self.store_applied(&applied)?;
        Ok(applied)
    }

    /// Stores an applied position durably.
    fn store_applied(&self, applied: &AppliedPosition) -> Result<(), MysqlError> {
        let mut writer = self.store.writer();
        writer.set_state(&applied_state(&self.name), &applied.to_bytes());
        writer
            .commit()
            .map_err(|e| MysqlError::new(1030, e.to_string()))?;
        drop(writer);
        self.store
            .persist()
            .map_err(|e| MysqlError::new(1030, e.to_string()))?;
        Ok(())
    }

    /// Starts again what was running when the server went down, unless `skip_slave_start` is set.
    pub fn resume(&self) {
        let Some(config) = locked(&self.shown).clone() else {
            return;
        };
        if self.options.skip_start {
            return;
        }
        let threads = Threads {
            receiver: config.receiver_started,
            applier: config.applier_started,
        };
        if (threads.receiver || threads.applier)
            && let Err(error) = self.start(&StartOptions {
                threads,
                ..StartOptions::default()
            })
        {
            tracing::error!("replication does not start again: {error}");
        }
    }

    /// Stops both threads for the server's end; they start again with it.
    pub fn shut_down(&self) {
        let mut administration = locked(&self.administration);
        self.stop_threads(&mut administration, Threads::BOTH);
        drop(administration);
        if let Err(error) = self.relay.sync() {
            tracing::error!("relay log at shutdown: {error}");
        }
        if let Err(error) = self.store.persist() {
            tracing::error!("store at shutdown: {error}");
        }
    }

    fn save(&self, administration: &Administration) -> Result<(), MysqlError> {
        let dir = &self.options.datadir;
        let result = match &administration.config {
            Some(config) => config.save(dir, &self.name),
            None => SourceConfig::remove(dir, &self.name),
        };
        result.map_err(|e| {
            MysqlError::new(
                1201,
                format!("Could not initialize master info structure: {e}"),
            )
        })?;
        *locked(&self.shown) = administration.config.clone();
        Ok(())
    }

    fn stop_threads(&self, administration: &mut Administration, threads: Threads) {
        let mut stopping = Vec::new();
        if threads.receiver {
            stopping.extend(administration.receiver.take());
        }
        if threads.applier {
            stopping.extend(administration.applier.take());
        }
        for running in &stopping {
            self.relay.stop_waiting(running.stop.flag());
            running.stop.stop();
        }
        for running in stopping {
            if running.handle.join().is_err() {
                tracing::error!("a replication thread panicked");
            }
        }
    }

    /// Forgets threads that ended by themselves.
    fn reap(administration: &mut Administration) {
        for slot in [&mut administration.receiver, &mut administration.applier] {
            if slot
                .as_ref()
                .is_some_and(|running| running.handle.is_finished())
                && let Some(running) = slot.take()
                && running.handle.join().is_err()
            {
                tracing::error!("a replication thread panicked");
            }
        }
    }

    fn start_receiver(
        &self,
        administration: &mut Administration,
        config: &SourceConfig,
        until_gtid_pos: Option<MariadbGtidList>,
    ) -> Result<(), MysqlError> {
        let stored = administration.config.as_ref();
        let account_given =
            stored.is_some_and(|c| c.user != config.user || c.password != config.password);
        let stop = Arc::new(StopFlag::default());
        let applied = self.state.lock().applied.source.clone();
        let start = if applied.file.is_empty() {
            SourcePosition {
                file: config.start_log_file.clone(),
                pos: config.start_log_pos,
            }
        } else {
            applied
        };
        let receiver = Receiver {
            channel: self.name.clone(),
            config: config.clone(),
            options: self.options.clone(),
            relay: self.relay.clone(),
            state: self.state.clone(),
            stop: stop.clone(),
            start,
            progress: ReceiverProgress::new(account_given),
            gtid: ReceiverGtids::new(self.gtids.clone(), until_gtid_pos),
        };
        self.state.update(|p| {
            p.receiver = ReceiverState::Connecting;
            p.receiver_error = ThreadError::default();
            p.receiver_id = self.options.process_ids.next();
            p.receiver_since = Some(Instant::now());
        });
        let handle = spawn("receiver", move || receiver.run())?;
        administration.receiver = Some(Running { stop, handle });
        Ok(())
    }

    fn start_applier(
        &self,
        administration: &mut Administration,
        until: Option<Until>,
    ) -> Result<(), MysqlError> {
        let stop = Arc::new(StopFlag::default());
        (*locked(&self.until)).clone_from(&until);
        let config = administration.config.as_ref();
        let delay_s = config.map_or(0, |c| c.delay_s);
        let assign_gtids = config.map_or(AssignGtids::Off, |c| c.gtid.assign.clone());
        let applier = Applier {
            channel: self.name.clone(),
            store: self.store.clone(),
            relay: self.relay.clone(),
            state: self.state.clone(),
            options: self.options.clone(),
            stop: stop.clone(),
            until,
            filters: self.filters.channel(&self.name),
            gtids: self.gtids.clone(),
            assign_gtids,
            requirements: config.map_or_else(Requirements::default, |c| Requirements {
                row_format: c.require_row_format,
                primary_key: c.primary_key_check == "ON",
            }),
            delay_s,
            parallel: self.options.parallel.now(),
            skip_counter: self.options.skip_counter.swap(0, Ordering::Relaxed),
        };
        self.state.update(|p| {
            p.applier_running = true;
            p.applier_error = ThreadError::default();
            p.applier_id = self.options.process_ids.next();
            p.applier_since = Some(Instant::now());
            p.applier_event_s = 0;
        });
        let handle = spawn("applier", move || {
            applier.run();
        })?;
        administration.applier = Some(Running { stop, handle });
        Ok(())
    }

    /// The period in force: half of `replica_net_timeout` unless one was set.
    fn heartbeat_period_s(&self, config: &SourceConfig) -> f64 {
        let timeout_s = self.options.net_timeout_s.load(Ordering::Relaxed);
        let set = config.shown().heartbeat_period_s;
        set.unwrap_or_else(|| f64::from(timeout_s) / 2.0)
    }

    fn seconds_behind(&self, p: &crate::state::Published) -> Option<u64> {
        if !p.applier_running {
            return None;
        }
        if p.applying_timestamp_s == 0 {
            // Caught up with the relay log: 0, unless the receiver cannot say whether there is more.
            return (p.receiver == ReceiverState::Running).then_some(0);
        }
        let behind = now_s() as i64 - p.applying_timestamp_s as i64 + p.clock_difference_s;
        Some(u64::try_from(behind).unwrap_or(0))
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, MysqlError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|e| MysqlError::new(1135, format!("Can't create a new thread ({e})")))
}

impl Channel {
    /// START SLAVE
    pub fn start(&self, options: &StartOptions) -> Result<Vec<MysqlError>, MysqlError> {
        let threads = options.threads;
        let authenticates =
            options.user.is_some() || options.password.is_some() || options.default_auth.is_some();
        if authenticates && !threads.receiver {
            return Err(MysqlError::new(
                1763,
                "Setting authentication options is not possible when only the Replica SQL Thread is being started.",
            ));
        }
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        let Some(mut config) = administration.config.clone().filter(|c| !c.host.is_empty()) else {
            return Err(MysqlError::new(
                1200,
                "The server is not configured as replica; fix in config file or with CHANGE REPLICATION SOURCE TO",
            ));
        };
        if config.gtid.assign != AssignGtids::Off && self.options.gtid_mode.mode() != GtidMode::On {
            return Err(MysqlError::new(
                4013,
                format!(
                    "Replication cannot start for channel '{}' with ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = \
                     LOCAL|<UUID> as this server uses @@GLOBAL.GTID_MODE <> ON.",
                    self.name
                ),
            ));
        }
        let until_gtid_pos = check_until(options, &config.gtid)?;
        let mut notes = Vec::new();
        let running = (administration.receiver.is_some() || !threads.receiver)
            && (administration.applier.is_some() || !threads.applier);
        if running {
            notes.push(MysqlError::new(
                3083,
                // The real server's spelling.
                format!(
                    "Replication thread(s) for channel '{}' are already runnning.",
                    self.name
                ),
            ));
        }
        config.receiver_started |= threads.receiver;
        config.applier_started |= threads.applier;
        administration.config = Some(config.clone());
        self.save(&administration)?;
        if threads.receiver && administration.receiver.is_none() {
            // For this run only: they are not stored.
            if let Some(user) = &options.user {
                config.user.clone_from(user);
            }
            if let Some(password) = &options.password {
                config.password.clone_from(password);
            }
            if let Some(shown) = &mut *locked(&self.shown) {
                shown.user.clone_from(&config.user);
            }
            self.start_receiver(&mut administration, &config, until_gtid_pos)?;
        }
        if threads.applier && administration.applier.is_none() {
            self.start_applier(&mut administration, options.until.clone())?;
        }
        Ok(notes)
    }

    /// STOP SLAVE
    pub fn stop(&self, threads: Threads) -> Result<Vec<MysqlError>, MysqlError> {
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        let mut notes = Vec::new();
        let idle = (administration.receiver.is_none() || !threads.receiver)
            && (administration.applier.is_none() || !threads.applier);
        if idle {
            notes.push(MysqlError::new(
                3084,
                format!(
                    "Replication thread(s) for channel '{}' are already stopped.",
                    self.name
                ),
            ));
        }
        if let Some(config) = &mut administration.config {
            config.receiver_started &= !threads.receiver;
            config.applier_started &= !threads.applier;
            self.save(&administration)?;
        }
        self.stop_threads(&mut administration, threads);
        Ok(notes)
    }

    /// RESET SLAVE, or RESET SLAVE ALL
    pub fn reset(&self, all: bool) -> Result<(), MysqlError> {
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        if administration.receiver.is_some() || administration.applier.is_some() {
            return Err(MysqlError::new(
                3081,
                format!(
                    "This operation cannot be performed with running replication threads; run STOP REPLICA FOR CHANNEL \
                     '{}' first",
                    self.name
                ),
            ));
        }
        let mut config = administration.config.clone().unwrap_or_default();
        config.start_log_file = String::new();
        config.start_log_pos = 4;
        config.change_number += 1;
        let change_number = config.change_number;
        administration.config = Some(config);
        self.save(&administration)?;
        self.relay
            .reset()
            .map_err(|e| MysqlError::new(1595, format!("Relay log write failure: {e}")))?;
        self.state.ledger.discard_waiting();
        self.state.waterfall.reset();
        let number = if all { 0 } else { change_number };
        let applied = self.set_applied(
            SourcePosition {
                file: String::new(),
                pos: 4,
            },
            number,
        )?;
        *self.state.retrieved() = Retrieved::default();
        if all {
            administration.config = None;
            self.save(&administration)?;
            self.filters.forget(&self.name);
        }
        self.state.update(|p| {
            p.received = applied.source.clone();
            p.applied = applied;
            p.receiver_error = ThreadError::default();
            p.applier_error = ThreadError::default();
            p.source_server_id = 0;
            p.source_uuid = String::new();
        });
        Ok(())
    }

    /// Everything SHOW SLAVE STATUS shows; `None` when no source is configured.
    pub fn status(&self) -> Option<ChannelStatus> {
        let config = locked(&self.shown).clone()?;
        let p = self.state.lock().clone();
        let workers = at_work(&p);
        let relay_file = match p.applied.relay_file.is_empty() {
            true => self.relay.file_name(self.relay.first_position().segment),
            false => p.applied.relay_file.clone(),
        };
        let retrieved_gtid_set = self.state.retrieved().set.to_string();
        Some(ChannelStatus {
            channel: self.name.clone(),
            source: ChangeSource {
                heartbeat_period_s: Some(self.heartbeat_period_s(&config)),
                ..config.shown()
            },
            receiver: p.receiver,
            applier_running: p.applier_running,
            receiver_id: (p.receiver != ReceiverState::Stopped).then_some(p.receiver_id),
            applier_id: p.applier_running.then_some(p.applier_id),
            receiver_state: p.receiver_state.to_owned(),
            applier_state: p.applier_state.to_owned(),
            source_log_file: p.received.file.clone(),
            read_source_log_pos: p.received.pos,
            relay_log_file: relay_file,
            relay_log_pos: p.applied.relay_pos.max(4),
            relay_source_log_file: p.applied.source.file.clone(),
            exec_source_log_pos: p.applied.source.pos,
            relay_log_space: self.relay.relay_log_space(),
            until: locked(&self.until).clone(),
            seconds_behind: self.seconds_behind(&p),
            receiver_error: p.receiver_error,
            applier_error: p.applier_error,
            skip_counter: p.skip_counter,
            remaining_delay_s: p.delayed_until_s.map(|until| until.saturating_sub(now_s())),
            source_server_id: p.source_server_id,
            source_uuid: p.source_uuid,
            retrieved_gtid_set,
            executed_gtid_set: self.gtids.read(|gtids| gtids.executed.to_string()),
            gtid_io_pos: self.gtid_io_pos(&config).to_string(),
            source_version: p.source_version,
            source_connection_id: p.source_connection_id,
            received_heartbeats: p.received_heartbeats,
            last_heartbeat_us: p.last_heartbeat_us,
            filters: self.filters.channel(&self.name).texts(),
            queueing: p.queueing,
            applying: p.applying,
            workers,
            transaction_retries: p.transaction_retries,
            skipped_errors: p.skipped_errors,
            groups: p.groups,
            executed_events: [Outcome::Applied, Outcome::Filtered, Outcome::Ignored]
                .map(|outcome| self.state.ledger.total(outcome))
                .iter()
                .sum(),
            received_event_s: p.received_event_s,
            applied_event_s: p.applied_event_s,
        })
    }

    /// `Gtid_IO_Pos` of MariaDB: what was received.
    fn gtid_io_pos(&self, config: &SourceConfig) -> MariadbGtidList {
        if config.gtid.use_gtid == UseGtid::No {
            return MariadbGtidList::new();
        }
        let mut position = self.gtids.read(|gtids| gtids.slave_pos.clone());
        for gtid in self.state.retrieved().position.iter() {
            position.advance(*gtid);
        }
        position
    }

    /// The server's `gtid_slave_pos` was set: what a channel that follows it has received and not applied is of no use
    /// any more. Its threads do not run.
    pub fn discard_received(&self) -> Result<(), MysqlError> {
        let administration = locked(&self.administration);
        let follows = |config: &SourceConfig| config.gtid.use_gtid != UseGtid::No;
        if !administration.config.as_ref().is_some_and(follows) {
            return Ok(());
        }
        self.relay
            .reset()
            .map_err(|e| MysqlError::new(1595, format!("Relay log write failure: {e}")))?;
        let before = self.state.lock().applied.clone();
        let applied = self.set_applied(before.source, before.change_number)?;
        *self.state.retrieved() = Retrieved::default();
        self.state.update(|p| {
            p.received = applied.source.clone();
            p.applied = applied;
        });
        Ok(())
    }

    /// Rows of SHOW PROCESSLIST.
    pub fn processes(&self) -> Vec<ReplicationProcess> {
        let p = self.state.lock().clone();
        let workers = at_work(&p);
        let since = |at: Option<Instant>| at.map_or(0, |at| at.elapsed().as_secs() as i64);
        let mut rows = Vec::new();
        if p.receiver != ReceiverState::Stopped {
            rows.push(ReplicationProcess {
                id: p.receiver_id,
                kind: ThreadKind::Receiver,
                parent: None,
                time_s: since(p.receiver_since),
                state: p.receiver_state.to_owned(),
                command: "Connect",
                info: None,
            });
        }
        if p.applier_running {
            // As the real thread's: since the event it is at was logged, by the clocks as they are.
            let at_s = match p.applying_timestamp_s {
                0 => p.applier_event_s,
                applying_s => applying_s,
            };
            rows.push(ReplicationProcess {
                id: p.applier_id,
                kind: ThreadKind::Applier,
                parent: None,
                time_s: match at_s {
                    0 => since(p.applier_since),
                    at_s => now_s() as i64 - at_s as i64,
                },
                state: p.applier_state.to_owned(),
                command: "Query",
                info: p.applying_statement,
            });
        }
        for worker in workers.iter().filter(|w| w.running) {
            let at_s = worker.event_timestamp_s;
            rows.push(ReplicationProcess {
                id: worker.process_id,
                kind: ThreadKind::Worker,
                parent: Some(p.applier_id),
                time_s: if at_s == 0 {
                    since(p.applier_state_since)
                } else {
                    now_s() as i64 - at_s as i64
                },
                state: worker.state.to_owned(),
                command: if at_s == 0 { "Connect" } else { "Query" },
                info: None,
            });
        }
        rows
    }

    /// KILL: false when the id is of none of the channel's threads.
    pub fn kill(&self, id: u64, query_only: bool) -> bool {
        let p = self.state.lock().clone();
        let administration = locked(&self.administration);
        let running = if p.receiver != ReceiverState::Stopped && p.receiver_id == id {
            if query_only {
                return true;
            }
            &administration.receiver
        } else if p.applier_running && p.applier_id == id {
            &administration.applier
        } else {
            return false;
        };
        if let Some(running) = running {
            running.stop.set_killed();
            self.relay.stop_waiting(running.stop.flag());
            running.stop.stop();
        }
        true
    }

    /// SHOW RELAYLOG EVENTS
    pub fn relaylog_events(
        &self,
        file: Option<&str>,
        from: Option<u64>,
        offset: u64,
        count: Option<u64>,
    ) -> Result<Vec<LogEventRow>, MysqlError> {
        crate::show_events::relaylog_events(&self.relay, file, from, offset, count)
    }

    /// FLUSH RELAY LOGS
    pub fn flush_relay_logs(&self) -> Result<(), MysqlError> {
        self.relay
            .rotate()
            .map_err(|e| MysqlError::new(1595, format!("Relay log write failure: {e}")))
    }

    /// Changes the relay log's options.
    pub fn set_relay_options(
        &self,
        change: impl FnOnce(&mut RelayOptions),
    ) -> Result<(), MysqlError> {
        self.relay
            .set_options(change)
            .map_err(|e| MysqlError::new(1595, e.to_string()))
    }

    /// Its name, in lower case; empty for the default channel.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes what a channel that was reset still has on disk.
    pub fn delete(&self) -> Result<(), MysqlError> {
        let failed = |e: &dyn std::fmt::Display| MysqlError::new(1201, e.to_string());
        let mut writer = self.store.writer();
        writer.remove_state(&applied_state(&self.name));
        writer.commit().map_err(|e| failed(&e))?;
        drop(writer);
        self.relay.remove().map_err(|e| failed(&e))
    }

    /// The published state.
    pub fn state(&self) -> &Arc<ChannelState> {
        &self.state
    }

    /// A source is configured.
    pub fn is_configured(&self) -> bool {
        locked(&self.shown).is_some()
    }

    /// Which threads run.
    pub fn running(&self) -> Threads {
        let mut administration = locked(&self.administration);
        Self::reap(&mut administration);
        Threads {
            receiver: administration.receiver.is_some(),
            applier: administration.applier.is_some(),
        }
    }

    /// MASTER_POS_WAIT
    pub fn wait_for_position(&self, file: &str, pos: u64, timeout_ms: Option<u64>) -> Option<i64> {
        // A name without a number behind its point is none of a binary log.
        let numbered = file
            .rsplit_once('.')
            .is_some_and(|(_, number)| number.parse::<u64>().is_ok());
        if !numbered || !self.state.lock().applier_running {
            return None;
        }
        let timeout = timeout_ms.map(Duration::from_millis);
        let answer = self.state.wait_until(timeout, |p| {
            let at = &p.applied.source;
            if !at.file.is_empty() && crate::apply::after(&at.file, at.pos, file, pos) {
                return Some(Some(0));
            }
            (!p.applier_running).then_some(None)
        });
        match answer {
            None => Some(-1),
            Some(result) => result,
        }
    }
}
