//! The head of a request: kept as it arrived, or as the types of the `http` crate.

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri, Version};

use crate::field_value::FieldValue;
use crate::spare_headers::leave_spare;

/// A head that an engine has read and checked, without its fields; see
/// [`RawRequest`](crate::RawRequest).
#[derive(Debug)]
pub struct RawHead<'a> {
    /// The method.
    pub method: Method,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// The target.
    pub target: RawTarget<'a>,
    /// Bytes that hold all fields.
    pub bytes: &'a [u8],
}

/// What a request asks for (RFC 9112, section 3.2).
#[derive(Debug)]
pub enum RawTarget<'a> {
    /// A path without a query and with nothing percent-encoded, in characters that [`Uri`] takes.
    Path(&'a str),
    /// A path and perhaps a query, in such characters.
    Origin(&'a str),
    /// Any other form.
    Uri(Uri),
}

/// Where a header field stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawField {
    /// Where its name begins.
    pub name: u32,
    /// How long the name is, in bytes.
    pub name_length: u32,
    /// Where its value begins.
    pub value: u32,
    /// How long the value is, in bytes.
    pub value_length: u32,
}

impl RawField {
    /// Has it this name, in any case?
    #[inline]
    fn is(&self, name: &str, bytes: &[u8]) -> bool {
        self.name_length as usize == name.len()
            && self.name(bytes).iter().zip(name.bytes()).all(|(byte, known)| {
                // Most names are written as they are asked for, but for their first letters.
                *byte == known || byte.eq_ignore_ascii_case(&known)
            })
    }

    /// The name, in the bytes that the field stands in.
    #[must_use]
    #[inline]
    pub fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.name, self.name_length)
    }

    /// The value, in the bytes that the field stands in.
    #[must_use]
    #[inline]
    pub fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.value, self.value_length)
    }
}

#[inline]
fn slice(bytes: &[u8], at: u32, length: u32) -> &[u8] {
    bytes.get(at as usize..at as usize + length as usize).unwrap_or_default()
}

/// The head of a request.
///
/// Target and fields are each kept in one of two ways. Once there is a [`Uri`], or a [`HeaderMap`],
/// that is the truth; until then the bytes are.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) version: Version,
    target: String,
    /// Where in `target` the path ends.
    path_end: usize,
    /// Nothing in `target` is percent-encoded. False says nothing.
    is_unencoded: bool,
    uri: OnceLock<Uri>,
    bytes: Vec<u8>,
    fields: Vec<RawField>,
    headers: OnceLock<HeaderMap>,
}

impl Head {
    /// Takes a field that an engine has read.
    #[inline]
    pub(crate) fn push(&mut self, field: RawField) {
        self.fields.push(field);
    }

    /// How many fields an engine has read.
    #[inline]
    pub(crate) fn raw_field_count(&self) -> usize {
        self.fields.len()
    }

    /// Takes what else an engine has read.
    #[inline(always)]
    pub(crate) fn fill(&mut self, head: RawHead<'_>) {
        self.method = head.method;
        self.version = head.version;
        match head.target {
            RawTarget::Path(target) => {
                self.is_unencoded = true;
                self.target.push_str(target);
                self.path_end = target.len();
            }
            RawTarget::Origin(target) => {
                self.target.push_str(target);
                self.path_end =
                    target.bytes().position(|byte| byte == b'?').unwrap_or(target.len());
            }
            RawTarget::Uri(uri) => self.uri = OnceLock::from(uri),
        }
        self.bytes.extend_from_slice(head.bytes);
    }

    /// Takes the parts of the `http` crate.
    #[inline]
    pub(crate) fn set(&mut self, method: Method, version: Version, uri: Uri, headers: HeaderMap) {
        self.method = method;
        self.version = version;
        self.uri = OnceLock::from(uri);
        self.headers = OnceLock::from(headers);
    }

