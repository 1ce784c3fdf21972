//! The client's side of the connection phase, as consuming states.
//!
//! [`ExpectGreeting`] takes the server's first packet and becomes [`Greeted`]; that asks for TLS if the
//! caller wants it ([`Greeted::request_tls`]; the caller then does the TLS handshake on its stream) and
//! sends the response; [`ExpectAuth`] follows the plugins until the server says OK or ERR.

use crate::auth::rsa::PublicKey;
use crate::auth::{
    CACHING_SHA2, CLEAR, ED25519, NATIVE, PARSEC, SHA256, caching_sha2, ed25519, native, parsec,
};
use crate::capabilities::Capabilities;
use crate::compress::Algorithm;
use crate::error::{DecodeError, Reason};
use crate::handshake::{
    Attributes, AuthMoreData, AuthSwitchRequest, HandshakeResponse, HandshakeV10, SslRequest,
};
use crate::response::{ErrPacket, OkPacket};

/// What protects the bytes from being read on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// TCP without TLS.
    Plain,
    /// A unix socket: no TLS, but nobody listens.
    UnixSocket,
    /// TLS.
    Tls,
}

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Account.
    pub user: Vec<u8>,
    /// Password; empty for none.
    pub password: Vec<u8>,
    /// Database to start in.
    pub database: Option<Vec<u8>>,
    /// Collation of the connection (its low byte is sent); 45 is utf8mb4_general_ci, which all servers know.
    pub collation: u8,
    /// Largest packet the client takes, bytes.
    pub max_packet: u32,
    /// Capabilities asked for besides those that every connection uses.
    pub capabilities: Capabilities,
    /// Connection attributes.
    pub attributes: Attributes,
    /// Compression, in order of preference; empty for none.
    pub compression: Vec<Algorithm>,
    /// The server's public key, if known beforehand.
    pub public_key: Option<PublicKey>,
    /// Ask the server for its public key.
    pub get_public_key: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            user: Vec::new(),
            password: Vec::new(),
            database: None,
            collation: 45,
            max_packet: 1 << 30,
            capabilities: Capabilities::NONE,
            attributes: Vec::new(),
            compression: Vec::new(),
            public_key: None,
            get_public_key: false,
        }
    }
}

/// Why no connection came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandshakeError {
    /// A packet could not be read.
    Decode(DecodeError),
    /// The server refused.
    Server(ErrPacket),
    /// The server offers no TLS.
    NoTls,
    /// A plugin that is not known here.
    UnknownPlugin(String),
    /// A plugin gave up.
    Plugin {
        /// Which.
        plugin: &'static str,
        /// Why.
        text: &'static str,
    },
}

impl HandshakeError {
    /// The number that the C client library gives such an error, or the server's own.
    pub fn errno(&self) -> u16 {
        match self {
            HandshakeError::Decode(_) => 2027,
            HandshakeError::Server(err) => err.errno,
            HandshakeError::NoTls => 2026,
            HandshakeError::UnknownPlugin(_) => 2059,
            HandshakeError::Plugin { .. } => 2061,
        }
    }
}

impl From<DecodeError> for HandshakeError {
    fn from(error: DecodeError) -> Self {
        HandshakeError::Decode(error)
    }
}

impl std::fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HandshakeError::Decode(error) => write!(f, "Malformed packet: {error}"),
            HandshakeError::Server(err) => f.write_str(&err.text()),
            HandshakeError::NoTls => f.write_str(
                "SSL connection error: SSL is required but the server doesn't support it",
            ),
            HandshakeError::UnknownPlugin(name) => write!(
                f,
                "Authentication plugin '{name}' cannot be loaded: plugin not known here"
            ),
            HandshakeError::Plugin { plugin, text } => {
                write!(f, "Authentication plugin '{plugin}' reported error: {text}")
            }
        }
    }
}

impl std::error::Error for HandshakeError {}

/// What both sides agreed on.
#[derive(Clone, Debug)]
pub struct Session {
    /// The server's greeting.
    pub server: HandshakeV10,
    /// Capabilities in force.
    pub capabilities: Capabilities,
    /// Compression in force from the next packet on.
    pub compression: Option<Algorithm>,
    /// The server's OK.
    pub ok: OkPacket,
}

/// State: nothing received yet.
#[derive(Clone, Debug)]
pub struct ExpectGreeting {
    options: ClientOptions,
}

