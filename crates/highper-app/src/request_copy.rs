//! What developers are told of a request whose handler has taken it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use highper_core::bytes::Bytes;
use highper_core::http_body::{Body as HttpBody, Frame, SizeHint};
use highper_core::{Body, BodyError, Request};
use highper_router::Routes;

/// A copy of a request's head, and of the beginning of its body as far as the handler reads it. Made
/// only where error pages of developers are on.
pub(crate) struct RequestCopy {
    head: Request,
    body: Arc<Mutex<Vec<u8>>>,
}

/// Of a longer body the beginning is kept.
const MAX_BODY_BYTES: usize = 64 * 1024;

impl RequestCopy {
    /// The request, to be handled, and the copy.
    pub(crate) fn of(mut request: Request) -> (Request, Self) {
        let body = Arc::new(Mutex::new(Vec::new()));
        let head = head_of(&request);
        // A bound that a middleware raises later must not be in force already.
        let limit = request.body_limit();
        request.set_body_limit(u64::MAX);
        let inner = request.take_body();
        request.set_body_limit(limit);
        let inner = match inner.is_empty() {
            true => inner,
            false => Body::wrap(Recorded { inner, seen: Arc::clone(&body) }),
        };
        (request.with_body(inner), Self { head, body })
    }

    /// The copy as a request, with the route that it has.
    pub(crate) fn into_request(mut self, routes: &Routes) -> Request {
        if let Some(route) = routes.route_of(&self.head) {
            self.head.set_route(route);
        }
        let seen = std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
        self.head.with_body(seen)
    }
}

fn head_of(request: &Request) -> Request {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = request.uri().clone();
    parts.version = request.version();
    parts.headers = request.headers().clone();
    let mut head = Request::from_parts(parts, Body::empty());
    if let Some(connection) = request.connection() {
        head.set_connection(*connection);
    }
    head
}

/// Is a request for this machine by a name that nobody else can own? A page of another site can have its
/// own name lead here (DNS rebinding), and would then read what is shown to the developer.
pub(crate) fn is_for_this_machine(request: &Request) -> bool {
    let host = request.authority();
    // Without a host it comes from a test, or from a client that is no browser.
    let Some(host) = host else { return true };
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_reserved = [".localhost", ".test"].iter().any(|suffix| name.ends_with(suffix));
    name == "localhost" || is_reserved || name.parse::<std::net::IpAddr>().is_ok()
}

/// A body that is kept while it is read.
struct Recorded {
    inner: Body,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl HttpBody for Recorded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MAX_BODY_BYTES.saturating_sub(seen.len()).min(data.len());
            seen.extend_from_slice(&data[..room]);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_nobody_else_can_own_are_this_machine() {
        for (host, is_own) in [
            ("localhost:8080", true),
            ("LOCALHOST.", true),
            ("127.0.0.1", true),
            ("[::1]:8080", true),
            ("shop.localhost", true),
            ("shop.test:80", true),
            ("evil.example", false),
            ("localhost.evil.example:8080", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            let request = Request::get("/").with_header("host", host);
            assert_eq!(is_for_this_machine(&request), is_own, "{host}");
        }
        assert!(is_for_this_machine(&Request::get("/")));
    }

    #[tokio::test]
    async fn the_body_is_kept_as_far_as_it_was_read_and_its_limit_can_still_be_raised() {
        let request = Request::post("/", "x".repeat(200_000));
        let (mut request, copy) = RequestCopy::of(request);
        request.set_body_limit(200_000);
        assert_eq!(request.read_body().await.unwrap().len(), 200_000);
        assert_eq!(copy.body.lock().unwrap().len(), MAX_BODY_BYTES);
        let (mut request, _) = RequestCopy::of(Request::post("/", "x".repeat(200_000)));
        assert!(request.read_body().await.unwrap_err().is_too_large());
    }
}
