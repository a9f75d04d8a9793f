//! Counting what came back, and how long it took.

use std::time::{Duration, Instant};

use crate::{LoadError, LoadReport, latency::Recorder};

pub(super) struct Tally {
    /// Requests sent and not answered yet.
    pub(super) outstanding: u64,
    answers: u64,
    not_2xx: u64,
    lost: u64,
    reconnects: u64,
    latency: Recorder,
}

impl Tally {
    pub(super) fn new() -> Result<Self, LoadError> {
        let latency = Recorder::new()?;
        Ok(Self { outstanding: 0, answers: 0, not_2xx: 0, lost: 0, reconnects: 0, latency })
    }

    pub(super) fn answer(&mut self, status: u16, latency: Duration) {
        self.outstanding -= 1;
        self.answers += 1;
        self.not_2xx += u64::from(!(200..300).contains(&status));
        self.record(latency);
    }

    pub(super) fn record(&mut self, latency: Duration) {
        self.latency.record(latency);
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
            latency: self.latency.summary(),
        }
    }
}
