//! Connections that pause between an answer and their next request.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// All pause equally long, so that they come back in the order in which they began.
pub(super) struct Rest {
    pause: Duration,
    /// Until when, and the slot of the connection.
    resting: VecDeque<(Instant, usize)>,
}

impl Rest {
    /// All connections at rest, to come back one by one within the first pause.
    pub(super) fn new(pause: Duration, connections: usize, now: Instant) -> Self {
        let share = |slot: usize| pause.mul_f64(slot as f64 / connections as f64);
        Self { pause, resting: (0..connections).map(|slot| (now + share(slot), slot)).collect() }
    }

    pub(super) fn begin(&mut self, slot: usize, now: Instant) {
        self.resting.push_back((now + self.pause, slot));
    }

    /// A connection whose pause is over.
    pub(super) fn rested(&mut self, now: Instant) -> Option<usize> {
        self.resting.pop_front_if(|(until, _)| *until <= now).map(|(_, slot)| slot)
    }

    /// How long until the next is; none where no connection rests.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.resting.front().map(|(until, _)| until.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn connections_begin_one_by_one_and_rest_for_the_whole_pause() {
        let start = Instant::now();
        let mut rest = Rest::new(10 * MS, 2, start);
        assert_eq!((rest.rested(start), rest.rested(start)), (Some(0), None));
        assert_eq!(rest.wait(start), Some(5 * MS));
        rest.begin(0, start + MS);
        assert_eq!(rest.rested(start + 10 * MS), Some(1));
        assert_eq!(rest.wait(start + 10 * MS), Some(MS));
        assert_eq!(rest.rested(start + 11 * MS), Some(0));
        assert_eq!(rest.wait(start), None);
    }
}
