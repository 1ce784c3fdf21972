//! Gtid (MariaDB): begins a transaction, or stands before the one statement that is no transaction.
//!
//! ```text
//! 8  sequence number
//! 4  domain
//! 1  flags
//! 8  commit id, if flag 2
//!    XA transaction, if flag 0x40 or 0x80: 4 format, 1 and 1 lengths, global id, branch
//! 1  more flags, if anything is left and not zero
//!    1  number of further engines less one, if 1
//!    8  sequence number of START ALTER, if 4 or 8
//!    4  thread id, if 0x10 (11.5 and later)
//! *  zeros up to 19 bytes
//! ```
//!
//! MariaDB knowledge base: "GTID_EVENT". The server id of the GTID is the header's.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u8};
use crate::reader::Reader;
use bytes::Bytes;

/// Flags of a MariaDB Gtid event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MariadbGtidFlags(pub u8);

impl MariadbGtidFlags {
    /// One statement follows and no commit.
    pub const STANDALONE: MariadbGtidFlags = MariadbGtidFlags(0x01);
    /// Has a commit id.
    pub const GROUP_COMMIT_ID: MariadbGtidFlags = MariadbGtidFlags(0x02);
    /// Only transactional tables; may be rolled back.
    pub const TRANSACTIONAL: MariadbGtidFlags = MariadbGtidFlags(0x04);
    /// May be applied beside others.
    pub const ALLOW_PARALLEL: MariadbGtidFlags = MariadbGtidFlags(0x08);
    /// Waited for a row lock of another on the source.
    pub const WAITED: MariadbGtidFlags = MariadbGtidFlags(0x10);
    /// Holds DDL.
    pub const DDL: MariadbGtidFlags = MariadbGtidFlags(0x20);
    /// Ends in XA PREPARE.
    pub const PREPARED_XA: MariadbGtidFlags = MariadbGtidFlags(0x40);
    /// Is XA COMMIT or XA ROLLBACK.
    pub const COMPLETED_XA: MariadbGtidFlags = MariadbGtidFlags(0x80);

    /// Any of `other`'s bits is set.
    pub fn intersects(self, other: MariadbGtidFlags) -> bool {
        self.0 & other.0 != 0
    }
}

/// Identifier of an XA transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MariadbXid {
    /// Format id.
    pub format_id: u32,
    /// Length of the global id in `data`, bytes.
    pub gtrid_len: u8,
    /// Global id, then branch.
    pub data: Bytes,
}

/// Flags of the second flag byte and what they bring.
const EXTRA_ENGINES: u8 = 0x01;
const EXTRA_START_ALTER: u8 = 0x02;
const EXTRA_COMMIT_ALTER: u8 = 0x04;
const EXTRA_ROLLBACK_ALTER: u8 = 0x08;
const EXTRA_THREAD_ID: u8 = 0x10;
const EXTRA_KNOWN: u8 = 0x1f;

/// Begins a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MariadbGtidEvent {
    /// Sequence number.
    pub sequence: u64,
    /// Domain.
    pub domain: u32,
    /// Flags.
    pub flags: MariadbGtidFlags,
    /// Group commit id.
    pub commit_id: Option<u64>,
    /// XA transaction.
    pub xid: Option<MariadbXid>,
    /// The second flag byte; 0 for none.
    pub extra_flags: u8,
    /// Further engines that took part, less one.
    pub extra_engines: Option<u8>,
    /// Sequence number of the START ALTER that this one completes.
    pub start_alter_sequence: Option<u64>,
    /// Thread id on the source.
    pub thread_id: Option<u32>,
    /// Padding as it came.
    pub padding: Bytes,
}

impl MariadbGtidEvent {
    /// Shortest body, bytes.
    const MIN_LEN: usize = 19;

    /// An event without commit id and extras, padded as the server pads it.
    pub fn new(domain: u32, sequence: u64, flags: MariadbGtidFlags) -> MariadbGtidEvent {
        MariadbGtidEvent {
            sequence,
            domain,
            flags,
            padding: Bytes::from_static(&[0; MariadbGtidEvent::MIN_LEN - 13]),
            ..MariadbGtidEvent::default()
        }
    }

    /// One statement follows and no commit.
    pub fn is_standalone(&self) -> bool {
        self.flags.intersects(MariadbGtidFlags::STANDALONE)
    }

    /// Is the first half of a split ALTER TABLE.
    pub fn is_start_alter(&self) -> bool {
        self.extra_flags & EXTRA_START_ALTER != 0
    }

    /// Is the second half of a split ALTER TABLE that fails.
    pub fn is_rollback_alter(&self) -> bool {
        self.extra_flags & EXTRA_ROLLBACK_ALTER != 0
    }

