//! Whatever becomes of a request, its answer goes out through the middleware.

use std::time::Duration;

use highper_app::{Application, Settings};
use highper_core::{Error, Handler, Middleware, Request, Response};
use rustix::process::{Signal, getpid, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A security header on each answer.
struct NoSniff;

impl Middleware for NoSniff {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        next.call(request).await.with_header("x-content-type-options", "nosniff")
    }
}

async fn panics() {
    panic!("out of tea")
}

fn application() -> Application {
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    settings.lame_duck = Duration::ZERO;
    settings.limits.request_timeout = Duration::from_millis(200);
    settings.limits.body_size = 4;
    Application::with_settings(settings).routes(|router| {
        router
            .middleware(NoSniff)
            .get("/", async || "well")
            .post("/upload", async |body: String| body)
            .get("/broken", async || Err::<(), _>(Error::internal("broken")))
            .get("/panic", panics)
            .get("/slow", async || std::future::pending::<&'static str>().await)
    })
}

#[tokio::test]
async fn the_middleware_see_every_answer() {
    let (told, address) = tokio::sync::oneshot::channel();
    let application = application().on_listening(move |addresses| {
        told.send(addresses[0]).unwrap();
    });
    let client = async {
        let address = address.await.unwrap();
        let cases = [
            ("GET / HTTP/1.1\r\n", 200),
            ("GET /nowhere HTTP/1.1\r\n", 404),
            ("DELETE / HTTP/1.1\r\n", 405),
            ("POST /upload HTTP/1.1\r\ncontent-length: 5\r\n", 413),
            ("GET /broken HTTP/1.1\r\n", 500),
            ("GET /panic HTTP/1.1\r\n", 500),
            ("GET /slow HTTP/1.1\r\n", 503),
        ];
        for (head, status) in cases {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("{head}host: a\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
            assert!(answer.contains("\r\nx-content-type-options: nosniff\r\n"), "{head}: {answer}");
        }
        kill_process(getpid(), Signal::TERM).unwrap();
    };
    let (outcome, ()) = tokio::join!(application.run(), client);
    outcome.unwrap();
}
