//! Errors of a boot.

use std::fmt;

/// Everything that was found wrong while starting, all at once.
///
/// # Example
/// ```
/// # use highper_core::BootErrors;
/// let mut errors = BootErrors::new();
/// errors.push("PORT: `80x` is not a number from 0 to 65535");
/// errors.push("route GET /books: no `Catalogue` in the container");
/// assert_eq!(errors.into_result().unwrap_err().to_string().lines().count(), 2);
/// ```
#[derive(Debug, Default)]
pub struct BootErrors(Vec<String>);

impl BootErrors {
    /// No errors yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one: a line that says what is wrong, where, and what to do.
    pub fn push(&mut self, problem: impl fmt::Display) {
        self.0.push(problem.to_string());
    }

    /// Adds all of another step.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The lines.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// `Ok` where there are none.
    ///
    /// # Errors
    /// Itself, if there is any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for BootErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for BootErrors {}
