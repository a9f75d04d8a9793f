//! One connection: what was read and written, and what it waits for.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::BytesMut;
use highper_core::{Body, CatchPanic, Request, Response};
use highper_net::Peer;
use tokio::time::timeout;

use super::answer::Framing;
use super::clock::Clock;
use super::inbound::Inbound;
use super::output::Output;
use super::pipe::Pipe;
use super::receiving::{Feeding, stalled};
use crate::body_rate::BodyRate;
use crate::exchange::busy;
use crate::gate::Admission;
use crate::h1::connection::End;
use crate::h1::deadline::{Phase, header_timeout};
use crate::h1::linger;
use crate::h1::refusal::Refusal;
use crate::transport::{Ends, Transport};
use crate::{Limits, scratch};

/// One connection. It owns memory only for half a head, a body in flight, and what the socket does not
/// take.
pub(super) struct Connection<'a> {
    pub(super) stream: Transport,
    pub(super) limits: &'a Limits,
    pub(super) ends: Ends,
    pub(super) output: Output,
    /// The body of the present answer, whose head was written.
    pub(super) unsent: Option<(Body, Framing)>,
    pub(super) inbound: Inbound,
    pub(super) pipe: Option<Pipe>,
    pub(super) rate: BodyRate,
    requests: u32,
    pub(super) reads: u32,
    ends_at: Option<Instant>,
    /// When it is quiet it parks, and the reactor ends it.
    parks: bool,
}

impl<'a> Connection<'a> {
    pub(super) fn new(stream: Transport, first: BytesMut, limits: &'a Limits) -> Self {
        let ends_at = limits.connection_age.map(|age| Instant::now() + age);
        // Neither its age nor the number of its requests is kept when it parks.
        let may_park = ends_at.is_none() && limits.connection_requests.is_none();
        Self {
            ends: stream.ends(),
            parks: may_park && stream.is_asked_to_park(),
            stream,
            limits,
            output: Output::default(),
            unsent: None,
            inbound: Inbound::new(first),
            pipe: None,
            rate: BodyRate::default(),
            requests: 0,
            reads: 0,
            ends_at,
        }
    }

    /// The stream is another connection's: the one before has parked. That was between two requests, with
    /// nothing held and all of the output written; what else there was of it is as new.
    #[inline]
    pub(super) fn begin_anew(&mut self) {
        self.ends = self.stream.ends();
        self.pipe = None;
        self.rate = BodyRate::default();
        self.requests = 0;
        self.reads = 0;
    }

    pub(super) fn take_stream(&mut self) -> Transport {
        mem::replace(&mut self.stream, Transport::Absent)
    }

    /// True if the connection ends after the present request, because of their number or its age.
    #[inline]
    pub(super) fn is_last(&self) -> bool {
        self.inbound.is_broken()
            || self.limits.connection_requests.is_some_and(|most| self.requests >= most)
            || self.ends_at.is_some_and(|at| Instant::now() >= at)
    }

