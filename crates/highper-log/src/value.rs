//! What a record is about, beside its message: values under names.

use std::any::type_name;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::panic::Location;
use std::time::SystemTime;

use highper_core::Error as RequestError;

/// Values under names that belong to one record.
///
/// Anything may be in it: what cannot be shown is left out or shown by its type, never an error.
///
/// # Example
/// ```
/// use highper_log::{Context, Value};
///
/// let reason = "x".parse::<u32>().unwrap_err();
/// let context = Context::new()
///     .with("user", 7)
///     .with("names", vec!["ada", "grace"])
///     .with("exception", Value::error(&reason));
/// assert_eq!(context.len(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Context<'a> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a value; an older one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(old) => old.1 = value,
            None => self.0.push((name, value)),
        }
        self
    }

    /// The value of a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value<'a>> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and values in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no value at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One value of a [`Context`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Nothing.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number that may be negative.
    Int(i64),
    /// A number that is not.
    Uint(u64),
    /// A number with a fraction; what is no finite number is written as text.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A moment, written as RFC 3339 in UTC.
    Time(SystemTime),
    /// Several values.
    List(Vec<Value<'a>>),
    /// Values under names.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
    /// What has a text of its own; see [`Value::display`].
    Display(DisplayValue<'a>),
    /// What only developers can read; it never replaces a placeholder. See [`Value::debug`].
    Debug(&'a dyn Debug),
    /// An error; see [`Value::error`].
    Error(ErrorValue<'a>),
}

impl<'a> Value<'a> {
    /// Anything that has a text.
    pub fn display<T: Display>(value: &'a T) -> Self {
        Self::Display(DisplayValue(value))
    }

    /// Anything that has a text for developers only.
    pub fn debug<T: Debug>(value: &'a T) -> Self {
        Self::Debug(value)
    }

    /// An error: under the name `exception` it is told with its type, place and causes.
    pub fn error<E: Error + 'static>(error: &'a E) -> Self {
        let type_name = Some(type_name::<E>());
        Self::Error(ErrorValue { text: error, source: error.source(), type_name, location: None })
    }

    /// An error whose type is not known here: `&*boxed`.
    #[must_use]
    pub fn dyn_error(error: &'a (dyn Error + 'static)) -> Self {
        Self::Error(ErrorValue::unnamed(error))
    }
}

/// A borrowed value that has a text.
#[derive(Clone, Copy)]
pub struct DisplayValue<'a>(pub(crate) &'a dyn Display);

impl Debug for DisplayValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self.0, f)
    }
}

/// A borrowed error, and what is known of it.
#[derive(Clone, Copy)]
pub struct ErrorValue<'a> {
    pub(crate) text: &'a dyn Display,
    pub(crate) source: Option<&'a (dyn Error + 'static)>,
    pub(crate) type_name: Option<&'static str>,
    pub(crate) location: Option<&'static Location<'static>>,
}

impl<'a> ErrorValue<'a> {
    pub(crate) fn unnamed(error: &'a (dyn Error + 'static)) -> Self {
        Self { text: error, source: error.source(), type_name: None, location: None }
    }
}

impl Debug for ErrorValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self.text, f)
    }
}

/// The error of a request, with the place where it was made.
impl<'a> From<&'a RequestError> for Value<'a> {
    fn from(error: &'a RequestError) -> Self {
        Self::Error(ErrorValue {
            text: error,
            source: error.source(),
            type_name: Some(type_name::<RequestError>()),
            location: Some(error.location()),
        })
    }
}

macro_rules! value_from {
    ($($source:ty => $kind:ident as $target:ty),* $(,)?) => {$(
        impl From<$source> for Value<'_> {
            fn from(value: $source) -> Self {
                Self::$kind(<$target>::from(value))
            }
        }
    )*};
}

value_from! {
    bool => Bool as bool,
    i8 => Int as i64,
    i16 => Int as i64,
    i32 => Int as i64,
    i64 => Int as i64,
    u8 => Uint as u64,
    u16 => Uint as u64,
    u32 => Uint as u64,
    u64 => Uint as u64,
    f32 => Float as f64,
    f64 => Float as f64,
    String => Text as Cow<'static, str>,
    SystemTime => Time as SystemTime,
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Self::Uint(value as u64)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<()> for Value<'_> {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Into<Self>> From<Vec<T>> for Value<'a> {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
