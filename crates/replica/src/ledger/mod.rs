//! The event ledger: every event received ends in exactly one outcome, counted by type, table and reason.
//!
//! A thread counts into its own [`Tally`] and hands it over when a group of transactions is committed (the receiver:
//! before the relay log is written). Of a channel always
//!
//! ```text
//! RECEIVED = APPLIED + FILTERED + IGNORED + ABANDONED + DISCARDED + WAITING
//! ```
//!
//! where WAITING is what the relay log holds and nobody has applied yet. FAILED and TAKEN_BACK are attempts: such an
//! event waits again. SKIPPED and ARTIFICIAL events are not in the relay log. The counts begin with the server, and
//! what its relay log holds then is RECEIVED too, with a reason that says so.

mod reason;
mod tally;

pub use reason::Reason;
pub use tally::Tally;

use crate::progress::now_us;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tally::{Counted, Key, OTHER_TABLE};
use understudy_base::observe::LedgerRow;
use understudy_binlog::EventType;

/// Tables counted apart; further ones together as `(other)`.
pub const MOST_TABLES: usize = 1000;
/// Statement kinds counted apart.
const MOST_STATEMENTS: usize = 250;
/// Combinations counted apart; further ones lose their table and reason.
pub(crate) const MOST_ROWS: usize = 20_000;

/// What tables and statements beyond the bounds are called.
pub const OTHER: &str = "(other)";

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// Written to the relay log.
    Received,
    /// Executed by the applier, or consumed by it as part of a transaction's frame.
    Applied,
    /// Not executed by the applier: a filter, the skip counter, a GTID that was executed before, or a statement that
    /// has no effect here (account statements, ANALYZE TABLE, temporary tables of the source).
    Filtered,
    /// Ignorable by its own flag, or failed with an error that `replica_skip_errors` names; of rows, passed over as
    /// `replica_exec_mode=IDEMPOTENT` says.
    Ignored,
    /// Not written to the relay log: it carries our own server id or one in IGNORE_SERVER_IDS, or belongs to a domain
    /// in IGNORE_DOMAIN_IDS.
    Skipped,
    /// Artificial: fake ROTATE, heartbeat, artificial FORMAT_DESCRIPTION. Not data.
    Artificial,
    /// Stopped the applier or the receiver.
    Failed,
    /// Taken back with its transaction; it comes again.
    TakenBack,
    /// Taken back for good: the source ended inside its transaction.
    Abandoned,
    /// Left unapplied: RESET REPLICA, CHANGE REPLICATION SOURCE.
    Discarded,
}

impl Outcome {
    const ALL: [Outcome; 10] = [
        Outcome::Received,
        Outcome::Applied,
        Outcome::Filtered,
        Outcome::Ignored,
        Outcome::Skipped,
        Outcome::Artificial,
        Outcome::Failed,
        Outcome::TakenBack,
        Outcome::Abandoned,
        Outcome::Discarded,
    ];

    fn name(self) -> &'static str {
        match self {
            Outcome::Received => "RECEIVED",
            Outcome::Applied => "APPLIED",
            Outcome::Filtered => "FILTERED",
            Outcome::Ignored => "IGNORED",
            Outcome::Skipped => "SKIPPED",
            Outcome::Artificial => "ARTIFICIAL",
            Outcome::Failed => "FAILED",
            Outcome::TakenBack => "TAKEN_BACK",
            Outcome::Abandoned => "ABANDONED",
            Outcome::Discarded => "DISCARDED",
        }
    }

    /// What it adds to the events that wait in the relay log.
    fn waiting(self) -> i64 {
        match self {
            Outcome::Received => 1,
            Outcome::Applied
            | Outcome::Filtered
            | Outcome::Ignored
            | Outcome::Abandoned
            | Outcome::Discarded => -1,
            Outcome::Skipped | Outcome::Artificial | Outcome::Failed | Outcome::TakenBack => 0,
        }
    }
}

/// Names that keys hold by number.
#[derive(Default)]
struct Names {
    /// Database and table; numbers begin at [`tally::FIRST_TABLE`].
    tables: Vec<(String, String)>,
    statements: Vec<&'static str>,
}

#[derive(Default)]
struct Book {
    names: Names,
    rows: HashMap<Key, Counted>,
}

