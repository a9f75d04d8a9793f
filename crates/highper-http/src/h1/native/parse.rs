//! A request's head, parsed where it stands.

use std::mem::MaybeUninit;

use highper_core::{Body, RawField, RawHead, RawTarget, Request};
use http::{Method, Uri, Version};

use super::plain_head::{PLAIN_FIELDS, PlainHead, ShortTarget};
use crate::Limits;
use crate::h1::head::{BodyFraming, HeadScan};
use crate::h1::host::is_host;
use crate::h1::refusal::{Refusal, shown};
use crate::limits::MAX_HEADER_COUNT;

/// What a head says about the connection, beside the request that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How many bytes it takes.
    pub(super) length: usize,
    pub(super) body: BodyFraming,
    pub(super) is_http_10: bool,
    /// Another request may come after this one (RFC 9112, section 9.3).
    pub(super) is_persistent: bool,
    /// The client waits for a 100 before it sends the body (RFC 9110, section 10.1.1).
    pub(super) expects_continue: bool,
    /// The connection may change to another protocol (RFC 9110, section 7.8).
    pub(super) upgrade: bool,
}

/// Parses the head that `bytes` begin with; none as long as it is not complete.
///
/// Nearly all heads are [plain](PlainHead). The parser of the others is `httparse`; what it lets pass and
/// this server does not is looked at after it. Whatever is not as it should be is read again by
/// [`HeadScan`], which knows how to say what is wrong.
#[inline]
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, Request)>, Refusal> {
    if let [b'\r' | b'\n', ..] = bytes {
        return after_empty_line(bytes, limits);
    }
    let mut fields = [RawField::default(); PLAIN_FIELDS];
    if let Some(plain) = PlainHead::read(bytes, &mut fields)
        && let Some(found) = of_plain(bytes, &plain, limits)
    {
        return Ok(Some(found));
    }
    parse_any(bytes, limits)
}

/// A head of the usual form, if it says nothing unusual either.
#[inline]
fn of_plain(bytes: &[u8], plain: &PlainHead<'_>, limits: &Limits) -> Option<(Head, Request)> {
    let fits = plain.length <= limits.header_size
        && plain.target.len() <= limits.target_size
        && plain.fields.len() <= limits.header_count;
    let mut meaning = Meaning::default();
    let is_clear =
        plain.fields.iter().all(|field| meaning.take(field.name(bytes), field.value(bytes)));
    if !fits || !is_clear {
        return None;
    }
    let head = meaning.head(plain.length)?;
    let mut short = ShortTarget::EMPTY;
    let raw = RawHead {
        method: plain.method.clone(),
        version: Version::HTTP_11,
        target: RawTarget::Origin(short.text(plain.target)?),
        bytes: &bytes[..plain.length],
        fields: plain.fields.iter().copied(),
    };
    Some((head, Request::from_raw(raw, Body::empty())))
}

