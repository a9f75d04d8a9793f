//! Log lines at most once a second, for what a hostile or overloaded client could repeat.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Lets one log line a second through and counts the others.
#[derive(Debug)]
pub(crate) struct Throttle {
    born: Instant,
    /// Milliseconds after `born` at which the next line may pass.
    next_ms: AtomicU64,
    held_back: AtomicU64,
}

const INTERVAL: Duration = Duration::from_secs(1);

impl Throttle {
    pub(crate) fn new() -> Self {
        Self { born: Instant::now(), next_ms: AtomicU64::new(0), held_back: AtomicU64::new(0) }
    }

    /// May a line be logged now? If so, how many were held back since the last one.
    pub(crate) fn pass(&self) -> Option<u64> {
        self.pass_after(self.born.elapsed())
    }

    fn pass_after(&self, elapsed: Duration) -> Option<u64> {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let next = self.next_ms.load(Ordering::Relaxed);
        let now = millis(elapsed);
        let passes = now >= next
            && self
                .next_ms
                .compare_exchange(
                    next,
                    now.saturating_add(millis(INTERVAL)),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok();
        if passes {
            return Some(self.held_back.swap(0, Ordering::Relaxed));
        }
        self.held_back.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_passes_and_tells_how_many_did_not() {
        let throttle = Throttle::new();
        let pass = |ms| throttle.pass_after(Duration::from_millis(ms));
        assert_eq!(pass(0), Some(0));
        assert_eq!(pass(1), None);
        assert_eq!(pass(999), None);
        assert_eq!(pass(1000), Some(2));
        assert_eq!(pass(1500), None);
        assert_eq!(pass(9000), Some(1));
    }
}
