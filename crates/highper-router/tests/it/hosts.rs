//! Hosts.

use highper_core::{Handler, Request};
use highper_router::{Router, Routes, TrailingSlash};

use crate::support::{build, get, header, problems, status, text};

fn hosts() -> Routes {
    build(
        Router::new()
            .get("/", async || "any")
            .get("/only", async || "only")
            .trailing_slash(TrailingSlash::Ignore)
            .host("*.example.com", |tenants| tenants.get("/", async || "tenant"))
            .host("API.example.com", |api| {
                api.get("/", async || "api").fallback(async || "api's own").get("/a", async || "a")
            })
            .host("[::1]", |local| local.get("/", async || "local")),
    )
}

#[tokio::test]
async fn an_exact_host_goes_before_a_pattern_and_that_before_none() {
    for (host, expected) in [
        ("api.example.com", "api"),
        ("api.example.com:8080", "api"),
        ("Api.Example.Com.", "api"),
        ("shop.example.com", "tenant"),
        ("example.com", "any"),
        ("a.b.example.com", "any"),
        (".example.com", "any"),
        ("api.example.com.evil.test", "any"),
        ("[::1]:80", "local"),
    ] {
        let request = Request::get("/").with_header("host", host);
        assert_eq!(text(hosts().call(request).await), expected, "{host}");
    }
    assert_eq!(get(&hosts(), "/").await, "any");
}

#[tokio::test]
async fn the_target_goes_before_the_header() {
    let request = Request::get("http://api.example.com/").with_header("host", "example.com");
    assert_eq!(text(hosts().call(request).await), "api");
}

#[tokio::test]
async fn a_host_with_routes_is_served_by_them_alone() {
    assert_eq!(status(&hosts(), "http://shop.example.com/only").await, 404);
    assert_eq!(get(&hosts(), "http://api.example.com/only").await, "api's own");
    assert_eq!(get(&hosts(), "http://elsewhere.test/only").await, "only");
}

#[tokio::test]
async fn a_host_has_the_policy_for_slashes_of_the_router_or_its_own() {
    assert_eq!(get(&hosts(), "http://api.example.com/a/").await, "a");
    let routes = build(
        Router::new()
            .trailing_slash(TrailingSlash::Ignore)
            .host("h.test", |h| h.trailing_slash(TrailingSlash::Redirect).get("/a", async || "a")),
    );
    let answer = routes.call(Request::get("http://h.test/a/")).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (308, "/a".into()));
}

#[test]
fn what_is_wrong_with_a_host_is_told() {
    let lines = problems(
        Router::new()
            .host("a.test:80", |host| host)
            .host("*", |host| host)
            .host("twice.test", |host| host)
            .host("Twice.test", |host| host)
            .group("/g", |group| group.host("inner.test", |host| host)),
    );
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].contains("`inner.test`") && lines[0].contains("outermost"), "{lines:?}");
    assert!(lines[1].contains("without a port"), "{lines:?}");
    assert!(lines[2].contains("`*` is no host"), "{lines:?}");
    assert_eq!(lines[3].matches("hosts.rs:").count(), 2, "both places: {lines:?}");
}

#[test]
fn a_host_is_in_the_listing() {
    let hosts: Vec<_> = hosts().routes().iter().map(|route| route.host.clone()).collect();
    assert_eq!(hosts[0], None);
    assert!(hosts.contains(&Some("*.example.com".to_owned())), "{hosts:?}");
}
