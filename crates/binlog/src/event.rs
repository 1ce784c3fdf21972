//! One event, header to checksum, and the table from type code to body.

use crate::checksum::{self, ChecksumAlgorithm};
use crate::context::EventContext;
use crate::error::{DecodeError, Why};
use crate::event_type::EventType;
use crate::events::*;
use crate::header::EventHeader;
use crate::reader::Reader;
use bytes::Bytes;

/// The body of one kind of event.
pub trait Body: Sized {
    /// Reads the whole body (without checksum).
    fn decode(reader: &mut Reader<'_>, context: &EventContext) -> Result<Self, DecodeError>;

    /// Appends the body.
    fn encode(&self, out: &mut Vec<u8>, context: &EventContext);
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The header. Its type belongs to the body; [`Event::encode`] keeps its length as it is.
    pub header: EventHeader,
    /// The body.
    pub body: EventBody,
}

macro_rules! event_bodies {
    ($($variant:ident($body:ty) = $($constant:ident)|+, $doc:literal;)*) => {
        /// The bodies of all events.
        #[derive(Clone, Debug, PartialEq)]
        pub enum EventBody {
            $(#[doc = $doc] $variant($body),)*
            /// A type that the server of this flavour does not have, or that only came before MySQL 5.1:
            /// its bytes as they are. [`EventHeader::is_ignorable`] says whether it may be passed over.
            Unknown(Bytes),
        }

        impl EventBody {
            fn decode(reader: &mut Reader<'_>, context: &EventContext) -> Result<EventBody, DecodeError> {
                let event_type = reader.event_type();
                if !event_type.is_known_to(context.flavour) {
                    return Ok(EventBody::Unknown(reader.rest()));
                }
                match event_type {
                    $($(EventType::$constant)|+ => <$body>::decode(reader, context).map(EventBody::$variant),)*
                    EventType::START_V3
                    | EventType::LOAD
                    | EventType::SLAVE
                    | EventType::CREATE_FILE
                    | EventType::EXEC_LOAD
                    | EventType::NEW_LOAD
                    | EventType::PRE_GA_WRITE_ROWS
                    | EventType::PRE_GA_UPDATE_ROWS
                    | EventType::PRE_GA_DELETE_ROWS => Ok(EventBody::Unknown(reader.rest())),
                    // A newtype has no exhaustive match; `every_known_type_has_a_body` stands in for it.
                    _ => Ok(EventBody::Unknown(reader.rest())),
                }
            }

            /// Appends the body (without checksum).
            pub fn encode(&self, out: &mut Vec<u8>, context: &EventContext) {
                match self {
                    $(EventBody::$variant(body) => body.encode(out, context),)*
                    EventBody::Unknown(bytes) => out.extend_from_slice(bytes),
                }
            }
        }

        #[cfg(test)]
        const WITH_BODY: &[EventType] = &[$($(EventType::$constant),+),*];
    };
}

event_bodies! {
    Query(QueryEvent) = QUERY | QUERY_COMPRESSED, "A statement.";
    Stop(StopEvent) = STOP, "The server was shut down.";
    Rotate(RotateEvent) = ROTATE, "The log goes on in another file.";
    Intvar(IntvarEvent) = INTVAR, "An integer that the next statement needs.";
    AppendBlock(AppendBlockEvent) = APPEND_BLOCK | BEGIN_LOAD_QUERY, "A part of LOAD DATA's file.";
    DeleteFile(DeleteFileEvent) = DELETE_FILE, "The file of a failed LOAD DATA is to go.";
    Rand(RandEvent) = RAND, "Seeds of `RAND()`.";
    UserVar(UserVarEvent) = USER_VAR, "A user variable.";
    FormatDescription(FormatDescriptionEvent) = FORMAT_DESCRIPTION, "Version and layout of the file.";
    Xid(XidEvent) = XID, "Commit.";
    ExecuteLoadQuery(ExecuteLoadQueryEvent) = EXECUTE_LOAD_QUERY, "LOAD DATA itself.";
    TableMap(TableMapEvent) = TABLE_MAP, "A table's number and column types.";
    Rows(RowsEvent) = WRITE_ROWS_V1 | UPDATE_ROWS_V1 | DELETE_ROWS_V1 | WRITE_ROWS | UPDATE_ROWS | DELETE_ROWS
        | PARTIAL_UPDATE_ROWS | WRITE_ROWS_COMPRESSED_V1 | UPDATE_ROWS_COMPRESSED_V1 | DELETE_ROWS_COMPRESSED_V1
        | WRITE_ROWS_COMPRESSED | UPDATE_ROWS_COMPRESSED | DELETE_ROWS_COMPRESSED, "Rows inserted, changed or deleted.";
    Incident(IncidentEvent) = INCIDENT, "The log may lack something.";
    Heartbeat(HeartbeatEvent) = HEARTBEAT, "Nothing to send at present.";
    HeartbeatV2(HeartbeatV2Event) = HEARTBEAT_V2, "Nothing to send at present.";
    Ignorable(IgnorableEvent) = IGNORABLE, "Nothing that matters.";
    RowsQuery(RowsQueryEvent) = ROWS_QUERY, "The statement behind rows (MySQL).";
    Gtid(GtidEvent) = GTID | ANONYMOUS_GTID, "Begins a transaction (MySQL).";
    GtidTagged(GtidTaggedEvent) = GTID_TAGGED, "Begins a transaction whose GTID has a tag (MySQL).";
    PreviousGtids(PreviousGtidsEvent) = PREVIOUS_GTIDS, "GTIDs of earlier files (MySQL).";
    TransactionContext(TransactionContextEvent) = TRANSACTION_CONTEXT, "Group Replication's write set.";
    ViewChange(ViewChangeEvent) = VIEW_CHANGE, "Group Replication's new view.";
    XaPrepare(XaPrepareEvent) = XA_PREPARE, "Ends a prepared XA transaction.";
    TransactionPayload(TransactionPayloadEvent) = TRANSACTION_PAYLOAD, "A transaction's events, compressed (MySQL).";
    AnnotateRows(AnnotateRowsEvent) = ANNOTATE_ROWS, "The statement behind rows (MariaDB).";
    BinlogCheckpoint(BinlogCheckpointEvent) = BINLOG_CHECKPOINT, "Oldest file that crash recovery needs (MariaDB).";
    MariadbGtid(MariadbGtidEvent) = MARIADB_GTID, "Begins a transaction (MariaDB).";
    GtidList(GtidListEvent) = GTID_LIST, "GTID position at the file's start (MariaDB).";
    StartEncryption(StartEncryptionEvent) = START_ENCRYPTION, "What follows in the file is encrypted (MariaDB).";
}

impl Event {
    /// Reads one whole event and checks its checksum.
    pub fn decode(bytes: &Bytes, context: &EventContext) -> Result<Event, DecodeError> {
        let header = check_length(bytes)?;
        if checksum_of(&header, bytes, context)? == ChecksumAlgorithm::Crc32 {
            checksum::verify(bytes)?;
        }
        Event::decode_verified(bytes, context)
    }

    /// Reads one whole event whose checksum was checked before.
    pub fn decode_verified(bytes: &Bytes, context: &EventContext) -> Result<Event, DecodeError> {
        let header = check_length(bytes)?;
        // A format description looks after its own tail.
        let tail = if header.event_type == EventType::FORMAT_DESCRIPTION {
            0
        } else {
            context.checksum.len()
        };
        let end = bytes
            .len()
            .checked_sub(tail)
            .filter(|end| *end >= EventHeader::LEN)
            .ok_or(DecodeError {
                event: header.event_type,
                field: "checksum",
                at: EventHeader::LEN as u64,
                why: Why::Missing {
                    needed: tail as u64,
                    available: (bytes.len() - EventHeader::LEN) as u64,
                },
            })?;
        let body = bytes.slice(EventHeader::LEN..end);
        let mut reader = Reader::new(&body, EventHeader::LEN, header.event_type);
        let body = EventBody::decode(&mut reader, context)?;
        reader.finish()?;
        Ok(Event { header, body })
    }

    /// The event's bytes. What [`Event::decode`] read comes out the same.
    ///
    /// The header's length is written as counted here, so that a built event need not know it.
    pub fn encode(&self, context: &EventContext) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.header.event_len as usize);
        self.header.encode(&mut out);
        self.body.encode(&mut out, context);
        let checksum = match &self.body {
            // Has written all but the sum, see `FormatDescriptionEvent`.
            EventBody::FormatDescription(description) => description.sum_to_append(),
            _ => context.checksum,
        };
        let length = crate::put::len_u32(out.len() + checksum.len());
        if let Some(field) = out.get_mut(9..13) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        if checksum == ChecksumAlgorithm::Crc32 {
            checksum::append(&mut out);
        }
        out
    }
}

