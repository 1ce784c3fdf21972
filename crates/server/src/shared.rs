//! What all sessions share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use understudy_base::control::ReplicationControl;
use understudy_base::error::MysqlError;
use understudy_storage::store::Store;
use understudy_wire::auth::rsa::PrivateKey;

use crate::accounts::Accounts;
use crate::gtid::Owners;
use crate::persist::Persisted;
use crate::plugins::Plugins;
use crate::processes::Processes;
use crate::variables::{self, Definition, Globals};

/// The server's state.
pub struct Shared {
    /// The store.
    pub store: Store,
    /// Replication.
    pub control: Arc<dyn ReplicationControl>,
    /// Accounts.
    pub accounts: Accounts,
    /// Plugins.
    pub plugins: Plugins,
    /// Connections.
    pub processes: Processes,
    /// Global variables.
    pub globals: Globals,
    /// GTIDs that sessions own.
    pub gtids: Owners,
    /// What SET PERSIST keeps.
    pub persisted: Persisted,
    /// Key pair for passwords on connections without TLS.
    pub key: PrivateKey,
    /// Counters.
    pub counters: Counters,
    /// When the server started.
    pub started: Instant,
    /// Asks the process to end (SHUTDOWN).
    pub shutdown: tokio::sync::Notify,
}

impl Shared {
    /// The variable of that name; 1193 where there is none, or none without a plugin.
    pub fn variable(&self, name: &str) -> Result<&'static Definition, MysqlError> {
        variables::find(name)
            .filter(|definition| self.plugins.shows(definition.name))
            .ok_or_else(|| variables::unknown(name))
    }
}

/// Counters of SHOW STATUS.
#[derive(Debug, Default)]
pub struct Counters {
    /// `Questions`
    pub questions: AtomicU64,
    /// `Bytes_received`
    pub bytes_received: AtomicU64,
    /// `Bytes_sent`
    pub bytes_sent: AtomicU64,
    /// `Aborted_clients`
    pub aborted_clients: AtomicU64,
    /// `Aborted_connects`
    pub aborted_connects: AtomicU64,
    /// `Com_select`
    pub com_select: AtomicU64,
    /// `Com_change_replication_source`
    pub com_change_source: AtomicU64,
    /// `Com_change_repl_filter`
    pub com_change_filter: AtomicU64,
    /// `Com_replica_start`
    pub com_replica_start: AtomicU64,
    /// `Com_replica_stop`
    pub com_replica_stop: AtomicU64,
    /// `Com_show_replica_status`
    pub com_replica_status: AtomicU64,
    /// `Com_show_replicas`
    pub com_replicas: AtomicU64,
    /// `Connection_errors_max_connections`
    pub refused: AtomicU64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("processes", &self.processes)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
