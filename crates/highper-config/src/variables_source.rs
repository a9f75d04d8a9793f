//! Variables as a source: the process environment, and dotenv files.

use std::ffi::OsString;
use std::fmt;

use crate::node::{Node, Value};
use crate::{ConfigSource, Dotenv, Layer, Origin};

/// The environment, or what stands in for it. `Debug` shows no values.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, OsString)>);

impl Environment {
    /// The variables of this process as they are now. One whose bytes are no text is a problem once
    /// somebody asks for it.
    #[must_use]
    pub fn of_this_process() -> Self {
        let named = |(name, value): (OsString, _)| Some((name.into_string().ok()?, value));
        Self(std::env::vars_os().filter_map(named).collect())
    }

    /// These variables instead.
    #[must_use]
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name, value.into())).collect())
    }

    /// The variables that are text.
    pub(crate) fn owned_texts(&self) -> impl Iterator<Item = (String, String)> {
        self.texts().map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// The variables that are text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str()?)))
    }
}

impl ConfigSource for Environment {
    fn read(&self, layer: &mut Layer) {
        for (name, value) in &self.0 {
            let origin = Origin::Environment { name: name.as_str().into() };
            let value =
                value.to_str().map_or(Value::NotUnicode, |text| Value::Text(text.to_owned()));
            layer.variables.insert(name.clone(), Node::new(value, origin));
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

/// Missing files are empty ones.
impl ConfigSource for Dotenv {
    fn read(&self, layer: &mut Layer) {
        match self.safe_load() {
            Ok(variables) => {
                for (name, variable) in variables.iter() {
                    if let Some(value) = variable.value() {
                        layer.variable(name, value, variable.origin().clone());
                    }
                }
            }
            Err(error) => layer.problem(error),
        }
    }
}
