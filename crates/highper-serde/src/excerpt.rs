//! Text of clients inside of messages, bounded.

use std::borrow::Cow;

/// The most characters of a client's text that a message repeats.
pub(crate) const MAX_EXCERPT: usize = 200;

/// `text`, cut after [`MAX_EXCERPT`] characters: nobody is sent a megabyte of their own back.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(excerpt("short"), "short");
        let cut = excerpt(&"é".repeat(1000)).into_owned();
        assert_eq!(cut.chars().count(), MAX_EXCERPT + 1);
        assert!(cut.ends_with('…'));
    }
}
