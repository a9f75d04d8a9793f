//! One question on one connection, until its whole answer has come.

use std::{
    io::{ErrorKind, Read, Write},
    time::Instant,
};

use mio::net::TcpStream;

use super::question::Question;

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

    /// Asks. A question is so short that a socket which does not take it whole is broken.
    pub(super) fn send(
        &mut self,
        stream: &mut TcpStream,
        question: &Question,
    ) -> Result<(), String> {
        self.since = Instant::now();
        self.sent = true;
        match stream.write(question.bytes()) {
            Ok(written) if written == question.bytes().len() => Ok(()),
            Ok(_) => Err("took only a part of the question".into()),
            Err(error) => Err(format!("did not take the question: {error}")),
        }
    }

    /// Reads what came; says whether the answer is whole and right.
    pub(super) fn read(
        &mut self,
        stream: &mut TcpStream,
        input: &mut [u8],
        question: &Question,
    ) -> Result<bool, String> {
        loop {
            match stream.read(input) {
                Ok(0) => return Err("closed by the server before its answer".into()),
                Ok(length) => self.kept.extend_from_slice(&input[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("lost before its answer: {error}")),
            }
            if question.is_answered(&self.kept)? {
                return Ok(true);
            }
            if self.kept.len() > MAX_ANSWER {
                return Err(format!("answered with more than {MAX_ANSWER} bytes"));
            }
        }
    }
}
