//! At most so many requests in handlers at once: the others wait, and are not refused.

use std::time::Duration;

use highper_core::{Body, Handler, IntoResponse, Request, Response};
use highper_http::{Counters, Http, Http1, Limits};
use highper_net::{Handle, Server, Topology};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};

use crate::support::{each_engine, read_until};

/// Answers `/held` when it is let go, `/stream` with a stream that ends when it is let go.
struct Held(&'static Semaphore, mpsc::Sender<String>);

impl Handler for Held {
    async fn call(&self, mut request: Request) -> Response {
        let path = request.path().to_owned();
        self.1.send(path.clone()).await.unwrap();
        match path.as_str() {
            "/stream" => {
                let places = self.0;
                Body::from_stream(futures_util::stream::unfold(0, async move |piece| {
                    if piece == 1 {
                        places.acquire().await.unwrap().forget();
                    }
                    (piece < 2)
                        .then(|| (Ok::<_, std::io::Error>(format!("piece {piece}")), piece + 1))
                }))
                .into_response()
            }
            "/large" => vec![b'x'; 8_000_000].into_response(),
            "/echo" => request.read_body().await.map_or_else(
                |error| error.into_response(),
                |bytes| String::from_utf8_lossy(&bytes).into_owned().into_response(),
            ),
            _ => {
                self.0.acquire().await.unwrap().forget();
                path.into_response()
            }
        }
    }
}

struct Running {
    address: std::net::SocketAddr,
    handle: Handle,
    counters: Counters,
    lets_go: &'static Semaphore,
    begun: mpsc::Receiver<String>,
}

impl Running {
    fn with(limits: Limits, engine: Http1) -> Self {
        let lets_go: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
        let (sender, begun) = mpsc::channel(1000);
        let http = Http::new(Held(lets_go, sender)).limits(limits).http1(engine);
        let counters = http.counters();
        let server = Server::builder()
            .listen("127.0.0.1:0")
            // Nor is a task looked at because it might park.
            .parking(None)
            .topology(Topology::PerCore { workers: 2 })
            .build()
            .unwrap();
        let (address, handle) = (server.local_addrs()[0], server.handle());
        tokio::spawn(server.run(http));
        Self { address, handle, counters, lets_go, begun }
    }

    fn on_each_engine(limits: Limits) -> impl Iterator<Item = Self> {
        each_engine().map(move |engine| Self::with(limits.clone(), engine))
    }

    fn at_once(requests: usize) -> impl Iterator<Item = Self> {
        Self::on_each_engine(Limits { concurrent_requests: Some(requests), ..Limits::default() })
    }

    /// A connection on which this was asked.
    async fn ask(&self, path: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        client
    }

    /// Waits until so many are in flight and so many wait.
    async fn until(&self, in_flight: u64, waiting: u64) {
        let counts = || (self.counters.requests_in_flight(), self.counters.requests_waiting());
        let wait = async {
            while counts() != (in_flight, waiting) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        waited.unwrap_or_else(|_| panic!("{:?}", counts()));
    }

    async fn h2(&self) -> http2::SendRequest<Empty<Bytes>> {
        let io = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let (client, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

fn get(path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(format!("http://a{path}")).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn those_beyond_wait_and_all_are_answered_in_both_protocols() {
    for mut server in Running::at_once(2) {
        let mut h1 = Vec::new();
        for number in 0..5 {
            h1.push((number, server.ask(&format!("/{number}")).await));
        }
        let client = server.h2().await;
        let h2: Vec<_> = (5..10)
            .map(|number| {
                let mut client = client.clone();
                tokio::spawn(async move {
                    let answer = client.send_request(get(&format!("/{number}"))).await.unwrap();
                    (
                        answer.status().as_u16(),
                        answer.into_body().collect().await.unwrap().to_bytes(),
                    )
                })
            })
            .collect();
        server.until(2, 8).await;
        let begun = std::iter::from_fn(|| server.begun.try_recv().ok()).count();
        assert_eq!(begun, 2);
        server.lets_go.add_permits(10);
        for (number, mut client) in h1 {
            let got = read_until(&mut client, &format!("/{number}")).await;
            assert!(got.starts_with("HTTP/1.1 200 "), "{got}");
        }
        for (number, answer) in (5..).zip(h2) {
            assert_eq!(answer.await.unwrap(), (200, Bytes::from(format!("/{number}"))));
        }
        server.until(0, 0).await;
    }
}

#[tokio::test]
async fn nobody_is_begun_beyond_the_limit() {
    for mut server in Running::at_once(1) {
        let _held = server.ask("/held").await;
        assert_eq!(server.begun.recv().await.unwrap(), "/held");
        let mut waiting = server.ask("/next").await;
        server.until(1, 1).await;
        assert!(server.begun.try_recv().is_err());
        server.lets_go.add_permits(1);
        assert_eq!(server.begun.recv().await.unwrap(), "/next");
        server.lets_go.add_permits(1);
        read_until(&mut waiting, "/next").await;
    }
}

#[tokio::test]
async fn who_waits_for_too_long_is_answered_503_in_both_protocols() {
    let short = Duration::from_millis(300);
    let limits =
        Limits { concurrent_requests: Some(1), request_timeout: short, ..Limits::default() };
    for server in Running::on_each_engine(limits) {
        // A stream keeps its place for longer than the time for the answer.
        let mut stream = server.ask("/stream").await;
        read_until(&mut stream, "piece 0").await;
        let mut waiting = server.ask("/held").await;
        let got = read_until(&mut waiting, "\"busy\"").await;
        assert!(got.starts_with("HTTP/1.1 503 "), "{got}");
        let answer = server.h2().await.send_request(get("/held")).await.unwrap();
        assert_eq!(answer.status(), 503);
        server.until(1, 0).await;
        // The connection goes on.
        server.lets_go.add_permits(2);
        waiting.write_all(b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_until(&mut waiting, "/again").await;
    }
}

#[tokio::test]
async fn who_goes_away_gives_up_its_turn() {
    for server in Running::at_once(1) {
        let mut held = server.ask("/held").await;
        server.until(1, 0).await;
        let gone = server.ask("/gone").await;
        let mut client = server.h2().await;
        let reset = tokio::spawn(async move { client.send_request(get("/reset")).await });
        server.until(1, 2).await;
        let mut waiting = server.ask("/waiting").await;
        server.until(1, 3).await;
        drop(gone);
        reset.abort();
        server.until(1, 1).await;
        server.lets_go.add_permits(2);
        read_until(&mut held, "/held").await;
        read_until(&mut waiting, "/waiting").await;
        server.until(0, 0).await;
    }
}

#[tokio::test]
async fn a_stream_counts_until_it_ends_in_both_protocols() {
    for server in Running::at_once(1) {
        let mut stream = server.ask("/stream").await;
        read_until(&mut stream, "piece 0").await;
        let mut client = server.h2().await;
        let next = tokio::spawn(async move {
            let answer = client.send_request(get("/stream")).await.unwrap();
            answer.into_body().collect().await.unwrap().to_bytes()
        });
        server.until(1, 1).await;
        server.lets_go.add_permits(1);
        read_until(&mut stream, "piece 1").await;
        server.until(1, 0).await;
        server.lets_go.add_permits(1);
        assert_eq!(next.await.unwrap(), "piece 0piece 1");
        server.until(0, 0).await;
        // Its client may also just go.
        drop(server.ask("/stream").await);
        server.until(0, 0).await;
    }
}

#[tokio::test]
async fn a_client_that_takes_a_large_answer_slowly_keeps_no_place() {
    for server in Running::at_once(1) {
        let mut slow = server.ask("/large").await;
        read_until(&mut slow, "200 OK").await;
        server.until(0, 0).await;
        server.lets_go.add_permits(1);
        read_until(&mut server.ask("/next").await, "/next").await;
    }
}

#[tokio::test]
async fn the_body_of_one_that_waits_is_not_waited_for() {
    let limits = Limits {
        concurrent_requests: Some(1),
        body_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    for server in Running::on_each_engine(limits) {
        let held = server.ask("/held").await;
        server.until(1, 0).await;
        let mut client = TcpStream::connect(server.address).await.unwrap();
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
        client.write_all(head).await.unwrap();
        server.until(1, 1).await;
        // The time for a body that brings no byte is over, but nobody has asked for one yet.
        tokio::time::sleep(Duration::from_millis(300)).await;
        client.write_all(b"body").await.unwrap();
        drop(held);
        let got = read_until(&mut client, "\r\n\r\nbody").await;
        assert!(got.starts_with("HTTP/1.1 200 "), "{got}");
    }
}

#[tokio::test]
async fn a_body_is_read_as_soon_as_its_request_has_its_turn() {
    const HOUR: Duration = Duration::from_secs(3600);
    const FIRST_READ: usize = 2048;
    // No clock of the connection's own looks at it meanwhile.
    for server in Running::on_each_engine(Limits {
        concurrent_requests: Some(1),
        header_timeout: HOUR,
        body_timeout: HOUR,
        write_timeout: HOUR,
        request_timeout: HOUR,
        idle_timeout: HOUR,
        half_close_timeout: HOUR,
        ..Limits::default()
    }) {
        let mut held = server.ask("/held").await;
        server.until(1, 0).await;
        let mut client = TcpStream::connect(server.address).await.unwrap();
        // The first read takes the head alone, and the body is there before the turn.
        let mut head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: ".to_owned();
        head.push_str(&"x".repeat(FIRST_READ - head.len() - 4));
        head.push_str("\r\n\r\n");
        client.write_all((head + "body").as_bytes()).await.unwrap();
        server.until(1, 1).await;
        server.lets_go.add_permits(1);
        read_until(&mut held, "/held").await;
        read_until(&mut client, "\r\n\r\nbody").await;
    }
}
