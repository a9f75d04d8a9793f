//! Serves connections, one after the other, request by request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use bytes::BytesMut;
use highper_core::{Body, CatchPanic, Handler, Request, Response};
use http::{Method, StatusCode};

use super::answer::{Asked, Framing, push_head};
use super::clock::Clock;
use super::connection::Connection;
use super::date;
use super::meaning::Head;
use crate::exchange::{asks_to_close, log_unhandled};
use crate::first_bytes::Protocol;
use crate::gate::{Admission, Gate};
use crate::h1::connection::End;
use crate::h1::deadline::Deadline;
use crate::reception::{Arrival, Reception};
use crate::transport::Transport;
use crate::upgrade::{Offer, offer};

/// Serves one connection to its end, and after it those that begin to work when it has parked. Gives
/// back what another engine has to serve.
pub(crate) async fn serve<H: Handler>(
    stream: Transport,
    first: BytesMut,
    handler: Arc<H>,
    reception: &Reception,
) -> Option<Arrival> {
    let Reception { limits, drain, counters, refusals, .. } = reception;
    let gate = counters.gate(limits);
    let mut clock = Clock {
        deadline: Deadline::new(limits),
        timer: pin!(tokio::time::sleep(limits.shortest_timeout())),
        drain,
        ending: pin!(drain.ending()),
        hears: false,
        answered: None,
    };
    let mut connection = Connection::new(stream, first, limits);
    loop {
        let Err(end) = requests(&mut connection, &*handler, gate.as_ref(), &mut clock).await;
        match end {
            End::Parked => {}
            End::Upgraded | End::Aborted => return None,
            End::Closed => {
                connection.finish(None).await;
                return None;
            }
            End::Refused(refusal) => {
                refusals.tell(&refusal, &connection.ends.connection);
                connection.finish(Some(refusal)).await;
                return None;
            }
        }
        if !connection.stream.park_for_next().await {
            return None;
        }
        if connection.stream.is_fresh() {
            match reception.receive_next(connection.take_stream()).await? {
                Arrival { protocol: Protocol::Http1, stream, first } => {
                    connection = Connection::new(stream, first, limits);
                }
                other => return Some(other),
            }
        } else {
            connection.begin_anew();
        }
        clock.deadline.renew();
    }
}

/// Answers the requests of a connection until it ends or parks. One function, and few awaits: what
/// async functions hand to each other is copied.
async fn requests<H: Handler, F: Future<Output = ()>>(
    connection: &mut Connection<'_>,
    handler: &H,
    gate: Option<&Arc<Gate>>,
    clock: &mut Clock<'_, '_, F>,
) -> Result<Infallible, End> {
    loop {
        let mut request = poll_fn(|cx| connection.poll_request(clock, cx)).await?;
        let is_head = *request.method() == Method::HEAD;
        let upgrade = connection.inbound.head().upgrade.then(|| offer(&mut request));
        let request = complete(connection, request);
        let mut admission = Admission::new(gate);
        let response = {
            let mut handling = pin!(CatchPanic::new(handler.call(request)));
            poll_fn(|cx| connection.poll_answer(handling.as_mut(), &mut admission, clock, cx))
                .await?
        };
        log_unhandled(&response);
        let permit = admission.answered(response.body());
        let is_switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let ends = send(connection, response, is_head, clock);
        if is_switching && let Some(upgrade) = upgrade {
            return Err(switch(connection, upgrade, clock).await);
        }
        // Looked at before it is moved.
        if connection.unsent.is_some()
            && let Some((mut body, mut framing)) = connection.unsent.take()
        {
            clock.answered = None;
            poll_fn(|cx| connection.poll_send(&mut body, &mut framing, clock, cx)).await?;
        }
        drop(permit);
        if ends {
            return Err(End::Closed);
        }
    }
}

/// The request with all that handlers find in it.
#[inline]
fn complete(connection: &mut Connection<'_>, mut request: Request) -> Request {
    request.set_body_limit(connection.limits.body_size);
    connection.ends.tell(&mut request);
    connection.with_body(request)
}

/// Writes an answer. True if the connection ends with it.
///
/// Its body is left [unsent](Connection::unsent), unless it is short and went with its head.
#[inline]
fn send<F: Future<Output = ()>>(
    connection: &mut Connection<'_>,
    mut response: Response,
    is_head: bool,
    clock: &mut Clock<'_, '_, F>,
) -> bool {
    let Head { is_http_10, is_persistent, .. } = *connection.inbound.head();
    let is_persistent = is_persistent
        && !connection.is_last()
        && !clock.drain.is_draining()
        && !asks_to_close(&response)
        && !connection.leaves_too_much();
    let asked = Asked { is_http_10, is_head, is_persistent };
    let out = connection.output.bytes();
    let framing = date::at(clock.answer(), |beginning| push_head(out, &response, asked, beginning));
    match (framing, response.body().as_bytes()) {
        (Framing::Nothing, _) => {}
        (Framing::Length(_), Some(bytes)) if is_short(bytes) => out.extend_from_slice(bytes),
        _ => connection.unsent = Some((response.replace_body(Body::empty()), framing)),
    }
    !is_persistent || framing == Framing::ToTheEnd
}

/// So little is copied behind its head.
fn is_short(bytes: &[u8]) -> bool {
    bytes.len() <= 4 * 1024
}

/// Leaves the connection to another protocol, once the answer is written.
async fn switch<F: Future<Output = ()>>(
    connection: &mut Connection<'_>,
    upgrade: Offer,
    clock: &mut Clock<'_, '_, F>,
) -> End {
    match poll_fn(|cx| connection.poll_written(clock, cx)).await {
        Ok(()) => {
            let rest = connection.inbound.take_rest();
            upgrade.accept(connection.take_stream(), rest, clock.drain.clone());
            End::Upgraded
        }
        Err(end) => end,
    }
}
