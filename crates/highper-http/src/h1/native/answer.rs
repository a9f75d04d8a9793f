//! An answer's head and framing, as bytes.

use std::io::Write as _;

use highper_core::Response;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Body as _;

use super::date::{Beginning, DATE_LENGTH};
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
///
/// Each line is written behind the end of the one before, so that most need one piece.
#[inline]
pub(super) fn push_head(
    out: &mut Vec<u8>,
    response: &Response,
    asked: Asked,
    beginning: &Beginning,
) -> Framing {
    let framing = framing(response, asked);
    push_beginning(out, response.status(), beginning);
    push_fields(out, response);
    push_framing(out, response, framing);
    let goes_on = asked.is_persistent && framing != Framing::ToTheEnd;
    if !goes_on || asked.is_http_10 || names_upgrade(response) {
        push_connection(out, response, asked.is_http_10, goes_on);
    }
    out.extend_from_slice(b"\r\n\r\n");
    if asked.is_head { Framing::Nothing } else { framing }
}

#[cold]
fn push_connection(out: &mut Vec<u8>, response: &Response, is_http_10: bool, goes_on: bool) {
    let is_switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    out.extend_from_slice(match (names_upgrade(response), goes_on) {
        (true, _) if is_switching => b"\r\nconnection: upgrade",
        (true, false) => b"\r\nconnection: upgrade, close",
        (true, true) if is_http_10 => b"\r\nconnection: upgrade, keep-alive",
        (true, true) => b"\r\nconnection: upgrade",
        (false, false) => b"\r\nconnection: close",
        (false, true) if is_http_10 => b"\r\nconnection: keep-alive",
        (false, true) => b"",
    });
}

#[inline]
fn push_beginning(out: &mut Vec<u8>, status: StatusCode, beginning: &Beginning) {
    if status == StatusCode::OK {
        out.extend_from_slice(beginning.of_ok());
    } else {
        push_status(out, status);
        out.extend_from_slice(beginning.date());
    }
}

fn push_status(out: &mut Vec<u8>, status: StatusCode) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
}

/// Appends what the handler has set; a date of its own takes the place of ours.
#[inline]
fn push_fields(out: &mut Vec<u8>, response: &Response) {
    let mut ours = Some(out.len());
    match response.few_headers() {
        Ok(few) => {
            if let Some(value) = few.content_type() {
                out.extend_from_slice(b"\r\ncontent-type: ");
                out.extend_from_slice(value.as_bytes());
            }
            for (name, value) in few.others() {
                push_field(out, name, value, &mut ours);
            }
        }
        Err(headers) => {
            for (name, value) in headers {
                push_field(out, name, value, &mut ours);
            }
        }
    }
}

/// Appends a field that is not about the framing or the connection. Our own date ends at `ours`.
fn push_field(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue, ours: &mut Option<usize>) {
    match *name {
        CONTENT_LENGTH | TRANSFER_ENCODING | CONNECTION => return,
        DATE => push_own_date(out, ours.take()),
        _ => push_name(out, name.as_str()),
    }
    out.extend_from_slice(value.as_bytes());
}

/// Appends the name of a field whose value follows.
#[inline]
fn push_name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
}

/// Appends the name of the date, and removes our own, which ends there.
#[cold]
fn push_own_date(out: &mut Vec<u8>, ours: Option<usize>) {
    if let Some(end) = ours {
        out.drain(end - DATE_LENGTH..end);
    }
    push_name(out, DATE.as_str());
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
            out.extend_from_slice(b"\r\ncontent-length: ");
            push_number(out, length);
        }
        Framing::Chunked => out.extend_from_slice(b"\r\ntransfer-encoding: chunked"),
        Framing::Nothing if response.status() == StatusCode::NOT_MODIFIED => {
            // What a 200 would have had (RFC 9110, section 8.6).
            if let Some(length) = response.header(CONTENT_LENGTH) {
                push_name(out, CONTENT_LENGTH.as_str());
                out.extend_from_slice(length.as_bytes());
            }
        }
        Framing::Nothing | Framing::ToTheEnd => {}
    }
}

#[inline]
fn push_number(out: &mut Vec<u8>, number: u64) {
    let digit = |at: u64| b'0' + (number / at % 10) as u8;
    match number {
        0..10 => out.push(digit(1)),
        10..100 => out.extend_from_slice(&[digit(10), digit(1)]),
        100..1_000 => out.extend_from_slice(&[digit(100), digit(10), digit(1)]),
        _ => push_long_number(out, number),
    }
}

fn push_long_number(out: &mut Vec<u8>, number: u64) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{number}");
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
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            out.extend_from_slice(part);
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use highper_core::Body;
    use tokio::time::Instant;

    use super::super::date;
    use super::*;

    const ASKED: Asked = Asked { is_http_10: false, is_head: false, is_persistent: true };

    fn head(response: &Response, asked: Asked) -> (String, Framing) {
        let mut out = Vec::new();
        let framing = date::at(Instant::now(), |date| push_head(&mut out, response, asked, date));
        (String::from_utf8(out).unwrap(), framing)
    }

    #[test]
    fn an_answer_of_known_length_tells_it() {
        let (text, framing) = head(&Response::new("hello").with_header("x-a", "b"), ASKED);
        assert!(
            text.starts_with("HTTP/1.1 200 OK\r\ndate: ")
                && text.ends_with(" GMT\r\nx-a: b\r\ncontent-length: 5\r\n\r\n"),
            "{text}"
        );
        assert_eq!(framing, Framing::Length(5));
    }

    #[test]
    fn a_date_of_the_handler_takes_the_place_of_ours() {
        let response = Response::empty(StatusCode::CREATED)
            .with_header("x-a", "b")
            .with_header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .with_header("x-b", "c");
        let (text, _) = head(&response, ASKED);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "HTTP/1.1 201 Created");
        let dates: Vec<_> = lines.iter().filter(|line| line.starts_with("date")).collect();
        assert_eq!(dates, [&"date: Sun, 06 Nov 1994 08:49:37 GMT"]);
        assert!(lines.contains(&"x-a: b") && lines.contains(&"x-b: c"), "{text}");
    }

    #[test]
    fn lengths_are_told_in_decimal() {
        for length in [0, 9, 10, 99, 100, 999, 1_000, 12_345] {
            let (text, _) = head(&Response::new("x".repeat(length)), ASKED);
            assert!(text.contains(&format!("\r\ncontent-length: {length}\r\n")), "{text}");
        }
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
