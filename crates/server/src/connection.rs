//! One client: handshake, authentication, then command after command until one side has enough.
//!
//! The task owns the socket. A command runs on a blocking thread that owns the session meanwhile; its packets
//! come back through a bounded channel, so a slow client slows its own command and nothing else. When the
//! client goes away the channel closes and the command ends at its next batch.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use understudy_base::error::MysqlError;
use understudy_values::types::CollationId;
use understudy_wire::auth::challenge;
use understudy_wire::capabilities::{Capabilities, StatusFlags};
use understudy_wire::client::Channel;
use understudy_wire::command::{ChangeUser, Command};
use understudy_wire::compress::Algorithm;
use understudy_wire::handshake::HandshakeV10;
use understudy_wire::packet::PacketCodec;
use understudy_wire::response::{ErrPacket, OkPacket};
use understudy_wire::server::{Credential, Login, Received, Verdict, greet};

use crate::accounts::{Account, Peer};
use crate::diagnostics::Diagnostics;
use crate::dispatch;
use crate::gtid::SessionGtid;
use crate::output::{BATCHES, Output};
use crate::processes::Process;
use crate::session::Session;
use crate::shared::Shared;
use crate::stream::ClientStream;

/// Bytes asked of the socket at once.
const READ_BYTES: usize = 16 << 10;
/// Bytes collected before the socket is written to.
const WRITE_BYTES: usize = 64 << 10;
/// Largest packet before authentication.
const LOGIN_PACKET_BYTES: usize = 1 << 20;
/// Collation of the greeting: the low byte of utf8mb4_0900_ai_ci.
const GREETING_COLLATION: u8 = 255;

/// What the server can do.
fn capabilities() -> Capabilities {
    Capabilities::LONG_PASSWORD
        | Capabilities::FOUND_ROWS
        | Capabilities::LONG_FLAG
        | Capabilities::CONNECT_WITH_DB
        | Capabilities::NO_SCHEMA
        | Capabilities::COMPRESS
        | Capabilities::ODBC
        | Capabilities::IGNORE_SPACE
        | Capabilities::PROTOCOL_41
        | Capabilities::INTERACTIVE
        | Capabilities::SSL
        | Capabilities::IGNORE_SIGPIPE
        | Capabilities::TRANSACTIONS
        | Capabilities::RESERVED
        | Capabilities::SECURE_CONNECTION
        | Capabilities::MULTI_STATEMENTS
        | Capabilities::MULTI_RESULTS
        | Capabilities::PS_MULTI_RESULTS
        | Capabilities::PLUGIN_AUTH
        | Capabilities::CONNECT_ATTRS
        | Capabilities::PLUGIN_AUTH_LENENC
        | Capabilities::CAN_HANDLE_EXPIRED_PASSWORDS
        | Capabilities::SESSION_TRACK
        | Capabilities::DEPRECATE_EOF
        | Capabilities::ZSTD
        | Capabilities::QUERY_ATTRIBUTES
}

/// The connection is over; nothing more can or need be said.
struct Gone;

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Self {
        Gone
    }
}

/// Serves a client from its first byte to its last.
pub async fn serve(stream: ClientStream, peer: Peer, shared: Arc<Shared>, tls: TlsAcceptor) {
    let host = match peer.port {
        0 => peer.host(),
        port => format!("{}:{port}", peer.host()),
    };
    let process = shared.processes.enter(host);
    let id = process.id;
    let channel = match peer.address {
        Some(_) => Channel::Plain,
        None => Channel::UnixSocket,
    };
    let connection = Connection {
        stream,
        codec: PacketCodec::new(LOGIN_PACKET_BYTES),
        input: BytesMut::new(),
        output: BytesMut::new(),
        shared: shared.clone(),
        process,
        peer,
        channel,
        tls_cipher: None,
    };
    if connection.run(tls).await.is_err() {
        tracing::debug!(connection = id, "connection ended");
    }
    shared.gtids.release(id);
    shared.processes.leave(id);
}

struct Connection {
    stream: ClientStream,
    codec: PacketCodec,
    input: BytesMut,
    output: BytesMut,
    shared: Arc<Shared>,
    process: Arc<Process>,
    peer: Peer,
    channel: Channel,
    tls_cipher: Option<String>,
}

