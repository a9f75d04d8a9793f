//! Errors as the client wants to see them.

use std::fmt::Write;

use highper_core::http::HeaderValue;
use highper_core::{Error, ErrorContext, ErrorRenderer, Problem, RenderedError};

use crate::negotiate;

/// Shows errors as problem details (RFC 9457) in JSON or MessagePack, as a small HTML page, or as text,
/// whichever the client prefers by `Accept`; in JSON where it has no wish, or only unknown ones.
///
/// Status, title, message, code and the id of the error are told; the private cause and the place never
/// are. A page tells no code, since codes are for machines.
///
/// # Example
/// ```
/// # use highper_core::{Error, ErrorContext, ErrorRenderer, http::HeaderValue};
/// # use highper_serde::ProblemRenderer;
/// let accept = HeaderValue::from_static("text/html, */*;q=0.8");
/// let error = Error::not_found("there is no book <7>");
/// let page = ProblemRenderer.render(&error, &ErrorContext::new(Some(&accept)));
/// assert_eq!(page.content_type, "text/html; charset=utf-8");
/// assert!(page.body.windows(17).any(|text| text == b"no book &lt;7&gt;"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProblemRenderer;

/// What there is, the preferred one first.
const OFFERS: [(&str, Shape); 7] = [
    ("application/problem+json", Shape::Json),
    ("application/json", Shape::Json),
    ("text/html", Shape::Html),
    ("application/msgpack", Shape::MessagePack),
    ("application/vnd.msgpack", Shape::MessagePack),
    ("application/x-msgpack", Shape::MessagePack),
    ("text/plain", Shape::Text),
];

#[derive(Clone, Copy)]
enum Shape {
    Json,
    Html,
    MessagePack,
    Text,
}

impl ErrorRenderer for ProblemRenderer {
    fn render(&self, error: &Error, context: &ErrorContext<'_>) -> RenderedError {
        let offers = OFFERS.map(|(media_type, _)| media_type);
        let chosen =
            negotiate(context.accept.map(Into::into), &offers).and_then(|index| OFFERS.get(index));
        let problem = Problem { id: context.id, ..Problem::from(error) };
        let (content_type, body) = match chosen.map_or(Shape::Json, |(_, shape)| *shape) {
            Shape::Json => ("application/problem+json", problem.to_json().into()),
            Shape::MessagePack => ("application/msgpack", message_pack(&problem).into()),
            Shape::Html => ("text/html; charset=utf-8", page(&problem).into()),
            Shape::Text => ("text/plain; charset=utf-8", text(&problem).into()),
        };
        RenderedError { content_type: HeaderValue::from_static(content_type), body }
    }
}

fn text(problem: &Problem<'_>) -> String {
    let id = problem.id.map(|id| format!(" (error {id})")).unwrap_or_default();
    format!("{} {}: {}{id}\n", problem.status.as_str(), problem.title(), problem.detail)
}

/// A page that loads nothing from anywhere.
fn page(problem: &Problem<'_>) -> String {
    let mut html = String::with_capacity(512 + problem.detail.len());
    let heading = format!("{} {}", problem.status.as_str(), problem.title());
    html.push_str(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>",
    );
    push_escaped(&mut html, &heading);
    html.push_str(
        "</title>\n<style>:root{color-scheme:light dark}\
         body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem}\
         p{overflow-wrap:anywhere}</style>\n<h1>",
    );
    push_escaped(&mut html, &heading);
    html.push_str("</h1>\n<p>");
    push_escaped(&mut html, problem.detail);
    if let Some(id) = problem.id {
        html.push_str("</p>\n<p>Error <code>");
        push_escaped(&mut html, id);
        html.push_str("</code>");
    }
    html.push_str("</p>\n</html>\n");
    html
}

fn push_escaped(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Nothing of the terminal or of the text direction is left to work on whoever reads this.
            control if control.is_control() && control != '\n' => {
                // Writing to a String cannot fail.
                let _ = write!(html, "\\u{{{:x}}}", u32::from(control));
            }
            other => html.push(other),
        }
    }
}

