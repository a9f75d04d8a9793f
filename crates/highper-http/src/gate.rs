//! At most so many requests in handlers at once; the others wait for their turn.

use std::collections::{BTreeMap, BTreeSet};
use std::task::{Context, Poll, Waker};

use highper_core::Body;

use crate::sync::{Arc, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};

/// Bounds the requests of all connections that are in handlers at once.
///
/// There is no lock on the way of a request while nobody waits: one count goes up and down. Those who
/// wait are as many as there can be requests, one for each connection of HTTP/1 and `h2_streams` for
/// each of HTTP/2.
#[derive(Debug)]
pub(crate) struct Gate {
    most: AtomicU64,
    counts: AtomicU64,
    queue: Mutex<Queue>,
}

/// How many are inside, and above them how many wait. In one number, so that who leaves and who lines up
/// at the same time cannot miss each other.
#[derive(Clone, Copy, Debug)]
struct Counts(u64);

const ONE_INSIDE: u64 = 1;
const ONE_WAITING: u64 = 1 << 32;

#[derive(Debug, Default)]
struct Queue {
    next_ticket: u64,
    waiting: BTreeMap<u64, Waker>,
    /// Whose turn has come: they have their place, and will find out when they are polled.
    called: BTreeSet<u64>,
}

/// The way of one request through the gate, if there is one.
#[derive(Debug)]
pub(crate) struct Admission<'a> {
    gate: Option<&'a Arc<Gate>>,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// There is no gate, or the request is through.
    Beyond,
    Inside,
    /// There was no place when it came.
    Outside,
    Waiting {
        ticket: u64,
    },
}

/// The place of a request whose answer is a stream; it is free when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Gate>);

impl Default for Gate {
    /// Without a limit.
    fn default() -> Self {
        let most = AtomicU64::new(u32::MAX.into());
        Self { most, counts: AtomicU64::new(0), queue: Mutex::default() }
    }
}

impl Counts {
    fn inside(self) -> u64 {
        self.0 % ONE_WAITING
    }

    fn waiting(self) -> u64 {
        self.0 / ONE_WAITING
    }
}

impl Gate {
    /// Sets how many may be inside.
    pub(crate) fn bound(&self, most: usize) {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.most.store(most.into(), Ordering::Relaxed);
    }

    /// How many are inside, and how many wait.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let counts = Counts(self.counts.load(Ordering::Relaxed));
        (counts.inside(), counts.waiting())
    }

    /// Takes a place, if nobody waits for one and there is one.
    #[inline]
    fn enter_now(&self) -> bool {
        let most = self.most.load(Ordering::Relaxed);
        self.take(|counts| counts.waiting() == 0 && counts.inside() < most)
    }

    #[inline]
    fn take(&self, is_free: impl Fn(Counts) -> bool) -> bool {
        let one_more = |counts| is_free(Counts(counts)).then_some(counts + ONE_INSIDE);
        self.counts.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    #[inline]
    fn leave(&self) {
        let before = self.counts.fetch_sub(ONE_INSIDE, Ordering::AcqRel);
        if Counts(before).waiting() > 0 {
            self.call();
        }
    }

    /// Gives the places that are free to those who have waited longest.
    ///
    /// The place is theirs from here on: none that is on a busy worker keeps those behind it waiting.
    fn call(&self) {
        let most = self.most.load(Ordering::Relaxed);
        loop {
            let mut queue = self.queue();
            if queue.waiting.is_empty() || !self.take(|counts| counts.inside() < most) {
                return;
            }
            let Some((ticket, waker)) = queue.waiting.pop_first() else { return };
            queue.called.insert(ticket);
            self.counts.fetch_sub(ONE_WAITING, Ordering::AcqRel);
            drop(queue);
            waker.wake();
        }
    }

    /// The ticket of one who waits from now on.
    fn line_up(&self, waker: &Waker) -> u64 {
        let mut queue = self.queue();
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.insert(ticket, waker.clone());
        self.counts.fetch_add(ONE_WAITING, Ordering::AcqRel);
        ticket
    }

    /// Has the turn of this ticket come? If not, its task is woken for it.
    fn is_called(&self, ticket: u64, waker: &Waker) -> bool {
        let mut queue = self.queue();
        if let Some(known) = queue.waiting.get_mut(&ticket) {
            known.clone_from(waker);
            return false;
        }
        queue.called.remove(&ticket)
    }

    fn give_up(&self, ticket: u64) {
        let mut queue = self.queue();
        if queue.waiting.remove(&ticket).is_some() {
            self.counts.fetch_sub(ONE_WAITING, Ordering::AcqRel);
        } else if queue.called.remove(&ticket) {
            drop(queue);
            self.leave();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is held.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Admission<'a> {
    #[inline]
    pub(crate) fn new(gate: Option<&'a Arc<Gate>>) -> Self {
        let place = match gate {
            None => Place::Beyond,
            Some(gate) if gate.enter_now() => Place::Inside,
            Some(_) => Place::Outside,
        };
        Self { gate, place }
    }

    /// True as long as the request may not be in its handler.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.place, Place::Outside | Place::Waiting { .. })
    }

    /// Ready when the turn of this request has come.
    #[inline]
    pub(crate) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.gate {
            Some(gate) if self.is_waiting() => self.wait(gate, cx),
            _ => Poll::Ready(()),
        }
    }

    #[cold]
    fn wait(&mut self, gate: &Gate, cx: &mut Context<'_>) -> Poll<()> {
        let ticket = if let Place::Waiting { ticket } = self.place {
            ticket
        } else {
            let ticket = gate.line_up(cx.waker());
            self.place = Place::Waiting { ticket };
            // A place may have become free before anybody could see that one is waited for.
            gate.call();
            ticket
        };
        if !gate.is_called(ticket, cx.waker()) {
            return Poll::Pending;
        }
        self.place = Place::Inside;
        Poll::Ready(())
    }

    /// The request has its answer. Its place goes with the body if that is a stream, which the
    /// application makes as it goes; bytes that are at hand cost it nothing more.
    #[inline]
    pub(crate) fn answered(&mut self, body: &Body) -> Option<Permit> {
        let gate = self.gate?;
        if body.as_bytes().is_none() && matches!(self.place, Place::Inside) {
            self.place = Place::Beyond;
            return Some(Permit(Arc::clone(gate)));
        }
        self.end();
        None
    }

    #[inline]
    fn end(&mut self) {
        let Some(gate) = self.gate else { return };
        match self.place {
            Place::Beyond | Place::Outside => {}
            Place::Inside => gate.leave(),
            Place::Waiting { ticket } => gate.give_up(ticket),
        }
        self.place = Place::Beyond;
    }
}

impl Drop for Admission<'_> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.leave();
    }
}
