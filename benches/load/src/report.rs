//! What the program prints, as JSON, for whoever started it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The outcome of [`run`](crate::run).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoadReport {
    /// Whole answers received, of whatever status.
    pub answers: u64,
    /// Of these, the ones whose status was not 2xx.
    pub not_2xx: u64,
    /// Requests sent whose answer never came whole: the connection broke, the bytes were not
    /// HTTP, or the answer was still missing a second after the end.
    pub lost: u64,
    /// Connections opened again after the server closed one.
    pub reconnects: u64,
    /// Requests that were due at a fixed rate but found no free connection until the end. They
    /// count in the latency with the time that they had waited.
    pub unsent: u64,
    /// From the first request to the last answer, in seconds.
    pub seconds: f64,
    /// `answers` divided by `seconds`.
    pub requests_per_second: f64,
    /// From the sending (closed loop) or due time (fixed rate) of a request to its whole answer.
    pub latency: Latency,
}

/// A summary of the latency histogram, in microseconds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Latency {
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_us: f64,
}

/// Printed when every connection of [`hold`](crate::hold) stands.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HeldReport {
    /// Connections that stand.
    pub held: usize,
    /// How long it took to open them, in seconds.
    pub seconds: f64,
}

/// Printed after the held connections were released.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ReleasedReport {
    /// Connections that the server had closed, or written to unasked, in the meantime. A memory
    /// figure with some of these is worthless.
    pub disturbed: usize,
}

impl Latency {
    pub(crate) fn of(nanoseconds: &Histogram<u64>) -> Self {
        let at = |quantile| micros(nanoseconds.value_at_quantile(quantile));
        Self {
            mean_us: nanoseconds.mean() / 1e3,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: micros(nanoseconds.max()),
        }
    }
}

fn micros(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6
}
