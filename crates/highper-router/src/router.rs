//! The router while routes are added.

use std::any::type_name_of_val;
use std::panic::Location;
use std::sync::Arc;

use highper_core::{
    BootErrors, BoxHandler, CatchPanic, Container, Handler, MiddlewareStack, OnRoute, RouteMatch,
};
use highper_core::{MissingBinding, Request, Response};
use http::Method;

use crate::mount::Mount;
use crate::{IntoHandler, Routes, build};

/// Routes, to be added and then [built](Self::build).
///
/// Everything that is wrong with them (patterns, conflicts, missing services) is told by `build`, all
/// at once, with the places in the source code.
///
/// # Example
/// ```
/// use highper_core::{Handler, Middleware, Request, Response};
/// use highper_router::Router;
///
/// struct Private;
/// impl Middleware for Private {
///     async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
///         next.call(request).await.with_header("cache-control", "no-store")
///     }
/// }
///
/// let router = Router::new()
///     .get("/", async || "home")
///     .group("/account", |account| account.middleware(Private).get("/", async || "yours"));
/// ```
#[derive(Default)]
pub struct Router {
    pub(crate) entries: Vec<Entry>,
    pub(crate) wraps: Vec<Wrap>,
    pub(crate) mounts: Vec<Mounted>,
    pub(crate) groups: Vec<Group>,
    pub(crate) fallback: Option<(Bind, &'static Location<'static>)>,
    pub(crate) trailing_slash: Option<TrailingSlash>,
    /// What was wrong when it was added.
    pub(crate) problems: Vec<String>,
    /// True right after a route was added.
    is_nameable: bool,
}

/// What happens to a path that only a slash at its end keeps from matching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrailingSlash {
    /// It does not match.
    #[default]
    Strict,
    /// The client is sent to the other form (308), with its query.
    Redirect,
    /// It matches.
    Ignore,
}

/// A route as it was registered.
pub(crate) struct Entry {
    /// None: any method.
    pub(crate) method: Option<Method>,
    pub(crate) path: String,
    pub(crate) name: Option<String>,
    pub(crate) handler: &'static str,
    pub(crate) place: &'static Location<'static>,
    pub(crate) bind: Bind,
}

/// A handler that has everything under a prefix.
pub(crate) struct Mounted {
    pub(crate) prefix: String,
    pub(crate) handler: &'static str,
    pub(crate) place: &'static Location<'static>,
    /// Takes so many segments off the path; called for each pattern.
    pub(crate) strip: Box<dyn Fn(usize) -> BoxHandler + Send>,
}

/// Routes under a prefix, or of a host.
pub(crate) struct Group {
    pub(crate) prefix: String,
    pub(crate) host: Option<String>,
    pub(crate) place: &'static Location<'static>,
    pub(crate) router: Router,
}

pub(crate) type Bind = Box<dyn FnOnce(&Container) -> Result<BoxHandler, MissingBinding> + Send>;

/// Puts middleware around a handler.
pub(crate) type Wrap = Arc<dyn Fn(BoxHandler) -> BoxHandler + Send + Sync>;

