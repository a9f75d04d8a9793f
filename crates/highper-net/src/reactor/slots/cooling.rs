//! Hot connections that are asked to park.

use super::{Inner, Slots, Wakers};

/// How many hot connections are asked for each one that becomes hot beyond the bound: more than one,
/// so that the bound is met again after a burst; few, so that no start takes long.
const ASKED_PER_START: usize = 8;

impl<Io> Slots<Io> {
    /// Asks hot connections to park while there are too many.
    pub(crate) fn cool(&self) -> Vec<Wakers> {
        let mut inner = self.lock();
        let excess = inner.hot.len().saturating_sub(self.bounds.max_hot).min(ASKED_PER_START);
        inner.ask(excess)
    }

    /// Asks every hot connection to park on which nothing has happened since the last time.
    pub(crate) fn ask_quiet(&self) -> Vec<Wakers> {
        let mut inner = self.lock();
        let all = inner.hot.len();
        inner.hot.shrink();
        inner.ask(all)
    }
}

impl<Io> Inner<Io> {
    /// Looks at the next `count` hot connections, and asks those on which nothing has happened.
    fn ask(&mut self, count: usize) -> Vec<Wakers> {
        let mut wakers = Vec::new();
        for _ in 0..count {
            if self.hand >= self.hot.len() {
                self.hand = 0;
            }
            let Some(readiness) = self.hot.get(self.hand) else { break };
            wakers.extend(readiness.ask_to_park());
            self.hand += 1;
        }
        wakers
    }
}
