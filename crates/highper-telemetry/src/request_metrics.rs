//! How long requests take.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use highper_core::RoutePattern;
use highper_core::http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Histogram, Meter};

use crate::active_requests::ActiveRequests;
use crate::method_name::MethodName;

/// What is counted of requests, by OpenTelemetry's semantic conventions for HTTP.
#[derive(Debug)]
pub(crate) struct RequestMetrics {
    /// Tells it from others in the process.
    number: usize,
    duration: Histogram<f64>,
    pub(crate) active: Arc<ActiveRequests>,
}

/// What a duration is labelled with. Never a path: clients could make as many labels as they like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels {
    pub(crate) method: MethodName,
    pub(crate) route: Option<&'static RoutePattern>,
    /// None where there was no answer.
    pub(crate) status: Option<StatusCode>,
}

impl RequestMetrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let duration = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_description("Duration of requests, up to the end of the answer.")
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        let number = NEXT.fetch_add(1, Relaxed);
        Self { number, duration, active: ActiveRequests::on(meter) }
    }

    /// Counts a request that has ended. Nothing is allocated but for the first one with its labels on
    /// this thread.
    pub(crate) fn record(&self, labels: Labels, took: Duration) {
        let key = labels.key(self.number);
        let seconds = took.as_secs_f64();
        let is_recorded = BOUND.with_borrow_mut(|bound| {
            if !bound.contains_key(&key) && bound.len() >= MAX_BOUND {
                return false;
            }
            bound
                .entry(key)
                .or_insert_with(|| self.duration.bind(&labels.attributes()))
                .record(seconds);
            true
        });
        if !is_recorded {
            self.duration.record(seconds, &labels.attributes());
        }
    }
}

/// The number of the metrics, the place of the route, method and status.
type Key = (usize, usize, MethodName, u16);

impl Labels {
    fn key(self, number: usize) -> Key {
        // Patterns live as long as the process.
        let route = self.route.map_or(0, |route| std::ptr::from_ref(route).addr());
        (number, route, self.method, self.status.map_or(0, |status| status.as_u16()))
    }

    fn attributes(self) -> Vec<KeyValue> {
        let mut attributes = vec![KeyValue::new("http.request.method", self.method.as_str())];
        if let Some(route) = self.route {
            attributes.push(KeyValue::new("http.route", &*route.path));
        }
        if let Some(status) = self.status {
            attributes.push(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        }
        attributes
    }
}

/// In seconds, as the semantic conventions advise.
const BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// So many labels a thread remembers; others are looked up at each request. OpenTelemetry itself keeps 2,000
/// series of an instrument apart, and puts the rest together.
const MAX_BOUND: usize = 2048;

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static BOUND: RefCell<HashMap<Key, BoundHistogram<f64>>> = RefCell::new(HashMap::new());
}
