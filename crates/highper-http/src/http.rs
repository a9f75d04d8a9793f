//! A handler as the service of a server's connections.

use std::sync::Arc;

use highper_core::Handler;
use highper_net::{Drain, ParkedTimeouts, Serve, Stream};

use crate::first_bytes::Protocol;
use crate::limits::{MAX_HEADER_COUNT, MAX_TARGET_SIZE};
use crate::reception::{Arrival, Reception};
use crate::refused_request::{RefusalObserver, RefusedRequest};
use crate::tls::Tls;
use crate::{Counters, Limits, h1, h2};

/// Speaks HTTP/1.1, HTTP/1.0 and HTTP/2 (by prior knowledge) on a connection and has a handler answer.
///
/// # Example
/// ```
/// # use highper_core::{Handler, IntoResponse, Request, Response};
/// # struct Hello;
/// # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
/// use highper_http::{Http, Limits};
/// let http = Http::new(Hello).limits(Limits { body_size: 1024, ..Limits::default() });
/// ```
#[derive(Debug)]
pub struct Http<H> {
    handler: Arc<H>,
    limits: Arc<Limits>,
    counters: Counters,
    refusals: RefusalObserver,
    http1: Http1,
    pub(crate) tls: Option<Tls>,
}

/// Which engine speaks HTTP/1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Http1 {
    /// Our own: it reads fields where they stand, and refuses whatever RFC 9112 does.
    #[default]
    Native,
    /// hyper, behind a strict framing check.
    Hyper,
}

impl<H: Handler> Http<H> {
    /// A service with the default [`Limits`].
    pub fn new(handler: H) -> Self {
        Self {
            handler: Arc::new(handler),
            limits: Arc::default(),
            counters: Counters::default(),
            refusals: RefusalObserver::default(),
            http1: Http1::default(),
            tls: None,
        }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(mut self, mut limits: Limits) -> Self {
        limits.header_count = limits.header_count.min(MAX_HEADER_COUNT);
        limits.target_size = limits.target_size.min(MAX_TARGET_SIZE);
        if let Some(most) = limits.concurrent_requests {
            self.counters.0.gate.bound(most.max(1));
        }
        self.limits = Arc::new(limits);
        self
    }

    /// Tells `observe` of each request that is answered without the handler: with the access log of the
    /// handler it makes one line for every request. It runs on the worker and must not block.
    ///
    /// # Example
    /// ```
    /// # use highper_core::{Handler, IntoResponse, Request, Response};
    /// # struct Hello;
    /// # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
    /// let http = highper_http::Http::new(Hello)
    ///     .on_refusal(|refused| tracing::info!(status = refused.status.as_u16(), refused.code));
    /// ```
    #[must_use]
    pub fn on_refusal(
        mut self,
        observe: impl Fn(&RefusedRequest<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.refusals = RefusalObserver::new(observe);
        self
    }

    /// Chooses the engine for HTTP/1. HTTP/2 is hyper's.
    #[must_use]
    pub fn http1(mut self, engine: Http1) -> Self {
        self.http1 = engine;
        self
    }

    /// What is counted of peers that were turned away, and of requests.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }
}

impl<H: Handler> Serve for Http<H> {
    fn serve(&self, stream: Stream, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        let (handler, http1) = (Arc::clone(&self.handler), self.http1);
        let reception = Reception {
            tls: self.tls.clone(),
            limits: Arc::clone(&self.limits),
            drain,
            counters: self.counters.clone(),
            refusals: self.refusals.clone(),
        };
        async move {
            let mut arrival = reception.receive(stream).await;
            // Boxed, so that a connection which has sent nothing does not pay for an engine's state.
            while let Some(Arrival { protocol, stream, first }) = arrival {
                let handler = Arc::clone(&handler);
                arrival = match protocol {
                    Protocol::Http1 if http1 == Http1::Native => {
                        Box::pin(h1::native::serve(stream, first, handler, &reception)).await
                    }
                    Protocol::Http1 => {
                        Box::pin(h1::serve(stream, first, handler, &reception)).await
                    }
                    Protocol::Http2 => {
                        Box::pin(h2::serve(stream, first, handler, &reception)).await;
                        None
                    }
                };
            }
        }
    }

    fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    fn parked_timeouts(&self) -> Option<ParkedTimeouts> {
        let Limits { first_byte_timeout, idle_timeout, .. } = *self.limits;
        Some(ParkedTimeouts { first_byte: first_byte_timeout, idle: idle_timeout })
    }
}
