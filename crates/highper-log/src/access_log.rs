//! One line for each request.

use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use highper_core::bytes::Bytes;
use highper_core::http::{HeaderName, Method, StatusCode};
use highper_core::http_body::{Body as HttpBody, Frame, SizeHint};
use highper_core::{
    Body, BoxError, FileSlice, Handler, Middleware, Request, Response, RoutePattern, SendFile,
};
use tracing::info;

use crate::TraceParent;
use crate::access_entry::{ACCESS, Entry};
use crate::access_ids::RequestId;
use crate::request_span::{RequestSpan, Spanned};
use crate::trace_parent::{LENGTH, TRACEPARENT};

/// Writes exactly one line for each request that gets here, whatever becomes of it, and gives it an id
/// and a place in a trace.
///
/// Put it outermost, around a whole router. The line is an event of tracing with the target
/// `highper_log::access` and the level info; its fields are `request_id`, `trace_id`, `method`, `path`
/// (without its query, which may hold secrets), `route` (the pattern, if one matched: use this to group
/// by, a path is whatever a client likes), `status`, `bytes` of the answer's body, `duration_us` up to
/// its end, `peer`, and `aborted` where the client did not wait for the end. What is logged meanwhile
/// is in a span `request` with the two ids.
///
/// The headers `x-request-id` and `traceparent` of the request are set for those further in, the
/// answer's `x-request-id` for the client. A valid `traceparent` of the client is gone on with.
///
/// # Example
/// ```
/// # use highper_core::{Handler, IntoResponse, MiddlewareStack, Request, Response};
/// # struct Hello;
/// # impl Handler for Hello {
/// #     async fn call(&self, _: Request) -> Response { "hello".into_response() }
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use highper_log::AccessLog;
///
/// let app = AccessLog::new().wrap(Hello);
/// let response = app.call(Request::get("/")).await;
/// assert_eq!(response.header("x-request-id").unwrap().len(), 16);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessLog {
    trusts_ids: bool,
    is_in_trace: bool,
}

impl AccessLog {
    /// Makes an id for each request: clients may not choose what stands in the log.
    #[must_use]
    pub const fn new() -> Self {
        Self { trusts_ids: false, is_in_trace: false }
    }

    /// Takes the `x-request-id` that comes with a request, if it is 1 to 64 letters, digits, `-`, `_` or
    /// `.`: only behind a proxy that sets it.
    #[must_use]
    pub const fn trust_request_ids(mut self) -> Self {
        self.trusts_ids = true;
        self
    }

    /// Takes the `traceparent` of a request for its own place in the trace, not for that of who asks:
    /// behind a middleware that has put it there, because it records the trace.
    #[must_use]
    pub const fn in_trace(mut self) -> Self {
        self.is_in_trace = true;
        self
    }

    /// Writes the line of a request that no handler was asked for, because it was refused before it was
    /// whole: it has an id, the peer, the status of the answer, and `refused`, why. For servers, which
    /// know of such requests alone.
    pub fn refused(self, status: StatusCode, why: &str, peer: IpAddr) {
        let id = RequestId::made(&TraceParent::root().to_bytes());
        info!(
            target: ACCESS,
            request_id = id.as_str(),
            status = status.as_u16(),
            peer = %peer,
            refused = why,
            "request"
        );
    }

    /// The id that came with the request, or one made of its place in the trace.
    fn id(self, request: &Request, place: &[u8; LENGTH]) -> RequestId {
        let given = self.trusts_ids.then(|| request.header(&REQUEST_ID)).flatten();
        given.and_then(RequestId::given).unwrap_or_else(|| RequestId::made(place))
    }
}

impl Middleware for AccessLog {
    async fn handle<N: Handler>(&self, mut request: Request, next: &N) -> Response {
        let parent = TraceParent::of(&request);
        let trace = match parent {
            Some(own) if self.is_in_trace => own,
            Some(parent) => parent.child(),
            None => TraceParent::root(),
        };
        let place = trace.to_bytes();
        let mut entry = Entry::new(&request, self.id(&request, &place), &place);
        tell_further_in(&mut request, &entry.id, &place, parent.is_none());
        let span = RequestSpan::open(&entry);
        let (call, route) = RoutePattern::found_within(|| next.call(request));
        entry.route = route.or(entry.route);
        let call = pin!(Some(call));
        let mut call = Spanned::new(call, span);
        let response = poll_fn(|cx| {
            let (poll, route) = RoutePattern::found_within(|| call.poll(cx));
            entry.route = route.or(entry.route);
            poll
        });
        let mut response = response.await;
        if let Some(value) = entry.id.to_value() {
            response.set_header(&REQUEST_ID, value);
        }
        answered(entry, response)
    }
}

/// Puts both ids into the request's headers.
#[inline]
fn tell_further_in(request: &mut Request, id: &RequestId, place: &[u8; LENGTH], is_new: bool) {
    if let Ok(value) = id.as_bytes().try_into() {
        request.set_header(&REQUEST_ID, value);
    }
    if let Ok(value) = place.as_slice().try_into() {
        request.set_header(&TRACEPARENT, value);
    }
    if is_new {
        // It belongs to a traceparent that is not valid (W3C Trace Context, section 3.3).
        request.remove_header(&TRACESTATE);
    }
}

/// The line is written now, or at the end of a body that is still to come.
#[inline]
fn answered(mut entry: Entry, mut response: Response) -> Response {
    entry.status = Some(response.status().as_u16());
    if entry.method == Method::HEAD || is_without_body(response.status()) {
        entry.has_ended = true;
        return response;
    }
    if let Some(bytes) = response.body().as_bytes() {
        (entry.has_ended, entry.bytes) = (true, bytes.len() as u64);
        return response;
    }
    let body = response.replace_body(Body::empty());
    let expected = body.size_hint().exact();
    response.replace_body(Body::wrap_file(Counted { body, expected, entry }));
    response
}

/// Whatever its handler gave, no body is sent with such an answer (RFC 9112, section 6.3).
fn is_without_body(status: StatusCode) -> bool {
    status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// A body whose bytes are counted; its end, or that of its reader, is the end of the request.
struct Counted {
    body: Body,
    /// An engine that knows the length does not ask for the end.
    expected: Option<u64>,
    entry: Entry,
}

impl Counted {
    fn count(&mut self, bytes: u64) {
        self.entry.bytes += bytes;
        let is_whole = self.expected.is_some_and(|length| length <= self.entry.bytes);
        self.entry.has_ended = is_whole || self.body.is_end_stream();
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => self.count(frame.data_ref().map_or(0, |data| data.len() as u64)),
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

impl SendFile for Counted {
    fn take_slice(mut self: Pin<&mut Self>) -> Option<FileSlice> {
        let slice = self.body.take_slice()?;
        self.count(slice.length());
        Some(slice)
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counted").field(&self.body).finish()
    }
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
