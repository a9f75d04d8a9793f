//! Groups, and the order of middleware.

use highper_core::{Handler, Middleware, Request, Response};
use highper_router::{Path, Router, TrailingSlash};

use crate::support::{Echo, Trace, ask, build, get, header, status};

async fn trace(routes: &highper_router::Routes, method: &str, uri: &str) -> (u16, String) {
    let answer = ask(routes, method, uri).await;
    (answer.status().as_u16(), header(&answer, "x-trace"))
}

#[tokio::test]
async fn groups_nest_and_a_slash_is_the_group_itself() {
    let routes = build(Router::new().group("/shop", |shop| {
        shop.get("/", async || "shop").group("/{shelf}/", |shelf| {
            shelf
                .get("", async |Path(shelf): Path<String>| shelf)
                .get("/{id}", async |Path((shelf, id)): Path<(String, u8)>| format!("{shelf} {id}"))
        })
    }));
    assert_eq!(get(&routes, "/shop").await, "shop");
    assert_eq!(get(&routes, "/shop/new").await, "new");
    assert_eq!(get(&routes, "/shop/new/7").await, "new 7");
    assert_eq!(status(&routes, "/shop/").await, 404);
}

#[tokio::test]
async fn middleware_nest_from_the_outside_in_wherever_they_were_added() {
    let routes = build(
        Router::new()
            .middleware(Trace("a"))
            .get("/", Echo)
            .group("/g", |group| {
                group
                    .get("/", Echo)
                    .middleware((Trace("c"), Trace("d")))
                    .group("/h", |inner| inner.middleware(Trace("e")).get("/", Echo))
            })
            .middleware(Trace("b")),
    );
    assert_eq!(trace(&routes, "GET", "/").await, (200, "ab".into()));
    assert_eq!(trace(&routes, "GET", "/g").await, (200, "abcd".into()));
    assert_eq!(trace(&routes, "GET", "/g/h").await, (200, "abcde".into()));
    let middleware: Vec<_> = routes.routes().iter().map(|route| route.middleware).collect();
    assert_eq!(middleware, [2, 3, 4], "a tuple is one");
}

#[tokio::test]
async fn middleware_of_the_router_is_around_every_error_and_every_host() {
    let routes = build(
        Router::new()
            .middleware(Trace("a"))
            .trailing_slash(TrailingSlash::Redirect)
            .get("/page", Echo)
            .get("/number/{n}", async |Path(_): Path<u8>| "a number")
            .get("/panic", Panics)
            .host("api.test", |api| api.middleware(Trace("b")).get("/", Echo)),
    );
    for (method, uri, status, expected) in [
        ("GET", "/nowhere", 404, "a"),
        ("POST", "/page", 405, "a"),
        ("BREW", "/page", 501, "a"),
        ("OPTIONS", "/page", 204, "a"),
        ("GET", "/%zz", 400, "a"),
        ("GET", "/number/x", 400, "a"),
        ("GET", "/page/", 308, "a"),
        ("GET", "/panic", 500, "a"),
        ("GET", "http://api.test/", 200, "ab"),
        ("POST", "http://api.test/", 405, "ab"),
        ("GET", "http://api.test/nowhere", 404, "ab"),
        ("GET", "http://api.test/%zz", 400, "ab"),
    ] {
        assert_eq!(trace(&routes, method, uri).await, (status, expected.into()), "{method} {uri}");
    }
}

struct Panics;

impl Handler for Panics {
    async fn call(&self, _: Request) -> Response {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn middleware_of_a_group_is_around_the_405_of_its_paths_alone() {
    let routes = build(
        Router::new()
            .group("/g", |group| group.middleware(Trace("g")).get("/x", Echo))
            .get("/y", Echo),
    );
    assert_eq!(trace(&routes, "POST", "/g/x").await, (405, "g".into()));
    assert_eq!(trace(&routes, "POST", "/y").await, (405, String::new()));
    assert_eq!(trace(&routes, "GET", "/g/nowhere").await, (404, String::new()));
}

#[tokio::test]
async fn a_group_has_a_fallback_of_its_own() {
    let routes = build(Router::new().middleware(Trace("a")).fallback(async || "outer").group(
        "/t/{tenant}",
        |group| {
            group
                .middleware(Trace("g"))
                .fallback(async |Path(all): Path<Vec<String>>| format!("inner {}", all[0]))
                .get("/x", Echo)
                .group("/deep", |deep| deep.fallback(async || "deep"))
        },
    ));
    for (uri, body, around) in [
        ("/nowhere", "outer", "a"),
        ("/t/7", "inner 7", "ag"),
        ("/t/7/", "inner 7", "ag"),
        ("/t/7/nowhere/at/all", "inner 7", "ag"),
        ("/t/7/deep/x", "deep", "ag"),
        ("/t/7/deep", "deep", "ag"),
        ("/t/7/x", "/t/7/x", "ag"),
    ] {
        assert_eq!(get(&routes, uri).await, body, "{uri}");
        assert_eq!(trace(&routes, "GET", uri).await.1, around, "{uri}");
    }
    assert_eq!(trace(&routes, "POST", "/t/7/x").await, (405, "ag".into()));
}

#[tokio::test]
async fn a_groups_fallback_does_not_keep_slashes_from_being_mended() {
    let routes = build(
        Router::new()
            .trailing_slash(TrailingSlash::Ignore)
            .group("/g", |group| group.get("/x", Echo).fallback(async || "inner")),
    );
    assert_eq!(get(&routes, "/g/x/").await, "/g/x/");
    assert_eq!(get(&routes, "/g/y/").await, "inner");
}

#[tokio::test]
async fn a_middleware_sees_which_route_was_matched() {
    struct Pattern;
    impl Middleware for Pattern {
        async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
            let pattern = request.route().unwrap().pattern();
            let seen = format!("{} {:?}", pattern.path, pattern.name);
            next.call(request).await.with_header("x-route", seen)
        }
    }
    let routes = build(
        Router::new().middleware(Pattern).group("/g", |g| g.get("/{id}", Echo).name("g.one")),
    );
    let answer = ask(&routes, "GET", "/g/7").await;
    assert_eq!(header(&answer, "x-route"), r#"/g/{id} Some("g.one")"#);
    let answer = ask(&routes, "POST", "/g/7").await;
    assert_eq!(header(&answer, "x-route"), r#"/g/{id} Some("g.one")"#);
}
