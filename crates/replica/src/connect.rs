//! Connections to a source: sockets, TLS, the handshake, queries and raw packets.
//!
//! [`connect`] gives a [`SourceConnection`] or a [`ConnectError`] with the number and text of MySQL's client
//! library, as they appear in `Last_IO_Error`. The protocol itself is [`understudy_wire`]'s.
//!
//! Every read may be dropped at any await: bytes that came are kept in the connection, so the next read goes
//! on where the dropped one stopped. A dropped write leaves the connection unusable.

mod certificate;
mod error;
mod stream;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use understudy_wire::auth::rsa::PublicKey;
use understudy_wire::capabilities::Capabilities;
use understudy_wire::client::{AuthStep, Channel, ClientOptions, ExpectGreeting, Greeted, Session};
use understudy_wire::column::ColumnDefinition;
use understudy_wire::command::Command;
use understudy_wire::compress::Algorithm;
use understudy_wire::handshake::HandshakeV10;
use understudy_wire::packet::PacketCodec;
use understudy_wire::response::OkPacket;
use understudy_wire::resultset::{ResponseEvent, ResponseReader, text_row};

pub use error::ConnectError;
use stream::Stream;
pub use tls::{TlsMode, TlsOptions};

/// Bytes asked of the socket at once.
const READ_BYTES: usize = 64 << 10;

/// Where and how to connect.
#[derive(Clone, Debug)]
pub struct SourceEndpoint {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// A unix socket in place of host and port.
    pub socket: Option<PathBuf>,
    /// Local address to connect from (MASTER_BIND).
    pub bind: Option<String>,
    /// Account.
    pub user: String,
    /// Password.
    pub password: String,
    /// TLS.
    pub tls: TlsOptions,
    /// Compression, in order of preference; empty for none.
    pub compression: Vec<Algorithm>,
    /// The source's RSA public key (MASTER_PUBLIC_KEY_PATH).
    pub public_key_path: Option<PathBuf>,
    /// Ask the source for its RSA public key (GET_MASTER_PUBLIC_KEY).
    pub get_public_key: bool,
    /// Bound on the TCP connection and on the wait for the greeting.
    pub connect_timeout: Duration,
    /// Bound on every other read (`slave_net_timeout`).
    pub read_timeout: Duration,
    /// Largest packet accepted, bytes (`slave_max_allowed_packet`).
    pub max_packet_bytes: usize,
    /// Connection attributes.
    pub attributes: Vec<(String, String)>,
}

impl Default for SourceEndpoint {
    fn default() -> Self {
        SourceEndpoint {
            host: String::new(),
            port: 3306,
            socket: None,
            bind: None,
            user: String::new(),
            password: String::new(),
            tls: TlsOptions::default(),
            compression: Vec::new(),
            public_key_path: None,
            get_public_key: false,
            connect_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(60),
            max_packet_bytes: 1 << 30,
            attributes: Vec::new(),
        }
    }
}

/// What a statement returned: its last result set, or none.
#[derive(Clone, Debug, Default)]
pub struct QueryResult {
    /// Columns.
    pub columns: Vec<ColumnDefinition>,
    /// Rows of the text protocol; `None` is NULL.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl QueryResult {
    /// The first value of the first row as text; `None` where there is no row or the value is NULL.
    pub fn first_text(&self) -> Option<String> {
        let value = self.rows.first()?.first()?.as_deref()?;
        Some(String::from_utf8_lossy(value).into_owned())
    }
}

/// A connection that stands.
#[derive(Debug)]
pub struct SourceConnection {
    stream: Stream,
    codec: PacketCodec,
    input: BytesMut,
    output: BytesMut,
    session: Session,
    read_timeout: Duration,
}

/// Connects and authenticates.
///
/// # Errors
/// As the client library reports them: 2003 and 2005 for the network, 2013 where the peer went away, 2026
/// for TLS, the source's own number (1045, 1130, 1040, ...) where it refuses.
pub async fn connect(endpoint: &SourceEndpoint) -> Result<SourceConnection, ConnectError> {
    let stream = match timeout(endpoint.connect_timeout, Stream::open(endpoint)).await {
        Ok(stream) => stream?,
        Err(_) => return Err(ConnectError::cannot_connect(endpoint, 110)),
    };
    let mut raw = RawConnection {
        stream,
        codec: PacketCodec::new(endpoint.max_packet_bytes),
        input: BytesMut::new(),
        output: BytesMut::new(),
    };
    let waiting = "waiting for initial communication packet";
    let greeting = match timeout(endpoint.connect_timeout, raw.read()).await {
        Ok(packet) => packet.map_err(|e| e.while_doing("reading initial communication packet"))?,
        Err(_) => return Err(ConnectError::lost_while(waiting, 110)),
    };
    let greeted = ExpectGreeting::new(client_options(endpoint)?).receive(&greeting)?;
    let reading = "reading authorization packet";
    match timeout(endpoint.read_timeout, login(raw, greeted, endpoint)).await {
        Ok(result) => result.map_err(|e| e.while_doing(reading)),
        Err(_) => Err(ConnectError::lost_while(reading, 110)),
    }
}

