//! The transaction waterfall: how long each transaction took from its commit on the source to its commit here.
//!
//! The moments are: committed where it began and on the source (as its GTID event says), received whole, written to
//! the relay log, taken up by the applier, committed in the store. The time between two of them goes into a histogram.
//! The receiver leaves its moments in a ring; the applier asks for those of a whole group when it has committed it.
//! A moment that nobody noted (the source does not say it, the server was started since, the applier is further
//! behind than the ring reaches) is counted as not known, never guessed.
//!
//! Times on the source's clock are corrected by the clocks' difference as SHOW REPLICA STATUS does. Both clocks were
//! read in whole seconds, so a difference of one second says nothing and counts as none. What is negative all the same
//! counts as 0.

use crate::progress::now_us;
use crate::state::ChannelState;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use understudy_base::observe::{WaterfallBucket, WaterfallStage};
use understudy_binlog::event::EventBody;
use understudy_binlog::event_type::EventType;
use understudy_event_log::{RelayLog, RelayPosition};

/// Received transactions whose moment is kept for the applier.
const RING: usize = 65_536;
/// Buckets in each power of two, as a power of two.
const FINE: u32 = 3;
/// Times from 2^this microseconds on are in the last bucket.
const MOST: u32 = 43;
/// Buckets of a histogram.
const BUCKETS: usize = ((MOST - FINE + 1) << FINE) as usize + 1;

/// The stages, named after the moment that ends them.
const STAGES: [&str; 6] = [
    "SOURCE_COMMIT",
    "RECEIVED",
    "FLUSHED",
    "SCHEDULED",
    "APPLIED",
    "TOTAL",
];

/// Whether an event of this type can be a transaction's last.
pub(crate) fn ends_transaction(event_type: EventType) -> bool {
    matches!(
        event_type,
        EventType::XID
            | EventType::QUERY
            | EventType::QUERY_COMPRESSED
            | EventType::XA_PREPARE
            | EventType::TRANSACTION_PAYLOAD
            | EventType::EXECUTE_LOAD_QUERY
    )
}

/// The bucket of a time.
fn bucket(us: u64) -> usize {
    let most = 63 - (us | 1).leading_zeros();
    if most < FINE {
        return us as usize;
    }
    if most >= MOST {
        return BUCKETS - 1;
    }
    let fine = (us >> (most - FINE)) as usize & ((1 << FINE) - 1);
    (((most - FINE + 1) as usize) << FINE) + fine
}

/// The least time of a bucket.
fn low(bucket: usize) -> u64 {
    let (power, fine) = (bucket >> FINE, bucket as u64 & ((1 << FINE) - 1));
    match power.checked_sub(1) {
        None => fine,
        Some(shift) => ((1 << FINE) | fine) << shift,
    }
}

/// The times of a stage.
struct Histogram {
    buckets: Vec<u64>,
    known: u64,
    not_known: u64,
    sum_us: u64,
    max_us: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram {
            buckets: vec![0; BUCKETS],
            known: 0,
            not_known: 0,
            sum_us: 0,
            max_us: 0,
        }
    }
}

impl Histogram {
    fn add(&mut self, us: Option<u64>) {
        let Some(us) = us else {
            self.not_known += 1;
            return;
        };
        if let Some(count) = self.buckets.get_mut(bucket(us)) {
            *count += 1;
        }
        self.known += 1;
        self.sum_us = self.sum_us.saturating_add(us);
        self.max_us = self.max_us.max(us);
    }

    /// The upper end of the bucket in which this part of the times is, but no more than the largest time.
    fn quantile(&self, percent: u64) -> Option<u64> {
        let wanted = (self.known * percent).div_ceil(100).max(1);
        let mut so_far = 0;
        let found = self.buckets.iter().position(|count| {
            so_far += count;
            so_far >= wanted
        });
        found.map(|bucket| low(bucket + 1).min(self.max_us))
    }

    fn rows(&self, channel: &str, stage: &'static str) -> Vec<WaterfallBucket> {
        let mut so_far = 0;
        let filled = self.buckets.iter().enumerate().filter(|(_, n)| **n > 0);
        filled
            .map(|(number, count)| {
                so_far += count;
                WaterfallBucket {
                    channel: channel.to_owned(),
                    stage,
                    number: number as u64,
                    low_us: low(number),
                    high_us: match number + 1 == BUCKETS {
                        true => u64::MAX,
                        false => low(number + 1),
                    },
                    count: *count,
                    count_and_lower: so_far,
                    known: self.known,
                }
            })
            .collect()
    }
}

/// A received transaction: where it ends in the relay log, and when the receiver had all of it.
type Received = (RelayPosition, u64);

