//! The header that all events share.
//!
//! ```text
//! 4  timestamp, seconds since the epoch
//! 1  type
//! 4  server id of the server where the event began
//! 4  length of the event, header and checksum included
//! 4  end position in the source's file, low 32 bits; 0 for none
//! 2  flags
//! ```
//!
//! Manual: "Binlog Event Header"; MariaDB knowledge base: "2-Binlog Event Header".

use crate::error::{DecodeError, Why};
use crate::event_type::EventType;
use crate::put::Put;

/// `LOG_EVENT_..._F`. Unknown bits survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFlags(pub u16);

impl EventFlags {
    /// In a format description event: the file was not closed.
    pub const BINLOG_IN_USE: EventFlags = EventFlags(0x1);
    /// The statement depends on its session (`TEMPORARY` tables).
    pub const THREAD_SPECIFIC: EventFlags = EventFlags(0x4);
    /// No `USE` before the statement.
    pub const SUPPRESS_USE: EventFlags = EventFlags(0x8);
    /// Made by the sender; not in the source's file.
    pub const ARTIFICIAL: EventFlags = EventFlags(0x20);
    /// Written by a replica into its relay log.
    pub const RELAY_LOG: EventFlags = EventFlags(0x40);
    /// A reader that does not know the event may pass it over.
    pub const IGNORABLE: EventFlags = EventFlags(0x80);
    /// MySQL: not subject to replication filters.
    pub const NO_FILTER: EventFlags = EventFlags(0x100);
    /// MySQL: applied with no other group beside it.
    pub const MTS_ISOLATE: EventFlags = EventFlags(0x200);
    /// MariaDB: written with `skip_replication=1`.
    pub const SKIP_REPLICATION: EventFlags = EventFlags(0x8000);

    /// All of `other`'s bits are set.
    pub fn contains(self, other: EventFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// With `other`'s bits set.
    #[must_use]
    pub fn with(self, other: EventFlags) -> EventFlags {
        EventFlags(self.0 | other.0)
    }

    /// With `other`'s bits cleared.
    #[must_use]
    pub fn without(self, other: EventFlags) -> EventFlags {
        EventFlags(self.0 & !other.0)
    }
}

/// The 19 bytes before every event's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventHeader {
    /// Seconds since the epoch.
    pub timestamp_s: u32,
    /// Type.
    pub event_type: EventType,
    /// Server id of the server where the event began.
    pub server_id: u32,
    /// Length, header and checksum included, bytes.
    pub event_len: u32,
    /// End position in the source's file, its low 32 bits; 0 for none. See [`crate::position`].
    pub log_pos: u32,
    /// Flags.
    pub flags: EventFlags,
}

impl EventHeader {
    /// Length of the header, bytes.
    pub const LEN: usize = 19;
    /// Offset of the flags, bytes.
    pub const FLAGS_OFFSET: usize = 17;

    /// Reads the header at the start of `bytes`. The event's length is at least that of a header.
    pub fn decode(bytes: &[u8]) -> Result<EventHeader, DecodeError> {
        let Some(
            &[
                t0,
                t1,
                t2,
                t3,
                code,
                s0,
                s1,
                s2,
                s3,
                l0,
                l1,
                l2,
                l3,
                p0,
                p1,
                p2,
                p3,
                f0,
                f1,
            ],
        ) = bytes.first_chunk::<{ EventHeader::LEN }>()
        else {
            return Err(error(Why::Missing {
                needed: EventHeader::LEN as u64,
                available: bytes.len() as u64,
            }));
        };
        let event_len = u32::from_le_bytes([l0, l1, l2, l3]);
        if (event_len as usize) < EventHeader::LEN {
            return Err(error(Why::BadValue {
                value: u64::from(event_len),
            }));
        }
        Ok(EventHeader {
            timestamp_s: u32::from_le_bytes([t0, t1, t2, t3]),
            event_type: EventType(code),
            server_id: u32::from_le_bytes([s0, s1, s2, s3]),
            event_len,
            log_pos: u32::from_le_bytes([p0, p1, p2, p3]),
            flags: EventFlags(u16::from_le_bytes([f0, f1])),
        })
    }

    /// Appends the header.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.u32(self.timestamp_s);
        out.u8(self.event_type.0);
        out.u32(self.server_id);
        out.u32(self.event_len);
        out.u32(self.log_pos);
        out.u16(self.flags.0);
    }

    /// The event's own flag lets a reader that does not know its type pass it over (T20: nothing else does).
    pub fn is_ignorable(&self) -> bool {
        self.flags.contains(EventFlags::IGNORABLE)
    }
}

fn error(why: Why) -> DecodeError {
    DecodeError {
        event: EventType::UNKNOWN,
        field: "header",
        at: 0,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_fails_at_every_truncation() {
        let bytes: Vec<u8> = (1..=19).map(|byte| byte + 40).collect();
        let header = EventHeader::decode(&bytes).unwrap();
        let mut out = Vec::new();
        header.encode(&mut out);
        assert_eq!(out, bytes);
        for length in 0..bytes.len() {
            let error = EventHeader::decode(&bytes[..length]).unwrap_err();
            assert!(matches!(error.why, Why::Missing { needed: 19, .. }));
        }
    }

    #[test]
    fn a_length_below_the_header_is_an_error() {
        let mut bytes = [0; 19];
        bytes[9] = 18;
        let error = EventHeader::decode(&bytes).unwrap_err();
        assert_eq!(error.why, Why::BadValue { value: 18 });
    }

    #[test]
    fn t20_only_the_flag_makes_an_event_ignorable() {
        for (flags, expected) in [(0x80, true), (0x84, true), (0x7f, false), (0, false)] {
            let mut bytes = [19; 19];
            bytes[10..13].fill(0);
            bytes[17..].copy_from_slice(&u16::to_le_bytes(flags));
            let header = EventHeader::decode(&bytes).unwrap();
            assert_eq!(header.is_ignorable(), expected, "{flags:#x}");
        }
    }
}
