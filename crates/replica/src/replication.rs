//! All channels, as the SQL server drives them.
//!
//! The default channel always exists; others appear with CHANGE MASTER ... FOR CHANNEL (MariaDB: CHANGE MASTER
//! 'name') and go with RESET SLAVE ALL. A statement without a channel means all of them where MySQL says so
//! (START, STOP, RESET), and is error 3079 where it would have to choose.

use crate::channel::{Channel, OpenError};
use crate::filter::book::FilterBook;
use crate::gtid::{GtidMode, GtidState};
use crate::names;
use crate::options::ReplicaOptions;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use understudy_base::control::{
    ChangeSource, ChannelStatus, LogEventRow, ReplicationControl, ReplicationProcess, ServerGtids,
    StartOptions, Threads,
};
use understudy_base::error::MysqlError;
use understudy_base::filter::{FilterChange, FilterKind, FilterTables, parse_list};
use understudy_base::gtid::{Gtid, GtidSet, MariadbGtidList};
use understudy_base::observe::{LedgerRow, RowAuditRow, WaterfallBucket, WaterfallStage};
use understudy_base::process_ids::ProcessIds;
use understudy_event_log::RelayOptions;
use understudy_storage::Store;

/// Most channels (`group_replication` apart, the real server's limit).
const MOST_CHANNELS: usize = 256;

/// Replication as the SQL server drives it.
pub struct Replication {
    store: Store,
    options: Arc<ReplicaOptions>,
    /// By name.
    channels: Mutex<BTreeMap<String, Arc<Channel>>>,
    filters: Arc<FilterBook>,
    gtids: Arc<GtidState>,
}

impl Replication {
    /// Opens every channel that has settings, and the default one; starts nothing.
    pub fn open(store: Store, options: Arc<ReplicaOptions>) -> Result<Replication, OpenError> {
        let replication = Replication {
            filters: Arc::new(FilterBook::new(&options.filters)),
            gtids: Arc::new(GtidState::load(&store).map_err(OpenError)?),
            store,
            options,
            channels: Mutex::default(),
        };
        replication.open_channel("")?;
        let datadir = &replication.options.datadir;
        let unreadable = |e: std::io::Error| OpenError(format!("{}: {e}", datadir.display()));
        for entry in std::fs::read_dir(datadir).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let channel = name.to_str().and_then(names::channel_of_config_file);
            if let Some(channel) = channel.filter(|name| !name.is_empty()) {
                replication.open_channel(&channel)?;
            }
        }
        let configured = replication.configured();
        let names: Vec<&str> = configured.iter().map(|c| c.name()).collect();
        replication.filters.keep_started(&names);
        Ok(replication)
    }

    fn open_channel(&self, name: &str) -> Result<Arc<Channel>, OpenError> {
        let channel = Channel::open(
            name,
            self.store.clone(),
            self.options.clone(),
            self.filters.clone(),
            self.gtids.clone(),
        )?;
        let channel = Arc::new(channel);
        self.lock().insert(name.to_owned(), channel.clone());
        Ok(channel)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Channel>>> {
        // What a panicking holder leaves is a map of handles.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<Arc<Channel>> {
        self.lock().values().cloned().collect()
    }

    /// Channels that have a source.
    fn configured(&self) -> Vec<Arc<Channel>> {
        let mut channels = self.all();
        channels.retain(|channel| channel.is_configured());
        channels
    }

    /// The channel of that name; 3074 when there is none.
    fn named(&self, name: &str) -> Result<Arc<Channel>, MysqlError> {
        let key = names::normal(name)?;
        let found = self.lock().get(&key).cloned();
        found.ok_or_else(|| {
            MysqlError::new(3074, format!("Replica channel '{name}' does not exist."))
        })
    }

    /// The channels a statement means: the named one, or all that are configured.
    fn meant(&self, channel: Option<&str>) -> Result<Vec<Arc<Channel>>, MysqlError> {
        match channel {
            Some(name) => Ok(vec![self.named(name)?]),
            None => Ok(self.configured()),
        }
    }

    /// The one channel a statement means: the named one, or the only one there is.
    fn one(&self, channel: Option<&str>) -> Result<Arc<Channel>, MysqlError> {
        match channel {
            Some(name) => self.named(name),
            None if self.all().len() > 1 => Err(MysqlError::new(
                3079,
                "Multiple channels exist on the replica. Please provide channel name as an argument.",
            )),
            None => self.named(""),
        }
    }

    /// MariaDB's `SET GLOBAL replicate_...`: the default connection's rules.
    fn set_filter(&self, kind: FilterKind, list: &str) -> Result<(), MysqlError> {
        let rules = parse_list(kind, list)
            .map_err(|_| MysqlError::new(1210, "Incorrect arguments to SET"))?;
        let running = self.named("")?.running();
        if running.receiver || running.applier {
            return Err(slave_runs(""));
        }
        self.filters.change_default(&[FilterChange { kind, rules }]);
        Ok(())
    }

    /// Starts again what was running when the server went down, unless `skip_slave_start` is set.
    pub fn resume(&self) {
        for channel in self.all() {
            channel.resume();
        }
    }

    /// Stops all threads for the server's end; they start again with it.
    pub fn shut_down(&self) {
        for channel in self.all() {
            channel.shut_down();
        }
    }
}

