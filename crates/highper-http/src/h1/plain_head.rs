//! Heads of the ordinary kind, found at a fraction of what a whole scan costs.

use super::host::is_host;
use crate::Limits;

/// The length of a head without a body, if `bytes` begin with a complete one of the ordinary kind: a
/// line of HTTP/1.1, one `Host: `, and fields that have no part in framing. Nearly all are.
///
/// Whether names and values are well-formed the engine sees; all that it would accept and this
/// module would not is looked at here. None says nothing: [`HeadScan::scan`] decides.
#[inline]
pub(crate) fn plain_head(bytes: &[u8], limits: &Limits) -> Option<usize> {
    let mut lines = PlainLines { bytes, line: 0, word: 0, feeds: 0 };
    let line = lines.next()?;
    let is_plain =
        matches!(line, [b'A'..=b'Z', .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'])
            && line[0] != b'C'
            && line.len() <= limits.target_size;
    if !is_plain {
        return None;
    }
    let (mut fields, mut has_host) = (0, false);
    while let [first, second, rest @ ..] = lines.next()? {
        fields += 1;
        match [first | 0x20, second | 0x20] {
            [b'h', b'o'] => {
                let [b's', b't', b':', b' ', value @ ..] = rest else { return None };
                if has_host || !is_host(value) {
                    return None;
                }
                has_host = true;
            }
            // Content-Length, Transfer-Encoding, Upgrade, and a few of no interest.
            [b'c', b'o'] | [b't', b'r'] | [b'u', b'p'] => return None,
            [b'a'..=b'z', _] if first.is_ascii_alphabetic() => {}
            _ => return None,
        }
    }
    // The line that ended the loop has to be the empty one.
    let length = lines.line;
    let is_end = bytes[..length].ends_with(b"\n\r\n");
    (is_end && has_host && length <= limits.header_size && fields <= limits.header_count)
        .then_some(length)
}

/// The lines of a head, found in one pass over words of eight bytes. Ends at a line that ends in LF
/// alone, and at one that is not complete.
struct PlainLines<'a> {
    bytes: &'a [u8],
    /// Where the next line begins.
    line: usize,
    /// Which word is looked at next.
    word: usize,
    /// The line feeds of the present word that have not been used: the high bit of each byte.
    feeds: u64,
}

impl<'a> PlainLines<'a> {
    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (words, tail) = self.bytes.as_chunks::<8>();
        while self.feeds == 0 {
            let Some(word) = words.get(self.word) else {
                let from = self.line.max(words.len() * 8);
                let at =
                    tail.get(from - words.len() * 8..)?.iter().position(|byte| *byte == b'\n')?;
                return self.take(from + at);
            };
            self.feeds = exact_feeds(u64::from_le_bytes(*word));
            self.word += 1;
        }
        let end = (self.word - 1) * 8 + self.feeds.trailing_zeros() as usize / 8;
        self.feeds &= self.feeds - 1;
        self.take(end)
    }

    #[inline]
    fn take(&mut self, end: usize) -> Option<&'a [u8]> {
        let line = self.bytes.get(self.line..end)?;
        self.line = end + 1;
        line.strip_suffix(b"\r")
    }
}

/// The high bit of each byte that is a line feed, and no other bit.
#[inline]
fn exact_feeds(word: u64) -> u64 {
    const LOWS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differing = word ^ (0x0101_0101_0101_0101 * b'\n' as u64);
    !(((differing & LOWS) + LOWS) | differing | LOWS)
}

#[cfg(test)]
mod tests {
    use super::super::head::{BodyFraming, HeadScan};
    use super::*;

    #[test]
    fn a_plain_head_is_one_that_the_whole_scan_accepts() {
        let limits = Limits::default();
        let plain = "GET /a?b HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\nX: \r\n\r\n";
        assert_eq!(plain_head(plain.as_bytes(), &limits), Some(plain.len()));
        assert_eq!(plain_head(format!("{plain}GET").as_bytes(), &limits), Some(plain.len()));
        for cut in 0..plain.len() {
            assert_eq!(plain_head(&plain.as_bytes()[..cut], &limits), None, "{cut}");
        }
        for head in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nAccept: b\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nAccept: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nAccept: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nupgrade: b\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            assert_eq!(plain_head(head.as_bytes(), &limits), None, "{head:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_a_plain_head_is_no_other_to_the_whole_scan(
            lines in proptest::collection::vec("(Host: a|[A-Za-z-]{1,8}: ?[a-z,;=]{0,9}|[ \t:\r\nA-z]{0,6})(\r\n|\n|\r)", 0..6),
        ) {
            let head = format!("GET / HTTP/1.1\r\n{}\r\n", lines.concat());
            let whole = HeadScan::default().scan(head.as_bytes(), &Limits::default());
            if let Some(length) = plain_head(head.as_bytes(), &Limits::default())
                // A name that holds what no name may is the engine's to refuse.
                && !matches!(&whole, Err(refusal) if refusal.code == "bad_header")
            {
                proptest::prop_assert_eq!(whole, Ok(Some((length, BodyFraming::Length(0)))));
            }
        }
    }
}
