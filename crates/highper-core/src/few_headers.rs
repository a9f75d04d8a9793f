//! The headers of an answer that has no map of them.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};

/// Headers of an answer, each of another name. Most answers have a content type and hardly anything else: no map is
/// made for that.
///
/// # Example
/// ```
/// # use highper_core::{Response, http::{HeaderName, HeaderValue}};
/// let mut response = Response::typed(HeaderValue::from_static("text/plain"), "hello");
/// response.set_header(&HeaderName::from_static("x-a"), HeaderValue::from_static("b"));
/// let few = response.few_headers().unwrap();
/// assert_eq!(few.content_type().unwrap(), "text/plain");
/// assert_eq!(few.others()[0].1, "b");
/// ```
#[derive(Debug, Default)]
pub struct FewHeaders {
    content_type: Option<HeaderValue>,
    others: Vec<(HeaderName, HeaderValue)>,
}

impl FewHeaders {
    /// The content type.
    #[must_use]
    #[inline]
    pub fn content_type(&self) -> Option<&HeaderValue> {
        self.content_type.as_ref()
    }

    /// All others.
    #[must_use]
    #[inline]
    pub fn others(&self) -> &[(HeaderName, HeaderValue)] {
        &self.others
    }

    /// The value of a header, by its name in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&HeaderValue> {
        if CONTENT_TYPE.as_str().eq_ignore_ascii_case(name) {
            return self.content_type();
        }
        let mut others = self.others.iter();
        others.find(|(known, _)| known.as_str().eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn set_content_type(&mut self, value: HeaderValue) {
        self.content_type = Some(value);
    }

    #[inline]
    pub(crate) fn set(&mut self, name: &HeaderName, value: HeaderValue) {
        if *name == CONTENT_TYPE {
            self.content_type = Some(value);
        } else if let Some((_, known)) = self.others.iter_mut().find(|(known, _)| known == name) {
            *known = value;
        } else {
            self.others.push((name.clone(), value));
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let content_type = self.content_type.iter().map(|value| (&CONTENT_TYPE, value));
        content_type.chain(self.others.iter().map(|(name, value)| (name, value)))
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.content_type = None;
        self.others.clear();
    }
}
