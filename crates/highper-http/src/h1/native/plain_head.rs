//! Reads heads of the form that nearly all have, in one pass.

use highper_core::{RawField, RawHead, RawRequest, RawTarget, Request};
use http::{Method, Version};

use super::chars::{is_short_path, letters_length, name_length, target, value_length};
use super::meaning::{Head, Meaning};
use crate::Limits;

/// A request whose head is a GET or POST of a path with HTTP/1.1, whose lines end in CR LF, and whose
/// fields have nothing in them that needs a second look (RFC 9112, sections 3 and 5).
///
/// Whatever is not so, and whatever is not complete, is for a parser that knows all forms: this one never
/// refuses anything.
///
/// The first `read` of `room` are the bytes that came. What lies behind them is looked at, because whole
/// chunks are, but a head that does not end before it is none.
///
/// Not inlined: it needs all registers for itself.
#[inline(never)]
pub(super) fn read_plain(room: &[u8], read: usize, limits: &Limits) -> Option<(Head, Request)> {
    let (method, begin) = match room {
        [b'G', b'E', b'T', b' ', b'/', ..] => (Method::GET, 4),
        [b'P', b'O', b'S', b'T', b' ', b'/', ..] => (Method::POST, 5),
        _ => return None,
    };
    let target = target(&room[begin..])?;
    let mut rest = room[begin + target.len()..].strip_prefix(b" HTTP/1.1\r\n")?;
    if target.len() > limits.target_size {
        return None;
    }
    let (mut raw, mut meaning) = (RawRequest::new(), Meaning::new(false));
    while !rest.starts_with(b"\r\n") {
        let (name, value, length) = plain_field(rest)?;
        if !meaning.take(name, value, length) {
            return None;
        }
        raw.push(RawField {
            name: (room.len() - rest.len()) as u32,
            name_length: name.len() as u32,
            value: (room.len() - value.len()) as u32,
            value_length: length as u32,
        });
        rest = &value[length + b"\r\n".len()..];
    }
    let length = room.len() - rest.len() + 2;
    if length > read.min(limits.header_size) || raw.field_count() > limits.header_count {
        return None;
    }
    let head = meaning.head(length)?;
    let request = raw.finish(RawHead {
        method,
        version: Version::HTTP_11,
        target: match is_short_path(&room[begin..], target.len()) {
            true => RawTarget::Path(target),
            false => RawTarget::Origin(target),
        },
        bytes: &room[..length],
    });
    Some((head, request))
}

/// The name of the field that `bytes` begin with, what begins with its value, and how long that is; where they
/// stand as nearly everybody writes them.
#[inline]
fn plain_field(bytes: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let (letters, rest) = bytes.split_at(letters_length(bytes)?);
    let (name, value) = match rest.strip_prefix(b": ") {
        Some(value) => (letters, value),
        None => odd_name(bytes)?,
    };
    let length = value_length(value)?;
    let is_trimmed = length > 0 && value[0] != b' ' && value[length - 1] != b' ';
    let is_plain = !name.is_empty() && is_trimmed && value[length..].starts_with(b"\r\n");
    is_plain.then_some((name, value, length))
}

/// A name that is not of letters alone, and what follows its colon.
#[cold]
fn odd_name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = bytes.split_at(name_length(bytes)?);
    Some((name, rest.strip_prefix(b": ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_or_not_whole_is_left_to_others() {
        const GET: &str = "GET / HTTP/1.1\r\n";
        let limits = Limits::default();
        let plain = "GET /a?b HTTP/1.1\r\nHost: a\r\nX-B3: a b\r\n\r\n";
        let read = |text: &str| {
            let room = format!("{text}{plain}");
            let found = read_plain(room.as_bytes(), text.len(), &limits);
            // What lies behind makes no difference, or it is too little to see the end.
            assert!(found.is_some() || read_plain(text.as_bytes(), text.len(), &limits).is_none());
            found.is_some()
        };
        assert!(read(plain) && read(&format!("{plain}more")));
        assert!((0..plain.len()).all(|cut| !read(&plain[..cut])));
        for (line, field) in [
            ("PUT / HTTP/1.1\r\n", ""),
            ("GET * HTTP/1.1\r\n", ""),
            ("GET /#a HTTP/1.1\r\n", ""),
            ("GET / HTTP/1.0\r\n", ""),
            ("GET / HTTP/1.1\n", ""),
            (GET, "a : b\r\n"),
            (GET, "a:b\r\n"),
            (GET, "a:  b\r\n"),
            (GET, "a: b \r\n"),
            (GET, "a: b\tc\r\n"),
            (GET, "a: \u{e4}\r\n"),
            (GET, "a: \r\n"),
            (GET, "a.b: c\r\n"),
            (GET, ": b\r\n"),
            (GET, "a: b\n"),
            (GET, "a: b\r\n c\r\n"),
            (GET, "a: b\rc\r\n"),
            (GET, "a: \0\r\n"),
            (GET, "host: a\r\n"),
        ] {
            assert!(!read(&format!("{line}Host: a\r\n{field}\r\n")), "{line:?} {field:?}");
        }
        assert!(!read("GET / HTTP/1.1\r\na: b\r\n\r\n"), "no Host");
        let many = |count| format!("{GET}Host: a\r\n{}\r\n", "a: b\r\n".repeat(count - 1));
        assert!(read(&many(limits.header_count)) && !read(&many(limits.header_count + 1)));
    }
}
