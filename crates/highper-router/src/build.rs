//! From routes as they were added to the table.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use highper_core::{
    BootErrors, BoxHandler, Container, Error, Handler, IntoResponse, Request, Response,
    RoutePattern,
};
use http::Method;

use crate::TrailingSlash;
use crate::host::HostPattern;
use crate::methods::{Methods, is_routable};
use crate::pattern::{self, Piece};
use crate::router::{Bind, Entry, Group, Router, Wrap};
use crate::routes::{Inner, RouteInfo, Routes};
use crate::table::{Node, Table};

/// Builds the table, or tells everything that is wrong.
pub(crate) fn build(mut router: Router, container: &Container) -> Result<Routes, BootErrors> {
    let mut builder = Builder::new(container);
    let hosts = take_hosts(&mut router);
    let table = builder.table(router, None, &[]);
    let mut host_tables = Vec::new();
    for group in hosts {
        let name = group.host.unwrap_or_default();
        match HostPattern::parse(&name) {
            Ok(pattern) => {
                if host_tables.iter().any(|(other, _)| *other == pattern) {
                    builder
                        .errors
                        .push(format_args!("host `{name}` ({}) stands twice", group.place));
                }
                host_tables.push((pattern, builder.table(group.router, Some(&name), &[])));
            }
            Err(problem) => builder.errors.push(format_args!("host ({}): {problem}", group.place)),
        }
    }
    // An exact host goes before a pattern, whatever the order in which they were added.
    host_tables.sort_by_key(|(pattern, _)| matches!(pattern, HostPattern::Subdomain(_)));
    builder.errors.into_result()?;
    Ok(Routes::new(Inner {
        table,
        hosts: host_tables,
        names: builder.names.into_iter().map(|(name, (pieces, _))| (name, pieces)).collect(),
        listing: builder.listing,
    }))
}

fn take_hosts(router: &mut Router) -> Vec<Group> {
    let (hosts, groups) =
        std::mem::take(&mut router.groups).into_iter().partition(|group| group.host.is_some());
    router.groups = groups;
    hosts
}

struct Builder<'a> {
    container: &'a Container,
    errors: BootErrors,
    names: HashMap<String, (Vec<Piece>, &'static Location<'static>)>,
    listing: Vec<RouteInfo>,
}

/// One path while its methods are gathered.
struct Path {
    pieces: Vec<Piece>,
    methods: Methods,
    places: Vec<(Option<Method>, &'static Location<'static>)>,
    name: Option<String>,
    wraps: Vec<Wrap>,
}

/// The paths of a host in the order in which they came: errors are told in that order.
type Paths = Vec<(String, Path)>;

impl<'a> Builder<'a> {
    fn new(container: &'a Container) -> Self {
        Self { container, errors: BootErrors::new(), names: HashMap::new(), listing: Vec::new() }
    }

    fn table(&mut self, mut router: Router, host: Option<&str>, outer: &[Wrap]) -> Table {
        let trailing_slash = router.trailing_slash;
        let fallback = router.fallback.take();
        let wraps: Vec<_> = outer.iter().chain(&router.wraps).cloned().collect();
        let mut paths = Paths::new();
        self.flatten(router, "", host, outer, &mut paths);
        let fallback = self.fallback(fallback, &wraps);
        Table { paths: self.insert_all(paths), fallback, trailing_slash }
    }

    fn flatten(
        &mut self,
        router: Router,
        prefix: &str,
        host: Option<&str>,
        outer: &[Wrap],
        paths: &mut Paths,
    ) {
        router.misplaced_names.iter().for_each(|problem| self.errors.push(problem));
        if !prefix.is_empty() && router.trailing_slash != TrailingSlash::Strict {
            self.errors.push(format_args!(
                "group `{prefix}`: a policy for trailing slashes belongs to the outermost router or a host"
            ));
        }
        let wraps: Vec<_> = outer.iter().chain(&router.wraps).cloned().collect();
        for entry in router.entries {
            self.entry(entry, prefix, host, &wraps, paths);
        }
        for group in router.groups {
            if let Some(host) = &group.host {
                self.errors.push(format_args!(
                    "host `{host}` ({}) is in a group: hosts belong to the outermost router",
                    group.place
                ));
                continue;
            }
            if !group.prefix.starts_with('/') {
                self.errors.push(format_args!(
                    "group `{}` ({}): a prefix begins with `/`",
                    group.prefix, group.place
                ));
                continue;
            }
            let prefix = pattern::join(prefix, &group.prefix);
            let mut inner = group.router;
            if let Some(bind) = inner.fallback.take() {
                let path = "/{*unmatched}".to_owned();
                inner.entries.push(Entry {
                    method: None,
                    path,
                    name: None,
                    place: group.place,
                    bind,
                });
            }
            self.flatten(inner, &prefix, host, &wraps, paths);
        }
    }