/// A head of any form.
fn parse_any(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, Request)>, Refusal> {
    let mut space = [const { MaybeUninit::uninit() }; MAX_HEADER_COUNT];
    let mut parsed = httparse::Request::new(&mut []);
    match parsed.parse_with_uninit_headers(bytes, &mut space) {
        Ok(httparse::Status::Complete(length)) => checked(bytes, length, &parsed, limits)
            .map_or_else(|| refused(bytes, limits), |found| found.map(Some)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => refused(bytes, limits),
    }
}

/// One empty line before a request is passed over (RFC 9112, section 2.2).
#[cold]
fn after_empty_line(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, Request)>, Refusal> {
    match bytes {
        [b'\r', b'\n', b'\r' | b'\n', ..] | [b'\n', ..] => refused(bytes, limits),
        [b'\r', b'\n', rest @ ..] => Ok(parse(rest, limits)?
            .map(|(head, request)| (Head { length: head.length + 2, ..head }, request))),
        [b'\r', other, ..] if *other != b'\n' => refused(bytes, limits),
        _ => Ok(None),
    }
}

/// What is wrong with a head that is not as it should be; nothing yet, where the line that it is in has
/// not ended.
#[cold]
fn refused(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, Request)>, Refusal> {
    match HeadScan::default().scan(bytes, limits)? {
        None => Ok(None),
        Some(_) => Err(Refusal::bad("bad_request", "the request's head is malformed")),
    }
}

/// The request, if the head has lines that end in CR LF and fields that say no two things; none where
/// the slow way has to look; an error where that would not find it.
#[inline]
fn checked(
    bytes: &[u8],
    length: usize,
    parsed: &httparse::Request<'_, '_>,
    limits: &Limits,
) -> Option<Result<(Head, Request), Refusal>> {
    let (method, target) = (parsed.method?, parsed.path?);
    let is_http_10 = parsed.version? == 0;
    let fits = length <= limits.header_size
        && target.len() <= limits.target_size
        && parsed.headers.len() <= limits.header_count
        && bytes[..length].ends_with(b"\r\n\r\n");
    // CONNECT is refused for what it is, whatever its target.
    if !fits || method == "CONNECT" {
        return None;
    }
    let offset = |part: &[u8]| part.as_ptr().addr() - bytes.as_ptr().addr();
    let mut meaning = Meaning { is_http_10, ..Meaning::default() };
    for field in &*parsed.headers {
        let name = offset(field.name.as_bytes());
        // The parser takes a line feed alone for the end of a line.
        if bytes.get(name.wrapping_sub(2)) != Some(&b'\r')
            || !meaning.take(field.name.as_bytes(), field.value)
        {
            return None;
        }
    }
    let head = meaning.head(length)?;
    let target = match target_of(method, target) {
        Ok(target) => target,
        Err(refusal) => return Some(Err(refusal)),
    };
    let fields = parsed.headers.iter().map(|field| RawField {
        name: offset(field.name.as_bytes()) as u32,
        name_length: field.name.len() as u32,
        value: offset(field.value) as u32,
        value_length: field.value.len() as u32,
    });
    let raw = RawHead {
        method: method_of(method)?,
        version: if is_http_10 { Version::HTTP_10 } else { Version::HTTP_11 },
        target,
        bytes: &bytes[..length],
        fields,
    };
    Some(Ok((head, Request::from_raw(raw, Body::empty()))))
}

#[inline]
fn method_of(name: &str) -> Option<Method> {
    match name {
        "GET" => Some(Method::GET),
        "POST" => Some(Method::POST),
        name => Method::from_bytes(name.as_bytes()).ok(),
    }
}

/// The four forms of a target (RFC 9112, section 3.2); CONNECT has been refused.
#[inline]
fn target_of<'a>(method: &str, target: &'a str) -> Result<RawTarget<'a>, Refusal> {
    if target.starts_with('/') && target.bytes().all(|byte| IS_TARGET[usize::from(byte)]) {
        return Ok(RawTarget::Origin(target));
    }
    other_target(method, target).ok_or_else(|| {
        Refusal::bad(
            "bad_request_line",
            format!(
                "the request line has the malformed target {}: what is not allowed there is percent-encoded",
                shown(target.as_bytes())
            ),
        )
    })
}

#[cold]
fn other_target(method: &str, target: &str) -> Option<RawTarget<'static>> {
    if target == "*" {
        return (method == "OPTIONS").then(|| RawTarget::Uri(Uri::from_static("*")));
    }
    let is_absolute = target.bytes().all(|byte| IS_TARGET[usize::from(byte)])
        && (target.starts_with("http://") || target.starts_with("https://"));
    let uri = is_absolute.then(|| Uri::try_from(target).ok()).flatten()?;
    let authority = uri.authority()?;
    // User information in a target is there to deceive (RFC 9110, section 4.2.4).
    (!authority.as_str().contains('@') && !authority.host().is_empty())
        .then_some(RawTarget::Uri(uri))
}