fn check_length(bytes: &[u8]) -> Result<EventHeader, DecodeError> {
    let header = EventHeader::decode(bytes)?;
    let (needed, available) = (u64::from(header.event_len), bytes.len() as u64);
    let why = match needed.cmp(&available) {
        std::cmp::Ordering::Equal => return Ok(header),
        std::cmp::Ordering::Greater => Why::Missing { needed, available },
        std::cmp::Ordering::Less => Why::Trailing {
            bytes: available - needed,
        },
    };
    Err(DecodeError {
        event: header.event_type,
        field: "event",
        at: 0,
        why,
    })
}

/// The checksum that an event ends in: the stream's, or a format description's own.
fn checksum_of(
    header: &EventHeader,
    bytes: &Bytes,
    context: &EventContext,
) -> Result<ChecksumAlgorithm, DecodeError> {
    if header.event_type == EventType::FORMAT_DESCRIPTION {
        FormatDescriptionEvent::peek_checksum(bytes)
    } else {
        Ok(context.checksum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_type_has_a_body() {
        let legacy = [1, 6, 7, 8, 10, 12, 20, 21, 22];
        let without: Vec<u8> = EventType::all()
            .filter(|event_type| !WITH_BODY.contains(event_type))
            .map(|event_type| event_type.0)
            .collect();
        assert_eq!(without, legacy);
    }
}
