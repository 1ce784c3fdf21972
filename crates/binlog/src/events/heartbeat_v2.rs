//! Heartbeat_v2 (MySQL 8.0.26 and later): a heartbeat whose position has 64 bits.
//!
//! ```text
//! tagged fields: type (length-encoded), length (length-encoded), value
//!   1  name of the file that the source reads
//!   2  position in it, length-encoded
//!   0  end (no length, no value)
//! ```
//!
//! Worklog 14162.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

const END: u64 = 0;
const FILE: u64 = 1;
const POSITION: u64 = 2;

/// Nothing to send at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatV2Event {
    /// Name of the file that the source reads.
    pub file: Bytes,
    /// Offset in it, bytes.
    pub position: u64,
}

impl Body for HeartbeatV2Event {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let field = |reader: &mut Reader<'_>, expected| match reader.lenenc("field type")? {
            found if found == expected => Ok(()),
            other => Err(reader.bad_value("field type", other)),
        };
        field(reader, FILE)?;
        let length = reader.lenenc("file length")?;
        let file = reader.bytes("file", length)?;
        field(reader, POSITION)?;
        let length = reader.lenenc("position length")?;
        let before = reader.remaining();
        let position = reader.lenenc("position")?;
        if (before - reader.remaining()) as u64 != length {
            return Err(reader.bad_value("position length", length));
        }
        field(reader, END)?;
        Ok(HeartbeatV2Event { file, position })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.lenenc(FILE);
        out.lenenc(self.file.len() as u64);
        out.slice(&self.file);
        let mut position = Vec::with_capacity(9);
        position.lenenc(self.position);
        out.lenenc(POSITION);
        out.lenenc(position.len() as u64);
        out.slice(&position);
        out.lenenc(END);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn t11_position_past_4_gib() {
        testing::check(
            Flavour::Mysql,
            EventType::HEARTBEAT_V2,
            b"\x01\x03b.1\x02\x09\xfe\x04\0\0\0\x01\0\0\0\0",
            EventBody::HeartbeatV2(HeartbeatV2Event {
                file: Bytes::from_static(b"b.1"),
                position: 0x1_0000_0004,
            }),
        );
    }
}
