//! The body of a request, from the socket to its reader.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use highper_core::{Body, BodyError, BoxError};

use super::clock::Clock;
use super::connection::Connection;
use super::decoder::Decoder;
use super::pipe::Pipe;
use crate::body_rate::BodyRate;
use crate::h1::connection::End;
use crate::h1::deadline::Phase;
use crate::h1::head::BodyFraming;
use crate::scratch;

/// How the reader of a body stands.
pub(super) enum Feeding {
    /// It has got something, or an end.
    Fed,
    /// It waits, and nothing has come.
    Starved,
    NotWanted,
}

/// So much of a body that its handler has not read is read and dropped, to keep the connection.
const MAX_DISCARDED: usize = 64 * 1024;

impl Connection<'_> {
    /// The body of a request: the bytes, where all have come, else a pipe.
    pub(super) fn receive_body(&mut self) -> Body {
        let head = self.head;
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

    /// True if nobody reads the body of the request, and the rest is not worth its reading: it is
    /// too long, or the client was never asked for it.
    #[inline]
    pub(super) fn leaves_too_much(&self) -> bool {
        let is_left = self.pipe.as_ref().is_some_and(Pipe::is_abandoned) && !self.decoder.is_done();
        is_left
            && (self.owes_continue
                || self.decoder.left().is_some_and(|left| left > MAX_DISCARDED as u64))
    }

    /// Gives the reader of the body the next piece, if it waits for one.
    pub(super) fn poll_feed(&mut self, cx: &mut Context<'_>) -> Feeding {
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
    pub(super) fn fail_body(&mut self, error: impl Into<BoxError>) {
        self.is_broken = true;
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
}

pub(super) fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the body stalled")
}
