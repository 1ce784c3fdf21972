//! MySQL's GTIDs and sets of them.

use super::intervals::IntervalSet;
use crate::uuid::Uuid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// A GTID's tag: empty, or up to 32 of `a-z`, `0-9` and `_` that do not begin with a digit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag(String);

impl Tag {
    /// Longest tag, bytes.
    pub const MAX_LENGTH: usize = 32;

    /// No tag.
    pub const fn none() -> Tag {
        Tag(String::new())
    }

    /// A tag of this text in any case; `None` when it is none. The empty text is "no tag".
    pub fn new(text: &str) -> Option<Tag> {
        let valid = text.len() <= Tag::MAX_LENGTH
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        valid.then(|| Tag(text.to_ascii_lowercase()))
    }

    /// No tag.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Transaction source identifier: whose numbers these are. Sorts as MySQL prints: by uuid, then by tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tsid {
    /// UUID of the server where the transaction first committed.
    pub uuid: Uuid,
    /// Tag.
    pub tag: Tag,
}

impl fmt::Display for Tsid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.uuid)?;
        if !self.tag.is_none() {
            write!(f, ":{}", self.tag.as_str())?;
        }
        Ok(())
    }
}

/// A transaction's identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gtid {
    /// Whose number.
    pub tsid: Tsid,
    /// Number, from 1 to [`super::MAX_GNO`].
    pub gno: u64,
}

impl fmt::Display for Gtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.tsid, self.gno)
    }
}

/// A set of GTIDs. Prints and parses as `gtid_executed` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GtidSet(BTreeMap<Tsid, IntervalSet>);

impl GtidSet {
    /// The empty set.
    pub const fn new() -> GtidSet {
        GtidSet(BTreeMap::new())
    }

    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Identifiers with their numbers, in printing order; no entry is empty.
    pub fn iter(&self) -> impl Iterator<Item = (&Tsid, &IntervalSet)> {
        self.0.iter()
    }

    /// Number of identifiers.
    pub fn tsid_count(&self) -> usize {
        self.0.len()
    }

    /// How many GTIDs.
    pub fn count(&self) -> u64 {
        self.0
            .values()
            .map(IntervalSet::count)
            .fold(0, u64::saturating_add)
    }

    /// Some GTID of it has a tag.
    pub fn has_tags(&self) -> bool {
        self.0.keys().any(|tsid| !tsid.tag.is_none())
    }

    /// The numbers of one identifier.
    pub fn intervals(&self, tsid: &Tsid) -> Option<&IntervalSet> {
        self.0.get(tsid)
    }

    /// Adds one.
    pub fn add(&mut self, gtid: &Gtid) {
        self.add_interval(&gtid.tsid, gtid.gno, gtid.gno.saturating_add(1));
    }

    /// Adds `start` to `end` - 1 of one identifier.
    pub fn add_interval(&mut self, tsid: &Tsid, start: u64, end: u64) {
        if start >= end {
            return;
        }
        match self.0.get_mut(tsid) {
            Some(intervals) => intervals.add(start, end),
            None => {
                let mut intervals = IntervalSet::default();
                intervals.add(start, end);
                self.0.insert(tsid.clone(), intervals);
            }
        }
    }

    /// Whether `gtid` is in the set.
    pub fn contains(&self, gtid: &Gtid) -> bool {
        self.0
            .get(&gtid.tsid)
            .is_some_and(|intervals| intervals.contains(gtid.gno))
    }

    /// `GTID_SUBSET(other, self)`: every GTID of `other` is in the set.
    pub fn contains_all(&self, other: &GtidSet) -> bool {
        other.iter().all(|(tsid, intervals)| {
            self.0
                .get(tsid)
                .is_some_and(|own| own.contains_all(intervals))
        })
    }

    /// Adds every GTID of `other`.
    pub fn union(&mut self, other: &GtidSet) {
        for (tsid, intervals) in other.iter() {
            for (start, end) in intervals.iter() {
                self.add_interval(tsid, start, end);
            }
        }
    }

    /// `GTID_SUBTRACT(self, other)`: takes every GTID of `other` away.
    pub fn subtract(&mut self, other: &GtidSet) {
        for (tsid, intervals) in other.iter() {
            if let Entry::Occupied(mut entry) = self.0.entry(tsid.clone()) {
                for (start, end) in intervals.iter() {
                    entry.get_mut().remove(start, end);
                }
                if entry.get().is_empty() {
                    entry.remove();
                }
            }
        }
    }

    /// Whether the two have a GTID in common.
    pub fn intersects(&self, other: &GtidSet) -> bool {
        let mut rest = self.clone();
        rest.subtract(other);
        rest != *self
    }
}

/// `uuid:1-5:7:tag:1-3,` newline, next uuid: one entry a uuid, its tags inside, a comma and a newline between.
impl fmt::Display for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous: Option<Uuid> = None;
        for (tsid, intervals) in self.iter() {
            if previous != Some(tsid.uuid) {
                if previous.is_some() {
                    f.write_str(",\n")?;
                }
                write!(f, "{}", tsid.uuid)?;
                previous = Some(tsid.uuid);
            }
            if !tsid.tag.is_none() {
                write!(f, ":{}", tsid.tag.as_str())?;
            }
            for (start, end) in intervals.iter() {
                write!(f, ":{start}")?;
                let last = end - 1;
                if last > start {
                    write!(f, "-{last}")?;
                }
            }
        }
        Ok(())
    }
}
