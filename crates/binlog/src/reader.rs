//! A cursor over one event's bytes. It never panics and never copies.

use crate::error::{DecodeError, Why};
use crate::event_type::EventType;
use bytes::Bytes;

/// Reads fields off an event, each named for the error that it may end in.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a Bytes,
    at: usize,
    end: usize,
    base: usize,
    event: EventType,
}

impl<'a> Reader<'a> {
    /// A reader of all of `bytes`; errors count offsets from `base`.
    pub fn new(bytes: &'a Bytes, base: usize, event: EventType) -> Reader<'a> {
        Reader {
            bytes,
            at: 0,
            end: bytes.len(),
            base,
            event,
        }
    }

    /// The event being read.
    pub fn event_type(&self) -> EventType {
        self.event
    }

    /// Bytes left.
    pub fn remaining(&self) -> usize {
        self.end - self.at
    }

    /// Nothing left.
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// An error at the reader's place.
    pub fn error(&self, field: &'static str, why: Why) -> DecodeError {
        DecodeError {
            event: self.event,
            field,
            at: (self.base + self.at) as u64,
            why,
        }
    }

    /// A [`Why::BadValue`] at the reader's place.
    pub fn bad_value(&self, field: &'static str, value: u64) -> DecodeError {
        self.error(field, Why::BadValue { value })
    }

    /// The next `count` bytes, borrowed.
    pub fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], DecodeError> {
        let part = (count <= self.remaining())
            .then(|| self.bytes.get(self.at..self.at + count))
            .flatten()
            .ok_or_else(|| self.missing(field, count as u64))?;
        self.at += count;
        Ok(part)
    }

    /// The next `count` bytes, sharing the event's buffer.
    pub fn bytes(&mut self, field: &'static str, count: u64) -> Result<Bytes, DecodeError> {
        let length = usize::try_from(count)
            .ok()
            .filter(|count| *count <= self.remaining())
            .ok_or_else(|| self.missing(field, count))?;
        let part = self.bytes.slice(self.at..self.at + length);
        self.at += length;
        Ok(part)
    }

    /// Everything left.
    pub fn rest(&mut self) -> Bytes {
        let part = self.bytes.slice(self.at..self.end);
        self.at = self.end;
        part
    }

    fn missing(&self, field: &'static str, needed: u64) -> DecodeError {
        let available = self.remaining() as u64;
        self.error(field, Why::Missing { needed, available })
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let error = self.missing(field, N as u64);
        self.take(field, N)?.try_into().map_err(|_| error)
    }

    /// One byte.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array(field).map(|[byte]| byte)
    }

    /// Two bytes.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_le_bytes)
    }

    /// Three bytes.
    pub fn u24(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field)
            .map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
    }

    /// Four bytes.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Six bytes.
    pub fn u48(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field)
            .map(|[a, b, c, d, e, f]| u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }

    /// Seven bytes.
    pub fn u56(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field)
            .map(|[a, b, c, d, e, f, g]| u64::from_le_bytes([a, b, c, d, e, f, g, 0]))
    }

    /// Eight bytes.
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// A length-encoded integer. A longer form than needed is an error: no server writes one, and it could
    /// not be written back.
    pub fn lenenc(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let first = self.u8(field)?;
        let (value, least) = match first {
            0xfc => (u64::from(self.u16(field)?), 0xfb),
            0xfd => (u64::from(self.u24(field)?), 0x1_0000),
            0xfe => (self.u64(field)?, 0x100_0000),
            0xfb | 0xff => return Err(self.bad_value(field, u64::from(first))),
            short => (u64::from(short), 0),
        };
        if value < least {
            return Err(self.bad_value(field, value));
        }
        Ok(value)
    }

    /// A string with one byte of length before it.
    pub fn short_string(&mut self, field: &'static str) -> Result<Bytes, DecodeError> {
        let length = self.u8(field)?;
        self.bytes(field, u64::from(length))
    }

    /// A zero byte.
    pub fn zero(&mut self, field: &'static str) -> Result<(), DecodeError> {
        match self.u8(field)? {
            0 => Ok(()),
            other => Err(self.bad_value(field, u64::from(other))),
        }
    }

    /// Nothing may be left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            bytes => Err(self.error(
                "end of event",
                Why::Trailing {
                    bytes: bytes as u64,
                },
            )),
        }
    }
}
