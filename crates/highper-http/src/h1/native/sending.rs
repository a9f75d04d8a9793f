//! The body of an answer, from its stream to the socket.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use highper_core::{Body, BodyError};
use highper_net::Peer;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tokio::task::coop::poll_proceed;

use super::answer::{Framing, push_chunk_size, push_last_chunk};
use super::clock::Clock;
use super::connection::Connection;
use super::receiving::Feeding;
use crate::h1::connection::End;
use crate::h1::deadline::Phase;
use crate::outgoing::log_broken;

impl Connection<'_> {
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
            if let Framing::Length(left) = framing
                && self.stream.sends_files()
                && let Some(slice) = body.take_slice()
            {
                turn.made_progress();
                *left = within(*left, slice.length())?;
                self.output.push_slice(slice);
                continue;
            }
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
                *left = within(*left, data.len() as u64)?;
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
}

/// What is left of a declared length after so much more.
fn within(left: u64, length: u64) -> Result<u64, End> {
    left.checked_sub(length).ok_or_else(|| {
        log_broken(&BodyError::malformed("it is longer than was declared"));
        End::Aborted
    })
}
