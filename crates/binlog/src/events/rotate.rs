//! Rotate: the log goes on in another file.
//!
//! ```text
//! 8  position in that file
//! *  its name
//! ```
//!
//! Real ones end a file. Artificial ones (timestamp 0, flag ARTIFICIAL) open every dump and every file in it.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;
use bytes::Bytes;

/// The log goes on in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotateEvent {
    /// Offset in that file, bytes.
    pub position: u64,
    /// Its name, without folder.
    pub file: Bytes,
}

impl Body for RotateEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(RotateEvent {
            position: reader.u64("position")?,
            file: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u64(self.position);
        out.slice(&self.file);
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
            EventType::ROTATE,
            b"\x04\0\0\0\x01\0\0\0binlog.000002",
            EventBody::Rotate(RotateEvent {
                position: 0x1_0000_0004,
                file: Bytes::from_static(b"binlog.000002"),
            }),
        );
    }
}
