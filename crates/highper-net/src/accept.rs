//! Accepting: bounded in every direction, and never in the way of the connections.

use std::{
    future::poll_fn,
    io, mem,
    net::{SocketAddr, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
};

use tokio::{task::yield_now, time::sleep};
use tracing::warn;

use crate::{
    Drain, Serve, Stream,
    back_off::{BackOff, concerns_one_connection},
    connection::Connection,
    introduction,
    places::Place,
    reactor::{Listener, Reactor},
    tally::Tally,
};

/// How many connections are accepted before the tasks of those already there get a turn.
const BUDGET: usize = 64;

/// How many waiting clients are still taken in when the drain starts: what the kernel queues for
/// one listener by default (`net.core.somaxconn`).
const LAST_SWEEP: usize = 4096;

/// Accepts from one listener and hands the connections to the reactor.
pub(crate) struct Acceptor<S> {
    listener: Listener,
    index: u16,
    reactor: Arc<Reactor>,
    starter: Arc<Starter<S>>,
}

impl<S: Serve> Acceptor<S> {
    /// `index`: that of the listener among those of the reactor.
    pub(crate) fn new(
        listener: Listener,
        index: u16,
        reactor: Arc<Reactor>,
        starter: Arc<Starter<S>>,
    ) -> Self {
        Self { listener, index, reactor, starter }
    }

    /// Accepts until the drain starts, then takes in who is already waiting and closes the
    /// listener: their requests may be on the way. Where somebody else accepts on the same socket,
    /// those who wait are left to them, and everybody here has had the lame-duck time to ask.
    pub(crate) async fn run(self) {
        let drain = self.starter.tally.drain.clone();
        tokio::select! {
            biased;
            () = drain.handed_over() => {}
            () = drain.ending() => self.sweep(),
            () = self.accept_for_ever() => {}
        }
        self.reactor.forget(&self.listener);
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
                            listener = ?self.reactor.endpoint(self.index), %error, ?pause, held_back,
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
            let started = accepted.and_then(|(io, peer)| self.admit(slot, io, peer));
            match started {
                Err(error) if !concerns_one_connection(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for a client and for a slot. No slot is held while no client is there: with few of
    /// them, an idle listener would keep one from a busy one.
    async fn accept_one(&self) -> (Place<'_>, io::Result<(TcpStream, SocketAddr)>) {
        loop {
            let mut slot = Some(self.starter.tally.place().await);
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

    /// Takes in who already waits: their requests may be on the way.
    fn sweep(&self) {
        for _ in 0..LAST_SWEEP {
            let Some(place) = self.starter.tally.place_now() else { return };
            let admitted =
                self.listener.accept_now().and_then(|(io, peer)| self.admit(place, io, peer));
            match admitted {
                // Also when no client waits any more.
                Err(error) if !concerns_one_connection(&error) => return,
                _ => {}
            }
        }
    }

    /// Counts the connection in, or closes it when its peer holds as many as it may.
    fn admit(&self, place: Place<'_>, io: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let tally = &self.starter.tally;
        let Some(counted) = tally.admit(place, peer.ip()) else { return Ok(()) };
        if let Some(stream) = self.reactor.admit(io, peer, self.index, counted)? {
            self.starter.start(stream);
        }
        Ok(())
    }
}

/// Makes a task for a stream.
#[derive(Debug)]
pub(crate) struct Starter<S> {
    service: Arc<S>,
    tally: Arc<Tally>,
}

impl<S: Serve> Starter<S> {
    pub(crate) fn new(service: Arc<S>, tally: Arc<Tally>) -> Self {
        Self { service, tally }
    }

    pub(crate) fn start(&self, mut stream: Stream) {
        let drain = || self.tally.drain.clone();
        if let Some(resume) = stream.take_resume() {
            let serving = resume.resume(stream, drain());
            return drop(tokio::spawn(Connection::new(serving, Arc::clone(&self.tally))));
        }
        if stream.is_to_be_introduced() {
            return self.start_introduced(stream, drain());
        }
        // `serve` is the user's code, and it makes its future here, in the event loop's task.
        match catch_unwind(AssertUnwindSafe(|| self.service.serve(stream, drain()))) {
            // Nobody keeps the handle: what still runs at the deadline ends with its runtime.
            Ok(serving) => drop(tokio::spawn(Connection::new(serving, Arc::clone(&self.tally)))),
            Err(_) => self.tally.panicked(),
        }
    }

    /// The connection of a proxy, which tells first whose it is.
    fn start_introduced(&self, mut stream: Stream, drain: Drain) {
        let service = Arc::clone(&self.service);
        let serving = async move {
            if introduction::receive(&mut stream).await {
                service.serve(stream, drain).await;
            }
        };
        drop(tokio::spawn(Connection::new(serving, Arc::clone(&self.tally))));
    }
}
