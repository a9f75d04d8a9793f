//! Where an error becomes bytes.

use bytes::Bytes;
use http::{Extensions, HeaderValue};

use crate::{Error, Request};

/// Shows an error as the client asked for it. One place decides for the whole application.
///
/// Status and headers are the error's own; only content type and body are chosen here.
pub trait ErrorRenderer: std::fmt::Debug + Send + Sync + 'static {
    /// The body of the answer.
    fn render(&self, error: &Error, context: &ErrorContext<'_>) -> RenderedError;
}

/// What is known of the request that failed.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ErrorContext<'a> {
    /// The `Accept` header.
    pub accept: Option<&'a HeaderValue>,
    /// Names this error in the log, and to the client; server errors have one.
    pub id: Option<&'a str>,
    /// A copy of the request with its route and the beginning of its body; only where error pages of
    /// developers are on.
    pub request: Option<&'a Request>,
    /// What middleware have put into the extensions of the answer.
    pub extensions: Option<&'a Extensions>,
}

impl<'a> ErrorContext<'a> {
    /// A context with the `Accept` header of the request.
    #[must_use]
    pub fn new(accept: Option<&'a HeaderValue>) -> Self {
        Self { accept, ..Self::default() }
    }
}

/// An error as bytes.
#[derive(Clone, Debug)]
pub struct RenderedError {
    /// The content type of the body.
    pub content_type: HeaderValue,
    /// The body.
    pub body: Bytes,
}
