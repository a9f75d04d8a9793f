//! Errors of requests.

use std::any::{Any, type_name};
use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;

use http::header::IntoHeaderName;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::call_stack::backtrace_for;
use crate::{
    Activity, BodyError, BoxError, CodecError, ErrorReport, IntoResponse, PanicError, Problem,
    Response, RoutePattern,
};

/// Why a request could not be served: what the client is told, apart from the cause, which it is not.
///
/// `?` turns any error into a 500 whose cause is logged and never sent.
///
/// # Example
/// ```
/// # use highper_core::Error;
/// fn find(id: u32) -> Result<&'static str, Error> {
///     match id {
///         1 => Ok("Dune"),
///         _ => Err(Error::not_found(format!("there is no book {id}")).with_code("no_such_book")),
///     }
/// }
/// assert_eq!(find(2).unwrap_err().status(), 404);
///
/// fn parse(text: &str) -> Result<u32, Error> {
///     Ok(text.parse::<u32>()?)
/// }
/// let error = parse("x").unwrap_err();
/// assert_eq!(error.status(), 500);
/// assert!(!error.message().contains("digit"), "the cause stays private");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: Option<&'static str>,
    message: Cow<'static, str>,
    headers: HeaderMap,
    source: Option<BoxError>,
    source_type: Option<&'static str>,
    location: &'static Location<'static>,
    backtrace: Option<Box<Backtrace>>,
    route: Option<&'static RoutePattern>,
}

/// A place in source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place<'a> {
    /// The file as the compiler was told of it.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// The public message of an error whose cause is private.
const INTERNAL: &str = "something went wrong here; it has been logged";

impl Error {
    /// An error with a status and a message for the client. A status that tells of no error (below 400)
    /// becomes a 500: clients and caches would take the answer for what was asked for.
    #[track_caller]
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        let status = if is_error { status } else { StatusCode::INTERNAL_SERVER_ERROR };
        Self(Box::new(Inner {
            backtrace: backtrace_for(status),
            route: status.is_server_error().then(Activity::route_of_this_thread).flatten(),
            ..Inner::bare(status, message.into(), Location::caller())
        }))
    }

    /// 400: the request itself is wrong.
    #[track_caller]
    #[must_use]
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401: the client must say who it is.
    #[track_caller]
    #[must_use]
    pub fn unauthorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403: the client is known, and may not.
    #[track_caller]
    #[must_use]
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404: there is no such thing.
    #[track_caller]
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 409: it does not go together with what is there already.
    #[track_caller]
    #[must_use]
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 422: well-formed, and yet not acceptable.
    #[track_caller]
    #[must_use]
    pub fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 500 with a private cause; the client learns nothing of it.
    #[track_caller]
    #[must_use]
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL).with_source(cause)
    }

    /// 500 for a panic, which has a place and a backtrace of its own.
    #[track_caller]
    pub(crate) fn panicked(panic: PanicError) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let route = Activity::route_of_this_thread();
        let bare = Inner::bare(status, INTERNAL.into(), Location::caller());
        Self(Box::new(Inner { route, ..bare })).with_code("panic").with_source(panic)
    }

    /// Adds a word for machines that stays the same when the message changes: `no_such_book`.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.0.code = Some(code);
        self
    }

    /// Adds the private cause: for logs and for error pages of developers.
    #[must_use]
    pub fn with_source<E: Into<BoxError>>(mut self, source: E) -> Self {
        self.0.source = Some(source.into());
        self.0.source_type = Some(type_name::<E>()).filter(|name| tells_something(name));
        self
    }

    /// Adds a header to the answer, as `Allow` or `Retry-After`.
    #[must_use]
    pub fn with_header(mut self, name: impl IntoHeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The word for machines.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.0.code
    }

    /// What the client is told.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The private cause. (`Error` is no `std::error::Error`, so that `?` can turn any of those into one.)
    #[must_use]
    pub fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }

    /// The private cause, the cause of that, and so on; at most [`ErrorReport::MAX_CAUSES`].
    pub fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        std::iter::successors(self.source(), |cause| cause.source()).take(ErrorReport::MAX_CAUSES)
    }

    /// A number that errors of one type, code and place share while the process lives.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let place = self.place();
        (self.status().as_u16(), self.code(), self.source_type()).hash(&mut hasher);
        (place.file, place.line, place.column).hash(&mut hasher);
        hasher.finish()
    }

    /// The type of the private cause, with its path; none where the cause is a text or came in a box.
    #[must_use]
    pub fn source_type(&self) -> Option<&'static str> {
        self.0.source_type
    }

    /// The panic that this tells of, if it does.
    #[must_use]
    pub fn panic(&self) -> Option<&PanicError> {
        self.source()?.downcast_ref()
    }

    /// Where in the source code it was made.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// Where in the source code it went wrong: where the error was made, or the panic happened.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        let Some(place) = self.panic().and_then(PanicError::place) else {
            let made = self.0.location;
            return Place { file: made.file(), line: made.line(), column: made.column() };
        };
        place
    }

    /// The calls that led there, if they were taken; see [`capture_backtraces`](crate::capture_backtraces).
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.panic().and_then(PanicError::backtrace).or(self.0.backtrace.as_deref())
    }

    /// The route whose handler was at work when it was made; known of server errors.
    #[must_use]
    pub fn route(&self) -> Option<&'static RoutePattern> {
        self.0.route
    }
}

