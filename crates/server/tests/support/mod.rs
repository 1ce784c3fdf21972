//! A server over an empty store, with replication that remembers what it was told.

#![allow(dead_code)] // each test file uses a part

pub mod data;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;
use understudy_base::control::{
    ChangeSource, ChannelStatus, LogEventRow, ReceiverState, ReplicationControl,
    ReplicationProcess, ServerGtids, StartOptions, Threads,
};
use understudy_base::error::MysqlError;
use understudy_base::filter::{FilterChange, FilterTables};
use understudy_base::gtid::{Gtid, GtidSet, MariadbGtidList};
use understudy_server::accounts::Accounts;
use understudy_server::{Server, ServerOptions};
use understudy_storage::{Store, StoreOptions};
use understudy_testkit::Kind;
use understudy_testkit::kind::Program;

/// Password of root.
pub const PASSWORD: &str = "root pass'word";

/// Replication that remembers what it was told.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Calls in order.
    pub calls: Mutex<Vec<String>>,
    /// The configured channel.
    pub channel: Mutex<Option<ChannelStatus>>,
    /// GTIDs as they were set.
    pub gtids: Mutex<ServerGtids>,
}

impl Recorder {
    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

impl ReplicationControl for Recorder {
    fn change_source(
        &self,
        channel: Option<&str>,
        change: ChangeSource,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        self.note(format!("change {channel:?} {change:?}"));
        *self.channel.lock().unwrap() = Some(ChannelStatus {
            channel: channel.unwrap_or_default().to_owned(),
            source: change,
            receiver: ReceiverState::Connecting,
            ..ChannelStatus::default()
        });
        Ok(Vec::new())
    }

    fn start(
        &self,
        channel: Option<&str>,
        options: StartOptions,
    ) -> Result<Vec<MysqlError>, MysqlError> {
        self.note(format!(
            "start {channel:?} {:?} {:?}",
            options.threads, options.until
        ));
        Ok(vec![MysqlError::new(1254, "Replica is already running")])
    }

    fn stop(&self, channel: Option<&str>, threads: Threads) -> Result<Vec<MysqlError>, MysqlError> {
        self.note(format!("stop {channel:?} {threads:?}"));
        Ok(Vec::new())
    }

    fn reset(&self, channel: Option<&str>, all: bool) -> Result<(), MysqlError> {
        self.note(format!("reset {channel:?} {all}"));
        Ok(())
    }

    fn status(&self, _channel: Option<&str>) -> Result<Vec<ChannelStatus>, MysqlError> {
        Ok(self.channel.lock().unwrap().iter().cloned().collect())
    }

    fn kill(&self, id: u64, query_only: bool) -> bool {
        self.note(format!("kill {id} {query_only}"));
        id == 5
    }

    fn process_ids(&self) -> Arc<understudy_base::process_ids::ProcessIds> {
        Arc::default()
    }

    fn processes(&self) -> Vec<ReplicationProcess> {
        vec![ReplicationProcess {
            id: 5,
            kind: understudy_base::control::ThreadKind::Receiver,
            parent: None,
            time_s: 7,
            state: "Connecting to source".to_owned(),
            command: "Connect",
            info: None,
        }]
    }

    fn relaylog_events(
        &self,
        channel: Option<&str>,
        file: Option<&str>,
        from: Option<u64>,
        offset: u64,
        count: Option<u64>,
    ) -> Result<Vec<LogEventRow>, MysqlError> {
        self.note(format!(
            "events {channel:?} {file:?} {from:?} {offset} {count:?}"
        ));
        Ok(vec![LogEventRow {
            log_name: "relay-bin.000001".to_owned(),
            pos: 4,
            event_type: "Format_desc".to_owned(),
            server_id: 1,
            end_log_pos: 126,
            info: "Server ver: 9.7.0".to_owned(),
        }])
    }

    fn change_filter(
        &self,
        channel: Option<&str>,
        changes: &[FilterChange],
    ) -> Result<(), MysqlError> {
        self.note(format!("filter {channel:?} {changes:?}"));
        Ok(())
    }

    fn filters(&self) -> FilterTables {
        FilterTables::default()
    }

    fn flush_relay_logs(&self, _channel: Option<&str>) -> Result<(), MysqlError> {
        self.note("flush".to_owned());
        Ok(())
    }

    fn set_variable(&self, name: &str, value: &str) -> Result<(), MysqlError> {
        self.note(format!("set {name}={value}"));
        Ok(())
    }

    fn status_variables(&self) -> Vec<(String, String)> {
        vec![("Understudy_events_received".to_owned(), "3".to_owned())]
    }

    fn event_ledger(&self) -> Vec<understudy_base::observe::LedgerRow> {
        Vec::new()
    }

    fn row_audit(&self) -> Vec<understudy_base::observe::RowAuditRow> {
        Vec::new()
    }

    fn waterfall_buckets(&self) -> Vec<understudy_base::observe::WaterfallBucket> {
        Vec::new()
    }

    fn waterfall_stages(&self) -> Vec<understudy_base::observe::WaterfallStage> {
        Vec::new()
    }

