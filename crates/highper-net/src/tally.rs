//! What one worker counts, and its word to its connections.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tracing::{error, warn};

use crate::{
    Drain,
    limits::Limits,
    peer_limit::Peer,
    places::{Place, Places},
};

/// What one worker counts. Each worker has its own, so that no counter is written by two cores.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) limits: Arc<Limits>,
    pub(crate) drain: Drain,
    places: Places,
    live: AtomicUsize,
    /// Tasks of connections; one may go on when its connection is closed.
    tasks: AtomicUsize,
    parked: AtomicUsize,
    accepted: AtomicU64,
    refused_per_ip: AtomicU64,
    refused_introductions: AtomicU64,
    wakes: AtomicU64,
    lag_us: AtomicU64,
    park_failures: AtomicU64,
    none_left: Notify,
}

/// The place in the count of its peer's connections of one that is not counted.
pub(crate) const NO_PEER: u32 = u32::MAX;

impl Tally {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        let places = Places::new(limits.per_worker);
        Self {
            limits,
            drain: Drain::never(),
            places,
            live: AtomicUsize::new(0),
            tasks: AtomicUsize::new(0),
            parked: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            refused_per_ip: AtomicU64::new(0),
            refused_introductions: AtomicU64::new(0),
            wakes: AtomicU64::new(0),
            lag_us: AtomicU64::new(0),
            park_failures: AtomicU64::new(0),
            none_left: Notify::new(),
        }
    }

    /// A place for one more connection; waits until there is one.
    pub(crate) async fn place(&self) -> Place<'_> {
        self.places.next(&self.limits).await
    }

    /// A place for one more connection, if there is one.
    pub(crate) fn place_now(&self) -> Option<Place<'_>> {
        self.places.next_now(&self.limits)
    }

    /// Counts a connection from `ip` in, and says where its peer is counted. None when that peer
    /// holds all that it may.
    pub(crate) fn admit(&self, place: Place<'_>, ip: IpAddr) -> Option<u32> {
        // A proxy's connections are counted once it has told whose they are.
        let is_proxy = self.limits.trusted.as_ref().is_some_and(|those| those.contains(ip));
        let counted = if is_proxy { NO_PEER } else { self.count_peer(ip)? };
        place.keep();
        self.live.fetch_add(1, Ordering::Relaxed);
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Some(counted)
    }

    /// Counts one more connection of a peer, and says where. None when it holds all that it may.
    pub(crate) fn count_peer(&self, ip: IpAddr) -> Option<u32> {
        let (Some(per_ip), Some(peer)) = (&self.limits.per_ip, Peer::of(ip)) else {
            return Some(NO_PEER);
        };
        let entry = per_ip.enter(peer);
        if entry.is_none() {
            self.refused_per_ip.fetch_add(1, Ordering::Relaxed);
            if let Some(held_back) = self.limits.refused.pass() {
                warn!(%ip, held_back, "connection closed: this peer holds all that it may");
            }
        }
        entry
    }

    /// Counts a connection of a proxy that does not say whose it is.
    pub(crate) fn refuse_introduction(&self, proxy: IpAddr, reason: &str) {
        self.refused_introductions.fetch_add(1, Ordering::Relaxed);
        if let Some(held_back) = self.limits.unintroduced.pass() {
            warn!(
                %proxy, reason, held_back,
                "connection closed: a proxy that is trusted to use the PROXY protocol did not"
            );
        }
    }

    /// Counts a connection out, once its socket is closed.
    pub(crate) fn dismiss(&self, peer: u32) {
        if let (Some(per_ip), true) = (&self.limits.per_ip, peer != NO_PEER) {
            per_ip.leave(peer);
        }
        self.places.free(&self.limits);
        if self.live.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none_left.notify_one();
        }
    }

    pub(crate) fn task_started(&self) {
        self.tasks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn task_ended(&self) {
        if self.tasks.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none_left.notify_one();
        }
    }

    /// Tells of a panic in the code which serves connections.
    pub(crate) fn panicked(&self) {
        if let Some(held_back) = self.limits.panicked.pass() {
            error!(held_back, "a connection's task panicked; only that connection has ended");
        }
    }

    pub(crate) fn begin_parked(&self) {
        self.parked.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end_parked(&self) {
        self.parked.fetch_sub(1, Ordering::Relaxed);
    }

    /// A parked connection was taken up again.
    #[inline]
    pub(crate) fn wake(&self) {
        self.end_parked();
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection parked while something came for it.
    pub(crate) fn park_failed(&self) {
        self.park_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How late the event loop was just now.
    pub(crate) fn note_lag(&self, lag: Duration) {
        let lag_us = u64::try_from(lag.as_micros()).unwrap_or(u64::MAX);
        self.lag_us.store(lag_us, Ordering::Relaxed);
    }

    pub(crate) fn lag(&self) -> Duration {
        Duration::from_micros(self.lag_us.load(Ordering::Relaxed))
    }

    /// Waits until no connection is open or worked on. For the worker's main future alone.
    pub(crate) async fn all_ended(&self) {
        // `notify_one` leaves a permit behind when nobody waits: none is missed in between.
        while self.unfinished() > 0 {
            self.none_left.notified().await;
        }
    }

    /// How many connections are open, or closed and still worked on, whichever are more.
    pub(crate) fn unfinished(&self) -> usize {
        self.live().max(self.tasks.load(Ordering::Acquire))
    }

    /// How many connections are open.
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Acquire)
    }

    pub(crate) fn parked(&self) -> usize {
        self.parked.load(Ordering::Relaxed)
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(crate) fn accept_pauses(&self) -> u64 {
        self.places.pauses()
    }

    pub(crate) fn refused_per_ip(&self) -> u64 {
        self.refused_per_ip.load(Ordering::Relaxed)
    }

    pub(crate) fn refused_introductions(&self) -> u64 {
        self.refused_introductions.load(Ordering::Relaxed)
    }

    pub(crate) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Relaxed)
    }

    pub(crate) fn park_failures(&self) -> u64 {
        self.park_failures.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(max: usize, per_ip: Option<usize>) -> Arc<Tally> {
        Arc::new(Tally::new(Arc::new(Limits::new(max, per_ip))))
    }

    fn admit(tally: &Tally, ip: &str) -> Option<u32> {
        tally.admit(tally.place_now().unwrap(), ip.parse().unwrap())
    }

    #[test]
    fn a_place_is_taken_until_it_is_given_back() {
        let tally = tally(2, None);
        let places = [admit(&tally, "192.0.2.1"), admit(&tally, "192.0.2.1")];
        assert_eq!(places, [Some(NO_PEER); 2]);
        assert!(tally.place_now().is_none());
        assert_eq!((tally.live(), tally.accepted()), (2, 2));
        tally.dismiss(NO_PEER);
        tally.dismiss(NO_PEER);
        assert!(tally.place_now().is_some());
        assert_eq!((tally.live(), tally.accepted()), (0, 2));
    }

    #[test]
    fn a_worker_at_its_limit_has_no_place_while_others_have() {
        let mut limits = Limits::new(3, None);
        limits.per_worker = Some(1);
        let limits = Arc::new(limits);
        let workers = [Tally::new(Arc::clone(&limits)), Tally::new(limits)];
        admit(&workers[0], "192.0.2.1").unwrap();
        assert!(workers[0].place_now().is_none());
        admit(&workers[1], "192.0.2.1").unwrap();
        workers[0].dismiss(NO_PEER);
        assert!(workers[0].place_now().is_some() && workers[1].place_now().is_none());
    }

    #[test]
    fn a_peer_at_its_limit_is_refused_and_takes_no_place_while_loopback_is_exempt() {
        let tally = tally(4, Some(1));
        let first = admit(&tally, "192.0.2.1").unwrap();
        assert_eq!(admit(&tally, "::ffff:192.0.2.1"), None);
        assert_eq!(admit(&tally, "127.0.0.1"), Some(NO_PEER));
        assert_eq!(admit(&tally, "::1"), Some(NO_PEER));
        assert_eq!((tally.live(), tally.refused_per_ip()), (3, 1));
        tally.dismiss(first);
        assert!(admit(&tally, "192.0.2.1").is_some());
    }
}
