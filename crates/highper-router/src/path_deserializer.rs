//! serde over the parameters of a path.

use highper_core::{Parameter, RouteMatch};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

use crate::path_value::{PathError, Value};

/// Reads a value from the parameters of a matched path.
pub(crate) fn from_route<T: DeserializeOwned>(
    route: &RouteMatch,
    path: &str,
) -> Result<T, PathError> {
    T::deserialize(Parameters { all: route.parameters(path) }).map_err(|error| {
        let mut all = route.parameters(path);
        match (all.next(), all.len()) {
            (Some(only), 0) => error.at(only),
            _ => error,
        }
    })
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
        let Some(parameter) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Value(parameter)).map(Some).map_err(|error| error.at(parameter))
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
            Some(Value(parameter)) => {
                seed.deserialize(Value(parameter)).map_err(|error| error.at(parameter))
            }
            None => Err(PathError::Shape("a value is asked for before its name".to_owned())),
        }
    }
}
