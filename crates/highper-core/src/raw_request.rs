//! A request whose head is being read.

use crate::Request;
use crate::request_head::{RawField, RawHead};

/// A request whose head an engine is reading: each field is noted once, where it stays.
///
/// # Example
/// ```
/// use highper_core::{RawField, RawHead, RawRequest, RawTarget};
///
/// let bytes = b"GET /books?page=2 HTTP/1.1\r\nHost: a.example\r\n\r\n";
/// let mut raw = RawRequest::new();
/// raw.push(RawField { name: 28, name_length: 4, value: 34, value_length: 9 });
/// let request = raw.finish(RawHead {
///     method: http::Method::GET,
///     version: http::Version::HTTP_11,
///     target: RawTarget::Origin("/books?page=2"),
///     bytes,
/// });
/// assert_eq!(request.query(), Some("page=2"));
/// assert_eq!(request.header("host").unwrap(), "a.example");
/// ```
#[derive(Debug)]
pub struct RawRequest(Request);

impl RawRequest {
    /// One without fields.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self(Request::blank())
    }

    /// Adds a field, after those that came before it.
    #[inline]
    pub fn push(&mut self, field: RawField) {
        self.0.inner_mut().head.push(field);
    }

    /// How many fields there are.
    #[must_use]
    #[inline]
    pub fn field_count(&self) -> usize {
        self.0.inner().head.raw_field_count()
    }

    /// The request, with an empty body. The bytes of the head are copied.
    #[must_use]
    #[inline(always)]
    pub fn finish(mut self, head: RawHead<'_>) -> Request {
        self.0.inner_mut().head.fill(head);
        self.0
    }
}

impl Default for RawRequest {
    fn default() -> Self {
        Self::new()
    }
}
