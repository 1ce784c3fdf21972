//! Semi-synchronous replication: the header in front of events, and the replica's acknowledgement.

use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

const MAGIC: u8 = 0xef;

/// Reads the two bytes in front of an event: whether an acknowledgement is due.
pub(crate) fn read_header(r: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let mark = r.clone();
    let magic = r.u8()?;
    if magic != MAGIC {
        return Err(mark.error(Reason::BadTag(u64::from(magic))));
    }
    Ok(r.u8()? & 1 == 1)
}

/// Writes the two bytes in front of an event.
pub(crate) fn write_header(ack_requested: bool, out: &mut Vec<u8>) {
    out.put_bytes(&[MAGIC, u8::from(ack_requested)]);
}

/// The replica has everything up to this position, flushed as `sync_relay_log` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemiSyncAck {
    /// End of the event on the source, bytes.
    pub position: u64,
    /// The source's file.
    pub file: Vec<u8>,
}

impl SemiSyncAck {
    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("semi-sync acknowledgement", bytes);
        let mark = r.clone();
        let magic = r.u8()?;
        if magic != MAGIC {
            return Err(mark.error(Reason::BadTag(u64::from(magic))));
        }
        Ok(SemiSyncAck {
            position: r.u64()?,
            file: r.rest().to_vec(),
        })
    }

    /// Writes it. It travels as a packet with sequence number 0.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![MAGIC];
        out.put_u64(self.position);
        out.put_bytes(&self.file);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::check_message;

    #[test]
    fn acknowledgement_round_trips() {
        let ack = SemiSyncAck {
            position: 5_000_000_000,
            file: b"bin.000001".to_vec(),
        };
        let decoded = check_message(&ack.encode(), SemiSyncAck::decode, SemiSyncAck::encode);
        assert_eq!(decoded, ack);
    }
}
