//! Xid: a transaction commits in a transactional engine.
//!
//! ```text
//! 8  number of the transaction on the server that wrote the log
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;

/// Commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XidEvent {
    /// Number of the transaction on the server that wrote the log.
    pub xid: u64,
}

impl Body for XidEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(XidEvent {
            xid: reader.u64("xid")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u64(self.xid);
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
            EventType::XID,
            b"\x07\0\0\0\0\0\0\x80",
            EventBody::Xid(XidEvent { xid: 7 | 1 << 63 }),
        );
    }
}
