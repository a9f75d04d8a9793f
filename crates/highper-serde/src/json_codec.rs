//! JSON (RFC 8259).

use highper_core::bytes::Bytes;
use highper_core::http::HeaderValue;
use highper_core::{Codec, CodecError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::buffer::write_bytes;
use crate::excerpt::excerpt;

/// JSON (RFC 8259). Reads `application/json` and every `application/…+json`.
///
/// Documents that nest deeper than 128 levels are malformed, and so is whatever follows the first
/// document. An error names the field, the line and the column.
///
/// # Example
/// ```
/// # use highper_core::Codec;
/// # use highper_serde::JsonCodec;
/// assert_eq!(JsonCodec::encode(&["a", "b"]).unwrap(), r#"["a","b"]"#);
/// let error = JsonCodec::decode::<Vec<u8>>(b"[1,\n2,300]").unwrap_err();
/// assert_eq!(error.to_string(), "`[2]`: invalid value: integer `300`, expected u8 at line 2 column 5");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonCodec;

impl Codec for JsonCodec {
    const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/json");

    fn reads(media_type: &str) -> bool {
        media_type
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
    }

    #[inline]
    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, CodecError> {
        write_bytes(|buffer| serde_json::to_writer(buffer, value)).map_err(CodecError::unencodable)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
        serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            Category::Data => mismatched::<T>(bytes, &error),
            _ if bytes.is_empty() => CodecError::malformed("malformed JSON: there is no body"),
            _ => CodecError::malformed(format!("malformed JSON: {}", describe(&error))),
        })
    }
}

/// Reads once more, to find out which field it was: noting the way costs too much to do it always.
#[cold]
fn mismatched<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> CodecError {
    let description = describe(error);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) if error.path().iter().len() > 0 => {
            let path = error.path().to_string();
            CodecError::mismatched(format!("`{}`: {description}", excerpt(&path)))
        }
        _ => CodecError::mismatched(description),
    }
}

/// The message of an error, bounded without losing the place at its end.
fn describe(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place) {
        Some(message) => format!("{}{place}", excerpt(message)),
        None => excerpt(&message).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Book {
        #[allow(dead_code)]
        prices: Vec<BTreeMap<String, u32>>,
    }

    fn message(json: &[u8]) -> String {
        JsonCodec::decode::<Book>(json).unwrap_err().to_string()
    }

    #[test]
    fn the_wrong_shape_names_field_and_place() {
        assert_eq!(
            message(br#"{"prices":[{"eur":1},{"usd":"x"}]}"#),
            r#"`prices[1].usd`: invalid type: string "x", expected u32 at line 1 column 31"#
        );
        assert_eq!(message(b"{}"), "missing field `prices` at line 1 column 2");
    }

    #[test]
    fn malformed_is_told_from_mismatched() {
        let error = JsonCodec::decode::<Book>(br#"{"prices":[}"#).unwrap_err();
        assert!(error.is_malformed());
        assert_eq!(error.to_string(), "malformed JSON: expected value at line 1 column 12");
        assert!(JsonCodec::decode::<Book>(b"[]").unwrap_err().is_mismatched());
        assert!(JsonCodec::decode::<()>(b"null null").unwrap_err().is_malformed());
        assert!(JsonCodec::decode::<String>(b"\"\xff\"").unwrap_err().is_malformed());
        assert_eq!(message(b""), "malformed JSON: there is no body");
    }

    #[test]
    fn a_long_text_is_not_sent_back_whole() {
        let message = message(format!(r#"{{"prices":"{}"}}"#, "y".repeat(100_000)).as_bytes());
        assert!(message.len() < 500, "{message}");
        assert!(message.ends_with(" at line 1 column 100012"), "{message}");
    }

    #[test]
    fn json_is_known_by_its_names() {
        for name in ["application/json", "application/problem+json", "application/vnd.api+json"] {
            assert!(JsonCodec::reads(name), "{name}");
        }
        for name in ["text/json", "application/jsonx", "application/x-json", "application/"] {
            assert!(!JsonCodec::reads(name), "{name}");
        }
    }
}
