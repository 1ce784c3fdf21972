//! Packets of the client/server protocol, from either side.
//!
//! Input: a byte that chooses the reader, two that choose capabilities, then bytes off the socket.
#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use understudy_wire::capabilities::Capabilities;
use understudy_wire::client::{AuthStep, Channel, ClientOptions, ExpectGreeting};
use understudy_wire::column::ColumnDefinition;
use understudy_wire::command::Command;
use understudy_wire::compress::Algorithm;
use understudy_wire::handshake::{HandshakeResponse, HandshakeV10, SslRequest};
use understudy_wire::packet::PacketCodec;
use understudy_wire::replication::DumpPacket;
use understudy_wire::response::{ErrPacket, OkPacket};
use understudy_wire::resultset::ResponseReader;
use understudy_wire::semisync::SemiSyncAck;
use understudy_wire::statement::PrepareOk;

const LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [choice, low, high, rest @ ..] = data else {
        return;
    };
    let bits = u64::from(u16::from_le_bytes([*low, *high]));
    // Bits 15 to 28 decide how packets are laid out.
    let capabilities = Capabilities(bits << 15 | 0x0200);
    match choice % 8 {
        0 => exact(HandshakeV10::decode(rest), HandshakeV10::encode, rest),
        1 => exact(HandshakeResponse::decode(rest), HandshakeResponse::encode, rest),
        2 => {
            let _ = (SslRequest::decode(rest), PrepareOk::decode(rest));
            exact(SemiSyncAck::decode(rest), SemiSyncAck::encode, rest);
        }
        3 => {
            if let Ok(command) = Command::decode(rest, capabilities) {
                let written = command.encode(capabilities);
                let again = Command::decode(&written, capabilities).expect("our own packet");
                assert_eq!(format!("{command:?}"), format!("{again:?}"));
            }
        }
        4 => {
            let _ = (OkPacket::decode(rest, capabilities), ErrPacket::decode(rest));
            let _ = ColumnDefinition::decode(rest, capabilities);
            let _ = DumpPacket::decode(rest, *low & 1 == 1);
        }
        5 => packets(rest, None, capabilities),
        6 => packets(rest, Some(Algorithm::Zlib), capabilities),
        _ => login(rest),
    }
});

/// What is read whole can be written and read again to the same.
fn exact<T: std::fmt::Debug, E>(read: Result<T, E>, write: impl Fn(&T) -> Vec<u8>, bytes: &[u8]) {
    if let Ok(value) = read {
        assert!(write(&value).len() <= 2 * bytes.len() + 256, "{value:?}");
    }
}

/// A stream of packets, taken as the answer to a query.
fn packets(bytes: &[u8], compression: Option<Algorithm>, capabilities: Capabilities) {
    let mut codec = PacketCodec::new(LIMIT);
    if let Some(algorithm) = compression {
        codec.compress(algorithm);
    }
    let mut input = BytesMut::from(bytes);
    let mut reader = ResponseReader::new(capabilities);
    while let Ok(Some(packet)) = codec.decode(&mut input) {
        assert!(packet.len() <= LIMIT);
        if reader.is_done() {
            reader = ResponseReader::new(capabilities);
        }
        let _ = reader.receive(&packet);
    }
}

/// A server's side of the login, packet by packet.
fn login(bytes: &[u8]) {
    let mut codec = PacketCodec::new(LIMIT);
    let mut input = BytesMut::from(bytes);
    let mut next = || -> Option<Bytes> { codec.decode(&mut input).ok().flatten() };
    let options = ClientOptions {
        user: b"u".to_vec(),
        password: b"p".to_vec(),
        get_public_key: true,
        ..ClientOptions::default()
    };
    let Some(Ok(greeted)) = next().map(|packet| ExpectGreeting::new(options).receive(&packet)) else {
        return;
    };
    let Ok((_, mut state)) = greeted.respond(Channel::Plain) else {
        return;
    };
    while let Some(packet) = next() {
        state = match state.receive(&packet) {
            Ok(AuthStep::Send(_, state) | AuthStep::Wait(state)) => state,
            Ok(AuthStep::Done(_)) | Err(_) => return,
        };
    }
}
