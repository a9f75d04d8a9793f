//! What the access log and the span of a request cost, in instructions: run it twice under
//! `valgrind --tool=callgrind --separate-threads=yes`, with two numbers of requests; the difference of
//! the first thread's counts by that of the requests is one request. With `bare` behind the number
//! there is no access log.

#![allow(clippy::expect_used, reason = "a benchmark that cannot begin ends")]

use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use highper_core::http::{Method, Version};
use highper_core::{
    Connection, Handler, IntoResponse, MiddlewareStack, RawField, RawHead, RawRequest, RawTarget,
    Request, Response, RouteMatch, RoutePattern,
};
use highper_log::{AccessLog, Log, Output};

struct Hello;

impl Handler for Hello {
    async fn call(&self, _: Request) -> Response {
        "hello".into_response()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000);
    let (log, guard) =
        Log::builder().output(Output::writer(io::sink())).build().expect("a log of nothing");
    log.install().expect("no other log");
    let pattern = RoutePattern::publish("/books/{id}", None, ["id"]);
    if arguments.iter().any(|argument| argument == "bare") {
        (0..number).for_each(|_| serve(&Hello, pattern));
    } else {
        let handler = AccessLog::new().wrap(Hello);
        (0..number).for_each(|_| serve(&handler, pattern));
    }
    assert!(guard.end(Duration::from_secs(60)));
}

#[inline(never)]
fn serve(handler: &impl Handler, pattern: &'static RoutePattern) {
    // As an engine reads it.
    let field = RawField { name: 0, name_length: 6, value: 8, value_length: 3 };
    let mut raw = RawRequest::new();
    raw.push(field);
    let mut request = raw.finish(RawHead {
        method: Method::GET,
        version: Version::HTTP_11,
        target: RawTarget::Origin("/books/7"),
        bytes: b"accept: */*",
    });
    let ends = Connection { peer: ([192, 0, 2, 7], 9).into(), local: ([127, 0, 0, 1], 80).into() };
    request.set_connection(ends);
    request.set_route(RouteMatch::new(pattern, [(0, 0); highper_core::MAX_PARAMETERS]));
    let call = pin!(handler.call(request));
    match call.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => assert_eq!(response.status(), 200),
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}
