//! The place in a trace, for whoever is asked on behalf of a request.

use highper_core::http::{HeaderMap, HeaderValue};
use highper_log::TraceParent;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use crate::request_span::{TRACEPARENT, TRACESTATE};

/// Puts the current span into the headers of a request to another service, as `traceparent` and
/// `tracestate` (W3C Trace Context): its spans will be below this one. Where there is no current span,
/// nothing is changed.
///
/// The current span is that of the request that is handled, or the span of tracing within it.
///
/// # Example
/// ```
/// use highper_core::http::HeaderMap;
///
/// let mut headers = HeaderMap::new();
/// highper_telemetry::propagate(&mut headers);
/// assert!(headers.is_empty());
/// ```
pub fn propagate(headers: &mut HeaderMap) {
    Context::map_current(|context| {
        let span = context.span();
        let own = span.span_context();
        let trace_id = u128::from_be_bytes(own.trace_id().to_bytes());
        let span_id = u64::from_be_bytes(own.span_id().to_bytes());
        let Some(parent) = TraceParent::new(trace_id, span_id, own.is_sampled()) else { return };
        if let Ok(value) = HeaderValue::from_bytes(&parent.to_bytes()) {
            headers.insert(&TRACEPARENT, value);
        }
        match HeaderValue::from_str(&own.trace_state().header()) {
            Ok(state) if !state.is_empty() => headers.insert(&TRACESTATE, state),
            _ => headers.remove(&TRACESTATE),
        };
    });
}
