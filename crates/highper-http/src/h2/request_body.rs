//! The body of a request of HTTP/2, which has to go on coming.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use highper_core::BoxError;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::streams::Flow;
use crate::Limits;
use crate::body_rate::BodyRate;

pin_project_lite::pin_project! {
    /// The body of a request, an error once it has brought nothing for too long while the answer has
    /// not begun. After that both sides may take their time, as they may in HTTP/1.
    pub(crate) struct RequestBody {
        #[pin]
        body: Incoming,
        flow: Arc<Flow>,
        limits: Arc<Limits>,
        rate: BodyRate,
        // Most bodies are there when they are asked for.
        timer: Option<Pin<Box<Sleep>>>,
    }

    impl PinnedDrop for RequestBody {
        fn drop(this: Pin<&mut Self>) {
            // Nobody waits for it any more.
            this.flow.count_read();
        }
    }
}

impl RequestBody {
    pub(crate) fn new(body: Incoming, flow: Arc<Flow>, limits: Arc<Limits>) -> Self {
        Self { body, flow, limits, rate: BodyRate::default(), timer: None }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            this.flow.count_read();
            *this.timer = None;
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            this.rate.come(data.map_or(0, Bytes::len));
            if frame.is_some() && this.rate.is_too_slow(this.limits) && !this.flow.is_answering() {
                return stalled("the body came too slowly");
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)));
        }
        this.flow.wait_for_body();
        this.rate.wait();
        if this.flow.is_answering() {
            return Poll::Pending;
        }
        let timer = this
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(this.limits.body_timeout)));
        if timer.as_mut().poll(cx).is_pending() || this.flow.is_answering() {
            return Poll::Pending;
        }
        // The time to answer this counts from now.
        this.flow.count_read();
        stalled("the body stalled")
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a handler makes a 408 of.
fn stalled<T>(why: &'static str) -> Poll<Option<Result<T, BoxError>>> {
    Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, why).into())))
}
