//! Checksums of events.
//!
//! An event of a file with `binlog_checksum=CRC32` ends in the CRC32 (zlib's) of all bytes before it. A
//! format description event of a server that knows checksums always ends in the algorithm's number and four
//! bytes of checksum; the file's in-use flag is changed in place, so it is cleared before counting.
//!
//! Manual: "binlog_checksum"; worklog 2540.

use crate::error::{DecodeError, Why};
use crate::event_type::EventType;
use crate::header::{EventFlags, EventHeader};

/// `binlog_checksum` of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// `NONE`
    #[default]
    Off,
    /// `CRC32`
    Crc32,
}

impl ChecksumAlgorithm {
    /// Number as in a format description event.
    pub fn code(self) -> u8 {
        match self {
            ChecksumAlgorithm::Off => 0,
            ChecksumAlgorithm::Crc32 => 1,
        }
    }

    /// Name as `binlog_checksum` shows it.
    pub fn name(self) -> &'static str {
        match self {
            ChecksumAlgorithm::Off => "NONE",
            ChecksumAlgorithm::Crc32 => "CRC32",
        }
    }

    /// The algorithm of this number.
    pub fn from_code(code: u8) -> Option<ChecksumAlgorithm> {
        match code {
            0 => Some(ChecksumAlgorithm::Off),
            1 => Some(ChecksumAlgorithm::Crc32),
            _ => None,
        }
    }

    /// The algorithm of this name, in any case.
    pub fn from_name(name: &str) -> Option<ChecksumAlgorithm> {
        [ChecksumAlgorithm::Off, ChecksumAlgorithm::Crc32]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Bytes after an event's body.
    pub fn len(self) -> usize {
        match self {
            ChecksumAlgorithm::Off => 0,
            ChecksumAlgorithm::Crc32 => LEN,
        }
    }

    /// No bytes after an event's body.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Length of a checksum, bytes.
pub const LEN: usize = 4;

/// The CRC32 of an event without its last four bytes; `event` is the whole of what the sum covers.
pub fn compute(event: &[u8]) -> u32 {
    let in_use = EventFlags::BINLOG_IN_USE;
    match EventHeader::decode(event) {
        Ok(header)
            if header.event_type == EventType::FORMAT_DESCRIPTION
                && header.flags.contains(in_use) =>
        {
            let (before, rest) = event.split_at(EventHeader::FLAGS_OFFSET);
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(before);
            hasher.update(&header.flags.without(in_use).0.to_le_bytes());
            hasher.update(rest.get(2..).unwrap_or_default());
            hasher.finalize()
        }
        _ => crc32fast::hash(event),
    }
}

/// Checks the CRC32 at the end of an event.
pub fn verify(event: &[u8]) -> Result<(), DecodeError> {
    let error = |why| DecodeError {
        event: EventHeader::decode(event).map_or(EventType::UNKNOWN, |header| header.event_type),
        field: "checksum",
        at: event.len().saturating_sub(LEN) as u64,
        why,
    };
    let Some((body, tail)) = event.split_last_chunk::<LEN>() else {
        return Err(error(Why::Missing {
            needed: LEN as u64,
            available: event.len() as u64,
        }));
    };
    let (computed, stored) = (compute(body), u32::from_le_bytes(*tail));
    if computed != stored {
        return Err(error(Why::Checksum { computed, stored }));
    }
    Ok(())
}

/// Appends the CRC32 of `event`.
pub fn append(event: &mut Vec<u8>) {
    let sum = compute(event);
    event.extend_from_slice(&sum.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(event_type: EventType, flags: u16) -> Vec<u8> {
        let mut event = Vec::new();
        EventHeader {
            timestamp_s: 1,
            event_type,
            server_id: 2,
            event_len: 30,
            log_pos: 34,
            flags: EventFlags(flags),
        }
        .encode(&mut event);
        event.extend_from_slice(b"1234567");
        append(&mut event);
        event
    }

    #[test]
    fn every_changed_bit_is_found() {
        let event = sample(EventType::QUERY, 1);
        assert_eq!(verify(&event), Ok(()));
        for bit in 0..event.len() * 8 {
            let mut damaged = event.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&damaged).is_err(), "bit {bit}");
        }
        for length in 0..event.len() {
            assert!(verify(&event[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn t16_format_description_sum_leaves_out_the_in_use_flag() {
        let mut event = sample(EventType::FORMAT_DESCRIPTION, 0);
        event[EventHeader::FLAGS_OFFSET] = 1;
        assert_eq!(verify(&event), Ok(()));
        event[EventHeader::FLAGS_OFFSET] = 3;
        assert!(verify(&event).is_err());
        let mut query = sample(EventType::QUERY, 0);
        query[EventHeader::FLAGS_OFFSET] = 1;
        assert!(verify(&query).is_err());
    }
}