impl ExpectGreeting {
    /// Starts.
    pub fn new(options: ClientOptions) -> Self {
        ExpectGreeting { options }
    }

    /// Takes the server's first packet.
    pub fn receive(self, packet: &[u8]) -> Result<Greeted, HandshakeError> {
        if packet.first() == Some(&ErrPacket::TAG) {
            return Err(HandshakeError::Server(ErrPacket::decode(packet)?));
        }
        Ok(Greeted {
            server: HandshakeV10::decode(packet)?,
            options: self.options,
            tls: false,
        })
    }
}

/// State: the greeting was read, nothing sent.
#[derive(Clone, Debug)]
pub struct Greeted {
    /// The server's greeting.
    pub server: HandshakeV10,
    options: ClientOptions,
    tls: bool,
}

impl Greeted {
    /// The server offers TLS.
    pub fn offers_tls(&self) -> bool {
        self.server.capabilities.contains(Capabilities::SSL)
    }

    /// The packet after which the TLS handshake begins.
    pub fn request_tls(mut self) -> Result<(Vec<u8>, Greeted), HandshakeError> {
        if !self.offers_tls() {
            return Err(HandshakeError::NoTls);
        }
        self.tls = true;
        let request = self.head(self.compression());
        Ok((request.encode(), self))
    }

    fn compression(&self) -> Option<Algorithm> {
        let server = self.server.capabilities;
        let mut wanted = self.options.compression.iter().copied();
        wanted.find(|algorithm| server.contains(compression_flag(*algorithm)))
    }

    fn head(&self, compression: Option<Algorithm>) -> SslRequest {
        let mut wanted = self.options.capabilities
            | Capabilities::LONG_FLAG
            | Capabilities::PROTOCOL_41
            | Capabilities::TRANSACTIONS
            | Capabilities::SECURE_CONNECTION
            | Capabilities::MULTI_RESULTS
            | Capabilities::PS_MULTI_RESULTS
            | Capabilities::PLUGIN_AUTH
            | Capabilities::PLUGIN_AUTH_LENENC
            | Capabilities::CONNECT_ATTRS
            | Capabilities::DEPRECATE_EOF;
        if !self.server.is_mariadb() || wanted.extended() == 0 {
            wanted |= Capabilities::LONG_PASSWORD;
        }
        if self.tls {
            wanted |= Capabilities::SSL;
        }
        if self.options.database.is_some() {
            wanted |= Capabilities::CONNECT_WITH_DB;
        }
        let mut offered = self.server.capabilities;
        if self.server.is_mariadb() {
            // MariaDB does not show it, yet takes it.
            offered |= wanted & Capabilities::LONG_PASSWORD;
        }
        if let Some(algorithm) = compression {
            wanted |= compression_flag(algorithm);
        }
        let mut capabilities = wanted & offered;
        if capabilities.contains(Capabilities::LONG_PASSWORD) {
            capabilities = Capabilities(u64::from(capabilities.low()));
        }
        SslRequest {
            capabilities,
            max_packet: self.options.max_packet,
            collation: self.options.collation,
        }
    }

    /// The response to the greeting, over `channel` as it is now.
    pub fn respond(self, channel: Channel) -> Result<(Vec<u8>, ExpectAuth), HandshakeError> {
        let compression = self.compression();
        let head = self.head(compression);
        // Where the server's default plugin is unknown, it will switch to the account's one.
        let plugin = Plugin::by_name(&self.server.auth_plugin).unwrap_or(Plugin::CachingSha2);
        let plugin = match plugin {
            Plugin::Clear => Plugin::CachingSha2,
            plugin => plugin,
        };
        let auth = Exchange {
            plugin,
            challenge: self.server.auth_data.clone(),
            channel,
        };
        let response = HandshakeResponse {
            head,
            user: self.options.user.clone(),
            auth_response: auth.first_answer(&self.options)?,
            database: self.options.database.clone().unwrap_or_default(),
            auth_plugin: plugin.name().to_owned(),
            attributes: self.options.attributes.clone(),
            zstd_level: match compression {
                Some(Algorithm::Zstd { level }) => level,
                Some(Algorithm::Zlib) | None => 0,
            },
        };
        let next = ExpectAuth {
            session: Session {
                server: self.server,
                capabilities: head.capabilities,
                compression,
                ok: OkPacket::default(),
            },
            options: self.options,
            auth,
        };
        Ok((response.encode(), next))
    }
}

