//! A panic becomes an answer.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};
use std::thread;

use http::StatusCode;

use crate::call_stack::backtrace_for;
use crate::{Error, IntoResponse, Place, Response};

pin_project_lite::pin_project! {
    /// A future of a response that answers 500 where it panics; the text of the panic is the private
    /// cause of the error and is not sent. It answers 503 where its time is over ([`poll_last`]).
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
    ///
    /// [`poll_last`]: CatchPanic::poll_last
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

impl<F: Future<Output = Response>> CatchPanic<F> {
    /// Polls once more a future whose time is over.
    ///
    /// The innermost `CatchPanic` in it that is not ready answers 503: that is around the handler of a
    /// route, so that the answer goes out through all middleware, as every other does. If one of them is
    /// not ready even then, the answer is made here.
    pub fn poll_last(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Response {
        IS_LAST.set(true);
        let poll = self.poll(cx);
        IS_LAST.set(false);
        match poll {
            Poll::Ready(response) => response,
            Poll::Pending => too_late(),
        }
    }
}

impl<F: Future<Output = Response>> Future for CatchPanic<F> {
    type Output = Response;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let future = self.project().future;
        let outer = IS_CAUGHT.replace(true);
        // The future is not touched again after a panic, so no broken invariant of it can be seen.
        let poll = catch_unwind(AssertUnwindSafe(|| future.poll(cx)));
        IS_CAUGHT.set(outer);
        match poll {
            Ok(Poll::Pending) if IS_LAST.get() => Poll::Ready(too_late()),
            Ok(poll) => poll,
            Err(payload) => Poll::Ready(answer(&*payload)),
        }
    }
}

#[cold]
fn too_late() -> Response {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long and was given up")
        .with_code("request_timeout")
        .into_response()
}

#[cold]
fn answer(payload: &(dyn Any + Send)) -> Response {
    Error::panicked(PanicError::new(payload)).into_response()
}

/// What a panic said, and where; all but the text only once [`install_panic_hook`] has run.
#[derive(Debug)]
pub struct PanicError {
    message: String,
    scene: Option<Box<Scene>>,
}

/// What only the hook of a panic learns.
#[derive(Debug)]
struct Scene {
    message: String,
    file: String,
    line: u32,
    column: u32,
    thread: Option<String>,
    backtrace: Option<Box<Backtrace>>,
}

thread_local! {
    /// Is a `CatchPanic` polled by this thread?
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Does this thread poll a request for the last time?
    static IS_LAST: Cell<bool> = const { Cell::new(false) };
    /// What the hook saw last, for whoever catches the panic.
    static LAST: RefCell<Option<Box<Scene>>> = const { RefCell::new(None) };
}

/// Has the panics that [`CatchPanic`] catches tell their place, their thread, and a backtrace where one
/// is asked for (see [`capture_backtraces`](crate::capture_backtraces)).
///
/// Such a panic is no longer written to standard error by itself, since it is logged as the error of its
/// request. All others go to the hook that was there before. A second call does nothing.
pub fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_CAUGHT.get() {
                note(info);
            } else {
                earlier(info);
            }
        }));
    });
}

/// A hook must not panic: where the slot is in use or gone, the scene is lost and nothing else.
fn note(info: &PanicHookInfo<'_>) {
    let place = info.location();
    let scene = Scene {
        message: text_of(info.payload()),
        file: place.map_or_else(String::new, |place| place.file().to_owned()),
        line: place.map_or(0, |place| place.line()),
        column: place.map_or(0, |place| place.column()),
        thread: thread::current().name().map(ToOwned::to_owned),
        backtrace: backtrace_for(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(Box::new(scene));
        }
    });
}

impl PanicError {
    /// Takes the text out of the payload of a panic of this thread.
    #[must_use]
    pub fn new(payload: &(dyn Any + Send)) -> Self {
        let message = text_of(payload);
        let scene = LAST.try_with(RefCell::take).ok().flatten();
        // A panic that was resumed ran no hook: the scene may be that of another, caught elsewhere.
        let scene = scene.filter(|scene| scene.message == message);
        Self { message, scene }
    }

    /// What the panic said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it happened.
    #[must_use]
    pub fn place(&self) -> Option<Place<'_>> {
        let scene = self.scene.as_deref()?;
        Some(Place { file: &scene.file, line: scene.line, column: scene.column })
    }

    /// The name of the thread on which it happened.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        self.scene.as_deref()?.thread.as_deref()
    }

    /// The calls that led there, if they were asked for.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.scene.as_deref()?.backtrace.as_deref()
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned())
}

impl fmt::Display for PanicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message)
    }
}

impl std::error::Error for PanicError {}

#[cfg(test)]
mod tests {
    use super::*;

    async fn caught(future: impl Future<Output = Response>) -> Error {
        install_panic_hook();
        CatchPanic::new(future).await.take_error().unwrap()
    }

    #[tokio::test]
    async fn a_panic_tells_where_it_happened_and_on_which_thread() {
        let line = line!() + 1;
        let error = caught(async { panic!("out of {}", "tea") }).await;
        assert!(error.place().file.ends_with("panic.rs"), "{}", error.place());
        assert_eq!(error.place().line, line);
        let panic = error.panic().unwrap();
        assert_eq!(panic.message(), "out of tea");
        assert_eq!(panic.thread(), thread::current().name());
    }

    #[tokio::test]
    async fn a_panic_that_was_resumed_is_not_told_at_the_place_of_another() {
        install_panic_hook();
        let error = caught(async {
            let _ = catch_unwind(|| panic!("caught by the handler itself"));
            panic::resume_unwind(Box::new("from another thread"))
        })
        .await;
        let panic = error.panic().unwrap();
        assert_eq!((panic.message(), panic.place()), ("from another thread", None));
    }
}
