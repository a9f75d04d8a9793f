//! A log that is all that listens writes what it writes beside others.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use highper_core::{
    Body, Connection, Handler, IntoResponse, MiddlewareStack, Request, Response, RouteMatch,
    RoutePattern,
};
use highper_log::{AccessLog, Level, Log, LogBuilder, Redaction};
use serde_json::Value;
use tracing::{Instrument, Span, debug_span, error_span, info, info_span};

use crate::support::Logged;

/// The lines of `work` from a log alone, which are those of a layer but for `differs`.
fn same(builder: fn() -> LogBuilder, work: impl Fn(), differs: &[&str]) -> Vec<Value> {
    let lines = |logged: Logged| {
        work();
        let mut lines = logged.lines();
        lines.iter_mut().for_each(|line| blank(line, differs));
        lines
    };
    let alone = lines(Logged::new(builder()));
    assert_eq!(alone, lines(Logged::layered(builder())));
    alone
}

/// Takes the values of some names out, wherever they are.
fn blank(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match names.contains(&name.as_str()) {
                    true => *value = Value::Null,
                    false => blank(value, names),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| blank(value, names)),
        _ => {}
    }
}

#[test]
fn events_are_in_the_spans_that_they_are_in_beside_others() {
    let work = || {
        let outer = info_span!("outer", book = "Dune", price = tracing::field::Empty);
        let unseen = debug_span!("unseen");
        info!("outside");
        outer.in_scope(|| {
            info!("within");
            let inner = info_span!("inner", token = "secret", "a \"quote\"" = 1);
            let _inner = inner.enter();
            outer.record("price", 9.5);
            info!(parent: &outer, "of the outer alone");
            info!(parent: None, "of none");
            outer.in_scope(|| unseen.in_scope(|| info!("in the outer again")));
            Span::current().in_scope(|| info!("in the current one"));
            info_span!(parent: None, "alone").in_scope(|| info!("in a span of its own"));
        });
        let kept = outer.in_scope(|| info_span!("kept"));
        drop(outer);
        kept.in_scope(|| info!("the parent is open as long as its child"));
        let handle = kept.clone();
        drop(kept);
        handle.in_scope(|| info!("by another handle"));
        info!("outside again");
    };
    let lines = same(Log::builder, work, &["datetime"]);
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[3]["extra"]["spans"], Value::Null);
    assert_eq!(lines[7]["extra"]["spans"][0]["price"], 9.5);
}

#[test]
fn a_span_goes_to_another_thread_with_its_work() {
    let logged = Logged::new(Log::builder());
    let span = info_span!("order", number = 7);
    let subscriber = tracing::dispatcher::get_default(Clone::clone);
    thread::scope(|scope| {
        scope.spawn(|| {
            tracing::dispatcher::with_default(&subscriber, || span.in_scope(|| info!("there")));
        });
    });
    let spans = &logged.lines()[0]["extra"]["spans"];
    assert_eq!((&spans[0]["span"], &spans[0]["number"]), (&"order".into(), &7.into()));
}

#[test]
fn every_event_of_many_threads_is_in_its_own_span() {
    const EACH: usize = 2_000;
    let logged = Logged::new(Log::builder());
    let subscriber = tracing::dispatcher::get_default(Clone::clone);
    let root = info_span!("root");
    thread::scope(|scope| {
        for thread in 0..8 {
            let (subscriber, root) = (subscriber.clone(), root.clone());
            scope.spawn(move || {
                let _default = tracing::dispatcher::set_default(&subscriber);
                for number in 0..EACH {
                    let span = info_span!(parent: &root, "work", thread, number);
                    let again = span.clone();
                    drop(span);
                    again.in_scope(|| info!(thread, number, "done"));
                }
            });
        }
    });
    let lines = logged.lines();
    assert_eq!(lines.len(), 8 * EACH);
    for line in lines {
        let spans = line["extra"]["spans"].as_array().unwrap();
        assert_eq!((spans.len(), &spans[0]["span"]), (2, &"root".into()));
        assert_eq!(spans[1]["thread"], line["context"]["thread"]);
        assert_eq!(spans[1]["number"], line["context"]["number"]);
    }
}

