//! One worker: a poll instance, a listener, and the connections it accepted.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, ErrorKind, Read, Write},
};

use memchr::memmem::Finder;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use crate::answer::answer_all;

const LISTENER: Token = Token(usize::MAX);

/// Far more than 16 pipelined requests of the load generator.
const READ_BYTES: usize = 16 * 1024;

struct Worker {
    poll: Poll,
    listener: TcpListener,
    /// A connection owns no buffer: what one readiness event brings is answered at once, from
    /// buffers that all connections share.
    connections: Vec<Option<TcpStream>>,
    free: Vec<usize>,
    /// The beginnings of heads that came in pieces, by connection.
    head_tails: HashMap<usize, Vec<u8>>,
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
        head_tails: HashMap::new(),
        input: vec![0; READ_BYTES].into(),
        output: Vec::with_capacity(READ_BYTES),
        head_end: Finder::new(b"\r\n\r\n"),
    };
    let mut events = Events::with_capacity(1024);
    loop {
        match worker.poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
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
            let slot = self.free.pop().unwrap_or(self.connections.len());
            if slot == self.connections.len() {
                self.connections.push(None);
            }
            self.poll.registry().register(&mut stream, Token(slot), Interest::READABLE)?;
            self.connections[slot] = Some(stream);
        }
    }

    fn serve(&mut self, slot: usize) {
        if !self.answer(slot) {
            self.connections[slot] = None;
            self.head_tails.remove(&slot);
            self.free.push(slot);
        }
    }

    /// Answers what can be read; false when the connection is over.
    fn answer(&mut self, slot: usize) -> bool {
        let Some(stream) = &mut self.connections[slot] else { return true };
        loop {
            let length = match stream.read(&mut self.input) {
                Ok(0) => return false,
                Ok(length) => length,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            let mut input = Cow::Borrowed(&self.input[..length]);
            if let Some(mut head_tail) = self.head_tails.remove(&slot) {
                head_tail.extend_from_slice(&input);
                input = Cow::Owned(head_tail);
            }
            self.output.clear();
            let taken = answer_all(&self.head_end, &input, &mut self.output);
            let head_tail = &input[taken..];
            // The answers to one read fit the socket's buffer; a client that does not take them
            // is dropped. A head that outgrows the input buffer is not one of ours.
            let written = stream.write(&self.output).is_ok_and(|n| n == self.output.len());
            if !written || head_tail.len() > READ_BYTES {
                return false;
            }
            if !head_tail.is_empty() {
                self.head_tails.insert(slot, head_tail.to_vec());
            }
            // Less than was asked for: the socket is empty, and its next byte makes a new event.
            if length < READ_BYTES {
                return true;
            }
        }
    }
}
