//! The buffer that answers are written into.

use std::cell::Cell;

use highper_core::bytes::Bytes;

/// The first size of a worker's buffer: most answers of an API fit.
const INITIAL_CAPACITY: usize = 512;

/// The most that a worker keeps between two answers: 64 KiB. A larger answer takes the buffer along.
const MAX_KEPT_CAPACITY: usize = 64 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Runs `write` on this worker's buffer and gives what it wrote in one allocation of its exact length.
///
/// A `Vec` with capacity to spare costs a second allocation when it becomes `Bytes`, and more for each
/// time that it grew; the copy out of a buffer that is in the cache costs less than either.
pub(crate) fn write_bytes<E>(
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Bytes, E> {
    // Taken, not borrowed: a value may encode another one while it is written.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.reserve(INITIAL_CAPACITY);
    let written = write(&mut buffer);
    if written.is_ok() && buffer.capacity() > MAX_KEPT_CAPACITY {
        return Ok(Bytes::from(buffer));
    }
    let bytes = written.map(|()| Bytes::copy_from_slice(&buffer));
    buffer.clear();
    if buffer.capacity() <= MAX_KEPT_CAPACITY {
        // Fails only while the thread ends.
        let _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn write(text: &[u8]) -> Bytes {
        let written = write_bytes(|buffer| {
            buffer.extend_from_slice(text);
            Ok::<_, Infallible>(())
        });
        written.unwrap()
    }

    #[test]
    fn one_answer_never_holds_bytes_of_another() {
        let large = vec![b'x'; MAX_KEPT_CAPACITY + 1];
        assert_eq!(write(b"first"), "first");
        assert_eq!(write(&large), large);
        assert_eq!(write(b"2"), "2");
        let failed = write_bytes(|buffer| {
            buffer.extend_from_slice(b"half");
            Err("no")
        });
        assert_eq!(failed, Err("no"));
        assert_eq!(write(b"3"), "3");
    }

    #[test]
    fn a_value_may_encode_another_while_it_is_written() {
        let outer = write_bytes(|buffer| {
            buffer.push(b'(');
            buffer.extend_from_slice(&write(b"inner"));
            buffer.push(b')');
            Ok::<_, Infallible>(())
        });
        assert_eq!(outer.unwrap(), "(inner)");
    }

    #[test]
    fn a_large_answer_leaves_nothing_behind() {
        write(&vec![b'x'; MAX_KEPT_CAPACITY + 1]);
        let kept = BUFFER.with(|buffer| {
            let inside = buffer.take();
            let capacity = inside.capacity();
            buffer.set(inside);
            capacity
        });
        assert!(kept <= MAX_KEPT_CAPACITY);
    }
}
