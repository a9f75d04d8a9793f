//! Tasks whose connection has parked, and which wait for another one to serve.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::used::Used;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The spare tasks of one reactor. Generic over what they wait for, so that the hand-over can be
/// checked without a socket.
#[derive(Debug)]
pub(crate) struct Spares<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    /// The one that came last is the first to go: its memory is still in the cache.
    waiting: Vec<Arc<Spare<T>>>,
    /// Places that have been given to, for those who wait next.
    used: Used<Spare<T>>,
    is_closed: bool,
}

/// Where a spare task finds what is given to it.
#[derive(Debug)]
struct Spare<T>(Mutex<Place<T>>);

#[derive(Debug)]
enum Place<T> {
    Waiting(Waker),
    Given(T),
    /// Nothing is given here any more.
    Closed,
}

/// How many tasks wait at most. It bounds what they keep in memory, and is enough for the connections
/// that park and wake between two turns of the event loop.
pub(crate) const MAX_SPARES: usize = 64;

impl<T> Spares<T> {
    pub(crate) fn new() -> Self {
        let inner = Inner { waiting: Vec::new(), used: Used::new(), is_closed: false };
        Self { inner: Mutex::new(inner) }
    }

    /// Gives `item` to a task that waits; back, if none does.
    pub(crate) fn give(&self, mut item: T) -> Result<(), T> {
        loop {
            // No lock is held while the place's is taken.
            let Some(spare) = self.lock().waiting.pop() else { return Err(item) };
            match spare.put(item) {
                Ok(()) => return Ok(()),
                // It has gone in the meantime.
                Err(back) => item = back,
            }
        }
    }

    /// Sends every waiting task away, and those that would wait later.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut inner = self.lock();
            inner.is_closed = true;
            mem::take(&mut inner.waiting)
        };
        for spare in waiting {
            if let Place::Waiting(waker) = mem::replace(&mut *spare.lock(), Place::Closed) {
                waker.wake();
            }
        }
    }

    fn enter(&self, waker: &Waker) -> Option<Arc<Spare<T>>> {
        let mut inner = self.lock();
        if inner.is_closed || inner.waiting.len() >= MAX_SPARES {
            return None;
        }
        let spare = inner.used.share(Spare(Mutex::new(Place::Waiting(waker.clone()))));
        inner.waiting.push(Arc::clone(&spare));
        Some(spare)
    }

    fn leave(&self, spare: &Arc<Spare<T>>) {
        self.lock().waiting.retain(|other| !Arc::ptr_eq(other, spare));
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // Nothing panics while it is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Spare<T> {
    fn put(&self, item: T) -> Result<(), T> {
        let mut place = self.lock();
        match mem::replace(&mut *place, Place::Closed) {
            Place::Waiting(waker) => {
                *place = Place::Given(item);
                drop(place);
                waker.wake();
                Ok(())
            }
            _ => Err(item),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Place<T>> {
        // As above.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits among the spare tasks. None where enough of them wait, and once they are sent away.
#[derive(Debug)]
pub(crate) struct Next<T> {
    spares: Arc<Spares<T>>,
    spare: Option<Arc<Spare<T>>>,
}

impl<T> Next<T> {
    pub(crate) fn new(spares: Arc<Spares<T>>) -> Self {
        Self { spares, spare: None }
    }
}

impl<T> Future for Next<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(spare) = &self.spare else {
            self.spare = self.spares.enter(cx.waker());
            return if self.spare.is_some() { Poll::Pending } else { Poll::Ready(None) };
        };
        let mut place = spare.lock();
        match mem::replace(&mut *place, Place::Closed) {
            Place::Given(item) => {
                drop(place);
                if let Some(spare) = self.spare.take() {
                    self.spares.lock().used.keep(spare);
                }
                Poll::Ready(Some(item))
            }
            Place::Closed => Poll::Ready(None),
            Place::Waiting(mut waker) => {
                waker.clone_from(cx.waker());
                *place = Place::Waiting(waker);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Next<T> {
    fn drop(&mut self) {
        let Some(spare) = self.spare.take() else { return };
        // What was given and not taken is dropped here, with no lock held.
        let place = mem::replace(&mut *spare.lock(), Place::Closed);
        if matches!(place, Place::Waiting(_)) {
            self.spares.leave(&spare);
        }
    }
}
