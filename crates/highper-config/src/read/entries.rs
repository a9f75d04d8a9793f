//! The keys of a table, held against what a type knows.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess};

use super::deserializer::NodeDeserializer;
use super::error::ReadError;
use super::notes::{Instead, Notes};
use super::placeholder::Placeholder;
use crate::node::{Node, Table, Value, is_same_name};
use crate::suggest::hint;

/// Gives out one entry after the other.
pub(super) struct Entries<'n> {
    entries: std::vec::IntoIter<(String, Entry<'n>)>,
    next: Option<(String, Entry<'n>)>,
    path: &'n str,
    notes: &'n Notes,
}

#[derive(Clone, Copy)]
enum Entry<'n> {
    Node(&'n Node),
    Placeholder(usize),
}

impl<'n> Entries<'n> {
    /// Every key: for a map.
    pub(super) fn all(node: &'n Node, path: &'n str, notes: &'n Notes) -> Result<Self, ReadError> {
        let mut entries = Vec::new();
        for (key, node) in table(node)? {
            entries.extend(entry(key, Some(node), path, notes));
        }
        Ok(Self { entries: entries.into_iter(), next: None, path, notes })
    }

    /// The keys that the type knows. Others are problems, but for variables that happen to have the
    /// section's name before theirs.
    pub(super) fn of_fields(
        node: &'n Node,
        path: &'n str,
        notes: &'n Notes,
        fields: &'static [&'static str],
    ) -> Result<Self, ReadError> {
        let table = table(node)?;
        let mut entries = Vec::new();
        for field in fields {
            let node = table.get(*field).or_else(|| {
                let found = table.iter().find(|(key, _)| is_same_name(key, field));
                found.map(|(_, node)| node)
            });
            entries.extend(entry(field, node, path, notes));
        }
        for (key, node) in table {
            let is_known = fields.iter().any(|field| is_same_name(key, field));
            if !is_known && !node.may_be_unknown() {
                let key_path = format!("{path}.{key}");
                notes.mention(&key_path, || {
                    let hint = hint(key, fields.iter().copied());
                    format!("{} is not known ({}): {hint}", key_path.escape_debug(), node.origin)
                });
            }
        }
        Ok(Self { entries: entries.into_iter(), next: None, path, notes })
    }
}

fn table(node: &Node) -> Result<&Table, ReadError> {
    match &node.value {
        Value::Table(table) => Ok(table),
        _ => Err(ReadError::expected("a table")),
    }
}

fn entry<'n>(
    key: &str,
    node: Option<&'n Node>,
    path: &str,
    notes: &Notes,
) -> Option<(String, Entry<'n>)> {
    let path = format!("{path}.{key}");
    let entry = match notes.instead(&path) {
        Instead::Nothing => {
            let node = node?;
            notes.used.borrow_mut().insert(&path);
            Entry::Node(node)
        }
        Instead::Placeholder(index) => Entry::Placeholder(index),
        Instead::Absent => return None,
    };
    Some((key.to_owned(), entry))
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        self.next = self.entries.next();
        let Some((key, _)) = &self.next else { return Ok(None) };
        let key: StringDeserializer<ReadError> = key.clone().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Some((key, entry)) = self.next.take() else {
            return Err(ReadError::expected("a value after its key"));
        };
        let path = format!("{}.{key}", self.path);
        match entry {
            Entry::Node(node) => {
                let value = NodeDeserializer { node, path: path.clone(), notes: self.notes };
                seed.deserialize(value).map_err(|error| error.at(&path, node, self.notes))
            }
            Entry::Placeholder(index) => seed
                .deserialize(Placeholder(index))
                .map_err(|error| error.told(path, String::new())),
        }
    }
}
