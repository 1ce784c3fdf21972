//! Making events and whole files, for sources, tests and the demonstration.
//!
//! ```
//! use understudy_binlog::ChecksumAlgorithm;
//! use understudy_binlog::builder::BinlogBuilder;
//!
//! let mut builder = BinlogBuilder::new(1, "9.7.0", ChecksumAlgorithm::Crc32);
//! builder.timestamp_s(1_700_000_000).anonymous_gtid();
//! builder.query("", "CREATE DATABASE shop");
//! let file = builder.into_bytes();
//! assert!(file.starts_with(&understudy_binlog::MAGIC));
//! ```

use crate::MAGIC;
use crate::checksum::{self, ChecksumAlgorithm};
use crate::context::{EventContext, Flavour};
use crate::event::{Event, EventBody};
use crate::event_type::EventType;
use crate::events::*;
use crate::header::{EventFlags, EventHeader};
use crate::put::len_u32;
use bytes::Bytes;
use understudy_base::{GtidSet, Uuid};

/// The type code of a body, where the body alone decides it.
fn type_of(body: &EventBody) -> EventType {
    match body {
        EventBody::Query(query) if query.compressed => EventType::QUERY_COMPRESSED,
        EventBody::Query(_) => EventType::QUERY,
        EventBody::Stop(_) => EventType::STOP,
        EventBody::Rotate(_) => EventType::ROTATE,
        EventBody::Intvar(_) => EventType::INTVAR,
        EventBody::AppendBlock(_) => EventType::APPEND_BLOCK,
        EventBody::DeleteFile(_) => EventType::DELETE_FILE,
        EventBody::Rand(_) => EventType::RAND,
        EventBody::UserVar(_) => EventType::USER_VAR,
        EventBody::FormatDescription(_) => EventType::FORMAT_DESCRIPTION,
        EventBody::Xid(_) => EventType::XID,
        EventBody::ExecuteLoadQuery(_) => EventType::EXECUTE_LOAD_QUERY,
        EventBody::TableMap(_) => EventType::TABLE_MAP,
        EventBody::Rows(rows) => rows.event_type(),
        EventBody::Incident(_) => EventType::INCIDENT,
        EventBody::Heartbeat(_) => EventType::HEARTBEAT,
        EventBody::HeartbeatV2(_) => EventType::HEARTBEAT_V2,
        EventBody::Ignorable(_) => EventType::IGNORABLE,
        EventBody::RowsQuery(_) => EventType::ROWS_QUERY,
        EventBody::Gtid(gtid) if gtid.gno == 0 => EventType::ANONYMOUS_GTID,
        EventBody::Gtid(_) => EventType::GTID,
        EventBody::GtidTagged(_) => EventType::GTID_TAGGED,
        EventBody::PreviousGtids(_) => EventType::PREVIOUS_GTIDS,
        EventBody::TransactionContext(_) => EventType::TRANSACTION_CONTEXT,
        EventBody::ViewChange(_) => EventType::VIEW_CHANGE,
        EventBody::XaPrepare(_) => EventType::XA_PREPARE,
        EventBody::TransactionPayload(_) => EventType::TRANSACTION_PAYLOAD,
        EventBody::AnnotateRows(_) => EventType::ANNOTATE_ROWS,
        EventBody::BinlogCheckpoint(_) => EventType::BINLOG_CHECKPOINT,
        EventBody::MariadbGtid(_) => EventType::MARIADB_GTID,
        EventBody::GtidList(_) => EventType::GTID_LIST,
        EventBody::StartEncryption(_) => EventType::START_ENCRYPTION,
        EventBody::Unknown(_) => EventType::UNKNOWN,
    }
}

/// The bytes of one event.
///
/// A format description of algorithm NONE gets the checksum that files carry nevertheless.
pub fn event_bytes(header: EventHeader, body: EventBody, context: &EventContext) -> Vec<u8> {
    let off = matches!(
        &body,
        EventBody::FormatDescription(description)
            if description.algorithm() == ChecksumAlgorithm::Off
    );
    let mut bytes = Event { header, body }.encode(context);
    if off {
        bytes.truncate(bytes.len() - checksum::LEN);
        checksum::append(&mut bytes);
    }
    bytes
}

