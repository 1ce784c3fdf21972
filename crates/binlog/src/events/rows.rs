//! Row events: rows inserted, changed or deleted; versions 1 and 2, partial updates, MariaDB's compressed ones.
//!
//! ```text
//! 6  table id (4 before MySQL 5.1.4)
//! 2  flags
//!    --- version 2 only
//! 2  length of the extra info with this field; extra info
//!    ---
//! *  number of columns, length-encoded
//! *  a bit for each column: present in the images (of an update: the before-images)
//! *  of an update: the same for the after-images
//! *  rows: images one after the other, of an update in pairs (compressed: see `crate::compression`)
//! ```
//!
//! Manual: "Rows_event"; worklogs 5092 (image), 2955 (partial JSON), 12168 (extra info).

use super::table_map::{put_table_id, table_id};
use crate::compression;
use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::event_type::EventType;
use crate::put::{Put, len_u16};
use crate::reader::Reader;
use bytes::Bytes;
use understudy_values::error::ValueError;
use understudy_values::row::{Bitmap, Cell, RowLayout};

/// What happened to the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowsKind {
    /// Inserted: after-images.
    Write,
    /// Changed: pairs of before- and after-image.
    Update,
    /// Deleted: before-images.
    Delete,
    /// Changed: pairs whose after-images may hold differences of JSON documents.
    PartialUpdate,
}

/// Flags of a row event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsFlags(pub u16);

impl RowsFlags {
    /// Last row event of its statement.
    pub const STATEMENT_END: RowsFlags = RowsFlags(0x01);
    /// `foreign_key_checks=0`
    pub const NO_FOREIGN_KEY_CHECKS: RowsFlags = RowsFlags(0x02);
    /// `unique_checks=0`
    pub const RELAXED_UNIQUE_CHECKS: RowsFlags = RowsFlags(0x04);
    /// Images hold all columns.
    pub const COMPLETE_ROWS: RowsFlags = RowsFlags(0x08);
    /// MySQL 9.6 and later: rows changed by cascading foreign keys are in the log (T25).
    pub const USE_SQL_FOREIGN_KEY: RowsFlags = RowsFlags(0x10);
    /// MariaDB: `check_constraint_checks=0`
    pub const NO_CHECK_CONSTRAINT_CHECKS: RowsFlags = RowsFlags(0x80);

    /// All of `other`'s bits are set.
    pub fn contains(self, other: RowsFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A piece of a version 2 event's extra info.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtraRowInfo {
    /// NDB's; format and data.
    Ndb(u8, Bytes),
    /// Number of the partition, and for an update that of the one the row was in.
    Partition(u16, Option<u16>),
}

/// Rows inserted, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsEvent {
    /// What happened.
    pub kind: RowsKind,
    /// Number that a Table_map event gave the table.
    pub table_id: u64,
    /// Flags.
    pub flags: RowsFlags,
    /// Extra info of a version 2 event, as it came; `None` in version 1.
    pub extra: Option<Bytes>,
    /// Number of columns.
    pub column_count: u64,
    /// A bit for each column: present in the images, of an update in the before-images.
    pub columns: Bytes,
    /// Of an update: the same for the after-images.
    pub columns_after: Option<Bytes>,
    /// The rows as sent; see [`RowsEvent::rows`].
    pub data: Bytes,
    /// `data` is compressed (MariaDB).
    pub compressed: bool,
}

impl RowsEvent {
    /// The type code of an event like this.
    pub fn event_type(&self) -> EventType {
        let version_2 = self.extra.is_some();
        match (self.kind, version_2, self.compressed) {
            (RowsKind::Write, false, false) => EventType::WRITE_ROWS_V1,
            (RowsKind::Update, false, false) => EventType::UPDATE_ROWS_V1,
            (RowsKind::Delete, false, false) => EventType::DELETE_ROWS_V1,
            (RowsKind::Write, true, false) => EventType::WRITE_ROWS,
            (RowsKind::Update, true, false) => EventType::UPDATE_ROWS,
            (RowsKind::Delete, true, false) => EventType::DELETE_ROWS,
            (RowsKind::Write, false, true) => EventType::WRITE_ROWS_COMPRESSED_V1,
            (RowsKind::Update, false, true) => EventType::UPDATE_ROWS_COMPRESSED_V1,
            (RowsKind::Delete, false, true) => EventType::DELETE_ROWS_COMPRESSED_V1,
            (RowsKind::Write, true, true) => EventType::WRITE_ROWS_COMPRESSED,
            (RowsKind::Update, true, true) => EventType::UPDATE_ROWS_COMPRESSED,
            (RowsKind::Delete, true, true) => EventType::DELETE_ROWS_COMPRESSED,
            (RowsKind::PartialUpdate, _, _) => EventType::PARTIAL_UPDATE_ROWS,
        }
    }

