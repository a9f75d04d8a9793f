//! Floods over HTTP/2: the connection ends, and others are answered meanwhile.

use std::time::Duration;

use highper_http::Limits;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame as BodyFrame};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::process::Command;

use crate::h2_frames::{
    CONTINUATION, Client, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, PING,
    PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, field, fields, frame, get,
};
use crate::support::Running;

const SHORT: Duration = Duration::from_millis(300);

/// Another connection is answered, now.
async fn others_are_answered(server: &Running) {
    let asking = async {
        let got =
            server.exchange("GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(got.ends_with("/other"), "{got}");
    };
    tokio::time::timeout(Duration::from_secs(2), asking).await.expect("others are answered");
}

/// The flood ends its connection with ENHANCE_YOUR_CALM, and is counted.
async fn is_calmed(frames: Vec<u8>) {
    let server = Running::start();
    let client = Client::connect(&server, &[]).await;
    let (said, ()) = tokio::join!(client.flood(frames), others_are_answered(&server));
    assert_eq!(said, Some(ENHANCE_YOUR_CALM));
    assert_eq!(server.counters.floods(), 1);
    others_are_answered(&server).await;
}

/// A request of which a body is to come.
fn post(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &fields("POST", path))
}

#[tokio::test]
async fn rapid_resets() {
    let cancel = 8_u32.to_be_bytes();
    let frames = (0..10_000_u32)
        .flat_map(|number| {
            let stream = number * 2 + 1;
            [get(stream, "/slow"), frame(RST_STREAM, 0, stream, &cancel)].concat()
        })
        .collect();
    is_calmed(frames).await;
}

#[tokio::test]
async fn resets_that_the_server_is_made_to_send() {
    // A window above the largest is an error of the stream (RFC 9113, section 6.9.1).
    let most = 0x7fff_ffff_u32.to_be_bytes();
    let frames = (0..10_000_u32)
        .flat_map(|number| {
            let stream = number * 2 + 1;
            [get(stream, "/slow"), frame(WINDOW_UPDATE, 0, stream, &most)].concat()
        })
        .collect();
    is_calmed(frames).await;
}

#[tokio::test]
async fn pings() {
    is_calmed(frame(PING, 0, 0, &[0; 8]).repeat(100_000)).await;
}

#[tokio::test]
async fn settings() {
    is_calmed(frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0]).repeat(100_000)).await;
}

#[tokio::test]
async fn priorities_and_unknown_frames() {
    is_calmed(frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 0]).repeat(100_000)).await;
    is_calmed(frame(0xaa, 0, 0, &[]).repeat(100_000)).await;
}

#[tokio::test]
async fn window_updates() {
    is_calmed(frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]).repeat(100_000)).await;
}

#[tokio::test]
async fn empty_data() {
    is_calmed([post(1, "/echo"), frame(DATA, 0, 1, &[]).repeat(100_000)].concat()).await;
    // Nothing but a padding.
    let padded = frame(DATA, 8, 1, &[3, 0, 0, 0]).repeat(10_000);
    is_calmed([post(1, "/echo"), padded].concat()).await;
}

#[tokio::test]
async fn continuations_without_end() {
    let begin = frame(HEADERS, END_STREAM, 1, &fields("GET", "/"));
    is_calmed([&begin[..], &frame(CONTINUATION, 0, 1, &[]).repeat(100_000)].concat()).await;
}

#[tokio::test]
async fn a_block_of_header_fields_without_end() {
    let mut block = Vec::new();
    field(&mut block, "x", &"a".repeat(16_000));
    let begin = frame(HEADERS, END_STREAM, 1, &fields("GET", "/"));
    is_calmed([&begin[..], &frame(CONTINUATION, 0, 1, &block).repeat(1000)].concat()).await;
}

#[tokio::test]
async fn an_hpack_bomb_is_no_request() {
    let server = Running::start();
    let mut client = Client::connect(&server, &[]).await;
    // A field of 4,000 bytes goes into the table, and is named 16,000 times by a byte each.
    let mut block = fields("GET", "/");
    let mut bomb = Vec::new();
    field(&mut bomb, "x", &"a".repeat(4000));
    bomb[0] = 0x40;
    block.extend_from_slice(&bomb);
    block.extend_from_slice(&[0xbe; 12_000]);
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)).await;
    let refused = loop {
        let frame = client.next().await;
        match frame {
            None => break true,
            Some(frame) if frame.kind == GOAWAY => break frame.code() != 0,
            Some(frame) if frame.kind == RST_STREAM => break true,
            Some(frame) if frame.kind == HEADERS => break frame.status() != "200",
            Some(_) => {}
        }
    };
    assert!(refused);
    others_are_answered(&server).await;
}

