//! The binary form of a GTID set, in Previous_gtids events and COM_BINLOG_DUMP_GTID.
//!
//! ```text
//! untagged:  8  number of uuids
//!            each: 16 uuid, 8 number of intervals, each: 8 start, 8 end (exclusive)
//! tagged:    1  format 1
//!            6  number of entries
//!            1  format 1
//!            each: 16 uuid, 1 twice the tag's length, tag, 8 number of intervals, intervals
//! ```
//!
//! All numbers are little-endian. A set without tags is written untagged, as the server does.

use super::intervals::MAX_GNO;
use super::set::{GtidSet, Tag, Tsid};
use crate::uuid::Uuid;
use std::fmt;

/// Bytes are no GTID set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GtidDecodeError {
    /// The bytes end inside a value; offset at which the value starts.
    Truncated(usize),
    /// Bytes follow the last entry; offset of the first.
    Trailing(usize),
    /// A format other than untagged (0) and tagged (1).
    UnknownFormat(u8),
    /// A tag with a wrong length or character; offset.
    BadTag(usize),
    /// An interval that is empty, out of order or out of range; offset.
    BadInterval(usize),
}

impl fmt::Display for GtidDecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GtidDecodeError::Truncated(at) => write!(f, "GTID set ends within a value at {at}"),
            GtidDecodeError::Trailing(at) => write!(f, "bytes after the GTID set at {at}"),
            GtidDecodeError::UnknownFormat(format) => write!(f, "GTID set of format {format}"),
            GtidDecodeError::BadTag(at) => write!(f, "bad tag in GTID set at {at}"),
            GtidDecodeError::BadInterval(at) => write!(f, "bad interval in GTID set at {at}"),
        }
    }
}

impl std::error::Error for GtidDecodeError {}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], GtidDecodeError> {
        let end = self.at.checked_add(count);
        let part = end.and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or(GtidDecodeError::Truncated(self.at))?;
        self.at += count;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], GtidDecodeError> {
        let at = self.at;
        self.take(N)?
            .try_into()
            .map_err(|_| GtidDecodeError::Truncated(at))
    }

    fn u64(&mut self) -> Result<u64, GtidDecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn tag(&mut self) -> Result<Tag, GtidDecodeError> {
        let at = self.at;
        // A variable-length integer; one byte with a zero low bit covers every valid length.
        let [code] = self.array()?;
        if code & 1 != 0 {
            return Err(GtidDecodeError::BadTag(at));
        }
        let text = self.take(usize::from(code >> 1))?;
        std::str::from_utf8(text)
            .ok()
            .filter(|text| !text.bytes().any(|byte| byte.is_ascii_uppercase()))
            .and_then(Tag::new)
            .ok_or(GtidDecodeError::BadTag(at))
    }

    fn intervals(&mut self, tsid: &Tsid, set: &mut GtidSet) -> Result<(), GtidDecodeError> {
        let mut previous_end = 0;
        for _ in 0..self.u64()? {
            let at = self.at;
            let (start, end) = (self.u64()?, self.u64()?);
            if start <= previous_end || end <= start || end > MAX_GNO + 1 {
                return Err(GtidDecodeError::BadInterval(at));
            }
            previous_end = end;
            set.add_interval(tsid, start, end);
        }
        Ok(())
    }
}

impl GtidSet {
    /// Reads the whole of `bytes` as a set.
    pub fn decode(bytes: &[u8]) -> Result<GtidSet, GtidDecodeError> {
        let mut reader = Reader { bytes, at: 0 };
        let header: [u8; 8] = reader.array()?;
        let [.., format] = header;
        let (count, tagged) = match format {
            0 => (u64::from_le_bytes(header), false),
            1 => ((u64::from_le_bytes(header) >> 8) & 0xffff_ffff_ffff, true),
            other => return Err(GtidDecodeError::UnknownFormat(other)),
        };
        let mut set = GtidSet::new();
        for _ in 0..count {
            let uuid = Uuid::from_bytes(reader.array()?);
            let tag = if tagged { reader.tag()? } else { Tag::none() };
            reader.intervals(&Tsid { uuid, tag }, &mut set)?;
        }
        if reader.at < bytes.len() {
            return Err(GtidDecodeError::Trailing(reader.at));
        }
        Ok(set)
    }

    /// The set's binary form.
    pub fn encode(&self) -> Vec<u8> {
        let tagged = self.has_tags();
        let count = self.tsid_count() as u64;
        let header = if tagged {
            (1 << 56) | (count << 8) | 1
        } else {
            count
        };
        let mut out = header.to_le_bytes().to_vec();
        for (tsid, intervals) in self.iter() {
            out.extend(tsid.uuid.as_bytes());
            if tagged {
                let tag = tsid.tag.as_str().as_bytes();
                // At most Tag::MAX_LENGTH, so twice the length fits.
                out.push((tag.len() as u8) << 1);
                out.extend(tag);
            }
            out.extend((intervals.interval_count() as u64).to_le_bytes());
            for (start, end) in intervals.iter() {
                out.extend(start.to_le_bytes());
                out.extend(end.to_le_bytes());
            }
        }
        out
    }
}
