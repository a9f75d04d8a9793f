//! The path of a request as the name of a file, or a refusal.

use percent_encoding::percent_decode_str;

/// A relative path of plain segments, joined by `/`: percent-decoded once, with nothing in it that
/// leads out of a directory or to a hidden file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestPath {
    name: String,
    is_directory: bool,
}

impl RequestPath {
    /// Reads what stands after the prefix, percent-encoded as it arrived.
    ///
    /// None for what no file is served for: see [`is_plain`], and separators that were encoded.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        if raw.len() > MAX_PATH_BYTES {
            return None;
        }
        let raw = raw.strip_prefix('/').unwrap_or(raw);
        let (raw, is_directory) = match raw.strip_suffix('/') {
            Some(rest) if !rest.is_empty() => (rest, true),
            _ => (raw, raw.is_empty()),
        };
        let mut name = String::with_capacity(raw.len());
        for segment in raw.split('/').filter(|_| !raw.is_empty()) {
            let segment = percent_decode_str(segment).decode_utf8().ok()?;
            if !is_plain(&segment) {
                return None;
            }
            if !name.is_empty() {
                name.push('/');
            }
            name.push_str(&segment);
        }
        Some(Self { name, is_directory })
    }

    /// The path below the root; empty for the root itself.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True if the path ends in a slash, or is the root.
    pub(crate) fn is_directory(&self) -> bool {
        self.is_directory
    }

    /// True if the last segment has an extension: no page of an application, but a file.
    pub(crate) fn has_extension(&self) -> bool {
        self.name.rsplit('/').next().is_some_and(|last| last.contains('.'))
    }

    /// The path of something in this directory.
    pub(crate) fn join(&self, child: &str) -> String {
        if self.name.is_empty() { child.to_owned() } else { format!("{}/{child}", self.name) }
    }
}

/// True for a segment that may be served: no `.` or `..`, no hidden file but `.well-known` (RFC 8615),
/// no separator of any system, no control character, no stream or device of Windows. These are refused
/// everywhere, so that a site does not change with the machine that it runs on.
pub(crate) fn is_plain(segment: &str) -> bool {
    let is_hidden = segment.starts_with('.') && segment != ".well-known";
    let has_foreign =
        segment.chars().any(|each| each.is_control() || matches!(each, '/' | '\\' | ':'));
    // Windows drops these, so that `index.html.` would be another name of `index.html`.
    let has_dropped = segment.ends_with(['.', ' ']);
    !segment.is_empty() && !is_hidden && !has_foreign && !has_dropped && !is_device(segment)
}

/// The devices that Windows has in every directory, with any extension.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end();
    let is_named =
        ["con", "prn", "aux", "nul"].iter().any(|device| stem.eq_ignore_ascii_case(device));
    let is_numbered = stem.len() == 4
        && stem.is_char_boundary(3)
        && ["com", "lpt"].iter().any(|device| stem[..3].eq_ignore_ascii_case(device))
        && stem.as_bytes()[3].is_ascii_digit();
    is_named || is_numbered
}

/// As long as the paths that Linux takes (`PATH_MAX`).
const MAX_PATH_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> Option<String> {
        RequestPath::parse(raw).map(|path| path.name)
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(name("/a/b.css").as_deref(), Some("a/b.css"));
        assert_eq!(name("a%20b.txt").as_deref(), Some("a b.txt"));
        assert_eq!(name("/50%25.txt").as_deref(), Some("50%.txt"));
        assert_eq!(name("/a%252e").as_deref(), Some("a%2e"));
        assert_eq!(name("/caf%C3%A9").as_deref(), Some("café"));
        assert_eq!(name("/.well-known/acme").as_deref(), Some(".well-known/acme"));
    }

    #[test]
    fn a_slash_at_the_end_is_a_directory() {
        let path = RequestPath::parse("/docs/").unwrap();
        assert!(path.is_directory() && path.name() == "docs" && path.join("x") == "docs/x");
        let root = RequestPath::parse("/").unwrap();
        assert!(root.is_directory() && root.name().is_empty() && root.join("x") == "x");
        assert!(!RequestPath::parse("/docs").unwrap().is_directory());
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for raw in [
            "/../x",
            "/a/../x",
            "/a/..",
            "/..",
            "/.",
            "/./a",
            "/%2e%2e/x",
            "/%2E./x",
            "/.%2e/x",
            "/a%2fb",
            "/a%2F..%2Fb",
            "/..%2fx",
            "//x",
            "/a//b",
            "///",
            "//",
            "/a%00",
            "/a%0a",
            "/a\\b",
            "/a%5cb",
            "/%5c..%5cx",
            "/.git/config",
            "/a/.env",
            "/.well-known2/a",
            "/c:/x",
            "/c%3a",
            "/file.txt::$DATA",
            "/nul",
            "/NUL.txt",
            "/a/com1.css",
            "/lpt9",
            "/aux.js",
            "/x.",
            "/x%20",
            "/%ff",
            "/%c0%ae%c0%ae/x",
            "/%e0%80%af",
        ] {
            assert_eq!(name(raw), None, "{raw}");
        }
        assert_eq!(name(&"a".repeat(MAX_PATH_BYTES + 1)), None);
        assert!(
            name("/comet.css").is_some() && name("/com.css").is_some() && name("/a..b").is_some()
        );
    }
}