    /// The rows; compressed ones may inflate to `limit` bytes.
    pub fn rows(&self, limit: u64) -> Result<Bytes, DecodeError> {
        if self.compressed {
            compression::inflate(&self.data, limit, self.event_type())
        } else {
            Ok(self.data.clone())
        }
    }

    /// Which columns the before-images hold; `None` of an insert.
    pub fn before_columns(&self) -> Option<Bitmap<'_>> {
        match self.kind {
            RowsKind::Write => None,
            RowsKind::Update | RowsKind::Delete | RowsKind::PartialUpdate => {
                self.bitmap(&self.columns)
            }
        }
    }

    /// Which columns the after-images hold; `None` of a delete.
    pub fn after_columns(&self) -> Option<Bitmap<'_>> {
        match self.kind {
            RowsKind::Write => self.bitmap(&self.columns),
            RowsKind::Update | RowsKind::PartialUpdate => self
                .columns_after
                .as_ref()
                .and_then(|bits| self.bitmap(bits)),
            RowsKind::Delete => None,
        }
    }

    fn bitmap<'a>(&self, bits: &'a Bytes) -> Option<Bitmap<'a>> {
        Bitmap::new(bits, usize::try_from(self.column_count).ok()?).ok()
    }

    /// The row images in `rows` (from [`RowsEvent::rows`]), cut by the layout of the event's table map.
    pub fn images<'a>(
        &'a self,
        layout: &'a RowLayout,
        rows: &'a [u8],
    ) -> Result<RowImages<'a>, ValueError> {
        if layout.len() as u64 != self.column_count {
            return Err(ValueError::Malformed {
                what: "row event: number of columns differs from the table map's",
            });
        }
        Ok(RowImages {
            before_columns: self.before_columns(),
            after_columns: self.after_columns(),
            partial: self.kind == RowsKind::PartialUpdate,
            layout,
            rest: rows,
        })
    }

    /// The pieces of the extra info.
    pub fn extra_info(&self) -> Result<Vec<ExtraRowInfo>, DecodeError> {
        let bytes = self.extra.clone().unwrap_or_default();
        let mut reader = Reader::new(&bytes, 0, self.event_type());
        let mut pieces = Vec::new();
        while !reader.is_empty() {
            pieces.push(match reader.u8("extra info type")? {
                0 => {
                    // The length counts itself and the format.
                    let length = reader.u8("extra info length")?;
                    let format = reader.u8("extra info format")?;
                    let length = u64::from(length)
                        .checked_sub(2)
                        .ok_or_else(|| reader.bad_value("extra info length", u64::from(length)))?;
                    ExtraRowInfo::Ndb(format, reader.bytes("extra info", length)?)
                }
                1 => {
                    let partition = reader.u16("partition")?;
                    let source = match self.kind {
                        RowsKind::Update | RowsKind::PartialUpdate => {
                            Some(reader.u16("source partition")?)
                        }
                        RowsKind::Write | RowsKind::Delete => None,
                    };
                    ExtraRowInfo::Partition(partition, source)
                }
                other => return Err(reader.bad_value("extra info type", u64::from(other))),
            });
        }
        Ok(pieces)
    }
}

/// Kind, version 2, compressed.
fn shape(event_type: EventType) -> Option<(RowsKind, bool, bool)> {
    Some(match event_type {
        EventType::WRITE_ROWS_V1 => (RowsKind::Write, false, false),
        EventType::UPDATE_ROWS_V1 => (RowsKind::Update, false, false),
        EventType::DELETE_ROWS_V1 => (RowsKind::Delete, false, false),
        EventType::WRITE_ROWS => (RowsKind::Write, true, false),
        EventType::UPDATE_ROWS => (RowsKind::Update, true, false),
        EventType::DELETE_ROWS => (RowsKind::Delete, true, false),
        EventType::WRITE_ROWS_COMPRESSED_V1 => (RowsKind::Write, false, true),
        EventType::UPDATE_ROWS_COMPRESSED_V1 => (RowsKind::Update, false, true),
        EventType::DELETE_ROWS_COMPRESSED_V1 => (RowsKind::Delete, false, true),
        EventType::WRITE_ROWS_COMPRESSED => (RowsKind::Write, true, true),
        EventType::UPDATE_ROWS_COMPRESSED => (RowsKind::Update, true, true),
        EventType::DELETE_ROWS_COMPRESSED => (RowsKind::Delete, true, true),
        EventType::PARTIAL_UPDATE_ROWS => (RowsKind::PartialUpdate, true, false),
        _ => return None,
    })
}

