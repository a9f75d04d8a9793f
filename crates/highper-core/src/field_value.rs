//! The value of a header field, read where it stands.

use std::error::Error;
use std::fmt;
use std::str::Utf8Error;

use http::HeaderValue;

/// The value of a header field of a request, without the white space around it (RFC 9110, section 5.5).
///
/// # Example
/// ```
/// # use highper_core::Request;
/// let request = Request::get("/").with_header("accept", "text/html");
/// let accept = request.header("Accept").unwrap();
/// assert_eq!(accept, "text/html");
/// assert_eq!(accept.to_str().unwrap().split_once('/'), Some(("text", "html")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldValue<'a>(&'a [u8]);

impl<'a> FieldValue<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they came.
    #[must_use]
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The value as text.
    ///
    /// # Errors
    /// If the peer sent what is not UTF-8.
    #[inline]
    pub fn to_str(self) -> Result<&'a str, Utf8Error> {
        std::str::from_utf8(self.0)
    }

    /// True if there is nothing but a name.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// A copy to be kept.
    #[must_use]
    pub fn to_value(self) -> HeaderValue {
        // What came as a value is one: control characters are refused with the request.
        HeaderValue::from_bytes(self.0).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// A value of one's own: visible characters, spaces, tabs, and whatever is not ASCII (RFC 9110, section
/// 5.5).
impl<'a> TryFrom<&'a [u8]> for FieldValue<'a> {
    type Error = InvalidFieldValue;

    #[inline]
    fn try_from(bytes: &'a [u8]) -> Result<Self, InvalidFieldValue> {
        // Without a branch for each byte many are looked at at once.
        let is_allowed = |byte: u8| (byte >= b' ' && byte != 0x7F) | (byte == b'\t');
        let all = bytes.iter().fold(true, |all, &byte| all & is_allowed(byte));
        if all { Ok(Self(bytes)) } else { Err(InvalidFieldValue(())) }
    }
}

/// Bytes that cannot be the value of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidFieldValue(());

impl fmt::Display for InvalidFieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a header field has no control characters but tabs: take them out")
    }
}

impl Error for InvalidFieldValue {}

impl<'a> From<&'a HeaderValue> for FieldValue<'a> {
    #[inline]
    fn from(value: &'a HeaderValue) -> Self {
        Self(value.as_bytes())
    }
}

impl From<FieldValue<'_>> for HeaderValue {
    fn from(value: FieldValue<'_>) -> Self {
        value.to_value()
    }
}

impl PartialEq<str> for FieldValue<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for FieldValue<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<HeaderValue> for FieldValue<'_> {
    fn eq(&self, other: &HeaderValue) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
