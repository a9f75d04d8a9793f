//! The reactor: a worker's own poll instance, which holds its listeners and every client socket for
//! the whole of its life, and the slots of the connections that are quiet.

mod aside;

mod event_loop;

mod listener;

mod poll_fd;

mod readiness;

mod seat;

mod slots;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    os::fd::AsRawFd,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

use mio::{Interest, Registry, Token, Waker, unix::SourceFd};

use self::{
    aside::Resumes,
    readiness::Readiness,
    slots::{Aside, Bounds, Parked, QuietLimits, Slots},
};
use crate::{Endpoint, Scheme, Stream, parking::ParkedTimeouts, stream::Ends, tally::Tally};

pub use self::readiness::Peer;
pub(crate) use self::readiness::{PEER_FINISHED, READABLE};
pub(crate) use self::{event_loop::EventLoop, listener::Listener, seat::Seat};

/// What a worker's connections share with its event loop.
#[derive(Debug)]
pub(crate) struct Reactor {
    registry: Registry,
    waker: Waker,
    slots: Slots<TcpStream>,
    /// Where each listener is bound.
    endpoints: Vec<Endpoint>,
    /// What is spoken there.
    schemes: Vec<Option<Scheme>>,
    /// None: the service does not park.
    timeouts: Option<ParkedTimeouts>,
    tally: Arc<Tally>,
    born: Instant,
    /// Milliseconds since `born`, as of the last tick.
    now_ms: AtomicU32,
    /// Which parked connections the event loop is to close.
    closing: AtomicU8,
    /// The ends of parked connections that a proxy has told of: nobody can be asked for them.
    introduced: Mutex<HashMap<u32, Ends>>,
    /// Who goes on with those that have left the protocol of the service.
    resumes: Resumes,
}

/// What stands for the ends of a connection over a Unix socket: this machine, no port.
const UNIX_END: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Which parked connections are to be closed.
const NOBODY: u8 = 0;
const USED: u8 = 1;
const ALL: u8 = 2;

/// Tokens below are slots.
const FIRST_LISTENER: usize = 1 << 32;
const WAKE: Token = Token(1 << 33);

impl Reactor {
    /// Takes in an accepted socket. It is worked on at once if the service does not park.
    pub(crate) fn admit(
        self: &Arc<Self>,
        io: TcpStream,
        peer_address: SocketAddr,
        listener: u16,
        peer: u32,
    ) -> io::Result<Option<Stream>> {
        let fd = io.as_raw_fd();
        let parked = Parked {
            io,
            since_ms: self.now_ms.load(Relaxed),
            peer,
            listener,
            is_fresh: true,
            aside: Aside::Nothing,
        };
        let parked = match &self.timeouts {
            Some(_) => self.slots.admit_parked(parked),
            None => Err(parked),
        };
        let (slot, hot) = match parked {
            Ok(slot) => {
                self.tally.begin_parked();
                (slot, None)
            }
            Err(parked) => {
                let readiness = Arc::new(Readiness::new(READABLE));
                let slot = self.slots.admit_hot(&readiness, self.timeouts.is_some());
                (slot, Some((self.seat(slot, readiness, &parked), parked.io)))
            }
        };
        // Registered once, for as long as it lives; closing the socket ends it.
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.registry.register(&mut SourceFd(&fd), Token(slot as usize), both) {
            if hot.is_none()
                && let Some(parked) = self.slots.evict(slot)
            {
                self.close(slot, parked);
            }
            return Err(error);
        }
        let Some((seat, io)) = hot else { return Ok(None) };
        let local = self.local(&io, listener);
        Ok(Some(Stream::new(io, seat, Ends { peer: peer_address, local }, true, None)))
    }

    /// Those that are asked to park because too many are hot now.
    fn cool(&self) {
        for wakers in self.slots.cool() {
            wakers.wake();
        }
    }

    /// A parked connection has become a hot one. None if its peer is gone.
    fn start(
        self: &Arc<Self>,
        slot: u32,
        parked: Parked<TcpStream>,
        readiness: Arc<Readiness>,
    ) -> Option<Stream> {
        self.tally.wake();
        let seat = self.seat(slot, readiness, &parked);
        let Parked { io, is_fresh, aside, .. } = parked;
        let resume = match aside {
            Aside::Resume => self.resumes.take(slot),
            Aside::Nothing | Aside::Ends => None,
        };
        let Some(ends) = seat.ends(&io) else {
            if let Some(resume) = resume {
                resume.closed();
            }
            return None;
        };
        Some(Stream::new(io, seat, ends, is_fresh, resume))
    }

    /// What the kernel knows of a connection's ends; nothing if the peer is gone.
    fn ends(&self, io: &TcpStream, listener: u16) -> Option<Ends> {
        let peer = match self.endpoints.get(usize::from(listener)) {
            Some(Endpoint::Unix(_)) => UNIX_END,
            _ => io.peer_addr().ok()?,
        };
        Some(Ends { peer, local: self.local(io, listener) })
    }

    /// A listener on one address knows the local address of what it accepts.
    fn local(&self, io: &TcpStream, listener: u16) -> SocketAddr {
        match self.endpoints.get(usize::from(listener)) {
            Some(Endpoint::Unix(_)) => UNIX_END,
            Some(Endpoint::Tcp(bound)) if !bound.ip().is_unspecified() => *bound,
            _ => io.local_addr().unwrap_or(UNIX_END),
        }
    }

    /// Where a listener is bound.
    pub(crate) fn endpoint(&self, listener: u16) -> Option<&Endpoint> {
        self.endpoints.get(usize::from(listener))
    }

    /// Hears of no more clients of a listener.
    pub(crate) fn forget(&self, listener: &Listener) {
        // It fails only for what is not registered.
        let _ = listener.deregister(&self.registry);
    }

    /// Sends away the tasks that wait for a connection.
    pub(crate) fn dismiss_spares(&self) {
        for wakers in self.slots.dismiss_spares() {
            wakers.wake();
        }
    }

    fn introduced(&self) -> MutexGuard<'_, HashMap<u32, Ends>> {
        // Nothing panics while it is held.
        self.introduced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes a connection that was not worked on.
    fn close(&self, slot: u32, parked: Parked<TcpStream>) {
        if parked.aside != Aside::Nothing {
            self.introduced().remove(&slot);
        }
        let peer = parked.peer;
        drop(parked);
        self.tally.end_parked();
        self.tally.dismiss(peer);
    }

    /// Calls for the work on a connection.
    pub(crate) fn call(&self, slot: u32) {
        let (wakers, is_news) = self.slots.call(slot);
        wakers.wake();
        if is_news {
            // It fails only where the system is out of memory; the next tick hears of it then.
            let _ = self.waker.wake();
        }
    }

    /// Closes the parked connections that have had an exchange, once those are started that have
    /// something to say. From here on none parks.
    pub(crate) fn close_used(&self) -> io::Result<()> {
        self.closing.store(USED, Relaxed);
        self.waker.wake()
    }

    /// Likewise every parked connection.
    pub(crate) fn close_all(&self) -> io::Result<()> {
        self.closing.store(ALL, Relaxed);
        self.waker.wake()
    }
}
