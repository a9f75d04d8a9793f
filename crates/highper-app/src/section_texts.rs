//! The values of a section of a configuration as texts.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A section whose values are read as texts, as variables of the environment are.
pub(crate) trait TextSection {
    const NAME: &'static str;
    const KEYS: &'static [&'static str];
}

/// The values of a section as texts, by their keys.
pub(crate) struct SectionTexts<S> {
    pub(crate) values: HashMap<String, String>,
    section: PhantomData<S>,
}

impl<S> Default for SectionTexts<S> {
    fn default() -> Self {
        Self { values: HashMap::new(), section: PhantomData }
    }
}

impl<'de, S: TextSection> Deserialize<'de> for SectionTexts<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = deserializer.deserialize_struct(S::NAME, S::KEYS, SectionVisitor)?;
        Ok(Self { values, section: PhantomData })
    }
}

struct SectionVisitor;

impl<'de> Visitor<'de> for SectionVisitor {
    type Value = HashMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = HashMap::new();
        while let Some((key, Text(value))) = map.next_entry::<String, Text>()? {
            values.insert(key, value);
        }
        Ok(values)
    }
}

/// A value of any type as [`Settings::read`](crate::Settings::read) takes it.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false or an array of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_bool<E>(self, is_on: bool) -> Result<Text, E> {
        Ok(Text(if is_on { "on" } else { "off" }.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        let mut parts = Vec::new();
        while let Some(Text(part)) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Text(parts.join(",")))
    }
}