impl Body for RowsEvent {
    fn decode(reader: &mut Reader<'_>, context: &EventContext) -> Result<Self, DecodeError> {
        let event_type = reader.event_type();
        let (kind, version_2, compressed) = shape(event_type)
            .ok_or_else(|| reader.bad_value("event type", u64::from(event_type.0)))?;
        let table_id = table_id(reader, context)?;
        let flags = RowsFlags(reader.u16("flags")?);
        let extra = if version_2 {
            let length = u64::from(reader.u16("extra info length")?);
            let length = length
                .checked_sub(2)
                .ok_or_else(|| reader.bad_value("extra info length", length))?;
            Some(reader.bytes("extra info", length)?)
        } else {
            None
        };
        let column_count = reader.lenenc("column count")?;
        let columns = reader.bytes("columns", column_count.div_ceil(8))?;
        let columns_after = match kind {
            RowsKind::Update | RowsKind::PartialUpdate => {
                Some(reader.bytes("columns after", column_count.div_ceil(8))?)
            }
            RowsKind::Write | RowsKind::Delete => None,
        };
        Ok(RowsEvent {
            kind,
            table_id,
            flags,
            extra,
            column_count,
            columns,
            columns_after,
            data: reader.rest(),
            compressed,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, context: &EventContext) {
        put_table_id(out, self.table_id, self.event_type(), context);
        out.u16(self.flags.0);
        if let Some(extra) = &self.extra {
            out.u16(len_u16(extra.len() + 2));
            out.slice(extra);
        }
        out.lenenc(self.column_count);
        out.slice(&self.columns);
        if let Some(columns) = &self.columns_after {
            out.slice(columns);
        }
        out.slice(&self.data);
    }
}

/// The row images of one event, cut into cells on the way.
#[derive(Clone, Debug)]
pub struct RowImages<'a> {
    before_columns: Option<Bitmap<'a>>,
    after_columns: Option<Bitmap<'a>>,
    partial: bool,
    layout: &'a RowLayout,
    rest: &'a [u8],
}

/// Where the images of one row stand, image bytes as sent (null bits and fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowBytes<'a> {
    /// Before-image; empty of an insert.
    pub before: &'a [u8],
    /// After-image; empty of a delete.
    pub after: &'a [u8],
}

