//! The response as handlers and middleware see it.

use http::header::{AsHeaderName, CONTENT_TYPE, IntoHeaderName};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use crate::spare_headers::take_spare;
use crate::{Body, Error, IntoResponse};

/// One HTTP response: status, headers, body.
///
/// A response that was made from an [`Error`] keeps it, so that the
/// [`ErrorRenderer`](crate::ErrorRenderer) of the application can show it as the client asked.
///
/// # Example
/// ```
/// # use highper_core::{Response, http::StatusCode};
/// let response = Response::new("made").with_status(StatusCode::CREATED).with_header("location", "/books/7");
/// assert_eq!(response.status(), 201);
/// ```
#[derive(Debug, Default)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
    error: Option<Box<Error>>,
}

impl Response {
    /// A 200 with a body, and without a content type.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// A response with a status and no body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    /// A 200 with a body of a known content type.
    #[must_use]
    #[inline]
    pub fn typed(content_type: HeaderValue, body: impl Into<Body>) -> Self {
        let mut headers = take_spare();
        headers.insert(CONTENT_TYPE, content_type);
        Self { headers, body: body.into(), ..Self::default() }
    }

    pub(crate) fn from_error(error: Error, body: Self) -> Self {
        Self { error: Some(Box::new(error)), ..body }
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets a header. A value that no header may hold (control characters) turns the response into
    /// a 500 instead of being sent: it would let a client forge headers.
    #[must_use]
    pub fn with_header(
        mut self,
        name: impl IntoHeaderName,
        value: impl TryInto<HeaderValue>,
    ) -> Self {
        match value.try_into() {
            Ok(value) => {
                self.headers.insert(name, value);
                self
            }
            Err(_) => {
                Error::internal("a response header value holds characters that no header may hold")
                    .into_response()
            }
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The status, to be changed.
    pub fn status_mut(&mut self) -> &mut StatusCode {
        &mut self.status
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        self.headers.get(name)
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// All headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Values for middleware further out.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Values for middleware further out, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// The body, for looking at its size.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Puts another body in place and gives the old one.
    pub fn replace_body(&mut self, body: impl Into<Body>) -> Body {
        std::mem::replace(&mut self.body, body.into())
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Takes the error, once it has been rendered and logged.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take().map(|error| *error)
    }

    /// The response as the `http` crate's, its body made something else on the way.
    #[must_use]
    #[inline]
    pub fn into_http<B>(self, body: impl FnOnce(Body) -> B) -> http::Response<B> {
        let mut out = http::Response::new(body(self.body));
        *out.status_mut() = self.status;
        *out.headers_mut() = self.headers;
        *out.extensions_mut() = self.extensions;
        out
    }

    /// The error that this response tells of, if it was made from one.
    #[must_use]
    #[inline]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_deref()
    }
}

/// The way out to the ecosystem; an [`Error`] has been rendered by then and is dropped.
impl From<Response> for http::Response<Body> {
    #[inline]
    fn from(response: Response) -> Self {
        response.into_http(|body| body)
    }
}

/// The way in from the ecosystem.
impl From<http::Response<Body>> for Response {
    fn from(response: http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            extensions: parts.extensions,
            body,
            error: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_with_a_line_break_is_never_sent() {
        let response = Response::new("x").with_header("x-next", "a\r\nset-cookie: b=c");
        assert_eq!(response.status(), 500);
        assert!(response.header("x-next").is_none());
    }

    #[test]
    fn http_types_and_back_lose_nothing() {
        let response = Response::new("x").with_status(StatusCode::ACCEPTED).with_header("x-a", "b");
        let back = Response::from(http::Response::<Body>::from(response));
        assert_eq!(back.status(), 202);
        assert_eq!(back.header("x-a").unwrap(), "b");
    }
}
