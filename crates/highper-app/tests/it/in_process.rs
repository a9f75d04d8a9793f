//! An application as a handler, without a server.

use highper_app::{AppHandler, Application, Settings};
use highper_core::bytes::Bytes;
use highper_core::http::{HeaderValue, StatusCode};
use highper_core::{Error, ErrorContext, ErrorRenderer, Handler, RenderedError, Request, Response};
use highper_router::{Path, Router};

fn routes(router: Router) -> Router {
    router
        .get("/hello/{name}", async |Path(name): Path<String>| format!("Hello, {name}!"))
        .get("/panics", async || -> &'static str { panic!("the tray fell down") })
        .get("/broken", async || Err::<(), _>(Error::internal("the password is hunter2")))
}

fn application() -> Application {
    Application::with_settings(Settings::default()).routes(routes)
}

async fn get(handler: &AppHandler, uri: &'static str) -> (Response, Bytes) {
    let mut response = handler.call(Request::get(uri)).await;
    let body = response.replace_body(Bytes::new());
    (response, body.collect().await.unwrap())
}

#[tokio::test]
async fn requests_are_answered_without_a_server() {
    let handler = application().into_handler().unwrap();
    let (response, body) = get(&handler, "/hello/Ada").await;
    assert_eq!((response.status(), body), (StatusCode::OK, Bytes::from("Hello, Ada!")));
    let (response, body) = get(&handler, "/nowhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.header("content-type").unwrap(), "application/problem+json");
    assert_eq!(response.header("vary").unwrap(), "accept");
    assert!(body.starts_with(b"{"), "{body:?}");
}

#[tokio::test]
async fn the_cause_of_an_error_is_never_shown() {
    let handler = application().into_handler().unwrap();
    let (response, body) = get(&handler, "/broken").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(!body.contains("hunter2"), "{body}");
}

/// Shows errors in one line.
#[derive(Debug)]
struct OneLine;

impl ErrorRenderer for OneLine {
    fn render(&self, error: &Error, context: &ErrorContext<'_>) -> RenderedError {
        let asked = context.accept.is_some();
        RenderedError {
            content_type: HeaderValue::from_static("text/x-line"),
            body: format!("{} {asked}", error.status().as_u16()).into(),
        }
    }
}

#[tokio::test]
async fn an_application_shows_its_errors_its_own_way() {
    let handler = application().error_renderer(OneLine).into_handler().unwrap();
    let (response, body) = get(&handler, "/nowhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.header("content-type").unwrap(), "text/x-line");
    assert_eq!(body, "404 false");
    let asking = Request::get("/broken").with_header("accept", "text/html");
    let body = handler.call(asking).await.into_body().collect().await.unwrap();
    assert_eq!(body, "500 true");
}

#[test]
fn panics_leave_nothing_behind_in_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let handler = application().into_handler().unwrap();
    let panic = |times| {
        for _ in 0..times {
            let (response, _) = runtime.block_on(get(&handler, "/panics"));
            assert_eq!(response.status(), 500);
        }
    };
    panic(100);
    let kept = allocation_counter::measure(|| panic(10_000));
    assert!(kept.bytes_current < 1_000, "{kept:?}");
}
