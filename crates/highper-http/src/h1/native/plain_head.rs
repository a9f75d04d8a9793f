//! Reads heads of the form that nearly all have, in one pass.

use highper_core::RawField;
use http::Method;

use super::parse::IS_TARGET;
use crate::h1::head::IS_TOKEN;

/// A head that is a GET or POST of a path with HTTP/1.1, whose lines end in CR LF, and whose fields have
/// nothing in them that needs a second look (RFC 9112, sections 3 and 5).
///
/// Whatever is not so, and whatever is not complete, is for a parser that knows all forms: this one never
/// refuses anything.
#[derive(Debug)]
pub(super) struct PlainHead<'a> {
    pub(super) method: Method,
    /// Characters that a target may have, all of them ASCII.
    pub(super) target: &'a [u8],
    pub(super) fields: &'a [RawField],
    /// How many bytes it takes.
    pub(super) length: usize,
}

/// Room for a short target, where it is checked 16 bytes at a time: the check of the standard library goes byte
/// by byte through what is not aligned.
#[repr(align(16))]
pub(super) struct ShortTarget([u8; SHORT_TARGET]);

const SHORT_TARGET: usize = 64;

impl ShortTarget {
    pub(super) const EMPTY: Self = Self([0; SHORT_TARGET]);

    /// A target as text.
    #[inline]
    pub(super) fn text<'t>(&'t mut self, target: &'t [u8]) -> Option<&'t str> {
        let Some(room) = self.0.get_mut(..target.len()) else {
            return str::from_utf8(target).ok();
        };
        room.copy_from_slice(target);
        let whole = target.len().next_multiple_of(16);
        str::from_utf8(&self.0[..whole]).ok()?.get(..target.len())
    }
}

/// More fields are not plain: browsers send a dozen.
pub(super) const PLAIN_FIELDS: usize = 24;

impl<'a> PlainHead<'a> {
    #[inline]
    pub(super) fn read(bytes: &'a [u8], fields: &'a mut [RawField; PLAIN_FIELDS]) -> Option<Self> {
        let (method, begin) = match bytes {
            [b'G', b'E', b'T', b' ', b'/', ..] => (Method::GET, 4),
            [b'P', b'O', b'S', b'T', b' ', b'/', ..] => (Method::POST, 5),
            _ => return None,
        };
        let end = begin + position(&bytes[begin..], &IS_TARGET)?;
        let target = &bytes[begin..end];
        if !bytes[end..].starts_with(VERSION) {
            return None;
        }
        let mut at = end + VERSION.len();
        let mut count = 0;
        while !bytes[at..].starts_with(b"\r\n") {
            let field;
            (field, at) = read_field(bytes, at)?;
            *fields.get_mut(count)? = field;
            count += 1;
        }
        Some(Self { method, target, fields: &fields[..count], length: at + 2 })
    }
}

/// The field that begins at `at`, and where the next line begins.
#[inline]
fn read_field(bytes: &[u8], at: usize) -> Option<(RawField, usize)> {
    let colon = at + position(&bytes[at..], &IS_TOKEN)?;
    if colon == at || bytes[colon] != b':' {
        return None;
    }
    let mut value = colon + 1;
    while let Some(b' ' | b'\t') = bytes.get(value) {
        value += 1;
    }
    let line_end = value_end(bytes, value)?;
    if !bytes[line_end..].starts_with(b"\r\n") {
        return None;
    }
    let mut end = line_end;
    while end > value && matches!(bytes[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    let field = RawField {
        name: at as u32,
        name_length: (colon - at) as u32,
        value: value as u32,
        value_length: (end - value) as u32,
    };
    Some((field, line_end + 2))
}

/// The first byte that is not in `allowed`.
#[inline]
fn position(bytes: &[u8], allowed: &[bool; 256]) -> Option<usize> {
    bytes.iter().position(|byte| !allowed[usize::from(*byte)])
}

/// Where the value that begins at `at` is followed by a control character; a tab is in it.
#[inline]
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += skip_long(&bytes[at..]);
        let Some(word) = bytes[at..].first_chunk() else {
            let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
            return bytes[at..].iter().position(is_control).map(|found| at + found);
        };
        match controls(u64::from_le_bytes(*word)) {
            0 => at += 8,
            found => {
                at += found.trailing_zeros() as usize / 8;
                if bytes[at] != b'\t' {
                    return Some(at);
                }
                at += 1;
            }
        }
    }
}

/// How many bytes can be passed over 16 at a time, which the compiler makes vectors of.
#[inline]
fn skip_long(bytes: &[u8]) -> usize {
    let (chunks, _) = bytes.as_chunks::<16>();
    let is_plain = |chunk: &&[u8; 16]| {
        chunk.iter().fold(true, |all, byte| all & ((*byte >= b' ') & (*byte != 0x7F)))
    };
    chunks.iter().take_while(is_plain).count() * 16
}

/// The highest bit of each byte that is a control character, exact for the lowest of them: what is above
/// may be wrong, because a subtraction borrows.
#[inline]
fn controls(word: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let below = word.wrapping_sub(EACH * 0x20) & !word;
    let delete = word ^ (EACH * 0x7F);
    let delete = delete.wrapping_sub(EACH) & !delete;
    (below | delete) & (EACH * 0x80)
}

const VERSION: &[u8] = b" HTTP/1.1\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_the_same_text_whatever_its_length() {
        let long = "/".repeat(SHORT_TARGET + 2);
        for length in 0..=long.len() {
            let text = &long[..length];
            let mut short = ShortTarget::EMPTY;
            assert_eq!(short.text(text.as_bytes()), Some(text));
        }
        let mut short = ShortTarget::EMPTY;
        assert_eq!(short.text(b"/\xFF"), None);
    }

    #[test]
    fn a_value_ends_at_the_first_control_character_wherever_it_stands() {
        for length in 0..70 {
            for control in (0..0x20).chain([0x7F]).filter(|byte| *byte != b'\t') {
                let mut text = vec![b'a'; length];
                text.extend([control, b'\t', 0, 0xFF]);
                assert_eq!(value_end(&text, 0), Some(length), "{length} {control}");
                text[..length].fill(b'\t');
                assert_eq!(value_end(&text, 0), Some(length), "{length} {control}");
                text[..length].fill(0xFF);
                assert_eq!(value_end(&text, 0), Some(length), "{length} {control}");
            }
            assert_eq!(value_end(&vec![b' '; length], 0), None);
        }
    }

    #[test]
    fn what_is_not_plain_or_not_whole_is_left_to_others() {
        let read = |text: &str| {
            PlainHead::read(text.as_bytes(), &mut [RawField::default(); PLAIN_FIELDS]).is_some()
        };
        let plain = "GET /a?b HTTP/1.1\r\nHost: a\r\nX-Tab: \ta\tb \r\n\r\n";
        assert!(read(plain) && read(&format!("{plain}more")));
        assert!((0..plain.len()).all(|cut| !read(&plain[..cut])));
        for other in [
            "PUT / HTTP/1.1\r\n\r\n",
            "GET * HTTP/1.1\r\n\r\n",
            "GET /#a HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\r\na : b\r\n\r\n",
            "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\na: b\n\r\n",
            "GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\na: b\rc\r\n\r\n",
            "GET / HTTP/1.1\r\na: \0\r\n\r\n",
        ] {
            assert!(!read(other), "{other:?}");
        }
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(PLAIN_FIELDS + 1));
        assert!(!read(&many));
    }
}
