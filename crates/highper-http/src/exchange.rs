//! One request and its answer, between the engine's types and ours.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use highper_core::{Body, CatchPanic, Error, Handler, IntoResponse, Request, Response};
use highper_net::Drain;
use http::header::CONNECTION;
use http::{HeaderValue, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::Limits;
use crate::h1::shared::{Exchange, Shared};
use crate::h2::{Flow, RequestBody};
use crate::outgoing::Outgoing;
use crate::transport::Ends;

/// Makes the engine's request ours.
#[inline]
pub(crate) fn receive(request: http::Request<Incoming>, limits: &Limits, ends: &Ends) -> Request {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Body::empty() } else { Body::wrap(body) };
    told(Request::from_parts(parts, body), limits, ends)
}

/// Makes the engine's request of a stream of HTTP/2 ours.
pub(crate) fn receive_h2(
    request: http::Request<Incoming>,
    limits: &Arc<Limits>,
    ends: &Ends,
    flow: &Arc<Flow>,
) -> Request {
    let (parts, body) = request.into_parts();
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
    ) -> Self {
        shared.begin_request();
        let wants_upgrade = request.extensions().get::<OnUpgrade>().is_some();
        Self { handling: CatchPanic::new(call(handler, request)), shared, drain, wants_upgrade }
    }
}

impl<F: Future<Output = Response>> Future for AnswerH1<'_, F> {
    type Output = Result<http::Response<Outgoing>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.handling.poll(cx) {
            Poll::Ready(response) => response,
            Poll::Pending if this.shared.is_request_timed_out() => timed_out(),
            Poll::Pending => return Poll::Pending,
        };
        if *this.wants_upgrade {
            this.shared.decide_upgrade(response.status() == StatusCode::SWITCHING_PROTOCOLS);
        }
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
        let mut response = response.into_http(|body| Outgoing::new(body, shared));
        // The peer is told not to come again on this connection (RFC 9112, section 9.6).
        if (this.drain.is_draining() || this.shared.is_last_request())
            && response.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(response))
    }
}

/// An application takes the errors that it has rendered and logged; what is left nobody has seen.
#[inline]
pub(crate) fn log_unhandled(response: &Response) {
    if let Some(error) = response.error()
        && error.status().is_server_error()
    {
        let cause = error.source().map(ToString::to_string);
        tracing::error!(status = error.status().as_u16(), cause, at = %error.location(), "{error}");
    }
}

pub(crate) fn timed_out() -> Response {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long and was given up")
        .with_code("request_timeout")
        .into_response()
}
