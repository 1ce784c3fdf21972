//! Connection ids of SHOW PROCESSLIST: one sequence for client connections and replication threads.

use std::sync::atomic::{AtomicU64, Ordering};

/// Ids that earlier threads of a real server have: its first client connection follows them.
const FIRST: u64 = 8;

/// Gives each connection and each replication thread an id of its own.
#[derive(Debug)]
pub struct ProcessIds(AtomicU64);

impl Default for ProcessIds {
    fn default() -> ProcessIds {
        ProcessIds(AtomicU64::new(FIRST))
    }
}

impl ProcessIds {
    /// An id that nobody had.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_once() {
        let ids = ProcessIds::default();
        assert_eq!((ids.next(), ids.next()), (8, 9));
    }
}
