//! The middleware that measures and traces requests.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use highper_core::{Handler, Middleware, Request, Response, RoutePattern};

use crate::request_entry::Entry;
use crate::request_metrics::RequestMetrics;
use crate::request_span::Spans;

/// Counts and measures each request that gets here, and records a span of those that are sampled.
///
/// Put it outermost, around a whole router and around the access log, which is told by
/// [`AccessLog::in_trace`](highper_log::AccessLog::in_trace) that the trace is recorded already. Metrics are
/// `http.server.request.duration` by method, route (its pattern, if one matched) and status, and
/// `http.server.active_requests` by method. Where traces go to a collector, the header `traceparent` of the
/// request is the place of its span for those further in.
///
/// # Example
/// ```no_run
/// # use highper_core::{Handler, IntoResponse, MiddlewareStack, Request, Response};
/// # struct Hello;
/// # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
/// use highper_log::AccessLog;
/// use highper_telemetry::Telemetry;
///
/// let telemetry = Telemetry::builder().build();
/// let app = telemetry.requests().wrap(AccessLog::new().in_trace().wrap(Hello));
/// ```
#[derive(Clone, Debug)]
pub struct RequestTelemetry {
    pub(crate) metrics: Arc<RequestMetrics>,
    pub(crate) spans: Spans,
}

impl Middleware for RequestTelemetry {
    async fn handle<N: Handler>(&self, mut request: Request, next: &N) -> Response {
        let mut entry = Entry::begin(&mut request, &self.spans, &self.metrics);
        let (call, route) = within(&entry, || next.call(request));
        entry.route = route.or(entry.route);
        let mut call = pin!(call);
        let response = poll_fn(|cx| {
            let (poll, route) = within(&entry, || call.as_mut().poll(cx));
            entry.route = route.or(entry.route);
            poll
        });
        let response = response.await;
        entry.answered(response)
    }
}

/// Does `work` as part of the request, and says which route was found there.
#[inline]
fn within<T>(entry: &Entry, work: impl FnOnce() -> T) -> (T, Option<&'static RoutePattern>) {
    RoutePattern::found_within(|| entry.span.within(work))
}
