//! Table_map: gives a table a number and says how the columns of the row events that follow are packed.
//!
//! ```text
//! 6  table id (4 before MySQL 5.1.4)
//! 2  flags
//! 1  length of the schema, schema, zero byte
//! 1  length of the table, table, zero byte
//! *  number of columns, length-encoded
//! *  type code of each
//! *  length of the metadata, length-encoded; metadata of each
//! *  a bit for each column: may be NULL
//! *  optional metadata up to the end, see `super::optional_metadata`
//! ```
//!
//! Manual: "Table_map_event"; worklog 4618.

use super::optional_metadata::OptionalMetadata;
use crate::context::{EventContext, Flavour};
use crate::error::DecodeError;
use crate::event::Body;
use crate::event_type::EventType;
use crate::put::{Put, len_u8};
use crate::reader::Reader;
use bytes::Bytes;
use understudy_values::row::Bitmap;
use understudy_values::wire_type::WireColumn;

/// A table's number and column types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableMapEvent {
    /// Number by which row events name the table.
    pub table_id: u64,
    /// Flags; of no meaning to a replica.
    pub flags: u16,
    /// Schema.
    pub schema: Bytes,
    /// Table.
    pub table: Bytes,
    /// Columns.
    pub columns: Vec<WireColumn>,
    /// A bit for each column: may be NULL.
    pub nullable: Bytes,
    /// Optional metadata as they came; see [`TableMapEvent::metadata`].
    pub optional: Bytes,
}

impl TableMapEvent {
    /// The column may be NULL.
    pub fn is_nullable(&self, column: usize) -> bool {
        Bitmap::new(&self.nullable, self.columns.len()).is_ok_and(|bits| bits.is_set(column))
    }

    /// The optional metadata (`binlog_row_metadata`) as a server of this flavour writes them.
    pub fn metadata(&self, flavour: Flavour) -> Result<OptionalMetadata, DecodeError> {
        OptionalMetadata::decode(&self.optional, &self.columns, flavour)
    }
}

fn name(reader: &mut Reader<'_>, field: &'static str) -> Result<Bytes, DecodeError> {
    let name = reader.short_string(field)?;
    reader.zero(field)?;
    Ok(name)
}

/// A table id at a reader's place.
pub(super) fn table_id(
    reader: &mut Reader<'_>,
    context: &EventContext,
) -> Result<u64, DecodeError> {
    if context.table_id_len(reader.event_type()) == 4 {
        reader.u32("table id").map(u64::from)
    } else {
        reader.u48("table id")
    }
}

/// Appends a table id.
pub(super) fn put_table_id(
    out: &mut Vec<u8>,
    table_id: u64,
    event_type: EventType,
    context: &EventContext,
) {
    if context.table_id_len(event_type) == 4 {
        let low = u32::try_from(table_id);
        assert!(low.is_ok(), "table id {table_id} in an old log");
        out.u32(low.unwrap_or(u32::MAX));
    } else {
        out.u48(table_id);
    }
}

impl Body for TableMapEvent {
    fn decode(reader: &mut Reader<'_>, context: &EventContext) -> Result<Self, DecodeError> {
        let table_id = table_id(reader, context)?;
        let flags = reader.u16("flags")?;
        let schema = name(reader, "schema")?;
        let table = name(reader, "table")?;
        let count = reader.lenenc("column count")?;
        let types = reader.bytes("column types", count)?;
        let length = reader.lenenc("metadata length")?;
        let metadata = reader.bytes("metadata", length)?;
        let columns = WireColumn::parse_list(&types, &metadata)
            .map_err(|_| reader.bad_value("metadata", length))?;
        Ok(TableMapEvent {
            table_id,
            flags,
            schema,
            table,
            columns,
            nullable: reader.bytes("null bits", count.div_ceil(8))?,
            optional: reader.rest(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>, context: &EventContext) {
        put_table_id(out, self.table_id, EventType::TABLE_MAP, context);
        out.u16(self.flags);
        for name in [&self.schema, &self.table] {
            out.u8(len_u8(name.len()));
            out.slice(name);
            out.u8(0);
        }
        let lists = WireColumn::encode_list(&self.columns);
        assert!(lists.is_ok(), "a table map of unknown types: {lists:?}");
        let (types, metadata) = lists.unwrap_or_default();
        out.lenenc(types.len() as u64);
        out.slice(&types);
        out.lenenc(metadata.len() as u64);
        out.slice(&metadata);
        out.slice(&self.nullable);
        out.slice(&self.optional);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{ChecksumAlgorithm, Event, EventBody};
    use understudy_values::wire_type::WireType;

    fn sample() -> TableMapEvent {
        TableMapEvent {
            table_id: 0x0102_0304_0506,
            flags: 1,
            schema: Bytes::from_static(b"db"),
            table: Bytes::from_static(b"t"),
            columns: vec![
                WireColumn {
                    wire_type: WireType::LONG,
                    meta: 0,
                },
                WireColumn {
                    wire_type: WireType::VARCHAR,
                    meta: 80,
                },
                WireColumn {
                    wire_type: WireType::NEWDECIMAL,
                    meta: 10 | 2 << 8,
                },
            ],
            nullable: Bytes::from_static(b"\x06"),
            optional: Bytes::from_static(b"\x01\x01\x80"),
        }
    }

    #[test]
    fn round_trips() {
        let event = sample();
        assert!(!event.is_nullable(0) && event.is_nullable(1) && !event.is_nullable(3));
        testing::check(
            Flavour::Mysql,
            EventType::TABLE_MAP,
            b"\x06\x05\x04\x03\x02\x01\x01\0\x02db\0\x01t\0\x03\x03\x0f\xf6\x04\x50\0\x0a\x02\x06\x01\x01\x80",
            EventBody::TableMap(event),
        );
    }

    #[test]
    fn post_header_length_6_means_a_short_table_id() {
        let mut lengths = [0; 19];
        lengths[18] = 6;
        let context = EventContext::described(Flavour::Mysql, ChecksumAlgorithm::Off, &lengths);
        let mut event = sample();
        event.table_id = 7;
        let mut body = Vec::new();
        event.encode(&mut body, &context);
        assert_eq!(body[..7], *b"\x07\0\0\0\x01\0\x02");
        let bytes = testing::frame(EventType::TABLE_MAP, &body);
        let read = Event::decode(&bytes, &context).unwrap();
        assert_eq!(read.body, EventBody::TableMap(event));
    }
}
