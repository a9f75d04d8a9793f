//! A few routes, without a server.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use highper_core::http::{HeaderMap, StatusCode};
use highper_core::{
    Body, Handler, IntoResponse, MAX_PARAMETERS, Request, Response, RouteMatch, RoutePattern,
};
use tracing::{Instrument, info_span};

/// Answers by the path of the request. What begins with `/books/` is one route.
pub(crate) struct Shop {
    books: &'static RoutePattern,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self { books: RoutePattern::publish("/books/{id}", None, ["id"]) }
    }
}

impl Handler for Shop {
    async fn call(&self, mut request: Request) -> Response {
        if request.path().starts_with("/books/") {
            request.set_route(RouteMatch::new(self.books, [(0, 0); MAX_PARAMETERS]));
        }
        match request.path() {
            "/books/failing" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            "/books/words" => Body::from_stream(Words(vec!["a", "b"])).into_response(),
            "/books/asking" => {
                async { asked() }.instrument(info_span!("ask")).await.into_response()
            }
            "/books/never" => std::future::pending().await,
            path if path.starts_with("/books/") => "a book".into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// The headers that another service would get.
fn asked() -> String {
    let mut headers = HeaderMap::new();
    highper_telemetry::propagate(&mut headers);
    let field = |name| headers.get(name).map_or("", |value| value.to_str().unwrap());
    format!("{} {}", field("traceparent"), field("tracestate"))
}

struct Words(Vec<&'static str>);

impl Stream for Words {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = if self.0.is_empty() { None } else { Some(Ok(self.0.remove(0))) };
        Poll::Ready(next)
    }
}

/// The answer to a GET, and its body.
pub(crate) async fn get(shop: &impl Handler, path: &'static str) -> (StatusCode, String) {
    read(shop.call(Request::get(path)).await).await
}

pub(crate) async fn read(mut response: Response) -> (StatusCode, String) {
    let status = response.status();
    let bytes = response.replace_body(Body::empty()).collect().await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}
