//! What is no request is refused with its status and its reason, and nothing after it is read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use highper_http::{Http, Http1, Limits};
use tokio::io::AsyncWriteExt;

use crate::support::{LARGE, Running, Service, each_engine, read_to_end, read_until};

const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Sends `bytes` and a request after them, and expects one refusal as a problem.
async fn refused(server: &Running, bytes: &str, status: u16, detail: &str) {
    let got = server.exchange(format!("{bytes}{NEXT}")).await;
    assert!(got.starts_with(&format!("HTTP/1.1 {status} ")), "{bytes:?} gave {got}");
    assert!(got.contains("content-type: application/problem+json\r\n"), "{bytes:?} gave {got}");
    assert!(got.contains(&format!("\"status\":{status}")), "{bytes:?} gave {got}");
    assert!(got.contains(detail), "{bytes:?} gave {got}");
    assert!(!got.contains("/next"), "{bytes:?} gave {got}");
}

#[tokio::test]
async fn malformed_heads_are_refused_with_their_place() {
    for server in Running::on_each_engine(Limits::default()) {
        let cases = [
            ("GET / HTTP/1.1\nHost: a\n\n", 400, "request line ends in LF alone"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n",
                400,
                "header line 2: `X-A` holds control characters",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
                400,
                "header line 3 begins with white space",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n",
                400,
                "header line 2: white space after the name `X-A`",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX(A: b\r\n\r\n",
                400,
                "header line 2: `(` may not be in a name",
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n", 400, "holds control characters"),
            ("GET / HTTP/1.1\r\nX-A: b\r\n\r\n", 400, "no Host header"),
            ("GE\tT / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "no method"),
            ("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed target"),
            ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505, "HTTP/9.9"),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "CONNECT"),
        ];
        for (bytes, status, detail) in cases {
            refused(&server, bytes, status, detail).await;
        }
    }
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    for server in Running::on_each_engine(Limits::default()) {
        for (fields, detail) in [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", "ambiguous"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", "ambiguous"),
            ("Content-Length: 5\r\nContent-Length: 5", "stands twice"),
            ("Content-Length: 5\r\nContent-Length: 6", "stands twice"),
            ("Content-Length: +5", "no length"),
            ("Content-Length: -1", "no length"),
            ("Content-Length: 0x5", "no length"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "stands twice"),
        ] {
            let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\nhello");
            refused(&server, &head, 400, detail).await;
        }
    }
}

#[tokio::test]
async fn malformed_chunks_are_refused_by_the_handler_that_reads_them() {
    for server in Running::on_each_engine(Limits::default()) {
        for chunk in
            ["5\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "zz\r\n", "5\r\nhelloXX0\r\n\r\n"]
        {
            let bytes = format!(
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
            );
            refused(&server, &bytes, 400, "body_malformed").await;
        }
    }
}

#[tokio::test]
async fn what_came_before_is_answered_first() {
    for server in Running::on_each_engine(Limits::default()) {
        let got = server
            .exchange(format!("GET /good HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n{NEXT}"))
            .await;
        assert!(got.starts_with("HTTP/1.1 200") && got.contains("/goodHTTP/1.1 400"), "{got}");
    }
}

#[tokio::test]
async fn sizes_have_their_statuses() {
    for server in Running::on_each_engine(Limits {
        header_count: 10,
        target_size: 100,
        header_size: 2000,
        ..Limits::default()
    }) {
        let long = "a".repeat(5000);
        refused(&server, &format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414, "target").await;
        refused(
            &server,
            &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
            431,
            "2000 bytes",
        )
        .await;
        let many = "X: a\r\n".repeat(11);
        refused(
            &server,
            &format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
            431,
            "10 header fields",
        )
        .await;
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_that_arrives_though_the_client_still_sends() {
    for server in Running::on_each_engine(Limits::default()) {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n";
        let got = server.exchange([head.as_bytes(), &vec![b'x'; 5_000_000]].concat()).await;
        assert!(got.starts_with("HTTP/1.1 413 ") && got.contains("131072 bytes"), "{got}");
        let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let got = server.exchange(format!("{chunked}{}0\r\n\r\n", chunk.repeat(8))).await;
        assert!(got.starts_with("HTTP/1.1 413 "), "{got}");
    }
}

#[tokio::test]
async fn a_refusal_waits_until_all_before_it_is_written() {
    const ANSWERS: usize = 20;
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        let stream = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(ANSWERS) + "nonsense\r\n\r\n";
        client.write_all(stream.as_bytes()).await.unwrap();
        // Long enough for every buffer between the server and this client to be full.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let got = read_to_end(&mut client).await;
        assert_eq!(got.matches("HTTP/1.1 200 OK").count(), ANSWERS);
        assert_eq!(got.matches('x').count() / LARGE, ANSWERS);
        assert!(got.ends_with("\"code\":\"bad_request_line\"}"), "{}", &got[got.len() - 300..]);
    }
}

#[tokio::test]
async fn whoever_observes_hears_once_of_each_refused_request_and_of_no_other() {
    for engine in each_engine() {
        let (server, heard) = observed(engine);
        server.exchange(NEXT).await;
        server.exchange(format!("GET / HTTP/1.1\r\n\r\n{NEXT}")).await;
        server.exchange(format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(64))).await;
        server.exchange(format!("{}{NEXT}", NEXT.replace("Connection: close", "X(: y"))).await;
        let mut slow = server.connect().await;
        slow.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        read_to_end(&mut slow).await;
        let heard = heard.lock().unwrap();
        let statuses: Vec<_> = heard.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [400, 414, 400, 408], "{engine:?}");
        assert_eq!(heard[3].1, "header_timeout", "{engine:?}");
    }
}

#[tokio::test]
async fn a_malformed_body_is_no_refused_request_and_gets_no_second_answer() {
    let head =
        |path| format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for engine in each_engine() {
        let (server, heard) = observed(engine);
        let read = server.exchange(head("/echo") + "x\r\n").await;
        assert!(read.starts_with("HTTP/1.1 400 "), "{engine:?}: {read}");
        assert_eq!(read.matches("HTTP/1.1 ").count(), 1, "{engine:?}: {read}");
        let unread = server.exchange(head("/ignore") + "x\r\n").await;
        assert_eq!(unread.matches("HTTP/1.1 ").count(), 1, "{engine:?}: {unread}");
        let mut client = server.connect().await;
        client.write_all(head("/ignore").as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "ignored").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{engine:?}: {answer}");
        client.write_all(b"x\r\n").await.unwrap();
        assert_eq!(read_to_end(&mut client).await, "", "{engine:?}");
        assert_eq!(*heard.lock().unwrap(), [], "{engine:?}");
    }
}

/// The statuses and codes of what was refused.
type Heard = Arc<Mutex<Vec<(u16, String)>>>;

/// A server that is strict, and what its observer hears.
fn observed(engine: Http1) -> (Running, Heard) {
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let mut limits = Limits::default();
    (limits.header_timeout, limits.target_size) = (Duration::from_millis(100), 64);
    let http = Http::new(Service).limits(limits).http1(engine).on_refusal(move |refused| {
        assert!(refused.connection.peer.ip().is_loopback() && !refused.detail.is_empty());
        hears.lock().unwrap().push((refused.status.as_u16(), refused.code.to_owned()));
    });
    (Running::serve(http), heard)
}
