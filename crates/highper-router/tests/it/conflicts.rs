//! Patterns that overlap: what is possible, and what is told where it is not.

use highper_core::Container;
use highper_router::{Path, Router};

use crate::support::{Echo, build, get, problems};

#[test]
fn one_path_with_two_sets_of_names_is_told_to_agree() {
    for (first, second) in [
        ("/{a}", "/{b}"),
        ("/x/{a}/y", "/x/{b}/y"),
        ("/{a}.json", "/{b}.json"),
        ("/{*a}", "/{*b}"),
        ("/{{x}}{a}", "/{{x}}{b}"),
    ] {
        let lines = problems(Router::new().get(first, Echo).post(second, Echo));
        let told = format!("conflicts with {first} (");
        assert!(lines.len() == 1 && lines[0].contains(&told), "{lines:?}");
        assert!(lines[0].ends_with("give its parameters the same names"), "{lines:?}");
    }
}

#[test]
fn what_has_no_order_is_told_so() {
    for (first, second) in [
        ("/{*rest}", "/{id}"),
        ("/{id}", "/{*rest}"),
        ("/{*rest}", "/{name}.json"),
        ("/a/{id}/c", "/a/{*rest}"),
        ("/a{x}", "/{x}b"),
        ("/a{x}b", "/a{x}c"),
    ] {
        let lines = problems(Router::new().get(first, Echo).get(second, Echo));
        let told = format!("route GET {second} (");
        assert!(lines.len() == 1 && lines[0].starts_with(&told), "{lines:?}");
        assert!(lines[0].contains(&format!("conflicts with {first} (")), "{lines:?}");
        assert!(lines[0].contains("neither goes before the other"), "{lines:?}");
        assert_eq!(lines[0].matches("conflicts.rs:").count(), 2, "{lines:?}");
    }
}

#[test]
fn a_mount_conflicts_with_a_parameter_at_its_place() {
    let lines = problems(Router::new().get("/files/{id}", Echo).mount("/files", Echo));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("route ANY /files/{*rest} ("), "{lines:?}");
    assert!(lines[0].contains("conflicts with /files/{id} ("), "{lines:?}");
}

#[tokio::test]
async fn what_overlaps_with_an_order_is_possible() {
    async fn all(Path(all): Path<Vec<String>>) -> String {
        all.join(" ")
    }
    let routes = ["/{id}", "/v{major}", "/v1{minor}", "/{id}/x", "/{other}/y", "/w/{*rest}"];
    let router = routes.iter().fold(Router::new(), |router, path| {
        router.get(path, async |Path(all): Path<Vec<String>>| all.join(" "))
    });
    let routes = build(router.get("/{name}/{page}.json", all).get("/{name}/{page}.min.json", all));
    for (uri, expected) in [
        ("/7", "7"),
        ("/v2", "2"),
        ("/v12", "2"),
        ("/v", "v"),
        ("/a/x", "a"),
        ("/a/y", "a"),
        ("/w/x/y", "x/y"),
        ("/a/1.json", "a 1"),
        ("/a/1.min.json", "a 1"),
    ] {
        assert_eq!(get(&routes, uri).await, expected, "{uri}");
    }
}

#[test]
fn a_group_with_a_fallback_may_have_any_routes() {
    let router = Router::new().group("/g", |group| {
        group.fallback(Echo).get("/{id}", Echo).get("/{name}.json", Echo).get("/x/{*rest}", Echo)
    });
    assert!(router.build(&Container::default()).is_ok());
}