fn compression_flag(algorithm: Algorithm) -> Capabilities {
    match algorithm {
        Algorithm::Zlib => Capabilities::COMPRESS,
        Algorithm::Zstd { .. } => Capabilities::ZSTD,
    }
}

/// The plugins known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plugin {
    Native,
    CachingSha2,
    Sha256,
    Clear,
    Ed25519,
    Parsec,
}

impl Plugin {
    const ALL: [Plugin; 6] = [
        Plugin::Native,
        Plugin::CachingSha2,
        Plugin::Sha256,
        Plugin::Clear,
        Plugin::Ed25519,
        Plugin::Parsec,
    ];

    fn name(self) -> &'static str {
        match self {
            Plugin::Native => NATIVE,
            Plugin::CachingSha2 => CACHING_SHA2,
            Plugin::Sha256 => SHA256,
            Plugin::Clear => CLEAR,
            Plugin::Ed25519 => ED25519,
            Plugin::Parsec => PARSEC,
        }
    }

    fn by_name(name: &str) -> Option<Plugin> {
        Self::ALL.into_iter().find(|plugin| plugin.name() == name)
    }

    fn error(self, text: &'static str) -> HandshakeError {
        HandshakeError::Plugin {
            plugin: self.name(),
            text,
        }
    }
}

const INSECURE: &str = "Authentication requires secure connection.";

/// One plugin at work.
#[derive(Clone, Debug)]
struct Exchange {
    plugin: Plugin,
    challenge: Vec<u8>,
    channel: Channel,
}

impl Exchange {
    fn first_answer(&self, options: &ClientOptions) -> Result<Vec<u8>, HandshakeError> {
        let password = &options.password;
        match self.plugin {
            Plugin::Native => Ok(native::scramble(password, &self.challenge)),
            Plugin::CachingSha2 => Ok(caching_sha2::scramble(password, &self.challenge)),
            Plugin::Sha256 => self.sha256_answer(options),
            Plugin::Clear if self.channel == Channel::Tls => Ok(nul_ended(password)),
            Plugin::Clear => Err(self.plugin.error(INSECURE)),
            Plugin::Ed25519 => Ok(ed25519::sign(password, &self.challenge)),
            Plugin::Parsec => Ok(Vec::new()),
        }
    }

    fn sha256_answer(&self, options: &ClientOptions) -> Result<Vec<u8>, HandshakeError> {
        if options.password.is_empty() || self.channel == Channel::Tls {
            return Ok(nul_ended(&options.password));
        }
        match &options.public_key {
            Some(key) => self.encrypted(&options.password, key),
            None if options.get_public_key => Ok(vec![1]),
            None => Err(self.plugin.error(INSECURE)),
        }
    }

    fn encrypted(&self, password: &[u8], key: &PublicKey) -> Result<Vec<u8>, HandshakeError> {
        let masked = caching_sha2::masked_password(password, &self.challenge);
        key.encrypt(&masked)
            .map_err(|_| self.plugin.error("Failed to encrypt the password."))
    }

    /// The answer to more data; `None` where the server goes on by itself.
    fn more(
        &self,
        data: &[u8],
        options: &ClientOptions,
    ) -> Result<Option<Vec<u8>>, HandshakeError> {
        let unexpected = self.plugin.error("unexpected data from the server");
        match self.plugin {
            Plugin::CachingSha2 => match data {
                [caching_sha2::FAST_AUTH_SUCCESS] => Ok(None),
                [caching_sha2::PERFORM_FULL_AUTHENTICATION] => {
                    self.full_authentication(options).map(Some)
                }
                pem if options.get_public_key => self.with_received_key(pem, options).map(Some),
                _ => Err(unexpected),
            },
            Plugin::Sha256 if options.get_public_key => {
                self.with_received_key(data, options).map(Some)
            }
            Plugin::Parsec => self.parsec_answer(data, options).map(Some),
            Plugin::Native | Plugin::Sha256 | Plugin::Clear | Plugin::Ed25519 => Err(unexpected),
        }
    }

    fn full_authentication(&self, options: &ClientOptions) -> Result<Vec<u8>, HandshakeError> {
        match (self.channel, &options.public_key) {
            (Channel::Tls | Channel::UnixSocket, _) => Ok(nul_ended(&options.password)),
            (Channel::Plain, Some(key)) => self.encrypted(&options.password, key),
            (Channel::Plain, None) if options.get_public_key => {
                Ok(vec![caching_sha2::REQUEST_PUBLIC_KEY])
            }
            (Channel::Plain, None) => Err(self.plugin.error(INSECURE)),
        }
    }

