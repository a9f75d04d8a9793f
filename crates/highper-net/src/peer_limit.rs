//! How many connections one peer may hold.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What counts as one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    V4(Ipv4Addr),
    /// A /56 block: what one subscriber commonly gets. Counted by address, one subscriber would
    /// have 2^72 peers to be.
    V6([u8; 7]),
}

impl Peer {
    /// The peer behind `ip`; none for loopback, which is exempt.
    pub(crate) fn of(ip: IpAddr) -> Option<Self> {
        match ip.to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V4(ip) => Some(Self::V4(ip)),
            IpAddr::V6(ip) => {
                let [a, b, c, d, e, f, g, ..] = ip.octets();
                Some(Self::V6([a, b, c, d, e, f, g]))
            }
        }
    }
}

/// Counts the connections of each peer. Its size is bounded by the connections that are open.
#[derive(Debug)]
pub(crate) struct PeerLimit {
    max: usize,
    // Held for one look-up, at accept and close only.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    // Keys come from outside: the standard map's keyed hash keeps them from being chosen to
    // collide.
    entries: HashMap<Peer, u32>,
    /// A connection keeps the index of its peer's count: four bytes, where the peer takes eight.
    open: Vec<(Peer, usize)>,
    free: Vec<u32>,
}

impl PeerLimit {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, counts: Mutex::default() }
    }

    /// Counts one more connection of `peer` and says where, unless that would be more than it may
    /// hold.
    #[must_use]
    pub(crate) fn enter(&self, peer: Peer) -> Option<u32> {
        let mut counts = self.counts();
        let Counts { entries, open, free } = &mut *counts;
        // A peer at 0 is never refused (the limit is at least 1), so that no empty entry stays.
        let index = *entries.entry(peer).or_insert_with(|| match free.pop() {
            Some(index) => {
                open[index as usize] = (peer, 0);
                index
            }
            None => {
                open.push((peer, 0));
                open.len() as u32 - 1
            }
        });
        let (_, count) = &mut open[index as usize];
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(index)
    }

    /// Counts one connection less where [`Self::enter`] said.
    pub(crate) fn leave(&self, index: u32) {
        let mut counts = self.counts();
        let Counts { entries, open, free } = &mut *counts;
        if let Some((peer, count)) = open.get_mut(index as usize) {
            *count -= 1;
            if *count == 0 {
                entries.remove(peer);
                free.push(index);
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Nothing panics while it is held; a count is whole at every moment.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(ip: &str) -> Option<Peer> {
        Peer::of(ip.parse().unwrap())
    }

    #[test]
    fn loopback_is_exempt_however_it_is_written() {
        for ip in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(peer(ip), None, "{ip}");
        }
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }

    #[test]
    fn ipv6_is_counted_by_56_bits() {
        assert_eq!(peer("2001:db8:0:ff::1"), peer("2001:db8:0:0:ffff::2"));
        assert_ne!(peer("2001:db8:0:100::1"), peer("2001:db8:0:ff::1"));
    }

    #[test]
    fn a_peer_gets_its_places_back_and_leaves_no_entry_behind() {
        let limit = PeerLimit::new(2);
        let (one, other) = (peer("192.0.2.1").unwrap(), peer("192.0.2.2").unwrap());
        assert_eq!([limit.enter(one), limit.enter(one)], [Some(0), Some(0)]);
        assert_eq!(limit.enter(one), None);
        assert_eq!(limit.enter(other), Some(1));
        limit.leave(0);
        assert_eq!(limit.enter(one), Some(0));
        assert_eq!(limit.enter(one), None);
        [0, 0, 1].into_iter().for_each(|index| limit.leave(index));
        assert!(limit.counts().entries.is_empty());
        assert_eq!(limit.enter(other), Some(1));
        assert_eq!(limit.counts().open.len(), 2);
    }
}
