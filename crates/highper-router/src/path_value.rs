//! serde over one parameter of a path, and what may be wrong with it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use highper_core::{Error, Parameter};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// One parameter.
pub(crate) struct Value<'a>(pub(crate) Parameter<'a>);

impl<'a> Value<'a> {
    fn text(&self) -> Result<Cow<'a, str>, PathError> {
        self.0.decoded().map_err(|_| self.misfit("UTF-8 text"))
    }

    /// None where it is not a value of the type, though it is text.
    #[inline]
    fn parse<T: FromStr>(&self) -> Result<Option<T>, PathError> {
        // Nothing that can be parsed has a `%` in it: what can as it stands need not be decoded.
        match self.0.raw.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Ok(self.text()?.parse().ok()),
        }
    }

    fn misfit(&self, expected: impl fmt::Display) -> PathError {
        PathError::Parameter {
            name: self.0.name.to_owned(),
            value: self.0.raw.to_owned(),
            problem: format!("is not {expected}"),
        }
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $number:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            match self.parse::<$number>()? {
                Some(number) => visitor.$visit(number),
                None => Err(self.misfit(format_args!(
                    "a number from {} to {}",
                    <$number>::MIN,
                    <$number>::MAX
                ))),
            }
        }
    )*};
}

/// No `NaN` and no infinity: code that compares numbers does not expect them from a path.
macro_rules! decimal_number {
    ($($method:ident $visit:ident $number:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            match self.parse::<$number>()? {
                Some(number) if number.is_finite() => visitor.$visit(number),
                _ => Err(self.misfit("a decimal number")),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Value<'_> {
    type Error = PathError;

    number! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
    }

    decimal_number! {
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        match self.parse()? {
            Some(value) => visitor.visit_bool(value),
            None => Err(self.misfit("`true` or `false`")),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        let text = self.text()?;
        if !variants.contains(&&*text) {
            return Err(self.misfit(format_args!("one of {}", variants.join(", "))));
        }
        let variant: StrDeserializer<'_, PathError> = (*text).into_deserializer();
        visitor.visit_enum(variant)
    }

    /// Its name and its value, for a list of pairs.
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        if len != 2 {
            return Err(PathError::Shape(format!(
                "a parameter is one value, or a name and a value, and {len} are asked for"
            )));
        }
        visitor.visit_seq(Pair { name: Some(self.0.name), value: Some(self) })
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple_struct map struct identifier
        ignored_any
    }
}

struct Pair<'a> {
    name: Option<&'a str>,
    value: Option<Value<'a>>,
}

impl<'de> de::SeqAccess<'de> for Pair<'_> {
    type Error = PathError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, PathError> {
        if let Some(name) = self.name.take() {
            let name: StrDeserializer<'_, PathError> = name.into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        self.value.take().map(|value| seed.deserialize(value)).transpose()
    }
}

/// Why a value could not be read.
#[derive(Debug)]
pub(crate) enum PathError {
    /// A parameter does not fit: the client's fault.
    Parameter { name: String, value: String, problem: String },
    /// The same, as a type's own parser tells it (a date, a UUID), which knows of no parameters.
    Unnamed(String),
    /// The type and the pattern do not fit: ours.
    Shape(String),
}

impl PathError {
    /// The error, with the parameter that it is about.
    pub(crate) fn at(self, parameter: Parameter<'_>) -> Self {
        match self {
            Self::Unnamed(message) => Self::Parameter {
                name: parameter.name.to_owned(),
                value: parameter.raw.to_owned(),
                problem: format!("does not fit: {message}"),
            },
            other => other,
        }
    }

    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Parameter { name, value, problem } => {
                let value = value.escape_debug();
                Error::bad_request(format!("path parameter `{name}`: `{value}` {problem}"))
                    .with_code("bad_path_parameter")
            }
            Self::Unnamed(message) => {
                Error::bad_request(format!("the path's parameters do not fit: {message}"))
                    .with_code("bad_path_parameter")
            }
            Self::Shape(message) => Error::internal(format!("Path: {message}")),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, problem, .. } => write!(f, "`{name}` {problem}"),
            Self::Unnamed(message) | Self::Shape(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for PathError {}

impl de::Error for PathError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Unnamed(message.to_string())
    }

    // What a derived implementation finds wrong with the pattern, whatever the values are.

    fn missing_field(field: &'static str) -> Self {
        Self::Shape(format!("the route has no parameter `{field}`"))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Shape(format!("the type has no field for the parameter `{field}`"))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Shape(format!("a parameter is {unexpected}, and {expected} is asked for"))
    }

    fn invalid_length(len: usize, expected: &dyn de::Expected) -> Self {
        Self::Shape(format!("the route has {len} parameters, and {expected} is asked for"))
    }
}
