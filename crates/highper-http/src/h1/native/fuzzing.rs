//! What has to hold of the part of the engine that has no socket in it, whatever bytes come.

#![allow(unreachable_pub, reason = "public where the fuzz targets are built")]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use highper_core::{Body, Request, Response};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Frame;
use tokio::time::Instant;

use super::answer::{Asked, Framing, push_head};
use super::date;
use super::decoder::Decoder;
use super::frames::push_frame;
use super::inbound::{Inbound, Incoming};
use super::meaning::Head;
use super::output::Output;
use super::parse::{parse, parse_any};
use crate::Limits;
use crate::h1::framing;
use crate::h1::head::BodyFraming;
use crate::h1::refusal::Refusal;

/// Reads a stream of requests at once and in pieces, which has to come to the same; both parsers of heads have
/// to, and the check in front of hyper has to find the same messages in it.
///
/// # Panics
/// If they do not.
pub fn requests(stream: &[u8], cuts: &[u16]) {
    let whole = read(stream, &[]);
    assert_eq!(whole, read(stream, cuts), "cut at {cuts:?}");
    compare_parsers(stream);
    whole.messages.iter().for_each(|message| compare_parsers(&stream[message.end..]));
    let mut check = framing::Framing::new();
    let used = whole.messages.last().map_or(0, |message| message.end);
    let advance = check.advance(&stream[..used], &Limits::default());
    assert_eq!(advance.refusal, None, "the check in front of hyper refuses");
    let heads = advance.heads as usize;
    let end = heads.checked_sub(1).map_or(0, |last| whole.messages[last].end);
    assert_eq!(advance.passed, end, "the check in front of hyper sees another end");
    // It waits for the answer wherever there is a wish to upgrade, also where that lacks its option.
    let is_waiting = matches!(check, framing::Framing::Undecided);
    assert!(is_waiting || heads == whole.messages.len());
}

/// Frames an answer and reads it back, which has to come to the same.
///
/// # Panics
/// If it does not.
pub fn answers(status: u16, fields: &[(Vec<u8>, Vec<u8>)], pieces: &[Vec<u8>], asked: u8) {
    let Ok(status) = StatusCode::from_u16(status) else { return };
    let mut response = Response::new(body_of(pieces, asked & 8 != 0));
    *response.status_mut() = status;
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            response.headers_mut().append(name, value);
        }
    }
    let asked = Asked {
        is_http_10: asked & 1 != 0,
        is_head: asked & 2 != 0,
        is_persistent: asked & 4 != 0,
    };
    let mut output = Output::default();
    let framing = date::at(Instant::now(), |beginning| {
        push_head(output.bytes(), &response, asked, beginning)
    });
    let mut out = output.take_gathered();
    let head = out.len();
    let frames = pieces.iter().map(|piece| Some(Frame::data(Bytes::from(piece.clone()))));
    let mut left = framing;
    for frame in frames.chain([None]) {
        // A length that the handler has told wrongly ends the connection.
        if push_frame(&mut output, &mut left, frame).is_err() {
            return;
        }
        if output.is_full() {
            out.append(&mut output.take_gathered());
        }
    }
    out.append(&mut output.take_gathered());
    check_answer(&out, head, framing, pieces, &response);
}

/// One request as it was read.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    method: String,
    target: String,
    fields: HeaderMap,
    body: Vec<u8>,
    trailers: Option<HeaderMap>,
    /// Where in the stream it ends.
    end: usize,
}

/// What a stream of requests comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reading {
    messages: Vec<Message>,
    refusal: Option<Refusal>,
}

/// Reads a stream that comes in pieces.
fn read(stream: &[u8], cuts: &[u16]) -> Reading {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| usize::from(*cut).min(stream.len())).collect();
    cuts.sort_unstable();
    cuts.push(stream.len());
    let mut reader = Reader::default();
    for cut in cuts {
        match reader.receive(&stream[reader.received..cut]) {
            Ok(true) => {}
            Ok(false) => break,
            Err(refusal) => {
                reader.reading.refusal = Some(refusal);
                break;
            }
        }
    }
    reader.reading
}

#[derive(Default)]
struct Reader {
    reading: Reading,
    inbound: Inbound,
    /// The message of which the body is being read.
    current: Option<Message>,
    is_last: bool,
    received: usize,
}

impl Reader {
    /// Reads all that is whole; false after the last request of the connection.
    fn receive(&mut self, bytes: &[u8]) -> Result<bool, Refusal> {
        let limits = Limits::default();
        self.received += bytes.len();
        if self.current.is_some() {
            self.inbound.hold(bytes);
        } else if let Some(request) =
            self.inbound.receive(&in_used_room(bytes), bytes.len(), &limits)?
        {
            self.begin(&request);
        }
        loop {
            if let Some(message) = &mut self.current {
                let decoded = self.inbound.read_body()?;
                message.body.extend_from_slice(&decoded.data);
                if !self.inbound.is_at_head() {
                    return Ok(true);
                }
                message.trailers = decoded.trailers;
                message.end = self.received - self.inbound.held().len();
                self.reading.messages.extend(self.current.take());
            }
            if self.is_last {
                return Ok(false);
            }
            let Some(request) = self.inbound.next_held(&limits)? else { return Ok(true) };
            self.begin(&request);
        }
    }

