//! Where in the source's log a stream stands, by our own 64-bit count.
//!
//! Headers carry end positions of 32 bits, and MariaDB from 11.4 on writes 0 inside groups (T11, T12). So the
//! position is the sum of the lengths of the events that stand in the source's file; headers only confirm
//! it. What the source makes up for the dump (artificial rotates and format descriptions, heartbeats) stands
//! in no file and moves nothing (T14, T15).

use crate::event::{Event, EventBody};
use crate::event_type::EventType;
use crate::events::RotateEvent;
use crate::header::{EventFlags, EventHeader};
use bytes::Bytes;

/// The first event's offset in a file.
pub const FIRST_EVENT: u64 = 4;

/// The event was made up by the sender and stands in no file of the source.
pub fn is_artificial(header: &EventHeader) -> bool {
    if header.flags.contains(EventFlags::ARTIFICIAL) {
        return true;
    }
    match header.event_type {
        EventType::HEARTBEAT | EventType::HEARTBEAT_V2 => true,
        // Sent again at the head of a dump that starts later in a file. In files these never have 0.
        EventType::ROTATE | EventType::FORMAT_DESCRIPTION | EventType::START_ENCRYPTION => {
            header.log_pos == 0
        }
        _ => false,
    }
}

/// What an event did to the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Stands in the source's file; the position is now after it.
    Moved,
    /// An artificial event; the position is as it was.
    Stayed,
    /// An artificial rotate named the file and offset that the stream goes on from.
    Placed,
    /// A real rotate: the position is now at the start of the next file.
    NextFile,
    /// Stands in the source's file, but its header says another end. The header was believed, with the high
    /// bits of our own count.
    Disagrees {
        /// Our own count, bytes.
        counted: u64,
    },
}

/// The position up to which a stream was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamPosition {
    /// The source's file; empty before the first rotate.
    pub file: Bytes,
    /// Offset in it, bytes.
    pub offset: u64,
}

impl StreamPosition {
    /// The position that a dump was asked for.
    pub fn new(file: impl Into<Bytes>, offset: u64) -> StreamPosition {
        StreamPosition {
            file: file.into(),
            offset,
        }
    }

    /// Takes an event in its turn.
    pub fn observe(&mut self, event: &Event) -> Step {
        let rotate = match &event.body {
            EventBody::Rotate(rotate) => Some(rotate),
            _ => None,
        };
        self.observe_parts(&event.header, rotate)
    }

    /// As [`StreamPosition::observe`], for a caller that reads only headers and rotates.
    pub fn observe_parts(&mut self, header: &EventHeader, rotate: Option<&RotateEvent>) -> Step {
        let artificial = is_artificial(header);
        if let Some(rotate) = rotate {
            let known = self.file == rotate.file && self.offset == rotate.position;
            self.file = rotate.file.clone();
            self.offset = rotate.position;
            return match (artificial, known) {
                (true, true) => Step::Stayed,
                (true, false) => Step::Placed,
                (false, _) => Step::NextFile,
            };
        }
        if artificial {
            return Step::Stayed;
        }
        self.offset += u64::from(header.event_len);
        self.confirm(header.log_pos)
    }

