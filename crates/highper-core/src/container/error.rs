//! Why the container could not give what it was asked for.

use std::any::type_name;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::{BoxError, ServiceKey};

/// Why the container could not give what it was asked for.
///
/// [`is_not_found`](Self::is_not_found) tells of the service itself alone: one that is bound and whose
/// dependency is missing *cannot be built*, and says so, with the cause as its source.
///
/// # Example
/// ```
/// # use highper_core::Container;
/// let error = Container::default().get::<String>().unwrap_err();
/// assert!(error.is_not_found());
/// assert!(error.to_string().starts_with("no `alloc::string::String` in the container"));
/// ```
#[derive(Debug)]
pub struct ContainerError(Box<Failure>);

#[derive(Debug)]
struct Failure {
    kind: Kind,
    key: ServiceKey,
    message: String,
    source: Option<BoxError>,
    /// Another error has told of the same problem before.
    is_repeated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    NotFound,
    Circular,
    /// The factory of a bound service failed.
    Failed,
    /// What boot has told of already.
    Broken,
    /// It lives as long as a scope, and there is none.
    Unscoped,
    /// Any other misuse.
    Refused,
}

impl ContainerError {
    pub(crate) fn new(kind: Kind, key: &ServiceKey, message: String) -> Self {
        Self(Box::new(Failure {
            kind,
            key: key.clone(),
            message,
            source: None,
            is_repeated: false,
        }))
    }

    /// A factory has failed. A circle and what boot has told stay what they are on their way out.
    pub(crate) fn failed(key: &ServiceKey, source: BoxError) -> Self {
        match source.downcast::<Self>() {
            Ok(error) if matches!(error.0.kind, Kind::Circular | Kind::Broken) => *error,
            Ok(error) => Self::with_source(key, error),
            Err(source) => Self::with_source(key, source),
        }
    }

    fn with_source(key: &ServiceKey, source: BoxError) -> Self {
        let message = format!("`{key}` cannot be built");
        let mut error = Self::new(Kind::Failed, key, message);
        error.0.source = Some(source);
        error
    }

    /// What boot has found out; `is_repeated` where somebody was told before.
    pub(crate) fn broken(key: &ServiceKey, message: String, is_repeated: bool) -> Self {
        let mut error = Self::new(Kind::Broken, key, message);
        error.0.is_repeated = is_repeated;
        error
    }

    /// True if nothing is bound under what was asked for.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// True if a service needs itself, over others or at once.
    #[must_use]
    pub fn is_circular(&self) -> bool {
        self.0.kind == Kind::Circular
    }

    /// True if the service lives as long as a scope, and was asked for outside of one.
    #[must_use]
    pub fn is_unscoped(&self) -> bool {
        self.0.kind == Kind::Unscoped
    }

    /// What was asked for, or could not be built.
    #[must_use]
    pub fn key(&self) -> &ServiceKey {
        &self.0.key
    }

    pub(crate) fn is_told(&self) -> bool {
        self.0.kind == Kind::Broken
    }

    /// The message and those of its causes, in one line.
    pub(crate) fn line(&self) -> String {
        let mut line = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            line.push_str(": ");
            line.push_str(&cause.to_string());
            next = cause.source();
        }
        line
    }
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for ContainerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What an extractor needs from the container and did not get when its route was bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBinding {
    type_name: Cow<'static, str>,
    message: Option<String>,
    is_repeated: bool,
}

impl MissingBinding {
    /// Says that `T` is missing.
    #[must_use]
    pub fn of<T: ?Sized>() -> Self {
        Self { type_name: Cow::Borrowed(type_name::<T>()), message: None, is_repeated: false }
    }

    /// The type or the name that was asked for.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// True if the cause, a service that cannot be built, was told with another route already.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.is_repeated
    }
}

/// `?` in [`FromRequest::bind`](crate::FromRequest::bind): the message is kept, with its causes.
impl From<ContainerError> for MissingBinding {
    fn from(error: ContainerError) -> Self {
        let type_name = Cow::Owned(error.key().as_str().to_owned());
        Self { type_name, message: Some(error.line()), is_repeated: error.0.is_repeated }
    }
}

impl fmt::Display for MissingBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => f.write_str(message),
            None => write!(f, "no `{}` in the container: {ADVICE}", self.type_name),
        }
    }
}

impl Error for MissingBinding {}

/// What to do about a missing service.
pub(crate) const ADVICE: &str = "bind it in a service provider";
