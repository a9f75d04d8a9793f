//! Another limit for bodies than the server's.

use highper_core::{Handler, Middleware, Request, Response};

/// Sets the most bytes of body that requests may carry here; more is a 413.
///
/// Raise it for uploads, lower it for routes that take little. The innermost one counts.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(u64);

impl BodyLimit {
    /// A limit in bytes.
    #[must_use]
    pub const fn bytes(limit: u64) -> Self {
        Self(limit)
    }
}

impl Middleware for BodyLimit {
    async fn handle<N: Handler>(&self, mut request: Request, next: &N) -> Response {
        request.set_body_limit(self.0);
        next.call(request).await
    }
}
