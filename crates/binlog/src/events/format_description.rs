//! Format_description: first event of every file; says which server wrote it and how to read what follows.
//!
//! ```text
//! 2   version of the binary log, 4
//! 50  server version, padded with zeros
//! 4   when the server started, seconds since the epoch; 0 in files that it began later
//! 1   length of event headers, 19
//! *   post-header length by type code, that of code 1 first
//!     --- from MySQL 5.6.1 and MariaDB 5.3 on
//! 1   checksum algorithm of the file
//! 4   checksum of this event
//! ```
//!
//! The checksum is there whatever the algorithm. With algorithm NONE it is written in files, but what a
//! source sends may carry a stale one, so it is only kept, not checked. Worklog 2540.

use crate::checksum::{self, ChecksumAlgorithm};
use crate::context::{EventContext, Flavour};
use crate::error::{DecodeError, Why};
use crate::event::Body;
use crate::event_type::EventType;
use crate::header::EventHeader;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

const SERVER_VERSION_LEN: usize = 50;
/// Algorithm and checksum.
const TAIL_LEN: usize = 1 + checksum::LEN;

/// The checksum part at the event's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumTail {
    /// The server does not know checksums.
    None,
    /// `binlog_checksum=NONE`; with the checksum as it came.
    Off(u32),
    /// `binlog_checksum=CRC32`; the checksum is computed.
    Crc32,
}

/// Version and layout of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatDescriptionEvent {
    /// Version of the binary log; 4.
    pub binlog_version: u16,
    /// Server version with its padding; see [`FormatDescriptionEvent::server_version`].
    pub server_version: [u8; SERVER_VERSION_LEN],
    /// When the server started, seconds since the epoch; 0 in files that it began later.
    pub created_s: u32,
    /// Length of event headers, bytes.
    pub header_len: u8,
    /// Post-header length by type code, that of code 1 first, bytes.
    pub post_header_lengths: Bytes,
    /// The checksum part.
    pub checksum: ChecksumTail,
}

impl FormatDescriptionEvent {
    /// An event as a server of this version writes it at start.
    ///
    /// A version longer than the field is cut.
    pub fn new(server_version: &str, checksum: ChecksumAlgorithm) -> FormatDescriptionEvent {
        let mut padded = [0; SERVER_VERSION_LEN];
        for (byte, value) in padded.iter_mut().zip(server_version.bytes()) {
            *byte = value;
        }
        FormatDescriptionEvent {
            binlog_version: 4,
            server_version: padded,
            created_s: 0,
            header_len: 19,
            post_header_lengths: post_header_lengths(&padded).into(),
            checksum: match checksum {
                ChecksumAlgorithm::Off => ChecksumTail::Off(0),
                ChecksumAlgorithm::Crc32 => ChecksumTail::Crc32,
            },
        }
    }

    /// Server version without its padding; bytes that are not UTF-8 are replaced.
    pub fn server_version(&self) -> String {
        String::from_utf8_lossy(unpadded(&self.server_version)).into_owned()
    }

    /// Major, minor and patch number.
    pub fn version_numbers(&self) -> (u16, u16, u16) {
        version_numbers(&self.server_version)
    }

    /// Who wrote the file.
    pub fn flavour(&self) -> Flavour {
        flavour_of(&self.server_version)
    }

