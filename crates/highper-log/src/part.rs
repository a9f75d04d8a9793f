//! Which part a thread has of what threads do not share, so that none waits for another.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The part of this thread, below [`PARTS`].
#[inline]
pub(crate) fn part() -> usize {
    PART.with(|part| *part)
}

/// More threads than this share parts.
pub(crate) const PARTS: usize = 16;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PART: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
}
