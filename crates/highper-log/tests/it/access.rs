//! The access log: one line for each request, whatever becomes of it.

use std::fs::File;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use highper_core::http::{Method, Uri};
use highper_core::{
    Body, Connection, Error, FileSlice, FromRequest, Handler, IntoResponse, MiddlewareStack,
    Request, Response, RouteMatch, RoutePattern, SendFile,
};
use highper_log::{AccessLog, Log, TraceParent};
use serde_json::{Value, json};

use crate::support::Logged;

/// Answers as the path says.
struct Answers;

impl Handler for Answers {
    async fn call(&self, mut request: Request) -> Response {
        tracing::info!("working");
        match request.path() {
            "/never" => pending().await,
            "/panic" => panic!("on purpose"),
            "/missing" => Error::not_found("no such thing").into_response(),
            "/stream" => Response::new(Body::from_stream(Pieces(3))),
            "/known" => Response::new(Body::wrap(Known(3))),
            "/file" => Response::new(Body::wrap_file(Known(3))),
            "/ids" => {
                let trace = TraceParent::from_request(&(), &mut request).await.unwrap();
                let header = |name: &str| request.header(name).map(|value| value.to_str().unwrap());
                format!("{} {trace} {:?}", header("x-request-id").unwrap(), header("tracestate"))
                    .into_response()
            }
            _ => "hello".into_response(),
        }
    }
}

struct Pieces(u8);

impl futures_core::Stream for Pieces {
    type Item = Result<&'static str, highper_core::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        Poll::Ready(left.map(|_| Ok("abc")))
    }
}

/// A body of three pieces of a byte, which knows how long it is.
struct Known(u8);

impl highper_core::http_body::Body for Known {
    type Data = highper_core::bytes::Bytes;
    type Error = highper_core::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<highper_core::http_body::Frame<Self::Data>, Self::Error>>> {
        self.0 -= 1;
        Poll::Ready(Some(Ok(highper_core::http_body::Frame::data("x".into()))))
    }

    fn size_hint(&self) -> highper_core::http_body::SizeHint {
        highper_core::http_body::SizeHint::with_exact(self.0.into())
    }
}

impl SendFile for Known {
    fn take_slice(mut self: Pin<&mut Self>) -> Option<FileSlice> {
        self.0 = self.0.checked_sub(1)?;
        let file = File::open(env!("CARGO_MANIFEST_PATH")).unwrap();
        Some(FileSlice::new(Arc::new(file), 0..1))
    }
}

/// The lines of requests alone.
fn access(logged: &Logged) -> Vec<Value> {
    let of_requests = |line: &Value| line["extra"]["target"] == "highper_log::access";
    logged.lines().into_iter().filter(of_requests).collect()
}

async fn answered(log: AccessLog, request: Request) -> Response {
    log.wrap(Answers).call(request).await
}

#[tokio::test]
async fn a_request_has_one_line_with_what_is_known_of_it() {
    let logged = Logged::new(Log::builder());
    let mut request = Request::get("/books/7?token=secret");
    let ends = Connection { peer: ([192, 0, 2, 7], 9).into(), local: ([127, 0, 0, 1], 80).into() };
    request.set_connection(ends);
    let pattern = RoutePattern::publish("/books/{id}", None, ["id"]);
    request.set_route(RouteMatch::new(pattern, Default::default()));
    let response = answered(AccessLog::new(), request).await;
    let lines = access(&logged);
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&json!("info"), &json!("request")));
    let mut context = lines[0]["context"].clone();
    let known = context.as_object_mut().unwrap();
    assert!(known.remove("duration_us").unwrap().is_u64());
    let id = known.remove("request_id").unwrap();
    assert_eq!(response.header("x-request-id").unwrap(), id.as_str().unwrap());
    assert_eq!(known.remove("trace_id").unwrap().as_str().unwrap().len(), 32);
    let expected = json!({
        "method": "GET", "path": "/books/7", "route": "/books/{id}", "status": 200, "bytes": 5,
        "peer": "192.0.2.7",
    });
    assert_eq!(context, expected);
}