/// The ledger of a channel.
#[derive(Default)]
pub struct Ledger {
    book: Mutex<Book>,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Book> {
        // What a panicking holder leaves are plain numbers.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a table; [`OTHER_TABLE`] when there are too many.
    fn table(&self, schema: &[u8], table: &[u8]) -> u16 {
        let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let named = (name(schema), name(table));
        let tables = &mut self.lock().names.tables;
        let at = match tables.iter().position(|known| *known == named) {
            Some(at) => at,
            None if tables.len() >= MOST_TABLES => return OTHER_TABLE,
            None => {
                tables.push(named);
                tables.len() - 1
            }
        };
        tally::table_number(at)
    }

    /// The number of a kind of statement.
    pub(crate) fn statement(&self, kind: &'static str) -> u16 {
        let statements = &mut self.lock().names.statements;
        let at = match statements.iter().position(|known| *known == kind) {
            Some(at) => at,
            None if statements.len() >= MOST_STATEMENTS => MOST_STATEMENTS,
            None => {
                statements.push(kind);
                statements.len() - 1
            }
        };
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Takes what a thread has counted.
    fn merge(&self, counted: impl Iterator<Item = (Key, u64, u64)>) {
        let now_us = now_us();
        let rows = &mut self.lock().rows;
        for (key, events, of_rows) in counted {
            let full = rows.len() >= MOST_ROWS && !rows.contains_key(&key);
            let key = if full { key.coarse() } else { key };
            let row = rows.entry(key).or_default();
            row.events += events;
            row.rows += of_rows;
            row.last_seen_us = now_us;
        }
    }

    /// What the relay log holds at the server's start, by type.
    pub(crate) fn found(&self, events: &BTreeMap<u8, u64>) {
        let counted = events.iter().map(|(code, events)| {
            let event_type = EventType(*code);
            let key = Key::new(Outcome::Received, event_type, 0, Reason::FOUND);
            (key, *events, 0)
        });
        self.merge(counted);
    }

    /// The applier was moved over these events: forward, so that they are never applied, or back to them.
    pub(crate) fn moved(&self, events: &BTreeMap<u8, u64>, forward: bool) {
        let outcome = match forward {
            true => Outcome::Discarded,
            false => Outcome::Received,
        };
        let counted = events.iter().map(|(code, events)| {
            let key = Key::new(outcome, EventType(*code), 0, Reason::MOVED);
            (key, *events, 0)
        });
        self.merge(counted);
    }

    /// The relay log was emptied: what waited in it is gone.
    pub(crate) fn discard_waiting(&self) {
        let waiting = self.lock().waiting();
        let counted = waiting.into_iter().map(|(event_type, events)| {
            let key = Key::new(Outcome::Discarded, event_type, 0, Reason::RESET);
            (key, events, 0)
        });
        self.merge(counted);
    }

    /// Events that ended so.
    pub fn total(&self, outcome: Outcome) -> u64 {
        let book = self.lock();
        let of = book.rows.iter().filter(|(key, _)| key.outcome() == outcome);
        of.map(|(_, counted)| counted.events).sum()
    }

    /// Every combination seen, and what waits.
    pub fn rows(&self, channel: &str) -> Vec<LedgerRow> {
        let book = self.lock();
        let mut rows: Vec<LedgerRow> = book
            .rows
            .iter()
            .map(|(key, counted)| LedgerRow {
                channel: channel.to_owned(),
                event_type: type_name(key.event_type()),
                table: book.names.table(key.table()),
                outcome: key.outcome().name(),
                reason: key.reason().text(&book.names.statements),
                events: counted.events,
                rows: counted.rows,
                last_seen_us: counted.last_seen_us,
            })
            .collect();
        let now_us = now_us();
        rows.extend(
            book.waiting()
                .into_iter()
                .map(|(event_type, events)| LedgerRow {
                    channel: channel.to_owned(),
                    event_type: type_name(event_type),
                    table: None,
                    outcome: "WAITING",
                    reason: String::new(),
                    events,
                    rows: 0,
                    last_seen_us: now_us,
                }),
        );
        rows.sort_by(|a, b| {
            let order = |row: &LedgerRow| {
                (
                    row.event_type.clone(),
                    row.table.clone(),
                    row.outcome,
                    row.reason.clone(),
                )
            };
            order(a).cmp(&order(b))
        });
        rows
    }

    /// As status variables: a total an outcome, then one for each type seen.
    pub fn status_variables(&self) -> Vec<(String, u64)> {
        let book = self.lock();
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        for outcome in Outcome::ALL {
            totals.insert(variable(outcome.name()), 0);
        }
        for (key, counted) in &book.rows {
            let name = variable(key.outcome().name());
            if counted.events > 0 {
                let of_type = format!("{name}_{}", key.event_type().snake_name());
                *totals.entry(of_type).or_default() += counted.events;
                *totals.entry(name).or_default() += counted.events;
            }
            if let Some(name) = key.reason().statement_variable(&book.names.statements) {
                *totals.entry(name).or_default() += counted.events;
            }
        }
        let waiting: u64 = book.waiting().iter().map(|(_, events)| events).sum();
        totals.insert(variable("WAITING"), waiting);
        totals.into_iter().collect()
    }
}

impl Names {
    fn table(&self, number: u16) -> Option<(String, String)> {
        match tally::table_index(number) {
            None if number == OTHER_TABLE => Some((OTHER.to_owned(), OTHER.to_owned())),
            None => None,
            Some(at) => self.tables.get(at).cloned(),
        }
    }
}

impl Book {
    /// Events that were received and have no last outcome, by type.
    fn waiting(&self) -> Vec<(EventType, u64)> {
        let mut by_type: BTreeMap<u8, i64> = BTreeMap::new();
        for (key, counted) in &self.rows {
            let events = i64::try_from(counted.events).unwrap_or(i64::MAX);
            *by_type.entry(key.event_type().0).or_default() += key.outcome().waiting() * events;
        }
        // The threads hand over one after the other: for a moment there can be more applied than received.
        by_type
            .into_iter()
            .filter_map(|(code, n)| {
                Some((EventType(code), u64::try_from(n).ok().filter(|n| *n > 0)?))
            })
            .collect()
    }
}

fn variable(outcome: &str) -> String {
    format!("Understudy_events_{}", outcome.to_lowercase())
}

fn type_name(event_type: EventType) -> String {
    match event_type.any_name() {
        "Unknown" => format!("Unknown {}", event_type.0),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(ledger: &Ledger, outcome: &str) -> u64 {
        let rows = ledger.rows("");
        let of = rows.iter().filter(|row| row.outcome == outcome);
        of.map(|row| row.events).sum()
    }

    #[test]
    fn what_was_received_waits_until_it_has_an_outcome() {
        let ledger = Ledger::default();
        let mut receiver = Tally::default();
        for _ in 0..3 {
            receiver.count(Outcome::Received, EventType::XID);
        }
        receiver.end_transaction();
        receiver.publish(&ledger);
        let mut applier = Tally::default();
        applier.count(Outcome::Applied, EventType::XID);
        assert_eq!(sum(&ledger, "WAITING"), 3);
        applier.end_transaction();
        applier.count(Outcome::Applied, EventType::XID);
        applier.take_back(Reason::STOPPED);
        applier.failed(EventType::XID, 1062);
        applier.publish(&ledger);
        let sums = ["RECEIVED", "APPLIED", "TAKEN_BACK", "FAILED", "WAITING"];
        assert_eq!(sums.map(|outcome| sum(&ledger, outcome)), [3, 1, 1, 1, 2]);
        ledger.discard_waiting();
        assert_eq!(sum(&ledger, "WAITING"), 0);
        assert_eq!(sum(&ledger, "DISCARDED"), 2);
        let variables = ledger.status_variables();
        assert!(variables.contains(&("Understudy_events_failed_xid".into(), 1)));
    }

    #[test]
    fn tables_past_the_bound_are_counted_together() {
        let ledger = Ledger::default();
        let mut tally = Tally::default();
        let tables = MOST_TABLES + 5;
        for number in 0..tables {
            let name = format!("t{number}");
            tally.map(&ledger, 7, b"d", name.as_bytes());
            tally.rows_of(7);
            tally.add_rows(2);
            tally.count(Outcome::Applied, EventType::WRITE_ROWS);
        }
        tally.end_transaction();
        tally.publish(&ledger);
        let rows = ledger.rows("c");
        let rows: Vec<_> = rows.iter().filter(|row| row.outcome == "APPLIED").collect();
        assert_eq!(rows.len(), MOST_TABLES + 1);
        let other = (OTHER.to_owned(), OTHER.to_owned());
        let other = rows.iter().find(|row| row.table.as_ref() == Some(&other));
        assert_eq!(other.map(|row| (row.events, row.rows)), Some((5, 10)));
    }
}