    /// Forgets everything and keeps the memory, unless it is much.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.method = Method::GET;
        self.version = Version::HTTP_11;
        self.uri.take();
        if let Some(headers) = self.headers.take() {
            leave_spare(headers);
        }
        if self.bytes.capacity() + self.target.capacity() > MAX_KEPT_BYTES {
            self.bytes = Vec::new();
            self.target = String::new();
        }
        if self.fields.capacity() > MAX_KEPT_FIELDS {
            self.fields = Vec::new();
        }
        self.bytes.clear();
        self.target.clear();
        self.path_end = 0;
        self.is_unencoded = false;
        self.fields.clear();
    }

    #[inline]
    pub(crate) fn path(&self) -> &str {
        match self.uri.get() {
            Some(uri) => uri.path(),
            // As most are.
            None if self.path_end == self.target.len() => &self.target,
            None => self.target.get(..self.path_end).unwrap_or_default(),
        }
    }

    #[inline]
    pub(crate) fn is_path_unencoded(&self) -> bool {
        self.is_unencoded && self.uri.get().is_none()
    }

    #[inline]
    pub(crate) fn query(&self) -> Option<&str> {
        match self.uri.get() {
            Some(uri) => uri.query(),
            None => self.target.get(self.path_end + 1..),
        }
    }

    /// The authority of an absolute target.
    #[inline]
    pub(crate) fn target_authority(&self) -> Option<&str> {
        self.uri.get()?.authority().map(http::uri::Authority::as_str)
    }

    pub(crate) fn uri(&self) -> &Uri {
        self.uri.get_or_init(|| Uri::try_from(self.target.as_str()).unwrap_or_default())
    }

    pub(crate) fn uri_mut(&mut self) -> &mut Uri {
        self.uri();
        match self.uri.get_mut() {
            Some(uri) => uri,
            None => unreachable!("it was made the line before"),
        }
    }

    #[inline]
    pub(crate) fn field(&self, name: &str) -> Option<FieldValue<'_>> {
        match self.headers.get() {
            Some(headers) => headers.get(name).map(FieldValue::from),
            None => self.raw_values(name).next(),
        }
    }

    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = FieldValue<'_>> {
        let mapped = self.headers.get().map(|headers| headers.get_all(name).iter());
        let raw = mapped.is_none().then(|| self.raw_values(name));
        mapped.into_iter().flatten().map(FieldValue::from).chain(raw.into_iter().flatten())
    }

    #[inline]
    fn raw_values(&self, name: &str) -> impl Iterator<Item = FieldValue<'_>> {
        self.fields
            .iter()
            .filter(move |field| field.is(name, &self.bytes))
            .map(|field| FieldValue::new(field.value(&self.bytes)))
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.headers.get_or_init(|| self.build_headers())
    }

    /// The values share one copy of the bytes.
    fn build_headers(&self) -> HeaderMap {
        let bytes = Bytes::copy_from_slice(&self.bytes);
        let mut headers = HeaderMap::with_capacity(self.fields.len());
        for field in &self.fields {
            let name = HeaderName::from_bytes(field.name(&bytes));
            let value = bytes.slice_ref(field.value(&bytes));
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(value)) {
                headers.append(name, value);
            }
        }
        headers
    }

    /// Makes `value` the only value of a field, in the form that the head has.
    #[inline]
    pub(crate) fn set_field(&mut self, name: &HeaderName, value: FieldValue<'_>) {
        if let Some(headers) = self.headers.get_mut() {
            headers.insert(name, value.to_value());
            return;
        }
        if self.fields.iter().any(|field| field.is(name.as_str(), &self.bytes)) {
            self.remove_raw(name);
        }
        let (at, name) = (self.bytes.len() as u32, name.as_str());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(value.as_bytes());
        self.fields.push(RawField {
            name: at,
            name_length: name.len() as u32,
            value: at + name.len() as u32,
            value_length: value.len() as u32,
        });
    }

    /// Removes all values of a field.
    #[inline]
    pub(crate) fn remove_field(&mut self, name: &HeaderName) {
        if let Some(headers) = self.headers.get_mut() {
            headers.remove(name);
            return;
        }
        if self.fields.iter().any(|field| field.is(name.as_str(), &self.bytes)) {
            self.remove_raw(name);
        }
    }

    /// Hardly ever is there one to remove: looking is much less than moving all others.
    #[cold]
    fn remove_raw(&mut self, name: &HeaderName) {
        let bytes = &self.bytes;
        self.fields.retain(|field| !field.is(name.as_str(), bytes));
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers();
        match self.headers.get_mut() {
            Some(headers) => headers,
            None => unreachable!("it was made the line before"),
        }
    }

    /// How many fields there are.
    pub(crate) fn field_count(&self) -> usize {
        self.headers.get().map_or(self.fields.len(), HeaderMap::len)
    }

    /// The parts of the `http` crate; what stays is blank.
    pub(crate) fn take(&mut self) -> (Method, Version, Uri, HeaderMap) {
        self.uri();
        self.headers();
        (
            std::mem::take(&mut self.method),
            self.version,
            self.uri.take().unwrap_or_default(),
            self.headers.take().unwrap_or_default(),
        )
    }
}

