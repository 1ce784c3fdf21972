//! The replica's half of semi-synchronous replication.
//!
//! Before the dump the receiver asks whether the source has it, and says that it wants it. Then every event
//! comes behind two bytes, one of which says whether a commit waits for us. Such an event is acknowledged
//! with the position it ends at, once the relay log has written it to the file and, where `sync_relay_log`
//! is 1, synced it. An acknowledgement covers everything before it, so events that came together share one.
//!
//! As the real receiver does, it asks also a source whose switch is off: that one sends the two bytes all the
//! same and begins to wait as soon as it is switched on.

use crate::connect::{SourceConnection, SourceEndpoint, connect};
use crate::error::ReceiverError;
use crate::state::SourcePosition;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use understudy_wire::replication::DumpPacket;
use understudy_wire::semisync::SemiSyncAck;

/// Switches and counters of the server; a switch counts from the next start of a receiver on.
#[derive(Debug)]
pub struct SemiSyncOptions {
    /// `rpl_semi_sync_replica_enabled`
    pub enabled: AtomicBool,
    /// It was set, on or off: somebody wants to know how a receiver starts.
    switched: AtomicBool,
    /// `rpl_semi_sync_slave_kill_conn_timeout` of MariaDB, seconds.
    pub kill_timeout_s: AtomicU32,
    /// Receivers that replicate semi-synchronously.
    active: AtomicU32,
    /// `Rpl_semi_sync_slave_send_ack`
    acknowledgements: AtomicU64,
}

impl Default for SemiSyncOptions {
    fn default() -> Self {
        SemiSyncOptions {
            enabled: AtomicBool::new(false),
            switched: AtomicBool::new(false),
            kill_timeout_s: AtomicU32::new(5),
            active: AtomicU32::new(0),
            acknowledgements: AtomicU64::new(0),
        }
    }
}

impl SemiSyncOptions {
    /// Status variables, under MariaDB's names.
    pub fn status_variables(&self) -> [(String, String); 2] {
        let active = self.active.load(Ordering::Relaxed) > 0;
        let sent = self.acknowledgements.load(Ordering::Relaxed);
        [
            (
                "Rpl_semi_sync_slave_status".into(),
                if active { "ON" } else { "OFF" }.into(),
            ),
            ("Rpl_semi_sync_slave_send_ack".into(), sent.to_string()),
        ]
    }

    /// SET GLOBAL of one of its variables; false when the name is none of them. Trace levels and
    /// `delay_master` have nothing to act on: there is no file of positions whose writing could wait for an
    /// acknowledgement.
    pub fn set_variable(&self, name: &str, value: &str) -> bool {
        let number = value.parse::<u32>().unwrap_or(0);
        match name {
            "rpl_semi_sync_replica_enabled" | "rpl_semi_sync_slave_enabled" => {
                self.enabled.store(number != 0, Ordering::Relaxed);
                self.switched.store(true, Ordering::Relaxed);
            }
            "rpl_semi_sync_slave_kill_conn_timeout" => {
                self.kill_timeout_s.store(number, Ordering::Relaxed);
            }
            "rpl_semi_sync_replica_trace_level"
            | "rpl_semi_sync_slave_trace_level"
            | "rpl_semi_sync_slave_delay_master" => {}
            _ => return false,
        }
        true
    }
}

/// Semi-synchronous replication of one receiver, from its start to its end.
pub struct SemiSync {
    options: Arc<crate::options::ReplicaOptions>,
    /// The switch as it was at the start.
    wanted: bool,
    /// The source sends the two bytes on this connection.
    agreed: bool,
    /// An event that was appended waits for its acknowledgement.
    due: bool,
    /// Number of this connection on a MariaDB source that sends the two bytes.
    to_kill: Option<u32>,
    /// Counted in [`SemiSyncOptions::active`].
    counted: bool,
}

impl SemiSync {
    /// A receiver starts; `account` is the source as the log names it.
    pub fn start(
        options: Arc<crate::options::ReplicaOptions>,
        account: &str,
        at: &SourcePosition,
    ) -> SemiSync {
        let wanted = options.semi_sync.enabled.load(Ordering::Relaxed);
        let file = match at.file.is_empty() {
            true => "FIRST",
            false => at.file.as_str(),
        };
        // Said by the plugin: nobody who does not use it hears of it.
        if wanted || options.semi_sync.switched.load(Ordering::Relaxed) {
            let kind = if wanted { "semi-sync" } else { "asynchronous" };
            tracing::info!(
                "Replica I/O thread: Start {kind} replication to source '{account}' in log '{file}' at position {}.",
                at.pos.max(4)
            );
        }
        let mut semi_sync = SemiSync {
            options,
            wanted,
            agreed: false,
            due: false,
            to_kill: None,
            counted: false,
        };
        semi_sync.count(wanted);
        semi_sync
    }

    fn count(&mut self, active: bool) {
        let counter = &self.options.semi_sync.active;
        match (self.counted, active) {
            (false, true) => counter.fetch_add(1, Ordering::Relaxed),
            (true, false) => counter.fetch_sub(1, Ordering::Relaxed),
            (true, true) | (false, false) => 0,
        };
        self.counted = active;
    }

