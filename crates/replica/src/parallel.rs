//! How many workers prepare transactions for the applier, as the variables of both families say.
//!
//! Taken at START REPLICA; setting one of them while an applier runs is for the next start, as on the real servers.
//! Transactions are committed in the source's order whatever the variables say: `replica_preserve_commit_order` is
//! always what happens, and what `replica_parallel_type` and `slave_parallel_mode` choose between (which
//! transactions may be applied at the same time) makes no difference here, since workers only prepare.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Most threads, as on the real server.
const MOST_WORKERS: u64 = 1024;

/// The variables.
#[derive(Debug)]
pub struct ParallelOptions {
    /// `replica_parallel_workers`
    pub workers: AtomicU64,
    /// `replica_pending_jobs_size_max`, bytes.
    pub pending_bytes: AtomicU64,
    /// `slave_parallel_threads` of MariaDB: when set it counts instead of `replica_parallel_workers`.
    pub threads: AtomicU64,
    /// `slave_parallel_max_queued` of MariaDB, bytes a thread.
    pub queued_bytes: AtomicU64,
    /// `slave_domain_parallel_threads` of MariaDB: at most so many, unless 0.
    pub domain_threads: AtomicU64,
    /// `slave_parallel_mode=none` of MariaDB.
    pub off: AtomicBool,
}

impl Default for ParallelOptions {
    fn default() -> ParallelOptions {
        ParallelOptions {
            workers: AtomicU64::new(4),
            pending_bytes: AtomicU64::new(128 << 20),
            threads: AtomicU64::new(0),
            queued_bytes: AtomicU64::new(131_072),
            domain_threads: AtomicU64::new(0),
            off: AtomicBool::new(false),
        }
    }
}

/// What an applier takes at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parallel {
    /// Worker threads; 0: the applier does everything itself.
    pub workers: usize,
    /// Bytes of the relay log that may be read ahead of the applier.
    pub pending_bytes: u64,
}

impl ParallelOptions {
    /// `workers` workers.
    pub fn of(workers: u64) -> ParallelOptions {
        ParallelOptions {
            workers: AtomicU64::new(workers),
            ..ParallelOptions::default()
        }
    }

    /// Takes a variable; false when it is none of these.
    pub fn set_variable(&self, name: &str, value: &str) -> bool {
        let variable = match name {
            "replica_parallel_workers" => &self.workers,
            "replica_pending_jobs_size_max" => &self.pending_bytes,
            "slave_parallel_threads" => &self.threads,
            "slave_parallel_max_queued" => &self.queued_bytes,
            "slave_domain_parallel_threads" => &self.domain_threads,
            "slave_parallel_mode" => {
                let off = value.eq_ignore_ascii_case("none");
                self.off.store(off, Ordering::Relaxed);
                return true;
            }
            "replica_parallel_type" | "replica_preserve_commit_order" => return true,
            _ => return false,
        };
        // The table of variables knows their ranges.
        if let Ok(number) = value.parse() {
            variable.store(number, Ordering::Relaxed);
        }
        true
    }

    /// What they say now.
    pub fn now(&self) -> Parallel {
        let threads = self.threads.load(Ordering::Relaxed);
        let (wanted, pending_bytes) = match threads {
            0 => (
                self.workers.load(Ordering::Relaxed),
                self.pending_bytes.load(Ordering::Relaxed),
            ),
            threads => {
                let each = self.queued_bytes.load(Ordering::Relaxed);
                (threads, each.saturating_mul(threads))
            }
        };
        let most = match self.domain_threads.load(Ordering::Relaxed) {
            0 => MOST_WORKERS,
            most => most.min(MOST_WORKERS),
        };
        let workers = match self.off.load(Ordering::Relaxed) {
            true => 0,
            false => usize::try_from(wanted.min(most)).unwrap_or(0),
        };
        Parallel {
            workers,
            pending_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_family_of_variables_says_how_many() {
        let options = ParallelOptions::default();
        let workers = || options.now().workers;
        assert_eq!(workers(), 4);
        let cases = [
            ("replica_parallel_workers", "16", 16),
            ("slave_parallel_threads", "3", 3),
            ("slave_domain_parallel_threads", "2", 2),
            ("slave_parallel_mode", "none", 0),
            ("slave_parallel_mode", "conservative", 2),
            ("slave_parallel_threads", "0", 2),
            ("slave_domain_parallel_threads", "0", 16),
            ("replica_preserve_commit_order", "0", 16),
        ];
        for (name, value, expected) in cases {
            assert!(options.set_variable(name, value), "{name}");
            assert_eq!(workers(), expected, "{name}={value}");
        }
        assert!(!options.set_variable("replica_net_timeout", "1"));
    }
}
