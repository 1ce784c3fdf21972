//! Gtid and Anonymous_gtid (MySQL): begins a transaction.
//!
//! ```text
//! 1   flags: 1 may hold statements
//! 16  uuid
//! 8   number; 0 in an anonymous one
//!     --- up to here MySQL 5.6
//! 1   2, "logical timestamps follow"
//! 8   last_committed
//! 8   sequence_number
//!     --- up to here 5.7
//! 7   immediate commit timestamp, microseconds; top bit: original follows
//! 7   original commit timestamp, if it differs
//! *   length of the transaction with this event, bytes; length-encoded
//!     --- up to here 8.0.1
//! 4   immediate server version; top bit: original follows
//! 4   original server version, if it differs
//!     --- up to here 8.0.14
//! 8   commit group ticket
//! ```
//!
//! Worklogs 3584, 7083, 9223.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;
use understudy_base::Uuid;
use understudy_base::gtid::{Gtid, Tag, Tsid};

const LOGICAL_TIMESTAMPS: u8 = 2;
const ORIGINAL_TIMESTAMP: u64 = 1 << 55;
const ORIGINAL_VERSION: u32 = 1 << 31;

/// Flags of a Gtid event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GtidFlags(pub u8);

impl GtidFlags {
    /// The transaction may hold changes logged as statements.
    pub const MAY_HAVE_STATEMENTS: GtidFlags = GtidFlags(1);

    /// All of `other`'s bits are set.
    pub fn contains(self, other: GtidFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The logical clock by which replicas apply in parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogicalTimestamps {
    /// The transaction may run once this one has committed.
    pub last_committed: i64,
    /// The transaction's own number.
    pub sequence_number: i64,
}

/// When the transaction committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitTimestamps {
    /// On the server that wrote this log, microseconds since the epoch.
    pub immediate_us: u64,
    /// On the server where it began, if that differs, microseconds since the epoch.
    pub original_us: Option<u64>,
}

impl CommitTimestamps {
    /// On the server where the transaction began, microseconds since the epoch.
    pub fn original(&self) -> u64 {
        self.original_us.unwrap_or(self.immediate_us)
    }
}

/// Versions of the servers, as 90700.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerVersions {
    /// The one that wrote this log.
    pub immediate: u32,
    /// The one where the transaction began, if that differs.
    pub original: Option<u32>,
}

/// Begins a transaction. What an older server does not write is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GtidEvent {
    /// Flags.
    pub flags: GtidFlags,
    /// UUID of the server where it began; zero in an anonymous one.
    pub uuid: Uuid,
    /// Number; 0 in an anonymous one.
    pub gno: u64,
    /// Logical clock.
    pub logical: Option<LogicalTimestamps>,
    /// Commit times.
    pub timestamps: Option<CommitTimestamps>,
    /// Length of the transaction with this event, bytes.
    pub transaction_length: Option<u64>,
    /// Server versions.
    pub versions: Option<ServerVersions>,
    /// What comes after: the commit group ticket, or what a later server adds.
    pub tail: Bytes,
}

impl GtidEvent {
    /// The GTID; of no meaning in an anonymous event.
    pub fn gtid(&self) -> Gtid {
        Gtid {
            tsid: Tsid {
                uuid: self.uuid,
                tag: Tag::none(),
            },
            gno: self.gno,
        }
    }
}

fn timestamps(reader: &mut Reader<'_>) -> Result<CommitTimestamps, DecodeError> {
    let first = reader.u56("immediate commit timestamp")?;
    let original_us = if first & ORIGINAL_TIMESTAMP == 0 {
        None
    } else {
        Some(reader.u56("original commit timestamp")?)
    };
    Ok(CommitTimestamps {
        immediate_us: first & !ORIGINAL_TIMESTAMP,
        original_us,
    })
}

fn versions(reader: &mut Reader<'_>) -> Result<ServerVersions, DecodeError> {
    let first = reader.u32("immediate server version")?;
    let original = if first & ORIGINAL_VERSION == 0 {
        None
    } else {
        Some(reader.u32("original server version")?)
    };
    Ok(ServerVersions {
        immediate: first & !ORIGINAL_VERSION,
        original,
    })
}

