//! A made-up source for the tests of the relay log: its log is kept beside, to compare with.
#![allow(dead_code)]

pub mod sim_disk;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use understudy_event_log::{
    Appended, Checksum, ReadOutcome, RelayEvent, RelayLog, RelayOptions, RelayPosition,
    SourcePosition,
};

pub const QUERY: u8 = 2;
pub const STOP: u8 = 3;
pub const ROTATE: u8 = 4;
pub const FORMAT: u8 = 15;
pub const XID: u8 = 16;
pub const TABLE_MAP: u8 = 19;
pub const HEARTBEAT: u8 = 27;
pub const WRITE_ROWS: u8 = 30;
pub const ANONYMOUS_GTID: u8 = 34;
pub const PREVIOUS_GTIDS: u8 = 35;
pub const MARIADB_GTID: u8 = 162;

pub const ARTIFICIAL: u16 = 0x20;
pub const RELAY_LOG: u16 = 0x40;

/// A source: the events it sends, and the position they have in its log.
#[derive(Clone)]
pub struct Source {
    pub file: String,
    pub pos: u64,
    pub checksum: Checksum,
    pub version: &'static str,
    /// All events of its log, in order, with the position behind each.
    pub log: Vec<(SourcePosition, Vec<u8>)>,
}

/// Builds one event.
pub fn event(event_type: u8, flags: u16, log_pos: u64, body: &[u8], checksum: Checksum) -> Vec<u8> {
    let size = 19 + body.len() + checksum.len();
    let mut event = Vec::with_capacity(size);
    event.extend_from_slice(&1_700_000_000u32.to_le_bytes());
    event.push(event_type);
    event.extend_from_slice(&101u32.to_le_bytes());
    event.extend_from_slice(&(size as u32).to_le_bytes());
    event.extend_from_slice(&(log_pos as u32).to_le_bytes());
    event.extend_from_slice(&flags.to_le_bytes());
    event.extend_from_slice(body);
    if checksum == Checksum::Crc32 {
        let crc = crc32fast::hash(&event);
        event.extend_from_slice(&crc.to_le_bytes());
    }
    event
}

impl Source {
    pub fn new(checksum: Checksum) -> Self {
        Source {
            file: "bin.000001".to_owned(),
            pos: 4,
            checksum,
            version: "9.7.4",
            log: Vec::new(),
        }
    }

    pub fn at(&self) -> SourcePosition {
        SourcePosition::new(self.file.as_str(), self.pos)
    }

    /// An event of the source's log.
    pub fn real(&mut self, event_type: u8, flags: u16, body: &[u8]) -> Vec<u8> {
        let size = (19 + body.len() + self.checksum.len()) as u64;
        self.pos += size;
        let event = event(event_type, flags, self.pos, body, self.checksum);
        self.log.push((self.at(), event.clone()));
        event
    }

    /// What the source sends first, and at each new file.
    pub fn fake_rotate(&self) -> Vec<u8> {
        let mut body = self.pos.to_le_bytes().to_vec();
        body.extend_from_slice(self.file.as_bytes());
        event(ROTATE, ARTIFICIAL, 0, &body, self.checksum)
    }

    /// The Format_description: real at the beginning of a file, made up elsewhere.
    pub fn format(&mut self) -> Vec<u8> {
        let mut body = 4u16.to_le_bytes().to_vec();
        let mut version = [0; 50];
        version[..self.version.len()].copy_from_slice(self.version.as_bytes());
        body.extend_from_slice(&version);
        body.extend_from_slice(&[0, 0, 0, 0, 19]);
        let mut lens = [0u8; 171];
        for (event_type, len) in [(QUERY, 13), (ROTATE, 8), (FORMAT, 99), (TABLE_MAP, 8)] {
            lens[usize::from(event_type) - 1] = len;
        }
        body.extend_from_slice(&lens);
        body.push(u8::from(self.checksum == Checksum::Crc32));
        let real = self.pos == 4;
        let size = (19 + body.len() + 4) as u64;
        let log_pos = if real { self.pos + size } else { 0 };
        let event = event(FORMAT, 0, log_pos, &body, Checksum::Crc32);
        if real {
            self.pos += size;
            self.log.push((self.at(), event.clone()));
        }
        event
    }

