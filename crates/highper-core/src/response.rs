//! The response as handlers and middleware see it.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

use http::header::{AsHeaderName, IntoHeaderName};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::spare_headers::{leave_spare, take_spare};
use crate::{Body, Error, FewHeaders, IntoResponse};

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
pub struct Response {
    /// Always there until the response is dropped.
    inner: Option<Box<Inner>>,
}

/// A pointer to this is what moves through handlers and middleware.
#[derive(Debug, Default)]
struct Inner {
    status: StatusCode,
    few: FewHeaders,
    /// Once there is a map it is the truth.
    headers: OnceLock<HeaderMap>,
    extensions: Extensions,
    body: Body,
    error: Option<Box<Error>>,
}

thread_local! {
    /// The memory of the response that was dropped last, for the next one.
    static SPARE: Cell<Option<Box<Inner>>> = const { Cell::new(None) };
}

impl Response {
    /// A 200 with a body, and without a content type.
    #[must_use]
    #[inline]
    pub fn new(body: impl Into<Body>) -> Self {
        let mut response = Self::blank();
        response.inner_mut().body = body.into();
        response
    }

    /// A response with a status and no body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::blank().with_status(status)
    }

    /// A 200 with a body of a known content type.
    #[must_use]
    #[inline]
    pub fn typed(content_type: HeaderValue, body: impl Into<Body>) -> Self {
        let mut response = Self::new(body);
        response.inner_mut().few.set_content_type(content_type);
        response
    }

    /// In the memory of the last response of this thread, where there is one.
    #[inline]
    fn blank() -> Self {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        Self { inner: Some(spare.unwrap_or_default()) }
    }

    #[inline]
    fn inner(&self) -> &Inner {
        match self.inner.as_deref() {
            Some(inner) => inner,
            None => unreachable!("a response is whole until it is dropped"),
        }
    }

    #[inline]
    fn inner_mut(&mut self) -> &mut Inner {
        match self.inner.as_deref_mut() {
            Some(inner) => inner,
            None => unreachable!("a response is whole until it is dropped"),
        }
    }

    pub(crate) fn from_error(error: Error, mut body: Self) -> Self {
        body.inner_mut().error = Some(Box::new(error));
        body
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.inner_mut().status = status;
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
                self.headers_mut().insert(name, value);
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
    #[inline]
    pub fn status(&self) -> StatusCode {
        self.inner().status
    }

    /// The status, to be changed.
    pub fn status_mut(&mut self) -> &mut StatusCode {
        &mut self.inner_mut().status
    }

    /// The first value of a header.
    #[must_use]
    #[inline]
    pub fn header(&self, name: impl AsHeaderName + AsRef<str>) -> Option<&HeaderValue> {
        match self.inner().headers.get() {
            Some(headers) => headers.get(name),
            None => self.inner().few.get(name.as_ref()),
        }
    }

    /// Makes `value` the only value of a header. As `headers_mut().insert(..)`, but the map of all is not
    /// made for it.
    #[inline]
    pub fn set_header(&mut self, name: &HeaderName, value: HeaderValue) {
        let inner = self.inner_mut();
        match inner.headers.get_mut() {
            Some(headers) => {
                headers.insert(name, value);
            }
            None => inner.few.set(name, value),
        }
    }

    /// All headers. The map is made when it is asked for first.
    #[must_use]
    #[inline]
    pub fn headers(&self) -> &HeaderMap {
        self.inner().headers()
    }

    /// All headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        let inner = self.inner_mut();
        inner.headers();
        match inner.headers.get_mut() {
            Some(headers) => headers,
            None => unreachable!("it was made the line before"),
        }
    }

    /// All headers, if no map was made for them: engines write them as they are.
    ///
    /// # Errors
    /// There is a map.
    #[inline]
    pub fn few_headers(&self) -> Result<&FewHeaders, &HeaderMap> {
        match self.inner().headers.get() {
            None => Ok(&self.inner().few),
            Some(headers) => Err(headers),
        }
    }

    /// Values for middleware further out.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.inner().extensions
    }

    /// Values for middleware further out, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.inner_mut().extensions
    }

    /// The body, for looking at its size.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &Body {
        &self.inner().body
    }

    /// Puts another body in place and gives the old one.
    pub fn replace_body(&mut self, body: impl Into<Body>) -> Body {
        std::mem::replace(&mut self.inner_mut().body, body.into())
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(mut self) -> Body {
        std::mem::take(&mut self.inner_mut().body)
    }

    /// Takes the error, once it has been rendered and logged.
    pub fn take_error(&mut self) -> Option<Error> {
        self.inner_mut().error.take().map(|error| *error)
    }

    /// The response as the `http` crate's, its body made something else on the way.
    #[must_use]
    #[inline]
    pub fn into_http<B>(mut self, body: impl FnOnce(Body) -> B) -> http::Response<B> {
        let inner = self.inner_mut();
        let mut out = http::Response::new(body(std::mem::take(&mut inner.body)));
        *out.status_mut() = inner.status;
        inner.headers();
        *out.headers_mut() = inner.headers.take().unwrap_or_default();
        *out.extensions_mut() = std::mem::take(&mut inner.extensions);
        out
    }

    /// The error that this response tells of, if it was made from one.
    #[must_use]
    #[inline]
    pub fn error(&self) -> Option<&Error> {
        self.inner().error.as_deref()
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
        let mut response = Self::new(body);
        let inner = response.inner_mut();
        inner.status = parts.status;
        inner.headers = OnceLock::from(parts.headers);
        inner.extensions = parts.extensions;
        response
    }
}

