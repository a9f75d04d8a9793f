//! HTTP over TLS: what goes through, what is turned away, and how connections end.

use std::process::Output;
use std::time::Duration;

use highper_http::Limits;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::certificates::Authority;
use crate::support::{LARGE, Running, read_to_end, read_until};

const SHORT: Duration = Duration::from_millis(300);

async fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output();
    tokio::time::timeout(Duration::from_secs(20), output).await.expect("it ends").unwrap()
}

async fn curl(authority: &Authority, server: &Running, path: &str, more: &[&str]) -> String {
    let port = server.address.port();
    let (ca, url) = (authority.path("ca.pem"), format!("https://localhost:{port}{path}"));
    let resolve = format!("localhost:{port}:127.0.0.1");
    let usual = ["-sS", "--cacert", ca.to_str().unwrap(), "--resolve", &resolve, &url];
    let output = run("curl", &[&usual, more].concat()).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn curl_chooses_its_protocol_and_the_handler_is_told() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        for (flag, alpn, version) in
            [("--http1.1", "http/1.1", "1.1"), ("--http2", "h2", "2"), ("--no-alpn", "", "1.1")]
        {
            let got = curl(&authority, &server, "/tls", &[flag, "-w", " %{http_version}"]).await;
            let expected = format!("name=localhost alpn={alpn} version=TLSv1_3 client=0 {version}");
            assert_eq!(got, expected);
        }
        let got = curl(&authority, &server, "/tls", &["--tls-max", "1.2"]).await;
        assert!(got.contains("TLSv1_2"), "{got}");
        assert_eq!(server.counters.failed_handshakes(), 0);
    }
}

#[tokio::test]
async fn large_bodies_go_both_ways_in_both_protocols() {
    let authority = Authority::new();
    for server in
        authority.serve_on_each_engine(Limits { body_size: 2_000_000, ..Limits::default() })
    {
        let file = authority.path("upload");
        std::fs::write(&file, vec![b'u'; LARGE]).unwrap();
        let upload = format!("@{}", file.to_str().unwrap());
        for flag in ["--http1.1", "--http2"] {
            let got = curl(&authority, &server, "/echo", &[flag, "--data-binary", &upload]).await;
            assert!(got.len() == LARGE && got.bytes().all(|byte| byte == b'u'), "{flag}");
            assert_eq!(curl(&authority, &server, "/large", &[flag]).await.len(), LARGE);
        }
    }
}

#[tokio::test]
async fn openssl_verifies_the_chain_and_gets_an_answer() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let (address, ca) = (server.address.to_string(), authority.path("ca.pem"));
        let ca = ca.to_str().unwrap();
        for version in ["-tls1_2", "-tls1_3"] {
            let mut openssl = Command::new("openssl")
                .args(["s_client", "-quiet", "-verify_return_error", "-servername", "localhost"])
                .args(["-CAfile", ca, "-connect", &address, version])
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let mut input = openssl.stdin.take().unwrap();
            let request = b"GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            input.write_all(request).await.unwrap();
            let got = read_to_end(openssl.stdout.as_mut().unwrap()).await;
            assert!(got.contains("name=localhost"), "{version}: {got}");
        }
    }
}

#[tokio::test]
async fn pipelined_requests_and_a_close_notify_at_the_end() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let mut client = authority.client().connect(&server, "localhost").await.unwrap();
        let stream = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50)
            + "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(stream.as_bytes()).await.unwrap();
        // rustls makes an error of an end without close_notify.
        let got = read_to_end(&mut client).await;
        assert_eq!(got.matches("HTTP/1.1 200 OK").count(), 51);
        assert!(got.ends_with("/last"), "{got}");
    }
}

#[tokio::test]
async fn http_2_shares_a_connection_and_a_drain_ends_it_in_order() {
    let authority = Authority::new();
    let server = authority.serve(Limits::default());
    let stream = authority.client().alpn("h2").connect(&server, "localhost").await.unwrap();
    let (client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    for round in 0..100 {
        let text = format!("round {round}");
        let request = http::Request::post("https://localhost/echo");
        let request = request.body(Full::new(Bytes::from(text.clone()))).unwrap();
        let answer = client.clone().send_request(request).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), text);
    }
    server.drain();
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_arrives_though_the_client_still_sends() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let client = authority.client().connect(&server, "localhost").await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(client);
        let sending = tokio::spawn(async move {
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n";
            let bytes = [head.as_bytes(), &vec![b'x'; 5_000_000]].concat();
            let _ = writer.write_all(&bytes).await;
        });
        let got = read_until(&mut reader, "131072 bytes").await;
        assert!(got.starts_with("HTTP/1.1 413 "), "{got}");
        sending.await.unwrap();
    }
}

