//! Incident: the log may lack something. The replica stops.
//!
//! ```text
//! 2  kind: 1 events were lost
//! 1  length of the message
//! *  message
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

/// The log may lack something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentEvent {
    /// Kind; [`IncidentEvent::LOST_EVENTS`] is the only one.
    pub kind: u16,
    /// Message.
    pub message: Bytes,
}

impl IncidentEvent {
    /// Events are missing from the log.
    pub const LOST_EVENTS: u16 = 1;
}

impl Body for IncidentEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(IncidentEvent {
            kind: reader.u16("kind")?,
            message: reader.short_string("message")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u16(self.kind);
        out.short_string(&self.message);
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
            Flavour::Mysql,
            EventType::INCIDENT,
            b"\x01\0\x03gap",
            EventBody::Incident(IncidentEvent {
                kind: IncidentEvent::LOST_EVENTS,
                message: Bytes::from_static(b"gap"),
            }),
        );
    }
}
