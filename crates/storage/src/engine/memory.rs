//! An engine in memory for tests: it can be told to stop taking writes, as a crash would make it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Bytes, Change, Direction, Engine, EngineSnapshot, EntryIter, KeyRange, Space};
use crate::error::StoreError;
use crate::store::locked;

type Map = BTreeMap<Bytes, Bytes>;
type Spaces = [Arc<Map>; 5];

/// What outlives a crash: opened again by cloning the handle.
#[derive(Clone, Default)]
pub(crate) struct MemoryEngine {
    spaces: Arc<Mutex<Spaces>>,
    /// Writes left; `None` for no end.
    budget: Arc<Mutex<Option<u64>>>,
}

impl MemoryEngine {
    /// Takes `writes` more batches, then fails.
    pub fn limit(&self, writes: Option<u64>) {
        *locked(&self.budget) = writes;
    }

    /// Everything stored.
    pub fn contents(&self) -> Spaces {
        locked(&self.spaces).clone()
    }
}

struct MemorySnapshot(Spaces);

impl EngineSnapshot for MemorySnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0[space.index()].get(key).cloned())
    }

    fn range(&self, space: Space, range: KeyRange, direction: Direction) -> EntryIter {
        let bounds = (range.0.map(Bytes::from), range.1.map(Bytes::from));
        let mut found: Vec<_> = self.0[space.index()]
            .range(bounds)
            .map(|(k, v)| Ok((k.clone(), v.clone())))
            .collect();
        if direction == Direction::Reverse {
            found.reverse();
        }
        Box::new(found.into_iter())
    }
}

impl Engine for MemoryEngine {
    fn snapshot(&self) -> Arc<dyn EngineSnapshot> {
        Arc::new(MemorySnapshot(self.contents()))
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if let Some(left) = &mut *locked(&self.budget) {
            if *left == 0 {
                return Err(StoreError::Engine("out of writes".into()));
            }
            *left -= 1;
        }
        let mut keys = std::collections::BTreeSet::new();
        for change in &changes {
            // The engine gives changes of one key in a batch no order.
            assert!(
                keys.insert((change.space.index(), change.key.clone())),
                "a key twice in a batch: {change:?}"
            );
        }
        let mut spaces = locked(&self.spaces);
        for change in changes {
            let map = Arc::make_mut(&mut spaces[change.space.index()]);
            match change.value {
                Some(value) => map.insert(change.key, value),
                None => map.remove(&change.key),
            };
        }
        Ok(())
    }

    fn persist(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn approximate_bytes(&self, space: Space) -> u64 {
        locked(&self.spaces)[space.index()]
            .iter()
            .map(|(k, v)| (k.len() + v.len()) as u64)
            .sum()
    }

    fn journal_bytes(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
