//! One request and its answer, between the engine's types and ours.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use highper_core::{Body, CatchPanic, Error, Handler, IntoResponse, Request, Response};
use highper_net::Drain;
use http::header::CONNECTION;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;

use crate::Limits;
use crate::gate::{Admission, Gate};
use crate::h1::shared::{Exchange, Shared};
use crate::h2::{Flow, RequestBody};
use crate::outgoing::Outgoing;
use crate::transport::Ends;
use crate::upgrade::names_upgrade;

/// Makes the engine's request ours.
#[inline]
pub(crate) fn receive(request: http::Request<Incoming>, limits: &Limits, ends: &Ends) -> Request {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Body::empty() } else { Body::wrap(body) };
    told(Request::from_parts(parts, body), limits, ends)
}

/// Makes the engine's request of a stream of HTTP/2 ours. One that asks for another protocol is a GET, as it
/// is in HTTP/1.1: RFC 8441 has CONNECT stand for it.
pub(crate) fn receive_h2(
    request: http::Request<Incoming>,
    limits: &Arc<Limits>,
    ends: &Ends,
    flow: &Arc<Flow>,
) -> Request {
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::CONNECT && parts.extensions.get::<Protocol>().is_some() {
        parts.method = Method::GET;
    }
    let body = if body.is_end_stream() {
        Body::empty()
    } else {
        Body::wrap(RequestBody::new(body, Arc::clone(flow), Arc::clone(limits)))
    };
    told(Request::from_parts(parts, body), limits, ends)
}

#[inline]
fn told(mut request: Request, limits: &Limits, ends: &Ends) -> Request {
    request.set_body_limit(limits.body_size);
    ends.tell(&mut request);
    request
}

pin_project_lite::pin_project! {
    /// The answer to a request of an HTTP/1 connection.
    ///
    /// Written by hand because the engine moves it: an async function would hold the request twice.
    pub(crate) struct AnswerH1<'a, F> {
        #[pin]
        handling: CatchPanic<F>,
        admission: Admission<'a>,
        shared: &'a Arc<Shared>,
        drain: &'a Drain,
        wants_upgrade: bool,
    }
}

impl<'a, F: Future<Output = Response>> AnswerH1<'a, F> {
    #[inline]
    pub(crate) fn new<H: Handler>(
        handler: &'a H,
        call: impl FnOnce(&'a H, Request) -> F,
        request: Request,
        shared: &'a Arc<Shared>,
        drain: &'a Drain,
        gate: Option<&'a Arc<Gate>>,
    ) -> Self {
        let admission = Admission::new(gate);
        shared.begin_request(match admission.is_waiting() {
            true => Exchange::Waiting,
            false => Exchange::Handling,
        });
        let wants_upgrade = request.extensions().get::<OnUpgrade>().is_some();
        // The handler begins when it is polled first, which is not before there is a place.
        let handling = CatchPanic::new(call(handler, request));
        Self { handling, admission, shared, drain, wants_upgrade }
    }
}

impl<F: Future<Output = Response>> Future for AnswerH1<'_, F> {
    type Output = Result<http::Response<Outgoing>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.admission.is_waiting() && this.admission.poll_turn(cx).is_ready() {
            this.shared.set_exchange(Exchange::Handling);
            // The engine was not let read, and does not try again by itself.
            cx.waker().wake_by_ref();
        }
        let answer = match this.admission.is_waiting() {
            true => Poll::Pending,
            false => this.handling.as_mut().poll(cx),
        };
        let response = match answer {
            Poll::Ready(response) => response,
            Poll::Pending if this.shared.is_request_timed_out() => {
                match this.admission.is_waiting() {
                    true => busy(),
                    false => this.handling.poll_last(cx),
                }
            }
            Poll::Pending => return Poll::Pending,
        };
        if *this.wants_upgrade {
            this.shared.decide_upgrade(response.status() == StatusCode::SWITCHING_PROTOCOLS);
        }
        let is_switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let (names_upgrade, asks_to_close) = (names_upgrade(&response), asks_to_close(&response));
        log_unhandled(&response);
        // A short body is taken by the engine at once.
        let is_short =
            response.body().as_bytes().is_some_and(|bytes| bytes.len() <= Outgoing::MAX_PIECE);
        let (exchange, shared) = if is_short {
            (Exchange::None, None)
        } else {
            (Exchange::Answering, Some(Arc::clone(this.shared)))
        };
        this.shared.set_exchange(exchange);
        let permit = this.admission.answered(response.body());
        let mut response = response.into_http(|body| Outgoing::new(body, shared, permit));
        // The peer is told not to come again on this connection (RFC 9112, section 9.6).
        let is_last = this.drain.is_draining() || this.shared.is_last_request() || asks_to_close;
        let options = match (names_upgrade, is_last && !is_switching) {
            (true, true) => Some("upgrade, close"),
            (true, false) => Some("upgrade"),
            (false, true) => Some("close"),
            (false, false) => None,
        };
        if let Some(options) = options {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static(options));
        }
        Poll::Ready(Ok(response))
    }
}

/// Does a handler want the connection to end with its answer?
#[inline]
pub(crate) fn asks_to_close(response: &Response) -> bool {
    let value = match response.few_headers() {
        Ok(few) => {
            few.others().iter().find(|(name, _)| *name == CONNECTION).map(|(_, value)| value)
        }
        Err(headers) => headers.get(CONNECTION),
    };
    value.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// An application takes the errors that it has rendered and logged; what is left nobody has seen.
#[inline]
pub(crate) fn log_unhandled(response: &Response) {
    if let Some(error) = response.error() {
        log_fault(error);
    }
}

/// Logs an error that is the server's fault.
#[cold]
fn log_fault(error: &Error) {
    if error.status().is_server_error() {
        let cause = error.source().map(ToString::to_string);
        tracing::error!(status = error.status().as_u16(), cause, at = %error.location(), "{error}");
    }
}

/// What is answered to a request that has waited for its turn until its time was over.
pub(crate) fn busy() -> Response {
    let message = "too many requests are in flight, and this one has waited for too long";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, message).with_code("busy").into_response()
}
