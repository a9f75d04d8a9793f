//! What the program prints, as JSON, for whoever started it.

use serde::{Deserialize, Serialize};

use crate::Latency;

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
