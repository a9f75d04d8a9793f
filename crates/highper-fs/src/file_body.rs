//! Parts of a file as a body, read piece by piece on threads that may wait.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::buffer::spare_capacity;
use rustix::io::pread;
use tokio::task::{JoinHandle, spawn_blocking};

/// A piece of what is sent.
#[derive(Debug)]
pub(crate) enum Piece {
    Bytes(Bytes),
    /// Bytes of the file, by their positions.
    File(Range<u64>),
}

/// A body of known length. At most one chunk is read ahead, and only once the one before it was taken:
/// a slow client holds two chunks, never the file.
#[derive(Debug)]
pub(crate) struct FileBody {
    file: Option<Arc<OwnedFd>>,
    pieces: VecDeque<Piece>,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    /// What is still to be given.
    remaining: u64,
}

impl FileBody {
    pub(crate) fn new(file: Option<Arc<OwnedFd>>, pieces: VecDeque<Piece>) -> Self {
        let remaining = pieces.iter().map(Piece::length).sum();
        Self { file, pieces, reading: None, remaining }
    }

    /// Starts to read the next chunk, if a part of the file comes next.
    fn read_ahead(&mut self) {
        if let (Some(Piece::File(range)), Some(file)) = (self.pieces.front_mut(), &self.file) {
            let chunk = range.start..range.end.min(range.start + CHUNK_BYTES);
            range.start = chunk.end;
            if range.is_empty() {
                self.pieces.pop_front();
            }
            let file = Arc::clone(file);
            self.reading = Some(spawn_blocking(move || read_chunk(&file, chunk)));
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.reading.is_none() {
            if let Some(Piece::Bytes(_)) = self.pieces.front()
                && let Some(Piece::Bytes(bytes)) = self.pieces.pop_front()
            {
                self.remaining -= bytes.len() as u64;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            self.read_ahead();
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let bytes = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other).flatten();
        self.reading = None;
        match bytes {
            Ok(bytes) => {
                self.remaining -= bytes.len() as u64;
                self.read_ahead();
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Err(error) => {
                // Whoever polls again is told of the end, not of more bytes.
                self.pieces.clear();
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

impl Piece {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(range) => range.end - range.start,
        }
    }
}

/// Reads exactly `range`. A file that has become shorter is an error, which ends the connection: the
/// length was announced, and zeros in place of what is gone would be a lie.
fn read_chunk(file: &OwnedFd, range: Range<u64>) -> io::Result<Bytes> {
    let mut bytes =
        Vec::with_capacity(usize::try_from(range.end - range.start).map_err(io::Error::other)?);
    while bytes.len() < bytes.capacity() {
        let at = range.start + bytes.len() as u64;
        match pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "a file became shorter while it was sent",
                ));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // A vector may have more room than it was asked for; the file may have grown.
    bytes.truncate(usize::try_from(range.end - range.start).map_err(io::Error::other)?);
    Ok(Bytes::from(bytes))
}

/// As much as is read at once: 64 KiB.
const CHUNK_BYTES: u64 = 64 * 1024;
