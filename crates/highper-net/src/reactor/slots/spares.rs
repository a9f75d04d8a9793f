//! Tasks whose connection has parked, and which go on with another one.

use std::{
    mem,
    task::{Context, Poll},
};

use super::{Parked, Readiness, Slot, Slots, Wakers};
use crate::sync::Arc;

/// What a task that waited begins with.
#[derive(Debug)]
pub(crate) struct Taken<Io> {
    pub(crate) slot: u32,
    pub(crate) parked: Parked<Io>,
    /// More connections are hot now than should be.
    pub(crate) is_one_too_many: bool,
}

/// How many tasks wait at most. It bounds what they keep in memory, and is enough for the connections
/// that park and wake between two turns of the event loop.
pub(super) const MAX_SPARES: usize = 64;

impl<Io> Slots<Io> {
    /// A connection that begins to work, for the task that `readiness` has been of use to and now is again.
    /// None where enough tasks wait, and once they are dismissed.
    ///
    /// Which of the waiting tasks gets which connection is left open: each is woken for one.
    pub(crate) fn poll_next(
        &self,
        readiness: &Arc<Readiness>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Taken<Io>>> {
        let mut inner = self.lock();
        if let Some((slot, parked)) = inner.given.pop() {
            // It may have been polled for nothing, and have come before the one that is woken.
            inner.spares.remove(readiness);
            let entry =
                inner.get_mut(slot).map(|e| mem::replace(e, Slot::Hot(Arc::clone(readiness))));
            readiness.renew(if let Some(Slot::Lent { bits }) = entry { bits } else { 0 });
            inner.parked -= 1;
            inner.hot.push(readiness);
            let is_one_too_many = inner.hot.len() > self.bounds.max_hot;
            return Poll::Ready(Some(Taken { slot, parked, is_one_too_many }));
        }
        if !readiness.is_in_row() {
            if inner.spares.len() >= MAX_SPARES || inner.spares_are_dismissed {
                return Poll::Ready(None);
            }
            inner.spares.push(readiness);
        }
        readiness.wait(cx);
        Poll::Pending
    }

    /// The task waits no more. True if the event loop is to start a connection in its stead.
    pub(crate) fn leave_spares(&self, readiness: &Readiness) -> bool {
        let mut inner = self.lock();
        if inner.spares.remove(readiness) {
            return false;
        }
        let Some((slot, parked)) = inner.given.pop() else { return false };
        drop(inner);
        self.give_back(slot, parked);
        true
    }

    /// Sends every waiting task away, and those that would wait later.
    pub(crate) fn dismiss_spares(&self) -> Vec<Wakers> {
        let mut inner = self.lock();
        inner.spares_are_dismissed = true;
        let mut wakers = Vec::new();
        while let Some(spare) = inner.spares.pop() {
            wakers.push(spare.take_reader());
        }
        wakers
    }
}
