//! The request as handlers and middleware see it.

use std::cell::Cell;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};

use crate::request_head::Head;
use crate::{
    Body, BodyError, Connection, Container, DEFAULT_BODY_LIMIT, FieldValue, RouteMatch, Scope,
};

/// One HTTP request: its head, its body, and what the server and router found out about it.
///
/// An engine may keep the head as it arrived. Read single fields with [`header`](Self::header), which
/// never builds the map of all, and the target by [`path`](Self::path) and [`query`](Self::query).
///
/// # Example
/// ```
/// # use highper_core::Request;
/// let request = Request::get("/books?page=2").with_header("accept", "application/json");
/// assert_eq!(request.path(), "/books");
/// assert_eq!(request.query(), Some("page=2"));
/// assert_eq!(request.header("accept").unwrap(), "application/json");
/// ```
pub struct Request {
    /// Always there until the request is dropped.
    inner: Option<Box<Inner>>,
}

/// A pointer to this is what moves through handlers and middleware.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) head: Head,
    pub(crate) extensions: Extensions,
    pub(crate) body: Body,
    pub(crate) body_limit: u64,
    pub(crate) connection: Option<Connection>,
    pub(crate) route: Option<RouteMatch>,
    pub(crate) scope: Option<Scope>,
}

thread_local! {
    /// The memory of the request that was dropped last, for the next one.
    static SPARE: Cell<Option<Box<Inner>>> = const { Cell::new(None) };
}

impl Request {
    /// A request with a method, a target and an empty body.
    #[must_use]
    pub fn new(method: Method, uri: Uri) -> Self {
        let mut request = Self::blank();
        request.inner_mut().head.set(method, Version::HTTP_11, uri, HeaderMap::new());
        request
    }

    /// A GET of a path or URI that is known to be valid, for tests and examples.
    ///
    /// # Panics
    /// If `uri` is not a valid URI.
    #[must_use]
    pub fn get(uri: &'static str) -> Self {
        Self::new(Method::GET, Uri::from_static(uri))
    }

    /// A POST of a path or URI that is known to be valid, for tests and examples.
    ///
    /// # Panics
    /// If `uri` is not a valid URI.
    #[must_use]
    pub fn post(uri: &'static str, body: impl Into<Body>) -> Self {
        Self::new(Method::POST, Uri::from_static(uri)).with_body(body)
    }

    /// Builds a request from the `http` crate's parts.
    #[must_use]
    #[inline]
    pub fn from_parts(parts: http::request::Parts, body: Body) -> Self {
        let mut request = Self::blank();
        let inner = request.inner_mut();
        inner.head.set(parts.method, parts.version, parts.uri, parts.headers);
        inner.extensions = parts.extensions;
        inner.body = body;
        request
    }

    /// In the memory of the last request of this thread, where there is one.
    #[inline]
    pub(crate) fn blank() -> Self {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        Self { inner: Some(spare.unwrap_or_default()) }
    }

    #[inline]
    pub(crate) fn inner(&self) -> &Inner {
        match self.inner.as_deref() {
            Some(inner) => inner,
            None => unreachable!("a request is whole until it is dropped"),
        }
    }

