//! Where in the source's log a stream stands, by our own 64-bit count.
//!
//! Headers carry end positions of 32 bits, and MariaDB from 11.4 on writes 0 inside groups (T11, T12). So the
//! position is the sum of the lengths of the events that stand in the source's file. A header that is ahead of
//! it is believed: a source may leave events out (MariaDB's Annotate_rows, unless the dump's flags ask for
//! them). What the source makes up for the dump (artificial rotates and format descriptions, heartbeats) stands
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
    /// Stands in the source's file; so many bytes before it were left out by the source. The position is now
    /// after it.
    Skipped {
        /// Bytes left out.
        bytes: u64,
    },
    /// Stands in the source's file; its header says an end before our own count, which is not believed.
    Behind {
        /// The header's position, completed to 64 bits.
        header: u64,
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
        let mut header = high | low;
        // One of the two may have passed a 4 GiB mark that the other has not.
        let half = 1 << 31;
        if header > counted + half && header >= 1 << 32 {
            header -= 1 << 32;
        } else if header + half < counted {
            header += 1 << 32;
        }
        match header.checked_sub(counted) {
            Some(bytes) => {
                self.offset = header;
                Step::Skipped { bytes }
            }
            None => Step::Behind { header },
        }
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
    fn t12_a_header_ahead_is_believed_one_behind_is_not() {
        let mark = 1 << 32;
        for (start, log_pos, step, end) in [
            (300, 450, Step::Skipped { bytes: 50 }, 450),
            (300, 350, Step::Behind { header: 350 }, 400),
            (mark - 200, 20, Step::Skipped { bytes: 120 }, mark + 20),
            (
                mark - 50,
                0xffff_fff0,
                Step::Behind { header: mark - 16 },
                mark + 50,
            ),
        ] {
            let mut position = StreamPosition::new("b.1", start);
            let event = header(EventType::QUERY, 100, log_pos, 0);
            assert_eq!(position.observe_parts(&event, None), step);
            assert_eq!(position.offset, end);
        }
    }
}
