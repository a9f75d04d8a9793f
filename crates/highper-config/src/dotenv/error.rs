//! Why dotenv files were not read, or hold what they should not.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why dotenv files were not read, or hold what they should not.
///
/// Tells the file, the line and the name. A value is in no message.
#[derive(Debug)]
pub struct DotenvError(Kind);

#[derive(Debug)]
enum Kind {
    Missing(Vec<PathBuf>),
    Unreadable(PathBuf, io::Error),
    Malformed(String, Malformed),
    FailedChecks(Vec<String>),
}

impl DotenvError {
    pub(crate) fn missing(paths: Vec<PathBuf>) -> Self {
        Self(Kind::Missing(paths))
    }

    pub(crate) fn unreadable(path: &Path, error: io::Error) -> Self {
        Self(Kind::Unreadable(path.to_owned(), error))
    }

    pub(crate) fn malformed(file: &str, error: Malformed) -> Self {
        Self(Kind::Malformed(file.to_owned(), error))
    }

    pub(crate) fn failed_checks(failures: Vec<String>) -> Self {
        Self(Kind::FailedChecks(failures))
    }

    /// True if none of the files is there.
    #[must_use]
    pub fn is_missing_file(&self) -> bool {
        matches!(self.0, Kind::Missing(_))
    }

    /// True if a file breaks the grammar.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(self.0, Kind::Malformed(..))
    }

    /// True if variables are missing, or are not what was asked for.
    #[must_use]
    pub fn is_failed_check(&self) -> bool {
        matches!(self.0, Kind::FailedChecks(_))
    }
}

impl fmt::Display for DotenvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Missing(paths) => {
                let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "no dotenv file at any of [{}]: create one", paths.join(", "))
            }
            Kind::Unreadable(path, error) => {
                write!(f, "{} cannot be read: {error}", path.display())
            }
            Kind::Malformed(file, Malformed { line, subject, what }) => {
                write!(f, "{file}:{line}: encountered {what}")?;
                subject.as_ref().map_or(Ok(()), |subject| write!(f, ", at [{subject}=***]"))
            }
            Kind::FailedChecks(failures) => write!(
                f,
                "One or more environment variables failed assertions: {}.",
                failures.join(", ")
            ),
        }
    }
}

impl std::error::Error for DotenvError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Unreadable(_, error) => Some(error),
            _ => None,
        }
    }
}

/// A line that breaks the grammar.
#[derive(Debug)]
pub(crate) struct Malformed {
    line: u32,
    subject: Option<String>,
    what: String,
}

impl Malformed {
    /// `subject` is the name, where that is certain not to be a piece of a value.
    pub(crate) fn new(line: u32, subject: Option<&str>, what: impl Into<String>) -> Self {
        let shown = |name: &str| match name.chars().count() {
            0..=MAX_SHOWN => name.escape_debug().to_string(),
            _ => "***".to_owned(),
        };
        Self { line, subject: subject.map(shown), what: what.into() }
    }
}

/// What a value lacks, before its name is known.
#[derive(Debug)]
pub(crate) struct MissingPart {
    pub(crate) line: u32,
    pub(crate) what: &'static str,
}

/// What is longer is rather a line of a key that lost its quotes than a name.
const MAX_SHOWN: usize = 48;
