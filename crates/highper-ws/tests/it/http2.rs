//! WebSockets on streams of HTTP/2 (RFC 8441).

use std::future::poll_fn;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::{Reason, RecvStream, SendStream};
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
    ask_with(connection, path, protocol, &[("origin", "http://shop.example")]).await
}

async fn ask_with(
    connection: &mut SendRequest<Bytes>,
    path: &str,
    protocol: &'static str,
    fields: &[(&str, &str)],
) -> (Response<RecvStream>, SendStream<Bytes>) {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(format!("http://shop.example{path}"))
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static(protocol));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
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

#[tokio::test]
async fn origins_and_subprotocols_are_as_in_http1() {
    let mut settings = WebSocketSettings::default();
    settings.protocols = vec!["chat".to_owned()];
    let server = serve(settings, Duration::from_secs(60));
    let mut connection = connect(&server).await;
    let fields = [("origin", "http://shop.example"), ("sec-websocket-protocol", "talk, chat")];
    let (answer, _stream) = ask_with(&mut connection, "/", "websocket", &fields).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["sec-websocket-protocol"]),
        (200, &"chat".parse().unwrap())
    );
    for name in ["connection", "upgrade", "content-length"] {
        assert!(!answer.headers().contains_key(name), "{name}");
    }
    let fields = [("origin", "http://evil.example")];
    let (answer, _) = ask_with(&mut connection, "/", "websocket", &fields).await;
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn who_takes_nothing_is_not_read_from_and_loses_nothing() {
    for path in ["/", "/stream"] {
        let server = Running::start();
        let mut connection = connect(&server).await;
        let (answer, mut stream) = ask(&mut connection, path, "websocket").await;
        let mut body = answer.into_body();
        let sent = flood(&mut stream).await;
        assert!(sent < FLOOD, "{path}: all was read, and is kept somewhere");
        let length = ECHOED * (sent / SENT);
        assert_eq!(take(&mut body, length).await.len(), length, "{path}");
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_ends_its_websocket_and_no_other() {
    let server = Running::start();
    let mut connection = connect(&server).await;
    let (_answer, mut reset) = ask(&mut connection, "/", "websocket").await;
    let (answer, mut other) = ask(&mut connection, "/", "websocket").await;
    reset.send_reset(Reason::CANCEL);
    server.until(|server| server.echo.0.closed.lock().unwrap().as_slice() == [None]).await;
    other.send_data(frame(0x81, b"here").into(), false).unwrap();
    assert_eq!(&take(&mut answer.into_body(), 6).await[2..], b"here");
}

#[tokio::test]
async fn a_handler_that_panics_closes_its_stream_and_no_other() {
    let server = Running::start();
    let mut connection = connect(&server).await;
    let (other, mut others) = ask(&mut connection, "/", "websocket").await;
    for path in ["/", "/stream"] {
        let (answer, mut stream) = ask(&mut connection, path, "websocket").await;
        stream.send_data(frame(0x81, b"panic").into(), false).unwrap();
        let close = take(&mut answer.into_body(), 4).await;
        assert_eq!((close[0], &close[2..4]), (0x88, &1011_u16.to_be_bytes()[..]), "{path}");
    }
    others.send_data(frame(0x81, b"here").into(), false).unwrap();
    assert_eq!(&take(&mut other.into_body(), 6).await[2..], b"here");
}

/// Sends messages until they are `FLOOD` bytes or the server takes no more; tells how many bytes it took.
async fn flood(stream: &mut SendStream<Bytes>) -> usize {
    let message = Bytes::from(frame(0x82, &[7; 16 * 1024]));
    assert_eq!(message.len(), SENT);
    for sent in (0..FLOOD).step_by(SENT) {
        stream.reserve_capacity(SENT);
        while stream.capacity() < SENT {
            let more = timeout(STANDS_STILL, poll_fn(|cx| stream.poll_capacity(cx))).await;
            let Ok(more) = more else { return sent };
            more.unwrap().unwrap();
        }
        stream.send_data(message.clone(), false).unwrap();
    }
    FLOOD
}

/// A message of 16 KiB, as a client frames it and as a server does.
const SENT: usize = 16 * 1024 + 8;
const ECHOED: usize = 16 * 1024 + 4;

/// Much more than the windows of both sides, the socket and the queue of the connection hold.
const FLOOD: usize = 1024 * SENT;

const STANDS_STILL: Duration = Duration::from_secs(1);
