//! The server's side of the connection phase, as consuming states.
//!
//! [`greet`] gives the first packet; [`ExpectResponse`] takes the client's answer (a request for TLS comes
//! first if the client wants it) and gives a [`Login`]; the caller looks the account up and
//! [`Login::authenticate`] leads to a [`Verdict`].

use crate::auth::rsa::PrivateKey;
use crate::auth::{CACHING_SHA2, NATIVE, caching_sha2, native, sha256_crypt};
use crate::capabilities::Capabilities;
use crate::client::Channel;
use crate::error::DecodeError;
use crate::handshake::{
    AuthMoreData, AuthSwitchRequest, HandshakeResponse, HandshakeV10, SslRequest,
};

/// Length of the fixed head of a handshake response: a request for TLS is not longer.
const SSL_REQUEST_LENGTH: usize = 32;

/// The first packet and the state after it.
pub fn greet(greeting: HandshakeV10) -> (Vec<u8>, ExpectResponse) {
    let packet = greeting.encode();
    (packet, ExpectResponse { greeting })
}

/// State: the greeting was sent.
#[derive(Clone, Debug)]
pub struct ExpectResponse {
    greeting: HandshakeV10,
}

/// What the client's packet was.
#[derive(Clone, Debug)]
pub enum Received {
    /// A request for TLS: do its handshake, then wait for the response.
    Tls(ExpectResponse),
    /// The response.
    Login(Box<Login>),
}

impl ExpectResponse {
    /// Takes the client's packet.
    pub fn receive(self, packet: &[u8]) -> Result<Received, DecodeError> {
        if packet.len() == SSL_REQUEST_LENGTH {
            SslRequest::decode(packet)?;
            return Ok(Received::Tls(self));
        }
        let response = HandshakeResponse::decode(packet)?;
        let capabilities = response.head.capabilities & self.greeting.capabilities;
        Ok(Received::Login(Box::new(Login {
            capabilities,
            response,
            challenge: self.greeting.auth_data,
        })))
    }
}

/// What the server knows about an account's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `mysql_native_password`: SHA1(SHA1(password)), `None` for no password.
    Native(Option<[u8; 20]>),
    /// `caching_sha2_password`.
    CachingSha2 {
        /// `$A$005$...`; empty for no password.
        stored: Vec<u8>,
        /// SHA256(SHA256(password)) if it was seen since the start.
        cached: Option<[u8; 32]>,
    },
    /// No such account: the exchange runs as for others and then fails.
    Nobody,
}

impl Credential {
    /// The plugin.
    pub fn plugin(&self) -> &'static str {
        match self {
            Credential::Native(_) => NATIVE,
            Credential::CachingSha2 { .. } | Credential::Nobody => CACHING_SHA2,
        }
    }
}

/// State: the client has said who it is.
#[derive(Clone, Debug)]
pub struct Login {
    /// Capabilities that both sides have.
    pub capabilities: Capabilities,
    /// The client's response.
    pub response: HandshakeResponse,
    challenge: Vec<u8>,
}

/// What follows in the authentication phase.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Send this packet, then give the client's next one to the state.
    Ask(Vec<u8>, ExpectAnswer),
    /// The client is who it says.
    Accept {
        /// A packet to send before the OK.
        first: Option<Vec<u8>>,
        /// SHA256(SHA256(password)) to cache for the account.
        digest: Option<[u8; 32]>,
    },
    /// It is not (error 1045).
    Reject {
        /// "using password: YES".
        using_password: bool,
    },
}

impl Login {
    /// Checks the client's answer, or asks for another one.
    pub fn authenticate(&self, credential: Credential, channel: Channel) -> Verdict {
        let exchange = ExpectAnswer {
            challenge: self.challenge.clone(),
            credential,
            channel,
            stage: Stage::Scramble,
        };
        let plugins = self.capabilities.contains(Capabilities::PLUGIN_AUTH);
        let named = if plugins {
            self.response.auth_plugin.as_str()
        } else {
            NATIVE
        };
        if named == exchange.credential.plugin() {
            return exchange.scramble(&self.response.auth_response);
        }
        if !plugins {
            return Verdict::Reject {
                using_password: !self.response.auth_response.is_empty(),
            };
        }
        exchange.switch()
    }

