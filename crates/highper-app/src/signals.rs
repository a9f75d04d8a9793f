//! SIGTERM and Ctrl-C, which end, and SIGUSR2, which restarts.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that a process obeys. From [`Signals::new`] on they no longer kill it.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    restart: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end; the name of the signal.
    End(&'static str),
    /// That a new process takes the place of this one.
    Restart,
}

impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            restart: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next signal. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End("SIGTERM"),
            _ = self.interrupt.recv() => Asked::End("SIGINT"),
            _ = self.restart.recv() => Asked::Restart,
        }
    }

    /// Waits for the next signal that ends; there is no restart meanwhile. Cancel-safe.
    pub(crate) async fn next_end(&mut self) -> &'static str {
        loop {
            match self.next().await {
                Asked::End(name) => return name,
                Asked::Restart => {
                    tracing::warn!(
                        "SIGUSR2 is ignored: this process starts, restarts or ends already"
                    );
                }
            }
        }
    }
}