impl<'a> RowImages<'a> {
    /// Cuts the next row into `before` and `after`, one cell a column (empty where the event has no such
    /// image); `None` after the last row. After an error nothing more can be read.
    pub fn next_row(
        &mut self,
        before: &mut Vec<Cell<'a>>,
        after: &mut Vec<Cell<'a>>,
    ) -> Result<Option<RowBytes<'a>>, ValueError> {
        before.clear();
        after.clear();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut row = RowBytes {
            before: &[],
            after: &[],
        };
        if let Some(columns) = &self.before_columns {
            let length = self.layout.split_event(columns, self.rest, before)?;
            (row.before, self.rest) = self.rest.split_at(length);
        }
        if let Some(columns) = &self.after_columns {
            let length = if self.partial {
                self.layout.split_partial_event(columns, self.rest, after)?
            } else {
                self.layout.split_event(columns, self.rest, after)?
            };
            (row.after, self.rest) = self.rest.split_at(length);
        }
        if row.before.is_empty() && row.after.is_empty() {
            // No column, no null bit: such images take no bytes, so what is left belongs to none.
            return Err(ValueError::Malformed {
                what: "row event: bytes after images without columns",
            });
        }
        Ok(Some(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, Flavour};
    use understudy_values::wire_type::{WireColumn, WireType};

    const TYPES: [EventType; 13] = [
        EventType::WRITE_ROWS_V1,
        EventType::UPDATE_ROWS_V1,
        EventType::DELETE_ROWS_V1,
        EventType::WRITE_ROWS,
        EventType::UPDATE_ROWS,
        EventType::DELETE_ROWS,
        EventType::PARTIAL_UPDATE_ROWS,
        EventType::WRITE_ROWS_COMPRESSED_V1,
        EventType::UPDATE_ROWS_COMPRESSED_V1,
        EventType::DELETE_ROWS_COMPRESSED_V1,
        EventType::WRITE_ROWS_COMPRESSED,
        EventType::UPDATE_ROWS_COMPRESSED,
        EventType::DELETE_ROWS_COMPRESSED,
    ];

    fn sample(event_type: EventType) -> RowsEvent {
        let (kind, version_2, compressed) = shape(event_type).unwrap();
        let update = matches!(kind, RowsKind::Update | RowsKind::PartialUpdate);
        RowsEvent {
            kind,
            table_id: 99,
            flags: RowsFlags::STATEMENT_END,
            extra: version_2.then(Bytes::new),
            column_count: 2,
            columns: Bytes::from_static(b"\x03"),
            columns_after: update.then(|| Bytes::from_static(b"\x02")),
            data: Bytes::from_static(b"\0\x01\x02"),
            compressed,
        }
    }

    #[test]
    fn t27_every_version_round_trips() {
        for event_type in TYPES {
            let event = sample(event_type);
            assert_eq!(event.event_type(), event_type);
            let flavour = if event_type.is_known_to(Flavour::Mysql) {
                Flavour::Mysql
            } else {
                Flavour::Mariadb
            };
            let mut body = Vec::new();
            event.encode(&mut body, &testing::context(flavour));
            testing::check(flavour, event_type, &body, EventBody::Rows(event));
        }
    }

    fn layout() -> RowLayout {
        let column = |wire_type, meta| WireColumn { wire_type, meta };
        let columns = [column(WireType::TINY, 0), column(WireType::VARCHAR, 20)];
        RowLayout::of_wire(&columns).unwrap()
    }

    #[test]
    fn t03_absent_columns_are_not_null() {
        let mut event = sample(EventType::UPDATE_ROWS);
        event.columns = Bytes::from_static(b"\x01");
        event.data = Bytes::from_static(b"\0\x07\0\x02ab\0\x08\x01");
        let layout = layout();
        let rows = event.rows(0).unwrap();
        let mut images = event.images(&layout, &rows).unwrap();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let row = images.next_row(&mut before, &mut after).unwrap().unwrap();
        assert_eq!(row.after, b"\0\x02ab");
        assert_eq!(before, [Cell::Bytes(b"\x07"), Cell::Absent]);
        assert_eq!(after, [Cell::Absent, Cell::Bytes(b"\x02ab")]);
        assert!(images.next_row(&mut before, &mut after).unwrap().is_some());
        assert_eq!(before, [Cell::Bytes(b"\x08"), Cell::Absent]);
        assert_eq!(after, [Cell::Absent, Cell::Null]);
        assert_eq!(images.next_row(&mut before, &mut after), Ok(None));
        for cut in 1..rows.len() {
            let mut images = event.images(&layout, &rows[..cut]).unwrap();
            let mut whole = 0;
            while let Ok(Some(_)) = images.next_row(&mut before, &mut after) {
                whole += 1;
            }
            assert_eq!(whole, usize::from(cut >= 6), "cut at {cut}");
        }
    }

    #[test]
    fn another_number_of_columns_than_the_table_map_is_an_error() {
        let mut event = sample(EventType::WRITE_ROWS);
        event.column_count = 3;
        assert!(event.images(&layout(), &event.data).is_err());
    }

    #[test]
    fn images_without_columns_do_not_loop() {
        let mut event = sample(EventType::WRITE_ROWS);
        event.columns = Bytes::from_static(b"\0");
        let layout = layout();
        let mut images = event.images(&layout, b"x").unwrap();
        assert!(images.next_row(&mut Vec::new(), &mut Vec::new()).is_err());
    }

    #[test]
    fn reads_extra_info() {
        let mut event = sample(EventType::UPDATE_ROWS);
        event.extra = Some(Bytes::from_static(b"\x01\x05\0\x04\0\0\x04\x01ab"));
        assert_eq!(
            event.extra_info(),
            Ok(vec![
                ExtraRowInfo::Partition(5, Some(4)),
                ExtraRowInfo::Ndb(1, Bytes::from_static(b"ab")),
            ])
        );
        event.extra = Some(Bytes::from_static(b"\x07"));
        assert!(event.extra_info().is_err());
    }
}
