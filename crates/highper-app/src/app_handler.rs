//! The outermost handler: errors become bytes here, and nowhere else.

use std::sync::Arc;
use std::task::Poll;

use highper_core::{Handler, Request, Response};
use highper_router::Routes;
use http::HeaderValue;

use crate::error_handling::Errors;
use crate::kept_accept::KeptAccept;
use crate::request_copy::RequestCopy;

/// The routes of an application, with its errors rendered as the client asked.
#[derive(Clone, Debug)]
pub struct AppHandler {
    routes: Routes,
    errors: Arc<Errors>,
}

impl AppHandler {
    pub(crate) fn new(routes: Routes, errors: Arc<Errors>) -> Self {
        Self { routes, errors }
    }

    /// The table of routes.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(crate) fn errors(&self) -> &Arc<Errors> {
        &self.errors
    }
}

impl Handler for AppHandler {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        let accept = KeptAccept::of(&request);
        let (request, mut copy) = match self.errors.is_debugged(&request) {
            true => copied(request),
            false => (request, None),
        };
        // A panic of a handler, a middleware or a layer is an answer long before.
        let mut answer = self.routes.call_boxed(request);
        std::future::poll_fn(move |cx| {
            let mut poll = answer.as_mut().poll(cx);
            if let Poll::Ready(response) = &mut poll
                && response.error().is_some()
            {
                self.show_error(response, accept.value().as_ref(), copy.take());
            }
            poll
        })
    }
}

impl AppHandler {
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
fn copied(request: Request) -> (Request, Option<Box<RequestCopy>>) {
    let (request, copy) = RequestCopy::of(request);
    (request, Some(Box::new(copy)))
}
