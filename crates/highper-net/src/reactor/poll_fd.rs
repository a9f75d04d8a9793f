//! The worker's poll instance, watched by its runtime. The only unsafe line of the crate.
#![allow(unsafe_code, reason = "tokio cannot check for itself that a descriptor stays open")]

use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

use mio::Poll;
use tokio::io::{Interest, unix::AsyncFd};

/// A poll instance whose descriptor the runtime watches.
#[derive(Debug)]
pub(super) struct PollFd(Poll);

impl PollFd {
    pub(super) fn watch(poll: Poll) -> io::Result<AsyncFd<Self>> {
        // SAFETY: the descriptor is owned by the `Poll`, which is private here, is never replaced,
        // and lives until the `AsyncFd` drops it.
        let watched = unsafe { AsyncFd::register_with_interest(Self(poll), Interest::READABLE) };
        watched.map_err(|error| error.into_parts().1)
    }

    pub(super) fn poll(&mut self) -> &mut Poll {
        &mut self.0
    }
}

impl AsRawFd for PollFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
