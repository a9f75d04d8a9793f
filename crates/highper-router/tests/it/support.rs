//! What several tests use.

use highper_core::http::{Method, Uri};
use highper_core::{Container, Handler, Middleware, Request, Response};
use highper_router::{Router, Routes};

/// Builds a router that has no fault.
pub(crate) fn build(router: Router) -> Routes {
    router.build(&Container::default()).unwrap()
}

/// The lines of a router's boot errors.
pub(crate) fn problems(router: Router) -> Vec<String> {
    let errors = router.build(&Container::default()).unwrap_err();
    errors.iter().map(str::to_owned).collect()
}

/// Asks with any method.
pub(crate) async fn ask(routes: &Routes, method: &str, uri: &str) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    routes.call(Request::new(method, uri.parse::<Uri>().unwrap())).await
}

/// The body of a GET that is answered with 200.
pub(crate) async fn get(routes: &Routes, uri: &str) -> String {
    let answer = ask(routes, "GET", uri).await;
    assert_eq!(answer.status(), 200, "{uri}");
    text(answer)
}

/// The status of a GET.
pub(crate) async fn status(routes: &Routes, uri: &str) -> u16 {
    ask(routes, "GET", uri).await.status().as_u16()
}

/// The body as text.
pub(crate) fn text(response: Response) -> String {
    String::from_utf8(response.into_body().as_bytes().unwrap().to_vec()).unwrap()
}

/// A header as text; empty where there is none.
pub(crate) fn header(response: &Response, name: &'static str) -> String {
    response.header(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// Writes its letter in front of the answer's header `x-trace`: the outermost comes first.
pub(crate) struct Trace(pub(crate) &'static str);

impl Middleware for Trace {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        let answer = next.call(request).await;
        let trace = format!("{}{}", self.0, header(&answer, "x-trace"));
        answer.with_header("x-trace", trace)
    }
}

/// Answers with the target that it was given.
pub(crate) struct Echo;

impl Handler for Echo {
    async fn call(&self, request: Request) -> Response {
        Response::new(request.uri().to_string())
    }
}
