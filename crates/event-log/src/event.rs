//! The little of an event that the log itself must read or write: header, checksum, Format_description,
//! Rotate. Bodies of all other events pass through untouched.
//!
//! Header (19 bytes, little endian): timestamp 4, type 1, server id 4, size 4, log_pos 4, flags 2.

use understudy_binlog::error::{DecodeError, Why};
use understudy_binlog::{ChecksumAlgorithm, EventFlags, EventHeader, EventType, checksum};

use crate::error::ReadFailure;

/// Length of an event header, bytes.
pub(crate) const HEADER_LEN: usize = EventHeader::LEN;
/// No event is larger: `slave_max_allowed_packet` ends at 1 GiB; the rest is room for headers.
pub(crate) const MAX_EVENT_SIZE: u32 = (1 << 30) + (1 << 16);

/// How events end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// With nothing.
    #[default]
    None,
    /// With the CRC32 of all bytes before it.
    Crc32,
}

impl Checksum {
    /// Bytes it adds to an event.
    pub fn len(self) -> usize {
        match self {
            Checksum::None => 0,
            Checksum::Crc32 => checksum::LEN,
        }
    }

    /// It adds none.
    pub fn is_empty(self) -> bool {
        self == Checksum::None
    }
}

impl From<ChecksumAlgorithm> for Checksum {
    fn from(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Off => Checksum::None,
            ChecksumAlgorithm::Crc32 => Checksum::Crc32,
        }
    }
}

impl From<Checksum> for ChecksumAlgorithm {
    fn from(checksum: Checksum) -> Self {
        match checksum {
            Checksum::None => ChecksumAlgorithm::Off,
            Checksum::Crc32 => ChecksumAlgorithm::Crc32,
        }
    }
}

/// The low 32 bits, as events carry positions.
pub(crate) fn low_32(pos: u64) -> u32 {
    let [a, b, c, d, ..] = pos.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Reads `N` bytes at `at`.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(crate) fn le_u16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(crate) fn le_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(crate) fn le_u64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// Reads the header of an event that may be read or stored at all.
pub(crate) fn header(bytes: &[u8]) -> Result<EventHeader, ReadFailure> {
    match EventHeader::decode(bytes) {
        Ok(header) if header.event_len <= MAX_EVENT_SIZE => Ok(header),
        Ok(header) => Err(ReadFailure::BadSize {
            size: header.event_len,
        }),
        Err(DecodeError {
            why: Why::BadValue { value },
            ..
        }) => Err(ReadFailure::BadSize {
            size: u32::try_from(value).unwrap_or(u32::MAX),
        }),
        Err(_) => Err(ReadFailure::ShortHeader),
    }
}

/// Whether the relay log itself made this event.
pub(crate) fn is_own(header: &EventHeader) -> bool {
    header.flags.contains(EventFlags::RELAY_LOG)
}

/// Verifies `event` (whole, header read before) under `checksum`; returns its body without header and
/// checksum. A Format_description is verified by its own tail: see [`Format::parse`].
pub(crate) fn verify(event: &[u8], algorithm: Checksum) -> Result<&[u8], ReadFailure> {
    if algorithm == Checksum::Crc32 {
        checksum::verify(event).map_err(|_| ReadFailure::Checksum)?;
    }
    let end = event.len().saturating_sub(algorithm.len());
    event.get(HEADER_LEN..end).ok_or(ReadFailure::Checksum)
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Wire,
    File,
}

/// What a Format_description tells about the events after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub checksum: Checksum,
    /// Post-header length of each event type, from type 1 on.
    pub post_header_lens: Vec<u8>,
    pub is_mariadb: bool,
    /// The event itself ends with algorithm and checksum.
    pub is_sealed: bool,
    /// The event, its checksum right.
    pub bytes: Vec<u8>,
}

/// Offset in the event of the creation time, after binlog version (2) and server version (50).
const FORMAT_CREATED_AT: usize = HEADER_LEN + 2 + 50;
/// Offset in the event of the array of post-header lengths.
const FORMAT_LENS_AT: usize = FORMAT_CREATED_AT + 5;
/// Event types up to MySQL 5.5 at most: the servers without checksums.
const MAX_UNSEALED_LENS: usize = 28;

