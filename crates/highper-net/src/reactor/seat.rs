//! The place that a connection has while somebody works on it.

use std::{
    net::{IpAddr, SocketAddr, TcpStream},
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll, ready},
};

use super::{
    Reactor,
    readiness::Readiness,
    slots::{Aside, Parked, Parking, Taken},
};
use crate::{
    Caller, Resume, Scheme,
    stream::Ends,
    tally::{NO_PEER, Tally},
};

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

impl Reactor {
    pub(super) fn seat(
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