#[tokio::test]
async fn answers_for_which_the_peer_makes_no_room_are_given_up() {
    let server = Running::with(Limits { write_timeout: SHORT, ..Limits::default() });
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    let mut client = Client::connect(&server, &[(4, 0)]).await;
    let streams = 50_u32;
    let requests: Vec<u8> = (0..streams).flat_map(|n| get(n * 2 + 1, "/large")).collect();
    client.send(&requests).await;
    for _ in 0..streams {
        client.next_of(RST_STREAM).await;
    }
    // The connection is of use still.
    client.send(&frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])).await;
    client.send(&get(1001, "/small")).await;
    let answered = client.next_of(HEADERS).await;
    assert_eq!((answered.stream, answered.status().as_str()), (1001, "200"));
    others_are_answered(&server).await;
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_left() {
    let server = Running::with(Limits { write_timeout: SHORT, ..Limits::default() });
    let mut client = Client::connect(&server, &[(4, 0x7fff_ffff)]).await;
    client.send(&frame(WINDOW_UPDATE, 0, 0, &0x7000_0000_u32.to_be_bytes())).await;
    let requests: Vec<u8> = (0..50_u32).flat_map(|n| get(n * 2 + 1, "/large")).collect();
    client.send(&requests).await;
    // Nothing is read until the server has certainly given up.
    tokio::time::sleep(SHORT * 8).await;
    let mut got = 0;
    while let Some(frame) = client.next().await {
        got += frame.payload.len();
    }
    assert!(got < 50_000_000, "{got}");
}

#[tokio::test]
async fn a_block_of_header_fields_that_stalls_is_ended() {
    let server = Running::with(Limits { header_timeout: SHORT, ..Limits::default() });
    let mut open = Client::connect(&server, &[]).await;
    open.send(&frame(HEADERS, END_STREAM, 1, &fields("GET", "/"))).await;
    let mut cut = Client::connect(&server, &[]).await;
    cut.send(&get(1, "/")[..20]).await;
    while open.next().await.is_some() {}
    while cut.next().await.is_some() {}
}

#[tokio::test]
async fn heavy_use_is_no_flood() {
    let server = Running::start();
    let url = format!("http://{}/small", server.address);
    let h2load = Command::new("h2load")
        .args(["-n", "50000", "-c", "2", "-m", "100", "-w", "16", &url])
        .output();
    let output = h2load.await.expect("h2load is installed (package nghttp2-client)");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("50000 succeeded, 0 failed"), "{said}");
    assert_eq!(server.counters.floods(), 0);
}

#[tokio::test]
async fn downloads_and_uploads_in_small_frames_are_no_flood() {
    let server = Running::with(Limits { body_size: 10_000_000, ..Limits::default() });
    let io = TokioIo::new(server.connect().await);
    let (client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut client = client.clone();
        asking.spawn(async move {
            let pieces = Pieces { left: 2000 };
            let upload =
                http::Request::post("http://a/echo").body(StreamBody::new(pieces)).unwrap();
            let answer = client.send_request(upload).await.unwrap();
            answer.into_body().collect().await.unwrap().to_bytes().len()
        });
    }
    while let Some(echoed) = asking.join_next().await {
        assert_eq!(echoed.unwrap(), 2000 * PIECE.len());
    }
    assert_eq!(server.counters.floods(), 0);
}

const PIECE: &[u8] = &[b'x'; 200];

/// A body in many pieces, each a frame.
struct Pieces {
    left: usize,
}

impl futures_core::Stream for Pieces {
    type Item = Result<BodyFrame<Bytes>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        if self.left == 0 {
            return std::task::Poll::Ready(None);
        }
        self.left -= 1;
        std::task::Poll::Ready(Some(Ok(BodyFrame::data(Bytes::from_static(PIECE)))))
    }
}
