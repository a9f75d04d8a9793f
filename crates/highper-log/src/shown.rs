//! What values make of themselves, bounded, whatever they do.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::escape::{is_harmless, push_json};

/// Appends the text of `value` as the inside of a JSON string, cut at [`MAX_TEXT`].
#[inline]
pub(crate) fn push_shown(out: &mut Vec<u8>, value: fmt::Arguments<'_>) {
    match value.as_str() {
        Some(text) => push_text(out, text),
        None => write_shown(&mut Escaping { out, left: MAX_TEXT }, value),
    }
}

/// Appends text as the inside of a JSON string, cut at [`MAX_TEXT`].
#[inline]
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    let (text, is_cut) = cut(text, MAX_TEXT);
    push_json(out, text);
    if is_cut {
        out.extend_from_slice(ELLIPSIS.as_bytes());
    }
}

/// Is this text appended as it is?
pub(crate) fn is_plain(text: &str) -> bool {
    text.len() <= MAX_TEXT && is_harmless(text.as_bytes())
}

/// Appends the text of `value` as it is, cut at [`MAX_TEXT`].
#[inline]
pub(crate) fn push_raw(out: &mut String, value: fmt::Arguments<'_>) {
    write_shown(&mut Raw { out, left: MAX_TEXT }, value);
}

/// A place for text that may be taken back.
trait Place: Write {
    fn length(&self) -> usize;
    fn cut_back(&mut self, length: usize);
    fn was_cut(&self) -> bool;
    fn append(&mut self, text: &str);
}

/// Writes what a value shows; one that fails or panics on the way loses its text, nothing else.
#[inline]
fn write_shown(place: &mut impl Place, value: fmt::Arguments<'_>) {
    let before = place.length();
    // Nothing of ours is seen in a half-made state afterwards: the text is cut back.
    match catch_unwind(AssertUnwindSafe(|| place.write_fmt(value))) {
        Ok(Ok(())) => {}
        Ok(Err(_)) if place.was_cut() => place.append(ELLIPSIS),
        Ok(Err(_)) | Err(_) => {
            place.cut_back(before);
            place.append(UNSHOWABLE);
        }
    }
}

struct Escaping<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

impl Write for Escaping<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (text, is_cut) = cut(text, self.left);
        push_json(self.out, text);
        // Nothing more is taken after a cut, not even a shorter piece.
        self.left = if is_cut { 0 } else { self.left - text.len() };
        if is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Place for Escaping<'_> {
    fn length(&self) -> usize {
        self.out.len()
    }

    fn cut_back(&mut self, length: usize) {
        self.out.truncate(length);
    }

    fn was_cut(&self) -> bool {
        self.left == 0
    }

    fn append(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

struct Raw<'a> {
    out: &'a mut String,
    left: usize,
}

impl Write for Raw<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (text, is_cut) = cut(text, self.left);
        self.out.push_str(text);
        self.left = if is_cut { 0 } else { self.left - text.len() };
        if is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Place for Raw<'_> {
    fn length(&self) -> usize {
        self.out.len()
    }

    fn cut_back(&mut self, length: usize) {
        self.out.truncate(length);
    }

    fn was_cut(&self) -> bool {
        self.left == 0
    }

    fn append(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

/// As much of `text` as fits into `limit` bytes, and whether something is missing.
#[inline]
fn cut(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(limit)], true)
}

/// The most bytes of one message or one value that are written, before they are escaped.
pub(crate) const MAX_TEXT: usize = 16 * 1024;

const ELLIPSIS: &str = "…";

const UNSHOWABLE: &str = "[could not be shown]";

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(bool);

    impl fmt::Display for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            if self.0 { panic!("on purpose") } else { Err(fmt::Error) }
        }
    }

    fn shown(value: fmt::Arguments<'_>) -> (String, String) {
        let (mut escaped, mut raw) = (b"before ".to_vec(), "before ".to_owned());
        push_shown(&mut escaped, value);
        push_raw(&mut raw, value);
        (String::from_utf8(escaped).unwrap(), raw)
    }

    #[test]
    fn a_value_that_fails_or_panics_loses_its_text_only() {
        for value in [Fails(true), Fails(false)] {
            let (escaped, raw) = shown(format_args!("{value}"));
            assert_eq!(escaped, "before [could not be shown]");
            assert_eq!(raw, escaped);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        let long = "ä".repeat(MAX_TEXT);
        let (escaped, raw) = shown(format_args!("x{long}"));
        assert_eq!(escaped, raw);
        assert!(raw.ends_with("ä…") && raw.len() < MAX_TEXT + 16, "{}", raw.len());
        let mut out = Vec::new();
        push_text(&mut out, &long);
        assert_eq!(out.len(), MAX_TEXT + ELLIPSIS.len());
    }
}
