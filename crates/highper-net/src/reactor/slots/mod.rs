//! One compact slot for each connection: all that is left of it while it is quiet.

mod cooling;

mod lending;

mod quiet_limits;

mod row;

mod spares;

use std::mem;

pub(crate) use self::quiet_limits::QuietLimits;
use self::row::Row;
pub(crate) use self::spares::Taken;
use super::readiness::{CALLED, READABLE, Readiness, Wakers};
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections of one reactor.
///
/// A connection is *parked*, a socket and a few numbers, or *hot*: somebody works on it, and the
/// reactor holds only its [`Readiness`]. Generic over the socket, so that it can be checked without one.
#[derive(Debug)]
pub(crate) struct Slots<Io> {
    inner: Mutex<Inner<Io>>,
    bounds: Bounds,
}

/// How many connections may be in which state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Beyond it, the hot connections that were quiet for longest are asked to park.
    pub(crate) max_hot: usize,
    /// Beyond it, a connection that would park is closed instead.
    pub(crate) max_parked: usize,
}

/// A quiet connection.
#[derive(Debug)]
pub(crate) struct Parked<Io> {
    pub(crate) io: Io,
    /// When it fell silent, in the reactor's milliseconds, which wrap after 49 days.
    pub(crate) since_ms: u32,
    /// Its place in the count of its peer's connections.
    pub(crate) peer: u32,
    /// The listener that it came from.
    pub(crate) listener: u16,
    /// It has not sent a byte yet.
    pub(crate) is_fresh: bool,
    /// What else is known of it, and kept elsewhere.
    pub(crate) aside: Aside,
}

/// What the reactor keeps of a parked connection beside its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    Nothing,
    /// A proxy has told whose it is.
    Ends,
    /// It has left the protocol of its service; perhaps a proxy has told whose it is.
    Resume,
}

/// What an event means.
#[derive(Debug)]
pub(crate) enum Event<Io> {
    /// Nobody cares: a late word about a connection that is gone, or room to write that nobody asked for.
    Nothing,
    /// These wait for it.
    Wake(Wakers),
    /// A parked connection begins to work, and no task waits for one.
    Start(Parked<Io>, Arc<Readiness>),
}

/// What has become of a connection that wanted to park.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parking<Io> {
    Parked,
    /// Something came in the meantime: it is to be started again.
    WokenAtOnce,
    /// There is no place for it, or everybody is to go.
    Closed(Io),
}

#[derive(Debug)]
struct Inner<Io> {
    /// In pieces: growing never moves a million slots, and touches only the memory that is used.
    chunks: Vec<Vec<Slot<Io>>>,
    next_free: Option<u32>,
    parked: usize,
    /// The hot connections that may park.
    hot: Row,
    /// Of tasks that wait for a connection. The one that came last is the first to go: its memory is still
    /// in the cache.
    spares: Row,
    spares_are_dismissed: bool,
    /// What woken tasks begin with, lent until they do.
    given: Vec<(u32, Parked<Io>)>,
    /// Which of them is looked at next: a clock's hand, which goes round and takes whoever did nothing
    /// since it passed last.
    hand: usize,
    /// Parked, and to be started again.
    woken: Vec<(u32, u8)>,
    swept: usize,
    is_closing: bool,
}

#[derive(Debug)]
enum Slot<Io> {
    Free {
        next: Option<u32>,
    },
    Parked(Parked<Io>),
    /// Parked, and lent for a moment or given to a task that has not begun; what has come meanwhile.
    Lent {
        bits: u8,
    },
    Hot(Arc<Readiness>),
}

/// 256 KiB of slots: so large that allocators map it apart, where it does not pin what is freed around
/// it, and only the pages that are used count.
const CHUNK: usize = 16 * 1024;

impl<Io> Slots<Io> {
    /// What a connection takes, in bytes.
    #[cfg(test)]
    pub(crate) const SLOT_SIZE: usize = size_of::<Slot<Io>>();

    /// How many tasks wait for a connection at most.
    #[cfg(test)]
    pub(crate) const MAX_SPARES: usize = spares::MAX_SPARES;

