//! serde over the parameters of a path.

use std::borrow::Cow;
use std::fmt;

use highper_core::{Error, Parameter, RouteMatch};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Reads a value from the parameters of a matched path.
pub(crate) fn from_route<T: DeserializeOwned>(
    route: &RouteMatch,
    path: &str,
) -> Result<T, PathError> {
    T::deserialize(Parameters { all: route.parameters(path) })
}

/// Why a value could not be read.
#[derive(Debug)]
pub(crate) enum PathError {
    /// A parameter does not fit: the client's fault.
    Parameter { name: String, value: String, expected: String },
    /// The type and the pattern do not fit: ours.
    Shape(String),
}

impl PathError {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Parameter { name, value, expected } => {
                let value = value.escape_debug();
                Error::bad_request(format!("path parameter `{name}`: `{value}` is not {expected}"))
                    .with_code("bad_path_parameter")
            }
            Self::Shape(message) => Error::internal(format!("Path: {message}")),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, expected, .. } => write!(f, "`{name}` is not {expected}"),
            Self::Shape(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for PathError {}

impl de::Error for PathError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

/// All parameters: a sequence, a map, or the only one.
struct Parameters<I> {
    all: I,
}

impl<'a, I: ExactSizeIterator<Item = Parameter<'a>>> Parameters<I> {
    fn only(mut self) -> Result<Value<'a>, PathError> {
        match (self.all.next(), self.all.len()) {
            (Some(parameter), 0) => Ok(Value(parameter)),
            (first, rest) => {
                let count = rest + usize::from(first.is_some());
                Err(PathError::Shape(format!(
                    "the route has {count} parameters, and one is asked for"
                )))
            }
        }
    }

    fn check_count(&self, asked: usize) -> Result<(), PathError> {
        let count = self.all.len();
        if count == asked {
            return Ok(());
        }
        Err(PathError::Shape(format!(
            "the route has {count} parameters, and {asked} are asked for"
        )))
    }
}

macro_rules! only_parameter {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'de, 'a, I: ExactSizeIterator<Item = Parameter<'a>>> de::Deserializer<'de> for Parameters<I> {
    type Error = PathError;

    only_parameter! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        if self.all.len() == 1 {
            self.deserialize_str(visitor)
        } else {
            self.deserialize_map(visitor)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.only()?.deserialize_enum(name, variants, visitor)
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

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_seq(Sequence { rest: self.all })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.check_count(len)?;
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_map(Map { rest: self.all, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.deserialize_map(visitor)
    }
}

struct Sequence<I> {
    rest: I,
}

impl<'de, 'a, I: ExactSizeIterator<Item = Parameter<'a>>> de::SeqAccess<'de> for Sequence<I> {
    type Error = PathError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, PathError> {
        self.rest.next().map(|parameter| seed.deserialize(Value(parameter))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Map<'a, I> {
    rest: I,
    value: Option<Value<'a>>,
}

impl<'de, 'a, I: ExactSizeIterator<Item = Parameter<'a>>> de::MapAccess<'de> for Map<'a, I> {
    type Error = PathError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PathError> {
        let Some(parameter) = self.rest.next() else { return Ok(None) };
        self.value = Some(Value(parameter));
        let name: StrDeserializer<'_, PathError> = parameter.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, PathError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(de::Error::custom("a value is asked for before its name")),
        }
    }
}

/// One parameter.
struct Value<'a>(Parameter<'a>);

impl<'a> Value<'a> {
    fn text(&self) -> Result<Cow<'a, str>, PathError> {
        // Borrows from the path, not from self.
        let Parameter { raw, .. } = self.0;
        percent_encoding::percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| self.misfit("UTF-8 text"))
    }

    fn misfit(&self, expected: impl fmt::Display) -> PathError {
        PathError::Parameter {
            name: self.0.name.to_owned(),
            value: self.0.raw.to_owned(),
            expected: expected.to_string(),
        }
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $number:ty, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            match self.text()?.parse::<$number>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(self.misfit(format_args!("a {} from {} to {}", $what, <$number>::MIN, <$number>::MAX))),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Value<'_> {
    type Error = PathError;

    number! {
        deserialize_i8 visit_i8 i8, "number";
        deserialize_i16 visit_i16 i16, "number";
        deserialize_i32 visit_i32 i32, "number";
        deserialize_i64 visit_i64 i64, "number";
        deserialize_i128 visit_i128 i128, "number";
        deserialize_u8 visit_u8 u8, "number";
        deserialize_u16 visit_u16 u16, "number";
        deserialize_u32 visit_u32 u32, "number";
        deserialize_u64 visit_u64 u64, "number";
        deserialize_u128 visit_u128 u128, "number";
        deserialize_f32 visit_f32 f32, "decimal number";
        deserialize_f64 visit_f64 f64, "decimal number";
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        match self.text()?.parse() {
            Ok(value) => visitor.visit_bool(value),
            Err(_) => Err(self.misfit("`true` or `false`")),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        // What a type's own parser says (a date, a UUID) is told with the parameter's name.
        let result = match self.text()? {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        };
        result.map_err(|error: PathError| self.misfit(format_args!("possible: {error}")))
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

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}