fn artificial(event_type: EventType, server_id: u32, log_pos: u32) -> EventHeader {
    EventHeader {
        timestamp_s: 0,
        event_type,
        server_id,
        event_len: 0,
        log_pos,
        flags: EventFlags::default(),
    }
}

/// The rotate that a source makes up at the head of a dump.
pub fn artificial_rotate(
    server_id: u32,
    file: &str,
    position: u64,
    context: &EventContext,
) -> Vec<u8> {
    let mut header = artificial(EventType::ROTATE, server_id, 0);
    header.flags = EventFlags::ARTIFICIAL;
    let file = Bytes::copy_from_slice(file.as_bytes());
    let body = EventBody::Rotate(RotateEvent { position, file });
    event_bytes(header, body, context)
}

/// A heartbeat of the first kind: 32 bits of position, in the header.
pub fn heartbeat(server_id: u32, file: &str, position: u32, context: &EventContext) -> Vec<u8> {
    let header = artificial(EventType::HEARTBEAT, server_id, position);
    let file = Bytes::copy_from_slice(file.as_bytes());
    event_bytes(
        header,
        EventBody::Heartbeat(HeartbeatEvent { file }),
        context,
    )
}

/// A heartbeat of the second kind.
pub fn heartbeat_v2(server_id: u32, file: &str, position: u64, context: &EventContext) -> Vec<u8> {
    let header = artificial(EventType::HEARTBEAT_V2, server_id, 0);
    let file = Bytes::copy_from_slice(file.as_bytes());
    let body = EventBody::HeartbeatV2(HeartbeatV2Event { file, position });
    event_bytes(header, body, context)
}

/// Builds a file: magic number, format description, and what is added, with positions and checksums.
#[derive(Clone, Debug)]
pub struct BinlogBuilder {
    bytes: Vec<u8>,
    context: EventContext,
    server_id: u32,
    timestamp_s: u32,
    flags: EventFlags,
    sequence: i64,
}

impl BinlogBuilder {
    /// A file of a server of this version (`9.7.0`, `11.8.2-MariaDB-log`).
    pub fn new(server_id: u32, server_version: &str, checksum: ChecksumAlgorithm) -> BinlogBuilder {
        let description = FormatDescriptionEvent::new(server_version, checksum);
        let mut builder = BinlogBuilder {
            bytes: MAGIC.to_vec(),
            context: description.context(),
            server_id,
            timestamp_s: 0,
            flags: EventFlags::default(),
            sequence: 0,
        };
        builder.event(EventBody::FormatDescription(description));
        builder
    }

    /// The context that the file's format description sets.
    pub fn context(&self) -> &EventContext {
        &self.context
    }

