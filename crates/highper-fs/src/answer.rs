//! A file as a response: conditions, ranges, headers.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use bytes::Bytes;
use highper_core::{Body, Error, IntoResponse, Request, Response};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, LAST_MODIFIED, RANGE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};

use crate::coding::Accepted;
use crate::file_body::{FileBody, Piece};
use crate::file_set::{Content, FileSet};
use crate::ranges::{Ranges, ranges};
use crate::validator::Verdict;

/// How files are answered with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) is_precompressed: bool,
    pub(crate) max_parts: usize,
}

/// Answers a GET or HEAD with a file.
pub(crate) fn answer(request: &Request, files: &FileSet, manner: Manner) -> Response {
    let (coding, chosen) = if manner.is_precompressed {
        files.choose(Accepted::from_headers(request.headers()))
    } else {
        (None, &files.original)
    };
    let mut response = match chosen.validator.judge(request) {
        Verdict::Failed => return precondition_failed(),
        Verdict::NotModified => Response::empty(StatusCode::NOT_MODIFIED),
        Verdict::Go => {
            let wanted = request.header(RANGE).and_then(|range| range.to_str().ok());
            let wanted = wanted.filter(|_| chosen.validator.allows_range(request));
            let mut response = send(&chosen.content, wanted, &files.content_type, manner.max_parts);
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                return response;
            }
            let headers = response.headers_mut();
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if let Some(coding) = coding {
                headers.insert(CONTENT_ENCODING, coding.header_value());
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, chosen.validator.tag.clone());
    if let Some(date) = &chosen.validator.last_modified {
        headers.insert(LAST_MODIFIED, date.clone());
    }
    if let Some(value) = &files.cache_control {
        headers.insert(CACHE_CONTROL, value.clone());
    }
    if manner.is_precompressed {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if *request.method() == Method::HEAD { without_body(response) } else { response }
}

/// The same headers, and the length instead of the body.
fn without_body(mut response: Response) -> Response {
    let length = http_body::Body::size_hint(&response.replace_body(Body::empty())).exact();
    if let Some(length) = length.filter(|_| response.status() != StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn send(
    content: &Content,
    wanted: Option<&str>,
    content_type: &HeaderValue,
    max_parts: usize,
) -> Response {
    let length = content.length();
    let parts = match wanted.map_or(Ranges::Whole, |wanted| ranges(wanted, length, max_parts)) {
        Ranges::Whole => Vec::new(),
        Ranges::Unsatisfiable => return unsatisfiable(length),
        Ranges::Parts(parts) => parts,
    };
    match parts.as_slice() {
        [] => Response::typed(content_type.clone(), body(content, 0..length)),
        [part] => Response::typed(content_type.clone(), body(content, part.clone()))
            .with_status(StatusCode::PARTIAL_CONTENT)
            .with_header(CONTENT_RANGE, content_range(part, length)),
        parts => multipart(content, parts, content_type)
            .unwrap_or_else(|| Response::typed(content_type.clone(), body(content, 0..length))),
    }
}

/// Several parts (RFC 9110, section 14.6); none if that would be longer than the file.
fn multipart(
    content: &Content,
    parts: &[Range<u64>],
    content_type: &HeaderValue,
) -> Option<Response> {
    let length = content.length();
    // Not to be guessed by who wrote the file: keyed with random numbers of this process.
    let random = RandomState::new();
    let boundary = format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1));
    let kind = content_type.to_str().unwrap_or("application/octet-stream");
    let mut pieces = VecDeque::with_capacity(parts.len() * 2 + 1);
    for (index, part) in parts.iter().enumerate() {
        let line = if index == 0 { "" } else { "\r\n" };
        let range = content_range(part, length);
        let head =
            format!("{line}--{boundary}\r\ncontent-type: {kind}\r\ncontent-range: {range}\r\n\r\n");
        pieces.push_back(Piece::Bytes(Bytes::from(head)));
        pieces.push_back(piece(content, part.clone()));
    }
    pieces.push_back(Piece::Bytes(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    if pieces.iter().map(Piece::length).sum::<u64>() > length {
        return None;
    }
    let response = Response::new(body_of(content, pieces)).with_status(StatusCode::PARTIAL_CONTENT);
    Some(response.with_header(CONTENT_TYPE, format!("multipart/byteranges; boundary={boundary}")))
}

fn body(content: &Content, range: Range<u64>) -> Body {
    match piece(content, range) {
        Piece::Bytes(bytes) => Body::from(bytes),
        part @ Piece::File(_) => body_of(content, VecDeque::from([part])),
    }
}

fn body_of(content: &Content, pieces: VecDeque<Piece>) -> Body {
    let file = match content {
        Content::Memory(_) => None,
        Content::File { file, .. } => Some(file.clone()),
    };
    Body::wrap_file(FileBody::new(file, pieces))
}

fn piece(content: &Content, range: Range<u64>) -> Piece {
    match content {
        Content::File { .. } => Piece::File(range),
        Content::Memory(bytes) => {
            let at = |position| usize::try_from(position).unwrap_or(bytes.len()).min(bytes.len());
            Piece::Bytes(bytes.slice(at(range.start)..at(range.end)))
        }
    }
}

fn content_range(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end - 1)
}

fn unsatisfiable(length: u64) -> Response {
    let message = format!("the file has {length} bytes; ask for a range within them");
    let value = HeaderValue::try_from(format!("bytes */{length}"));
    let error = Error::new(StatusCode::RANGE_NOT_SATISFIABLE, message);
    match value {
        Ok(value) => error.with_header(CONTENT_RANGE, value).into_response(),
        Err(_) => error.into_response(),
    }
}

fn precondition_failed() -> Response {
    Error::new(
        StatusCode::PRECONDITION_FAILED,
        "the file is not as the request expects; ask for it without the condition",
    )
    .into_response()
}
