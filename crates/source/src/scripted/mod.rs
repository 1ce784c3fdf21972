//! A source without a server behind it: files of events, the answers that replicas ask for, and faults.
//!
//! Real MySQL and MariaDB replicas replicate from it. One worked flow:
//!
//! ```
//! use understudy_binlog::ChecksumAlgorithm;
//! use understudy_binlog::builder::BinlogBuilder;
//! use understudy_source::scripted::{Script, ScriptedSource};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let mut builder = BinlogBuilder::new(1, "9.7.0", ChecksumAlgorithm::Crc32);
//! builder.anonymous_gtid().query("", "CREATE DATABASE shop");
//! let script = Script::new("9.7.0", 1).with_file("binlog.000001", builder.into_bytes());
//! let source = ScriptedSource::start(script, "127.0.0.1:0".parse()?).await?;
//! println!("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}", source.address().port());
//! source.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each connection is one task. Dropping a [`ScriptedSource`] aborts them all: nothing is written anywhere, so
//! nothing can be left half done.

mod connection;
mod dump;
mod fault;
mod log;
mod messages;
mod queries;

pub use fault::Fault;
pub use log::{LogFile, ScriptLog};

use connection::Connection;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use understudy_base::Uuid;
use understudy_binlog::{ChecksumAlgorithm, Flavour};

/// What a scripted source serves and says of itself.
#[derive(Clone, Debug)]
pub struct Script {
    /// Version, as in the greeting; `MariaDB` in it makes it one.
    pub server_version: String,
    /// `server_id`
    pub server_id: u32,
    /// `server_uuid`
    pub server_uuid: Uuid,
    /// `gtid_mode` is ON.
    pub gtid_mode: bool,
    /// `binlog_checksum`
    pub checksum: ChecksumAlgorithm,
    /// The account's name; any other is refused.
    pub user: String,
    /// The account's password.
    pub password: String,
    /// Files, first to last.
    pub files: Vec<LogFile>,
    /// One for each dump in turn; dumps after that are served faithfully.
    pub faults: VecDeque<Fault>,
}

impl Script {
    /// A source of this version and server id without files, for user `repl` without password.
    pub fn new(server_version: &str, server_id: u32) -> Script {
        let mut uuid = *b"understudy-demo-";
        for (byte, value) in uuid.iter_mut().rev().zip(server_id.to_le_bytes()) {
            *byte = value;
        }
        Script {
            server_version: server_version.to_owned(),
            server_id,
            server_uuid: Uuid::from_random(uuid),
            gtid_mode: false,
            checksum: ChecksumAlgorithm::Crc32,
            user: "repl".to_owned(),
            password: String::new(),
            files: Vec::new(),
            faults: VecDeque::new(),
        }
    }

    /// With one more file.
    #[must_use]
    pub fn with_file(mut self, name: &str, bytes: impl Into<bytes::Bytes>) -> Script {
        self.files.push(LogFile {
            name: name.to_owned(),
            bytes: bytes.into(),
        });
        self
    }

    /// With a password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Script {
        self.password = password.to_owned();
        self
    }

    /// With a fault for the next dump that has none.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Script {
        self.faults.push_back(fault);
        self
    }

    /// MySQL or MariaDB.
    pub fn flavour(&self) -> Flavour {
        if self.server_version.contains("MariaDB") {
            Flavour::Mariadb
        } else {
            Flavour::Mysql
        }
    }
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    script: Script,
    log: ScriptLog,
    faults: Mutex<VecDeque<Fault>>,
    unanswered: Mutex<Vec<String>>,
    dumps: Mutex<Vec<(String, u64)>>,
}

/// Nothing panics while it holds one of these locks with half a change made.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running source.
#[derive(Debug)]
pub struct ScriptedSource {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

impl ScriptedSource {
    /// Starts to listen.
    pub async fn start(script: Script, address: SocketAddr) -> io::Result<ScriptedSource> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            log: ScriptLog::new(script.files.clone()),
            faults: Mutex::new(script.faults.clone()),
            unanswered: Mutex::default(),
            dumps: Mutex::default(),
            script,
        });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(ScriptedSource {
            address,
            shared,
            acceptor,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The log; what is added to it goes to the replicas at once.
    pub fn log(&self) -> &ScriptLog {
        &self.shared.log
    }

    /// Adds a fault for the next dump that has none.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).push_back(fault);
    }

    /// Statements that were answered with an error because no answer is known, in their order.
    pub fn unanswered(&self) -> Vec<String> {
        lock(&self.shared.unanswered).clone()
    }

    /// File and position of every dump that was asked for, in their order.
    pub fn dumps(&self) -> Vec<(String, u64)> {
        lock(&self.shared.dumps).clone()
    }

    /// Stops listening and cuts all connections.
    pub async fn stop(mut self) {
        self.acceptor.abort();
        // An abort ends in a JoinError, which is what is wanted here.
        let _ = (&mut self.acceptor).await;
    }
}

impl Drop for ScriptedSource {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

/// Accepts until it is dropped; the connections' tasks go with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut next_id = 1;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let connection = Connection::new(stream, next_id, Arc::clone(&shared));
                    next_id += 1;
                    connections.spawn(async move {
                        if let Err(error) = connection.run().await {
                            tracing::debug!(%peer, %error, "replica's connection ended");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
