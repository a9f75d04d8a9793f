//! What this process asks of others: how long that takes, and its place in the trace.

use std::fmt;
use std::time::Instant;

use highper_core::http::HeaderMap;
use highper_log::TraceParent;
use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, Value};

use crate::Telemetry;
use crate::call_metrics::Measure;
use crate::call_span::CallSpan;

/// A call that goes on: to another service, a database, a broker; or the work on a message. Begin with
/// [`HttpCall`](crate::HttpCall), [`DatabaseCall`](crate::DatabaseCall) or
/// [`MessageCall`](crate::MessageCall).
///
/// It is a duration in the metrics and, where traces are recorded, a span below the current one. It ends with
/// [`end`](Self::end) or [`fail`](Self::fail); one that is dropped before has failed as `aborted`.
///
/// # Example
/// ```
/// use highper_telemetry::{DatabaseCall, Telemetry};
///
/// # let telemetry = Telemetry::builder().build();
/// # fn query() -> Result<(), std::io::Error> { Ok(()) }
/// let call = DatabaseCall::new("postgresql", "SELECT").collection("books").begin(&telemetry);
/// match query() {
///     Ok(_) => call.end(),
///     Err(_) => call.fail("connection_refused"),
/// }
/// ```
#[must_use = "end it, or it has failed"]
pub struct Call {
    begun: Instant,
    span: CallSpan,
    labels: Vec<KeyValue>,
    duration: Histogram<f64>,
    messages: Option<Counter<u64>>,
    has_ended: bool,
}

impl Call {
    pub(crate) fn begin(plan: CallPlan, telemetry: &Telemetry) -> Self {
        let (duration, messages) = telemetry.calls.of(plan.measure);
        let span = telemetry.requests.spans.begin_call(&plan);
        let (labels, begun) = (plan.labels, Instant::now());
        Self { begun, span, labels, duration, messages, has_ended: false }
    }

    /// The place of the call in its trace, to be sent with a message. None where no traces are recorded.
    #[must_use]
    pub fn trace_parent(&self) -> Option<TraceParent> {
        self.span.trace_parent()
    }

    /// Puts the place of the call into the headers of a request (W3C Trace Context): what is done there will be
    /// below it in the trace.
    pub fn propagate(&self, headers: &mut HeaderMap) {
        self.span.propagate(headers);
    }

    /// Does `work` so that the spans which it begins are below that of this call.
    pub fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> + use<W> {
        self.span.around(work)
    }

    /// Adds what is known only when the answer comes, to duration and span.
    pub(crate) fn label(&mut self, name: &'static str, value: impl Into<Value>) {
        self.labels.push(KeyValue::new(name, value));
    }

    /// It has done what it should.
    pub fn end(mut self) {
        self.finish(None);
    }

    /// It has failed: with a word of which there are few, as `timeout`, or the code of an error.
    pub fn fail(mut self, error: &str) {
        self.finish(Some(error));
    }

    pub(crate) fn finish(&mut self, error: Option<&str>) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        if let Some(error) = error {
            self.label("error.type", error.to_owned());
        }
        self.duration.record(self.begun.elapsed().as_secs_f64(), &self.labels);
        if let Some(messages) = &self.messages {
            messages.add(1, &self.labels);
        }
        self.span.end(&self.labels, error.is_some());
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(Some("aborted"));
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("labels", &self.labels).finish_non_exhaustive()
    }
}

/// What is known of a call when it begins.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "most of it is for spans"))]
pub(crate) struct CallPlan {
    pub(crate) measure: Measure,
    /// Of the span.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// For duration and span: values of which there are few.
    pub(crate) labels: Vec<KeyValue>,
    /// For the span alone.
    pub(crate) details: Vec<KeyValue>,
    /// The place of whoever has caused it, where that is not the current span.
    pub(crate) parent: Option<TraceParent>,
}

/// Which end of a call this is.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "spans alone have one"))]
pub(crate) enum Role {
    Client,
    Producer,
    Consumer,
}

/// A text of a detail, which waits in the queue with thousands of others.
pub(crate) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// Bytes of one detail that are recorded.
const MAX_TEXT: usize = 2048;
