//! The span of a request.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tracing::span::Id;
use tracing::subscriber::Interest;
use tracing::{Metadata, Span, error_span};
use tracing_core::callsite::Callsite;
use tracing_core::metadata::Kind;
use tracing_core::{Level, metadata};

use crate::access_entry::{ACCESS, Entry};
use crate::spans;
use crate::subscriber::OwnLog;

/// A span `request` with the ids of a request. Where our own log is all that listens it is opened there
/// without what tracing does for every kind of listener; it is a span like any other even so.
pub(crate) enum RequestSpan {
    Own(Arc<OwnLog>, Id),
    Traced(Span),
}

impl RequestSpan {
    #[inline]
    pub(crate) fn open(entry: &Entry) -> Self {
        let Some(log) = &entry.log else { return Self::traced(entry) };
        let id = log.spans.open(&METADATA, log.current(), |text| {
            text.extend_from_slice(b"{\"span\":\"request\",\"request_id\":\"");
            text.extend_from_slice(entry.id.as_bytes());
            text.extend_from_slice(b"\",\"trace_id\":\"");
            text.extend_from_slice(entry.trace_id.as_bytes());
            text.push(b'"');
        });
        Self::Own(Arc::clone(log), id)
    }

    #[cold]
    fn traced(entry: &Entry) -> Self {
        let (request_id, trace_id) = (entry.id.as_str(), entry.trace_id.as_str());
        // So grave that it is there whatever is logged: errors are found by the ids.
        Self::Traced(error_span!(target: ACCESS, "request", request_id, trace_id))
    }

    #[inline]
    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        match self {
            Self::Own(log, id) => {
                let _entered = Entered::new(log.shared.number, id);
                work()
            }
            Self::Traced(span) => span.in_scope(work),
        }
    }
}

impl Drop for RequestSpan {
    #[inline]
    fn drop(&mut self) {
        if let Self::Own(log, id) = self {
            log.spans.drop_handle(id);
        }
    }
}

/// Leaves the span when it is dropped, after a panic too.
struct Entered<'a> {
    log: usize,
    id: &'a Id,
}

impl<'a> Entered<'a> {
    #[inline]
    fn new(log: usize, id: &'a Id) -> Self {
        spans::enter(log, id);
        Self { log, id }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        spans::exit(self.log, self.id);
    }
}

/// What is done for a request, all of it within its span: its end as well, whether it comes to one or is
/// given up.
pub(crate) struct Spanned<'a, F> {
    work: Pin<&'a mut Option<F>>,
    span: RequestSpan,
}

impl<'a, F: Future> Spanned<'a, F> {
    #[inline]
    pub(crate) fn new(work: Pin<&'a mut Option<F>>, span: RequestSpan) -> Self {
        Self { work, span }
    }

    /// Must not be called again once it was ready.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, span } = self;
        span.within(|| {
            let Some(running) = work.as_mut().as_pin_mut() else { return Poll::Pending };
            let poll = running.poll(cx);
            if poll.is_ready() {
                work.set(None);
            }
            poll
        })
    }
}

impl<F> Drop for Spanned<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if self.work.is_some() {
            self.span.within(|| self.work.set(None));
        }
    }
}

/// The place in the code that the span comes from, as `error_span!` would make one.
struct Place;

impl Callsite for Place {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

static PLACE: Place = Place;

static METADATA: Metadata<'static> = metadata! {
    name: "request",
    target: ACCESS,
    level: Level::ERROR,
    fields: &["request_id", "trace_id"],
    callsite: &PLACE,
    kind: Kind::SPAN,
};
