//! One request of an HTTP/2 connection and its answer.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use highper_core::{CatchPanic, Error, Handler, IntoResponse, Request, Response};
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, UPGRADE};
use hyper::Method;
use tokio::time::{Instant, Sleep};

use super::streams::Flow;
use crate::exchange::{busy, log_unhandled};
use crate::gate::{Admission, Gate};
use crate::h1::head;
use crate::h1::refusal::Refusal;
use crate::outgoing::Outgoing;
use crate::refused_request::RefusalObserver;
use crate::{Limits, upgrade};

/// Has the handler answer a request which is within the limits.
pub(super) async fn answer<H: Handler>(
    handler: &H,
    request: Request,
    limits: &Limits,
    flow: Arc<Flow>,
    gate: Option<&Arc<Gate>>,
    refusals: &RefusalObserver,
) -> http::Response<Outgoing> {
    let mut admission = Admission::new(gate);
    let wants_upgrade = upgrade::protocol(&request).is_some();
    let response = match refusal(&request, limits) {
        Some(refusal) => {
            if let Some(connection) = request.connection() {
                refusals.tell(&refusal, connection);
            }
            Error::new(refusal.status, refusal.detail).with_code(refusal.code).into_response()
        }
        None => {
            let mut handling = pin!(CatchPanic::new(handler.call(request)));
            let admitted = poll_fn(|cx| {
                ready!(admission.poll_turn(cx));
                handling.as_mut().poll(cx)
            });
            match within(limits, admitted, &flow).await {
                Some(answer) => answer,
                None if admission.is_waiting() => busy(),
                None => poll_fn(|cx| Poll::Ready(handling.as_mut().poll_last(cx))).await,
            }
        }
    };
    let response = if wants_upgrade { upgraded(response) } else { response };
    flow.begin_answer();
    log_unhandled(&response);
    let permit = admission.answered(response.body());
    response.into_http(|body| Outgoing::on_stream(body, flow, permit))
}

/// What the handler says to a request for another protocol, as HTTP/2 says it: 200 opens the protocol
/// (RFC 8441, section 5), and so no other success may come.
fn upgraded(mut response: Response) -> Response {
    match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => {
            for name in [CONNECTION, UPGRADE, CONTENT_LENGTH] {
                response.headers_mut().remove(name);
            }
            *response.status_mut() = StatusCode::OK;
            response
        }
        status if status.is_success() => {
            let what = "this resource speaks no other protocol than HTTP";
            Error::new(StatusCode::NOT_IMPLEMENTED, what)
                .with_code("protocol_not_implemented")
                .into_response()
        }
        _ => response,
    }
}

/// What HTTP/1 refuses while it reads a head.
fn refusal(request: &Request, limits: &Limits) -> Option<Refusal> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > limits.target_size {
        return Some(head::target_too_long(limits));
    }
    if list_size(request) > limits.header_size {
        return Some(head::too_large(limits));
    }
    if request.headers().len() > limits.header_count {
        return Some(head::too_many_fields(limits));
    }
    (request.method() == Method::CONNECT).then(head::connect_not_implemented)
}

/// The size of the list of fields, as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113, section 6.5.2).
fn list_size(request: &Request) -> usize {
    let target = request.uri();
    let pseudo = [
        (":method", request.method().as_str().len()),
        (":scheme", target.scheme_str().map_or(0, str::len)),
        (":authority", target.authority().map_or(0, |authority| authority.as_str().len())),
        (":path", target.path_and_query().map_or(0, |target| target.as_str().len())),
    ];
    let protocol = upgrade::protocol(request).map(|protocol| (":protocol", protocol.len()));
    let pseudo = pseudo.into_iter().chain(protocol).map(|(name, value)| name.len() + value);
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len());
    pseudo.chain(fields).map(|size| size + FIELD_OVERHEAD).sum()
}

/// What each field counts beyond its name and value.
const FIELD_OVERHEAD: usize = 32;

/// What comes of `handling`, if that is not later than the time for it after the last that was read.
async fn within<T>(limits: &Limits, handling: impl Future<Output = T>, flow: &Flow) -> Option<T> {
    let time = limits.request_timeout;
    let mut handling = pin!(handling);
    let mut timer = pin!(None::<Sleep>);
    let (mut reads, mut waited_for_body) = (flow.reads(), false);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = handling.as_mut().poll(cx) {
            return Poll::Ready(Some(answer));
        }
        let now = flow.reads();
        // The time begins with the first wait: most handlers need none, and no timer.
        if timer.is_none() {
            timer.set(Some(tokio::time::sleep(time)));
        }
        let Some(mut timer) = timer.as_mut().as_pin_mut() else { return Poll::Pending };
        if now != reads {
            (reads, waited_for_body) = (now, false);
            timer.as_mut().reset(Instant::now() + time);
        }
        ready!(timer.as_mut().poll(cx));
        if waited_for_body || !flow.waits_for_body() {
            return Poll::Ready(None);
        }
        // A body that does not come has a time of its own, and tells the handler.
        waited_for_body = true;
        timer.as_mut().reset(Instant::now() + limits.body_timeout);
        timer.poll(cx).map(|()| None)
    })
    .await
}
