//! A socket with TLS on it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use highper_net::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::connection::TlsConnection;
use crate::first_bytes::Protocol;

/// A connection on which TLS was agreed upon.
pub(crate) struct Session {
    stream: TlsStream<Socket>,
    connection: TlsConnection,
}

impl Session {
    pub(super) fn new(stream: TlsStream<Socket>) -> Self {
        let connection = TlsConnection::of(stream.get_ref().1);
        Self { stream, connection }
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(buf);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    pub(crate) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    pub(crate) fn writes(&self) -> u32 {
        self.stream.get_ref().0.writes
    }

    pub(crate) fn protocol(&self) -> Option<Protocol> {
        match self.connection.alpn()? {
            b"h2" => Some(Protocol::Http2),
            b"http/1.1" => Some(Protocol::Http1),
            _ => None,
        }
    }

    pub(crate) fn socket(&self) -> &Stream {
        &self.stream.get_ref().0.stream
    }

    pub(crate) fn connection(&self) -> TlsConnection {
        self.connection.clone()
    }
}

/// The socket below TLS. It gives back the bytes that were read to see whether the peer speaks TLS,
/// and counts what it takes, which nobody sees above TLS.
pub(super) struct Socket {
    stream: Stream,
    first: [u8; FIRST],
    /// So many of `first` were read, and so many of these given back.
    read: usize,
    given: usize,
    writes: u32,
}

/// The head of a TLS record, and enough of a method's name.
const FIRST: usize = 5;

impl Socket {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, first: [0; FIRST], read: 0, given: 0, writes: 0 }
    }

    /// Reads the first bytes, and none of them away; how many there are, 0 at the end.
    pub(super) fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.read = ready!(self.stream.poll_read(cx, &mut self.first))?;
        Poll::Ready(Ok(&self.first[..self.read]))
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.given == this.read {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let given = (this.read - this.given).min(buf.remaining());
        buf.put_slice(&this.first[this.given..this.given + given]);
        this.given += given;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.writes = self.writes.wrapping_add(1);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs))?;
        self.writes = self.writes.wrapping_add(1);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
