//! What carries the frames of a connection.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use highper_http::Upgraded;
use highper_net::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The socket itself, which parks, or something that stands before it.
#[derive(Debug)]
pub(crate) enum Wire {
    Stream(Stream),
    Other(Box<Upgraded>),
}

thread_local! {
    /// Where bytes are read to; what came is copied to its connection, which so takes no more than that.
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// How much is read at once.
const READ: usize = 16 * 1024;

/// How many frames are written at once.
const GATHERED: usize = 16;

impl Wire {
    /// Reads what is there behind `input`; 0 is the end.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        ROOM.with_borrow_mut(|room| {
            let read = match self {
                Self::Stream(stream) => ready!(stream.poll_read(cx, room))?,
                Self::Other(upgraded) => {
                    let mut buffer = ReadBuf::new(room);
                    ready!(Pin::new(&mut **upgraded).poll_read(cx, &mut buffer))?;
                    buffer.filled().len()
                }
            };
            match input.is_empty() {
                true => *input = BytesMut::from(&room[..read]),
                false => input.extend_from_slice(&room[..read]),
            }
            Poll::Ready(Ok(read))
        })
    }

    /// Writes all of `frames`, and takes off what was written.
    pub(crate) fn poll_write_all(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut VecDeque<Bytes>,
    ) -> Poll<io::Result<()>> {
        while !frames.is_empty() {
            let mut slices = [IoSlice::new(&[]); GATHERED];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(frames.iter()) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            let written = match self {
                Self::Stream(stream) if count == 1 => ready!(stream.poll_write(cx, &frames[0])),
                Self::Stream(stream) => ready!(stream.poll_write_vectored(cx, &slices[..count])),
                Self::Other(upgraded) => {
                    ready!(Pin::new(&mut **upgraded).poll_write(cx, &frames[0]))
                }
            }?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            take_off(frames, written);
        }
        match self {
            Self::Stream(_) => Poll::Ready(Ok(())),
            Self::Other(upgraded) => Pin::new(&mut **upgraded).poll_flush(cx),
        }
    }

    /// Says that nothing more is written.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Stream(stream) => stream.poll_shutdown(cx),
            Self::Other(upgraded) => Pin::new(&mut **upgraded).poll_shutdown(cx),
        }
    }

    /// Is the connection asked to park?
    pub(crate) fn is_park_wanted(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.is_park_wanted(),
            Self::Other(_) => false,
        }
    }
}

/// Takes the first bytes off.
fn take_off(frames: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(first) = frames.front_mut() {
        if written < first.len() {
            let _ = first.split_to(written);
            return;
        }
        written -= first.len();
        frames.pop_front();
    }
}
