//! XA_prepare: ends a prepared XA transaction.
//!
//! ```text
//! 1  one phase: XA COMMIT ... ONE PHASE
//! 4  format id
//! 4  length of the global id
//! 4  length of the branch
//! *  global id, branch
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u32};
use crate::reader::Reader;
use bytes::Bytes;

/// Ends a prepared XA transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XaPrepareEvent {
    /// The transaction commits here and now.
    pub one_phase: bool,
    /// Format id.
    pub format_id: u32,
    /// Global id.
    pub gtrid: Bytes,
    /// Branch.
    pub bqual: Bytes,
}

impl Body for XaPrepareEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let one_phase = match reader.u8("one phase")? {
            0 => false,
            1 => true,
            other => return Err(reader.bad_value("one phase", u64::from(other))),
        };
        let format_id = reader.u32("format id")?;
        let gtrid_len = reader.u32("global id length")?;
        let bqual_len = reader.u32("branch length")?;
        Ok(XaPrepareEvent {
            one_phase,
            format_id,
            gtrid: reader.bytes("global id", u64::from(gtrid_len))?,
            bqual: reader.bytes("branch", u64::from(bqual_len))?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(u8::from(self.one_phase));
        out.u32(self.format_id);
        out.u32(len_u32(self.gtrid.len()));
        out.u32(len_u32(self.bqual.len()));
        out.slice(&self.gtrid);
        out.slice(&self.bqual);
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
            EventType::XA_PREPARE,
            b"\x01\x07\0\0\0\x02\0\0\0\x01\0\0\0abc",
            EventBody::XaPrepare(XaPrepareEvent {
                one_phase: true,
                format_id: 7,
                gtrid: Bytes::from_static(b"ab"),
                bqual: Bytes::from_static(b"c"),
            }),
        );
    }
}