/// The waterfall of a channel.
#[derive(Default)]
pub struct Waterfall {
    received: Mutex<VecDeque<Received>>,
    stages: Mutex<[Histogram; STAGES.len()]>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking holder leaves are plain numbers.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waterfall {
    /// The receiver has all of the transaction that ends here.
    pub(crate) fn received(&self, end: RelayPosition) {
        let now_us = now_us();
        let mut received = locked(&self.received);
        if received.len() >= RING {
            received.pop_front();
        }
        received.push_back((end, now_us));
    }

    /// The relay log was emptied.
    pub(crate) fn reset(&self) {
        locked(&self.received).clear();
    }

    /// The non-empty buckets of all stages.
    pub fn buckets(&self, channel: &str) -> Vec<WaterfallBucket> {
        let stages = locked(&self.stages);
        let rows = STAGES.iter().zip(stages.iter());
        rows.flat_map(|(name, stage)| stage.rows(channel, name))
            .collect()
    }

    /// A row a stage.
    pub fn stages(&self, channel: &str) -> Vec<WaterfallStage> {
        let stages = locked(&self.stages);
        let rows = STAGES.iter().zip(stages.iter());
        rows.map(|(name, stage)| WaterfallStage {
            channel: channel.to_owned(),
            stage: name,
            known: stage.known,
            not_known: stage.not_known,
            sum_us: stage.sum_us,
            max_us: (stage.known > 0).then_some(stage.max_us),
            quantiles_us: [50, 95, 99].map(|percent| stage.quantile(percent)),
        })
        .collect()
    }
}

/// A transaction that is being applied, or was and is not committed yet.
#[derive(Clone, Copy)]
struct Open {
    original_us: Option<u64>,
    source_us: Option<u64>,
    scheduled_us: u64,
    end: RelayPosition,
}

/// The applier's transactions since its last commit; a group's bound is theirs.
#[derive(Default)]
pub(crate) struct Flow {
    open: Option<Open>,
    done: Vec<Open>,
}

impl Flow {
    /// The applier takes up an event; it is a transaction's first unless one is open.
    pub fn scheduled(&mut self) {
        let end = RelayPosition { segment: 0, pos: 0 };
        self.open.get_or_insert_with(|| Open {
            original_us: None,
            source_us: None,
            scheduled_us: now_us(),
            end,
        });
    }

    /// What the event says of the open transaction's commit.
    pub fn announced(&mut self, body: &EventBody) {
        let times = match body {
            EventBody::Gtid(event) => event.timestamps.as_ref(),
            EventBody::GtidTagged(event) => Some(&event.timestamps),
            _ => None,
        };
        if let (Some(times), Some(open)) = (times, &mut self.open)
            && times.immediate_us > 0
        {
            open.source_us = Some(times.immediate_us);
            open.original_us = Some(times.original());
        }
    }

    /// What was open ends here, with an event of this type.
    pub fn end(&mut self, event_type: EventType, end: RelayPosition) {
        if let Some(open) = self.open.take()
            && ends_transaction(event_type)
        {
            self.done.push(Open { end, ..open });
        }
    }

    /// What was open comes again.
    pub fn take_back(&mut self) {
        self.open = None;
    }

    /// What was done and not committed comes again.
    pub fn lose(&mut self) {
        self.open = None;
        self.done.clear();
    }

    /// What was done is committed.
    pub fn committed(&mut self, state: &ChannelState, relay: &RelayLog) {
        if self.done.is_empty() {
            return;
        }
        let applied_us = now_us();
        let ends: Vec<RelayPosition> = self.done.iter().map(|open| open.end).collect();
        let flushed = relay.written_us(&ends);
        let ahead_us = ahead_us(state.lock().clock_difference_s);
        let waterfall = &state.waterfall;
        let received = taken(&mut locked(&waterfall.received), &ends);
        let mut stages = locked(&waterfall.stages);
        for ((open, received_us), flushed_us) in self.done.drain(..).zip(received).zip(flushed) {
            let on_ours = open.source_us.map(|us| us.saturating_add_signed(-ahead_us));
            let between = |from: Option<u64>, to: Option<u64>| Some(to?.saturating_sub(from?));
            let scheduled = Some(open.scheduled_us);
            let applied = Some(applied_us);
            let times = [
                between(open.original_us, open.source_us),
                between(on_ours, received_us),
                between(received_us, flushed_us),
                between(flushed_us, scheduled),
                between(scheduled, applied),
                between(on_ours, applied),
            ];
            for (stage, us) in stages.iter_mut().zip(times) {
                stage.add(us);
            }
        }
    }
}

/// By how much the source's clock is ahead of ours.
fn ahead_us(difference_s: i64) -> i64 {
    match difference_s {
        -1..=1 => 0,
        seconds => seconds.saturating_mul(1_000_000),
    }
}

/// Takes the moments of these transactions, and of those before them, out of the ring.
fn taken(ring: &mut VecDeque<Received>, ends: &[RelayPosition]) -> Vec<Option<u64>> {
    let moment = |end: &RelayPosition| {
        while ring.front().is_some_and(|(at, _)| at < end) {
            ring.pop_front();
        }
        let found = ring.front().filter(|(at, _)| at == end);
        found.map(|(_, us)| *us)
    };
    ends.iter().map(moment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other() {
        for number in 0..BUCKETS - 1 {
            let (from, to) = (low(number), low(number + 1));
            assert!(from < to, "{number}");
            assert_eq!((bucket(from), bucket(to - 1)), (number, number));
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(low(BUCKETS - 1), 1 << MOST);
    }

    #[test]
    fn quantiles_are_upper_ends_of_buckets() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(50), None);
        for us in 1..=1000 {
            histogram.add(Some(us));
        }
        histogram.add(None);
        assert_eq!(histogram.quantile(50), Some(512));
        assert_eq!(histogram.quantile(99), Some(1000));
        assert_eq!((histogram.known, histogram.not_known), (1000, 1));
        let rows = histogram.rows("", "TOTAL");
        assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 1000);
        assert_eq!(rows.last().map(|row| row.count_and_lower), Some(1000));
    }

    #[test]
    fn moments_that_fell_out_are_not_known() {
        let at = |pos| RelayPosition { segment: 1, pos };
        let mut ring: VecDeque<Received> = [(at(20), 2), (at(30), 3), (at(50), 5)].into();
        let moments = taken(&mut ring, &[at(10), at(20), at(40), at(50)]);
        assert_eq!(moments, [None, Some(2), None, Some(5)]);
    }

    #[test]
    fn a_second_between_the_clocks_says_nothing() {
        assert_eq!(
            [-2, -1, 0, 1, 3].map(ahead_us),
            [-2_000_000, 0, 0, 0, 3_000_000]
        );
    }
}
