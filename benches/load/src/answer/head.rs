//! The head of an answer: its status, and how its body is framed.

use memchr::memchr;

use super::Malformed;

/// What the rest of the parser needs from a head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    /// The server will close the connection after this answer.
    pub(super) closes: bool,
}

/// How the end of the body is found (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// Parses a head without the empty line that ends it.
pub(super) fn parse(head: &[u8]) -> Result<Head, Malformed> {
    let (line, _) = split_line(head);
    let (status, mut closes) = parse_status_line(line)?;
    let mut framing = None;
    for (name, value) in fields(head) {
        // A field's length tells most of them apart without looking at a letter.
        if name.len() == 14 && name.eq_ignore_ascii_case(b"content-length") {
            framing = framing.or(Some(Framing::Length(parse_length(value)?)));
        } else if name.len() == 17 && name.eq_ignore_ascii_case(b"transfer-encoding") {
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Malformed("a transfer-encoding other than chunked"));
            }
            framing = Some(Framing::Chunked);
        } else if name.len() == 10 && name.eq_ignore_ascii_case(b"connection") {
            closes = value.eq_ignore_ascii_case(b"close")
                || (closes && !value.eq_ignore_ascii_case(b"keep-alive"));
        }
    }
    if status < 200 || status == 204 || status == 304 {
        framing = Some(Framing::Length(0));
    }
    let framing = framing.ok_or(Malformed("neither content-length nor chunked"))?;
    Ok(Head { status, framing, closes })
}

/// The first field of that name in a head, without the white space around it.
pub(crate) fn field<'a>(head: &'a [u8], name: &str) -> Option<&'a [u8]> {
    fields(head).find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v)
}

fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (_, mut rest) = split_line(head);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, next) = split_line(rest);
        rest = next;
        let colon = memchr(b':', line).unwrap_or(line.len());
        Some((&line[..colon], line.get(colon + 1..).unwrap_or_default().trim_ascii()))
    })
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'\n', bytes) {
        Some(end) => (bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]), &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

/// The status, and whether the version alone means that the connection closes.
fn parse_status_line(line: &[u8]) -> Result<(u16, bool), Malformed> {
    let (minor, rest) = match line.strip_prefix(b"HTTP/1.") {
        Some([minor @ (b'0' | b'1'), b' ', rest @ ..]) => (*minor, rest),
        _ => return Err(Malformed("does not begin with HTTP/1.0 or HTTP/1.1")),
    };
    match rest {
        [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', end @ ..]
            if end.first().is_none_or(|byte| *byte == b' ') =>
        {
            let digit = |byte: &u8| u16::from(byte - b'0');
            Ok((digit(a) * 100 + digit(b) * 10 + digit(c), minor == b'0'))
        }
        _ => Err(Malformed("the status is not a number from 100 to 599")),
    }
}

fn parse_length(value: &[u8]) -> Result<u64, Malformed> {
    const NOT_A_NUMBER: Malformed = Malformed("content-length is not a number");
    if value.is_empty() {
        return Err(NOT_A_NUMBER);
    }
    value.iter().try_fold(0_u64, |length, byte| match byte {
        b'0'..=b'9' => length
            .checked_mul(10)
            .and_then(|length| length.checked_add(u64::from(byte - b'0')))
            .ok_or(Malformed("content-length is too large")),
        _ => Err(NOT_A_NUMBER),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_gives_status_framing_and_fate_of_the_connection() {
        let head = b"HTTP/1.1 404 Not Found\r\nX: y\r\nCONTENT-length:  12 \r\nconnection: Close";
        let expected = Head { status: 404, framing: Framing::Length(12), closes: true };
        assert_eq!(parse(head), Ok(expected));
    }

    #[test]
    fn http_1_0_closes_unless_it_says_keep_alive() {
        let closes = |head: &[u8]| parse(head).unwrap().closes;
        assert!(closes(b"HTTP/1.0 200 OK\r\nContent-Length: 0"));
        assert!(!closes(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive"));
        assert!(!closes(b"HTTP/1.1 200 OK\r\nContent-Length: 0"));
    }

    #[test]
    fn answers_without_a_body_need_no_framing() {
        for status in ["100 Continue", "204 No Content", "304"] {
            let head = format!("HTTP/1.1 {status}");
            assert_eq!(parse(head.as_bytes()).unwrap().framing, Framing::Length(0));
        }
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        for head in [
            "HTTP/1.1 200 OK",
            "HTTP/2 200 OK\r\nContent-Length: 0",
            "HTTP/1.1 20 OK\r\nContent-Length: 0",
            "HTTP/1.1 2000 OK\r\nContent-Length: 0",
            "HTTP/1.1 200 OK\r\nContent-Length: +1",
            "HTTP/1.1 200 OK\r\nContent-Length:",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
        ] {
            assert!(parse(head.as_bytes()).is_err(), "{head:?}");
        }
    }

    #[test]
    fn a_field_is_found_whatever_its_case() {
        let head = b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Type: text/plain";
        assert_eq!(field(head, "content-type"), Some(&b"text/plain"[..]));
        assert_eq!(field(head, "b"), None);
    }
}