/// What the fields that matter here say.
#[derive(Debug, Default)]
struct Meaning {
    is_http_10: bool,
    has_host: bool,
    length: Option<u64>,
    is_chunked: bool,
    close: bool,
    keep_alive: bool,
    connection_upgrade: bool,
    upgrade: bool,
    expects_continue: bool,
}

impl Meaning {
    /// False where the field is not as it should be.
    #[inline]
    fn take(&mut self, name: &[u8], value: &[u8]) -> bool {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match name.len() {
            4 if is("host") => self.host(value),
            6 if is("expect") => {
                self.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
                true
            }
            7 if is("upgrade") => {
                self.upgrade = !self.is_http_10;
                true
            }
            10 if is("connection") => {
                self.connection(value);
                true
            }
            14 if is("content-length") => self.content_length(value),
            17 if is("transfer-encoding") => {
                let is_first = !std::mem::replace(&mut self.is_chunked, true);
                is_first && !self.is_http_10 && value.eq_ignore_ascii_case(b"chunked")
            }
            _ => true,
        }
    }

    #[inline]
    fn host(&mut self, value: &[u8]) -> bool {
        let is_first = !std::mem::replace(&mut self.has_host, true);
        is_first && is_host(value)
    }

    fn content_length(&mut self, value: &[u8]) -> bool {
        let digits = std::str::from_utf8(value).ok();
        let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(length) = digits.and_then(|text| text.parse().ok()) else { return false };
        self.length.replace(length).is_none()
    }

    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|byte| *byte == b',') {
            let option = option.trim_ascii();
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.connection_upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }

    /// What all fields together say; none where they contradict each other.
    #[inline]
    fn head(&self, length: usize) -> Option<Head> {
        let body = self.body()?;
        Some(Head {
            length,
            body,
            is_http_10: self.is_http_10,
            is_persistent: self.is_persistent(),
            expects_continue: self.expects_continue && !self.is_http_10,
            upgrade: self.upgrade && self.connection_upgrade && body == BodyFraming::Length(0),
        })
    }

    fn is_persistent(&self) -> bool {
        !self.close && (!self.is_http_10 || self.keep_alive)
    }

    /// None where the body's end would be ambiguous, or there is no Host.
    #[inline]
    fn body(&self) -> Option<BodyFraming> {
        if !self.has_host && !self.is_http_10 {
            return None;
        }
        match (self.is_chunked, self.length) {
            (true, Some(_)) => None,
            (true, None) => Some(BodyFraming::Chunked),
            (false, length) => Some(BodyFraming::Length(length.unwrap_or(0))),
        }
    }
}

