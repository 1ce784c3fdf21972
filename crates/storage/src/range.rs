//! Ranges over a table's rows or one of its indexes.

use std::ops::Bound;

use crate::engine::KeyRange;
use crate::keys;
use crate::schema::IndexDef;
use crate::table::{PartPlan, Table};

/// A range in the order of a key, by encoded key parts (see [`Table::encode_key`]).
///
/// A bound may hold fewer parts than the key has: an included bound then takes in every key that starts with
/// it, an excluded one leaves them all out. Bounds are in the order of the stored key: a descending part
/// turns around what "lower" means, and NULL is below everything (above, when descending).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRange {
    /// Lower end.
    pub lower: Bound<Vec<u8>>,
    /// Upper end.
    pub upper: Bound<Vec<u8>>,
}

impl ScanRange {
    /// Everything.
    pub fn all() -> ScanRange {
        ScanRange {
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
        }
    }

    /// All keys that start with these parts.
    pub fn prefix(parts: Vec<u8>) -> ScanRange {
        ScanRange {
            lower: Bound::Included(parts.clone()),
            upper: Bound::Included(parts),
        }
    }

    /// The engine's range below a key prefix.
    pub(crate) fn under(&self, prefix: &[u8]) -> KeyRange {
        let join = |parts: &[u8]| {
            let mut key = Vec::with_capacity(prefix.len() + parts.len());
            key.extend_from_slice(prefix);
            key.extend_from_slice(parts);
            key
        };
        let past = |key: Vec<u8>| keys::prefix_end(&key);
        let lower = match &self.lower {
            Bound::Unbounded => Bound::Included(prefix.to_vec()),
            Bound::Included(parts) => Bound::Included(join(parts)),
            // Past every key there is: nothing can follow.
            Bound::Excluded(parts) => match past(join(parts)) {
                Some(key) => Bound::Included(key),
                None => Bound::Excluded(vec![u8::MAX; prefix.len() + parts.len() + 1]),
            },
        };
        let end = |key: Option<Vec<u8>>| match key {
            Some(key) => Bound::Excluded(key),
            None => Bound::Unbounded,
        };
        let upper = match &self.upper {
            Bound::Unbounded => end(past(prefix.to_vec())),
            Bound::Included(parts) => end(past(join(parts))),
            Bound::Excluded(parts) => Bound::Excluded(join(parts)),
        };
        (lower, upper)
    }
}

/// The engine's range of all keys that start with `prefix`.
pub(crate) fn prefix_range(prefix: &[u8]) -> KeyRange {
    ScanRange::all().under(prefix)
}

/// Whether a range can hold nothing because its ends cross (engines may refuse such ranges).
pub(crate) fn is_empty(range: &KeyRange) -> bool {
    match (&range.0, &range.1) {
        (Bound::Included(a), Bound::Included(b)) => a > b,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Excluded(b)) => a >= b,
        (Bound::Excluded(a), Bound::Included(b)) => a >= b,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

impl Table {
    /// Encodes the first `fields.len()` parts of a stored index for a [`ScanRange`]. Errors when the index is
    /// not a stored one, has fewer parts, or a field does not fit its column.
    pub fn encode_key(
        &self,
        index: &IndexDef,
        fields: &[Option<&[u8]>],
    ) -> Result<Vec<u8>, String> {
        let parts = self
            .stored_parts(index.number)
            .ok_or_else(|| format!("{} of {} is not a stored index", index.name, self.path()))?;
        if fields.len() > parts.len() {
            return Err(format!(
                "{} of {} has {} parts",
                index.name,
                self.path(),
                parts.len()
            ));
        }
        let mut key = Vec::new();
        for (part, field) in parts.iter().zip(fields) {
            self.encode_part(part, *field, &mut key)?;
        }
        Ok(key)
    }

    /// Parts of a stored index, the clustering one included.
    pub(crate) fn stored_parts(&self, number: u32) -> Option<&[PartPlan]> {
        if let crate::table::Clustering::Key { position, parts } = self.clustering()
            && self.def().indexes[*position].number == number
        {
            return Some(parts);
        }
        self.indexes()
            .iter()
            .find(|plan| plan.number == number)
            .map(|plan| plan.parts.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_take_in_or_leave_out_what_starts_with_them() {
        let p = b"T";
        type Case = (Bound<Vec<u8>>, Bound<Vec<u8>>, &'static [&'static [u8]]);
        let cases: [Case; 5] = [
            (
                Bound::Unbounded,
                Bound::Unbounded,
                &[b"Ta", b"Tb", b"Tbx", b"Tc"],
            ),
            (
                Bound::Included(b"b".to_vec()),
                Bound::Unbounded,
                &[b"Tb", b"Tbx", b"Tc"],
            ),
            (Bound::Excluded(b"b".to_vec()), Bound::Unbounded, &[b"Tc"]),
            (
                Bound::Unbounded,
                Bound::Included(b"b".to_vec()),
                &[b"Ta", b"Tb", b"Tbx"],
            ),
            (Bound::Unbounded, Bound::Excluded(b"b".to_vec()), &[b"Ta"]),
        ];
        let all: [&[u8]; 6] = [b"S", b"Ta", b"Tb", b"Tbx", b"Tc", b"U"];
        for (lower, upper, expected) in cases {
            let range = ScanRange { lower, upper }.under(p);
            let set: std::collections::BTreeSet<Vec<u8>> = all.iter().map(|k| k.to_vec()).collect();
            let found: Vec<&[u8]> = set.range(range.clone()).map(Vec::as_slice).collect();
            assert_eq!(found, expected, "{range:?}");
        }
    }
}
