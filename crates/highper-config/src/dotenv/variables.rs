//! The variables that were read.

use std::collections::BTreeMap;
use std::fmt;

use super::checks::Checks;
use super::nested::known;
use crate::Origin;

/// What dotenv files say, and what was there before. `Debug` shows names only.
///
/// # Example
/// ```
/// # use highper_config::Dotenv;
/// let variables = Dotenv::isolated().parse("HOST=localhost\nURL=\"http://${HOST}/\"")?;
/// assert_eq!(variables.get("URL"), Some("http://localhost/"));
/// # Ok::<(), highper_config::DotenvError>(())
/// ```
#[derive(Clone, Default)]
pub struct Variables {
    pub(crate) mutable: bool,
    pub(crate) outside: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, Variable>,
}

/// A variable of a dotenv file. `Debug` does not show its value.
#[derive(Clone)]
pub struct Variable {
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin,
}

impl Variable {
    /// Its value; None where its name stands without `=`.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The file and the line.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Variables {
    /// A variable, from the files or from what was there before.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        known(name, self.mutable, &self.outside, &self.files)
    }

    /// What the files have set, in order of names. A variable that was there before and could not be
    /// changed is not among them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.files.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// Demands that all of these are there; more can be asked of them.
    ///
    /// # Example
    /// ```
    /// # use highper_config::Dotenv;
    /// let variables = Dotenv::isolated().parse("PORT=80x\nDEBUG=maybe")?;
    /// let error = variables
    ///     .required(["PORT", "HOST"]).is_integer()
    ///     .if_present(["DEBUG", "TRACE"]).is_boolean()
    ///     .finish()
    ///     .unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "One or more environment variables failed assertions: \
    ///      HOST is missing, PORT is not an integer, DEBUG is not a boolean."
    /// );
    /// # Ok::<(), highper_config::DotenvError>(())
    /// ```
    pub fn required<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Checks<'_> {
        Checks::new(self).required(names)
    }

    /// Names variables of which something is asked where they are there.
    pub fn if_present<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Checks<'_> {
        Checks::new(self).if_present(names)
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.files.keys()).finish()
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*** ({})", self.origin)
    }
}
