//! A task whose connection has parked serves others, and they do not notice.

use std::time::Duration;

use highper_http::{Http, Http1, Limits};
use highper_net::{Parking, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, Service, each_engine, until};

/// Parks whatever is quiet for 10 to 20 ms.
const EAGER: Parking =
    Parking { quiet_time: Duration::from_millis(10), max_hot: 0, max_parked: 100_000 };

fn servers() -> impl Iterator<Item = Running> {
    each_engine().map(|engine| Running::parking(Http::new(Service).http1(engine), Some(EAGER)))
}

/// Sends a request and reads its answer, which has a length. Waits then until the connection is parked.
async fn ask(server: &Running, client: &mut TcpStream, request: &str) -> String {
    client.write_all(request.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    let text = loop {
        let mut buffer = [0; 1024];
        let read = client.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the connection ended: {}", String::from_utf8_lossy(&got));
        got.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&got);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            break body.to_owned();
        }
    };
    until(&server.handle, |handle| handle.metrics().active == 0).await;
    text
}

const WHO: &str = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n";

/// The task that answers, and the peer that it was told of.
async fn who(server: &Running, client: &mut TcpStream) -> String {
    let answer = ask(server, client, WHO).await;
    let (task, peer) = answer.split_once(' ').unwrap();
    assert_eq!(peer, client.local_addr().unwrap().to_string());
    task.to_owned()
}

#[tokio::test]
async fn connections_in_turn_are_served_by_one_task_and_each_is_told_its_own_peer() {
    for server in servers() {
        let mut clients = [server.connect().await, server.connect().await, server.connect().await];
        let first = who(&server, &mut clients[0]).await;
        for _ in 0..3 {
            for client in &mut clients {
                assert_eq!(who(&server, client).await, first);
            }
        }
    }
}

#[tokio::test]
async fn a_task_that_gave_hyper_a_body_or_an_upgrade_serves_nobody_else() {
    const BODY: &str = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 28\r\n\r\n\
        GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    const UPGRADE: &str =
        "GET /no HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n";
    let http = Http::new(Service).limits(Limits::default()).http1(Http1::Hyper);
    let server = Running::parking(http, Some(EAGER));
    for (request, answer) in [(BODY, "ignored"), (UPGRADE, "/no")] {
        let (mut one, mut other) = (server.connect().await, server.connect().await);
        let task = who(&server, &mut one).await;
        assert_eq!(ask(&server, &mut one, request).await, answer);
        assert_ne!(who(&server, &mut other).await, task);
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_connection_is_told_to_it_alone() {
    for server in servers() {
        let (mut good, mut bad) = (server.connect().await, server.connect().await);
        who(&server, &mut good).await;
        bad.write_all(b"GET /bad HTTP/1.1\r\nHost : a\r\n\r\n").await.unwrap();
        let mut refusal = String::new();
        bad.read_to_string(&mut refusal).await.unwrap();
        assert!(refusal.starts_with("HTTP/1.1 400 "), "{refusal}");
        who(&server, &mut good).await;
    }
}

#[tokio::test]
async fn http2_is_spoken_with_whoever_begins_with_it() {
    for server in servers() {
        let (mut one, mut other) = (server.connect().await, server.connect().await);
        who(&server, &mut one).await;
        // The preface, and empty SETTINGS (RFC 9113, section 3.4).
        other.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut frame = [0; 9];
        other.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[3], 4, "SETTINGS come first: {frame:?}");
        drop(other);
        who(&server, &mut one).await;
    }
}

#[tokio::test]
async fn tasks_that_wait_for_a_connection_do_not_hold_up_the_end() {
    for server in servers() {
        let mut client = server.connect().await;
        who(&server, &mut client).await;
        server.drain();
        until(&server.handle, |handle| handle.status() == Status::Stopped).await;
    }
}
