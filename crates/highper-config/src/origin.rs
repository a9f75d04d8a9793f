//! Where a value is from.

use std::fmt;
use std::sync::Arc;

/// Where a value is from, as messages name it.
///
/// # Example
/// ```
/// # use highper_config::Origin;
/// let origin = Origin::File { file: "config/app.toml".into(), line: 12 };
/// assert_eq!(origin.to_string(), "config/app.toml:12");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Code.
    Default,
    /// A line of a file.
    File {
        /// Its path.
        file: Arc<str>,
        /// From 1.
        line: u32,
    },
    /// A variable of a dotenv file.
    Dotenv {
        /// Its path.
        file: Arc<str>,
        /// From 1.
        line: u32,
        /// The name of the variable.
        name: Arc<str>,
    },
    /// A variable of the process environment.
    Environment {
        /// The name of the variable.
        name: Arc<str>,
    },
    /// `--set`.
    Argument,
    /// A source of yours, in its own words: `vault: secret/shop`.
    Other(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Dotenv { file, line, name } => write!(f, "{name} in {file}:{line}"),
            Self::Environment { name } => write!(f, "{name} in the environment"),
            Self::Argument => f.write_str("--set"),
            Self::Other(text) => f.write_str(text),
        }
    }
}
