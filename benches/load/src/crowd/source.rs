//! Where connections come from, and in which order they are woken.

use std::net::Ipv4Addr;

/// Connections of one source address. The kernel gives out about 28,000 ports for each, but
/// looks the longer for a free one the fewer are left.
const PER_ADDRESS: usize = 500;

/// 127.0.0.0/8.
const ADDRESSES: u64 = 1 << 24;

/// Odd, so that multiplying by it reaches every address before one comes again.
const STRIDE: u64 = 0x9E_37_79;

/// Primes: a number of connections is not a multiple of both.
const STEPS: [usize; 2] = [7_919, 104_729];

/// The source address of the connection with this number in the whole crowd.
pub(super) fn address(number: usize) -> Ipv4Addr {
    let block = (number / PER_ADDRESS) as u64;
    // The first block of 256 has the server's address and the network's own; the last the
    // broadcast address. They are passed over, and the rest moves up.
    let usable = ADDRESSES - 512;
    let octets = 256 + (block * STRIDE) % usable;
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 0).to_bits() | octets as u32)
}

/// That share of the slots, each once, far from each other: as they would come in life, where what
/// one connection left in the caches does not serve the next.
pub(super) fn spread(slots: usize, share: f64) -> impl Iterator<Item = usize> {
    let count = ((slots as f64 * share.clamp(0.0, 1.0)).round() as usize).min(slots);
    let step = STEPS.into_iter().find(|step| !slots.is_multiple_of(*step)).unwrap_or(1);
    (0..count).map(move |index| index * step % slots)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ten_million_connections_share_no_address_beyond_its_ports() {
        let connections = 10_000_000;
        let addresses: HashSet<_> = (0..connections).step_by(PER_ADDRESS).map(address).collect();
        assert_eq!(addresses.len(), connections / PER_ADDRESS);
        assert!(addresses.iter().all(Ipv4Addr::is_loopback));
        assert!(!addresses.contains(&Ipv4Addr::LOCALHOST));
        assert!(!addresses.contains(&Ipv4Addr::new(127, 255, 255, 255)));
    }

    #[test]
    fn every_slot_is_woken_once_and_a_share_of_them_for_a_share() {
        for slots in [0, 1, 10, 7_919, 19_500] {
            let woken: HashSet<_> = spread(slots, 1.0).collect();
            assert_eq!(woken.len(), slots);
        }
        assert_eq!(spread(1_000, 0.25).collect::<HashSet<_>>().len(), 250);
        assert_eq!(spread(1_000, 0.0).count(), 0);
    }
}
