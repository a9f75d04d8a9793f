//! What is known of a socket that somebody works on, and whom to tell of more.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    task::{Context, Poll, Waker},
};

use crate::sync::{AtomicBool, Mutex, MutexGuard, PoisonError};

/// What is known of one socket between the reactor, which learns of it from the kernel, and the
/// task that works on the socket.
///
/// The kernel tells of a change once (edge-triggered), so that nothing learnt may be lost: bits are
/// taken *before* the socket is read, and given back when there may be more. An event in between
/// sets them again.
#[derive(Debug)]
pub(crate) struct Readiness {
    state: Mutex<State>,
    /// The connection is asked to park. Written under the lock; who reads it has held the lock since it began
    /// to wait.
    is_park_wanted: AtomicBool,
    /// Where it is in the row that it is in, of the slots; for those who hold their lock.
    pub(crate) place: AtomicU32,
}

/// The place of what is in no row.
pub(crate) const NO_PLACE: u32 = u32::MAX;

/// Bytes, or the end, may be there to read.
pub(crate) const READABLE: u8 = 1;
/// The socket may take bytes.
pub(crate) const WRITABLE: u8 = 2;
/// The peer has finished writing: a read tells so even when nothing new happens.
pub(crate) const PEER_FINISHED: u8 = 4;
/// The connection is gone in both directions.
pub(crate) const BROKEN: u8 = 8;
/// Something has happened since the hot set was last looked through.
const ACTIVE: u8 = 16;
/// Somebody calls for the task, whatever the socket does.
pub(crate) const CALLED: u8 = 64;

#[derive(Debug)]
struct State {
    bits: u8,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Whom an event concerns; to be woken once no lock is held.
#[derive(Debug, Default)]
#[must_use = "a task that is not woken waits for ever"]
pub(crate) struct Wakers {
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
}

impl Wakers {
    #[inline]
    pub(crate) fn wake(self) {
        if let Some(reader) = self.reader {
            reader.wake();
        }
        if let Some(writer) = self.writer {
            writer.wake();
        }
    }
}

/// How the other end of a connection is, as far as the kernel knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Nothing is known to the contrary.
    There,
    /// It has finished writing. It may still read, or have closed its socket: TCP tells these
    /// apart only once something is written to it.
    Finished,
    /// The connection was reset.
    Gone,
}

impl Readiness {
    pub(crate) fn new(bits: u8) -> Self {
        let state = State { bits: bits | ACTIVE, reader: None, writer: None };
        Self {
            state: Mutex::new(state),
            is_park_wanted: AtomicBool::new(false),
            place: AtomicU32::new(NO_PLACE),
        }
    }

    /// Takes in what the kernel tells.
    #[inline]
    pub(crate) fn set(&self, bits: u8) -> Wakers {
        let mut state = self.lock();
        state.bits |= bits;
        // What is active is not asked to park. Who is only called is better off parked: what it sends is
        // then written without a task.
        if bits != CALLED {
            state.bits |= ACTIVE;
            self.is_park_wanted.store(false, Relaxed);
        }
        let mut wakers = Wakers::default();
        if bits & (READABLE | PEER_FINISHED | BROKEN | CALLED) != 0 {
            wakers.reader = state.reader.take();
        }
        if bits & (WRITABLE | BROKEN) != 0 {
            wakers.writer = state.writer.take();
        }
        wakers
    }

    /// The bits that say that a read is worth its system call; taken, see [`Self::restore`].
    #[inline]
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<u8> {
        let mut state = self.lock();
        let readable = state.bits & (READABLE | PEER_FINISHED | BROKEN);
        if readable != 0 {
            state.bits &= !readable;
            return Poll::Ready(readable);
        }
        register(&mut state.reader, cx);
        Poll::Pending
    }

    /// Gives back bits that were taken and still hold.
    #[inline]
    pub(crate) fn restore(&self, bits: u8) {
        self.lock().bits |= bits;
    }

    /// Waits until the socket may take bytes again.
    pub(crate) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.bits & (WRITABLE | BROKEN) != 0 {
            state.bits &= !WRITABLE;
            return Poll::Ready(());
        }
        register(&mut state.writer, cx);
        Poll::Pending
    }

    /// How the peer is. The task is woken when that changes, or when bytes come.
    pub(crate) fn poll_peer(&self, cx: &mut Context<'_>) -> Peer {
        let mut state = self.lock();
        if state.bits & BROKEN != 0 {
            return Peer::Gone;
        }
        register(&mut state.reader, cx);
        if state.bits & PEER_FINISHED != 0 { Peer::Finished } else { Peer::There }
    }

    /// Ready where somebody has called since the last time.
    pub(crate) fn poll_called(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.bits & CALLED != 0 {
            state.bits &= !CALLED;
            return Poll::Ready(());
        }
        register(&mut state.reader, cx);
        Poll::Pending
    }

    /// Is the connection asked to park?
    #[inline]
    pub(crate) fn is_park_wanted(&self) -> bool {
        self.is_park_wanted.load(Relaxed)
    }

    /// Asks a connection to park if nothing has happened on it since it was looked at last. None
    /// where something has: it may stay for another turn.
    pub(crate) fn ask_to_park(&self) -> Option<Wakers> {
        let mut state = self.lock();
        if state.bits & ACTIVE != 0 {
            state.bits &= !ACTIVE;
            return None;
        }
        let mut wakers = Wakers::default();
        // Asked once: whoever cannot park now looks at the wish when it can.
        if !self.is_park_wanted.swap(true, Relaxed) {
            wakers.reader = state.reader.take();
        }
        Some(wakers)
    }

    /// Says that nobody works on the socket any more. True if there is something to do.
    pub(crate) fn retire(&self) -> bool {
        let mut state = self.lock();
        state.reader = None;
        state.writer = None;
        state.bits & (READABLE | PEER_FINISHED | BROKEN | CALLED) != 0
    }

    /// As new, for another connection of the same task.
    pub(crate) fn renew(&self, bits: u8) {
        *self.lock() = State { bits: bits | ACTIVE, reader: None, writer: None };
        self.is_park_wanted.store(false, Relaxed);
    }

    /// Has the task woken by [`Self::take_reader`].
    pub(crate) fn wait(&self, cx: &mut Context<'_>) {
        register(&mut self.lock().reader, cx);
    }

    pub(crate) fn take_reader(&self) -> Wakers {
        Wakers { reader: self.lock().reader.take(), writer: None }
    }

    pub(crate) fn is_in_row(&self) -> bool {
        self.place.load(Relaxed) != NO_PLACE
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[inline]
fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}
