//! A whole file: contexts, positions and groups follow the stream without panic.
//!
//! Input: events, without the magic number. Checksums are not checked, so that mutations reach the inside.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use understudy_binlog::group::GroupTracker;
use understudy_binlog::position::StreamPosition;
use understudy_binlog::{ChecksumAlgorithm, Event, EventBody, EventContext, EventHeader, Flavour};

fuzz_target!(|data: &[u8]| {
    let mut rest = Bytes::copy_from_slice(data);
    let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
    let mut position = StreamPosition::new("binlog.000001", 4);
    let mut groups = GroupTracker::new();
    while let Ok(header) = EventHeader::decode(&rest) {
        let length = header.event_len as usize;
        if length > rest.len() {
            return;
        }
        let Ok(event) = Event::decode_verified(&rest.split_to(length), &context) else {
            continue;
        };
        if let EventBody::FormatDescription(description) = &event.body {
            context = description.context();
        }
        position.observe(&event);
        groups.observe(&event);
    }
});