    fn entry(
        &mut self,
        entry: Entry,
        prefix: &str,
        host: Option<&str>,
        wraps: &[Wrap],
        paths: &mut Paths,
    ) {
        let full = pattern::join(prefix, &entry.path);
        let what = describe(entry.method.as_ref(), &full, entry.place);
        let pieces = match pattern::parse(&full) {
            Ok(pieces) => pieces,
            Err(problem) => return self.errors.push(format_args!("{what}: {problem}")),
        };
        if let Some(method) = entry.method.as_ref().filter(|method| !is_routable(method)) {
            return self
                .errors
                .push(format_args!("{what}: there are no routes for the method {method}"));
        }
        if let Some(name) = &entry.name {
            self.name(name, &pieces, entry.place);
        }
        let handler = match (entry.bind)(self.container) {
            Ok(handler) => wrap_all(handler, wraps),
            Err(missing) => return self.errors.push(format_args!("{what}: {missing}")),
        };
        let at = paths.iter().position(|(known, _)| *known == full).unwrap_or_else(|| {
            paths.push((full.clone(), Path::new(pieces, wraps)));
            paths.len() - 1
        });
        let path = &mut paths[at].1;
        if !path.methods.insert(entry.method.as_ref(), handler) {
            let earlier = path.places.iter().find(|(method, _)| *method == entry.method);
            let earlier = earlier.map_or_else(String::new, |(_, place)| format!(" ({place})"));
            self.errors.push(format_args!("{what}: is there already{earlier}; remove one"));
        }
        path.places.push((entry.method.clone(), entry.place));
        path.name = path.name.take().or_else(|| entry.name.clone());
        self.listing.push(RouteInfo {
            method: entry.method,
            host: host.map(str::to_owned),
            path: full,
            name: entry.name,
            middleware: wraps.len(),
            place: entry.place,
        });
    }

    fn name(&mut self, name: &str, pieces: &[Piece], place: &'static Location<'static>) {
        match self.names.get(name) {
            // The methods of one resource share a path, and may share its name.
            Some((known, _)) if known == pieces => {}
            Some((_, earlier)) => self.errors.push(format_args!(
                "name `{name}` ({place}) is another route's already ({earlier})"
            )),
            None => {
                self.names.insert(name.to_owned(), (pieces.to_vec(), place));
            }
        }
    }

    fn fallback(&mut self, bind: Option<Bind>, wraps: &[Wrap]) -> BoxHandler {
        let handler = match bind.map(|bind| bind(self.container)) {
            Some(Ok(handler)) => handler,
            Some(Err(missing)) => {
                self.errors.push(format_args!("fallback: {missing}"));
                BoxHandler::new(NotFound)
            }
            None => BoxHandler::new(NotFound),
        };
        wrap_all(handler, wraps)
    }

    fn insert_all(&mut self, paths: Paths) -> matchit::Router<Node> {
        let mut table = matchit::Router::new();
        let mut inserted: Vec<(String, Vec<_>)> = Vec::new();
        for (full, mut path) in paths {
            path.methods.finish(|handler| wrap_all(handler, &path.wraps));
            let pattern = RoutePattern {
                path: full.as_str().into(),
                name: path.name.map(Into::into),
                parameters: pattern::parameters(&path.pieces).map(Into::into).collect(),
            };
            let node = Node { pattern: Arc::new(pattern), methods: path.methods };
            let places = path.places;
            match table.insert(full.as_str(), node) {
                Ok(()) => inserted.push((full, places)),
                Err(matchit::InsertError::Conflict { with }) => {
                    let other = inserted.iter().find(|(known, _)| *known == with);
                    let other = other.and_then(|(_, places)| places.first());
                    let other = other.map_or_else(String::new, |(_, place)| format!(" ({place})"));
                    for (method, place) in &places {
                        let what = describe(method.as_ref(), &full, place);
                        self.errors.push(format_args!(
                            "{what}: conflicts with {with}{other}; paths that overlap use the same \
                             names for their parameters"
                        ));
                    }
                }
                Err(problem) => {
                    for (method, place) in &places {
                        let what = describe(method.as_ref(), &full, place);
                        self.errors.push(format_args!("{what}: {problem}"));
                    }
                }
            }
        }
        table
    }
}

impl Path {
    fn new(pieces: Vec<Piece>, wraps: &[Wrap]) -> Self {
        Self {
            pieces,
            methods: Methods::default(),
            places: Vec::new(),
            name: None,
            wraps: wraps.to_vec(),
        }
    }
}

/// The last added is innermost.
fn wrap_all(handler: BoxHandler, wraps: &[Wrap]) -> BoxHandler {
    wraps.iter().rev().fold(handler, |handler, wrap| wrap(handler))
}

fn describe(method: Option<&Method>, path: &str, place: &Location<'_>) -> String {
    format!("route {} {path} ({place})", method.map_or("ANY", Method::as_str))
}

struct NotFound;

impl Handler for NotFound {
    async fn call(&self, request: Request) -> Response {
        let path = request.path().escape_debug();
        Error::not_found(format!("there is nothing at {path}"))
            .with_code("not_found")
            .into_response()
    }
}
