//! A section as a type: all problems of it at once.
//!
//! serde ends at the first error. So a section is read again after each one, with a placeholder where
//! the error was, until nothing new is found; a value that was made with placeholders is thrown away.

mod deserializer;
mod elements;
mod entries;
mod error;
mod notes;
mod placeholder;

use serde::de::DeserializeOwned;

use crate::naming::Naming;
use crate::node::Node;
use deserializer::NodeDeserializer;
pub(crate) use notes::Notes;

/// Reads a section. What was found out on the way is in the notes.
pub(crate) fn read<T: DeserializeOwned>(
    node: &Node,
    section: &str,
    naming: Naming,
) -> (Option<T>, Notes) {
    let notes = Notes::new(naming);
    for _ in 0..MAX_PASSES {
        let root = NodeDeserializer { node, path: section.to_owned(), notes: &notes };
        match T::deserialize(root) {
            Ok(value) => return (notes.is_whole().then_some(value), notes),
            Err(error) => {
                let (path, problem) = error.placed(section, node, &notes);
                if !notes.note(path, problem) {
                    break;
                }
            }
        }
    }
    (None, notes)
}

/// Each pass finds a problem or tries another placeholder; a section with more is told in part.
const MAX_PASSES: usize = 256;
