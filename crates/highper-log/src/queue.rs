//! The bounded queue between the threads that log and the thread that writes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::part::{PARTS, part};

/// Whole lines on their way to a writer.
///
/// There are as many parts as usually threads that log: each thread appends to its part, so that no
/// two of them wait for each other, and the writer takes each part whole. Lines of one thread stay in
/// order; those of several threads may be written in another order than they were made.
///
/// A part that has no room drops the line and counts it. Nobody ever waits for room.
#[derive(Debug)]
pub(crate) struct Queue {
    parts: [Part; PARTS],
    /// The most bytes that each part holds.
    part_bytes: usize,
    writer: OnceLock<Thread>,
    flushes: Mutex<Flushes>,
    flushed: Condvar,
    counts: Counts,
}

/// On a cache line of its own (128: processors fetch them in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Lines that were dropped since the writer was last here.
    dropped: u64,
    /// The writer sleeps, or is about to.
    writer_sleeps: bool,
}

#[derive(Debug, Default)]
struct Flushes {
    asked: u64,
    done: u64,
    has_ended: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
}

impl Queue {
    /// A queue for at most `bytes`, rounded up to what can be shared out equally.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            parts: Default::default(),
            part_bytes: bytes.div_ceil(PARTS),
            writer: OnceLock::new(),
            flushes: Mutex::default(),
            flushed: Condvar::new(),
            counts: Counts::default(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Appends a line, or drops it where there is no room.
    #[inline]
    pub(crate) fn push(&self, line: &[u8]) {
        let mut part = lock(&self.parts[part()].0);
        if part.bytes.len() + line.len() > self.part_bytes {
            part.dropped += 1;
            drop(part);
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let was_half_full = part.bytes.len() > self.part_bytes / 2;
        part.bytes.extend_from_slice(line);
        let is_half_full = part.bytes.len() > self.part_bytes / 2;
        // A writer that gathers lines must not gather so many that there is no room.
        let wakes = std::mem::take(&mut part.writer_sleeps) || is_half_full != was_half_full;
        drop(part);
        if wakes {
            self.wake();
        }
    }

    /// Waits until all that was appended before is written, or the time is over; says which.
    pub(crate) fn flush(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        let mut flushes = lock(&self.flushes);
        flushes.asked += 1;
        let mine = flushes.asked;
        self.wake();
        while flushes.done < mine && !flushes.has_ended {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            let waited = self.flushed.wait_timeout(flushes, left);
            flushes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        flushes.done >= mine
    }

    fn wake(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    /// Called by the writer, once.
    pub(crate) fn is_written_by(&self, writer: Thread) {
        let _ = self.writer.set(writer);
    }

    /// The number of the newest flush that somebody waits for.
    pub(crate) fn asked(&self) -> u64 {
        lock(&self.flushes).asked
    }

    /// Tells those who wait for flush `number` and older ones.
    pub(crate) fn is_flushed(&self, number: u64) {
        lock(&self.flushes).done = number;
        self.flushed.notify_all();
    }

    /// Tells the writer to end once all is written, and waits for that as [`flush`](Self::flush).
    pub(crate) fn end(&self, within: Duration) -> bool {
        let is_flushed = self.flush(within);
        lock(&self.flushes).has_ended = true;
        self.wake();
        is_flushed
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.flushes).has_ended
    }

    /// Moves the lines of the next part that has any to `out`, which is empty; says how many were
    /// dropped there. None where all parts are empty.
    pub(crate) fn take(&self, after: &mut usize, out: &mut Vec<u8>) -> Option<u64> {
        for _ in 0..PARTS {
            *after = (*after + 1) % PARTS;
            let mut part = lock(&self.parts[*after].0);
            if !part.bytes.is_empty() || part.dropped > 0 {
                std::mem::swap(&mut part.bytes, out);
                return Some(std::mem::take(&mut part.dropped));
            }
        }
        None
    }

    /// Asks every part to wake the writer at its next line. False where one has lines already.
    ///
    /// Whoever appends sees the wish under the same lock, so that no line is left lying.
    pub(crate) fn may_sleep(&self) -> bool {
        self.parts.iter().all(|part| {
            let mut part = lock(&part.0);
            part.writer_sleeps = part.bytes.is_empty() && part.dropped == 0;
            if part.writer_sleeps && part.bytes.capacity() > IDLE_CAPACITY {
                part.bytes = Vec::new();
            }
            part.writer_sleeps
        })
    }
}

/// A panic while the lock is held is impossible but for want of memory; lines are whole either way.
#[inline]
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory that an idle part keeps; what a burst took beyond it is given back.
pub(crate) const IDLE_CAPACITY: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &Queue) -> (String, u64) {
        let (mut all, mut dropped, mut after) = (String::new(), 0, 0);
        let mut out = Vec::new();
        while let Some(count) = queue.take(&mut after, &mut out) {
            dropped += count;
            all.push_str(std::str::from_utf8(&out).unwrap());
            out.clear();
        }
        (all, dropped)
    }

    #[test]
    fn lines_of_one_thread_come_out_in_order() {
        let queue = Queue::new(1 << 20);
        let lines: String = (0..1_000).map(|number| format!("{number}\n")).collect();
        lines.split_inclusive('\n').for_each(|line| queue.push(line.as_bytes()));
        assert_eq!(drain(&queue), (lines, 0));
    }

    #[test]
    fn what_has_no_room_is_dropped_whole_and_counted() {
        let queue = Queue::new(PARTS * 10);
        for _ in 0..3 {
            queue.push(b"1234\n");
        }
        queue.push(b"1\n");
        assert_eq!(drain(&queue), ("1234\n1234\n".to_owned(), 2));
        assert_eq!(queue.counts().dropped.load(Ordering::Relaxed), 2);
        queue.push(b"again\n");
        assert_eq!(drain(&queue), ("again\n".to_owned(), 0));
    }

    #[test]
    fn nobody_sleeps_while_a_line_lies_there_and_a_flush_without_writer_gives_up() {
        let queue = Queue::new(1 << 20);
        assert!(queue.may_sleep());
        queue.push(b"a\n");
        assert!(!queue.may_sleep());
        assert!(!queue.flush(Duration::from_millis(1)));
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back() {
        let queue = Queue::new(16 << 20);
        queue.push(&vec![b'x'; 2 * IDLE_CAPACITY]);
        assert!(!queue.may_sleep());
        let (mut after, mut out) = (0, Vec::new());
        queue.take(&mut after, &mut out);
        out.clear();
        queue.push(b"x");
        queue.take(&mut after, &mut out);
        assert!(queue.may_sleep());
        let held: usize = queue.parts.iter().map(|part| lock(&part.0).bytes.capacity()).sum();
        assert!(held <= PARTS * IDLE_CAPACITY, "{held}");
    }
}
