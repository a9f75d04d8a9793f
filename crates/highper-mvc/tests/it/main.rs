//! What developers, programs and attackers get to see of an error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod formats;

mod page;

mod secrets;

use highper_core::http::HeaderValue;
use highper_core::{Error, ErrorContext, ErrorRenderer, Request};
use highper_mvc::DebugRenderer;

/// What a browser accepts.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Content type and body.
fn render(
    renderer: &DebugRenderer,
    error: &Error,
    accept: &'static str,
    request: Option<&Request>,
) -> (String, Vec<u8>) {
    let accept = HeaderValue::from_static(accept);
    let mut context = ErrorContext::new(Some(&accept));
    context.request = request;
    context.id = Some("4f2a9c");
    let rendered = renderer.render(error, &context);
    (rendered.content_type.to_str().unwrap().to_owned(), rendered.body.to_vec())
}

fn page(renderer: &DebugRenderer, error: &Error, request: Option<&Request>) -> String {
    let (content_type, body) = render(renderer, error, BROWSER, request);
    assert_eq!(content_type, "text/html; charset=utf-8");
    String::from_utf8(body).unwrap()
}
