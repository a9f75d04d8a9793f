//! What was chosen for the files of a handler.

use glob::{MatchOptions, Pattern};
use http::HeaderValue;

/// The choices that both sources share.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) is_precompressed: bool,
    pub(crate) cache_control: Vec<(Pattern, HeaderValue)>,
}

impl Rules {
    /// The first value whose pattern matches. A pattern without a slash is matched with the last segment.
    pub(crate) fn cache_control(&self, name: &str) -> Option<HeaderValue> {
        let last = name.rsplit('/').next().unwrap_or(name);
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        let rule = self.cache_control.iter().find(|(pattern, _)| {
            let subject = if pattern.as_str().contains('/') { name } else { last };
            pattern.matches_with(subject, options)
        });
        rule.map(|(_, value)| value.clone())
    }
}
