//! Server ids and positions in event logs.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// `server_id` of a server; 0 is "none".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct ServerId(pub u32);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in a sequence of log files: before the event that starts at `offset` of `file`.
///
/// Offsets are 64 bits wide whatever the event headers can hold: a file may pass 4 GiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogPosition {
    /// File name without folder, `binlog.000001`.
    pub file: String,
    /// Offset, bytes.
    pub offset: u64,
}

impl LogPosition {
    /// Offset of the first event of a file, after the magic number.
    pub const FIRST_EVENT: u64 = 4;

    /// A position.
    pub fn new(file: impl Into<String>, offset: u64) -> LogPosition {
        LogPosition {
            file: file.into(),
            offset,
        }
    }

    /// Which of two positions comes first, or `None` when the files do not belong to one sequence.
    ///
    /// Files compare by the number after the last dot; `binlog.1000000` follows `binlog.999999`.
    pub fn compare(&self, other: &LogPosition) -> Option<Ordering> {
        let (stem, number) = split_number(&self.file)?;
        let (other_stem, other_number) = split_number(&other.file)?;
        (stem == other_stem).then(|| (number, self.offset).cmp(&(other_number, other.offset)))
    }
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.offset)
    }
}

/// Stem and number of a log file's name; `None` when it does not end in a dot and digits.
pub fn split_number(file: &str) -> Option<(&str, u64)> {
    let (stem, digits) = file.rsplit_once('.')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((stem, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_compare_by_number_then_offset() {
        let at = LogPosition::new;
        for (a, b, expected) in [
            (at("b.000001", 4), at("b.000001", 5), Some(Ordering::Less)),
            (
                at("b.000002", 4),
                at("b.000001", 5),
                Some(Ordering::Greater),
            ),
            (at("b.999999", 9), at("b.1000000", 4), Some(Ordering::Less)),
            (at("b.000001", 4), at("b.000001", 4), Some(Ordering::Equal)),
            (at("a.000001", 4), at("b.000001", 4), None),
            (at("b.index", 4), at("b.000001", 4), None),
            (at("", 4), at("", 4), None),
        ] {
            assert_eq!(a.compare(&b), expected, "{a} {b}");
        }
    }

    #[test]
    fn t11_offsets_pass_four_gib() {
        let small = LogPosition::new("b.000001", u64::from(u32::MAX));
        let large = LogPosition::new("b.000001", u64::from(u32::MAX) + 1);
        assert_eq!(small.compare(&large), Some(Ordering::Less));
        assert_eq!(large.to_string(), "b.000001:4294967296");
    }
}