    /// An acknowledgement is due.
    pub fn is_due(&self) -> bool {
        self.due
    }

    /// The connection is lost.
    pub fn disconnected(&mut self) {
        (self.agreed, self.due, self.to_kill) = (false, false, None);
    }

    /// The receiver stops. As MariaDB's does, it has a MariaDB source end the dump at once: left alone, that
    /// source would count us as a client, and wait for us, until it sends the next event or heartbeat.
    pub async fn leave(&mut self, endpoint: SourceEndpoint) {
        let Some(connection_id) = self.to_kill.take() else {
            return;
        };
        let seconds = self
            .options
            .semi_sync
            .kill_timeout_s
            .load(Ordering::Relaxed);
        let limit = Duration::from_secs(u64::from(seconds.max(1)));
        let kill = async {
            let mut source = connect(&endpoint).await?;
            source.query(format!("KILL {connection_id}")).await?;
            source.quit().await;
            Ok::<(), crate::connect::ConnectError>(())
        };
        match tokio::time::timeout(limit, kill).await {
            Ok(Ok(())) => {}
            // 1094: it has ended by itself.
            Ok(Err(error)) if error.errno == 1094 => {}
            Ok(Err(_)) | Err(_) => {
                tracing::info!("cannot connect to source to kill replica I/O thread's connection");
            }
        }
    }

    /// Before the dump: asks the source, says that we want it. A source without it is read asynchronously.
    pub async fn subscribe(&mut self, source: &mut SourceConnection) -> Result<(), ReceiverError> {
        self.disconnected();
        if !self.wanted {
            return Ok(());
        }
        for (variable, ours) in [
            ("rpl_semi_sync_source_enabled", "rpl_semi_sync_replica"),
            ("rpl_semi_sync_master_enabled", "rpl_semi_sync_slave"),
        ] {
            let query = format!("SELECT @@global.{variable}");
            match source.query(query.as_str()).await {
                Ok(result) => {
                    let off = result.first_text().as_deref() == Some("0");
                    let set = format!("SET @{ours} = 1");
                    if let Err(error) = source.query(set).await {
                        tracing::error!("Set '{ours}=1' on source failed");
                        return Err(ReceiverError::read(error.errno.into(), &error.message));
                    }
                    if off {
                        tracing::info!(
                            "Replica has semi-sync enabled but source server does not. Semi-sync will be \
                             activated when source enables it"
                        );
                    }
                    self.agreed = true;
                    let server = source.server();
                    if server.server_version.contains("MariaDB") {
                        self.to_kill = Some(server.connection_id);
                    }
                    self.count(true);
                    return Ok(());
                }
                // The other vocabulary, or none.
                Err(error) if error.errno == 1193 => {}
                Err(error) => {
                    let errno = error.errno;
                    tracing::error!("Execution failed on source: {query}; error {errno}");
                    return Err(ReceiverError::read(errno.into(), &error.message));
                }
            }
        }
        tracing::warn!(
            "Source server does not support semi-sync, fallback to asynchronous replication"
        );
        self.count(false);
        Ok(())
    }

    /// The event in a packet of the dump (one that begins with 0), and whether a commit waits for it.
    pub fn event(
        &mut self,
        packet: &Bytes,
        source: &mut SourceConnection,
    ) -> Result<Bytes, ReceiverError> {
        if !self.agreed {
            return Ok(packet.slice(1..));
        }
        match DumpPacket::decode(packet, true) {
            Ok(DumpPacket::Event {
                ack_requested,
                event,
            }) => {
                if ack_requested == Some(true) {
                    self.due = true;
                    source.restart_numbering();
                }
                Ok(packet.slice_ref(event))
            }
            Ok(DumpPacket::Eof | DumpPacket::Error(_)) | Err(_) => {
                tracing::error!(
                    "Missing magic number for semi-sync packet, packet len: {}.",
                    packet.len()
                );
                Err(ReceiverError::fatal(
                    "Failed to run 'after_read_event' hook",
                ))
            }
        }
    }

    /// Acknowledges everything up to `at`. To be called when the relay log has flushed it.
    pub async fn acknowledge(&mut self, source: &mut SourceConnection, at: &SourcePosition) {
        self.due = false;
        let ack = SemiSyncAck {
            position: at.pos,
            file: at.file.clone().into_bytes(),
        };
        match source.acknowledge(&ack.encode()).await {
            Ok(()) => {
                let sent = &self.options.semi_sync.acknowledgements;
                sent.fetch_add(1, Ordering::Relaxed);
            }
            // The connection is gone: reading from it says so next, and there it is handled.
            Err(error) => {
                let (message, errno) = (&error.message, error.errno);
                tracing::error!("Semi-sync replica send reply failed: {message} ({errno}).");
            }
        }
    }
}

impl Drop for SemiSync {
    fn drop(&mut self) {
        self.count(false);
    }
}

impl std::fmt::Debug for SemiSync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SemiSync")
            .field("wanted", &self.wanted)
            .field("agreed", &self.agreed)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}
