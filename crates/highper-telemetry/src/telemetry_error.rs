//! Why telemetry cannot begin.

use std::error::Error;
use std::fmt;

/// Why telemetry cannot begin: an endpoint that is none, a ratio that is none.
#[derive(Debug)]
pub struct TelemetryError {
    what: String,
}

impl TelemetryError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for TelemetryError {}
