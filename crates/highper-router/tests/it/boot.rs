//! What is found wrong when the table is built.

use highper_core::http::Method;
use highper_core::{Container, Inject};
use highper_router::{Path, Router, TrailingSlash};

use crate::support::{Echo, build, problems};

#[derive(Debug)]
struct Catalogue;

#[derive(Debug)]
struct Till;

#[test]
fn everything_is_told_at_once_each_in_a_line_with_its_place() {
    async fn needs_both(_: Inject<Catalogue>, _: Inject<Till>) {}
    let lines = problems(
        Router::new()
            .get("/a", Echo)
            .get("/a", Echo)
            .get("books", Echo)
            .get("/{one}/x", Echo)
            .get("/{open", Echo)
            .post("/needs", needs_both)
            .on(Method::TRACE, "/trace", Echo)
            .group("/g", |group| group.get("books", Echo).get("/?x", Echo))
            .mount("mounted", Echo)
            .group("bare", |group| group.get("/", Echo))
            .fallback(async |_: Inject<Till>| ()),
    );
    for part in [
        "route GET /a (",
        "route GET books (",
        "route GET /{open (",
        "no `",
        "the method TRACE",
        "write `%3F`",
        "mount `mounted`",
        "group `bare`",
        "fallback",
    ] {
        assert_eq!(
            lines.iter().filter(|line| line.contains(part)).count(),
            match part {
                "no `" => 3,
                "route GET books (" => 2,
                _ => 1,
            },
            "{part}: {lines:#?}"
        );
    }
    assert_eq!(lines.len(), 10, "{lines:#?}");
    assert!(lines.iter().all(|line| line.contains("boot.rs:")), "{lines:#?}");
}

#[test]
fn a_conflict_names_both_places() {
    for (first, second) in [
        ("/same", "/same"),
        ("/{a}", "/{b}"),
        ("/{*a}", "/{b}"),
        ("/{a}.json", "/{b}.json"),
        ("/x/{a}/y", "/x/{b}/y"),
    ] {
        let lines = problems(Router::new().get(first, Echo).get(second, Echo));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(first) && lines[0].contains(second), "{lines:?}");
        assert_eq!(lines[0].matches("boot.rs:").count(), 2, "{lines:?}");
    }
}

#[test]
fn a_conflict_over_groups_is_found() {
    let lines = problems(
        Router::new().get("/g/{id}", Echo).group("/g", |group| group.get("/{name}", Echo)),
    );
    assert!(lines.len() == 1 && lines[0].contains("conflicts with /g/{id}"), "{lines:?}");
}

#[test]
fn a_missing_service_does_not_hide_a_conflict() {
    async fn needs(_: Inject<Catalogue>) {}
    let lines = problems(Router::new().get("/{a}", needs).get("/{b}", Echo));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("Catalogue` in the container") && lines[0].contains("GET /{a}"));
    assert!(lines[1].contains("conflicts with /{a}"), "{lines:?}");
}

#[test]
fn a_service_that_is_there_is_bound_once() {
    async fn needs(catalogue: Inject<Catalogue>) -> String {
        format!("{:?}", *catalogue)
    }
    let container = Container::builder().instance(Catalogue).build().unwrap();
    assert!(Router::new().get("/", needs).build(&container).is_ok());
}

#[test]
fn a_name_belongs_to_one_path() {
    let lines = problems(
        Router::new()
            .get("/a", Echo)
            .name("x")
            .post("/a", Echo)
            .name("x")
            .get("/b", Echo)
            .name("x"),
    );
    assert_eq!(lines.len(), 1, "the methods of a path may share its name: {lines:?}");
    assert!(lines[0].contains("name `x`"), "{lines:?}");
    assert_eq!(lines[0].matches("boot.rs:").count(), 2, "{lines:?}");
}

#[test]
fn a_name_stands_right_after_its_route() {
    for router in [
        Router::new().name("x"),
        Router::new().get("/", Echo).group("/g", |group| group).name("x"),
        Router::new().get("/", Echo).mount("/m", Echo).name("x"),
        Router::new().get("/", Echo).name("y").name("x"),
    ] {
        let lines = problems(router);
        assert!(lines.len() == 1 && lines[0].contains("right after its route"), "{lines:?}");
    }
}

#[test]
fn bad_patterns_are_told() {
    for (pattern, problem) in [
        ("/{a}-{b}", "at most one parameter"),
        ("/{a}/{a}", "stands twice"),
        ("/{*a}/b", "stands last"),
        ("/1/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "at most 8"),
    ] {
        let lines = problems(Router::new().get(pattern, Echo));
        assert!(lines.len() == 1 && lines[0].contains(problem), "{lines:?}");
    }
}

#[test]
fn a_group_has_no_policy_for_slashes_and_one_fallback() {
    let lines = problems(
        Router::new()
            .group("/g", |group| group.trailing_slash(TrailingSlash::Ignore).fallback(Echo))
            .group("/g", |group| group.fallback(Echo)),
    );
    assert!(lines[0].contains("policy for trailing slashes"), "{lines:?}");
    assert!(lines[1].contains("fallback /g (") && lines[1].contains("there already"), "{lines:?}");
    assert_eq!(lines[1].matches("boot.rs:").count(), 2, "{lines:?}");
}

#[test]
fn routes_are_listed_in_order() {
    let routes = build(
        Router::new()
            .get("/", Echo)
            .group("/g", |group| group.post("/{id}", async |_: Path<u8>| ()).name("g.id"))
            .any("/any", Echo),
    );
    let listed: Vec<_> = routes
        .routes()
        .iter()
        .map(|route| {
            assert!(route.place.file().ends_with("boot.rs"));
            let method = route.method.as_ref().map_or("ANY", Method::as_str);
            format!("{method} {} {}", route.path, route.name.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(listed, ["GET / -", "ANY /any -", "POST /g/{id} g.id"]);
}
