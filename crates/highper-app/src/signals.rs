//! SIGTERM and Ctrl-C.

use highper_net::Handle;

/// The signals that end a server. From [`Signals::new`] on they no longer kill the process.
#[cfg(unix)]
pub(crate) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The first signal drains the server, the second ends it at once.
    pub(crate) async fn obey(mut self, handle: Handle) {
        let name = self.next().await;
        tracing::info!("{name}: finishing what is in flight; once more to end at once");
        handle.drain();
        let name = self.next().await;
        tracing::warn!("{name} again: ending at once");
        handle.stop();
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
