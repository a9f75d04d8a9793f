//! Reads the head of a request line by line, as strictly as RFC 9112 allows a server to be.
//!
//! It does not parse a request: the engine does that. It finds where the head ends and how the body
//! is framed, and refuses whatever two parsers could understand differently.

use http::StatusCode;
use memchr::memchr;

use super::host::is_host;
use super::refusal::{Refusal, shown};
use crate::Limits;

/// How the body of a request is framed (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// No body, and the protocol may change after the answer (RFC 9110, section 7.8).
    Upgrade,
}

/// How far the head has been read.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    /// Where the first line that has not been read begins.
    at: usize,
    fields: usize,
    in_fields: bool,
    is_http_10: bool,
    hosts: u8,
    content_length: Option<u64>,
    chunked: bool,
    upgrade: bool,
}

impl HeadScan {
    /// Reads on in `bytes`, which begin where the head does. Gives the length of the head and the
    /// framing of the body once the head is complete.
    pub(crate) fn scan(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<(usize, BodyFraming)>, Refusal> {
        while let Some(end) = memchr(b'\n', &bytes[self.at..]) {
            let line = &bytes[self.at..self.at + end];
            let Some((b'\r', line)) = line.split_last() else {
                return Err(self.bare_line_feed());
            };
            self.at += end + 1;
            self.check_size(self.at, limits)?;
            if self.in_fields {
                if line.is_empty() {
                    return self.finish().map(|framing| Some((self.at, framing)));
                }
                self.field_line(line, limits)?;
            } else if line.is_empty() && self.at == 2 {
                // One empty line before a request is passed over (RFC 9112, section 2.2).
            } else {
                self.request_line(line, limits)?;
                self.in_fields = true;
            }
        }
        self.check_size(bytes.len(), limits)?;
        Ok(None)
    }

    fn check_size(&self, size: usize, limits: &Limits) -> Result<(), Refusal> {
        if size <= limits.header_size {
            return Ok(());
        }
        if !self.in_fields {
            return Err(target_too_long(limits));
        }
        Err(too_large(limits))
    }

    fn bare_line_feed(&self) -> Refusal {
        let place = match (self.in_fields, self.fields) {
            (false, _) => "the request line".to_owned(),
            (true, fields) => format!("header line {}", fields + 1),
        };
        Refusal::bad("bare_line_feed", format!("{place} ends in LF alone: lines end in CR LF"))
    }

    /// `method SP request-target SP HTTP-version` (RFC 9112, section 3).
    fn request_line(&mut self, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
        let malformed =
            |what: &str| Refusal::bad("bad_request_line", format!("the request line {what}"));
        let space = memchr(b' ', line).ok_or_else(|| malformed("has no target"))?;
        let (method, rest) = (&line[..space], &line[space + 1..]);
        if method.is_empty() || !method.iter().all(|byte| IS_TOKEN[usize::from(*byte)]) {
            return Err(malformed(&format!("begins with {}, which is no method", shown(method))));
        }
        let space = memchr(b' ', rest).ok_or_else(|| malformed("has no HTTP version"))?;
        let (target, version) = (&rest[..space], &rest[space + 1..]);
        if target.len() > limits.target_size {
            return Err(target_too_long(limits));
        }
        if target.is_empty() || has_control(target) || memchr(b'\t', target).is_some() {
            return Err(malformed(&format!("has the malformed target {}", shown(target))));
        }
        match version {
            b"HTTP/1.1" => {}
            b"HTTP/1.0" => self.is_http_10 = true,
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                let detail = format!(
                    "{} is not spoken here; HTTP/1.1, HTTP/1.0 and HTTP/2 are",
                    shown(version)
                );
                return Err(Refusal::bad("version_not_supported", detail)
                    .with_status(StatusCode::HTTP_VERSION_NOT_SUPPORTED));
            }
            _ => return Err(malformed(&format!("ends in {} instead of HTTP/1.1", shown(version)))),
        }
        if method == b"CONNECT" {
            return Err(connect_not_implemented());
        }
        Ok(())
    }