    fn wait_for_position(
        &self,
        channel: Option<&str>,
        file: &str,
        pos: u64,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError> {
        self.note(format!("wait {channel:?} {file} {pos} {timeout_ms:?}"));
        Ok(Some(2))
    }

    fn gtids(&self) -> ServerGtids {
        self.gtids.lock().unwrap().clone()
    }

    fn set_gtid_purged(&self, set: &GtidSet, adds: bool) -> Result<(), MysqlError> {
        self.note(format!("gtid_purged {set} {adds}"));
        let mut gtids = self.gtids.lock().unwrap();
        gtids.purged.union(set);
        gtids.executed.union(set);
        Ok(())
    }

    fn set_gtid_slave_pos(&self, position: &MariadbGtidList) -> Result<(), MysqlError> {
        self.note(format!("gtid_slave_pos {position}"));
        self.gtids.lock().unwrap().slave_pos = position.clone();
        Ok(())
    }

    fn commit_empty(&self, gtid: &Gtid) -> Result<bool, MysqlError> {
        self.note(format!("empty {gtid}"));
        let mut gtids = self.gtids.lock().unwrap();
        let fresh = !gtids.executed.contains(gtid);
        gtids.executed.add(gtid);
        Ok(fresh)
    }

    fn reset_gtids(&self) -> Result<(), MysqlError> {
        self.note("reset gtids".to_owned());
        *self.gtids.lock().unwrap() = ServerGtids::default();
        Ok(())
    }

    fn wait_for_gtids(
        &self,
        set: &GtidSet,
        timeout_ms: Option<u64>,
        _cancelled: &dyn Fn() -> bool,
    ) -> bool {
        self.note(format!("wait for gtids {set} {timeout_ms:?}"));
        self.gtids.lock().unwrap().executed.contains_all(set)
    }

    fn wait_for_slave_pos(
        &self,
        position: &MariadbGtidList,
        timeout_ms: Option<u64>,
        _cancelled: &dyn Fn() -> bool,
    ) -> bool {
        self.note(format!("wait for slave_pos {position} {timeout_ms:?}"));
        self.gtids.lock().unwrap().slave_pos.has_reached(position)
    }

    fn wait_for_applier_gtids(
        &self,
        channel: Option<&str>,
        set: &GtidSet,
        timeout_ms: Option<u64>,
    ) -> Result<Option<i64>, MysqlError> {
        self.note(format!("wait for applier {channel:?} {set} {timeout_ms:?}"));
        Ok(Some(2))
    }
}

/// A running server; dropping it shuts it down.
pub struct Running {
    /// TCP port.
    pub port: u16,
    /// Replication.
    pub control: Arc<Recorder>,
    /// The store.
    pub store: Store,
    dir: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Starts with these global variables.
    pub fn start(variables: &[(&str, &str)]) -> anyhow::Result<Running> {
        let dir = tempfile::tempdir()?;
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        let store = Store::open(&dir.path().join("store"), StoreOptions::default())?;
        Accounts::initialise(&data, PASSWORD)?;
        let options = ServerOptions {
            datadir: data,
            bind_address: "127.0.0.1".to_owned(),
            port: 0,
            socket: Some(dir.path().join("s.sock")),
            variables: variables
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            plugin_load: Vec::new(),
            plugin_variables: Vec::new(),
        };
        let control = Arc::new(Recorder::default());
        let (stop, stopped) = oneshot::channel();
        let (ready, bound) = std::sync::mpsc::channel();
        let (opened, given) = (store.clone(), control.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                match Server::bind(options, opened, given).await {
                    Ok(server) => {
                        let port = server.local_addr().unwrap().port();
                        ready.send(Ok(port)).unwrap();
                        server
                            .run(async {
                                let _ = stopped.await;
                            })
                            .await;
                    }
                    Err(error) => ready.send(Err(error.to_string())).unwrap(),
                }
            });
        });
        let port = bound.recv()?.map_err(anyhow::Error::msg)?;
        Ok(Running {
            port,
            control,
            store,
            dir,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The socket file.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("s.sock")
    }

    /// The data directory.
    pub fn datadir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Shuts down and waits for the end.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// A stock client told where this server is.
    pub fn client(&self, kind: Kind, program: Program, user: &str, password: &str) -> Command {
        let mut command = kind.client(program);
        command
            .arg("--host=127.0.0.1")
            .arg(format!("--port={}", self.port))
            .arg(format!("--user={user}"))
            .arg(format!("--password={password}"));
        command
    }

    /// What the `mysql` client prints for a statement; root's.
    pub fn mysql(&self, kind: Kind, options: &[&str], sql: &str) -> Output {
        self.client(kind, Program::Mysql, "root", PASSWORD)
            .args(options)
            .arg("-e")
            .arg(sql)
            .output()
            .unwrap()
    }

    /// The same, which must succeed: standard output.
    pub fn ask(&self, sql: &str) -> String {
        let output = self.mysql(Kind::Mysql97, &["-N", "-B"], sql);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sql}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, which must fail: the error line.
    pub fn refused(&self, sql: &str) -> String {
        let output = self.mysql(Kind::Mysql97, &["-N", "-B"], sql);
        assert!(!output.status.success(), "{sql} was not refused");
        let errors = String::from_utf8_lossy(&output.stderr);
        let line = errors.lines().find(|l| l.starts_with("ERROR"));
        line.unwrap_or_default().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The stock clients are on this machine.
pub fn clients_available(kinds: &[Kind]) -> bool {
    let missing: Vec<&str> = kinds
        .iter()
        .filter(|k| !k.is_available())
        .map(|k| k.name())
        .collect();
    if missing.is_empty() {
        return true;
    }
    let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!must, "missing: {missing:?}");
    eprintln!("\n*** NOT RUN: missing {missing:?}\n");
    false
}

/// The path of a file in a folder, as an option value.
pub fn path_in(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}
