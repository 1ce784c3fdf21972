//! Inflating, always within a limit: MariaDB's compressed events and MySQL's transaction payloads.
//!
//! A MariaDB compressed part (`log_bin_compress`):
//!
//! ```text
//! 1  bit 7 set; bits 4-6 algorithm, 0 zlib; bits 0-2 bytes of the next field
//! *  length once inflated, big-endian
//! *  zlib stream
//! ```
//!
//! A MySQL transaction payload is a zstd stream of whole events, read one at a time (T23).

use crate::error::{DecodeError, Why};
use crate::event_type::EventType;
use crate::events::PayloadCompression;
use crate::header::EventHeader;
use crate::put::{Put, len_u32};
use bytes::Bytes;
use std::io::{Cursor, Read, Write};

/// Largest zstd window that is accepted, as a power of two: 128 MiB, that of level 22.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

fn error(event: EventType, field: &'static str, why: Why) -> DecodeError {
    DecodeError {
        event,
        field,
        at: 0,
        why,
    }
}

/// Inflates a MariaDB compressed part; more than `limit` bytes is an error.
pub fn inflate(part: &[u8], limit: u64, event: EventType) -> Result<Bytes, DecodeError> {
    let missing = error(
        event,
        "compressed part",
        Why::Missing {
            needed: 1,
            available: 0,
        },
    );
    let (&head, rest) = part.split_first().ok_or(missing)?;
    let length_len = usize::from(head & 0x07);
    let algorithm = head >> 4 & 0x07;
    if head & 0x80 == 0 || algorithm != 0 || !(1..=4).contains(&length_len) {
        let value = u64::from(head);
        return Err(error(event, "compression header", Why::BadValue { value }));
    }
    let (length, stream) = rest.split_at_checked(length_len).ok_or(missing)?;
    let length = length
        .iter()
        .fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    if length > limit {
        let value = length;
        return Err(error(
            event,
            "inflated length",
            Why::OverLimit { value, limit },
        ));
    }
    let mut out = Vec::new();
    // One byte more than announced shows a stream that is too long; memory grows with what is there.
    flate2::read::ZlibDecoder::new(stream)
        .take(length + 1)
        .read_to_end(&mut out)
        .map_err(|_| error(event, "compressed part", Why::Inflate))?;
    if out.len() as u64 != length {
        return Err(error(
            event,
            "inflated length",
            Why::BadValue { value: length },
        ));
    }
    Ok(out.into())
}

/// The MariaDB compressed part of `bytes`.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let length = len_u32(bytes.len()).to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count().min(3);
    let mut out = vec![0x80 | crate::put::len_u8(4 - zeros)];
    out.extend(length.iter().skip(zeros));
    let mut encoder = flate2::write::ZlibEncoder::new(out, flate2::Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    assert!(written.is_ok(), "writing to memory: {written:?}");
    written.unwrap_or_default()
}

/// The zstd form of a transaction's events.
pub fn zstd_compress(events: &[u8]) -> Vec<u8> {
    let compressed = zstd::bulk::compress(events, 3);
    assert!(compressed.is_ok(), "writing to memory: {compressed:?}");
    compressed.unwrap_or_default()
}

enum Stream {
    Zstd(zstd::stream::read::Decoder<'static, Cursor<Bytes>>),
    Plain(Cursor<Bytes>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Stream::Zstd(decoder) => decoder.read(buffer),
            Stream::Plain(cursor) => cursor.read(buffer),
        }
    }
}

/// The events inside a transaction payload, each as its bytes without checksum; read them with
/// `EventContext::inside_payload`. Ends after an error.
pub struct PayloadEvents {
    stream: Stream,
    left: u64,
    event_limit: u64,
    failed: bool,
}

impl std::fmt::Debug for PayloadEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PayloadEvents")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl PayloadEvents {
    pub(crate) fn new(
        compression: PayloadCompression,
        payload: Bytes,
        inflated_size: u64,
        event_limit: u64,
    ) -> Result<PayloadEvents, DecodeError> {
        let stream = match compression {
            PayloadCompression::None => Stream::Plain(Cursor::new(payload)),
            PayloadCompression::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(Cursor::new(payload))
                    .and_then(|mut decoder| {
                        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                        Ok(decoder)
                    });
                Stream::Zstd(decoder.map_err(|_| payload_error(Why::Inflate))?)
            }
        };
        Ok(PayloadEvents {
            stream,
            left: inflated_size,
            event_limit,
            failed: false,
        })
    }

    /// Bytes that are still to come.
    pub fn remaining(&self) -> u64 {
        self.left
    }

    fn read(&mut self, out: &mut Vec<u8>, count: u64) -> Result<(), DecodeError> {
        let (before, needed) = (out.len(), count);
        if count > self.left {
            let available = self.left;
            return Err(payload_error(Why::Missing { needed, available }));
        }
        // Grows with what is there, not with what a header claims.
        (&mut self.stream)
            .take(count)
            .read_to_end(out)
            .map_err(|_| payload_error(Why::Inflate))?;
        let available = (out.len() - before) as u64;
        if available != needed {
            return Err(payload_error(Why::Missing { needed, available }));
        }
        self.left -= count;
        Ok(())
    }

    fn next_event(&mut self) -> Result<Option<Bytes>, DecodeError> {
        if self.left == 0 {
            let mut more = [0];
            return match self.stream.read(&mut more) {
                Ok(0) => Ok(None),
                Ok(_) => Err(payload_error(Why::Trailing { bytes: 1 })),
                Err(_) => Err(payload_error(Why::Inflate)),
            };
        }
        let mut event = Vec::with_capacity(256);
        self.read(&mut event, EventHeader::LEN as u64)?;
        let value = u64::from(EventHeader::decode(&event)?.event_len);
        let limit = self.event_limit;
        if value > limit {
            return Err(payload_error(Why::OverLimit { value, limit }));
        }
        self.read(&mut event, value - EventHeader::LEN as u64)?;
        Ok(Some(event.into()))
    }
}

