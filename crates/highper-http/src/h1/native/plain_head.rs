//! Reads heads of the form that nearly all have, in one pass.

use highper_core::{RawField, RawHead, RawRequest, RawTarget, Request};
use http::{Method, Version};

use super::chars::{self, part};
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
#[expect(unsafe_code, reason = "the check of the standard library is 2 % of a request")]
pub(super) fn read_plain(
    room: &[u8],
    read: usize,
    limits: &Limits,
    head: &mut Head,
) -> Option<Request> {
    let (method, begin) = match room.first_chunk() {
        Some(b"GET /") => (Method::GET, 4),
        Some(b"POST ") if room.get(5) == Some(&b'/') => (Method::POST, 5),
        _ => return None,
    };
    let end = chars::end(room, begin, chars::of_targets)?;
    if part(room, end)? != b" HTTP/1.1\r\n" {
        return None;
    }
    let (mut raw, mut meaning) = (RawRequest::new(), Meaning::new(false));
    let length = read_fields(room, end + 11, &mut raw, &mut meaning)? as usize;
    let target = room.get(begin as usize..end as usize)?;
    let fits = length <= read.min(limits.header_size)
        && target.len() <= limits.target_size
        && raw.field_count() <= limits.header_count;
    if !fits {
        return None;
    }
    *head = meaning.head(length)?;
    let is_path = target.len() <= 16
        && chars::of_more_than_paths(part(room, begin)?).trailing_zeros() as usize >= target.len();
    // SAFETY: all of it are bytes `of_targets`, which are ASCII.
    let target = unsafe { str::from_utf8_unchecked(target) };
    Some(raw.finish(RawHead {
        method,
        version: Version::HTTP_11,
        target: if is_path { RawTarget::Path(target) } else { RawTarget::Origin(target) },
        bytes: &room[..length],
    }))
}

/// Notes the fields, as nearly everybody writes them, up to the empty line: where that ends.
#[inline(never)]
fn read_fields(
    room: &[u8],
    mut at: u32,
    raw: &mut RawRequest,
    meaning: &mut Meaning,
) -> Option<u32> {
    while part(room, at)? != b"\r\n" {
        let mut name_end = chars::end(room, at, chars::letters)?;
        if part(room, name_end)? != b": " {
            name_end = odd_name(room, at)?;
        }
        let value = name_end + 2;
        let end = chars::end(room, value, chars::of_values)?;
        let [last, line_end @ ..] = part::<3>(room, end - 1)?;
        // An empty value too begins with what is no visible character.
        if room[value as usize] <= b' ' || *last == b' ' || line_end != b"\r\n" {
            return None;
        }
        let (name_length, value_length) = (name_end - at, end - value);
        let field = RawField { name: at, name_length, value, value_length };
        if !meaning.take(room, &field) {
            return None;
        }
        raw.push(field);
        at = end + 2;
    }
    Some(at + 2)
}

/// Where a name ends that is not of letters alone.
#[cold]
fn odd_name(room: &[u8], at: u32) -> Option<u32> {
    let end = chars::end(room, at, chars::of_names)?;
    (part(room, end)? == b": ").then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_or_not_whole_is_left_to_others() {
        const GET: &str = "GET / HTTP/1.1\r\n";
        let limits = Limits::default();
        let plain = "GET /a?b HTTP/1.1\r\nHost: a\r\nX-B3: a b\r\n\r\n";
        let read_plain = |room: &[u8], read| read_plain(room, read, &limits, &mut { Head::PLAIN });
        let read = |text: &str| {
            let room = format!("{text}{plain}");
            let found = read_plain(room.as_bytes(), text.len());
            // What lies behind makes no difference, or it is too little to see the end.
            assert!(found.is_some() || read_plain(text.as_bytes(), text.len()).is_none());
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