/// What may stand in a target: what RFC 3986 allows, and what browsers do not encode. Neither a
/// fragment nor anything that is not ASCII.
pub(super) const IS_TARGET: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = !matches!(byte as u8, b'"' | b'#' | b'<' | b'>' | b'`');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(head: &str) -> Result<Option<(Head, Request)>, Refusal> {
        parse(head.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_head_is_a_request_and_what_it_means_for_the_connection() {
        let text = "POST /a/b?c=%20 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\
            Expect: 100-continue\r\nConnection: x, Close\r\nX-A:  b \r\n\r\n";
        let (head, request) = parsed(&format!("{text}hello")).unwrap().unwrap();
        assert_eq!(head.length, text.len());
        assert_eq!(head.body, BodyFraming::Length(5));
        assert!(head.expects_continue && !head.is_persistent && !head.upgrade);
        assert_eq!(request.method(), Method::POST);
        assert_eq!((request.path(), request.query()), ("/a/b", Some("c=%20")));
        assert_eq!(request.header("x-a").unwrap(), "b");
        assert_eq!(request.authority(), Some("h:1"));
        for cut in 0..text.len() {
            assert!(parsed(&text[..cut]).unwrap().is_none(), "{cut}");
        }
    }

    #[test]
    fn persistence_depends_on_the_version() {
        let persistent = |head: &str| parsed(head).unwrap().unwrap().0.is_persistent;
        assert!(persistent("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(!persistent("GET / HTTP/1.0\r\n\r\n"));
        assert!(persistent("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
        assert!(persistent("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    }

    #[test]
    fn targets_are_read_strictly() {
        let path = |line: &str| {
            parsed(&format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n"))
                .map(|found| found.unwrap().1.uri().to_string())
                .map_err(|refusal| refusal.status.as_u16())
        };
        assert_eq!(path("GET /a[1]?b={|}"), Ok("/a[1]?b={|}".to_owned()));
        assert_eq!(path("OPTIONS *"), Ok("*".to_owned()));
        assert_eq!(path("GET http://b/c?d"), Ok("http://b/c?d".to_owned()));
        for bad in [
            "GET *",
            "GET a",
            "GET /a#b",
            "GET /\u{e4}",
            "GET http://",
            "GET ftp://a/",
            "GET http://u@a/",
        ] {
            assert_eq!(path(bad), Err(400), "{bad}");
        }
        assert_eq!(path("CONNECT a:80"), Err(501));
    }

    /// Lines that matter here, others, and what is no field at all.
    const FIELD: &str = concat!(
        "(Host: a|Content-Length: [0-9+]{1,3}|Transfer-Encoding: (chunked|gzip)",
        "|[A-Za-z-]{1,8}: ?[a-z,;=]{0,9}|[ \t:\r\nA-z]{0,6})(\r\n|\n|\r)",
    );

    proptest::proptest! {
        #[test]
        fn what_is_accepted_is_what_the_whole_scan_accepts(
            lines in proptest::collection::vec(FIELD, 0..6),
            line in "(GET|P<ST) /[a-z]{0,3} HTTP/1\\.[0-2](\r\n|\n)",
        ) {
            let head = format!("{line}{}\r\n", lines.concat());
            let whole = HeadScan::default().scan(head.as_bytes(), &Limits::default());
            match (parsed(&head), whole) {
                (Ok(None), Ok(None) | Err(_)) => {}
                (Ok(Some((head, _))), Ok(Some((length, body)))) => {
                    proptest::prop_assert_eq!(head.length, length);
                    proptest::prop_assert!(head.body == body || body == BodyFraming::Upgrade);
                }
                (Err(found), Err(refusal)) => proptest::prop_assert_eq!(found, refusal),
                (ours, whole) => proptest::prop_assert!(false, "{:?} {:?}", ours.map(|_| ()), whole),
            }
        }

        #[test]
        fn a_plain_head_is_what_the_whole_parser_reads(
            lines in proptest::collection::vec(FIELD, 0..6),
            line in "(GET|POST|PUT) /[ -~\r\n\u{e4}]{0,9} HTTP/1\\.[0-2](\r\n|\n)",
        ) {
            let head = format!("{line}{}\r\n", lines.concat());
            let (bytes, limits) = (head.as_bytes(), Limits::default());
            let mut fields = [RawField::default(); PLAIN_FIELDS];
            let plain = PlainHead::read(bytes, &mut fields);
            if let Some((ours, mut request)) = plain.and_then(|plain| of_plain(bytes, &plain, &limits)) {
                let (theirs, mut other) = parse_any(bytes, &limits).unwrap().unwrap();
                proptest::prop_assert_eq!(ours, theirs);
                proptest::prop_assert_eq!(request.method(), other.method());
                proptest::prop_assert_eq!(request.uri(), other.uri());
                proptest::prop_assert_eq!(request.headers_mut(), other.headers_mut());
            }
        }

        #[test]
        fn every_target_that_is_accepted_is_a_uri(target in "/[!-~]{0,12}") {
            if let Ok(RawTarget::Origin(target)) = target_of("GET", &target) {
                proptest::prop_assert_eq!(Uri::try_from(target).unwrap().to_string(), target);
            }
        }
    }
}