fn payload_error(why: Why) -> DecodeError {
    error(EventType::TRANSACTION_PAYLOAD, "payload", why)
}

impl Iterator for PayloadEvents {
    type Item = Result<Bytes, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_event().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

/// Appends a whole event without checksum, as a payload holds it.
pub fn append_inner_event(out: &mut Vec<u8>, header: &EventHeader, body: &[u8]) {
    let mut header = *header;
    header.event_len = len_u32(EventHeader::LEN + body.len());
    header.encode(out);
    out.slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::TransactionPayloadEvent;
    use crate::events::testing;

    #[test]
    fn t27_inflates_what_it_deflates_at_every_length_size() {
        for length in [0, 1, 255, 256, 65_535, 65_536, 20_000_000] {
            let bytes = vec![b'a'; length];
            let part = deflate(&bytes);
            let inflated = inflate(&part, length as u64, EventType::QUERY_COMPRESSED).unwrap();
            assert_eq!(inflated, bytes);
        }
    }

    #[test]
    fn t27_damage_cuts_and_limits_are_errors() {
        let part = deflate(&b"some text ".repeat(30));
        let read = |part: &[u8], limit| inflate(part, limit, EventType::QUERY_COMPRESSED);
        assert!(read(&part, 300).is_ok());
        assert!(matches!(
            read(&part, 299).unwrap_err().why,
            Why::OverLimit {
                value: 300,
                limit: 299
            }
        ));
        for cut in 0..part.len() {
            assert!(read(&part[..cut], 1000).is_err(), "cut at {cut}");
            let mut damaged = part.clone();
            damaged[cut] ^= 0x55;
            let accepted = read(&damaged, 1000).is_ok_and(|out| out != *b"some text ".repeat(30));
            assert!(!accepted, "damage at {cut}");
        }
    }

    fn payload(count: usize, body: &[u8]) -> Vec<u8> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.extend_from_slice(&testing::frame(EventType::ROWS_QUERY, body));
        }
        events
    }

    #[test]
    fn t23_a_payload_of_gigabytes_is_read_within_bounds() {
        // 64 MiB of zeros a frame; 32 frames give 2 GiB out of a few hundred kilobytes.
        let event = testing::frame(EventType::ROWS_QUERY, &vec![0; 64 << 20]);
        let frame = zstd_compress(&event);
        let compressed = frame.repeat(32);
        assert!(compressed.len() < 1 << 20);
        let inflated = event.len() as u64 * 32;
        let payload = TransactionPayloadEvent::new(
            PayloadCompression::Zstd,
            inflated,
            compressed.clone().into(),
        );
        // Three are enough to see that they come one by one.
        for read in payload.events(1 << 30).unwrap().take(3) {
            assert!(read.unwrap() == event);
        }
        let error = payload
            .events(1 << 20)
            .unwrap()
            .next()
            .unwrap()
            .unwrap_err();
        assert!(matches!(error.why, Why::OverLimit { .. }));
        // A size that lies: one event announced, 32 there.
        let liar = TransactionPayloadEvent::new(
            PayloadCompression::Zstd,
            event.len() as u64,
            compressed.into(),
        );
        let mut events = liar.events(1 << 30).unwrap();
        assert!(events.next().unwrap().is_ok());
        assert!(events.next().unwrap().is_err());
        assert!(events.next().is_none());
    }

    #[test]
    fn t23_cut_or_damaged_payload_is_an_error() {
        let plain = payload(5, b"SELECT 1");
        for compression in [PayloadCompression::Zstd, PayloadCompression::None] {
            let bytes = match compression {
                PayloadCompression::Zstd => zstd_compress(&plain),
                PayloadCompression::None => plain.clone(),
            };
            let read = |bytes: &[u8], size: usize| {
                TransactionPayloadEvent::new(
                    compression,
                    size as u64,
                    Bytes::copy_from_slice(bytes),
                )
                .events(1000)
                .and_then(|events| events.collect::<Result<Vec<_>, _>>())
            };
            assert_eq!(read(&bytes, plain.len()).unwrap().concat(), plain);
            for cut in 0..bytes.len() {
                assert!(read(&bytes[..cut], plain.len()).is_err(), "cut at {cut}");
            }
            assert!(read(&bytes, plain.len() - 1).is_err());
            assert!(read(&bytes, plain.len() + 1).is_err());
        }
    }
}
