//! The `Accept` header of a request, for an error that may come when the request is gone.

use std::cell::Cell;

use highper_core::{FieldValue, Request};
use http::HeaderValue;

/// What a client wants to be answered with, in memory that one request leaves to the next. Nothing if it
/// takes anything: `*/*` is what no `Accept` means (RFC 9110, section 12.5.1).
pub(crate) struct KeptAccept {
    value: Vec<u8>,
    is_there: bool,
}

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A longer value is freed afterwards.
const MAX_SPARE_BYTES: usize = 1024;

impl KeptAccept {
    #[inline]
    pub(crate) fn of(request: &Request) -> Self {
        let accept = request.header("accept").map(FieldValue::as_bytes);
        let Some(accept) = accept.filter(|accept| accept != b"*/*") else {
            return Self { value: Vec::new(), is_there: false };
        };
        let mut value = SPARE.try_with(Cell::take).unwrap_or_default();
        value.extend_from_slice(accept);
        Self { value, is_there: true }
    }

    pub(crate) fn value(&self) -> Option<HeaderValue> {
        self.is_there.then(|| HeaderValue::from_bytes(&self.value).ok()).flatten()
    }
}

impl Drop for KeptAccept {
    #[inline]
    fn drop(&mut self) {
        let capacity = self.value.capacity();
        if capacity > 0 && capacity <= MAX_SPARE_BYTES {
            let mut value = std::mem::take(&mut self.value);
            value.clear();
            // At the end of a thread there is nobody to leave it to.
            let _ = SPARE.try_with(|spare| spare.set(value));
        }
    }
}
