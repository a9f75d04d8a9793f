//! Requests that are in order, in every shape and cut.

use highper_http::Limits;
use tokio::io::AsyncWriteExt;

use crate::support::{LARGE, Running, read_to_end, read_until};

const CLOSE: &str = "Host: a\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    for server in Running::on_each_engine(Limits::default()) {
        let stream = format!(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
         POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n\
         GET /4 HTTP/1.1\r\n{CLOSE}"
        );
        let got = server.exchange(stream).await;
        let bodies: Vec<_> = ["\r\n\r\n/1HTTP", "\r\n\r\nabcHTTP", "\r\n\r\ndefHTTP", "\r\n\r\n/4"]
            .iter()
            .map(|body| got.find(body).unwrap_or_else(|| panic!("{body:?} in {got}")))
            .collect();
        assert!(bodies.is_sorted(), "{got}");
    }
}

#[tokio::test]
async fn a_request_that_comes_a_byte_at_a_time_is_a_request() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        client.set_nodelay(true).unwrap();
        let request = format!(
            "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{CLOSE}2\r\nhi\r\n0\r\n\r\n"
        );
        for byte in request.bytes() {
            client.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert!(read_to_end(&mut client).await.ends_with("\r\n\r\nhi"));
    }
}

#[tokio::test]
async fn an_answer_is_not_withheld_while_half_of_the_next_head_is_there() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        client.write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT").await.unwrap();
        read_until(&mut client, "\r\n\r\n/1").await;
        client.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_until(&mut client, "\r\n\r\n/2").await;
    }
}

#[tokio::test]
async fn http_1_0_ends_after_its_answer() {
    for server in Running::on_each_engine(Limits::default()) {
        let got = server.exchange("GET /old HTTP/1.0\r\n\r\n").await;
        assert!(
            got.starts_with("HTTP/1.") && !got.contains("keep-alive") && got.ends_with("/old"),
            "{got}"
        );
    }
}

#[tokio::test]
async fn a_client_that_expects_100_is_told_to_go_on() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        let head =
            format!("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n{CLOSE}");
        client.write_all(head.as_bytes()).await.unwrap();
        read_until(&mut client, "100 Continue\r\n\r\n").await;
        client.write_all(b"ok").await.unwrap();
        assert!(read_to_end(&mut client).await.ends_with("ok"));
    }
}

#[tokio::test]
async fn an_answer_reaches_a_client_that_has_ended_its_half() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        client.write_all(b"GET /half HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        client.shutdown().await.unwrap();
        assert!(read_to_end(&mut client).await.ends_with("/half"));
    }
}

#[tokio::test]
async fn large_and_streamed_bodies_arrive_whole() {
    for server in Running::on_each_engine(Limits::default()) {
        let got = server.exchange(format!("GET /large HTTP/1.1\r\n{CLOSE}")).await;
        assert!(got.contains("content-length: 1000000\r\n"));
        assert_eq!(got.len() - got.find("\r\n\r\n").unwrap() - 4, LARGE);
        let got = server.exchange(format!("GET /stream HTTP/1.1\r\n{CLOSE}")).await;
        assert!(got.ends_with("1\r\na\r\n6\r\nstream\r\n0\r\n\r\n"), "{got}");
        let got = server.exchange(format!("HEAD /large HTTP/1.1\r\n{CLOSE}")).await;
        assert!(got.contains("content-length: 1000000\r\n") && got.ends_with("\r\n\r\n"), "{got}");
    }
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_become_a_request() {
    for server in Running::on_each_engine(Limits::default()) {
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        let stream = format!(
            "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{smuggled}GET /next HTTP/1.1\r\n{CLOSE}",
            smuggled.len()
        );
        let got = server.exchange(stream).await;
        assert!(got.contains("ignored") && !got.contains("/smuggled"), "{got}");
    }
}

#[tokio::test]
async fn a_panic_is_one_500_and_the_connection_goes_on() {
    for server in Running::on_each_engine(Limits::default()) {
        let stream =
            format!("GET /panic HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\n{CLOSE}");
        let got = server.exchange(stream).await;
        assert!(got.starts_with("HTTP/1.1 500") && got.ends_with("/after"), "{got}");
        assert!(!got.contains("secret"), "{got}");
    }
}

#[tokio::test]
async fn a_drain_ends_quiet_connections_and_answers_what_was_sent() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut quiet = server.connect().await;
        quiet.write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_until(&mut quiet, "/1").await;
        let mut new = server.connect().await;
        server.drain();
        assert_eq!(read_to_end(&mut quiet).await, "");
        assert_eq!(read_to_end(&mut new).await, "");
    }
}
