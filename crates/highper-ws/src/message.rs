//! A message of a WebSocket.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

/// A message: text or bytes. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(Text),
    /// Bytes.
    Binary(Bytes),
}

/// Text without a copy of the bytes that it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Bytes);

impl Message {
    /// None where it is no UTF-8.
    pub(crate) fn text(bytes: Bytes) -> Option<Self> {
        str::from_utf8(&bytes).ok()?;
        Some(Self::Text(Text(bytes)))
    }

    /// The bytes of either.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => &text.0,
            Self::Binary(bytes) => bytes,
        }
    }

    /// The text; None for bytes.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // It was checked when it was made; to check again is what safe code costs.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(Text(text.into()))
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}
