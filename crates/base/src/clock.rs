//! Time as an argument, so that tests decide what it is.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time.
pub trait Clock: Send + Sync {
    /// Wall clock: microseconds since 1970-01-01 00:00:00 UTC. May jump.
    fn unix_us(&self) -> u64;

    /// Time since some fixed moment of this process. Never goes back.
    fn monotonic(&self) -> Duration;

    /// Wall clock in whole seconds.
    fn unix_s(&self) -> u64 {
        self.unix_us() / 1_000_000
    }
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    pub fn new() -> SystemClock {
        SystemClock {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn unix_us(&self) -> u64 {
        // Before 1970 there were no binary logs.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
            })
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that moves only when told.
#[derive(Debug, Default)]
pub struct ManualClock(Mutex<(u64, Duration)>);

impl ManualClock {
    /// A clock that shows this wall time, microseconds since 1970, and monotonic time zero.
    pub fn new(unix_us: u64) -> ManualClock {
        ManualClock(Mutex::new((unix_us, Duration::ZERO)))
    }

    /// Both clocks go forward.
    pub fn advance(&self, by: Duration) {
        let mut time = self.lock();
        time.0 += u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        time.1 += by;
    }

    /// The wall clock jumps; monotonic time does not.
    pub fn set_unix_us(&self, unix_us: u64) {
        self.lock().0 = unix_us;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, Duration)> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn unix_us(&self) -> u64 {
        self.lock().0
    }

    fn monotonic(&self) -> Duration {
        self.lock().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_time_moves_only_when_told() {
        let clock = ManualClock::new(5_000_000);
        clock.advance(Duration::from_secs(2));
        clock.set_unix_us(1);
        assert_eq!((clock.unix_us(), clock.monotonic().as_secs()), (1, 2));
        assert_eq!(ManualClock::new(5_999_999).unix_s(), 5);
    }

    #[test]
    fn system_time_is_after_this_was_written() {
        let clock = SystemClock::new();
        assert!(clock.unix_s() > 1_750_000_000);
        let before = clock.monotonic();
        assert!(clock.monotonic() >= before);
    }
}
