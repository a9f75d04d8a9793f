//! What one worker counts, and its word to its connections.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use crate::{Drain, limits::Limits};

/// What one worker counts. Each worker has its own, so that no counter is written by two cores.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) limits: Arc<Limits>,
    pub(crate) drain: Drain,
    live: AtomicUsize,
    accepted: AtomicU64,
    refused_per_ip: AtomicU64,
    none_live: Notify,
}

impl Tally {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            drain: Drain::never(),
            live: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            refused_per_ip: AtomicU64::new(0),
            none_live: Notify::new(),
        }
    }

    pub(crate) fn opened(&self) {
        self.live.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        if self.live.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none_live.notify_one();
        }
    }

    pub(crate) fn refused(&self) {
        self.refused_per_ip.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until no connection is open. For the worker's main future alone.
    pub(crate) async fn all_closed(&self) {
        // `notify_one` leaves a permit behind when nobody waits: none is missed in between.
        while self.live() > 0 {
            self.none_live.notified().await;
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Acquire)
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(crate) fn refused_per_ip(&self) -> u64 {
        self.refused_per_ip.load(Ordering::Relaxed)
    }
}
