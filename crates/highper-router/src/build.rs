//! From routes as they were added to the table.

use std::collections::HashMap;
use std::sync::Arc;

use highper_core::{BootErrors, BoxHandler, Container};

use crate::TrailingSlash;
use crate::gathered::{Addition, Gathered, Place, What};
use crate::host::HostPattern;
use crate::methods::is_routable;
use crate::pattern::{self, Piece};
use crate::refusals::{NotFound, OtherForm, Unsound};
use crate::router::{Bind, Entry, Group, Mounted, Router, Wrap, wrap_all};
use crate::routes::{Inner, RouteInfo, Routes};
use crate::table::Table;

/// Builds the table, or tells everything that is wrong.
pub(crate) fn build(mut router: Router, container: &Container) -> Result<Routes, BootErrors> {
    let mut builder = Builder::new(container);
    let hosts = take_hosts(&mut router);
    let (wraps, trailing_slash) = (router.wraps.clone(), router.trailing_slash);
    let table = builder.table(router, None, &[]);
    let mut host_tables: Vec<(HostPattern, Table)> = Vec::new();
    let mut places: Vec<(HostPattern, Place)> = Vec::new();
    for mut group in hosts {
        let name = group.host.unwrap_or_default();
        let pattern = match HostPattern::parse(&name) {
            Ok(pattern) => pattern,
            Err(problem) => {
                builder.errors.push(format_args!("host ({}): {problem}", group.place));
                continue;
            }
        };
        if let Some((_, earlier)) = places.iter().find(|(known, _)| *known == pattern) {
            builder.errors.push(format_args!(
                "host `{name}` ({}): is there already ({earlier}); make them one",
                group.place
            ));
        }
        places.push((pattern.clone(), group.place));
        group.router.trailing_slash = group.router.trailing_slash.or(trailing_slash);
        host_tables.push((pattern, builder.table(group.router, Some(&name), &wraps)));
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
    names: HashMap<String, (Vec<Piece>, Place)>,
    listing: Vec<RouteInfo>,
    paths: Gathered,
    group_fallbacks: Gathered,
}

/// Where a group stands.
struct Scope<'a> {
    host: Option<&'a str>,
    prefix: &'a str,
    /// The middleware around everything in it, the outermost first.
    wraps: Vec<Wrap>,
}

impl<'a> Builder<'a> {
    fn new(container: &'a Container) -> Self {
        Self {
            container,
            errors: BootErrors::new(),
            names: HashMap::new(),
            listing: Vec::new(),
            paths: Gathered::default(),
            group_fallbacks: Gathered::default(),
        }
    }

    fn table(&mut self, mut router: Router, host: Option<&str>, outer: &[Wrap]) -> Table {
        let trailing_slash = router.trailing_slash.take().unwrap_or_default();
        let fallback = router.fallback.take();
        let wraps = [outer, &router.wraps].concat();
        self.flatten(router, "", host, outer);
        let fallback = match fallback {
            Some((bind, place)) => self.bind(bind, &What::Fallback.describe("", place)),
            None => BoxHandler::new(NotFound),
        };
        let gathered = std::mem::take(&mut self.paths);
        let group_fallbacks = std::mem::take(&mut self.group_fallbacks);
        Table {
            paths: gathered.into_paths(&mut self.errors),
            group_fallbacks: group_fallbacks.into_paths(&mut self.errors),
            fallback: wrap_all(fallback, &wraps),
            unsound: wrap_all(BoxHandler::new(Unsound), &wraps),
            other_form: wrap_all(BoxHandler::new(OtherForm), &wraps),
            trailing_slash,
        }
    }

    fn flatten(&mut self, router: Router, prefix: &str, host: Option<&str>, outer: &[Wrap]) {
        let scope = Scope { host, prefix, wraps: [outer, &router.wraps].concat() };
        router.problems.iter().for_each(|problem| self.errors.push(problem));
        for entry in router.entries {
            self.entry(entry, &scope);
        }
        for mounted in router.mounts {
            self.mount(&mounted, &scope);
        }
        for group in router.groups {
            self.group(group, &scope);
        }
    }

