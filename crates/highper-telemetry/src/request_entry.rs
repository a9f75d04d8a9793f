//! One request, until its answer has ended.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use highper_core::bytes::Bytes;
use highper_core::http::{Method, StatusCode};
use highper_core::http_body::{Body as HttpBody, Frame, SizeHint};
use highper_core::{Body, BoxError, FileSlice, Request, Response, RoutePattern, SendFile};

use crate::method_name::MethodName;
use crate::request_metrics::{Labels, RequestMetrics};
use crate::request_span::{RequestSpan, Spans};

/// What is known of a request; it is counted, and its span ends, when this is dropped.
pub(crate) struct Entry {
    start: Instant,
    is_head: bool,
    method: MethodName,
    pub(crate) route: Option<&'static RoutePattern>,
    status: Option<StatusCode>,
    has_ended: bool,
    pub(crate) span: RequestSpan,
    metrics: Arc<RequestMetrics>,
}

impl Entry {
    pub(crate) fn begin(
        request: &mut Request,
        spans: &Spans,
        metrics: &Arc<RequestMetrics>,
    ) -> Self {
        let method = MethodName::of(request.method());
        metrics.active.begin(method);
        Self {
            start: Instant::now(),
            is_head: *request.method() == Method::HEAD,
            method,
            route: request.route().map(|route| route.pattern()),
            status: None,
            has_ended: false,
            span: spans.begin(request, method),
            metrics: Arc::clone(metrics),
        }
    }

    /// The request ends now, or with a body that is still to come.
    pub(crate) fn answered(mut self, mut response: Response) -> Response {
        self.status = Some(response.status());
        if self.is_head
            || is_without_body(response.status())
            || response.body().as_bytes().is_some()
        {
            self.has_ended = true;
            return response;
        }
        let body = response.replace_body(Body::empty());
        let left = body.size_hint().exact();
        response.replace_body(Body::wrap_file(Followed { body, left, entry: self }));
        response
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.status.is_none() && std::thread::panicking() {
            // Whoever catches the panic answers so.
            (self.status, self.has_ended) = (Some(StatusCode::INTERNAL_SERVER_ERROR), true);
        }
        let labels = Labels { method: self.method, route: self.route, status: self.status };
        self.metrics.active.end(self.method);
        self.metrics.record(labels, self.start.elapsed());
        self.span.end(labels, !self.has_ended);
    }
}

/// A body whose end, or that of its reader, is the end of the request.
struct Followed {
    body: Body,
    /// Bytes that are to come; an engine that knows the length does not ask for the end.
    left: Option<u64>,
    entry: Entry,
}

impl Followed {
    fn follow(&mut self, length: u64) {
        self.left = self.left.map(|left| left.saturating_sub(length));
        self.entry.has_ended = self.left == Some(0) || self.body.is_end_stream();
    }
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, entry, .. } = &mut *self;
        let poll = entry.span.within(|| Pin::new(&mut *body).poll_frame(cx));
        let frame = std::task::ready!(poll);
        match &frame {
            Some(Ok(frame)) => self.follow(frame.data_ref().map_or(0, |data| data.len() as u64)),
            Some(Err(_)) => {}
            None => self.entry.has_ended = true,
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl SendFile for Followed {
    fn take_slice(mut self: Pin<&mut Self>) -> Option<FileSlice> {
        let slice = self.body.take_slice()?;
        self.follow(slice.length());
        Some(slice)
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Followed").field(&self.body).finish()
    }
}

/// Whatever its handler gave, no body is sent with such an answer (RFC 9112, section 6.3).
fn is_without_body(status: StatusCode) -> bool {
    status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}
