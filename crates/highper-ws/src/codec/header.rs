//! The head of a frame (RFC 6455, section 5.2).

use bytes::{BufMut, BytesMut};

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    pub(crate) fn is_control(self) -> bool {
        self as u8 >= Self::Close as u8
    }

    fn parse(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }
}

/// A head that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) is_final: bool,
    /// The message is compressed (RFC 7692).
    pub(crate) is_compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) key: [u8; 4],
    pub(crate) length: u64,
}

/// Reads the head at the beginning of `bytes`: with its length in bytes, or None where there are too few.
/// A client's frame has to be masked.
#[inline]
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Header, usize)>, &'static str> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x30 != 0 {
        return Err("a reserved bit is set");
    }
    let opcode = Opcode::parse(first & 0x0f).ok_or("an opcode that there is not")?;
    if second & 0x80 == 0 {
        return Err("a frame of a client that is not masked");
    }
    let (is_final, is_compressed) = (first & 0x80 != 0, first & 0x40 != 0);
    let short = second & 0x7f;
    if opcode.is_control() && (!is_final || is_compressed || short > 125) {
        return Err("a control frame that is in pieces, compressed or too long");
    }
    let (length, used) = match (short, rest) {
        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8)
        }
        (126 | 127, _) => return Ok(None),
        _ => (u64::from(short), 0),
    };
    if used == 2 && length < 126
        || used == 8 && (length <= u64::from(u16::MAX) || length >> 63 != 0)
    {
        return Err("a length that is not in its shortest form");
    }
    let Some(key) = rest[used..].first_chunk::<4>() else { return Ok(None) };
    let header = Header { is_final, is_compressed, opcode, key: *key, length };
    Ok(Some((header, 2 + used + 4)))
}

/// Appends a whole frame of a server, which is not masked.
pub(crate) fn push_frame(out: &mut BytesMut, opcode: Opcode, is_compressed: bool, payload: &[u8]) {
    // No more than that: a buffer that is full becomes the bytes of a frame as it is.
    out.reserve(payload.len() + head_length(payload.len()));
    out.put_u8(0x80 | u8::from(is_compressed) << 6 | opcode as u8);
    match payload.len() {
        length @ 0..=125 => out.put_u8(length as u8),
        length @ 126..=0xffff => {
            out.put_u8(126);
            out.put_u16(length as u16);
        }
        length => {
            out.put_u8(127);
            out.put_u64(length as u64);
        }
    }
    out.put_slice(payload);
}

/// What the head of a server's frame takes.
fn head_length(payload: usize) -> usize {
    match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(first: u8, second: u8, rest: &[u8]) -> Vec<u8> {
        [&[first, second | 0x80], rest, &[0; 4]].concat()
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        for (second, length, rest) in
            [(5, 5, &[][..]), (126, 126, &[0, 126]), (127, 65536, &[0, 0, 0, 0, 0, 1, 0, 0])]
        {
            let bytes = masked(0x82, second, rest);
            for cut in 0..bytes.len() {
                assert!(parse(&bytes[..cut]).unwrap().is_none());
            }
            let (header, used) = parse(&bytes).unwrap().unwrap();
            assert_eq!((header.length, used, header.is_final), (length, bytes.len(), true));
        }
    }

    #[test]
    fn what_the_protocol_forbids_is_refused() {
        for (bytes, why) in [
            (masked(0xa2, 0, &[]), "reserved bit"),
            (masked(0x83, 0, &[]), "opcode"),
            (vec![0x82, 0, 0, 0, 0, 0], "not masked"),
            (masked(0x09, 0, &[]), "control frame"),
            (masked(0xc9, 0, &[]), "control frame"),
            (masked(0x89, 126, &[0, 126]), "control frame"),
            (masked(0x82, 126, &[0, 125]), "shortest"),
            (masked(0x82, 127, &[0, 0, 0, 0, 0, 0, 0xff, 0xff]), "shortest"),
            (masked(0x82, 127, &[0x80, 0, 0, 0, 0, 0, 0, 0]), "shortest"),
        ] {
            let told = parse(&bytes).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
}
