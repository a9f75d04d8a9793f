//! Connections in a row, each of which knows its place.

use std::sync::atomic::Ordering::Relaxed;

use super::super::readiness::{NO_PLACE, Readiness};
use crate::sync::Arc;

/// Those that have something in common. Each knows its place, and is in one row at most: it goes at once,
/// however many they are.
#[derive(Debug)]
pub(super) struct Row(Vec<Arc<Readiness>>);

impl Row {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push(&mut self, readiness: &Arc<Readiness>) {
        readiness.place.store(self.0.len() as u32, Relaxed);
        self.0.push(Arc::clone(readiness));
    }

    /// The one that came last.
    pub(super) fn pop(&mut self) -> Option<Arc<Readiness>> {
        let last = self.0.pop()?;
        last.place.store(NO_PLACE, Relaxed);
        Some(last)
    }

    /// False where it was in no row.
    pub(super) fn remove(&mut self, readiness: &Readiness) -> bool {
        let place = readiness.place.swap(NO_PLACE, Relaxed) as usize;
        if place >= self.0.len() {
            return false;
        }
        self.0.swap_remove(place);
        if let Some(moved) = self.0.get(place) {
            moved.place.store(place as u32, Relaxed);
        }
        true
    }

    pub(super) fn get(&self, place: usize) -> Option<&Readiness> {
        self.0.get(place).map(|readiness| &**readiness)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives back the memory that it does not need any more, once it was much longer.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to(2 * self.0.len());
    }
}
