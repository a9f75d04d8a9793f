//! Whatever answers a request.

use std::sync::Arc;

use crate::{BoxFuture, Request, Response};

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
    fn call_dyn(&self, request: Request) -> BoxFuture<'_, Response>;
}

impl<H: Handler> DynHandler for H {
    #[inline]
    fn call_dyn(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.call(request))
    }
}

/// A handler of any type; costs one allocation for each call.
pub struct BoxHandler(Box<dyn DynHandler>);

impl BoxHandler {
    /// Boxes a handler.
    pub fn new(handler: impl Handler) -> Self {
        Self(Box::new(handler))
    }

    /// Answers `request`; named, unlike what [`Handler::call`] gives.
    #[inline]
    pub fn call_boxed(&self, request: Request) -> BoxFuture<'_, Response> {
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
