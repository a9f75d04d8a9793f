//! Where connections are worked on.

use std::thread::available_parallelism;

/// Where connections are worked on.
///
/// A connection stays on the worker which accepted it with [`Topology::PerCore`]: no lock, no
/// shared queue and no cache line is touched by two cores on the way of a request. The price is
/// that a worker whose connections are all busy gets no help from an idle one. Where requests are
/// few, long and uneven, [`Topology::WorkStealing`] evens them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topology {
    /// A thread per worker, each with a runtime and listeners of its own (`SO_REUSEPORT`). The
    /// kernel spreads the connections. Linux does so evenly; other systems may prefer one worker.
    PerCore {
        /// How many workers, 0 to 1,024. 0 means one for each core that this process may use.
        workers: usize,
    },
    /// One multi-threaded runtime whose workers take tasks from each other.
    WorkStealing {
        /// How many worker threads, 0 to 1,024. 0 means one for each core that this process may use.
        workers: usize,
    },
}

/// More threads than this is a slip of the pen, not a machine.
pub(crate) const MAX_WORKERS: usize = 1024;

impl Topology {
    /// The number of worker threads, with 0 resolved to the cores that this process may use.
    pub(crate) fn workers(self) -> usize {
        let (Self::PerCore { workers } | Self::WorkStealing { workers }) = self;
        match workers {
            // An unknown number of cores is no reason not to serve.
            0 => available_parallelism().map_or(1, usize::from).min(MAX_WORKERS),
            asked => asked,
        }
    }
}

impl Default for Topology {
    fn default() -> Self {
        Self::PerCore { workers: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_workers_means_one_per_core() {
        let cores = available_parallelism().unwrap().get();
        assert_eq!(Topology::default().workers(), cores);
        assert_eq!(Topology::WorkStealing { workers: 0 }.workers(), cores);
        assert_eq!(Topology::PerCore { workers: 3 }.workers(), 3);
    }
}
