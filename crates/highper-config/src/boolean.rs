//! The words for true and false in texts.

/// `true`, `1`, `yes`, `on`, or their opposites, in any case, with blanks around.
pub(crate) fn parse(text: &str) -> Option<bool> {
    let text = text.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["true", "1", "yes", "on"]) {
        return Some(true);
    }
    is_one_of(&["false", "0", "no", "off"]).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case_are_booleans_and_nothing_is_not() {
        assert_eq!(parse("TRUE"), Some(true));
        assert_eq!(parse("off"), Some(false));
        assert_eq!(parse(""), None);
        assert_eq!(parse("2"), None);
    }
}
