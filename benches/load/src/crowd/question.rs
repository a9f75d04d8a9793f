//! What a connection is asked, and whether that was answered.

use std::net::SocketAddr;

use crate::{
    Fields,
    answer::{Answer, Parser},
    websocket::{self, TEXT, first_frame, masked},
};

/// The bytes to send, and what is to come back.
#[derive(Clone, Debug)]
pub(super) struct Question {
    bytes: Vec<u8>,
    expected: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    /// An answer with this body.
    Body(Vec<u8>),
    /// The connection becomes a WebSocket.
    WebSocket,
    /// The text comes back.
    Echo,
}

/// What is echoed.
const ECHOED: &[u8] = b"Are you still there?";

impl Question {
    pub(super) fn request(address: SocketAddr, path: &str, body: &str) -> Self {
        let expected = Expected::Body(body.as_bytes().into());
        Self { bytes: Fields::Host.request(0, address, path), expected }
    }

    pub(super) fn websocket(address: SocketAddr, path: &str) -> Self {
        Self { bytes: websocket::opening(address, path), expected: Expected::WebSocket }
    }

    pub(super) fn echo() -> Self {
        Self { bytes: masked(TEXT, ECHOED), expected: Expected::Echo }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether these bytes are the whole expected answer; an error if they can never become it.
    pub(super) fn is_answered(&self, received: &[u8]) -> Result<bool, String> {
        match &self.expected {
            Expected::Body(body) => has_body(received, body),
            Expected::WebSocket => websocket::is_open(received),
            Expected::Echo => is_echo(received),
        }
    }
}

fn has_body(received: &[u8], expected: &[u8]) -> Result<bool, String> {
    let mut body = Vec::with_capacity(expected.len());
    let (consumed, answer) = Parser::new()
        .advance(received, |bytes| body.extend_from_slice(bytes))
        .map_err(|error| format!("answered malformed: {}", error.0))?;
    let Some(Answer { status, closes }) = answer else { return Ok(false) };
    if status == 200 && !closes && body == expected && consumed == received.len() {
        return Ok(true);
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Err(format!("answered wrongly: {status}, closing: {closes}, {body:?}"))
}

fn is_echo(received: &[u8]) -> Result<bool, String> {
    let frame = first_frame(received).map_err(|why| format!("answered with a frame {why}"))?;
    match frame {
        None => Ok(false),
        Some(frame)
            if frame.opcode == TEXT
                && frame.payload == ECHOED
                && frame.length == received.len() =>
        {
            Ok(true)
        }
        Some(frame) => {
            let payload = String::from_utf8_lossy(frame.payload);
            Err(format!("echoed wrongly: opcode {}, {payload:?}", frame.opcode))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn an_answer_is_waited_for_to_its_last_byte() {
        for end in 0..ANSWER.len() {
            assert_eq!(has_body(&ANSWER[..end], b"hi"), Ok(false));
        }
        assert_eq!(has_body(ANSWER, b"hi"), Ok(true));
    }

    #[test]
    fn another_body_more_bytes_than_one_answer_or_a_farewell_are_wrong() {
        assert!(has_body(ANSWER, b"ho").is_err());
        assert!(has_body(&[ANSWER, b"x"].concat(), b"hi").is_err());
        let last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
        assert!(has_body(last, b"hi").is_err());
        assert!(has_body(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n", b"").is_err());
    }

    #[test]
    fn an_echo_is_the_same_text_and_nothing_else() {
        let echo = [&[0x81, ECHOED.len() as u8], ECHOED].concat();
        for end in 0..echo.len() {
            assert_eq!(is_echo(&echo[..end]), Ok(false));
        }
        assert_eq!(is_echo(&echo), Ok(true));
        assert!(is_echo(&[&echo[..], b"x"].concat()).is_err());
        assert!(is_echo(&[0x88, 0]).is_err());
    }
}
