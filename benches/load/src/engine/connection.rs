//! One keep-alive connection and the requests that wait on it.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use super::tally::Tally;
use crate::{
    LoadError,
    answer::{Answer, Parser},
};

/// On loopback a connection stands at once, unless the server's queue is full.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A head or chunk line longer than this is not an answer.
const MAX_KEPT_BYTES: usize = 64 * 1024;

pub(super) struct Connection {
    stream: TcpStream,
    parser: Parser,
    /// When each unanswered request was sent, or was due.
    waiting: VecDeque<Instant>,
    /// The part of an answer that came without its end.
    kept: Vec<u8>,
    /// What the socket's buffer did not take.
    unwritten: Vec<u8>,
}

impl Connection {
    pub(super) fn open(
        address: SocketAddr,
        registry: &Registry,
        token: Token,
    ) -> Result<Self, LoadError> {
        let connect = || {
            let stream = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(stream)
        };
        Ok(Self {
            stream: connect().map_err(|error: io::Error| {
                LoadError::io(format!("cannot connect to {address}"), error)
            })?,
            parser: Parser::new(),
            waiting: VecDeque::new(),
            kept: Vec::new(),
            unwritten: Vec::new(),
        })
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn outstanding(&self) -> usize {
        self.waiting.len()
    }

    /// Sends `count` requests whose latency counts from `since`.
    pub(super) fn send(&mut self, bytes: &[u8], count: usize, since: Instant) -> io::Result<()> {
        self.waiting.extend(std::iter::repeat_n(since, count));
        if !self.unwritten.is_empty() {
            self.unwritten.extend_from_slice(bytes);
            return Ok(());
        }
        let written = write_some(&mut self.stream, bytes)?;
        self.unwritten.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// Sends what had to wait for room in the socket's buffer.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.unwritten.is_empty() {
            let written = write_some(&mut self.stream, &self.unwritten)?;
            self.unwritten.drain(..written);
        }
        Ok(())
    }

    /// Reads all that came; says how many answers that completed, and whether the connection can
    /// still be used.
    pub(super) fn read(
        &mut self,
        input: &mut [u8],
        now: Instant,
        tally: &mut Tally,
    ) -> (usize, bool) {
        let mut answers = 0;
        loop {
            let length = match self.stream.read(input) {
                Ok(0) => return (answers, false),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return (answers, error.kind() == ErrorKind::WouldBlock),
            };
            let Some(completed) = self.parse(&input[..length], now, tally) else {
                return (answers, false);
            };
            answers += completed;
            // Less than there was room for: the socket is empty, and more makes a new event.
            if length < input.len() {
                return (answers, true);
            }
        }
    }

    /// The number of answers completed; nothing when the connection is of no more use.
    fn parse(&mut self, input: &[u8], now: Instant, tally: &mut Tally) -> Option<usize> {
        if self.kept.is_empty() {
            let (consumed, answers) = self.parse_all(input, now, tally)?;
            self.kept.extend_from_slice(&input[consumed..]);
            return Some(answers);
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend_from_slice(input);
        let (consumed, answers) = self.parse_all(&kept, now, tally)?;
        kept.drain(..consumed);
        self.kept = kept;
        (self.kept.len() <= MAX_KEPT_BYTES).then_some(answers)
    }

    fn parse_all(
        &mut self,
        input: &[u8],
        now: Instant,
        tally: &mut Tally,
    ) -> Option<(usize, usize)> {
        let (mut consumed, mut answers) = (0, 0);
        loop {
            let (length, answer) = self.parser.advance(&input[consumed..], |_| {}).ok()?;
            consumed += length;
            let Some(Answer { status, closes }) = answer else { return Some((consumed, answers)) };
            // An answer that nobody asked for: the stream cannot be trusted.
            let since = self.waiting.pop_front()?;
            tally.answer(status, now.saturating_duration_since(since));
            answers += 1;
            if closes {
                return None;
            }
        }
    }
}

/// Writes what the socket takes now.
fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match stream.write(bytes) {
            Ok(written) => return Ok(written),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
