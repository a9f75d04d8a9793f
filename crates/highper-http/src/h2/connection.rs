//! Drives an HTTP/2 connection: the engine, its limits, its deadlines, its end.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
use highper_core::{BoxError, Handler};
use highper_net::Drain;
use hyper::body::Incoming;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::server::conn::http2;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioTimer;
use tokio::time::{Instant, Sleep};

use super::answer::answer;
use super::frame_guard::{Flood, FrameGuard, MAX_BLOCK_FACTOR};
use super::goaway;
use super::streams::Streams;
use crate::exchange;
use crate::h1::engine_io::EngineIo;
use crate::h1::framing::Framing;
use crate::h1::linger::finish;
use crate::h1::shared::Shared;
use crate::outgoing::Outgoing;
use crate::reception::Reception;
use crate::transport::Transport;
use crate::{Limits, timer, upgrade};

/// Serves one connection to its end.
pub(crate) async fn serve<H: Handler>(
    stream: Transport,
    first: BytesMut,
    handler: Arc<H>,
    reception: &Reception,
) {
    let Reception { limits, drain, counters, refusals, .. } = reception;
    let ends = stream.ends();
    let guard = Framing::Http2(Box::new(FrameGuard::new()));
    let shared = Shared::new(stream, first, guard, Arc::clone(limits));
    let streams = Streams::new(limits.write_timeout);
    let gate = counters.gate(limits);
    let end = {
        let service = service_fn(|request| {
            let (handler, limits) = (Arc::clone(&handler), Arc::clone(limits));
            let (gate, refusals) = (gate.clone(), refusals.clone());
            let flow = streams.begin();
            let mut request = exchange::receive_h2(request, &limits, &ends, &flow);
            if upgrade::protocol(&request).is_some() {
                upgrade::offer_stream(&mut request, drain.clone(), streams.hold());
            }
            async move {
                let gate = gate.as_ref();
                let answered = answer(&*handler, request, &limits, flow, gate, &refusals).await;
                Ok::<_, Infallible>(answered)
            }
        });
        let engine = builder(limits, streams.clone())
            .serve_connection(EngineIo(Arc::clone(&shared)), service);
        let driver = Driver { shared: &shared, streams: &streams, limits, drain };
        driver.drive(pin!(engine)).await
    };
    let peer = ends.connection.peer;
    match end {
        End::Closed | End::Aborted => {}
        End::Failed(error) => {
            tracing::debug!(%peer, %error, "HTTP/2 connection ended");
            if let Some(why) = calmed(&error) {
                counters.count_flood(peer, &why);
            }
            finish(&shared, limits).await;
        }
        End::Flood(flood) => {
            counters.count_flood(peer, flood.as_str());
            say_goaway(&shared, flood);
            finish(&shared, limits).await;
        }
    }
}

fn builder(limits: &Limits, streams: Streams) -> http2::Builder<Streams> {
    let mut builder = http2::Builder::new(streams);
    builder
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(limits.h2_streams)
        .initial_stream_window_size(limits.h2_stream_window)
        .initial_connection_window_size(limits.h2_connection_window)
        .max_header_list_size(engine_list_size(limits))
        .max_send_buf_size(limits.h2_stream_window as usize)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS)
        .keep_alive_interval(limits.idle_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}

/// The engine refuses above this, and tells nobody: what is only above the limit reaches us, who do.
fn engine_list_size(limits: &Limits) -> u32 {
    let size = limits.header_size as u64 * MAX_BLOCK_FACTOR;
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Streams that the peer reset before we looked at them, at once.
const MAX_PENDING_RESETS: usize = 20;

/// Streams that we had to reset because of what the peer did on them, in the life of a connection. A
/// client may open more streams than it may before it hears how many these are.
const MAX_ERROR_RESETS: usize = 256;

/// How a connection ends.
enum End {
    Closed,
    Failed(hyper::Error),
    /// The peer asks for too much.
    Flood(Flood),
    /// The peer is gone, or takes no more bytes.
    Aborted,
}

/// Why the engine itself told the peer to be calmer, if it did.
fn calmed(error: &hyper::Error) -> Option<String> {
    let source = std::error::Error::source(error)?.downcast_ref::<h2::Error>()?;
    let is_calmed = source.is_library() && source.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM);
    is_calmed.then(|| source.to_string())
}

/// The engine is gone: its last frame was written to its end, or there can be no other.
fn say_goaway(shared: &Shared, flood: Flood) {
    let mut wire = shared.wire();
    if wire.is_written()
        && let Some(guard) = wire.guard()
    {
        let frame = goaway::enhance_your_calm(guard.last_stream(), flood.as_str());
        wire.push_out(&frame);
    }
}

/// hyper's connection, whatever its service.
trait Engine: Future<Output = hyper::Result<()>> {
    fn graceful_shutdown(self: Pin<&mut Self>);
}

impl<S> Engine for http2::Connection<EngineIo, S, Streams>
where
    S: HttpService<Incoming, ResBody = Outgoing>,
    S::Error: Into<BoxError>,
    Streams: Http2ServerConnExec<S::Future, Outgoing>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Self::graceful_shutdown(self);
    }
}

