//! Every wait has an end.

use std::time::Duration;

use highper_http::{Http, Limits};
use tokio::io::AsyncWriteExt;

use crate::support::{Running, Service, each_engine, read_to_end, read_until};

/// Short enough for a test, and long enough for a slow machine to send a request in.
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_head_that_is_not_completed_is_a_408() {
    for server in Running::on_each_engine(Limits { header_timeout: SHORT, ..Limits::default() }) {
        let mut client = server.connect().await;
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX").await.unwrap();
        let got = read_to_end(&mut client).await;
        assert!(got.starts_with("HTTP/1.1 408 ") && got.contains("header_timeout"), "{got}");
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_a_408() {
    for server in Running::on_each_engine(Limits { body_timeout: SHORT, ..Limits::default() }) {
        let mut client = server.connect().await;
        client
            .write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            .await
            .unwrap();
        let got = read_to_end(&mut client).await;
        assert!(got.starts_with("HTTP/1.1 408 ") && got.contains("body_timed_out"), "{got}");
    }
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up_with_a_503() {
    for server in Running::on_each_engine(Limits { request_timeout: SHORT, ..Limits::default() }) {
        let mut client = server.connect().await;
        client.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let got = read_until(&mut client, "request_timeout").await;
        assert!(got.starts_with("HTTP/1.1 503 "), "{got}");
        // The next one has its whole time again, though it is not answered at once.
        client.write_all(b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let got = read_until(&mut client, "later").await;
        assert!(got.starts_with("HTTP/1.1 200 "), "{got}");
    }
}

#[tokio::test]
async fn the_503_goes_out_through_what_stands_around_the_handler() {
    for engine in each_engine() {
        let limits = Limits { request_timeout: SHORT, ..Limits::default() };
        let server = Running::serve(Http::new(Service).limits(limits).http1(engine));
        let mut client = server.connect().await;
        client.write_all(b"GET /slow-within HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let got = read_until(&mut client, "request_timeout").await;
        assert!(got.starts_with("HTTP/1.1 503 "), "{got}");
        assert!(got.contains("\r\nx-outside: seen\r\n"), "{got}");
    }
}

#[tokio::test]
async fn a_quiet_connection_is_ended() {
    let limits = Limits { first_byte_timeout: SHORT, idle_timeout: SHORT, ..Limits::default() };
    for server in Running::on_each_engine(limits) {
        let mut never = server.connect().await;
        assert_eq!(read_to_end(&mut never).await, "");
        let mut once = server.connect().await;
        once.write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(read_to_end(&mut once).await.ends_with("/1"));
    }
}

#[tokio::test]
async fn half_a_preface_of_http_2_is_ended() {
    for server in Running::on_each_engine(Limits { header_timeout: SHORT, ..Limits::default() }) {
        let mut client = server.connect().await;
        client.write_all(b"PRI * HTTP/2.0\r\n\r\n").await.unwrap();
        assert_eq!(read_to_end(&mut client).await, "");
    }
}

#[tokio::test]
async fn a_peer_that_takes_no_answer_is_left() {
    for server in Running::on_each_engine(Limits { write_timeout: SHORT, ..Limits::default() }) {
        let mut client = server.connect().await;
        let many = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20);
        client.write_all(many.as_bytes()).await.unwrap();
        // Nothing is read until the server has certainly given up; then less than everything is there.
        tokio::time::sleep(SHORT * 8).await;
        let mut got = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut got).await;
        assert!(got.len() < 20_000_000, "{}", got.len());
    }
}
