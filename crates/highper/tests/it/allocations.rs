//! What a request without a body allocates: nothing. The future of its handler stands in memory that the
//! last one has left; an answer that is serialised has a buffer.

use highper::http_server::{Http, Http1};
use highper::net::{Drain, Serve, Stream};
use highper::prelude::*;
use highper::{AppHandler, Settings};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

/// What is asked for, and how many allocations it costs.
const TARGETS: [(&str, u64); 4] =
    [("/plaintext", 0), ("/json", 1), ("/users/7", 0), ("/group/plaintext", 0)];

struct Nothing;

impl Middleware for Nothing {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        next.call(request).await
    }
}

fn application() -> AppHandler {
    Application::with_settings(Settings::default())
        .routes(|router| {
            router
                .get("/plaintext", async || "Hello, World!")
                .get("/json", async || Json(Message { message: "Hello, World!" }))
                .get("/users/{id}", async |Path(id): Path<u64>| match id {
                    7 => "seven",
                    _ => "another",
                })
                .group("/group", |group| {
                    group.get("/plaintext", async || "Hello, World!").middleware((Nothing, Nothing))
                })
        })
        .into_handler()
        .unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_request_allocates_what_is_serialised_and_nothing_else() {
    let (application, runtime) = (application(), runtime());
    for (target, most) in TARGETS {
        let call = |request| {
            let response = runtime.block_on(application.call(request));
            assert_eq!(response.status(), 200);
        };
        // Every request has a Host, and so a map of headers, made by the engine.
        let request = || Request::get(target).with_header("host", "a");
        (0..3).for_each(|_| call(request()));
        let request = request();
        let counted = allocation_counter::measure(|| call(request));
        assert!(counted.count_total <= most, "{target}: {counted:?}");
    }
}

/// Requests over a socket, server and client in one thread, so that all allocations are counted.
#[test]
fn a_connection_adds_nothing_to_what_its_requests_allocate() {
    const REQUESTS: u64 = 1000;
    // Timers and buffers of the runtime, now and then.
    const OTHERS: u64 = REQUESTS / 100;
    for engine in [Http1::Native, Http1::Hyper] {
        for (target, most) in TARGETS {
            let runtime = runtime();
            let http = Http::new(application()).http1(engine);
            let mut client = runtime.block_on(connect(http));
            let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
            runtime.block_on(ask(&mut client, &request, 100));
            let asking = || runtime.block_on(ask(&mut client, &request, REQUESTS));
            let counted = allocation_counter::measure(asking).count_total;
            let most = most * REQUESTS + OTHERS;
            assert!(counted <= most, "{engine:?} {target}: {counted}, at most {most}");
        }
    }
}

async fn connect(http: Http<AppHandler>) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let stream = Stream::adopt(accepted.into_std().unwrap()).unwrap();
    tokio::spawn(http.serve(stream, Drain::never()));
    client
}

async fn ask(client: &mut TcpStream, request: &str, times: u64) {
    let mut buffer = [0; 4096];
    for _ in 0..times {
        client.write_all(request.as_bytes()).await.unwrap();
        let read = client.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 "));
    }
}
