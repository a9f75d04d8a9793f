//! What an engine has written and the socket has not taken yet.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use crate::transport::Transport;

/// Gathers what an engine writes, so that pipelined answers share a write.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// So many of `bytes` have been written.
    written: usize,
    /// Where in `bytes` the engine's last write begins.
    last_write: usize,
    /// Something that was written may wait below, in TLS.
    is_unflushed: bool,
    /// The engine has more to write than was taken from it.
    is_blocked: bool,
    writes: u32,
}

impl Outbox {
    /// Takes what the engine writes, unless there is much already.
    pub(super) fn poll_gather(
        &mut self,
        transport: &mut Transport,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.bytes.len() - self.written + bytes.len() > MAX_GATHERED {
            return self.poll_write_through(transport, cx, &[IoSlice::new(bytes)]);
        }
        self.is_blocked = false;
        self.last_write = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Writes past what was gathered, and after it.
    pub(super) fn poll_write_through(
        &mut self,
        transport: &mut Transport,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_blocked = true;
        ready!(self.poll_empty(transport, cx))?;
        let written = ready!(transport.poll_write_vectored(cx, slices))?;
        self.is_blocked = false;
        self.is_unflushed = true;
        self.writes = self.writes.wrapping_add(1);
        Poll::Ready(Ok(written))
    }

    /// Writes what was gathered; pending where the socket takes no more.
    #[inline]
    pub(super) fn poll_empty(
        &mut self,
        transport: &mut Transport,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.is_empty() && !self.is_unflushed {
            return Poll::Ready(Ok(()));
        }
        while self.written < self.bytes.len() {
            let written = ready!(transport.poll_write(cx, &self.bytes[self.written..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.writes = self.writes.wrapping_add(1);
            self.written += written;
            self.is_unflushed = true;
        }
        ready!(transport.poll_flush(cx))?;
        self.is_unflushed = false;
        if self.bytes.capacity() > MAX_KEPT {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
        self.written = 0;
        self.last_write = 0;
        Poll::Ready(Ok(()))
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What the engine wrote last.
    pub(super) fn last_write(&self) -> &[u8] {
        &self.bytes[self.last_write..]
    }

    pub(super) fn take_back_last_write(&mut self) {
        self.bytes.truncate(self.last_write);
    }

    /// True if all that the engine has to write has been written.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.is_unflushed && !self.is_blocked
    }

    /// How often the socket, or TLS, took something.
    pub(super) fn writes(&self) -> u32 {
        self.writes
    }
}

/// More than this is written at once, whatever else there may be to come.
const MAX_GATHERED: usize = 32 * 1024;

/// A buffer above this size is given back once it is empty.
const MAX_KEPT: usize = 4 * 1024;
