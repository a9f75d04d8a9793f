//! A process that serves by itself.

use std::path::PathBuf;

use highper_net::{Handle, Status};
use tracing::warn;

use super::successor::End;
use super::{Announcement, Parent, Restarts};
use crate::signals::Signals;

/// What a process that serves by itself obeys: signals.
#[derive(Debug)]
pub(crate) struct Alone {
    /// The process whose place this one takes.
    pub(crate) predecessor: Option<Parent>,
    pub(crate) signals: Signals,
    pub(crate) restarts: Restarts,
    pub(crate) pid_file: Option<PathBuf>,
}

impl Alone {
    /// The first signal drains the server, the second ends it at once; SIGUSR2 restarts.
    pub(crate) async fn attend(mut self, handle: Handle) {
        handle.started().await;
        if handle.status() != Status::Started {
            // Ended before it began; `run` tells why.
            return;
        }
        let _announcement = Announcement::serving(self.pid_file.as_deref());
        if let Some(mut predecessor) = self.predecessor.take() {
            predecessor.ready().await;
        }
        self.restarts.held.own_files(true);
        match self.restarts.until_end(&mut self.signals).await {
            End::Signal => handle.drain(),
            End::Replaced => handle.hand_over(),
        }
        let name = self.signals.next_end().await;
        warn!("{name} again: ending at once");
        handle.stop();
        // Until it is dropped with the server, so that the announcement stands as long.
        std::future::pending().await
    }
}