/// ER_SLAVE_MUST_STOP of MariaDB.
fn slave_runs(connection: &str) -> MysqlError {
    MysqlError::new(
        1198,
        format!(
            "This operation cannot be performed as you have a running slave '{connection}'; run STOP SLAVE \
             '{connection}' first"
        ),
    )
}

fn not_configured() -> MysqlError {
    MysqlError::new(
        1200,
        "The server is not configured as replica; fix in config file or with CHANGE REPLICATION SOURCE TO",
    )
}

/// ER_REPLICA_CONFIGURATION
fn no_channel_configured() -> MysqlError {
    MysqlError::new(
        1794,
        "Replica is not configured or failed to initialize properly. You must at least set --server-id to enable \
         either a source or a replica. Additional error messages can be found in the MySQL error log.",
    )
}

/// ER_REPLICA_CHANNEL_SQL_THREAD_MUST_STOP
fn applier_runs(channel: &str) -> MysqlError {
    MysqlError::new(
        3085,
        format!(
            "This operation cannot be performed with a running replica sql thread; run STOP REPLICA SQL_THREAD FOR \
             CHANNEL '{channel}' first."
        ),
    )
}

impl ReplicationControl for Replication {
    fn change_source(
        &self,
        channel: Option<&str>,
        change: ChangeSource,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        let channel = match channel {
            Some(name) => {
                let key = names::normal(name)?;
                if ["group_replication_applier", "group_replication_recovery"]
                    .contains(&key.as_str())
                {
                    return Err(MysqlError::new(
                        3139,
                        format!(
                            "CHANGE REPLICATION SOURCE with the given parameters cannot be performed on channel '{name}'."
                        ),
                    ));
                }
                let known = self.lock().get(&key).cloned();
                match known {
                    Some(channel) => channel,
                    None if self.lock().len() >= MOST_CHANNELS => {
                        return Err(MysqlError::new(
                            3077,
                            "Cannot create a new channel. Maximum number of channels reached.",
                        ));
                    }
                    None => self
                        .open_channel(&key)
                        .map_err(|e| MysqlError::new(1201, e.to_string()))?,
                }
            }
            None => self.one(None)?,
        };
        channel.change_source(&change)
    }

    fn start(
        &self,
        channel: Option<&str>,
        options: StartOptions,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        let channels = self.meant(channel)?;
        if channels.is_empty() {
            return Err(not_configured());
        }
        if options.until.is_some() && channels.len() > 1 {
            self.one(None)?;
        }
        let skips = self.options.skip_counter.load(Ordering::Relaxed) > 0;
        if skips && options.threads.applier && channels.len() > 1 {
            return Err(MysqlError::new(
                3086,
                "When sql_replica_skip_counter > 0, it is not allowed to start more than one SQL thread by using \
                 'START REPLICA [SQL_THREAD]'. Value of sql_replica_skip_counter can only be used by one SQL thread \
                 at a time. Please use 'START REPLICA [SQL_THREAD] FOR CHANNEL' to start the SQL thread which will \
                 use the value of sql_replica_skip_counter.",
            ));
        }
        let mut notes = Vec::new();
        for channel in channels {
            notes.extend(channel.start(&options)?);
        }
        Ok(notes)
    }

    fn stop(&self, channel: Option<&str>, threads: Threads) -> Result<Vec<MysqlError>, MysqlError> {
        let mut channels = self.meant(channel)?;
        if channels.is_empty() {
            channels = vec![self.named("")?];
        }
        let mut notes = Vec::new();
        for channel in channels {
            notes.extend(channel.stop(threads)?);
        }
        Ok(notes)
    }

