//! The body of an answer on its way to the engine.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use highper_core::{Body, BodyError};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::counters::Log;
use crate::gate::Permit;
use crate::h1::shared::{Exchange, Shared};
use crate::h2::Flow;

/// A body in pieces that the engine may copy, which says when it is over.
pub(crate) struct Outgoing {
    body: Body,
    /// What of a large piece has not been given yet.
    rest: Bytes,
    watch: Watch,
    /// The request counts among those at once until the body ends.
    _permit: Option<Permit>,
}

/// Who is told how far the body has come.
enum Watch {
    Nobody,
    /// The connection of HTTP/1, when it is over.
    Exchange(Arc<Shared>),
    /// The stream of HTTP/2, at each piece.
    Stream(Arc<Flow>),
}

impl Outgoing {
    /// hyper copies bodies into its write buffer: a piece bounds how far that grows.
    pub(crate) const MAX_PIECE: usize = 16 * 1024;

    /// A body, and whose exchange ends when it is dropped.
    #[inline]
    pub(crate) fn new(body: Body, exchange: Option<Arc<Shared>>, permit: Option<Permit>) -> Self {
        let watch = exchange.map_or(Watch::Nobody, Watch::Exchange);
        Self { body, rest: Bytes::new(), watch, _permit: permit }
    }

    /// A body, and the stream of HTTP/2 on which it is sent.
    pub(crate) fn on_stream(body: Body, flow: Arc<Flow>, permit: Option<Permit>) -> Self {
        Self { body, rest: Bytes::new(), watch: Watch::Stream(flow), _permit: permit }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Watch::Stream(flow) = &self.watch {
            flow.piece_is_gone();
        }
        let mut piece = if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => {
                    log_broken(&error);
                    return Poll::Ready(Some(Err(error)));
                }
                None => return Poll::Ready(None),
            }
        } else {
            std::mem::take(&mut self.rest)
        };
        if piece.len() > Self::MAX_PIECE {
            self.rest = piece.split_off(Self::MAX_PIECE);
        }
        if let Watch::Stream(flow) = &self.watch {
            flow.piece_is_taken();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        let (hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        match hint.exact() {
            Some(exact) => SizeHint::with_exact(exact + rest),
            None => hint,
        }
    }
}

/// The status has been sent: all that is left is to break the answer off, so that the peer does not take
/// it for complete, and to tell of it here.
#[cold]
pub(crate) fn log_broken(error: &BodyError) {
    static LOG: Mutex<Log> = Mutex::new(Log::new());
    let held_back = LOG.lock().unwrap_or_else(PoisonError::into_inner).pass();
    if let Some(held_back) = held_back {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(%error, cause, held_back, "an answer broke off: its body failed");
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Watch::Exchange(exchange) = &self.watch {
            exchange.set_exchange(Exchange::None);
        }
    }
}
