//! A named part of the log, with its own level and outputs.

use crate::level::LevelCell;
use crate::output::Started;
use crate::{Level, Output};

/// A named part of the log: what it takes, and where that goes.
///
/// An event belongs to the channel that its field `channel` names, else to the one with the longest
/// target that its own target begins with, else to the first channel of the log.
///
/// # Example
/// ```
/// use highper_log::{Channel, Level, Output, Rotation};
///
/// // All of it to a file, and nothing of it to the outputs of the log.
/// let output = Output::file("audit.log", Rotation::never()).bubble(false);
/// let audit = Channel::new("audit").target("shop::audit").level(Level::Debug).output(output);
/// # let _ = audit;
/// ```
#[derive(Debug)]
pub struct Channel {
    pub(crate) name: String,
    pub(crate) targets: Vec<String>,
    pub(crate) level: Option<Level>,
    pub(crate) outputs: Vec<Output>,
}

impl Channel {
    /// A channel that takes what the log takes, to where it goes there.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), targets: Vec::new(), level: None, outputs: Vec::new() }
    }

    /// Gives it the events of a module, and of those within: `shop::audit`.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.targets.push(target.into());
        self
    }

    /// Sets the least grave level that is taken. Default: that of the log.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Adds an output, which is asked before those of the log.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }
}

/// A channel of a log that is written.
#[derive(Debug)]
pub(crate) struct OpenChannel {
    pub(crate) name: Box<str>,
    pub(crate) targets: Vec<Box<str>>,
    pub(crate) level: LevelCell,
    /// Its own, then those of the log.
    pub(crate) outputs: Vec<Started>,
}

impl OpenChannel {
    /// How many bytes of `target` say that it belongs here.
    pub(crate) fn fit(&self, target: &str) -> Option<usize> {
        let fitting = self.targets.iter().filter(|own| {
            target
                .strip_prefix(&***own)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        fitting.map(|own| own.len()).max()
    }
}
