//! The span of a request.

use std::time::Duration;

use highper_core::Request;
use highper_core::http::{HeaderName, HeaderValue};
use highper_log::TraceParent;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::method_name::MethodName;
use crate::request_attributes::{attributes, trace_state};
use crate::request_metrics::Labels;
use crate::telemetry::{SCOPE, has_ended};

/// How spans will be recorded, if they will.
#[derive(Debug, Default)]
pub(crate) struct SpanSource(pub(crate) Option<(SpanExporter, Sampler)>);

impl SpanSource {
    /// Begins to record; the metrics of the process have to be there, because dropped spans are counted.
    pub(crate) fn start(self, resource: Resource) -> Spans {
        let Some((exporter, sampler)) = self.0 else { return Spans(None) };
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_batch_exporter(exporter)
            .build();
        global::set_tracer_provider(provider.clone());
        Spans(Some((provider.tracer(SCOPE), provider)))
    }
}

/// Records spans, or does not.
#[derive(Clone, Debug)]
pub(crate) struct Spans(Option<(SdkTracer, SdkTracerProvider)>);

impl Spans {
    pub(crate) fn is_recording(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn tracer(&self) -> Option<SdkTracer> {
        self.0.as_ref().map(|(tracer, _)| tracer.clone())
    }

    /// Begins the span of a request, below the one that the request names, and names it to those further
    /// in.
    pub(crate) fn begin(&self, request: &mut Request, method: MethodName) -> RequestSpan {
        let Some((tracer, _)) = &self.0 else { return RequestSpan(None) };
        let given = TraceParent::of(request);
        let parent = match given {
            Some(parent) => Context::new().with_remote_span_context(of_parent(parent, request)),
            None => Context::new(),
        };
        let builder = SpanBuilder::from_name(method.as_str()).with_kind(SpanKind::Server);
        let mut span = tracer.build_with_context(builder, &parent);
        if span.is_recording() {
            span.set_attributes(attributes(request, method));
        }
        tell_further_in(request, span.span_context(), given.is_none());
        RequestSpan(Some(Context::new().with_span(span)))
    }

    /// Sends what is left, but not for longer than `within`; says whether all of it was sent.
    pub(crate) fn end(&self, within: Duration) -> bool {
        match &self.0 {
            Some((_, provider)) => has_ended(&provider.shutdown_with_timeout(within)),
            None => true,
        }
    }
}

/// The span of a request, where spans are recorded.
pub(crate) struct RequestSpan(Option<Context>);

impl RequestSpan {
    /// Does `work` so that the spans which it begins are below this one.
    #[inline]
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _guard = self.0.as_ref().map(|context| context.clone().attach());
        work()
    }

    pub(crate) fn end(&mut self, labels: Labels, is_aborted: bool) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        if span.is_recording() {
            if let Some(route) = labels.route {
                span.update_name(format!("{} {}", labels.method.as_str(), route.path));
                span.set_attribute(KeyValue::new("http.route", &*route.path));
            }
            if let Some(status) = labels.status {
                let code = i64::from(status.as_u16());
                span.set_attribute(KeyValue::new("http.response.status_code", code));
            }
            let error = match labels.status {
                Some(status) if status.is_server_error() => Some(status.as_u16().to_string()),
                _ => is_aborted.then(|| "aborted".to_owned()),
            };
            if let Some(error) = error {
                span.set_attribute(KeyValue::new("error.type", error));
                span.set_status(Status::error(""));
            }
        }
        span.end();
    }
}

/// The place that a request names, with what its vendors added.
fn of_parent(parent: TraceParent, request: &Request) -> SpanContext {
    SpanContext::new(
        TraceId::from(parent.trace_id()),
        SpanId::from(parent.span_id()),
        if parent.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() },
        true,
        trace_state(request.header_all(TRACESTATE.as_str())),
    )
}

fn tell_further_in(request: &mut Request, own: &SpanContext, is_new: bool) {
    let trace_id = u128::from_be_bytes(own.trace_id().to_bytes());
    let span_id = u64::from_be_bytes(own.span_id().to_bytes());
    let Some(own) = TraceParent::new(trace_id, span_id, own.is_sampled()) else { return };
    let headers = request.headers_mut();
    if let Ok(value) = HeaderValue::from_bytes(&own.to_bytes()) {
        headers.insert(&TRACEPARENT, value);
    }
    if is_new {
        headers.remove(&TRACESTATE);
    }
}

pub(crate) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub(crate) static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
