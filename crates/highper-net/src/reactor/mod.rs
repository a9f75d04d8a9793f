//! The reactor: a worker's own poll instance, which holds its listeners and every client socket for
//! the whole of its life, and the slots of the connections that are quiet.

mod aside;

mod event_loop;

mod listener;

mod poll_fd;

mod readiness;

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
    task::{Context, Poll, ready},
    time::Instant,
};

use mio::{Interest, Registry, Token, Waker, unix::SourceFd};

use self::{
    aside::Resumes,
    readiness::Readiness,
    slots::{Aside, Bounds, Parked, Parking, QuietLimits, Slots, Taken},
};
use crate::{
    Caller, Endpoint, Resume, Scheme, Stream,
    parking::ParkedTimeouts,
    stream::Ends,
    tally::{NO_PEER, Tally},
};

pub use self::readiness::Peer;
pub(crate) use self::readiness::{PEER_FINISHED, READABLE};
pub(crate) use self::{event_loop::EventLoop, listener::Listener};

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

/// The place of a hot connection; dropping it, after the socket, gives the place back.
#[derive(Debug)]
pub(crate) struct Seat {
    reactor: Arc<Reactor>,
    readiness: Arc<Readiness>,
    slot: u32,
    peer: u32,
    listener: u16,
    is_introduced: bool,
    state: State,
}

/// What becomes of the task that works on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Working,
    /// Nothing: the reactor has the connection, or it is closed.
    Left,
    /// It waits for another connection.
    Waiting,
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

    fn seat(
        self: &Arc<Self>,
        slot: u32,
        readiness: Arc<Readiness>,
        of: &Parked<TcpStream>,
    ) -> Seat {
        let is_introduced = match of.aside {
            Aside::Nothing => false,
            Aside::Ends => true,
            Aside::Resume => self.introduced().contains_key(&slot),
        };
        let Parked { peer, listener, .. } = *of;
        let (reactor, state) = (Arc::clone(self), State::Working);
        Seat { reactor, readiness, slot, peer, listener, is_introduced, state }
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

impl Seat {
    /// Is the connection one of a proxy that has not told yet whose it is?
    #[inline]
    pub(crate) fn is_to_be_introduced(&self, peer: SocketAddr) -> bool {
        let trusted = &self.reactor.tally.limits.trusted;
        !self.is_introduced && trusted.as_ref().is_some_and(|those| those.contains(peer.ip()))
    }

    /// Counts the connection as one of `ip` from here on; false if that holds all that it may.
    pub(crate) fn introduce(&mut self, ip: Option<IpAddr>) -> bool {
        self.is_introduced = true;
        let counted = match ip {
            Some(ip) => self.reactor.tally.count_peer(ip),
            None => Some(NO_PEER),
        };
        self.peer = counted.unwrap_or(NO_PEER);
        counted.is_some()
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.reactor.tally
    }

    pub(crate) fn parks(&self) -> bool {
        self.reactor.timeouts.is_some()
    }

    /// Takes the place of a connection of this worker that begins to work, once its own is left. None where
    /// enough tasks wait, and when they are dismissed.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(TcpStream, bool)>> {
        let Self { reactor, readiness, .. } = self;
        self.state = State::Waiting;
        let Some(taken) = ready!(reactor.slots.poll_next(readiness, cx)) else {
            self.state = State::Left;
            return Poll::Ready(None);
        };
        let Taken { slot, parked, is_one_too_many } = taken;
        let Parked { io, peer, listener, is_fresh, aside, .. } = parked;
        reactor.tally.wake();
        if is_one_too_many {
            reactor.cool();
        }
        self.state = State::Working;
        self.slot = slot;
        self.peer = peer;
        self.listener = listener;
        self.is_introduced = aside == Aside::Ends;
        Poll::Ready(Some((io, is_fresh)))
    }

    /// The ends of the connection, when it begins to work; nothing if the peer is gone.
    pub(crate) fn ends(&self, io: &TcpStream) -> Option<Ends> {
        let told = match self.is_introduced {
            true => self.reactor.introduced().remove(&self.slot),
            false => None,
        };
        told.or_else(|| self.reactor.ends(io, self.listener))
    }

    /// What is to be spoken, by the address of the listener.
    pub(crate) fn scheme(&self) -> Option<Scheme> {
        self.reactor.schemes.get(usize::from(self.listener)).copied().flatten()
    }

    /// Calls for this connection, from anywhere.
    pub(crate) fn caller(&self) -> Caller {
        Caller::new(Arc::downgrade(&self.reactor), self.slot)
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Leaves the socket to the reactor. What has come meanwhile is not lost: the connection is
    /// started again then.
    pub(crate) fn park(
        &mut self,
        io: TcpStream,
        ends: Ends,
        is_fresh: bool,
        resume: Option<Arc<dyn Resume>>,
    ) {
        let Self { reactor, readiness, slot, peer, listener, is_introduced, .. } = self;
        let since_ms = reactor.now_ms.load(Relaxed);
        let (peer, listener, is_introduced) = (*peer, *listener, *is_introduced);
        if is_introduced {
            reactor.introduced().insert(*slot, ends);
        }
        let aside = match (&resume, is_introduced) {
            (Some(_), _) => Aside::Resume,
            (None, true) => Aside::Ends,
            (None, false) => Aside::Nothing,
        };
        if let Some(resume) = resume {
            reactor.resumes.put(*slot, resume);
        }
        let parked = Parked { io, since_ms, peer, listener, is_fresh, aside };
        // Counted first: another thread may wake it at once.
        reactor.tally.begin_parked();
        match reactor.slots.park(*slot, readiness, parked) {
            Parking::Parked => {}
            Parking::WokenAtOnce => {
                reactor.tally.park_failed();
                // It fails only where the system is out of memory; the next tick hears of it then.
                let _ = reactor.waker.wake();
            }
            Parking::Closed(io) => {
                reactor.tally.end_parked();
                reactor.introduced().remove(slot);
                let resume = reactor.resumes.take(*slot).filter(|_| aside == Aside::Resume);
                drop(io);
                if let Some(resume) = resume {
                    resume.closed();
                }
                return self.release();
            }
        }
        self.state = State::Left;
    }

    /// Gives the place back, once the socket is closed.
    fn release(&mut self) {
        self.reactor.slots.release(self.slot, &self.readiness);
        self.reactor.tally.dismiss(self.peer);
        self.state = State::Left;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        match self.state {
            State::Working => self.release(),
            State::Left => {}
            State::Waiting => {
                if self.reactor.slots.leave_spares(&self.readiness) {
                    // It fails only where the system is out of memory; the next tick hears of it then.
                    let _ = self.reactor.waker.wake();
                }
            }
        }
    }
}