    /// The file's checksum algorithm.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        match self.checksum {
            ChecksumTail::None | ChecksumTail::Off(_) => ChecksumAlgorithm::Off,
            ChecksumTail::Crc32 => ChecksumAlgorithm::Crc32,
        }
    }

    /// The context in which the events that follow are read.
    pub fn context(&self) -> EventContext {
        EventContext::described(self.flavour(), self.algorithm(), &self.post_header_lengths)
    }

    /// The file's algorithm, read off the event's end without reading the rest.
    pub fn peek_checksum(event: &[u8]) -> Result<ChecksumAlgorithm, DecodeError> {
        let start = EventHeader::LEN + 2;
        let version = event.get(start..start + SERVER_VERSION_LEN);
        let code = event
            .len()
            .checked_sub(TAIL_LEN)
            .and_then(|at| event.get(at));
        match (version, code) {
            (Some(version), _) if !knows_checksums(version) => Ok(ChecksumAlgorithm::Off),
            (Some(_), Some(code)) => ChecksumAlgorithm::from_code(*code).ok_or(DecodeError {
                event: EventType::FORMAT_DESCRIPTION,
                field: "checksum algorithm",
                at: (event.len() - TAIL_LEN) as u64,
                why: Why::BadValue {
                    value: u64::from(*code),
                },
            }),
            _ => Err(DecodeError {
                event: EventType::FORMAT_DESCRIPTION,
                field: "server version",
                at: start as u64,
                why: Why::Missing {
                    needed: SERVER_VERSION_LEN as u64,
                    available: event.len().saturating_sub(start) as u64,
                },
            }),
        }
    }

    /// What `Event::encode` is to append after the body.
    pub(crate) fn sum_to_append(&self) -> ChecksumAlgorithm {
        self.algorithm()
    }
}

