//! Handshake packets: the server's greeting, the client's response, the request for TLS, and the packets
//! that authentication plugins exchange.
//!
//! Source: "Connection Phase Packets" in MySQL's client/server protocol documentation; MariaDB's
//! knowledge base page "Connection" for the extended capabilities.

use crate::capabilities::{Capabilities, StatusFlags};
use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

/// Connection attributes, name and value.
pub type Attributes = Vec<(Vec<u8>, Vec<u8>)>;

/// The server's first packet, protocol version 10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeV10 {
    /// Version text, e.g. `9.7.0` or `11.8.3-MariaDB-log`.
    pub server_version: String,
    /// Connection id.
    pub connection_id: u32,
    /// What the server can do.
    pub capabilities: Capabilities,
    /// Low byte of the server's default collation.
    pub collation: u8,
    /// Status.
    pub status: StatusFlags,
    /// The plugin's challenge, without the NUL that ends it; 20 bytes from all known servers.
    pub auth_data: Vec<u8>,
    /// Default authentication plugin; empty without PLUGIN_AUTH.
    pub auth_plugin: String,
}

impl HandshakeV10 {
    /// Reads it. Anything but protocol 10 is a bad tag.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("handshake", bytes);
        let mark = r.clone();
        let protocol = r.u8()?;
        if protocol != 10 {
            return Err(mark.error(Reason::BadTag(u64::from(protocol))));
        }
        let version = r.nul_bytes()?;
        let server_version = r.utf8(version)?;
        let connection_id = r.u32()?;
        let mut auth_data = r.take(8)?.to_vec();
        r.u8()?;
        let low = r.u16()?;
        let collation = r.u8()?;
        let status = StatusFlags(r.u16()?);
        let high = r.u16()?;
        let auth_length = usize::from(r.u8()?);
        r.take(6)?;
        let extended = r.u32()?;
        let low = u32::from(low) | u32::from(high) << 16;
        let capabilities = Capabilities::from_halves(low, extended);
        if capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let part = r.take(auth_length.saturating_sub(8).max(13))?;
            auth_data.extend_from_slice(part.strip_suffix(&[0]).unwrap_or(part));
        }
        let mut auth_plugin = String::new();
        if capabilities.contains(Capabilities::PLUGIN_AUTH) {
            let name = r.nul_bytes()?;
            auth_plugin = r.utf8(name)?;
        }
        r.finish()?;
        Ok(HandshakeV10 {
            server_version,
            connection_id,
            capabilities,
            collation,
            status,
            auth_data,
            auth_plugin,
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![10];
        out.put_nul_bytes(self.server_version.as_bytes());
        out.put_u32(self.connection_id);
        let (first, second) = self
            .auth_data
            .split_at_checked(8)
            .unwrap_or((&self.auth_data, &[]));
        let mut first = first.to_vec();
        first.resize(8, 0);
        out.put_bytes(&first);
        out.put_u8(0);
        let [a, b, c, d] = self.capabilities.low().to_le_bytes();
        out.put_bytes(&[a, b, self.collation]);
        out.put_u16(self.status.0);
        out.put_bytes(&[c, d]);
        let plugin_auth = self.capabilities.contains(Capabilities::PLUGIN_AUTH);
        let auth_length = u8::try_from(self.auth_data.len() + 1).unwrap_or(u8::MAX);
        out.put_u8(if plugin_auth { auth_length } else { 0 });
        out.put_bytes(&[0; 6]);
        out.put_u32(self.capabilities.extended());
        if self.capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let mut second = second.to_vec();
            second.push(0);
            second.resize(second.len().max(13), 0);
            out.put_bytes(&second);
        }
        if plugin_auth {
            out.put_nul_bytes(self.auth_plugin.as_bytes());
        }
        out
    }

    /// The server is MariaDB: by its version text, which MariaDB 10 prefixes with `5.5.5-` for old clients.
    pub fn is_mariadb(&self) -> bool {
        self.server_version.contains("MariaDB")
    }
}

/// The fixed head of a handshake response; alone it is the request for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SslRequest {
    /// What the client uses.
    pub capabilities: Capabilities,
    /// Largest packet the client takes, bytes.
    pub max_packet: u32,
    /// Low byte of the client's collation.
    pub collation: u8,
}

impl SslRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mark = r.clone();
        let low = r.u32()?;
        if u64::from(low) & Capabilities::PROTOCOL_41.0 == 0 {
            return Err(mark.error(Reason::Unsupported("protocol 4.1")));
        }
        let max_packet = r.u32()?;
        let collation = r.u8()?;
        r.take(19)?;
        let extended = r.u32()?;
        Ok(SslRequest {
            capabilities: Capabilities::from_halves(low, extended),
            max_packet,
            collation,
        })
    }

    /// Reads a packet that is a request for TLS and nothing more.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("SSL request", bytes);
        let request = Self::read(&mut r)?;
        if !request.capabilities.contains(Capabilities::SSL) {
            return Err(r.error(Reason::Unsupported("the SSL capability")));
        }
        r.finish()?;
        Ok(request)
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        out.put_u32(self.capabilities.low());
        out.put_u32(self.max_packet);
        out.put_u8(self.collation);
        out.put_bytes(&[0; 19]);
        out.put_u32(self.capabilities.extended());
        out
    }
}

