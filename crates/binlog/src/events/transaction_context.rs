//! Transaction_context (MySQL Group Replication): what certification needs to know of a transaction.
//!
//! ```text
//! 1  length of the server uuid
//! 4  thread id
//! 1  a GTID was given
//! 4  length of the snapshot version
//! 4  number of write-set items
//! 4  number of read-set items
//! *  server uuid, snapshot version
//! *  items, each 2 length and bytes
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::{Put, len_u8, len_u16, len_u32};
use crate::reader::Reader;
use bytes::Bytes;

/// What certification needs to know of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionContextEvent {
    /// UUID of the server, as text.
    pub server_uuid: Bytes,
    /// Thread id.
    pub thread_id: u32,
    /// `gtid_next` was given; 0 or 1.
    pub gtid_specified: u8,
    /// The GTID set that the transaction saw, in binary form.
    pub snapshot_version: Bytes,
    /// Hashes of rows written.
    pub write_set: Vec<Bytes>,
    /// Hashes of rows read.
    pub read_set: Vec<Bytes>,
}

fn items(
    reader: &mut Reader<'_>,
    count: u32,
    field: &'static str,
) -> Result<Vec<Bytes>, DecodeError> {
    let mut items = Vec::new();
    for _ in 0..count {
        let length = reader.u16(field)?;
        items.push(reader.bytes(field, u64::from(length))?);
    }
    Ok(items)
}

impl Body for TransactionContextEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        let uuid_len = reader.u8("server uuid length")?;
        let thread_id = reader.u32("thread id")?;
        let gtid_specified = reader.u8("gtid specified")?;
        let snapshot_len = reader.u32("snapshot version length")?;
        let writes = reader.u32("write set count")?;
        let reads = reader.u32("read set count")?;
        Ok(TransactionContextEvent {
            server_uuid: reader.bytes("server uuid", u64::from(uuid_len))?,
            thread_id,
            gtid_specified,
            snapshot_version: reader.bytes("snapshot version", u64::from(snapshot_len))?,
            write_set: items(reader, writes, "write set")?,
            read_set: items(reader, reads, "read set")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u8(len_u8(self.server_uuid.len()));
        out.u32(self.thread_id);
        out.u8(self.gtid_specified);
        out.u32(len_u32(self.snapshot_version.len()));
        out.u32(len_u32(self.write_set.len()));
        out.u32(len_u32(self.read_set.len()));
        out.slice(&self.server_uuid);
        out.slice(&self.snapshot_version);
        for item in self.write_set.iter().chain(&self.read_set) {
            out.u16(len_u16(item.len()));
            out.slice(item);
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
        testing::check(
            Flavour::Mysql,
            EventType::TRANSACTION_CONTEXT,
            b"\x02\x07\0\0\0\x01\x03\0\0\0\x01\0\0\0\x01\0\0\0uusss\x01\0w\x02\0rr",
            EventBody::TransactionContext(TransactionContextEvent {
                server_uuid: Bytes::from_static(b"uu"),
                thread_id: 7,
                gtid_specified: 1,
                snapshot_version: Bytes::from_static(b"sss"),
                write_set: vec![Bytes::from_static(b"w")],
                read_set: vec![Bytes::from_static(b"rr")],
            }),
        );
    }
}
