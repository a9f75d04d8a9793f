//! Media types by extension.

use http::HeaderValue;

/// The media type of a file, by the end of its name; text is said to be UTF-8.
pub(crate) fn content_type(name: &str) -> HeaderValue {
    let raw = mime_infer::from_path(name).first_raw().unwrap_or("application/octet-stream");
    if !is_text(raw) {
        return HeaderValue::from_static(raw);
    }
    // JSON is UTF-8 by definition (RFC 8259) and has no such parameter.
    HeaderValue::try_from(format!("{raw}; charset=utf-8")).unwrap_or(HeaderValue::from_static(raw))
}

fn is_text(raw: &str) -> bool {
    raw.starts_with("text/") || raw.ends_with("/xml") || raw == "application/javascript"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf_8_and_what_is_unknown_is_bytes() {
        for (name, expected) in [
            ("a/style.css", "text/css; charset=utf-8"),
            ("index.html", "text/html; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("data.json", "application/json"),
            ("logo.svg", "image/svg+xml"),
            ("photo.avif", "image/avif"),
            ("font.woff2", "font/woff2"),
            ("module.wasm", "application/wasm"),
            ("README", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }
}