/// The client's response to the greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeResponse {
    /// The fixed head.
    pub head: SslRequest,
    /// Account.
    pub user: Vec<u8>,
    /// First answer of the authentication plugin.
    pub auth_response: Vec<u8>,
    /// Database, with CONNECT_WITH_DB.
    pub database: Vec<u8>,
    /// Plugin that made `auth_response`, with PLUGIN_AUTH.
    pub auth_plugin: String,
    /// Connection attributes, with CONNECT_ATTRS.
    pub attributes: Attributes,
    /// zstd level, with ZSTD.
    pub zstd_level: u8,
}

impl HandshakeResponse {
    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("handshake response", bytes);
        let head = SslRequest::read(&mut r)?;
        let caps = head.capabilities;
        let user = r.nul_bytes()?.to_vec();
        let auth_response = if caps.contains(Capabilities::PLUGIN_AUTH_LENENC) {
            r.lenenc_bytes()?.to_vec()
        } else if caps.contains(Capabilities::SECURE_CONNECTION) {
            let length = usize::from(r.u8()?);
            r.take(length)?.to_vec()
        } else {
            r.nul_bytes()?.to_vec()
        };
        let mut database = Vec::new();
        if caps.contains(Capabilities::CONNECT_WITH_DB) {
            database = r.nul_bytes()?.to_vec();
        }
        let mut auth_plugin = String::new();
        if caps.contains(Capabilities::PLUGIN_AUTH) {
            let name = r.nul_bytes()?;
            auth_plugin = r.utf8(name)?;
        }
        let mut attributes = Vec::new();
        if caps.contains(Capabilities::CONNECT_ATTRS) {
            attributes = decode_attributes(&mut r)?;
        }
        let mut zstd_level = 0;
        if caps.contains(Capabilities::ZSTD) {
            zstd_level = r.u8()?;
        }
        r.finish()?;
        Ok(HandshakeResponse {
            head,
            user,
            auth_response,
            database,
            auth_plugin,
            attributes,
            zstd_level,
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let caps = self.head.capabilities;
        let mut out = self.head.encode();
        out.put_nul_bytes(&self.user);
        if caps.contains(Capabilities::PLUGIN_AUTH_LENENC) {
            out.put_lenenc_bytes(&self.auth_response);
        } else if caps.contains(Capabilities::SECURE_CONNECTION) {
            out.put_short_bytes(&self.auth_response);
        } else {
            out.put_nul_bytes(&self.auth_response);
        }
        if caps.contains(Capabilities::CONNECT_WITH_DB) {
            out.put_nul_bytes(&self.database);
        }
        if caps.contains(Capabilities::PLUGIN_AUTH) {
            out.put_nul_bytes(self.auth_plugin.as_bytes());
        }
        if caps.contains(Capabilities::CONNECT_ATTRS) {
            encode_attributes(&self.attributes, &mut out);
        }
        if caps.contains(Capabilities::ZSTD) {
            out.put_u8(self.zstd_level);
        }
        out
    }
}

/// Reads connection attributes: their length in all, then names and values.
pub(crate) fn decode_attributes(r: &mut Reader<'_>) -> Result<Attributes, DecodeError> {
    let mut inner = Reader::new("connection attributes", r.lenenc_bytes()?);
    let mut attributes = Vec::new();
    while !inner.is_empty() {
        let name = inner.lenenc_bytes()?.to_vec();
        attributes.push((name, inner.lenenc_bytes()?.to_vec()));
    }
    Ok(attributes)
}

/// Writes connection attributes.
pub(crate) fn encode_attributes(attributes: &[(Vec<u8>, Vec<u8>)], out: &mut Vec<u8>) {
    let mut inner = Vec::new();
    for (name, value) in attributes {
        inner.put_lenenc_bytes(name);
        inner.put_lenenc_bytes(value);
    }
    out.put_lenenc_bytes(&inner);
}

/// The server wants another authentication plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSwitchRequest {
    /// Plugin to use.
    pub plugin: String,
    /// Its challenge, without a final NUL.
    pub data: Vec<u8>,
    /// A NUL ended the challenge (MySQL's plugins send one, MariaDB's ed25519 does not).
    pub nul_ended: bool,
}

impl AuthSwitchRequest {
    /// First byte.
    pub const TAG: u8 = 0xfe;

