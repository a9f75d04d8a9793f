//! What goes on with a parked connection that has left the protocol of its service.

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Weak},
};

use crate::{Drain, Stream, reactor::Reactor};

/// What goes on with a connection that was parked by [`Stream::park_as`].
pub trait Resume: Send + Sync + 'static {
    /// The work on the connection, from here to its end or until it parks again: bytes have come, it
    /// was [called](Caller::call), its idle time is over, or the server ends.
    ///
    /// The idle time ([`ParkedTimeouts::idle`](crate::ParkedTimeouts::idle)) closes nothing here: what
    /// has left its protocol may be quiet for as long as it likes.
    fn resume(
        self: Arc<Self>,
        stream: Stream,
        drain: Drain,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// The parked connection was [called](Caller::call): what waits may be written to its socket here, which
    /// takes what it can at once. True if that was all that there was to do, and the connection stays
    /// parked; otherwise it is resumed.
    ///
    /// This is called by the event loop of the connection's worker: it may take no time.
    fn write(&self, socket: &mut dyn io::Write) -> bool {
        let _ = socket;
        false
    }

    /// The connection was gone before it could be worked on.
    fn closed(self: Arc<Self>);
}

/// Calls for the work on one connection, parked or not, from any thread. Cheap to clone.
///
/// See [`Stream::caller`].
#[derive(Clone)]
pub struct Caller {
    // Whoever is kept by the reactor may hold it.
    reactor: Weak<Reactor>,
    slot: u32,
}

impl Caller {
    pub(crate) fn new(reactor: Weak<Reactor>, slot: u32) -> Self {
        Self { reactor, slot }
    }

    /// Starts the work on the connection if it is parked by [`Stream::park_as`], else wakes the task
    /// that waits in [`Stream::poll_called`] or for bytes.
    ///
    /// Whoever holds this for longer than the connection is there may wake another one for nothing, so
    /// do not. Call once for each time that there is something new to do: a connection that is called
    /// a thousand times before it is worked on is noted a thousand times.
    pub fn call(&self) {
        if let Some(reactor) = self.reactor.upgrade() {
            reactor.call(self.slot);
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Caller({})", self.slot)
    }
}
