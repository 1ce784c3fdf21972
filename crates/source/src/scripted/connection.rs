//! One replica's connection: login, statements, and the dump that it stays in.

use super::dump::{self, DumpRequest};
use super::queries::{self, Answer, UserVariables};
use super::{Shared, lock};
use bytes::{Bytes, BytesMut};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use understudy_base::error::MysqlError;
use understudy_values::wire_type::WireType;
use understudy_wire::auth::{CACHING_SHA2, NATIVE, caching_sha2, challenge, native};
use understudy_wire::capabilities::{Capabilities, StatusFlags};
use understudy_wire::client::Channel;
use understudy_wire::column::{ColumnDefinition, ColumnFlags};
use understudy_wire::command::Command;
use understudy_wire::handshake::HandshakeV10;
use understudy_wire::packet::PacketCodec;
use understudy_wire::response::{ErrPacket, OkPacket};
use understudy_wire::resultset;
use understudy_wire::server::{Credential, Login, Received, Verdict, greet};

/// Largest packet that is read, bytes. Replicas send only short ones.
const PACKET_LIMIT: usize = 1 << 20;

/// caching_sha2_password asks for the password itself.
const FULL_AUTHENTICATION: [u8; 2] = [0x01, 0x04];

const CAPABILITIES: [Capabilities; 13] = [
    Capabilities::LONG_PASSWORD,
    Capabilities::FOUND_ROWS,
    Capabilities::LONG_FLAG,
    Capabilities::CONNECT_WITH_DB,
    Capabilities::PROTOCOL_41,
    Capabilities::TRANSACTIONS,
    Capabilities::SECURE_CONNECTION,
    Capabilities::MULTI_RESULTS,
    Capabilities::PLUGIN_AUTH,
    Capabilities::CONNECT_ATTRS,
    Capabilities::PLUGIN_AUTH_LENENC,
    Capabilities::DEPRECATE_EOF,
    Capabilities::RESERVED,
];

/// The plugin that a server of this version greets with: clients of its time know no newer one.
fn default_plugin(version: &str) -> &'static str {
    let major = version.split('.').next().and_then(|text| text.parse().ok());
    if version.contains("MariaDB") || major.unwrap_or(0) < 8 {
        NATIVE
    } else {
        CACHING_SHA2
    }
}

/// A connection, before its greeting.
pub struct Connection {
    wire: Wire,
    id: u32,
    shared: Arc<Shared>,
    variables: UserVariables,
}

/// A socket and the packets on it.
pub struct Wire {
    stream: TcpStream,
    codec: PacketCodec,
    input: BytesMut,
    output: BytesMut,
}