#[tokio::test]
async fn what_is_logged_meanwhile_has_the_ids_of_the_request() {
    let logged = Logged::new(Log::builder());
    answered(AccessLog::new(), Request::get("/")).await;
    let lines = logged.lines();
    assert_eq!(lines[0]["message"], "working");
    let span = &lines[0]["extra"]["spans"][0];
    assert_eq!(span["span"], "request");
    assert_eq!(span["request_id"], lines[1]["context"]["request_id"]);
    assert_eq!(span["trace_id"], lines[1]["context"]["trace_id"]);
}

#[tokio::test]
async fn a_path_that_matched_nothing_is_no_label() {
    let logged = Logged::new(Log::builder());
    answered(AccessLog::new(), Request::get("/missing")).await;
    let context = &access(&logged)[0]["context"];
    assert_eq!((&context["status"], &context["route"]), (&json!(404), &Value::Null));
}

/// Finds a route further in, as a router does: at once, or in a later poll.
struct Router {
    is_late: bool,
}

impl Handler for Router {
    async fn call(&self, mut request: Request) -> Response {
        if self.is_late {
            tokio::task::yield_now().await;
        }
        let pattern = RoutePattern::publish("/books/{id}", None, ["id"]);
        request.set_route(RouteMatch::new(pattern, Default::default()));
        Answers.call(request).await
    }
}

#[tokio::test]
async fn the_route_is_the_one_that_is_found_further_in_and_is_not_left_for_the_next_request() {
    let logged = Logged::new(Log::builder());
    for is_late in [false, true] {
        AccessLog::new().wrap(Router { is_late }).call(Request::get("/books/7")).await;
    }
    answered(AccessLog::new(), Request::get("/books/7")).await;
    let routes = access(&logged).into_iter().map(|line| line["context"]["route"].clone());
    let found = json!("/books/{id}");
    assert_eq!(routes.collect::<Vec<_>>(), [found.clone(), found, Value::Null]);
}

#[tokio::test]
async fn a_request_that_is_given_up_has_its_line_at_that_moment() {
    let logged = Logged::new(Log::builder());
    let handler = AccessLog::new().wrap(Answers);
    let mut call = Box::pin(handler.call(Request::get("/never")));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_pending());
    assert_eq!(access(&logged).len(), 0);
    drop(call);
    let lines = access(&logged);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["context"]["aborted"], true);
    assert_eq!(lines[0]["context"]["status"], Value::Null);
}

#[tokio::test]
async fn a_panic_is_a_500_in_the_log() {
    let logged = Logged::new(Log::builder());
    let call = tokio::task::unconstrained(answered(AccessLog::new(), Request::get("/panic")));
    let caught = highper_core::CatchPanic::new(call).await;
    assert_eq!(caught.status(), 500);
    let lines = access(&logged);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["context"]["status"], 500);
    assert_eq!(lines[0]["context"]["aborted"], Value::Null);
}

#[tokio::test]
async fn a_stream_has_its_line_at_its_end_with_all_its_bytes() {
    let logged = Logged::new(Log::builder());
    let response = answered(AccessLog::new(), Request::get("/stream")).await;
    assert_eq!(access(&logged).len(), 0);
    assert_eq!(response.into_body().collect().await.unwrap(), "abcabcabc");
    let mut body = answered(AccessLog::new(), Request::get("/stream")).await.into_body();
    body.next_data().await.unwrap().unwrap();
    drop(body);
    // As an engine reads that sends as many bytes as were promised.
    let mut body = answered(AccessLog::new(), Request::get("/known")).await.into_body();
    for _ in 0..3 {
        body.next_data().await.unwrap().unwrap();
    }
    drop(body);
    let lines = access(&logged);
    let told: Vec<_> =
        lines.iter().map(|line| (&line["context"]["bytes"], &line["context"]["aborted"])).collect();
    let (yes, no) = (json!(true), Value::Null);
    assert_eq!(told, [(&json!(9), &no), (&json!(3), &yes), (&json!(3), &no)]);
}

