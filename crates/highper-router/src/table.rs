//! The paths of one host.

use highper_core::{BoxHandler, HandlerFuture, Request, RouteMatch, RoutePattern};

use crate::TrailingSlash;
use crate::layout::{Layout, Ranges};
use crate::methods::Methods;
use crate::refusals::{is_sound, other_form};

/// Paths and what answers them.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) paths: Paths,
    /// What is under the prefixes of groups that have a fallback. Apart from the routes, so that none
    /// of them conflicts with it.
    pub(crate) group_fallbacks: Paths,
    pub(crate) fallback: BoxHandler,
    /// Answers a path that is malformed.
    pub(crate) unsound: BoxHandler,
    /// Answers a path whose other form has a route.
    pub(crate) other_form: BoxHandler,
    pub(crate) trailing_slash: TrailingSlash,
}

pub(crate) type Paths = matchit::Router<Node>;

/// One path.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) pattern: &'static RoutePattern,
    pub(crate) layout: Layout,
    pub(crate) methods: Methods,
}

impl Table {
    #[inline]
    pub(crate) fn call(&self, mut request: Request) -> HandlerFuture<'_> {
        let path = request.path();
        if !request.is_path_unencoded() && !is_sound(path) {
            return self.unsound.call_boxed(request);
        }
        match find(&self.paths, path) {
            Some((node, ranges)) => {
                request.set_route(RouteMatch::new(node.pattern, ranges));
                node.methods.call(request)
            }
            None => self.call_unmatched(request),
        }
    }

    #[cold]
    fn call_unmatched(&self, mut request: Request) -> HandlerFuture<'_> {
        let path = request.path();
        let mut found = None;
        if self.trailing_slash != TrailingSlash::Strict && path != "/" {
            found = find(&self.paths, &other_form(path));
            if found.is_some() && self.trailing_slash == TrailingSlash::Redirect {
                return self.other_form.call_boxed(request);
            }
        }
        match found.or_else(|| find(&self.group_fallbacks, path)) {
            Some((node, ranges)) => {
                request.set_route(RouteMatch::new(node.pattern, ranges));
                node.methods.call(request)
            }
            None => self.fallback.call_boxed(request),
        }
    }
}

impl Table {
    /// Without what is done for slashes at the end.
    pub(crate) fn route_of(&self, path: &str) -> Option<RouteMatch> {
        let found = find(&self.paths, path).filter(|_| is_sound(path));
        found.map(|(node, ranges)| RouteMatch::new(node.pattern, ranges))
    }
}

#[inline]
fn find<'a>(paths: &'a Paths, path: &str) -> Option<(&'a Node, Ranges)> {
    let node = paths.at(path).ok()?.value;
    Some((node, node.layout.ranges(path)))
}