    /// `field-name ":" OWS field-value OWS` (RFC 9112, section 5).
    fn field_line(&mut self, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
        self.fields += 1;
        if self.fields > limits.header_count {
            return Err(too_many_fields(limits));
        }
        let end = line.iter().position(|byte| !IS_TOKEN[usize::from(*byte)]).unwrap_or(line.len());
        if line.get(end) != Some(&b':') || end == 0 {
            return Err(self.bad_name(line, end));
        }
        let (name, value) = (&line[..end], &line[end + 1..]);
        if has_control(value) {
            return Err(self.bad_field(name, "holds control characters"));
        }
        match end {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(value.trim_ascii()),
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.upgrade = !self.is_http_10;
                Ok(())
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                self.content_length(name, value.trim_ascii())
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.transfer_encoding(name, value.trim_ascii())
            }
            _ => Ok(()),
        }
    }

    fn bad_name(&self, line: &[u8], end: usize) -> Refusal {
        let number = self.fields;
        let detail = match line.get(end) {
            Some(b' ' | b'\t') if end == 0 => {
                format!(
                    "header line {number} begins with white space: line folding is obsolete (RFC 9112, 5.2)"
                )
            }
            Some(b' ' | b'\t') => {
                format!("header line {number}: white space after the name {}", shown(&line[..end]))
            }
            None => format!("header line {number}: {} has no colon", shown(line)),
            Some(_) if end == 0 => format!("header line {number}: the name is empty or malformed"),
            Some(byte) => {
                format!(
                    "header line {number}: {} may not be in a name",
                    shown(std::slice::from_ref(byte))
                )
            }
        };
        Refusal::bad("bad_header", detail)
    }

    fn bad_field(&self, name: &[u8], what: &str) -> Refusal {
        Refusal::bad("bad_header", format!("header line {}: {} {what}", self.fields, shown(name)))
    }

    /// RFC 9112, section 3.2: exactly one, and a valid one.
    fn host(&mut self, value: &[u8]) -> Result<(), Refusal> {
        self.hosts += 1;
        if self.hosts > 1 {
            return Err(Refusal::bad("bad_host", "there is more than one Host header"));
        }
        if !is_host(value) {
            return Err(Refusal::bad(
                "bad_host",
                format!("Host: {} is no host and port", shown(value)),
            ));
        }
        Ok(())
    }

    /// RFC 9112, section 6.3, and digits alone: `+5`, `5, 5` and a second field are refused.
    fn content_length(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if self.content_length.is_some() {
            return Err(self.bad_field(name, "stands twice"));
        }
        let digits = std::str::from_utf8(value)
            .ok()
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(length) = digits.and_then(|text| text.parse().ok()) else {
            return Err(self
                .bad_field(name, &format!("has the value {}, which is no length", shown(value))));
        };
        self.content_length = Some(length);
        Ok(())
    }

    /// RFC 9112, section 6.1: `chunked`, once, and not in HTTP/1.0.
    fn transfer_encoding(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if self.is_http_10 {
            return Err(self.bad_field(name, "does not belong into HTTP/1.0"));
        }
        if self.chunked {
            return Err(self.bad_field(name, "stands twice"));
        }
        if !value.eq_ignore_ascii_case(b"chunked") {
            let refusal =
                self.bad_field(name, &format!("is {}; only `chunked` is understood", shown(value)));
            return Err(refusal.with_status(StatusCode::NOT_IMPLEMENTED));
        }
        self.chunked = true;
        Ok(())
    }

    fn finish(&self) -> Result<BodyFraming, Refusal> {
        if self.hosts == 0 && !self.is_http_10 {
            return Err(Refusal::bad("bad_host", "there is no Host header: HTTP/1.1 requires one"));
        }
        match (self.chunked, self.content_length) {
            (true, Some(_)) => Err(Refusal::bad(
                "conflicting_framing",
                "both Content-Length and Transfer-Encoding are there: the body's end is ambiguous",
            )),
            (true, None) => Ok(BodyFraming::Chunked),
            (false, Some(length)) if length > 0 => Ok(BodyFraming::Length(length)),
            (false, _) if self.upgrade => Ok(BodyFraming::Upgrade),
            (false, _) => Ok(BodyFraming::Length(0)),
        }
    }

    /// True if nothing of a head has come yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.at == 0
    }
}

pub(crate) fn target_too_long(limits: &Limits) -> Refusal {
    let detail = format!("the target is longer than the {} bytes allowed here", limits.target_size);
    Refusal::bad("target_too_long", detail).with_status(StatusCode::URI_TOO_LONG)
}