    fn with_received_key(
        &self,
        pem: &[u8],
        options: &ClientOptions,
    ) -> Result<Vec<u8>, HandshakeError> {
        let text = String::from_utf8_lossy(pem);
        let key = PublicKey::from_pem(&text)
            .map_err(|_| self.plugin.error("Failed to read the server's public key."))?;
        self.encrypted(&options.password, &key)
    }

    fn parsec_answer(
        &self,
        salt: &[u8],
        options: &ClientOptions,
    ) -> Result<Vec<u8>, HandshakeError> {
        let mut challenge = [0; parsec::CHALLENGE];
        aws_lc_rs::rand::fill(&mut challenge)
            .map_err(|_| self.plugin.error("no randomness to be had"))?;
        parsec::answer(&options.password, &self.challenge, salt, &challenge)
            .ok_or(self.plugin.error("salt of an unknown form"))
    }
}

fn nul_ended(password: &[u8]) -> Vec<u8> {
    let mut bytes = password.to_vec();
    bytes.push(0);
    bytes
}

fn not_expected(reason: Reason) -> HandshakeError {
    HandshakeError::Decode(DecodeError {
        message: "authentication packet",
        offset: 0,
        reason,
    })
}

/// State: an answer was sent, the server's verdict or next question is due.
#[derive(Clone, Debug)]
pub struct ExpectAuth {
    session: Session,
    options: ClientOptions,
    auth: Exchange,
}

/// What follows from a packet of the authentication phase.
#[derive(Clone, Debug)]
pub enum AuthStep {
    /// Send this, then wait for the next packet.
    Send(Vec<u8>, ExpectAuth),
    /// Wait for the next packet.
    Wait(ExpectAuth),
    /// The connection stands.
    Done(Box<Session>),
}

impl ExpectAuth {
    /// Takes the server's next packet.
    pub fn receive(mut self, packet: &[u8]) -> Result<AuthStep, HandshakeError> {
        match packet.first() {
            Some(&OkPacket::TAG) => {
                self.session.ok = OkPacket::decode(packet, self.session.capabilities)?;
                Ok(AuthStep::Done(Box::new(self.session)))
            }
            Some(&AuthSwitchRequest::TAG) => {
                let request = AuthSwitchRequest::decode(packet)?;
                self.switch(request)
            }
            Some(&AuthMoreData::TAG) => {
                let more = AuthMoreData::decode(packet)?;
                match self.auth.more(&more.data, &self.options)? {
                    Some(answer) => Ok(AuthStep::Send(answer, self)),
                    None => Ok(AuthStep::Wait(self)),
                }
            }
            Some(&ErrPacket::TAG) => Err(HandshakeError::Server(ErrPacket::decode(packet)?)),
            // MariaDB's parsec sends its salt without a tag.
            Some(&b'P') if self.auth.plugin == Plugin::Parsec => {
                let answer = self.auth.parsec_answer(packet, &self.options)?;
                Ok(AuthStep::Send(answer, self))
            }
            Some(&tag) => Err(not_expected(Reason::BadTag(u64::from(tag)))),
            None => Err(not_expected(Reason::Missing(1))),
        }
    }

    fn switch(mut self, request: AuthSwitchRequest) -> Result<AuthStep, HandshakeError> {
        let Some(plugin) = Plugin::by_name(&request.plugin) else {
            return Err(HandshakeError::UnknownPlugin(request.plugin));
        };
        let mut challenge = request.data;
        let whole = match plugin {
            Plugin::Ed25519 => ed25519::CHALLENGE,
            Plugin::Parsec => parsec::CHALLENGE,
            Plugin::Native | Plugin::CachingSha2 | Plugin::Sha256 | Plugin::Clear => 0,
        };
        if challenge.len() < whole && request.nul_ended {
            // These challenges are of fixed length: the NUL was part of it.
            challenge.push(0);
        }
        self.auth = Exchange {
            plugin,
            challenge,
            channel: self.auth.channel,
        };
        let answer = self.auth.first_answer(&self.options)?;
        Ok(AuthStep::Send(answer, self))
    }
}
