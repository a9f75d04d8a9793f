//! How long calls take.

use opentelemetry::metrics::{Counter, Histogram, Meter};

/// What is counted of calls, by OpenTelemetry's semantic conventions for HTTP clients, databases and messaging.
#[derive(Clone, Debug)]
pub(crate) struct CallMetrics {
    http: Histogram<f64>,
    database: Histogram<f64>,
    messaging: Histogram<f64>,
    processing: Histogram<f64>,
    sent: Counter<u64>,
    consumed: Counter<u64>,
}

/// Which of them a call is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Http,
    Database,
    Sent,
    Received,
    Processed,
}

impl CallMetrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let histogram = |name, boundaries: &[f64], description| {
            let builder = meter.f64_histogram(name).with_unit("s").with_description(description);
            builder.with_boundaries(boundaries.to_vec()).build()
        };
        let counter = |name, description| {
            let builder = meter.u64_counter(name).with_unit("{message}");
            builder.with_description(description).build()
        };
        Self {
            http: histogram(
                "http.client.request.duration",
                &LONG,
                "Duration of requests to other services.",
            ),
            database: histogram(
                "db.client.operation.duration",
                &SHORT,
                "Duration of operations of databases.",
            ),
            messaging: histogram(
                "messaging.client.operation.duration",
                &LONG,
                "Duration of sending and receiving messages.",
            ),
            processing: histogram(
                "messaging.process.duration",
                &LONG,
                "Duration of the work on messages.",
            ),
            sent: counter("messaging.client.sent.messages", "Messages that were sent."),
            consumed: counter("messaging.client.consumed.messages", "Messages that were received."),
        }
    }

    pub(crate) fn of(&self, measure: Measure) -> (Histogram<f64>, Option<Counter<u64>>) {
        match measure {
            Measure::Http => (self.http.clone(), None),
            Measure::Database => (self.database.clone(), None),
            Measure::Sent => (self.messaging.clone(), Some(self.sent.clone())),
            Measure::Received => (self.messaging.clone(), Some(self.consumed.clone())),
            Measure::Processed => (self.processing.clone(), None),
        }
    }
}

/// In seconds, as the semantic conventions advise for HTTP and messaging.
const LONG: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// In seconds, as the semantic conventions advise for databases.
const SHORT: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
