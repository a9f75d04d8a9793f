//! What the reactor keeps of parked connections beside their slots.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Resume;

/// Who goes on with which parked connection: 16 bytes for each slot, in pieces that are there only if
/// one of their slots was ever used so.
#[derive(Default)]
pub(super) struct Resumes(Mutex<Vec<Chunk>>);

type Chunk = Vec<Option<Arc<dyn Resume>>>;

/// As many slots as a piece of theirs has.
const CHUNK: usize = 16 * 1024;

impl Resumes {
    pub(super) fn put(&self, slot: u32, resume: Arc<dyn Resume>) {
        let (chunk, place) = (slot as usize / CHUNK, slot as usize % CHUNK);
        let mut chunks = self.lock();
        if chunks.len() <= chunk {
            chunks.resize_with(chunk + 1, Vec::new);
        }
        let chunk = &mut chunks[chunk];
        if chunk.is_empty() {
            chunk.resize_with(CHUNK, || None);
        }
        chunk[place] = Some(resume);
    }

    pub(super) fn take(&self, slot: u32) -> Option<Arc<dyn Resume>> {
        let mut chunks = self.lock();
        chunks.get_mut(slot as usize / CHUNK)?.get_mut(slot as usize % CHUNK)?.take()
    }

    pub(super) fn find(&self, slot: u32) -> Option<Arc<dyn Resume>> {
        let (chunk, place) = (slot as usize / CHUNK, slot as usize % CHUNK);
        self.lock().get(chunk)?.get(place)?.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Chunk>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Resumes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resumes")
    }
}
