//! Binlog_checkpoint (MariaDB): the oldest file that the source's crash recovery needs. Nothing to a replica.
//!
//! ```text
//! 4  length of the name
//! *  name
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u32};
use crate::reader::Reader;
use bytes::Bytes;

/// Oldest file that crash recovery needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinlogCheckpointEvent {
    /// Name of the file.
    pub file: Bytes,
}

impl Body for BinlogCheckpointEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let length = reader.u32("name length")?;
        Ok(BinlogCheckpointEvent {
            file: reader.bytes("name", u64::from(length))?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u32(len_u32(self.file.len()));
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
            Flavour::Mariadb,
            EventType::BINLOG_CHECKPOINT,
            b"\x03\0\0\0b.1",
            EventBody::BinlogCheckpoint(BinlogCheckpointEvent {
                file: Bytes::from_static(b"b.1"),
            }),
        );
    }
}
