//! An answer's head and framing, as bytes.

use std::io::Write as _;

use highper_core::Response;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Body as _;

use super::date;
use crate::upgrade::names_upgrade;

/// What the request has to do with the form of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) is_http_10: bool,
    pub(super) is_head: bool,
    /// The connection goes on after it.
    pub(super) is_persistent: bool,
}

/// How the body of an answer is framed (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    Nothing,
    /// So many bytes.
    Length(u64),
    Chunked,
    /// Until the connection ends: HTTP/1.0 has no chunks.
    ToTheEnd,
}

/// Appends the head of an answer. The framing is this server's to choose: what a handler says of it is
/// kept only where it can be true.
#[inline]
pub(super) fn push_head(out: &mut Vec<u8>, response: &Response, asked: Asked) -> Framing {
    let status = response.status();
    let framing = framing(response, asked);
    push_status(out, status);
    let has_date = push_fields(out, response);
    push_framing(out, response, framing);
    if !has_date {
        date::push_line(out);
    }
    let goes_on = asked.is_persistent && framing != Framing::ToTheEnd;
    if !goes_on || asked.is_http_10 || names_upgrade(response) {
        push_connection(out, response, asked.is_http_10, goes_on);
    }
    out.extend_from_slice(b"\r\n");
    if asked.is_head { Framing::Nothing } else { framing }
}

#[cold]
fn push_connection(out: &mut Vec<u8>, response: &Response, is_http_10: bool, goes_on: bool) {
    let is_switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    out.extend_from_slice(match (names_upgrade(response), goes_on) {
        (true, _) if is_switching => b"connection: upgrade\r\n",
        (true, false) => b"connection: upgrade, close\r\n",
        (true, true) if is_http_10 => b"connection: upgrade, keep-alive\r\n",
        (true, true) => b"connection: upgrade\r\n",
        (false, false) => b"connection: close\r\n",
        (false, true) if is_http_10 => b"connection: keep-alive\r\n",
        (false, true) => b"",
    });
}

/// Appends what the handler has set. True if the date is among it.
#[inline]
fn push_fields(out: &mut Vec<u8>, response: &Response) -> bool {
    let mut has_date = false;
    let mut push = |name: &HeaderName, value: &HeaderValue| {
        match *name {
            CONTENT_LENGTH | TRANSFER_ENCODING | CONNECTION => return,
            DATE => has_date = true,
            _ => {}
        }
        push_field(out, name.as_str(), value.as_bytes());
    };
    match response.few_headers() {
        Ok(few) => few.iter().for_each(|(name, value)| push(name, value)),
        Err(headers) => headers.iter().for_each(|(name, value)| push(name, value)),
    }
    has_date
}

