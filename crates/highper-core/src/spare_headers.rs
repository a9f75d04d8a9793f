//! Header maps are handed from one message to the next.
//!
//! A map of headers is two allocations. The map of a request that is dropped becomes that of the next
//! response made on the same thread, so that an answer with a content type allocates nothing for it.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use http::HeaderMap;

thread_local! {
    static SPARE: Cell<Option<HeaderMap>> = const { Cell::new(None) };
}

/// A larger map is freed: one odd request must not cost memory for ever.
const MAX_SPARE_CAPACITY: usize = 64;

/// The headers of a request, which leave their memory behind.
#[derive(Debug, Default)]
pub(crate) struct RequestHeaders(HeaderMap);

impl RequestHeaders {
    #[inline]
    pub(crate) fn new(headers: HeaderMap) -> Self {
        Self(headers)
    }

    #[inline]
    pub(crate) fn into_inner(mut self) -> HeaderMap {
        std::mem::take(&mut self.0)
    }
}

impl Drop for RequestHeaders {
    #[inline]
    fn drop(&mut self) {
        let capacity = self.0.capacity();
        if capacity > 0 && capacity <= MAX_SPARE_CAPACITY {
            let mut headers = std::mem::take(&mut self.0);
            headers.clear();
            // At the end of a thread there is nobody to keep it for.
            let _ = SPARE.try_with(|spare| spare.set(Some(headers)));
        }
    }
}

impl Deref for RequestHeaders {
    type Target = HeaderMap;

    #[inline]
    fn deref(&self) -> &HeaderMap {
        &self.0
    }
}

impl DerefMut for RequestHeaders {
    #[inline]
    fn deref_mut(&mut self) -> &mut HeaderMap {
        &mut self.0
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
        drop(RequestHeaders::new(headers));
        let spare = take_spare();
        assert!(spare.is_empty() && spare.get("cookie").is_none());
        assert_eq!(spare.capacity(), capacity);
        assert_eq!(take_spare().capacity(), 0, "it is handed on once");
    }

    #[test]
    fn a_large_map_is_freed() {
        drop(RequestHeaders::new(HeaderMap::with_capacity(1000)));
        assert_eq!(take_spare().capacity(), 0);
    }
}
