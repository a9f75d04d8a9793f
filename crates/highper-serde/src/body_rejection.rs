//! Why a body could not be read as a value.

use std::borrow::Cow;
use std::fmt;

use highper_core::http::header::{ACCEPT, CONTENT_TYPE};
use highper_core::http::{HeaderValue, StatusCode};
use highper_core::{BodyError, CodecError, Error, FieldValue, IntoResponse, Request, Response};

use crate::excerpt::excerpt;

/// Why a body could not be read as a value.
///
/// Answers 415 for a content type that is not read here (with an `Accept` that names those that are:
/// RFC 9110, section 15.5.16), 413 and others for a body that could not be read to its end, 400 for a
/// malformed one, 422 for one of the wrong shape.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyRejection {
    /// The content type is missing or not one that is read here.
    MediaType {
        /// The content types that are read here, as a list for `Accept`.
        accepted: HeaderValue,
        /// The content type of the request, if it has one.
        found: Option<HeaderValue>,
    },
    /// The body could not be read to its end.
    Body(BodyError),
    /// The body is malformed, or not of the shape that was asked for.
    Codec(CodecError),
}

/// Holds the content type of a request against those that are read.
pub(crate) fn require(
    request: &Request,
    reads: impl FnOnce(&str) -> bool,
    accepted: HeaderValue,
) -> Result<(), BodyRejection> {
    let found = request.header(CONTENT_TYPE);
    match found.and_then(media_type) {
        Some(media_type) if reads(&media_type) => Ok(()),
        _ => Err(BodyRejection::MediaType { accepted, found: found.map(FieldValue::to_value) }),
    }
}

/// The media type of a content type: in lower case, without parameters.
pub(crate) fn media_type(content_type: FieldValue<'_>) -> Option<Cow<'_, str>> {
    let text = content_type.to_str().ok()?;
    let media_type = text.split(';').next().unwrap_or_default().trim();
    Some(if media_type.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(media_type.to_ascii_lowercase())
    } else {
        Cow::Borrowed(media_type)
    })
}

impl fmt::Display for BodyRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaType { accepted, found } => {
                let accepted = accepted.to_str().unwrap_or_default();
                match found {
                    Some(found) => {
                        let found = String::from_utf8_lossy(found.as_bytes());
                        write!(f, "the content type `{}` is not read here", excerpt(&found))?;
                    }
                    None => f.write_str("the body has no content type")?,
                }
                write!(f, ": send {accepted}")
            }
            Self::Body(error) => error.fmt(f),
            Self::Codec(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BodyRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::MediaType { .. } => None,
            Self::Body(error) => error.source(),
            Self::Codec(error) => error.source(),
        }
    }
}

impl From<BodyError> for BodyRejection {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<CodecError> for BodyRejection {
    fn from(error: CodecError) -> Self {
        Self::Codec(error)
    }
}

impl IntoResponse for BodyRejection {
    fn into_response(self) -> Response {
        let message = self.to_string();
        match self {
            Self::MediaType { accepted, .. } => {
                Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
                    .with_code("unsupported_media_type")
                    .with_header(ACCEPT, accepted)
                    .into_response()
            }
            Self::Body(error) => error.into_response(),
            Self::Codec(error) => error.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_read_without_case_and_parameters() {
        let value = HeaderValue::from_static("Application/JSON ; charset=utf-8");
        assert_eq!(media_type((&value).into()).as_deref(), Some("application/json"));
        assert_eq!(media_type((&HeaderValue::from_bytes(b"text/\xff").unwrap()).into()), None);
    }

    #[test]
    fn a_wrong_content_type_is_told_what_is_read_here() {
        let request = Request::post("/", "x").with_header("content-type", "text/plain");
        let accepted = HeaderValue::from_static("application/json");
        let response = require(&request, |_| false, accepted).unwrap_err().into_response();
        assert_eq!(response.status(), 415);
        assert_eq!(response.header("accept").unwrap(), "application/json");
        assert_eq!(
            response.error().unwrap().message(),
            "the content type `text/plain` is not read here: send application/json"
        );
    }
}
