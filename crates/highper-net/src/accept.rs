//! Accepting: bounded in every direction, and never in the way of the connections.

use std::{
    future::poll_fn,
    io, mem,
    net::{SocketAddr, TcpListener as StdListener},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::SemaphorePermit,
    task::yield_now,
    time::sleep,
};
use tracing::warn;

use crate::{
    Serve, Stream,
    back_off::{BackOff, concerns_one_connection},
    connection::{Connection, Place},
    tally::Tally,
};

/// How many connections are accepted before the tasks of those already there get a turn.
const BUDGET: usize = 64;

/// How many waiting clients are still taken in when the drain starts: what the kernel queues for
/// one listener by default (`net.core.somaxconn`).
const LAST_SWEEP: usize = 4096;

/// Accepts from one listener and starts the task of each connection.
pub(crate) struct Acceptor<S> {
    listener: TcpListener,
    starter: Starter<S>,
}

impl<S: Serve> Acceptor<S> {
    /// Registers the listener with the runtime that this is called on.
    pub(crate) fn new(
        listener: StdListener,
        service: Arc<S>,
        tally: Arc<Tally>,
    ) -> io::Result<Self> {
        let local = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        Ok(Self { listener, starter: Starter { local, service, tally } })
    }

    /// Accepts until the drain starts, then takes in who is already waiting and closes the
    /// listener: their requests may be on the way.
    pub(crate) async fn run(self) {
        let drain = self.starter.tally.drain.clone();
        tokio::select! {
            biased;
            () = drain.started() => {}
            () = self.accept_for_ever() => {}
        }
        // Waiting clients are asked for in the kernel, not in the runtime, which may not have
        // heard of the last ones yet.
        if let Ok(listener) = self.listener.into_std() {
            self.starter.sweep(&listener);
        }
    }

    async fn accept_for_ever(&self) {
        let mut back_off = BackOff::new();
        loop {
            match self.accept_some().await {
                Ok(()) => {
                    back_off.reset();
                    yield_now().await;
                }
                Err(error) => {
                    let pause = back_off.pause();
                    if let Some(held_back) = self.starter.tally.limits.exhausted.pass() {
                        warn!(
                            listener = %self.starter.local, %error, ?pause, held_back,
                            "accepting pauses; clients wait. If this lasts, raise the limit of \
                             open files"
                        );
                    }
                    sleep(pause).await;
                }
            }
        }
    }

    /// Accepts until the budget is spent or the system lacks something.
    ///
    /// Nothing is awaited between `accept` and the start of the task: dropping this loses no
    /// connection.
    async fn accept_some(&self) -> io::Result<()> {
        for _ in 0..BUDGET {
            let (slot, accepted) = self.accept_one().await;
            let started = accepted.and_then(|(io, peer)| self.starter.start(slot, io, peer));
            match started {
                Err(error) if !concerns_one_connection(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for a client and for a slot. No slot is held while no client is there: with few of
    /// them, an idle listener would keep one from a busy one.
    async fn accept_one(&self) -> (SemaphorePermit<'_>, io::Result<(TcpStream, SocketAddr)>) {
        loop {
            let mut slot = Some(self.starter.tally.limits.slot().await);
            let mut looked = false;
            let found = poll_fn(|cx| {
                if mem::replace(&mut looked, true) {
                    return Poll::Ready(None);
                }
                let accepted = self.listener.poll_accept(cx).map(Some);
                if accepted.is_pending() {
                    slot = None;
                }
                accepted
            });
            if let (Some(accepted), Some(slot)) = (found.await, slot) {
                return (slot, accepted);
            }
        }
    }
}

/// Makes a connection's task of what was accepted.
struct Starter<S> {
    local: SocketAddr,
    service: Arc<S>,
    tally: Arc<Tally>,
}

impl<S: Serve> Starter<S> {
    fn sweep(&self, listener: &StdListener) {
        for _ in 0..LAST_SWEEP {
            let Some(slot) = self.tally.limits.slot_now() else { return };
            let started = listener.accept().and_then(|(io, peer)| {
                io.set_nonblocking(true)?;
                self.start(slot, TcpStream::from_std(io)?, peer)
            });
            match started {
                // Also when no client waits any more.
                Err(error) if !concerns_one_connection(&error) => return,
                _ => {}
            }
        }
    }

    /// Starts the connection, or closes it when its peer holds as many as it may.
    fn start(&self, slot: SemaphorePermit<'_>, io: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let Some(place) = Place::take(&self.tally, slot, peer.ip()) else { return Ok(()) };
        // A listener on one address knows the local address of what it accepts.
        let local = match self.local.ip().is_unspecified() {
            true => io.local_addr().unwrap_or(self.local),
            false => self.local,
        };
        let (stream, drain) = (Stream::accepted(io, peer, local), self.tally.drain.clone());
        // `serve` is the user's code, and it makes its future here, in the accept loop's task.
        match catch_unwind(AssertUnwindSafe(|| self.service.serve(stream, drain))) {
            // Nobody keeps the handle: what still runs at the deadline ends with its runtime.
            Ok(serving) => drop(tokio::spawn(Connection::new(serving, place))),
            Err(_) => place.panicked(),
        }
        Ok(())
    }
}