    /// Offset of the next event, bytes.
    pub fn position(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Timestamp of the events that follow.
    pub fn timestamp_s(&mut self, timestamp_s: u32) -> &mut Self {
        self.timestamp_s = timestamp_s;
        self
    }

    /// Header flags of the next event only.
    pub fn flags(&mut self, flags: EventFlags) -> &mut Self {
        self.flags = flags;
        self
    }

    /// Adds an event; its body decides the type.
    pub fn event(&mut self, body: EventBody) -> &mut Self {
        self.typed_event(type_of(&body), body)
    }

    /// Adds an event of this type (Begin_load_query, unknown ones).
    pub fn typed_event(&mut self, event_type: EventType, body: EventBody) -> &mut Self {
        let mut header = EventHeader {
            timestamp_s: self.timestamp_s,
            event_type,
            server_id: self.server_id,
            event_len: 0,
            log_pos: 0,
            flags: std::mem::take(&mut self.flags),
        };
        let length = event_bytes(header, body.clone(), &self.context).len();
        header.log_pos = len_u32(self.bytes.len() + length);
        self.bytes.extend(event_bytes(header, body, &self.context));
        self
    }

    /// Adds an Anonymous_gtid event.
    pub fn anonymous_gtid(&mut self) -> &mut Self {
        self.gtid(Uuid::default(), 0)
    }

    /// Adds a Gtid event; each follows the one before in the logical clock.
    pub fn gtid(&mut self, uuid: Uuid, gno: u64) -> &mut Self {
        self.sequence += 1;
        self.event(EventBody::Gtid(GtidEvent {
            flags: GtidFlags::MAY_HAVE_STATEMENTS,
            uuid,
            gno,
            logical: Some(LogicalTimestamps {
                last_committed: self.sequence - 1,
                sequence_number: self.sequence,
            }),
            ..GtidEvent::default()
        }))
    }

    /// Adds a Previous_gtids event.
    pub fn previous_gtids(&mut self, set: &GtidSet) -> &mut Self {
        self.event(EventBody::PreviousGtids(PreviousGtidsEvent::new(set)))
    }

    /// Adds MariaDB's Gtid event; without `STANDALONE` it also stands for BEGIN.
    pub fn mariadb_gtid(
        &mut self,
        domain: u32,
        sequence: u64,
        flags: MariadbGtidFlags,
    ) -> &mut Self {
        self.event(EventBody::MariadbGtid(MariadbGtidEvent::new(
            domain, sequence, flags,
        )))
    }

    /// Adds a statement.
    pub fn query(&mut self, schema: &str, statement: &str) -> &mut Self {
        let utf8mb4 = match self.context.flavour {
            Flavour::Mysql => 255,
            Flavour::Mariadb => 45,
        };
        self.event(EventBody::Query(QueryEvent {
            thread_id: 1,
            status: StatusVariables::new(&[
                StatusVariable::Flags2(0),
                StatusVariable::SqlMode(0),
                StatusVariable::Catalog(Bytes::from_static(b"std")),
                StatusVariable::Charset(utf8mb4, utf8mb4, utf8mb4),
            ]),
            schema: Bytes::copy_from_slice(schema.as_bytes()),
            query: Bytes::copy_from_slice(statement.as_bytes()),
            ..QueryEvent::default()
        }))
    }

    /// Adds a table map.
    pub fn table_map(&mut self, map: TableMapEvent) -> &mut Self {
        self.event(EventBody::TableMap(map))
    }

    /// Adds rows.
    pub fn rows(&mut self, rows: RowsEvent) -> &mut Self {
        self.event(EventBody::Rows(rows))
    }

    /// Adds a commit.
    pub fn xid(&mut self, xid: u64) -> &mut Self {
        self.event(EventBody::Xid(XidEvent { xid }))
    }

    /// Adds the rotate that ends the file.
    pub fn rotate(&mut self, next_file: &str) -> &mut Self {
        self.event(EventBody::Rotate(RotateEvent {
            position: crate::position::FIRST_EVENT,
            file: Bytes::copy_from_slice(next_file.as_bytes()),
        }))
    }

    /// The file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t16_a_built_file_reads_back_with_its_positions_whatever_its_checksum() {
        for checksum in [ChecksumAlgorithm::Off, ChecksumAlgorithm::Crc32] {
            let mut builder = BinlogBuilder::new(7, "9.7.0", checksum);
            builder
                .timestamp_s(5)
                .anonymous_gtid()
                .query("d", "BEGIN")
                .xid(3);
            builder.rotate("b.000002");
            let end = builder.position();
            let mut rest = Bytes::from(builder.into_bytes()).split_off(4);
            let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
            let mut position = 4;
            let mut types = Vec::new();
            while !rest.is_empty() {
                let header = EventHeader::decode(&rest).unwrap();
                let bytes = rest.split_to(header.event_len as usize);
                let event = Event::decode(&bytes, &context).unwrap();
                if let EventBody::FormatDescription(description) = &event.body {
                    context = description.context();
                    assert_eq!(checksum::verify(&bytes), Ok(()));
                }
                position += u64::from(header.event_len);
                assert_eq!(u64::from(header.log_pos), position);
                types.push(header.event_type);
            }
            assert_eq!(position, end);
            assert_eq!(
                types,
                [
                    EventType::FORMAT_DESCRIPTION,
                    EventType::ANONYMOUS_GTID,
                    EventType::QUERY,
                    EventType::XID,
                    EventType::ROTATE,
                ]
            );
        }
    }

    #[test]
    fn what_a_source_makes_up_is_recognised_as_such() {
        let context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Crc32);
        for bytes in [
            artificial_rotate(1, "b.1", 4, &context),
            heartbeat(1, "b.1", 4, &context),
            heartbeat_v2(1, "b.1", 1 << 33, &context),
        ] {
            let bytes = Bytes::from(bytes);
            let event = Event::decode(&bytes, &context).unwrap();
            assert!(crate::position::is_artificial(&event.header));
            assert_eq!(event.encode(&context), bytes);
        }
    }
}
