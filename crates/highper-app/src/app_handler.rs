//! The outermost handler: errors become bytes here, and nowhere else.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use highper_core::{BoxHandler, Handler, HandlerFuture, Request, Response};
use highper_log::AccessLog;
use highper_router::Routes;
use http::HeaderValue;

use crate::error_handling::Errors;
use crate::health::{Health, Probe};
use crate::kept_accept::KeptAccept;
use crate::request_copy::RequestCopy;
use crate::telemetry::Telemetry;

/// The routes of an application, with its errors rendered as the client asked.
#[derive(Clone, Debug)]
pub struct AppHandler {
    routes: Routes,
    errors: Arc<Errors>,
    health: Option<Arc<Health>>,
    /// This handler within what observes all requests, where there is such a thing.
    observed: Option<Arc<BoxHandler>>,
}

impl AppHandler {
    pub(crate) fn new(
        routes: Routes,
        errors: Arc<Errors>,
        health: Option<Arc<Health>>,
        access: Option<AccessLog>,
        telemetry: &Telemetry,
    ) -> Self {
        let handler = Self { routes, errors, health, observed: None };
        let observed = telemetry.around(handler.clone(), access).map(Arc::new);
        Self { observed, ..handler }
    }

    /// The table of routes.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(crate) fn health(&self) -> Option<&Health> {
        self.health.as_deref()
    }

    pub(crate) fn errors(&self) -> &Arc<Errors> {
        &self.errors
    }
}

impl Handler for AppHandler {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        // Within the access log errors are shown already: their lines have the id of the request.
        let probe =
            self.health.as_ref().and_then(|health| Some((health, health.probe(request.path())?)));
        let (mut answer, mut kept) = match (probe, &self.observed) {
            (Some((health, probe)), _) => (asked(health, probe, request), None),
            (None, Some(observed)) => (observed.call_boxed(request), None),
            (None, None) => {
                let (request, kept) = self.keep(request);
                // A panic of a handler, a middleware or a layer is an answer long before.
                (self.routes.call_boxed(request), Some(kept))
            }
        };
        std::future::poll_fn(move |cx| {
            let mut poll = Pin::new(&mut answer).poll(cx);
            if let Poll::Ready(response) = &mut poll
                && response.error().is_some()
                && let Some(Kept { accept, copy }) = kept.take()
            {
                self.show_error(response, accept.value().as_ref(), copy);
            }
            poll
        })
    }
}

/// What is left of a request for its error.
struct Kept {
    accept: KeptAccept,
    copy: Option<Box<RequestCopy>>,
}

impl AppHandler {
    #[inline]
    fn keep(&self, request: Request) -> (Request, Kept) {
        let accept = KeptAccept::of(&request);
        let (request, copy) = match self.errors.is_debugged(&request) {
            true => copied(request),
            false => (request, None),
        };
        (request, Kept { accept, copy })
    }

    #[cold]
    fn show_error(
        &self,
        response: &mut Response,
        accept: Option<&HeaderValue>,
        copy: Option<Box<RequestCopy>>,
    ) {
        let request = copy.map(|copy| copy.into_request(&self.routes));
        self.errors.show(response, accept, request.as_ref());
    }
}

#[cold]
fn asked(health: &Arc<Health>, probe: Probe, request: Request) -> HandlerFuture<'static> {
    HandlerFuture::new(Arc::clone(health).answer(probe, request))
}

#[cold]
fn copied(request: Request) -> (Request, Option<Box<RequestCopy>>) {
    let (request, copy) = RequestCopy::of(request);
    (request, Some(Box::new(copy)))
}
