//! Why an event's bytes could not be read.

use crate::event_type::EventType;
use std::fmt;

/// What, where and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The event being read; 0 while its header is.
    pub event: EventType,
    /// The field.
    pub field: &'static str,
    /// Offset in the event, header included, bytes.
    pub at: u64,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The event ends before the field does.
    Missing {
        /// Bytes the field takes.
        needed: u64,
        /// Bytes left.
        available: u64,
    },
    /// Bytes follow where none belong.
    Trailing {
        /// How many.
        bytes: u64,
    },
    /// A value that this field cannot have.
    BadValue {
        /// The value.
        value: u64,
    },
    /// A value over a limit of ours.
    OverLimit {
        /// The value.
        value: u64,
        /// The limit.
        limit: u64,
    },
    /// The checksum does not fit the bytes.
    Checksum {
        /// What the bytes give.
        computed: u32,
        /// What the event says.
        stored: u32,
    },
    /// A compressed part that cannot be inflated.
    Inflate,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.event.any_name();
        write!(f, "{name} event, {} at {}: ", self.field, self.at)?;
        match self.why {
            Why::Missing { needed, available } => {
                write!(f, "{needed} bytes needed, {available} left")
            }
            Why::Trailing { bytes } => write!(f, "{bytes} bytes too many"),
            Why::BadValue { value } => write!(f, "bad value {value}"),
            Why::OverLimit { value, limit } => write!(f, "{value} is over the limit {limit}"),
            Why::Checksum { computed, stored } => {
                write!(
                    f,
                    "checksum {stored:#010x}, but the bytes give {computed:#010x}"
                )
            }
            Why::Inflate => f.write_str("compressed data is damaged"),
        }
    }
}

impl std::error::Error for DecodeError {}
