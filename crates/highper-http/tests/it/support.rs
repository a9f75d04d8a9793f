//! A server on a port of its own, and a client that sees raw bytes.

use std::net::SocketAddr;
use std::time::Duration;

use highper_core::{
    Body, CatchPanic, FromRequest, Handler, IntoResponse, Request, Response, http::StatusCode,
};
use highper_http::{
    Counters, Http, Http1, LastEventId, Limits, ServerEvent, ServerEvents, TlsConnection, Upgrade,
};
use highper_net::{Handle, Parking, Server, Topology};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Answers by the path of the request.
pub(crate) struct Service;

impl Handler for Service {
    async fn call(&self, mut request: Request) -> Response {
        match request.path() {
            "/echo" => match request.read_body().await {
                Ok(bytes) => bytes.into_response(),
                Err(error) => error.into_response(),
            },
            "/ignore" => "ignored".into_response(),
            "/panic" => panic!("a secret"),
            "/slow" => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                "late".into_response()
            }
            "/slow-within" => {
                let slow = CatchPanic::new(std::future::pending()).await;
                slow.with_header("x-outside", "seen")
            }
            "/events" => {
                let LastEventId(last) = LastEventId::from_request(&(), &mut request).await.unwrap();
                let next = last.map_or(0, |id| id.parse::<u32>().unwrap() + 1);
                let timer = Box::pin(tokio::time::sleep(Duration::ZERO));
                let numbers = Numbers { next, timer };
                ServerEvents::new(numbers).keep_alive(Duration::from_millis(40)).into_response()
            }
            "/later" => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                "later".into_response()
            }
            "/large" => vec![b'x'; LARGE].into_response(),
            "/who" => who(&request).into_response(),
            "/tls" => tls(&request).into_response(),
            "/stream" => Body::wrap(http_body_of("a stream")).into_response(),
            "/upgrade" => upgrade(&mut request).await,
            "/upgrade-required" => {
                (StatusCode::UPGRADE_REQUIRED, [("upgrade", "echo")], "").into_response()
            }
            path => path.to_owned().into_response(),
        }
    }
}

/// The task that answers, and the peer that it was told of.
fn who(request: &Request) -> String {
    format!("{} {}", tokio::task::id(), request.connection().unwrap().peer)
}

/// What TLS told about the connection.
fn tls(request: &Request) -> String {
    match request.extensions().get::<TlsConnection>() {
        None => "plain".to_owned(),
        Some(tls) => format!(
            "name={} alpn={} version={:?} client={}",
            tls.server_name().unwrap_or_default(),
            String::from_utf8_lossy(tls.alpn().unwrap_or_default()),
            tls.version().unwrap(),
            tls.client_certificates().len(),
        ),
    }
}

/// An event each 100 ms.
struct Numbers {
    next: u32,
    timer: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl futures_core::Stream for Numbers {
    type Item = ServerEvent;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<ServerEvent>> {
        std::task::ready!(self.timer.as_mut().poll(cx));
        let next = tokio::time::Instant::now() + Duration::from_millis(100);
        self.timer.as_mut().reset(next);
        let number = self.next.to_string();
        self.next += 1;
        std::task::Poll::Ready(Some(ServerEvent::data(&number).id(&number).unwrap()))
    }
}

pub(crate) const LARGE: usize = 1_000_000;

/// A body whose length nobody knows beforehand.
fn http_body_of(text: &'static str) -> Body {
    Body::from_stream(Words(text.split(' ').collect()))
}

struct Words(Vec<&'static str>);

impl futures_core::Stream for Words {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let next = if self.0.is_empty() { None } else { Some(Ok(self.0.remove(0))) };
        std::task::Poll::Ready(next)
    }
}

async fn upgrade(request: &mut Request) -> Response {
    let upgrade = match Upgrade::from_request(&(), request).await {
        Ok(upgrade) => upgrade,
        Err(error) => return error.into_response(),
    };
    tokio::spawn(async move {
        let mut stream = upgrade.established().await?;
        let mut buffer = [0; 100];
        loop {
            let read = stream.read(&mut buffer).await?;
            if read == 0 {
                return stream.shutdown().await;
            }
            stream.write_all(&buffer[..read]).await?;
        }
    });
    (StatusCode::SWITCHING_PROTOCOLS, [("upgrade", "echo")], "").into_response()
}

/// A server that ends with the test.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) counters: Counters,
    pub(crate) handle: Handle,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::serve(Http::new(Service).limits(limits))
    }

    /// One server after the other, each with another HTTP/1 engine.
    pub(crate) fn on_each_engine(limits: Limits) -> impl Iterator<Item = Self> {
        each_engine()
            .map(move |engine| Self::serve(Http::new(Service).limits(limits.clone()).http1(engine)))
    }

    pub(crate) fn serve(http: Http<Service>) -> Self {
        Self::parking(http, Some(Parking::default()))
    }

    pub(crate) fn parking(http: Http<Service>, parking: Option<Parking>) -> Self {
        let server = Server::builder()
            .listen("127.0.0.1:0")
            .parking(parking)
            .topology(Topology::PerCore { workers: 1 })
            .drain_timeout(Duration::from_secs(1))
            .build()
            .unwrap();
        let (address, handle) = (server.local_addrs()[0], server.handle());
        let counters = http.counters();
        tokio::spawn(server.run(http));
        Self { address, counters, handle }
    }

    pub(crate) fn drain(&self) {
        self.handle.drain();
    }

    /// Waits until so many handshakes have failed. A peer may hear of it before it is counted.
    pub(crate) async fn fails_handshakes(&self, count: u64) {
        let counted = async {
            while self.counters.failed_handshakes() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), counted).await.expect("they are counted");
        assert_eq!(self.counters.failed_handshakes(), count);
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a connection of its own and reads until the server ends it.
    pub(crate) async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.write_all(bytes.as_ref()).await.unwrap();
        read_to_end(&mut client).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

/// Every engine for HTTP/1, whose name a failure shows.
#[allow(clippy::print_stderr, reason = "it is shown where the test fails")]
pub(crate) fn each_engine() -> impl Iterator<Item = Http1> {
    [Http1::Native, Http1::Hyper]
        .into_iter()
        .inspect(|engine| eprintln!("on the engine {engine:?}"))
}

/// Waits until something comes true of the server.
pub(crate) async fn until(handle: &Handle, condition: impl Fn(&Handle) -> bool) {
    let wait = async {
        while !condition(handle) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it comes true");
}

/// Everything until the end of the connection, which has to come.
pub(crate) async fn read_to_end(client: &mut (impl AsyncRead + Unpin)) -> String {
    let mut got = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), client.read_to_end(&mut got)).await;
    read.expect("the server ends the connection").unwrap();
    String::from_utf8_lossy(&got).into_owned()
}

/// Reads until what came holds `text`.
pub(crate) async fn read_until(client: &mut (impl AsyncRead + Unpin), text: &str) -> String {
    let mut got = String::new();
    while !got.contains(text) {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(20), client.read(&mut buffer)).await;
        let read = read.unwrap_or_else(|_| panic!("waiting for {text:?}, got {got:?}")).unwrap();
        assert!(read > 0, "ended before {text:?}: {got:?}");
        got.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    got
}
