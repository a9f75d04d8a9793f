//! How many connections one peer may hold.

use std::{
    collections::{HashMap, hash_map::Entry},
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
    // Keys come from outside: the standard map's keyed hash keeps them from being chosen to
    // collide. Held for one lookup, at accept and close only.
    open: Mutex<HashMap<Peer, usize>>,
}

impl PeerLimit {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, open: Mutex::default() }
    }

    /// Counts one more connection of `peer`, unless that would be more than it may hold.
    #[must_use]
    pub(crate) fn enter(&self, peer: Peer) -> bool {
        let mut open = self.open();
        let count = open.entry(peer).or_default();
        // A peer at 0 is never refused (the limit is at least 1), so that no empty entry stays.
        let admitted = *count < self.max;
        *count += usize::from(admitted);
        admitted
    }

    pub(crate) fn leave(&self, peer: Peer) {
        if let Entry::Occupied(mut entry) = self.open().entry(peer) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Peer, usize>> {
        // Nothing panics while it is held; a count is whole at every moment.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert!(limit.enter(one) && limit.enter(one));
        assert!(!limit.enter(one));
        assert!(limit.enter(other));
        limit.leave(one);
        assert!(limit.enter(one));
        assert!(!limit.enter(one));
        for peer in [one, one, other] {
            limit.leave(peer);
        }
        assert!(limit.open().is_empty());
    }
}
