//! When requests are due at a fixed rate, and which connection takes the next one.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// `epoll` waits in whole milliseconds; what is due sooner is waited for awake.
const AWAKE: Duration = Duration::from_millis(2);

/// Requests are due at even distances, whatever the server does. One that finds every connection
/// busy stays due, and its latency counts from the moment it was due.
pub(super) struct Schedule {
    per_second: u64,
    sent: u64,
    /// A connection stands here once for each request that it can take.
    free: VecDeque<usize>,
}

/// What there is to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send a request that was due then.
    Send { slot: usize, due: Instant },
    /// The next request is due after this long.
    Wait(Duration),
    /// Every connection is busy, or the run is over: only an answer changes that.
    Nothing,
}

impl Schedule {
    pub(super) fn new(per_second: u64, connections: usize, pipeline: usize) -> Self {
        let free = (0..pipeline).flat_map(|_| 0..connections).collect();
        Self { per_second, sent: 0, free }
    }

    pub(super) fn next(&mut self, started: Instant, deadline: Instant, now: Instant) -> Next {
        let due = started + self.offset(self.sent);
        if due >= deadline {
            return Next::Nothing;
        }
        let Some(&slot) = self.free.front() else { return Next::Nothing };
        if due > now {
            let wait = due - now;
            return Next::Wait(if wait < AWAKE { Duration::ZERO } else { wait - AWAKE / 2 });
        }
        self.free.pop_front();
        self.sent += 1;
        Next::Send { slot, due }
    }

    /// Says that a connection can take so many requests more.
    pub(super) fn release(&mut self, slot: usize, requests: usize) {
        self.free.extend(std::iter::repeat_n(slot, requests));
    }

    /// Counts the requests that were due but never sent, and hands over how long each had waited
    /// at the deadline.
    pub(super) fn unsent(
        &self,
        started: Instant,
        deadline: Instant,
        mut on_wait: impl FnMut(Duration),
    ) -> u64 {
        let waits = (self.sent..)
            .map(|request| deadline.checked_duration_since(started + self.offset(request)))
            .map_while(|wait| wait.filter(|wait| !wait.is_zero()));
        waits.map(&mut on_wait).count() as u64
    }

    fn offset(&self, request: u64) -> Duration {
        let (seconds, rest) = (request / self.per_second, request % self.per_second);
        Duration::from_secs(seconds) + Duration::from_nanos(rest * 1_000_000_000 / self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn requests_are_due_at_even_distances_and_keep_their_due_time_while_all_are_busy() {
        let start = Instant::now();
        let deadline = start + 100 * MS;
        let mut schedule = Schedule::new(100, 1, 1);
        let send = |due| Next::Send { slot: 0, due };
        assert_eq!(schedule.next(start, deadline, start), send(start));
        assert_eq!(schedule.next(start, deadline, start + 35 * MS), Next::Nothing);
        schedule.release(0, 1);
        assert_eq!(schedule.next(start, deadline, start + 35 * MS), send(start + 10 * MS));
        schedule.release(0, 1);
        assert_eq!(schedule.next(start, deadline, start + 15 * MS), Next::Wait(4 * MS));
    }

    #[test]
    fn nothing_is_due_after_the_deadline() {
        let start = Instant::now();
        let mut schedule = Schedule::new(1000, 4, 4);
        let deadline = start + 3 * MS;
        let late = start + 10 * MS;
        let sent = std::iter::from_fn(|| match schedule.next(start, deadline, late) {
            Next::Send { slot, .. } => Some(slot),
            _ => None,
        });
        assert_eq!(sent.collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn what_was_never_sent_is_counted_with_its_wait() {
        let start = Instant::now();
        let schedule = Schedule::new(1000, 1, 1);
        let mut waits = Vec::new();
        assert_eq!(schedule.unsent(start, start + 3 * MS, |wait| waits.push(wait)), 3);
        assert_eq!(waits, [3 * MS, 2 * MS, MS]);
    }
}
