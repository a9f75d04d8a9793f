//! One WebSocket, and what comes on it.

use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::Instant,
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::{
    LoadError,
    hold::{connect, open_websocket},
    websocket::{PING, PONG, TEXT, first_frame, masked},
};

#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    /// When its last message was sent.
    pub(super) since: Instant,
    /// The part of a frame that came without its end.
    kept: Vec<u8>,
}

impl Client {
    pub(super) fn open(
        address: SocketAddr,
        index: usize,
        opening: &[u8],
        registry: &Registry,
    ) -> Result<Self, LoadError> {
        let mut stream = connect(address, index)?;
        open_websocket(&mut stream, opening)?;
        let polled = || {
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            registry.register(&mut stream, Token(index), Interest::READABLE)?;
            Ok(stream)
        };
        let stream = polled().map_err(|error| LoadError::io("cannot poll a WebSocket", error))?;
        Ok(Self { stream, since: Instant::now(), kept: Vec::new() })
    }

    /// Sends a frame. It is so short that a socket which does not take it whole is broken.
    pub(super) fn send(&mut self, frame: &[u8]) -> Result<(), String> {
        self.since = Instant::now();
        match self.stream.write(frame) {
            Ok(written) if written == frame.len() => Ok(()),
            Ok(_) => Err("took only a part of a message".into()),
            Err(error) => Err(format!("did not take a message: {error}")),
        }
    }

    /// Reads all that came; says how often `expected` was among it, and answers pings.
    pub(super) fn receive(&mut self, input: &mut [u8], expected: &[u8]) -> Result<u64, String> {
        let mut messages = 0;
        loop {
            let length = match self.stream.read(input) {
                Ok(0) => return Err("was closed by the server".into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(messages),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("was lost: {error}")),
            };
            messages += self.take(&input[..length], expected)?;
            // The kernel tells anew of what comes after less than there was room for.
            if length < input.len() {
                return Ok(messages);
            }
        }
    }

    fn take(&mut self, came: &[u8], expected: &[u8]) -> Result<u64, String> {
        if self.kept.is_empty() {
            let (used, messages) = self.frames(came, expected)?;
            self.kept.extend_from_slice(&came[used..]);
            return Ok(messages);
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend_from_slice(came);
        let (used, messages) = self.frames(&kept, expected)?;
        kept.drain(..used);
        self.kept = kept;
        Ok(messages)
    }

    /// How many bytes the whole frames have, and how many of these are messages.
    fn frames(&mut self, bytes: &[u8], expected: &[u8]) -> Result<(usize, u64), String> {
        let (mut used, mut messages) = (0, 0);
        let malformed = |why| format!("got a frame {why}");
        while let Some(frame) = first_frame(&bytes[used..]).map_err(malformed)? {
            used += frame.length;
            match frame.opcode {
                TEXT if frame.payload == expected => messages += 1,
                PING => {
                    // Where the socket has no room for it, the server will find out.
                    let _ = self.stream.write(&masked(PONG, frame.payload));
                }
                PONG => {}
                opcode => {
                    let payload = String::from_utf8_lossy(frame.payload);
                    return Err(format!("got something else: opcode {opcode}, {payload:?}"));
                }
            }
        }
        Ok((used, messages))
    }
}