struct Driver<'a> {
    shared: &'a Shared,
    streams: &'a Streams,
    limits: &'a Limits,
    drain: &'a Drain,
}

/// What a connection waits for. The number changes when the waiting begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// For what its streams do, each of which has a time of its own.
    Streams,
    /// For the first stream, or the next.
    Quiet(u32),
    /// For the rest of a block of header fields.
    Head(u32),
    /// For the peer to take what is written.
    Write(u32),
    /// For the peer to go, after the last stream.
    Closing,
}

impl Driver<'_> {
    async fn drive(&self, mut engine: Pin<&mut impl Engine>) -> End {
        let mut draining = pin!(self.drain.started());
        let ends_at = self.limits.connection_age.map(|age| Instant::now() + age);
        let (mut is_first, mut closing) = (true, None::<u32>);
        let mut alarm = Alarm::new(self.limits);
        let mut timer = pin!(tokio::time::sleep(alarm.tick));
        std::future::poll_fn(|cx| {
            loop {
                // The first poll leaves the waker; after that one load tells as much as another poll.
                if (is_first || self.drain.is_draining())
                    && closing.is_none()
                    && draining.as_mut().poll(cx).is_ready()
                    || closing.is_none() && self.is_used_up(ends_at)
                {
                    closing = Some(self.streams.begun());
                    engine.as_mut().graceful_shutdown();
                }
                is_first = false;
                if let Poll::Ready(result) = engine.as_mut().poll(cx) {
                    return Poll::Ready(result.map_or_else(End::Failed, |()| End::Closed));
                }
                let phase = match self.phase(closing) {
                    Ok(phase) => phase,
                    Err(end) => return Poll::Ready(end),
                };
                match alarm.poll(phase, timer.as_mut(), cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Phase::Quiet(_)) => {
                        closing = Some(self.streams.begun());
                        engine.as_mut().graceful_shutdown();
                    }
                    Poll::Ready(_) => return Poll::Ready(End::Aborted),
                }
            }
        })
        .await
    }

    /// True if the connection has had as many requests, or is as old, as it may.
    fn is_used_up(&self, ends_at: Option<Instant>) -> bool {
        let most = self.limits.connection_requests;
        most.is_some_and(|most| self.streams.begun() >= most)
            || ends_at.is_some_and(|at| Instant::now() >= at)
    }

    /// What is waited for, `closing` being how many streams there were when the peer was told to go.
    fn phase(&self, closing: Option<u32>) -> Result<Phase, End> {
        let wire = self.shared.wire();
        let guard = wire.guard();
        if let Some(flood) = guard.and_then(FrameGuard::flood) {
            return Err(End::Flood(flood));
        }
        let begun = self.streams.begun();
        // Those that were on their way are answered; a peer that does not hear is left.
        if closing.is_some_and(|then| begun.wrapping_sub(then) > self.limits.h2_streams) {
            return Err(End::Aborted);
        }
        Ok(if !wire.is_written() {
            Phase::Write(wire.writes())
        } else if guard.is_some_and(FrameGuard::is_in_block) {
            Phase::Head(begun)
        } else if !self.streams.are_quiet() {
            Phase::Streams
        } else if closing.is_some() {
            Phase::Closing
        } else {
            Phase::Quiet(begun)
        })
    }
}

/// The one deadline that counts now. The timer fires at the latest every `tick`, the shortest of the
/// time-outs, and looks: no deadline that was set since can be earlier.
struct Alarm<'a> {
    limits: &'a Limits,
    tick: std::time::Duration,
    phase: Phase,
    at: Option<Instant>,
    /// The timer knows whom to wake.
    is_waiting: bool,
}

impl<'a> Alarm<'a> {
    fn new(limits: &'a Limits) -> Self {
        let tick = limits.shortest_timeout();
        Self { limits, tick, phase: Phase::Streams, at: None, is_waiting: false }
    }

    /// Ready with what the connection has waited for too long.
    fn poll(
        &mut self,
        phase: Phase,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<Phase> {
        if phase != self.phase {
            self.phase = phase;
            self.at = self.timeout().map(|timeout| Instant::now() + timeout);
        }
        // Polled after it was set, to leave the waker, and once it has fired.
        while (!self.is_waiting || timer.is_elapsed()) && timer::poll(timer.as_mut(), cx).is_ready()
        {
            let now = Instant::now();
            self.is_waiting = false;
            let look_again = now + self.tick;
            if self.at.is_some_and(|at| at <= now) {
                self.at = None;
                timer.as_mut().reset(look_again);
                return Poll::Ready(phase);
            }
            timer.as_mut().reset(self.at.map_or(look_again, |at| at.min(look_again)));
        }
        self.is_waiting = true;
        Poll::Pending
    }

    fn timeout(&self) -> Option<std::time::Duration> {
        Some(match self.phase {
            Phase::Streams => return None,
            Phase::Quiet(_) => self.limits.idle_timeout,
            Phase::Head(_) => self.limits.header_timeout,
            Phase::Write(_) | Phase::Closing => self.limits.write_timeout,
        })
    }
}
