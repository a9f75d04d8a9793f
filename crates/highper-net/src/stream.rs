//! An accepted connection.

use std::{
    fmt,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// An accepted connection.
///
/// It has two faces. The `poll_*` methods take plain slices, for protocol engines that own their
/// buffers; tokio's [`AsyncRead`] and [`AsyncWrite`] let rustls and any protocol written for tokio
/// run on it unchanged. What carries the bytes underneath is private and may change.
pub struct Stream {
    io: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
}

impl Stream {
    /// Adopts a connection that was accepted elsewhere: a test, or a listener of your own.
    ///
    /// # Errors
    /// When the connection has no peer any more, so that its addresses cannot be told.
    pub fn from_tokio(io: TcpStream) -> io::Result<Self> {
        let (peer, local) = (io.peer_addr()?, io.local_addr()?);
        Ok(Self { io, peer, local })
    }

    /// For the accept loop, which knows the addresses without asking the kernel again.
    pub(crate) fn accepted(io: TcpStream, peer: SocketAddr, local: SocketAddr) -> Self {
        Self { io, peer, local }
    }

    /// The address of the other end, as the kernel told it at accept. On a listener for both
    /// families an IPv4 peer appears as `::ffff:a.b.c.d`.
    #[must_use]
    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// The address of this end.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Reads what is there into `buf` and says how many bytes came; 0 means that the peer has
    /// finished writing (or that `buf` is empty). When nothing is there, the task is woken later.
    ///
    /// # Errors
    /// Those of the socket, a reset by the peer first among them.
    #[inline]
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        // Through tokio's own poll_read: a read that does not fill the buffer clears the
        // readiness, which saves the second read that would only say "would block".
        let mut buf = ReadBuf::new(buf);
        ready!(AsyncRead::poll_read(Pin::new(&mut self.io), cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Writes what the socket takes of `buf` and says how many bytes it took.
    ///
    /// # Errors
    /// Those of the socket: a broken pipe or a reset when the peer is gone.
    #[inline]
    pub fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        // A socket nearly always takes what it is given: the way through readiness and wakers is for
        // when it does not.
        match self.io.try_write(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                AsyncWrite::poll_write(Pin::new(&mut self.io), cx, buf)
            }
            result => Poll::Ready(result),
        }
    }

    /// Like [`Stream::poll_write`] for several buffers in one system call.
    ///
    /// # Errors
    /// As for [`Stream::poll_write`].
    #[inline]
    pub fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write_vectored(Pin::new(&mut self.io), cx, bufs)
    }

    /// Shuts the writing half: the peer reads what was written and then the end. Reading goes on.
    ///
    /// # Errors
    /// When the connection is gone already.
    #[inline]
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(&mut self.io), cx)
    }
}

impl AsyncRead for Stream {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    #[inline]
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("peer", &self.peer)
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}