#[inline]
fn push_status(out: &mut Vec<u8>, status: StatusCode) {
    if status == StatusCode::OK {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn push_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn framing(response: &Response, asked: Asked) -> Framing {
    let status = response.status();
    if status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    {
        return Framing::Nothing;
    }
    let declared = || response.header(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    match response.body().size_hint().exact() {
        // The answer to HEAD may tell the length of a body that it does not have.
        Some(0) if asked.is_head => declared().map_or(Framing::Length(0), Framing::Length),
        Some(length) => Framing::Length(length),
        None => match declared() {
            Some(length) => Framing::Length(length),
            None if asked.is_http_10 => Framing::ToTheEnd,
            None => Framing::Chunked,
        },
    }
}

#[inline]
fn push_framing(out: &mut Vec<u8>, response: &Response, framing: Framing) {
    match framing {
        Framing::Length(length) => {
            out.extend_from_slice(b"content-length: ");
            push_number(out, length);
            out.extend_from_slice(b"\r\n");
        }
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Framing::Nothing if response.status() == StatusCode::NOT_MODIFIED => {
            // What a 200 would have had (RFC 9110, section 8.6).
            if let Some(length) = response.header(CONTENT_LENGTH) {
                push_field(out, "content-length", length.as_bytes());
            }
        }
        Framing::Nothing | Framing::ToTheEnd => {}
    }
}

#[inline]
fn push_number(out: &mut Vec<u8>, mut number: u64) {
    if let single @ 0..10 = number {
        out.push(b'0' + single as u8);
        return;
    }
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends the line before a chunk of `length` bytes, which CR LF follows.
pub(super) fn push_chunk_size(out: &mut Vec<u8>, length: usize) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{length:x}\r\n");
}

/// Appends the last chunk, and the fields that come after it.
pub(super) fn push_last_chunk(out: &mut Vec<u8>, trailers: Option<&HeaderMap>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers.into_iter().flatten() {
        push_field(out, name.as_str(), value.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use highper_core::Body;

    use super::*;

    const ASKED: Asked = Asked { is_http_10: false, is_head: false, is_persistent: true };

    fn head(response: &Response, asked: Asked) -> (String, Framing) {
        let mut out = Vec::new();
        let framing = push_head(&mut out, response, asked);
        (String::from_utf8(out).unwrap(), framing)
    }

    #[test]
    fn an_answer_of_known_length_tells_it() {
        let (text, framing) = head(&Response::new("hello").with_header("x-a", "b"), ASKED);
        assert!(
            text.starts_with("HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 5\r\ndate: "),
            "{text}"
        );
        assert!(text.ends_with(" GMT\r\n\r\n") && !text.contains("connection"), "{text}");
        assert_eq!(framing, Framing::Length(5));
    }

    #[test]
    fn what_a_handler_says_of_framing_is_not_believed() {
        let response = Response::new("hello")
            .with_header("content-length", "3")
            .with_header("transfer-encoding", "chunked")
            .with_header("connection", "keep-alive");
        let (text, framing) = head(&response, Asked { is_persistent: false, ..ASKED });
        assert!(text.contains("content-length: 5\r\n") && !text.contains("chunked"), "{text}");
        assert!(text.contains("connection: close\r\n") && !text.contains("keep-alive"), "{text}");
        assert_eq!(framing, Framing::Length(5));
    }

    #[test]
    fn what_may_be_upgraded_to_is_an_option_of_the_connection() {
        let told = |status, is_persistent, is_http_10| {
            let response = Response::empty(status).with_header("upgrade", "echo");
            head(&response, Asked { is_persistent, is_http_10, ..ASKED }).0
        };
        let (switching, required) = (StatusCode::SWITCHING_PROTOCOLS, StatusCode::UPGRADE_REQUIRED);
        for (head, connection) in [
            (told(switching, true, false), "upgrade"),
            (told(switching, false, false), "upgrade"),
            (told(required, true, false), "upgrade"),
            (told(required, false, false), "upgrade, close"),
            (told(required, true, true), "upgrade, keep-alive"),
        ] {
            assert!(head.contains(&format!("\r\nconnection: {connection}\r\n")), "{head}");
            assert_eq!(head.matches("connection:").count(), 1, "{head}");
        }
        assert!(!told(StatusCode::OK, true, false).contains("connection:"));
    }

    #[test]
    fn some_statuses_have_no_body() {
        let (text, framing) = head(&Response::empty(StatusCode::NO_CONTENT), ASKED);
        assert!(
            text.starts_with("HTTP/1.1 204 No Content\r\n") && !text.contains("content-length")
        );
        assert_eq!(framing, Framing::Nothing);
        let (text, framing) = head(&Response::empty(StatusCode::CREATED), ASKED);
        assert!(text.contains("content-length: 0\r\n"), "{text}");
        assert_eq!(framing, Framing::Length(0));
    }

    #[test]
    fn a_body_of_unknown_length_has_chunks_or_ends_the_connection() {
        let stream = || {
            let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("a")]);
            Response::new(Body::from_stream(pieces))
        };
        let (text, framing) = head(&stream(), ASKED);
        assert!(text.contains("transfer-encoding: chunked\r\n"), "{text}");
        assert_eq!(framing, Framing::Chunked);
        let (text, framing) = head(&stream(), Asked { is_http_10: true, ..ASKED });
        assert!(text.contains("connection: close\r\n") && !text.contains("chunked"), "{text}");
        assert_eq!(framing, Framing::ToTheEnd);
    }

    #[test]
    fn the_answer_to_head_tells_the_length_and_has_no_body() {
        let asked = Asked { is_head: true, ..ASKED };
        let (text, framing) = head(&Response::new("hello"), asked);
        assert!(text.contains("content-length: 5\r\n"), "{text}");
        assert_eq!(framing, Framing::Nothing);
        let told = Response::empty(StatusCode::OK).with_header("content-length", "9");
        assert!(head(&told, asked).0.contains("content-length: 9\r\n"));
    }
}
