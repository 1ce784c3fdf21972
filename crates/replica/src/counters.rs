//! The event ledger's counters: every event received ends in exactly one outcome.
//!
//! One atomic per (outcome, event type code); `SHOW STATUS LIKE 'Understudy_events_%'` lists the non-zero ones
//! and the totals. Counting never allocates and is off the error path's way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use understudy_binlog::EventType;

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written to the relay log.
    Received,
    /// Executed by the applier, or consumed by it as part of a transaction's frame.
    Applied,
    /// Skipped by the applier because a filter says so, or because the statement has no effect here
    /// (account statements, ANALYZE TABLE, temporary tables of the source).
    Filtered,
    /// Ignorable by its own flag.
    Ignored,
    /// Not written to the relay log: it carries our own server id or one in IGNORE_SERVER_IDS.
    Skipped,
    /// Artificial: fake ROTATE, heartbeat, artificial FORMAT_DESCRIPTION. Not data.
    Artificial,
    /// Stopped the applier or the receiver.
    Failed,
}

const OUTCOMES: [(Outcome, &str); 7] = [
    (Outcome::Received, "received"),
    (Outcome::Applied, "applied"),
    (Outcome::Filtered, "filtered"),
    (Outcome::Ignored, "ignored"),
    (Outcome::Skipped, "skipped"),
    (Outcome::Artificial, "artificial"),
    (Outcome::Failed, "failed"),
];

/// Counters of a channel.
pub struct EventCounters {
    counts: Vec<AtomicU64>,
    /// Statements without effect on rows, by what became of them and their kind.
    statements: Mutex<BTreeMap<String, u64>>,
}

impl Default for EventCounters {
    fn default() -> Self {
        EventCounters {
            counts: (0..OUTCOMES.len() * 256)
                .map(|_| AtomicU64::new(0))
                .collect(),
            statements: Mutex::default(),
        }
    }
}

impl EventCounters {
    /// Adds one event.
    pub fn count(&self, outcome: Outcome, event_type: EventType) {
        self.counts[outcome as usize * 256 + usize::from(event_type.0)]
            .fetch_add(1, Ordering::Relaxed);
    }

    /// Adds one statement that was recorded as text or passed over (`how`), of a kind.
    pub fn count_statement(&self, how: &str, kind: &str) {
        let kind: String = kind
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .collect();
        let name = format!("Understudy_statements_{how}_{kind}");
        *self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name)
            .or_default() += 1;
    }

    /// Events that ended so, of all types.
    pub fn total(&self, outcome: Outcome) -> u64 {
        let start = outcome as usize * 256;
        self.counts[start..start + 256]
            .iter()
            .map(|n| n.load(Ordering::Relaxed))
            .sum()
    }

    /// As status variables: a total an outcome, then one for each type seen.
    pub fn status_variables(&self) -> Vec<(String, u64)> {
        let mut out = Vec::new();
        for (outcome, name) in OUTCOMES {
            out.push((format!("Understudy_events_{name}"), self.total(outcome)));
            for code in 0..=255u8 {
                let n =
                    self.counts[outcome as usize * 256 + usize::from(code)].load(Ordering::Relaxed);
                if n > 0 {
                    let event = EventType(code).snake_name();
                    out.push((format!("Understudy_events_{name}_{event}"), n));
                }
            }
        }
        let statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        out.extend(statements.iter().map(|(name, n)| (name.clone(), *n)));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t01_every_outcome_has_its_own_total() {
        let counters = EventCounters::default();
        for (outcome, _) in OUTCOMES {
            counters.count(outcome, EventType(2));
            counters.count(outcome, EventType(255));
            assert_eq!(counters.total(outcome), 2);
        }
        let variables = counters.status_variables();
        assert!(variables.contains(&("Understudy_events_filtered".into(), 2)));
    }
}
