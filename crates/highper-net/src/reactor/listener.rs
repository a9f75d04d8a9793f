//! A listener on the reactor.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::{AsRawFd, OwnedFd},
    sync::Arc,
    task::{Context, Poll, ready},
};

use mio::{Interest, Registry, Token, unix::SourceFd};

use super::readiness::{READABLE, Readiness};

/// A listener on the reactor.
#[derive(Debug)]
pub(crate) struct Listener {
    io: mio::net::TcpListener,
    readiness: Arc<Readiness>,
}

impl Listener {
    pub(super) fn register(
        io: TcpListener,
        token: Token,
        registry: &Registry,
    ) -> io::Result<(Self, Arc<Readiness>)> {
        registry.register(&mut SourceFd(&io.as_raw_fd()), token, Interest::READABLE)?;
        let readiness = Arc::new(Readiness::new(READABLE));
        let io = mio::net::TcpListener::from_std(io);
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
        let (io, peer) = self.io.accept()?;
        Ok((TcpStream::from(OwnedFd::from(io)), peer))
    }
}
