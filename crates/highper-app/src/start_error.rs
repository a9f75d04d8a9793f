//! Why an application did not start, or did not end well.

use std::fmt;

use highper_core::BootErrors;

/// Why an application did not start, or did not end well: all problems at once, one line each.
///
/// Its `Debug` form is the same text, because that is what `fn main() -> Result<(), StartError>` prints.
pub struct StartError {
    what: &'static str,
    problems: BootErrors,
}

impl StartError {
    pub(crate) fn at_the_end(problems: BootErrors) -> Self {
        Self { what: "the application did not end well", problems }
    }

    /// The problems, one line each.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.problems.iter()
    }
}

impl From<BootErrors> for StartError {
    fn from(errors: BootErrors) -> Self {
        Self { what: "the application cannot start", problems: errors }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.iter().count();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "{}: {count} {noun}", self.what)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StartError {}
