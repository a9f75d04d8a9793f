//! One request and its answer, between the engine's types and ours.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use highper_core::{Body, CatchPanic, Connection, Error, Handler, IntoResponse, Request, Response};
use http::StatusCode;
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::Limits;
use crate::h1::wire::{Exchange, Shared};
use crate::outgoing::Outgoing;

/// Makes the engine's request ours.
#[inline]
pub(crate) fn receive(
    request: http::Request<Incoming>,
    limits: &Limits,
    connection: Arc<Connection>,
) -> Request {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Body::empty() } else { Body::wrap(body) };
    let mut request = Request::from_parts(parts, body);
    request.set_body_limit(limits.body_size);
    request.set_connection(connection);
    request
}

/// Answers a request of an HTTP/1 connection.
pub(crate) async fn answer_h1<H: Handler>(
    handler: &H,
    request: Request,
    shared: Arc<Shared>,
) -> http::Response<Outgoing> {
    let wants_upgrade = request.extensions().get::<OnUpgrade>().is_some();
    let response = {
        let mut answer = pin!(CatchPanic::new(handler.call(request)));
        std::future::poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Pending if shared.is_request_timed_out() => Poll::Ready(timed_out()),
            poll => poll,
        })
        .await
    };
    if wants_upgrade {
        shared.decide_upgrade(response.status() == StatusCode::SWITCHING_PROTOCOLS);
    }
    let response = http::Response::<Body>::from(response);
    if response.body().as_bytes().is_some_and(|bytes| bytes.len() <= Outgoing::MAX_PIECE) {
        // The engine takes all of it at once.
        shared.set_exchange(Exchange::None);
        return response.map(Outgoing::new);
    }
    shared.set_exchange(Exchange::Answering);
    response.map(|body| Outgoing::with_exchange(body, shared))
}

/// Answers a request of an HTTP/2 connection.
pub(crate) async fn answer_h2<H: Handler>(
    handler: &H,
    request: Request,
    limits: &Limits,
) -> http::Response<Outgoing> {
    let answer = CatchPanic::new(handler.call(request));
    let response = match tokio::time::timeout(limits.request_timeout, answer).await {
        Ok(response) => response,
        Err(_elapsed) => timed_out(),
    };
    http::Response::<Body>::from(response).map(Outgoing::new)
}

fn timed_out() -> Response {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long and was given up")
        .with_code("request_timeout")
        .into_response()
}