impl Connection {
    async fn run(mut self, tls: TlsAcceptor) -> Result<(), Gone> {
        let limit = self.shared.globals.number("max_connections");
        if self.shared.processes.count() as u64 > limit {
            let refused = &self.shared.counters.refused;
            refused.fetch_add(1, Ordering::Relaxed);
            let error = MysqlError::new(1040, "Too many connections");
            return self.error(&error).await;
        }
        let seconds = self.shared.globals.number("connect_timeout");
        let login = timeout(Duration::from_secs(seconds), self.login(tls));
        let Ok(Ok((login, session))) = login.await else {
            let aborted = &self.shared.counters.aborted_connects;
            aborted.fetch_add(1, Ordering::Relaxed);
            return Err(Gone);
        };
        let result = self.commands(login, session).await;
        if result.is_err() {
            let aborted = &self.shared.counters.aborted_clients;
            aborted.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// The next payload. Cancel-safe.
    async fn read(&mut self) -> Result<Bytes, Gone> {
        loop {
            match self.codec.decode(&mut self.input) {
                Ok(Some(payload)) => return Ok(payload),
                Ok(None) => {}
                Err(frame) => {
                    // The stream cannot be read on: say why and leave.
                    let error = match frame {
                        understudy_wire::error::FrameError::TooLarge { .. } => MysqlError::new(
                            1153,
                            "Got a packet bigger than 'max_allowed_packet' bytes",
                        ),
                        understudy_wire::error::FrameError::Sequence { .. }
                        | understudy_wire::error::FrameError::Inflate => {
                            MysqlError::new(1156, "Got packets out of order")
                        }
                    };
                    self.error(&error).await?;
                    return Err(Gone);
                }
            }
            self.input.reserve(READ_BYTES);
            let count = self.stream.read_buf(&mut self.input).await?;
            if count == 0 {
                return Err(Gone);
            }
            let received = &self.shared.counters.bytes_received;
            received.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// A payload of the first two packets: not a byte beyond it is taken, since TLS may begin there.
    async fn read_exactly(&mut self) -> Result<Bytes, Gone> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header).await?;
        let [a, b, c, _] = header;
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        if length > LOGIN_PACKET_BYTES {
            return Err(Gone);
        }
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        self.input.extend_from_slice(&header);
        self.input.extend_from_slice(&payload);
        match self.codec.decode(&mut self.input) {
            Ok(Some(payload)) => Ok(payload),
            Ok(None) | Err(_) => Err(Gone),
        }
    }

    async fn write(&mut self, payload: &[u8]) -> Result<(), Gone> {
        self.codec.encode(payload, &mut self.output);
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        self.codec.flush(&mut self.output);
        let sent = &self.shared.counters.bytes_sent;
        sent.fetch_add(self.output.len() as u64, Ordering::Relaxed);
        let seconds = self.shared.globals.number("net_write_timeout");
        let write = async {
            self.stream.write_all(&self.output).await?;
            self.stream.flush().await
        };
        match timeout(Duration::from_secs(seconds.max(1)), write).await {
            Ok(result) => result?,
            Err(_) => return Err(Gone),
        }
        self.output.clear();
        Ok(())
    }

    async fn error(&mut self, error: &MysqlError) -> Result<(), Gone> {
        self.write(&ErrPacket::from(error).encode()).await
    }

    fn greeting(&self) -> Result<HandshakeV10, Gone> {
        Ok(HandshakeV10 {
            server_version: self.shared.globals.text("version"),
            connection_id: u32::try_from(self.process.id).unwrap_or(u32::MAX),
            capabilities: capabilities(),
            collation: GREETING_COLLATION,
            status: StatusFlags::AUTOCOMMIT,
            auth_data: challenge().map_err(|_| Gone)?.to_vec(),
            auth_plugin: understudy_wire::auth::CACHING_SHA2.to_owned(),
        })
    }

    /// From the greeting to the session.
    async fn login(&mut self, tls: TlsAcceptor) -> Result<(Login, Session), Gone> {
        let (greeting, state) = greet(self.greeting()?);
        self.write(&greeting).await?;
        let mut state = state;
        let login = loop {
            let packet = self.read_exactly().await?;
            match state.receive(&packet) {
                Ok(Received::Tls(next)) if self.channel != Channel::Tls => {
                    self.start_tls(&tls).await?;
                    state = next;
                }
                Ok(Received::Login(login)) => break *login,
                Ok(Received::Tls(_)) | Err(_) => {
                    self.error(&MysqlError::new(1043, "Bad handshake")).await?;
                    return Err(Gone);
                }
            }
        };
        let user = String::from_utf8_lossy(&login.response.user).into_owned();
        let account = self.authenticate(&login, &user).await?;
        let mut session = self.session(&login, user, account);
        session.set_names(CollationId(u16::from(login.response.head.collation)));
        if login.capabilities.contains(Capabilities::INTERACTIVE) {
            let seconds = session.variables.text("interactive_timeout");
            session.variables.put("wait_timeout", seconds);
        }
        let database = String::from_utf8_lossy(&login.response.database).into_owned();
        if !database.is_empty()
            && let Err(error) = session.use_database(&database)
        {
            self.error(&error).await?;
            return Err(Gone);
        }
        self.accepted(&session).await?;
        self.compress(&login);
        let limit = session.variables.number("max_allowed_packet");
        self.codec
            .set_limit(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((login, session))
    }

    async fn start_tls(&mut self, tls: &TlsAcceptor) -> Result<(), Gone> {
        let (dummy, _) = tokio::io::duplex(1);
        let plain = std::mem::replace(&mut self.stream, Box::new(dummy));
        let stream = tls.accept(plain).await?;
        let suite = stream.get_ref().1.negotiated_cipher_suite();
        self.tls_cipher = suite.and_then(|s| s.suite().as_str()).map(str::to_owned);
        self.stream = Box::new(stream);
        self.channel = Channel::Tls;
        Ok(())
    }

    fn compress(&mut self, login: &Login) {
        let level = login.response.zstd_level;
        if login.capabilities.contains(Capabilities::ZSTD) {
            self.codec.compress(Algorithm::Zstd {
                level: level.clamp(1, 22),
            });
        } else if login.capabilities.contains(Capabilities::COMPRESS) {
            self.codec.compress(Algorithm::Zlib);
        }
    }

    async fn accepted(&mut self, session: &Session) -> Result<(), Gone> {
        self.process.update(|activity| {
            activity.user = session.user.clone();
            activity.command = "Sleep";
            activity.since = Instant::now();
        });
        let ok = OkPacket {
            status: session.status(),
            ..OkPacket::default()
        };
        let packet = ok.encode(OkPacket::TAG, session.capabilities);
        self.write(&packet).await
    }

    fn session(&self, login: &Login, user: String, account: Account) -> Session {
        let multi = Capabilities::MULTI_STATEMENTS;
        Session {
            shared: self.shared.clone(),
            process: self.process.clone(),
            peer: self.peer.clone(),
            user,
            account,
            capabilities: login.capabilities,
            tls_cipher: self.tls_cipher.clone(),
            database: None,
            variables: self.shared.globals.new_session(),
            user_variables: HashMap::new(),
            diagnostics: Diagnostics::default(),
            prepared: HashMap::new(),
            last_statement_id: 0,
            named: HashMap::new(),
            multi_statements: login.capabilities.contains(multi),
            more_results: false,
            found_rows: 0,
            gtid: SessionGtid::default(),
            deadline: None,
        }
    }

    /// Lets the client prove who it is; the packet that accepts it is left to the caller.
    async fn authenticate(&mut self, login: &Login, user: &str) -> Result<Account, Gone> {
        let found = self.shared.accounts.find(user, &self.peer);
        let credential = match &found {
            Some((_, credential)) => credential.clone(),
            None => Credential::Nobody,
        };
        let mut verdict = login.authenticate(credential, self.channel);
        loop {
            match verdict {
                Verdict::Ask(question, state) => {
                    self.write(&question).await?;
                    let answer = self.read().await?;
                    let shared = self.shared.clone();
                    // The stored hash takes thousands of rounds: not on an async worker.
                    let check = move || state.receive(&answer, Some(&shared.key));
                    verdict = tokio::task::spawn_blocking(check).await.map_err(|_| Gone)?;
                }
                Verdict::Accept { first, digest } => {
                    let Some((account, _)) = found else {
                        return Err(Gone);
                    };
                    if let Some(digest) = digest {
                        self.shared.accounts.remember(&account, digest);
                    }
                    if account.locked {
                        let text = format!(
                            "Access denied for user '{user}'@'{}'. Account is locked.",
                            self.peer.host()
                        );
                        self.error(&MysqlError::new(3118, text)).await?;
                        return Err(Gone);
                    }
                    if let Some(first) = first {
                        self.write(&first).await?;
                    }
                    return Ok(account);
                }
                Verdict::Reject { using_password } => {
                    let text = format!(
                        "Access denied for user '{user}'@'{}' (using password: {})",
                        self.peer.host(),
                        if using_password { "YES" } else { "NO" }
                    );
                    self.error(&MysqlError::new(1045, text)).await?;
                    return Err(Gone);
                }
            }
        }
    }

    /// Commands until COM_QUIT, a kill, or silence for `wait_timeout`.
    async fn commands(&mut self, login: Login, mut session: Session) -> Result<(), Gone> {
        loop {
            self.codec.start_command();
            let seconds = session.variables.number("wait_timeout").max(1);
            let process = self.process.clone();
            let payload = tokio::select! {
                payload = timeout(Duration::from_secs(seconds), self.read()) => payload,
                () = process.killed() => return Ok(()),
            };
            let Ok(payload) = payload else {
                let text = "The client was disconnected by the server because of inactivity. \
                            See wait_timeout and interactive_timeout for configuring this behavior.";
                return self.error(&MysqlError::new(4031, text)).await;
            };
            let command = match Command::decode(&payload?, session.capabilities) {
                Ok(Command::Quit) => return Ok(()),
                Ok(command) => command,
                Err(malformed) => {
                    tracing::debug!(%malformed, "malformed command");
                    let error = MysqlError::new(1835, "Malformed communication packet.");
                    self.error(&error).await?;
                    continue;
                }
            };
            session = match command {
                Command::ChangeUser(change) => self.change_user(&login, change, session).await?,
                command => self.run_command(command, session).await?,
            };
            if self.process.is_connection_killed() {
                return Ok(());
            }
        }
    }

    async fn run_command(&mut self, command: Command, session: Session) -> Result<Session, Gone> {
        self.process.update(|activity| {
            activity.since = Instant::now();
            activity.command = command_name(&command);
            activity.info = match &command {
                Command::Query { text, .. } => Some(String::from_utf8_lossy(text).into_owned()),
                _ => None,
            };
        });
        let (sender, mut batches) = mpsc::channel(BATCHES);
        let job = tokio::task::spawn_blocking(move || {
            let mut session = session;
            let mut output = Output::new(sender, session.process.clone());
            dispatch::run(&mut session, command, &mut output);
            session
        });
        while let Some(batch) = batches.recv().await {
            for payload in batch.payloads() {
                self.codec.encode(payload, &mut self.output);
            }
            if self.output.len() >= WRITE_BYTES {
                self.flush().await?;
            }
        }
        self.flush().await?;
        // A panic of a handler ends this connection alone.
        let session = job.await.map_err(|_| Gone)?;
        self.process.update(|activity| {
            activity.since = Instant::now();
            activity.command = "Sleep";
            activity.info = None;
        });
        Ok(session)
    }

    /// COM_CHANGE_USER: as a login on the same connection.
    async fn change_user(
        &mut self,
        login: &Login,
        change: ChangeUser,
        mut session: Session,
    ) -> Result<Session, Gone> {
        let user = String::from_utf8_lossy(&change.user).into_owned();
        let mut again = login.clone();
        again.response.user.clone_from(&change.user);
        again.response.auth_plugin = change.auth_plugin;
        again.response.auth_response = change.auth_response;
        let account = self.authenticate(&again, &user).await?;
        session.reset();
        session.user = user;
        session.account = account;
        session.database = None;
        session.set_names(CollationId(change.collation));
        let database = String::from_utf8_lossy(&change.database).into_owned();
        if !database.is_empty()
            && let Err(error) = session.use_database(&database)
        {
            self.error(&error).await?;
            return Err(Gone);
        }
        self.accepted(&session).await?;
        Ok(session)
    }
}

/// As SHOW PROCESSLIST names it.
fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Query { .. } => "Query",
        Command::InitDb(_) => "Init DB",
        Command::FieldList { .. } => "Field List",
        Command::Refresh(_) => "Refresh",
        Command::Shutdown(_) => "Shutdown",
        Command::Statistics => "Statistics",
        Command::ProcessInfo => "Processlist",
        Command::ProcessKill(_) => "Kill",
        Command::Debug => "Debug",
        Command::Ping => "Ping",
        Command::ChangeUser(_) => "Change user",
        Command::BinlogDump(_) => "Binlog Dump",
        Command::BinlogDumpGtid(_) => "Binlog Dump GTID",
        Command::RegisterReplica(_) => "Register Replica",
        Command::StmtPrepare(_) => "Prepare",
        Command::StmtExecute(_) => "Execute",
        Command::StmtSendLongData { .. } => "Long Data",
        Command::StmtClose(_) => "Close stmt",
        Command::StmtReset(_) => "Reset stmt",
        Command::SetOption(_) => "Set option",
        Command::StmtFetch { .. } => "Fetch",
        Command::ResetConnection => "Reset Connection",
        Command::Quit => "Quit",
        Command::Unknown { .. } => "Error",
    }
}
