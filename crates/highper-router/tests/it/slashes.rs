//! Slashes at the end of a path.

use highper_router::{Path, Router, Routes, TrailingSlash};

use crate::support::{Echo, ask, build, get, header, status};

fn routes(policy: TrailingSlash) -> Routes {
    build(
        Router::new()
            .trailing_slash(policy)
            .get("/", Echo)
            .get("/bare", Echo)
            .get("/slash/", Echo)
            .get("/both", async || "bare")
            .get("/both/", async || "slash")
            .post("/bare", Echo)
            .get("/users/{name}", async |Path(name): Path<String>| name)
            .get("/{top}", Echo),
    )
}

#[tokio::test]
async fn strict_takes_a_path_as_it_is() {
    let routes = routes(TrailingSlash::Strict);
    for uri in ["/bare/", "/slash/x", "/users/a/"] {
        assert_eq!(status(&routes, uri).await, 404, "{uri}");
    }
    assert_eq!(get(&routes, "/both/").await, "slash");
}

#[tokio::test]
async fn redirect_sends_to_the_form_that_has_a_route_with_the_query() {
    let routes = routes(TrailingSlash::Redirect);
    for (method, uri, location) in [
        ("GET", "/bare/", "/bare"),
        ("POST", "/bare/?x=1&y=%20", "/bare?x=1&y=%20"),
        ("GET", "/users/a%2Fb/", "/users/a%2Fb"),
    ] {
        let answer = ask(&routes, method, uri).await;
        assert_eq!(answer.status(), 308, "{uri}");
        assert_eq!(header(&answer, "location"), location, "{uri}");
    }
    assert_eq!(get(&routes, "/both").await, "bare");
    assert_eq!(get(&routes, "/both/").await, "slash");
    assert_eq!(status(&routes, "/nowhere/at/all/").await, 404);
}

#[tokio::test]
async fn a_redirect_never_leads_to_another_host() {
    let routes = build(
        Router::new()
            .trailing_slash(TrailingSlash::Redirect)
            .get("/{name}", Echo)
            .get("//{name}", Echo)
            .get("/{name}/{more}", Echo),
    );
    for uri in ["/\\evil.test/", "//evil.test/", "/\\/evil.test/", "/\\\\evil.test/"] {
        let answer = ask(&routes, "GET", uri).await;
        assert_eq!(answer.status(), 308, "{uri}");
        assert_eq!(header(&answer, "location"), "/evil.test", "{uri}");
    }
}

#[tokio::test]
async fn ignore_answers_either_form() {
    let routes = routes(TrailingSlash::Ignore);
    for (uri, body) in [
        ("/bare/", "/bare/"),
        ("/bare", "/bare"),
        ("/slash/", "/slash/"),
        ("/users/me/", "me"),
        ("/both/", "slash"),
        ("/", "/"),
    ] {
        assert_eq!(get(&routes, uri).await, body, "{uri}");
    }
    assert_eq!(ask(&routes, "PUT", "/bare/").await.status(), 405);
    assert_eq!(status(&routes, "/users/me//").await, 404, "one slash, not any number");
}
