//! Each service is built once, however many threads ask for it first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError, ThreadId, current};

/// What is being built now, and who waits for it.
///
/// The lock is held to look at the table and never while something is built. It is not on the way of
/// services that exist: those are found in their cells.
#[derive(Default)]
pub(crate) struct Builds {
    table: Mutex<Table>,
    done: Condvar,
}

/// A service in a scope (0 for none).
pub(crate) type Cell = (u64, u64);

#[derive(Default)]
struct Table {
    building: HashMap<Cell, ThreadId>,
    waiting: HashMap<ThreadId, Cell>,
}

/// Whose turn it is.
pub(crate) enum Turn<'a> {
    /// The caller's: it builds, and drops this when it is done.
    Mine(Permit<'a>),
    /// Another has built it, or has failed to: look again.
    Over,
    /// To wait would be to wait for oneself.
    Circular,
}

pub(crate) struct Permit<'a> {
    builds: &'a Builds,
    cell: Cell,
}

impl Builds {
    /// Waits while another thread builds this.
    pub(crate) fn turn(&self, cell: Cell) -> Turn<'_> {
        let me = current().id();
        let mut table = self.table();
        if let Entry::Vacant(free) = table.building.entry(cell) {
            free.insert(me);
            return Turn::Mine(Permit { builds: self, cell });
        }
        if table.leads_to(cell, me) {
            return Turn::Circular;
        }
        table.waiting.insert(me, cell);
        while table.building.contains_key(&cell) {
            table = self.done.wait(table).unwrap_or_else(PoisonError::into_inner);
        }
        table.waiting.remove(&me);
        Turn::Over
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Whether `thread` builds this, or what its builder waits for.
    fn leads_to(&self, cell: Cell, thread: ThreadId) -> bool {
        let mut next = Some(cell);
        while let Some(builder) = next.and_then(|cell| self.building.get(&cell)) {
            if *builder == thread {
                return true;
            }
            next = self.waiting.get(builder).copied();
        }
        false
    }
}

/// Also where the factory panics.
impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.builds.table().building.remove(&self.cell);
        self.builds.done.notify_all();
    }
}
