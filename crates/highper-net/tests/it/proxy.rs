//! A proxy tells by the PROXY protocol whose connection it passes on.

use std::{future::poll_fn, task::Poll, time::Duration};

use highper_net::{
    Drain, ParkedTimeouts, Parking, Parks, Serve, ServerBuilder, Stream, proxy_protocol::Trusted,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{FOREVER, TOPOLOGIES, loopback, rest, run};

/// Answers each byte with the peer's address in a line, and parks when asked to.
async fn tell(mut stream: Stream, _: Drain) {
    let mut byte = [0];
    loop {
        let read = poll_fn(|cx| match stream.poll_read(cx, &mut byte) {
            Poll::Pending if stream.is_park_wanted() => Poll::Ready(None),
            read => read.map(Some),
        });
        let Some(read) = read.await else { return stream.park_used() };
        if !matches!(read, Ok(1)) {
            return;
        }
        let line = format!("{} {} {}\n", stream.peer_addr(), stream.local_addr(), byte[0] as char);
        stream.write_all(line.as_bytes()).await.unwrap();
    }
}

fn parks() -> impl Serve {
    Parks::new(tell, ParkedTimeouts { first_byte: FOREVER, idle: FOREVER })
}

fn behind_a_proxy() -> ServerBuilder {
    let parking =
        Parking { quiet_time: Duration::from_millis(10), max_hot: 1, ..Parking::default() };
    loopback().parking(parking).proxy_protocol("127.0.0.0/8".parse::<Trusted>().unwrap())
}

async fn line(client: &mut TcpStream) -> String {
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(client.read_u8().await.unwrap()));
    }
    line
}

const HEADER: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 5555 443\r\n";
const ENDS: &str = "192.0.2.7:5555 198.51.100.1:443";

#[tokio::test]
async fn the_ends_are_those_that_the_proxy_tells_and_stay_so_when_the_connection_parks() {
    for topology in TOPOLOGIES {
        let server = run(behind_a_proxy().topology(topology), parks());
        let mut client = server.connect().await;
        client.write_all(&[HEADER, b"1"].concat()).await.unwrap();
        assert_eq!(line(&mut client).await, format!("{ENDS} 1\n"));
        for byte in ["2", "3"] {
            server.until(|handle| handle.metrics().parked == 1).await;
            client.write_all(byte.as_bytes()).await.unwrap();
            assert_eq!(line(&mut client).await, format!("{ENDS} {byte}\n"));
        }
        server.drained().await;
    }
}

#[tokio::test]
async fn a_header_may_come_byte_by_byte_and_what_follows_it_is_left_to_the_protocol() {
    let server = run(behind_a_proxy(), parks());
    let mut client = server.connect().await;
    client.set_nodelay(true).unwrap();
    for byte in HEADER {
        client.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    client.write_all(b"ab").await.unwrap();
    assert_eq!(line(&mut client).await, format!("{ENDS} a\n"));
    assert_eq!(line(&mut client).await, format!("{ENDS} b\n"));
    server.drained().await;
}

#[tokio::test]
async fn a_proxy_that_does_not_introduce_its_client_is_closed_and_counted() {
    let server = run(behind_a_proxy(), parks());
    for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"PROXY TCP4 nonsense\r\n"] {
        let mut client = server.connect().await;
        client.write_all(bytes).await.unwrap();
        // Closed with a reset, for the bytes that nobody has read.
        assert!(rest(&mut client).await.is_err());
    }
    server.until(|handle| handle.metrics().refused_introductions == 2).await;
    let mut half = server.connect().await;
    half.write_all(&HEADER[..10]).await.unwrap();
    half.shutdown().await.unwrap();
    server.until(|handle| handle.metrics().refused_introductions == 3).await;
    server.until(|handle| handle.connections() == 0).await;
    server.drained().await;
}

#[tokio::test]
async fn a_proxy_may_speak_for_itself() {
    let server = run(behind_a_proxy(), parks());
    let mut client = server.connect().await;
    let own = client.local_addr().unwrap();
    client.write_all(b"PROXY UNKNOWN\r\nx").await.unwrap();
    assert_eq!(line(&mut client).await, format!("{own} {} x\n", server.address));
    server.drained().await;
}

#[tokio::test]
async fn connections_are_counted_for_the_client_and_not_for_the_proxy() {
    let server = run(behind_a_proxy().max_connections_per_ip(Some(1)), parks());
    let mut first = server.connect().await;
    first.write_all(&[HEADER, b"1"].concat()).await.unwrap();
    assert_eq!(line(&mut first).await, format!("{ENDS} 1\n"));
    let mut second = server.connect().await;
    second.write_all(&[HEADER, b"1"].concat()).await.unwrap();
    server.until(|handle| handle.metrics().refused_per_ip == 1).await;
    let mut other = server.connect().await;
    other.write_all(b"PROXY TCP4 192.0.2.8 198.51.100.1 1 443\r\nx").await.unwrap();
    assert!(line(&mut other).await.starts_with("192.0.2.8:1 "));
    // Its place is free again when it has gone.
    drop(first);
    server.until(|handle| handle.connections() == 1).await;
    let mut third = server.connect().await;
    third.write_all(&[HEADER, b"3"].concat()).await.unwrap();
    assert_eq!(line(&mut third).await, format!("{ENDS} 3\n"));
    server.drained().await;
}

#[tokio::test]
async fn the_header_of_anybody_else_is_what_the_client_sent() {
    let trusted: Trusted = "192.0.2.0/24".parse().unwrap();
    let server = run(loopback().proxy_protocol(trusted), parks());
    let mut client = server.connect().await;
    let own = client.local_addr().unwrap();
    client.write_all(HEADER).await.unwrap();
    assert_eq!(line(&mut client).await, format!("{own} {} P\n", server.address));
    drop(client);
    server.drained().await;
}
