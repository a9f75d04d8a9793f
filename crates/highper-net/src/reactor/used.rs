//! Shared memory that is used again.

use std::mem;

use crate::sync::Arc;

/// What was shared and nobody needs any more, for whoever shares something next: a connection that parks and
/// wakes again allocates nothing.
#[derive(Debug)]
pub(crate) struct Used<T>(Vec<Arc<T>>);

/// So many are kept at most.
const MAX_KEPT: usize = 64;

impl<T> Used<T> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Keeps one for later, unless there are enough.
    pub(crate) fn keep(&mut self, one: Arc<T>) {
        if self.0.len() < MAX_KEPT {
            self.0.push(one);
        }
    }

    /// Shares `value`, in the place of one that is kept, if nobody holds that any more.
    pub(crate) fn share(&mut self, value: T) -> Arc<T> {
        let Some(mut kept) = self.0.pop() else { return Arc::new(value) };
        match Arc::get_mut(&mut kept) {
            Some(place) => drop(mem::replace(place, value)),
            None => return Arc::new(value),
        }
        kept
    }
}
