//! What one thread counts between two handovers: no lock and, once a combination was seen, no allocation an event.
//!
//! Counts of an open transaction are kept apart until its end is certain, so that one that is taken back and comes
//! again is not counted twice.

use super::{Ledger, MOST_ROWS, MOST_TABLES, Outcome, Reason};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use understudy_binlog::EventType;

/// The event has no table.
const NO_TABLE: u16 = 0;
/// A table past the bound.
pub(super) const OTHER_TABLE: u16 = 1;
/// Number of the first table that has a name.
const FIRST_TABLE: u16 = 2;
/// Table maps kept; a statement with more loses the names of some.
const MOST_MAPS: usize = 4096;
/// Transactions that the receiver finishes before it hands over in any case.
const MOST_FINISHED: u32 = 1024;
/// Places of the short way from a key to its entry: a power of two.
const RECENT: usize = 64;

/// The number of the table at this place in the ledger's list.
pub(super) fn table_number(at: usize) -> u16 {
    u16::try_from(at).map_or(OTHER_TABLE, |at| at.saturating_add(FIRST_TABLE))
}

/// The place in the ledger's list, of a table that has a name.
pub(super) fn table_index(number: u16) -> Option<usize> {
    number.checked_sub(FIRST_TABLE).map(usize::from)
}

/// What is counted apart: reason, table, outcome and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

impl Key {
    pub fn new(outcome: Outcome, event_type: EventType, table: u16, reason: Reason) -> Key {
        Key(u64::from(reason.0) << 32
            | u64::from(table) << 16
            | (outcome as u64) << 8
            | u64::from(event_type.0))
    }

    pub fn event_type(self) -> EventType {
        EventType((self.0 & 0xff) as u8)
    }

    pub fn outcome(self) -> Outcome {
        let code = (self.0 >> 8 & 0xff) as usize;
        Outcome::ALL.get(code).copied().unwrap_or(Outcome::Failed)
    }

    pub fn table(self) -> u16 {
        (self.0 >> 16 & 0xffff) as u16
    }

    pub fn reason(self) -> Reason {
        Reason((self.0 >> 32) as u32)
    }

    /// The same without what there can be many of.
    pub fn coarse(self) -> Key {
        Key::new(self.outcome(), self.event_type(), OTHER_TABLE, Reason::NONE)
    }

    fn with(self, outcome: Outcome, reason: Reason) -> Key {
        Key::new(outcome, self.event_type(), self.table(), reason)
    }

    fn mixed(self) -> u64 {
        let mixed = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 32
    }
}

/// Hashes a [`Key`], which is one number.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = Key(number).mixed();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A row of the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub events: u64,
    pub rows: u64,
    pub last_seen_us: u64,
}

struct Entry {
    key: Key,
    /// Of the open transaction: events, rows.
    open: (u64, u64),
    /// Of finished ones, not handed over yet.
    done: (u64, u64),
}

/// A table map of the current statement.
struct Mapped {
    table_id: u64,
    table: u16,
    /// Why its rows are held back.
    held: Reason,
}

/// A thread's counts since the last handover.
#[derive(Default)]
pub struct Tally {
    entries: Vec<Entry>,
    index: HashMap<Key, u32, BuildHasherDefault<KeyHasher>>,
    /// Entries by the low bits of their keys' hashes, as number + 1.
    recent: Vec<u32>,
    /// Entries of the open transaction.
    open: Vec<u32>,
    /// Entries to hand over.
    done: Vec<u32>,
    /// Numbers of tables by database, a zero byte and table.
    tables: HashMap<Vec<u8>, u16>,
    /// The last table map's name and number.
    name: Vec<u8>,
    last_table: u16,
    maps: Vec<Mapped>,
    /// Transactions since the last handover.
    finished: u32,
    // Of the event at hand.
    reason: Reason,
    table: u16,
    rows: u64,
}