pub(crate) fn too_large(limits: &Limits) -> Refusal {
    let size = limits.header_size;
    let detail = format!("the request's head is larger than the {size} bytes allowed here");
    Refusal::bad("header_too_large", detail)
        .with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

pub(crate) fn too_many_fields(limits: &Limits) -> Refusal {
    let detail = format!("more than the {} header fields allowed here", limits.header_count);
    Refusal::bad("too_many_headers", detail)
        .with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

pub(crate) fn connect_not_implemented() -> Refusal {
    Refusal::bad("method_not_implemented", "CONNECT: this server is no proxy")
        .with_status(StatusCode::NOT_IMPLEMENTED)
}

/// True if there is a control character other than a tab, looking at eight bytes at a time.
fn has_control(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The classic tests for a byte below n and for a zero byte; a tab is told apart afterwards.
    let suspicious = |word: u64| {
        let delete = word ^ (ONES * 0x7f);
        (word.wrapping_sub(ONES * 0x20) & !word | delete.wrapping_sub(ONES) & !delete) & HIGHS != 0
    };
    let slow =
        |bytes: &[u8]| bytes.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f);
    let (words, tail) = bytes.as_chunks::<8>();
    words.iter().any(|word| suspicious(u64::from_ne_bytes(*word)) && slow(word)) || slow(tail)
}

/// `tchar` (RFC 9110, section 5.6.2).
pub(super) const IS_TOKEN: [bool; 256] = table(b"!#$%&'*+-.^_`|~");

/// Letters, digits and these.
pub(super) const fn table(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut other = 0;
    while other < others.len() {
        table[others[other] as usize] = true;
        other += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(head: &str) -> Result<Option<(usize, BodyFraming)>, Refusal> {
        HeadScan::default().scan(head.as_bytes(), &Limits::default())
    }

    fn refused(head: &str) -> (u16, String) {
        let refusal = scan(head).expect_err(head);
        (refusal.status.as_u16(), refusal.detail)
    }

    #[test]
    fn a_head_tells_its_length_and_its_body() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(scan(head), Ok(Some((head.len(), BodyFraming::Length(0)))));
        assert_eq!(scan(&head[..head.len() - 1]), Ok(None));
        let post = "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: \t7 \r\n\r\n";
        assert_eq!(scan(post), Ok(Some((post.len(), BodyFraming::Length(7)))));
        let chunked = "\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n";
        assert_eq!(scan(chunked), Ok(Some((chunked.len(), BodyFraming::Chunked))));
        let old = "GET / HTTP/1.0\r\n\r\n";
        assert_eq!(scan(old), Ok(Some((old.len(), BodyFraming::Length(0)))));
    }

    #[test]
    fn every_cut_gives_the_same() {
        let head =
            b"POST /a HTTP/1.1\r\nHost: a:80\r\nX-Long: 0123456789\r\nContent-Length: 12\r\n\r\n";
        for cut in 0..head.len() {
            let mut scan = HeadScan::default();
            assert_eq!(scan.scan(&head[..cut], &Limits::default()), Ok(None), "{cut}");
            let whole = scan.scan(head, &Limits::default());
            assert_eq!(whole, Ok(Some((head.len(), BodyFraming::Length(12)))), "{cut}");
        }
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_refused_and_says_where() {
        let cases = [
            ("GET / HTTP/1.1\nHost: a\n\n", 400, "the request line ends in LF alone"),
            ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "header line 1 ends in LF alone"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
                400,
                "header line 2: `X` holds control",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
                400,
                "header line 3 begins with white space",
            ),
            (
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                400,
                "header line 1: white space after the name `Host`",
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nX(y): b\r\n\r\n", 400, "header line 2: `(` may not be"),
            ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400, "header line 2"),
            ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400, "no colon"),
            ("GET / HTTP/1.1\r\n\r\n", 400, "no Host"),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "more than one Host"),
            ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "Host: `a, b`"),
            ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "Host: `u@a`"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400, "`+5`"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400, "`5, 5`"),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
                400,
                "twice",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
                400,
                "no length",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                400,
                "ambiguous",
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                501,
                "only `chunked`",
            ),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"),
            ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "HTTP/3.0"),
            ("GET /\r\nHost: a\r\n\r\n", 400, "no HTTP version"),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"),
            ("G<T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "no method"),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "instead of HTTP/1.1"),
            ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "no proxy"),
        ];
        for (head, status, detail) in cases {
            let got = refused(head);
            assert!(got.0 == status && got.1.contains(detail), "{head:?} gave {got:?}");
        }
    }

    #[test]
    fn sizes_are_bounded_before_the_head_is_complete() {
        let long_target = format!("GET /{} HTTP/1.1\r\n", "a".repeat(9000));
        assert_eq!(refused(&long_target).0, 414);
        assert_eq!(refused(&format!("GET /{}", "a".repeat(40_000))).0, 414);
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(40_000))).0, 431);
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\n{}", "X: a\r\n".repeat(101))).0, 431);
    }

    #[test]
    fn control_characters_are_found_wherever_they_stand() {
        for length in 0..40 {
            for at in 0..length {
                let mut text = vec![b'a'; length];
                for (byte, bad) in
                    [(0, true), (0x1f, true), (0x7f, true), (b'\t', false), (0xff, false)]
                {
                    text[at] = byte;
                    assert_eq!(has_control(&text), bad, "{byte} at {at} of {length}");
                }
            }
        }
    }
}