    fn extras(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.is_empty() {
            return Ok(());
        }
        let mut ahead = reader.clone();
        self.extra_flags = ahead.u8("more flags")?;
        if self.extra_flags == 0 {
            // Padding, which keeps its zero.
            return Ok(());
        }
        *reader = ahead;
        if self.extra_flags & !EXTRA_KNOWN != 0 {
            return Err(reader.bad_value("more flags", u64::from(self.extra_flags)));
        }
        if self.extra_flags & EXTRA_ENGINES != 0 {
            self.extra_engines = Some(reader.u8("further engines")?);
        }
        if self.extra_flags & (EXTRA_COMMIT_ALTER | EXTRA_ROLLBACK_ALTER) != 0 {
            self.start_alter_sequence = Some(reader.u64("sequence of START ALTER")?);
        }
        if self.extra_flags & EXTRA_THREAD_ID != 0 {
            self.thread_id = Some(reader.u32("thread id")?);
        }
        Ok(())
    }
}

impl Body for MariadbGtidEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let mut event = MariadbGtidEvent {
            sequence: reader.u64("sequence number")?,
            domain: reader.u32("domain")?,
            flags: MariadbGtidFlags(reader.u8("flags")?),
            ..MariadbGtidEvent::default()
        };
        if event.flags.intersects(MariadbGtidFlags::GROUP_COMMIT_ID) {
            event.commit_id = Some(reader.u64("commit id")?);
        }
        if event.flags.intersects(MariadbGtidFlags(0xc0)) {
            let format_id = reader.u32("XA format id")?;
            let gtrid_len = reader.u8("XA global id length")?;
            let length = u64::from(gtrid_len) + u64::from(reader.u8("XA branch length")?);
            event.xid = Some(MariadbXid {
                format_id,
                gtrid_len,
                data: reader.bytes("XA id", length)?,
            });
        }
        event.extras(reader)?;
        event.padding = reader.rest();
        match event.padding.iter().find(|byte| **byte != 0) {
            Some(byte) => Err(reader.bad_value("padding", u64::from(*byte))),
            None => Ok(event),
        }
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u64(self.sequence);
        out.u32(self.domain);
        out.u8(self.flags.0);
        if let Some(commit_id) = self.commit_id {
            out.u64(commit_id);
        }
        if let Some(xid) = &self.xid {
            out.u32(xid.format_id);
            out.u8(xid.gtrid_len);
            out.u8(len_u8(xid.data.len().saturating_sub(xid.gtrid_len.into())));
            out.slice(&xid.data);
        }
        if self.extra_flags != 0 {
            out.u8(self.extra_flags);
        }
        if let Some(engines) = self.extra_engines {
            out.u8(engines);
        }
        if let Some(sequence) = self.start_alter_sequence {
            out.u64(sequence);
        }
        if let Some(thread_id) = self.thread_id {
            out.u32(thread_id);
        }
        out.slice(&self.padding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    const START: &[u8] = b"\x64\0\0\0\0\0\0\0\x03\0\0\0";

    fn sample(tail: &[u8], change: impl FnOnce(&mut MariadbGtidEvent)) {
        let mut event = MariadbGtidEvent {
            sequence: 100,
            domain: 3,
            flags: MariadbGtidFlags(tail[0]),
            ..MariadbGtidEvent::default()
        };
        change(&mut event);
        let body = [START, tail].concat();
        let expected = EventBody::MariadbGtid(event);
        testing::check(Flavour::Mariadb, EventType::MARIADB_GTID, &body, expected);
    }

    #[test]
    fn round_trips_in_every_form() {
        let zeros = Bytes::from_static(&[0; 6]);
        sample(b"\x09\0\0\0\0\0\0", |event| event.padding = zeros);
        sample(b"\x0e\x05\0\0\0\0\0\0\0", |event| event.commit_id = Some(5));
        sample(b"\x40\x01\0\0\0\x02\x01abc", |event| {
            event.xid = Some(MariadbXid {
                format_id: 1,
                gtrid_len: 2,
                data: Bytes::from_static(b"abc"),
            });
        });
        sample(b"\x0c\x10\x2a\0\0\0\0", |event| {
            event.extra_flags = 0x10;
            event.thread_id = Some(42);
            event.padding = Bytes::from_static(&[0]);
        });
        sample(b"\x0c\x05\x01\x07\0\0\0\0\0\0\0", |event| {
            event.extra_flags = 5;
            event.extra_engines = Some(1);
            event.start_alter_sequence = Some(7);
        });
    }

    #[test]
    fn a_built_one_is_padded() {
        let mut out = Vec::new();
        let event = MariadbGtidEvent::new(0, 1, MariadbGtidFlags::STANDALONE);
        event.encode(&mut out, &testing::context(Flavour::Mariadb));
        assert_eq!(out.len(), 19);
    }
}
