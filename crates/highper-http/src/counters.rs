//! What a server counts of those who mean it ill.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How often hostile or broken peers were turned away, since the server started. Cheap to clone: all
/// clones show the same figures.
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
}

impl Counters {
    /// Connections that ended because TLS was not agreed upon: wrong versions, names or client
    /// certificates, plain HTTP, garbage, or too slow.
    #[must_use]
    pub fn failed_handshakes(&self) -> u64 {
        self.0.failed_handshakes.load(Relaxed)
    }
}
