//! Sets of transaction numbers as sorted, disjoint, non-adjacent intervals.

use serde::{Deserialize, Serialize};

/// Highest transaction number: one below the highest signed 64-bit number, as in MySQL.
pub const MAX_GNO: u64 = i64::MAX as u64 - 1;

/// Numbers of one uuid and tag. Intervals are half open: `(1, 4)` is 1, 2, 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntervalSet(Vec<(u64, u64)>);

impl IntervalSet {
    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals in order, `start` included, `end` not.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Number of intervals.
    pub fn interval_count(&self) -> usize {
        self.0.len()
    }

    /// How many numbers.
    pub fn count(&self) -> u64 {
        self.0
            .iter()
            .map(|(start, end)| end - start)
            .fold(0, u64::saturating_add)
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u64) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= number);
        after
            .checked_sub(1)
            .and_then(|index| self.0.get(index))
            .is_some_and(|(_, end)| number < *end)
    }

    /// Adds `start` to `end` - 1. An empty interval adds nothing.
    pub fn add(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        // Everything that overlaps or touches the new interval melts into it.
        let first = self.0.partition_point(|(_, e)| *e < start);
        let last = self.0.partition_point(|(s, _)| *s <= end);
        let touched = self.0.get(first..last).unwrap_or_default();
        let merged = touched
            .iter()
            .fold((start, end), |(s, e), (a, b)| (s.min(*a), e.max(*b)));
        self.0.splice(first..last, [merged]);
    }

    /// Takes `start` to `end` - 1 away.
    pub fn remove(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|(_, e)| *e <= start);
        let last = self.0.partition_point(|(s, _)| *s < end);
        let touched = self.0.get(first..last).unwrap_or_default();
        let mut kept = Vec::with_capacity(2);
        if let Some((s, _)) = touched.first().filter(|(s, _)| *s < start) {
            kept.push((*s, start));
        }
        if let Some((_, e)) = touched.last().filter(|(_, e)| *e > end) {
            kept.push((end, *e));
        }
        self.0.splice(first..last, kept);
    }

    /// Every number of `other` is here too.
    pub fn contains_all(&self, other: &IntervalSet) -> bool {
        other.iter().all(|(start, end)| {
            let after = self.0.partition_point(|(s, _)| *s <= start);
            after
                .checked_sub(1)
                .and_then(|index| self.0.get(index))
                .is_some_and(|(_, e)| end <= *e)
        })
    }

    /// The lowest number from 1 that is not in the set; `None` when all are used up.
    pub fn first_free(&self) -> Option<u64> {
        match self.0.first() {
            Some((1, end)) => (*end <= MAX_GNO).then_some(*end),
            Some(_) | None => Some(1),
        }
    }
}
