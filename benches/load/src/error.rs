//! Why the generator could not do its work.

use std::{error::Error, fmt, io};

/// A run that could not be made or finished. What a server merely answers wrongly is counted in
/// the [`LoadReport`](crate::LoadReport) instead.
#[derive(Debug)]
pub struct LoadError {
    what: String,
    source: Option<io::Error>,
}

impl LoadError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self { what: what.into(), source: Some(source) }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
