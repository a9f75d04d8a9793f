//! An error of serde, until it is known where it happened.

use std::fmt;

use serde::de::{Expected, Unexpected};

use super::notes::Notes;
use crate::mask::masked;
use crate::node::Node;
use crate::suggest::hint;

/// What went wrong, and where, once somebody knows.
#[derive(Debug)]
pub(super) struct ReadError {
    what: What,
    place: Option<(String, String)>,
}

#[derive(Debug)]
enum What {
    Missing(&'static str),
    Expected(String),
    /// The words of a type of the user's, which may repeat the value.
    Custom(String),
}

impl ReadError {
    pub(super) fn expected(what: impl Into<String>) -> Self {
        Self { what: What::Expected(what.into()), place: None }
    }

    /// Says that a missing field is one of this table, unless it is known to be one further down.
    pub(super) fn missing_in(self, path: &str, table: &Node, notes: &Notes) -> Self {
        match self.what {
            What::Missing(field) => {
                let key = format!("{path}.{field}");
                let problem = match notes.naming.variable_of(&key) {
                    Some(variable) => {
                        format!(
                            "{key} is missing: set it in a file, or {variable} in the environment"
                        )
                    }
                    None => format!("{key} is missing: set it ({})", table.origin),
                };
                self.told(key, problem)
            }
            _ => self,
        }
    }

    /// Says that it happened at a key, unless it is known to have happened further down.
    pub(super) fn at(self, path: &str, node: &Node, notes: &Notes) -> Self {
        let place =
            self.place.unwrap_or_else(|| (path.to_owned(), self.what.told(path, node, notes)));
        Self { what: self.what, place: Some(place) }
    }

    /// Says that it happened at a key, in these words.
    pub(super) fn told(self, path: String, problem: String) -> Self {
        let place = self.place.unwrap_or((path, problem));
        Self { what: self.what, place: Some(place) }
    }

    pub(super) fn placed(self, path: &str, node: &Node, notes: &Notes) -> (String, String) {
        let placed = self.at(path, node, notes);
        placed.place.unwrap_or_default()
    }
}

impl What {
    fn told(&self, path: &str, node: &Node, notes: &Notes) -> String {
        let (shown, origin) = (notes.shown(path, node), &node.origin);
        match self {
            Self::Missing(field) => format!("{path}.{field} is missing: set it ({origin})"),
            Self::Expected(what) => format!("{path}: {shown} is not {what} ({origin})"),
            Self::Custom(_) if notes.is_secret(path) => {
                format!("{path}: {shown} is not valid ({origin})")
            }
            Self::Custom(what) => {
                let what = masked(path, what);
                format!("{path}: {shown} is not valid ({origin}): {}", what.escape_debug())
            }
        }
    }
}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { what: What::Custom(message.to_string()), place: None }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected.to_string())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::expected(format!(
            "one of {}; {}",
            expected.join(", "),
            hint(variant, expected.iter().copied())
        ))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { what: What::Missing(field), place: None }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = self.place.as_ref().map(|(_, problem)| problem.as_str());
        f.write_str(problem.unwrap_or("a value is not what was expected"))
    }
}

impl std::error::Error for ReadError {}
