//! How a log is put together.

use std::fmt;
use std::sync::Arc;

use crate::access_entry::AccessPlan;
use crate::channel::OpenChannel;
use crate::level::LevelCell;
use crate::limiter::{self, Limiter};
use crate::output::Started;
use crate::shared::{Processor, Shared};
use crate::{Channel, Fields, Guard, Level, Log, LogError, Output, RateLimit, Redaction, Value};

/// Puts a [`Log`] together.
///
/// # Example
/// ```
/// use highper_log::{Channel, Level, Log, Output, RateLimit};
///
/// let (log, _guard) = Log::builder()
///     .level(Level::Notice)
///     .output(Output::stdout())
///     .channel(Channel::new("shop").target("shop").level(Level::Debug))
///     .extra("pid", std::process::id())
///     .rate_limit(RateLimit::per_second(100))
///     .build()?;
/// assert_eq!(log.level("shop")?, Level::Debug);
/// assert!(log.level("shoop").is_err());
/// # Ok::<(), highper_log::LogError>(())
/// ```
pub struct LogBuilder {
    name: String,
    level: Level,
    outputs: Vec<Output>,
    channels: Vec<Channel>,
    redaction: Redaction,
    extra: Vec<(String, Value<'static>)>,
    processors: Vec<Processor>,
    rate_limit: Option<RateLimit>,
}

impl LogBuilder {
    pub(crate) fn new() -> Self {
        Self {
            name: "app".to_owned(),
            level: Level::Info,
            outputs: Vec::new(),
            channels: Vec::new(),
            redaction: Redaction::default(),
            extra: Vec::new(),
            processors: Vec::new(),
            rate_limit: None,
        }
    }

    /// Names the channel of all that belongs to no other. Default: `app`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the least grave level that is taken where a channel has none of its own. Default: info.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Adds an output for all channels.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }

    /// Adds a channel.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    /// Sets what is masked, instead of the usual.
    #[must_use]
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// Adds a value to the `extra` of every record: the name of the service, the process.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value<'static>>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Adds to the `extra` of every record what is known only then. It runs on the thread that logs and
    /// must not block; what it logs itself runs it again.
    #[must_use]
    pub fn processor(
        mut self,
        processor: impl Fn(&mut Fields<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Bounds how many lines one place in the code writes. Default: no bound.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Opens the outputs and starts the threads that write.
    ///
    /// # Errors
    /// If two channels have one name, or a file cannot be opened; all of it is told at once.
    pub fn build(self) -> Result<(Log, Guard), LogError> {
        let mut problems = Vec::new();
        let common = start(self.outputs, &mut problems);
        let first = Channel::new(self.name);
        let mut channels: Vec<OpenChannel> = Vec::new();
        for channel in std::iter::once(first).chain(self.channels) {
            if channels.iter().any(|known| *known.name == *channel.name) {
                problems.push(format!("there are two channels {:?}: rename one", channel.name));
            }
            let mut outputs = start(channel.outputs, &mut problems);
            outputs.extend(common.iter().cloned());
            channels.push(OpenChannel {
                name: channel.name.into(),
                targets: channel.targets.into_iter().map(Into::into).collect(),
                level: LevelCell::new(channel.level.unwrap_or(self.level)),
                outputs,
            });
        }
        let mut extra = Vec::new();
        let mut fields = Fields::new(&mut extra, 0, &self.redaction);
        self.extra.iter().for_each(|(name, value)| fields.add_value(name, value));
        let access = AccessPlan::new(&channels, &self.redaction, &extra);
        let access = access.filter(|_| self.processors.is_empty());
        let shared = Arc::new(Shared {
            number: Shared::next_number(),
            channels,
            redaction: self.redaction,
            extra,
            processors: self.processors,
            limiter: self.rate_limit.map(Limiter::new),
            access,
        });
        if let Err(error) = limiter::start_telling(&shared) {
            problems.push(format!("no thread to tell of lines that were held back: {error}"));
        }
        let log = Log { shared };
        let guard = Guard { log: log.clone(), has_ended: false };
        if problems.is_empty() { Ok((log, guard)) } else { Err(LogError::new(problems.join("; "))) }
    }
}

fn start(outputs: Vec<Output>, problems: &mut Vec<String>) -> Vec<Started> {
    let mut started = Vec::new();
    for output in outputs {
        match output.start() {
            Ok(output) => started.push(output),
            Err(problem) => problems.push(problem),
        }
    }
    started
}

impl fmt::Debug for LogBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut builder = f.debug_struct("LogBuilder");
        builder.field("name", &self.name).field("level", &self.level);
        builder.field("outputs", &self.outputs).field("channels", &self.channels);
        builder.finish_non_exhaustive()
    }
}
