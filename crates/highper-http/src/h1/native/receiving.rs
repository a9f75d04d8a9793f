//! The body of a request, from the socket to its reader.

use std::io;
use std::task::{Context, Poll, ready};

use highper_core::{BodyError, BoxError, Request};

use super::clock::Clock;
use super::connection::Connection;
use super::inbound::{Discarded, Incoming};
use super::pipe::Pipe;
use crate::body_rate::BodyRate;
use crate::h1::connection::End;
use crate::h1::deadline::Phase;
use crate::scratch;

/// How the reader of a body stands.
pub(super) enum Feeding {
    /// It has got something, or an end.
    Fed,
    /// It waits, and nothing has come.
    Starved,
    NotWanted,
}

impl Connection<'_> {
    /// The request with its body: the bytes, where all have come, else a pipe.
    #[inline]
    pub(super) fn with_body(&mut self, request: Request) -> Request {
        match self.inbound.begin_body() {
            Incoming::Nothing => request,
            Incoming::Whole(bytes) => request.with_body(bytes),
            Incoming::Coming(left) => {
                self.rate = BodyRate::default();
                let (pipe, body) = Pipe::new(left);
                self.pipe = Some(pipe);
                request.with_body(body)
            }
        }
    }

    /// True if nobody reads the body of the request, and the rest is not worth its reading.
    #[inline]
    pub(super) fn leaves_too_much(&self) -> bool {
        self.pipe.as_ref().is_some_and(Pipe::is_abandoned) && self.inbound.leaves_too_much()
    }

    /// Gives the reader of the body the next piece, if it waits for one.
    pub(super) fn poll_feed(&mut self, cx: &mut Context<'_>) -> Feeding {
        let is_wanted = self.pipe.as_ref().is_some_and(|pipe| pipe.is_wanted(cx));
        if !is_wanted {
            return Feeding::NotWanted;
        }
        if self.inbound.take_continue() {
            self.output.bytes().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            return Feeding::Fed;
        }
        if self.inbound.is_empty() {
            match self.poll_more(cx) {
                Poll::Pending => {
                    self.rate.wait();
                    return Feeding::Starved;
                }
                Poll::Ready(Ok(0)) => {
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
            self.inbound.hold(&scratch.bytes[..read]);
            Poll::Ready(Ok(read))
        })
    }

    fn decode_held(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        match self.inbound.read_body() {
            Ok(decoded) => {
                pipe.push(decoded.data.freeze());
                if self.inbound.is_at_head() {
                    pipe.complete(decoded.trailers);
                }
            }
            Err(refusal) => self.fail_body(BodyError::malformed(refusal.detail)),
        }
    }

    /// Nothing that comes after a body which failed is a request.
    pub(super) fn fail_body(&mut self, error: impl Into<BoxError>) {
        self.inbound.break_off();
        if let Some(pipe) = &self.pipe {
            pipe.fail(error);
        }
    }

    /// Reads and drops what is left of a body.
    pub(super) fn poll_discard<F: Future<Output = ()>>(
        &mut self,
        clock: &mut Clock<'_, '_, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), End>> {
        ready!(self.poll_written(clock, cx))?;
        self.pipe = None;
        loop {
            match self.inbound.discard() {
                Discarded::All => return Poll::Ready(Ok(())),
                Discarded::No => return Poll::Ready(Err(End::Closed)),
                Discarded::SoFar => {}
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
}

pub(super) fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the body stalled")
}