    pub(crate) fn new(bounds: Bounds) -> Self {
        let inner = Inner {
            chunks: Vec::new(),
            next_free: None,
            parked: 0,
            hot: Row::new(),
            spares: Row::new(),
            spares_are_dismissed: false,
            given: Vec::new(),
            hand: 0,
            woken: Vec::new(),
            swept: 0,
            is_closing: false,
        };
        Self { inner: Mutex::new(inner), bounds }
    }

    /// A slot for a connection that begins parked; none where no more may park.
    pub(crate) fn admit_parked(&self, parked: Parked<Io>) -> Result<u32, Parked<Io>> {
        let mut inner = self.lock();
        if inner.parked >= self.bounds.max_parked || inner.is_closing {
            return Err(parked);
        }
        inner.parked += 1;
        Ok(inner.insert(Slot::Parked(parked)))
    }

    /// A slot for a connection that is worked on from the beginning; `parks`: it may park later.
    pub(crate) fn admit_hot(&self, readiness: &Arc<Readiness>, parks: bool) -> u32 {
        let mut inner = self.lock();
        if parks {
            inner.hot.push(readiness);
        }
        inner.insert(Slot::Hot(Arc::clone(readiness)))
    }

    /// Takes in what the kernel tells of a slot.
    #[inline]
    pub(crate) fn event(&self, slot: u32, bits: u8, starts: bool) -> Event<Io> {
        let mut inner = self.lock();
        let Some(entry) = inner.get_mut(slot) else { return Event::Nothing };
        match entry {
            Slot::Hot(readiness) => Event::Wake(readiness.set(bits)),
            Slot::Parked(_) if starts => {
                let Slot::Parked(parked) = mem::replace(entry, Slot::Lent { bits }) else {
                    return Event::Nothing;
                };
                if parked.aside != Aside::Resume
                    && let Some(spare) = inner.spares.pop()
                {
                    inner.given.push((slot, parked));
                    return Event::Wake(spare.take_reader());
                }
                let readiness = Arc::new(Readiness::new(bits));
                if let Some(entry) = inner.get_mut(slot) {
                    *entry = Slot::Hot(Arc::clone(&readiness));
                }
                inner.parked -= 1;
                inner.hot.push(&readiness);
                Event::Start(parked, readiness)
            }
            Slot::Lent { bits: noted } if starts => {
                *noted |= bits;
                Event::Nothing
            }
            Slot::Parked(_) | Slot::Lent { .. } | Slot::Free { .. } => Event::Nothing,
        }
    }

    /// Leaves a hot connection to its slot. What has come in the meantime is not lost.
    pub(crate) fn park(&self, slot: u32, readiness: &Readiness, parked: Parked<Io>) -> Parking<Io> {
        let mut inner = self.lock();
        let is_resumed = parked.aside == Aside::Resume;
        let is_told_to_go = inner.is_closing && !is_resumed;
        if is_told_to_go || inner.parked >= self.bounds.max_parked {
            return Parking::Closed(parked.io);
        }
        let Some(entry) = inner.get_mut(slot) else { return Parking::Closed(parked.io) };
        *entry = Slot::Parked(parked);
        inner.hot.remove(readiness);
        inner.parked += 1;
        // Events reach `readiness` under the lock that is held: it cannot learn more now.
        // Who has left the protocol of the service says goodbye by itself.
        if readiness.retire() || inner.is_closing {
            inner.woken.push((slot, READABLE));
            return Parking::WokenAtOnce;
        }
        Parking::Parked
    }

    /// Frees the slot of a hot connection that is over.
    pub(crate) fn release(&self, slot: u32, readiness: &Readiness) {
        let mut inner = self.lock();
        let _ = readiness.retire();
        inner.hot.remove(readiness);
        inner.free(slot);
    }

    /// Frees the slot of a parked connection.
    pub(crate) fn evict(&self, slot: u32) -> Option<Parked<Io>> {
        self.lock().evict(slot)
    }

    /// Those that parked while something came.
    pub(crate) fn take_woken(&self) -> Vec<(u32, u8)> {
        mem::take(&mut self.lock().woken)
    }