fn client_options(endpoint: &SourceEndpoint) -> Result<ClientOptions, ConnectError> {
    let public_key = match &endpoint.public_key_path {
        None => None,
        Some(path) => Some(
            std::fs::read_to_string(path)
                .ok()
                .and_then(|pem| PublicKey::from_pem(&pem).ok())
                .ok_or_else(|| ConnectError::public_key(path))?,
        ),
    };
    Ok(ClientOptions {
        user: endpoint.user.as_bytes().to_vec(),
        password: endpoint.password.as_bytes().to_vec(),
        max_packet: u32::try_from(endpoint.max_packet_bytes).unwrap_or(u32::MAX),
        capabilities: Capabilities::NONE,
        attributes: endpoint
            .attributes
            .iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect(),
        compression: endpoint.compression.clone(),
        public_key,
        get_public_key: endpoint.get_public_key,
        ..ClientOptions::default()
    })
}

/// TLS if it is wanted, then authentication.
async fn login(
    mut raw: RawConnection,
    mut greeted: Greeted,
    endpoint: &SourceEndpoint,
) -> Result<SourceConnection, ConnectError> {
    let mut channel = raw.stream.channel();
    let tls = &endpoint.tls;
    let wanted = channel == Channel::Plain && tls.mode != TlsMode::Disabled;
    if wanted && (greeted.offers_tls() || tls.mode != TlsMode::Preferred) {
        let (request, next) = greeted.request_tls()?;
        greeted = next;
        raw.write(&request).await?;
        raw.stream = tls::handshake(raw.stream, tls, &endpoint.host).await?;
        channel = Channel::Tls;
    }
    let (response, mut state) = greeted.respond(channel)?;
    raw.write(&response).await?;
    let session = loop {
        let packet = raw.read().await?;
        match state.receive(&packet)? {
            AuthStep::Send(answer, next) => {
                raw.write(&answer).await?;
                state = next;
            }
            AuthStep::Wait(next) => state = next,
            AuthStep::Done(session) => break session,
        }
    };
    if let Some(algorithm) = session.compression {
        raw.codec.compress(algorithm);
    }
    Ok(SourceConnection {
        stream: raw.stream,
        codec: raw.codec,
        input: raw.input,
        output: raw.output,
        session: *session,
        read_timeout: endpoint.read_timeout,
    })
}

/// Packets before authentication is done.
struct RawConnection {
    stream: Stream,
    codec: PacketCodec,
    input: BytesMut,
    output: BytesMut,
}

impl RawConnection {
    async fn read(&mut self) -> Result<Bytes, ConnectError> {
        read_payload(&mut self.stream, &mut self.codec, &mut self.input).await
    }

    async fn write(&mut self, payload: &[u8]) -> Result<(), ConnectError> {
        self.codec.encode(payload, &mut self.output);
        send(&mut self.stream, &mut self.output).await
    }
}

