//! What can go wrong with an event log, and the text MySQL has for it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use understudy_binlog::EventType;

use crate::position::{RelayPosition, SourcePosition};

/// Why an event read from a log file, or offered to it, is not a whole event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFailure {
    /// Fewer bytes than an event header has.
    ShortHeader,
    /// The header's size is below its own length, above the limit, or not the size of what came.
    BadSize {
        /// The size that the header gives, bytes.
        size: u32,
    },
    /// The file ends inside the event.
    Truncated,
    /// The checksum does not match.
    Checksum,
    /// The file does not begin with the magic bytes and a Format_description event.
    BadHeader,
    /// The body of an event that the log itself must understand (Rotate, Format_description, Query) is
    /// malformed.
    BadBody {
        /// Type.
        event_type: EventType,
    },
    /// A Format_description names a checksum algorithm that does not exist.
    UnknownChecksum {
        /// Algorithm code.
        code: u8,
    },
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadFailure::ShortHeader => write!(f, "event header cut short"),
            ReadFailure::BadSize { size } => write!(f, "impossible event size {size}"),
            ReadFailure::Truncated => write!(f, "file ends inside an event"),
            ReadFailure::Checksum => write!(f, "event checksum verification failed"),
            ReadFailure::BadHeader => write!(f, "not an event log file"),
            ReadFailure::BadBody { event_type } => {
                write!(f, "malformed {} event", event_type.any_name())
            }
            ReadFailure::UnknownChecksum { code } => {
                write!(f, "unknown checksum algorithm {code}")
            }
        }
    }
}

/// An error of the event log.
#[derive(Debug)]
pub enum EventLogError {
    /// The operating system refused.
    Io {
        /// What was attempted, e.g. `fsync`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// An event offered to [`crate::RelayLog::append`] is not whole; nothing was written.
    Rejected(ReadFailure),
    /// An event offered to the log carries the flag of a relay log's own events.
    OwnFlag {
        /// Type.
        event_type: EventType,
    },
    /// An event came before a Rotate or a Format_description said where it belongs.
    OutOfPlace {
        /// Type.
        event_type: EventType,
    },
    /// The source began elsewhere than where the log ends.
    NotContiguous {
        /// Where the log ends.
        expected: SourcePosition,
        /// Where the source begins.
        got: SourcePosition,
    },
    /// A stored event is damaged.
    Corrupt {
        /// File name.
        file: String,
        /// Where the event begins.
        at: RelayPosition,
        /// What is wrong.
        failure: ReadFailure,
    },
    /// The index names a file that is not there, though later ones are.
    MissingSegment {
        /// File name.
        file: String,
    },
    /// A position lies in no segment of the log, or not at the beginning of an event.
    NoSuchPosition {
        /// The position asked for.
        at: RelayPosition,
    },
    /// The index is not an index.
    BadIndex {
        /// The line, as text.
        line: String,
    },
    /// The log was reset (RESET SLAVE, CHANGE MASTER) under the reader.
    Reset,
    /// An earlier fsync failed: what is on disk is unknown until the log is opened anew.
    Poisoned,
}

impl fmt::Display for EventLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventLogError::Io {
                action,
                path,
                source,
            } => write!(f, "cannot {action} {}: {source}", path.display()),
            EventLogError::Rejected(why) => write!(f, "event from the source rejected: {why}"),
            EventLogError::OwnFlag { event_type } => write!(
                f,
                "{} event from the source carries the relay log's own flag",
                event_type.any_name()
            ),
            EventLogError::OutOfPlace { event_type } => write!(
                f,
                "{} event before any Rotate and Format_description",
                event_type.any_name()
            ),
            EventLogError::NotContiguous { expected, got } => write!(
                f,
                "the relay log ends at {expected} but the source begins at {got}"
            ),
            EventLogError::Corrupt { file, at, failure } => {
                write!(f, "relay log {file} at {}: {failure}", at.pos)
            }
            EventLogError::MissingSegment { file } => {
                write!(f, "relay log {file} is in the index but not on disk")
            }
            EventLogError::NoSuchPosition { at } => {
                write!(f, "relay log position {at} is not in the log")
            }
            EventLogError::BadIndex { line } => write!(f, "malformed line in the index: {line:?}"),
            EventLogError::Reset => write!(f, "the relay log was reset"),
            EventLogError::Poisoned => write!(f, "an earlier write to the relay log failed"),
        }
    }
}

impl std::error::Error for EventLogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            EventLogError::Io { source, .. } => Some(source),
            EventLogError::Rejected(_)
            | EventLogError::OwnFlag { .. }
            | EventLogError::OutOfPlace { .. }
            | EventLogError::NotContiguous { .. }
            | EventLogError::Corrupt { .. }
            | EventLogError::MissingSegment { .. }
            | EventLogError::NoSuchPosition { .. }
            | EventLogError::BadIndex { .. }
            | EventLogError::Reset
            | EventLogError::Poisoned => None,
        }
    }
}

impl EventLogError {
    /// Adds what was attempted and where to an operating system error.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> EventLogError {
        let path = path.into();
        move |source| EventLogError::Io {
            action,
            path,
            source,
        }
    }

    /// The disk is full: the write may be tried again once space is freed; nothing is lost meanwhile.
    pub fn is_disk_full(&self) -> bool {
        matches!(
            self,
            EventLogError::Io { source, .. }
                if source.kind() == io::ErrorKind::StorageFull
                    || source.kind() == io::ErrorKind::QuotaExceeded
        )
    }
}
