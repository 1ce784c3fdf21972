//! The connections of this server: SHOW PROCESSLIST, KILL, and the bound on their number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use understudy_base::process_ids::ProcessIds;

/// What a connection shows of itself.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Account name; `unauthenticated user` before login.
    pub user: String,
    /// Host, with the port on TCP.
    pub host: String,
    /// Current database.
    pub database: Option<String>,
    /// `Sleep`, `Query`, ...
    pub command: &'static str,
    /// Since when.
    pub since: Instant,
    /// Statement being run.
    pub info: Option<String>,
}

/// One connection, seen by all.
#[derive(Debug)]
pub struct Process {
    /// Connection id.
    pub id: u64,
    activity: Mutex<Activity>,
    kill_query: AtomicBool,
    kill_connection: AtomicBool,
    wake: Notify,
}

impl Process {
    /// What it shows.
    pub fn activity(&self) -> Activity {
        let activity = self.activity.lock();
        activity.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what it shows.
    pub fn update(&self, change: impl FnOnce(&mut Activity)) {
        let activity = self.activity.lock();
        change(&mut activity.unwrap_or_else(PoisonError::into_inner));
    }

    /// Ends the statement, or the connection.
    pub fn kill(&self, query_only: bool) {
        self.kill_query.store(true, Ordering::Relaxed);
        if !query_only {
            self.kill_connection.store(true, Ordering::Relaxed);
            self.wake.notify_one();
        }
    }

    /// The running statement is to end. Asked between rows.
    pub fn is_killed(&self) -> bool {
        self.kill_query.load(Ordering::Relaxed)
    }

    /// The connection is to end.
    pub fn is_connection_killed(&self) -> bool {
        self.kill_connection.load(Ordering::Relaxed)
    }

    /// A statement starts: an earlier KILL QUERY does not concern it.
    pub fn start_statement(&self) {
        if !self.is_connection_killed() {
            self.kill_query.store(false, Ordering::Relaxed);
        }
    }

    /// Completes when the connection is killed.
    pub async fn killed(&self) {
        while !self.is_connection_killed() {
            self.wake.notified().await;
        }
    }
}

/// All connections.
#[derive(Debug, Default)]
pub struct Processes {
    ids: Arc<ProcessIds>,
    /// Connections so far.
    total: AtomicU64,
    all: Mutex<BTreeMap<u64, Arc<Process>>>,
    /// Most connections at once so far.
    most: AtomicU64,
}

impl Processes {
    /// None yet; their ids come from `ids`.
    pub fn new(ids: Arc<ProcessIds>) -> Processes {
        Processes {
            ids,
            ..Processes::default()
        }
    }

    /// Enters a connection.
    pub fn enter(&self, host: String) -> Arc<Process> {
        let id = self.ids.next();
        self.total.fetch_add(1, Ordering::Relaxed);
        let process = Arc::new(Process {
            id,
            activity: Mutex::new(Activity {
                user: "unauthenticated user".to_owned(),
                host,
                database: None,
                command: "Connect",
                since: Instant::now(),
                info: None,
            }),
            kill_query: AtomicBool::new(false),
            kill_connection: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id, process.clone());
        self.most.fetch_max(all.len() as u64, Ordering::Relaxed);
        process
    }

    /// A connection is gone.
    pub fn leave(&self, id: u64) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&id);
    }

    /// The connections in order of their ids.
    pub fn all(&self) -> Vec<Arc<Process>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }

    /// One connection.
    pub fn find(&self, id: u64) -> Option<Arc<Process>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).cloned()
    }

    /// Number of connections.
    pub fn count(&self) -> usize {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.len()
    }

    /// Connections since the start, and most at once.
    pub fn totals(&self) -> (u64, u64) {
        let total = self.total.load(Ordering::Relaxed);
        (total, self.most.load(Ordering::Relaxed))
    }
}
