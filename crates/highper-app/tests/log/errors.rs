//! What the log tells of errors.

use highper_app::{AppHandler, Application, Settings};
use highper_core::{
    Body, Error, ErrorContext, ErrorRenderer, Handler, RenderedError, Request, Response,
};
use highper_router::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{LOG, telling};

#[derive(Debug)]
struct ClosedShelf(std::num::ParseIntError);

impl std::fmt::Display for ClosedShelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the shelf is closed")
    }
}

impl std::error::Error for ClosedShelf {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

async fn broken() -> Result<(), Error> {
    Ok("x".parse::<u32>().map(drop).map_err(ClosedShelf)?)
}

async fn panics() {
    panic!("a cup fell down")
}

async fn breaks_off() -> Response {
    let mut pieces = vec![Err("the till is empty"), Ok("half a book")];
    let pieces = std::iter::from_fn(move || pieces.pop());
    Response::new(Body::from_stream(Pieces(pieces)))
}

struct Pieces<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Pieces<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

fn routes(router: Router) -> Router {
    router
        .get("/broken/{id}", broken)
        .get("/panics", panics)
        .get("/silent", async || Err::<(), _>(Error::internal("a silent one")))
        .get("/loud", async || Err::<(), _>(Error::internal("a loud one")))
        .get("/speechless", async || Err::<(), _>(Error::internal(Speechless)))
        .get("/breaks-off", breaks_off)
}

fn application() -> Application {
    Application::with_settings(Settings::default()).routes(routes)
}

async fn body(handler: &AppHandler, request: Request) -> String {
    let body = handler.call(request).await.into_body().collect().await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The id in problem details.
fn id_of(body: &str) -> &str {
    let (_, id) = body.split_once("\"id\":\"").expect(body);
    id.split_once('"').unwrap().0
}

#[tokio::test]
async fn an_error_is_logged_with_its_causes_its_place_its_route_and_the_id_of_the_answer() {
    let log = &*LOG;
    let handler = application().into_handler().unwrap();
    let told = body(&handler, Request::get("/broken/7")).await;
    assert!(!told.contains("shelf") && !told.contains("digit"), "{told}");
    let line = log.line(id_of(&told)).await;
    assert!(line.contains("the shelf is closed: invalid digit found in string"), "{line}");
    assert!(line.contains("tests/log/errors.rs:") && line.contains("/broken/{id}"), "{line}");
}

#[tokio::test]
async fn every_error_has_an_id_of_its_own_and_those_of_clients_have_none() {
    let handler = application().into_handler().unwrap();
    let first = body(&handler, Request::get("/broken/7")).await;
    let second = body(&handler, Request::get("/broken/7")).await;
    assert_ne!(id_of(&first), id_of(&second));
    assert_eq!(id_of(&first).len(), 16);
    assert!(!body(&handler, Request::get("/nowhere")).await.contains("\"id\""));
    let page = Request::get("/broken/7").with_header("accept", "text/html");
    assert!(body(&handler, page).await.contains("<p>Error <code>"));
}

#[tokio::test]
async fn a_panic_is_logged_where_it_happened_and_on_which_thread() {
    let log = &*LOG;
    let (application, told) = telling(application());
    let running = tokio::spawn(application.run());
    let mut client = TcpStream::connect(told.await.unwrap()).await.unwrap();
    client
        .write_all(b"GET /panics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 500") && !answer.contains("cup"), "{answer}");
    let line = log.line("panicked: a cup fell down").await;
    assert!(line.contains(id_of(&answer)) && line.contains("tests/log/errors.rs:"), "{line}");
    assert!(line.contains("highper-worker-") && line.contains("/panics"), "{line}");
    running.abort();
}

#[tokio::test]
async fn errors_of_silenced_paths_are_answered_and_not_logged() {
    let log = &*LOG;
    let silent = application().silence_errors_in_paths(["tests/log/"]).into_handler().unwrap();
    assert!(body(&silent, Request::get("/silent")).await.contains("\"status\":500"));
    body(&application().into_handler().unwrap(), Request::get("/loud")).await;
    log.line("a loud one").await;
    assert!(!String::from_utf8_lossy(&log.0.lock().unwrap()).contains("a silent one"));
}

/// Cannot show anything.
#[derive(Debug)]
struct Clumsy;

impl ErrorRenderer for Clumsy {
    fn render(&self, _: &Error, _: &ErrorContext<'_>) -> RenderedError {
        panic!("dropped the tray")
    }
}

#[tokio::test]
async fn a_renderer_that_fails_is_logged_and_answered_with_a_plain_500_and_its_id() {
    let log = &*LOG;
    let handler = application().error_renderer(Clumsy).into_handler().unwrap();
    for path in ["/nowhere", "/loud"] {
        let response = handler.call(Request::get(path)).await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.header("content-type").unwrap(), "text/plain; charset=utf-8");
        let answer = std::str::from_utf8(response.body().as_bytes().unwrap()).unwrap();
        let id = answer.strip_prefix("500 Internal Server Error (error ").unwrap();
        let id = id.strip_suffix(")\n").unwrap();
        let what = "the page of an error could not be made: panicked: dropped the tray";
        log.line(&format!("{what} id=\"{id}\"")).await;
    }
}

/// Cannot be written as text.
#[derive(Debug)]
struct Speechless;

impl std::fmt::Display for Speechless {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("lost for words")
    }
}

impl std::error::Error for Speechless {}

#[tokio::test]
async fn an_error_whose_cause_panics_where_it_is_logged_is_answered_all_the_same() {
    let log = &*LOG;
    let handler = application().into_handler().unwrap();
    let answer = body(&handler, Request::get("/speechless")).await;
    let line =
        log.line("an error could not be logged and reported: panicked: lost for words").await;
    assert!(line.contains(id_of(&answer)), "{answer}{line}");
}

#[tokio::test]
async fn an_answer_whose_body_fails_is_logged_and_broken_off() {
    let log = &*LOG;
    let (application, told) = telling(application());
    let running = tokio::spawn(application.run());
    let mut client = TcpStream::connect(told.await.unwrap()).await.unwrap();
    client.write_all(b"GET /breaks-off HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may end with a reset, which is as good an end.
    let _ = client.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(!answer.contains("0\r\n\r\n"), "it looks complete: {answer}");
    assert!(!answer.contains("till"), "{answer}");
    let line = log.line("an answer broke off").await;
    assert!(line.contains("the till is empty"), "{line}");
    running.abort();
}
