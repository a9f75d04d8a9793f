//! Which route a request matched, and where its parameters stand in the path.

use std::borrow::Cow;
use std::cell::Cell;

use percent_encoding::percent_decode_str;

use crate::Activity;

/// The most parameters that one route may have; a route with more is a boot error.
pub const MAX_PARAMETERS: usize = 8;

/// What all matches of one route share: its pattern, its name, its parameters' names.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoutePattern {
    /// The pattern as it was registered, for logs and metrics: `/books/{id}`.
    pub path: Box<str>,
    /// The name given to the route, if any.
    pub name: Option<Box<str>>,
    /// The names of the parameters, in the order in which they stand in the path.
    pub parameters: Box<[Box<str>]>,
    number: u32,
}

impl RoutePattern {
    /// A pattern for as long as the process lives.
    pub fn publish<P: Into<Box<str>>>(
        path: &str,
        name: Option<&str>,
        parameters: impl IntoIterator<Item = P>,
    ) -> &'static Self {
        let parameters = parameters.into_iter().map(Into::into).collect();
        Activity::number(|number| {
            let (path, name) = (path.into(), name.map(Into::into));
            Box::leak(Box::new(Self { path, name, parameters, number }))
        })
    }

    /// Does `work`, and says which route was found within, if one was: how those who stand around a
    /// router learn what it has found. Of several routes it is the last one.
    ///
    /// # Example
    /// ```
    /// use highper_core::RoutePattern;
    ///
    /// let (sum, route) = RoutePattern::found_within(|| 1 + 1);
    /// assert_eq!((sum, route), (2, None));
    /// ```
    #[inline]
    pub fn found_within<T>(work: impl FnOnce() -> T) -> (T, Option<&'static Self>) {
        let before = FOUND.replace(None);
        let done = work();
        let within = FOUND.get();
        FOUND.set(within.or(before));
        (done, within)
    }

    /// Notes for [`found_within`](Self::found_within) that a request has this route.
    #[inline]
    pub(crate) fn is_found(&'static self) {
        FOUND.set(Some(self));
    }

    /// Tells it from all other routes of the process.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

thread_local! {
    /// The route that was found last on this thread.
    static FOUND: Cell<Option<&'static RoutePattern>> = const { Cell::new(None) };
}

/// A match: the pattern, and the byte range of each parameter in the path of the request.
///
/// Ranges instead of strings: nothing is allocated or decoded until somebody asks. The pattern lives
/// as long as the process, because routes do: a count of references would be the one thing that all
/// workers write to for every request.
#[derive(Clone, Debug)]
pub struct RouteMatch {
    pattern: &'static RoutePattern,
    ranges: [(u16, u16); MAX_PARAMETERS],
}

/// One parameter: its name, and its value percent-encoded as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The name in the pattern.
    pub name: &'a str,
    /// The value in the path.
    pub raw: &'a str,
}

impl RouteMatch {
    /// A match of `pattern`, its parameters at `ranges` (start and end in the path).
    #[must_use]
    #[inline]
    pub fn new(pattern: &'static RoutePattern, ranges: [(u16, u16); MAX_PARAMETERS]) -> Self {
        Self { pattern, ranges }
    }

    /// The route that matched.
    #[must_use]
    pub fn pattern(&self) -> &'static RoutePattern {
        self.pattern
    }

    /// The parameters in order, cut from `path`, the path that was matched.
    pub fn parameters<'a>(&'a self, path: &'a str) -> impl ExactSizeIterator<Item = Parameter<'a>> {
        self.pattern.parameters.iter().zip(self.ranges).map(move |(name, (start, end))| Parameter {
            name,
            raw: path.get(usize::from(start)..usize::from(end)).unwrap_or_default(),
        })
    }
}

impl<'a> Parameter<'a> {
    /// The value, percent-decoded; borrowed where nothing was encoded.
    ///
    /// # Errors
    /// If the decoded bytes are not UTF-8.
    pub fn decoded(&self) -> Result<Cow<'a, str>, std::str::Utf8Error> {
        // A short value, as it mostly is, is looked through sooner than searched.
        if !self.raw.bytes().fold(false, |found, byte| found | (byte == b'%')) {
            return Ok(Cow::Borrowed(self.raw));
        }
        percent_decode_str(self.raw).decode_utf8()
    }
}
