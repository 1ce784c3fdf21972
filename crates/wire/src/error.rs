//! Why a message could not be read.

use std::fmt;

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// This many bytes more were announced or needed than are there.
    Missing(u64),
    /// This many bytes remain after the message's last field.
    Trailing(u64),
    /// A tag that this message does not have.
    BadTag(u64),
    /// A length or count past its limit.
    OverLimit {
        /// What was announced.
        length: u64,
        /// What is allowed.
        limit: u64,
    },
    /// No NUL ends the string.
    Unterminated,
    /// A name that must be UTF-8 is not.
    NotUtf8,
    /// The peer lacks a capability without which the message has no meaning.
    Unsupported(&'static str),
}

/// A message that could not be read: which, where, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Name of the message.
    pub message: &'static str,
    /// Offset of the offending field in the message, bytes.
    pub offset: u64,
    /// Reason.
    pub reason: Reason,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed {} at byte {}: ", self.message, self.offset)?;
        match self.reason {
            Reason::Missing(n) => write!(f, "{n} bytes missing"),
            Reason::Trailing(n) => write!(f, "{n} bytes after its end"),
            Reason::BadTag(tag) => write!(f, "unknown tag {tag:#x}"),
            Reason::OverLimit { length, limit } => {
                write!(f, "length {length} is over the limit of {limit}")
            }
            Reason::Unterminated => f.write_str("string without end"),
            Reason::NotUtf8 => f.write_str("name is not UTF-8"),
            Reason::Unsupported(what) => write!(f, "{what} is required"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why a stream of packets cannot be read on. The connection is lost in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// "Packets out of order".
    Sequence {
        /// Sequence number that was due.
        expected: u8,
        /// Sequence number that came.
        found: u8,
    },
    /// "Got a packet bigger than 'max_allowed_packet' bytes".
    TooLarge {
        /// Bytes announced so far.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// A compressed frame that does not inflate to what its header says.
    Inflate,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Sequence { expected, found } => {
                write!(f, "Got packets out of order: {found} instead of {expected}")
            }
            FrameError::TooLarge { length, limit } => write!(
                f,
                "Got a packet bigger than 'max_allowed_packet' bytes: {length} of at most {limit}"
            ),
            FrameError::Inflate => f.write_str("Couldn't uncompress communication packet"),
        }
    }
}

impl std::error::Error for FrameError {}
