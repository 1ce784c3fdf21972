//! One event: whatever is accepted is written back as it came, and its lazily read parts do not panic.
//!
//! Input: a byte whose lowest bit chooses the flavour, then an event; its length field is set right.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use understudy_binlog::{ChecksumAlgorithm, Event, EventBody, EventContext, Flavour};

fuzz_target!(|data: &[u8]| {
    let Some((choice, event)) = data.split_first() else {
        return;
    };
    let flavour = if choice & 1 == 0 { Flavour::Mysql } else { Flavour::Mariadb };
    let context = EventContext::initial(flavour, ChecksumAlgorithm::Off);
    let mut event = event.to_vec();
    let length = event.len() as u32;
    if let Some(field) = event.get_mut(9..13) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    let bytes = Bytes::from(event);
    let Ok(event) = Event::decode_verified(&bytes, &context) else {
        return;
    };
    match &event.body {
        EventBody::FormatDescription(description) => {
            let _ = (description.context(), description.server_version());
            // Its checksum is computed anew, the rest is as it came.
            let written = event.encode(&context);
            assert_eq!(written.len(), bytes.len());
            assert_eq!(written[..written.len() - 4], bytes[..bytes.len() - 4]);
            return;
        }
        EventBody::Query(query) => {
            let _ = (query.status.session(), query.statement(1 << 20));
        }
        EventBody::ExecuteLoadQuery(query) => {
            let _ = (query.status.session(), query.around_name());
        }
        EventBody::TableMap(map) => {
            let _ = map.metadata(flavour);
        }
        EventBody::Rows(rows) => {
            let _ = (rows.extra_info(), rows.rows(1 << 20));
        }
        EventBody::PreviousGtids(previous) => {
            let _ = previous.set();
        }
        EventBody::TransactionPayload(payload) => {
            for inner in payload.events(1 << 20).into_iter().flatten().take(1000).flatten() {
                let _ = Event::decode(&inner, &context);
            }
        }
        _ => {}
    }
    assert_eq!(event.encode(&context), bytes);
});
