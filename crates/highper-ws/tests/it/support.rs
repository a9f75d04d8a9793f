//! A server with WebSockets, and clients.

use std::net::SocketAddr;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use highper_core::{Error, Handler, IntoResponse, Request, Response};
use highper_http::{Http, Limits};
use highper_net::{Handle, Parking, Server, Topology};
use highper_ws::{
    CloseFrame, Events, Message, Sender, Socket, SocketHandler, WebSocket, WebSocketSettings,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;

/// A process that is killed when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Nothing takes nearly as long; what does hangs.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Echoes, and tells what has happened.
#[derive(Clone, Default)]
pub(crate) struct Echo(pub(crate) Arc<Seen>);

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) senders: Mutex<Vec<Sender>>,
    pub(crate) closed: Mutex<Vec<Option<CloseFrame>>>,
}

impl Events for Echo {
    type State = (u64, u64);

    async fn on_open(&self, request: Request, sender: &Sender) -> Result<Self::State, Error> {
        if request.path() == "/refused" {
            return Err(Error::unauthorized("who are you?"));
        }
        self.0.senders.lock().unwrap().push(sender.clone());
        Ok((0, 0))
    }

    async fn on_message(&self, state: &mut Self::State, sender: &Sender, message: Message) {
        state.0 += 1;
        match message.as_text() {
            Some("count") => sender.send(state.0.to_string()).await.unwrap(),
            Some("panic") => panic!("out of tea"),
            _ => {
                let _ = sender.send(message).await;
            }
        }
    }

    async fn on_close(&self, _: Self::State, close: Option<CloseFrame>) {
        self.0.closed.lock().unwrap().push(close);
    }

    async fn on_drain(&self, _: &mut Self::State, sender: &Sender) {
        sender.send("goodbye").await.unwrap();
    }
}

/// Answers by the path: `/stream` by a task, all else by events.
struct Service {
    events: WebSocket<Echo>,
    settings: WebSocketSettings,
}

impl Handler for Service {
    async fn call(&self, request: Request) -> Response {
        match request.path() {
            "/stream" => SocketHandler::with(echo, self.settings.clone()).call(request).await,
            "/plain" => "plain".into_response(),
            _ => self.events.call(request).await,
        }
    }
}

async fn echo(mut socket: Socket) {
    while let Some(message) = socket.recv().await {
        if message.as_text() == Some("done") {
            return;
        }
        assert_ne!(message.as_text(), Some("panic"), "out of tea");
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) echo: Echo,
}

/// Those of the tests: connections park soon.
pub(crate) const QUIET: Duration = Duration::from_millis(10);

pub(crate) fn serve(settings: WebSocketSettings, idle: Duration) -> Running {
    let echo = Echo::default();
    let events = WebSocket::with(echo.clone(), settings.clone());
    let parking = Parking { quiet_time: QUIET, ..Parking::default() };
    let server = Server::builder()
        .listen("127.0.0.1:0")
        .parking(Some(parking))
        .topology(Topology::PerCore { workers: 1 })
        .lame_duck(Duration::ZERO)
        .drain_timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let (address, handle) = (server.local_addrs()[0], server.handle());
    let limits = Limits { idle_timeout: idle, ..Limits::default() };
    tokio::spawn(server.run(Http::new(Service { events, settings }).limits(limits)));
    Running { address, handle, echo }
}

impl Running {
    pub(crate) fn start() -> Self {
        serve(WebSocketSettings::default(), Duration::from_secs(60))
    }

    pub(crate) async fn connect(&self, path: &str) -> WebSocketStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let url = format!("ws://{}{path}", self.address);
        timeout(TIME_LIMIT, tokio_tungstenite::client_async(url, stream)).await.unwrap().unwrap().0
    }

    /// A connection that was opened by hand; what follows are raw frames.
    pub(crate) async fn raw(&self, path: &str) -> TcpStream {
        self.raw_with(path, "").await
    }

    /// The same with more lines in its request.
    pub(crate) async fn raw_with(&self, path: &str, more: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(handshake(path, more).as_bytes()).await.unwrap();
        let answer = head(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        stream
    }

    /// Sends a request and reads the head of its answer.
    pub(crate) async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        head(&mut stream).await
    }

    /// Waits until so many connections are parked.
    pub(crate) async fn parked(&self, count: usize) {
        self.until(|running| running.handle.metrics().parked == count).await;
    }

    pub(crate) async fn until(&self, mut condition: impl FnMut(&Self) -> bool) {
        let started = Instant::now();
        while !condition(self) {
            assert!(started.elapsed() < TIME_LIMIT, "{:?}", self.handle.metrics());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

pub(crate) fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: shop.example\r\nconnection: keep-alive, Upgrade\r\n\
         upgrade: WebSocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

async fn head(stream: &mut TcpStream) -> String {
    let mut got = Vec::new();
    let reading = async {
        while !got.ends_with(b"\r\n\r\n") {
            got.push(stream.read_u8().await.unwrap());
        }
    };
    timeout(TIME_LIMIT, reading).await.unwrap();
    String::from_utf8(got).unwrap()
}

/// A frame as a client sends it, with a mask of zeros.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        length @ 0..=125 => vec![0x80 | length as u8],
        length @ 126..=0xffff => [&[0xfe][..], &(length as u16).to_be_bytes()].concat(),
        length => [&[0xff][..], &(length as u64).to_be_bytes()].concat(),
    };
    [&[first][..], &length, &[0; 4], payload].concat()
}

/// The first byte of the next frame of the server, and its payload.
pub(crate) async fn next_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let reading = async {
        let (first, length) = (stream.read_u8().await.unwrap(), stream.read_u8().await.unwrap());
        let length = match length {
            126 => u64::from(stream.read_u16().await.unwrap()),
            127 => stream.read_u64().await.unwrap(),
            length => u64::from(length),
        };
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.unwrap();
        (first, payload)
    };
    timeout(TIME_LIMIT, reading).await.expect("a frame")
}

/// Everything until the server ends the connection.
pub(crate) async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    timeout(TIME_LIMIT, stream.read_to_end(&mut got)).await.expect("an end").unwrap();
    got
}
