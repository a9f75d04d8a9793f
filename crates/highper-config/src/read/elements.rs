//! The elements of an array.

use serde::de::{DeserializeSeed, SeqAccess};

use super::deserializer::NodeDeserializer;
use super::error::ReadError;
use super::notes::{Instead, Notes};
use super::placeholder::Placeholder;
use crate::node::Node;

/// Gives out one element after the other.
pub(super) struct Elements<'n> {
    nodes: std::iter::Enumerate<std::vec::IntoIter<Node>>,
    path: &'n str,
    notes: &'n Notes,
}

impl<'n> Elements<'n> {
    pub(super) fn new(nodes: Vec<Node>, path: &'n str, notes: &'n Notes) -> Self {
        Self { nodes: nodes.into_iter().enumerate(), path, notes }
    }

    /// How many were not asked for.
    pub(super) fn rest(&self) -> usize {
        self.nodes.len()
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((index, node)) = self.nodes.next() else { return Ok(None) };
        let path = format!("{}.{index}", self.path);
        let element = match self.notes.instead(&path) {
            Instead::Placeholder(index) => seed
                .deserialize(Placeholder(index))
                .map_err(|error| error.told(path, String::new())),
            Instead::Nothing | Instead::Absent => {
                let element =
                    NodeDeserializer { node: &node, path: path.clone(), notes: self.notes };
                seed.deserialize(element).map_err(|error| error.at(&path, &node, self.notes))
            }
        };
        element.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest())
    }
}
