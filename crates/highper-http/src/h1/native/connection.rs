//! One connection: what was read and written, and what it waits for.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf as _, Bytes, BytesMut};
use highper_core::{Body, BodyError, BoxError, CatchPanic, Request, Response};
use highper_net::Peer;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tokio::task::coop::poll_proceed;
use tokio::time::timeout;

use super::answer::{Framing, push_chunk_size, push_last_chunk};
use super::clock::Clock;
use super::decoder::Decoder;
use super::output::Output;
use super::parse::{Head, parse};
use super::pipe::Pipe;
use crate::body_rate::BodyRate;
use crate::exchange::timed_out;
use crate::gate::Admission;
use crate::h1::connection::End;
use crate::h1::deadline::{Phase, header_timeout};
use crate::h1::head::{BodyFraming, HeadScan};
use crate::h1::linger;
use crate::h1::refusal::Refusal;
use crate::outgoing::log_broken;
use crate::transport::{Ends, Transport};
use crate::{Limits, scratch};

/// One connection. It owns memory only for half a head, a body in flight, and what the socket does not
/// take.
pub(super) struct Connection<'a> {
    stream: Transport,
    pub(super) limits: &'a Limits,
    pub(super) ends: Ends,
    pub(super) output: Output,
    /// Read and not used yet.
    pub(super) held: BytesMut,
    scan: HeadScan,
    decoder: Decoder,
    pipe: Option<Pipe>,
    /// The client sends the body once it has read a 100.
    owes_continue: bool,
    /// How much of a body that nobody reads may still be thrown away.
    discardable: usize,
    rate: BodyRate,
    /// The body was no body: nothing after it is a request.
    is_broken: bool,
    at_end: bool,
    requests: u32,
    reads: u32,
    ends_at: Option<Instant>,
}

/// So much of a body that its handler has not read is read and dropped, to keep the connection.
const MAX_DISCARDED: usize = 64 * 1024;

impl<'a> Connection<'a> {
    pub(super) fn new(stream: Transport, first: BytesMut, limits: &'a Limits) -> Self {
        Self {
            ends: stream.ends(),
            stream,
            limits,
            output: Output::default(),
            held: first,
            scan: HeadScan::default(),
            decoder: Decoder::Done,
            pipe: None,
            owes_continue: false,
            discardable: MAX_DISCARDED,
            rate: BodyRate::default(),
            is_broken: false,
            at_end: false,
            requests: 0,
            reads: 0,
            ends_at: limits.connection_age.map(|age| Instant::now() + age),
        }
    }

    pub(super) fn take_stream(&mut self) -> Transport {
        mem::replace(&mut self.stream, Transport::Absent)
    }

    /// True if the connection ends after the present request, because of their number or its age.
    #[inline]
    pub(super) fn is_last(&self) -> bool {
        self.is_broken
            || self.at_end
            || self.limits.connection_requests.is_some_and(|most| self.requests >= most)
            || self.ends_at.is_some_and(|at| Instant::now() >= at)
    }

    /// True if nobody reads the body of the request, and the rest is not worth its reading: it is
    /// too long, or the client was never asked for it.
    pub(super) fn leaves_too_much(&self) -> bool {
        let is_left = self.pipe.as_ref().is_some_and(Pipe::is_abandoned) && !self.decoder.is_done();
        is_left
            && (self.owes_continue
                || self.decoder.left().is_some_and(|left| left > MAX_DISCARDED as u64))
    }

    /// The body of a request: the bytes, where all have come, else a pipe.
    pub(super) fn receive_body(&mut self, head: &Head) -> Body {
        if let BodyFraming::Length(length) = head.body
            && let Ok(length) = usize::try_from(length)
            && length <= self.held.len()
        {
            // A copy, so that a handler which keeps it does not keep all that was read.
            let body = Bytes::copy_from_slice(&self.held[..length]);
            self.use_up(length);
            return Body::from(body);
        }
        self.decoder = Decoder::new(head.body);
        self.owes_continue = head.expects_continue && self.held.is_empty();
        self.discardable = MAX_DISCARDED;
        self.rate = BodyRate::default();
        let (pipe, body) = Pipe::new(self.decoder.left());
        self.pipe = Some(pipe);
        body
    }