impl Default for Response {
    fn default() -> Self {
        Self::blank()
    }
}

impl Inner {
    #[inline]
    fn headers(&self) -> &HeaderMap {
        self.headers.get_or_init(|| {
            let mut headers = take_spare();
            headers.extend(self.few.iter().map(|(name, value)| (name.clone(), value.clone())));
            headers
        })
    }

    /// Drops everything that a response held; what it stood in stays.
    #[inline]
    fn clear(&mut self) {
        self.status = StatusCode::OK;
        self.few.clear();
        if let Some(headers) = self.headers.take() {
            leave_spare(headers);
        }
        self.extensions.clear();
        self.body = Body::empty();
        self.error = None;
    }
}

/// Leaves the memory to the next response of the thread.
impl Drop for Response {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut inner) = self.inner.take() {
            inner.clear();
            // At the end of a thread there is nobody to leave it to.
            let _ = SPARE.try_with(|spare| spare.set(Some(inner)));
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may be secret: only their names are told.
        let inner = self.inner();
        f.debug_struct("Response")
            .field("status", &inner.status)
            .field("headers", &inner.headers().keys().collect::<Vec<_>>())
            .field("body", &inner.body)
            .field("error", &inner.error)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn a_header_value_with_a_line_break_is_never_sent() {
        let response = Response::new("x").with_header("x-next", "a\r\nset-cookie: b=c");
        assert_eq!(response.status(), 500);
        assert!(response.header("x-next").is_none());
    }

    #[test]
    fn a_header_without_a_map_is_one_like_any_other() {
        let typed = || Response::typed(HeaderValue::from_static("text/html"), "x");
        let mut response = typed();
        assert!(response.few_headers().unwrap().others().is_empty());
        assert_eq!(response.header("Content-Type").unwrap(), "text/html");
        assert!(response.header("content-length").is_none());
        assert_eq!(response.headers().len(), 1);
        response.headers_mut().remove(CONTENT_TYPE);
        assert!(response.header(CONTENT_TYPE).is_none(), "what was changed counts");

        let response = typed().with_header(CONTENT_TYPE, "text/plain").with_header("x-a", "b");
        assert_eq!(
            (response.headers().len(), response.header("x-a").unwrap()),
            (2, &"b".parse().unwrap())
        );
        assert_eq!(response.header(CONTENT_TYPE).unwrap(), "text/plain");
        assert_eq!(http::Response::<Body>::from(typed()).headers().len(), 1);

        let set = |mut response: Response| {
            for (name, value) in [("x-a", "1"), ("content-type", "a/b"), ("x-a", "2")] {
                response
                    .set_header(&HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            response
        };
        let (few, mapped) = (set(typed()), set(typed().with_header("x-b", "3")));
        assert!(few.few_headers().is_ok() && mapped.few_headers().is_err());
        assert_eq!(
            (few.header("X-A").unwrap(), few.headers().len()),
            (&HeaderValue::from_static("2"), 2)
        );
        assert_eq!((mapped.header("X-A"), mapped.headers().len()), (few.header("x-a"), 3));
        assert_eq!(mapped.header(CONTENT_TYPE), few.header(CONTENT_TYPE));
        drop(typed());
        assert!(Response::new("x").headers().is_empty(), "nothing is left for the next");
    }

    #[test]
    fn http_types_and_back_lose_nothing() {
        let response = Response::new("x").with_status(StatusCode::ACCEPTED).with_header("x-a", "b");
        let back = Response::from(http::Response::<Body>::from(response));
        assert_eq!(back.status(), 202);
        assert_eq!(back.header("x-a").unwrap(), "b");
    }
}
