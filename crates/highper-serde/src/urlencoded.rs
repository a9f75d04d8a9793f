//! `application/x-www-form-urlencoded`: checked here, then read by `serde_qs`.

use std::borrow::Cow;

use highper_core::CodecError;
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use serde_qs::{Config, Deserializer, DuplicateKeyBehavior, Error};

use crate::excerpt::excerpt;

/// The most fields of a query or a form that are read: 1,000.
pub const MAX_FIELDS: usize = 1000;

/// The most levels of brackets in a key: 5, as in `a[b][c][d][e][f]`.
pub const MAX_FIELD_DEPTH: usize = 5;

/// What messages call the text and its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) whole: &'static str,
    pub(crate) part: &'static str,
}

const CONFIG: Config = Config::new()
    .max_depth(MAX_FIELD_DEPTH)
    .use_form_encoding(true)
    .duplicate_key_behavior(DuplicateKeyBehavior::Error);

/// Reads a value.
///
/// The library passes wrong percent-encoding through and takes what is too deep for a name with
/// brackets in it: both are refused here before it sees them.
pub(crate) fn decode<T: DeserializeOwned>(text: &[u8], words: Words) -> Result<T, CodecError> {
    check(text, words)?;
    let text = upper_case_brackets(text);
    CONFIG.deserialize_bytes(&text).map_err(|error| explained::<T>(&text, &error, words))
}

fn check(text: &[u8], words: Words) -> Result<(), CodecError> {
    let mut start = 0;
    let mut fields = 0;
    for field in text.split(|byte| *byte == b'&') {
        let key_length = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
        let key = field.get(..key_length).unwrap_or_default();
        let value = field.get(key_length + 1..).unwrap_or_default();
        let problem = check_encoding(key, start)
            .or_else(|| check_encoding(value, start + key_length + 1))
            .or_else(|| check_depth(key));
        if let Some(problem) = problem {
            let key = String::from_utf8_lossy(key);
            let part = words.part;
            return Err(CodecError::malformed(format!("{part} `{}`: {problem}", excerpt(&key))));
        }
        fields += usize::from(!field.is_empty());
        if fields > MAX_FIELDS {
            let whole = words.whole;
            return Err(CodecError::malformed(format!(
                "the {whole} has more than {MAX_FIELDS} fields"
            )));
        }
        start += field.len() + 1;
    }
    Ok(())
}

/// What is wrong with the encoding of a key or a value that begins at `start`.
fn check_encoding(text: &[u8], start: usize) -> Option<String> {
    let mut encoded = false;
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        encoded = true;
        let digits = text.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Some(format!("`%` at byte {} is not followed by two hex digits", start + at));
        }
    }
    let decoded: Cow<'_, [u8]> = if encoded { percent_decode(text).into() } else { text.into() };
    match std::str::from_utf8(&decoded) {
        Ok(_) => None,
        Err(_) => Some(format!("what begins at byte {start} is not UTF-8 once it is decoded")),
    }
}

fn check_depth(key: &[u8]) -> Option<String> {
    let depth = percent_decode(key).filter(|byte| *byte == b'[').count();
    (depth > MAX_FIELD_DEPTH)
        .then(|| format!("{depth} levels of brackets, and at most {MAX_FIELD_DEPTH} are read"))
}

