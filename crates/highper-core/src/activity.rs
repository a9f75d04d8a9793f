//! What each thread works on, so that somebody else can see that it is stuck.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::RoutePattern;

/// What one thread works on. Written by that thread alone, read by a watchdog: a handler that blocks
/// its thread cannot tell of itself.
///
/// # Example
/// ```
/// use highper_core::Activity;
///
/// let activity = Activity::of_this_thread();
/// Activity::during(|| assert!(activity.sample().is_working()));
/// assert!(!activity.sample().is_working());
/// ```
#[derive(Debug, Default)]
pub struct Activity {
    /// Odd while something is polled: two samples with the same odd number are the same poll.
    polls: AtomicU64,
    /// The number of the route that is worked on, from 1.
    route: AtomicU32,
}

/// What a thread was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivitySample {
    polls: u64,
    /// The route whose handler it was, if it was one.
    pub route: Option<&'static RoutePattern>,
}

thread_local! {
    static CURRENT: Arc<Activity> = Arc::default();
}

/// Every route of the process, by number: a reference does not fit into an atomic.
static ROUTES: Mutex<Vec<&'static RoutePattern>> = Mutex::new(Vec::new());

impl Activity {
    /// That of the thread which calls this, for the watchdog to keep.
    #[must_use]
    pub fn of_this_thread() -> Arc<Self> {
        CURRENT.with(Arc::clone)
    }

    /// Notes that this thread works as long as `work` takes.
    #[inline]
    pub fn during<T>(work: impl FnOnce() -> T) -> T {
        struct Working<'a>(&'a Activity, u64);
        impl Drop for Working<'_> {
            fn drop(&mut self) {
                self.0.polls.store(self.1.wrapping_add(2), Relaxed);
            }
        }
        CURRENT.with(|activity| {
            let before = activity.polls.load(Relaxed) & !1;
            activity.polls.store(before.wrapping_add(1), Relaxed);
            let _working = Working(activity, before);
            work()
        })
    }

    /// What the thread does at this moment.
    #[must_use]
    pub fn sample(&self) -> ActivitySample {
        let polls = self.polls.load(Relaxed);
        ActivitySample { polls, route: Self::route_of_number(self.route.load(Relaxed)) }
    }

    /// The route whose handler this thread works on, if it does.
    #[must_use]
    pub fn route_of_this_thread() -> Option<&'static RoutePattern> {
        let number = CURRENT.try_with(|activity| activity.route.load(Relaxed)).ok()?;
        Self::route_of_number(number)
    }

    fn route_of_number(number: u32) -> Option<&'static RoutePattern> {
        let index = (number as usize).checked_sub(1)?;
        ROUTES.lock().unwrap_or_else(PoisonError::into_inner).get(index).copied()
    }

    /// Makes a route known, and says its number.
    pub(crate) fn number(
        route: impl FnOnce(u32) -> &'static RoutePattern,
    ) -> &'static RoutePattern {
        let mut routes = ROUTES.lock().unwrap_or_else(PoisonError::into_inner);
        let route = route(routes.len() as u32 + 1);
        routes.push(route);
        route
    }
}

impl ActivitySample {
    /// Was something being polled?
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.polls % 2 == 1
    }
}

pin_project_lite::pin_project! {
    /// A future that is the work of a route, as [`Activity`] tells it.
    #[derive(Debug)]
    pub struct OnRoute<F> {
        #[pin]
        future: F,
        number: u32,
    }
}

impl<F> OnRoute<F> {
    /// `future` is work for `route`, if there is one.
    #[inline]
    pub fn new(route: Option<&'static RoutePattern>, future: F) -> Self {
        Self { future, number: route.map_or(0, RoutePattern::number) }
    }
}

impl<F: Future> Future for OnRoute<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        CURRENT.with(|activity| {
            activity.route.store(*this.number, Relaxed);
            let poll = this.future.poll(cx);
            activity.route.store(0, Relaxed);
            poll
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_poll_is_told_with_its_route_and_the_next_is_another() {
        let route = RoutePattern::publish("/books/{id}", None, ["id"]);
        let activity = Activity::of_this_thread();
        let look = || {
            let watched = Arc::clone(&activity);
            let work = poll_fn(move |_| Poll::Ready(watched.sample()));
            let mut work = std::pin::pin!(OnRoute::new(Some(route), work));
            let mut cx = Context::from_waker(Waker::noop());
            match Activity::during(|| work.as_mut().poll(&mut cx)) {
                Poll::Ready(sample) => sample,
                Poll::Pending => panic!("it is ready at once"),
            }
        };
        let (one, other) = (look(), look());
        assert!(one.is_working() && one.route == Some(route));
        assert_ne!(one, other);
        assert!(!activity.sample().is_working());
        assert_eq!(activity.sample().route, None);
    }

    #[test]
    fn a_panic_ends_the_work() {
        let activity = Activity::of_this_thread();
        let panics = || Activity::during(|| panic!("on purpose"));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert!(!activity.sample().is_working());
    }
}
