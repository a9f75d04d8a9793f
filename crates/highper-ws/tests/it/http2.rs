//! WebSockets on streams of HTTP/2 (RFC 8441).

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::{RecvStream, SendStream};
use highper_ws::WebSocketSettings;
use http::{Method, Request, Response};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Running, TIME_LIMIT, frame, serve};

/// A connection whose server has said that it takes the extended CONNECT.
async fn connect(server: &Running) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let started = Instant::now();
    while !send.is_extended_connect_protocol_enabled() {
        assert!(started.elapsed() < TIME_LIMIT);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    send.ready().await.unwrap()
}

async fn ask(
    connection: &mut SendRequest<Bytes>,
    path: &str,
    protocol: &'static str,
) -> (Response<RecvStream>, SendStream<Bytes>) {
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("http://shop.example{path}"))
        .header("sec-websocket-version", "13")
        .header("origin", "http://shop.example")
        .extension(Protocol::from_static(protocol))
        .body(())
        .unwrap();
    let (answer, stream) = connection.send_request(request, false).unwrap();
    (timeout(TIME_LIMIT, answer).await.unwrap().unwrap(), stream)
}

/// So many bytes of the answer; fewer if it ends.
async fn take(body: &mut RecvStream, count: usize) -> BytesMut {
    let mut got = BytesMut::new();
    while got.len() < count
        && let Some(data) = timeout(TIME_LIMIT, body.data()).await.unwrap()
    {
        let data = data.unwrap_or_else(|error| panic!("{error}, after {got:x?}"));
        body.flow_control().release_capacity(data.len()).unwrap();
        got.extend_from_slice(&data);
    }
    got
}

#[tokio::test]
async fn each_stream_may_be_a_websocket_of_its_own() {
    let server = Running::start();
    let mut connection = connect(&server).await;
    let mut streams = Vec::new();
    for path in ["/", "/stream", "/"] {
        let (answer, stream) = ask(&mut connection, path, "websocket").await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("sec-websocket-accept").is_none());
        streams.push((stream, answer.into_body()));
    }
    for (index, (stream, body)) in streams.iter_mut().enumerate() {
        let text = format!("from {index}");
        stream.send_data(frame(0x81, text.as_bytes()).into(), false).unwrap();
        let got = take(body, 2 + text.len()).await;
        assert_eq!((got[0], &got[2..]), (0x81, text.as_bytes()));
    }
    for (stream, body) in &mut streams {
        stream.send_data(frame(0x88, &[0x03, 0xe8]).into(), false).unwrap();
        assert_eq!(&take(body, usize::MAX).await[..], [0x88, 2, 0x03, 0xe8]);
    }
    // What is no WebSocket goes on beside them.
    let request = Request::get("http://shop.example/plain").body(()).unwrap();
    let (answer, _) = connection.send_request(request, true).unwrap();
    assert_eq!(timeout(TIME_LIMIT, answer).await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn what_opens_no_websocket_is_no_success() {
    let server = Running::start();
    let mut connection = connect(&server).await;
    for (path, protocol, status) in
        [("/refused", "websocket", 401), ("/", "connect-udp", 501), ("/plain", "websocket", 501)]
    {
        let (answer, _) = ask(&mut connection, path, protocol).await;
        assert_eq!(answer.status(), status, "{path} {protocol}");
    }
}

#[tokio::test]
async fn a_quiet_one_outlives_the_idle_time_and_is_told_of_the_end_of_the_server() {
    let idle = Duration::from_millis(100);
    let mut settings = WebSocketSettings::default();
    settings.heartbeat = Duration::from_millis(500);
    let server = serve(settings, idle);
    let mut connection = connect(&server).await;
    let (answer, mut stream) = ask(&mut connection, "/", "websocket").await;
    let mut body = answer.into_body();
    // Five idle times are over when the first ping comes.
    assert_eq!(&take(&mut body, 2).await[..], [0x89, 0]);
    stream.send_data(frame(0x8a, b"").into(), false).unwrap();
    let (beside, _) = ask(&mut connection, "/", "websocket").await;
    assert_eq!(beside.status(), 200, "the connection was not told to end");
    drop(beside);
    server.handle.drain();
    let got = take(&mut body, usize::MAX).await;
    let goodbye = [&[0x81, 7][..], b"goodbye"].concat();
    assert!(got.starts_with(&goodbye), "{got:x?}");
    assert_eq!(&got[goodbye.len() + 2..][..2], 1001_u16.to_be_bytes());
}
