//! What is written and the socket has not taken yet.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use highper_core::{BodyError, FileSlice};

use crate::outgoing::log_broken;
use crate::transport::Transport;

/// Gathers what a connection writes, so that pipelined answers share a write. Its memory is the
/// worker's while there is nothing in it.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// A piece of a body that is not copied, after `bytes`.
    tail: Bytes,
    /// What follows the piece.
    line_end: &'static [u8],
    /// Bytes of a file, after all of these.
    slice: Option<FileSlice>,
    /// So many of `bytes` have been written.
    written: usize,
    is_unflushed: bool,
    writes: u32,
}

/// More than this is written before anything is added.
const MAX_GATHERED: usize = 32 * 1024;

/// A longer piece is written from where it is.
const MAX_COPIED: usize = 4 * 1024;

/// More memory than this is given back.
const MAX_SPARE: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Output {
    /// Where to append.
    #[inline]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0 {
            self.bytes = SPARE.try_with(Cell::take).unwrap_or_default();
        }
        &mut self.bytes
    }

    /// Appends a piece of a body. What follows it may be appended only when it [is not
    /// full](Self::is_full).
    #[inline]
    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.len() <= MAX_COPIED {
            self.bytes().extend_from_slice(&piece);
        } else {
            self.tail = piece;
        }
    }

    /// Appends the data of a chunk and its line end, like [`push`](Self::push).
    pub(super) fn push_chunk(&mut self, data: Bytes) {
        self.push(data);
        if self.tail.is_empty() {
            self.bytes().extend_from_slice(b"\r\n");
        } else {
            self.line_end = b"\r\n";
        }
    }

    /// Appends bytes of a file, like [`push`](Self::push).
    pub(super) fn push_slice(&mut self, slice: FileSlice) {
        self.slice = Some(slice);
    }

    /// True if something has to be written before more is added.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        !self.tail.is_empty()
            || !self.line_end.is_empty()
            || self.slice.is_some()
            || self.bytes.len() - self.written > MAX_GATHERED
    }

    /// All there is, as if a socket had taken it.
    #[cfg(any(fuzzing, test))]
    pub(super) fn take_gathered(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.extend_from_slice(&std::mem::take(&mut self.tail));
        bytes.extend_from_slice(std::mem::take(&mut self.line_end));
        bytes
    }

    /// How often the socket, or TLS, took something.
    pub(super) fn writes(&self) -> u32 {
        self.writes
    }

    /// Writes all there is; pending where the socket takes no more.
    #[inline]
    pub(super) fn poll_flush(
        &mut self,
        stream: &mut Transport,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let is_empty = self.bytes.is_empty() && self.tail.is_empty() && self.slice.is_none();
        if is_empty && !self.is_unflushed {
            return Poll::Ready(Ok(()));
        }
        self.poll_write(stream, cx)
    }

    fn poll_write(&mut self, stream: &mut Transport, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.tail.is_empty() || !self.line_end.is_empty() {
            ready!(self.poll_write_pieces(stream, cx))?;
        }
        while let Some(rest @ [_, ..]) = self.bytes.get(self.written..) {
            let written = ready!(stream.poll_write(cx, rest))?;
            self.wrote(written)?;
            self.written += written;
        }
        if self.slice.is_some() {
            ready!(self.poll_send_slice(stream, cx))?;
        }
        if self.is_unflushed {
            ready!(stream.poll_flush(cx))?;
            self.is_unflushed = false;
            self.give_back();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes all that is not part of a file, where it lies in several places.
    fn poll_write_pieces(
        &mut self,
        stream: &mut Transport,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.tail.is_empty() || !self.line_end.is_empty() {
            let rest = &self.bytes[self.written..];
            let slices = [rest, &self.tail, self.line_end].map(IoSlice::new);
            let written = ready!(stream.poll_write_vectored(cx, &slices))?;
            let of_bytes = written.min(rest.len());
            let of_tail = (written - of_bytes).min(self.tail.len());
            self.wrote(written)?;
            self.written += of_bytes;
            self.tail.advance(of_tail);
            self.line_end = &self.line_end[written - of_bytes - of_tail..];
        }
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn wrote(&mut self, written: usize) -> io::Result<()> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.writes = self.writes.wrapping_add(1);
        self.is_unflushed = true;
        Ok(())
    }

    /// Lets the kernel send what the socket takes of a file, all of it in the end.
    fn poll_send_slice(
        &mut self,
        stream: &mut Transport,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(slice) = &mut self.slice {
            if ready!(stream.poll_send_file(cx, slice))? == 0 {
                // The length was announced, and zeros in place of what is gone would be a lie.
                let error = BodyError::malformed("a file became shorter while it was sent");
                log_broken(&error);
                return Poll::Ready(Err(io::Error::other(error)));
            }
            self.slice.take_if(|slice| slice.is_empty());
            self.writes = self.writes.wrapping_add(1);
            self.is_unflushed = true;
        }
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn give_back(&mut self) {
        self.written = 0;
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() <= MAX_SPARE {
            bytes.clear();
            // At the end of a thread there is nobody to leave it to.
            let _ = SPARE.try_with(|spare| spare.set(bytes));
        }
    }
}