/// The next payload. Cancel-safe: what was read stays in `input`.
async fn read_payload(
    stream: &mut Stream,
    codec: &mut PacketCodec,
    input: &mut BytesMut,
) -> Result<Bytes, ConnectError> {
    loop {
        if let Some(payload) = codec.decode(input)? {
            return Ok(payload);
        }
        input.reserve(READ_BYTES);
        let count = stream.read_buf(input).await.map_err(ConnectError::lost)?;
        if count == 0 {
            return Err(ConnectError::lost(std::io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

async fn send(stream: &mut Stream, output: &mut BytesMut) -> Result<(), ConnectError> {
    let result = async {
        stream.write_all(output).await?;
        stream.flush().await
    };
    let result = result.await.map_err(|_| ConnectError::gone_away());
    output.clear();
    result
}

impl SourceConnection {
    /// The source's greeting.
    pub fn server(&self) -> &HandshakeV10 {
        &self.session.server
    }

    /// Capabilities in force.
    pub fn capabilities(&self) -> Capabilities {
        self.session.capabilities
    }

    /// Bytes travel by TLS.
    pub fn is_tls(&self) -> bool {
        self.stream.channel() == Channel::Tls
    }

    /// Compression in force.
    pub fn compression(&self) -> Option<Algorithm> {
        self.session.compression
    }

    /// Changes the bound on reads.
    pub fn set_read_timeout(&mut self, read_timeout: Duration) {
        self.read_timeout = read_timeout;
    }

    /// Sends a command; the answer is left to be read.
    pub async fn command(&mut self, command: &Command) -> Result<(), ConnectError> {
        self.codec.start_command();
        self.codec
            .encode(&command.encode(self.session.capabilities), &mut self.output);
        self.codec.flush(&mut self.output);
        send(&mut self.stream, &mut self.output).await
    }

    /// The next payload, within `limit` or the connection's own bound. A timeout is error 2013 and leaves
    /// the connection as it was. Cancel-safe.
    pub async fn read_packet(&mut self, limit: Option<Duration>) -> Result<Bytes, ConnectError> {
        let read = read_payload(&mut self.stream, &mut self.codec, &mut self.input);
        match timeout(limit.unwrap_or(self.read_timeout), read).await {
            Ok(packet) => packet,
            Err(_) => Err(ConnectError::timed_out()),
        }
    }

    /// A payload that is already here, without waiting.
    pub fn buffered_packet(&mut self) -> Result<Option<Bytes>, ConnectError> {
        Ok(self.codec.decode(&mut self.input)?)
    }

    /// Sends a command that is answered by OK or an error.
    pub async fn command_ok(&mut self, command: &Command) -> Result<OkPacket, ConnectError> {
        self.command(command).await?;
        let packet = self.read_packet(None).await?;
        let mut reader = ResponseReader::new(self.session.capabilities);
        match reader.receive(&packet)? {
            Some(ResponseEvent::Ok(ok)) => Ok(ok),
            Some(ResponseEvent::Err(err)) => Err(ConnectError::from(err)),
            Some(
                ResponseEvent::LocalInfile(_)
                | ResponseEvent::Columns(_)
                | ResponseEvent::Row(_)
                | ResponseEvent::RowsEnd(_),
            )
            | None => Err(ConnectError::unexpected_answer()),
        }
    }

    /// Runs a statement and collects its rows.
    pub async fn query(&mut self, sql: impl Into<Vec<u8>>) -> Result<QueryResult, ConnectError> {
        self.command(&Command::query(sql)).await?;
        let mut reader = ResponseReader::new(self.session.capabilities);
        let mut result = QueryResult::default();
        while !reader.is_done() {
            let packet = self.read_packet(None).await?;
            match reader.receive(&packet)? {
                Some(ResponseEvent::Ok(_) | ResponseEvent::RowsEnd(_)) | None => {}
                Some(ResponseEvent::Err(err)) => return Err(ConnectError::from(err)),
                Some(ResponseEvent::LocalInfile(_)) => {
                    return Err(ConnectError::unexpected_answer());
                }
                Some(ResponseEvent::Columns(columns)) => {
                    result = QueryResult {
                        columns,
                        rows: Vec::new(),
                    };
                }
                Some(ResponseEvent::Row(row)) => {
                    let values = text_row(&row, result.columns.len())?;
                    let owned = values.into_iter().map(|v| v.map(<[u8]>::to_vec));
                    result.rows.push(owned.collect());
                }
            }
        }
        Ok(result)
    }

    /// An event of the dump asked for an acknowledgement: the source numbers what follows from 1 again.
    pub fn restart_numbering(&mut self) {
        self.codec.restart_numbering();
    }

    /// Sends an acknowledgement of semi-synchronous replication: a packet of its own with number 0, in the
    /// middle of a dump. What the source sends is numbered without regard to it.
    pub async fn acknowledge(&mut self, payload: &[u8]) -> Result<(), ConnectError> {
        let incoming = self.codec.sequence();
        self.codec.start_command();
        self.codec.encode(payload, &mut self.output);
        self.codec.flush(&mut self.output);
        self.codec.number_from(incoming);
        send(&mut self.stream, &mut self.output).await
    }

    /// Says goodbye. The source may be gone already, which is as good.
    pub async fn quit(mut self) {
        let said = timeout(Duration::from_secs(1), self.command(&Command::Quit)).await;
        if !matches!(said, Ok(Ok(()))) {
            tracing::debug!("the source went away before COM_QUIT");
        }
    }
}
