//! Both ends of the connection phase against each other, without sockets.

use super::*;
use crate::auth::rsa::PublicKey;
use crate::auth::{challenge, native::parse_hash};
use crate::capabilities::StatusFlags;
use crate::client::{AuthStep, ClientOptions, ExpectGreeting, HandshakeError};
use crate::compress::Algorithm;
use crate::response::{ErrPacket, OkPacket};

fn greeting(plugin: &str) -> HandshakeV10 {
    HandshakeV10 {
        server_version: "9.7.0".to_owned(),
        connection_id: 7,
        capabilities: Capabilities(0x3fff_ffff),
        collation: 255,
        status: StatusFlags::AUTOCOMMIT,
        auth_data: challenge().unwrap().to_vec(),
        auth_plugin: plugin.to_owned(),
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    /// Accepted after this many packets from the server; whether a digest is to be cached.
    In(usize, bool),
    Out,
    ClientGaveUp(u16),
}

fn meet(
    default_plugin: &str,
    credential: &Credential,
    options: &ClientOptions,
    channel: Channel,
    key: Option<&PrivateKey>,
) -> Outcome {
    let (packet, server) = greet(greeting(default_plugin));
    let mut greeted = ExpectGreeting::new(options.clone())
        .receive(&packet)
        .unwrap();
    let mut server = server;
    if channel == Channel::Tls {
        let (request, next) = greeted.request_tls().unwrap();
        greeted = next;
        server = match server.receive(&request).unwrap() {
            Received::Tls(server) => server,
            Received::Login(_) => panic!("not a request for TLS"),
        };
    }
    let (response, mut client) = match greeted.respond(channel) {
        Ok(next) => next,
        Err(error) => return Outcome::ClientGaveUp(error.errno()),
    };
    let Received::Login(login) = server.receive(&response).unwrap() else {
        panic!("not a response");
    };
    assert_eq!(login.response.user, options.user);
    let mut verdict = login.authenticate(credential.clone(), channel);
    let mut packets = 1;
    loop {
        packets += 1;
        match verdict {
            Verdict::Ask(question, state) => {
                let step = client.receive(&question);
                let (answer, next) = match step {
                    Ok(AuthStep::Send(answer, next)) => (answer, next),
                    Err(error) => return Outcome::ClientGaveUp(error.errno()),
                    Ok(other) => panic!("{other:?}"),
                };
                client = next;
                verdict = state.receive(&answer, key);
            }
            Verdict::Accept { first, digest } => {
                if let Some(first) = first {
                    let Ok(AuthStep::Wait(next)) = client.receive(&first) else {
                        panic!("must wait for OK");
                    };
                    client = next;
                    packets += 1;
                }
                let ok = OkPacket::default().encode(OkPacket::TAG, login.capabilities);
                let Ok(AuthStep::Done(session)) = client.receive(&ok) else {
                    panic!("must be done");
                };
                assert_eq!(session.capabilities, login.capabilities);
                return Outcome::In(packets, digest.is_some());
            }
            Verdict::Reject { using_password } => {
                assert_eq!(using_password, !options.password.is_empty());
                let err = ErrPacket {
                    errno: 1045,
                    sqlstate: Some(*b"28000"),
                    message: b"Access denied".to_vec(),
                };
                let error = client.receive(&err.encode()).unwrap_err();
                assert_eq!(error.errno(), 1045);
                return Outcome::Out;
            }
        }
    }
}

fn options(password: &str) -> ClientOptions {
    ClientOptions {
        user: b"u".to_vec(),
        password: password.as_bytes().to_vec(),
        attributes: vec![(b"_client_name".to_vec(), b"test".to_vec())],
        ..ClientOptions::default()
    }
}

#[test]
fn native_password_with_and_without_switch() {
    let stored = Credential::Native(parse_hash(&native::hash(b"secret")));
    let open = Credential::Native(None);
    for (plugin, packets) in [(NATIVE, 2), (CACHING_SHA2, 3)] {
        let meet = |credential, password| {
            meet(plugin, credential, &options(password), Channel::Plain, None)
        };
        assert_eq!(meet(&stored, "secret"), Outcome::In(packets, false));
        assert_eq!(meet(&stored, "wrong"), Outcome::Out);
        assert_eq!(meet(&stored, ""), Outcome::Out);
        assert_eq!(meet(&open, ""), Outcome::In(packets, false));
        assert_eq!(meet(&open, "x"), Outcome::Out);
    }
}

#[test]
fn caching_sha2_fast_and_full_over_every_channel() {
    let key = PrivateKey::generate().unwrap();
    let stored = sha256_crypt::hash(b"secret", b"abcdefghijklmnopqrst");
    let cold = Credential::CachingSha2 {
        stored: stored.clone(),
        cached: None,
    };
    let warm = Credential::CachingSha2 {
        stored,
        cached: Some(caching_sha2::digest(b"secret")),
    };
    let mut asking = options("secret");
    asking.get_public_key = true;
    let mut knowing = options("secret");
    knowing.public_key = PublicKey::from_pem(key.public_pem()).ok();
    let wrong = options("wrong");
    let mut wrong_asking = asking.clone();
    wrong_asking.password = b"wrong".to_vec();
    let plain = options("secret");
    let cases = [
        (&warm, &plain, Channel::Plain, Outcome::In(3, false)),
        (&cold, &plain, Channel::Tls, Outcome::In(3, true)),
        (&cold, &plain, Channel::UnixSocket, Outcome::In(3, true)),
        (&cold, &plain, Channel::Plain, Outcome::ClientGaveUp(2061)),
        (&cold, &asking, Channel::Plain, Outcome::In(4, true)),
        (&cold, &knowing, Channel::Plain, Outcome::In(3, true)),
        (&cold, &wrong, Channel::Tls, Outcome::Out),
        (&warm, &wrong, Channel::Tls, Outcome::Out),
        (&warm, &wrong_asking, Channel::Plain, Outcome::Out),
        (&Credential::Nobody, &plain, Channel::Tls, Outcome::Out),
    ];
    for (credential, client, channel, expected) in cases {
        let got = meet(CACHING_SHA2, credential, client, channel, Some(&key));
        assert_eq!(got, expected, "{credential:?} {channel:?}");
    }
    let open = Credential::CachingSha2 {
        stored: Vec::new(),
        cached: None,
    };
    let got = meet(CACHING_SHA2, &open, &options(""), Channel::Plain, None);
    assert_eq!(got, Outcome::In(2, false));
}

#[test]
fn password_never_travels_in_clear_without_tls() {
    let request = AuthSwitchRequest {
        plugin: "mysql_clear_password".to_owned(),
        data: Vec::new(),
        nul_ended: false,
    };
    for (channel, expected) in [
        (Channel::Plain, Some(2061)),
        (Channel::UnixSocket, Some(2061)),
        (Channel::Tls, None),
    ] {
        let greeting = greeting(CACHING_SHA2).encode();
        let greeted = ExpectGreeting::new(options("secret"))
            .receive(&greeting)
            .unwrap();
        let (_, client) = greeted.respond(channel).unwrap();
        match (client.receive(&request.encode()), expected) {
            (Err(error), Some(errno)) => assert_eq!(error.errno(), errno),
            (Ok(AuthStep::Send(answer, _)), None) => assert_eq!(answer, b"secret\0"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn unknown_plugins_are_named() {
    let request = AuthSwitchRequest {
        plugin: "authentication_kerberos_client".to_owned(),
        data: Vec::new(),
        nul_ended: false,
    };
    let packet = greeting(CACHING_SHA2).encode();
    let greeted = ExpectGreeting::new(options("x")).receive(&packet).unwrap();
    let (_, client) = greeted.respond(Channel::Tls).unwrap();
    let error = client.receive(&request.encode()).unwrap_err();
    assert_eq!(error.errno(), 2059);
    assert!(error.to_string().contains("authentication_kerberos_client"));
}

#[test]
fn greeting_may_be_an_error() {
    let err = ErrPacket {
        errno: 1040,
        sqlstate: None,
        message: b"Too many connections".to_vec(),
    };
    let error = ExpectGreeting::new(options("x"))
        .receive(&err.encode())
        .unwrap_err();
    assert_eq!(error, HandshakeError::Server(err));
}

#[test]
fn compression_is_the_first_that_the_server_has() {
    let mut client = options("");
    client.compression = vec![Algorithm::Zstd { level: 3 }, Algorithm::Zlib];
    for (missing, expected) in [
        (Capabilities::NONE, Some(Algorithm::Zstd { level: 3 })),
        (Capabilities::ZSTD, Some(Algorithm::Zlib)),
        (Capabilities::ZSTD | Capabilities::COMPRESS, None),
    ] {
        let mut greeting = greeting(NATIVE);
        greeting.capabilities = greeting.capabilities.without(missing);
        let greeted = ExpectGreeting::new(client.clone())
            .receive(&greeting.encode())
            .unwrap();
        let (response, state) = greeted.respond(Channel::Plain).unwrap();
        let ok = OkPacket::default().encode(OkPacket::TAG, Capabilities::NONE);
        let Ok(AuthStep::Done(session)) = state.receive(&ok) else {
            panic!("must be done");
        };
        assert_eq!(session.compression, expected);
        HandshakeResponse::decode(&response).unwrap();
    }
}
