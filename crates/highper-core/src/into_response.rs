//! What a handler may return.

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{Body, Error, Response};

/// Turns a value into a response.
///
/// Text is `text/plain; charset=utf-8`, bytes are `application/octet-stream`; a status, headers, or
/// both may stand before any of them in a tuple.
///
/// # Example
/// ```
/// # use highper_core::{IntoResponse, http::StatusCode};
/// let response = (StatusCode::CREATED, [("location", "/books/7")], "made").into_response();
/// assert_eq!(response.status(), 201);
/// assert_eq!(response.header("location").unwrap(), "/books/7");
/// assert_eq!(response.header("content-type").unwrap(), "text/plain; charset=utf-8");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be answered",
    label = "a handler returns something that implements `IntoResponse`",
    note = "text, bytes, `StatusCode`, `(StatusCode, T)`, `Html`, `Json`, `Redirect`, `Response` and `Result<T, Error>` do"
)]
pub trait IntoResponse {
    /// The response.
    fn into_response(self) -> Response;
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

impl IntoResponse for Response {
    #[inline]
    fn into_response(self) -> Response {
        self
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

/// 204 No Content: there is nothing to say.
impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::empty(StatusCode::NO_CONTENT)
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        Response::empty(self)
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

macro_rules! text_response {
    ($($text:ty),*) => {$(
        impl IntoResponse for $text {
            #[inline]
            fn into_response(self) -> Response {
                Response::typed(TEXT, self)
            }
        }
    )*};
}

macro_rules! octets_response {
    ($($octets:ty),*) => {$(
        impl IntoResponse for $octets {
            #[inline]
            fn into_response(self) -> Response {
                Response::typed(OCTETS, self)
            }
        }
    )*};
}

text_response!(&'static str, String);
octets_response!(Bytes, Vec<u8>, &'static [u8]);

impl IntoResponse for Cow<'static, str> {
    fn into_response(self) -> Response {
        match self {
            Cow::Borrowed(text) => text.into_response(),
            Cow::Owned(text) => text.into_response(),
        }
    }
}

impl IntoResponse for http::Response<Body> {
    fn into_response(self) -> Response {
        self.into()
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    #[inline]
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }
}

/// Nothing found is a 404.
impl<T: IntoResponse> IntoResponse for Option<T> {
    fn into_response(self) -> Response {
        match self {
            Some(value) => value.into_response(),
            None => Error::not_found("there is nothing here").into_response(),
        }
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response {
        self.1.into_response().with_status(self.0)
    }
}

impl<T: IntoResponse> IntoResponse for (HeaderMap, T) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        response.headers_mut().extend(self.0);
        response
    }
}

impl<K, V, T, const N: usize> IntoResponse for ([(K, V); N], T)
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
    T: IntoResponse,
{
    fn into_response(self) -> Response {
        self.0.into_iter().fold(self.1.into_response(), |response, (name, value)| {
            match name.try_into() {
                Ok(name) => response.with_header(name, value),
                Err(_) => Error::internal(
                    "a response header name holds characters that no header name may hold",
                )
                .into_response(),
            }
        })
    }
}

impl<H, T> IntoResponse for (StatusCode, H, T)
where
    (H, T): IntoResponse,
{
    fn into_response(self) -> Response {
        let response = (self.1, self.2).into_response();
        // A header that could not be sent has made it a 500, which must stay one.
        if response.error().is_some() { response } else { response.with_status(self.0) }
    }
}
