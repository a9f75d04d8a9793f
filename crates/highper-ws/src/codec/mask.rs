//! The mask of a client's payload (RFC 6455, section 5.3).

/// Masks or unmasks `bytes`, of which the first is the one at `offset` of its frame's payload.
#[inline]
pub(crate) fn apply(bytes: &mut [u8], key: [u8; 4], offset: usize) {
    let at = |index: usize| key[(offset + index) % 4];
    let key = [at(0), at(1), at(2), at(3)];
    let word = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for chunk in words {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_unmasked_as_the_whole() {
        let key = [1, 2, 3, 0xff];
        let clear: Vec<u8> = (0..100).collect();
        let masked: Vec<u8> =
            clear.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]).collect();
        for cut in 0..clear.len() {
            let mut bytes = masked.clone();
            let (first, second) = bytes.split_at_mut(cut);
            apply(first, key, 0);
            apply(second, key, cut);
            assert_eq!(bytes, clear, "{cut}");
        }
    }
}
