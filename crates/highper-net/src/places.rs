//! The places of one worker's connections, among those of all.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::warn;

use crate::limits::{Limits, waited};

/// The places of one worker's connections.
#[derive(Debug)]
pub(crate) struct Places {
    /// None: as many as the server has.
    own: Option<Semaphore>,
    pauses: AtomicU64,
}

/// The place of a connection that is being accepted; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    // The worker's first: who waits for one of the server's must not keep others from these.
    own: Option<SemaphorePermit<'a>>,
    shared: SemaphorePermit<'a>,
}

impl Places {
    pub(crate) fn new(per_worker: Option<usize>) -> Self {
        let own = per_worker.map(|most| Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { own, pauses: AtomicU64::new(0) }
    }

    /// A place for one more connection; waits until there is one.
    pub(crate) async fn next<'a>(&'a self, limits: &'a Limits) -> Place<'a> {
        if let Some(place) = self.next_now(limits) {
            return place;
        }
        self.pauses.fetch_add(1, Relaxed);
        if let Some(held_back) = limits.full.pass() {
            let Limits { max_connections, per_worker, .. } = limits;
            warn!(
                max_connections,
                max_connections_per_worker = per_worker,
                held_back,
                "accepting pauses: all connections are taken; clients wait"
            );
        }
        let own = match &self.own {
            Some(own) => Some(waited(own).await),
            None => None,
        };
        Place { own, shared: limits.slot().await }
    }

    /// A place for one more connection, if there is one.
    pub(crate) fn next_now<'a>(&'a self, limits: &'a Limits) -> Option<Place<'a>> {
        let own = match &self.own {
            Some(own) => Some(own.try_acquire().ok()?),
            None => None,
        };
        Some(Place { own, shared: limits.slot_now()? })
    }

    /// Gives back a place that was [kept](Place::keep).
    pub(crate) fn free(&self, limits: &Limits) {
        limits.free_slot();
        if let Some(own) = &self.own {
            own.add_permits(1);
        }
    }

    /// How often accepting had to wait for a place.
    pub(crate) fn pauses(&self) -> u64 {
        self.pauses.load(Relaxed)
    }
}

impl Place<'_> {
    /// Keeps it for as long as the connection lives, which gives it back by hand.
    pub(crate) fn keep(self) {
        self.shared.forget();
        if let Some(own) = self.own {
            own.forget();
        }
    }
}
