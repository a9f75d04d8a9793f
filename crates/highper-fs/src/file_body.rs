//! Parts of a file as a body, piece by piece, for which no worker waits.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use highper_core::{BoxError, FileSlice, SendFile};
use http_body::{Body, Frame, SizeHint};
use rustix::buffer::spare_capacity;
use rustix::io::pread;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::page_cache::{is_cached, read_cached};

/// A piece of what is sent.
#[derive(Debug)]
pub(crate) enum Piece {
    Bytes(Bytes),
    /// Bytes of the file, by their positions.
    File(Range<u64>),
}

/// A body of known length. What the kernel has in memory is sent by it, or read on the worker, which does
/// not wait then; the rest is read on a thread that may. One chunk is held at a time: a slow client holds
/// that, never the file.
#[derive(Debug)]
pub(crate) struct FileBody {
    file: Option<Arc<File>>,
    pieces: VecDeque<Piece>,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    /// What is still to be given.
    remaining: u64,
}

impl FileBody {
    pub(crate) fn new(file: Option<Arc<File>>, pieces: VecDeque<Piece>) -> Self {
        let remaining = pieces.iter().map(Piece::length).sum();
        Self { file, pieces, reading: None, remaining }
    }

    /// The file and at most `bytes` of it, if a part of it comes next.
    fn next_part(&self, bytes: u64) -> Option<(&Arc<File>, Range<u64>)> {
        match (self.pieces.front(), &self.file) {
            (Some(Piece::File(range)), Some(file)) => {
                Some((file, range.start..range.end.min(range.start + bytes)))
            }
            _ => None,
        }
    }

    /// Counts bytes of the next piece as given.
    fn give(&mut self, bytes: u64) {
        self.remaining -= bytes;
        if let Some(Piece::File(range)) = self.pieces.front_mut() {
            range.start += bytes;
            if !range.is_empty() {
                return;
            }
        }
        self.pieces.pop_front();
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(reading) = &mut self.reading {
            let bytes = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other).flatten();
            self.reading = None;
            match &bytes {
                Ok(bytes) => self.give(bytes.len() as u64),
                // Whoever polls again is told of the end, not of more bytes.
                Err(_) => self.pieces.clear(),
            }
            return Poll::Ready(Some(bytes.map(Frame::data).map_err(Into::into)));
        }
        if let Some(Piece::Bytes(bytes)) = self.pieces.front() {
            let bytes = bytes.clone();
            self.give(bytes.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some((file, chunk)) = self.next_part(CHUNK_BYTES) else { return Poll::Ready(None) };
        if let Some(bytes) = read_cached(file, &chunk) {
            self.give(bytes.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let file = Arc::clone(file);
        self.reading = Some(spawn_blocking(move || read_chunk(&file, chunk)));
        self.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

impl SendFile for FileBody {
    fn take_slice(mut self: Pin<&mut Self>) -> Option<FileSlice> {
        if self.reading.is_some() {
            return None;
        }
        let (file, part) = self.next_part(SLICE_BYTES)?;
        let is_cached = |position: &u64| is_cached(file, *position);
        let cached =
            part.clone().step_by(CHUNK_BYTES as usize).take_while(is_cached).count() as u64;
        let part = part.start..part.end.min(part.start + cached * CHUNK_BYTES);
        if part.is_empty() {
            return None;
        }
        let slice = FileSlice::new(Arc::clone(file), part);
        self.give(slice.length());
        Some(slice)
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
fn read_chunk(file: &File, range: Range<u64>) -> io::Result<Bytes> {
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

/// As much as the kernel is asked to send at once: 256 KiB. Others have their turn in between.
const SLICE_BYTES: u64 = 4 * CHUNK_BYTES;

#[cfg(test)]
mod tests {
    use std::fs;

    use highper_core::Body as AnyBody;

    use super::*;

    const LENGTH: u64 = 600_000;

    fn file() -> Arc<File> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, vec![b'x'; LENGTH as usize]).unwrap();
        Arc::new(File::open(path).unwrap())
    }

    /// What the body gives to an engine that lets the kernel send files.
    async fn sent(mut body: AnyBody) -> (u64, u64) {
        let (mut in_slices, mut in_frames) = (0, 0);
        loop {
            if let Some(slice) = body.take_slice() {
                assert!((1..=SLICE_BYTES).contains(&slice.length()));
                in_slices += slice.length();
            } else if let Some(data) = body.next_data().await {
                in_frames += data.unwrap().len() as u64;
            } else {
                return (in_slices, in_frames);
            }
        }
    }

    #[tokio::test]
    async fn a_file_that_was_just_written_is_in_memory_and_sent_in_slices() {
        let (file, text) = (file(), Bytes::from_static(b"between"));
        let whole = Range { start: 0, end: LENGTH };
        let pieces = [Piece::File(5..10), Piece::Bytes(text), Piece::File(whole)].into();
        let (in_slices, in_frames) =
            sent(AnyBody::wrap_file(FileBody::new(Some(file), pieces))).await;
        assert_eq!(in_slices + in_frames, 5 + 7 + LENGTH);
        // A file system may not tell what it has in memory.
        assert!(in_slices == 5 + LENGTH || in_slices == 0, "{in_slices}");
    }

    #[tokio::test]
    async fn a_body_with_a_bound_gives_no_slices_around_it() {
        let pieces = VecDeque::from([Piece::File(0..LENGTH)]);
        let mut body = AnyBody::wrap_file(FileBody::new(Some(file()), pieces)).limited(100);
        assert!(body.take_slice().is_none());
        assert!(body.collect().await.unwrap_err().is_too_large());
    }

    #[tokio::test]
    async fn who_asks_for_frames_gets_the_same_bytes_from_memory_and_from_disk() {
        let file = file();
        let pieces = VecDeque::from([Piece::File(1..LENGTH)]);
        let body = AnyBody::wrap_file(FileBody::new(Some(Arc::clone(&file)), pieces));
        assert_eq!(body.collect().await.unwrap().len() as u64, LENGTH - 1);
        assert_eq!(read_chunk(&file, 10..20).unwrap(), [b'x'; 10].as_slice());
        assert!(read_cached(&file, &(LENGTH..LENGTH + 1)).is_none());
    }
}
