//! A listener on the reactor.

use std::{
    io,
    net::{SocketAddr, TcpStream},
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    sync::Arc,
    task::{Context, Poll, ready},
};

use mio::{Interest, Registry, Token, unix::SourceFd};

use super::{
    UNIX_END,
    readiness::{READABLE, Readiness},
};
use crate::{Endpoint, listeners::Listening};

/// A listener on the reactor.
#[derive(Debug)]
pub(crate) struct Listener {
    io: Io,
    readiness: Arc<Readiness>,
}

#[derive(Debug)]
enum Io {
    Tcp(mio::net::TcpListener),
    Unix(mio::net::UnixListener),
}

impl Listener {
    pub(super) fn register(
        listening: Listening,
        token: Token,
        registry: &Registry,
    ) -> io::Result<(Self, Arc<Readiness>)> {
        let Listening { socket, endpoint, .. } = listening;
        registry.register(&mut SourceFd(&socket.as_raw_fd()), token, Interest::READABLE)?;
        let readiness = Arc::new(Readiness::new(READABLE));
        let io = match endpoint {
            Endpoint::Tcp(_) => Io::Tcp(mio::net::TcpListener::from_std(socket.into())),
            Endpoint::Unix(_) => Io::Unix(mio::net::UnixListener::from_std(socket.into())),
        };
        Ok((Self { io, readiness: Arc::clone(&readiness) }, readiness))
    }

    /// The next connection, its socket non-blocking.
    pub(crate) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        loop {
            let bits = ready!(self.readiness.poll_readable(cx));
            match self.accept_now() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                accepted => {
                    self.readiness.restore(bits);
                    return Poll::Ready(accepted);
                }
            }
        }
    }

    /// A connection that the kernel has ready.
    pub(crate) fn accept_now(&self) -> io::Result<(TcpStream, SocketAddr)> {
        // A stream socket is read and written alike, whatever its family.
        match &self.io {
            Io::Tcp(io) => io.accept().map(|(io, peer)| (TcpStream::from(OwnedFd::from(io)), peer)),
            Io::Unix(io) => {
                io.accept().map(|(io, _)| (TcpStream::from(OwnedFd::from(io)), UNIX_END))
            }
        }
    }

    /// Hears of no more clients. Closing the descriptor would not do: the socket lives on where
    /// another process has one of it.
    pub(crate) fn deregister(&self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut SourceFd(&self.as_fd().as_raw_fd()))
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.io {
            Io::Tcp(io) => io.as_fd(),
            Io::Unix(io) => io.as_fd(),
        }
    }
}
