//! Heartbeat: sent when there is nothing to send. The position is in the header and has 32 bits only.
//!
//! ```text
//! *  name of the file that the source reads
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::reader::Reader;
use bytes::Bytes;

/// Heartbeat: sent when there is nothing to send. The position is in the header and has 32 bits only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatEvent {
    /// The name of the file that the source reads.
    pub file: Bytes,
}

impl Body for HeartbeatEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(HeartbeatEvent {
            file: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.extend_from_slice(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        for body in [&b""[..], b"some bytes"] {
            let expected = EventBody::Heartbeat(HeartbeatEvent {
                file: Bytes::from_static(body),
            });
            testing::check(Flavour::Mysql, EventType::HEARTBEAT, body, expected);
        }
    }
}