    /// Calls for the work on a connection. True if the event loop is to start it and does not know yet.
    pub(crate) fn call(&self, slot: u32) -> (Wakers, bool) {
        let mut inner = self.lock();
        match inner.get_mut(slot) {
            Some(Slot::Hot(readiness)) => (readiness.set(CALLED), false),
            Some(Slot::Parked(parked)) if parked.aside == Aside::Resume => {
                inner.woken.push((slot, CALLED));
                (Wakers::default(), inner.woken.len() == 1)
            }
            Some(Slot::Lent { bits }) => {
                *bits |= CALLED;
                (Wakers::default(), false)
            }
            _ => (Wakers::default(), false),
        }
    }

    /// Takes out the connections that have been parked for longer than they may, among a share of
    /// all slots: the next call goes on where this one ended. Those that have left the protocol of their
    /// service are woken instead.
    pub(crate) fn sweep(
        &self,
        share: f64,
        now_ms: u32,
        limits: QuietLimits,
    ) -> Vec<(u32, Parked<Io>)> {
        let mut inner = self.lock();
        let slots = inner.len();
        let mut expired = Vec::new();
        for _ in 0..((slots as f64 * share).ceil() as usize).min(slots) {
            inner.swept = (inner.swept + 1) % slots;
            let slot = inner.swept as u32;
            let Some(Slot::Parked(parked)) = inner.get_mut(slot) else { continue };
            if !limits.is_over(parked, now_ms) {
                continue;
            }
            if parked.aside == Aside::Resume {
                inner.woken.push((slot, READABLE));
            } else if let Some(parked) = inner.evict(slot) {
                expired.push((slot, parked));
            }
        }
        expired
    }

    /// Takes out the parked connections, or those of them that have had an exchange; from here on none
    /// parks. Those that have left the protocol of their service are woken, to say goodbye.
    pub(crate) fn close(&self, fresh_too: bool) -> Vec<(u32, Parked<Io>)> {
        let mut inner = self.lock();
        inner.is_closing = true;
        let slots = inner.len() as u32;
        let mut leaving = Vec::new();
        for slot in 0..slots {
            match inner.get_mut(slot) {
                Some(Slot::Parked(parked)) if parked.aside == Aside::Resume => {
                    inner.woken.push((slot, READABLE));
                }
                Some(Slot::Parked(parked)) if fresh_too || !parked.is_fresh => leaving.push(slot),
                _ => {}
            }
        }
        leaving.into_iter().filter_map(|slot| Some((slot, inner.evict(slot)?))).collect()
    }

    #[cfg(test)]
    pub(crate) fn parked(&self) -> usize {
        self.lock().parked
    }

    fn lock(&self) -> MutexGuard<'_, Inner<Io>> {
        // Every method leaves it consistent, and none runs foreign code while it is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Io> Inner<Io> {
    fn insert(&mut self, entry: Slot<Io>) -> u32 {
        if let Some(slot) = self.next_free
            && let Some(free) = self.get_mut(slot)
        {
            if let Slot::Free { next } = mem::replace(free, entry) {
                self.next_free = next;
            }
            return slot;
        }
        let slot = self.len() as u32;
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(entry),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                self.chunks.push(chunk);
            }
        }
        slot
    }

    fn free(&mut self, slot: u32) {
        let next = self.next_free;
        if let Some(entry) = self.get_mut(slot) {
            *entry = Slot::Free { next };
            self.next_free = Some(slot);
        }
    }

    fn evict(&mut self, slot: u32) -> Option<Parked<Io>> {
        let entry = self.get_mut(slot)?;
        if !matches!(entry, Slot::Parked(_)) {
            return None;
        }
        let Slot::Parked(parked) = mem::replace(entry, Slot::Free { next: None }) else {
            return None;
        };
        self.free(slot);
        self.parked -= 1;
        Some(parked)
    }

    #[inline]
    fn get_mut(&mut self, slot: u32) -> Option<&mut Slot<Io>> {
        let slot = slot as usize;
        self.chunks.get_mut(slot / CHUNK)?.get_mut(slot % CHUNK)
    }

    fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        full + self.chunks.last().map_or(0, Vec::len)
    }
}