impl Wire {
    /// The next packet; `None` at the end of the stream.
    pub async fn read(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let packet = self.codec.decode(&mut self.input);
            if let Some(packet) = packet.map_err(|error| io::Error::other(error.to_string()))? {
                return Ok(Some(packet));
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Puts a packet behind those not yet sent.
    pub fn push(&mut self, payload: &[u8]) {
        self.codec.encode(payload, &mut self.output);
    }

    /// Bytes not yet sent.
    pub fn pending(&mut self) -> &mut BytesMut {
        &mut self.output
    }

    /// Sends what is pending.
    pub async fn flush(&mut self) -> io::Result<()> {
        let bytes = self.output.split();
        self.stream.write_all(&bytes).await
    }

    /// Waits until the peer sends something or closes; both end a dump.
    pub async fn closed(&mut self) -> io::Result<()> {
        self.stream.read_buf(&mut self.input).await.map(drop)
    }

    async fn send(&mut self, payload: &[u8]) -> io::Result<()> {
        self.push(payload);
        self.flush().await
    }
}

impl Connection {
    /// A connection on a fresh socket.
    pub(super) fn new(stream: TcpStream, id: u32, shared: Arc<Shared>) -> Connection {
        Connection {
            wire: Wire {
                stream,
                codec: PacketCodec::new(PACKET_LIMIT),
                input: BytesMut::new(),
                output: BytesMut::new(),
            },
            id,
            shared,
            variables: UserVariables::new(),
        }
    }

    /// Serves it to its end. It may be dropped anywhere: it only sends.
    pub async fn run(mut self) -> io::Result<()> {
        self.wire.stream.set_nodelay(true)?;
        let Some(login) = self.login().await? else {
            return Ok(());
        };
        let capabilities = login.capabilities;
        loop {
            self.wire.codec.start_command();
            let Some(packet) = self.wire.read().await? else {
                return Ok(());
            };
            let command = Command::decode(&packet, capabilities)
                .map_err(|error| io::Error::other(error.to_string()))?;
            let request = match command {
                Command::Quit => return Ok(()),
                Command::Query { text, .. } => {
                    self.query(&text, capabilities).await?;
                    continue;
                }
                Command::Ping | Command::InitDb(_) | Command::RegisterReplica(_) => {
                    self.ok(capabilities).await?;
                    continue;
                }
                Command::BinlogDump(dump) => DumpRequest::of(&dump),
                other => {
                    let text = format!("command {}", other.code());
                    lock(&self.shared.unanswered).push(text);
                    let error = MysqlError::new(1047, "Unknown command");
                    self.wire.send(&ErrPacket::from(&error).encode()).await?;
                    continue;
                }
            };
            return dump::run(&mut self.wire, &self.shared, &self.variables, request).await;
        }
    }

    async fn ok(&mut self, capabilities: Capabilities) -> io::Result<()> {
        let ok = OkPacket {
            status: StatusFlags::AUTOCOMMIT,
            ..OkPacket::default()
        };
        self.wire
            .send(&ok.encode(OkPacket::TAG, capabilities))
            .await
    }

    /// The account's credential. The digest is known beforehand, so no client needs TLS or a public key.
    fn credential(&self, user: &[u8], plugin: &str) -> Credential {
        let script = &self.shared.script;
        let password = script.password.as_bytes();
        if user != script.user.as_bytes() {
            return Credential::Nobody;
        }
        // MySQL 9 clients no longer have the old plugin, MariaDB's have the new one only from 12 on.
        if plugin == CACHING_SHA2 {
            let stored = if password.is_empty() { &b""[..] } else { b"-" };
            return Credential::CachingSha2 {
                stored: stored.to_vec(),
                cached: Some(caching_sha2::digest(password)),
            };
        }
        let hash = (!password.is_empty()).then(|| native::parse_hash(&native::hash(password)));
        Credential::Native(hash.flatten())
    }

    async fn login(&mut self) -> io::Result<Option<Login>> {
        let script = &self.shared.script;
        let (packet, state) = greet(HandshakeV10 {
            server_version: script.server_version.clone(),
            connection_id: self.id,
            capabilities: CAPABILITIES
                .into_iter()
                .fold(Capabilities::NONE, |all, one| all | one),
            collation: 45,
            status: StatusFlags::AUTOCOMMIT,
            auth_data: challenge()
                .map_err(|_| io::Error::other("no randomness"))?
                .to_vec(),
            auth_plugin: default_plugin(&script.server_version).to_owned(),
        });
        self.wire.send(&packet).await?;
        let Some(packet) = self.wire.read().await? else {
            return Ok(None);
        };
        let received = state
            .receive(&packet)
            .map_err(|error| io::Error::other(error.to_string()))?;
        let Received::Login(login) = received else {
            return Err(io::Error::other("TLS was not offered"));
        };
        let user = login.response.user.clone();
        let credential = self.credential(&user, &login.response.auth_plugin);
        let mut verdict = login.authenticate(credential, Channel::Plain);
        loop {
            match verdict {
                // The digest is known, so a client that is asked for more has the wrong password. Asking it
                // would end in its complaint about a missing TLS.
                Verdict::Ask(packet, _) if packet == FULL_AUTHENTICATION => {
                    verdict = Verdict::Reject {
                        using_password: true,
                    };
                }
                Verdict::Ask(packet, state) => {
                    self.wire.send(&packet).await?;
                    let Some(answer) = self.wire.read().await? else {
                        return Ok(None);
                    };
                    verdict = state.receive(&answer, None);
                }
                Verdict::Accept { first, .. } => {
                    if let Some(first) = first {
                        self.wire.push(&first);
                    }
                    self.ok(login.capabilities).await?;
                    return Ok(Some(*login));
                }
                Verdict::Reject { using_password } => {
                    let user = String::from_utf8_lossy(&user);
                    let using = if using_password { "YES" } else { "NO" };
                    let message = format!(
                        "Access denied for user '{user}'@'localhost' (using password: {using})"
                    );
                    let error = MysqlError::new(1045, message);
                    self.wire.send(&ErrPacket::from(&error).encode()).await?;
                    return Ok(None);
                }
            }
        }
    }

    async fn query(&mut self, text: &[u8], capabilities: Capabilities) -> io::Result<()> {
        let text = String::from_utf8_lossy(text);
        match queries::answer(&self.shared.script, &mut self.variables, &text) {
            Ok(Answer::Done) => self.ok(capabilities).await,
            Ok(Answer::Rows(columns, rows)) => {
                self.push_rows(&columns, &rows, capabilities);
                self.wire.flush().await
            }
            Err(error) => {
                lock(&self.shared.unanswered).push(text.into_owned());
                self.wire.send(&ErrPacket::from(&error).encode()).await
            }
        }
    }

    fn push_rows(
        &mut self,
        columns: &[String],
        rows: &[Vec<Option<String>>],
        capabilities: Capabilities,
    ) {
        let wire = &mut self.wire;
        wire.push(&resultset::encode_column_count(
            columns.len() as u64,
            capabilities,
        ));
        for name in columns {
            let column = ColumnDefinition {
                schema: Vec::new(),
                table: Vec::new(),
                org_table: Vec::new(),
                name: name.clone().into_bytes(),
                org_name: Vec::new(),
                extended: Vec::new(),
                collation: 45,
                length: 1024,
                column_type: WireType::VAR_STRING,
                flags: ColumnFlags(0),
                decimals: 31,
                default: None,
            };
            wire.push(&column.encode(capabilities));
        }
        let status = StatusFlags::AUTOCOMMIT;
        if let Some(end) = resultset::encode_columns_end(status, capabilities) {
            wire.push(&end);
        }
        for row in rows {
            let mut packet = Vec::new();
            for value in row {
                resultset::put_text_value(value.as_deref().map(str::as_bytes), &mut packet);
            }
            wire.push(&packet);
        }
        let end = OkPacket {
            status,
            ..OkPacket::default()
        };
        wire.push(&resultset::encode_rows_end(&end, capabilities));
    }
}
