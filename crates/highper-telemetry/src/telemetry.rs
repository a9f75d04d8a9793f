//! The telemetry of a process.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::metrics::Meter;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::call_metrics::CallMetrics;
use crate::log_records::Logs;
use crate::{RequestTelemetry, TelemetryBuilder};

/// The metrics, traces and log records of a process. Cheap to clone: all clones are the same.
///
/// # Example
/// ```no_run
/// use std::time::Duration;
/// use highper_telemetry::Telemetry;
///
/// let telemetry = Telemetry::builder().service_name("shop").build();
/// let sold = telemetry.meter().u64_counter("shop.sold").with_unit("{book}").build();
/// sold.add(1, &[]);
/// assert!(telemetry.end(Duration::from_secs(5)));
/// ```
#[derive(Clone, Debug)]
pub struct Telemetry {
    pub(crate) meters: SdkMeterProvider,
    pub(crate) meter: Meter,
    pub(crate) requests: RequestTelemetry,
    pub(crate) calls: CallMetrics,
    pub(crate) logs: Logs,
}

impl Telemetry {
    /// Telemetry that goes nowhere, until the builder is told where.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    /// The middleware that measures and traces requests.
    #[must_use]
    pub fn requests(&self) -> RequestTelemetry {
        self.requests.clone()
    }

    /// Do traces go to a collector? Then [`requests`](Self::requests) gives each request its place in one.
    #[must_use]
    pub fn records_traces(&self) -> bool {
        self.requests.spans.is_recording()
    }

    /// Makes instruments for metrics of your own. Keep what it makes; give labels only values of which there
    /// are few.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Sends what is left and ends. Blocks, but not for longer than `within`: what a collector has not taken
    /// until then is lost. False if that, or an error, was so. For the end of a program: a worker must not
    /// wait here.
    #[must_use]
    pub fn end(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        let (told, hears) = sync_channel(ENDINGS);
        let (meters, spans) = (self.meters.clone(), self.requests.spans.clone());
        let (sent, logged) = (told.clone(), told.clone());
        let logs = self.logs.clone();
        // Each on a thread of its own, which is left alone where its collector hangs.
        let threads = [
            thread::Builder::new().spawn(move || told.send(spans.end(within))),
            thread::Builder::new().spawn(move || sent.send(has_ended(&meters.shutdown()))),
            thread::Builder::new().spawn(move || logged.send(logs.end(within))),
        ];
        let begun = threads.iter().filter(|thread| thread.is_ok()).count();
        let ended = (0..begun).filter(|_| {
            let left = until.saturating_duration_since(Instant::now());
            hears.recv_timeout(left).unwrap_or(false)
        });
        ended.count() == ENDINGS
    }
}

/// Has all been sent, now or at an end before?
pub(crate) fn has_ended(result: &OTelSdkResult) -> bool {
    matches!(result, Ok(()) | Err(OTelSdkError::AlreadyShutdown))
}

/// Spans, metrics and logs end apart.
const ENDINGS: usize = 3;

/// What all that is measured and traced here is called, as the origin of a metric or span.
pub(crate) const SCOPE: &str = "highper";