/// Whether servers of this version end a Format_description with algorithm and checksum: MySQL from
/// 5.6.1, MariaDB from 5.3.
fn version_has_checksum(version: &str, is_mariadb: bool) -> bool {
    let mut parts = version.split('.').map(|part| {
        let digits = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        part.get(..digits)
            .and_then(|digits| digits.parse::<u32>().ok())
            .unwrap_or(0)
    });
    let mut next = || parts.next().unwrap_or(0);
    let version = (next(), next(), next());
    version >= if is_mariadb { (5, 3, 0) } else { (5, 6, 1) }
}

impl Format {
    /// Decodes and verifies a whole Format_description event. With `binlog_checksum=NONE` the source
    /// changes the event it repeats at connect and leaves its checksum as it was: from the wire that is
    /// accepted, in [`Format::bytes`] it is right again, and in our files it has to be right.
    pub fn parse(event: &[u8], origin: Origin) -> Result<Format, ReadFailure> {
        let bad = ReadFailure::BadBody {
            event_type: EventType::FORMAT_DESCRIPTION,
        };
        let version = event.get(HEADER_LEN + 2..FORMAT_CREATED_AT).ok_or(bad)?;
        let text = version.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let is_mariadb = text.contains("MariaDB");
        if event.len() < FORMAT_LENS_AT
            || event.get(FORMAT_LENS_AT - 1) != Some(&(HEADER_LEN as u8))
        {
            return Err(bad);
        }
        let is_sealed = version_has_checksum(&text, is_mariadb);
        let (checksum, end) = if is_sealed {
            let crc_at = event.len().checked_sub(checksum::LEN).ok_or(bad)?;
            let end = crc_at.checked_sub(1).ok_or(bad)?;
            let covered = event.get(..crc_at).ok_or(bad)?;
            let code = event.get(end).copied().ok_or(bad)?;
            let algorithm =
                ChecksumAlgorithm::from_code(code).ok_or(ReadFailure::UnknownChecksum { code })?;
            let intact = le_u32(event, crc_at) == Some(checksum::compute(covered));
            if !intact && (algorithm == ChecksumAlgorithm::Crc32 || origin == Origin::File) {
                return Err(ReadFailure::Checksum);
            }
            (Checksum::from(algorithm), end)
        } else {
            // A damaged version must not make a sealed event pass as one of an old server: those know
            // few event types.
            if event.len() - FORMAT_LENS_AT > MAX_UNSEALED_LENS {
                return Err(bad);
            }
            (Checksum::None, event.len())
        };
        let mut bytes = event.to_vec();
        if is_sealed {
            reseal(&mut bytes);
        }
        Ok(Format {
            checksum,
            post_header_lens: event.get(FORMAT_LENS_AT..end).ok_or(bad)?.to_vec(),
            is_mariadb,
            is_sealed,
            bytes,
        })
    }

    /// Post-header length of `event_type`; 0 where the array does not reach.
    pub fn post_header_len(&self, event_type: EventType) -> usize {
        usize::from(event_type.0)
            .checked_sub(1)
            .and_then(|at| self.post_header_lens.get(at))
            .map_or(0, |len| usize::from(*len))
    }

    /// How the event itself ends, whatever it announces for those after it.
    pub fn trailer(&self) -> Checksum {
        match self.is_sealed {
            true => Checksum::Crc32,
            false => Checksum::None,
        }
    }

    /// The same event as the real server repeats it at the head of a new segment: artificial, without
    /// log_pos and without creation time (which would mean that the source restarted).
    pub fn repeated(&self) -> Vec<u8> {
        let mut event = self.bytes.clone();
        for (at, byte) in event.iter_mut().enumerate() {
            if (13..17).contains(&at) || (FORMAT_CREATED_AT..FORMAT_CREATED_AT + 4).contains(&at) {
                *byte = 0;
            }
        }
        let flags = EventFlags::ARTIFICIAL.0.to_le_bytes();
        if let Some(field) = event.get_mut(EventHeader::FLAGS_OFFSET..HEADER_LEN) {
            field.copy_from_slice(&flags);
        }
        if self.is_sealed {
            reseal(&mut event);
        }
        event
    }
}

/// Recomputes the CRC32 that ends `event`.
fn reseal(event: &mut [u8]) {
    if let Some((covered, crc)) = event.split_last_chunk_mut::<{ checksum::LEN }>() {
        *crc = checksum::compute(covered).to_le_bytes();
    }
}

/// A Rotate event's body: position and file name.
pub(crate) fn parse_rotate(body: &[u8]) -> Result<(u64, &str), ReadFailure> {
    let bad = ReadFailure::BadBody {
        event_type: EventType::ROTATE,
    };
    let pos = le_u64(body, 0).ok_or(bad)?;
    let name = body.get(8..).filter(|name| !name.is_empty()).ok_or(bad)?;
    let name = std::str::from_utf8(name).map_err(|_| bad)?;
    Ok((pos, name))
}