    /// The next request.
    pub(super) fn poll_request<F: Future<Output = ()>>(
        &mut self,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(Head, Request), End>> {
        loop {
            if self.output.is_full() {
                ready!(self.poll_written(clock, cx))?;
            }
            if !self.decoder.is_done() {
                ready!(self.poll_discard(clock, cx))?;
                continue;
            }
            if !self.held.is_empty()
                && let Some(found) = self.parse_held()?
            {
                return Poll::Ready(Ok(found));
            }
            ready!(self.poll_written(clock, cx))?;
            match self.poll_head(cx) {
                Poll::Ready(Ok(Some(found))) => return Poll::Ready(Ok(found)),
                Poll::Ready(Ok(None)) => continue,
                Poll::Ready(Err(end)) => return Poll::Ready(Err(end)),
                Poll::Pending => {}
            }
            if self.held.is_empty() {
                if clock.is_ending(cx) {
                    return Poll::Ready(Err(End::Closed));
                }
                if self.stream.is_park_wanted() && self.may_park() {
                    return Poll::Ready(Err(End::Parked));
                }
                ready!(clock.poll(Phase::Quiet(self.requests), cx));
                return Poll::Ready(Err(End::Closed));
            }
            ready!(clock.poll(Phase::Head(self.requests), cx));
            return Poll::Ready(Err(End::Refused(header_timeout(self.limits))));
        }
    }

    /// May the connection park? Its age and the number of its requests are not kept when it does.
    fn may_park(&self) -> bool {
        self.limits.connection_requests.is_none() && self.ends_at.is_none()
    }

    /// Reads once, and gives the head if all of it came.
    #[inline]
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<(Head, Request)>, End>> {
        scratch::with(|scratch| {
            let read = ready!(self.stream.poll_read(cx, &mut scratch.bytes));
            let bytes = match read {
                Ok(0) => return Poll::Ready(Err(End::Closed)),
                Ok(read) => &scratch.bytes[..read],
                Err(_) => return Poll::Ready(Err(End::Aborted)),
            };
            self.reads = self.reads.wrapping_add(1);
            if !self.held.is_empty() {
                self.held.extend_from_slice(bytes);
                return Poll::Ready(Ok(None));
            }
            let found = self.parse(bytes)?;
            let used = found.as_ref().map_or(0, |(head, _)| head.length);
            self.held.extend_from_slice(&bytes[used..]);
            Poll::Ready(Ok(found))
        })
    }

    fn parse_held(&mut self) -> Result<Option<(Head, Request)>, End> {
        let held = mem::take(&mut self.held);
        let found = self.parse(&held);
        self.held = held;
        if let Ok(Some((head, _))) = &found {
            self.use_up(head.length);
        }
        found
    }

    fn use_up(&mut self, length: usize) {
        self.held.advance(length);
        if self.held.is_empty() {
            // Gives back its memory too.
            self.held = BytesMut::new();
        }
    }

    /// Parses a head as a whole; one that comes in pieces is looked at line by line until it is.
    #[inline]
    fn parse(&mut self, bytes: &[u8]) -> Result<Option<(Head, Request)>, End> {
        if !self.scan.is_untouched()
            && self.scan.scan(bytes, self.limits).map_err(End::Refused)?.is_none()
        {
            return Ok(None);
        }
        let found = parse(bytes, self.limits).map_err(End::Refused)?;
        if found.is_some() {
            self.begin();
        } else {
            self.scan.scan(bytes, self.limits).map_err(End::Refused)?;
        }
        Ok(found)
    }

    #[inline]
    fn begin(&mut self) {
        self.scan = HeadScan::default();
        self.requests = self.requests.wrapping_add(1);
        self.pipe = None;
        self.owes_continue = false;
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
                Phase::Handler(..) => return Poll::Ready(Ok(timed_out(admission))),
                _ => return Poll::Ready(Err(End::Aborted)),
            }
        }
    }

    /// Gives the reader of the body the next piece, if it waits for one.
    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Feeding {
        let is_wanted = self.pipe.as_ref().is_some_and(|pipe| pipe.is_wanted(cx));
        if !is_wanted {
            return Feeding::NotWanted;
        }
        if self.owes_continue && self.held.is_empty() {
            self.owes_continue = false;
            self.output.bytes().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            return Feeding::Fed;
        }
        if self.held.is_empty() {
            match self.poll_more(cx) {
                Poll::Pending => {
                    self.rate.wait();
                    return Feeding::Starved;
                }
                Poll::Ready(Ok(0)) => {
                    self.at_end = true;
                    self.fail_body(io::Error::from(io::ErrorKind::UnexpectedEof));
                    return Feeding::Fed;
                }
                Poll::Ready(Ok(read)) => {
                    self.rate.come(read);
                    if self.rate.is_too_slow(self.limits) {
                        self.fail_body(stalled());
                        return Feeding::Fed;
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.fail_body(error);
                    return Feeding::Fed;
                }
            }
        }
        self.decode_held();
        Feeding::Fed
    }

    /// Reads once, behind what is held.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        scratch::with(|scratch| {
            let read = ready!(self.stream.poll_read(cx, &mut scratch.bytes))?;
            self.reads = self.reads.wrapping_add(1);
            self.held.extend_from_slice(&scratch.bytes[..read]);
            Poll::Ready(Ok(read))
        })
    }

    fn decode_held(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        match self.decoder.decode(&self.held) {
            Ok(decoded) => {
                pipe.push(decoded.data.freeze());
                if self.decoder.is_done() {
                    pipe.complete(decoded.trailers);
                }
                self.use_up(decoded.taken);
            }
            Err(refusal) => self.fail_body(BodyError::malformed(refusal.detail)),
        }
    }

    /// Nothing that comes after a body which failed is a request.
    fn fail_body(&mut self, error: impl Into<BoxError>) {
        self.is_broken = true;
        if let Some(pipe) = &self.pipe {
            pipe.fail(error);
        }
    }

    /// Reads and drops what is left of a body.
    fn poll_discard<F: Future<Output = ()>>(
        &mut self,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), End>> {
        ready!(self.poll_written(clock, cx))?;
        self.pipe = None;
        loop {
            match self.decoder.decode(&self.held) {
                Ok(decoded) => {
                    self.use_up(decoded.taken);
                    self.discardable = self.discardable.saturating_sub(decoded.taken);
                }
                Err(_) => return Poll::Ready(Err(End::Closed)),
            }
            if self.decoder.is_done() {
                return Poll::Ready(Ok(()));
            }
            if self.discardable == 0 {
                return Poll::Ready(Err(End::Closed));
            }
            match self.poll_more(cx) {
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(_) => return Poll::Ready(Err(End::Closed)),
                Poll::Pending => {
                    ready!(clock.poll(Phase::Body(self.reads), cx));
                    return Poll::Ready(Err(End::Closed));
                }
            }
        }
    }

    /// Sends a body as far as the peer takes it.
    pub(super) fn poll_send<F: Future<Output = ()>>(
        &mut self,
        body: &mut Body,
        framing: &mut Framing,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), End>> {
        loop {
            if self.output.is_full() {
                ready!(self.poll_written(clock, cx))?;
            }
            // A peer that takes as much as there is leaves the others their turn.
            let turn = ready!(poll_proceed(cx));
            match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    turn.made_progress();
                    if self.send_frame(frame, framing)? {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending => {
                    drop(turn);
                    ready!(self.poll_written(clock, cx))?;
                    if let Feeding::Fed = self.poll_feed(cx) {
                        continue;
                    }
                    if self.stream.poll_peer(cx) == Peer::Gone {
                        return Poll::Ready(Err(End::Aborted));
                    }
                    ready!(clock.poll(Phase::Answering, cx));
                }
            }
        }
    }

    /// Appends a frame of an answer's body; true if it was the last.
    fn send_frame(
        &mut self,
        frame: Option<Result<Frame<Bytes>, BodyError>>,
        framing: &mut Framing,
    ) -> Result<bool, End> {
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                log_broken(&error);
                return Err(End::Aborted);
            }
            None => return self.send_end(*framing, None).map(|()| true),
        };
        let data = match frame.into_data() {
            Ok(data) => data,
            Err(frame) => {
                let trailers = frame.into_trailers().ok();
                return self.send_end(*framing, trailers.as_ref()).map(|()| true);
            }
        };
        if data.is_empty() {
            return Ok(false);
        }
        match framing {
            Framing::Chunked => {
                push_chunk_size(self.output.bytes(), data.len());
                self.output.push_chunk(data);
            }
            Framing::Length(left) => {
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    log_broken(&BodyError::malformed("it is longer than was declared"));
                    return Err(End::Aborted);
                };
                *left = rest;
                self.output.push(data);
            }
            Framing::ToTheEnd => self.output.push(data),
            Framing::Nothing => {}
        }
        Ok(false)
    }

    fn send_end(&mut self, framing: Framing, trailers: Option<&HeaderMap>) -> Result<(), End> {
        match framing {
            Framing::Chunked => push_last_chunk(self.output.bytes(), trailers),
            Framing::Length(1..) => {
                log_broken(&BodyError::malformed("it is shorter than was declared"));
                return Err(End::Aborted);
            }
            Framing::Length(0) | Framing::Nothing | Framing::ToTheEnd => {}
        }
        Ok(())
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
        let is_sending = refusal.is_some()
            || self.is_broken
            || !self.held.is_empty()
            || !self.decoder.is_done()
            || !self.scan.is_untouched();
        linger::close(&mut self.stream, self.limits, is_sending).await;
    }
}

/// How the reader of a body stands.
enum Feeding {
    /// It has got something, or an end.
    Fed,
    /// It waits, and nothing has come.
    Starved,
    NotWanted,
}

fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the body stalled")
}
