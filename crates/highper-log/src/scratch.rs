//! Memory that a thread works in, kept from record to record.

use std::cell::Cell;

/// The parts of a record while it is put together, and its line.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) message: String,
    pub(crate) context: Vec<u8>,
    pub(crate) extra: Vec<u8>,
    pub(crate) line: Vec<u8>,
}

impl Scratch {
    /// Lends the memory of this thread, empty. Whoever logs while a record is put together (a value
    /// whose text logs) gets new memory.
    #[inline]
    pub(crate) fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut scratch = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
        let done = work(&mut scratch);
        if scratch.kept() <= MAX_KEPT {
            scratch.message.clear();
            scratch.context.clear();
            scratch.extra.clear();
            // At the end of a thread there is nobody to keep it for.
            let _ = SPARE.try_with(|spare| spare.set(Some(scratch)));
        }
        done
    }

    fn kept(&self) -> usize {
        let bytes = self.context.capacity() + self.extra.capacity() + self.line.capacity();
        self.message.capacity() + bytes
    }
}

/// Memory of a thread beyond this is given back after the record that needed it.
const MAX_KEPT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}
