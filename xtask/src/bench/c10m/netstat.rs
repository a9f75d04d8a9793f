//! Connections that the kernel had to turn away before any program saw them.

use std::fs;

const FILE: &str = "/proc/net/netstat";

/// Of the whole machine since its start: SYNs and finished handshakes dropped because a queue was
/// full. The client does not learn of it and tries again a second later, which is a failure here.
/// Nothing where the kernel does not count it.
pub(super) fn dropped_connects() -> Option<u64> {
    let text = fs::read_to_string(FILE).ok()?;
    Some(counter(&text, "ListenDrops")? + counter(&text, "TCPReqQFullDrop")?)
}

/// Names and numbers stand in lines of their own, one above the other.
fn counter(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let mut columns = names.split_whitespace().zip(numbers.split_whitespace());
    columns.find(|(found, _)| *found == name)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_found_below_its_name() {
        let text = "TcpExt: A ListenDrops B\nTcpExt: 1 2 3\nIpExt: ListenDrops\nIpExt: 9\n";
        assert_eq!(counter(text, "ListenDrops"), Some(2));
        assert_eq!(counter(text, "C"), None);
    }
}
