//! Positions in the source's binary log and in our relay log, always 64 bits wide.

use std::fmt;
use std::sync::Arc;

/// A place in the source's binary log: file name and the offset of the next event in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourcePosition {
    /// File name as the source gives it, e.g. `mysql-bin.000012`.
    pub file: Arc<str>,
    /// Offset, bytes.
    pub pos: u64,
}

impl SourcePosition {
    /// The place `pos` of `file`.
    pub fn new(file: impl Into<Arc<str>>, pos: u64) -> Self {
        SourcePosition {
            file: file.into(),
            pos,
        }
    }
}

impl fmt::Display for SourcePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.pos)
    }
}

/// A place in our relay log: number of the segment (12 for `relay.000012`) and offset in it. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayPosition {
    /// Number of the segment, as its file name ends.
    pub segment: u64,
    /// Offset, bytes.
    pub pos: u64,
}

impl fmt::Display for RelayPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}:{}", self.segment, self.pos)
    }
}
