//! As much of RFC 6455 as a client needs that says one thing over and over.

use std::net::SocketAddr;

/// The request that opens a WebSocket; its key is the RFC's own.
pub(crate) fn opening(address: SocketAddr, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

/// Whether the whole answer has come and opens the WebSocket; an error if it never will.
///
/// A server speaks first only if it likes: what follows the answer is not looked at.
pub(crate) fn is_open(answer: &[u8]) -> Result<bool, String> {
    let begins = answer.len().min(SWITCHING.len());
    if answer[..begins] != SWITCHING[..begins] {
        let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
        return Err(format!("opens no WebSocket: {}", String::from_utf8_lossy(line)));
    }
    Ok(answer.ends_with(b"\r\n\r\n"))
}

/// A frame of a client with so short a payload that its length has one byte.
///
/// The mask is always the same: a server has to take it off all the same.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    debug_assert!(payload.len() <= MAX_SHORT);
    let mut frame = vec![FINAL | opcode, MASKED | payload.len() as u8];
    frame.extend_from_slice(&MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A frame of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
    /// Of all of it.
    pub(crate) length: usize,
}

/// The frame that `bytes` begin with, if it is there to its end.
///
/// # Errors
///
/// It is not one that a server may send in answer to a short text: says why.
#[inline]
pub(crate) fn first_frame(bytes: &[u8]) -> Result<Option<Frame<'_>>, &'static str> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & FINAL == 0 {
        return Err("in pieces");
    }
    let length = usize::from(*second);
    if length > MAX_SHORT {
        return Err("masked, or with more than 125 bytes");
    }
    let payload = rest.get(..length);
    Ok(payload.map(|payload| Frame { opcode: first & 0x7f, payload, length: 2 + length }))
}

pub(crate) const TEXT: u8 = 1;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

const SWITCHING: &[u8] = b"HTTP/1.1 101 ";
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Beyond it a length has more than one byte.
const MAX_SHORT: usize = 125;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_the_rfcs_example_is_made_and_the_answer_read() {
        let frame = masked(TEXT, b"Hello");
        assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        let answer = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x81];
        for end in 0..7 {
            assert_eq!(first_frame(&answer[..end]), Ok(None));
        }
        let expected = Frame { opcode: TEXT, payload: b"Hello", length: 7 };
        assert_eq!(first_frame(&answer), Ok(Some(expected)));
    }

    #[test]
    fn pieces_and_long_frames_are_no_echo() {
        assert!(first_frame(&[0x01, 0]).is_err());
        assert!(first_frame(&[0x81, 126]).is_err());
        assert!(first_frame(&[0x81, 0x80]).is_err());
    }

    #[test]
    fn only_a_switch_of_protocols_opens() {
        assert_eq!(is_open(b"HTTP/1."), Ok(false));
        assert_eq!(is_open(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), Ok(true));
        let refused = is_open(b"HTTP/1.1 403 Forbidden\r\n").unwrap_err();
        assert_eq!(refused, "opens no WebSocket: HTTP/1.1 403 Forbidden");
    }
}