impl Tally {
    fn entry(&mut self, key: Key) -> u32 {
        let place = key.mixed() as usize & (RECENT - 1);
        if let Some(number) = self.recent.get(place).and_then(|n| n.checked_sub(1))
            && self
                .entries
                .get(number as usize)
                .is_some_and(|e| e.key == key)
        {
            return number;
        }
        let number = match self.index.get(&key) {
            Some(number) => *number,
            None if self.entries.len() >= MOST_ROWS && key != key.coarse() => {
                return self.entry(key.coarse());
            }
            None => {
                let number = u32::try_from(self.entries.len()).unwrap_or(0);
                self.entries.push(Entry {
                    key,
                    open: (0, 0),
                    done: (0, 0),
                });
                self.index.insert(key, number);
                number
            }
        };
        self.recent.resize(RECENT, 0);
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = number + 1;
        }
        number
    }

    /// Counts in the open transaction.
    fn add(&mut self, key: Key, events: u64, rows: u64) {
        let number = self.entry(key);
        if let Some(entry) = self.entries.get_mut(number as usize) {
            if entry.open == (0, 0) {
                self.open.push(number);
            }
            entry.open.0 += events;
            entry.open.1 += rows;
        }
    }

    /// Counts for good.
    fn add_done(&mut self, key: Key, events: u64, rows: u64) {
        let number = self.entry(key);
        if let Some(entry) = self.entries.get_mut(number as usize) {
            if entry.done == (0, 0) {
                self.done.push(number);
            }
            entry.done.0 += events;
            entry.done.1 += rows;
        }
    }

    /// The event at hand ended so, for the reason and with the table and rows that were noted.
    pub fn count(&mut self, outcome: Outcome, event_type: EventType) {
        let (table, reason, rows) = self.noted();
        self.add(Key::new(outcome, event_type, table, reason), 1, rows);
    }

    /// The event at hand was inside another one, which alone was received.
    pub fn count_inside(&mut self, outcome: Outcome, event_type: EventType) {
        self.count(outcome, event_type);
        let key = Key::new(Outcome::Received, event_type, NO_TABLE, Reason::INSIDE);
        self.add(key, 1, 0);
    }

    /// The event at hand was counted when it was kept for XA COMMIT; now its rows are changed.
    pub fn count_kept_rows(&mut self, event_type: EventType) {
        let (table, _, rows) = self.noted();
        if rows > 0 {
            let key = Key::new(Outcome::Applied, event_type, table, Reason::XA);
            self.add(key, 0, rows);
        }
    }

    /// The event at hand failed: whatever happens to its transaction, that stays counted.
    pub fn failed(&mut self, event_type: EventType, errno: u16) {
        let (table, _, _) = self.noted();
        let key = Key::new(Outcome::Failed, event_type, table, Reason::error(errno));
        self.add_done(key, 1, 0);
    }

    /// An event outside of any transaction ended so.
    pub fn count_alone(&mut self, outcome: Outcome, event_type: EventType, reason: Reason) {
        self.add_done(Key::new(outcome, event_type, NO_TABLE, reason), 1, 0);
    }

    fn noted(&mut self) -> (u16, Reason, u64) {
        (
            std::mem::take(&mut self.table),
            std::mem::take(&mut self.reason),
            std::mem::take(&mut self.rows),
        )
    }

    /// Why the event at hand ends as it will.
    pub fn note(&mut self, reason: Reason) {
        self.reason = reason;
    }

    /// Rows of the event at hand.
    pub fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    /// Rows of the event at hand that ended in another way than the event.
    pub fn add_rows_apart(&mut self, event_type: EventType, reason: Reason, rows: u64) {
        let key = Key::new(Outcome::Ignored, event_type, self.table, reason);
        self.add(key, 0, rows);
    }

    fn table_number(&mut self, ledger: &Ledger, schema: &[u8], table: &[u8]) -> u16 {
        let as_last = self
            .name
            .strip_prefix(schema)
            .and_then(|rest| rest.split_first());
        if as_last == Some((&0, table)) {
            return self.last_table;
        }
        self.name.clear();
        self.name.extend_from_slice(schema);
        self.name.push(0);
        self.name.extend_from_slice(table);
        self.last_table = match self.tables.get(&self.name) {
            Some(number) => *number,
            None if self.tables.len() >= MOST_TABLES => OTHER_TABLE,
            None => {
                let number = ledger.table(schema, table);
                self.tables.insert(self.name.clone(), number);
                number
            }
        };
        self.last_table
    }

    /// The event at hand is a table map.
    pub fn map(&mut self, ledger: &Ledger, table_id: u64, schema: &[u8], table: &[u8]) {
        let number = self.table_number(ledger, schema, table);
        self.table = number;
        self.maps.retain(|map| map.table_id != table_id);
        if self.maps.len() >= MOST_MAPS {
            self.maps.clear();
        }
        self.maps.push(Mapped {
            table_id,
            table: number,
            held: Reason::NONE,
        });
    }

    /// The table map at hand is held back, and with it its rows.
    pub fn hold_map(&mut self, reason: Reason) {
        self.reason = reason;
        if let Some(map) = self.maps.last_mut() {
            map.held = reason;
        }
    }

    /// The event at hand has rows of the table with this number.
    pub fn rows_of(&mut self, table_id: u64) {
        if let Some(map) = self.maps.iter().rev().find(|map| map.table_id == table_id) {
            self.table = map.table;
            self.reason = map.held;
        }
    }

    /// The open transaction is complete.
    pub fn end_transaction(&mut self) {
        self.maps.clear();
        self.finished += 1;
        while let Some(number) = self.open.pop() {
            if let Some(entry) = self.entries.get_mut(number as usize) {
                if entry.done == (0, 0) {
                    self.done.push(number);
                }
                entry.done.0 += entry.open.0;
                entry.done.1 += entry.open.1;
                entry.open = (0, 0);
            }
        }
    }

    /// The keys and events of the open transaction, which is empty afterwards.
    fn take_open(&mut self) -> Vec<(Key, u64)> {
        self.maps.clear();
        let mut taken = Vec::new();
        while let Some(number) = self.open.pop() {
            if let Some(entry) = self.entries.get_mut(number as usize) {
                taken.push((entry.key, entry.open.0));
                entry.open = (0, 0);
            }
        }
        taken
    }

    /// The open transaction is taken back and comes again.
    pub fn take_back(&mut self, reason: Reason) {
        for (key, events) in self.take_open() {
            // What was inside another event was received by being taken out of it.
            if events > 0 && key.reason() != Reason::INSIDE {
                self.add_done(key.with(Outcome::TakenBack, reason), events, 0);
            }
        }
    }

    /// The open transaction is taken back for good, unless what follows it is taken back too.
    pub fn abandon(&mut self) {
        for (key, events) in self.take_open() {
            let received = key.outcome() == Outcome::Received;
            let key = match received {
                true => key,
                false => key.with(Outcome::Abandoned, Reason::SOURCE_ENDED),
            };
            if events > 0 {
                self.add(key, events, 0);
            }
        }
    }

    /// What was finished since the last handover comes again: its commit failed.
    pub fn lose(&mut self, errno: u16) {
        self.take_back(Reason::error(errno));
        let lost = std::mem::take(&mut self.done);
        for number in lost {
            let Some(entry) = self.entries.get_mut(number as usize) else {
                continue;
            };
            let (key, (events, _)) = (entry.key, std::mem::take(&mut entry.done));
            let key = match key.outcome() {
                Outcome::Failed | Outcome::TakenBack => key,
                Outcome::Received => continue,
                Outcome::Applied
                | Outcome::Filtered
                | Outcome::Ignored
                | Outcome::Skipped
                | Outcome::Artificial
                | Outcome::Abandoned
                | Outcome::Discarded => key.with(Outcome::TakenBack, Reason::error(errno)),
            };
            if events > 0 {
                self.add_done(key, events, 0);
            }
        }
    }

    /// So much was finished that it is to be handed over, whatever else is going on.
    pub fn is_due(&self) -> bool {
        self.finished >= MOST_FINISHED
    }

    /// Hands over what was finished.
    pub fn publish(&mut self, ledger: &Ledger) {
        self.finished = 0;
        if self.done.is_empty() {
            return;
        }
        let (entries, done) = (&mut self.entries, &mut self.done);
        ledger.merge(done.drain(..).filter_map(|number| {
            let entry = entries.get_mut(number as usize)?;
            let (events, rows) = std::mem::take(&mut entry.done);
            Some((entry.key, events, rows))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_their_parts() {
        for outcome in Outcome::ALL {
            let key = Key::new(outcome, EventType(255), 1001, Reason::error(65_535));
            assert_eq!(
                (key.outcome(), key.event_type(), key.table(), key.reason()),
                (outcome, EventType(255), 1001, Reason::error(65_535))
            );
        }
    }
}
