//! URLs from names, and that they lead back.

use highper_core::http::{Method, Uri};
use highper_core::{Handler, Request};
use highper_router::{Path, Router, Routes};
use proptest::prelude::*;

use crate::support::{Echo, build, get};

fn shop() -> Routes {
    build(
        Router::new()
            .get("/", Echo)
            .name("home")
            .group("/books", |books| books.get("/{id}", Echo).name("books.show"))
            .get("/v{major}/{name}.json", async |Path(p): Path<Vec<String>>| p.join("\n"))
            .name("versions")
            .get("/files/{*path}", async |Path(path): Path<String>| path)
            .name("files")
            .get("/{{x}}/{*path}", Echo)
            .name("braces")
            .get("/one/{value}", async |Path(value): Path<String>| value)
            .name("one")
            .get("//{double}", Echo)
            .name("double")
            .get("/all/{*path}", Echo),
    )
}

#[test]
fn a_name_and_parameters_make_a_path() {
    for (name, parameters, url) in [
        ("home", &[][..], "/"),
        ("books.show", &[("id", "7")], "/books/7"),
        ("books.show", &[("id", "a b/ü?#%")], "/books/a%20b%2F%C3%BC%3F%23%25"),
        ("versions", &[("name", "n"), ("major", "2")], "/v2/n.json"),
        ("files", &[("path", "a/b c")], "/files/a/b%20c"),
        ("braces", &[("path", "a")], "/{x}/a"),
    ] {
        assert_eq!(shop().url(name, parameters).as_deref(), Ok(url));
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (name, parameters, problem) in [
        ("books.edit", &[][..], "no route is named `books.edit`"),
        ("books.show", &[], "the parameter `id` is missing"),
        ("books.show", &[("id", "")], "the parameter `id` is empty"),
        ("books.show", &[("id", "7"), ("page", "1")], "has no parameter `page`"),
        ("books.show", &[("id", "a\0b")], "`id` holds a NUL"),
        ("books.show", &[("id", "..")], "another address"),
        ("files", &[("path", "a/../../b")], "another address"),
        ("double", &[("double", "evil.test")], "another address"),
    ] {
        let error = shop().url(name, parameters).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

fn leads_back(name: &str, parameters: &[(&str, &str)]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let routes = shop();
    let url = routes.url(name, parameters).unwrap();
    runtime.block_on(get(&routes, &url))
}

fn is_dots(value: &str) -> bool {
    value.split('/').any(|segment| matches!(segment, "." | ".."))
}

proptest! {
    #[test]
    fn a_url_leads_back_to_its_value(value in "[^\\x00]{1,40}") {
        prop_assume!(!is_dots(&value) || value.contains('/'));
        prop_assert_eq!(leads_back("one", &[("value", &value)]), value);
    }

    #[test]
    fn a_url_leads_back_to_its_segments(value in "[^\\x00]{1,20}(/[^\\x00]{1,20}){0,3}") {
        prop_assume!(!is_dots(&value));
        prop_assert_eq!(leads_back("files", &[("path", &value)]), value);
    }

    #[test]
    fn a_url_leads_back_between_literals(major in "[a-z0-9%/ü]{1,9}", name in "[^\\x00/]{1,20}") {
        let expected = format!("{major}\n{name}");
        prop_assert_eq!(leads_back("versions", &[("major", &major), ("name", &name)]), expected);
    }

    /// Whatever comes is answered, and never by a fault of ours.
    #[test]
    fn any_path_is_answered(path in "/[!$-;=@-_a-z|~ü]{0,60}") {
        let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::new(Method::GET, uri);
        let status = runtime.block_on(shop().call(request)).status();
        prop_assert!([200, 400, 404].contains(&status.as_u16()), "{} for {}", status, path);
    }
}
