//! View_change (MySQL Group Replication): a new view of the group.
//!
//! ```text
//! 40  view id, padded with zeros
//! 8   sequence number
//! 4   number of certification entries
//! each: 2 length of the key, key, 4 length of the value, value
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u16, len_u32};
use crate::reader::Reader;
use bytes::Bytes;

/// A new view of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewChangeEvent {
    /// View id with its padding.
    pub view_id: [u8; 40],
    /// Sequence number.
    pub sequence: u64,
    /// Certification information, as it came: write-set item and GTID set.
    pub certification: Vec<(Bytes, Bytes)>,
}

impl Body for ViewChangeEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let view_id = reader.array("view id")?;
        let sequence = reader.u64("sequence number")?;
        let mut certification = Vec::new();
        for _ in 0..reader.u32("certification count")? {
            let length = reader.u16("key length")?;
            let key = reader.bytes("key", u64::from(length))?;
            let length = reader.u32("value length")?;
            certification.push((key, reader.bytes("value", u64::from(length))?));
        }
        Ok(ViewChangeEvent {
            view_id,
            sequence,
            certification,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.slice(&self.view_id);
        out.u64(self.sequence);
        out.u32(len_u32(self.certification.len()));
        for (key, value) in &self.certification {
            out.u16(len_u16(key.len()));
            out.slice(key);
            out.u32(len_u32(value.len()));
            out.slice(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        let mut body = vec![b'v'; 40];
        body.extend(b"\x01\0\0\0\0\0\0\0\x01\0\0\0\x02\0ab\x01\0\0\0c");
        testing::check(
            Flavour::Mysql,
            EventType::VIEW_CHANGE,
            &body,
            EventBody::ViewChange(ViewChangeEvent {
                view_id: [b'v'; 40],
                sequence: 1,
                certification: vec![(Bytes::from_static(b"ab"), Bytes::from_static(b"c"))],
            }),
        );
    }
}
