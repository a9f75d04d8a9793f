//! The body of an answer, from its stream to the socket.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use highper_core::{Body, BodyError};
use highper_net::Peer;
use http_body::Body as _;
use tokio::task::coop::poll_proceed;

use super::answer::Framing;
use super::clock::Clock;
use super::connection::Connection;
use super::frames::{push_frame, within};
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
                *left = within(*left, slice.length()).map_err(|error| broken(&error))?;
                self.output.push_slice(slice);
                continue;
            }
            match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    turn.made_progress();
                    let pushed = frame
                        .transpose()
                        .and_then(|frame| push_frame(&mut self.output, framing, frame));
                    if pushed.map_err(|error| broken(&error))? {
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
}

/// An answer whose head was sent cannot become another one.
fn broken(error: &BodyError) -> End {
    log_broken(error);
    End::Aborted
}
