//! Errors of a connection to the source, in the words of MySQL's client library.

use std::fmt;
use std::path::Path;

use understudy_wire::client::HandshakeError;
use understudy_wire::error::{DecodeError, FrameError};
use understudy_wire::response::ErrPacket;

use super::SourceEndpoint;

const CR_CONNECTION_ERROR: u16 = 2002;
const CR_CONN_HOST_ERROR: u16 = 2003;
const CR_UNKNOWN_HOST: u16 = 2005;
const CR_SERVER_GONE_ERROR: u16 = 2006;
const CR_SERVER_LOST: u16 = 2013;
const CR_NET_PACKET_TOO_LARGE: u16 = 2020;
const CR_SSL_CONNECTION_ERROR: u16 = 2026;
const CR_MALFORMED_PACKET: u16 = 2027;
const CR_AUTH_PLUGIN_ERR: u16 = 2061;

/// Why there is no connection, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    /// Error number: of the client library (2000 and up) or the source's own.
    pub errno: u16,
    /// Text as the client library reports it.
    pub message: String,
    /// The operating system's number where the connection was lost.
    system_error: Option<i32>,
}

impl ConnectError {
    pub(super) fn new(errno: u16, message: impl Into<String>) -> Self {
        ConnectError {
            errno,
            message: message.into(),
            system_error: None,
        }
    }

    /// The source answered with this error, rather than the network or the library.
    pub fn is_from_source(&self) -> bool {
        !(2000..3000).contains(&self.errno)
    }

    /// Nothing came within the time allowed.
    pub fn is_timeout(&self) -> bool {
        self.errno == CR_SERVER_LOST && self.system_error == Some(110)
    }

    pub(super) fn cannot_connect(endpoint: &SourceEndpoint, system_error: i32) -> Self {
        if let Some(path) = &endpoint.socket {
            let path = path.display();
            let message = format!(
                "Can't connect to local MySQL server through socket '{path}' ({system_error})"
            );
            return Self::new(CR_CONNECTION_ERROR, message);
        }
        let message = format!(
            "Can't connect to MySQL server on '{}:{}' ({system_error})",
            endpoint.host, endpoint.port
        );
        Self::new(CR_CONN_HOST_ERROR, message)
    }

    pub(super) fn unknown_host(host: &str, resolver_error: i32) -> Self {
        let message = format!("Unknown MySQL server host '{host}' ({resolver_error})");
        Self::new(CR_UNKNOWN_HOST, message)
    }

    pub(super) fn lost(error: std::io::Error) -> Self {
        ConnectError {
            system_error: Some(error.raw_os_error().unwrap_or(0)),
            ..Self::new(
                CR_SERVER_LOST,
                "Lost connection to MySQL server during query",
            )
        }
    }

    pub(super) fn timed_out() -> Self {
        Self::lost(std::io::Error::from_raw_os_error(110))
    }

    pub(super) fn lost_while(doing: &str, system_error: i32) -> Self {
        let message =
            format!("Lost connection to MySQL server at '{doing}', system error: {system_error}");
        ConnectError {
            system_error: Some(system_error),
            ..Self::new(CR_SERVER_LOST, message)
        }
    }

    /// A loss during the connection phase names the step.
    pub(super) fn while_doing(self, doing: &str) -> Self {
        match (self.errno, self.system_error) {
            (CR_SERVER_LOST, Some(system_error)) => Self::lost_while(doing, system_error),
            (CR_SERVER_GONE_ERROR, _) => Self::lost_while(doing, 32),
            _ => self,
        }
    }

    pub(super) fn gone_away() -> Self {
        Self::new(CR_SERVER_GONE_ERROR, "MySQL server has gone away")
    }

    pub(super) fn tls(text: impl fmt::Display) -> Self {
        Self::new(
            CR_SSL_CONNECTION_ERROR,
            format!("SSL connection error: {text}"),
        )
    }

    pub(super) fn public_key(path: &Path) -> Self {
        let message = format!(
            "Authentication plugin 'caching_sha2_password' reported error: \
             public key '{}' cannot be read",
            path.display()
        );
        Self::new(CR_AUTH_PLUGIN_ERR, message)
    }

    pub(super) fn unexpected_answer() -> Self {
        Self::new(CR_MALFORMED_PACKET, "Malformed packet")
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConnectError {}

impl From<HandshakeError> for ConnectError {
    fn from(error: HandshakeError) -> Self {
        Self::new(error.errno(), error.to_string())
    }
}

impl From<DecodeError> for ConnectError {
    fn from(error: DecodeError) -> Self {
        Self::new(CR_MALFORMED_PACKET, format!("Malformed packet: {error}"))
    }
}

impl From<FrameError> for ConnectError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { .. } => Self::new(CR_NET_PACKET_TOO_LARGE, error.to_string()),
            FrameError::Sequence { .. } | FrameError::Inflate => {
                Self::new(CR_MALFORMED_PACKET, format!("Malformed packet: {error}"))
            }
        }
    }
}

impl From<ErrPacket> for ConnectError {
    fn from(err: ErrPacket) -> Self {
        Self::new(err.errno, err.text())
    }
}
