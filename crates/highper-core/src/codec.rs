//! Data formats.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{BoxError, Error, IntoResponse, Response};

/// A data format: values to bytes and back.
pub trait Codec: fmt::Debug + Copy + Default + Send + Sync + 'static {
    /// The media type that it writes.
    const CONTENT_TYPE: HeaderValue;

    /// True if a media type (lower case, without parameters) is one that it reads.
    fn reads(media_type: &str) -> bool;

    /// Writes a value.
    ///
    /// # Errors
    /// If the format cannot express the value.
    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, CodecError>;

    /// Reads a value.
    ///
    /// # Errors
    /// If the bytes are malformed, or do not have the shape of `T`; the error says where.
    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError>;
}

/// Bytes that are not what a format or a type asks for, or a value that a format cannot express.
#[derive(Debug)]
pub struct CodecError {
    kind: Kind,
    message: String,
    source: Option<BoxError>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Malformed,
    Mismatched,
    Unencodable,
}

impl CodecError {
    /// The bytes break the rules of the format.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self { kind: Kind::Malformed, message: message.into(), source: None }
    }

    /// The bytes are well-formed, and not of the shape that was asked for.
    #[must_use]
    pub fn mismatched(message: impl Into<String>) -> Self {
        Self { kind: Kind::Mismatched, message: message.into(), source: None }
    }

    /// The format cannot express the value.
    #[must_use]
    pub fn unencodable(source: impl Into<BoxError>) -> Self {
        let message = "the value cannot be written in this format".to_owned();
        Self { kind: Kind::Unencodable, message, source: Some(source.into()) }
    }

    /// True if the bytes break the rules of the format.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.kind == Kind::Malformed
    }

    /// The status and the word for machines, where the bytes are the client's.
    pub(crate) fn fault_of_client(&self) -> Option<(StatusCode, &'static str)> {
        match self.kind {
            Kind::Malformed => Some((StatusCode::BAD_REQUEST, "malformed_body")),
            Kind::Mismatched => Some((StatusCode::UNPROCESSABLE_ENTITY, "unexpected_body")),
            Kind::Unencodable => None,
        }
    }

    /// True if the bytes are well-formed, and not of the shape that was asked for.
    #[must_use]
    pub fn is_mismatched(&self) -> bool {
        self.kind == Kind::Mismatched
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// 400 for malformed bytes, 422 for the wrong shape, 500 for a value that cannot be written.
impl IntoResponse for CodecError {
    fn into_response(self) -> Response {
        Error::from(self).into_response()
    }
}
