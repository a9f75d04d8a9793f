//! The word to a connection that the server is going away.

use std::{
    cell::RefCell,
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use tokio::{sync::Notify, time::sleep};

use crate::worker::FIRST_REQUEST_GRACE;

/// Tells a connection that the server is going away. Cheap to clone.
///
/// A drain has two parts. It is *announced* first: for the lame-duck time the server goes on, and its
/// protocols tell their peers not to come again on this connection. Then it *ends* what is quiet.
///
/// A protocol looks at [`Drain::is_draining`] where it is about to promise more work (keep-alive,
/// the next request), awaits [`Drain::started`] where it can tell a peer unasked, and
/// [`Drain::ending`] where it waits for the peer.
///
/// # Example
/// ```
/// use highper_net::Drain;
///
/// let drain = Drain::never();
/// assert!(!drain.is_draining());
/// ```
#[derive(Clone)]
pub struct Drain {
    // One per worker, not per server: neither the reference count nor the list of those who wait
    // is shared by two cores.
    signal: Arc<Signal>,
}

thread_local! {
    static CURRENT: RefCell<Option<Drain>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Signal {
    announced: Flag,
    handed_over: Flag,
    ending: Flag,
}

#[derive(Default)]
struct Flag {
    is_set: AtomicBool,
    waiting: Notify,
}

impl Drain {
    /// One that never starts: for tests, and for connections that no server owns.
    #[must_use]
    pub fn never() -> Self {
        Self { signal: Arc::default() }
    }

    /// That of the worker whose thread this is called on; elsewhere one that never starts.
    ///
    /// For answers and tasks that go on for as long as the server does, and are not told otherwise.
    #[must_use]
    pub fn of_this_worker() -> Self {
        CURRENT.with_borrow(|current| current.clone()).unwrap_or_else(Self::never)
    }

    /// Makes it the drain of this thread's worker.
    pub(crate) fn enter_thread(&self) {
        CURRENT.set(Some(self.clone()));
    }

    /// Has the drain been announced? One relaxed load: fit for every request.
    #[inline]
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.signal.announced.is_set()
    }

    /// Is what is quiet to end? One relaxed load.
    #[inline]
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.signal.ending.is_set()
    }

    /// Resolves once the drain has been announced, at once if it already has.
    ///
    /// It may be dropped and called again at any time without missing the start. To poll it beside
    /// a connection on every wake costs a load and a comparison: the list of those who wait is
    /// touched the first time only.
    pub async fn started(&self) {
        self.signal.announced.wait().await;
    }

    /// Resolves once the lame-duck time is over: what is quiet ends now. Otherwise like
    /// [`Self::started`].
    pub async fn ending(&self) {
        self.signal.ending.wait().await;
    }

    /// For a connection that has not sent a byte: half a second later than [`Self::ending`], because
    /// its client may have connected a moment ago and be about to ask.
    pub async fn ending_unused(&self) {
        self.ending().await;
        sleep(FIRST_REQUEST_GRACE).await;
    }

    /// Resolves once somebody else accepts on the listeners.
    pub(crate) async fn handed_over(&self) {
        self.signal.handed_over.wait().await;
    }

    pub(crate) fn hand_over(&self) {
        self.signal.handed_over.set();
    }

    pub(crate) fn announce(&self) {
        self.signal.announced.set();
    }

    pub(crate) fn end(&self) {
        self.signal.ending.set();
    }
}

impl Flag {
    #[inline]
    fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.is_set.store(true, Ordering::Relaxed);
        self.waiting.notify_waiters();
    }

    async fn wait(&self) {
        let mut notified = pin!(self.waiting.notified());
        let mut registered: Option<Waker> = None;
        // The notification was taken before the flag is looked at, and `set` sets the flag before
        // it notifies: one of the two is always seen.
        poll_fn(|cx| {
            if self.is_set() {
                return Poll::Ready(());
            }
            if registered.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                return Poll::Pending;
            }
            registered = Some(cx.waker().clone());
            notified.as_mut().poll(cx)
        })
        .await;
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("is_draining", &self.is_draining()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    #[tokio::test]
    async fn everyone_who_waits_hears_the_start() {
        let drain = Drain::never();
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                let drain = drain.clone();
                tokio::spawn(async move { drain.started().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(!drain.is_draining());
        drain.announce();
        for task in waiting {
            task.await.unwrap();
        }
        assert!(drain.is_draining());
        drain.started().await;
    }

    #[tokio::test]
    async fn a_start_between_two_polls_is_not_missed() {
        let drain = Drain::never();
        let mut started = pin!(drain.started());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(started.as_mut().poll(&mut cx).is_pending());
        drain.announce();
        assert!(started.as_mut().poll(&mut cx).is_ready());
    }

    #[tokio::test]
    async fn the_task_that_polls_last_is_the_one_woken() {
        let drain = Drain::never();
        let mut started = Box::pin({
            let drain = drain.clone();
            async move { drain.started().await }
        });
        // Polled by one task first, then moved to another: the second must be woken.
        assert!(started.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let moved = tokio::spawn(started);
        tokio::task::yield_now().await;
        drain.announce();
        moved.await.unwrap();
    }
}