impl Router {
    /// A router without routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route for GET. It answers HEAD too, unless there is one of its own.
    #[must_use]
    #[track_caller]
    pub fn get<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(Method::GET), path, handler)
    }

    /// Adds a route for POST.
    #[must_use]
    #[track_caller]
    pub fn post<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(Method::POST), path, handler)
    }

    /// Adds a route for PUT.
    #[must_use]
    #[track_caller]
    pub fn put<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(Method::PUT), path, handler)
    }

    /// Adds a route for PATCH.
    #[must_use]
    #[track_caller]
    pub fn patch<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(Method::PATCH), path, handler)
    }

    /// Adds a route for DELETE.
    #[must_use]
    #[track_caller]
    pub fn delete<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(Method::DELETE), path, handler)
    }

    /// Adds a route for a method: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
    #[must_use]
    #[track_caller]
    pub fn on<A>(self, method: Method, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(Some(method), path, handler)
    }

    /// Adds a route for every method that has none of its own there.
    #[must_use]
    #[track_caller]
    pub fn any<A>(self, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.add(None, path, handler)
    }

    /// Names the route that was added right before, for [`Routes::url`].
    #[must_use]
    #[track_caller]
    pub fn name(mut self, name: &str) -> Self {
        match self.entries.last_mut() {
            Some(entry) if self.is_nameable => entry.name = Some(name.to_owned()),
            _ => self.problems.push(format!(
                "name `{name}` ({}): a name stands right after its route, and only one does",
                Location::caller()
            )),
        }
        self.is_nameable = false;
        self
    }

    /// Adds routes under a prefix. Middleware added in there are around those routes alone.
    #[must_use]
    #[track_caller]
    pub fn group(mut self, prefix: &str, add: impl FnOnce(Self) -> Self) -> Self {
        let (place, router) = (Location::caller(), add(Self::new()));
        self.groups.push(Group { prefix: prefix.to_owned(), host: None, place, router });
        self.is_nameable = false;
        self
    }

    /// Adds routes for a host alone: `api.example.com`, or `*.example.com` for any one label before
    /// it. Case and port do not count. A host that has routes is served by them alone.
    #[must_use]
    #[track_caller]
    pub fn host(mut self, host: &str, add: impl FnOnce(Self) -> Self) -> Self {
        let (place, router) = (Location::caller(), add(Self::new()));
        self.groups.push(Group {
            prefix: String::new(),
            host: Some(host.to_owned()),
            place,
            router,
        });
        self.is_nameable = false;
        self
    }

    /// Puts a middleware, or a tuple of them, around every route of this router or group, whether
    /// added before or after: around the 405 and the automatic OPTIONS of its paths and its own
    /// fallback too. At the outermost router also around all hosts, 404, malformed paths and redirects
    /// to the other form of a path. The first call is outermost, and the first of a tuple. A tuple
    /// costs one boxed future for each request, two calls two.
    #[must_use]
    pub fn middleware(mut self, stack: impl MiddlewareStack) -> Self {
        let stack = stack.shared();
        self.wraps.push(Arc::new(move |next| BoxHandler::new(stack.clone().wrap(next))));
        self
    }

    /// Hands every path under a prefix, of every method, to one handler, which sees it without the
    /// prefix and those of its groups: a tower service, an axum router, files.
    ///
    /// Routes under the prefix go before it where they begin with a literal (`/old/new`); one that
    /// begins with a parameter (`/old/{id}`) conflicts with it.
    #[must_use]
    #[track_caller]
    pub fn mount(mut self, prefix: &str, handler: impl Handler) -> Self {
        let name = type_name_of_val(&handler);
        let handler = Arc::new(Caught(handler));
        self.mounts.push(Mounted {
            prefix: prefix.to_owned(),
            handler: name,
            place: Location::caller(),
            strip: Box::new(move |segments| {
                BoxHandler::new(Mount::new(segments, Arc::clone(&handler)))
            }),
        });
        self.is_nameable = false;
        self
    }

    /// Answers what no route of this router matches; in a group, what is under its prefix, and at it.
    #[must_use]
    #[track_caller]
    pub fn fallback<A>(mut self, handler: impl IntoHandler<A>) -> Self {
        self.fallback = Some((bind_later(handler), Location::caller()));
        self.is_nameable = false;
        self
    }

    /// Sets what a slash at the end of a path means, for the outermost router or for a host, which
    /// has the outermost router's policy otherwise.
    #[must_use]
    pub fn trailing_slash(mut self, policy: TrailingSlash) -> Self {
        self.trailing_slash = Some(policy);
        self
    }

    /// Binds every handler's extractors and makes the table.
    ///
    /// # Errors
    /// All of these at once, a line each, with the route and its place in the source code: patterns
    /// that do not parse, routes that conflict (with both places), names used twice, services that are
    /// missing in the container.
    pub fn build(self, container: &Container) -> Result<Routes, BootErrors> {
        build::build(self, container)
    }

    #[track_caller]
    fn add<A>(mut self, method: Option<Method>, path: &str, handler: impl IntoHandler<A>) -> Self {
        self.entries.push(Entry {
            method,
            path: path.to_owned(),
            name: None,
            handler: type_name_of_val(&handler),
            place: Location::caller(),
            bind: bind_later(handler),
        });
        self.is_nameable = true;
        self
    }
}

/// The last added is innermost.
pub(crate) fn wrap_all(handler: BoxHandler, wraps: &[Wrap]) -> BoxHandler {
    wraps.iter().rev().fold(handler, |handler, wrap| wrap(handler))
}

fn bind_later<A>(handler: impl IntoHandler<A>) -> Bind {
    Box::new(move |container| Ok(BoxHandler::new(Caught(handler.into_handler(container)?))))
}

/// A panic is an answer already here, so that all middleware see it.
struct Caught<H>(H);

impl<H: Handler> Handler for Caught<H> {
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        let route = request.route().map(RouteMatch::pattern);
        OnRoute::new(route, CatchPanic::new(self.0.call(request)))
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Router({} routes, {} groups)", self.entries.len(), self.groups.len())
    }
}
