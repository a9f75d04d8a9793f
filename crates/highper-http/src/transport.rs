//! What carries the bytes of a connection: its socket, or TLS on it.

use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};

use highper_core::{Connection, FileSlice, Request};
use highper_net::{Peer, Stream};

use crate::first_bytes::Protocol;
use crate::tls::{Session, TlsConnection};

/// What carries the bytes of a connection.
pub(crate) enum Transport {
    Plain(Stream),
    /// Boxed: the state of TLS is many times larger than a socket.
    Tls(Box<Session>),
    /// It is parked, and its engine waits for another one.
    Absent,
}

impl Transport {
    /// See [`Stream::poll_read`].
    #[inline]
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => stream.poll_read(cx, buf),
            Self::Tls(session) => session.poll_read(cx, buf),
            Self::Absent => Poll::Ready(absent()),
        }
    }

    /// See [`Stream::poll_write`]; but what was taken may wait here until it is flushed.
    #[inline]
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => stream.poll_write(cx, buf),
            Self::Tls(session) => session.poll_write(cx, buf),
            Self::Absent => Poll::Ready(absent()),
        }
    }

    /// See [`Stream::poll_write_vectored`], and [`poll_write`](Self::poll_write).
    #[inline]
    pub(crate) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match (self, bufs) {
            (Self::Plain(stream), [buf]) => stream.poll_write(cx, buf),
            (Self::Plain(stream), bufs) => stream.poll_write_vectored(cx, bufs),
            (Self::Tls(session), bufs) => session.poll_write_vectored(cx, bufs),
            (Self::Absent, _) => Poll::Ready(absent()),
        }
    }

    /// True where the kernel can send a file by itself: TLS has to see the bytes.
    #[inline]
    pub(crate) fn sends_files(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// See [`Stream::poll_send_file`].
    pub(crate) fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        slice: &mut FileSlice,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => stream.poll_send_file(cx, slice),
            Self::Tls(_) => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
            Self::Absent => Poll::Ready(absent()),
        }
    }

    /// Gives to the socket what was taken and waits. A socket itself withholds nothing.
    #[inline]
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) | Self::Absent => Poll::Ready(Ok(())),
            Self::Tls(session) => session.poll_flush(cx),
        }
    }

    /// See [`Stream::poll_shutdown`]. TLS says first that this is the end (`close_notify`).
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_shutdown(cx),
            Self::Tls(session) => session.poll_shutdown(cx),
            Self::Absent => Poll::Ready(absent()),
        }
    }

    /// How many writes the socket took of what was withheld: a sign of life while it is flushed.
    #[inline]
    pub(crate) fn withheld_writes(&self) -> u32 {
        match self {
            Self::Plain(_) | Self::Absent => 0,
            Self::Tls(session) => session.writes(),
        }
    }

    /// See [`Stream::poll_peer`].
    #[inline]
    pub(crate) fn poll_peer(&self, cx: &mut Context<'_>) -> Peer {
        match self {
            Self::Plain(stream) => stream.poll_peer(cx),
            Self::Tls(session) => session.socket().poll_peer(cx),
            Self::Absent => Peer::Gone,
        }
    }

    /// Is the connection asked to park? TLS never is: its keys would be lost.
    #[inline]
    pub(crate) fn is_park_wanted(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_park_wanted(),
            Self::Tls(_) | Self::Absent => false,
        }
    }

    /// See [`Stream::is_asked_to_park`]. TLS never is.
    pub(crate) fn is_asked_to_park(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_asked_to_park(),
            Self::Tls(_) | Self::Absent => false,
        }
    }

    /// Leaves a connection that has not sent a byte to the reactor.
    pub(crate) fn park_unused(self) {
        if let Self::Plain(stream) = self {
            stream.park();
        }
    }

    /// Leaves a quiet connection to the reactor.
    pub(crate) fn park(self) {
        if let Self::Plain(stream) = self {
            stream.park_used();
        }
    }

    /// See [`Stream::park_for_next`].
    pub(crate) async fn park_for_next(&mut self) -> bool {
        match self {
            Self::Plain(stream) => stream.park_for_next().await,
            Self::Tls(_) | Self::Absent => false,
        }
    }

    /// See [`Stream::is_fresh`]. TLS has been agreed upon.
    pub(crate) fn is_fresh(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_fresh(),
            Self::Tls(_) | Self::Absent => false,
        }
    }

    /// What both sides agreed to speak, where they did.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        match self {
            Self::Plain(_) | Self::Absent => None,
            Self::Tls(session) => session.protocol(),
        }
    }

    pub(crate) fn ends(&self) -> Ends {
        let (stream, tls) = match self {
            Self::Plain(stream) => (Some(stream), None),
            Self::Tls(session) => (Some(session.socket()), Some(session.connection())),
            Self::Absent => (None, None),
        };
        let connection = Connection {
            peer: stream.map_or(NOWHERE, Stream::peer_addr),
            local: stream.map_or(NOWHERE, Stream::local_addr),
        };
        Ends { connection, tls }
    }
}

/// Where nobody is.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotConnected.into())
}

/// What every request of a connection is told about it.
#[derive(Clone)]
pub(crate) struct Ends {
    pub(crate) connection: Connection,
    tls: Option<TlsConnection>,
}

impl Ends {
    #[inline]
    pub(crate) fn tell(&self, request: &mut Request) {
        request.set_connection(self.connection);
        if let Some(tls) = &self.tls {
            request.extensions_mut().insert(tls.clone());
        }
    }
}
