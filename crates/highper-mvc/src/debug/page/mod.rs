//! The page: one document that loads nothing from anywhere.

mod frames;

mod head;

mod tables;

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use crate::DebugRenderer;
use crate::debug::html::{Escaped, comment};
use crate::debug::incident::Incident;
use crate::debug::text;

/// The page. It runs nothing but its own script, and works without it.
pub(crate) fn page(incident: &Incident, renderer: &DebugRenderer) -> String {
    let mut html = String::with_capacity(64 * 1024);
    // Writing to a String cannot fail.
    let _ = write_page(&mut html, incident, renderer);
    html
}

fn write_page(
    html: &mut String,
    incident: &Incident,
    renderer: &DebugRenderer,
) -> std::fmt::Result {
    let plain = text::text(incident, &text::Options::default());
    let nonce = nonce();
    html.push_str(&comment(&plain));
    html.push_str("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n");
    html.push_str("<meta name=viewport content=\"width=device-width,initial-scale=1\">\n");
    write!(
        html,
        "<meta http-equiv=content-security-policy content=\"default-src 'none';style-src 'nonce-{nonce}';\
         script-src 'nonce-{nonce}';base-uri 'none';form-action 'none'\">\n\
         <meta name=referrer content=no-referrer>\n<meta name=robots content=noindex>\n<title>"
    )?;
    if let Some(cause) = incident.cause() {
        let first_line = cause.message.lines().next().unwrap_or_default();
        write!(html, "{}: {}", Escaped(cause.split_type().1), Escaped(first_line))?;
    }
    writeln!(html, "</title>\n<style nonce={nonce}>{STYLE}</style>\n</head>\n<body>")?;
    head::write(html, incident)?;
    html.push_str("<main>\n");
    frames::write(html, incident, renderer)?;
    tables::write(html, incident)?;
    writeln!(
        html,
        "<details class=card id=text><summary>As plain text</summary><pre id=plain>{}</pre></details>\n</main>",
        Escaped(&plain)
    )?;
    html.push_str(
        "<footer>Highper, in development: this page is not shown in production. \
         Secrets are masked by their names.</footer>\n",
    );
    writeln!(html, "<script nonce={nonce}>{SCRIPT}</script>\n</body>\n</html>")
}

/// A number for this page alone: markup that a client smuggles in cannot know it.
fn nonce() -> String {
    let random = || RandomState::new().hash_one(std::time::Instant::now());
    format!("{:016x}{:016x}", random(), random())
}

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
