//! Server-sent events.

use std::time::Duration;

use highper_http::{Http, ServerEvent};
use tokio::io::AsyncWriteExt;

use crate::support::{Running, Service, each_engine, read_to_end, read_until};

const REQUEST: &[u8] = b"GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n";

#[tokio::test]
async fn events_come_one_by_one_after_the_last_that_was_seen_and_comments_between_them() {
    for engine in each_engine() {
        let server = Running::serve(Http::new(Service).http1(engine));
        let mut client = server.connect().await;
        client.write_all(REQUEST).await.unwrap();
        let got = read_until(&mut client, "id: 43\ndata: 43\n\n").await;
        assert!(got.contains("\r\ncontent-type: text/event-stream\r\n"), "{got}");
        assert!(got.contains("\r\ncache-control: no-store\r\n"), "{got}");
        assert!(got.contains("id: 42\ndata: 42\n\n"), "{got}");
        assert!(!got.contains("data: 41"), "{got}");
        assert!(got.contains("\n:\n\n"), "a comment while nothing happens: {got}");
    }
}

#[tokio::test]
async fn they_end_when_the_server_does() {
    for engine in each_engine() {
        let server = Running::serve(Http::new(Service).http1(engine));
        let mut client = server.connect().await;
        client.write_all(REQUEST).await.unwrap();
        read_until(&mut client, "data: 42\n\n").await;
        server.drain();
        let got = read_to_end(&mut client).await;
        assert!(got.ends_with("0\r\n\r\n"), "in order: {got}");
    }
}

#[test]
fn a_text_cannot_become_another_event() {
    let event = ServerEvent::data("a\r\nevent: b\rid: c\n\n").retry(Duration::from_secs(2));
    assert_eq!(
        event.to_string(),
        "retry: 2000\ndata: a\ndata: event: b\ndata: id: c\ndata: \ndata: \n\n"
    );
    assert_eq!(ServerEvent::comment("x\ny").to_string(), ": x\n: y\n\n");
    for text in ["a\nb", "a\rb", "a\0b"] {
        assert!(ServerEvent::data("").id(text).is_err());
        assert!(ServerEvent::data("").name(text).is_err());
    }
}
