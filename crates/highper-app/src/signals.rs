//! SIGTERM and Ctrl-C.

use highper_net::Handle;

/// The first signal drains the server, the second ends it at once.
pub(crate) async fn obey(handle: Handle) -> std::io::Result<()> {
    let mut signals = Signals::new()?;
    let name = signals.next().await;
    tracing::info!("{name}: finishing what is in flight; once more to end at once");
    handle.drain();
    let name = signals.next().await;
    tracing::warn!("{name} again: ending at once");
    handle.stop();
    Ok(())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
