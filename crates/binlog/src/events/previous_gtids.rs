//! Previous_gtids (MySQL): the GTIDs of all earlier files, second event of a file. In a relay log, those
//! received before.
//!
//! ```text
//! *  a GTID set, untagged or tagged; see `base::gtid`
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::reader::Reader;
use bytes::Bytes;
use understudy_base::GtidSet;
use understudy_base::gtid::GtidDecodeError;

/// GTIDs of earlier files. The set may be large, so it is read only when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousGtidsEvent {
    /// The set in its binary form.
    pub encoded: Bytes,
}

impl PreviousGtidsEvent {
    /// An event with this set.
    pub fn new(set: &GtidSet) -> PreviousGtidsEvent {
        PreviousGtidsEvent {
            encoded: set.encode().into(),
        }
    }

    /// The set.
    pub fn set(&self) -> Result<GtidSet, GtidDecodeError> {
        GtidSet::decode(&self.encoded)
    }
}

impl Body for PreviousGtidsEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(PreviousGtidsEvent {
            encoded: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.extend_from_slice(&self.encoded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn reads_the_set() {
        let set: GtidSet = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7"
            .parse()
            .unwrap();
        let event = PreviousGtidsEvent::new(&set);
        assert_eq!(event.set(), Ok(set.clone()));
        let expected = EventBody::PreviousGtids(event);
        testing::check(
            Flavour::Mysql,
            EventType::PREVIOUS_GTIDS,
            &set.encode(),
            expected,
        );
        let short = PreviousGtidsEvent {
            encoded: Bytes::from_static(b"\x01\0"),
        };
        assert!(short.set().is_err());
    }
}
