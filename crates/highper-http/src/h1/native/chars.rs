//! Kinds of characters in a head, looked for in 16 bytes at a time.

use wide::i8x16;

/// A bit for each of 16 bytes, the first one lowest.
pub(super) type Bits = u32;

/// Of letters and `-`, as in most names of fields.
#[inline(always)]
pub(super) fn letters(chunk: &[u8; 16]) -> Bits {
    let chunk = vector(chunk);
    bits(is_letter(chunk) | is(chunk, b'-'))
}

/// Of letters, digits, `-` and `_`, as in nearly all names of fields.
#[inline(always)]
pub(super) fn of_names(chunk: &[u8; 16]) -> Bits {
    let chunk = vector(chunk);
    bits(is_letter(chunk) | within(chunk, b'0', b'9') | is(chunk, b'-') | is(chunk, b'_'))
}

/// Of spaces and visible ASCII, as nearly all values are.
#[inline(always)]
pub(super) fn of_values(chunk: &[u8; 16]) -> Bits {
    bits(within(vector(chunk), b' ', b'~'))
}

/// Of letters, digits, `-` and `.`, as in names of hosts and IPv4 addresses.
#[inline(always)]
pub(super) fn of_hosts(chunk: &[u8; 16]) -> Bits {
    let chunk = vector(chunk);
    bits(is_letter(chunk) | within(chunk, b'-', b'9') & !is(chunk, b'/'))
}

/// Of digits.
#[inline(always)]
pub(super) fn digits(chunk: &[u8; 16]) -> Bits {
    bits(within(vector(chunk), b'0', b'9'))
}

/// Of `:`.
#[inline(always)]
pub(super) fn colons(chunk: &[u8; 16]) -> Bits {
    bits(is(vector(chunk), b':'))
}

/// Of what stands in a target: what RFC 3986 allows, and what browsers do not encode. Neither a fragment
/// nor anything that is not ASCII.
#[inline(always)]
pub(super) fn of_targets(chunk: &[u8; 16]) -> Bits {
    let chunk = vector(chunk);
    // Two at a time that differ in one bit: `"` and `#`, `<` and `>`.
    let pairs = is(chunk | i8x16::splat(1), b'#') | is(chunk | i8x16::splat(2), b'>');
    bits(within(chunk, b'!', b'~') & !(pairs | is(chunk, b'`')))
}

/// Of what ends a path, or encodes something in it: `?` and `%`.
#[inline(always)]
pub(super) fn of_more_than_paths(chunk: &[u8; 16]) -> Bits {
    let chunk = vector(chunk);
    bits(is(chunk, b'?') | is(chunk, b'%'))
}

/// May all of `bytes` stand in a target?
pub(super) fn is_target(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() && !b"\"#<>`".contains(byte))
}

/// Does the chunk begin with the first `length` bytes of `known`, which are in lower case, in any case? In tokens
/// nothing but letters becomes another letter, or `-`, by this bit.
#[inline(always)]
pub(super) fn begins_with(chunk: &[u8; 16], known: &[u8; 16], length: u32) -> bool {
    let chunk = vector(chunk) | i8x16::splat(0x20);
    run(bits(chunk.simd_eq(vector(known)))) >= length
}

/// How many of the first bytes have their bit.
#[inline(always)]
pub(super) fn run(bits: Bits) -> u32 {
    (!bits).trailing_zeros()
}

/// Where the bytes of a kind end that begin at `at`; none where that is not seen.
#[inline(always)]
pub(super) fn end(room: &[u8], mut at: u32, kind: impl Fn(&[u8; 16]) -> Bits) -> Option<u32> {
    loop {
        match run(kind(part(room, at)?)) {
            16 => at += 16,
            length => return Some(at + length),
        }
    }
}

/// The `N` bytes from `at` on. A place is 32 bits, so that no sum of places overflows, which the compiler sees too.
#[inline(always)]
pub(super) fn part<const N: usize>(room: &[u8], at: u32) -> Option<&[u8; N]> {
    room.get(at as usize..at as usize + N)?.try_into().ok()
}

#[inline(always)]
fn vector(chunk: &[u8; 16]) -> i8x16 {
    i8x16::new(chunk.map(|byte| byte as i8))
}

#[inline(always)]
fn bits(mask: i8x16) -> Bits {
    mask.to_bitmask()
}

#[inline(always)]
fn is(chunk: i8x16, byte: u8) -> i8x16 {
    chunk.simd_eq(i8x16::splat(byte as i8))
}

#[inline(always)]
fn is_letter(chunk: i8x16) -> i8x16 {
    within(chunk | i8x16::splat(0x20), b'a', b'z')
}

/// What lies between these two, which are ASCII: the addition makes `most` the greatest number there is, and whatever
/// is not between them a smaller one than it makes `least`.
#[inline(always)]
fn within(chunk: i8x16, least: u8, most: u8) -> i8x16 {
    let up = 127 - most;
    (chunk + i8x16::splat(up as i8)).simd_gt(i8x16::splat((least + up) as i8 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte behind runs of every length: it either goes on with them or ends them.
    fn agrees(kind: fn(&[u8; 16]) -> Bits, is_in: fn(u8) -> bool) {
        for before in 0..40 {
            for byte in 0..=255 {
                let mut text = vec![b'a'; before];
                text.push(byte);
                let length = before + usize::from(is_in(byte));
                text.push(0);
                text.extend([b'a'; 15]);
                assert_eq!(end(&text, 0, kind), Some(length as u32), "{byte} at {before}");
                text.truncate(length);
                assert_eq!(end(&text, 0, kind), None, "{byte} at {before}");
            }
        }
    }

    #[test]
    fn a_run_ends_at_the_first_byte_that_is_not_of_its_kind() {
        agrees(letters, |byte| byte.is_ascii_alphabetic() || byte == b'-');
        agrees(of_names, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        agrees(of_values, |byte| byte == b' ' || byte.is_ascii_graphic());
        agrees(of_hosts, |byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        agrees(of_targets, |byte| is_target(&[byte]));
    }

    #[test]
    fn single_characters_are_found_wherever_they_are() {
        for at in 0..16 {
            for byte in 0..=255_u8 {
                let mut chunk = [b'a'; 16];
                chunk[at] = byte;
                let found = |is_in: bool| u32::from(is_in) << at;
                assert_eq!(digits(&chunk), found(byte.is_ascii_digit()));
                assert_eq!(colons(&chunk), found(byte == b':'));
                assert_eq!(of_more_than_paths(&chunk), found(byte == b'?' || byte == b'%'));
            }
        }
    }

    #[test]
    fn a_name_is_known_in_any_case() {
        let known = |name: &str| {
            begins_with(
                format!("{name:16}").as_bytes().first_chunk().unwrap(),
                b"connection      ",
                10,
            )
        };
        assert!(known("connection") && known("Connection") && known("CONNECTION: close"));
        assert!(!known("connectio_") && !known("xonnection"));
    }

    #[test]
    fn a_part_is_within_the_room() {
        assert_eq!(part(b"abc", 1), Some(b"bc"));
        assert_eq!(part::<2>(b"abc", 2), None);
        assert_eq!(part::<2>(b"abc", u32::MAX), None);
    }
}
