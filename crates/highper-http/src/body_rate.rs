//! How fast the body of a request comes while somebody waits for it.

use std::time::{Duration, Instant};

use crate::Limits;

/// How fast a body comes. Time in which nobody waits for it is not its peer's.
#[derive(Debug, Default)]
pub(crate) struct BodyRate {
    bytes: u64,
    waited: Duration,
    waits_since: Option<Instant>,
}

impl BodyRate {
    /// Somebody waits for more of it.
    pub(crate) fn wait(&mut self) {
        self.waits_since.get_or_insert_with(Instant::now);
    }

    /// So much of it came.
    pub(crate) fn come(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if let Some(since) = self.waits_since.take() {
            self.waited += since.elapsed();
        }
    }

    /// True if it was waited for longer than the time of grace, and came slower than it may.
    pub(crate) fn is_too_slow(&self, limits: &Limits) -> bool {
        if self.waited <= limits.body_grace {
            return false;
        }
        let least = u128::from(limits.body_rate) * self.waited.as_millis() / 1000;
        u128::from(self.bytes) < least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(bytes: u64, waited: Duration) -> BodyRate {
        BodyRate { bytes, waited, waits_since: None }
    }

    #[test]
    fn a_body_may_be_slow_for_a_time_and_not_longer() {
        let limits =
            Limits { body_rate: 100, body_grace: Duration::from_secs(5), ..Limits::default() };
        assert!(!rate(0, Duration::from_secs(5)).is_too_slow(&limits));
        assert!(rate(0, Duration::from_secs(6)).is_too_slow(&limits));
        assert!(rate(599, Duration::from_secs(6)).is_too_slow(&limits));
        assert!(!rate(600, Duration::from_secs(6)).is_too_slow(&limits));
        let none = Limits { body_rate: 0, ..limits };
        assert!(!rate(0, Duration::from_secs(3600)).is_too_slow(&none));
    }

    #[test]
    fn only_waiting_counts() {
        let mut rate = BodyRate::default();
        rate.come(10);
        assert_eq!(rate.waited, Duration::ZERO);
        rate.wait();
        rate.wait();
        rate.come(10);
        assert!(rate.waited > Duration::ZERO && rate.waits_since.is_none());
        assert_eq!(rate.bytes, 20);
    }
}
