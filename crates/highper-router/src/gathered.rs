//! The paths of a host while their routes are gathered, and where they conflict.

use std::panic::Location;

use highper_core::{BootErrors, BoxHandler, RoutePattern};
use http::Method;

use crate::layout::Layout;
use crate::methods::Methods;
use crate::pattern::{self, Piece};
use crate::router::{Wrap, wrap_all};
use crate::table::{Node, Paths};

/// The paths in the order in which they came: errors are told in that order.
#[derive(Default)]
pub(crate) struct Gathered(Vec<GatheredPath>);

/// One path while its methods are gathered.
struct GatheredPath {
    pattern: String,
    pieces: Vec<Piece>,
    name: Option<String>,
    methods: Methods,
    places: Vec<(What, Place)>,
    wraps: Vec<Wrap>,
}

pub(crate) type Place = &'static Location<'static>;

/// What stands at a path, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A route for a method; none for any.
    Route(Option<Method>),
    /// The fallback of a group.
    Fallback,
}

/// A handler for a path.
pub(crate) struct Addition<'a> {
    pub(crate) what: What,
    pub(crate) pattern: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) place: Place,
    pub(crate) handler: BoxHandler,
    pub(crate) wraps: &'a [Wrap],
}

impl What {
    pub(crate) fn describe(&self, pattern: &str, place: Place) -> String {
        match self {
            Self::Route(Some(method)) => format!("route {method} {pattern} ({place})"),
            Self::Route(None) => format!("route ANY {pattern} ({place})"),
            Self::Fallback => format!("fallback {pattern} ({place})"),
        }
    }

    fn method(&self) -> Option<&Method> {
        match self {
            Self::Route(method) => method.as_ref(),
            Self::Fallback => None,
        }
    }
}

impl Gathered {
    /// Adds a handler, unless there is one for the same path and method.
    pub(crate) fn add(&mut self, new: Addition<'_>, pieces: Vec<Piece>, errors: &mut BootErrors) {
        let at = self.0.iter().position(|path| path.pattern == new.pattern).unwrap_or_else(|| {
            self.0.push(GatheredPath {
                pattern: new.pattern.to_owned(),
                pieces,
                name: None,
                methods: Methods::default(),
                places: Vec::new(),
                wraps: new.wraps.to_vec(),
            });
            self.0.len() - 1
        });
        let path = &mut self.0[at];
        let handler = wrap_all(new.handler, new.wraps);
        if !path.methods.insert(new.what.method(), handler) {
            let earlier = path.places.iter().find(|(what, _)| *what == new.what);
            let earlier = earlier.map_or_else(String::new, |(_, place)| format!(" ({place})"));
            let what = new.what.describe(new.pattern, new.place);
            errors.push(format_args!("{what}: is there already{earlier}; remove one"));
        }
        path.places.push((new.what, new.place));
        path.name = path.name.take().or_else(|| new.name.map(str::to_owned));
    }

    /// Makes the table.
    pub(crate) fn into_paths(self, errors: &mut BootErrors) -> Paths {
        let mut paths = Paths::new();
        let mut inserted: Vec<Inserted> = Vec::new();
        for path in self.0 {
            let (pattern, places) = (path.pattern.clone(), path.places.clone());
            let this = Inserted { pieces: path.pieces.clone(), pattern, places };
            let problem = match paths.insert(this.pattern.as_str(), path.into_node()) {
                Ok(()) => {
                    inserted.push(this);
                    continue;
                }
                Err(matchit::InsertError::Conflict { with }) => this.conflict(&inserted, &with),
                Err(matchit::InsertError::InvalidParamSegment) => {
                    "between two `/` there is at most one parameter".to_owned()
                }
                Err(problem) => problem.to_string(),
            };
            for (what, place) in &this.places {
                errors.push(format_args!("{}: {problem}", what.describe(&this.pattern, place)));
            }
        }
        paths
    }
}

/// A path that is in the table, or is not let in.
struct Inserted {
    pattern: String,
    pieces: Vec<Piece>,
    places: Vec<(What, Place)>,
}

impl Inserted {
    /// With which of `others` it conflicts, and what to do. `with` is what matchit says of it: it may
    /// be a piece of a path, and has no braces doubled.
    fn conflict(&self, others: &[Self], with: &str) -> String {
        let Some(other) = others.iter().find(|other| self.conflicts_with(other)) else {
            return format!("conflicts with {with}");
        };
        let place =
            other.places.first().map_or_else(String::new, |(_, place)| format!(" ({place})"));
        let advice = if pattern::is_same_shape(&self.pieces, &other.pieces) {
            "they are one path: give its parameters the same names"
        } else {
            "neither goes before the other: a wildcard stands beside no other parameter, and a \
             parameter with a prefix beside none with a suffix"
        };
        format!("conflicts with {}{place}; {advice}", other.pattern)
    }

    fn conflicts_with(&self, other: &Self) -> bool {
        let mut both = matchit::Router::new();
        both.insert(other.pattern.as_str(), ()).is_ok()
            && both.insert(self.pattern.as_str(), ()).is_err()
    }
}

impl GatheredPath {
    fn into_node(mut self) -> Node {
        self.methods.finish(|handler| wrap_all(handler, &self.wraps));
        let parameters = pattern::parameters(&self.pieces);
        let pattern = RoutePattern::publish(&self.pattern, self.name.as_deref(), parameters);
        Node { pattern, layout: Layout::new(&self.pieces), methods: self.methods }
    }
}
