//! Commands and packets between a replica and its source.
//!
//! Event bytes are opaque here. Source: "Replication Protocol" in MySQL's client/server documentation.

use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;
use crate::response::{EofPacket, ErrPacket};
use crate::semisync;

/// COM_REGISTER_SLAVE
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterReplica {
    /// `server_id`
    pub server_id: u32,
    /// `report_host`
    pub host: Vec<u8>,
    /// `report_user`
    pub user: Vec<u8>,
    /// `report_password`
    pub password: Vec<u8>,
    /// `report_port`
    pub port: u16,
    /// Recovery rank, unused.
    pub rank: u32,
    /// Server id of the source; 0, the source fills it in.
    pub source_id: u32,
}

impl RegisterReplica {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let server_id = r.u32()?;
        let mut short = || {
            let length = usize::from(r.u8()?);
            r.take(length).map(<[u8]>::to_vec)
        };
        let (host, user, password) = (short()?, short()?, short()?);
        Ok(RegisterReplica {
            server_id,
            host,
            user,
            password,
            port: r.u16()?,
            rank: r.u32()?,
            source_id: r.u32()?,
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.server_id);
        out.put_short_bytes(&self.host);
        out.put_short_bytes(&self.user);
        out.put_short_bytes(&self.password);
        out.put_u16(self.port);
        out.put_u32(self.rank);
        out.put_u32(self.source_id);
    }
}

/// Flags of the dump commands; unknown bits survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpFlags(pub u16);

impl DumpFlags {
    /// Ends with an EOF packet at the end of the last file.
    pub const NON_BLOCK: DumpFlags = DumpFlags(0x01);
    /// COM_BINLOG_DUMP to MariaDB: the statements behind row events are sent too (Annotate_rows).
    pub const SEND_ANNOTATE_ROWS: DumpFlags = DumpFlags(0x02);
    /// COM_BINLOG_DUMP to MySQL (worklog 14162): the replica knows the second kind of heartbeat.
    pub const HEARTBEAT_V2: DumpFlags = DumpFlags(0x02);
    /// COM_BINLOG_DUMP_GTID: the position counts.
    pub const THROUGH_POSITION: DumpFlags = DumpFlags(0x02);
    /// COM_BINLOG_DUMP_GTID: the GTID set counts.
    pub const THROUGH_GTID: DumpFlags = DumpFlags(0x04);

    /// All flags of `other` are set.
    pub fn contains(self, other: DumpFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// COM_BINLOG_DUMP
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BinlogDump {
    /// Position, bytes. The command has 32 bits for it.
    pub position: u32,
    /// Flags.
    pub flags: DumpFlags,
    /// Server id of the replica.
    pub server_id: u32,
    /// File; empty for the source's first one.
    pub file: Vec<u8>,
}

impl BinlogDump {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(BinlogDump {
            position: r.u32()?,
            flags: DumpFlags(r.u16()?),
            server_id: r.u32()?,
            file: r.rest().to_vec(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.position);
        out.put_u16(self.flags.0);
        out.put_u32(self.server_id);
        out.put_bytes(&self.file);
    }
}

/// COM_BINLOG_DUMP_GTID
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BinlogDumpGtid {
    /// Flags.
    pub flags: DumpFlags,
    /// Server id of the replica.
    pub server_id: u32,
    /// File; empty with a GTID set.
    pub file: Vec<u8>,
    /// Position, bytes.
    pub position: u64,
    /// The GTID set in its binary form.
    pub gtid_set: Vec<u8>,
}

impl BinlogDumpGtid {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = DumpFlags(r.u16()?);
        let server_id = r.u32()?;
        let length = u64::from(r.u32()?);
        let file = r.take_u64(length)?.to_vec();
        let position = r.u64()?;
        let length = u64::from(r.u32()?);
        Ok(BinlogDumpGtid {
            flags,
            server_id,
            file,
            position,
            gtid_set: r.take_u64(length)?.to_vec(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.put_u16(self.flags.0);
        out.put_u32(self.server_id);
        put_long_bytes(&self.file, out);
        out.put_u64(self.position);
        put_long_bytes(&self.gtid_set, out);
    }
}

fn put_long_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.put_u32(length);
    let fits = usize::try_from(length).unwrap_or(usize::MAX);
    out.put_bytes(bytes.get(..fits).unwrap_or(bytes));
}

/// One packet of a running dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DumpPacket<'a> {
    /// An event.
    Event {
        /// With semi-synchronous replication: whether an acknowledgement is due.
        ack_requested: Option<bool>,
        /// The event's bytes.
        event: &'a [u8],
    },
    /// The end, after NON_BLOCK.
    Eof,
    /// The source gave up.
    Error(ErrPacket),
}

impl<'a> DumpPacket<'a> {
    /// Reads it; `semi_sync` where the replica asked for semi-synchronous replication, so that every event
    /// carries the two bytes of its header.
    pub fn decode(bytes: &'a [u8], semi_sync: bool) -> Result<Self, DecodeError> {
        let mut r = Reader::new("dump packet", bytes);
        let mark = r.clone();
        match r.u8()? {
            0x00 if semi_sync => {
                let ack_requested = Some(semisync::read_header(&mut r)?);
                Ok(DumpPacket::Event {
                    ack_requested,
                    event: r.rest(),
                })
            }
            0x00 => Ok(DumpPacket::Event {
                ack_requested: None,
                event: r.rest(),
            }),
            ErrPacket::TAG => ErrPacket::decode(bytes).map(DumpPacket::Error),
            EofPacket::TAG if bytes.len() < 9 => Ok(DumpPacket::Eof),
            tag => Err(mark.error(Reason::BadTag(u64::from(tag)))),
        }
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            DumpPacket::Event {
                ack_requested,
                event,
            } => {
                let mut out = Vec::with_capacity(event.len() + 3);
                out.put_u8(0);
                if let Some(requested) = ack_requested {
                    semisync::write_header(*requested, &mut out);
                }
                out.put_bytes(event);
                out
            }
            DumpPacket::Eof => EofPacket::default().encode(),
            DumpPacket::Error(error) => error.encode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dump_packets_round_trip() {
        for semi_sync in [false, true] {
            for requested in [false, true] {
                let packet = DumpPacket::Event {
                    ack_requested: semi_sync.then_some(requested),
                    event: b"event bytes",
                };
                let bytes = packet.encode();
                assert_eq!(DumpPacket::decode(&bytes, semi_sync), Ok(packet));
                let head = if semi_sync { 3 } else { 1 };
                for cut in 0..head {
                    assert!(DumpPacket::decode(&bytes[..cut], semi_sync).is_err());
                }
            }
        }
        let eof = DumpPacket::Eof.encode();
        assert_eq!(DumpPacket::decode(&eof, true), Ok(DumpPacket::Eof));
        assert!(DumpPacket::decode(&[7, 7], false).is_err());
        assert!(DumpPacket::decode(&[0, 0xee, 0, 1], true).is_err());
    }
}
