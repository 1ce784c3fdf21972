//! When which part of the log was written to its file: for whoever measures how long that took.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::position::RelayPosition;

/// Moments kept; of what was written before, the moment is not known any more.
const KEPT: usize = 8192;

/// Up to where the log was written, and when, microseconds since the epoch.
#[derive(Debug, Default)]
pub(crate) struct Flushes {
    kept: VecDeque<(RelayPosition, u64)>,
    /// The last that was not kept.
    forgotten: Option<RelayPosition>,
}

impl Flushes {
    /// Of a log that ends here at first.
    pub fn after(end: RelayPosition) -> Flushes {
        Flushes {
            forgotten: Some(end),
            ..Flushes::default()
        }
    }

    /// The log is written up to here now.
    pub fn note(&mut self, end: RelayPosition) {
        if self.kept.back().is_some_and(|(last, _)| *last >= end) {
            return;
        }
        if self.kept.len() >= KEPT {
            self.forgotten = self.kept.pop_front().map(|(end, _)| end);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_us = now.map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX));
        self.kept.push_back((end, now_us));
    }

    /// When what ends here was written; `None` when that was too long ago, or before the log was opened.
    pub fn written_us(&self, end: RelayPosition) -> Option<u64> {
        if self.forgotten.is_some_and(|forgotten| end <= forgotten) {
            return None;
        }
        let at = self.kept.partition_point(|(written, _)| *written < end);
        self.kept.get(at).map(|(_, us)| *us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pos: u64) -> RelayPosition {
        RelayPosition { segment: 1, pos }
    }

    #[test]
    fn the_first_flush_past_a_place_wrote_it() {
        let mut flushes = Flushes::after(at(5));
        assert_eq!(flushes.written_us(at(5)), None);
        flushes.note(at(10));
        flushes.note(at(10));
        flushes.note(at(20));
        assert_eq!(flushes.kept.len(), 2);
        assert_eq!(flushes.written_us(at(10)), Some(flushes.kept[0].1));
        assert_eq!(flushes.written_us(at(11)), Some(flushes.kept[1].1));
        assert_eq!(flushes.written_us(at(21)), None);
        for pos in 0..KEPT as u64 {
            flushes.note(at(100 + pos));
        }
        assert_eq!(flushes.kept.len(), KEPT);
        assert_eq!(flushes.written_us(at(20)), None);
        assert!(flushes.written_us(at(100)).is_some());
    }
}