    fn group(&mut self, mut group: Group, scope: &Scope<'_>) {
        let place = group.place;
        if let Some(host) = &group.host {
            return self.errors.push(format_args!(
                "host `{host}` ({place}) is in a group: hosts belong to the outermost router"
            ));
        }
        if !group.prefix.starts_with('/') {
            return self.errors.push(format_args!(
                "group `{}` ({place}): a prefix begins with `/`",
                group.prefix
            ));
        }
        let prefix = pattern::join(scope.prefix, &group.prefix);
        if group.router.trailing_slash.is_some_and(|policy| policy != TrailingSlash::Strict) {
            self.errors.push(format_args!(
                "group `{prefix}` ({place}): a policy for trailing slashes belongs to the outermost \
                 router or a host"
            ));
        }
        if let Some((bind, place)) = group.router.fallback.take() {
            let wraps = [&scope.wraps[..], &group.router.wraps].concat();
            self.group_fallback(bind, &prefix, place, &wraps);
        }
        self.flatten(group.router, &prefix, scope.host, &scope.wraps);
    }

    fn group_fallback(&mut self, bind: Bind, prefix: &str, place: Place, wraps: &[Wrap]) {
        let handler = Arc::new(self.bind(bind, &What::Fallback.describe(prefix, place)));
        for pattern in pattern::under(prefix, "unmatched") {
            let Some(pieces) = self.parse(&What::Fallback, &pattern, place) else { return };
            let addition = Addition {
                what: What::Fallback,
                pattern: &pattern,
                name: None,
                place,
                handler: BoxHandler::new(Arc::clone(&handler)),
                wraps,
            };
            self.group_fallbacks.add(addition, pieces, &mut self.errors);
        }
    }

    fn entry(&mut self, entry: Entry, scope: &Scope<'_>) {
        let what = What::Route(entry.method.clone());
        if !entry.path.is_empty() && !entry.path.starts_with('/') {
            let what = what.describe(&entry.path, entry.place);
            return self.errors.push(format_args!("{what}: a path begins with `/`"));
        }
        let pattern = pattern::join(scope.prefix, &entry.path);
        let described = what.describe(&pattern, entry.place);
        if let Some(method) = entry.method.as_ref().filter(|method| !is_routable(method)) {
            return self
                .errors
                .push(format_args!("{described}: there are no routes for the method {method}"));
        }
        let handler = self.bind(entry.bind, &described);
        let Some(pieces) = self.parse(&what, &pattern, entry.place) else { return };
        if let Some(name) = &entry.name {
            self.name(name, &pieces, entry.place);
        }
        let addition = Addition {
            what,
            pattern: &pattern,
            name: entry.name.as_deref(),
            place: entry.place,
            handler,
            wraps: &scope.wraps,
        };
        self.paths.add(addition, pieces, &mut self.errors);
        self.list(
            scope,
            RouteInfo {
                method: entry.method,
                name: entry.name,
                ..RouteInfo::new(pattern, entry.handler, entry.place)
            },
        );
    }

    fn mount(&mut self, mounted: &Mounted, scope: &Scope<'_>) {
        let (what, place) = (What::Route(None), mounted.place);
        if !mounted.prefix.starts_with('/') {
            return self.errors.push(format_args!(
                "mount `{}` ({place}): a prefix begins with `/`",
                mounted.prefix
            ));
        }
        let prefix = pattern::join(scope.prefix, &mounted.prefix);
        let segments = prefix.trim_end_matches('/').matches('/').count();
        for pattern in pattern::under(&prefix, "rest") {
            let Some(pieces) = self.parse(&what, &pattern, place) else { return };
            let addition = Addition {
                what: what.clone(),
                pattern: &pattern,
                name: None,
                place,
                handler: (mounted.strip)(segments),
                wraps: &scope.wraps,
            };
            self.paths.add(addition, pieces, &mut self.errors);
            self.list(scope, RouteInfo::new(pattern, mounted.handler, place));
        }
    }

    /// The handler, or one in its stead once the error is noted, so that the next is found too.
    fn bind(&mut self, bind: Bind, described: &str) -> BoxHandler {
        bind(self.container).unwrap_or_else(|missing| {
            if !missing.is_repeated() {
                self.errors.push(format_args!("{described}: {missing}"));
            }
            BoxHandler::new(NotFound)
        })
    }

    fn parse(&mut self, what: &What, pattern: &str, place: Place) -> Option<Vec<Piece>> {
        pattern::parse(pattern)
            .map_err(|problem| {
                let what = what.describe(pattern, place);
                self.errors.push(format_args!("{what}: {problem}"));
            })
            .ok()
    }

    fn name(&mut self, name: &str, pieces: &[Piece], place: Place) {
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

    fn list(&mut self, scope: &Scope<'_>, route: RouteInfo) {
        let host = scope.host.map(str::to_owned);
        self.listing.push(RouteInfo { host, middleware: scope.wraps.len(), ..route });
    }
}