    fn begin(&mut self, request: &Request) {
        let head = self.inbound.head();
        self.is_last = !head.is_persistent || head.upgrade;
        let body = match self.inbound.begin_body() {
            Incoming::Whole(bytes) => bytes.to_vec(),
            Incoming::Nothing | Incoming::Coming(_) => Vec::new(),
        };
        self.current = Some(Message {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            fields: request.headers().clone(),
            body,
            trailers: None,
            end: 0,
        });
    }
}

/// Parses a head by the parser of plain heads where it is one, and by that of all: which has to come to the
/// same.
fn compare_parsers(bytes: &[u8]) {
    let limits = Limits::default();
    let mut head = Head::default();
    let found = parse(&in_used_room(bytes), bytes.len(), &limits, &mut head);
    match (&found, &parse_any(bytes, &limits)) {
        (Ok(Some(request)), Ok(Some((other_head, other)))) => {
            assert_eq!(head, *other_head);
            assert_eq!((request.method(), request.uri()), (other.method(), other.uri()));
            assert_eq!(request.headers(), other.headers());
        }
        (Ok(None), Ok(None)) => {}
        (Err(refusal), Err(other)) => assert_eq!(refusal, other),
        _ => panic!("only one parser accepts {:?}", bytes.escape_ascii().to_string()),
    }
}

/// Before what was left by another read, and would complete a head.
fn in_used_room(bytes: &[u8]) -> Vec<u8> {
    [bytes, b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"].concat()
}

/// A body of known length, or of unknown.
fn body_of(pieces: &[Vec<u8>], is_stream: bool) -> Body {
    if is_stream { Body::wrap(Unknown) } else { Body::from(pieces.concat()) }
}

/// A body whose length nobody knows beforehand. It is never asked for more: only the head is made of it.
struct Unknown;

impl http_body::Body for Unknown {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Reads an answer as a client does.
fn check_answer(
    out: &[u8],
    head: usize,
    framing: Framing,
    pieces: &[Vec<u8>],
    response: &Response,
) {
    let mut space = vec![httparse::EMPTY_HEADER; response.headers().len() + 8];
    let mut parsed = httparse::Response::new(&mut space);
    assert_eq!(parsed.parse(out), Ok(httparse::Status::Complete(head)));
    assert_eq!(parsed.code, Some(response.status().as_u16()));
    let values = |wanted: &HeaderName| -> Vec<&[u8]> {
        let is_wanted =
            |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case(wanted.as_str());
        parsed.headers.iter().filter(is_wanted).map(|field| field.value).collect()
    };
    let (lengths, codings) = (values(&CONTENT_LENGTH), values(&TRANSFER_ENCODING));
    assert!(lengths.len() + codings.len() <= 1, "{lengths:?} {codings:?}");
    let body = match framing {
        Framing::Nothing => return assert_eq!(head, out.len()),
        Framing::Length(_) => BodyFraming::Length((out.len() - head) as u64),
        Framing::Chunked => BodyFraming::Chunked,
        Framing::ToTheEnd => return assert!(lengths.is_empty() && codings.is_empty()),
    };
    if response.headers().get(CONTENT_LENGTH).is_none()
        && let [length] = lengths[..]
    {
        assert_eq!(length, (out.len() - head).to_string().as_bytes());
    }
    let mut decoder = Decoder::new(body);
    let decoded = decoder.decode(&out[head..]);
    let decoded = decoded.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert!(decoder.is_done() && decoded.taken == out.len() - head);
    assert_eq!(decoded.data, pieces.concat());
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Whole messages, the lines that matter, and what comes between them.
    const PIECE: &str = concat!(
        "(GET|POST|HEAD|get) (/[a-z]{0,3}|\\*|http://b/c) HTTP/1\\.[01]\r\n",
        "|Host: [a-z:0-9]{0,3}\r\n|Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n",
        "|Connection: (close|upgrade|keep-alive)\r\n|Upgrade: a\r\n|Expect: 100-continue\r\n",
        "|[a-f0-9]{1,2}\r\n|0\r\n|\r\n|\n|[ -~]{0,9}|X-A:[ \t]?[a-z]{0,4}\r\n",
        "|GET / HTTP/1\\.1\r\nHost: a\r\n\r\n",
        "|POST / HTTP/1\\.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "|POST / HTTP/1\\.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
    );

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn requests_are_the_same_however_they_are_cut(
            pieces in vec(PIECE, 0..8),
            cuts in vec(0..300_u16, 0..4),
        ) {
            requests(pieces.concat().as_bytes(), &cuts);
        }

        #[test]
        fn an_answer_is_read_back_as_it_was_written(
            status in 100..1_000_u16,
            fields in vec(("(x-a|content-length|transfer-encoding|connection|date)", "[ -~]{0,6}"), 0..4),
            pieces in vec(vec(any::<u8>(), 0..20), 0..4),
            asked in 0..16_u8,
        ) {
            let fields: Vec<_> =
                fields.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())).collect();
            answers(status, &fields, &pieces, asked);
        }
    }
}
