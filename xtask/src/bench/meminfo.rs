//! The machine's memory, and how much of it the kernel keeps for sockets.

use std::fs;

use crate::Outcome;

const FILE: &str = "/proc/meminfo";

const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

/// What `/proc/meminfo` says, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemInfo {
    /// What programs may still take before the machine is in need.
    pub(super) available: u64,
    /// Objects of the kernel: sockets, files, inodes, poll entries and queued packets.
    slab: u64,
    /// Large tables of the kernel, such as those of open files.
    vmalloc: u64,
}

impl MemInfo {
    /// # Errors
    ///
    /// The file is missing or lacks a figure, as anywhere but on Linux.
    pub(super) fn read() -> Outcome<Self> {
        let text = fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
        Self::parse(&text)
            .ok_or_else(|| format!("{FILE} lacks one of MemAvailable, Slab and VmallocUsed").into())
    }

    /// The same after the kernel, asked by root, has let go of files and folders that it only
    /// remembers: what others read meanwhile must not count as memory of connections. Without root
    /// the figure is the less exact for it.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn read_without_caches() -> Outcome<Self> {
        // 2 stands for file and folder entries; pages of files stay.
        let _ = fs::write(DROP_CACHES, "2");
        Self::read()
    }

    /// What the kernel keeps: by how much this grows is what was opened in the meantime, of both
    /// ends of each connection, and whatever else the machine did.
    pub(super) fn kernel(self) -> u64 {
        self.slab + self.vmalloc
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
        };
        Some(Self {
            available: bytes("MemAvailable")?,
            slab: bytes("Slab")?,
            vmalloc: bytes("VmallocUsed")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes_and_by_whole_names() {
        let text = "MemTotal: 9 kB\nMemAvailable:  5 kB\nSReclaimable: 8 kB\nSlab:  3 kB\n\
                    VmallocTotal: 7 kB\nVmallocUsed: 1 kB\n";
        let memory = MemInfo::parse(text).unwrap();
        assert_eq!((memory.available, memory.kernel()), (5 * 1024, 4 * 1024));
        assert_eq!(MemInfo::parse("Slab: 3 kB\n"), None);
    }
}
