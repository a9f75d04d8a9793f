//! The handlers of one path, by method.

use highper_core::{BoxHandler, Error, Handler, HandlerFuture, IntoResponse, Request, Response};
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};

/// A handler for each method that has one.
#[derive(Debug, Default)]
pub(crate) struct Methods {
    slots: [Option<BoxHandler>; SLOTS.len()],
    any: Option<BoxHandler>,
    /// Answers OPTIONS and 405, with this path's middleware around it.
    others: Option<BoxHandler>,
}

const SLOTS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

const GET: usize = 0;
const HEAD: usize = 1;

fn slot(method: &Method) -> Option<usize> {
    Some(match *method {
        Method::GET => GET,
        Method::HEAD => HEAD,
        Method::POST => 2,
        Method::PUT => 3,
        Method::PATCH => 4,
        Method::DELETE => 5,
        Method::OPTIONS => 6,
        _ => return None,
    })
}

/// True if a route can be registered for it.
pub(crate) fn is_routable(method: &Method) -> bool {
    slot(method).is_some()
}

impl Methods {
    /// Puts a handler into its place (none: any method); false if there is one already.
    pub(crate) fn insert(&mut self, method: Option<&Method>, handler: BoxHandler) -> bool {
        let place = match method {
            None => &mut self.any,
            Some(method) => match slot(method) {
                Some(slot) => &mut self.slots[slot],
                None => return false,
            },
        };
        let is_free = place.is_none();
        place.get_or_insert(handler);
        is_free
    }

    /// Makes the answer to OPTIONS and to methods without a handler.
    pub(crate) fn finish(&mut self, wrap: impl FnOnce(BoxHandler) -> BoxHandler) {
        let mut names: Vec<_> = SLOTS
            .iter()
            .zip(&self.slots)
            .filter(|(method, handler)| {
                handler.is_some()
                    || **method == Method::OPTIONS
                    || (**method == Method::HEAD && self.slots[GET].is_some())
            })
            .map(|(method, _)| method.as_str())
            .collect();
        names.sort_unstable();
        // The names of methods are always valid in a header.
        let allow = HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""));
        self.others = Some(wrap(BoxHandler::new(Others { allow })));
    }

    /// Answers a request.
    #[inline]
    pub(crate) fn call(&self, request: Request) -> HandlerFuture<'_> {
        let slot = slot(request.method());
        let handler = slot.and_then(|slot| self.slots[slot].as_ref()).or_else(|| {
            let get = if slot == Some(HEAD) { self.slots[GET].as_ref() } else { None };
            get.or(self.any.as_ref()).or(self.others.as_ref())
        });
        match handler {
            Some(handler) => handler.call_boxed(request),
            // Every finished path has an answer for the others.
            None => HandlerFuture::new(std::future::ready(
                StatusCode::METHOD_NOT_ALLOWED.into_response(),
            )),
        }
    }
}

/// OPTIONS, and methods that have no handler here (RFC 9110, sections 9.3.7, 15.5.6 and 15.6.2).
struct Others {
    allow: HeaderValue,
}

impl Handler for Others {
    async fn call(&self, request: Request) -> Response {
        let method = request.method();
        if method == Method::OPTIONS {
            return Response::empty(StatusCode::NO_CONTENT).with_header(ALLOW, self.allow.clone());
        }
        let error = unknown_method(method).unwrap_or_else(|| {
            let allowed = self.allow.to_str().unwrap_or_default();
            Error::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{method} is not possible here; {allowed} are"),
            )
            .with_code("method_not_allowed")
        });
        error.with_header(ALLOW, self.allow.clone()).into_response()
    }
}

/// 501 for a method that no route can have, whatever the path (RFC 9110, section 15.6.2).
pub(crate) fn unknown_method(method: &Method) -> Option<Error> {
    if is_routable(method) || [Method::TRACE, Method::CONNECT].contains(method) {
        return None;
    }
    let shown = method.as_str().escape_debug();
    let message = format!("the method {shown} is not known to this server");
    Some(Error::new(StatusCode::NOT_IMPLEMENTED, message).with_code("method_not_implemented"))
}