fn unpadded(version: &[u8]) -> &[u8] {
    version.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn flavour_of(version: &[u8]) -> Flavour {
    if version.windows(7).any(|part| part == b"MariaDB") {
        Flavour::Mariadb
    } else {
        Flavour::Mysql
    }
}

fn version_numbers(version: &[u8]) -> (u16, u16, u16) {
    let mut numbers = unpadded(version).split(|byte| *byte == b'.').map(|part| {
        part.iter()
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_u16, |number, digit| {
                number
                    .saturating_mul(10)
                    .saturating_add(u16::from(digit - b'0'))
            })
    });
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

fn knows_checksums(version: &[u8]) -> bool {
    let numbers = version_numbers(version);
    match flavour_of(version) {
        Flavour::Mysql => numbers >= (5, 6, 1),
        Flavour::Mariadb => numbers >= (5, 3, 0),
    }
}

impl Body for FormatDescriptionEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let binlog_version = reader.u16("binlog version")?;
        if binlog_version != 4 {
            return Err(reader.bad_value("binlog version", u64::from(binlog_version)));
        }
        let server_version = reader.array("server version")?;
        let created_s = reader.u32("created")?;
        let header_len = reader.u8("header length")?;
        if usize::from(header_len) != EventHeader::LEN {
            return Err(reader.bad_value("header length", u64::from(header_len)));
        }
        if !knows_checksums(&server_version) {
            return Ok(FormatDescriptionEvent {
                binlog_version,
                server_version,
                created_s,
                header_len,
                post_header_lengths: reader.rest(),
                checksum: ChecksumTail::None,
            });
        }
        let count = reader.remaining().saturating_sub(TAIL_LEN);
        let post_header_lengths = reader.bytes("post-header lengths", count as u64)?;
        let code = reader.u8("checksum algorithm")?;
        let algorithm = ChecksumAlgorithm::from_code(code)
            .ok_or_else(|| reader.bad_value("checksum algorithm", u64::from(code)))?;
        let stored = reader.u32("checksum")?;
        Ok(FormatDescriptionEvent {
            binlog_version,
            server_version,
            created_s,
            header_len,
            post_header_lengths,
            checksum: match algorithm {
                ChecksumAlgorithm::Off => ChecksumTail::Off(stored),
                ChecksumAlgorithm::Crc32 => ChecksumTail::Crc32,
            },
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u16(self.binlog_version);
        out.slice(&self.server_version);
        out.u32(self.created_s);
        out.u8(self.header_len);
        out.slice(&self.post_header_lengths);
        match self.checksum {
            ChecksumTail::None => {}
            ChecksumTail::Off(stored) => {
                out.u8(ChecksumAlgorithm::Off.code());
                out.u32(stored);
            }
            ChecksumTail::Crc32 => out.u8(ChecksumAlgorithm::Crc32.code()),
        }
    }
}

/// Post-header lengths as a server of this version writes them.
fn post_header_lengths(version: &[u8]) -> Vec<u8> {
    match flavour_of(version) {
        Flavour::Mysql if version_numbers(version) < (5, 7, 0) => MYSQL_56.to_vec(),
        Flavour::Mysql => MYSQL_97.to_vec(),
        Flavour::Mariadb => [&MARIADB_COMMON[..], &[0; 119], &MARIADB_OWN].concat(),
    }
}

/// MySQL 5.6: codes 1 to 35.
const MYSQL_56: [u8; 35] = [
    56, 13, 0, 8, 0, 18, 0, 4, 4, 4, 4, 18, 0, 0, 92, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0, 0, 0,
    10, 10, 10, 25, 25, 0,
];

/// MySQL 9.7: codes 1 to 42.
const MYSQL_97: [u8; 42] = [
    0, 13, 0, 8, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 99, 0, 4, 26, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 10,
    10, 10, 42, 42, 0, 18, 52, 0, 10, 40, 0, 0,
];

/// MariaDB: codes 1 to 41, before 119 zeros.
const MARIADB_COMMON: [u8; 41] = [
    56, 13, 0, 8, 0, 18, 0, 4, 4, 4, 4, 18, 0, 0, 228, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0, 0, 0,
    10, 10, 10, 0, 0, 0, 0, 0, 0, 10, 10, 10,
];

/// MariaDB: codes 161 to 171.
const MARIADB_OWN: [u8; 11] = [4, 19, 4, 0, 13, 8, 8, 8, 10, 10, 10];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{Event, EventBody};

    fn event(version: &str, tail: ChecksumTail) -> Event {
        let mut description = FormatDescriptionEvent::new(version, ChecksumAlgorithm::Off);
        description.checksum = tail;
        let mut header = EventHeader::decode(&testing::frame(EventType::STOP, b"")).unwrap();
        header.event_type = EventType::FORMAT_DESCRIPTION;
        let body = EventBody::FormatDescription(description);
        Event { header, body }
    }

    #[test]
    fn t16_its_own_tail_decides_not_the_streams_algorithm() {
        for (version, tail, flavour, algorithm) in [
            (
                "9.7.0",
                ChecksumTail::Crc32,
                Flavour::Mysql,
                ChecksumAlgorithm::Crc32,
            ),
            (
                "9.7.0",
                ChecksumTail::Off(77),
                Flavour::Mysql,
                ChecksumAlgorithm::Off,
            ),
            (
                "5.5.62-log",
                ChecksumTail::None,
                Flavour::Mysql,
                ChecksumAlgorithm::Off,
            ),
            (
                "11.8.2-MariaDB-log",
                ChecksumTail::Crc32,
                Flavour::Mariadb,
                ChecksumAlgorithm::Crc32,
            ),
            (
                "5.2.14-MariaDB",
                ChecksumTail::None,
                Flavour::Mariadb,
                ChecksumAlgorithm::Off,
            ),
        ] {
            for stream in [ChecksumAlgorithm::Off, ChecksumAlgorithm::Crc32] {
                let context = EventContext::initial(Flavour::Mysql, stream);
                let bytes = Bytes::from(event(version, tail).encode(&context));
                let read = Event::decode(&bytes, &context).unwrap();
                assert_eq!(read.encode(&context), bytes);
                let EventBody::FormatDescription(description) = &read.body else {
                    panic!("{read:?}");
                };
                assert_eq!(description.checksum, tail);
                assert_eq!(description.server_version(), version);
                let context = description.context();
                assert_eq!((context.flavour, context.checksum), (flavour, algorithm));
            }
        }
    }

    #[test]
    fn damage_and_cuts_are_found() {
        let context = testing::context(Flavour::Mysql);
        let bytes = Bytes::from(event("9.7.0", ChecksumTail::Crc32).encode(&context));
        for at in 0..bytes.len() {
            assert!(Event::decode(&bytes.slice(..at), &context).is_err());
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0x40;
            // The version says whether there is a checksum at all, and with NONE nobody checks it.
            if let Ok(event) = Event::decode(&damaged.clone().into(), &context) {
                assert_eq!(event.encode(&context), damaged, "byte {at}");
            }
        }
    }
}
