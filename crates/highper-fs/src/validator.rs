//! Entity tags and dates of files, and the conditions that requests make on them.

use std::time::{Duration, SystemTime};

use highper_core::{FieldValue, Request};
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderValue, Method};

/// What tells one state of a representation from another.
#[derive(Clone, Debug)]
pub(crate) struct Validator {
    pub(crate) tag: HeaderValue,
    /// None where there is no date: files in the program.
    pub(crate) modified: Option<SystemTime>,
    pub(crate) last_modified: Option<HeaderValue>,
}

/// What the conditions of a request come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Go,
    NotModified,
    Failed,
}

impl Validator {
    /// A tag of the time of the last change, with its nanoseconds, and of the size.
    ///
    /// Strong, because two states with the same tag would have to be written within one tick of the
    /// clock of the file system (4 ms at most on Linux) and be of the same size; and while that can
    /// still happen, until [`SETTLED`] after the change, the tag is weak. Who sets times back by hand
    /// (`touch -d`, archives without times) and keeps the size is not noticed.
    pub(crate) fn of_file(modified: SystemTime, size: u64, suffix: &str, now: SystemTime) -> Self {
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let weak = if is_settled(modified, now) { "" } else { "W/" };
        let tag =
            format!("{weak}\"{:x}.{:x}-{size:x}{suffix}\"", since.as_secs(), since.subsec_nanos());
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since.min(LAST_SECOND));
        Self {
            tag: HeaderValue::try_from(tag).unwrap_or(NO_TAG),
            modified: Some(modified),
            last_modified: HeaderValue::try_from(date).ok(),
        }
    }

    /// A tag of the bytes themselves.
    pub(crate) fn of_bytes(bytes: &[u8], suffix: &str) -> Self {
        let tag = format!("\"{:032x}{suffix}\"", fnv1a(bytes));
        Self {
            tag: HeaderValue::try_from(tag).unwrap_or(NO_TAG),
            modified: None,
            last_modified: None,
        }
    }

    /// Judges the conditions in the order of RFC 9110, section 13.2.2.
    pub(crate) fn judge(&self, request: &Request) -> Verdict {
        if has(request, IF_MATCH) {
            if !self.is_listed(request, &IF_MATCH, is_strong_match) {
                return Verdict::Failed;
            }
        } else if let Some(date) = date(request, IF_UNMODIFIED_SINCE)
            && self.is_after(date)
        {
            return Verdict::Failed;
        }
        if has(request, IF_NONE_MATCH) {
            if self.is_listed(request, &IF_NONE_MATCH, is_weak_match) {
                return Verdict::NotModified;
            }
        } else if let Some(date) = date(request, IF_MODIFIED_SINCE)
            && self.modified.is_some()
            && !self.is_after(date)
        {
            return Verdict::NotModified;
        }
        Verdict::Go
    }

    /// True if the `Range` of a request counts: there is no `If-Range`, or it names this very state
    /// (RFC 9110, section 13.1.5: strong comparison; a date must be the same, not only later).
    pub(crate) fn allows_range(&self, request: &Request) -> bool {
        let Some(condition) = request.header(IF_RANGE) else {
            return *request.method() == Method::GET;
        };
        if *request.method() != Method::GET {
            return false;
        }
        let is_tag =
            condition.as_bytes().starts_with(b"\"") || condition.as_bytes().starts_with(b"W/");
        if is_tag {
            return is_strong_match(condition.as_bytes(), self.tag.as_bytes());
        }
        // While the tag is weak the date is too: the file may change again within its second.
        !self.tag.as_bytes().starts_with(b"W/")
            && Some(condition) == self.last_modified.as_ref().map(FieldValue::from)
    }

    fn is_listed(
        &self,
        request: &Request,
        name: &http::HeaderName,
        is_match: fn(&[u8], &[u8]) -> bool,
    ) -> bool {
        let lists = request.header_all(name.as_str());
        let mut tags = lists.flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
        // Our tags hold no comma, so that a tag which does is cut in two, and neither half is ours.
        tags.any(|tag| tag.trim_ascii() == b"*" || is_match(tag.trim_ascii(), self.tag.as_bytes()))
    }

    /// Dates in HTTP have whole seconds.
    fn is_after(&self, date: SystemTime) -> bool {
        self.modified.is_some_and(|modified| {
            modified.duration_since(date).is_ok_and(|later| later >= Duration::from_secs(1))
        })
    }
}

/// True once a file cannot change any more without a change of its time.
pub(crate) fn is_settled(modified: SystemTime, now: SystemTime) -> bool {
    now.duration_since(modified).is_ok_and(|age| age >= SETTLED)
}

fn has(request: &Request, name: impl AsRef<str>) -> bool {
    request.header(name).is_some()
}

/// A date that cannot be read is none (RFC 9110, section 13.1.3).
fn date(request: &Request, name: impl AsRef<str>) -> Option<SystemTime> {
    httpdate::parse_http_date(request.header(name)?.to_str().ok()?).ok()
}

fn is_strong_match(one: &[u8], other: &[u8]) -> bool {
    one == other && !one.starts_with(b"W/")
}

fn is_weak_match(one: &[u8], other: &[u8]) -> bool {
    let opaque = |tag| <[u8]>::strip_prefix(tag, b"W/").unwrap_or(tag);
    opaque(one) == opaque(other)
}

/// FNV-1a of 128 bits: it tells versions of one's own files apart, and need not withstand anybody.
fn fnv1a(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// File systems that keep whole seconds, or two (FAT), have had their tick by then.
const SETTLED: Duration = Duration::from_secs(2);

/// The last second of the year 9999: `httpdate` writes no later date.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Matches nothing but itself, weakly; never sent, since tags are ASCII.
const NO_TAG: HeaderValue = HeaderValue::from_static("W/\"0\"");