    /// Reads it. The packet of one byte (switch to the password hash of MySQL 4.0) is refused: no account
    /// of that age can exist on a supported server.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("authentication switch", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != Self::TAG {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        let name = r.nul_bytes()?;
        let plugin = r.utf8(name)?;
        let data = r.rest();
        let stripped = data.strip_suffix(&[0]);
        Ok(AuthSwitchRequest {
            plugin,
            data: stripped.unwrap_or(data).to_vec(),
            nul_ended: stripped.is_some(),
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        out.put_nul_bytes(self.plugin.as_bytes());
        out.put_bytes(&self.data);
        if self.nul_ended {
            out.put_u8(0);
        }
        out
    }
}

/// Something more from the server's side of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthMoreData {
    /// What the plugin says.
    pub data: Vec<u8>,
}

impl AuthMoreData {
    /// First byte.
    pub const TAG: u8 = 0x01;

    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("authentication data", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != Self::TAG {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        Ok(AuthMoreData {
            data: r.rest().to_vec(),
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        out.put_bytes(&self.data);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::check_message;

    fn greeting(capabilities: Capabilities) -> HandshakeV10 {
        HandshakeV10 {
            server_version: "5.5.5-10.11.6-MariaDB-log".to_owned(),
            connection_id: 0x0102_0304,
            capabilities,
            collation: 8,
            status: StatusFlags::AUTOCOMMIT,
            auth_data: b"01234567890123456789".to_vec(),
            auth_plugin: "mysql_native_password".to_owned(),
        }
    }

    #[test]
    fn greetings_round_trip_with_extended_capabilities_where_there_are() {
        let common = Capabilities::SECURE_CONNECTION | Capabilities::PLUGIN_AUTH;
        for more in [
            Capabilities::LONG_PASSWORD,
            Capabilities::MARIADB_BULK_OPERATIONS,
        ] {
            let greeting = greeting(common | more);
            let decoded = check_message(
                &greeting.encode(),
                HandshakeV10::decode,
                HandshakeV10::encode,
            );
            assert_eq!(decoded, greeting);
            assert!(decoded.is_mariadb());
        }
    }

    #[test]
    fn other_protocols_are_refused() {
        let mut bytes = greeting(Capabilities::PLUGIN_AUTH).encode();
        bytes[0] = 9;
        let error = HandshakeV10::decode(&bytes).unwrap_err();
        assert_eq!(error.reason, Reason::BadTag(9));
    }

    #[test]
    fn responses_round_trip_in_every_form() {
        let base = Capabilities::PROTOCOL_41;
        let all = base
            | Capabilities::PLUGIN_AUTH
            | Capabilities::PLUGIN_AUTH_LENENC
            | Capabilities::CONNECT_WITH_DB
            | Capabilities::CONNECT_ATTRS
            | Capabilities::ZSTD;
        for capabilities in [base, base | Capabilities::SECURE_CONNECTION, all] {
            let has = |flag| capabilities.contains(flag);
            let response = HandshakeResponse {
                head: SslRequest {
                    capabilities,
                    max_packet: 1 << 24,
                    collation: 45,
                },
                user: b"root".to_vec(),
                auth_response: vec![7; 20],
                database: if has(Capabilities::CONNECT_WITH_DB) {
                    b"db".to_vec()
                } else {
                    Vec::new()
                },
                auth_plugin: if has(Capabilities::PLUGIN_AUTH) {
                    "caching_sha2_password".to_owned()
                } else {
                    String::new()
                },
                attributes: if has(Capabilities::CONNECT_ATTRS) {
                    vec![(b"_pid".to_vec(), b"12".to_vec())]
                } else {
                    Vec::new()
                },
                zstd_level: if has(Capabilities::ZSTD) { 3 } else { 0 },
            };
            let decoded = check_message(
                &response.encode(),
                HandshakeResponse::decode,
                HandshakeResponse::encode,
            );
            assert_eq!(decoded, response);
        }
    }

    #[test]
    fn ssl_request_is_the_head_alone() {
        let request = SslRequest {
            capabilities: Capabilities::PROTOCOL_41 | Capabilities::SSL,
            max_packet: 5,
            collation: 6,
        };
        let decoded = check_message(&request.encode(), SslRequest::decode, SslRequest::encode);
        assert_eq!(decoded, request);
        let old = SslRequest {
            capabilities: Capabilities::SSL,
            ..request
        };
        assert!(SslRequest::decode(&old.encode()).is_err());
        let plain = SslRequest {
            capabilities: Capabilities::PROTOCOL_41,
            ..request
        };
        assert!(SslRequest::decode(&plain.encode()).is_err());
    }

    #[test]
    fn plugin_packets_round_trip() {
        for nul_ended in [false, true] {
            let request = AuthSwitchRequest {
                plugin: "client_ed25519".to_owned(),
                data: vec![5; 32],
                nul_ended,
            };
            let bytes = request.encode();
            let decoded =
                check_message(&bytes, AuthSwitchRequest::decode, AuthSwitchRequest::encode);
            assert_eq!(decoded, request);
        }
        let more = AuthMoreData { data: vec![4] };
        let decoded = check_message(&more.encode(), AuthMoreData::decode, AuthMoreData::encode);
        assert_eq!(decoded, more);
        assert!(AuthSwitchRequest::decode(&[AuthSwitchRequest::TAG]).is_err());
    }
}