#[tokio::test]
async fn what_the_kernel_sends_of_a_file_is_counted() {
    let logged = Logged::new(Log::builder());
    for slices in [3, 2] {
        let mut body = answered(AccessLog::new(), Request::get("/file")).await.into_body();
        for _ in 0..slices {
            assert_eq!(body.take_slice().unwrap().length(), 1);
        }
    }
    let lines = access(&logged);
    let told: Vec<_> =
        lines.iter().map(|line| (&line["context"]["bytes"], &line["context"]["aborted"])).collect();
    assert_eq!(told, [(&json!(3), &Value::Null), (&json!(2), &json!(true))]);
}

#[tokio::test]
async fn an_answer_without_a_body_has_its_line_at_once() {
    let logged = Logged::new(Log::builder());
    for path in ["/stream", "/"] {
        let request = Request::new(Method::HEAD, Uri::from_static(path));
        drop(answered(AccessLog::new(), request).await);
    }
    for line in access(&logged) {
        assert_eq!(
            (&line["context"]["bytes"], &line["context"]["aborted"]),
            (&json!(0), &Value::Null)
        );
    }
}

#[tokio::test]
async fn an_id_of_a_client_is_taken_only_where_clients_are_trusted_and_only_if_it_is_harmless() {
    let logged = Logged::new(Log::builder());
    let trusting = AccessLog::new().trust_request_ids();
    let given = |id| Request::get("/").with_header("x-request-id", id);
    let long: &str = Box::leak("x".repeat(65).into_boxed_str());
    for (log, request, is_taken) in [
        (AccessLog::new(), given("abc-1"), false),
        (trusting, given("abc-1"), true),
        (trusting, given("a b"), false),
        (trusting, given("\"}{"), false),
        (trusting, given(""), false),
        (trusting, given(long), false),
    ] {
        let sent = request.header("x-request-id").unwrap().to_value();
        let response = answered(log, request).await;
        assert_eq!(response.header("x-request-id") == Some(&sent), is_taken, "{sent:?}");
    }
    drop(logged);
}

#[tokio::test]
async fn a_trace_is_gone_on_with_and_one_that_is_not_valid_begins_anew() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let valid = Request::get("/ids")
        .with_header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .with_header("tracestate", "a=b");
    let body = answered(AccessLog::new(), valid).await.into_body().collect().await.unwrap();
    let text = str::from_utf8(&body).unwrap();
    let (id, rest) = text.split_once(' ').unwrap();
    assert_eq!(rest, format!("00-{trace}-{id}-01 Some(\"a=b\")"));
    let broken = Request::get("/ids")
        .with_header("traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")
        .with_header("tracestate", "a=b");
    let body = answered(AccessLog::new(), broken).await.into_body().collect().await.unwrap();
    let text = str::from_utf8(&body).unwrap();
    assert!(!text.to_lowercase().contains(trace) && text.ends_with("-00 None"), "{text}");
}

#[tokio::test]
async fn within_a_trace_that_somebody_records_the_place_of_the_request_is_kept() {
    let place = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request =
        Request::get("/ids").with_header("traceparent", place).with_header("tracestate", "a=b");
    let body =
        answered(AccessLog::new().in_trace(), request).await.into_body().collect().await.unwrap();
    assert_eq!(str::from_utf8(&body).unwrap(), format!("00f067aa0ba902b7 {place} Some(\"a=b\")"));
}

#[tokio::test]
async fn hostile_paths_are_valid_json_and_no_request_lacks_its_line() {
    let logged = Logged::new(Log::builder());
    let handler = AccessLog::new().wrap(Answers);
    let paths = ["/%0d%0aforged", "/\"},{\"x\":\"", "/\u{9b}2J\u{202e}\u{2028}", "/%1b{}"];
    let paths = paths.map(|path| Uri::try_from(path).unwrap());
    for number in 0..20_000 {
        let request = Request::new(Method::GET, paths[number % paths.len()].clone());
        if number % 10 == 0 {
            drop(handler.call(request));
            let mut call = Box::pin(handler.call(Request::get("/never")));
            let mut cx = Context::from_waker(std::task::Waker::noop());
            assert!(call.as_mut().poll(&mut cx).is_pending());
        } else {
            handler.call(request).await;
        }
    }
    let lines = access(&logged);
    assert_eq!(lines.len(), 20_000);
    let aborted = lines.iter().filter(|line| line["context"]["aborted"] == true).count();
    assert_eq!(aborted, 2_000);
}