#[tokio::test]
async fn bytes_after_an_upgrade_go_through_tls() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let mut client = authority.client().connect(&server, "localhost").await.unwrap();
        let head =
            "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
        client.write_all(format!("{head}first").as_bytes()).await.unwrap();
        assert!(read_until(&mut client, "first").await.starts_with("HTTP/1.1 101 "));
        client.write_all(b"second").await.unwrap();
        read_until(&mut client, "second").await;
        client.shutdown().await.unwrap();
        assert_eq!(read_to_end(&mut client).await, "");
    }
}

#[tokio::test]
async fn plain_http_is_told_that_the_port_speaks_https() {
    let authority = Authority::new();
    let server = authority.serve(Limits::default());
    for first in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let got = server.exchange(first).await;
        assert!(got.starts_with("HTTP/1.1 400 ") && got.contains("speaks https"), "{got}");
    }
    server.fails_handshakes(2).await;
}

#[tokio::test]
async fn garbage_gets_an_alert_and_the_end() {
    let authority = Authority::new();
    let server = authority.serve(Limits::default());
    for garbage in [&b"\x16\x03\x01\x00\x05\x01\0\0\x01\0"[..], &[0xff; 100], &[0x80; 5000]] {
        let mut client = server.connect().await;
        client.write_all(garbage).await.unwrap();
        let mut got = Vec::new();
        let reading = client.read_to_end(&mut got);
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it ends").unwrap();
        assert_eq!(got.first(), Some(&21), "no alert record for {garbage:?}");
    }
    server.fails_handshakes(3).await;
}

#[tokio::test]
async fn a_handshake_that_is_not_completed_is_ended() {
    let authority = Authority::new();
    let limits =
        Limits { first_byte_timeout: SHORT, handshake_timeout: SHORT, ..Limits::default() };
    let server = authority.serve(limits);
    let mut silent = server.connect().await;
    let mut half = server.connect().await;
    half.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
    assert_eq!(read_to_end(&mut silent).await, "");
    assert_eq!(read_to_end(&mut half).await, "");
    // Who connects and says nothing has tried nothing.
    server.fails_handshakes(1).await;
}

#[tokio::test]
async fn what_follows_has_to_be_what_was_agreed_upon() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let mut client = authority.client().alpn("h2").connect(&server, "localhost").await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut got = Vec::new();
        let _ = client.read_to_end(&mut got).await;
        assert_eq!(got, b"");
        let client = authority.client().alpn("http/1.1");
        let mut client = client.connect(&server, "localhost").await.unwrap();
        client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        assert!(read_to_end(&mut client).await.starts_with("HTTP/1.1 505 "));
    }
}

#[tokio::test]
async fn a_peer_that_takes_no_answer_is_left() {
    let authority = Authority::new();
    for server in
        authority.serve_on_each_engine(Limits { write_timeout: SHORT, ..Limits::default() })
    {
        let mut client = authority.client().connect(&server, "localhost").await.unwrap();
        let many = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20);
        client.write_all(many.as_bytes()).await.unwrap();
        tokio::time::sleep(SHORT * 8).await;
        let mut got = Vec::new();
        let _ = client.read_to_end(&mut got).await;
        assert!(got.len() < 20 * LARGE, "{}", got.len());
    }
}

#[tokio::test]
async fn a_peer_that_reads_late_gets_everything() {
    let authority = Authority::new();
    for server in authority.serve_on_each_engine(Limits::default()) {
        let mut client = authority.client().connect(&server, "localhost").await.unwrap();
        let many = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(19)
            + "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(many.as_bytes()).await.unwrap();
        // Long enough for every buffer between the server and this client to be full.
        tokio::time::sleep(SHORT).await;
        let got = read_to_end(&mut client).await;
        assert_eq!(got.matches('x').count(), 20 * LARGE);
    }
}

#[tokio::test]
async fn a_quiet_connection_is_ended_with_a_close_notify() {
    let authority = Authority::new();
    for server in
        authority.serve_on_each_engine(Limits { idle_timeout: SHORT, ..Limits::default() })
    {
        let mut client = authority.client().connect(&server, "localhost").await.unwrap();
        client.write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(read_to_end(&mut client).await.ends_with("/1"));
    }
}
