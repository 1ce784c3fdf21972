//! The listening sockets, and the server's start and end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use understudy_base::control::ReplicationControl;
use understudy_base::error::MysqlError;
use understudy_storage::store::Store;

use crate::accounts::{AccountError, Accounts, Peer};
use crate::connection;
use crate::gtid::Owners;
use crate::persist::Persisted;
use crate::plugins::{self, PluginVariable, Plugins};
use crate::processes::Processes;
use crate::shared::{Counters, Shared};
use crate::stream::ClientStream;
use crate::tls;
use crate::variables::Globals;

/// How long running statements may take to end at a shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Data directory: accounts, certificates and keys are kept in it.
    pub datadir: PathBuf,
    /// Address to listen on; `*` is all of them.
    pub bind_address: String,
    /// TCP port; 0 takes a free one.
    pub port: u16,
    /// Unix socket; none is made without it.
    pub socket: Option<PathBuf>,
    /// Global variables to start with, in any spelling; `port`, `socket`, `datadir` and `bind_address` are
    /// set from the fields above.
    pub variables: Vec<(String, String)>,
    /// `plugin_load` and `plugin_load_add`, one element an option.
    pub plugin_load: Vec<String>,
    /// Variables of plugins that options gave.
    pub plugin_variables: Vec<PluginVariable>,
}

/// Why the server does not start, or ended.
#[derive(Debug)]
pub enum ServerError {
    /// A socket cannot be opened.
    Listen(String, io::Error),
    /// Accounts cannot be read.
    Accounts(AccountError),
    /// Plugins cannot be read.
    Plugins(io::Error),
    /// Certificates or keys cannot be read or made.
    Certificates(io::Error),
    /// `mysqld-auto.cnf` cannot be read.
    Persisted(io::Error),
    /// A variable has no such name or takes no such value.
    Variable(MysqlError),
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ServerError::Listen(place, error) => write!(f, "cannot listen on {place}: {error}"),
            ServerError::Accounts(error) => write!(f, "accounts: {error}"),
            ServerError::Plugins(error) => write!(f, "plugins: {error}"),
            ServerError::Persisted(error) => write!(f, "persisted variables: {error}"),
            ServerError::Certificates(error) => write!(f, "certificates: {error}"),
            ServerError::Variable(error) => f.write_str(&error.message),
        }
    }
}

impl std::error::Error for ServerError {}

/// A server whose sockets are open.
pub struct Server {
    tcp: TcpListener,
    unix: Option<(UnixListener, PathBuf)>,
    tls: TlsAcceptor,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("tcp", &self.tcp)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the sockets. The accounts must exist ([`Accounts::initialise`]); certificates and keys are made
    /// if there are none.
    pub async fn bind(
        options: ServerOptions,
        store: Store,
        control: Arc<dyn ReplicationControl>,
    ) -> Result<Server, ServerError> {
        let address = match options.bind_address.as_str() {
            "*" => "::",
            address => address,
        };
        let place = format!("{address}:{}", options.port);
        let tcp = TcpListener::bind((address, options.port))
            .await
            .map_err(|e| ServerError::Listen(place, e))?;
        let unix = match &options.socket {
            None => None,
            Some(path) => Some((open_socket(path).await?, path.clone())),
        };
        let datadir = &options.datadir;
        let tls = tls::acceptor(datadir).map_err(ServerError::Certificates)?;
        let key = tls::key_pair(datadir).map_err(ServerError::Certificates)?;
        let accounts = Accounts::open(datadir).map_err(ServerError::Accounts)?;
        let port = tcp.local_addr().map_or(options.port, |a| a.port());
        let variables = start_values(&options, port);
        let globals = Globals::new(&variables).map_err(ServerError::Variable)?;
        let persisted = Persisted::open(datadir).map_err(ServerError::Persisted)?;
        let plugins = Plugins::open(datadir, &options.plugin_load).map_err(ServerError::Plugins)?;
        let shared = Arc::new(Shared {
            store,
            processes: Processes::new(control.process_ids()),
            control,
            accounts,
            plugins,
            globals,
            gtids: Owners::default(),
            persisted,
            key,
            counters: Counters::default(),
            started: Instant::now(),
            shutdown: tokio::sync::Notify::new(),
        });
        plugins::apply_options(&shared, &options.plugin_variables)
            .map_err(ServerError::Variable)?;
        Ok(Server {
            tcp,
            unix,
            tls,
            shared,
        })
    }

    /// The address of the TCP socket.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `shutdown` completes or a client says SHUTDOWN; then ends every connection and removes
    /// the socket file.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let shared = self.shared.clone();
        tokio::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                () = shared.shutdown.notified() => break,
                accepted = self.tcp.accept() => accepted.map(|(stream, from)| tcp(stream, from)),
                accepted = accept_unix(self.unix.as_ref()) => accepted.map(unix),
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let tls = self.tls.clone();
                    connections.spawn(connection::serve(stream, peer, shared.clone(), tls));
                }
                Err(error) => {
                    // Out of file descriptors, for example: others may free some.
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.tcp);
        for process in shared.processes.all() {
            process.kill(false);
        }
        let all = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_GRACE, all).await.is_err() {
            tracing::warn!("connections that did not end are dropped");
        }
        if let Some((listener, path)) = self.unix {
            drop(listener);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "cannot remove the socket file");
            }
        }
    }
}

fn start_values(options: &ServerOptions, port: u16) -> Vec<(String, String)> {
    let mut values = options.variables.clone();
    let mut datadir = options.datadir.display().to_string();
    if !datadir.ends_with('/') {
        datadir.push('/');
    }
    let socket = options.socket.as_ref().map(|p| p.display().to_string());
    for (name, value) in [
        ("bind_address", options.bind_address.clone()),
        ("datadir", datadir),
        ("port", port.to_string()),
        ("report_port", port.to_string()),
        ("socket", socket.unwrap_or_default()),
    ] {
        values.push((name.to_owned(), value));
    }
    values
}

/// A socket file that nobody answers on is a leftover and is replaced.
async fn open_socket(path: &PathBuf) -> Result<UnixListener, ServerError> {
    let failed = |error| ServerError::Listen(path.display().to_string(), error);
    if path.exists() {
        if UnixStream::connect(path).await.is_ok() {
            return Err(failed(io::ErrorKind::AddrInUse.into()));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    UnixListener::bind(path).map_err(failed)
}

async fn accept_unix(listener: Option<&(UnixListener, PathBuf)>) -> io::Result<UnixStream> {
    match listener {
        Some((listener, _)) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

fn tcp(stream: TcpStream, from: SocketAddr) -> (ClientStream, Peer) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let peer = Peer {
        address: Some(from.ip().to_canonical()),
        port: from.port(),
    };
    (Box::new(stream), peer)
}

fn unix(stream: UnixStream) -> (ClientStream, Peer) {
    let peer = Peer {
        address: None,
        port: 0,
    };
    (Box::new(stream), peer)
}
