//! Drives an HTTP/1 connection: the engine, its deadlines, its end.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
use highper_core::Handler;
use highper_net::{Drain, Peer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::time::{Instant, Sleep};

use super::engine_io::EngineIo;
use super::framing::Framing;
use super::linger::finish;
use super::refusal::Refusal;
use super::shared::{Exchange, Shared};
use super::wire::Wire;
use crate::exchange::{self, AnswerH1};
use crate::gate::Gate;
use crate::transport::Transport;
use crate::{Limits, timer};

/// Serves one connection to its end.
pub(crate) async fn serve<H: Handler>(
    stream: Transport,
    first: BytesMut,
    handler: Arc<H>,
    limits: Arc<Limits>,
    drain: Drain,
    gate: Option<Arc<Gate>>,
) {
    let ends = stream.ends();
    let shared = Shared::new(stream, first, Framing::new(), Arc::clone(&limits));
    let end = {
        let service = service_fn(|request| {
            let request = exchange::receive(request, &limits, &ends);
            AnswerH1::new(&*handler, H::call, request, &shared, &drain, gate.as_ref())
        });
        let engine = http1::Builder::new()
            .half_close(true)
            .max_buf_size(MAX_ENGINE_BUFFER.max(limits.header_size))
            .serve_connection(EngineIo(Arc::clone(&shared)), service)
            .with_upgrades();
        drive(pin!(engine), &shared, &limits, &drain).await
    };
    match end {
        End::Parked => {
            if let Some(stream) = shared.into_stream() {
                stream.park(true);
            }
        }
        End::Upgraded => std::future::poll_fn(|cx| shared.wire().poll_engine_gone(cx)).await,
        End::Closed => finish(&shared, &limits).await,
        End::Refused(refusal) => {
            shared.wire().push_out(&refusal.to_bytes());
            finish(&shared, &limits).await;
        }
        End::Aborted => {}
    }
}

/// hyper may buffer this much of a body; a head has its own limit.
const MAX_ENGINE_BUFFER: usize = 64 * 1024;

/// How a connection ends.
enum End {
    /// Both sides know that nothing more comes.
    Closed,
    /// What came is no request.
    Refused(Refusal),
    /// The peer is gone, or takes no more bytes.
    Aborted,
    /// The bytes belong to another protocol now.
    Upgraded,
    /// Between two requests, and quiet: the reactor takes the stream.
    Parked,
}

/// hyper's connection, whatever its service.
trait Engine: Future<Output = hyper::Result<()>> {
    fn graceful_shutdown(self: Pin<&mut Self>);
}

impl<S, B> Engine for http1::UpgradeableConnection<EngineIo, S>
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<highper_core::BoxError>,
    B: http_body::Body + 'static,
    B::Error: Into<highper_core::BoxError>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Self::graceful_shutdown(self);
    }
}

async fn drive(
    mut engine: Pin<&mut impl Engine>,
    shared: &Shared,
    limits: &Limits,
    drain: &Drain,
) -> End {
    let mut ending = pin!(drain.ending());
    let (mut is_first, mut is_ending) = (true, false);
    let mut deadline = Deadline::new(limits);
    let mut timer = pin!(tokio::time::sleep(deadline.tick));
    std::future::poll_fn(|cx| {
        // The first poll leaves the waker; after that one load tells as much as another poll.
        if (is_first || drain.is_ending()) && !is_ending && ending.as_mut().poll(cx).is_ready() {
            is_ending = true;
            engine.as_mut().graceful_shutdown();
        }
        is_first = false;
        loop {
            if let Poll::Ready(result) = engine.as_mut().poll(cx) {
                return Poll::Ready(end_of(result, shared));
            }
            let phase = match after_poll(shared, cx) {
                Ok(phase) => phase,
                Err(end) => return Poll::Ready(end),
            };
            match deadline.poll(phase, timer.as_mut(), cx, shared) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Expired::Ends(end)) => return Poll::Ready(end),
                Poll::Ready(Expired::Continues) => {}
            }
        }
    })
    .await
}

/// Writes what the engine has written, and sees what the connection waits for; or how it ends.
fn after_poll(shared: &Shared, cx: &mut Context<'_>) -> Result<Phase, End> {
    let mut wire = shared.wire();
    if let Poll::Ready(Err(_)) = wire.poll_write_out(cx) {
        return Err(End::Aborted);
    }
    match wire.refusal() {
        // An answer may be the engine's to write yet, though its handler is done.
        Some(refusal) if is_answered(shared, &wire) && wire.is_written() => {
            Err(End::Refused(refusal.clone()))
        }
        _ => match Phase::of(shared, &wire) {
            // The engine has nothing that would be lost with it: every request has its answer, and
            // every byte of it is written.
            Phase::Quiet(requests)
                if shared.may_park()
                    && wire.stream().is_park_wanted()
                    && wire.is_written()
                    && requests == wire.heads() =>
            {
                Err(End::Parked)
            }
            Phase::Handler(requests, _) => match wire.stream().poll_peer(cx) {
                Peer::There => Ok(Phase::Handler(requests, wire.reads())),
                Peer::Finished => Ok(Phase::HalfClosed(requests)),
                Peer::Gone => Err(End::Aborted),
            },
            Phase::Answering if wire.stream().poll_peer(cx) == Peer::Gone => Err(End::Aborted),
            phase => Ok(phase),
        },
    }
}