impl Inner {
    fn bare(
        status: StatusCode,
        message: Cow<'static, str>,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            status,
            code: None,
            message,
            headers: HeaderMap::new(),
            source: None,
            source_type: None,
            location,
            backtrace: None,
            route: None,
        }
    }
}

/// A text, or a box whose contents are not known, is no type of an error.
fn tells_something(name: &str) -> bool {
    !name.contains("dyn ") && !matches!(name, "&str" | "alloc::string::String")
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// `?`: any error is a 500 with a private cause, but for those of ours that know better: a body over
/// its limit stays a 413, malformed bytes a 400.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(source: E) -> Self {
        let known: &dyn Any = &source;
        let (status, code) = if let Some(error) = known.downcast_ref::<BodyError>() {
            (error.status(), error.code())
        } else if let Some(error) = known.downcast_ref::<CodecError>()
            && let Some((status, code)) = error.fault_of_client()
        {
            (status, code)
        } else {
            return Self::internal(source);
        };
        Self::new(status, source.to_string()).with_code(code).with_source(source)
    }
}

impl IntoResponse for Error {
    fn into_response(mut self) -> Response {
        let problem = Problem::from(&self);
        let mut response = problem.into_response();
        response.headers_mut().extend(std::mem::take(&mut self.0.headers));
        Response::from_error(self, response)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .field("location", &format_args!("{}", self.0.location))
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_never_reaches_the_answer() {
        let response = Error::internal("password=hunter2").into_response();
        let body = response.body().as_bytes().unwrap();
        assert_eq!(response.status(), 500);
        assert!(!String::from_utf8_lossy(body).contains("hunter2"));
        assert_eq!(response.error().unwrap().source().unwrap().to_string(), "password=hunter2");
    }

    #[test]
    fn an_error_is_never_sent_as_a_success() {
        for status in [StatusCode::OK, StatusCode::FOUND, StatusCode::CONTINUE] {
            assert_eq!(Error::new(status, "x").status(), 500);
        }
        assert_eq!(Error::new(StatusCode::IM_A_TEAPOT, "x").status(), 418);
    }

    #[test]
    fn a_question_mark_keeps_what_is_the_fault_of_the_client() {
        assert_eq!(Error::from(BodyError::too_large(4)).status(), 413);
        assert_eq!(Error::from(CodecError::malformed("x")).status(), 400);
        assert_eq!(Error::from(CodecError::mismatched("x")).status(), 422);
        assert_eq!(Error::from(CodecError::unencodable("x")).status(), 500);
        assert_eq!(Error::from("x".parse::<u8>().unwrap_err()).status(), 500);
    }

    #[test]
    fn the_place_is_where_the_error_was_made() {
        assert!(Error::not_found("x").location().file().ends_with("error.rs"));
    }
}
