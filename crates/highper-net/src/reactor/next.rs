//! A task that has left its connection to the reactor, and waits for another one.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{Reactor, readiness::Readiness};
use crate::Stream;

/// Waits for a connection that begins to work. None where enough tasks wait, once they are sent away, and
/// where the peer of the connection is gone already.
#[derive(Debug)]
pub(crate) struct Next {
    reactor: Arc<Reactor>,
    /// That of the connection that was left.
    readiness: Option<Arc<Readiness>>,
}

impl Next {
    pub(super) fn new(reactor: Arc<Reactor>, readiness: Arc<Readiness>) -> Self {
        Self { reactor, readiness: Some(readiness) }
    }
}

impl Future for Next {
    type Output = Option<Stream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Stream>> {
        let Self { reactor, readiness } = &mut *self;
        let Some(waiting) = readiness else { return Poll::Ready(None) };
        let next = ready!(reactor.slots.poll_next(waiting, cx));
        let (Some((slot, parked)), Some(readiness)) = (next, readiness.take()) else {
            return Poll::Ready(None);
        };
        let stream = reactor.start(slot, parked, readiness);
        reactor.cool();
        Poll::Ready(stream)
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        if let Some(readiness) = &self.readiness
            && self.reactor.slots.leave_spares(readiness)
        {
            // It fails only where the system is out of memory; the next tick hears of it then.
            let _ = self.reactor.waker.wake();
        }
    }
}
