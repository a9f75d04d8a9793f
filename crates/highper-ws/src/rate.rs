//! How much of something comes in a second.

use std::time::{Duration, Instant};

/// Counts what comes in each second by itself.
#[derive(Debug)]
pub(crate) struct Rate {
    since: Instant,
    count: u32,
}

impl Rate {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), count: 0 }
    }

    /// One more has come; false if that is more than `most` in this second.
    pub(crate) fn admits(&mut self, most: u32) -> bool {
        if self.count >= most {
            // The clock is asked only where it matters.
            let now = Instant::now();
            if now.duration_since(self.since) < SECOND {
                return false;
            }
            *self = Self { since: now, count: 0 };
        }
        self.count += 1;
        true
    }
}

const SECOND: Duration = Duration::from_secs(1);
