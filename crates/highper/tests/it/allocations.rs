//! What a request allocates: at most two by the framework for a request without a body and an answer
//! of known length.

use highper::http_server::Http;
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

/// What one request may cost the framework.
const MOST: u64 = 2;

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
        })
        .into_handler()
        .unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_handler_in_the_application_allocates_at_most_twice() {
    let (application, runtime) = (application(), runtime());
    for target in ["/plaintext", "/json", "/users/7"] {
        let call = |request| {
            let response = runtime.block_on(application.call(request));
            assert_eq!(response.status(), 200);
        };
        // Every request has a Host, and so a map of headers, made by the engine.
        let request = || Request::get(target).with_header("host", "a");
        (0..3).for_each(|_| call(request()));
        let request = request();
        let counted = allocation_counter::measure(|| call(request));
        assert!(counted.count_total <= MOST, "{target}: {counted:?}");
    }
}

/// Requests over a socket, server and client in one thread, so that all allocations are counted.
#[test]
fn a_request_over_a_connection_allocates_what_the_handler_does_and_what_hyper_does() {
    const REQUESTS: u64 = 1000;
    // hyper gives the bytes of a head away with the request and takes a new buffer now and then.
    const HYPER: u64 = 1;
    for target in ["/plaintext", "/json", "/users/7"] {
        let runtime = runtime();
        let mut client = runtime.block_on(connect(application()));
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        runtime.block_on(ask(&mut client, &request, 100));
        let counted =
            allocation_counter::measure(|| runtime.block_on(ask(&mut client, &request, REQUESTS)));
        let most = (MOST + HYPER) * REQUESTS;
        assert!(counted.count_total <= most, "{target}: {counted:?}");
    }
}

async fn connect(application: AppHandler) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let stream = Stream::adopt(accepted.into_std().unwrap()).unwrap();
    tokio::spawn(Http::new(application).serve(stream, Drain::never()));
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
