//! The way of a request's body from its connection to whoever reads it, one piece at a time.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use highper_core::{Body, BoxError};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// The end of the pipe that the connection holds.
#[derive(Debug)]
pub(super) struct Pipe(Arc<Mutex<State>>);

/// The end that the request holds, as its body.
struct Incoming(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    piece: Bytes,
    trailers: Option<HeaderMap>,
    end: Option<End>,
    /// What is still to come, if the length was declared.
    left: Option<u64>,
    is_wanted: bool,
    is_abandoned: bool,
    reader: Option<Waker>,
    connection: Option<Waker>,
}

/// How a body ends.
#[derive(Debug)]
enum End {
    Complete,
    Failed(BoxError),
}

impl Pipe {
    /// A pipe, and the body at its end.
    pub(super) fn new(left: Option<u64>) -> (Self, Body) {
        let state = Arc::new(Mutex::new(State { left, ..State::default() }));
        (Self(Arc::clone(&state)), Body::wrap(Incoming(state)))
    }

    /// Does somebody wait for more? If not, the connection is woken when somebody does.
    pub(super) fn is_wanted(&self, cx: &Context<'_>) -> bool {
        let mut state = lock(&self.0);
        if !state.is_wanted {
            match &mut state.connection {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
        state.is_wanted
    }

    /// True if nobody can read it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        lock(&self.0).is_abandoned
    }

    pub(super) fn push(&self, piece: Bytes) {
        let mut state = lock(&self.0);
        if !piece.is_empty() {
            state.left = state.left.map(|left| left.saturating_sub(piece.len() as u64));
            state.piece = piece;
            state.hand_over();
        }
    }

    pub(super) fn complete(&self, trailers: Option<HeaderMap>) {
        let mut state = lock(&self.0);
        state.trailers = trailers;
        state.finish(End::Complete);
    }

    pub(super) fn fail(&self, error: impl Into<BoxError>) {
        lock(&self.0).finish(End::Failed(error.into()));
    }
}

impl State {
    fn finish(&mut self, end: End) {
        if self.end.is_none() {
            self.end = Some(end);
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        self.is_wanted = false;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// The connection is done with the body, whether or not it was read: who still reads it learns that no
/// more comes.
impl Drop for Pipe {
    fn drop(&mut self) {
        self.fail(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the connection was done with before the body had come",
        ));
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut state = lock(&self.0);
        if !state.piece.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut state.piece)))));
        }
        match state.end.take() {
            Some(End::Complete) => {
                state.end = Some(End::Complete);
                Poll::Ready(state.trailers.take().map(|fields| Ok(Frame::trailers(fields))))
            }
            Some(End::Failed(error)) => {
                state.end = Some(End::Complete);
                Poll::Ready(Some(Err(error)))
            }
            None => {
                state.is_wanted = true;
                state.reader = Some(cx.waker().clone());
                if let Some(connection) = state.connection.take() {
                    connection.wake();
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let state = lock(&self.0);
        matches!(state.end, Some(End::Complete))
            && state.piece.is_empty()
            && state.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let state = lock(&self.0);
        state.left.map_or_else(SizeHint::default, |left| {
            SizeHint::with_exact(left + state.piece.len() as u64)
        })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.is_abandoned = true;
        state.is_wanted = false;
        if let Some(connection) = state.connection.take() {
            connection.wake();
        }
    }
}

/// The state is whole whenever the lock is free.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
