//! Whatever answers a request.

use std::sync::Arc;

use crate::{HandlerFuture, Request, Response};

/// Answers a request. It cannot fail: an error is a response too.
///
/// Async functions with extractors become handlers when they are registered with a router; routers,
/// mounted tower services and middleware around a handler are handlers as well.
pub trait Handler: Send + Sync + 'static {
    /// Answers `request`.
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// [`Handler`] made object-safe, for where handlers of many types are stored together.
///
/// Every `Handler` is one; implement that instead.
pub trait DynHandler: Send + Sync + 'static {
    /// Answers `request`, in a box.
    fn call_dyn(&self, request: Request) -> HandlerFuture<'_>;
}

impl<H: Handler> DynHandler for H {
    #[inline]
    fn call_dyn(&self, request: Request) -> HandlerFuture<'_> {
        HandlerFuture::new(self.call(request))
    }
}

/// A handler of any type; each call has a box, in memory that [one hands to the next](HandlerFuture).
pub struct BoxHandler(Box<dyn DynHandler>);

impl BoxHandler {
    /// Boxes a handler.
    pub fn new(handler: impl Handler) -> Self {
        Self(Box::new(handler))
    }

    /// Answers `request`; named, unlike what [`Handler::call`] gives.
    #[inline]
    pub fn call_boxed(&self, request: Request) -> HandlerFuture<'_> {
        self.0.call_dyn(request)
    }
}

impl Handler for BoxHandler {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        self.0.call_dyn(request)
    }
}

impl<H: Handler> Handler for Arc<H> {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        H::call(self, request)
    }
}

impl std::fmt::Debug for BoxHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxHandler")
    }
}
