//! A replica that reads a dump packet by packet.

use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use understudy_wire::capabilities::Capabilities;
use understudy_wire::client::{AuthStep, Channel, ClientOptions, ExpectGreeting, HandshakeError};
use understudy_wire::command::Command;
use understudy_wire::packet::PacketCodec;
use understudy_wire::replication::{BinlogDump, DumpFlags, DumpPacket};

/// A connection to a source.
pub struct Replica {
    stream: TcpStream,
    codec: PacketCodec,
    input: BytesMut,
}

impl Replica {
    pub async fn connect(
        address: SocketAddr,
        user: &str,
        password: &str,
    ) -> Result<Replica, HandshakeError> {
        let mut replica = Replica {
            stream: TcpStream::connect(address).await.unwrap(),
            codec: PacketCodec::new(1 << 24),
            input: BytesMut::new(),
        };
        let options = ClientOptions {
            user: user.into(),
            password: password.into(),
            ..ClientOptions::default()
        };
        let greeted = ExpectGreeting::new(options).receive(&replica.read().await.unwrap())?;
        let (answer, mut state) = greeted.respond(Channel::Plain)?;
        replica.send(&answer).await;
        loop {
            state = match state.receive(&replica.read().await.unwrap())? {
                AuthStep::Send(answer, state) => {
                    replica.send(&answer).await;
                    state
                }
                AuthStep::Wait(state) => state,
                AuthStep::Done(_) => return Ok(replica),
            };
        }
    }

    pub async fn read(&mut self) -> Option<Bytes> {
        loop {
            if let Some(packet) = self.codec.decode(&mut self.input).unwrap() {
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.input).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    pub async fn send(&mut self, payload: &[u8]) {
        let mut out = BytesMut::new();
        self.codec.encode(payload, &mut out);
        self.stream.write_all(&out).await.unwrap();
    }

    pub async fn command(&mut self, command: &Command) {
        self.codec.start_command();
        self.send(&command.encode(Capabilities::NONE)).await;
    }

    pub async fn query(&mut self, text: &str) -> Bytes {
        self.command(&Command::query(text)).await;
        self.read().await.unwrap()
    }

    pub async fn dump(&mut self, file: &str, position: u32, flags: u16) {
        self.command(&Command::BinlogDump(BinlogDump {
            position,
            flags: DumpFlags(flags),
            server_id: 99,
            file: file.into(),
        }))
        .await;
    }

    /// The next event of a dump; an error or the end otherwise.
    pub async fn event(&mut self) -> Result<Bytes, String> {
        let Some(packet) = self.read().await else {
            return Err("cut".to_owned());
        };
        match DumpPacket::decode(&packet, false).unwrap() {
            DumpPacket::Event { event, .. } => Ok(Bytes::copy_from_slice(event)),
            DumpPacket::Eof => Err("eof".to_owned()),
            DumpPacket::Error(error) => Err(format!("{} {}", error.errno, error.text())),
        }
    }

    /// Events up to the end, and the end.
    #[allow(dead_code)] // Each test program uses its part of this module.
    pub async fn events(&mut self) -> (Vec<Bytes>, String) {
        let mut events = Vec::new();
        loop {
            match self.event().await {
                Ok(event) => events.push(event),
                Err(end) => return (events, end),
            }
        }
    }
}
