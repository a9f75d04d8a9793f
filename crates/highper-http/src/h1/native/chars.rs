//! Runs of characters in a head, found 16 bytes at a time.

use wide::u8x16;

/// How many of the first bytes are letters or `-`, as in most names of fields.
#[inline]
pub(super) fn letters_length(bytes: &[u8]) -> Option<usize> {
    run(bytes, |chunk| outside_letters(chunk) & !is(chunk, b'-'))
}

/// How many of the first bytes are letters, digits, `-` or `_`, as in nearly all names of fields.
#[inline]
pub(super) fn name_length(bytes: &[u8]) -> Option<usize> {
    run(bytes, |chunk| {
        let other = is(chunk, b'-') | is(chunk, b'_');
        outside_letters(chunk) & outside(chunk, b'0', b'9') & !other
    })
}

/// How many of the first bytes are spaces and visible ASCII, as nearly all values are.
#[inline]
pub(super) fn value_length(bytes: &[u8]) -> Option<usize> {
    run(bytes, |chunk| outside(chunk, b' ', b'~'))
}

/// Do `bytes` begin with `length` bytes that are a name or an IPv4 address, and perhaps a port?
#[inline]
pub(super) fn is_plain_host(bytes: &[u8], length: usize) -> bool {
    let name = run(bytes, |chunk| {
        let other = is(chunk, b'-') | is(chunk, b'.');
        outside_letters(chunk) & outside(chunk, b'0', b'9') & !other
    });
    match name.and_then(|name| bytes.get(name..length)) {
        Some([b':', port @ ..]) => port.iter().all(u8::is_ascii_digit),
        rest => rest.is_some_and(<[u8]>::is_empty),
    }
}

/// The target that `bytes` begin with: what RFC 3986 allows, and what browsers do not encode. Neither a
/// fragment nor anything that is not ASCII.
#[inline]
#[expect(unsafe_code, reason = "the check of the standard library is 2 % of a request")]
pub(super) fn target(bytes: &[u8]) -> Option<&str> {
    let length = run(bytes, |chunk| {
        let other = is(chunk, b'"') | is(chunk, b'#') | is(chunk, b'<');
        let other = other | is(chunk, b'>') | is(chunk, b'`');
        outside(chunk, b'!', b'~') | other
    })?;
    // SAFETY: all of it lies from `!` to `~`, so it is ASCII.
    Some(unsafe { str::from_utf8_unchecked(&bytes[..length]) })
}

/// Is there no `?` and no `%` in the first `length` bytes? Looked for only where they are a chunk at most.
#[inline]
pub(super) fn is_short_path(bytes: &[u8], length: usize) -> bool {
    let Some(chunk) = bytes.first_chunk::<16>().filter(|_| length <= 16) else { return false };
    let chunk = (*chunk).into();
    let found = is(chunk, b'?') | is(chunk, b'%');
    found.to_bitmask().trailing_zeros() as usize >= length
}

/// May all of `bytes` stand in a target?
pub(super) fn is_target(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() && !b"\"#<>`".contains(byte))
}

/// How many bytes come before the first that `ends` finds, by the highest bits; none if it finds none, or that
/// one is among the last 15.
#[inline]
fn run(bytes: &[u8], ends: impl Fn(u8x16) -> u8x16) -> Option<usize> {
    // Most runs end in the first chunk.
    match ends((*bytes.first_chunk()?).into()).to_bitmask() {
        0 => long_run(bytes, ends),
        ends => Some(ends.trailing_zeros() as usize),
    }
}

#[inline(never)]
fn long_run(bytes: &[u8], ends: impl Fn(u8x16) -> u8x16) -> Option<usize> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().enumerate().skip(1).find_map(|(at, chunk)| {
        let ends = ends((*chunk).into()).to_bitmask();
        (ends != 0).then(|| at * 16 + ends.trailing_zeros() as usize)
    })
}

#[inline]
fn is(chunk: u8x16, byte: u8) -> u8x16 {
    chunk.simd_eq(u8x16::splat(byte))
}

#[inline]
fn outside_letters(chunk: u8x16) -> u8x16 {
    outside(chunk | u8x16::splat(0x20), b'a', b'z')
}

/// The highest bit of each byte that does not lie between these two, which are ASCII. What is less becomes
/// negative by the subtraction, what is more by the addition.
#[inline]
fn outside(chunk: u8x16, least: u8, most: u8) -> u8x16 {
    (chunk - u8x16::splat(least)) | (chunk + u8x16::splat(0x7F - most))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte behind runs of every length: it either goes on with them or ends them.
    fn agrees(length: fn(&[u8]) -> Option<usize>, is_in: fn(u8) -> bool) {
        for before in 0..40 {
            for byte in 0..=255 {
                let mut text = vec![b'a'; before];
                text.push(byte);
                let end = before + usize::from(is_in(byte));
                text.push(0);
                text.extend([b'a'; 15]);
                assert_eq!(length(&text), Some(end), "{byte} at {before}");
                text.truncate(end);
                assert_eq!(length(&text), None, "{byte} at {before}");
            }
        }
    }

    #[test]
    fn a_plain_host_is_what_the_value_is_to_its_end() {
        let is_plain =
            |host: &str| is_plain_host(format!("{host}\r\n{:16}", "").as_bytes(), host.len());
        for host in
            ["", "a", "a-b.example:80", "127.0.0.1:1", "a:", "a.very-long-name.example.com:8080"]
        {
            assert!(is_plain(host), "{host}");
        }
        for other in ["[::1]", "a:b", "a:80:81", "a_b", "a@b", "a, b", ":a"] {
            assert!(!is_plain(other), "{other}");
        }
        assert!(!is_plain_host(b"a.example\r\n", 9), "the end is not seen");
    }

    #[test]
    fn a_short_path_has_no_query_and_nothing_encoded() {
        let is_path =
            |target: &str| is_short_path(format!("{target} ?{:16}", "").as_bytes(), target.len());
        assert!(is_path("/") && is_path("/fifteen-letters"));
        assert!(
            !is_path("/?")
                && !is_path("/a%20")
                && !is_path("/a?b")
                && !is_path("/sixteen-letters-")
        );
    }

    #[test]
    fn a_run_ends_at_the_first_byte_that_is_not_of_its_kind() {
        agrees(letters_length, |byte| byte.is_ascii_alphabetic() || byte == b'-');
        agrees(name_length, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        agrees(value_length, |byte| byte == b' ' || byte.is_ascii_graphic());
        agrees(|bytes| target(bytes).map(str::len), |byte| is_target(&[byte]));
    }
}
