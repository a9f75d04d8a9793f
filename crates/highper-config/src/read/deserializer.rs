//! A value as whatever type asks for it.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{IntoDeserializer, Visitor};

use super::elements::Elements;
use super::entries::Entries;
use super::error::ReadError;
use super::notes::Notes;
use crate::boolean;
use crate::node::{Node, Value};
use crate::secret::SECRET;

/// The deserializer of one value. Texts of variables and arguments become what is asked for; a value of
/// a TOML file has the type that it has.
#[derive(Clone)]
pub(super) struct NodeDeserializer<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
    pub(super) notes: &'n Notes,
}

impl NodeDeserializer<'_> {
    /// Text in quotes, or of a variable.
    fn text(&self, what: &str) -> Result<&str, ReadError> {
        match &self.node.value {
            Value::Text(text) | Value::String(text) => Ok(text),
            _ => Err(ReadError::expected(what)),
        }
    }

    fn integer<T>(&self, range: impl Display) -> Result<T, ReadError>
    where
        T: FromStr + TryFrom<i128>,
    {
        let integer = match &self.node.value {
            Value::Text(text) => text.trim().parse().ok(),
            Value::Integer(integer) => T::try_from(*integer).ok(),
            _ => None,
        };
        integer.ok_or_else(|| ReadError::expected(format!("a whole number {range}")))
    }

    fn float(&self) -> Result<f64, ReadError> {
        let float = match &self.node.value {
            Value::Text(text) => text.trim().parse().ok(),
            Value::Float(float) => Some(*float),
            Value::Integer(integer) => integer.to_string().parse().ok(),
            _ => None,
        };
        float.ok_or_else(|| ReadError::expected("a number"))
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            let range = format_args!("from {} to {}", <$type>::MIN, <$type>::MAX);
            visitor.$visit(self.integer::<$type>(range)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = ReadError;

    integers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) | Value::String(text) => visitor.visit_str(text),
            Value::NotUnicode => Err(ReadError::expected("UTF-8")),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::Integer(integer) => match (i64::try_from(*integer), u64::try_from(*integer)) {
                (Ok(integer), _) => visitor.visit_i64(integer),
                (_, Ok(integer)) => visitor.visit_u64(integer),
                _ => visitor.visit_i128(*integer),
            },
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let boolean = match &self.node.value {
            Value::Text(text) => boolean::parse(text),
            Value::Boolean(boolean) => Some(*boolean),
            _ => None,
        };
        visitor.visit_bool(boolean.ok_or_else(|| ReadError::expected("true or false"))?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_str(self.text("a character in quotes")?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_str(self.text("a text in quotes")?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_bytes(self.text("a text in quotes")?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_bytes(visitor)
    }

    /// A variable that is set to nothing is none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == SECRET {
            self.notes.secrets.borrow_mut().insert(&self.path);
        }
        visitor.visit_newtype_struct(self)
    }

    /// The text of a variable is a list with commas.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let elements = match &self.node.value {
            Value::Array(elements) => elements.clone(),
            Value::Text(text) if text.trim().is_empty() => Vec::new(),
            Value::Text(text) => {
                let part = |part: &str| Value::Text(part.trim().to_owned());
                let node = |text| Node::new(part(text), self.node.origin.clone());
                text.split(',').map(node).collect()
            }
            _ => return Err(ReadError::expected("an array")),
        };
        let length = elements.len();
        let mut elements = Elements::new(elements, &self.path, self.notes);
        let value = visitor.visit_seq(&mut elements)?;
        match elements.rest() {
            0 => Ok(value),
            rest => Err(ReadError::expected(format!("an array of {}", length - rest))),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let entries = Entries::all(self.node, &self.path, self.notes)?;
        let visited = visitor.visit_map(entries);
        visited.map_err(|error| error.missing_in(&self.path, self.node, self.notes))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let entries = Entries::of_fields(self.node, &self.path, self.notes, fields)?;
        let visited = visitor.visit_map(entries);
        visited.map_err(|error| error.missing_in(&self.path, self.node, self.notes))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) | Value::String(text) => {
                let variant: StrDeserializer<'_, ReadError> = text.as_str().into_deserializer();
                visitor.visit_enum(variant)
            }
            Value::Table(table) if table.len() == 1 => {
                let entries = Entries::all(self.node, &self.path, self.notes)?;
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(ReadError::expected(format!("one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}
