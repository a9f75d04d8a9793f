//! The paths of one host.

use std::sync::Arc;

use highper_core::{
    BoxFuture, BoxHandler, Error, IntoResponse, MAX_PARAMETERS, Redirect, Request, Response,
    RouteMatch, RoutePattern,
};
use http::StatusCode;
use percent_encoding::percent_decode_str;

use crate::TrailingSlash;
use crate::methods::Methods;

/// Paths and what answers them.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) paths: matchit::Router<Node>,
    pub(crate) fallback: BoxHandler,
    pub(crate) trailing_slash: TrailingSlash,
}

/// One path.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) pattern: Arc<RoutePattern>,
    pub(crate) methods: Methods,
}

type Ranges = [(u16, u16); MAX_PARAMETERS];

impl Table {
    #[inline]
    pub(crate) fn call(&self, mut request: Request) -> BoxFuture<'_, Response> {
        let path = request.path();
        if path.len() > usize::from(u16::MAX) {
            return ready(Error::new(
                StatusCode::URI_TOO_LONG,
                "the path is longer than 65535 bytes",
            ));
        }
        if path.as_bytes().contains(&b'%')
            && let Err(error) = check_encoding(path)
        {
            return ready(error);
        }
        match self.find(path) {
            Some((node, ranges)) => {
                request.set_route(RouteMatch::new(Arc::clone(&node.pattern), ranges));
                node.methods.call(request)
            }
            None => self.call_unmatched(request),
        }
    }

    #[inline]
    fn find(&self, path: &str) -> Option<(&Node, Ranges)> {
        let found = self.paths.at(path).ok()?;
        let mut ranges = Ranges::default();
        for (range, (_, value)) in ranges.iter_mut().zip(found.params.iter()) {
            // A parameter is a piece of the path, which is shorter than 65536 bytes.
            let start = (value.as_ptr().addr() - path.as_ptr().addr()) as u16;
            *range = (start, start + value.len() as u16);
        }
        Some((found.value, ranges))
    }

    #[cold]
    fn call_unmatched(&self, mut request: Request) -> BoxFuture<'_, Response> {
        if self.trailing_slash == TrailingSlash::Strict || request.path() == "/" {
            return self.fallback.call_boxed(request);
        }
        let path = request.path();
        let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
        let Some((node, ranges)) = self.find(&other) else {
            return self.fallback.call_boxed(request);
        };
        if self.trailing_slash == TrailingSlash::Redirect {
            // `//evil.example/` is a path here and an address in a Location.
            let other = format!("/{}", other.trim_start_matches('/'));
            let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Box::pin(std::future::ready(
                Redirect::permanent(format!("{other}{query}")).into_response(),
            ));
        }
        request.set_route(RouteMatch::new(Arc::clone(&node.pattern), ranges));
        node.methods.call(request)
    }
}

/// A path whose encoding is broken, or hides a NUL, means something else to everybody.
#[cold]
fn check_encoding(path: &str) -> Result<(), Error> {
    let bytes = path.as_bytes();
    let bad = |at: usize, what: &str| {
        Error::bad_request(format!("the path is malformed at byte {at}: {what}"))
            .with_code("bad_path")
    };
    for at in memchr::memchr_iter(b'%', bytes) {
        match bytes.get(at + 1..at + 3) {
            Some(b"00") => return Err(bad(at, "`%00` is not allowed")),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            _ => return Err(bad(at, "`%` is followed by two hexadecimal digits")),
        }
    }
    match percent_decode_str(path).decode_utf8() {
        Ok(_) => Ok(()),
        Err(error) => Err(bad(error.valid_up_to(), "the decoded bytes are not UTF-8")),
    }
}

fn ready(error: Error) -> BoxFuture<'static, Response> {
    Box::pin(std::future::ready(error.into_response()))
}
