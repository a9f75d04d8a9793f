//! One request on one connection, and whether its answer is the expected one.

use std::{
    io::{ErrorKind, Read, Write},
    time::Instant,
};

use mio::net::TcpStream;

use crate::answer::{Answer, Parser};

/// No answer that is expected here is longer.
const MAX_ANSWER: usize = 16 * 1024;

/// A connection in work.
#[derive(Debug)]
pub(super) struct Exchange {
    /// When its request was sent; before that, when it was begun.
    pub(super) since: Instant,
    pub(super) sent: bool,
    /// The part of an answer that came without its end.
    kept: Vec<u8>,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), sent: false, kept: Vec::new() }
    }

    /// Sends the request. It is so short that a socket which does not take it whole is broken.
    pub(super) fn send(&mut self, stream: &mut TcpStream, request: &[u8]) -> Result<(), String> {
        self.since = Instant::now();
        self.sent = true;
        match stream.write(request) {
            Ok(written) if written == request.len() => Ok(()),
            Ok(_) => Err("took only a part of the request".into()),
            Err(error) => Err(format!("did not take the request: {error}")),
        }
    }

    /// Reads what came; says whether the answer is whole and right.
    pub(super) fn read(
        &mut self,
        stream: &mut TcpStream,
        input: &mut [u8],
        body: &[u8],
    ) -> Result<bool, String> {
        loop {
            match stream.read(input) {
                Ok(0) => return Err("closed by the server before its answer".into()),
                Ok(length) => self.kept.extend_from_slice(&input[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("lost before its answer: {error}")),
            }
            if check(&self.kept, body)? {
                return Ok(true);
            }
            if self.kept.len() > MAX_ANSWER {
                return Err(format!("answered with more than {MAX_ANSWER} bytes"));
            }
        }
    }
}

/// Whether these bytes are the whole expected answer; an error if they can never become it.
fn check(received: &[u8], expected: &[u8]) -> Result<bool, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn an_answer_is_waited_for_to_its_last_byte() {
        for end in 0..ANSWER.len() {
            assert_eq!(check(&ANSWER[..end], b"hi"), Ok(false));
        }
        assert_eq!(check(ANSWER, b"hi"), Ok(true));
    }

    #[test]
    fn another_body_more_bytes_than_one_answer_or_a_farewell_are_wrong() {
        assert!(check(ANSWER, b"ho").is_err());
        assert!(check(&[ANSWER, b"x"].concat(), b"hi").is_err());
        let last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
        assert!(check(last, b"hi").is_err());
        assert!(check(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n", b"").is_err());
    }
}
