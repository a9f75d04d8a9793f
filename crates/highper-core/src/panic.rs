//! A panic becomes an answer.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::{Error, IntoResponse, Response};

pin_project_lite::pin_project! {
    /// A future of a response that answers 500 where it panics; the text of the panic is the private
    /// cause of the error and is not sent.
    ///
    /// What the future held is dropped and never polled again, so nothing half-done is seen by others
    /// except through what they share; a shared lock is poisoned as usual.
    ///
    /// # Example
    /// ```
    /// # use highper_core::CatchPanic;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let response = CatchPanic::new(async { panic!("out of tea") }).await;
    /// assert_eq!(response.status(), 500);
    /// assert_eq!(response.error().unwrap().source().unwrap().to_string(), "panicked: out of tea");
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct CatchPanic<F> {
        #[pin]
        future: F,
    }
}

impl<F> CatchPanic<F> {
    /// Guards `future`.
    #[inline]
    pub fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future<Output = Response>> Future for CatchPanic<F> {
    type Output = Response;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let future = self.project().future;
        // The future is not touched again after a panic, so no broken invariant of it can be seen.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll,
            Err(payload) => Poll::Ready(
                Error::internal(PanicError::new(&*payload)).with_code("panic").into_response(),
            ),
        }
    }
}

/// What a panic said.
#[derive(Debug)]
pub struct PanicError {
    message: String,
}

impl PanicError {
    /// Takes the text out of the payload of a panic.
    #[must_use]
    pub fn new(payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a value that is no text".to_owned());
        Self { message }
    }
}

impl fmt::Display for PanicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message)
    }
}

impl std::error::Error for PanicError {}
