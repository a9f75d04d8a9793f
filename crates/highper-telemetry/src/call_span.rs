//! The span of a call.

use highper_core::http::HeaderMap;
use highper_log::TraceParent;
use opentelemetry::trace::{
    FutureExt, Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt,
    TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};

use crate::call::{CallPlan, Role};
use crate::propagation::propagate;
use crate::request_span::Spans;

impl Spans {
    /// Begins the span of a call, below the one that it names or the current one.
    pub(crate) fn begin_call(&self, plan: &CallPlan) -> CallSpan {
        let Some(tracer) = self.tracer() else { return CallSpan(None) };
        let parent = match plan.parent {
            Some(parent) => Context::new().with_remote_span_context(of_parent(parent)),
            None => Context::current(),
        };
        let kind = match plan.role {
            Role::Client => SpanKind::Client,
            Role::Producer => SpanKind::Producer,
            Role::Consumer => SpanKind::Consumer,
        };
        let builder = SpanBuilder::from_name(plan.name.clone()).with_kind(kind);
        let mut span = tracer.build_with_context(builder, &parent);
        if span.is_recording() {
            span.set_attributes(plan.details.iter().cloned());
        }
        CallSpan(Some(parent.with_span(span)))
    }
}

/// The span of a call, where spans are recorded.
pub(crate) struct CallSpan(Option<Context>);

impl CallSpan {
    pub(crate) fn trace_parent(&self) -> Option<TraceParent> {
        let span = self.0.as_ref()?.span();
        let own = span.span_context();
        let trace_id = u128::from_be_bytes(own.trace_id().to_bytes());
        let span_id = u64::from_be_bytes(own.span_id().to_bytes());
        TraceParent::new(trace_id, span_id, own.is_sampled())
    }

    pub(crate) fn propagate(&self, headers: &mut HeaderMap) {
        let Some(context) = &self.0 else { return };
        let _guard = context.clone().attach();
        propagate(headers);
    }

    pub(crate) fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> + use<W> {
        let context = self.0.clone();
        async move {
            match context {
                Some(context) => work.with_context(context).await,
                None => work.await,
            }
        }
    }

    pub(crate) fn end(&self, labels: &[KeyValue], has_failed: bool) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        if span.is_recording() {
            span.set_attributes(labels.iter().cloned());
            if has_failed {
                span.set_status(Status::error(""));
            }
        }
        span.end();
    }
}

fn of_parent(parent: TraceParent) -> SpanContext {
    SpanContext::new(
        TraceId::from(parent.trace_id()),
        SpanId::from(parent.span_id()),
        if parent.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() },
        true,
        TraceState::default(),
    )
}
