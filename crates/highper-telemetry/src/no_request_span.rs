//! What stands for spans in builds without `otlp`: nothing.

use std::time::Duration;

use highper_core::Request;
use opentelemetry_sdk::Resource;

use crate::method_name::MethodName;
use crate::request_metrics::Labels;

/// How spans will be recorded: not.
#[derive(Debug, Default)]
pub(crate) struct SpanSource;

impl SpanSource {
    pub(crate) fn start(self, _: Resource) -> Spans {
        Spans
    }
}

/// Spans that nobody records.
#[derive(Clone, Debug)]
pub(crate) struct Spans;

impl Spans {
    pub(crate) fn is_recording(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn begin(&self, _: &mut Request, _: MethodName) -> RequestSpan {
        RequestSpan
    }

    pub(crate) fn end(&self, _: Duration) -> bool {
        true
    }
}

/// A span that nobody records.
pub(crate) struct RequestSpan;

impl RequestSpan {
    #[inline]
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    #[inline]
    pub(crate) fn end(&mut self, _: Labels, _: bool) {}
}