/// True if every request that came whole has its answer.
fn is_answered(shared: &Shared, wire: &Wire) -> bool {
    shared.exchange() == Exchange::None && shared.requests() == wire.heads()
}

fn end_of(result: hyper::Result<()>, shared: &Shared) -> End {
    let mut wire = shared.wire();
    match result {
        Ok(()) if wire.is_raw() => End::Upgraded,
        Ok(()) => match wire.refusal() {
            Some(refusal) if is_answered(shared, &wire) => End::Refused(refusal.clone()),
            _ => End::Closed,
        },
        Err(error) => {
            if error.is_parse()
                && let Some(refusal) = wire.take_back_engine_refusal()
            {
                return End::Refused(refusal);
            }
            tracing::debug!(%error, "connection ended");
            End::Closed
        }
    }
}

/// The one deadline that counts now.
///
/// The timer is not set anew for each request. It fires at the latest every `tick`, the shortest of
/// the time-outs, and looks: no deadline that was set since can be earlier.
struct Deadline<'a> {
    limits: &'a Limits,
    tick: std::time::Duration,
    phase: Phase,
    at: Option<Instant>,
    /// The timer knows whom to wake.
    is_waiting: bool,
}

/// What a connection waits for. The number changes when the waiting begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Quiet(u32),
    Head(u32),
    Body(u32),
    Handler(u32, u32),
    /// For the handler, while the peer may be gone.
    HalfClosed(u32),
    Answering,
    Write(u32),
}

enum Expired {
    Ends(End),
    /// The engine is told and has to be polled again.
    Continues,
}

impl<'a> Deadline<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            tick: limits.shortest_timeout(),
            phase: Phase::Start,
            at: None,
            is_waiting: false,
        }
    }

    fn poll(
        &mut self,
        phase: Phase,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
        shared: &Shared,
    ) -> Poll<Expired> {
        if phase != self.phase {
            self.phase = phase;
            self.at = self.timeout().map(|timeout| Instant::now() + timeout);
        }
        // Polled after it was set, to leave the waker, and once it has fired.
        while (!self.is_waiting || timer.is_elapsed()) && timer::poll(timer.as_mut(), cx).is_ready()
        {
            let now = Instant::now();
            if self.at.is_some_and(|at| at <= now) {
                self.at = None;
                self.is_waiting = false;
                timer.as_mut().reset(now + self.tick);
                return Poll::Ready(self.expire(shared));
            }
            let look_again = now + self.tick;
            self.is_waiting = false;
            timer.as_mut().reset(self.at.map_or(look_again, |at| at.min(look_again)));
        }
        self.is_waiting = true;
        Poll::Pending
    }

    fn timeout(&self) -> Option<std::time::Duration> {
        Some(match self.phase {
            Phase::Start | Phase::Answering => return None,
            Phase::Quiet(_) => self.limits.idle_timeout,
            Phase::Head(_) => self.limits.header_timeout,
            Phase::Body(_) => self.limits.body_timeout,
            Phase::Handler(..) => self.limits.request_timeout,
            Phase::HalfClosed(_) => self.limits.half_close_timeout,
            Phase::Write(_) => self.limits.write_timeout,
        })
    }

    fn expire(&self, shared: &Shared) -> Expired {
        match self.phase {
            Phase::Start | Phase::Answering => Expired::Continues,
            Phase::Quiet(_) => Expired::Ends(End::Closed),
            Phase::Write(_) | Phase::HalfClosed(_) => Expired::Ends(End::Aborted),
            Phase::Head(_) => {
                let detail = format!(
                    "the request's head was not complete after {} s",
                    self.limits.header_timeout.as_secs_f32()
                );
                let refusal = Refusal::bad("header_timeout", detail)
                    .with_status(http::StatusCode::REQUEST_TIMEOUT);
                Expired::Ends(End::Refused(refusal))
            }
            Phase::Body(_) => {
                shared.wire().time_out_body();
                Expired::Continues
            }
            Phase::Handler(..) => {
                shared.time_out_request();
                Expired::Continues
            }
        }
    }
}

impl Phase {
    fn of(shared: &Shared, wire: &Wire) -> Self {
        let requests = shared.requests();
        match shared.exchange() {
            _ if !wire.is_written() => Self::Write(wire.writes()),
            Exchange::Handling if wire.is_waiting_for_body() => Self::Body(wire.reads()),
            Exchange::Handling | Exchange::Waiting => Self::Handler(requests, wire.reads()),
            Exchange::Answering => Self::Answering,
            Exchange::None if wire.is_between_requests() => Self::Quiet(requests),
            Exchange::None => Self::Head(requests),
        }
    }
}
