//! Every packet that real clients and servers exchanged is read and written back to the same bytes.
//!
//! A file in fixtures/packets is one connection; a new file is a new test.

use bytes::Bytes;
use understudy_testkit::kind::repository;
use understudy_wire::capabilities::Capabilities;
use understudy_wire::column::ColumnDefinition;
use understudy_wire::command::Command;
use understudy_wire::handshake::{
    AuthMoreData, AuthSwitchRequest, HandshakeResponse, HandshakeV10,
};
use understudy_wire::response::{EofPacket, ErrPacket, OkPacket};
use understudy_wire::resultset::{
    ResponseEvent, ResponseReader, encode_column_count, encode_rows_end, put_text_value, text_row,
};

struct Packet {
    from_client: bool,
    sequence: u8,
    payload: Bytes,
}

fn parse(text: &str) -> Vec<Packet> {
    text.lines()
        .map(|line| {
            let parts: Vec<&str> = line.splitn(3, ' ').collect();
            let digits = parts[2].as_bytes();
            let byte =
                |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            Packet {
                from_client: parts[0] == ">",
                sequence: byte(parts[1].as_bytes()),
                payload: digits.chunks(2).map(byte).collect::<Vec<u8>>().into(),
            }
        })
        .collect()
}

/// What was seen, so that a fixture without it is noticed.
#[derive(Debug, Default)]
struct Seen {
    commands: usize,
    oks: usize,
    errors: usize,
    columns: usize,
    rows: usize,
}

/// Checks the handshake; returns the capabilities and the packets after it.
fn handshake(packets: &[Packet]) -> (Capabilities, &[Packet]) {
    let greeting = HandshakeV10::decode(&packets[0].payload).unwrap();
    assert_eq!(greeting.encode(), packets[0].payload);
    let response = HandshakeResponse::decode(&packets[1].payload).unwrap();
    assert_eq!(response.encode(), packets[1].payload);
    let capabilities = greeting.capabilities & response.head.capabilities;
    assert_eq!(response.user, b"root");
    for (at, packet) in packets.iter().enumerate().skip(2) {
        assert_eq!(usize::from(packet.sequence), at);
        if packet.from_client {
            continue;
        }
        match packet.payload[0] {
            OkPacket::TAG => {
                let ok = OkPacket::decode(&packet.payload, capabilities).unwrap();
                let encoded = ok.encode(OkPacket::TAG, capabilities);
                assert_eq!(encoded, packet.payload);
                return (capabilities, &packets[at + 1..]);
            }
            AuthSwitchRequest::TAG => {
                let request = AuthSwitchRequest::decode(&packet.payload).unwrap();
                assert_eq!(request.encode(), packet.payload);
            }
            _ => {
                let more = AuthMoreData::decode(&packet.payload).unwrap();
                assert_eq!(more.encode(), packet.payload);
            }
        }
    }
    panic!("no OK");
}

/// Reads one packet of an answer and writes it back.
fn answer(
    reader: &mut ResponseReader,
    payload: &Bytes,
    capabilities: Capabilities,
    columns: &mut Vec<ColumnDefinition>,
    seen: &mut Seen,
) {
    let again = match reader.receive(payload).unwrap() {
        Some(ResponseEvent::Ok(ok)) => {
            seen.oks += 1;
            ok.encode(OkPacket::TAG, capabilities)
        }
        Some(ResponseEvent::Err(error)) => {
            seen.errors += 1;
            error.encode()
        }
        Some(ResponseEvent::RowsEnd(end)) => encode_rows_end(&end, capabilities),
        Some(ResponseEvent::Row(row)) => {
            seen.rows += 1;
            let mut out = Vec::new();
            for value in text_row(&row, columns.len()).unwrap() {
                put_text_value(value, &mut out);
            }
            out
        }
        Some(ResponseEvent::Columns(new)) if new.is_empty() => {
            columns.clear();
            encode_column_count(u64::from(payload[0]), capabilities)
        }
        Some(ResponseEvent::Columns(new)) => {
            seen.columns += new.len();
            *columns = new;
            if capabilities.contains(Capabilities::DEPRECATE_EOF) {
                columns.last().unwrap().encode(capabilities)
            } else {
                EofPacket::decode(payload).unwrap().encode()
            }
        }
        Some(ResponseEvent::LocalInfile(_)) => panic!("no file was asked for"),
        None => {
            let column = ColumnDefinition::decode(payload, capabilities).unwrap();
            column.encode(capabilities)
        }
    };
    assert_eq!(again, *payload);
}

fn check(text: &str) -> Seen {
    let packets = parse(text);
    let (capabilities, rest) = handshake(&packets);
    let mut seen = Seen::default();
    let mut reader = ResponseReader::new(capabilities);
    let mut columns = Vec::new();
    for packet in rest {
        if packet.from_client {
            assert_eq!(packet.sequence, 0);
            let command = Command::decode(&packet.payload, capabilities).unwrap();
            assert_eq!(command.encode(capabilities), packet.payload, "{command:?}");
            for cut in 0..packet.payload.len() {
                // Every prefix is another command or a clean error.
                let _ = Command::decode(&packet.payload[..cut], capabilities);
            }
            seen.commands += 1;
            reader = ResponseReader::new(capabilities);
            continue;
        }
        answer(
            &mut reader,
            &packet.payload,
            capabilities,
            &mut columns,
            &mut seen,
        );
        for cut in 0..packet.payload.len() {
            let short = &packet.payload[..cut];
            let _ = ErrPacket::decode(short);
            let _ = OkPacket::decode(short, capabilities);
            let _ = ColumnDefinition::decode(short, capabilities);
            let _ = text_row(short, columns.len());
        }
    }
    seen
}

#[test]
fn recorded_connections_round_trip() {
    let folder = repository().join("fixtures/packets");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let seen = check(&text);
        let name = path.display();
        assert!(seen.commands >= 15, "{name} {seen:?}");
        assert!(seen.oks >= 6 && seen.errors >= 2, "{name} {seen:?}");
        assert!(seen.columns >= 16 && seen.rows >= 5, "{name} {seen:?}");
        files += 1;
    }
    assert!(files >= 4);
}