/// What an event of our own needs besides its body.
pub(crate) struct Maker {
    pub timestamp: u32,
    pub server_id: u32,
    pub checksum: Checksum,
}

/// Post-header lengths of the event types 1 to 42 as MySQL 9.7 gives them.
const POST_HEADER_LENS: [u8; 42] = [
    0, 13, 0, 8, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 99, 0, 4, 26, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 10,
    10, 10, 42, 42, 0, 18, 52, 0, 10, 40, 0, 0,
];

impl Maker {
    /// A whole event; `begins_at` is where in the segment, `None` for an artificial one without log_pos.
    fn event(
        &self,
        event_type: EventType,
        flags: EventFlags,
        body: &[u8],
        begins_at: Option<u64>,
    ) -> Vec<u8> {
        let size = HEADER_LEN + body.len() + self.checksum.len();
        let mut event = Vec::with_capacity(size);
        let header = EventHeader {
            timestamp_s: self.timestamp,
            event_type,
            server_id: self.server_id,
            event_len: u32::try_from(size).unwrap_or(u32::MAX),
            log_pos: begins_at.map_or(0, |at| low_32(at + size as u64)),
            flags,
        };
        header.encode(&mut event);
        event.extend_from_slice(body);
        if self.checksum == Checksum::Crc32 {
            checksum::append(&mut event);
        }
        event
    }

    /// Our own Format_description at the head of a segment. `created` is set only in the first segment
    /// of a start of the server. The post-header lengths are the source's, once known, so that a reader
    /// knows the source's event types from the first byte on.
    pub fn format(&self, version: &str, created: bool, source: Option<&Format>) -> Vec<u8> {
        let mut body = Vec::with_capacity(300);
        body.extend_from_slice(&4u16.to_le_bytes());
        let mut name = [0u8; 50];
        for (to, from) in name.iter_mut().take(49).zip(version.bytes()) {
            *to = from;
        }
        body.extend_from_slice(&name);
        let created = if created { self.timestamp } else { 0 };
        body.extend_from_slice(&created.to_le_bytes());
        body.push(HEADER_LEN as u8);
        match source {
            Some(source) => body.extend_from_slice(&source.post_header_lens),
            None => body.extend_from_slice(&POST_HEADER_LENS),
        }
        body.push(ChecksumAlgorithm::from(self.checksum).code());
        // A Format_description ends with a checksum whatever algorithm it announces.
        let sealed = Maker {
            checksum: Checksum::Crc32,
            ..*self
        };
        let begins_at = Some(understudy_binlog::MAGIC.len() as u64);
        sealed.event(
            EventType::FORMAT_DESCRIPTION,
            EventFlags::RELAY_LOG,
            &body,
            begins_at,
        )
    }

    /// An empty Previous_gtids.
    pub fn previous_gtids(&self, begins_at: u64) -> Vec<u8> {
        let flags = EventFlags::RELAY_LOG.with(EventFlags::IGNORABLE);
        self.event(EventType::PREVIOUS_GTIDS, flags, &[0; 8], Some(begins_at))
    }

    /// Our own Rotate at the end of a segment.
    pub fn rotate_to_segment(&self, name: &str, begins_at: u64) -> Vec<u8> {
        let body = rotate_body(understudy_binlog::MAGIC.len() as u64, name);
        self.event(
            EventType::ROTATE,
            EventFlags::RELAY_LOG,
            &body,
            Some(begins_at),
        )
    }

    /// An artificial Rotate, as the source sends it at connect.
    pub fn rotate_to_source(&self, file: &str, pos: u64) -> Vec<u8> {
        let body = rotate_body(pos, file);
        self.event(EventType::ROTATE, EventFlags::ARTIFICIAL, &body, None)
    }

    /// What the real receiver writes in the place of the source's Previous_gtids, so that the position
    /// behind it is known.
    pub fn position_marker(&self, file: &str, pos: u64) -> Vec<u8> {
        let nobody = Maker {
            server_id: 0,
            ..*self
        };
        nobody.event(
            EventType::ROTATE,
            EventFlags::default(),
            &rotate_body(pos, file),
            None,
        )
    }
}

fn rotate_body(pos: u64, file: &str) -> Vec<u8> {
    let mut body = pos.to_le_bytes().to_vec();
    body.extend_from_slice(file.as_bytes());
    body
}
