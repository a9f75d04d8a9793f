//! Handlers under a prefix.

use highper_router::{Path, Router};

use crate::support::{Echo, Trace, ask, build, get, header, status, text};

#[tokio::test]
async fn a_mount_has_everything_under_its_prefix_without_it() {
    let routes = build(Router::new().get("/old/new", async || "new").mount("/old", Echo));
    for (uri, seen) in [
        ("/old", "/"),
        ("/old/", "/"),
        ("/old?x=1", "/?x=1"),
        ("/old/a/b%2Fc?x=%20", "/a/b%2Fc?x=%20"),
        ("/old//a/", "//a/"),
        ("/old/new", "new"),
    ] {
        assert_eq!(get(&routes, uri).await, seen, "{uri}");
    }
    assert_eq!(status(&routes, "/older").await, 404);
    for method in ["POST", "OPTIONS", "PROPFIND"] {
        assert_eq!(text(ask(&routes, method, "/old/a").await), "/a", "{method}");
    }
}

#[tokio::test]
async fn a_mount_in_a_group_is_without_the_groups_prefix_too() {
    let routes = build(
        Router::new()
            .group("/api/{tenant}", |api| api.middleware(Trace("g")).mount("/old/", Echo))
            .group("/whole", |whole| whole.mount("/", Echo)),
    );
    assert_eq!(get(&routes, "/api/7/old/a?x=1").await, "/a?x=1");
    assert_eq!(header(&ask(&routes, "GET", "/api/7/old").await, "x-trace"), "g");
    for (uri, seen) in [("/whole", "/"), ("/whole/", "/"), ("/whole/a", "/a")] {
        assert_eq!(get(&routes, uri).await, seen, "{uri}");
    }
}

#[tokio::test]
async fn a_mount_at_the_root_has_everything() {
    let routes = build(Router::new().get("/own", async || "own").mount("/", Echo));
    for (uri, seen) in [("/", "/"), ("/a/", "/a/"), ("/own", "own")] {
        assert_eq!(get(&routes, uri).await, seen, "{uri}");
    }
}

#[tokio::test]
async fn a_router_is_mounted_with_its_parameters() {
    let inner = build(Router::new().get("/b/{id}", async |Path(id): Path<u8>| format!("{id}")));
    let routes = build(Router::new().mount("/a/{tenant}", inner));
    assert_eq!(get(&routes, "/a/x/b/7").await, "7");
}