/// The same members as the JSON, as a map. Written here, because errors are told in MessagePack whether
/// or not the codec is compiled in.
fn message_pack(problem: &Problem<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(96 + problem.detail.len());
    bytes.push(0x83 + u8::from(problem.code.is_some()) + u8::from(problem.id.is_some()));
    push_text(&mut bytes, "title");
    push_text(&mut bytes, problem.title());
    push_text(&mut bytes, "status");
    bytes.push(0xcd);
    bytes.extend_from_slice(&problem.status.as_u16().to_be_bytes());
    push_text(&mut bytes, "detail");
    push_text(&mut bytes, problem.detail);
    if let Some(code) = problem.code {
        push_text(&mut bytes, "code");
        push_text(&mut bytes, code);
    }
    if let Some(id) = problem.id {
        push_text(&mut bytes, "id");
        push_text(&mut bytes, id);
    }
    bytes
}

/// A MessagePack string: one length byte of its own up to 31, else a length of 32 bits.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    match u32::try_from(text.len()) {
        Ok(length @ 0..=31) => bytes.push(0xa0 | length as u8),
        Ok(length) => {
            bytes.push(0xdb);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => return push_text(bytes, ""),
    }
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use highper_core::bytes::Bytes;

    use super::*;

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn render(accept: &'static str, error: &Error) -> (HeaderValue, Bytes) {
        let accept = HeaderValue::from_static(accept);
        let rendered = ProblemRenderer.render(error, &ErrorContext::new(Some(&accept)));
        (rendered.content_type, rendered.body)
    }

    #[test]
    fn the_client_chooses_the_shape() {
        for (accept, expected) in [
            ("", "application/problem+json"),
            ("*/*", "application/problem+json"),
            ("application/*", "application/problem+json"),
            ("application/json, text/plain, */*", "application/problem+json"),
            ("application/problem+json", "application/problem+json"),
            ("image/png", "application/problem+json"),
            (BROWSER, "text/html; charset=utf-8"),
            ("text/*", "text/html; charset=utf-8"),
            ("text/plain", "text/plain; charset=utf-8"),
            ("application/x-msgpack", "application/msgpack"),
        ] {
            let (content_type, _) = render(accept, &Error::not_found("x"));
            assert_eq!(content_type, expected, "{accept}");
        }
    }

    #[test]
    fn no_shape_tells_the_cause() {
        let error = Error::internal("password=hunter2").with_code("db_down");
        for accept in ["*/*", BROWSER, "text/plain", "application/msgpack"] {
            let (_, body) = render(accept, &error);
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(!body.contains("hunter2"), "{body}");
            assert!(!body.contains("problem_renderer.rs"), "{body}");
            assert!(body.contains("something went wrong here"), "{body}");
        }
    }

    #[test]
    fn every_shape_tells_the_id_of_the_error() {
        for accept in ["*/*", BROWSER, "text/plain", "application/msgpack"] {
            let accept = HeaderValue::from_static(accept);
            let mut context = ErrorContext::new(Some(&accept));
            context.id = Some("4f2a");
            let body = ProblemRenderer.render(&Error::internal("x"), &context).body;
            assert!(String::from_utf8_lossy(&body).contains("4f2a"), "{accept:?}: {body:?}");
        }
    }

    #[test]
    fn a_page_runs_nothing_of_what_the_client_sent() {
        let error = Error::bad_request("<script>alert('1')</script>\u{1b}[31m \"a\" & b");
        let (_, body) = render(BROWSER, &error);
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains(
                "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\\u{1b}[31m &quot;a&quot; &amp; b</p>"
            ),
            "{body}"
        );
    }

    #[test]
    fn message_pack_holds_the_same_members() {
        let (_, body) =
            render("application/msgpack", &Error::not_found("é".repeat(20)).with_code("x"));
        let mut expected = b"\x84\xa5title\xa9Not Found\xa6status\xcd\x01\x94\xa6detail".to_vec();
        expected.extend_from_slice(b"\xdb\0\0\0\x28");
        expected.extend_from_slice("é".repeat(20).as_bytes());
        expected.extend_from_slice(b"\xa4code\xa1x");
        assert_eq!(body, expected);
    }
}
