//! Memory for one read of a socket, shared by all connections of a thread, so that a quiet connection
//! has none.

use std::cell::RefCell;

/// What was read last.
pub(crate) struct Scratch {
    pub(crate) bytes: Box<[u8]>,
    /// Which wire was read last, and how much.
    pub(crate) last: Option<(usize, usize)>,
}

/// As much as one read takes.
pub(crate) const SIZE: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Scratch> =
        RefCell::new(Scratch { bytes: vec![0; SIZE].into_boxed_slice(), last: None });
}

/// Lends the memory of this thread.
#[inline]
pub(crate) fn with<T>(read: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(read)
}
