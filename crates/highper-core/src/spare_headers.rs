//! Header maps are handed from one message to the next.
//!
//! A map of headers is two allocations. The map of a message that is dropped becomes that of the next
//! response made on the same thread, so that an answer with a content type allocates nothing for it.

use std::cell::Cell;

use http::HeaderMap;

thread_local! {
    static SPARE: Cell<Option<HeaderMap>> = const { Cell::new(None) };
}

/// A larger map is freed: one odd request must not cost memory for ever.
const MAX_SPARE_CAPACITY: usize = 64;

/// Leaves the memory of a map, and nothing of what was in it.
#[inline]
pub(crate) fn leave_spare(mut headers: HeaderMap) {
    let capacity = headers.capacity();
    if capacity > 0 && capacity <= MAX_SPARE_CAPACITY {
        headers.clear();
        // At the end of a thread there is nobody to keep it for.
        let _ = SPARE.try_with(|spare| spare.set(Some(headers)));
    }
}

/// An empty map, with memory if some was left behind.
#[inline]
pub(crate) fn take_spare() -> HeaderMap {
    SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn memory_is_handed_on_and_values_are_not() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_static("secret"));
        let capacity = headers.capacity();
        leave_spare(headers);
        let spare = take_spare();
        assert!(spare.is_empty() && spare.get("cookie").is_none());
        assert_eq!(spare.capacity(), capacity);
        assert_eq!(take_spare().capacity(), 0, "it is handed on once");
    }

    #[test]
    fn a_large_map_is_freed() {
        leave_spare(HeaderMap::with_capacity(1000));
        assert_eq!(take_spare().capacity(), 0);
    }
}
