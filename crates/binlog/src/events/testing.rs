//! The checks that every event's tests share.

use crate::checksum::ChecksumAlgorithm;
use crate::context::{EventContext, Flavour};
use crate::event::{Event, EventBody};
use crate::event_type::EventType;
use crate::header::{EventFlags, EventHeader};
use bytes::Bytes;

/// A whole event around a body.
pub(crate) fn frame(event_type: EventType, body: &[u8]) -> Bytes {
    let mut out = Vec::new();
    EventHeader {
        timestamp_s: 0x65a0_1234,
        event_type,
        server_id: 1,
        event_len: (EventHeader::LEN + body.len()) as u32,
        log_pos: 4711,
        flags: EventFlags(0),
    }
    .encode(&mut out);
    out.extend_from_slice(body);
    Bytes::from(out)
}

pub(crate) fn context(flavour: Flavour) -> EventContext {
    EventContext::initial(flavour, ChecksumAlgorithm::Off)
}

/// Decodes `body`, compares, writes it back; then cuts and damages it everywhere: what is still accepted
/// must be written back as it came.
pub(crate) fn check(flavour: Flavour, event_type: EventType, body: &[u8], expected: EventBody) {
    let context = context(flavour);
    let event = Event::decode(&frame(event_type, body), &context).expect("sample decodes");
    assert_eq!(event.body, expected);
    check_survival(&context, event_type, body);
}

/// The second half of [`check`].
pub(crate) fn check_survival(context: &EventContext, event_type: EventType, body: &[u8]) {
    let exact = |body: &[u8], what: &str, at: usize| {
        let bytes = frame(event_type, body);
        if let Ok(event) = Event::decode(&bytes, context) {
            assert_eq!(
                event.encode(context),
                bytes,
                "{event_type:?} {what} at {at}"
            );
        }
    };
    exact(body, "whole", 0);
    for length in 0..body.len() {
        exact(&body[..length], "cut", length);
        for bit in [0x01, 0x10, 0x80, 0xff] {
            let mut damaged = body.to_vec();
            damaged[length] ^= bit;
            exact(&damaged, "damaged", length);
        }
        let whole = frame(event_type, body);
        let cut = whole.slice(..EventHeader::LEN + length);
        assert!(
            Event::decode(&cut, context).is_err(),
            "header's length holds"
        );
    }
}
