//! The listeners that a process keeps, to hand them to others.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use highper_net::Listeners;

use super::channel::Handed;

/// The listeners that a process keeps, beside those on which its own workers accept. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Held(Arc<Mutex<Listeners>>);

impl Held {
    pub(crate) fn new(listeners: Listeners) -> Self {
        Self(Arc::new(listeners.into()))
    }

    /// The part of one of several processes.
    pub(super) fn share(&self, index: usize, processes: usize) -> io::Result<Handed> {
        self.lock().share(index, processes)
    }

    /// Says whether this process removes the files of Unix sockets.
    pub(super) fn own_files(&self, is_owned: bool) {
        self.lock().own_files(is_owned);
    }

    /// Closes them: from now on only those who accept keep them open.
    pub(super) fn close(&self) {
        self.lock().close();
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
