//! Text as HTML, which is text and nothing else.

use std::fmt;

use crate::debug::text::printable;

/// A text in HTML, in an element or in a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = printable(self.0);
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'', '`']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                _ => "&#96;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// A text in an HTML comment, which it cannot end.
pub(crate) fn comment(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Twice, for the hyphens that the first time puts side by side.
    let apart = escaped.replace("--", "-\u{200b}-").replace("--", "-\u{200b}-");
    format!("<!--\n{apart}\n-->\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_element_an_attribute_or_a_comment() {
        assert_eq!(
            Escaped("a<b c='`\">&\u{1b}\u{202e}").to_string(),
            "a&lt;b c=&#39;&#96;&quot;&gt;&amp;\\u{1b}\\u{202e}"
        );
        for text in ["-->", "--!>", "--", "----->", "->", ">", "--\u{0}>"] {
            let comment = comment(text);
            let inside = comment.strip_prefix("<!--").unwrap().strip_suffix("-->\n").unwrap();
            assert!(
                !inside.contains("--") && !inside.contains('>') && !inside.ends_with('-'),
                "{inside}"
            );
        }
    }
}
