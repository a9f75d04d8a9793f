//! The answers to paths that no route has.

use highper_core::{Error, Handler, IntoResponse, Redirect, Request, Response};
use http::{Method, StatusCode};
use memchr::memchr_iter;
use percent_encoding::percent_decode_str;

use crate::methods::unknown_method;

/// 404; 501 for an unknown method; and the answer to `OPTIONS *`, which asks about the server as a
/// whole (RFC 9110, section 9.3.7).
pub(crate) struct NotFound;

impl Handler for NotFound {
    async fn call(&self, request: Request) -> Response {
        if request.method() == Method::OPTIONS && request.path() == "*" {
            return Response::empty(StatusCode::NO_CONTENT);
        }
        if let Some(error) = unknown_method(request.method()) {
            return error.into_response();
        }
        let path = request.path().escape_debug();
        Error::not_found(format!("there is nothing at {path}"))
            .with_code("not_found")
            .into_response()
    }
}

/// Sends to the same path with, or without, a slash at its end.
pub(crate) struct OtherForm;

impl Handler for OtherForm {
    async fn call(&self, request: Request) -> Response {
        let other = other_form(request.path());
        // `//evil.example/` and `/\evil.example/` are paths here, and addresses in a Location.
        let other = other.trim_start_matches(['/', '\\']);
        let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
        Redirect::permanent(format!("/{other}{query}")).into_response()
    }
}

/// The path without the slash at its end, or with one.
pub(crate) fn other_form(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}

/// 400 or 414, for a path that [`is_sound`] does not let through.
pub(crate) struct Unsound;

impl Handler for Unsound {
    async fn call(&self, request: Request) -> Response {
        let path = request.path();
        let Err(fault) = check(path) else {
            return Error::internal("a sound path was refused").into_response();
        };
        let error = match fault {
            Fault::TooLong => {
                Error::new(StatusCode::URI_TOO_LONG, "the path is longer than 65535 bytes")
            }
            Fault::At(at, what) => {
                Error::bad_request(format!("the path is malformed at byte {at}: {what}"))
            }
        };
        error.with_code("bad_path").into_response()
    }
}

/// False for a path whose encoding is broken or hides a NUL: it means something else to everybody.
#[inline]
pub(crate) fn is_sound(path: &str) -> bool {
    // Nearly all paths have nothing encoded, and cost no more than the search for it.
    path.len() <= usize::from(u16::MAX) && (!path.as_bytes().contains(&b'%') || check(path).is_ok())
}

enum Fault {
    TooLong,
    /// The byte, and what is wrong there.
    At(usize, &'static str),
}

#[cold]
fn check(path: &str) -> Result<(), Fault> {
    if path.len() > usize::from(u16::MAX) {
        return Err(Fault::TooLong);
    }
    let bytes = path.as_bytes();
    let mut is_ascii = true;
    for at in memchr_iter(b'%', bytes) {
        match bytes.get(at + 1..at + 3) {
            Some(b"00") => return Err(Fault::At(at, "`%00` is not allowed")),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {
                is_ascii &= digits[0] < b'8';
            }
            _ => return Err(Fault::At(at, "`%` is not followed by two hexadecimal digits")),
        }
    }
    if is_ascii {
        return Ok(());
    }
    percent_decode_str(path).decode_utf8().map(drop).map_err(|error| {
        Fault::At(encoded_offset(bytes, error.valid_up_to()), "the decoded bytes are not UTF-8")
    })
}

/// Where in the path the byte stands that is at `decoded` once everything is decoded.
fn encoded_offset(path: &[u8], decoded: usize) -> usize {
    (0..decoded).fold(0, |at, _| at + if path.get(at) == Some(&b'%') { 3 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(path: &str) -> Option<usize> {
        match check(path) {
            Err(Fault::At(at, _)) => Some(at),
            Err(Fault::TooLong) => Some(usize::MAX),
            Ok(()) => None,
        }
    }

    #[test]
    fn the_byte_that_is_wrong_is_counted_in_the_path_as_it_arrived() {
        assert_eq!(fault("/a%zz"), Some(2));
        assert_eq!(fault("/a%4"), Some(2));
        assert_eq!(fault("/%"), Some(1));
        assert_eq!(fault("/%41%00"), Some(4));
        assert_eq!(fault("/%41%41%ff"), Some(7));
        assert_eq!(fault("/%C3%BC/ü/%C3"), Some(11));
        assert_eq!(fault("/ü%41%C3%BC%2F"), None);
        assert!(!is_sound(&"/a".repeat(40_000)));
    }
}
