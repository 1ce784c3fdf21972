//! What the server does with clients that are slow, too many, or wrong.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::BytesMut;
use support::{PASSWORD, Running, data};
use understudy_wire::capabilities::Capabilities;
use understudy_wire::client::{AuthStep, Channel, ClientOptions, ExpectGreeting};
use understudy_wire::column::ColumnDefinition;
use understudy_wire::command::Command;
use understudy_wire::packet::PacketCodec;
use understudy_wire::response::{ErrPacket, OkPacket, SessionChange};

/// The flag's bit in the third byte of a login packet.
const SESSION_TRACK: u8 = 0x80;

/// A client of packets.
struct Client {
    stream: TcpStream,
    codec: PacketCodec,
    input: BytesMut,
    capabilities: Capabilities,
}

impl Client {
    fn open(port: u16) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Client {
            stream,
            codec: PacketCodec::new(1 << 26),
            input: BytesMut::new(),
            capabilities: Capabilities::NONE,
        }
    }

    /// Logs in; the error of the server otherwise.
    fn login(port: u16, database: &str) -> Result<Client, ErrPacket> {
        let mut client = Client::open(port);
        let options = ClientOptions {
            user: b"root".to_vec(),
            password: PASSWORD.as_bytes().to_vec(),
            database: (!database.is_empty()).then(|| database.as_bytes().to_vec()),
            get_public_key: true,
            ..ClientOptions::default()
        };
        let greeting = client.read().unwrap();
        if greeting[0] == ErrPacket::TAG {
            return Err(ErrPacket::decode(&greeting).unwrap());
        }
        let greeted = ExpectGreeting::new(options).receive(&greeting).unwrap();
        let (mut response, mut state) = greeted.respond(Channel::Plain).unwrap();
        // What changed in the session is told to clients that ask for it.
        response[2] |= SESSION_TRACK;
        client.write(&response);
        loop {
            let packet = client.read().unwrap();
            if packet[0] == ErrPacket::TAG {
                return Err(ErrPacket::decode(&packet).unwrap());
            }
            match state.receive(&packet).unwrap() {
                AuthStep::Send(answer, next) => {
                    client.write(&answer);
                    state = next;
                }
                AuthStep::Wait(next) => state = next,
                AuthStep::Done(session) => {
                    client.capabilities = session.capabilities | Capabilities::SESSION_TRACK;
                    return Ok(client);
                }
            }
        }
    }

    fn write(&mut self, payload: &[u8]) {
        let mut out = BytesMut::new();
        self.codec.encode(payload, &mut out);
        self.stream.write_all(&out).unwrap();
    }

    fn command(&mut self, payload: &[u8]) {
        self.codec.start_command();
        self.write(payload);
    }

    /// The next payload; `None` at the end of the stream.
    fn read(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(payload) = self.codec.decode(&mut self.input).unwrap() {
                return Some(payload.to_vec());
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.input.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn error(&mut self) -> u16 {
        ErrPacket::decode(&self.read().unwrap()).unwrap().errno
    }
}

#[test]
fn connections_are_bounded() -> anyhow::Result<()> {
    let server = Running::start(&[("max_connections", "2")])?;
    let one = Client::login(server.port, "");
    let two = Client::login(server.port, "");
    assert!(one.is_ok() && two.is_ok());
    let refused = Client::login(server.port, "").err().unwrap();
    assert_eq!(
        (refused.errno, refused.text().as_str()),
        (1040, "Too many connections")
    );
    drop(one);
    // The server notices the closed connection in its own time.
    let again = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        Client::login(server.port, "").is_ok()
    });
    assert!(again);
    Ok(())
}

#[test]
fn silent_clients_are_sent_away() -> anyhow::Result<()> {
    let server = Running::start(&[("wait_timeout", "1"), ("connect_timeout", "2")])?;
    let mut client = Client::login(server.port, "").unwrap();
    // It comes unasked, with the number of a new exchange.
    client.codec.start_command();
    assert_eq!(client.error(), 4031);
    assert_eq!(client.read(), None);
    let mut mute = Client::open(server.port);
    mute.read().unwrap();
    assert_eq!(mute.read(), None);
    Ok(())
}