/// More memory than this is not kept for the next request: one odd request must not cost it for ever.
const MAX_KEPT_BYTES: usize = 8 * 1024;

/// As [`MAX_KEPT_BYTES`], of fields.
const MAX_KEPT_FIELDS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Head {
        let mut head = Head::default();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let (name, value) = line.trim_end().split_once(": ").unwrap();
            let value_at = at + name.len() + 2;
            head.push(RawField {
                name: at as u32,
                name_length: name.len() as u32,
                value: value_at as u32,
                value_length: value.len() as u32,
            });
            at += line.len();
        }
        head.fill(RawHead {
            method: Method::GET,
            version: Version::HTTP_11,
            target: RawTarget::Origin("/a?b=?"),
            bytes: text.as_bytes(),
        });
        head
    }

    #[test]
    fn fields_read_in_place_are_those_of_the_map() {
        let mut head = raw("Accept: a\nX-B: 1\naccept: b\n");
        let all =
            |head: &Head| head.fields("ACCEPT").map(|value| value.to_value()).collect::<Vec<_>>();
        let in_place = (all(&head), head.field("x-b").map(FieldValue::to_value));
        assert_eq!(in_place.0, ["a", "b"]);
        assert_eq!(head.headers().len(), 3);
        assert_eq!((all(&head), head.field("X-B").map(FieldValue::to_value)), in_place);
        assert_eq!(head.field("x-c"), None);

        head.headers_mut().remove("accept");
        assert_eq!(head.field("accept"), None, "what was changed counts");
    }

    #[test]
    fn a_field_set_or_removed_in_place_is_as_one_in_the_map() {
        let text = "Accept: a\nX-B: 1\naccept: b\nX-C: 2\n";
        let change = |head: &mut Head| {
            head.set_field(&http::header::ACCEPT, FieldValue::new(b"c"));
            head.set_field(&HeaderName::from_static("x-d"), FieldValue::new(b"3"));
            head.remove_field(&HeaderName::from_static("x-c"));
        };
        let (mut in_place, mut mapped) = (raw(text), raw(text));
        change(&mut in_place);
        mapped.headers();
        change(&mut mapped);
        assert_eq!(in_place.field("Accept").map(FieldValue::as_bytes), Some(&b"c"[..]));
        assert_eq!((in_place.field("x-c"), in_place.field_count()), (None, 3));
        assert_eq!(in_place.headers(), mapped.headers());
    }

    #[test]
    fn the_target_read_in_place_is_that_of_the_uri() {
        let mut head = raw("Accept: a\n");
        assert_eq!((head.path(), head.query()), ("/a", Some("b=?")));
        assert_eq!(head.uri(), "/a?b=?");
        assert_eq!((head.path(), head.query()), ("/a", Some("b=?")));
        *head.uri_mut() = Uri::from_static("/c");
        assert_eq!((head.path(), head.query()), ("/c", None));
    }

    #[test]
    fn a_path_alone_is_unencoded_until_it_is_another() {
        let mut head = Head::default();
        head.fill(RawHead {
            method: Method::GET,
            version: Version::HTTP_11,
            target: RawTarget::Path("/a"),
            bytes: b"",
        });
        assert_eq!((head.path(), head.query(), head.is_path_unencoded()), ("/a", None, true));
        *head.uri_mut() = Uri::from_static("/%62");
        assert_eq!((head.path(), head.is_path_unencoded()), ("/%62", false));
        assert!(!raw("Accept: a\n").is_path_unencoded());
    }

    #[test]
    fn nothing_of_one_request_is_left_for_the_next() {
        let mut head = raw("Cookie: secret\n");
        head.clear();
        assert!(!head.is_path_unencoded());
        assert_eq!(head.field("cookie"), None);
        assert!(head.headers().is_empty());
        assert_eq!(head.path(), "");
    }
}
