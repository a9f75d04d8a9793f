//! The limits that all workers share.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{peer_limit::PeerLimit, proxy_protocol::Trusted, throttle::Throttle};

/// The limits that all workers share, and the throttles of the log lines about them.
#[derive(Debug)]
pub(crate) struct Limits {
    slots: Semaphore,
    pub(crate) max_connections: usize,
    /// How many connections each worker holds; None: as many as there may be.
    pub(crate) per_worker: Option<usize>,
    pub(crate) per_ip: Option<PeerLimit>,
    /// Whose connections begin with a header of the PROXY protocol.
    pub(crate) trusted: Option<Trusted>,
    pub(crate) full: Throttle,
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
            per_worker: None,
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
        waited(&self.slots).await
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

/// The next place.
pub(crate) async fn waited(places: &Semaphore) -> SemaphorePermit<'_> {
    loop {
        // It fails only when the semaphore is closed, which nobody does.
        if let Ok(place) = places.acquire().await {
            return place;
        }
    }
}
