//! Which route a path finds.

use highper_core::{Handler, Request, Response};
use highper_router::{Path, Router};

use crate::support::{ask, build, get, status, text};

/// Answers with the pattern and the raw parameters.
struct Matched;

impl Handler for Matched {
    async fn call(&self, request: Request) -> Response {
        let route = request.route().unwrap();
        let parameters: Vec<_> = route
            .parameters(request.path())
            .map(|parameter| format!("{}={}", parameter.name, parameter.raw))
            .collect();
        Response::new(format!("{} {}", route.pattern().path, parameters.join(",")))
    }
}

#[tokio::test]
async fn static_pieces_go_before_parameters_and_those_before_wildcards() {
    let routes = [
        "/",
        "/books",
        "/books/new",
        "/books/{id}",
        "/books/{id}/pages/{page}",
        "/files/{*path}",
        "/v{major}",
        "/images/{name}.png",
        "/images/{name}.json",
    ]
    .into_iter()
    .fold(Router::new(), |router, path| router.get(path, Matched));
    let routes = build(routes);
    for (path, expected) in [
        ("/", "/ "),
        ("/books", "/books "),
        ("/books/new", "/books/new "),
        ("/books/7", "/books/{id} id=7"),
        ("/books/newer", "/books/{id} id=newer"),
        ("/books/a%2Fb", "/books/{id} id=a%2Fb"),
        ("/books/7/pages/9", "/books/{id}/pages/{page} id=7,page=9"),
        ("/files/a/b.txt", "/files/{*path} path=a/b.txt"),
        ("/files//a", "/files/{*path} path=/a"),
        ("/v2", "/v{major} major=2"),
        ("/images/a.json", "/images/{name}.json name=a"),
        ("/images/a.png.png", "/images/{name}.png name=a.png"),
    ] {
        assert_eq!(get(&routes, path).await, expected, "{path}");
    }
    for path in
        ["/book", "/books/", "/books/7/", "//books", "/v", "/images/a.gif", "/Books", "/files"]
    {
        assert_eq!(status(&routes, path).await, 404, "{path}");
    }
}

#[tokio::test]
async fn eight_parameters_are_matched_in_order() {
    let path = "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}";
    let routes =
        build(Router::new().get(path, async |Path(all): Path<Vec<u8>>| format!("{all:?}")));
    assert_eq!(get(&routes, "/1/2/3/4/5/6/7/8").await, "[1, 2, 3, 4, 5, 6, 7, 8]");
}

#[tokio::test]
async fn braces_are_escaped_by_doubling() {
    let routes = build(Router::new().get("/{{id}}", Matched));
    assert_eq!(get(&routes, "/{id}").await, "/{{id}} ");
    assert_eq!(status(&routes, "/7").await, 404);
}

#[tokio::test]
async fn a_path_that_decodes_to_no_text_is_refused_with_the_byte() {
    let routes = build(Router::new().get("/{*all}", Matched));
    for (path, byte) in [
        ("/a%zz", "byte 2"),
        ("/a%4", "byte 2"),
        ("/%41%ff", "byte 4"),
        ("/a/%00", "byte 3"),
        ("/%c3", "byte 1"),
        ("/%c0%af", "byte 1"),
    ] {
        let answer = ask(&routes, "GET", path).await;
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(answer.error().unwrap().code(), Some("bad_path"), "{path}");
        assert!(answer.error().unwrap().message().contains(byte), "{path}: {answer:?}");
    }
    assert_eq!(status(&routes, "/%C3%BC%2f%25").await, 200);
    assert_eq!(status(&routes, "/a?q=%zz").await, 200, "the query is its extractor's business");
}

#[tokio::test]
async fn nothing_found_is_a_404_unless_there_is_a_fallback() {
    let router = || Router::new().get("/", Matched);
    let answer = ask(&build(router()), "GET", "/nowhere").await;
    assert_eq!(
        (answer.status().as_u16(), answer.error().unwrap().code()),
        (404, Some("not_found"))
    );

    let routes = build(router().fallback(async || "somewhere else"));
    assert_eq!(get(&routes, "/nowhere").await, "somewhere else");
    assert_eq!(text(ask(&routes, "POST", "/nowhere").await), "somewhere else");
    assert_eq!(ask(&routes, "POST", "/").await.status(), 405, "a path that is known is not for it");
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500() {
    async fn fails() -> &'static str {
        panic!("on purpose")
    }
    let routes = build(Router::new().get("/", fails).mount("/m", Panics));
    assert_eq!(status(&routes, "/").await, 500);
    assert_eq!(status(&routes, "/m/x").await, 500);
}

struct Panics;

impl Handler for Panics {
    async fn call(&self, _: Request) -> Response {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn extractors_run_in_order_and_a_rejection_ends_them() {
    let routes = build(
        Router::new().post("/{a}/{b}", async |Path((a, b)): Path<(u8, u8)>, body: String| {
            format!("{} {body}", a + b)
        }),
    );
    let post = |path: &'static str, body: &'static [u8]| routes.call(Request::post(path, body));
    assert_eq!(text(post("/1/2", b"x").await), "3 x");
    assert_eq!(post("/1/2", b"\xff").await.error().unwrap().code(), Some("body_not_utf8"));
    let first = post("/1/z", b"\xff").await;
    assert_eq!(first.error().unwrap().code(), Some("bad_path_parameter"));
}

#[tokio::test]
async fn twelve_extractors_are_possible() {
    use highper_core::http::{Method, Uri};
    #[expect(clippy::too_many_arguments, reason = "as many as possible")]
    async fn all(
        a: Method,
        _: Uri,
        _: Method,
        _: Uri,
        _: Method,
        _: Uri,
        _: Method,
        _: Uri,
        _: Method,
        _: Uri,
        _: Method,
        b: Uri,
    ) -> String {
        format!("{a} {b}")
    }
    assert_eq!(get(&build(Router::new().get("/x", all)), "/x").await, "GET /x");
}

#[tokio::test]
async fn a_clone_shares_the_table() {
    let routes = build(Router::new().get("/", Matched));
    let clone = routes.clone();
    assert!(std::ptr::eq(routes.routes(), clone.routes()));
    let answer = tokio::spawn(async move { status(&clone, "/").await });
    assert_eq!(answer.await.unwrap(), 200);
}
