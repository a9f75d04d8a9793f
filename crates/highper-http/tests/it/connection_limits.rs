//! How much of a connection there may be: requests, time, and time for each byte of a body.

use std::time::{Duration, Instant};

use highper_http::Limits;
use tokio::io::AsyncWriteExt;

use crate::h2_frames::{Client, DATA, END_HEADERS, GOAWAY, HEADERS, fields, frame, get};
use crate::support::{Running, read_to_end, read_until};

const SHORT: Duration = Duration::from_millis(300);

const GET: &str = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn the_last_request_of_a_connection_is_told_so() {
    for server in
        Running::on_each_engine(Limits { connection_requests: Some(3), ..Limits::default() })
    {
        let mut client = server.connect().await;
        for _ in 0..2 {
            client.write_all(GET.as_bytes()).await.unwrap();
            assert!(!read_until(&mut client, "/1").await.contains("connection"));
        }
        client.write_all(GET.as_bytes()).await.unwrap();
        let got = read_to_end(&mut client).await;
        assert!(got.starts_with("HTTP/1.1 200") && got.contains("connection: close\r\n"), "{got}");
        let got = server.exchange(GET.repeat(10)).await;
        assert_eq!(got.matches("HTTP/1.1 200").count(), 3, "{got}");
    }
}

#[tokio::test]
async fn an_old_connection_ends_with_its_next_answer() {
    for server in
        Running::on_each_engine(Limits { connection_age: Some(SHORT), ..Limits::default() })
    {
        let (mut client, since) = (server.connect().await, Instant::now());
        let mut answers = 0;
        loop {
            client.write_all(GET.as_bytes()).await.unwrap();
            answers += 1;
            if read_until(&mut client, "/1").await.contains("connection: close") {
                break;
            }
        }
        assert!(answers > 1 && since.elapsed() >= SHORT);
        assert_eq!(read_to_end(&mut client).await, "");
    }
}

#[tokio::test]
async fn over_http_2_they_are_told_by_goaway() {
    for limits in [
        Limits { connection_requests: Some(2), ..Limits::default() },
        Limits { connection_age: Some(SHORT), header_timeout: SHORT, ..Limits::default() },
    ] {
        let server = Running::with(limits);
        let mut client = Client::connect(&server, &[]).await;
        client.send(&[get(1, "/1"), get(3, "/2")].concat()).await;
        let (mut answers, mut said) = (0, None);
        while answers < 2 || said.is_none() {
            let frame = client.next().await.expect("both answers and the word to go");
            answers += u32::from(frame.kind == HEADERS);
            said = said.or_else(|| (frame.kind == GOAWAY).then(|| frame.code()));
        }
        assert_eq!(said, Some(0));
    }
}

#[tokio::test]
async fn a_peer_that_does_not_hear_goaway_is_left() {
    let limits = Limits { connection_requests: Some(1), h2_streams: 10, ..Limits::default() };
    for server in Running::on_each_engine(limits) {
        let mut client = Client::connect(&server, &[]).await;
        let mut answers = 0;
        for number in 0..1000 {
            if client.writer.write_all(&get(number * 2 + 1, "/1")).await.is_err() {
                break;
            }
            loop {
                match client.next().await {
                    Some(frame) if frame.kind == HEADERS => break answers += 1,
                    Some(_) => {}
                    None => break,
                }
            }
        }
        assert!(answers < 20, "{answers}");
    }
}

/// Slow, but never silent for long.
fn trickle() -> Limits {
    Limits { body_rate: 1000, body_grace: SHORT, ..Limits::default() }
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_a_408() {
    for server in Running::on_each_engine(trickle()) {
        let mut client = server.connect().await;
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
        client.write_all(head).await.unwrap();
        let (mut reader, mut writer) = client.into_split();
        let trickling = tokio::spawn(async move {
            while writer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let got = read_to_end(&mut reader).await;
        assert!(got.starts_with("HTTP/1.1 408 ") && got.contains("body_timed_out"), "{got}");
        trickling.abort();
    }
}

#[tokio::test]
async fn a_body_that_comes_fast_enough_may_take_its_time() {
    for server in Running::on_each_engine(trickle()) {
        let mut client = server.connect().await;
        let head =
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..100 {
            client.write_all(&[b'x'; 1000]).await.unwrap();
            tokio::time::sleep(SHORT / 50).await;
        }
        assert!(read_to_end(&mut client).await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn over_http_2_too() {
    for server in Running::on_each_engine(trickle()) {
        let mut client = Client::connect(&server, &[]).await;
        client.send(&frame(HEADERS, END_HEADERS, 1, &fields("POST", "/echo"))).await;
        let Client { reader, mut writer } = client;
        let trickling = tokio::spawn(async move {
            while writer.write_all(&frame(DATA, 0, 1, b"x")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            writer
        });
        // The problem's body tells what it is; its status is in Huffman code.
        let mut client = Client { reader, writer: server.connect().await.into_split().1 };
        let problem = client.next_of(DATA).await.payload;
        let problem = String::from_utf8_lossy(&problem);
        assert!(problem.contains("\"status\":408"), "{problem}");
        trickling.abort();
    }
}
