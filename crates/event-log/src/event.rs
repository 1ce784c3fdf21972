//! The little of an event that the log itself must read or write: header, checksum, Format_description,
//! Rotate. Bodies of all other events pass through untouched.
//!
//! Header (19 bytes, little endian): timestamp 4, type 1, server id 4, size 4, log_pos 4, flags 2.

use crate::error::ReadFailure;

/// First bytes of every segment.
pub(crate) const MAGIC: [u8; 4] = [0xfe, b'b', b'i', b'n'];
/// Length of an event header, bytes.
pub(crate) const HEADER_LEN: usize = 19;
/// Length of a checksum, bytes.
pub(crate) const CHECKSUM_LEN: usize = 4;
/// No event is larger: `slave_max_allowed_packet` ends at 1 GiB; the rest is room for headers.
pub(crate) const MAX_EVENT_SIZE: u32 = (1 << 30) + (1 << 16);

/// Flag of a file in use; never part of a checksum.
const FLAG_IN_USE: u16 = 0x0001;
/// Flag of an event that the sender made up: it is in no log of its.
pub(crate) const FLAG_ARTIFICIAL: u16 = 0x0020;
/// Flag of an event that the relay log itself made.
pub(crate) const FLAG_RELAY_LOG: u16 = 0x0040;
/// Flag of an event that a reader may skip if it does not know it.
pub(crate) const FLAG_IGNORABLE: u16 = 0x0080;

/// Type codes that the log tells apart.
pub(crate) mod kind {
    pub const QUERY: u8 = 2;
    pub const STOP: u8 = 3;
    pub const ROTATE: u8 = 4;
    pub const INTVAR: u8 = 5;
    pub const RAND: u8 = 13;
    pub const USER_VAR: u8 = 14;
    pub const FORMAT_DESCRIPTION: u8 = 15;
    pub const XID: u8 = 16;
    pub const BEGIN_LOAD_QUERY: u8 = 17;
    pub const EXECUTE_LOAD_QUERY: u8 = 18;
    pub const INCIDENT: u8 = 26;
    pub const HEARTBEAT: u8 = 27;
    pub const GTID: u8 = 33;
    pub const ANONYMOUS_GTID: u8 = 34;
    pub const PREVIOUS_GTIDS: u8 = 35;
    pub const XA_PREPARE: u8 = 38;
    pub const TRANSACTION_PAYLOAD: u8 = 40;
    pub const HEARTBEAT_V2: u8 = 41;
    pub const GTID_TAGGED: u8 = 42;
    pub const MARIADB_BINLOG_CHECKPOINT: u8 = 161;
    pub const MARIADB_GTID: u8 = 162;
    pub const MARIADB_GTID_LIST: u8 = 163;
    pub const MARIADB_START_ENCRYPTION: u8 = 164;
    pub const MARIADB_QUERY_COMPRESSED: u8 = 165;
}

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
            Checksum::Crc32 => CHECKSUM_LEN,
        }
    }

    /// It adds none.
    pub fn is_empty(self) -> bool {
        self == Checksum::None
    }
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

/// An event's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub event_type: u8,
    pub server_id: u32,
    pub size: u32,
    pub log_pos: u32,
    pub flags: u16,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Header, ReadFailure> {
        let header: [u8; HEADER_LEN] = array(bytes, 0).ok_or(ReadFailure::ShortHeader)?;
        let [
            _,
            _,
            _,
            _,
            event_type,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
            l,
            m,
            n,
        ] = header;
        let size = u32::from_le_bytes([e, f, g, h]);
        if size < HEADER_LEN as u32 || size > MAX_EVENT_SIZE {
            return Err(ReadFailure::BadSize { size });
        }
        Ok(Header {
            event_type,
            server_id: u32::from_le_bytes([a, b, c, d]),
            size,
            log_pos: u32::from_le_bytes([i, j, k, l]),
            flags: u16::from_le_bytes([m, n]),
        })
    }

    pub fn has_flag(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Whether the relay log itself made this event.
    pub fn is_own(&self) -> bool {
        self.has_flag(FLAG_RELAY_LOG)
    }

    /// A Rotate that only tells where the next event belongs: made up at connect or file change by the
    /// source (not all set the flag, but none has a log_pos), or put by the receiver in the place of a
    /// Previous_gtids.
    pub fn is_artificial_rotate(&self) -> bool {
        self.event_type == kind::ROTATE && (self.has_flag(FLAG_ARTIFICIAL) || self.log_pos == 0)
    }
}