    /// The next request.
    pub(super) fn poll_request<F: Future<Output = ()>>(
        &mut self,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Request, End>> {
        loop {
            if self.output.is_full() {
                ready!(self.poll_written(clock, cx))?;
            }
            if !self.inbound.is_at_head() {
                ready!(self.poll_discard(clock, cx))?;
                continue;
            }
            if let Some(request) = self.inbound.next_held(self.limits).map_err(End::Refused)? {
                return Poll::Ready(Ok(self.begin(request)));
            }
            ready!(self.poll_written(clock, cx))?;
            match self.poll_head(cx) {
                Poll::Ready(Ok(Some(request))) => return Poll::Ready(Ok(self.begin(request))),
                Poll::Ready(Ok(None)) => continue,
                Poll::Ready(Err(end)) => return Poll::Ready(Err(end)),
                Poll::Pending => {}
            }
            if self.inbound.is_empty() {
                if clock.is_ending(cx) {
                    return Poll::Ready(Err(End::Closed));
                }
                if self.parks {
                    return match self.stream.is_park_wanted() {
                        true => Poll::Ready(Err(End::Parked)),
                        false => Poll::Pending,
                    };
                }
                ready!(clock.poll(Phase::Quiet(self.requests), cx));
                return Poll::Ready(Err(End::Closed));
            }
            ready!(clock.poll(Phase::Head(self.requests), cx));
            return Poll::Ready(Err(End::Refused(header_timeout(self.limits))));
        }
    }

    /// Reads once, and gives the head if all of it came.
    #[inline]
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Request>, End>> {
        scratch::with(|scratch| {
            let read = ready!(self.stream.poll_read(cx, &mut scratch.bytes));
            let read = match read {
                Ok(0) => return Poll::Ready(Err(End::Closed)),
                Ok(read) => read,
                Err(_) => return Poll::Ready(Err(End::Aborted)),
            };
            self.reads = self.reads.wrapping_add(1);
            let found = self.inbound.receive(&scratch.bytes, read, self.limits);
            Poll::Ready(found.map_err(End::Refused))
        })
    }

    #[inline]
    fn begin(&mut self, request: Request) -> Request {
        self.requests = self.requests.wrapping_add(1);
        self.pipe = None;
        request
    }

    /// Writes all there is.
    #[inline]
    pub(super) fn poll_written<F: Future<Output = ()>>(
        &mut self,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), End>> {
        match self.output.poll_flush(&mut self.stream, cx) {
            Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
            Poll::Ready(Err(_)) => return Poll::Ready(Err(End::Aborted)),
            Poll::Pending => {}
        }
        let writes = self.output.writes().wrapping_add(self.stream.withheld_writes());
        ready!(clock.poll(Phase::Write(writes), cx));
        Poll::Ready(Err(End::Aborted))
    }

    /// The answer of the handler, which is fed with the body as far as it reads it.
    pub(super) fn poll_answer<H, F>(
        &mut self,
        mut handling: Pin<&mut CatchPanic<H>>,
        admission: &mut Admission<'_>,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response, End>>
    where
        H: Future<Output = Response>,
        F: Future<Output = ()>,
    {
        loop {
            let is_let_in = !admission.is_waiting() || admission.poll_turn(cx).is_ready();
            if is_let_in && let Poll::Ready(response) = handling.as_mut().poll(cx) {
                return Poll::Ready(Ok(response));
            }
            ready!(self.poll_written(clock, cx))?;
            let feeding = if is_let_in { self.poll_feed(cx) } else { Feeding::NotWanted };
            let phase = match feeding {
                Feeding::Fed => continue,
                Feeding::Starved => Phase::Body(self.reads),
                Feeding::NotWanted => match self.stream.poll_peer(cx) {
                    Peer::There => Phase::Handler(self.requests, self.reads),
                    Peer::Finished => Phase::HalfClosed(self.requests),
                    Peer::Gone => return Poll::Ready(Err(End::Aborted)),
                },
            };
            ready!(clock.poll(phase, cx));
            match phase {
                Phase::Body(_) => self.fail_body(stalled()),
                Phase::Handler(..) if !is_let_in => return Poll::Ready(Ok(busy())),
                Phase::Handler(..) => return Poll::Ready(Ok(handling.poll_last(cx))),
                _ => return Poll::Ready(Err(End::Aborted)),
            }
        }
    }

    /// Writes what is left, and why the connection is refused if it is, and closes.
    pub(super) async fn finish(&mut self, refusal: Option<Refusal>) {
        if let Some(refusal) = &refusal {
            self.output.bytes().extend_from_slice(&refusal.to_bytes());
        }
        let written = poll_fn(|cx| self.output.poll_flush(&mut self.stream, cx));
        if !matches!(timeout(self.limits.write_timeout, written).await, Ok(Ok(()))) {
            return;
        }
        let is_sending = refusal.is_some() || self.inbound.is_in_message();
        linger::close(&mut self.stream, self.limits, is_sending).await;
    }
}