    fn reset(&self, channel: Option<&str>, all: bool) -> Result<(), MysqlError> {
        let channels = match channel {
            Some(name) => vec![self.named(name)?],
            None => self.all(),
        };
        for channel in channels {
            channel.reset(all)?;
            if all && !channel.name().is_empty() {
                channel.delete()?;
                self.lock().remove(channel.name());
            }
        }
        Ok(())
    }

    fn status(&self, channel: Option<&str>) -> Result<Vec<ChannelStatus>, MysqlError> {
        let channels = match channel {
            Some(name) => vec![self.named(name)?],
            None => self.all(),
        };
        Ok(channels.iter().filter_map(|c| c.status()).collect())
    }

    fn processes(&self) -> Vec<ReplicationProcess> {
        self.all().iter().flat_map(|c| c.processes()).collect()
    }

    fn kill(&self, id: u64, query_only: bool) -> bool {
        self.all().iter().any(|c| c.kill(id, query_only))
    }

    fn process_ids(&self) -> Arc<ProcessIds> {
        self.options.process_ids.clone()
    }

    fn relaylog_events(
        &self,
        channel: Option<&str>,
        file: Option<&str>,
        from: Option<u64>,
        offset: u64,
        count: Option<u64>,
    ) -> Result<Vec<LogEventRow>, MysqlError> {
        self.one(channel)?
            .relaylog_events(file, from, offset, count)
    }

    fn change_filter(
        &self,
        channel: Option<&str>,
        changes: &[FilterChange],
    ) -> Result<(), MysqlError> {
        let channels = match channel {
            // Not 3074 as elsewhere: the real server says so of a channel that it does not know too.
            Some(name) => match self.named(name) {
                Ok(channel) if channel.is_configured() => vec![channel],
                Ok(_) | Err(_) => return Err(no_channel_configured()),
            },
            None => self.all(),
        };
        for channel in &channels {
            if channel.running().applier {
                return Err(applier_runs(channel.name()));
            }
        }
        match (channel, channels.first()) {
            (Some(_), Some(channel)) => self.filters.change_channel(channel.name(), changes),
            (Some(_), None) | (None, _) => self.filters.change_all(changes),
        }
        Ok(())
    }

    fn filters(&self) -> FilterTables {
        let configured = self.configured();
        let channels: Vec<String> = configured.iter().map(|c| c.name().to_owned()).collect();
        FilterTables {
            channels: self.filters.channel_rows(&channels),
            global: self.filters.global_rows(),
        }
    }

    fn flush_relay_logs(&self, channel: Option<&str>) -> Result<(), MysqlError> {
        let channels = match channel {
            Some(name) => vec![self.named(name)?],
            None => self.all(),
        };
        channels.iter().try_for_each(|c| c.flush_relay_logs())
    }

    fn set_variable(&self, name: &str, value: &str) -> Result<(), MysqlError> {
        let number = || {
            value.parse::<u64>().map_err(|_| {
                MysqlError::new(
                    1232,
                    format!("Incorrect argument type to variable '{name}'"),
                )
            })
        };
        let relay = |change: &dyn Fn(&mut RelayOptions)| {
            self.all()
                .iter()
                .try_for_each(|c| c.set_relay_options(change))
        };
        if let Some(kind) = FilterKind::by_option(name) {
            return self.set_filter(kind, value);
        }
        match name {
            "sql_replica_skip_counter" => {
                self.options
                    .skip_counter
                    .store(number()?, Ordering::Relaxed);
                Ok(())
            }
            "replica_net_timeout" => {
                let seconds = u32::try_from(number()?).unwrap_or(u32::MAX);
                self.options.net_timeout_s.store(seconds, Ordering::Relaxed);
                Ok(())
            }
            "max_relay_log_size" => {
                let bytes = number()?;
                relay(&|options| options.max_relay_log_size = bytes)
            }
            "relay_log_space_limit" => {
                let bytes = number()?;
                relay(&|options| options.relay_log_space_limit = bytes)
            }
            "sync_relay_log" => {
                let events = u32::try_from(number()?).unwrap_or(u32::MAX);
                relay(&|options| options.sync_relay_log = events)
            }
            "relay_log_purge" => {
                let on = number()? != 0;
                relay(&|options| options.relay_log_purge = on)
            }
            "gtid_mode" => match GtidMode::by_name(value) {
                Some(mode) => {
                    self.options.gtid_mode.set(mode);
                    Ok(())
                }
                None => Err(MysqlError::new(
                    1231,
                    format!("Variable 'gtid_mode' can't be set to the value of '{value}'"),
                )),
            },
            "replicate_events_marked_for_skip" => {
                for channel in self.all() {
                    let running = channel.running();
                    if running.receiver || running.applier {
                        return Err(slave_runs(channel.name()));
                    }
                }
                self.options.mariadb.set_variable(name, value);
                Ok(())
            }
            name if self.options.mariadb.set_variable(name, value) => Ok(()),
            name if self.options.apply.set_variable(name, value) => Ok(()),
            name if self.options.parallel.set_variable(name, value) => Ok(()),
            name if self.options.semi_sync.set_variable(name, value) => Ok(()),
            other => Err(MysqlError::new(
                1193,
                format!("Unknown system variable '{other}'"),
            )),
        }
    }

