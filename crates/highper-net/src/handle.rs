//! The server's remote control.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::{tally::Tally, throttle::Throttle, watchdog::Watched};

/// Drains, stops and watches a server, from anywhere and after [`Server::run`] has taken it.
///
/// [`Server::run`]: crate::Server::run
#[derive(Clone)]
pub struct Handle {
    control: Arc<Control>,
}

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Its addresses are bound; it does not accept yet.
    Starting,
    /// All workers accept.
    Started,
    /// A drain or a stop is under way.
    Stopping,
    /// It has ended, or was dropped before it ran.
    Stopped,
}

/// What a server counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Connections that are open now.
    pub connections: usize,
    /// Those of them that are parked.
    pub parked: usize,
    /// Those that are not.
    pub active: usize,
    /// Connections ever let in.
    pub accepted: u64,
    /// How often a listener paused because all connections were taken, those of its worker
    /// ([`ServerBuilder::max_connections_per_worker`](crate::ServerBuilder::max_connections_per_worker))
    /// or those of the server.
    pub accept_pauses: u64,
    /// Connections closed at once because their peer held as many as it may.
    pub refused_per_ip: u64,
    /// Connections closed because their proxy, trusted to use the PROXY protocol, did not.
    pub refused_introductions: u64,
    /// How often a parked connection was taken up again.
    pub wakes: u64,
    /// How often something came for a connection while it parked, so that it was taken up at once.
    pub park_failures: u64,
    /// How often a task blocked its worker for longer than
    /// [`ServerBuilder::block_threshold`](crate::ServerBuilder::block_threshold).
    pub blocked: u64,
    /// How late the slowest worker was when its event loop last looked at the clock, which it does
    /// at least once a second: how long whatever is ready there waits for its turn.
    pub lag: Duration,
}

impl Handle {
    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Starts the graceful drain: connections are told, then the listeners closed, then the
    /// connections waited for until the drain time is over. Again, or later, it does nothing.
    pub fn drain(&self) {
        self.control.advance(Phase::Draining);
    }

    /// Drains, and accepts nobody from now on, because another process does so on the same sockets
    /// ([`Server::listeners`](crate::Server::listeners)): who waits there is left to it.
    pub fn hand_over(&self) {
        self.control.is_handed_over.store(true, Ordering::Relaxed);
        self.control.advance(Phase::Draining);
    }

    /// Ends the server at once: every connection is cut. Also during a drain.
    pub fn stop(&self) {
        self.control.advance(Phase::Aborting);
    }

    /// Waits until all workers accept, or the server is past that: [`Self::status`] tells which.
    pub async fn started(&self) {
        self.control.reached(Phase::Started).await;
    }

    /// How many connections are open now, over all workers.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.control.tallies.iter().map(|tally| tally.live()).sum()
    }

    /// What the workers count, summed up.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let tallies = &self.control.tallies;
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(|tally| of(tally)).sum();
        let connections = self.connections();
        let parked = tallies.iter().map(|tally| tally.parked()).sum();
        Metrics {
            connections,
            parked,
            active: connections.saturating_sub(parked),
            accepted: sum(Tally::accepted),
            accept_pauses: sum(Tally::accept_pauses),
            refused_per_ip: sum(Tally::refused_per_ip),
            refused_introductions: sum(Tally::refused_introductions),
            wakes: sum(Tally::wakes),
            park_failures: sum(Tally::park_failures),
            blocked: self.control.blocked.load(Ordering::Relaxed),
            lag: tallies.iter().map(|tally| tally.lag()).max().unwrap_or_default(),
        }
    }

    /// Where the server is in its life.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.control.phase() {
            Phase::Starting => Status::Starting,
            Phase::Started => Status::Started,
            Phase::Draining | Phase::Aborting => Status::Stopping,
            Phase::Stopped => Status::Stopped,
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("status", &self.status())
            .field("connections", &self.connections())
            .finish()
    }
}

/// A server's life as its workers follow it. It only ever goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Starting,
    Started,
    Draining,
    Aborting,
    Stopped,
}

/// What the handles, the workers and `run` share.
#[derive(Debug)]
pub(crate) struct Control {
    phase: watch::Sender<Phase>,
    is_handed_over: AtomicBool,
    pub(crate) tallies: Vec<Arc<Tally>>,
    pub(crate) watched: Watched,
    pub(crate) told_of_blocked: Throttle,
    blocked: AtomicU64,
}

impl Control {
    pub(crate) fn new(tallies: Vec<Arc<Tally>>) -> Self {
        Self {
            phase: watch::Sender::new(Phase::Starting),
            is_handed_over: AtomicBool::new(false),
            tallies,
            watched: Watched::default(),
            told_of_blocked: Throttle::new(),
            blocked: AtomicU64::new(0),
        }
    }

    /// Counts a task that blocks a worker.
    pub(crate) fn blocked(&self) {
        self.blocked.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn is_handed_over(&self) -> bool {
        self.is_handed_over.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let forward = to > *phase;
            *phase = (*phase).max(to);
            forward
        });
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Waits until the server has come to `phase`, or past it.
    pub(crate) async fn reached(&self, phase: Phase) {
        // It fails when the sender is gone, which `self` holds.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_goes_forward_only() {
        let handle = Handle::new(Arc::new(Control::new(Vec::new())));
        assert_eq!(handle.status(), Status::Starting);
        handle.stop();
        handle.drain();
        handle.control.advance(Phase::Started);
        assert_eq!(handle.control.phase(), Phase::Aborting);
        handle.control.advance(Phase::Stopped);
        handle.stop();
        assert_eq!(handle.status(), Status::Stopped);
    }
}
