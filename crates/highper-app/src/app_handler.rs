//! The outermost handler: errors become bytes here, and nowhere else.

use std::sync::Arc;
use std::task::Poll;

use highper_core::{Error, ErrorContext, ErrorRenderer, Handler, Request, Response};
use highper_router::Routes;
use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};

/// The routes of an application, with its errors rendered as the client asked.
#[derive(Clone, Debug)]
pub struct AppHandler {
    routes: Routes,
    renderer: Arc<dyn ErrorRenderer>,
}

impl AppHandler {
    pub(crate) fn new(routes: Routes, renderer: Arc<dyn ErrorRenderer>) -> Self {
        Self { routes, renderer }
    }

    /// The table of routes.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.routes
    }
}

impl Handler for AppHandler {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        let accept = accept(&request).cloned();
        let mut answer = self.routes.call_boxed(request);
        std::future::poll_fn(move |cx| {
            let mut poll = answer.as_mut().poll(cx);
            if let Poll::Ready(response) = &mut poll
                && response.error().is_some()
            {
                self.render_error(response, accept.as_ref());
            }
            poll
        })
    }
}

impl AppHandler {
    #[cold]
    fn render_error(&self, response: &mut Response, accept: Option<&HeaderValue>) {
        let Some(error) = response.take_error() else { return };
        log(&error);
        let rendered = self.renderer.render(&error, &ErrorContext::new(accept));
        response.headers_mut().insert(CONTENT_TYPE, rendered.content_type);
        if !response.headers().get_all(VARY).iter().any(|vary| vary == "accept") {
            response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        }
        response.replace_body(rendered.body);
    }
}

/// The `Accept` header, for an error that may come. Of a few headers one is found faster by looking
/// at each than by hashing its name.
#[inline]
fn accept(request: &Request) -> Option<&HeaderValue> {
    const FEW: usize = 4;
    let headers = request.headers();
    if headers.len() > FEW {
        return headers.get(ACCEPT);
    }
    headers.iter().find(|(name, _)| **name == ACCEPT).map(|(_, value)| value)
}

/// Causes of server errors are for the log alone; what a client did wrong is its own affair.
fn log(error: &Error) {
    if error.status().is_server_error() {
        let cause = error.source().map(chain);
        tracing::error!(
            status = error.status().as_u16(),
            code = error.code(),
            cause,
            at = %error.location(),
            "{}", error.message(),
        );
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
