//! Parked connections that are lent for a moment: written to, and back, without work on them.

use std::mem;

use super::{Aside, Parked, Slot, Slots};

impl<Io> Slots<Io> {
    /// Takes a connection out of its slot, which knows that it comes back; none unless it is parked and
    /// has left the protocol of its service. Only the event loop lends: nobody else starts what is parked.
    pub(crate) fn lend(&self, slot: u32) -> Option<Parked<Io>> {
        let mut inner = self.lock();
        let entry = inner.get_mut(slot)?;
        match entry {
            Slot::Parked(parked) if parked.aside == Aside::Resume => {}
            _ => return None,
        }
        match mem::replace(entry, Slot::Lent { bits: 0 }) {
            Slot::Parked(parked) => Some(parked),
            _ => None,
        }
    }

    /// Puts it back. What has come for it meanwhile is not lost: it is woken then.
    pub(crate) fn give_back(&self, slot: u32, parked: Parked<Io>) {
        let mut inner = self.lock();
        let Some(entry) = inner.get_mut(slot) else { return };
        if let Slot::Lent { bits: bits @ 1.. } = mem::replace(entry, Slot::Parked(parked)) {
            inner.woken.push((slot, bits));
        }
    }
}
