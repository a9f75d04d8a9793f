//! Text as a piece of one line: nothing in it can end the line, steer a terminal, or look like
//! another line.

/// Appends the inside of a JSON string (RFC 8259, section 7).
///
/// Beyond what JSON asks for, everything is escaped that a terminal or an editor obeys: DEL, C1
/// controls, the line and paragraph separators, and the marks that turn the direction of text.
#[inline]
pub(crate) fn push_json(out: &mut Vec<u8>, text: &str) {
    if is_harmless(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        push(out, text, &JSON);
    }
}

/// Appends text for people: as [`push_json`], but quotes and backslashes stay as they are.
#[inline]
pub(crate) fn push_plain(out: &mut Vec<u8>, text: &str) {
    if is_harmless(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        push(out, text, &PLAIN);
    }
}

/// Is there nothing but visible ASCII in it, without quotes and backslashes? Eight bytes at a time:
/// nearly all text is so, and most of what a line costs is looking at its text.
#[inline]
pub(crate) fn is_harmless(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().all(|&byte| JSON[usize::from(byte)] == PASS);
    };
    let (words, _) = bytes.as_chunks();
    words.iter().all(|word| is_harmless_word(*word)) && is_harmless_word(*last)
}

/// A subtraction sets the highest bit of a byte that is too small; where one borrows from the next,
/// it is set itself.
#[inline]
fn is_harmless_word(bytes: [u8; 8]) -> bool {
    let word = u64::from_le_bytes(bytes);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    let is = |byte: u8| (word ^ each(byte)).wrapping_sub(each(1));
    let found = word | word.wrapping_sub(each(0x20)) | is(b'"') | is(b'\\') | is(0x7F);
    found & each(0x80) == 0
}

#[inline(never)]
fn push(out: &mut Vec<u8>, text: &str, table: &[u8; 256]) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let what = table[usize::from(byte)];
        if what == PASS {
            at += 1;
            continue;
        }
        let Some(length) = escaped(bytes, at, what) else {
            at += 1;
            continue;
        };
        out.extend_from_slice(&bytes[start..at]);
        match what {
            UNICODE => push_unicode(out, text[at..].chars().next().unwrap_or_default()),
            short => out.extend_from_slice(&[b'\\', short]),
        }
        at += length;
        start = at;
    }
    out.extend_from_slice(&bytes[start..]);
}

/// How many bytes from `at` have to be escaped as one, if any.
fn escaped(bytes: &[u8], at: usize, what: u8) -> Option<usize> {
    if what != UNICODE || bytes[at] < 0x80 {
        return Some(1);
    }
    match bytes[at..] {
        // C1: U+0080 to U+009F.
        [0xC2, 0x80..=0x9F, ..] => Some(2),
        // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069.
        [0xE2, 0x80, 0x8E | 0x8F | 0xA8..=0xAE, ..] | [0xE2, 0x81, 0xA6..=0xA9, ..] => Some(3),
        _ => None,
    }
}

fn push_unicode(out: &mut Vec<u8>, c: char) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let code = c as u32;
    out.extend_from_slice(b"\\u");
    out.extend([12, 8, 4, 0].map(|shift| HEX[(code >> shift & 15) as usize]));
}

const PASS: u8 = 0;

/// Written as `\u0000`, or, for the first byte of a longer character, perhaps.
const UNICODE: u8 = 1;

const PLAIN: [u8; 256] = {
    let mut table = [PASS; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = UNICODE;
        byte += 1;
    }
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[0x7F] = UNICODE;
    table[0xC2] = UNICODE;
    table[0xE2] = UNICODE;
    table
};

const JSON: [u8; 256] = {
    let mut table = PLAIN;
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        push_json(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn plain(text: &str) -> String {
        let mut out = Vec::new();
        push_plain(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whatever_steers_a_terminal_or_ends_a_line_is_escaped_in_both() {
        for (raw, escaped) in [
            ("a\r\nb", r"a\r\nb"),
            ("\x1b[31m", r"\u001b[31m"),
            ("\x07\x7f\0", r"\u0007\u007f\u0000"),
            ("\u{9b}31m\u{85}", r"\u009b31m\u0085"),
            ("\u{2028}\u{2029}", r"\u2028\u2029"),
            ("\u{202e}txt\u{2066}", r"\u202etxt\u2066"),
        ] {
            assert_eq!(json(raw), escaped);
            assert_eq!(plain(raw), escaped);
        }
    }

    #[test]
    fn a_byte_is_escaped_wherever_it_stands() {
        for length in 1..=24 {
            for (at, raw) in
                (0..length).flat_map(|at| ["\x1f", "\"", "\\", "\x7f"].map(|raw| (at, raw)))
            {
                let (before, behind) = ("a".repeat(at), "~".repeat(length - at - 1));
                let text = format!("{before}{raw}{behind}");
                assert!(!is_harmless(text.as_bytes()), "{text:?}");
                assert_eq!(
                    serde_json::from_str::<String>(&format!("\"{}\"", json(&text))).unwrap(),
                    text
                );
            }
            assert!(is_harmless(&b" !~aA0[]^`{}"[..].repeat(3)[..length]));
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "plain", "äöü ©\u{a0}", "„quoted” – …", "日本語 🦀"] {
            assert_eq!(json(text), text);
            assert_eq!(plain(text), text);
        }
        assert_eq!(json(r#"a"b\c"#), r#"a\"b\\c"#);
        assert_eq!(plain(r#"a"b\c"#), r#"a"b\c"#);
    }

    #[test]
    fn every_character_is_read_back_by_a_json_reader() {
        let every: String = (0..0x1_1000).filter_map(char::from_u32).collect();
        let quoted = format!("\"{}\"", json(&every));
        assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), every);
        assert!(!plain(&every).chars().any(|c| c.is_control() || c == '\u{2028}'));
    }
}
