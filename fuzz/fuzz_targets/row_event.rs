//! Row images: rows of a row event are cut by a table map without panic, and their parts make up the whole.
//!
//! Input: a byte that chooses the type of row event, two bytes of length, a Table_map body, a row event body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use understudy_binlog::event::Body;
use understudy_binlog::events::{RowsEvent, TableMapEvent};
use understudy_binlog::reader::Reader;
use understudy_binlog::{ChecksumAlgorithm, EventContext, EventType, Flavour};
use understudy_values::row::RowLayout;

const TYPES: [EventType; 8] = [
    EventType::WRITE_ROWS_V1,
    EventType::UPDATE_ROWS_V1,
    EventType::DELETE_ROWS_V1,
    EventType::WRITE_ROWS,
    EventType::UPDATE_ROWS,
    EventType::DELETE_ROWS,
    EventType::PARTIAL_UPDATE_ROWS,
    EventType::UPDATE_ROWS_COMPRESSED_V1,
];

fuzz_target!(|data: &[u8]| {
    let [choice, low, high, rest @ ..] = data else {
        return;
    };
    let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (map, rows) = rest.split_at(length);
    let (map, rows) = (Bytes::copy_from_slice(map), Bytes::copy_from_slice(rows));
    let context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
    let mut reader = Reader::new(&map, 0, EventType::TABLE_MAP);
    let Ok(map) = TableMapEvent::decode(&mut reader, &context) else {
        return;
    };
    let event_type = TYPES[usize::from(*choice) % TYPES.len()];
    let mut reader = Reader::new(&rows, 0, event_type);
    let Ok(event) = RowsEvent::decode(&mut reader, &context) else {
        return;
    };
    let (Ok(layout), Ok(data)) = (RowLayout::of_wire(&map.columns), event.rows(1 << 20)) else {
        return;
    };
    let Ok(mut images) = event.images(&layout, &data) else {
        return;
    };
    let (mut before, mut after, mut used) = (Vec::new(), Vec::new(), 0);
    while let Ok(Some(row)) = images.next_row(&mut before, &mut after) {
        used += row.before.len() + row.after.len();
        assert!(used <= data.len());
        for cells in [&before, &after] {
            assert!(cells.is_empty() || cells.len() == map.columns.len());
        }
    }
});
