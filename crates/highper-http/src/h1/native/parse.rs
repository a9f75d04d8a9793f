//! A request's head, parsed where it stands.

use std::mem::MaybeUninit;

use highper_core::{RawField, RawHead, RawRequest, RawTarget, Request};
use http::{Method, Uri, Version};

use super::chars::is_target;
use super::meaning::{Head, Meaning};
use super::plain_head::read_plain;
use crate::Limits;
use crate::h1::head::HeadScan;
use crate::h1::refusal::{Refusal, shown};
use crate::limits::MAX_HEADER_COUNT;

/// Parses the head that the first `read` bytes of `room` begin with, into a request and `head`; none as long as
/// it is not complete. More room than that is worth its memory: short heads are read faster.
///
/// Nearly all heads are [plain](read_plain). The parser of the others is `httparse`; what it lets pass and
/// this server does not is looked at after it. Whatever is not as it should be is read again by
/// [`HeadScan`], which knows how to say what is wrong.
#[inline]
pub(super) fn parse(
    room: &[u8],
    read: usize,
    limits: &Limits,
    head: &mut Head,
) -> Result<Option<Request>, Refusal> {
    if let Some(request) = read_plain(room, read, limits, head) {
        return Ok(Some(request));
    }
    let found = parse_any(&room[..read], limits)?;
    Ok(found.map(|(found, request)| {
        *head = found;
        request
    }))
}

/// A head of any form.
pub(super) fn parse_any(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, Request)>, Refusal> {
    if let [b'\r' | b'\n', ..] = bytes {
        return after_empty_line(bytes, limits);
    }
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
        [b'\r', b'\n', rest @ ..] => Ok(parse_any(rest, limits)?
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
    let offset = |part: &[u8]| (part.as_ptr().addr() - bytes.as_ptr().addr()) as u32;
    let (mut raw, mut meaning) = (RawRequest::new(), Meaning::new(is_http_10));
    for field in &*parsed.headers {
        let found = RawField {
            name: offset(field.name.as_bytes()),
            name_length: field.name.len() as u32,
            value: offset(field.value),
            value_length: field.value.len() as u32,
        };
        // The parser takes a line feed alone for the end of a line.
        let ends_line = bytes.get((found.name as usize).wrapping_sub(2)) == Some(&b'\r');
        if !ends_line || !meaning.take(bytes, &found) {
            return None;
        }
        raw.push(found);
    }
    let head = meaning.head(length)?;
    let target = match target_of(method, target) {
        Ok(target) => target,
        Err(refusal) => return Some(Err(refusal)),
    };
    let request = raw.finish(RawHead {
        method: method_of(method)?,
        version: if is_http_10 { Version::HTTP_10 } else { Version::HTTP_11 },
        target,
        bytes: &bytes[..length],
    });
    Some(Ok((head, request)))
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
    if target.starts_with('/') && is_target(target.as_bytes()) {
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
    let is_absolute = is_target(target.as_bytes())
        && (target.starts_with("http://") || target.starts_with("https://"));
    let uri = is_absolute.then(|| Uri::try_from(target).ok()).flatten()?;
    let authority = uri.authority()?;
    // User information in a target is there to deceive (RFC 9110, section 4.2.4).
    (!authority.as_str().contains('@') && !authority.host().is_empty())
        .then_some(RawTarget::Uri(uri))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::h1::head::BodyFraming;

    fn parsed(head: &str) -> Result<Option<(Head, Request)>, Refusal> {
        let mut found = Head::PLAIN;
        let request = parse(head.as_bytes(), head.len(), &Limits::default(), &mut found)?;
        Ok(request.map(|request| (found, request)))
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
            behind in "[a-z:\r\n ]{0,40}",
            missing in 0..20_usize,
        ) {
            let room = format!("{line}{}\r\n{behind}", lines.concat()).into_bytes();
            let read = room.len().saturating_sub(missing);
            let limits = Limits::default();
            let mut ours = Head::PLAIN;
            if let Some(mut request) = read_plain(&room, read, &limits, &mut ours) {
                let (theirs, mut other) = parse_any(&room[..read], &limits).unwrap().unwrap();
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
