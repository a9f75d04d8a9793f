//! HTTP/2 has the limits of HTTP/1.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use highper_http::{Http, Limits};
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::h2_frames::{Client, GOAWAY};
use crate::support::{Running, Service};

const SHORT: Duration = Duration::from_millis(300);

/// The status and the body of an answer.
async fn ask<B>(server: &Running, request: http::Request<B>) -> (u16, String)
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<highper_core::BoxError>,
{
    let io = TokioIo::new(server.connect().await);
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let asking = async {
        let answer = client.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("an answer")
}

fn get(path: &str) -> http::request::Builder {
    http::Request::get(format!("http://a{path}"))
}

/// A body that begins and does not go on.
struct Stalled(bool);

impl futures_core::Stream for Stalled {
    type Item = Result<Frame<Bytes>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.0, true) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"abc")))))
    }
}

#[tokio::test]
async fn heads_that_are_too_large_have_their_statuses() {
    let server = Running::with(Limits { header_count: 10, target_size: 100, ..Limits::default() });
    let long = format!("/{}", "a".repeat(100));
    let (status, text) = ask(&server, get(&long).body(Empty::<Bytes>::new()).unwrap()).await;
    assert!(status == 414 && text.contains("target_too_long"), "{status} {text}");
    let many = (0..11).fold(get("/"), |request, number| request.header("x", number));
    let (status, text) = ask(&server, many.body(Empty::<Bytes>::new()).unwrap()).await;
    assert!(status == 431 && text.contains("10 header fields"), "{status} {text}");
    let large = get("/").header("x", "a".repeat(40_000));
    let (status, text) = ask(&server, large.body(Empty::<Bytes>::new()).unwrap()).await;
    assert!(status == 431 && text.contains("header_too_large"), "{status} {text}");
    let most = (0..10).fold(get("/"), |request, number| request.header("x", number));
    assert_eq!(ask(&server, most.body(Empty::<Bytes>::new()).unwrap()).await.0, 200);
    let connect = http::Request::connect("a:1").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(ask(&server, connect).await.0, 501);
}

#[tokio::test]
async fn whoever_observes_hears_of_each_request_that_is_refused_for_its_size() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let limits = Limits { header_size: 1000, header_count: 10, ..Limits::default() };
    let http = Http::new(Service).limits(limits).on_refusal(move |refused| {
        hears.lock().unwrap().push((refused.status.as_u16(), refused.code.to_owned()));
    });
    let server = Running::serve(http);
    // The pseudo-header fields count 166, and the field 33 beyond its value.
    for (length, status) in [(800, 200), (900, 431), (3700, 431)] {
        let request = get("/").header("x", "a".repeat(length));
        let got = ask(&server, request.body(Empty::<Bytes>::new()).unwrap()).await.0;
        assert_eq!(got, status, "{length}");
    }
    let refused = (431, "header_too_large".to_owned());
    assert_eq!(*heard.lock().unwrap(), [refused.clone(), refused]);
}

#[tokio::test]
async fn a_body_that_stalls_is_a_408_after_its_time_and_not_a_503() {
    let limits = Limits { body_timeout: SHORT * 2, request_timeout: SHORT, ..Limits::default() };
    let server = Running::with(limits);
    let request = http::Request::post("http://a/echo").body(StreamBody::new(Stalled(false)));
    let (status, text) = ask(&server, request.unwrap()).await;
    assert!(status == 408 && text.contains("body_timed_out"), "{status} {text}");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up_with_a_503() {
    let server = Running::with(Limits { request_timeout: SHORT, ..Limits::default() });
    let (status, text) = ask(&server, get("/slow").body(Empty::<Bytes>::new()).unwrap()).await;
    assert!(status == 503 && text.contains("request_timeout"), "{status} {text}");
}

#[tokio::test]
async fn a_quiet_connection_is_told_to_go_and_then_left() {
    let limits = Limits { idle_timeout: SHORT, write_timeout: SHORT, ..Limits::default() };
    let server = Running::with(limits);
    let mut client = Client::connect(&server, &[]).await;
    // It answers nothing that the server says, and does not go by itself.
    assert_eq!(client.next_of(GOAWAY).await.code(), 0);
    while client.next().await.is_some() {}
}

#[tokio::test]
async fn an_answer_that_takes_longer_than_the_idle_time_is_not_cut() {
    let limits = Limits { idle_timeout: Duration::from_millis(5), ..Limits::default() };
    let server = Running::with(limits);
    let (status, text) = ask(&server, get("/later").body(Empty::<Bytes>::new()).unwrap()).await;
    assert_eq!((status, text.as_str()), (200, "later"));
}

#[tokio::test]
async fn that_503_goes_out_through_what_stands_around_the_handler() {
    let server = Running::with(Limits { request_timeout: SHORT, ..Limits::default() });
    let io = TokioIo::new(server.connect().await);
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = get("/slow-within").body(Empty::<Bytes>::new()).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), client.send_request(request));
    let answer = answer.await.expect("an answer").unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["x-outside"], "seen");
}
