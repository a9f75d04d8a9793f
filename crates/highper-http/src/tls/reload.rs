//! New certificates without a restart.

use std::fmt;
use std::sync::Arc;

use super::config::Current;
use super::error::TlsError;

/// Reads certificates anew while the server serves: from [`Tls::reloader`](crate::Tls::reloader).
///
/// Handshakes that begin after a reload use what was read; connections that are there go on. No
/// session from before is resumed, so that a client authority which is gone is gone.
#[derive(Clone)]
pub struct TlsReloader {
    current: Arc<Current>,
}

impl TlsReloader {
    pub(super) fn new(current: Arc<Current>) -> Self {
        Self { current }
    }

    /// Reads all files again. It blocks for as long as that takes: a few small files, but on a slow
    /// disk call it by `spawn_blocking`.
    ///
    /// # Errors
    /// As for [`TlsBuilder::build`](crate::TlsBuilder::build). What was in use before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.reload()
    }
}

impl fmt::Debug for TlsReloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TlsReloader").field(&self.current).finish()
    }
}