    fn status_variables(&self) -> Vec<(String, String)> {
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        for channel in self.all() {
            for (name, value) in channel.state().ledger.status_variables() {
                *totals.entry(name).or_default() += value;
            }
            for (name, value) in channel.state().audit.status_variables() {
                *totals.entry(name.to_owned()).or_default() += value;
            }
        }
        let mut variables: Vec<(String, String)> = totals
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        variables.extend(self.options.semi_sync.status_variables());
        variables
    }

    fn event_ledger(&self) -> Vec<LedgerRow> {
        let channels = self.all();
        let rows = channels.iter().map(|c| c.state().ledger.rows(c.name()));
        rows.flatten().collect()
    }

    fn row_audit(&self) -> Vec<RowAuditRow> {
        let channels = self.all();
        channels
            .iter()
            .flat_map(|c| c.state().audit.rows())
            .collect()
    }

    fn waterfall_buckets(&self) -> Vec<WaterfallBucket> {
        let channels = self.all();
        let rows = channels
            .iter()
            .map(|c| c.state().waterfall.buckets(c.name()));
        rows.flatten().collect()
    }

    fn waterfall_stages(&self) -> Vec<WaterfallStage> {
        let channels = self.configured();
        let rows = channels
            .iter()
            .map(|c| c.state().waterfall.stages(c.name()));
        rows.flatten().collect()
    }

    fn wait_for_position(
        &self,
        channel: Option<&str>,
        file: &str,
        pos: u64,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError> {
        Ok(self.one(channel)?.wait_for_position(file, pos, timeout_ms))
    }

    fn gtids(&self) -> ServerGtids {
        self.gtids.all()
    }

    fn set_gtid_purged(&self, set: &GtidSet, adds: bool) -> Result<(), MysqlError> {
        self.gtids.set_purged(&self.store, set, adds)
    }

    fn set_gtid_slave_pos(&self, position: &MariadbGtidList) -> Result<(), MysqlError> {
        for channel in self.all() {
            let running = channel.running();
            if running.receiver || running.applier {
                return Err(slave_runs(channel.name()));
            }
        }
        self.gtids.set_slave_pos(&self.store, position)?;
        self.all().iter().try_for_each(|c| c.discard_received())
    }

    fn commit_empty(&self, gtid: &Gtid) -> Result<bool, MysqlError> {
        self.gtids.commit_empty(&self.store, gtid)
    }

    fn reset_gtids(&self) -> Result<(), MysqlError> {
        self.gtids.reset(&self.store)
    }

    fn wait_for_gtids(
        &self,
        set: &GtidSet,
        timeout_ms: Option<u64>,
        cancelled: &dyn Fn() -> bool,
    ) -> bool {
        let timeout = timeout_ms.map(Duration::from_millis);
        self.gtids
            .wait(timeout, cancelled, |gtids| gtids.executed.contains_all(set))
    }

    fn wait_for_slave_pos(
        &self,
        position: &MariadbGtidList,
        timeout_ms: Option<u64>,
        cancelled: &dyn Fn() -> bool,
    ) -> bool {
        let timeout = timeout_ms.map(Duration::from_millis);
        self.gtids.wait(timeout, cancelled, |gtids| {
            gtids.slave_pos.has_reached(position)
        })
    }

    fn wait_for_applier_gtids(
        &self,
        channel: Option<&str>,
        set: &GtidSet,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError> {
        let channel = self.one(channel)?;
        let runs = || channel.state().lock().applier_running;
        if !runs() {
            return Ok(None);
        }
        let timeout = timeout_ms.map(Duration::from_millis);
        let reached = self.gtids.wait(timeout, &|| !runs(), |gtids| {
            gtids.executed.contains_all(set)
        });
        Ok(match (reached, runs()) {
            (true, _) => Some(0),
            (false, true) => Some(-1),
            (false, false) => None,
        })
    }
}
