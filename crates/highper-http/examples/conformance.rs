//! The server that `cargo xtask conformance` tests: the same handler behind each HTTP/1 engine.
//!
//! It prints a line `engine address` for each and serves until its standard input ends, so that it
//! never outlives whoever started it.

#![allow(clippy::print_stdout, reason = "its addresses are what it is asked for")]

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::Read as _;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use highper_core::http::{HeaderMap, HeaderValue, StatusCode};
use highper_core::{Body, BodyError, FromRequest, Handler, IntoResponse, Request, Response};
use highper_http::{Http, Http1, Limits, Upgrade};
use highper_net::{Server, Topology};
use http_body::{Body as _, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Answers by the path of the request: what a case needs to see, and nothing else.
struct Service;

impl Handler for Service {
    async fn call(&self, mut request: Request) -> Response {
        let answer = match request.path() {
            "/echo" => request.read_body().await.map(IntoResponse::into_response),
            "/length" => length(request.take_body()).await.map(IntoResponse::into_response),
            "/trailers" => trailers(request.take_body()).await.map(IntoResponse::into_response),
            "/upgrade" => Ok(upgrade(&mut request).await),
            "/later" => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok("later".into_response())
            }
            _ => Ok(about(&request)),
        };
        answer.unwrap_or_else(IntoResponse::into_response)
    }
}

/// The answers that need no body of the request.
fn about(request: &Request) -> Response {
    match request.path() {
        "/method" => request.method().to_string().into_response(),
        "/host" => request.authority().unwrap_or("none").to_owned().into_response(),
        "/target" => request
            .uri()
            .path_and_query()
            .map_or("none", |it| it.as_str())
            .to_owned()
            .into_response(),
        "/field" => field(request).into_response(),
        "/fields" => request.header_count().to_string().into_response(),
        "/empty" => Body::empty().into_response(),
        "/204" => StatusCode::NO_CONTENT.into_response(),
        "/205" => StatusCode::RESET_CONTENT.into_response(),
        "/304" => (StatusCode::NOT_MODIFIED, [("etag", "\"1\"")], "").into_response(),
        "/close" => ([("connection", "close")], "closed").into_response(),
        "/stream" => streamed().into_response(),
        "/summed" => summed().into_response(),
        "/panic" => panic!("a handler that panics"),
        path => path.to_owned().into_response(),
    }
}

/// The values of every `X-Probe`, as they were understood.
fn field(request: &Request) -> String {
    let values =
        request.header_all("x-probe").map(|value| value.as_bytes().escape_ascii().to_string());
    values.map(|value| format!("[{value}]")).collect()
}

/// How many bytes a body holds, which is read piece by piece and without a bound.
async fn length(mut body: Body) -> Result<String, BodyError> {
    let mut length = 0;
    while let Some(data) = body.next_data().await.transpose()? {
        length += data.len();
    }
    Ok(length.to_string())
}

/// The names of the trailer fields that came, in alphabetical order.
async fn trailers(mut body: Body) -> Result<String, BodyError> {
    let mut names = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.transpose()? {
        let fields = frame.into_trailers().unwrap_or_default();
        names.extend(fields.keys().map(ToString::to_string));
    }
    names.sort_unstable();
    Ok(names.join(","))
}

/// A body whose length nobody knows beforehand.
fn streamed() -> Body {
    Body::from_stream(stream::iter(["a", "stream"].map(Ok::<_, Infallible>)))
}

/// The same, with a field after it.
fn summed() -> Body {
    let mut fields = HeaderMap::new();
    fields.insert("x-sum", HeaderValue::from_static("7"));
    let frames = [Frame::data(Bytes::from_static(b"a body")), Frame::trailers(fields)];
    Body::wrap(http_body_util::StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>))))
}

/// Changes to a protocol that sends everything back.
async fn upgrade(request: &mut Request) -> Response {
    let upgrade = match Upgrade::from_request(&(), request).await {
        Ok(upgrade) => upgrade,
        Err(error) => return error.into_response(),
    };
    tokio::spawn(async move {
        let mut stream = upgrade.established().await?;
        let mut buffer = [0; 1024];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return stream.shutdown().await,
                read => stream.write_all(&buffer[..read]).await?,
            }
        }
    });
    (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")], "")
        .into_response()
}

/// The defaults, but for time-outs that a case waits for.
fn limits() -> Limits {
    let short = Duration::from_secs(2);
    Limits { header_timeout: short, body_timeout: short, ..Limits::default() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), highper_net::Error> {
    let mut servers = Vec::new();
    for (name, engine) in [("native", Http1::Native), ("hyper", Http1::Hyper)] {
        let server = Server::builder()
            .listen("127.0.0.1:0")
            .topology(Topology::PerCore { workers: 1 })
            .drain_timeout(Duration::from_millis(100))
            .build()?;
        println!("{name} {}", server.local_addrs()[0]);
        let http = Http::new(Service).limits(limits()).http1(engine);
        let handle = server.handle();
        servers.push((handle, tokio::spawn(server.run(http))));
    }
    std::thread::spawn({
        let handles: Vec<_> = servers.iter().map(|(handle, _)| handle.clone()).collect();
        move || {
            // Whether it ends or fails, nobody is there any more.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            handles.iter().for_each(highper_net::Handle::stop);
        }
    });
    for (_, server) in servers {
        // A server that panicked has said so.
        if let Ok(ended) = server.await {
            ended?;
        }
    }
    Ok(())
}
