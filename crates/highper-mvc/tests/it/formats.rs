//! What programs and terminals get.

use highper_core::{Error, Request};
use highper_mvc::DebugRenderer;
use serde_json::Value;

use crate::{BROWSER, render};

fn error() -> Error {
    Error::internal("no \u{0}<stock>\u{1b}[31m").with_code("no_stock")
}

fn json(renderer: &DebugRenderer) -> Value {
    serde_json::from_slice(&render(renderer, &error(), "application/json", None).1).unwrap()
}

#[test]
fn the_client_chooses_the_format() {
    for (accept, expected) in [
        (BROWSER, "text/html; charset=utf-8"),
        ("*/*", "application/problem+json"),
        ("", "application/problem+json"),
        ("image/png", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("application/xml", "application/xml; charset=utf-8"),
        ("text/xml", "application/xml; charset=utf-8"),
        ("application/msgpack", "application/msgpack"),
        ("text/plain", "text/plain; charset=utf-8"),
    ] {
        let (content_type, body) = render(&DebugRenderer::new(), &error(), accept, None);
        assert_eq!(content_type, expected, "{accept}");
        assert!(String::from_utf8_lossy(&body).contains("stock"), "{accept}");
    }
}

#[test]
fn a_terminal_gets_text_unless_it_asks_for_something() {
    let curl = Request::get("/").with_header("user-agent", "curl/8.5.0");
    let (content_type, body) = render(&DebugRenderer::new(), &error(), "*/*", Some(&curl));
    assert_eq!(content_type, "text/plain; charset=utf-8");
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with("error: no \\u{0}<stock>\\u{1b}[31m\n"), "{text}");
    assert!(
        text.contains("500 Internal Server Error, code no_stock, error 4f2a9c\nGET /\n"),
        "{text}"
    );
    assert!(text.contains("tests/it/formats.rs:"), "{text}");
    let (content_type, _) =
        render(&DebugRenderer::new(), &error(), "application/json", Some(&curl));
    assert_eq!(content_type, "application/problem+json");
}

#[test]
fn text_has_trace_and_causes_as_it_is_told() {
    let bare = DebugRenderer::new().trace_in_text(false).causes_in_text(false);
    let text = String::from_utf8(render(&bare, &error(), "text/plain", None).1).unwrap();
    assert!(!text.contains("formats.rs"), "{text}");
}

#[test]
fn json_has_the_members_of_problem_details_and_the_error() {
    let document = json(&DebugRenderer::new());
    assert_eq!(document["status"], 500);
    assert_eq!(document["detail"], "something went wrong here; it has been logged");
    assert_eq!((&document["code"], &document["id"]), (&"no_stock".into(), &"4f2a9c".into()));
    let error = document["error"].as_object().unwrap();
    assert_eq!(error["message"], "no \u{0}<stock>\u{1b}[31m");
    assert!(error["file"].as_str().unwrap().ends_with("tests/it/formats.rs"));
    assert!(error["line"].as_u64().unwrap() > 0 && error.contains_key("type"));
    assert!(!error.contains_key("trace"));
}

#[test]
fn json_has_the_trace_if_it_is_asked_for() {
    let document = json(&DebugRenderer::new().trace_for_machines(true));
    assert!(document["error"]["trace"][0]["file"].as_str().unwrap().ends_with("formats.rs"));
}

#[test]
fn json_api_has_a_list_of_errors() {
    let document = json(&DebugRenderer::new().json_api(true));
    assert_eq!(document["errors"][0]["message"], "no \u{0}<stock>\u{1b}[31m");
    assert!(document.get("error").is_none());
}

#[test]
fn message_pack_holds_the_same_as_json() {
    let (_, body) = render(&DebugRenderer::new(), &error(), "application/msgpack", None);
    let mut unpacked: Value = rmp_serde::from_slice(&body).unwrap();
    let mut document = json(&DebugRenderer::new());
    // Each was made at a line of its own.
    unpacked["error"]["line"].take();
    document["error"]["line"].take();
    assert_eq!(unpacked, document);
}

#[test]
fn xml_holds_the_same_in_characters_that_xml_allows() {
    let (_, body) = render(&DebugRenderer::new(), &error(), "application/xml", None);
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<problem>"), "{text}");
    assert!(text.contains("<message>no \u{fffd}&lt;stock&gt;\u{fffd}[31m</message>"), "{text}");
}
