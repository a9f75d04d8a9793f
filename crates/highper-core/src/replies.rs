//! Ready-made answers: HTML and redirects.

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use crate::{Body, Error, IntoResponse, Response};

/// A body of `text/html; charset=utf-8`. Escaping is the business of whoever made the text.
///
/// # Example
/// ```
/// # use highper_core::{Html, IntoResponse};
/// let response = Html("<h1>Books</h1>").into_response();
/// assert_eq!(response.header("content-type").unwrap(), "text/html; charset=utf-8");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Html<T>(pub T);

impl<T: Into<Body>> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        Response::typed(HeaderValue::from_static("text/html; charset=utf-8"), self.0)
    }
}

/// Sends the client elsewhere (RFC 9110, section 15.4).
///
/// # Example
/// ```
/// # use highper_core::{IntoResponse, Redirect};
/// let response = Redirect::to("/books/7").into_response();
/// assert_eq!(response.status(), 303);
/// assert_eq!(response.header("location").unwrap(), "/books/7");
/// ```
#[derive(Clone, Debug)]
pub struct Redirect {
    status: StatusCode,
    location: String,
}

impl Redirect {
    /// 303 See Other: the client goes on with a GET, as after a form was sent.
    #[must_use]
    pub fn to(location: impl Into<String>) -> Self {
        Self { status: StatusCode::SEE_OTHER, location: location.into() }
    }

    /// 307 Temporary Redirect: the client repeats the same request there.
    #[must_use]
    pub fn temporary(location: impl Into<String>) -> Self {
        Self { status: StatusCode::TEMPORARY_REDIRECT, location: location.into() }
    }

    /// 308 Permanent Redirect: the client repeats the same request there, from now on.
    #[must_use]
    pub fn permanent(location: impl Into<String>) -> Self {
        Self { status: StatusCode::PERMANENT_REDIRECT, location: location.into() }
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        match HeaderValue::try_from(self.location) {
            Ok(location) => Response::empty(self.status).with_header(LOCATION, location),
            Err(_) => {
                Error::internal("a redirect's location holds characters that no header may hold")
                    .into_response()
            }
        }
    }
}
