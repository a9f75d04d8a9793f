//! What a client accepts, and what it gets.

use highper_core::http::HeaderValue;
use highper_core::{FromRequest, Request};
use highper_serde::{Format, MAX_MEDIA_RANGES, negotiate};

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const PLAIN: &str = "text/plain";
const LEVEL_1: &str = "text/html;level=1";

fn chosen<'a>(accept: &str, offers: &[&'a str]) -> Option<&'a str> {
    let accept = HeaderValue::from_str(accept).unwrap();
    negotiate(Some((&accept).into()), offers).map(|index| offers[index])
}

#[test]
fn the_table() {
    for (accept, offers, expected) in [
        // No wish.
        ("", &[JSON, HTML][..], Some(JSON)),
        ("*/*", &[JSON, HTML], Some(JSON)),
        // Quality before order, order of the offers at the same quality.
        ("application/json;q=0.5, text/html", &[JSON, HTML], Some(HTML)),
        ("text/html, application/json", &[JSON, HTML], Some(JSON)),
        ("text/html;q=0.999, application/json;q=1.0", &[HTML, JSON], Some(JSON)),
        // The most specific range decides.
        ("text/*;q=0.3, text/html;q=0.1, */*;q=0.2", &[HTML, JSON, PLAIN], Some(PLAIN)),
        ("*/*, application/json;q=0.1", &[JSON, HTML], Some(HTML)),
        ("text/html, */*", &[JSON, HTML], Some(HTML)),
        // Refused.
        ("application/json;q=0", &[JSON], None),
        ("*/*, application/json;q=0", &[JSON, HTML], Some(HTML)),
        ("application/json;q=0.000, */*;q=0.001", &[JSON, HTML], Some(HTML)),
        ("text/*;q=0, text/html", &[PLAIN, HTML], Some(HTML)),
        ("*/*;q=0", &[JSON], None),
        ("image/*", &[JSON, HTML], None),
        // Parameters (the example of RFC 9110, section 12.5.1).
        ("text/html;level=1, text/html;q=0.7", &[HTML, LEVEL_1], Some(LEVEL_1)),
        ("text/html;level=2, text/plain;q=0.1", &[LEVEL_1, PLAIN], Some(PLAIN)),
        ("text/html;LEVEL=\"1\"", &[LEVEL_1], Some(LEVEL_1)),
        ("application/json; charset=utf-8", &[JSON], Some(JSON)),
        // Case, spaces, empty elements, parameters after the quality.
        (" Application/JSON ; Q=0.5 ,, TEXT/html;q=0.4", &[HTML, JSON], Some(JSON)),
        ("application/json;q=0.5;ext=1;q=0", &[JSON], Some(JSON)),
        ("application/json;;q=0.5;", &[JSON], Some(JSON)),
        ("text/x;p=\"a,application/json\"", &[JSON], None),
        // Malformed ranges are ignored.
        ("json, text/html", &[JSON, HTML], Some(HTML)),
        ("*/json, text/html", &[JSON, HTML], Some(HTML)),
        ("application/json;q=2, text/html", &[JSON, HTML], Some(HTML)),
        ("application/json;q=, text/html", &[JSON, HTML], Some(HTML)),
        ("application/js on, text/html", &[JSON, HTML], Some(HTML)),
        ("garbage", &[JSON, HTML], Some(JSON)),
        ("a/b/c", &[JSON], Some(JSON)),
        ("text/html", &[], None),
        ("", &[], None),
    ] {
        assert_eq!(chosen(accept, offers), expected, "{accept} for {offers:?}");
    }
}

#[test]
fn a_browser_gets_a_page_and_a_program_gets_data() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    assert_eq!(chosen(browser, &[JSON, HTML]), Some(HTML));
    assert_eq!(chosen("application/json, text/plain, */*", &[JSON, HTML]), Some(JSON));
}

#[test]
fn ranges_beyond_the_bound_are_ignored() {
    let within = format!("{}application/json", "a/b,".repeat(MAX_MEDIA_RANGES - 1));
    assert_eq!(chosen(&within, &[JSON]), Some(JSON));
    let beyond = format!("{}application/json", "a/b,".repeat(MAX_MEDIA_RANGES));
    assert_eq!(chosen(&beyond, &[JSON]), None);
}

#[test]
fn bytes_that_are_no_text_spoil_only_their_own_range() {
    let accept = HeaderValue::from_bytes(b"text/\xff, text/html").unwrap();
    assert_eq!(negotiate(Some((&accept).into()), &[JSON, HTML]), Some(1));
}

async fn format_for(lines: &[&'static str]) -> Result<&'static str, u16> {
    let mut request = Request::get("/");
    for line in lines {
        request = request.with_header("accept", line);
    }
    let format = Format::from_request(&(), &mut request).await;
    format.map(Format::content_type).map_err(|error| error.status().as_u16())
}

#[tokio::test]
async fn a_format_is_found_by_accept() {
    for (lines, expected) in [
        (&[][..], Ok("application/json")),
        (&["*/*"], Ok("application/json")),
        (&["application/msgpack"], Ok("application/msgpack")),
        (&["application/x-msgpack"], Ok("application/x-msgpack")),
        (&["application/vnd.msgpack, application/json;q=0.9"], Ok("application/vnd.msgpack")),
        (&["application/json;q=0.1, application/msgpack;q=0.2"], Ok("application/msgpack")),
        (&["text/html", "application/msgpack"], Ok("application/msgpack")),
        (&["text/html"], Err(406)),
        (&["application/json;q=0"], Err(406)),
        (&["text/html", "text/plain"], Err(406)),
    ] {
        assert_eq!(format_for(lines).await, expected, "{lines:?}");
    }
}

#[tokio::test]
async fn a_refusal_lists_what_there_is_and_varies() {
    let mut request = Request::get("/").with_header("accept", "image/png");
    let error = Format::from_request(&(), &mut request).await.unwrap_err();
    assert_eq!(error.code(), Some("not_acceptable"));
    assert!(error.message().contains("application/json and application/msgpack"));
    let response = highper_core::IntoResponse::into_response(error);
    assert_eq!(response.header("vary").unwrap(), "accept");
}