    fn confirm(&mut self, log_pos: u32) -> Step {
        let counted = self.offset;
        let low = u64::from(log_pos);
        if low == 0 || counted & u64::from(u32::MAX) == low {
            return Step::Moved;
        }
        let high = counted & !u64::from(u32::MAX);
        self.offset = high | low;
        // The count may have passed a 4 GiB mark that the true position has not, or the other way round.
        let half = 1 << 31;
        if self.offset > counted + half && self.offset >= 1 << 32 {
            self.offset -= 1 << 32;
        } else if self.offset + half < counted {
            self.offset += 1 << 32;
        }
        Step::Disagrees { counted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(event_type: EventType, event_len: u32, log_pos: u32, flags: u16) -> EventHeader {
        EventHeader {
            timestamp_s: 1,
            event_type,
            server_id: 1,
            event_len,
            log_pos,
            flags: EventFlags(flags),
        }
    }

    fn rotate(file: &'static str, position: u64) -> RotateEvent {
        RotateEvent {
            position,
            file: Bytes::from_static(file.as_bytes()),
        }
    }

    #[test]
    fn t12_zero_positions_inside_a_group_are_counted() {
        let mut position = StreamPosition::new("b.1", 300);
        for (log_pos, expected) in [(0, 400), (0, 500), (600, 600)] {
            let step = position.observe_parts(&header(EventType::QUERY, 100, log_pos, 0), None);
            assert_eq!((step, position.offset), (Step::Moved, expected));
        }
    }

    #[test]
    fn t11_positions_go_on_past_4_gib() {
        let start = u64::from(u32::MAX) - 49;
        let mut position = StreamPosition::new("b.1", start);
        let step = position.observe_parts(&header(EventType::XID, 100, 50, 0), None);
        assert_eq!((step, position.offset), (Step::Moved, (1 << 32) + 50));
        let step = position.observe_parts(&header(EventType::XID, 100, 150, 0), None);
        assert_eq!((step, position.offset), (Step::Moved, (1 << 32) + 150));
    }

    #[test]
    fn t14_artificial_rotate_places_and_never_moves() {
        let mut position = StreamPosition::new("b.1", 300);
        let fake = header(EventType::ROTATE, 40, 0, 0x20);
        assert_eq!(
            position.observe_parts(&fake, Some(&rotate("b.1", 300))),
            Step::Stayed
        );
        assert_eq!(
            position.observe_parts(&fake, Some(&rotate("b.2", 4))),
            Step::Placed
        );
        assert_eq!(position, StreamPosition::new("b.2", 4));
        // MariaDB's and MySQL 5.6's have no flag, but no position either.
        let fake = header(EventType::ROTATE, 40, 0, 0);
        assert_eq!(
            position.observe_parts(&fake, Some(&rotate("b.2", 4))),
            Step::Stayed
        );
        let real = header(EventType::ROTATE, 40, 44, 0);
        assert_eq!(
            position.observe_parts(&real, Some(&rotate("b.3", 4))),
            Step::NextFile
        );
        assert_eq!(position, StreamPosition::new("b.3", 4));
    }

    #[test]
    fn t15_heartbeats_and_repeated_format_descriptions_move_nothing() {
        let mut position = StreamPosition::new("b.1", 300);
        for event in [
            header(EventType::HEARTBEAT, 40, 99, 0),
            header(EventType::HEARTBEAT_V2, 40, 99, 0),
            header(EventType::FORMAT_DESCRIPTION, 120, 0, 0),
            header(EventType::GTID_LIST, 60, 300, 0x20),
        ] {
            assert_eq!(position.observe_parts(&event, None), Step::Stayed);
            assert_eq!(position, StreamPosition::new("b.1", 300));
        }
        let real = header(EventType::FORMAT_DESCRIPTION, 122, 126, 0);
        let mut position = StreamPosition::new("b.1", 4);
        assert_eq!(position.observe_parts(&real, None), Step::Moved);
        assert_eq!(position.offset, 126);
    }

    #[test]
    fn a_header_that_disagrees_is_believed_in_its_low_bits() {
        for (start, len, log_pos, expected) in [
            (300, 100, 350, 350),
            ((1 << 32) - 50, 100, 0xffff_fff0, 0xffff_fff0),
            ((1 << 32) - 200, 100, 20, (1 << 32) + 20),
        ] {
            let mut position = StreamPosition::new("b.1", start);
            let step = position.observe_parts(&header(EventType::QUERY, len, log_pos, 0), None);
            let counted = start + u64::from(len);
            assert_eq!(step, Step::Disagrees { counted });
            assert_eq!(position.offset, expected);
        }
    }
}
