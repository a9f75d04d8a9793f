//! Arguments as a source: `--set database.pool_size=20`.

use std::ffi::OsString;
use std::fmt;

use crate::{ConfigSource, Layer, Origin};

/// `--set KEY=VALUE` or `--set=KEY=VALUE`, any number of times; a later one wins. Other arguments are
/// passed over, and so is everything after `--`. `Debug` shows no values.
///
/// # Example
/// ```
/// # use highper_config::{Arguments, Config};
/// let arguments = Arguments::of(["serve", "--set", "database.pool_size=20"]);
/// let config = Config::builder().source(arguments).build()?;
/// assert_eq!(config.show().to_string(), "database.pool_size = 20  # --set\n");
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
#[derive(Clone, Default)]
pub struct Arguments(Vec<OsString>);

impl Arguments {
    /// The arguments of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self(std::env::args_os().skip(1).collect())
    }

    /// These arguments instead.
    #[must_use]
    pub fn of<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self(arguments.into_iter().map(Into::into).collect())
    }
}

impl ConfigSource for Arguments {
    fn read(&self, layer: &mut Layer) {
        let mut arguments = self.0.iter().take_while(|argument| *argument != "--");
        while let Some(argument) = arguments.next() {
            let argument = argument.to_string_lossy();
            let assignment = match argument.strip_prefix("--set") {
                Some("") => arguments.next().map(|next| next.to_string_lossy()),
                Some(rest) => match rest.strip_prefix('=') {
                    Some(assignment) => Some(assignment.to_owned().into()),
                    None => continue,
                },
                None => continue,
            };
            match assignment.as_deref().and_then(|text| text.split_once('=')) {
                Some((key, value)) => layer.set(key, value, Origin::Argument),
                // What was meant as a value may be a secret, so the text is not told.
                None => layer.problem("--set has no `=` after it: write `--set section.key=value`"),
            }
        }
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arguments({})", self.0.len())
    }
}