/// Verifies `event` (whole, header parsed before) under `checksum`; returns its body without header and
/// checksum. A Format_description is verified by its own trailer: see [`Format::parse`].
pub(crate) fn verify(event: &[u8], checksum: Checksum) -> Result<&[u8], ReadFailure> {
    let end = match checksum {
        Checksum::None => event.len(),
        Checksum::Crc32 => {
            let end = event.len().saturating_sub(CHECKSUM_LEN);
            let covered = event.get(..end).ok_or(ReadFailure::Checksum)?;
            if le_u32(event, end) != Some(crc32fast::hash(covered)) {
                return Err(ReadFailure::Checksum);
            }
            end
        }
    };
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
const CHECKSUM_ALG_OFF: u8 = 0;
const CHECKSUM_ALG_CRC32: u8 = 1;

/// CRC32 of an event, of which a Format_description's in-use flag counts as cleared, for a writer sets it
/// in place.
fn event_crc(covered: &[u8]) -> u32 {
    let (Some(before), Some(flags), Some(after)) =
        (covered.get(..17), covered.get(17), covered.get(18..))
    else {
        return crc32fast::hash(covered);
    };
    let is_format = covered.get(4) == Some(&kind::FORMAT_DESCRIPTION);
    let in_use = if is_format { FLAG_IN_USE as u8 } else { 0 };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(before);
    hasher.update(&[flags & !in_use]);
    hasher.update(after);
    hasher.finalize()
}

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
            event_type: kind::FORMAT_DESCRIPTION,
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
            let crc_at = event.len().checked_sub(CHECKSUM_LEN).ok_or(bad)?;
            let end = crc_at.checked_sub(1).ok_or(bad)?;
            let covered = event.get(..crc_at).ok_or(bad)?;
            let intact = le_u32(event, crc_at) == Some(event_crc(covered));
            match event.get(end).copied().ok_or(bad)? {
                CHECKSUM_ALG_OFF if intact || origin == Origin::Wire => (Checksum::None, end),
                CHECKSUM_ALG_CRC32 if intact => (Checksum::Crc32, end),
                CHECKSUM_ALG_OFF | CHECKSUM_ALG_CRC32 => return Err(ReadFailure::Checksum),
                code => return Err(ReadFailure::UnknownChecksum { code }),
            }
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
    pub fn post_header_len(&self, event_type: u8) -> usize {
        usize::from(event_type)
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
            } else if at == 17 {
                *byte = (*byte & !(FLAG_IN_USE as u8)) | FLAG_ARTIFICIAL as u8;
            }
        }
        if self.is_sealed {
            reseal(&mut event);
        }
        event
    }
}

/// Recomputes the CRC32 that ends `event`.
fn reseal(event: &mut [u8]) {
    if let Some((covered, crc)) = event.split_last_chunk_mut::<CHECKSUM_LEN>() {
        *crc = event_crc(covered).to_le_bytes();
    }
}

/// A Rotate event's body: position and file name.
pub(crate) fn parse_rotate(body: &[u8]) -> Result<(u64, &str), ReadFailure> {
    let bad = ReadFailure::BadBody {
        event_type: kind::ROTATE,
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
    /// A whole event; `end_of_log` is where it begins, `None` for an artificial one without log_pos.
    fn event(&self, event_type: u8, flags: u16, body: &[u8], begins_at: Option<u64>) -> Vec<u8> {
        let size = HEADER_LEN + body.len() + self.checksum.len();
        let log_pos = begins_at.map_or(0, |at| (at + size as u64) & 0xffff_ffff) as u32;
        let mut event = Vec::with_capacity(size);
        event.extend_from_slice(&self.timestamp.to_le_bytes());
        event.push(event_type);
        event.extend_from_slice(&self.server_id.to_le_bytes());
        event.extend_from_slice(&(size as u32).to_le_bytes());
        event.extend_from_slice(&log_pos.to_le_bytes());
        event.extend_from_slice(&flags.to_le_bytes());
        event.extend_from_slice(body);
        if self.checksum == Checksum::Crc32 {
            event.extend_from_slice(&[0; CHECKSUM_LEN]);
            reseal(&mut event);
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
        body.push(match self.checksum {
            Checksum::None => CHECKSUM_ALG_OFF,
            Checksum::Crc32 => CHECKSUM_ALG_CRC32,
        });
        // A Format_description ends with a checksum whatever algorithm it announces.
        let sealed = Maker {
            checksum: Checksum::Crc32,
            ..*self
        };
        let begins_at = Some(MAGIC.len() as u64);
        sealed.event(kind::FORMAT_DESCRIPTION, FLAG_RELAY_LOG, &body, begins_at)
    }

    /// An empty Previous_gtids.
    pub fn previous_gtids(&self, begins_at: u64) -> Vec<u8> {
        let flags = FLAG_RELAY_LOG | FLAG_IGNORABLE;
        self.event(kind::PREVIOUS_GTIDS, flags, &[0; 8], Some(begins_at))
    }

    /// Our own Rotate at the end of a segment.
    pub fn rotate_to_segment(&self, name: &str, begins_at: u64) -> Vec<u8> {
        let body = rotate_body(MAGIC.len() as u64, name);
        self.event(kind::ROTATE, FLAG_RELAY_LOG, &body, Some(begins_at))
    }

    /// An artificial Rotate, as the source sends it at connect.
    pub fn rotate_to_source(&self, file: &str, pos: u64) -> Vec<u8> {
        let body = rotate_body(pos, file);
        self.event(kind::ROTATE, FLAG_ARTIFICIAL, &body, None)
    }

    /// What the real receiver writes in the place of the source's Previous_gtids, so that the position
    /// behind it is known.
    pub fn position_marker(&self, file: &str, pos: u64) -> Vec<u8> {
        let nobody = Maker {
            server_id: 0,
            ..*self
        };
        nobody.event(kind::ROTATE, 0, &rotate_body(pos, file), None)
    }
}

fn rotate_body(pos: u64, file: &str) -> Vec<u8> {
    let mut body = pos.to_le_bytes().to_vec();
    body.extend_from_slice(file.as_bytes());
    body
}