    /// A transaction of `rows` row events of `len` bytes.
    pub fn transaction(&mut self, rows: usize, len: usize) -> Vec<Vec<u8>> {
        let mut events = vec![self.real(ANONYMOUS_GTID, 0, &[1; 42]), self.query(b"BEGIN")];
        for row in 0..rows {
            events.push(self.real(TABLE_MAP, 0, &[2; 30]));
            events.push(self.real(WRITE_ROWS, 0, &vec![row as u8; len]));
        }
        events.push(self.real(XID, 0, &[3; 8]));
        events
    }

    pub fn query(&mut self, text: &[u8]) -> Vec<u8> {
        let mut body = vec![0; 13];
        body[8] = 1;
        body.extend_from_slice(b"d\0");
        body.extend_from_slice(text);
        self.real(QUERY, 0, &body)
    }

    /// The real Rotate at the end of a file; the source goes to the next.
    pub fn next_file(&mut self) -> Vec<u8> {
        let number: u32 = self.file[4..].parse().unwrap();
        let next = format!("bin.{:06}", number + 1);
        let mut body = 4u64.to_le_bytes().to_vec();
        body.extend_from_slice(next.as_bytes());
        let event = self.real(ROTATE, 0, &body);
        self.file = next;
        self.pos = 4;
        self.log.last_mut().unwrap().0 = self.at();
        event
    }

    /// Begins a connection at the source's position and sends Rotate and Format_description.
    pub fn connect(&mut self, log: &RelayLog) {
        log.begin_connection(self.checksum, Some(self.at()))
            .unwrap();
        assert_eq!(log.append(&self.fake_rotate()).unwrap(), Appended::Stored);
        assert_eq!(log.append(&self.format()).unwrap(), Appended::Stored);
    }

    /// The bytes of the log's events, for comparison.
    pub fn events(&self) -> Vec<Vec<u8>> {
        self.log.iter().map(|(_, event)| event.clone()).collect()
    }
}

pub fn append_all(log: &RelayLog, events: &[Vec<u8>]) {
    for event in events {
        assert_eq!(log.append(event).unwrap(), Appended::Stored);
    }
}

pub fn options() -> RelayOptions {
    RelayOptions {
        server_id: 102,
        sync_relay_log: 0,
        ..RelayOptions::default()
    }
}

pub fn never() -> AtomicBool {
    AtomicBool::new(false)
}

/// Everything readable from `at` on.
pub fn read_from(log: &RelayLog, at: RelayPosition) -> Vec<RelayEvent> {
    let mut reader = log.reader(at).unwrap();
    let mut events = Vec::new();
    while let ReadOutcome::Event(event) = reader.next(Some(Duration::ZERO), &never()).unwrap() {
        events.push(event);
    }
    events
}

pub fn read_all(log: &RelayLog) -> Vec<RelayEvent> {
    read_from(log, log.first_position())
}

/// Whether an event is of the source's log, not only telling where the next belongs.
pub fn is_real(event: &RelayEvent) -> bool {
    let log_pos = &event.bytes[13..17];
    match event.kind {
        understudy_event_log::RelayEventKind::Rotate { artificial } => !artificial,
        understudy_event_log::RelayEventKind::Format => log_pos != [0; 4],
        understudy_event_log::RelayEventKind::Event => true,
    }
}

/// The source's events as the relay log has them.
pub fn source_events(log: &RelayLog) -> Vec<Vec<u8>> {
    let events = read_all(log).into_iter();
    events
        .filter(is_real)
        .map(|event| event.bytes.to_vec())
        .collect()
}
