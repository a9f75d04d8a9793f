//! A connection's task, and the place it takes while it lives.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use pin_project_lite::pin_project;
use tokio::sync::SemaphorePermit;
use tracing::{error, warn};

use crate::{peer_limit::Peer, tally::Tally};

pin_project! {
    /// What is spawned for a connection: its future, and its place in the limits.
    ///
    /// Not an `async` block: that would hold the future twice, as what it captured and as what it
    /// awaits.
    #[derive(Debug)]
    pub(crate) struct Connection<F> {
        #[pin]
        serving: F,
        // After `serving`, so that the place is free only when the socket is closed.
        place: Place,
    }
}

impl<F> Connection<F> {
    pub(crate) fn new(serving: F, place: Place) -> Self {
        Self { serving, place }
    }
}

impl<F: Future<Output = ()>> Future for Connection<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().serving.poll(cx)
    }
}

/// The place of one connection in every limit and count; dropping it gives the place back,
/// whether the task has ended, panicked or been cut.
#[derive(Debug)]
pub(crate) struct Place {
    tally: Arc<Tally>,
    counted_peer: Option<Peer>,
}

impl Place {
    /// Takes the place for a connection from `ip`. None when that peer holds all it may.
    pub(crate) fn take(tally: &Arc<Tally>, slot: SemaphorePermit<'_>, ip: IpAddr) -> Option<Self> {
        let per_ip = tally.limits.per_ip.as_ref();
        let counted_peer = per_ip.and_then(|_| Peer::of(ip));
        if let (Some(per_ip), Some(peer)) = (per_ip, counted_peer)
            && !per_ip.enter(peer)
        {
            tally.refused();
            if let Some(held_back) = tally.limits.refused.pass() {
                warn!(%ip, held_back, "connection closed: this peer holds all that it may");
            }
            return None;
        }
        // The permit borrows; the place lives as long as the task, and gives back by hand.
        slot.forget();
        tally.opened();
        Some(Self { tally: Arc::clone(tally), counted_peer })
    }

    /// Tells of a panic in the code which serves connections.
    pub(crate) fn panicked(&self) {
        if let Some(held_back) = self.tally.limits.panicked.pass() {
            error!(held_back, "a connection's task panicked; only that connection has ended");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if thread::panicking() {
            self.panicked();
        }
        let limits = &self.tally.limits;
        if let (Some(per_ip), Some(peer)) = (&limits.per_ip, self.counted_peer) {
            per_ip.leave(peer);
        }
        limits.free_slot();
        self.tally.closed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn tally(max: usize, per_ip: Option<usize>) -> Arc<Tally> {
        Arc::new(Tally::new(Arc::new(Limits::new(max, per_ip))))
    }

    fn take(tally: &Arc<Tally>, ip: &str) -> Option<Place> {
        Place::take(tally, tally.limits.slot_now().unwrap(), ip.parse().unwrap())
    }

    #[test]
    fn a_place_is_counted_until_it_is_dropped() {
        let tally = tally(2, None);
        let places = [take(&tally, "192.0.2.1"), take(&tally, "192.0.2.1")];
        assert!(places.iter().all(Option::is_some));
        assert!(tally.limits.slot_now().is_none());
        assert_eq!((tally.live(), tally.accepted()), (2, 2));
        drop(places);
        assert!(tally.limits.slot_now().is_some());
        assert_eq!((tally.live(), tally.accepted()), (0, 2));
    }

    #[test]
    fn a_peer_at_its_limit_is_refused_and_takes_no_slot_while_loopback_is_exempt() {
        let tally = tally(4, Some(1));
        let first = take(&tally, "192.0.2.1");
        assert!(first.is_some());
        assert!(take(&tally, "::ffff:192.0.2.1").is_none());
        let exempt = [take(&tally, "127.0.0.1"), take(&tally, "::1")];
        assert!(exempt.iter().all(Option::is_some));
        assert_eq!((tally.live(), tally.refused_per_ip()), (3, 1));
        drop(first);
        assert!(take(&tally, "192.0.2.1").is_some());
    }

    #[tokio::test]
    async fn a_panic_gives_the_place_back() {
        let tally = tally(1, Some(1));
        let place = take(&tally, "192.0.2.1").unwrap();
        let panics = async { panic!("on purpose") };
        assert!(tokio::spawn(Connection::new(panics, place)).await.is_err());
        tally.all_closed().await;
        assert!(take(&tally, "192.0.2.1").is_some());
    }
}
