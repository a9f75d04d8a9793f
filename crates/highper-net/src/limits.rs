//! The limits that all workers share.

use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::warn;

use crate::{peer_limit::PeerLimit, proxy_protocol::Trusted, throttle::Throttle};

/// The limits that all workers share, and the throttles of the log lines about them.
#[derive(Debug)]
pub(crate) struct Limits {
    slots: Semaphore,
    max_connections: usize,
    pub(crate) per_ip: Option<PeerLimit>,
    /// Whose connections begin with a header of the PROXY protocol.
    pub(crate) trusted: Option<Trusted>,
    full: Throttle,
    pub(crate) refused: Throttle,
    pub(crate) unintroduced: Throttle,
    pub(crate) exhausted: Throttle,
    pub(crate) panicked: Throttle,
}

impl Limits {
    pub(crate) fn new(max_connections: usize, per_ip: Option<usize>) -> Self {
        let max_connections = max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            slots: Semaphore::new(max_connections),
            max_connections,
            per_ip: per_ip.map(PeerLimit::new),
            trusted: None,
            full: Throttle::new(),
            refused: Throttle::new(),
            unintroduced: Throttle::new(),
            exhausted: Throttle::new(),
            panicked: Throttle::new(),
        }
    }

    /// A place for one more connection; waits until there is one.
    pub(crate) async fn slot(&self) -> SemaphorePermit<'_> {
        loop {
            if let Some(slot) = self.slot_now() {
                return slot;
            }
            if let Some(held_back) = self.full.pass() {
                warn!(
                    max_connections = self.max_connections,
                    held_back, "accepting pauses: all connections are taken; clients wait"
                );
            }
            // It fails only when the semaphore is closed, which nobody does.
            if let Ok(slot) = self.slots.acquire().await {
                return slot;
            }
        }
    }

    /// A place for one more connection, if there is one.
    pub(crate) fn slot_now(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.try_acquire().ok()
    }

    /// Gives back a place whose permit was forgotten.
    pub(crate) fn free_slot(&self) {
        self.slots.add_permits(1);
    }
}