    #[inline]
    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        match self.inner.as_deref_mut() {
            Some(inner) => inner,
            None => unreachable!("a request is whole until it is dropped"),
        }
    }

    /// Adds a header, for tests and examples.
    ///
    /// # Panics
    /// If `value` holds control characters or is not ASCII.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.inner_mut().head.headers_mut().append(name, HeaderValue::from_static(value));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.inner_mut().body = body.into();
        self
    }

    /// The method.
    #[must_use]
    #[inline]
    pub fn method(&self) -> &Method {
        &self.inner().head.method
    }

    /// The method, to be changed.
    pub fn method_mut(&mut self) -> &mut Method {
        &mut self.inner_mut().head.method
    }

    /// The target as it arrived.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        self.inner().head.uri()
    }

    /// The target, to be changed. Drops a route match that was made for the old one.
    pub fn uri_mut(&mut self) -> &mut Uri {
        let inner = self.inner_mut();
        inner.route = None;
        inner.head.uri_mut()
    }

    /// The path, percent-encoded as it arrived.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &str {
        self.inner().head.path()
    }

    /// True if the engine has seen that nothing in the path is percent-encoded. False says nothing.
    #[must_use]
    #[inline]
    pub fn is_path_unencoded(&self) -> bool {
        self.inner().head.is_path_unencoded()
    }

    /// The query without its `?`, percent-encoded as it arrived.
    #[must_use]
    #[inline]
    pub fn query(&self) -> Option<&str> {
        self.inner().head.query()
    }

    /// The protocol version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.inner().head.version
    }

    /// The first value of a header, read where it stands. The case of `name` does not count.
    #[must_use]
    #[inline]
    pub fn header(&self, name: impl AsRef<str>) -> Option<FieldValue<'_>> {
        self.inner().head.field(name.as_ref())
    }

    /// All values of a header, in their order, read where they stand.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = FieldValue<'a>> {
        self.inner().head.fields(name)
    }

    /// How many header fields there are.
    #[must_use]
    pub fn header_count(&self) -> usize {
        self.inner().head.field_count()
    }

    /// All headers. The map is built when it is asked for first.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner().head.headers()
    }

    /// All headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.inner_mut().head.headers_mut()
    }

    /// Makes `value` the only value of a header. As `headers_mut().insert(..)`, but the map of all is not
    /// built for it.
    #[inline]
    pub fn set_header(&mut self, name: &HeaderName, value: FieldValue<'_>) {
        self.inner_mut().head.set_field(name, value);
    }

    /// Removes all values of a header. As `headers_mut().remove(..)`, but the map of all is not built for
    /// it.
    #[inline]
    pub fn remove_header(&mut self, name: &HeaderName) {
        self.inner_mut().head.remove_field(name);
    }

    /// The authority of the request, with its port: of its target (HTTP/2, absolute form), else of its
    /// header (RFC 9112, section 3.2.2).
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        let head = &self.inner().head;
        head.target_authority().or_else(|| head.field("host")?.to_str().ok())
    }

    /// Values that middleware hand to those further in.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.inner().extensions
    }

    /// Values that middleware hand to those further in, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.inner_mut().extensions
    }

    /// The body, for looking at its size.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &Body {
        &self.inner().body
    }

    /// The body bounded by [`body_limit`](Self::body_limit), once; empty afterwards.
    pub fn take_body(&mut self) -> Body {
        let inner = self.inner_mut();
        std::mem::take(&mut inner.body).limited(inner.body_limit)
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// If it is larger than [`body_limit`](Self::body_limit) (known before a byte is read where the
    /// length was declared), malformed, too slow, or the peer went away.
    pub async fn read_body(&mut self) -> Result<Bytes, BodyError> {
        self.take_body().collect().await
    }

    /// The most bytes of body that this request may carry. Default: [`DEFAULT_BODY_LIMIT`].
    #[must_use]
    pub fn body_limit(&self) -> u64 {
        self.inner().body_limit
    }

    /// Sets the most bytes of body; a middleware raises it for the routes that need more.
    #[inline]
    pub fn set_body_limit(&mut self, bytes: u64) {
        self.inner_mut().body_limit = bytes;
    }

    /// The connection this came by; none where there is no socket (tests, mounted services).
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        self.inner().connection.as_ref()
    }

    /// Tells which connection this came by; called by servers.
    #[inline]
    pub fn set_connection(&mut self, connection: Connection) {
        self.inner_mut().connection = Some(connection);
    }

    /// The route that was found, and where its parameters stand in the path.
    #[must_use]
    #[inline]
    pub fn route(&self) -> Option<&RouteMatch> {
        self.inner().route.as_ref()
    }

    /// Tells which route was found; called by routers.
    #[inline]
    pub fn set_route(&mut self, route: RouteMatch) {
        route.pattern().is_found();
        self.inner_mut().route = Some(route);
    }

    /// The scope of this request, where anything has asked for one.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.inner().scope.as_ref()
    }

    /// The scope of this request, opened now if it was not. Whoever opens it ends it: a route after its
    /// handler, a middleware that wants it for longer after whatever it calls.
    pub fn open_scope(&mut self, container: &Container) -> &Scope {
        self.inner_mut().scope.get_or_insert_with(|| container.scope())
    }

    /// Everything; the scope stays as well, for whoever ends it.
    pub(crate) fn take_rest(&mut self) -> Self {
        let scope = self.scope().cloned();
        let mut rest = Self::new(Method::GET, Uri::default());
        rest.inner_mut().scope = scope;
        std::mem::replace(self, rest)
    }
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            head: Head::default(),
            extensions: Extensions::new(),
            body: Body::empty(),
            body_limit: DEFAULT_BODY_LIMIT,
            connection: None,
            route: None,
            scope: None,
        }
    }
}

impl Inner {
    /// Drops everything that a request held; what it stood in stays.
    #[inline]
    fn clear(&mut self) {
        self.head.clear();
        self.extensions.clear();
        self.body = Body::empty();
        self.body_limit = DEFAULT_BODY_LIMIT;
        self.connection = None;
        self.route = None;
        self.scope = None;
    }
}

/// Leaves the memory to the next request of the thread.
impl Drop for Request {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut inner) = self.inner.take() {
            inner.clear();
            // At the end of a thread there is nobody to leave it to.
            let _ = SPARE.try_with(|spare| spare.set(Some(inner)));
        }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers may be secret: only their names are told.
        let inner = self.inner();
        f.debug_struct("Request")
            .field("method", &inner.head.method)
            .field("uri", inner.head.uri())
            .field("version", &inner.head.version)
            .field("headers", &inner.head.headers().keys().collect::<Vec<_>>())
            .field("body", &inner.body)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_once_and_bounded() {
        let mut request = Request::post("/", "12345");
        request.set_body_limit(4);
        assert!(request.read_body().await.unwrap_err().is_too_large());
        let mut request = Request::post("/", "12345");
        request.set_body_limit(5);
        assert_eq!(request.read_body().await.unwrap(), "12345");
        assert_eq!(request.read_body().await.unwrap(), "");
    }
}