/// The library knows encoded brackets in upper case only; both are the same (RFC 3986, section 2.1).
fn upper_case_brackets(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.windows(3).any(|three| three == b"%5b" || three == b"%5d") {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_vec();
    for at in 0..text.len().saturating_sub(2) {
        if text[at..].starts_with(b"%5b") || text[at..].starts_with(b"%5d") {
            text[at + 2].make_ascii_uppercase();
        }
    }
    Cow::Owned(text)
}

/// Reads once more, to find out which field it was: noting the way costs too much to do it always.
#[cold]
fn explained<T: DeserializeOwned>(text: &[u8], error: &Error, words: Words) -> CodecError {
    let description = error.to_string();
    let path = Deserializer::with_config(CONFIG, text)
        .ok()
        .and_then(|deserializer| serde_path_to_error::deserialize::<_, T>(deserializer).err())
        .and_then(|error| in_brackets(error.path()));
    let message = match path {
        Some(path) => format!("{} `{}`: {}", words.part, excerpt(&path), excerpt(&description)),
        None => format!("the {}: {}", words.whole, excerpt(&description)),
    };
    match error {
        Error::Parse(..) => CodecError::malformed(message),
        _ => CodecError::mismatched(message),
    }
}

/// The way to a field as a client writes it: `filter[price][min]`.
fn in_brackets(path: &Path) -> Option<String> {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    segments.reduce(|path, segment| format!("{path}[{segment}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words = Words { whole: "query", part: "query parameter" };

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Search {
        page: u32,
        tag: Vec<String>,
        exact: bool,
        title: Option<String>,
        limit: Option<u8>,
        filter: std::collections::BTreeMap<String, Range>,
        items: Vec<Range>,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Range {
        min: u32,
        max: Option<u32>,
    }

    fn search(text: &str) -> Search {
        decode(text.as_bytes(), WORDS).unwrap()
    }

    fn message(text: &[u8]) -> String {
        decode::<Search>(text, WORDS).unwrap_err().to_string()
    }

    #[test]
    fn repeated_keys_are_a_list() {
        let expected = ["a", "b c"];
        for text in
            ["tag=a&tag=b+c", "tag[]=a&tag[]=b%20c", "tag[0]=a&tag[1]=b+c", "tag%5b%5D=a&tag[]=b c"]
        {
            assert_eq!(search(text).tag, expected, "{text}");
        }
        assert_eq!(search("tag=a").tag, ["a"]);
        assert!(search("").tag.is_empty());
    }

    #[test]
    fn keys_nest() {
        let found = search(
            "filter[price][min]=3&filter%5Bprice%5D%5bmax%5d=9&items[0][min]=5&items[1][min]=6",
        );
        assert_eq!(found.filter["price"], Range { min: 3, max: Some(9) });
        assert_eq!(found.items.iter().map(|item| item.min).collect::<Vec<_>>(), [5, 6]);
    }

    #[test]
    fn plain_values_are_read_as_their_type() {
        let found = search("page=2&exact=true&title=&unknown=x&&");
        assert_eq!((found.page, found.exact, found.title.as_deref()), (2, true, Some("")));
        assert_eq!(search("title=a%26b%3Dc").title.as_deref(), Some("a&b=c"));
        assert_eq!(search("page=1").limit, None);
    }

    #[test]
    fn the_wrong_type_names_the_key() {
        assert_eq!(
            message(b"page=x"),
            r#"query parameter `page`: invalid type: string "x", expected u32"#
        );
        assert_eq!(
            message(b"filter[price][min]=-1"),
            r#"query parameter `filter[price][min]`: invalid type: string "-1", expected u32"#
        );
        assert_eq!(
            message(b"items[0][min]=x"),
            r#"query parameter `items[0][min]`: invalid type: string "x", expected u32"#
        );
    }

    #[test]
    fn one_value_given_twice_is_refused() {
        assert!(message(b"page=1&page=2").starts_with("query parameter `page`: multiple values"));
        assert!(
            message(b"title=1&title=2").starts_with("query parameter `title`: multiple values")
        );
    }

    #[test]
    fn wrong_encoding_is_refused_and_never_replaced() {
        for (text, expected) in [
            (
                &b"page=1&title=a%zz"[..],
                "query parameter `title`: `%` at byte 14 is not followed by two hex digits",
            ),
            (
                b"title=%2",
                "query parameter `title`: `%` at byte 6 is not followed by two hex digits",
            ),
            (b"a%=1", "query parameter `a%`: `%` at byte 1 is not followed by two hex digits"),
            (
                b"title=%ff",
                "query parameter `title`: what begins at byte 6 is not UTF-8 once it is decoded",
            ),
            (
                b"title=\xff",
                "query parameter `title`: what begins at byte 6 is not UTF-8 once it is decoded",
            ),
        ] {
            let error = decode::<Search>(text, WORDS).unwrap_err();
            assert!(error.is_malformed());
            assert_eq!(error.to_string(), expected);
        }
    }
}
