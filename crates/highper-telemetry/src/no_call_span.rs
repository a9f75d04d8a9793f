//! What stands for the spans of calls in builds without `otlp`: nothing.

use highper_core::http::HeaderMap;
use highper_log::TraceParent;
use opentelemetry::KeyValue;

use crate::call::CallPlan;
use crate::request_span::Spans;

impl Spans {
    #[inline]
    pub(crate) fn begin_call(&self, _: &CallPlan) -> CallSpan {
        CallSpan
    }
}

/// A span that nobody records.
pub(crate) struct CallSpan;

impl CallSpan {
    pub(crate) fn trace_parent(&self) -> Option<TraceParent> {
        None
    }

    #[inline]
    pub(crate) fn propagate(&self, _: &mut HeaderMap) {}

    pub(crate) fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> + use<W> {
        work
    }

    #[inline]
    pub(crate) fn end(&self, _: &[KeyValue], _: bool) {}
}
