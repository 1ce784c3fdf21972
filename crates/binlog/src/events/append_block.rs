//! Append_block and Begin_load_query: a part of the file that LOAD DATA reads, the first in the latter.
//!
//! ```text
//! 4  number of the file
//! *  data
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

/// A part of LOAD DATA's file. The type says whether it is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendBlockEvent {
    /// Number of the file.
    pub file_id: u32,
    /// Data.
    pub data: Bytes,
}

impl Body for AppendBlockEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(AppendBlockEvent {
            file_id: reader.u32("file number")?,
            data: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(self.file_id);
        out.slice(&self.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        for event_type in [EventType::APPEND_BLOCK, EventType::BEGIN_LOAD_QUERY] {
            let expected = EventBody::AppendBlock(AppendBlockEvent {
                file_id: 1,
                data: Bytes::from_static(b"1\t2\n"),
            });
            testing::check(Flavour::Mysql, event_type, b"\x01\0\0\x001\t2\n", expected);
        }
    }
}