#[test]
fn malformed_commands_are_errors_and_the_connection_goes_on() -> anyhow::Result<()> {
    let server = Running::start(&[])?;
    let mut client = Client::login(server.port, "").unwrap();
    for (payload, errno) in [
        (&b""[..], 1835),
        (&[0x0c, 1], 1835),
        (&[0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0], 1243),
        (&[0x1c, 1, 0, 0, 0, 1, 0, 0, 0], 1235),
        (&[0xee, 1, 2, 3], 1047),
        (&[0x12, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0], 1236),
        (&[0x03], 1065),
    ] {
        client.command(payload);
        assert_eq!(client.error(), errno, "{payload:?}");
    }
    client.command(&Command::Ping.encode(client.capabilities));
    assert_eq!(client.read().unwrap()[0], OkPacket::TAG);
    Ok(())
}

#[test]
fn t10_packets_over_the_limit_are_refused() -> anyhow::Result<()> {
    let server = Running::start(&[("max_allowed_packet", "1M")]).err();
    // Sizes with a suffix are the option file's affair.
    assert!(server.is_some());
    let server = Running::start(&[("max_allowed_packet", "1048576")])?;
    let mut client = Client::login(server.port, "").unwrap();
    let header = [0xff, 0xff, 0xff, 0];
    client.stream.write_all(&header)?;
    client.codec.start_command();
    let refused = ErrPacket::decode(&client.read().unwrap())?;
    assert_eq!(refused.errno, 1153);
    assert_eq!(client.read(), None);
    Ok(())
}

#[test]
fn columns_of_a_table_are_listed() -> anyhow::Result<()> {
    let server = Running::start(&[])?;
    data::shop(&server.store);
    let unknown = Client::login(server.port, "nowhere").err().unwrap();
    assert_eq!(unknown.errno, 1049);
    let mut client = Client::login(server.port, "shop").unwrap();
    let list = Command::FieldList {
        table: b"item".to_vec(),
        wildcard: Vec::new(),
    };
    client.command(&list.encode(client.capabilities));
    let mut names = Vec::new();
    loop {
        let packet = client.read().unwrap();
        if packet[0] == 0xfe {
            break;
        }
        let column = ColumnDefinition::decode(&packet, client.capabilities)?;
        assert_eq!(column.default, Some(None));
        names.push(String::from_utf8(column.name)?);
    }
    assert_eq!(names, ["id", "name", "price", "made", "note"]);
    Ok(())
}

#[test]
fn committed_gtids_are_told() -> anyhow::Result<()> {
    let server = Running::start(&[])?;
    let mut client = Client::login(server.port, "").unwrap();
    let set = |gtids: &str| SessionChange::Gtids {
        encoding: 0,
        gtids: gtids.as_bytes().to_vec(),
    };
    let one = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1";
    for (sql, expected) in [
        ("SET SESSION_TRACK_GTIDS = OWN_GTID", None),
        (
            "SET GTID_NEXT = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1'",
            None,
        ),
        ("BEGIN", None),
        ("COMMIT", Some(set(one))),
        ("COMMIT", None),
        ("SET SESSION_TRACK_GTIDS = ALL_GTIDS", None),
        (
            "SET GTID_NEXT = 'bbbbbbbb-aaaa-aaaa-aaaa-aaaaaaaaaaaa:7'",
            None,
        ),
        (
            "COMMIT",
            Some(set(&format!(
                "{one},\nbbbbbbbb-aaaa-aaaa-aaaa-aaaaaaaaaaaa:7"
            ))),
        ),
        (
            "SET GTID_NEXT = 'bbbbbbbb-aaaa-aaaa-aaaa-aaaaaaaaaaaa:8'",
            None,
        ),
        ("ROLLBACK", None),
    ] {
        let query = Command::Query {
            text: sql.as_bytes().to_vec(),
            attributes: Vec::new(),
        };
        client.command(&query.encode(client.capabilities));
        let ok = OkPacket::decode(&client.read().unwrap(), client.capabilities)?;
        assert_eq!(ok.changes, Vec::from_iter(expected), "{sql}");
    }
    Ok(())
}
