//! Ignorable: nothing that matters.
//!
//! ```text
//! *  data of whoever wrote it
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::reader::Reader;
use bytes::Bytes;

/// Ignorable: nothing that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnorableEvent {
    /// The data of whoever wrote it.
    pub data: Bytes,
}

impl Body for IgnorableEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(IgnorableEvent {
            data: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.extend_from_slice(&self.data);
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
            let expected = EventBody::Ignorable(IgnorableEvent {
                data: Bytes::from_static(body),
            });
            testing::check(Flavour::Mysql, EventType::IGNORABLE, body, expected);
        }
    }
}
