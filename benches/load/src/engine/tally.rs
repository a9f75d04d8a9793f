//! Counting what came back, and how long it took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::{Latency, LoadError, LoadReport};

/// The longest latency told apart; what takes longer counts as this.
const MAX_LATENCY_NS: u64 = 60_000_000_000;

pub(super) struct Tally {
    /// Requests sent and not answered yet.
    pub(super) outstanding: u64,
    answers: u64,
    not_2xx: u64,
    lost: u64,
    reconnects: u64,
    latency_ns: Histogram<u64>,
}

impl Tally {
    pub(super) fn new() -> Result<Self, LoadError> {
        // Three digits: no value is off by more than a thousandth.
        let latency_ns = Histogram::new_with_bounds(1, MAX_LATENCY_NS, 3)
            .map_err(|error| LoadError::new(format!("cannot make a histogram: {error}")))?;
        Ok(Self { outstanding: 0, answers: 0, not_2xx: 0, lost: 0, reconnects: 0, latency_ns })
    }

    pub(super) fn answer(&mut self, status: u16, latency: Duration) {
        self.outstanding -= 1;
        self.answers += 1;
        self.not_2xx += u64::from(!(200..300).contains(&status));
        self.record(latency);
    }

    pub(super) fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latency_ns.saturating_record(nanoseconds.max(1));
    }

    pub(super) fn lose(&mut self, requests: usize) {
        self.outstanding -= requests as u64;
        self.lost += requests as u64;
        self.reconnects += 1;
    }

    pub(super) fn report(&self, started: Instant, unsent: u64) -> LoadReport {
        let seconds = started.elapsed().as_secs_f64();
        LoadReport {
            answers: self.answers,
            not_2xx: self.not_2xx,
            lost: self.lost + self.outstanding,
            reconnects: self.reconnects,
            unsent,
            seconds,
            requests_per_second: self.answers as f64 / seconds,
            latency: Latency::of(&self.latency_ns),
        }
    }
}