/// Answers as the path says.
struct Answers;

impl Handler for Answers {
    async fn call(&self, request: Request) -> Response {
        let path = request.path().to_owned();
        drop(request);
        info!("working");
        async { info!("in work within") }.in_current_span().await;
        match path.as_str() {
            "/never" => std::future::pending().await,
            "/empty" => Response::new(Body::empty()),
            _ => "hello".into_response(),
        }
    }
}

fn serve(target: &'static str, known: bool) {
    let mut request = Request::get(target);
    if known {
        let ends =
            Connection { peer: ([192, 0, 2, 7], 9).into(), local: ([127, 0, 0, 1], 80).into() };
        request.set_connection(ends);
        let pattern = RoutePattern::publish("/books/{id}", None, ["id"]);
        request.set_route(RouteMatch::new(pattern, Default::default()));
    } else {
        let ends = Connection {
            peer: "[2001:db8::7]:9".parse().unwrap(),
            local: "[::1]:80".parse().unwrap(),
        };
        request.set_connection(ends);
    }
    let handler = AccessLog::new().trust_request_ids().wrap(Answers);
    let call = pin!(handler.call(request.with_header("x-request-id", "sk_live_1")));
    let poll = call.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(matches!(poll, Poll::Pending), target == "/never");
}

#[test]
fn lines_of_requests_are_those_that_are_written_beside_others() {
    let requests = || {
        for target in ["/books/7?token=x", "/empty", "/never", "/a%22b", "/http://a:b@c/"] {
            serve(target, true);
            serve(target, false);
        }
        // A line within a span is in it.
        info_span!("test").in_scope(|| serve("/books/7", true));
    };
    let changing = ["datetime", "trace_id", "duration_us"];
    let plain: fn() -> LogBuilder = || Log::builder().extra("service", "shop");
    let hidden: fn() -> LogBuilder =
        || Log::builder().redaction(Redaction::default().key("peer").after("sk_live_"));
    let prefixed: fn() -> LogBuilder =
        || Log::builder().redaction(Redaction::default().after("sk_live_").after("books/"));
    let processed: fn() -> LogBuilder =
        || Log::builder().processor(|fields| fields.add("url", "http://a:b@c"));
    let quiet: fn() -> LogBuilder = || Log::builder().level(Level::Warning);
    for builder in [plain, hidden, prefixed, processed] {
        let lines = same(builder, requests, &changing);
        assert_eq!(lines.len(), 33);
        assert_eq!(lines.iter().filter(|line| line["context"]["aborted"] == true).count(), 2);
        assert_eq!(lines[0]["extra"]["spans"][0]["span"], "request");
        assert_eq!(lines[1]["extra"]["spans"][0]["span"], "request");
    }
    assert_eq!(same(quiet, requests, &changing).len(), 0);
    let masked = same(prefixed, requests, &changing);
    assert_eq!(masked[2]["context"]["request_id"], "sk_live_[redacted]");
    assert_eq!(masked[2]["context"]["path"], "/books/[redacted]");
}

#[test]
fn the_span_of_a_request_is_current_within_it() {
    struct Asks;
    impl Handler for Asks {
        async fn call(&self, _: Request) -> Response {
            let span = Span::current();
            let metadata = span.metadata().unwrap();
            let known = (metadata.name(), metadata.target(), *metadata.level());
            assert_eq!(known, ("request", "highper_log::access", tracing::Level::ERROR));
            span.in_scope(|| error_span!("deeper").in_scope(|| info!("here")));
            "asked".into_response()
        }
    }
    let logged = Logged::new(Log::builder());
    let handler = AccessLog::new().wrap(Asks);
    let call = pin!(handler.call(Request::get("/")));
    assert!(call.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    let spans = logged.lines()[0]["extra"]["spans"].clone();
    let names: Vec<_> = spans.as_array().unwrap().iter().map(|it| it["span"].clone()).collect();
    assert_eq!(names, ["request", "deeper"]);
    assert!(Span::current().is_none());
}
