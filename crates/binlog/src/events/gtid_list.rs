//! Gtid_list (MariaDB): the GTID position at the file's start.
//!
//! ```text
//! 4   low 28 bits: number of entries; high 4: flags
//! then for each: 4 domain, 4 server id, 8 sequence number
//! *   zeros up to 6 bytes
//! ```
//!
//! MariaDB knowledge base: "GTID_LIST_EVENT". The source also sends artificial ones.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u32};
use crate::reader::Reader;
use bytes::Bytes;
use understudy_base::MariadbGtid;

const COUNT_MASK: u32 = (1 << 28) - 1;
const ENTRY_LEN: u64 = 16;

/// GTID position at the file's start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GtidListEvent {
    /// [`GtidListEvent::UNTIL_REACHED`] and so on, in the low four bits.
    pub flags: u8,
    /// The last GTID of each server of each domain, the domain's last at its end.
    pub gtids: Vec<MariadbGtid>,
    /// Padding as it came: an empty list has two zeros.
    pub padding: Bytes,
}

impl GtidListEvent {
    /// Artificial: the position of START SLAVE UNTIL is reached.
    pub const UNTIL_REACHED: u8 = 1;
    /// Artificial: the position that follows is not to be remembered.
    pub const IGNORED_GTIDS: u8 = 2;

    /// A list as the server writes it.
    pub fn new(gtids: Vec<MariadbGtid>) -> GtidListEvent {
        let padding: &[u8] = if gtids.is_empty() { &[0; 2] } else { &[] };
        GtidListEvent {
            flags: 0,
            gtids,
            padding: Bytes::from_static(padding),
        }
    }
}

impl Body for GtidListEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let word = reader.u32("count")?;
        let count = word & COUNT_MASK;
        if u64::from(count) * ENTRY_LEN > reader.remaining() as u64 {
            return Err(reader.bad_value("count", u64::from(count)));
        }
        let mut gtids = Vec::with_capacity(count as usize);
        for _ in 0..count {
            gtids.push(MariadbGtid {
                domain: reader.u32("domain")?,
                server_id: reader.u32("server id")?,
                sequence: reader.u64("sequence number")?,
            });
        }
        let [.., high] = word.to_le_bytes();
        let padding = reader.rest();
        match padding.iter().find(|byte| **byte != 0) {
            Some(byte) => Err(reader.bad_value("padding", u64::from(*byte))),
            None => Ok(GtidListEvent {
                flags: high >> 4,
                gtids,
                padding,
            }),
        }
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        let count = len_u32(self.gtids.len());
        assert!(count <= COUNT_MASK && self.flags < 16, "list too long");
        out.u32(count | u32::from(self.flags) << 28);
        for gtid in &self.gtids {
            out.u32(gtid.domain);
            out.u32(gtid.server_id);
            out.u64(gtid.sequence);
        }
        out.slice(&self.padding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        testing::check(
            Flavour::Mariadb,
            EventType::GTID_LIST,
            b"\x01\0\0\x10\x02\0\0\0\x03\0\0\0\x04\0\0\0\0\0\0\0",
            EventBody::GtidList(GtidListEvent {
                flags: GtidListEvent::UNTIL_REACHED,
                gtids: vec![MariadbGtid {
                    domain: 2,
                    server_id: 3,
                    sequence: 4,
                }],
                padding: Bytes::new(),
            }),
        );
        testing::check(
            Flavour::Mariadb,
            EventType::GTID_LIST,
            b"\0\0\0\0\0\0",
            EventBody::GtidList(GtidListEvent::new(Vec::new())),
        );
    }
}