    /// Authentication for COM_CHANGE_USER: the same challenge counts again.
    pub fn change_user(
        &self,
        plugin: &str,
        answer: &[u8],
        credential: Credential,
        channel: Channel,
    ) -> Verdict {
        let mut login = self.clone();
        login.response.auth_plugin = plugin.to_owned();
        login.response.auth_response = answer.to_vec();
        login.authenticate(credential, channel)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Scramble,
    Full,
    Encrypted,
}

/// State: the plugin waits for the client's next packet.
#[derive(Clone, Debug)]
pub struct ExpectAnswer {
    challenge: Vec<u8>,
    credential: Credential,
    channel: Channel,
    stage: Stage,
}

impl ExpectAnswer {
    fn switch(self) -> Verdict {
        let request = AuthSwitchRequest {
            plugin: self.credential.plugin().to_owned(),
            data: self.challenge.clone(),
            nul_ended: true,
        };
        Verdict::Ask(request.encode(), self)
    }

    /// Takes the client's next packet. `key` serves clients that have neither TLS nor the password cached.
    pub fn receive(self, packet: &[u8], key: Option<&PrivateKey>) -> Verdict {
        match self.stage {
            Stage::Scramble => self.scramble(packet),
            Stage::Full => self.full(packet, key),
            Stage::Encrypted => self.encrypted(packet, key),
        }
    }

    fn scramble(self, answer: &[u8]) -> Verdict {
        // Some clients send a lone NUL for an empty password.
        let empty = matches!(answer, [] | [0]);
        match &self.credential {
            Credential::Native(None) => decide(empty, !empty, None),
            Credential::Native(Some(stage2)) => {
                let known = native::verify(stage2, &self.challenge, answer);
                decide(known, !empty, None)
            }
            Credential::CachingSha2 { stored, .. } if empty || stored.is_empty() => {
                decide(empty && stored.is_empty(), !empty, None)
            }
            Credential::CachingSha2 {
                cached: Some(digest),
                ..
            } if caching_sha2::verify(digest, &self.challenge, answer) => {
                let first = more(&[caching_sha2::FAST_AUTH_SUCCESS]);
                Verdict::Accept {
                    first: Some(first),
                    digest: None,
                }
            }
            Credential::Nobody if empty => decide(false, false, None),
            Credential::CachingSha2 { .. } | Credential::Nobody => Verdict::Ask(
                more(&[caching_sha2::PERFORM_FULL_AUTHENTICATION]),
                ExpectAnswer {
                    stage: Stage::Full,
                    ..self
                },
            ),
        }
    }

    fn full(self, packet: &[u8], key: Option<&PrivateKey>) -> Verdict {
        match self.channel {
            Channel::Tls | Channel::UnixSocket => match packet.strip_suffix(&[0]) {
                Some(password) => self.check(password),
                None => decide(false, true, None),
            },
            Channel::Plain if packet == [caching_sha2::REQUEST_PUBLIC_KEY] => match key {
                Some(key) => Verdict::Ask(
                    more(key.public_pem().as_bytes()),
                    ExpectAnswer {
                        stage: Stage::Encrypted,
                        ..self
                    },
                ),
                None => decide(false, true, None),
            },
            Channel::Plain => self.encrypted(packet, key),
        }
    }

    fn encrypted(self, packet: &[u8], key: Option<&PrivateKey>) -> Verdict {
        let masked = key.and_then(|key| key.decrypt(packet).ok());
        let password =
            masked.and_then(|masked| caching_sha2::unmask_password(&masked, &self.challenge));
        match password {
            Some(password) => self.check(&password),
            None => decide(false, true, None),
        }
    }

    fn check(&self, password: &[u8]) -> Verdict {
        let known = match &self.credential {
            Credential::CachingSha2 { stored, .. } => sha256_crypt::verify(password, stored),
            Credential::Native(_) | Credential::Nobody => false,
        };
        decide(known, true, Some(caching_sha2::digest(password)))
    }
}

fn more(data: &[u8]) -> Vec<u8> {
    AuthMoreData {
        data: data.to_vec(),
    }
    .encode()
}

fn decide(known: bool, using_password: bool, digest: Option<[u8; 32]>) -> Verdict {
    if known {
        Verdict::Accept {
            first: None,
            digest,
        }
    } else {
        Verdict::Reject { using_password }
    }
}

#[cfg(test)]
mod tests;
