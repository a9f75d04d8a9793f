//! Methods: slots, 405, 501, HEAD and OPTIONS.

use highper_core::http::Method;
use highper_router::{Router, Routes};

use crate::support::{ask, build, header, text};

fn books() -> Routes {
    build(
        Router::new()
            .get("/books", async || "all")
            .post("/books", async || "made")
            .put("/books/{id}", async || "put")
            .patch("/books/{id}", async || "patched")
            .delete("/books/{id}", async || "gone"),
    )
}

#[tokio::test]
async fn each_method_finds_its_own_handler() {
    for (method, path, expected) in [
        ("GET", "/books", "all"),
        ("POST", "/books", "made"),
        ("PUT", "/books/7", "put"),
        ("PATCH", "/books/7", "patched"),
        ("DELETE", "/books/7", "gone"),
    ] {
        assert_eq!(text(ask(&books(), method, path).await), expected);
    }
}

#[tokio::test]
async fn a_known_method_without_a_route_is_405_and_says_what_is_allowed() {
    for (method, path, allow) in [
        ("DELETE", "/books", "GET, HEAD, OPTIONS, POST"),
        ("GET", "/books/7", "DELETE, OPTIONS, PATCH, PUT"),
        ("HEAD", "/books/7", "DELETE, OPTIONS, PATCH, PUT"),
        ("TRACE", "/books", "GET, HEAD, OPTIONS, POST"),
        ("CONNECT", "/books", "GET, HEAD, OPTIONS, POST"),
    ] {
        let answer = ask(&books(), method, path).await;
        assert_eq!(answer.status(), 405, "{method} {path}");
        assert_eq!(header(&answer, "allow"), allow, "{method} {path}");
        assert_eq!(answer.error().unwrap().code(), Some("method_not_allowed"));
    }
}

#[tokio::test]
async fn an_unknown_method_is_501() {
    for method in ["BREW", "get", "PROPFIND"] {
        for path in ["/books", "/nowhere"] {
            assert_eq!(ask(&books(), method, path).await.status(), 501, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn head_is_answered_by_get_unless_it_has_its_own() {
    assert_eq!(ask(&books(), "HEAD", "/books").await.status(), 200);
    let own = async || "head's own";
    let routes = build(Router::new().get("/", async || "get").on(Method::HEAD, "/", own));
    assert_eq!(text(ask(&routes, "HEAD", "/").await), "head's own");
    assert_eq!(text(ask(&routes, "GET", "/").await), "get");
}

#[tokio::test]
async fn options_is_answered_unless_it_has_its_own() {
    let answer = ask(&books(), "OPTIONS", "/books").await;
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "allow"), "GET, HEAD, OPTIONS, POST");
    let routes = build(Router::new().on(Method::OPTIONS, "/", async || "its own"));
    assert_eq!(text(ask(&routes, "OPTIONS", "/").await), "its own");
}

#[tokio::test]
async fn any_takes_what_no_other_route_does() {
    let routes = build(Router::new().any("/", async || "any").post("/", async || "post"));
    for (method, expected) in
        [("GET", "any"), ("HEAD", "any"), ("POST", "post"), ("OPTIONS", "any"), ("PROPFIND", "any")]
    {
        assert_eq!(text(ask(&routes, method, "/").await), expected, "{method}");
    }
    let routes = build(Router::new().any("/", async || "any").get("/", async || "get"));
    assert_eq!(text(ask(&routes, "HEAD", "/").await), "get");
}

#[tokio::test]
async fn options_of_the_server_as_a_whole_is_answered() {
    assert_eq!(ask(&books(), "OPTIONS", "*").await.status(), 204);
    assert_eq!(ask(&books(), "GET", "*").await.status(), 404);
}
