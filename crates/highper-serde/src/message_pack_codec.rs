//! MessagePack.

use highper_core::bytes::Bytes;
use highper_core::http::HeaderValue;
use highper_core::{Codec, CodecError};
use rmp::Marker;
use rmp_serde::decode::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::buffer::write_bytes;
use crate::excerpt::excerpt;
use crate::message_pack_scan;

/// The most levels of arrays and maps in a document that is read: 128, as in JSON.
pub const MAX_MESSAGE_PACK_DEPTH: usize = 128;

/// MessagePack. Structs are written as maps with the names of their fields, so that clients in any
/// language can read them.
///
/// Reads `application/msgpack`, `application/vnd.msgpack` and `application/x-msgpack`. Before a value
/// is built the whole document is checked: declared lengths against the bytes that came, its depth
/// against [`MAX_MESSAGE_PACK_DEPTH`], and that nothing follows it.
///
/// # Example
/// ```
/// # use highper_core::Codec;
/// # use highper_serde::MessagePackCodec;
/// assert_eq!(MessagePackCodec::encode(&["a", "b"]).unwrap(), &b"\x92\xa1a\xa1b"[..]);
/// let error = MessagePackCodec::decode::<Vec<u8>>(b"\xdd\xff\xff\xff\xff").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "malformed MessagePack: byte 0 announces 4294967295 values and 0 bytes follow"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessagePackCodec;

impl Codec for MessagePackCodec {
    const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/msgpack");

    fn reads(media_type: &str) -> bool {
        matches!(
            media_type,
            "application/msgpack" | "application/vnd.msgpack" | "application/x-msgpack"
        )
    }

    #[inline]
    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, CodecError> {
        write_bytes(|buffer| {
            value.serialize(&mut rmp_serde::Serializer::new(buffer).with_struct_map())
        })
        .map_err(CodecError::unencodable)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
        // rmp-serde alone would not do: it counts no levels in enums, and does not see what follows.
        message_pack_scan::check(bytes).map_err(|problem| {
            CodecError::malformed(format!("malformed MessagePack: {problem}"))
        })?;
        rmp_serde::from_slice(bytes).map_err(|error| explained::<T>(bytes, &error))
    }
}

/// Reads once more, to find out which field it was: noting the way costs too much to do it always.
#[cold]
fn explained<T: DeserializeOwned>(bytes: &[u8], error: &Error) -> CodecError {
    let mut message = excerpt(&describe(error)).into_owned();
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    if let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer)
        && error.path().iter().len() > 0
    {
        let path = error.path().to_string();
        message.insert_str(0, &format!("`{}`: ", excerpt(&path)));
    }
    match error {
        Error::Utf8Error(_) => CodecError::malformed(message),
        _ => CodecError::mismatched(message),
    }
}

/// The message of an error in words that need no knowledge of the library.
fn describe(error: &Error) -> String {
    match error {
        Error::TypeMismatch(marker) => format!("{} is of the wrong type here", name(*marker)),
        Error::LengthMismatch(length) => format!("wrong number of values, expected {length}"),
        Error::OutOfRange => "the number is out of range".to_owned(),
        Error::Utf8Error(error) => format!("the text is not UTF-8: {error}"),
        other => other.to_string(),
    }
}

/// What a marker begins, in the words of the format's specification.
fn name(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "nil",
        Marker::True | Marker::False => "a boolean",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "binary data",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::F32 | Marker::F64 => "a float",
        Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 => "an extension",
        Marker::FixExt16 | Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => "an extension",
        _ => "an integer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Book {
        title: String,
        pages: Vec<u16>,
    }

    #[test]
    fn a_struct_is_a_map_with_names() {
        let book = Book { title: "Dune".to_owned(), pages: vec![412] };
        let bytes = MessagePackCodec::encode(&book).unwrap();
        assert_eq!(bytes, &b"\x82\xa5title\xa4Dune\xa5pages\x91\xcd\x01\x9c"[..]);
        assert_eq!(MessagePackCodec::decode::<Book>(&bytes).unwrap(), book);
    }

    #[test]
    fn the_wrong_shape_names_the_field() {
        let error =
            MessagePackCodec::decode::<Book>(b"\x82\xa5title\xa4Dune\xa5pages\x92\x01\xa1x");
        let error = error.unwrap_err();
        assert!(error.is_mismatched());
        assert_eq!(error.to_string(), "`pages[1]`: a string is of the wrong type here");
    }

    #[test]
    fn text_that_is_not_utf8_is_malformed() {
        let error = MessagePackCodec::decode::<Book>(b"\x81\xa5title\xa1\xff").unwrap_err();
        assert!(error.is_malformed());
        assert!(error.to_string().starts_with("`title`: the text is not UTF-8"), "{error}");
    }

    #[test]
    fn what_follows_a_document_is_an_error() {
        let error = MessagePackCodec::decode::<u8>(b"\x01\x02").unwrap_err();
        assert!(error.is_malformed());
        assert_eq!(error.to_string(), "malformed MessagePack: the document ends at byte 1 of 2");
    }
}