impl Body for GtidEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let mut event = GtidEvent {
            flags: GtidFlags(reader.u8("flags")?),
            uuid: Uuid::from_bytes(reader.array("uuid")?),
            gno: reader.u64("number")?,
            ..GtidEvent::default()
        };
        if reader.is_empty() {
            return Ok(event);
        }
        let marker = reader.u8("logical timestamp type")?;
        if marker != LOGICAL_TIMESTAMPS {
            return Err(reader.bad_value("logical timestamp type", u64::from(marker)));
        }
        event.logical = Some(LogicalTimestamps {
            last_committed: reader.u64("last committed")?.cast_signed(),
            sequence_number: reader.u64("sequence number")?.cast_signed(),
        });
        if !reader.is_empty() {
            event.timestamps = Some(timestamps(reader)?);
            event.transaction_length = Some(reader.lenenc("transaction length")?);
        }
        if !reader.is_empty() {
            event.versions = Some(versions(reader)?);
        }
        event.tail = reader.rest();
        Ok(event)
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(self.flags.0);
        out.slice(self.uuid.as_bytes());
        out.u64(self.gno);
        let Some(logical) = self.logical else { return };
        out.u8(LOGICAL_TIMESTAMPS);
        out.u64(logical.last_committed.cast_unsigned());
        out.u64(logical.sequence_number.cast_unsigned());
        if let Some(timestamps) = self.timestamps {
            match timestamps.original_us {
                Some(original) => {
                    out.u56(timestamps.immediate_us | ORIGINAL_TIMESTAMP);
                    out.u56(original);
                }
                None => out.u56(timestamps.immediate_us),
            }
            out.lenenc(self.transaction_length.unwrap_or(0));
        }
        if let Some(versions) = self.versions {
            match versions.original {
                Some(original) => {
                    out.u32(versions.immediate | ORIGINAL_VERSION);
                    out.u32(original);
                }
                None => out.u32(versions.immediate),
            }
        }
        out.slice(&self.tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    fn sample(extent: usize) -> (Vec<u8>, GtidEvent) {
        let mut event = GtidEvent {
            flags: GtidFlags::MAY_HAVE_STATEMENTS,
            uuid: Uuid::from_bytes([7; 16]),
            gno: 42,
            ..GtidEvent::default()
        };
        let mut bytes = vec![1];
        bytes.extend([7; 16]);
        bytes.extend(b"\x2a\0\0\0\0\0\0\0");
        if extent > 0 {
            bytes.extend(b"\x02\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0");
            event.logical = Some(LogicalTimestamps {
                last_committed: 1,
                sequence_number: 2,
            });
        }
        if extent > 1 {
            bytes.extend(b"\x10\0\0\0\0\0\x80\x11\0\0\0\0\0\0\xfc\x2c\x01");
            event.timestamps = Some(CommitTimestamps {
                immediate_us: 16,
                original_us: Some(17),
            });
            event.transaction_length = Some(300);
        }
        if extent > 2 {
            bytes.extend(b"\x4c\x62\x01\x80\x50\x39\x01\0");
            event.versions = Some(ServerVersions {
                immediate: 90700,
                original: Some(80208),
            });
        }
        if extent > 3 {
            bytes.extend([9; 8]);
            event.tail = Bytes::from_static(&[9; 8]);
        }
        (bytes, event)
    }

    #[test]
    fn round_trips_in_every_generation() {
        for extent in 0..=4 {
            let (bytes, event) = sample(extent);
            for event_type in [EventType::GTID, EventType::ANONYMOUS_GTID] {
                let expected = EventBody::Gtid(event.clone());
                testing::check(Flavour::Mysql, event_type, &bytes, expected);
            }
        }
    }

    #[test]
    fn prints_its_gtid() {
        assert_eq!(
            sample(0).1.gtid().to_string(),
            "07070707-0707-0707-0707-070707070707:42"
        );
    }
}
