//! How a server speaks TLS.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use highper_core::Handler;
use rustls::ServerConfig;

use super::builder::{Sources, TlsBuilder};
use super::error::TlsError;
use super::reload::TlsReloader;
use crate::Http;

/// How a server speaks TLS: its certificates, and which of its clients' it accepts. Cheap to clone.
///
/// Versions 1.2 and 1.3, and by ALPN HTTP/2 and HTTP/1.1.
///
/// # Example
/// ```no_run
/// # use highper_core::{Handler, IntoResponse, Request, Response};
/// # struct Hello;
/// # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
/// use highper_http::{Http, Tls};
///
/// # fn main() -> Result<(), highper_http::TlsError> {
/// let tls = Tls::builder().certificate_files("cert.pem", "key.pem").build()?;
/// let reloader = tls.reloader();
/// let http = Http::new(Hello).tls(tls);
/// // Later, when the files have changed:
/// reloader.reload()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tls {
    current: Arc<Current>,
}

/// What new handshakes use, and where it came from.
pub(super) struct Current {
    config: RwLock<Arc<ServerConfig>>,
    /// None where it was brought ready-made.
    sources: Option<Sources>,
}

impl Tls {
    /// Certificates from files or memory.
    pub fn builder() -> TlsBuilder {
        TlsBuilder::default()
    }

    /// A configuration of rustls as it is. Name `h2` and `http/1.1` in its `alpn_protocols` for
    /// clients to choose by; without, the first bytes of a connection tell its protocol.
    #[must_use]
    pub fn from_config(config: Arc<ServerConfig>) -> Self {
        Self { current: Arc::new(Current { config: RwLock::new(config), sources: None }) }
    }

    /// The handle that reads certificates anew.
    #[must_use]
    pub fn reloader(&self) -> TlsReloader {
        TlsReloader::new(Arc::clone(&self.current))
    }

    pub(super) fn from_sources(sources: Sources) -> Result<Self, TlsError> {
        let config = RwLock::new(sources.load()?);
        Ok(Self { current: Arc::new(Current { config, sources: Some(sources) }) })
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.config.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Current {
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        let sources = self.sources.as_ref().ok_or_else(TlsError::ready_made)?;
        let config = sources.load()?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.current.fmt(f)
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl<H: Handler> Http<H> {
    /// Speaks TLS on every connection, but for those at an address that begins with `http://`. A client
    /// that speaks plain HTTP is told so with a 400.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}
