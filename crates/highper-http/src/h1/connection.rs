//! Drives an HTTP/1 connection: the engine, its deadlines, its end.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use highper_core::Handler;
use highper_net::{Drain, Peer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::deadline::{Deadline, Phase, header_timeout};
use super::engine_io::EngineIo;
use super::framing::Framing;
use super::linger::finish;
use super::refusal::Refusal;
use super::shared::{Exchange, Shared};
use super::wire::Wire;
use crate::Limits;
use crate::exchange::{self, AnswerH1};
use crate::first_bytes::Protocol;
use crate::reception::{Arrival, Reception};
use crate::transport::Transport;

/// Serves one connection to its end, and after it those that begin to work when it has parked. Gives
/// back what another engine has to serve.
pub(crate) async fn serve<H: Handler>(
    stream: Transport,
    first: BytesMut,
    handler: Arc<H>,
    reception: &Reception,
) -> Option<Arrival> {
    let Reception { limits, drain, counters, .. } = reception;
    let shared = Shared::new(stream, first, Framing::new(), Arc::clone(limits));
    let gate = counters.gate(limits);
    let end = {
        let service = service_fn(|request| {
            let request = exchange::receive(request, limits, &shared.ends());
            AnswerH1::new(&*handler, H::call, request, &shared, drain, gate.as_ref())
        });
        let engine = http1::Builder::new()
            .half_close(true)
            .max_buf_size(MAX_ENGINE_BUFFER.max(limits.header_size))
            .serve_connection(EngineIo(Arc::clone(&shared)), service)
            .with_upgrades();
        let mut engine = pin!(engine);
        let mut driver = pin!(driver(&shared, limits, drain));
        loop {
            match driver.as_mut().drive(engine.as_mut()).await {
                End::Parked => {}
                end => break end,
            }
            match next(&shared, reception).await? {
                Arrival { protocol: Protocol::Http1, stream, first } => {
                    shared.renew(stream, first);
                    driver.as_mut().renew();
                }
                other => return Some(other),
            }
        }
    };
    match end {
        End::Parked => {}
        End::Upgraded => std::future::poll_fn(|cx| shared.wire().poll_engine_gone(cx)).await,
        End::Closed => finish(&shared, limits).await,
        // The request has its answer, and a client takes a second one for that of its next request.
        End::Refused(refusal) if refusal.is_of_body() => finish(&shared, limits).await,
        End::Refused(refusal) => {
            reception.refusals.tell(&refusal, &shared.ends().connection);
            shared.wire().push_out(&refusal.to_bytes());
            finish(&shared, limits).await;
        }
        End::Aborted => {}
    }
    None
}

/// Leaves the quiet connection to the reactor. The engine is as it was before its first request, if
/// nothing of what it was given can be left in it: then it waits for another connection.
async fn next(shared: &Shared, reception: &Reception) -> Option<Arrival> {
    let (mut stream, is_clean) = {
        let mut wire = shared.wire();
        (wire.take_stream(), wire.only_heads())
    };
    if !is_clean {
        stream.park();
        return None;
    }
    if !stream.park_for_next().await {
        return None;
    }
    reception.receive_next(stream).await
}

/// hyper may buffer this much of a body; a head has its own limit.
const MAX_ENGINE_BUFFER: usize = 64 * 1024;

/// How a connection ends.
pub(super) enum End {
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

pin_project! {
    /// Polls an engine, and ends what takes too long.
    struct Driver<'a, F> {
        shared: &'a Shared,
        limits: &'a Limits,
        drain: &'a Drain,
        #[pin]
        ending: F,
        #[pin]
        timer: Sleep,
        deadline: Deadline<'a>,
        stage: Stage,
    }
}

/// What the engine has heard of the end of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It has not been polled, nor has anything else.
    First,
    /// It serves another connection, of which it has not seen a byte: told to end, it would.
    Renewed,
    Serving,
    Ending,
}

fn driver<'a>(
    shared: &'a Shared,
    limits: &'a Limits,
    drain: &'a Drain,
) -> Driver<'a, impl Future<Output = ()> + use<'a>> {
    let deadline = Deadline::new(limits);
    let timer = tokio::time::sleep(deadline.tick);
    Driver { shared, limits, drain, ending: drain.ending(), timer, deadline, stage: Stage::First }
}

impl<F: Future<Output = ()>> Driver<'_, F> {
    /// Goes on with another connection.
    fn renew(self: Pin<&mut Self>) {
        let this = self.project();
        this.deadline.renew();
        *this.stage = Stage::Renewed;
    }

    async fn drive(mut self: Pin<&mut Self>, mut engine: Pin<&mut impl Engine>) -> End {
        std::future::poll_fn(|cx| self.as_mut().poll(engine.as_mut(), cx)).await
    }

    fn poll(
        mut self: Pin<&mut Self>,
        mut engine: Pin<&mut impl Engine>,
        cx: &mut Context<'_>,
    ) -> Poll<End> {
        let shared = self.shared;
        if self.stage != Stage::Renewed {
            self.as_mut().hear_of_end(engine.as_mut(), cx);
        }
        loop {
            if let Poll::Ready(result) = engine.as_mut().poll(cx) {
                return Poll::Ready(end_of(result, shared));
            }
            if self.stage == Stage::Renewed && self.as_mut().hear_of_end(engine.as_mut(), cx) {
                continue;
            }
            let phase = match after_poll(shared, cx) {
                Ok(phase) => phase,
                Err(end) => return Poll::Ready(end),
            };
            let this = self.as_mut().project();
            ready!(this.deadline.poll(phase, None, this.timer, cx));
            if let Some(end) = end_of_time(phase, this.limits, shared) {
                return Poll::Ready(end);
            }
        }
    }

    /// Tells the engine once that the server ends. The first poll leaves the waker; after that one
    /// load tells as much as another poll.
    fn hear_of_end(
        self: Pin<&mut Self>,
        engine: Pin<&mut impl Engine>,
        cx: &mut Context<'_>,
    ) -> bool {
        let this = self.project();
        let looks = match *this.stage {
            Stage::First => true,
            Stage::Renewed | Stage::Serving => this.drain.is_ending(),
            Stage::Ending => return false,
        };
        *this.stage = Stage::Serving;
        let ends = looks && this.ending.poll(cx).is_ready();
        if ends {
            *this.stage = Stage::Ending;
            engine.graceful_shutdown();
        }
        ends
    }
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

/// What comes of it that the time for `phase` is over; none where the engine is told, and goes on.
#[cold]
fn end_of_time(phase: Phase, limits: &Limits, shared: &Shared) -> Option<End> {
    match phase {
        Phase::Start | Phase::Answering => {}
        Phase::Quiet(_) => return Some(End::Closed),
        Phase::Write(_) | Phase::HalfClosed(_) => return Some(End::Aborted),
        Phase::Head(_) => return Some(End::Refused(header_timeout(limits))),
        Phase::Body(_) => shared.wire().time_out_body(),
        Phase::Handler(..) => shared.time_out_request(),
    }
    None
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
