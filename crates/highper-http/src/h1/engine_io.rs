//! The wire as hyper's input and output.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::shared::{Exchange, Shared};

/// The engine's end of the wire.
pub(crate) struct EngineIo(pub(crate) Arc<Shared>);

impl Read for EngineIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut wire = self.0.wire();
        let read = wire.poll_read(cx, &mut buf);
        if wire.body_is_too_slow() && self.0.exchange() == Exchange::Handling {
            wire.time_out_body();
        }
        read
    }
}

impl Write for EngineIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.wire().poll_write(cx, bytes)
    }

    /// Of use where nothing is gathered: a frame's head and payload share a write, and a TLS record.
    fn is_write_vectored(&self) -> bool {
        self.0.wire().is_raw()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut wire = self.0.wire();
        if wire.is_raw() {
            return wire.poll_write_through(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        wire.poll_write(cx, first.map_or(&[], |slice| slice))
    }

    /// The driver writes when the engine has nothing more to do. Another protocol has no driver.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = self.0.wire();
        if wire.is_raw() { wire.poll_write_out(cx) } else { Poll::Ready(Ok(())) }
    }

    /// The driver ends an HTTP/1 connection, with a lingering close where one is needed.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = self.0.wire();
        if wire.is_raw() { wire.stream().poll_shutdown(cx) } else { Poll::Ready(Ok(())) }
    }
}

impl Drop for EngineIo {
    fn drop(&mut self) {
        self.0.wire().engine_is_gone();
    }
}
