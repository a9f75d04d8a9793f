//! The finished table of routes.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use highper_core::{Handler, HandlerFuture, Request, Response, RouteMatch};
use http::Method;

use crate::UrlError;
use crate::host::{self, HostPattern};
use crate::pattern::Piece;
use crate::table::Table;
use crate::url;

/// The finished table of routes: a handler, shared by whoever clones it and never rebuilt.
#[derive(Clone, Debug)]
pub struct Routes {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) table: Table,
    pub(crate) hosts: Vec<(HostPattern, Table)>,
    pub(crate) names: HashMap<String, Vec<Piece>>,
    pub(crate) listing: Vec<RouteInfo>,
}

/// A route as it is listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteInfo {
    /// The method; none for any.
    pub method: Option<Method>,
    /// The host, where it is for one alone.
    pub host: Option<String>,
    /// The pattern of the path.
    pub path: String,
    /// The name.
    pub name: Option<String>,
    /// The name of the handler's type: an async function's is its path.
    pub handler: &'static str,
    /// How many times middleware were put around it: calls of `middleware`, a tuple is one.
    pub middleware: usize,
    /// Where it was registered.
    pub place: &'static Location<'static>,
}

impl RouteInfo {
    /// Of any method, on every host, without a name and middleware.
    pub(crate) fn new(
        path: String,
        handler: &'static str,
        place: &'static Location<'static>,
    ) -> Self {
        Self { method: None, host: None, path, name: None, handler, middleware: 0, place }
    }
}

impl Routes {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// All routes, in the order in which they were added; those of groups after their router's own.
    #[must_use]
    pub fn routes(&self) -> &[RouteInfo] {
        &self.inner.listing
    }

    /// The path of a named route, its parameters percent-encoded.
    ///
    /// # Errors
    /// If there is no such name, a parameter is missing, empty or holds a NUL, or one is given that it
    /// does not have; and if clients would take the path for another address, because it begins with
    /// `//` or has a segment `.` or `..`.
    pub fn url(&self, name: &str, parameters: &[(&str, &str)]) -> Result<String, UrlError> {
        let pieces = self.inner.names.get(name).ok_or_else(|| UrlError::unknown_name(name))?;
        url::generate(name, pieces, parameters)
    }

    /// The route that would be asked to answer `request`, whether or not it has its method.
    #[must_use]
    pub fn route_of(&self, request: &Request) -> Option<RouteMatch> {
        self.table(request).route_of(request.path())
    }

    #[inline]
    fn table(&self, request: &Request) -> &Table {
        // A router without hosts does not look for one.
        if self.inner.hosts.is_empty() {
            return &self.inner.table;
        }
        let host = host::of(request);
        self.inner
            .hosts
            .iter()
            .find(|(pattern, _)| host.is_some_and(|host| pattern.matches(host)))
            .map_or(&self.inner.table, |(_, table)| table)
    }
}

impl Routes {
    /// Answers `request`; the future has a name, unlike that of [`Handler::call`], and is the box of
    /// the route itself.
    #[inline]
    pub fn call_boxed(&self, request: Request) -> HandlerFuture<'_> {
        self.table(&request).call(request)
    }
}

impl Handler for Routes {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        self.call_boxed(request)
    }
}
