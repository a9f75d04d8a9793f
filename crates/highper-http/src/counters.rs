//! What a server counts: those who mean it ill, and the requests at once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Limits;
use crate::gate::Gate;

/// How often hostile or broken peers were turned away, since the server started, and how many requests
/// there are now. Cheap to clone: all clones show the same figures.
///
/// # Example
/// ```
/// # use highper_core::{Handler, IntoResponse, Request, Response};
/// # struct Hello;
/// # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
/// let http = highper_http::Http::new(Hello);
/// let counters = http.counters();
/// assert_eq!(counters.failed_handshakes(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Counters(pub(crate) Arc<Counts>);

/// Each counter is for whoever turns a peer away to add to.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) failed_handshakes: AtomicU64,
    floods: AtomicU64,
    pub(crate) gate: Arc<Gate>,
    log: Mutex<Log>,
}

/// Lets one log line a second through.
#[derive(Debug, Default)]
pub(crate) struct Log {
    last: Option<Instant>,
    held_back: u64,
}

impl Counters {
    /// Connections that ended because TLS was not agreed upon: wrong versions, names or client
    /// certificates, plain HTTP, garbage, or too slow.
    #[must_use]
    pub fn failed_handshakes(&self) -> u64 {
        self.0.failed_handshakes.load(Relaxed)
    }

    /// HTTP/2 connections that ended because their peer asked for too much: floods of resets, pings,
    /// settings and other frames, or too much of it buffered.
    #[must_use]
    pub fn floods(&self) -> u64 {
        self.0.floods.load(Relaxed)
    }

    /// Requests that are in handlers now, and answers that are streams; 0 where
    /// [`Limits::concurrent_requests`] sets no limit.
    #[must_use]
    pub fn requests_in_flight(&self) -> u64 {
        self.0.gate.counts().0
    }

    /// Requests that wait now because [`Limits::concurrent_requests`] are in flight.
    #[must_use]
    pub fn requests_waiting(&self) -> u64 {
        self.0.gate.counts().1
    }

    /// The gate, where there is a limit.
    pub(crate) fn gate(&self, limits: &Limits) -> Option<Arc<Gate>> {
        limits.concurrent_requests.map(|_| Arc::clone(&self.0.gate))
    }

    pub(crate) fn count_flood(&self, peer: SocketAddr, why: &str) {
        self.0.floods.fetch_add(1, Relaxed);
        let held_back = self.0.log.lock().unwrap_or_else(PoisonError::into_inner).pass();
        if let Some(held_back) = held_back {
            tracing::warn!(%peer, why, held_back, "HTTP/2 connection ended: its peer asks for too much");
        }
    }
}

impl Log {
    pub(crate) const fn new() -> Self {
        Self { last: None, held_back: 0 }
    }

    /// May a line be logged now? If so, how many were held back since the last one.
    pub(crate) fn pass(&mut self) -> Option<u64> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < LOG_INTERVAL) {
            self.held_back += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.held_back))
    }
}

const LOG_INTERVAL: Duration = Duration::from_secs(1);
