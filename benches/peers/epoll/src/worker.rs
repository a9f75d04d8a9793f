//! One worker: a poll instance, a listener, and the connections it accepted.

use std::io::{self, ErrorKind, Read, Write};

use memchr::memmem::Finder;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use crate::answer::answer_all;

const LISTENER: Token = Token(usize::MAX);

/// Far more than 16 pipelined requests of the load generator.
const READ_BYTES: usize = 16 * 1024;

/// A connection owns no buffer: what one readiness event brings is answered at once, from buffers
/// that all connections share; only the tail of a head that came in pieces is kept.
struct Connection {
    stream: TcpStream,
    head_tail: Vec<u8>,
}

struct Worker {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    input: Box<[u8]>,
    output: Vec<u8>,
    head_end: Finder<'static>,
}

/// Serves until the process ends.
pub fn work() -> io::Result<()> {
    let poll = Poll::new()?;
    let mut listener = TcpListener::from_std(peer_settings::shared_listener()?);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut worker = Worker {
        poll,
        listener,
        connections: Vec::new(),
        free: Vec::new(),
        input: vec![0; READ_BYTES].into(),
        output: Vec::with_capacity(READ_BYTES),
        head_end: Finder::new(b"\r\n\r\n"),
    };
    let mut events = Events::with_capacity(1024);
    loop {
        worker.poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => worker.accept()?,
                Token(slot) => worker.serve(slot),
            }
        }
    }
}

impl Worker {
    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let slot = self.free.pop().unwrap_or(self.connections.len());
            if slot == self.connections.len() {
                self.connections.push(None);
            }
            self.poll.registry().register(&mut stream, Token(slot), Interest::READABLE)?;
            self.connections[slot] = Some(Connection { stream, head_tail: Vec::new() });
        }
    }

    fn serve(&mut self, slot: usize) {
        let Some(connection) = &mut self.connections[slot] else { return };
        if !connection.serve(&mut self.input, &mut self.output, &self.head_end) {
            self.connections[slot] = None;
            self.free.push(slot);
        }
    }
}

impl Connection {
    /// Answers what can be read; false when the connection is over.
    fn serve(&mut self, input: &mut [u8], output: &mut Vec<u8>, head_end: &Finder<'_>) -> bool {
        loop {
            let length = match self.stream.read(input) {
                Ok(0) => return false,
                Ok(length) => length,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            output.clear();
            if self.head_tail.is_empty() {
                let taken = answer_all(head_end, &input[..length], output);
                self.head_tail.extend_from_slice(&input[taken..length]);
            } else {
                self.head_tail.extend_from_slice(&input[..length]);
                let taken = answer_all(head_end, &self.head_tail, output);
                self.head_tail.drain(..taken);
            }
            // The answers to one read fit the socket's buffer; a client that does not take them
            // is dropped. A head that outgrows the input buffer is not one of ours.
            let written = self.stream.write(output).is_ok_and(|written| written == output.len());
            if !written || self.head_tail.len() > input.len() {
                return false;
            }
            // Less than was asked for: the socket is empty, and its next byte makes a new event.
            if length < input.len() {
                return true;
            }
        }
    }
}
